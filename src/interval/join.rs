//! The pairs of two sets of intervals that overlap, in one pass over both.
//!
//! The indexes hand in their entries; what comes out is theirs to name.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::mem;

use super::Interval;

/// The overlapping pairs of two sets, each handed in as entries in order: an interval, and what
/// goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Pairs<L, R, A, B> {
    left: Side<L, A>,
    right: Side<R, B>,
    /// The entry that started last, and how many entries of the other side are still to be
    /// compared with it.
    arrived: Arrived<A, B>,
    unpaired: usize,
}

#[derive(Clone, Debug)]
enum Arrived<A, B> {
    Left(A),
    Right(B),
    None,
}

/// One of the two sets: what has not started yet, and what has started and may still reach.
#[derive(Clone, Debug)]
struct Side<I, A> {
    rest: I,
    coming: Option<A>,
    active: Vec<A>,
}

impl<I: Iterator> Side<I, I::Item> {
    fn new(mut entries: I) -> Self {
        Self { coming: entries.next(), rest: entries, active: Vec::new() }
    }
}

impl<I: Iterator<Item = (X, V)>, X: Copy, V: Copy> Side<I, (X, V)> {
    /// Lets the entry that comes first become active.
    fn arrive(&mut self) -> Option<(X, V)> {
        let entry = mem::replace(&mut self.coming, self.rest.next())?;
        self.active.push(entry);
        Some(entry)
    }

    /// The next active entry from the end at `unpaired` that reaches `start`; those that do not
    /// will reach nothing that comes later either, and leave.
    fn next_reaching<T: Ord>(&mut self, unpaired: &mut usize, start: &T) -> Option<(X, V)>
    where
        X: Borrow<Interval<T>>,
    {
        while let Some(at) = unpaired.checked_sub(1) {
            *unpaired = at;
            let entry = self.active[at];
            if entry.0.borrow().last() >= start {
                return Some(entry);
            }
            self.active.swap_remove(at);
        }
        None
    }
}

impl<L: Iterator, R: Iterator> Pairs<L, R, L::Item, R::Item> {
    pub(crate) fn new(left: L, right: R) -> Self {
        let (left, right) = (Side::new(left), Side::new(right));
        Self { left, right, arrived: Arrived::None, unpaired: 0 }
    }
}

impl<L, R, A, B> Pairs<L, R, A, B> {
    /// How many entries of each side are open.
    pub(crate) fn open(&self) -> (usize, usize) {
        (self.left.active.len(), self.right.active.len())
    }
}

impl<L, R, X, Y, V, W> Pairs<L, R, (X, V), (Y, W)>
where
    L: Iterator<Item = (X, V)>,
    R: Iterator<Item = (Y, W)>,
    X: Copy,
    V: Copy,
    Y: Copy,
    W: Copy,
{
    /// The next pair, in order of the start of the later one.
    pub(crate) fn next<T: Ord>(&mut self) -> Option<((X, V), (Y, W))>
    where
        X: Borrow<Interval<T>>,
        Y: Borrow<Interval<T>>,
    {
        let Self { left, right, arrived, unpaired } = self;
        loop {
            // An active entry started no later than the arrived one: only *Reaches* is left to
            // ask.
            match arrived {
                Arrived::Left(l) => {
                    if let Some(r) = right.next_reaching(unpaired, l.0.borrow().start()) {
                        return Some((*l, r));
                    }
                }
                Arrived::Right(r) => {
                    if let Some(l) = left.next_reaching(unpaired, r.0.borrow().start()) {
                        return Some((l, *r));
                    }
                }
                Arrived::None => {}
            }
            let left_is_next = match (&left.coming, &right.coming) {
                (None, None) => return None,
                (Some(l), Some(r)) => l.0.borrow().start() <= r.0.borrow().start(),
                (l, _) => l.is_some(),
            };
            if left_is_next {
                *arrived = Arrived::Left(left.arrive()?);
                *unpaired = right.active.len();
            } else {
                *arrived = Arrived::Right(right.arrive()?);
                *unpaired = left.active.len();
            }
        }
    }
}

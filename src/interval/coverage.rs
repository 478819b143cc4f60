//! One pass over intervals in order of start: what they cover, and how deep.
//!
//! The indexes hand in their entries; what comes out is theirs to name.

#![forbid(unsafe_code)]

use alloc::collections::BinaryHeap;
use core::borrow::Borrow;
use core::cmp::Reverse;
use core::mem;

use super::discrete::{after, before};
use super::{Discrete, Interval};

/// A maximal run of values that are all covered by entries, or that all are not.
///
/// # Examples
///
/// ```
/// use stabtree::Span;
/// use stabtree::{Interval, IntervalRbTree};
///
/// let tree = IntervalRbTree::from([(Interval::new(3u8, 4), ()), (Interval::new(5, 9), ())]);
/// let spans: Vec<_> = tree.spans(..).collect();
/// assert_eq!(spans, [
///     Span::Gap(Interval::new(0, 2)),
///     Span::Covered(Interval::new(3, 9)),
///     Span::Gap(Interval::new(10, 255)),
/// ]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span<T> {
    /// Every value of the interval lies in an entry.
    Covered(Interval<T>),
    /// No value of the interval lies in an entry.
    Gap(Interval<T>),
}

impl<T> Span<T> {
    pub(crate) fn covered(self) -> Option<Interval<T>> {
        match self {
            Self::Covered(covered) => Some(covered),
            Self::Gap(_) => None,
        }
    }

    pub(crate) fn gap(self) -> Option<Interval<T>> {
        match self {
            Self::Gap(gap) => Some(gap),
            Self::Covered(_) => None,
        }
    }
}

/// A walk from value to value over `entries`, which overlap a closed query and come in order.
///
/// Every step uses up an entry or ends the walk, whatever `succ`, `pred` and `Ord` of the ends
/// answer.
#[derive(Clone, Debug)]
pub(crate) struct Sweep<T, I, A> {
    entries: I,
    /// The first entry that the sweep has not used up.
    coming: Option<A>,
    /// The part of the query not yet answered for; `None` at the end.
    rest: Option<Interval<T>>,
    /// The last run was a gap, so the entry that comes begins the next one.
    is_after_gap: bool,
}

/// From `start` to `last`, or `start` alone where `succ` or `pred` gave ends out of order.
fn run<T: Ord + Clone>(start: T, last: T) -> Interval<T> {
    Interval::try_new(start, last).unwrap_or_else(|error| Interval::point(error.into_bounds().0))
}

impl<T, I, X, V> Sweep<T, I, (X, V)>
where
    T: Discrete,
    I: Iterator<Item = (X, V)>,
    X: Borrow<Interval<T>>,
{
    /// A sweep over `query`; over nothing if that contains no value.
    pub(crate) fn new(query: Option<Interval<T>>, mut entries: I) -> Self {
        let coming = entries.next();
        Self { entries, coming, rest: query, is_after_gap: false }
    }

    /// What is left of the query from `to` on, if the sweep has not come as far; the inner `None`
    /// if that is nothing.
    #[expect(clippy::option_option, reason = "no change, or a new query that may be empty")]
    pub(crate) fn query_from(&self, to: T) -> Option<Option<Interval<T>>> {
        let rest = self.rest.as_ref().filter(|rest| *rest.start() < to)?;
        Some(Interval::try_new(to, rest.last().clone()).ok())
    }

    /// The entry that comes first, if `is_meant` of its start.
    #[inline]
    fn next_if(&mut self, is_meant: impl FnOnce(&T) -> bool) -> Option<X> {
        let (entry, _) = self.coming.as_ref()?;
        if !is_meant(entry.borrow().start()) {
            return None;
        }
        mem::replace(&mut self.coming, self.entries.next()).map(|(entry, _)| entry)
    }

    /// Leaves `from` and what follows it to be answered for, if the query goes on so far.
    #[inline]
    fn go_on(&mut self, from: T, last: T) {
        self.rest = Interval::try_new(from, last).ok();
    }

    /// The next run, covered or not.
    pub(crate) fn next_span(&mut self) -> Option<Span<T>> {
        let (from, last) = self.rest.take()?.into_bounds();
        let begins_run = mem::take(&mut self.is_after_gap);
        let Some(first) = self.next_if(|start| begins_run || *start <= from) else {
            let start = self.coming.as_ref().map(|(entry, _)| entry.borrow().start());
            let Some(start) = start.filter(|start| **start <= last) else {
                return Some(Span::Gap(run(from, last)));
            };
            let gap = run(from, before(start));
            self.is_after_gap = true;
            self.go_on(start.clone(), last);
            return Some(Span::Gap(gap));
        };
        let mut reach = first.borrow().last().clone();
        loop {
            if reach >= last {
                return Some(Span::Covered(run(from, last)));
            }
            let beyond = after(&reach);
            // What starts at or right after the run belongs to it.
            let Some(entry) = self.next_if(|start| *start <= beyond) else {
                self.go_on(beyond, last);
                return Some(Span::Covered(run(from, reach)));
            };
            reach = reach.max(entry.borrow().last().clone());
        }
    }

    /// The next run of values for whose depths `kind` is the same, and that. `open` holds the
    /// `last` of each entry that has started and not ended, the smallest on top.
    pub(crate) fn next_level<K: PartialEq>(
        &mut self,
        open: &mut BinaryHeap<Reverse<T>>,
        kind: impl Fn(usize) -> K,
    ) -> Option<(Interval<T>, K)> {
        let (from, last) = self.rest.take()?.into_bounds();
        self.open_up_to(&from, open);
        let level = kind(open.len());
        loop {
            // The next entry closes or opens; the run may end with the one, or before the other.
            let opens = self.coming.as_ref().map(|(entry, _)| entry.borrow().start());
            let closes_first =
                open.peek().is_some_and(|Reverse(reach)| opens.is_none_or(|start| reach < start));
            let (end, next) = if closes_first && let Some(Reverse(reach)) = open.pop() {
                while open.peek().is_some_and(|Reverse(other)| *other <= reach) {
                    open.pop();
                }
                if reach >= last {
                    return Some((run(from, last), level));
                }
                let next = after(&reach);
                (reach, next)
            } else if let Some(entry) = self.next_if(|start| *start <= last) {
                let entry = entry.borrow();
                open.push(Reverse(entry.last().clone()));
                (before(entry.start()), entry.start().clone())
            } else {
                return Some((run(from, last), level));
            };
            self.open_up_to(&next, open);
            // One entry may end where another one starts, and the depth stays.
            if kind(open.len()) != level {
                self.go_on(next, last);
                return Some((run(from, end), level));
            }
        }
    }

    /// Lets the entries that start up to `at` open.
    fn open_up_to(&mut self, at: &T, open: &mut BinaryHeap<Reverse<T>>) {
        while let Some(entry) = self.next_if(|start| start <= at) {
            open.push(Reverse(entry.borrow().last().clone()));
        }
    }
}

//! All overlapping pairs of two trees.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;

use super::IntervalBTree;
use super::iter::Iter;
use crate::interval::Interval;

/// Iterator over the overlapping pairs of two trees; see [`join`](IntervalBTree::join).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Join<'a, T: Copy, V, W> {
    left: Side<'a, T, V>,
    right: Side<'a, T, W>,
    /// The entry that started last, and how many entries of the other side are still to be
    /// compared with it.
    arrived: Arrived<'a, T, V, W>,
    unpaired: usize,
}

type Entry<'a, T, V> = (Interval<T>, &'a V);

enum Arrived<'a, T, V, W> {
    Left(Entry<'a, T, V>),
    Right(Entry<'a, T, W>),
    None,
}

/// One of the two trees: what has not started yet, and what has started and may still reach.
struct Side<'a, T: Copy, V> {
    coming: core::iter::Peekable<Iter<'a, T, V>>,
    active: Vec<Entry<'a, T, V>>,
}

impl<'a, T: Ord + Copy, V> Side<'a, T, V> {
    fn new(tree: &'a IntervalBTree<T, V>) -> Self {
        Self { coming: tree.iter().peekable(), active: Vec::new() }
    }

    /// The next active entry from the end at `unpaired` that reaches `start`; those that do not
    /// will reach nothing that comes later either, and leave.
    fn next_reaching(&mut self, unpaired: &mut usize, start: &T) -> Option<Entry<'a, T, V>> {
        while let Some(at) = unpaired.checked_sub(1) {
            *unpaired = at;
            let entry = self.active[at];
            if entry.0.last() >= start {
                return Some(entry);
            }
            self.active.swap_remove(at);
        }
        None
    }
}

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    /// Iterates over every pair of an entry of `self` and an entry of `other` that overlap, each
    /// pair once.
    ///
    /// Pairs come in the order of the start of the later one; the order of pairs that share it is
    /// not specified. The iterator keeps a list of the entries that are open at that point.
    ///
    /// # Complexity
    ///
    /// `O(n + m + k)` for *n* and *m* entries and *k* pairs.
    ///
    /// # Source
    ///
    /// The sweep for interval joins; each entry that has ended leaves its list once.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let readers = IntervalBTree::from([(Interval::new(0, 5), 'r'), (Interval::new(8, 9), 's')]);
    /// let writers = IntervalBTree::from([(Interval::new(5, 8), 'w')]);
    /// let pairs: Vec<_> = readers.join(&writers).map(|((_, r), (_, w))| (*r, *w)).collect();
    /// assert_eq!(pairs, [('r', 'w'), ('s', 'w')]);
    /// ```
    pub fn join<'a, W>(&'a self, other: &'a IntervalBTree<T, W>) -> Join<'a, T, V, W> {
        Join { left: Side::new(self), right: Side::new(other), arrived: Arrived::None, unpaired: 0 }
    }
}

impl<'a, T: Ord + Copy, V, W> Iterator for Join<'a, T, V, W> {
    type Item = (Entry<'a, T, V>, Entry<'a, T, W>);

    fn next(&mut self) -> Option<Self::Item> {
        let Self { left, right, arrived, unpaired } = self;
        loop {
            // An active entry started no later than the arrived one: only *Reaches* is left to
            // ask.
            match arrived {
                Arrived::Left(l) => {
                    if let Some(r) = right.next_reaching(unpaired, l.0.start()) {
                        return Some((*l, r));
                    }
                }
                Arrived::Right(r) => {
                    if let Some(l) = left.next_reaching(unpaired, r.0.start()) {
                        return Some((l, *r));
                    }
                }
                Arrived::None => {}
            }
            let left_is_next = match (left.coming.peek(), right.coming.peek()) {
                (None, None) => return None,
                (Some(l), Some(r)) => l.0.start() <= r.0.start(),
                (l, _) => l.is_some(),
            };
            if left_is_next {
                let entry = left.coming.next()?;
                left.active.push(entry);
                (*arrived, *unpaired) = (Arrived::Left(entry), right.active.len());
            } else {
                let entry = right.coming.next()?;
                right.active.push(entry);
                (*arrived, *unpaired) = (Arrived::Right(entry), left.active.len());
            }
        }
    }
}

impl<T: Ord + Copy, V, W> FusedIterator for Join<'_, T, V, W> {}

impl<T: Copy, V, W> fmt::Debug for Join<'_, T, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join")
            .field("open_left", &self.left.active.len())
            .field("open_right", &self.right.active.len())
            .finish_non_exhaustive()
    }
}

//! All overlapping pairs of two trees.

#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;

use super::IntervalBTree;
use super::iter::Iter;
use crate::interval::{Interval, Pairs};

/// Iterator over the overlapping pairs of two trees; see [`join`](IntervalBTree::join).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Join<'a, T: Copy, V, W> {
    pairs: EntryPairs<'a, T, V, W>,
}

type EntryPairs<'a, T, V, W> =
    Pairs<Iter<'a, T, V>, Iter<'a, T, W>, Entry<'a, T, V>, Entry<'a, T, W>>;

type Entry<'a, T, V> = (Interval<T>, &'a V);

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
    /// # Kernel counterpart
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
        Join { pairs: Pairs::new(self.iter(), other.iter()) }
    }
}

impl<'a, T: Ord + Copy, V, W> Iterator for Join<'a, T, V, W> {
    type Item = (Entry<'a, T, V>, Entry<'a, T, W>);

    fn next(&mut self) -> Option<Self::Item> {
        self.pairs.next()
    }
}

impl<T: Ord + Copy, V, W> FusedIterator for Join<'_, T, V, W> {}

impl<T: Copy, V, W> fmt::Debug for Join<'_, T, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").field("open", &self.pairs.open()).finish_non_exhaustive()
    }
}

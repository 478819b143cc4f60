//! Iterating over a tree that is given up.

#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;

use super::IntervalBTree;
use super::iter::Iter;
use super::node::At;
use super::search::Between;
use crate::interval::Interval;

/// Iterator over the entries of a tree that is given up, from both ends; see
/// [`into_iter`](IntervalBTree#impl-IntoIterator-for-IntervalBTree%3CT,+V%3E).
pub struct IntoIter<T, V> {
    tree: IntervalBTree<T, V>,
    between: Between,
}

/// Iterator over the values of a tree that is given up, from both ends; see
/// [`into_values`](IntervalBTree::into_values).
pub struct IntoValues<T, V> {
    entries: IntoIter<T, V>,
}

impl<T: Copy, V> IntervalBTree<T, V> {
    /// Iterates over the values, in order, giving up the tree.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);
    /// assert!(tree.into_values().eq(['a', 'b']));
    /// ```
    pub fn into_values(self) -> IntoValues<T, V> {
        IntoValues { entries: self.into_iter() }
    }
}

impl<T: Copy, V> IntoIterator for IntervalBTree<T, V> {
    type Item = (Interval<T>, V);
    type IntoIter = IntoIter<T, V>;

    /// Iterates over the entries, in order, giving up the tree.
    fn into_iter(self) -> Self::IntoIter {
        IntoIter { between: self.nodes.all(self.len()), tree: self }
    }
}

impl<T: Copy, V> IntoIter<T, V> {
    fn take(&mut self, at: At) -> (Interval<T>, V) {
        (self.tree.interval_at(at), self.tree.slab.remove(self.tree.slot_at(at)))
    }
}

impl<T: Copy, V> Iterator for IntoIter<T, V> {
    type Item = (Interval<T>, V);

    fn next(&mut self) -> Option<Self::Item> {
        self.between.next(&self.tree.nodes).map(|at| self.take(at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.between.remaining, Some(self.between.remaining))
    }
}

impl<T: Copy, V> DoubleEndedIterator for IntoIter<T, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.between.next_back(&self.tree.nodes).map(|at| self.take(at))
    }
}

impl<T: Copy, V> ExactSizeIterator for IntoIter<T, V> {}
impl<T: Copy, V> FusedIterator for IntoIter<T, V> {}

impl<T: Copy + fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<T, V> {
    /// Lists the entries still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = Iter::over(&self.tree, self.between.clone());
        f.debug_map().entries(entries).finish()
    }
}

impl<T: Copy, V> Iterator for IntoValues<T, V> {
    type Item = V;

    fn next(&mut self) -> Option<V> {
        self.entries.next().map(|(_, value)| value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<T: Copy, V> DoubleEndedIterator for IntoValues<T, V> {
    fn next_back(&mut self) -> Option<V> {
        self.entries.next_back().map(|(_, value)| value)
    }
}

impl<T: Copy, V> ExactSizeIterator for IntoValues<T, V> {}
impl<T: Copy, V> FusedIterator for IntoValues<T, V> {}

impl<T: Copy, V: fmt::Debug> fmt::Debug for IntoValues<T, V> {
    /// Lists the values still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IntoIter { tree, between } = &self.entries;
        let values = Iter::over(tree, between.clone()).map(|(_, value)| value);
        f.debug_list().entries(values).finish()
    }
}

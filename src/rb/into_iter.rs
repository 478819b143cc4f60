//! Iterating over a tree that is given up.

use alloc::vec::{self, Vec};
use core::fmt;
use core::iter::FusedIterator;

use super::IntervalRbTree;
use crate::arena::NodeId;
use crate::interval::Interval;

/// Iterator over the entries of a tree that is given up, from both ends; see
/// [`into_iter`](IntervalRbTree#impl-IntoIterator-for-IntervalRbTree%3CT,+V%3E).
pub struct IntoIter<T, V> {
    tree: IntervalRbTree<T, V>,
    /// What is still to come. Links lead through nodes that are already taken out, so the order
    /// is read before the first.
    order: vec::IntoIter<NodeId>,
}

/// Iterator over the values of a tree that is given up, from both ends; see
/// [`into_values`](IntervalRbTree::into_values).
pub struct IntoValues<T, V> {
    entries: IntoIter<T, V>,
}

impl<T, V> IntervalRbTree<T, V> {
    /// Iterates over the values, in order, giving up the tree.
    ///
    /// # Complexity
    ///
    /// `O(n)`; 4 bytes an entry are allocated for the order.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);
    /// assert!(tree.into_values().eq(['a', 'b']));
    /// ```
    pub fn into_values(self) -> IntoValues<T, V> {
        IntoValues { entries: self.into_iter() }
    }
}

impl<T, V> IntoIterator for IntervalRbTree<T, V> {
    type Item = (Interval<T>, V);
    type IntoIter = IntoIter<T, V>;

    /// Iterates over the entries, in order, giving up the tree; allocates 4 bytes an entry.
    fn into_iter(mut self) -> Self::IntoIter {
        let mut all = self.nodes.all();
        let order: Vec<_> = core::iter::from_fn(|| all.next(&self.nodes)).collect();
        self.nodes.forget_links();
        IntoIter { tree: self, order: order.into_iter() }
    }
}

impl<T, V> IntoIter<T, V> {
    fn take(&mut self, id: NodeId) -> (Interval<T>, V) {
        let value = self.tree.entries.take(id);
        (self.tree.nodes.vacate(id, false), value)
    }
}

impl<T, V> Iterator for IntoIter<T, V> {
    type Item = (Interval<T>, V);

    fn next(&mut self) -> Option<Self::Item> {
        self.order.next().map(|id| self.take(id))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.order.size_hint()
    }
}

impl<T, V> DoubleEndedIterator for IntoIter<T, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.order.next_back().map(|id| self.take(id))
    }
}

impl<T, V> ExactSizeIterator for IntoIter<T, V> {}
impl<T, V> FusedIterator for IntoIter<T, V> {}

impl<T: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<T, V> {
    /// Lists the entries still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.order.as_slice().iter().map(|id| self.tree.pair(*id))).finish()
    }
}

/// Drops the interval first: a result in its place is leaked if that panics.
fn value_of<T, V>((interval, value): (Interval<T>, V)) -> V {
    drop(interval);
    value
}

impl<T, V> Iterator for IntoValues<T, V> {
    type Item = V;

    fn next(&mut self) -> Option<V> {
        self.entries.next().map(value_of)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<T, V> DoubleEndedIterator for IntoValues<T, V> {
    fn next_back(&mut self) -> Option<V> {
        self.entries.next_back().map(value_of)
    }
}

impl<T, V> ExactSizeIterator for IntoValues<T, V> {}
impl<T, V> FusedIterator for IntoValues<T, V> {}

impl<T, V: fmt::Debug> fmt::Debug for IntoValues<T, V> {
    /// Lists the values still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IntoIter { tree, order } = &self.entries;
        f.debug_list().entries(order.as_slice().iter().map(|id| tree.entries.value(*id))).finish()
    }
}

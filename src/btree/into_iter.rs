//! Iterating over a tree that is given up.

#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;

use super::IntervalBTree;
use crate::bplus::node::Nodes;
use crate::interval::Interval;

/// Iterator over the entries of a tree that is given up, from both ends; see
/// [`into_iter`](IntervalBTree#impl-IntoIterator-for-IntervalBTree%3CT,+V%3E).
pub struct IntoIter<T, V> {
    nodes: Nodes<T, V>,
    /// The leaves at both ends, and how many entries of the front one are gone.
    front: u32,
    back: u32,
    taken: usize,
    remaining: usize,
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
        let (nodes, remaining) = (self.nodes, self.slab.len());
        IntoIter { front: nodes.first, back: nodes.last, taken: 0, remaining, nodes }
    }
}

impl<T: Copy, V> IntoIter<T, V> {
    /// The entries still to come.
    fn rest(&self) -> impl Iterator<Item = (Interval<T>, &V)> {
        let leaves = core::iter::successors(self.nodes.leaves.get(self.front as usize), |leaf| {
            self.nodes.leaves.get(leaf.next as usize)
        });
        let gone = core::iter::once(self.taken).chain(core::iter::repeat(0));
        leaves.zip(gone).flat_map(|(leaf, gone)| {
            (gone..).zip(&*leaf.values).map(|(pos, value)| (leaf.interval(pos), value))
        })
    }
}

impl<T: Copy, V> Iterator for IntoIter<T, V> {
    type Item = (Interval<T>, V);

    fn next(&mut self) -> Option<Self::Item> {
        self.remaining = self.remaining.checked_sub(1)?;
        while self.nodes.leaf(self.front).values.is_empty() {
            (self.front, self.taken) = (self.nodes.leaf(self.front).next, 0);
        }
        let leaf = self.nodes.leaf_mut(self.front);
        let value = leaf.values.remove(0);
        self.taken += 1;
        Some((leaf.interval(self.taken - 1), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<T: Copy, V> DoubleEndedIterator for IntoIter<T, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.remaining = self.remaining.checked_sub(1)?;
        loop {
            let gone = if self.back == self.front { self.taken } else { 0 };
            let leaf = self.nodes.leaf_mut(self.back);
            if let Some(value) = leaf.values.pop() {
                return Some((leaf.interval(gone + leaf.len()), value));
            }
            self.back = leaf.prev;
        }
    }
}

impl<T: Copy, V> ExactSizeIterator for IntoIter<T, V> {}
impl<T: Copy, V> FusedIterator for IntoIter<T, V> {}

impl<T: Copy + fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<T, V> {
    /// Lists the entries still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.rest()).finish()
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
        f.debug_list().entries(self.entries.rest().map(|(_, value)| value)).finish()
    }
}

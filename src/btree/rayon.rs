//! Parallel twins: the same results in the same order, by the threads of a rayon pool.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeBounds;

use rayon::iter::plumbing::{Folder, UnindexedConsumer, UnindexedProducer, bridge_unindexed};
use rayon::prelude::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator, ParallelSliceMut,
};

use super::IntervalBTree;
use crate::bplus::walk::Matches;
use crate::interval::{Interval, Query};

/// Parallel iterator over entries in order; see [`par_overlapping`](IntervalBTree::par_overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct ParOverlapping<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    query: Option<Query<T>>,
}

struct Producer<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    walk: Matches<T>,
}

impl<T: Ord + Copy + Send + Sync, V: Sync> IntervalBTree<T, V> {
    /// Iterates in parallel over the entries that overlap `query`, split by subtrees; what is
    /// collected comes in the order of [`overlapping`](Self::overlapping).
    ///
    /// # Complexity
    ///
    /// The work of [`overlapping`](Self::overlapping), spread over the threads.
    ///
    /// # Examples
    ///
    /// ```
    /// use rayon::prelude::*;
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_, _> = (0..1000).map(|i| (Interval::point(i), i)).collect();
    /// let sum: i32 = tree.par_overlapping(100..200).map(|(_, value)| value).sum();
    /// assert_eq!(sum, (100..200).sum());
    /// ```
    pub fn par_overlapping(&self, query: impl RangeBounds<T>) -> ParOverlapping<'_, T, V> {
        ParOverlapping { tree: self, query: Query::new(query) }
    }
}

impl<'a, T: Ord + Copy + Send + Sync, V: Sync> ParallelIterator for ParOverlapping<'a, T, V> {
    type Item = (Interval<T>, &'a V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        let walk = Matches::new(&self.tree.nodes, self.query);
        bridge_unindexed(Producer { tree: self.tree, walk }, consumer)
    }
}

impl<'a, T: Ord + Copy + Send + Sync, V: Sync> UnindexedProducer for Producer<'a, T, V> {
    type Item = (Interval<T>, &'a V);

    fn split(mut self) -> (Self, Option<Self>) {
        let tree = self.tree;
        let rear = self.walk.split(&tree.nodes);
        (self, rear.map(|walk| Self { tree, walk }))
    }

    fn fold_with<F: Folder<Self::Item>>(mut self, folder: F) -> F {
        let entries = core::iter::from_fn(|| self.walk.next(&self.tree.nodes));
        folder.consume_iter(entries.map(|at| self.tree.pair(at)))
    }
}

impl<T: fmt::Debug, V> fmt::Debug for ParOverlapping<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParOverlapping").field("query", &self.query).finish_non_exhaustive()
    }
}

impl<'a, T: Ord + Copy + Send + Sync, V: Sync> IntoParallelIterator for &'a IntervalBTree<T, V> {
    type Item = (Interval<T>, &'a V);
    type Iter = ParOverlapping<'a, T, V>;

    /// Iterates in parallel over all entries; `par_iter` calls it.
    fn into_par_iter(self) -> Self::Iter {
        ParOverlapping { tree: self, query: Some(Query::everything()) }
    }
}

impl<T: Copy + Send, V: Send> IntoParallelIterator for IntervalBTree<T, V> {
    type Item = (Interval<T>, V);
    type Iter = rayon::vec::IntoIter<(Interval<T>, V)>;

    /// Iterates in parallel over the entries, giving up the tree; they are collected first.
    fn into_par_iter(self) -> Self::Iter {
        self.into_iter().collect::<Vec<_>>().into_par_iter()
    }
}

/// Sorts by `start` in parallel, keeping the order of equal starts; then builds in `O(n)`.
impl<T, V> FromParallelIterator<(Interval<T>, V)> for IntervalBTree<T, V>
where
    T: Ord + Copy + Send,
    V: Send,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (Interval<T>, V)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_par_iter().collect();
        entries.par_sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
        // Sorted again where it is sorted already: one pass.
        entries.into_iter().collect()
    }
}

impl<T, V> ParallelExtend<(Interval<T>, V)> for IntervalBTree<T, V>
where
    T: Ord + Copy + Send,
    V: Send,
{
    fn par_extend<I: IntoParallelIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
        self.extend(entries.into_par_iter().collect::<Vec<_>>());
    }
}

//! Parallel twins: the same results in the same order, by the threads of a rayon pool.

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeBounds;

use rayon::iter::plumbing::{Folder, UnindexedConsumer, UnindexedProducer, bridge_unindexed};
use rayon::prelude::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator, ParallelSliceMut,
};

use super::IntervalRbTree;
use crate::interval::{Interval, Query};
use crate::rbtree::Part;

/// Parallel iterator over entries in order; see [`par_overlapping`](IntervalRbTree::par_overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct ParOverlapping<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    query: Option<Query<T>>,
}

struct Producer<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    part: Part<T>,
}

impl<T: Ord + Clone + Send + Sync, V: Sync> IntervalRbTree<T, V> {
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_, _> = (0..1000).map(|i| (Interval::point(i), i)).collect();
    /// let sum: i32 = tree.par_overlapping(100..200).map(|(_, value)| value).sum();
    /// assert_eq!(sum, (100..200).sum());
    /// ```
    pub fn par_overlapping(&self, query: impl RangeBounds<T>) -> ParOverlapping<'_, T, V> {
        ParOverlapping { tree: self, query: Query::new(query) }
    }
}

impl<'a, T: Ord + Clone + Send + Sync, V: Sync> ParallelIterator for ParOverlapping<'a, T, V> {
    type Item = (&'a Interval<T>, &'a V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        match self.query {
            Some(query) => {
                let part = Part::new(&self.tree.nodes, query);
                bridge_unindexed(Producer { tree: self.tree, part }, consumer)
            }
            None => consumer.into_folder().complete(),
        }
    }
}

impl<'a, T: Ord + Clone + Send + Sync, V: Sync> UnindexedProducer for Producer<'a, T, V> {
    type Item = (&'a Interval<T>, &'a V);

    fn split(self) -> (Self, Option<Self>) {
        let tree = self.tree;
        let (first, second) = self.part.split(&tree.nodes);
        (Self { tree, part: first }, second.map(|part| Self { tree, part }))
    }

    fn fold_with<F: Folder<Self::Item>>(self, folder: F) -> F {
        let tree = self.tree;
        folder.consume_iter(self.part.matches(&tree.nodes).map(|id| tree.pair(id)))
    }
}

impl<T: fmt::Debug, V> fmt::Debug for ParOverlapping<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParOverlapping").field("query", &self.query).finish_non_exhaustive()
    }
}

impl<'a, T: Ord + Clone + Send + Sync, V: Sync> IntoParallelIterator for &'a IntervalRbTree<T, V> {
    type Item = (&'a Interval<T>, &'a V);
    type Iter = ParOverlapping<'a, T, V>;

    /// Iterates in parallel over all entries; `par_iter` calls it.
    fn into_par_iter(self) -> Self::Iter {
        ParOverlapping { tree: self, query: Some(Query::everything()) }
    }
}

impl<T: Send, V: Send> IntoParallelIterator for IntervalRbTree<T, V> {
    type Item = (Interval<T>, V);
    type Iter = rayon::vec::IntoIter<(Interval<T>, V)>;

    /// Iterates in parallel over the entries, giving up the tree; they are collected first.
    fn into_par_iter(self) -> Self::Iter {
        self.into_iter().collect::<Vec<_>>().into_par_iter()
    }
}

/// Sorts by `start` in parallel, keeping the order of equal starts; then builds in `O(n)`.
impl<T, V> FromParallelIterator<(Interval<T>, V)> for IntervalRbTree<T, V>
where
    T: Ord + Clone + Send,
    V: Send,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (Interval<T>, V)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_par_iter().collect();
        entries.par_sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
        // Sorted again where it is sorted already: one pass.
        entries.into_iter().collect()
    }
}

impl<T, V> ParallelExtend<(Interval<T>, V)> for IntervalRbTree<T, V>
where
    T: Ord + Clone + Send,
    V: Send,
{
    fn par_extend<I: IntoParallelIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
        self.extend(entries.into_par_iter().collect::<Vec<_>>());
    }
}

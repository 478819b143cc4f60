//! Many queries at once.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::ops::RangeBounds;

use super::IntervalBTree;
use crate::arena::Handle;
use crate::batch::BatchHits;
#[cfg(feature = "rayon")]
use crate::batch::{by_chunks, count_by_chunks};
use crate::bplus::batch::Group;
use crate::interval::Query;

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    /// Answers [`overlapping`](Self::overlapping) for many queries.
    ///
    /// # Complexity
    ///
    /// That of the single queries together.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.overlapping_batch(&[0..3, 5..6]).offsets, [0, 3, 4]);
    /// ```
    pub fn overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> BatchHits {
        let mut found = BatchHits::with_queries(queries.len());
        self.find_together(queries.iter().map(|query| Query::new(query.clone())), |hits| {
            found.hits.extend(hits);
            found.end_answer();
        });
        found
    }

    /// Answers [`stab`](Self::stab) for many points.
    ///
    /// # Complexity
    ///
    /// That of the single queries together.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::new(i, i + 1), ())).collect();
    /// assert_eq!(tree.stab_batch(&[0, 5]).offsets, [0, 1, 3]);
    /// ```
    pub fn stab_batch(&self, points: &[T]) -> BatchHits {
        let mut found = BatchHits::with_queries(points.len());
        self.find_together(points.iter().map(|at| Some(Query::stab(*at))), |hits| {
            found.hits.extend(hits);
            found.end_answer();
        });
        found
    }

    /// Answers [`count_overlapping`](Self::count_overlapping) for many queries.
    ///
    /// # Complexity
    ///
    /// That of the single queries together.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.count_overlapping_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn count_overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> Vec<usize> {
        queries.iter().map(|query| self.count_overlapping(query.clone())).collect()
    }

    /// Calls `answer` with what each query finds, in the order of the queries.
    fn find_together(
        &self,
        queries: impl Iterator<Item = Option<Query<T>>>,
        mut answer: impl FnMut(&mut dyn Iterator<Item = Handle>),
    ) {
        let mut queries = queries.fuse();
        let mut group = Group::new();
        while group.gather(queries.by_ref()) {
            group.find(&self.nodes);
            let mut hits = group.hits.iter();
            for count in &group.counts {
                answer(&mut hits.by_ref().take(*count).map(|id| self.slab.handle(*id)));
            }
        }
    }
}

#[cfg(feature = "rayon")]
impl<T: Ord + Copy + Sync, V: Sync> IntervalBTree<T, V> {
    /// Answers [`overlapping_batch`](Self::overlapping_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// let queries = [0..3, 5..6];
    /// assert_eq!(tree.par_overlapping_batch(&queries), tree.overlapping_batch(&queries));
    /// ```
    pub fn par_overlapping_batch<Q>(&self, queries: &[Q]) -> BatchHits
    where
        Q: RangeBounds<T> + Clone + Sync,
    {
        by_chunks(queries, |chunk| self.overlapping_batch(chunk))
    }

    /// Answers [`stab_batch`](Self::stab_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_stab_batch(&[3, 7]), tree.stab_batch(&[3, 7]));
    /// ```
    pub fn par_stab_batch(&self, points: &[T]) -> BatchHits {
        by_chunks(points, |chunk| self.stab_batch(chunk))
    }

    /// Answers [`count_overlapping_batch`](Self::count_overlapping_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_count_overlapping_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn par_count_overlapping_batch<Q>(&self, queries: &[Q]) -> Vec<usize>
    where
        Q: RangeBounds<T> + Clone + Sync,
    {
        count_by_chunks(queries, |chunk| self.count_overlapping_batch(chunk))
    }
}

//! The batch queries by the threads of a rayon pool.

use alloc::vec::Vec;
use core::ops::RangeBounds;

use rayon::prelude::{ParallelIterator, ParallelSlice};

use super::BatchHits;
use super::tree::{Shuffled, in_key_order};
use crate::btree::IntervalBTree;
use crate::interval::Query;
use crate::tree::IntervalTree;

/// How many queries one task answers: enough to make the task worth its start, and as many as will
/// still keep all threads at work, for the closer queries lie to each other the faster they are.
fn chunk_len(queries: usize) -> usize {
    queries.div_ceil(4 * rayon::current_num_threads()).max(256)
}

/// Answers the queries in chunks and lays the answers end to end.
fn by_chunks<Q: Sync>(queries: &[Q], answer: impl Fn(&[Q]) -> BatchHits + Sync) -> BatchHits {
    let chunks: Vec<BatchHits> =
        queries.par_chunks(chunk_len(queries.len())).map(&answer).collect();
    let mut found = BatchHits::with_queries(queries.len());
    found.hits.reserve(chunks.iter().map(|chunk| chunk.hits.len()).sum());
    for chunk in chunks {
        let before = found.hits.len();
        found.offsets.extend(chunk.offsets[1..].iter().map(|offset| before + offset));
        found.hits.extend(chunk.hits);
    }
    found
}

/// The same for counts.
fn count_by_chunks<Q: Sync>(
    queries: &[Q],
    count: impl Fn(&[Q]) -> Vec<usize> + Sync,
) -> Vec<usize> {
    queries.par_chunks(chunk_len(queries.len())).flat_map_iter(&count).collect()
}

impl<T: Ord + Clone + Send + Sync, V: Sync> IntervalTree<T, V> {
    fn answer_by_chunks(&self, sorted: &[(usize, Query<T>)], queries: usize) -> BatchHits {
        let chunks = sorted.par_chunks(chunk_len(sorted.len()));
        let parts: Vec<_> = chunks.map(|chunk| self.answer(chunk.iter().cloned())).collect();
        Shuffled::lay(&parts, queries)
    }

    /// Answers [`overlapping_batch`](Self::overlapping_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let tree: IntervalTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// let queries = [0..3, 5..6];
    /// assert_eq!(tree.par_overlapping_batch(&queries), tree.overlapping_batch(&queries));
    /// ```
    pub fn par_overlapping_batch<Q>(&self, queries: &[Q]) -> BatchHits
    where
        Q: RangeBounds<T> + Clone + Sync,
    {
        let sorted = in_key_order(queries.iter().map(|query| Query::new(query.clone())));
        self.answer_by_chunks(&sorted, queries.len())
    }

    /// Answers [`stab_batch`](Self::stab_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let tree: IntervalTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_stab_batch(&[3, 7]), tree.stab_batch(&[3, 7]));
    /// ```
    pub fn par_stab_batch(&self, points: &[T]) -> BatchHits {
        let sorted = in_key_order(points.iter().map(|at| Some(Query::stab(at.clone()))));
        self.answer_by_chunks(&sorted, points.len())
    }

    /// Answers [`count_batch`](Self::count_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let tree: IntervalTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_count_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn par_count_batch<Q>(&self, queries: &[Q]) -> Vec<usize>
    where
        Q: RangeBounds<T> + Clone + Sync,
    {
        count_by_chunks(queries, |chunk| self.count_batch(chunk))
    }
}

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

    /// Answers [`count_batch`](Self::count_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_count_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn par_count_batch<Q>(&self, queries: &[Q]) -> Vec<usize>
    where
        Q: RangeBounds<T> + Clone + Sync,
    {
        count_by_chunks(queries, |chunk| self.count_batch(chunk))
    }
}

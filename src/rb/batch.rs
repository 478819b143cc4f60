//! Many queries at once.

use alloc::vec::Vec;
use core::ops::RangeBounds;

#[cfg(feature = "rayon")]
use rayon::prelude::{ParallelIterator, ParallelSlice};

use super::IntervalRbTree;
use crate::arena::Handle;
use crate::batch::BatchHits;
#[cfg(feature = "rayon")]
use crate::batch::{chunk_len, count_by_chunks};
use crate::interval::Query;

/// Queries, each with its place among all, in the order of their lower ends: one finds the nodes it
/// needs in the caches, where the one before has left them. Those that hold no value are left out.
fn in_key_order<T: Ord>(queries: impl Iterator<Item = Option<Query<T>>>) -> Vec<(usize, Query<T>)> {
    let numbered = queries.enumerate().filter_map(|(at, query)| Some((at, query?)));
    let mut sorted: Vec<_> = numbered.collect();
    sorted.sort_unstable_by(|(_, a), (_, b)| a.cmp_lower(b));
    sorted
}

/// Answers in another order than that of the queries.
struct Shuffled {
    hits: Vec<Handle>,
    /// Of each answer the place of its query and where it ends in `hits`.
    ends: Vec<(usize, usize)>,
}

impl Shuffled {
    /// Lays the answers of all `parts` in the order of the queries; a query without one finds
    /// nothing.
    fn lay(parts: &[Self], queries: usize) -> BatchHits {
        let mut answers: Vec<&[Handle]> = alloc::vec![&[]; queries];
        for part in parts {
            let mut from = 0;
            for (at, end) in &part.ends {
                answers[*at] = &part.hits[from..*end];
                from = *end;
            }
        }
        let mut found = BatchHits::with_queries(queries);
        found.hits.reserve_exact(parts.iter().map(|part| part.hits.len()).sum());
        for answer in answers {
            found.hits.extend_from_slice(answer);
            found.end_answer();
        }
        found
    }
}

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    fn answer(&self, queries: impl IntoIterator<Item = (usize, Query<T>)>) -> Shuffled {
        let mut found = Shuffled { hits: Vec::new(), ends: Vec::new() };
        for (at, query) in queries {
            found.hits.extend(self.matches(query).with_handles().map(|(handle, ..)| handle));
            found.ends.push((at, found.hits.len()));
        }
        found
    }

    /// Answers [`overlapping`](Self::overlapping) for many queries.
    ///
    /// # Complexity
    ///
    /// That of the single queries together, and `O(m log m)` to sort *m* queries.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.overlapping_batch(&[0..3, 5..6]).offsets, [0, 3, 4]);
    /// ```
    pub fn overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> BatchHits {
        let sorted = in_key_order(queries.iter().map(|query| Query::new(query.clone())));
        Shuffled::lay(&[self.answer(sorted)], queries.len())
    }

    /// Answers [`stab`](Self::stab) for many points.
    ///
    /// # Complexity
    ///
    /// That of the single queries together, and `O(m log m)` to sort *m* queries.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_> = (0..10).map(|i| (Interval::new(i, i + 1), ())).collect();
    /// assert_eq!(tree.stab_batch(&[0, 5]).offsets, [0, 1, 3]);
    /// ```
    pub fn stab_batch(&self, points: &[T]) -> BatchHits {
        let sorted = in_key_order(points.iter().map(|at| Some(Query::stab(at.clone()))));
        Shuffled::lay(&[self.answer(sorted)], points.len())
    }

    /// Answers [`count_overlapping`](Self::count_overlapping) for many queries.
    ///
    /// # Complexity
    ///
    /// That of the single queries together, and `O(m log m)` to sort *m* queries.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.count_overlapping_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn count_overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> Vec<usize> {
        let mut counts = alloc::vec![0; queries.len()];
        for (at, query) in in_key_order(queries.iter().map(|query| Query::new(query.clone()))) {
            counts[at] = self.matches(query).count();
        }
        counts
    }
}

#[cfg(feature = "rayon")]
impl<T: Ord + Clone + Send + Sync, V: Sync> IntervalRbTree<T, V> {
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_stab_batch(&[3, 7]), tree.stab_batch(&[3, 7]));
    /// ```
    pub fn par_stab_batch(&self, points: &[T]) -> BatchHits {
        let sorted = in_key_order(points.iter().map(|at| Some(Query::stab(at.clone()))));
        self.answer_by_chunks(&sorted, points.len())
    }

    /// Answers [`count_overlapping_batch`](Self::count_overlapping_batch) in parallel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree: IntervalRbTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.par_count_overlapping_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn par_count_overlapping_batch<Q>(&self, queries: &[Q]) -> Vec<usize>
    where
        Q: RangeBounds<T> + Clone + Sync,
    {
        count_by_chunks(queries, |chunk| self.count_overlapping_batch(chunk))
    }
}

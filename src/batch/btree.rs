use alloc::vec::Vec;
use core::ops::RangeBounds;

use super::BatchHits;
use crate::btree::IntervalBTree;
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
    /// assert_eq!(tree.count_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn count_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> Vec<usize> {
        queries.iter().map(|query| self.count_overlapping(query.clone())).collect()
    }
}

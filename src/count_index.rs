//! Counts without a walk: two sorted lists of ends.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeBounds;

use crate::interval::{Interval, Query};

/// Counts how many of some intervals overlap a query, in `O(log n)` whatever the number is.
///
/// It is a snapshot: two sorted lists of ends, without values and handles, that do not follow the
/// index they come from. Of the entries that start at or before the end of a query, those that
/// ended before it began do not overlap it, and all others do: two binary searches and a
/// subtraction. A count by the index itself walks over what starts before the query, so this pays
/// where intervals are long or many lie over each other, and where many counts are asked between
/// two changes.
///
/// Made by [`IntervalBTree::count_index`](crate::IntervalBTree::count_index),
/// [`IntervalRbTree::count_index`](crate::IntervalRbTree::count_index), or by collecting intervals
/// in any order. It takes two ends for each interval.
///
/// # Examples
///
/// ```
/// use stabtree::{CountIndex, Interval};
///
/// let counts: CountIndex<u32> = [Interval::new(0, 9), Interval::new(5, 20)].into_iter().collect();
/// assert_eq!(counts.count(7..=7), 2);
/// assert_eq!(counts.count(10..), 1);
/// assert!(!counts.any(21..));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CountIndex<T> {
    starts: Vec<T>,
    lasts: Vec<T>,
}

impl<T> CountIndex<T> {
    /// Returns the number of intervals.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::CountIndex::<u32>::default().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns `true` if there are no intervals.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::CountIndex::<u32>::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }
}

impl<T: Ord> CountIndex<T> {
    /// From the starts, in order, and the lasts, in any order, of the same intervals.
    pub(crate) fn from_ends(starts: Vec<T>, mut lasts: Vec<T>) -> Self {
        lasts.sort_unstable();
        Self { starts, lasts }
    }

    pub(crate) fn count_query(&self, query: &Query<T>) -> usize {
        let started = self.starts.partition_point(|start| query.starts(start));
        let ended = self.lasts.partition_point(|last| !query.reaches(last));
        // Saturating for an `Ord` that contradicts itself: what has ended has started.
        started.saturating_sub(ended)
    }

    /// Returns how many intervals overlap `query`; none does if it is empty or inverted.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..10).map(|i| (Interval::new(i, i + 5), ())).collect();
    /// let counts = tree.count_index();
    /// assert_eq!(counts.count(3..6), 6);
    /// assert_eq!(counts.count(3..6), tree.count_overlapping(3..6));
    /// ```
    pub fn count(&self, query: impl RangeBounds<T>) -> usize
    where
        T: Clone,
    {
        Query::new(query).map_or(0, |query| self.count_query(&query))
    }

    /// Returns `true` if an interval overlaps `query`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let counts = IntervalBTree::from([(Interval::new(0, 9), ())]).count_index();
    /// assert!(counts.any(9..) && !counts.any(10..));
    /// ```
    pub fn any(&self, query: impl RangeBounds<T>) -> bool
    where
        T: Clone,
    {
        self.count(query) > 0
    }
}

impl<T> Default for CountIndex<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), lasts: Vec::new() }
    }
}

impl<T: Ord> FromIterator<Interval<T>> for CountIndex<T> {
    fn from_iter<I: IntoIterator<Item = Interval<T>>>(intervals: I) -> Self {
        let (mut starts, lasts): (Vec<T>, Vec<T>) =
            intervals.into_iter().map(Interval::into_bounds).unzip();
        starts.sort_unstable();
        Self::from_ends(starts, lasts)
    }
}

impl<T> fmt::Debug for CountIndex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountIndex").field("len", &self.len()).finish_non_exhaustive()
    }
}

//! The side that reads.

use core::ops::RangeBounds;
use std::fmt;

use super::publish::Publish;
use super::slot::Cached;
use crate::btree::{self, IntervalBTree};
use crate::interval::Discrete;
use crate::range_map::{self, RangeMap};

/// Sees the newest state that a [`Publisher`](super::Publisher) has published; see the [module](super).
///
/// It can be cloned and sent to other threads; each thread has one of its own, since it keeps what it saw
/// last. A reader outlives its publisher and sees the last state then.
pub struct Reader<I: Publish> {
    pub(super) states: Cached<I::State>,
}

impl<I: Publish> Reader<I> {
    /// Borrows the newest state, and keeps to it as long as it is borrowed.
    ///
    /// Several queries on it see the same state.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let mut reader = Publisher::new(IntervalBTree::from([(Interval::new(1u64, 2), 'a')])).reader();
    /// let now = reader.newest();
    /// assert_eq!(now.iter().count(), now.len());
    /// ```
    #[inline]
    pub fn newest(&mut self) -> &I::State {
        self.states.newest()
    }

    /// Returns the newest state, which can be kept while the reader goes on; writes its count.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{RangeMap, sync::Publisher};
    ///
    /// let mut map = Publisher::new(RangeMap::from([(0u32..4, 'a')]));
    /// let mut reader = map.reader();
    /// let before = reader.snapshot();
    /// map.update(|map| map.clear());
    /// map.publish();
    /// assert_eq!(reader.get(3), None);
    /// assert_eq!(before.get(3), Some(&'a'));
    /// ```
    pub fn snapshot(&mut self) -> I::State {
        self.newest().clone()
    }
}

impl<T: Ord + Copy + Send + Sync, V: Clone + Send + Sync> Reader<IntervalBTree<T, V>> {
    /// Returns the entries of the newest state that contain `at`, in order; see
    /// [`IntervalBTree::stab`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let index = IntervalBTree::from([(Interval::new(1u64, 2), 'a')]);
    /// let mut reader = Publisher::new(index).reader();
    /// assert!(reader.stab(2).eq([(Interval::new(1, 2), &'a')]));
    /// ```
    #[inline]
    pub fn stab(&mut self, at: T) -> btree::Overlapping<'_, T, V> {
        self.newest().stab(at)
    }

    /// Returns the entries of the newest state that overlap `query`, in order; see
    /// [`IntervalBTree::overlapping`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let index = IntervalBTree::from([(Interval::new(1u64, 2), 'a')]);
    /// let mut reader = Publisher::new(index).reader();
    /// assert!(reader.overlapping(2..9).eq([(Interval::new(1, 2), &'a')]));
    /// ```
    #[inline]
    pub fn overlapping(&mut self, query: impl RangeBounds<T>) -> btree::Overlapping<'_, T, V> {
        self.newest().overlapping(query)
    }
}

impl<T: Discrete + Copy + Send + Sync, V: Clone + Send + Sync> Reader<RangeMap<T, V>> {
    /// Returns the value of the newest state at a point; see [`RangeMap::get`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{RangeMap, sync::Publisher};
    ///
    /// let mut reader = Publisher::new(RangeMap::from([(0u32..4, 'a')])).reader();
    /// assert_eq!(reader.get(3), Some(&'a'));
    /// ```
    #[inline]
    pub fn get(&mut self, at: T) -> Option<&V> {
        self.newest().get(at)
    }

    /// Returns the entries of the newest state that overlap `range`, in order; see
    /// [`RangeMap::overlapping`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap, sync::Publisher};
    ///
    /// let mut reader = Publisher::new(RangeMap::from([(0u32..4, 'a')])).reader();
    /// assert!(reader.overlapping(2..9).eq([(Interval::new(0, 3), &'a')]));
    /// ```
    #[inline]
    pub fn overlapping(&mut self, range: impl RangeBounds<T>) -> range_map::Overlapping<'_, T, V> {
        self.newest().overlapping(range)
    }
}

impl<I: Publish> Clone for Reader<I> {
    fn clone(&self) -> Self {
        Self { states: self.states.clone() }
    }
}

impl<I: Publish> fmt::Debug for Reader<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

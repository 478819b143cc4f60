#![forbid(unsafe_code)]

use core::fmt;

use super::IntervalBTree;
use crate::interval::Interval;

/// Where [`try_from_sorted`](crate::IntervalBTree::try_from_sorted) found its input not sorted.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalBTree};
///
/// let entries = [3, 7, 5].map(|at| (Interval::point(at), ()));
/// let error = IntervalBTree::try_from_sorted(entries).unwrap_err();
/// assert_eq!(error.to_string(), "not sorted: entry 2 starts before the one in front of it");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSortedError<T: Copy, V> {
    /// The place of the entry in the input, counted from zero.
    pub index: usize,
    /// The entry that starts before the one in front of it.
    pub entry: (Interval<T>, V),
    /// A tree of all entries in front of it.
    pub sorted: IntervalBTree<T, V>,
}

impl<T: Copy, V> fmt::Display for NotSortedError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not sorted: entry {} starts before the one in front of it", self.index)
    }
}

impl<T: Copy + fmt::Debug, V: fmt::Debug> core::error::Error for NotSortedError<T, V> {}

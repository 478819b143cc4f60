use core::fmt;

use super::IntervalRbTree;
use crate::interval::Interval;

/// Where [`try_from_sorted`](crate::IntervalRbTree::try_from_sorted) found its input not sorted.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let entries = [3, 7, 5].map(|at| (Interval::point(at), ()));
/// let error = IntervalRbTree::try_from_sorted(entries).unwrap_err();
/// assert_eq!(error.to_string(), "not sorted: entry 2 starts before the one in front of it");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSortedError<T, V> {
    /// The place of the entry in the input, counted from zero.
    pub index: usize,
    /// The entry that starts before the one in front of it.
    pub entry: (Interval<T>, V),
    /// A tree of all entries in front of it.
    pub sorted: IntervalRbTree<T, V>,
}

impl<T, V> fmt::Display for NotSortedError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not sorted: entry {} starts before the one in front of it", self.index)
    }
}

impl<T: fmt::Debug, V: fmt::Debug> core::error::Error for NotSortedError<T, V> {}

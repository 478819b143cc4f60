//! Why an index refuses an entry or more capacity.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;
use core::error::Error;
use core::fmt;

use crate::arena::NodeId;
use crate::interval::Interval;

/// Why an index cannot take more entries: it holds 2^31 - 2 of them, or memory is exhausted.
///
/// # Examples
///
/// ```
/// let mut index = stabtree::IntervalBTree::<u64>::new();
/// let error = index.try_reserve(usize::MAX).unwrap_err();
/// assert_eq!(error.to_string(), "capacity exceeded: an index holds at most 2147483646 entries");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityError {
    /// `None` when the entries are too many to be named.
    memory: Option<TryReserveError>,
}

impl CapacityError {
    pub(crate) const TOO_MANY: Self = Self { memory: None };
}

impl From<TryReserveError> for CapacityError {
    fn from(error: TryReserveError) -> Self {
        Self { memory: Some(error) }
    }
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("capacity exceeded: ")?;
        match &self.memory {
            None => write!(f, "an index holds at most {} entries", NodeId::MAX_SLOTS),
            Some(error) => error.fmt(f),
        }
    }
}

impl Error for CapacityError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.memory.as_ref().map(|error| error as _)
    }
}

/// Why [`try_insert`](crate::IntervalBTree::try_insert) refused, with interval and value.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalBTree};
///
/// fn insert_or_log(index: &mut IntervalBTree<u64, String>, value: String) {
///     if let Err(error) = index.try_insert(Interval::point(7), value) {
///         let (interval, value) = error.into_parts(); // nothing is lost
///         eprintln!("{value} at {interval} was not inserted");
///     }
/// }
/// # insert_or_log(&mut IntervalBTree::new(), String::new());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TryInsertError<T, V> {
    error: CapacityError,
    interval: Interval<T>,
    value: V,
}

impl<T, V> TryInsertError<T, V> {
    pub(crate) fn new(error: CapacityError, interval: Interval<T>, value: V) -> Self {
        Self { error, interval, value }
    }

    /// Returns the interval that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// if let Err(error) = index.try_insert(Interval::new(5, 9), "new") {
    ///     // Only if memory was exhausted, or after 2^31 - 2 entries.
    ///     assert_eq!(error.interval(), &Interval::new(5, 9));
    /// }
    /// ```
    pub fn interval(&self) -> &Interval<T> {
        &self.interval
    }

    /// Returns the value that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// if let Err(error) = index.try_insert(Interval::new(5, 9), "new") {
    ///     // Only if memory was exhausted, or after 2^31 - 2 entries.
    ///     assert_eq!(error.value(), &"new");
    /// }
    /// ```
    pub fn value(&self) -> &V {
        &self.value
    }

    /// Returns the interval and the value that were not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// if let Err(error) = index.try_insert(Interval::new(5, 9), "new") {
    ///     // Only if memory was exhausted, or after 2^31 - 2 entries.
    ///     assert_eq!(error.into_parts(), (Interval::new(5, 9), "new"));
    /// }
    /// ```
    pub fn into_parts(self) -> (Interval<T>, V) {
        (self.interval, self.value)
    }
}

impl<T, V> fmt::Display for TryInsertError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T, V> fmt::Debug for TryInsertError<T, V> {
    /// Shows the reason; interval and value need not be `Debug`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryInsertError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<T, V> Error for TryInsertError<T, V> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Why [`insert_after`](crate::IntervalBTree::insert_after) refused, with interval and value.
///
/// # Examples
///
/// ```
/// use stabtree::{InsertAfterReason, Interval, IntervalBTree};
///
/// let mut index = IntervalBTree::new();
/// let entry = index.insert(Interval::new(5, 9), "old");
/// let error = index.insert_after(entry, Interval::new(6, 9), "new").unwrap_err();
/// assert_eq!(error.to_string(), "cannot insert after the entry: its start differs");
/// assert_eq!(error.reason(), &InsertAfterReason::StartDiffers);
/// assert_eq!(error.into_parts(), (Interval::new(6, 9), "new"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InsertAfterError<T, V> {
    reason: InsertAfterReason,
    interval: Interval<T>,
    value: V,
}

/// The reasons of an [`InsertAfterError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsertAfterReason {
    /// The entry to insert after was removed.
    NoSuchEntry,
    /// The entry to insert after has another start, so the order would break.
    StartDiffers,
    /// The index cannot take more entries.
    Capacity(CapacityError),
}

impl<T, V> InsertAfterError<T, V> {
    pub(crate) fn new(reason: InsertAfterReason, interval: Interval<T>, value: V) -> Self {
        Self { reason, interval, value }
    }

    /// Returns the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{InsertAfterReason, Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let entry = index.insert(Interval::new(5, 9), "old");
    /// let error = index.insert_after(entry, Interval::new(6, 9), "new").unwrap_err();
    /// assert_eq!(error.reason(), &InsertAfterReason::StartDiffers);
    /// index.remove(entry);
    /// let error = index.insert_after(entry, Interval::new(5, 9), "new").unwrap_err();
    /// assert_eq!(error.reason(), &InsertAfterReason::NoSuchEntry);
    /// ```
    pub fn reason(&self) -> &InsertAfterReason {
        &self.reason
    }

    /// Returns the interval that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let entry = index.insert(Interval::new(5, 9), "old");
    /// let error = index.insert_after(entry, Interval::new(6, 9), "new").unwrap_err();
    /// assert_eq!(error.interval(), &Interval::new(6, 9));
    /// ```
    pub fn interval(&self) -> &Interval<T> {
        &self.interval
    }

    /// Returns the value that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let entry = index.insert(Interval::new(5, 9), "old");
    /// let error = index.insert_after(entry, Interval::new(6, 9), "new").unwrap_err();
    /// assert_eq!(error.value(), &"new");
    /// ```
    pub fn value(&self) -> &V {
        &self.value
    }

    /// Returns the interval and the value that were not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let entry = index.insert(Interval::new(5, 9), "old");
    /// let error = index.insert_after(entry, Interval::new(6, 9), "new").unwrap_err();
    /// let (interval, value) = error.into_parts();
    /// index.insert(interval, value);
    /// assert_eq!(index.len(), 2);
    /// ```
    pub fn into_parts(self) -> (Interval<T>, V) {
        (self.interval, self.value)
    }
}

impl<T, V> fmt::Display for InsertAfterError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot insert after the entry: ")?;
        match &self.reason {
            InsertAfterReason::NoSuchEntry => f.write_str("it was removed"),
            InsertAfterReason::StartDiffers => f.write_str("its start differs"),
            InsertAfterReason::Capacity(error) => error.fmt(f),
        }
    }
}

impl<T, V> fmt::Debug for InsertAfterError<T, V> {
    /// Shows the reason; interval and value need not be `Debug`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertAfterError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<T, V> Error for InsertAfterError<T, V> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            InsertAfterReason::Capacity(error) => Some(error),
            InsertAfterReason::NoSuchEntry | InsertAfterReason::StartDiffers => None,
        }
    }
}

//! What both indexes refuse, and why.

use alloc::collections::TryReserveError;
use core::fmt;

use crate::arena::NodeId;
use crate::interval::Interval;

/// Why a tree cannot take more entries: there are 2^31 - 2 of them, or no memory is left.
///
/// # Examples
///
/// ```
/// let mut tree = stabtree::IntervalRbTree::<u64>::new();
/// let error = tree.try_reserve(usize::MAX).unwrap_err();
/// assert_eq!(error.to_string(), "no room: more than 2147483646 entries");
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
        match &self.memory {
            None => write!(f, "no room: more than {} entries", NodeId::MAX_SLOTS),
            Some(error) => write!(f, "no room: {error}"),
        }
    }
}

impl core::error::Error for CapacityError {}

/// Why [`insert_after`](crate::IntervalRbTree::insert_after) refused, with interval and value.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut tree = IntervalRbTree::new();
/// let entry = tree.insert(Interval::new(5, 9), "old");
/// let error = tree.insert_after(entry, Interval::new(6, 9), "new").unwrap_err();
/// assert_eq!(error.to_string(), "cannot insert behind the entry: its start differs");
/// assert_eq!(error.value, "new");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsertAfterError<T, V> {
    /// The reason.
    pub reason: InsertAfterReason,
    /// The interval that was not inserted.
    pub interval: Interval<T>,
    /// The value that was not inserted.
    pub value: V,
}

/// The reasons of an [`InsertAfterError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsertAfterReason {
    /// The entry to insert behind is gone.
    NoSuchEntry,
    /// The entry to insert behind has another start, so the order would break.
    StartDiffers,
    /// No room is left.
    Capacity(CapacityError),
}

impl<T, V> fmt::Display for InsertAfterError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot insert behind the entry: ")?;
        match &self.reason {
            InsertAfterReason::NoSuchEntry => f.write_str("it is gone"),
            InsertAfterReason::StartDiffers => f.write_str("its start differs"),
            InsertAfterReason::Capacity(error) => error.fmt(f),
        }
    }
}

impl<T: fmt::Debug, V: fmt::Debug> core::error::Error for InsertAfterError<T, V> {}

//! [`RangeMap`] and [`RangeSet`]: disjoint ranges that overwrite what they cover.
//!
//! `runs` keeps the entries, `change` overwrites, cuts, splits and joins them, `query` and `iter` read
//! them, `gap` finds gaps between them of a length.
//!
//! Invariants:
//! * (M1) Entries are disjoint and in order: each ends before the next one starts.
//! * (M2) An inner node knows the greatest gap between two entries below it.
//!
//! They hold also after a panic of user code: values are cloned and compared before anything moves.

#![forbid(unsafe_code)]

mod change;
mod coalesce;
mod error;
mod gap;
mod iter;
mod query;
mod runs;
#[cfg(feature = "serde")]
mod serde;
mod set;
mod set_operations;
#[cfg(target_has_atomic = "ptr")]
mod snapshot;
mod traits;

use core::ops::RangeBounds;

use crate::error::CapacityError;
use crate::interval::{Discrete, Interval, Query};
use runs::{Position, Runs};

pub use change::{CutEntries, ExtractIf};
pub use error::{Occupied, OverlapError};
pub use gap::GapSearch;
pub use iter::{
    Gaps, Intervals, IntoIter, IntoValues, Iter, IterMut, Overlapping, OverlappingMut, Values,
    ValuesMut,
};
pub use set::{IntoRanges, OverlappingRanges, RangeSet, Ranges};
#[cfg(target_has_atomic = "ptr")]
pub use snapshot::RangeMapSnapshot;

/// A map from disjoint closed ranges `[start, last]` to values; a new entry overwrites what it covers.
///
/// Entries are kept in order and never overlap. Entries that touch stay apart, even with equal values,
/// unless they are joined by [`insert_coalescing`](Self::insert_coalescing) or
/// [`coalesce`](Self::coalesce). Ends are any [`Discrete`] type that is `Copy`: integers, addresses,
/// `char`, and through [`Cut`](crate::Cut) times, floats in a wrapper, and half-open ranges of anything
/// with an order.
///
/// A range may be given in any form, `3..7` or `3..=6` or an [`Interval`]; where it is empty or inverted,
/// nothing is inserted, cut or found. Where the type of the ends has no least or greatest value, a range
/// that is unbounded there extends as far as the entries that are held.
///
/// # Complexity
///
/// With *n* entries, of which a range overlaps *k*: looking up a point is `O(log n)`, changing a range is
/// `O((1 + k) log n)`, iterating over it `O(log n + k)`.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, RangeMap};
///
/// let mut pages = RangeMap::new();
/// pages.insert(0x1000u64..0x5000, "rw");
/// pages.insert(0x2000..0x3000, "r"); // overwrites the middle
/// assert_eq!(pages.len(), 3);
/// assert_eq!(pages.get(0x2fff), Some(&"r"));
/// assert_eq!(pages.get_entry(0x4000), Some((Interval::new(0x3000, 0x4fff), &"rw")));
///
/// let removed: Vec<_> = pages.cut(0x1800..0x2800).collect();
/// assert_eq!(removed, [(Interval::new(0x1800, 0x1fff), "rw"), (Interval::new(0x2000, 0x27ff), "r")]);
/// assert_eq!(pages.gaps(0x1000..0x5000).next(), Some(Interval::new(0x1800, 0x27ff)));
/// ```
#[derive(Clone)]
pub struct RangeMap<T, V> {
    runs: Runs<T, V>,
}

impl<T, V> RangeMap<T, V> {
    /// Creates an empty map, without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// static EMPTY: RangeMap<u64, &str> = RangeMap::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { runs: Runs::new() }
    }

    /// Returns the number of entries.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(1..=3, 'a'), (7..=9, 'b')]);
    /// assert_eq!(map.len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Returns `true` if the map holds no entry.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::RangeMap::<u64, ()>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of entries that fit without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::RangeMap::<u64, ()>::new().capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        self.runs.capacity()
    }

    /// Removes all entries.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::from([(1..=3, 'a')]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.runs.clear();
    }
}

impl<T: Ord + Copy, V> RangeMap<T, V> {
    /// Creates an empty map with capacity for `capacity` entries.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` exceeds what memory can hold.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::<u64, ()>::with_capacity(100);
    /// assert!(map.capacity() >= 100);
    /// ```
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        let mut map = Self::new();
        map.reserve(capacity);
        map
    }

    /// Reserves capacity for at least `additional` more entries.
    ///
    /// # Panics
    ///
    /// Panics where [`try_reserve`](Self::try_reserve) returns an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::<u64, ()>::new();
    /// map.reserve(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if let Err(error) = self.try_reserve(additional) {
            panic!("{error}");
        }
    }

    /// Reserves capacity for at least `additional` more entries; changes that add no more than these do not
    /// allocate.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if there cannot be so many entries, or memory is exhausted; the map is
    /// unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::<u64, ()>::new();
    /// assert!(map.try_reserve(100).is_ok());
    /// assert!(map.try_reserve(usize::MAX).is_err());
    /// ```
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
        self.runs.try_reserve(additional)
    }

    fn pair(&self, at: Position) -> (Interval<T>, &V) {
        (self.runs.interval(at), self.runs.value(at))
    }
}

impl<T: Discrete + Copy, V> RangeMap<T, V> {
    /// Gives the memory back that no entry needs.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::<u64, ()>::with_capacity(100);
    /// map.shrink_to_fit();
    /// assert_eq!(map.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.runs.shrink_to_fit();
    }

    /// Moves all entries into full nodes that lie in memory in their order, as building from sorted
    /// entries makes them: the best shape to search, and at first the worst to insert into.
    ///
    /// While it runs, both shapes are in memory.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map: stabtree::RangeMap<_, _> = (0..100).rev().map(|i| (i..=i, ())).collect();
    /// map.compact();
    /// assert_eq!(map.len(), 100);
    /// ```
    pub fn compact(&mut self) {
        self.runs.compact();
    }

    /// The points of a range, or `None` if there are none. Where `T` has no least or greatest value, an
    /// unbounded range ends with what is held.
    #[inline]
    fn closed(&self, range: &impl RangeBounds<T>) -> Option<Interval<T>> {
        let bounds = (range.start_bound().cloned(), range.end_bound().cloned());
        Query::closed_within(bounds, || {
            let (first, last) = (self.runs.first()?, self.runs.last()?);
            Some(self.runs.interval(first).hull(&self.runs.interval(last)))
        })
    }

    /// Checks all invariants, or returns the first violation found.
    ///
    /// # Errors
    ///
    /// The violation, which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), &'static str> {
        let mut entries = self.iter();
        self.runs.check()?;
        let Some((mut previous, _)) = entries.next() else { return Ok(()) };
        for (interval, _) in entries {
            if interval.start() <= previous.last() {
                return Err("entries overlap (M1)");
            }
            previous = interval;
        }
        Ok(())
    }
}

//! Closed intervals, and the two conditions every search is made of.
//!
//! An [`Interval`] holds both its ends: `[start, last]`, never empty, so `[0, u64::MAX]` is an
//! ordinary value and no code here computes `last + 1`. A query is any [`RangeBounds`]; it is
//! turned once into the crate's own `Query`, which answers the two halves of the overlap test:
//!
//! * *Starts*: the entry starts at or before the query's upper end;
//! * *Reaches*: the entry's `last` is at or after the query's lower end.
//!
//! Overlap is *Starts* and *Reaches*; every prune in the crate is one of them.
//!
//! `coverage` and `join` pass once over intervals in order: runs and depth, the pairs of two sets.
//!
//! This room knows no tree.

#![forbid(unsafe_code)]

mod bounds;
mod coverage;
mod discrete;
mod join;
#[cfg(feature = "serde")]
mod serde;

use core::fmt;
use core::ops::{Bound, Range, RangeBounds, RangeInclusive};

pub(crate) use bounds::Query;
pub use coverage::Span;
pub(crate) use coverage::Sweep;
pub use discrete::Discrete;
pub(crate) use join::Pairs;

/// A closed interval `[start, last]`; both ends belong to it and `start <= last` always holds.
///
/// Intervals order by `start`, then by `last`.
///
/// # Examples
///
/// ```
/// use stabtree::Interval;
///
/// let pages = Interval::new(3, 9);
/// assert!(pages.contains(&9));
/// assert_eq!(format!("{pages}"), "[3, 9]");
/// assert!(Interval::try_new(9, 3).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval<T> {
    start: T,
    last: T,
}

/// The ends of a refused interval: `last` lies before `start`.
///
/// Both ends come back to the caller through [`into_bounds`](Self::into_bounds).
///
/// # Examples
///
/// ```
/// use stabtree::Interval;
///
/// let error = Interval::try_new(9, 3).unwrap_err();
/// assert_eq!(error.to_string(), "invalid interval: last 3 lies before start 9");
/// assert_eq!(error.into_bounds(), (9, 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvalidIntervalError<T> {
    start: T,
    last: T,
}

impl<T> InvalidIntervalError<T> {
    /// Returns the two ends as they were given.
    pub fn into_bounds(self) -> (T, T) {
        (self.start, self.last)
    }
}

impl<T: fmt::Debug> fmt::Display for InvalidIntervalError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid interval: last {:?} lies before start {:?}", self.last, self.start)
    }
}

impl<T: fmt::Debug> core::error::Error for InvalidIntervalError<T> {}

/// Why a half-open range holds no closed interval: it is empty or inverted.
///
/// # Examples
///
/// ```
/// use stabtree::Interval;
///
/// let error = Interval::try_from(5..5).unwrap_err();
/// assert_eq!(error.to_string(), "empty range: 5..5 contains no value");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmptyRangeError<T>(pub Range<T>);

impl<T: fmt::Debug> fmt::Display for EmptyRangeError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "empty range: {:?} contains no value", self.0)
    }
}

impl<T: fmt::Debug> core::error::Error for EmptyRangeError<T> {}

impl<T: Ord> Interval<T> {
    /// Makes the closed interval `[start, last]`.
    ///
    /// # Panics
    ///
    /// Panics if `last < start`; the message names both ends. [`try_new`](Self::try_new) is for
    /// ends that you did not choose, and for types without `Debug`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// let whole = Interval::new(0, u64::MAX);
    /// assert_eq!(whole.last(), &u64::MAX);
    /// ```
    #[track_caller]
    pub fn new(start: T, last: T) -> Self
    where
        T: fmt::Debug,
    {
        match Self::try_new(start, last) {
            Ok(interval) => interval,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes the closed interval `[start, last]`, or hands both ends back.
    ///
    /// # Errors
    ///
    /// [`InvalidIntervalError`] if `last < start`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert!(Interval::try_new("a", "b").is_ok());
    /// assert!(Interval::try_new(2, 1).is_err());
    /// ```
    pub fn try_new(start: T, last: T) -> Result<Self, InvalidIntervalError<T>> {
        if last < start {
            return Err(InvalidIntervalError { start, last });
        }
        Ok(Self { start, last })
    }

    /// Tells whether `at` lies in the interval, both ends included.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::Interval::new(3, 9).contains(&3));
    /// ```
    pub fn contains(&self, at: &T) -> bool {
        self.start <= *at && *at <= self.last
    }

    /// Tells whether the two share at least one value; touching at an end is sharing it.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert!(Interval::new(0, 9).overlaps(&Interval::new(9, 20)));
    /// assert!(!Interval::new(0, 9).overlaps(&Interval::new(10, 20)));
    /// ```
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start <= other.last && other.start <= self.last
    }

    /// Tells whether every value of `other` lies in `self`; an interval covers itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert!(Interval::new(0, 9).covers(&Interval::new(0, 5)));
    /// ```
    pub fn covers(&self, other: &Self) -> bool {
        self.start <= other.start && other.last <= self.last
    }
}

impl<T: Ord + Clone> Interval<T> {
    /// Returns what the two share, or `None` if they share nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// let shared = Interval::new(0, 9).intersection(&Interval::new(5, 20));
    /// assert_eq!(shared, Some(Interval::new(5, 9)));
    /// ```
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let start = (&self.start).max(&other.start);
        let last = (&self.last).min(&other.last);
        (start <= last).then(|| Self { start: start.clone(), last: last.clone() })
    }

    /// Returns the smallest interval that covers both.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert_eq!(Interval::new(0, 1).hull(&Interval::new(8, 9)), Interval::new(0, 9));
    /// ```
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        let start = (&self.start).min(&other.start);
        let last = (&self.last).max(&other.last);
        Self { start: start.clone(), last: last.clone() }
    }
}

impl<T: Clone> Interval<T> {
    /// Makes the interval that holds `at` and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::point(7), stabtree::Interval::new(7, 7));
    /// ```
    pub fn point(at: T) -> Self {
        Self { start: at.clone(), last: at }
    }
}

impl<T> Interval<T> {
    /// The interval of two ends that were those of an interval before.
    #[inline]
    pub(crate) const fn from_former_bounds(start: T, last: T) -> Self {
        Self { start, last }
    }

    /// Returns the smallest value of the interval.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::new(3, 9).start(), &3);
    /// ```
    pub const fn start(&self) -> &T {
        &self.start
    }

    /// Returns the greatest value of the interval: it belongs to it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::new(3, 9).last(), &9);
    /// ```
    pub const fn last(&self) -> &T {
        &self.last
    }

    /// Returns both ends, `(start, last)`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::new(3, 9).into_bounds(), (3, 9));
    /// ```
    pub fn into_bounds(self) -> (T, T) {
        (self.start, self.last)
    }
}

impl<T: fmt::Debug> fmt::Debug for Interval<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}, {:?}]", self.start, self.last)
    }
}

impl<T: fmt::Display> fmt::Display for Interval<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.start, self.last)
    }
}

impl<T> RangeBounds<T> for Interval<T> {
    fn start_bound(&self) -> Bound<&T> {
        Bound::Included(&self.start)
    }

    fn end_bound(&self) -> Bound<&T> {
        Bound::Included(&self.last)
    }
}

impl<T> RangeBounds<T> for &Interval<T> {
    fn start_bound(&self) -> Bound<&T> {
        Bound::Included(&self.start)
    }

    fn end_bound(&self) -> Bound<&T> {
        Bound::Included(&self.last)
    }
}

impl<T> From<Interval<T>> for RangeInclusive<T> {
    fn from(interval: Interval<T>) -> Self {
        interval.start..=interval.last
    }
}

impl<T: Ord> TryFrom<RangeInclusive<T>> for Interval<T> {
    type Error = InvalidIntervalError<T>;

    fn try_from(range: RangeInclusive<T>) -> Result<Self, Self::Error> {
        let (start, last) = range.into_inner();
        Self::try_new(start, last)
    }
}

impl<T: Discrete> TryFrom<Range<T>> for Interval<T> {
    type Error = EmptyRangeError<T>;

    fn try_from(range: Range<T>) -> Result<Self, Self::Error> {
        // What is not returned is dropped first: a panic of its `Drop` on the way out would leak the rest.
        match range.end.pred().filter(|last| range.start <= *last) {
            Some(last) => {
                let Range { start, end } = range;
                drop(end);
                Ok(Self { start, last })
            }
            None => Err(EmptyRangeError(range)),
        }
    }
}

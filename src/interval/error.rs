//! Why two ends or a range make no interval.

#![forbid(unsafe_code)]

use core::fmt;
use core::ops::Bound;

/// The ends of a refused interval: `last` lies before `start`, or they came as a
/// [`RangeInclusive`](core::ops::RangeInclusive) that was iterated to its end and contains nothing
/// any more.
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
///
/// let mut range = 3..=3;
/// range.next();
/// let error = Interval::try_from(range).unwrap_err();
/// assert_eq!(error.to_string(), "invalid interval: the range 3..=3 was iterated to its end");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvalidIntervalError<T> {
    start: T,
    last: T,
    is_exhausted: bool,
}

impl<T> InvalidIntervalError<T> {
    pub(crate) const fn inverted(start: T, last: T) -> Self {
        Self { start, last, is_exhausted: false }
    }

    pub(super) const fn exhausted(start: T, last: T) -> Self {
        Self { start, last, is_exhausted: true }
    }

    /// Returns the end that was given as `start`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::try_new(9, 3).unwrap_err().start(), &9);
    /// ```
    pub const fn start(&self) -> &T {
        &self.start
    }

    /// Returns the end that was given as `last`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::try_new(9, 3).unwrap_err().last(), &3);
    /// ```
    pub const fn last(&self) -> &T {
        &self.last
    }

    /// Returns the two ends as they were given, `(start, last)`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Interval::try_new(9, 3).unwrap_err().into_bounds(), (9, 3));
    /// ```
    pub fn into_bounds(self) -> (T, T) {
        (self.start, self.last)
    }
}

impl<T: fmt::Debug> fmt::Display for InvalidIntervalError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, last, is_exhausted } = self;
        if *is_exhausted {
            write!(f, "invalid interval: the range {start:?}..={last:?} was iterated to its end")
        } else {
            write!(f, "invalid interval: last {last:?} lies before start {start:?}")
        }
    }
}

impl<T: fmt::Debug> core::error::Error for InvalidIntervalError<T> {}

/// Why a range is no closed interval: it is empty or inverted, or, for ends without a least or
/// greatest value, unbounded.
///
/// The range comes back to the caller through [`into_range`](Self::into_range).
///
/// # Examples
///
/// ```
/// use stabtree::Interval;
/// use std::ops::Bound::{Excluded, Included};
///
/// let error = Interval::try_from(5..5).unwrap_err();
/// assert_eq!(error.to_string(), "empty range: 5..5 contains no value");
/// assert_eq!(error.into_range(), (Included(5), Excluded(5)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EmptyRangeError<T> {
    range: (Bound<T>, Bound<T>),
}

impl<T> EmptyRangeError<T> {
    pub(super) const fn new(start: Bound<T>, end: Bound<T>) -> Self {
        Self { range: (start, end) }
    }

    /// Returns the range by its two bounds, itself a [`RangeBounds`](core::ops::RangeBounds).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::Bound::{Excluded, Included};
    ///
    /// let error = stabtree::Interval::try_from(5..3).unwrap_err();
    /// assert_eq!(error.range(), (Included(&5), Excluded(&3)));
    /// ```
    pub const fn range(&self) -> (Bound<&T>, Bound<&T>) {
        (by_reference(&self.range.0), by_reference(&self.range.1))
    }

    /// Returns the range by its two bounds, as it was given.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::Bound::{Excluded, Included};
    ///
    /// let error = stabtree::Interval::try_from(5..3).unwrap_err();
    /// assert_eq!(error.into_range(), (Included(5), Excluded(3)));
    /// ```
    pub fn into_range(self) -> (Bound<T>, Bound<T>) {
        self.range
    }
}

/// `Bound::as_ref`, which is no `const fn`.
const fn by_reference<T>(bound: &Bound<T>) -> Bound<&T> {
    match bound {
        Bound::Included(end) => Bound::Included(end),
        Bound::Excluded(end) => Bound::Excluded(end),
        Bound::Unbounded => Bound::Unbounded,
    }
}

impl<T: fmt::Debug> fmt::Display for EmptyRangeError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = &self.range;
        let is_unbounded = matches!(start, Bound::Unbounded) || matches!(end, Bound::Unbounded);
        f.write_str(if is_unbounded { "unbounded range: " } else { "empty range: " })?;
        match start {
            Bound::Included(start) => write!(f, "{start:?}..")?,
            // No syntax of ranges leaves out the start.
            Bound::Excluded(start) => write!(f, "{start:?}<..")?,
            Bound::Unbounded => f.write_str("..")?,
        }
        match end {
            Bound::Included(end) => write!(f, "={end:?}")?,
            Bound::Excluded(end) => write!(f, "{end:?}")?,
            Bound::Unbounded => {}
        }
        f.write_str(if is_unbounded { " has an open side" } else { " contains no value" })
    }
}

impl<T: fmt::Debug> core::error::Error for EmptyRangeError<T> {}

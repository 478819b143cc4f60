//! The closed interval: its two ends, and what an order alone says about them.

#![forbid(unsafe_code)]

use super::InvalidIntervalError;

/// A closed interval `[start, last]`; both ends belong to it and `start <= last` always holds.
///
/// The ends are named as in the kernel and in `core::range::RangeInclusive`: `last` belongs to the
/// interval, an `end` would not.
///
/// Intervals order by `start`, then by `last`. Text of them takes the flags of their ends:
/// `{:#x}` and `{:x?}` print addresses as such.
///
/// # Examples
///
/// ```
/// use stabtree::Interval;
///
/// let pages = Interval::new(3, 19);
/// assert!(pages.contains(&19));
/// assert_eq!(format!("{pages}"), "[3, 19]");
/// assert_eq!(format!("{pages:#x}"), "[0x3, 0x13]");
/// assert!(Interval::try_new(9, 3).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval<T> {
    start: T,
    last: T,
}

impl<T: Ord> Interval<T> {
    /// Creates the closed interval `[start, last]`.
    ///
    /// `last` is in the interval. To convert a half-open range, use
    /// [`half_open`](Self::half_open) or `try_from`, never `Interval::new(start, end - 1)`: where
    /// `end` is 0 the subtraction wraps in a release build, and the interval reaches up to the
    /// greatest value of the type.
    ///
    /// # Panics
    ///
    /// Panics if `last < start`; the message names the type of the ends. [`try_new`](Self::try_new)
    /// is for ends that you did not choose; its error names both.
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
    pub fn new(start: T, last: T) -> Self {
        let Ok(interval) = Self::try_new(start, last) else {
            panic!("invalid interval of {}: last lies before start", core::any::type_name::<T>())
        };
        interval
    }

    /// Creates the closed interval `[start, last]`, or gives both ends back.
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
            return Err(InvalidIntervalError::inverted(start, last));
        }
        Ok(Self { start, last })
    }

    /// Returns `true` if `at` lies in the interval, both ends included.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::Interval::new(3, 9).contains(&3));
    /// ```
    pub fn contains(&self, at: &T) -> bool {
        self.start <= *at && *at <= self.last
    }

    /// Returns `true` if the two share at least one value: `[0, 9]` and `[9, 20]` share 9.
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

    /// Returns `true` if every value of `other` lies in `self`; an interval covers itself.
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

    /// Returns `true` if the interval is a single value: both its ends are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert!(Interval::point(7).is_point());
    /// assert!(!Interval::new(7, 8).is_point());
    /// ```
    pub fn is_point(&self) -> bool {
        self.start == self.last
    }
}

impl<T: Clone> Interval<T> {
    /// Creates the interval that contains `at` and nothing else.
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
    /// The interval of two ends that were those of an interval before, or that are known to be in
    /// order.
    #[inline]
    pub(crate) const fn from_former_bounds(start: T, last: T) -> Self {
        Self { start, last }
    }

    /// Gives the interval another last, which is not before its start, and returns the former one.
    pub(crate) const fn replace_last(&mut self, last: T) -> T {
        core::mem::replace(&mut self.last, last)
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

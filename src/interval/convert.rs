//! Intervals are ranges, and ranges become intervals.

#![forbid(unsafe_code)]

use core::ops::{Bound, Range, RangeBounds, RangeInclusive};

use super::{Discrete, EmptyRangeError, Interval, InvalidIntervalError};

impl<T> RangeBounds<T> for Interval<T> {
    fn start_bound(&self) -> Bound<&T> {
        Bound::Included(self.start())
    }

    fn end_bound(&self) -> Bound<&T> {
        Bound::Included(self.last())
    }
}

impl<T> RangeBounds<T> for &Interval<T> {
    fn start_bound(&self) -> Bound<&T> {
        Bound::Included(self.start())
    }

    fn end_bound(&self) -> Bound<&T> {
        Bound::Included(self.last())
    }
}

impl<T> From<Interval<T>> for RangeInclusive<T> {
    fn from(interval: Interval<T>) -> Self {
        let (start, last) = interval.into_bounds();
        start..=last
    }
}

impl<T: Ord> TryFrom<RangeInclusive<T>> for Interval<T> {
    type Error = InvalidIntervalError<T>;

    /// Fails where the range contains nothing: `last` lies before `start`, or the range was
    /// iterated to its end.
    fn try_from(range: RangeInclusive<T>) -> Result<Self, Self::Error> {
        // Of a range that was iterated to its end the two ends alone do not tell.
        let is_exhausted = range.is_empty();
        let (start, last) = range.into_inner();
        match Self::try_new(start, last) {
            Ok(interval) if is_exhausted => {
                let (start, last) = interval.into_bounds();
                Err(InvalidIntervalError::exhausted(start, last))
            }
            result => result,
        }
    }
}

impl<T: Discrete> TryFrom<Range<T>> for Interval<T> {
    type Error = EmptyRangeError<T>;

    /// Fails where the range contains nothing. The end of the range is not in the interval:
    /// `3..7` becomes `[3, 6]`.
    fn try_from(range: Range<T>) -> Result<Self, Self::Error> {
        // What is not returned is dropped first: a panic of its `Drop` on the way out would leak
        // the rest.
        match range.end.pred().filter(|last| range.start <= *last) {
            Some(last) => {
                let Range { start, end } = range;
                drop(end);
                Ok(Self::from_former_bounds(start, last))
            }
            None => {
                Err(EmptyRangeError::new(Bound::Included(range.start), Bound::Excluded(range.end)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Interval;

    #[test]
    fn exhausted_inclusive_range_is_refused() {
        let mut point = 3..=3_u8;
        assert_eq!(Interval::try_from(point.clone()), Ok(Interval::point(3)));
        point.next();
        assert_eq!(Interval::try_from(point).expect_err("used up").into_bounds(), (3, 3));

        let mut whole = 0..=255_u8;
        assert_eq!(whole.by_ref().count(), 256);
        assert!(Interval::try_from(whole).is_err());

        let mut from_the_back = 5..=7_i64;
        from_the_back.nth_back(1);
        assert_eq!(Interval::try_from(from_the_back.clone()), Ok(Interval::point(5)));
        from_the_back.next_back();
        assert!(Interval::try_from(from_the_back).is_err());
    }
}

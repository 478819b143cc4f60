//! The two conditions of the overlap test, as a search asks them.

#![forbid(unsafe_code)]

use core::borrow::Borrow;
use core::ops::{Bound, RangeBounds};

use super::Query;

/// What a search asks of a query over ends of `T`.
pub(crate) trait Conditions<T> {
    /// *Starts*: an entry that starts at `start` starts at or before the upper end.
    fn starts(&self, start: &T) -> bool;

    /// *Reaches*: an entry or a subtree that extends to `last` comes up to the lower end.
    fn reaches(&self, last: &T) -> bool;
}

impl<T: Ord> Conditions<T> for Query<T> {
    #[inline]
    fn starts(&self, start: &T) -> bool {
        self.starts(start)
    }

    #[inline]
    fn reaches(&self, last: &T) -> bool {
        self.reaches(last)
    }
}

/// A query by borrowed ends, which clones nothing. It contains at least one value, as far as `Ord`
/// alone can tell.
#[derive(Debug)]
pub(crate) struct BorrowedQuery<'q, Q: ?Sized> {
    lower: Bound<&'q Q>,
    upper: Bound<&'q Q>,
}

impl<Q: ?Sized> Clone for BorrowedQuery<'_, Q> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'q, Q: Ord + ?Sized> BorrowedQuery<'q, Q> {
    pub(crate) fn new(bounds: &impl RangeBounds<&'q Q>) -> Option<Self> {
        let (lower, upper) = (bounds.start_bound().cloned(), bounds.end_bound().cloned());
        let contains_a_value = match (lower, upper) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
            (Bound::Included(lower), Bound::Included(upper)) => lower <= upper,
            (Bound::Included(lower) | Bound::Excluded(lower), Bound::Excluded(upper))
            | (Bound::Excluded(lower), Bound::Included(upper)) => lower < upper,
        };
        contains_a_value.then_some(Self { lower, upper })
    }

    pub(crate) fn stab(at: &'q Q) -> Self {
        Self { lower: Bound::Included(at), upper: Bound::Included(at) }
    }
}

impl<T: Borrow<Q>, Q: Ord + ?Sized> Conditions<T> for BorrowedQuery<'_, Q> {
    fn starts(&self, start: &T) -> bool {
        match self.upper {
            Bound::Included(upper) => start.borrow() <= upper,
            Bound::Excluded(upper) => start.borrow() < upper,
            Bound::Unbounded => true,
        }
    }

    fn reaches(&self, last: &T) -> bool {
        match self.lower {
            Bound::Included(lower) => lower <= last.borrow(),
            Bound::Excluded(lower) => lower < last.borrow(),
            Bound::Unbounded => true,
        }
    }
}

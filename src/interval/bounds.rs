//! What a search asks for: bounds that were looked at once.

#![forbid(unsafe_code)]

use core::cmp::Ordering;
use core::ops::{Bound, RangeBounds};

use super::adjacent::are_adjacent;
use super::discrete::{pred, succ};
use super::known::{is_integer, step_integer};
use super::{Discrete, Interval};

/// An owned query that contains at least one value, as far as that is known.
///
/// `Query::new` returns `None` for bounds that are inverted, that exclude their only value, or that
/// exclude both ends where no value lies between them; searches then yield nothing, whatever is
/// held. That two values are neighbours is known of the types of `core` that are `Discrete`. Bounds that
/// are integers are included or unbounded, so that no search is compiled for others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T> {
    lower: Bound<T>,
    upper: Bound<T>,
}

impl<T: Discrete> Query<T> {
    /// The closed interval of the values in `bounds`, or `None` if there are none, or if `bounds`
    /// is unbounded on a side where `T` has no end.
    pub(crate) fn closed(bounds: impl RangeBounds<T>) -> Option<Interval<T>> {
        Self::closed_within(bounds, || None)
    }

    /// The closed interval of the values in `bounds`, or `None` if there are none. Where `bounds`
    /// is unbounded and `T` has no end on that side, it ends with what is held: `hull` is asked
    /// for that.
    pub(crate) fn closed_within(
        bounds: impl RangeBounds<T>,
        hull: impl FnOnce() -> Option<Interval<T>>,
    ) -> Option<Interval<T>> {
        let first = match bounds.start_bound() {
            Bound::Included(first) => Some(first.clone()),
            // Unless it is the greatest, greater values follow, the first of which is not known.
            Bound::Excluded(lower) => match succ(lower) {
                None if T::MAX.is_some_and(|max| *lower >= max) => return None,
                first => Some(first.unwrap_or_else(|| lower.clone())),
            },
            Bound::Unbounded => T::MIN,
        };
        let last = match bounds.end_bound() {
            Bound::Included(last) => Some(last.clone()),
            Bound::Excluded(upper) => match pred(upper) {
                None if T::MIN.is_some_and(|min| *upper <= min) => return None,
                last => Some(last.unwrap_or_else(|| upper.clone())),
            },
            Bound::Unbounded => T::MAX,
        };
        drop(bounds);
        let (first, last) = match (first, last) {
            (Some(first), Some(last)) => (first, last),
            (first, last) => {
                let (start, end) = hull()?.into_bounds();
                (first.unwrap_or(start), last.unwrap_or(end))
            }
        };
        Interval::try_new(first, last).ok()
    }
}

impl<T: Ord> Query<T> {
    pub(crate) fn new(bounds: impl RangeBounds<T>) -> Option<Self>
    where
        T: Clone,
    {
        let query = Self::as_given(bounds);
        if is_integer::<T>() { query?.with_closed_integers() } else { query }
    }

    fn with_closed_integers(self) -> Option<Self> {
        let Self { mut lower, mut upper } = self;
        if let Bound::Excluded(mut end) = lower {
            step_integer(&mut end, 1)?;
            lower = Bound::Included(end);
        }
        if let Bound::Excluded(mut end) = upper {
            step_integer(&mut end, -1)?;
            upper = Bound::Included(end);
        }
        Some(Self { lower, upper })
    }

    /// Takes the bounds and drops them while the query is still a local: a result that is made
    /// already is leaked when dropping an argument panics.
    fn as_given(bounds: impl RangeBounds<T>) -> Option<Self>
    where
        T: Clone,
    {
        let contains_a_value = match (bounds.start_bound(), bounds.end_bound()) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
            (Bound::Included(lower), Bound::Included(upper)) => lower <= upper,
            (Bound::Included(lower), Bound::Excluded(upper))
            | (Bound::Excluded(lower), Bound::Included(upper)) => lower < upper,
            (Bound::Excluded(lower), Bound::Excluded(upper)) => {
                lower < upper && !are_adjacent(lower, upper)
            }
        };
        let query = contains_a_value.then(|| Self {
            lower: bounds.start_bound().cloned(),
            upper: bounds.end_bound().cloned(),
        });
        drop(bounds);
        query
    }

    /// Where *Reaches* is asked.
    #[inline]
    pub(crate) fn lower(&self) -> Bound<&T> {
        included(&self.lower)
    }

    /// Orders queries by their lower ends, whether these are included or not.
    pub(crate) fn cmp_lower(&self, other: &Self) -> Ordering {
        fn end<T>(bound: &Bound<T>) -> Option<&T> {
            match bound {
                Bound::Included(end) | Bound::Excluded(end) => Some(end),
                Bound::Unbounded => None,
            }
        }
        end(&self.lower).cmp(&end(&other.lower))
    }

    /// Where *Starts* is asked.
    #[inline]
    pub(crate) fn upper(&self) -> Bound<&T> {
        included(&self.upper)
    }

    /// The query that every entry overlaps.
    #[cfg(feature = "rayon")]
    pub(crate) fn everything() -> Self {
        Self { lower: Bound::Unbounded, upper: Bound::Unbounded }
    }

    pub(crate) fn stab(at: T) -> Self
    where
        T: Clone,
    {
        Self { lower: Bound::Included(at.clone()), upper: Bound::Included(at) }
    }

    /// The query that the entries overlapping it are those that contain all of `bounds`: its two
    /// ends exchanged. `None` where `bounds` has no end on one side, which no entry reaches.
    pub(crate) fn covering(bounds: impl RangeBounds<T>) -> Option<Self>
    where
        T: Clone,
    {
        let Self { lower, upper } = Self::as_given(bounds)?;
        match (lower, upper) {
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(last) | Bound::Excluded(last),
            ) => Some(Self { lower: Bound::Included(last), upper: Bound::Included(start) }),
            _ => None,
        }
    }

    /// *Starts*: an entry that starts at `start` starts at or before the upper end.
    #[inline]
    pub(crate) fn starts(&self, start: &T) -> bool {
        match self.upper() {
            Bound::Included(upper) => start <= upper,
            Bound::Excluded(upper) => start < upper,
            Bound::Unbounded => true,
        }
    }

    /// *Reaches*: an entry or a subtree that extends to `last` comes up to the lower end.
    #[inline]
    pub(crate) fn reaches(&self, last: &T) -> bool {
        match self.lower() {
            Bound::Included(lower) => lower <= last,
            Bound::Excluded(lower) => lower < last,
            Bound::Unbounded => true,
        }
    }

    /// Returns `true` if the query contains `at`.
    pub(crate) fn holds(&self, at: &T) -> bool {
        self.reaches(at) && self.starts(at)
    }
}

/// A bound, which is not excluded if it is an integer: compilers see this of the type.
#[inline]
fn included<T>(bound: &Bound<T>) -> Bound<&T> {
    match bound.as_ref() {
        Bound::Excluded(end) if is_integer::<T>() => Bound::Included(end),
        bound => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    use core::ops::Bound::{Excluded, Included, Unbounded};

    #[test]
    fn queries_are_in_order_of_their_lower_ends() {
        let lower = |lower| Query::new((lower, Unbounded)).expect("not empty");
        let in_order =
            [lower(Unbounded), lower(Included(3)), lower(Excluded(4)), lower(Included(9))];
        for (i, a) in in_order.iter().enumerate() {
            for (j, b) in in_order.iter().enumerate() {
                assert_eq!(a.cmp_lower(b), i.cmp(&j), "{a:?} and {b:?}");
            }
        }
        let texts =
            [Included("c"), Excluded("c")].map(|lower| Query::<&str>::new((lower, Unbounded)));
        let [included, excluded] = texts.map(|query| query.expect("not empty"));
        assert!(included.cmp_lower(&excluded).is_eq());
    }

    #[test]
    fn bounds_of_integers_are_closed() {
        let query = Query::new((Excluded(3), Excluded(9))).expect("not empty");
        assert_eq!((query.lower(), query.upper()), (Included(&4), Included(&8)));
        assert!(query.reaches(&4) && !query.reaches(&3) && query.starts(&8) && !query.starts(&9));
        let query = Query::new((Unbounded, Excluded(u64::MAX))).expect("not empty");
        assert_eq!((query.lower(), query.upper()), (Unbounded, Included(&(u64::MAX - 1))));
        assert!(Query::new(..i8::MIN).is_none());
        assert!(Query::new((Excluded(i8::MAX), Unbounded)).is_none());
        let query = Query::new((Excluded("c"), Excluded("f"))).expect("not empty");
        assert_eq!((query.lower(), query.upper()), (Excluded(&"c"), Excluded(&"f")));
    }
}

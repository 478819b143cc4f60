use core::ops::{Bound, RangeBounds};

/// An owned query that holds at least one value, as far as `Ord` alone can tell.
///
/// `Query::new` returns `None` for bounds that are inverted, or that exclude their only value;
/// searches then yield nothing, whatever the tree holds.
#[derive(Clone, Debug)]
pub(crate) struct Query<T> {
    lower: Bound<T>,
    upper: Bound<T>,
}

impl<T: Ord> Query<T> {
    pub(crate) fn new(bounds: &impl RangeBounds<T>) -> Option<Self>
    where
        T: Clone,
    {
        let holds_a_value = match (bounds.start_bound(), bounds.end_bound()) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
            (Bound::Included(lower), Bound::Included(upper)) => lower <= upper,
            (Bound::Included(lower) | Bound::Excluded(lower), Bound::Excluded(upper))
            | (Bound::Excluded(lower), Bound::Included(upper)) => lower < upper,
        };
        holds_a_value.then(|| Self {
            lower: bounds.start_bound().cloned(),
            upper: bounds.end_bound().cloned(),
        })
    }

    pub(crate) fn stab(at: T) -> Self
    where
        T: Clone,
    {
        Self { lower: Bound::Included(at.clone()), upper: Bound::Included(at) }
    }

    /// *Starts*: an entry that starts at `start` starts at or before the upper end.
    #[inline]
    pub(crate) fn starts(&self, start: &T) -> bool {
        match &self.upper {
            Bound::Included(upper) => start <= upper,
            Bound::Excluded(upper) => start < upper,
            Bound::Unbounded => true,
        }
    }

    /// *Reaches*: an entry or a subtree that extends to `last` comes up to the lower end.
    #[inline]
    pub(crate) fn reaches(&self, last: &T) -> bool {
        match &self.lower {
            Bound::Included(lower) => lower <= last,
            Bound::Excluded(lower) => lower < last,
            Bound::Unbounded => true,
        }
    }
}

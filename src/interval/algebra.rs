//! What two intervals make together, and what one makes by itself.

#![forbid(unsafe_code)]

use core::ops::{Range, RangeBounds};

use super::discrete::{after, before, pred, succ};
use super::{Countable, Discrete, Interval, InvalidIntervalError, Query};

impl<T: Ord + Clone> Interval<T> {
    /// Returns the values that both have, or `None` if there are none.
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
        let start = self.start().max(other.start());
        let last = self.last().min(other.last());
        (start <= last).then(|| Self::from_former_bounds(start.clone(), last.clone()))
    }

    /// Returns the smallest interval that covers both, and what lies between them.
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
        let start = self.start().min(other.start());
        let last = self.last().max(other.last());
        Self::from_former_bounds(start.clone(), last.clone())
    }
}

impl<T> Interval<T> {
    /// Returns the interval of what `change` makes of both ends, of `start` first.
    ///
    /// # Errors
    ///
    /// [`InvalidIntervalError`] with the changed ends if they are no longer in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert_eq!(Interval::new(3_u8, 9).map(u64::from), Ok(Interval::new(3_u64, 9)));
    /// assert!(Interval::new(3, 9).map(|at: i32| -at).is_err());
    /// ```
    pub fn map<U: Ord>(
        self,
        mut change: impl FnMut(T) -> U,
    ) -> Result<Interval<U>, InvalidIntervalError<U>> {
        let (start, last) = self.into_bounds();
        let start = change(start);
        Interval::try_new(start, change(last))
    }
}

impl<T: Discrete> Interval<T> {
    /// Creates the interval of the values in `range`, whose `end` is left out: `3..7` makes
    /// `[3, 6]`. Returns `None` for a range that is empty or inverted.
    ///
    /// [`try_from`](#impl-TryFrom<Range<T>>-for-Interval<T>) does the same and says why it failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert_eq!(Interval::half_open(3..7), Some(Interval::new(3, 6)));
    /// assert_eq!(Interval::half_open(0u64..0), None);
    /// ```
    pub fn half_open(range: Range<T>) -> Option<Self> {
        Self::try_from(range).ok()
    }

    /// Creates the interval of the values in any `range`, or `None` if there are none.
    ///
    /// An unbounded side ends at [`MIN`](Discrete::MIN) or [`MAX`](Discrete::MAX); where the type
    /// has none, the result is `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    /// use std::ops::Bound::Excluded;
    ///
    /// assert_eq!(Interval::from_range(..7u8), Some(Interval::new(0, 6)));
    /// assert_eq!(Interval::from_range((Excluded(25), Excluded(27))), Some(Interval::point(26)));
    /// assert_eq!(Interval::from_range((Excluded(25), Excluded(26))), None);
    /// ```
    pub fn from_range(range: impl RangeBounds<T>) -> Option<Self> {
        Query::closed(range)
    }

    /// Returns `true` if the two are neighbours: they share no value, and none lies between them.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert!(Interval::new(0, 4).touches(&Interval::new(5, 9)));
    /// assert!(!Interval::new(0, 5).touches(&Interval::new(5, 9)), "they overlap");
    /// assert!(!Interval::new(0, 3).touches(&Interval::new(5, 9)));
    /// ```
    pub fn touches(&self, other: &Self) -> bool {
        let meets = |first: &Self, second: &Self| {
            first.last() < second.start() && succ(first.last()).as_ref() == Some(second.start())
        };
        meets(self, other) || meets(other, self)
    }

    /// Returns the interval of the values that at least one of the two has, or `None` if they
    /// neither overlap nor [touch](Self::touches): then it would take two.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert_eq!(Interval::new(0, 4).union(&Interval::new(5, 9)), Some(Interval::new(0, 9)));
    /// assert_eq!(Interval::new(0, 3).union(&Interval::new(5, 9)), None);
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Option<Self> {
        (self.overlaps(other) || self.touches(other)).then(|| self.hull(other))
    }

    /// Returns the values that `self` has and `other` has not: what lies before `other`, and what
    /// lies after it.
    ///
    /// If the two do not overlap, one of the pieces is `self`. Where no value before `other` is
    /// known, or none after it (see [`Discrete`]), the piece ends at the end of `other` itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// let [before, after] = Interval::new(0, 9).difference(&Interval::new(3, 5));
    /// assert_eq!((before, after), (Some(Interval::new(0, 2)), Some(Interval::new(6, 9))));
    ///
    /// let left = Interval::new(0, 9).difference(&Interval::new(0, 5));
    /// assert!(left.into_iter().flatten().eq([Interval::new(6, 9)]));
    /// ```
    #[must_use]
    pub fn difference(&self, other: &Self) -> [Option<Self>; 2] {
        let former = if self.last() < other.start() {
            Some(self.clone())
        } else {
            let is_cut = self.start() < other.start();
            is_cut
                .then(|| Self::try_new(self.start().clone(), before(other.start())).ok())
                .flatten()
        };
        let latter = if other.last() < self.start() {
            Some(self.clone())
        } else {
            let is_cut = other.last() < self.last();
            is_cut.then(|| Self::try_new(after(other.last()), self.last().clone()).ok()).flatten()
        };
        [former, latter]
    }

    /// Splits the interval before `at`: the second part starts there. Returns `None` if one of
    /// the parts would be empty, that is if `at` is `start` or lies outside; and where the value
    /// before `at` is not known, as that before a [`Cut::before`](crate::Cut::before).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// let pages = Interval::new(3, 9);
    /// assert_eq!(pages.split_at(&5), Some((Interval::new(3, 4), Interval::new(5, 9))));
    /// assert_eq!(pages.split_at(&9), Some((Interval::new(3, 8), Interval::point(9))));
    /// assert_eq!(pages.split_at(&3), None);
    /// ```
    pub fn split_at(&self, at: &T) -> Option<(Self, Self)> {
        if *at <= *self.start() || *self.last() < *at {
            return None;
        }
        let before = Self::try_new(self.start().clone(), pred(at)?).ok()?;
        Some((before, Self::from_former_bounds(at.clone(), self.last().clone())))
    }
}

impl<T: Countable> Interval<T> {
    /// Returns how many values the interval has.
    ///
    /// It is never 0. All of `u128` or `i128` has one value more than a `u128` can count, and
    /// [`u128::MAX`] is returned for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Interval;
    ///
    /// assert_eq!(Interval::new(3, 9).len(), 7);
    /// assert_eq!(Interval::new(0, u64::MAX).len(), 1 << 64);
    /// assert_eq!(Interval::new('\u{d7ff}', '\u{e000}').len(), 2, "no surrogates");
    /// ```
    #[expect(clippy::len_without_is_empty, reason = "an interval is never empty")]
    pub fn len(&self) -> u128 {
        self.start().steps_to(self.last()).map_or(1, |steps| steps.saturating_add(1))
    }
}

//! Questions that change nothing.

use core::ops::RangeBounds;

use super::{Gaps, Intervals, Iter, Overlapping, OverlappingMut, RangeMap, Values};
use crate::interval::{Discrete, Interval};

impl<T: Ord + Copy, V> RangeMap<T, V> {
    /// Returns the value of the entry that contains `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(3..=6, 'a')]);
    /// assert_eq!(map.get(6), Some(&'a'));
    /// assert_eq!(map.get(7), None);
    /// ```
    #[inline]
    pub fn get(&self, at: T) -> Option<&V> {
        self.containing(at).map(|entry| self.runs.value(entry))
    }

    /// Returns the value of the entry that contains `at`, for changing it.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::from([(3..=6, 1)]);
    /// *map.get_mut(6).unwrap() += 1;
    /// assert_eq!(map[3], 2);
    /// ```
    pub fn get_mut(&mut self, at: T) -> Option<&mut V> {
        self.containing(at).map(|entry| self.runs.value_mut(entry))
    }

    /// Returns the entry that contains `at`, with its interval.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(3..=6, 'a')]);
    /// assert_eq!(map.get_entry(5), Some((Interval::new(3, 6), &'a')));
    /// ```
    #[doc(alias = "get_key_value")]
    pub fn get_entry(&self, at: T) -> Option<(Interval<T>, &V)> {
        self.containing(at).map(|entry| self.pair(entry))
    }

    /// Returns `true` if an entry contains `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(3..=6, 'a')]);
    /// assert!(map.contains(3) && !map.contains(2));
    /// ```
    pub fn contains(&self, at: T) -> bool {
        self.containing(at).is_some()
    }

    /// Returns the last entry that ends before `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(1..=2, 'a'), (5..=8, 'b')]);
    /// assert_eq!(map.before(6), Some((Interval::new(1, 2), &'a'))); // not what contains it
    /// assert_eq!(map.before(2), None);
    /// ```
    pub fn before(&self, at: T) -> Option<(Interval<T>, &V)> {
        let found = match self.runs.reaching(at) {
            Some(reaching) => self.runs.previous(reaching),
            None => self.runs.last(),
        };
        found.map(|entry| self.pair(entry))
    }

    /// Returns the first entry that starts after `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(1..=2, 'a'), (5..=8, 'b')]);
    /// assert_eq!(map.after(1), Some((Interval::new(5, 8), &'b')));
    /// assert_eq!(map.after(5), None);
    /// ```
    pub fn after(&self, at: T) -> Option<(Interval<T>, &V)> {
        let found = match self.runs.starting(at) {
            Some(starting) => self.runs.next(starting),
            None => self.runs.first(),
        };
        found.map(|entry| self.pair(entry))
    }

    /// Returns the first entry.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(1..=2, 'a'), (5..=8, 'b')]);
    /// assert_eq!(map.first(), Some((Interval::new(1, 2), &'a')));
    /// ```
    pub fn first(&self) -> Option<(Interval<T>, &V)> {
        self.runs.first().map(|at| self.pair(at))
    }

    /// Returns the last entry.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(1..=2, 'a'), (5..=8, 'b')]);
    /// assert_eq!(map.last(), Some((Interval::new(5, 8), &'b')));
    /// ```
    pub fn last(&self) -> Option<(Interval<T>, &V)> {
        self.runs.last().map(|at| self.pair(at))
    }

    /// Iterates over all entries in order, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(5..=8, 'b'), (1..=2, 'a')]);
    /// assert!(map.iter().eq([(Interval::new(1, 2), &'a'), (Interval::new(5, 8), &'b')]));
    /// ```
    pub fn iter(&self) -> Iter<'_, T, V> {
        Iter::new(self)
    }

    /// Iterates over all intervals in order, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(5..=8, 'b'), (1..=2, 'a')]);
    /// assert!(map.intervals().eq([Interval::new(1, 2), Interval::new(5, 8)]));
    /// ```
    pub fn intervals(&self) -> Intervals<'_, T, V> {
        Intervals::new(self)
    }

    /// Iterates over all values in order, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(5..=8, 'b'), (1..=2, 'a')]);
    /// assert!(map.values().eq(&['a', 'b']));
    /// ```
    pub fn values(&self) -> Values<'_, T, V> {
        Values::new(self)
    }
}

impl<T: Discrete + Copy, V> RangeMap<T, V> {
    /// Returns `true` if every point of `range` lies in an entry; `true` of an empty range.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)`, *k* being the number of entries that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(1..=4, 'a'), (5..=8, 'b')]);
    /// assert!(map.covers(2..8));
    /// assert!(!map.covers(0..3));
    /// ```
    pub fn covers(&self, range: impl RangeBounds<T>) -> bool {
        self.gaps(range).next().is_none()
    }

    /// Returns `true` if an entry overlaps `range`; `false` of an empty range.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(1..=4, 'a'), (8..=9, 'b')]);
    /// assert!(map.overlaps(0..2));
    /// assert!(!map.overlaps(5..8));
    /// ```
    pub fn overlaps(&self, range: impl RangeBounds<T>) -> bool {
        self.closed(&range).is_some_and(|range| {
            // Of the entries that start no later than the range ends the last one reaches furthest.
            let last = self.runs.starting(*range.last());
            last.is_some_and(|at| self.runs.interval(at).last() >= range.start())
        })
    }

    /// Iterates over the entries that overlap `range`, whole, in order, from both ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)` to run to the end, *k* being the number of entries yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(1..=4, 'a'), (5..=8, 'b'), (10..=11, 'c')]);
    /// assert!(map.overlapping(3..6).eq([(Interval::new(1, 4), &'a'), (Interval::new(5, 8), &'b')]));
    /// ```
    #[doc(alias = "range")]
    pub fn overlapping(&self, range: impl RangeBounds<T>) -> Overlapping<'_, T, V> {
        Overlapping::new(self, self.closed(&range))
    }

    /// Iterates over the entries that overlap `range`, whole, in order, with their values for changing
    /// them.
    ///
    /// # Complexity
    ///
    /// That of [`overlapping`](Self::overlapping).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::from([(1..=4, 1), (5..=8, 2), (10..=11, 3)]);
    /// map.overlapping_mut(3..6).for_each(|(_, value)| *value += 10);
    /// assert!(map.values().eq(&[11, 12, 3]));
    /// ```
    pub fn overlapping_mut(&mut self, range: impl RangeBounds<T>) -> OverlappingMut<'_, T, V> {
        let range = self.closed(&range);
        OverlappingMut::new(self, range)
    }

    /// Iterates over the maximal runs inside `range` that no entry covers, in order, from both ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)` to run to the end, *k* being the number of entries that `range` overlaps; to the
    /// first gap `O(log n)` and the entries before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(1..=4, 'a'), (8..=9, 'b')]);
    /// assert!(map.gaps(0..12).eq([Interval::point(0), Interval::new(5, 7), Interval::new(10, 11)]));
    /// ```
    pub fn gaps(&self, range: impl RangeBounds<T>) -> Gaps<'_, T, V> {
        Gaps::new(self, self.closed(&range))
    }
}

impl<T: Ord + Copy, V> core::ops::Index<T> for RangeMap<T, V> {
    type Output = V;

    /// Returns the value of the entry that contains a point.
    ///
    /// # Panics
    ///
    /// Panics if there is none.
    #[track_caller]
    fn index(&self, at: T) -> &V {
        self.get(at).expect("no entry contains the point")
    }
}

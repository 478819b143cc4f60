//! [`RangeSet`]: the points that some ranges cover.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::RangeBounds;

use super::{GapSearch, Gaps, IntoIter, Iter, Overlapping, RangeMap};
use crate::error::CapacityError;
use crate::interval::{Countable, Discrete, Interval};

/// A set of points, kept as disjoint closed ranges; ranges that touch are joined.
///
/// It is a [`RangeMap`] without values. Two sets are equal if they have the same points.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, RangeSet};
///
/// let mut free = RangeSet::new();
/// free.insert(0..100);
/// free.remove(20..30);
/// assert!(free.iter().eq([Interval::new(0, 19), Interval::new(30, 99)]));
/// assert!(free.contains(19) && !free.contains(20));
/// ```
#[derive(Clone)]
pub struct RangeSet<T> {
    map: RangeMap<T, ()>,
}

/// Iterator over the ranges of a set, from both ends; see [`iter`](RangeSet::iter).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Ranges<'a, T> {
    entries: Iter<'a, T, ()>,
}

/// Iterator over the ranges of a set that overlap a range, from both ends; see
/// [`overlapping`](RangeSet::overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct OverlappingRanges<'a, T> {
    entries: Overlapping<'a, T, ()>,
}

/// Iterator over the ranges of a set that it owns, from both ends.
pub struct IntoRanges<T> {
    entries: IntoIter<T, ()>,
}

impl<T> RangeSet<T> {
    /// Creates an empty set, without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// static NOTHING: stabtree::RangeSet<u64> = stabtree::RangeSet::new();
    /// assert!(NOTHING.is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { map: RangeMap::new() }
    }

    /// Returns the number of ranges, not of points.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::RangeSet::from([1..5, 5..9, 20..21]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Returns `true` if the set has no point.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::RangeSet::from([5..5]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Removes all points.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut set = stabtree::RangeSet::from([1..5]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

impl<T: Ord + Copy> RangeSet<T> {
    /// Returns `true` if `at` is in the set.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::RangeSet::from([1..5]).contains(4));
    /// ```
    pub fn contains(&self, at: T) -> bool {
        self.map.contains(at)
    }

    /// Returns the range that contains `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// assert_eq!(RangeSet::from([1..5]).get(2), Some(Interval::new(1, 4)));
    /// ```
    pub fn get(&self, at: T) -> Option<Interval<T>> {
        self.map.get_entry(at).map(|(range, ())| range)
    }

    /// Returns the last range that ends before `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// assert_eq!(RangeSet::from([1..5, 7..9]).before(7), Some(Interval::new(1, 4)));
    /// ```
    pub fn before(&self, at: T) -> Option<Interval<T>> {
        self.map.before(at).map(|(range, ())| range)
    }

    /// Returns the first range that starts after `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// assert_eq!(RangeSet::from([1..5, 7..9]).after(1), Some(Interval::new(7, 8)));
    /// ```
    pub fn after(&self, at: T) -> Option<Interval<T>> {
        self.map.after(at).map(|(range, ())| range)
    }

    /// Returns the first range.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// assert_eq!(RangeSet::from([1..5, 7..9]).first(), Some(Interval::new(1, 4)));
    /// ```
    pub fn first(&self) -> Option<Interval<T>> {
        self.map.first().map(|(range, ())| range)
    }

    /// Returns the last range.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// assert_eq!(RangeSet::from([1..5, 7..9]).last(), Some(Interval::new(7, 8)));
    /// ```
    pub fn last(&self) -> Option<Interval<T>> {
        self.map.last().map(|(range, ())| range)
    }

    /// Iterates over the ranges in order, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// let set = RangeSet::from([7..9, 1..5]);
    /// assert!(set.iter().eq([Interval::new(1, 4), Interval::new(7, 8)]));
    /// ```
    pub fn iter(&self) -> Ranges<'_, T> {
        Ranges { entries: self.map.iter() }
    }

    /// Reserves capacity for at least `additional` more ranges.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if there cannot be so many ranges, or memory is exhausted; the set is
    /// unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::RangeSet::<u64>::new().try_reserve(usize::MAX).is_err());
    /// ```
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
        self.map.try_reserve(additional)
    }
}

impl<T: Discrete + Copy> RangeSet<T> {
    /// Adds all points of `range`.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)`, *k* being the number of ranges that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// let mut set = RangeSet::from([1..5]);
    /// set.insert(4..=7);
    /// assert!(set.iter().eq([Interval::new(1, 7)]));
    /// ```
    #[track_caller]
    pub fn insert(&mut self, range: impl RangeBounds<T>) {
        self.map.insert_coalescing(range, ());
    }

    /// Removes all points of `range`.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted, which can happen only where a range is split in two.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)`, *k* being the number of ranges that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// let mut set = RangeSet::from([1..9]);
    /// set.remove(3..5);
    /// assert!(set.iter().eq([Interval::new(1, 2), Interval::new(5, 8)]));
    /// ```
    #[track_caller]
    pub fn remove(&mut self, range: impl RangeBounds<T>) {
        drop(self.map.cut(range));
    }

    /// Returns `true` if every point of `range` is in the set; `true` of an empty range.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = stabtree::RangeSet::from([1..5, 5..9]);
    /// assert!(set.covers(2..8) && !set.covers(2..=9));
    /// ```
    pub fn covers(&self, range: impl RangeBounds<T>) -> bool {
        self.map.covers(range)
    }

    /// Returns `true` if a point of `range` is in the set; `false` of an empty range.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = stabtree::RangeSet::from([1..5, 8..9]);
    /// assert!(set.overlaps(0..2) && !set.overlaps(5..8));
    /// ```
    pub fn overlaps(&self, range: impl RangeBounds<T>) -> bool {
        self.map.overlaps(range)
    }

    /// Iterates over the ranges that overlap `range`, whole, in order, from both ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)` to run to the end, *k* being the number of ranges yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// let set = RangeSet::from([1..5, 7..9]);
    /// assert!(set.overlapping(4..7).eq([Interval::new(1, 4)]));
    /// ```
    pub fn overlapping(&self, range: impl RangeBounds<T>) -> OverlappingRanges<'_, T> {
        OverlappingRanges { entries: self.map.overlapping(range) }
    }

    /// Iterates over the maximal runs inside `range` that are not in the set, in order, from both ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)` to run to the end, *k* being the number of ranges that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeSet};
    ///
    /// assert!(RangeSet::from([1..5, 7..9]).gaps(0..8).eq([Interval::point(0), Interval::new(5, 6)]));
    /// ```
    pub fn gaps(&self, range: impl RangeBounds<T>) -> Gaps<'_, T, ()> {
        self.map.gaps(range)
    }

    /// Checks all invariants, or returns the first violation found.
    ///
    /// # Errors
    ///
    /// The violation, which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), &'static str> {
        self.map.check()?;
        let mut ranges = self.iter();
        let Some(mut previous) = ranges.next() else { return Ok(()) };
        for range in ranges {
            if previous.last().succ().as_ref() == Some(range.start()) {
                return Err("two ranges touch");
            }
            previous = range;
        }
        Ok(())
    }
}

impl<T: Countable + Copy> RangeSet<T> {
    /// Finds a place outside of the set, as [`RangeMap::find_gap`] does.
    ///
    /// # Complexity
    ///
    /// That of [`RangeMap::find_gap`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeSet};
    ///
    /// let used = RangeSet::from([1u8..5, 7..9]);
    /// assert_eq!(used.find_gap(GapSearch::new(2)), Some(Interval::new(5, 6)));
    /// ```
    pub fn find_gap(&self, search: GapSearch<T>) -> Option<Interval<T>> {
        self.map.find_gap(search)
    }
}

macro_rules! iterate {
    ($($type:ty, $item:ident;)*) => {$(
        impl<T: Ord + Copy> Iterator for $type {
            type Item = Interval<T>;

            #[inline]
            fn next(&mut self) -> Option<Interval<T>> {
                self.entries.next().map(|(range, _)| range)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.entries.size_hint()
            }
        }

        impl<T: Ord + Copy> DoubleEndedIterator for $type {
            fn next_back(&mut self) -> Option<Interval<T>> {
                self.entries.next_back().map(|(range, _)| range)
            }
        }

        impl<T: Ord + Copy> ExactSizeIterator for $type {}
        impl<T: Ord + Copy> FusedIterator for $type {}

        impl<T> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($item)).finish_non_exhaustive()
            }
        }
    )*};
}

iterate!(Ranges<'_, T>, Ranges; OverlappingRanges<'_, T>, OverlappingRanges; IntoRanges<T>, IntoRanges;);

impl<T> Clone for Ranges<'_, T> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<T> Clone for OverlappingRanges<'_, T> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<T: Ord + Copy> IntoIterator for RangeSet<T> {
    type Item = Interval<T>;
    type IntoIter = IntoRanges<T>;

    fn into_iter(self) -> Self::IntoIter {
        IntoRanges { entries: self.map.into_iter() }
    }
}

impl<'a, T: Ord + Copy> IntoIterator for &'a RangeSet<T> {
    type Item = Interval<T>;
    type IntoIter = Ranges<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Default for RangeSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Ord + Copy + fmt::Debug> fmt::Debug for RangeSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<T: Ord + Copy> PartialEq for RangeSet<T> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Ord + Copy> Eq for RangeSet<T> {}

impl<T: Ord + Copy + core::hash::Hash> core::hash::Hash for RangeSet<T> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<T: Discrete + Copy, R: RangeBounds<T>> Extend<R> for RangeSet<T> {
    fn extend<I: IntoIterator<Item = R>>(&mut self, ranges: I) {
        ranges.into_iter().for_each(|range| self.insert(range));
    }
}

/// Inserts in order; `O(n)` if the ranges come in order of start.
impl<T: Discrete + Copy, R: RangeBounds<T>> FromIterator<R> for RangeSet<T> {
    fn from_iter<I: IntoIterator<Item = R>>(ranges: I) -> Self {
        let mut set = Self::new();
        let mut ranges = ranges.into_iter().fuse();
        let misplaced = set.map.push_joined(&mut ranges);
        set.extend(misplaced.into_iter().chain(ranges));
        set
    }
}

impl<T: Discrete + Copy, R: RangeBounds<T>, const N: usize> From<[R; N]> for RangeSet<T> {
    fn from(ranges: [R; N]) -> Self {
        ranges.into_iter().collect()
    }
}

impl<T> From<RangeSet<T>> for RangeMap<T, ()> {
    fn from(set: RangeSet<T>) -> Self {
        set.map
    }
}

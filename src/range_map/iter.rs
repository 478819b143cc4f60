//! Iterators over entries, values and gaps.

use core::fmt;
use core::iter::FusedIterator;

use super::RangeMap;
use super::runs::{Between, IntoRuns, RunsMut, Walk};
use crate::interval::{Discrete, Interval};

/// Iterator over all entries, from both ends; see [`iter`](RangeMap::iter).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Iter<'a, T, V> {
    map: &'a RangeMap<T, V>,
    walk: Walk<'a, T, V>,
}

/// Iterator over the entries that overlap a range, from both ends; see
/// [`overlapping`](RangeMap::overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Overlapping<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// Iterator over all intervals, from both ends; see [`intervals`](RangeMap::intervals).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Intervals<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// Iterator over all values, from both ends; see [`values`](RangeMap::values).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Values<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// Iterator over all entries with their values for changing them, from both ends; see
/// [`iter_mut`](RangeMap::iter_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct IterMut<'a, T, V> {
    runs: RunsMut<'a, T, V>,
}

/// Iterator over the entries that overlap a range with their values for changing them, from both ends;
/// see [`overlapping_mut`](RangeMap::overlapping_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct OverlappingMut<'a, T, V> {
    runs: RunsMut<'a, T, V>,
}

/// Iterator over all values for changing them, from both ends; see [`values_mut`](RangeMap::values_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct ValuesMut<'a, T, V> {
    runs: RunsMut<'a, T, V>,
}

/// Iterator over the entries of a map that it owns, from both ends.
pub struct IntoIter<T, V> {
    runs: IntoRuns<T, V>,
}

/// Iterator over the values of a map that it owns, from both ends; see
/// [`into_values`](RangeMap::into_values).
pub struct IntoValues<T, V> {
    runs: IntoRuns<T, V>,
}

/// Iterator over what no entry covers, from both ends; see [`gaps`](RangeMap::gaps).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Gaps<'a, T, V> {
    map: &'a RangeMap<T, V>,
    walk: Walk<'a, T, V>,
    /// What no entry has been found to cover yet, or to lie beyond; `None` at the end.
    open: Option<(T, T)>,
}

impl<T: Ord + Copy, V> RangeMap<T, V> {
    /// Iterates over all entries in order with their values for changing them, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::from([(1..=2, 1), (5..=8, 2)]);
    /// map.iter_mut().for_each(|(interval, value)| *value += interval.last());
    /// assert!(map.values().eq(&[3, 10]));
    /// ```
    pub fn iter_mut(&mut self) -> IterMut<'_, T, V> {
        let all = self.runs.all();
        IterMut { runs: self.runs.entries_mut(all) }
    }

    /// Iterates over all values in order for changing them, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::from([(1..=2, 1), (5..=8, 2)]);
    /// map.values_mut().for_each(|value| *value += 1);
    /// assert!(map.values().eq(&[2, 3]));
    /// ```
    pub fn values_mut(&mut self) -> ValuesMut<'_, T, V> {
        let all = self.runs.all();
        ValuesMut { runs: self.runs.entries_mut(all) }
    }

    /// Consumes the map and iterates over its values, in order, from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = stabtree::RangeMap::from([(5..=8, 'b'), (1..=2, 'a')]);
    /// assert!(map.into_values().eq(['a', 'b']));
    /// ```
    pub fn into_values(self) -> IntoValues<T, V> {
        IntoValues { runs: self.runs.into_runs() }
    }
}

impl<'a, T: Ord + Copy, V> Iter<'a, T, V> {
    pub(super) fn new(map: &'a RangeMap<T, V>) -> Self {
        Self::over(map, map.runs.all())
    }

    fn over(map: &'a RangeMap<T, V>, between: Between) -> Self {
        Self { map, walk: Walk::new(between) }
    }

    fn len(&self) -> usize {
        self.walk.len()
    }
}

impl<'a, T: Ord + Copy, V> Overlapping<'a, T, V> {
    pub(super) fn new(map: &'a RangeMap<T, V>, range: Option<Interval<T>>) -> Self {
        let between = range.map_or(Between::EMPTY, |range| map.runs.between(range));
        Self { iter: Iter::over(map, between) }
    }
}

impl<'a, T: Ord + Copy, V> Intervals<'a, T, V> {
    pub(super) fn new(map: &'a RangeMap<T, V>) -> Self {
        Self { iter: Iter::new(map) }
    }
}

impl<'a, T: Ord + Copy, V> Values<'a, T, V> {
    pub(super) fn new(map: &'a RangeMap<T, V>) -> Self {
        Self { iter: Iter::new(map) }
    }
}

impl<'a, T: Ord + Copy, V> OverlappingMut<'a, T, V> {
    pub(super) fn new(map: &'a mut RangeMap<T, V>, range: Option<Interval<T>>) -> Self {
        let between = range.map_or(Between::EMPTY, |range| map.runs.between(range));
        Self { runs: map.runs.entries_mut(between) }
    }
}

impl<'a, T: Ord + Copy, V> Gaps<'a, T, V> {
    pub(super) fn new(map: &'a RangeMap<T, V>, range: Option<Interval<T>>) -> Self {
        let between = range.map_or(Between::EMPTY, |range| map.runs.between(range));
        Self { map, walk: Walk::new(between), open: range.map(Interval::into_bounds) }
    }
}

impl<'a, T: Ord + Copy, V> Iterator for Iter<'a, T, V> {
    type Item = (Interval<T>, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let at = self.map.runs.advance(&mut self.walk)?;
        Some((at.interval(), at.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut fold: F) -> B {
        let runs = &self.map.runs;
        runs.fold(self.walk, init, |folded, at| fold(folded, (at.interval(), at.value)))
    }
}

impl<T: Ord + Copy, V> DoubleEndedIterator for Iter<'_, T, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let at = self.map.runs.advance_back(&mut self.walk)?;
        Some((at.interval(), at.value))
    }
}

impl<T: Discrete + Copy, V> Iterator for Gaps<'_, T, V> {
    type Item = Interval<T>;

    fn next(&mut self) -> Option<Interval<T>> {
        while let Some((from, to)) = self.open {
            let Some(at) = self.map.runs.advance(&mut self.walk) else {
                self.open = None;
                return Interval::try_new(from, to).ok();
            };
            let (start, last) = at.interval().into_bounds();
            self.open = last.succ().filter(|next| *next <= to).map(|next| (next, to));
            if from < start
                && let Some(end) = start.pred()
                && let Ok(gap) = Interval::try_new(from, end)
            {
                return Some(gap);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.walk.len() + 1))
    }
}

impl<T: Discrete + Copy, V> DoubleEndedIterator for Gaps<'_, T, V> {
    fn next_back(&mut self) -> Option<Interval<T>> {
        while let Some((from, to)) = self.open {
            let Some(at) = self.map.runs.advance_back(&mut self.walk) else {
                self.open = None;
                return Interval::try_new(from, to).ok();
            };
            let (start, last) = at.interval().into_bounds();
            self.open = start.pred().filter(|end| *end >= from).map(|end| (from, end));
            if last < to
                && let Some(next) = last.succ()
                && let Ok(gap) = Interval::try_new(next, to)
            {
                return Some(gap);
            }
        }
        None
    }
}

impl<T: Discrete + Copy, V> FusedIterator for Gaps<'_, T, V> {}

impl<T, V> Clone for Iter<'_, T, V> {
    fn clone(&self) -> Self {
        Self { map: self.map, walk: self.walk.clone() }
    }
}

impl<T: Copy, V> Clone for Gaps<'_, T, V> {
    fn clone(&self) -> Self {
        Self { map: self.map, walk: self.walk.clone(), open: self.open }
    }
}

impl<T, V> Clone for Overlapping<'_, T, V> {
    fn clone(&self) -> Self {
        Self { iter: self.iter.clone() }
    }
}

impl<T, V> Clone for Intervals<'_, T, V> {
    fn clone(&self) -> Self {
        Self { iter: self.iter.clone() }
    }
}

impl<T, V> Clone for Values<'_, T, V> {
    fn clone(&self) -> Self {
        Self { iter: self.iter.clone() }
    }
}

/// Gives an iterator its traits: `$field` is what it goes over, and `$item` is made of each `$entry`; with
/// the name `$fold` it folds what `$field` does.
macro_rules! iterate {
    ($name:ident$(<$lifetime:lifetime>)?, $field:ident, $item:ty, |$entry:pat_param| $of:expr $(, $fold:ident)?) => {
        #[allow(single_use_lifetimes, reason = "not all of the items borrow")]
        impl<$($lifetime,)? T: Ord + Copy, V> Iterator for $name<$($lifetime,)? T, V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.$field.next().map(|$entry| $of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.$field.len(), Some(self.$field.len()))
            }
            $(
                #[inline]
                fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut $fold: F) -> B {
                    self.$field.fold(init, |folded, $entry| $fold(folded, $of))
                }
            )?
        }

        #[allow(single_use_lifetimes, reason = "not all of the iterators borrow")]
        impl<$($lifetime,)? T: Ord + Copy, V> DoubleEndedIterator for $name<$($lifetime,)? T, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.$field.next_back().map(|$entry| $of)
            }
        }
    };
}

iterate!(Overlapping<'a>, iter, (Interval<T>, &'a V), |entry| entry, fold);
iterate!(Intervals<'a>, iter, Interval<T>, |(interval, _)| interval, fold);
iterate!(Values<'a>, iter, &'a V, |(_, value)| value, fold);
iterate!(IterMut<'a>, runs, (Interval<T>, &'a mut V), |((), interval, value)| (interval, value));
iterate!(OverlappingMut<'a>, runs, (Interval<T>, &'a mut V), |((), interval, value)| (
    interval, value
));
iterate!(ValuesMut<'a>, runs, &'a mut V, |((), _, value)| value);
iterate!(IntoIter, runs, (Interval<T>, V), |entry| entry);
iterate!(IntoValues, runs, V, |(_, value)| value);

macro_rules! exact {
    ($($name:ty)*) => {$(
        impl<T: Ord + Copy, V> ExactSizeIterator for $name {}
        impl<T: Ord + Copy, V> FusedIterator for $name {}
    )*};
}

exact!(Iter<'_, T, V> Overlapping<'_, T, V> Intervals<'_, T, V> Values<'_, T, V> IterMut<'_, T, V> OverlappingMut<'_, T, V>
    ValuesMut<'_, T, V> IntoIter<T, V> IntoValues<T, V>);

impl<T: Ord + Copy, V> IntoIterator for RangeMap<T, V> {
    type Item = (Interval<T>, V);
    type IntoIter = IntoIter<T, V>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter { runs: self.runs.into_runs() }
    }
}

impl<'a, T: Ord + Copy, V> IntoIterator for &'a RangeMap<T, V> {
    type Item = (Interval<T>, &'a V);
    type IntoIter = Iter<'a, T, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T: Ord + Copy, V> IntoIterator for &'a mut RangeMap<T, V> {
    type Item = (Interval<T>, &'a mut V);
    type IntoIter = IterMut<'a, T, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

/// Lists what is still to come.
macro_rules! debug_rest {
    ($($name:ident, $bound:ident, $how:ident;)*) => {$(
        impl<T: $bound + Copy + fmt::Debug, V: fmt::Debug> fmt::Debug for $name<'_, T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.$how().entries(self.clone()).finish()
            }
        }
    )*};
}

debug_rest!(Iter, Ord, debug_map; Overlapping, Ord, debug_map; Intervals, Ord, debug_list; Values, Ord, debug_list; Gaps, Discrete, debug_list;);

/// Values that are mutably borrowed, or owned, are counted only.
macro_rules! debug_count {
    ($($name:ident $type:ty;)*) => {$(
        impl<T: Ord + Copy, V> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("remaining", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

debug_count!(IterMut IterMut<'_, T, V>; OverlappingMut OverlappingMut<'_, T, V>;
    ValuesMut ValuesMut<'_, T, V>; IntoIter IntoIter<T, V>; IntoValues IntoValues<T, V>;);

//! Entries in and out: overwriting, cutting, splitting.

use core::fmt;
use core::iter::FusedIterator;
use core::mem;
use core::ops::RangeBounds;

use super::runs::{Change, Place};
use super::{Occupied, Position, RangeMap};
use crate::interval::{Discrete, Interval};

/// The point after one that is not the last point held.
fn after<T: Discrete>(at: &T) -> T {
    at.succ().expect("an entry goes beyond the range, and the value after the range is not known")
}

/// The point before one that is not the first point held.
fn before<T: Discrete>(at: &T) -> T {
    at.pred()
        .expect("an entry starts before the range, and the value before the range is not known")
}

fn interval<T: Ord>(start: T, last: T) -> Interval<T> {
    Interval::try_new(start, last).unwrap_or_else(|_| panic!("`Discrete` and `Ord` disagree"))
}

impl<T: Discrete + Copy, V> RangeMap<T, V> {
    /// Inserts `value` under `range` and overwrites what lies there: an entry that is covered in part is
    /// truncated, or split in two with its value cloned.
    ///
    /// Touching entries with an equal value stay apart;
    /// [`insert_coalescing`](Self::insert_coalescing) joins them.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted. If `Clone` panics, the map is unchanged; so it is
    /// where an entry lies across an end of `range` beyond which no next value is known, as that before a
    /// [`Cut::before`](crate::Cut::before): that panics, too.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)`, *k* being the number of entries that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let mut map = RangeMap::new();
    /// map.insert(0..10, 'a');
    /// map.insert(4..6, 'b');
    /// assert!(map.iter().eq([
    ///     (Interval::new(0, 3), &'a'),
    ///     (Interval::new(4, 5), &'b'),
    ///     (Interval::new(6, 9), &'a'),
    /// ]));
    /// map.insert(7..7, 'c'); // an empty range covers nothing
    /// assert_eq!(map.len(), 3);
    /// ```
    #[track_caller]
    pub fn insert(&mut self, range: impl RangeBounds<T>, value: V)
    where
        V: Clone,
    {
        if let Some(range) = self.closed(&range) {
            self.overwrite(range, value);
        }
    }

    /// Inserts `value` under `range` if no entry overlaps it.
    ///
    /// An empty range inserts nothing, and the value is dropped.
    ///
    /// # Errors
    ///
    /// [`Occupied`] names the first entry in the way, or that memory is exhausted, and gives the value
    /// back; the map is unchanged.
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
    /// let mut map = RangeMap::new();
    /// assert!(map.try_insert(0..10, 'a').is_ok());
    /// let refused = map.try_insert(9..12, 'b').unwrap_err();
    /// assert_eq!((refused.interval(), refused.into_value()), (Interval::new(0, 9), 'b'));
    /// ```
    pub fn try_insert(
        &mut self,
        range: impl RangeBounds<T>,
        value: V,
    ) -> Result<(), Occupied<T, V>> {
        let Some(range) = self.closed(&range) else { return Ok(()) };
        if let Some(at) = self.first_overlapping(range) {
            return Err(Occupied::by(self.runs.interval(at), value));
        }
        if let Err(error) = self.runs.try_reserve_insertions(1) {
            return Err(Occupied::no_room(range, value, error));
        }
        self.runs.insert(range, value);
        Ok(())
    }

    /// Removes exactly `range`, and iterates over what was there, in order: whole entries, and the parts
    /// of those that it overlaps in part, with their value cloned.
    ///
    /// The range is empty once the iterator has ended or is dropped. If it is leaked, entries that it had
    /// not come to stay.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted, which can happen only where one entry is split in two. If `Clone`
    /// panics, the map is unchanged.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)`, *k* being the number of entries that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let mut map = RangeMap::from([(0..=9, 'a'), (10..=19, 'b')]);
    /// map.cut(4..6); // dropped at once: the range is empty
    /// assert!(map.cut(8..12).eq([(Interval::new(8, 9), 'a'), (Interval::new(10, 11), 'b')]));
    /// assert!(map.iter().eq([
    ///     (Interval::new(0, 3), &'a'),
    ///     (Interval::new(6, 7), &'a'),
    ///     (Interval::new(12, 19), &'b'),
    /// ]));
    /// ```
    #[track_caller]
    #[doc(alias = "remove_range")]
    pub fn cut(&mut self, range: impl RangeBounds<T>) -> CutEntries<'_, T, V>
    where
        V: Clone,
    {
        let Some(range) = self.closed(&range) else {
            return CutEntries { map: self, front: None, whole: None, back: None };
        };
        let (a, b) = range.into_bounds();
        let place = self.runs.place_after(a);
        let [left, right] = self.edges(place, range);
        // Clone first: a panic there changes nothing.
        let front = left.map(|at| {
            let last = *self.runs.interval(at).last();
            (interval(a, last.min(b)), self.runs.value(at).clone())
        });
        let back = right
            .filter(|at| Some(*at) != left)
            .map(|at| (interval(*self.runs.interval(at).start(), b), self.runs.value(at).clone()));
        let rest = self.value_beyond(place, range);
        let change = Change { value: None, rest, removes: false };
        if self.runs.change_at(place, range, change).is_err() {
            self.make_way(place, range);
        }
        CutEntries { map: self, front, whole: Some(range), back }
    }

    /// Removes the whole entry that contains `at`.
    ///
    /// To remove exactly a range, see [`cut`](Self::cut); all entries that overlap one, whole, see
    /// [`extract_if`](Self::extract_if).
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
    /// let mut map = RangeMap::from([(3..=6, 'a')]);
    /// assert_eq!(map.remove(5), Some((Interval::new(3, 6), 'a')));
    /// assert_eq!(map.remove(5), None);
    /// ```
    pub fn remove(&mut self, at: T) -> Option<(Interval<T>, V)> {
        let at = self.containing(at)?;
        Some(self.runs.remove(at))
    }

    /// Splits the entry that contains both `at` and the point before it, so that one entry ends before
    /// `at` and one starts at it, with the value cloned. Returns `true` if there was such an entry.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted. If `Clone` panics, the map is unchanged.
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
    /// let mut map = RangeMap::from([(0..=9, 'a')]);
    /// assert!(map.split_at(4));
    /// assert!(map.iter().eq([(Interval::new(0, 3), &'a'), (Interval::new(4, 9), &'a')]));
    /// assert!(!map.split_at(4)); // there is a boundary already
    /// ```
    #[track_caller]
    pub fn split_at(&mut self, at: T) -> bool
    where
        V: Clone,
    {
        let Some(entry) = self.containing(at) else { return false };
        let (start, last) = self.runs.interval(entry).into_bounds();
        if start == at {
            return false;
        }
        let rear = self.runs.value(entry).clone();
        let left = interval(start, before(&at));
        self.reserve_insertions(1);
        self.runs.own_around(left);
        self.runs.split(entry, [left, interval(at, last)], rear);
        true
    }

    /// Calls `change` with each entry inside `range`, in order, after splitting the entries that lie
    /// across its ends.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted. If `Clone` or `change` panics, entries that had their turn are
    /// changed, the others are not; the map may have been split at the ends of `range`.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)`, *k* being the number of entries that `range` overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let mut map = RangeMap::from([(0..=9, 1), (10..=19, 2)]);
    /// map.update(5..15, |_, value| *value *= 10);
    /// assert!(map.values().eq(&[1, 10, 20, 2]));
    /// ```
    #[track_caller]
    pub fn update(
        &mut self,
        range: impl RangeBounds<T>,
        mut change: impl FnMut(Interval<T>, &mut V),
    ) where
        V: Clone,
    {
        let Some(range) = self.closed(&range) else { return };
        self.split_at(*range.start());
        if let Some(end) = range.last().succ() {
            self.split_at(end);
        }
        for (interval, value) in self.overlapping_mut(range) {
            change(interval, value);
        }
    }

    /// Moves all entries of `other` into `self`, overwriting, as inserting them in order would; `other`
    /// is left empty.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted or `Clone` panics; entries not yet moved are still in `other`.
    ///
    /// # Complexity
    ///
    /// `O((m + k) log (n + m))` for *m* entries of `other` that overlap *k* of `self`; `O(1)` if `self` is
    /// empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut a = RangeMap::from([(0..=9, 'a')]);
    /// let mut b = RangeMap::from([(5..=6, 'b'), (9..=12, 'c')]);
    /// a.append(&mut b);
    /// assert!(a.values().eq(&['a', 'b', 'a', 'c']));
    /// assert!(b.is_empty());
    /// ```
    #[track_caller]
    pub fn append(&mut self, other: &mut Self)
    where
        V: Clone,
    {
        if self.is_empty() {
            return mem::swap(self, other);
        }
        while let Some(first) = other.runs.first() {
            let range = other.runs.interval(first);
            // What may fail comes before the entry leaves `other`.
            self.reserve_insertions(2);
            let mut place = self.runs.place_after(*range.start());
            if self.edges(place, range) == [None, None] {
                self.runs.own_around(range);
            } else {
                self.make_way(place, range);
                place = self.runs.place_after(*range.start());
            }
            let (range, value) = other.runs.remove(first);
            self.overwrite_at(place, range, value);
        }
    }

    /// Removes and returns the first entry.
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
    /// let mut map = RangeMap::from([(0..=3, 'a'), (5..=6, 'b')]);
    /// assert_eq!(map.pop_first(), Some((Interval::new(0, 3), 'a')));
    /// ```
    pub fn pop_first(&mut self) -> Option<(Interval<T>, V)> {
        self.runs.first().map(|at| self.runs.remove(at))
    }

    /// Removes and returns the last entry.
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
    /// let mut map = RangeMap::from([(0..=3, 'a'), (5..=6, 'b')]);
    /// assert_eq!(map.pop_last(), Some((Interval::new(5, 6), 'b')));
    /// ```
    pub fn pop_last(&mut self) -> Option<(Interval<T>, V)> {
        self.runs.last().map(|at| self.runs.remove(at))
    }

    /// Keeps the entries for which `keep` returns `true` and drops the others.
    ///
    /// `keep` sees the entries in order, once each. If it panics, the entries it refused before are
    /// removed and all others are still there.
    ///
    /// # Complexity
    ///
    /// `O(n)` to look at the entries, and `O(log n)` for each one removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut map = RangeMap::from([(0..=3, 1), (5..=6, 2), (8..=8, 3)]);
    /// map.retain(|_, value| *value != 2);
    /// assert!(map.values().eq(&[1, 3]));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(Interval<T>, &mut V) -> bool) {
        self.extract_if(.., |interval, value| !keep(interval, value)).for_each(drop);
    }

    /// Replaces each value by what `change` makes of it, in order, and keeps the intervals.
    ///
    /// If `change` panics, all values are dropped. To keep what was changed so far, change values in place
    /// by [`values_mut`](Self::values_mut).
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let names = RangeMap::from([(0..=3, "rom"), (4..=5, "io")]);
    /// let lengths: RangeMap<i32, usize> = names.map_values(|_, name| name.len());
    /// assert_eq!(lengths[4], 2);
    /// ```
    pub fn map_values<W>(self, mut change: impl FnMut(Interval<T>, V) -> W) -> RangeMap<T, W> {
        let mut map = RangeMap::new();
        map.runs.fill_sorted(self.into_iter().map(|(range, value)| (range, change(range, value))));
        map
    }

    /// Iterates over the entries that overlap `range` and removes those, whole, for which `choose`
    /// returns `true`, in order.
    ///
    /// Entries that the iterator has not come to when it is dropped, or leaked, stay.
    ///
    /// # Complexity
    ///
    /// `O(1)` for each entry that overlaps `range`, `O(log n)` for each one removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut map = RangeMap::from([(0..=3, 1), (5..=6, 2), (8..=8, 3)]);
    /// let odd: Vec<_> = map.extract_if(3..8, |_, value| *value % 2 == 1).collect();
    /// assert_eq!(odd.len(), 1);
    /// assert!(map.values().eq(&[2, 3]));
    /// ```
    #[doc(alias = "remove_overlapping")]
    pub fn extract_if<F: FnMut(Interval<T>, &mut V) -> bool>(
        &mut self,
        range: impl RangeBounds<T>,
        choose: F,
    ) -> ExtractIf<'_, T, V, F> {
        let range = self.closed(&range);
        let next = range.and_then(|range| self.first_overlapping(range));
        let last = range.map(|range| *range.last());
        ExtractIf { map: self, next, last, choose }
    }

    /// The first entry that overlaps `range`.
    pub(super) fn first_overlapping(&self, range: Interval<T>) -> Option<Position> {
        let at = self.runs.reaching(*range.start())?;
        (self.runs.interval(at).start() <= range.last()).then_some(at)
    }

    /// The entries that lie across the two ends of a range: one that starts before it and comes into it,
    /// and one that starts no later than its end and goes beyond. They may be the same. `place` is that
    /// after all entries that start at or before the range.
    fn edges(&self, place: Place, range: Interval<T>) -> [Option<Position>; 2] {
        let (a, b) = range.into_bounds();
        let left = place.previous().filter(|at| {
            let (start, last) = self.runs.interval(*at).into_bounds();
            start < a && last >= a
        });
        let right = self.runs.starting_from(place, b);
        [left, right.filter(|at| *self.runs.interval(*at).last() > b)]
    }

    /// Truncates or splits what lies across the ends of `range`, so that every entry lies inside or
    /// outside of it; an entry that covers all of it keeps both its ends, and nothing is left inside.
    fn make_way(&mut self, place: Place, range: Interval<T>)
    where
        V: Clone,
    {
        self.runs.own_around(range);
        let (a, b) = range.into_bounds();
        let [left, right] = self.edges(place, range);
        let truncated = left.map(|at| interval(*self.runs.interval(at).start(), before(&a)));
        let rest = right.map(|at| interval(after(&b), *self.runs.interval(at).last()));
        match (left, right) {
            (Some(both), Some(right)) if both == right => {
                let value = self.runs.value(both).clone();
                self.reserve_insertions(1);
                let parts = [truncated, rest].map(|part| part.expect("of either edge"));
                self.runs.split(both, parts, value);
            }
            _ => {
                // Neither changes the place of the other.
                if let Some((at, rest)) = right.zip(rest) {
                    self.runs.set_interval(at, rest);
                }
                if let Some((at, truncated)) = left.zip(truncated) {
                    self.runs.set_interval(at, truncated);
                }
            }
        }
        debug_assert!(
            self.containing(a).is_none_or(|at| *self.runs.interval(at).start() == a)
                && self.containing(b).is_none_or(|at| *self.runs.interval(at).last() == b),
            "nothing lies across an end"
        );
    }

    /// Inserts an entry in the place of all that lies in `range`.
    #[track_caller]
    pub(super) fn overwrite(&mut self, range: Interval<T>, value: V)
    where
        V: Clone,
    {
        let place = self.runs.place_after(*range.start());
        self.overwrite_at(place, range, value);
    }

    /// Does as [`overwrite`](Self::overwrite), from the place after all entries that start at or before
    /// the range.
    #[track_caller]
    pub(super) fn overwrite_at(&mut self, place: Place, range: Interval<T>, value: V)
    where
        V: Clone,
    {
        let rest = self.value_beyond(place, range);
        let change = Change { value: Some(value), rest, removes: true };
        let Err(change) = self.runs.change_at(place, range, change) else { return };
        let value = change.value.unwrap_or_else(|| unreachable!("it was given back"));
        // Two more entries where one is split in three.
        self.reserve_insertions(2);
        self.runs.own_around(range);
        self.make_way(place, range);
        self.remove_whole(range);
        self.runs.insert(range, value);
    }

    /// A clone of the value of the entry before a place, if the entry extends to both sides of `range`.
    fn value_beyond(&self, place: Place, range: Interval<T>) -> Option<V>
    where
        V: Clone,
    {
        let at = place.previous()?;
        let entry = self.runs.interval(at);
        let is_beyond = entry.start() < range.start() && entry.last() > range.last();
        is_beyond.then(|| self.runs.value(at).clone())
    }

    /// Removes the entries that lie in `range`, all of them also if the `Drop` of a value panics.
    fn remove_whole(&mut self, range: Interval<T>) {
        /// Goes on where the `Drop` of a value panicked.
        struct Rest<'a, T: Discrete + Copy, V> {
            map: &'a mut RangeMap<T, V>,
            range: Interval<T>,
            /// Whether a value is being dropped. Any other panic says that the order of the entries
            /// is not to be trusted, and the next one would end the process.
            drops: bool,
        }

        impl<T: Discrete + Copy, V> Rest<'_, T, V> {
            fn remove(&mut self) {
                while let Some((_, value)) = self.map.remove_first(self.range) {
                    self.drops = true;
                    drop(value);
                    self.drops = false;
                }
            }
        }

        impl<T: Discrete + Copy, V> Drop for Rest<'_, T, V> {
            fn drop(&mut self) {
                if self.drops {
                    self.remove();
                }
            }
        }

        let change = Change { value: None, rest: None, removes: true };
        let place = self.runs.place_after(*range.start());
        if self.runs.change_at(place, range, change).is_err() {
            Rest { map: self, range, drops: false }.remove();
        }
    }

    /// Removes the first entry that overlaps `range`, and what lies outside with it: only steps of a
    /// [`Discrete`] that break its contract leave an entry across an end.
    fn remove_first(&mut self, range: Interval<T>) -> Option<(Interval<T>, V)> {
        let first = self.first_overlapping(range)?;
        Some(self.runs.remove(first))
    }
}

impl<T: Ord + Copy, V> RangeMap<T, V> {
    /// Reserves memory for insertions, before anything is changed.
    #[track_caller]
    fn reserve_insertions(&mut self, count: usize) {
        if let Err(error) = self.runs.try_reserve_insertions(count) {
            panic!("{error}");
        }
    }

    /// The entry that contains a point.
    pub(super) fn containing(&self, at: T) -> Option<Position> {
        let entry = self.runs.starting(at)?;
        debug_assert!(*self.runs.interval(entry).start() <= at, "it starts at or before the point");
        (*self.runs.interval(entry).last() >= at).then_some(entry)
    }
}

/// Iterator over what was removed from a range; see [`cut`](RangeMap::cut).
pub struct CutEntries<'a, T: Discrete + Copy, V> {
    map: &'a mut RangeMap<T, V>,
    front: Option<(Interval<T>, V)>,
    /// Where the entries lie that are still to be removed, all of them whole.
    whole: Option<Interval<T>>,
    back: Option<(Interval<T>, V)>,
}

impl<T: Discrete + Copy, V> CutEntries<'_, T, V> {
    fn remove_next(&mut self) -> Option<(Interval<T>, V)> {
        let next = self.map.remove_first(self.whole?);
        if next.is_none() {
            self.whole = None;
        }
        next
    }
}

impl<T: Discrete + Copy, V> Iterator for CutEntries<'_, T, V> {
    type Item = (Interval<T>, V);

    fn next(&mut self) -> Option<Self::Item> {
        self.front.take().or_else(|| self.remove_next()).or_else(|| self.back.take())
    }
}

impl<T: Discrete + Copy, V> FusedIterator for CutEntries<'_, T, V> {}

impl<T: Discrete + Copy, V> Drop for CutEntries<'_, T, V> {
    fn drop(&mut self) {
        if let Some(range) = self.whole {
            self.map.remove_whole(range);
        }
    }
}

impl<T: Discrete + Copy + fmt::Debug, V> fmt::Debug for CutEntries<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CutEntries").field("left", &self.whole).finish_non_exhaustive()
    }
}

/// Iterator that removes the entries that a predicate chooses; see
/// [`extract_if`](RangeMap::extract_if).
#[must_use = "iterators are lazy and do nothing unless consumed; `retain` removes at once"]
pub struct ExtractIf<'a, T, V, F> {
    map: &'a mut RangeMap<T, V>,
    next: Option<Position>,
    last: Option<T>,
    choose: F,
}

impl<T, V, F> Iterator for ExtractIf<'_, T, V, F>
where
    T: Discrete + Copy,
    F: FnMut(Interval<T>, &mut V) -> bool,
{
    type Item = (Interval<T>, V);

    fn next(&mut self) -> Option<Self::Item> {
        let last = self.last?;
        while let Some(at) = self.next {
            let runs = &mut self.map.runs;
            let interval = runs.interval(at);
            if *interval.start() > last {
                self.next = None;
                break;
            }
            self.next = runs.next(at);
            if (self.choose)(interval, runs.value_mut(at)) {
                let removed = runs.remove(at);
                // A removal may move all others.
                self.next = runs.reaching(*interval.last());
                return Some(removed);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.map.len()))
    }
}

impl<T, V, F> FusedIterator for ExtractIf<'_, T, V, F>
where
    T: Discrete + Copy,
    F: FnMut(Interval<T>, &mut V) -> bool,
{
}

impl<T, V, F> fmt::Debug for ExtractIf<'_, T, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}

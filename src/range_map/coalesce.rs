//! Joining entries that touch and hold the same.

use core::ops::RangeBounds;

use super::{Position, RangeMap};
use crate::interval::{Discrete, Interval};

impl<T: Discrete + Copy, V> RangeMap<T, V> {
    /// Inserts `value` under `range`, overwriting as [`insert`](Self::insert) does, and joins the entry
    /// with its neighbours that touch it and hold an equal value.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted. If `Clone` or `Eq` panics, the map is unchanged.
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
    /// map.insert_coalescing(0..5, 'a');
    /// map.insert_coalescing(5..9, 'a');
    /// assert!(map.iter().eq([(Interval::new(0, 8), &'a')]));
    /// ```
    #[track_caller]
    pub fn insert_coalescing(&mut self, range: impl RangeBounds<T>, value: V)
    where
        V: Clone + Eq,
    {
        let Some(range) = self.closed(&range) else { return };
        let (mut a, mut b) = range.into_bounds();
        let mut place = self.runs.place_after(a);
        // What starts at `a` itself is overwritten, or the neighbour at the other end.
        let previous = place.previous();
        let starts_there = previous.filter(|at| *self.runs.interval(*at).start() == a);
        let left = if starts_there.is_some() {
            starts_there.and_then(|at| self.runs.previous(at))
        } else {
            previous
        };
        let mut right = starts_there.or(left).or_else(|| self.runs.first());
        if let Some(at) = left {
            let (start, last) = self.runs.interval(at).into_bounds();
            if (last >= a || last.succ() == Some(a)) && *self.runs.value(at) == value {
                a = start;
                place = self.runs.place_from(place, at);
            }
        }
        let end = b.succ().unwrap_or(b);
        while let Some(next) = right.and_then(|at| self.runs.next(at))
            && *self.runs.interval(next).start() <= end
        {
            right = Some(next);
        }
        if let Some(at) = right {
            let (start, last) = self.runs.interval(at).into_bounds();
            if start <= end && last > b && *self.runs.value(at) == value {
                b = last;
            }
        }
        if let Ok(range) = Interval::try_new(a, b) {
            self.overwrite_at(place, range, value);
        }
    }

    /// Joins entries that touch and hold equal values, among those that overlap or touch `range`, and
    /// returns how many entries fewer there are.
    ///
    /// Of joined values the first one is kept.
    ///
    /// # Panics
    ///
    /// If `Eq` panics, the map is valid, with fewer of its entries joined. If a method of
    /// [`Discrete`] panics, it is valid too, and may have lost the entry that was being joined to the
    /// one before it.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)`, *k* being the number of entries in question, and `O(log n)` for each one that is
    /// joined to the one before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let mut map = RangeMap::from([(0..=4, 'a'), (5..=9, 'a'), (12..=13, 'a')]);
    /// assert_eq!(map.coalesce(..), 1);
    /// assert!(map.iter().eq([(Interval::new(0, 9), &'a'), (Interval::new(12, 13), &'a')]));
    /// ```
    pub fn coalesce(&mut self, range: impl RangeBounds<T>) -> usize
    where
        V: Eq,
    {
        self.coalesce_by(range, V::eq)
    }

    /// Joins as [`coalesce`](Self::coalesce) does the touching entries of whose values `same` returns
    /// `true`.
    ///
    /// `same` is asked of the value of what has been joined so far, and of the next one.
    ///
    /// # Panics
    ///
    /// If `same` panics, the map is valid, with fewer of its entries joined; for a panic of
    /// [`Discrete`] see [`coalesce`](Self::coalesce).
    ///
    /// # Complexity
    ///
    /// That of [`coalesce`](Self::coalesce).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut map = RangeMap::from([(0..=4, 1.0), (5..=9, 1.01), (10..=13, 3.0)]);
    /// assert_eq!(map.coalesce_by(.., |a, b| f64::abs(a - b) < 0.1), 1);
    /// assert!(map.values().eq(&[1.0, 3.0]));
    /// ```
    pub fn coalesce_by(
        &mut self,
        range: impl RangeBounds<T>,
        mut same: impl FnMut(&V, &V) -> bool,
    ) -> usize {
        let Some((a, b)) = self.closed(&range).map(Interval::into_bounds) else { return 0 };
        let (from, to) = (a.pred().unwrap_or(a), b.succ().unwrap_or(b));
        let before = self.len();
        let mut current = self.runs.reaching(from);
        while let Some(at) = current
            && let Some(next) = self.runs.next(at)
            && *self.runs.interval(next).start() <= to
        {
            current = if self.is_joined(at, next, &mut same) {
                Some(self.join(at, next))
            } else {
                Some(next)
            };
        }
        before - self.len()
    }

    fn is_joined(
        &self,
        at: Position,
        next: Position,
        same: &mut impl FnMut(&V, &V) -> bool,
    ) -> bool {
        let touches =
            self.runs.interval(at).last().succ() == Some(*self.runs.interval(next).start());
        touches && same(self.runs.value(at), self.runs.value(next))
    }

    /// Extends an entry over the next one, which is removed.
    fn join(&mut self, at: Position, next: Position) -> Position {
        if let Some(value) = self.runs.join_next(at) {
            // Its `Drop` finds the map complete.
            drop(value);
            return at;
        }
        let (start, _) = self.runs.interval(at).into_bounds();
        let (removed, value) = self.runs.remove(next);
        let joined = Interval::try_new(start, *removed.last());
        let joined = joined.unwrap_or_else(|_| unreachable!("entries are in order (M1)"));
        let at = self.runs.starting(start).expect("only the next one was removed");
        self.runs.set_interval(at, joined);
        // Its `Drop` finds the map complete.
        drop(value);
        at
    }
}

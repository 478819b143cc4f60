//! Traits of the standard library, and conversions.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Bound, RangeBounds};

use super::{OverlapError, RangeMap};
use crate::btree::IntervalBTree;
use crate::interval::{Discrete, Interval};

impl<T, V> Default for RangeMap<T, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Ord + Copy + fmt::Debug, V: fmt::Debug> fmt::Debug for RangeMap<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<T: Ord + Copy, V: PartialEq> PartialEq for RangeMap<T, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Ord + Copy, V: Eq> Eq for RangeMap<T, V> {}

impl<T: Ord + Copy, V: PartialOrd> PartialOrd for RangeMap<T, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord + Copy, V: Ord> Ord for RangeMap<T, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Ord + Copy + Hash, V: Hash> Hash for RangeMap<T, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|entry| entry.hash(state));
    }
}

/// Inserts in order, overwriting.
impl<T: Discrete + Copy, V: Clone, R: RangeBounds<T>> Extend<(R, V)> for RangeMap<T, V> {
    fn extend<I: IntoIterator<Item = (R, V)>>(&mut self, entries: I) {
        for (range, value) in entries {
            self.insert(range, value);
        }
    }
}

/// Inserts in order, overwriting; `O(n)` if the entries are sorted and disjoint.
impl<T: Discrete + Copy, V: Clone, R: RangeBounds<T>> FromIterator<(R, V)> for RangeMap<T, V> {
    fn from_iter<I: IntoIterator<Item = (R, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        let mut entries = entries.into_iter();
        let mut last: Option<T> = None;
        let misplaced = loop {
            let Some((range, value)) = entries.next() else { break None };
            let Some(range) = map.closed(&range) else { continue };
            if last.is_some_and(|last| *range.start() <= last) {
                break Some((range, value));
            }
            last = Some(*range.last());
            map.runs.push_sorted(range, value);
        };
        map.runs.link_sorted();
        if let Some((range, value)) = misplaced {
            map.overwrite(range, value);
            map.extend(entries);
        }
        map
    }
}

impl<T: Discrete + Copy, V: Clone, R: RangeBounds<T>, const N: usize> From<[(R, V); N]>
    for RangeMap<T, V>
{
    fn from(entries: [(R, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<T: Ord + Copy, V> From<RangeMap<T, V>> for IntervalBTree<T, V> {
    fn from(map: RangeMap<T, V>) -> Self {
        map.into_iter().collect()
    }
}

/// Refuses an index of which two entries overlap, and gives it back.
impl<T: Discrete + Copy, V> TryFrom<IntervalBTree<T, V>> for RangeMap<T, V> {
    type Error = OverlapError<T, V>;

    fn try_from(index: IntervalBTree<T, V>) -> Result<Self, Self::Error> {
        let mut intervals = index.intervals();
        let mut previous: Option<Interval<T>> = None;
        let overlapping = intervals.find_map(|interval| {
            let before = previous.replace(interval)?;
            (before.last() >= interval.start()).then_some([before, interval])
        });
        if let Some(intervals) = overlapping {
            return Err(OverlapError { intervals, index });
        }
        let mut map = Self::new();
        map.push_sorted(index);
        Ok(map)
    }
}

impl<T: Discrete + Copy> RangeMap<T, ()> {
    /// Fills an empty map with ranges, joined where they overlap or touch, for as long as they come in
    /// order of start. Returns the first one that does not, or that depends on what is held.
    pub(super) fn push_joined<R: RangeBounds<T>>(
        &mut self,
        ranges: impl Iterator<Item = R>,
    ) -> Option<R> {
        let mut current: Option<Interval<T>> = None;
        let mut misplaced = None;
        for range in ranges {
            let is_open = (T::MIN.is_none() && range.start_bound() == Bound::Unbounded)
                || (T::MAX.is_none() && range.end_bound() == Bound::Unbounded);
            let closed = if is_open { None } else { self.closed(&range) };
            let Some(next) = closed else {
                if is_open {
                    misplaced = Some(range);
                    break;
                }
                continue;
            };
            match &current {
                Some(before) if next.start() < before.start() => {
                    misplaced = Some(range);
                    break;
                }
                Some(before) if before.overlaps(&next) || before.touches(&next) => {
                    current = Some(before.hull(&next));
                }
                _ => {
                    if let Some(done) = current.replace(next) {
                        self.runs.push_sorted(done, ());
                    }
                }
            }
        }
        if let Some(last) = current {
            self.runs.push_sorted(last, ());
        }
        self.runs.link_sorted();
        misplaced
    }
}

impl<T: Discrete + Copy, V> RangeMap<T, V> {
    /// Fills an empty map with entries that are disjoint and in order.
    pub(super) fn push_sorted(&mut self, entries: impl IntoIterator<Item = (Interval<T>, V)>) {
        for (interval, value) in entries {
            self.runs.push_sorted(interval, value);
        }
        self.runs.link_sorted();
    }
}

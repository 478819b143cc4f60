//! Traits of the standard library, and conversions.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Bound, RangeBounds};

use super::{OverlapError, RangeMap};
use crate::btree::IntervalBTree;
use crate::interval::{Discrete, Interval, Query};

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
        let mut misplaced = None;
        map.runs.fill_sorted(core::iter::from_fn(|| {
            for (range, value) in entries.by_ref() {
                match closed_alone(&range) {
                    Ok(None) => {}
                    Ok(Some(next)) if last.is_none_or(|last| last < *next.start()) => {
                        last = Some(*next.last());
                        return Some((next, value));
                    }
                    _ => {
                        misplaced = Some((range, value));
                        break;
                    }
                }
            }
            None
        }));
        if let Some((range, value)) = misplaced {
            map.insert(range, value);
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
        map.runs.fill_sorted(index.into_iter());
        Ok(map)
    }
}

impl<T: Discrete + Copy> RangeMap<T, ()> {
    /// Fills an empty map with ranges, joined where they overlap or touch, for as long as they come in
    /// order of start. Returns the first one that does not, or that depends on what is held.
    pub(super) fn push_joined<R: RangeBounds<T>>(
        &mut self,
        mut ranges: impl Iterator<Item = R>,
    ) -> Option<R> {
        let mut current: Option<Interval<T>> = None;
        let mut misplaced = None;
        self.runs.fill_sorted(core::iter::from_fn(|| {
            while misplaced.is_none() {
                let Some(range) = ranges.next() else { break };
                match (closed_alone(&range), &mut current) {
                    (Ok(None), _) => {}
                    (Ok(Some(next)), None) => current = Some(next),
                    (Ok(Some(next)), Some(before)) if before.start() <= next.start() => {
                        if !before.overlaps(&next) && !before.touches(&next) {
                            return current.replace(next).map(|done| (done, ()));
                        }
                        *before = before.hull(&next);
                    }
                    _ => misplaced = Some(range),
                }
            }
            current.take().map(|done| (done, ()))
        }));
        misplaced
    }
}

/// The range depends on what a map holds: it is open where the domain has no end.
struct Open;

/// The closed form of a range, `None` if it is empty.
fn closed_alone<T: Discrete + Copy>(
    range: &impl RangeBounds<T>,
) -> Result<Option<Interval<T>>, Open> {
    let is_open = (T::MIN.is_none() && range.start_bound() == Bound::Unbounded)
        || (T::MAX.is_none() && range.end_bound() == Bound::Unbounded);
    if is_open {
        return Err(Open);
    }
    let bounds = (range.start_bound().cloned(), range.end_bound().cloned());
    Ok(Query::closed_within(bounds, || None))
}

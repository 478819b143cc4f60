//! Gaps of a length: first fit from either end, and best fit.

use core::ops::{Bound, RangeBounds};

use super::RangeMap;
use crate::interval::{Countable, Interval};

/// What gap to look for: how many points, where, and which of those that fit.
///
/// Lengths and alignments are counts of points.
///
/// # Examples
///
/// ```
/// use stabtree::{GapSearch, Interval, RangeMap};
///
/// let mut memory = RangeMap::from([(0x1000u64..=0x1fff, "code"), (0x9000..=0x9fff, "stack")]);
/// let low = memory.find_gap(GapSearch::new(0x2000).align(0x4000).within(0x1000..0x9000));
/// assert_eq!(low, Some(Interval::new(0x4000, 0x5fff)));
/// let high = memory.find_gap(GapSearch::new(0x1000).within(0x1000..0x9000).highest());
/// assert_eq!(high, Some(Interval::new(0x8000, 0x8fff)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a search finds nothing until `RangeMap::find_gap` runs it"]
pub struct GapSearch<T> {
    len: u128,
    align: u128,
    within: (Bound<T>, Bound<T>),
    choice: Choice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Lowest,
    Highest,
    BestFit,
}

impl<T> GapSearch<T> {
    /// Searches all of the type's values for the lowest place of `len` points.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeSet};
    ///
    /// let all = RangeSet::<u8>::new().find_gap(GapSearch::new(256));
    /// assert_eq!(all, Some(Interval::new(0, 255)));
    /// ```
    pub const fn new(len: u128) -> Self {
        Self { len, align: 1, within: (Bound::Unbounded, Bound::Unbounded), choice: Choice::Lowest }
    }

    /// Asks that the place starts at a multiple of `align`.
    ///
    /// # Panics
    ///
    /// Panics if `align` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(2u8..=3, ()), (6..=9, ()), (13..=14, ())]);
    /// let found = map.find_gap(GapSearch::new(4).align(8));
    /// assert_eq!(found, Some(Interval::new(16, 19)));
    /// ```
    #[track_caller]
    pub const fn align(self, align: u128) -> Self
    where
        T: Copy,
    {
        assert!(align != 0, "an alignment of zero");
        Self { align, ..self }
    }

    /// Asks that the place lies in `range`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(2u8..=3, ()), (6..=9, ()), (13..=14, ())]);
    /// let found = map.find_gap(GapSearch::new(1).within(6..20));
    /// assert_eq!(found, Some(Interval::new(10, 10)));
    /// ```
    pub fn within(self, range: impl RangeBounds<T>) -> Self
    where
        T: Copy,
    {
        let within = (range.start_bound().cloned(), range.end_bound().cloned());
        Self { within, ..self }
    }

    /// Chooses the lowest place, which is what a new search does.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(2u8..=3, ()), (6..=9, ()), (13..=14, ())]);
    /// let found = map.find_gap(GapSearch::new(3).highest().lowest());
    /// assert_eq!(found, Some(Interval::new(10, 12)));
    /// ```
    pub const fn lowest(self) -> Self
    where
        T: Copy,
    {
        Self { choice: Choice::Lowest, ..self }
    }

    /// Chooses the highest place.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(2u8..=3, ()), (6..=9, ()), (13..=14, ())]);
    /// let found = map.find_gap(GapSearch::new(3).within(..30).highest());
    /// assert_eq!(found, Some(Interval::new(27, 29)));
    /// ```
    pub const fn highest(self) -> Self
    where
        T: Copy,
    {
        Self { choice: Choice::Highest, ..self }
    }

    /// Chooses the lowest place in the smallest gap where one fits; of equal gaps the lowest.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(2u8..=3, ()), (6..=9, ()), (13..=14, ())]);
    /// let found = map.find_gap(GapSearch::new(3).best_fit());
    /// assert_eq!(found, Some(Interval::new(10, 12)));
    /// ```
    pub const fn best_fit(self) -> Self
    where
        T: Copy,
    {
        Self { choice: Choice::BestFit, ..self }
    }
}

impl<T: Countable + Copy, V> RangeMap<T, V> {
    /// Finds a place of exactly as many points as `search` asks for in which there is no entry. Nothing
    /// is changed.
    ///
    /// Returns `None` if there is no such place, or if it would be of zero points.
    ///
    /// # Complexity
    ///
    /// `O(log n)` for the lowest and the highest place. With an alignment above 1 it is
    /// `O((1 + g) log n)`, *g* being the number of gaps that are long enough but hold no aligned place.
    /// Best fit is `O(n)`.
    ///
    /// # Kernel counterpart
    ///
    /// `unmapped_area` and `unmapped_area_topdown` of `mm/mmap.c` answer the same question.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let map = RangeMap::from([(2u8..=3, ()), (6..=9, ()), (13..=14, ())]);
    /// let search = GapSearch::new(2).within(1..20);
    /// assert_eq!(map.find_gap(search.lowest()), Some(Interval::new(4, 5)));
    /// assert_eq!(map.find_gap(search.highest()), Some(Interval::new(18, 19)));
    /// assert_eq!(map.find_gap(GapSearch::new(3).within(..15).best_fit()), Some(Interval::new(10, 12)));
    /// assert_eq!(map.find_gap(GapSearch::new(7).within(..20)), None);
    /// ```
    ///
    /// Addresses are counted as the integers that they are:
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    /// use stabtree::{GapSearch, Interval, RangeMap};
    ///
    /// let ip = |last| Ipv4Addr::new(10, 0, 0, last);
    /// let leases = RangeMap::from([(ip(0)..=ip(9), "router"), (ip(12)..=ip(20), "lab")]);
    /// let free = leases.find_gap(GapSearch::new(4).align(4).within(ip(0)..=ip(255)));
    /// assert_eq!(free, Some(Interval::new(ip(24), ip(27))));
    /// ```
    pub fn find_gap(&self, search: GapSearch<T>) -> Option<Interval<T>> {
        self.search_gap(search, &mut 0)
    }

    /// Returns how many nodes [`find_gap`](Self::find_gap) reads; best fit, which walks over all
    /// entries, counts as none.
    #[doc(hidden)]
    pub fn gap_probes(&self, search: GapSearch<T>) -> usize {
        let mut probes = 0;
        self.search_gap(search, &mut probes);
        probes
    }

    #[inline]
    fn search_gap(&self, search: GapSearch<T>, probes: &mut usize) -> Option<Interval<T>> {
        // Of `len` points the last one is so many steps from the first.
        let steps = search.len.checked_sub(1)?;
        let (mut from, mut to) = self.closed(&search.within)?.into_bounds();
        match search.choice {
            Choice::Lowest => loop {
                let gap = self.runs.next_gap(from, to, steps, probes)?;
                if let Some(place) = lowest_in(gap, steps, search.align) {
                    return Some(place);
                }
                from = gap.last().succ()?;
            },
            Choice::Highest => loop {
                let gap = self.runs.previous_gap(from, to, steps, probes)?;
                if let Some(place) = highest_in(gap, steps, search.align) {
                    return Some(place);
                }
                to = gap.start().pred()?;
            },
            Choice::BestFit => {
                let gaps = self.gaps(search.within).filter_map(|gap| {
                    let place = lowest_in(gap, steps, search.align)?;
                    Some((gap.start().steps_to(gap.last())?, place))
                });
                gaps.min_by_key(|(length, _)| *length).map(|(_, place)| place)
            }
        }
    }
}

fn lowest_in<T: Countable + Copy>(
    gap: Interval<T>,
    steps: u128,
    align: u128,
) -> Option<Interval<T>> {
    let (start, last) = gap.into_bounds();
    let start = match start.remainder(align) {
        0 => start,
        past => start.forward(align - past)?,
    };
    let end = start.forward(steps)?;
    (end <= last).then(|| Interval::try_new(start, end).ok())?
}

fn highest_in<T: Countable + Copy>(
    gap: Interval<T>,
    steps: u128,
    align: u128,
) -> Option<Interval<T>> {
    let (first, last) = gap.into_bounds();
    let start = last.backward(steps)?;
    let start = start.backward(start.remainder(align))?;
    (start >= first).then(|| Interval::try_new(start, start.forward(steps)?).ok())?
}

use std::collections::BTreeMap;
use std::ops::Range;

use stabtree::GapSearch;

use crate::contender::Hit;
use crate::workloads::Entry;

/// A map from disjoint ranges, ends inclusive.
pub(super) trait RangeMap: Clone {
    fn from_sorted(entries: &[Entry]) -> Self;

    /// Inserts over whatever is there, and joins equal neighbours.
    fn insert(&mut self, start: u64, last: u64, value: u32);

    /// Removes exactly the range.
    fn cut(&mut self, start: u64, last: u64);

    fn get(&self, at: u64) -> Option<Hit>;

    /// The lowest place in `whole` where nothing is in so many points.
    fn first_fit(&self, whole: &Range<u64>, length: u64) -> Option<u64>;

    /// The highest such place.
    fn top_down(&self, whole: &Range<u64>, length: u64) -> Option<u64>;

    fn iter(&self) -> impl Iterator<Item = Hit>;

    /// Ends inclusive.
    fn gaps<'a>(&'a self, whole: &'a Range<u64>) -> impl Iterator<Item = (u64, u64)> + 'a;
}

/// stabtree's `RangeMap`.
pub(super) type Ours = stabtree::RangeMap<u64, u32>;

impl RangeMap for Ours {
    fn from_sorted(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..=entry.last, entry.value)).collect()
    }

    fn insert(&mut self, start: u64, last: u64, value: u32) {
        self.insert_coalescing(start..=last, value);
    }

    fn cut(&mut self, start: u64, last: u64) {
        self.cut(start..=last);
    }

    fn get(&self, at: u64) -> Option<Hit> {
        let (interval, value) = self.get_entry(at)?;
        Some((*interval.start(), *interval.last(), *value))
    }

    fn first_fit(&self, whole: &Range<u64>, length: u64) -> Option<u64> {
        let search = GapSearch::new(length.into()).within(whole.clone()).lowest();
        self.find_gap(search).map(|place| *place.start())
    }

    fn top_down(&self, whole: &Range<u64>, length: u64) -> Option<u64> {
        let search = GapSearch::new(length.into()).within(whole.clone()).highest();
        self.find_gap(search).map(|place| *place.start())
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter().map(|(interval, value)| (*interval.start(), *interval.last(), *value))
    }

    fn gaps<'a>(&'a self, whole: &'a Range<u64>) -> impl Iterator<Item = (u64, u64)> + 'a {
        self.gaps(whole.clone()).map(|gap| (*gap.start(), *gap.last()))
    }
}

/// `rangemap`.
pub(super) type Crate = rangemap::RangeMap<u64, u32>;

impl RangeMap for Crate {
    fn from_sorted(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn insert(&mut self, start: u64, last: u64, value: u32) {
        self.insert(start..last + 1, value);
    }

    fn cut(&mut self, start: u64, last: u64) {
        self.remove(start..last + 1);
    }

    fn get(&self, at: u64) -> Option<Hit> {
        self.get_key_value(&at).map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn first_fit(&self, whole: &Range<u64>, length: u64) -> Option<u64> {
        let mut gaps = self.gaps(whole);
        gaps.find(|gap| gap.end - gap.start >= length).map(|gap| gap.start)
    }

    fn top_down(&self, whole: &Range<u64>, length: u64) -> Option<u64> {
        let mut end = whole.end;
        for (range, _) in self.iter().rev() {
            if end - range.end >= length {
                return Some(end - length);
            }
            end = range.start;
        }
        (end - whole.start >= length).then(|| end - length)
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter().map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn gaps<'a>(&'a self, whole: &'a Range<u64>) -> impl Iterator<Item = (u64, u64)> + 'a {
        self.gaps(whole).map(|gap| (gap.start, gap.end - 1))
    }
}

/// What one writes by hand over a `BTreeMap` from start to last and value.
#[derive(Clone, Debug, Default)]
pub(super) struct ByHand(BTreeMap<u64, (u64, u32)>);

impl RangeMap for ByHand {
    fn from_sorted(entries: &[Entry]) -> Self {
        Self(entries.iter().map(|entry| (entry.start, (entry.last, entry.value))).collect())
    }

    fn insert(&mut self, mut start: u64, mut last: u64, value: u32) {
        self.cut(start, last);
        if let Some((before, (end, other))) = self.0.range(..start).next_back()
            && *end + 1 == start
            && *other == value
        {
            start = *before;
        }
        if let Some((end, other)) = self.0.get(&(last + 1))
            && *other == value
        {
            let end = *end;
            self.0.remove(&(last + 1));
            last = end;
        }
        self.0.insert(start, (last, value));
    }

    fn cut(&mut self, start: u64, last: u64) {
        if let Some((_, (end, value))) = self.0.range_mut(..start).next_back()
            && *end >= start
        {
            let rest = (*end > last).then_some((last + 1, (*end, *value)));
            *end = start - 1;
            if let Some((after, rest)) = rest {
                self.0.insert(after, rest);
                return;
            }
        }
        while let Some((&first, &(end, value))) = self.0.range(start..=last).next() {
            self.0.remove(&first);
            if end > last {
                self.0.insert(last + 1, (end, value));
            }
        }
    }

    fn get(&self, at: u64) -> Option<Hit> {
        let (start, (last, value)) = self.0.range(..=at).next_back()?;
        (*last >= at).then_some((*start, *last, *value))
    }

    fn first_fit(&self, whole: &Range<u64>, length: u64) -> Option<u64> {
        let mut gaps = self.gaps(whole);
        gaps.find(|(start, last)| last - start + 1 >= length).map(|(start, _)| start)
    }

    fn top_down(&self, whole: &Range<u64>, length: u64) -> Option<u64> {
        let mut end = whole.end;
        for (start, (last, _)) in self.0.iter().rev() {
            if end - (last + 1) >= length {
                return Some(end - length);
            }
            end = *start;
        }
        (end - whole.start >= length).then(|| end - length)
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.0.iter().map(|(start, (last, value))| (*start, *last, *value))
    }

    fn gaps<'a>(&'a self, whole: &'a Range<u64>) -> impl Iterator<Item = (u64, u64)> + 'a {
        let mut end = whole.start;
        let ranges = self.0.iter().map(|(start, (last, _))| (*start, *last + 1));
        ranges.chain([(whole.end, whole.end)]).filter_map(move |(start, next)| {
            let gap = (end < start).then(|| (end, start - 1));
            end = next;
            gap
        })
    }
}

use std::collections::BTreeMap;

use super::{Contender, Hit, Value};
use crate::workloads::{Entry, Query};

/// The standard library's map from (start, value) to last. A query scans from as far below its
/// start as the longest interval ever inserted, which is all there is once one is very long.
#[derive(Clone, Debug)]
pub(super) struct BoundedScan {
    lasts: BTreeMap<(u64, u32), u64>,
    longest: u64,
}

impl Contender for BoundedScan {
    type Handle = ();

    fn new() -> Self {
        Self { lasts: BTreeMap::new(), longest: 0 }
    }

    fn insert(&mut self, entry: Entry) {
        self.longest = self.longest.max(entry.last - entry.start);
        self.lasts.insert((entry.start, entry.value), entry.last);
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.lasts.remove(&(entry.start, entry.value)).is_some()
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        let longest = entries.iter().map(|entry| entry.last - entry.start).max();
        let lasts = entries.iter().map(|entry| ((entry.start, entry.value), entry.last));
        Self { lasts: lasts.collect(), longest: longest.unwrap_or(0) }
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let from = query.start.saturating_sub(self.longest);
        let candidates = self.lasts.range((from, 0)..=(query.last, u32::MAX));
        let hits = candidates.filter(move |(_, last)| **last >= query.start);
        hits.map(|((start, value), last)| (*start, *last, *value))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlapping(Query { start: at, last: at }).next().is_some()
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.lasts.iter().map(|((start, value), last)| (*start, *last, *value))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

/// The same for disjoint intervals, with values of any size: from start to last and value.
#[derive(Clone, Debug)]
pub(super) struct Disjoint<V>(BTreeMap<u64, (u64, V)>);

impl<V: Value> Contender for Disjoint<V> {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;
    const HOLDS_OVERLAPS: bool = false;

    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn insert(&mut self, entry: Entry) {
        self.0.insert(entry.start, (entry.last, V::of(entry.value)));
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.0.remove(&entry.start).is_some()
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        let pairs = entries.iter().map(|entry| (entry.start, (entry.last, V::of(entry.value))));
        Self(pairs.collect())
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let before = self.0.range(..query.start).next_back();
        let before = before.filter(|(_, (last, _))| *last >= query.start);
        let hits = before.into_iter().chain(self.0.range(query.start..=query.last));
        hits.map(|(start, (last, value))| (*start, *last, value.number()))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlapping(Query { start: at, last: at }).next().is_some()
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.0.iter().map(|(start, (last, value))| (*start, *last, value.number()))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

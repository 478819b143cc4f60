use std::collections::BTreeMap;

use super::Contender;
use crate::workloads::{Entry, Found, Query};

/// The standard library's map from (start, value) to last. A query scans from as far below its
/// start as the longest interval ever inserted, which is all there is once one is very long.
#[derive(Clone, Debug)]
pub(super) struct BoundedScan {
    lasts: BTreeMap<(u64, u32), u64>,
    longest: u64,
}

impl BoundedScan {
    fn hits(&self, query: Query) -> impl Iterator<Item = (u64, u32)> {
        let from = query.start.saturating_sub(self.longest);
        let candidates = self.lasts.range((from, 0)..=(query.last, u32::MAX));
        candidates.filter(move |(_, last)| **last >= query.start).map(|(key, _)| *key)
    }
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

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for (start, value) in self.hits(query) {
            found.add(start, value);
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.hits(Query { start: at, last: at }).next().is_some()
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for (start, value) in self.lasts.keys() {
            found.add(*start, *value);
        }
        found
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

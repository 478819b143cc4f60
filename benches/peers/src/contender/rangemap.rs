use rangemap::RangeMap;

use super::{Contender, Hit, is_common};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// `rangemap`: half-open ranges that do not overlap, in a `BTreeMap`; insertion overwrites.
pub(super) type Ranges = RangeMap<u64, u32>;

impl Contender for Ranges {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;
    const HOLDS_OVERLAPS: bool = false;

    fn offers(operation: Operation) -> bool {
        is_common(operation)
    }

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) {
        self.insert(entry.start..entry.last + 1, entry.value);
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.remove(entry.start..entry.last + 1);
        true
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let hits = self.overlapping(query.start..query.last + 1);
        hits.map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn stab(&self, at: u64) -> impl Iterator<Item = Hit> {
        let hit = self.get_key_value(&at);
        hit.into_iter().map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.contains_key(&at)
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter().map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

use std::ops::Range;

use iset::IntervalMap;

use super::Contender;
use crate::workloads::{Entry, Found, Query};

/// `iset`: an augmented red-black tree, half-open.
pub(super) type Iset = IntervalMap<u64, u32>;

fn range(entry: Entry) -> Range<u64> {
    entry.start..entry.last + 1
}

impl Contender for Iset {
    type Handle = ();

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) {
        self.force_insert(range(entry), entry.value);
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.remove(range(entry)).is_some()
    }

    fn remove_among_equals(&mut self, entry: Entry, (): ()) -> bool {
        self.remove_where(range(entry), |value| *value == entry.value).is_some()
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        // Its bulk build takes distinct intervals only.
        let key = |entry: &Entry| (entry.start, entry.last);
        if entries.is_sorted_by(|a, b| key(a) < key(b)) {
            Self::from_sorted(entries.iter().map(|entry| (range(*entry), entry.value)))
        } else {
            Self::from_random(entries)
        }
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for (range, value) in self.iter(query.start..=query.last) {
            found.add(range.start, *value);
        }
        found
    }

    fn stab(&self, at: u64) -> Found {
        let mut found = Found::default();
        for (range, value) in self.overlap(at) {
            found.add(range.start, *value);
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.has_overlap(at..=at)
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for (range, value) in self.iter(..) {
            found.add(range.start, *value);
        }
        found
    }

    fn copy(&self) -> Self {
        self.clone()
    }

    fn shrink(&mut self) {
        self.shrink_to_fit();
    }
}

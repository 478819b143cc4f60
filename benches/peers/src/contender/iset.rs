use std::ops::Range;

use iset::IntervalMap;

use super::{Contender, Hit, Value};
use crate::workloads::{Entry, Query};

/// `iset`: an augmented red-black tree, half-open.
pub(super) type Iset<V> = IntervalMap<u64, V>;

#[inline]
fn range(entry: Entry) -> Range<u64> {
    entry.start..entry.last + 1
}

#[inline]
fn hit<V: Value>((range, value): (Range<u64>, &V)) -> Hit {
    (range.start, range.end - 1, value.number())
}

impl<V: Value> Contender for Iset<V> {
    type Handle = ();

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) {
        self.force_insert(range(entry), V::of(entry.value));
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.remove(range(entry)).is_some()
    }

    fn remove_among_equals(&mut self, entry: Entry, (): ()) -> bool {
        self.remove_where(range(entry), |value| value.number() == entry.value).is_some()
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        // Its bulk build takes distinct intervals only.
        let key = |entry: &Entry| (entry.start, entry.last);
        if entries.is_sorted_by(|a, b| key(a) < key(b)) {
            Self::from_sorted(entries.iter().map(|entry| (range(*entry), V::of(entry.value))))
        } else {
            Self::from_random(entries)
        }
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        self.iter(query.start..=query.last).map(hit)
    }

    fn stab(&self, at: u64) -> impl Iterator<Item = Hit> {
        self.overlap(at).map(hit)
    }

    fn any_stab(&self, at: u64) -> bool {
        self.has_overlap(at..=at)
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter(..).map(hit)
    }

    fn copy(&self) -> Self {
        self.clone()
    }

    fn shrink(&mut self) {
        self.shrink_to_fit();
    }
}

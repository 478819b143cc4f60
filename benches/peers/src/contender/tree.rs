use stabtree::{Handle, Interval, IntervalRbTree};

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// stabtree's `IntervalRbTree`.
pub(super) type Tree = IntervalRbTree<u64, u32>;

fn interval(entry: Entry) -> Interval<u64> {
    Interval::new(entry.start, entry.last)
}

impl Contender for Tree {
    type Handle = Handle;

    fn offers(_: Operation) -> bool {
        true
    }

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) -> Handle {
        self.insert(interval(entry), entry.value)
    }

    fn remove(&mut self, _: Entry, handle: Handle) -> bool {
        self.remove(handle).is_some()
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        let pairs = entries.iter().map(|entry| (interval(*entry), entry.value));
        Self::try_from_sorted(pairs).expect("entries come sorted")
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for (interval, value) in self.overlapping(query.start..=query.last) {
            found.add(*interval.start(), *value);
        }
        found
    }

    fn stab(&self, at: u64) -> Found {
        let mut found = Found::default();
        for (interval, value) in self.stab(at) {
            found.add(*interval.start(), *value);
        }
        found
    }

    fn count(&self, query: Query) -> usize {
        self.count_overlapping(query.start..=query.last)
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlaps(at..=at)
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for (interval, value) in self {
            found.add(*interval.start(), *value);
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

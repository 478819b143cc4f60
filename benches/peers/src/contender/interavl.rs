use std::ops::Range;

use interavl::IntervalTree;

use super::Contender;
use crate::workloads::{Entry, Found, Query};

/// `interavl`: an augmented AVL tree, half-open.
pub(super) type Interavl = IntervalTree<u64, u32>;

fn range(entry: Entry) -> Range<u64> {
    entry.start..entry.last + 1
}

impl Contender for Interavl {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;
    const MOST: u32 = 200_000;

    fn new() -> Self {
        Self::default()
    }

    fn insert(&mut self, entry: Entry) {
        self.insert(range(entry), entry.value);
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.remove(&range(entry)).is_some()
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for (range, value) in self.iter_overlaps(&(query.start..query.last + 1)) {
            found.add(range.start, *value);
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.iter_overlaps(&(at..at + 1)).next().is_some()
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for (range, value) in self.iter() {
            found.add(range.start, *value);
        }
        found
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

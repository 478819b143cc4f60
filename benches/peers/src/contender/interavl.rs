use std::ops::Range;

use interavl::IntervalTree;

use super::{Contender, Hit};
use crate::workloads::{Entry, Query};

/// `interavl`: an augmented AVL tree, half-open.
pub(super) type Interavl = IntervalTree<u64, u32>;

#[inline]
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

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let range = query.start..query.last + 1;
        let hits: Vec<_> = self.iter_overlaps(&range).collect();
        hits.into_iter().map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.iter_overlaps(&(at..at + 1)).next().is_some()
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter().map(|(range, value)| (range.start, range.end - 1, *value))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

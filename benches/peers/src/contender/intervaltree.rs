use intervaltree::IntervalTree;

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `intervaltree`: a sorted array with an implicit tree over it, half-open, built once.
pub(super) type IntervalTreeCrate = IntervalTree<u64, u32>;

impl Contender for IntervalTreeCrate {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn offers(operation: Operation) -> bool {
        !operation.is_count()
    }

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn from_random(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for element in self.query(query.start..query.last + 1) {
            found.add(element.range.start, element.value);
        }
        found
    }

    fn stab(&self, at: u64) -> Found {
        let mut found = Found::default();
        for element in self.query_point(at) {
            found.add(element.range.start, element.value);
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.query_point(at).next().is_some()
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for element in self.iter_sorted() {
            found.add(element.range.start, element.value);
        }
        found
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

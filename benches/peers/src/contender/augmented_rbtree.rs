use augmented_rbtree::interval_tree::{Interval, IntervalTree};

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `augmented-rbtree`'s interval tree, closed.
pub(super) type AugmentedRbTree = IntervalTree<u64, u32>;

fn interval(entry: Entry) -> Interval<u64> {
    Interval::new(entry.start, entry.last)
}

impl Contender for AugmentedRbTree {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;

    fn offers(operation: Operation) -> bool {
        operation != Operation::Clone && !operation.is_count()
    }

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) {
        self.insert(interval(entry), entry.value);
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        self.remove(&interval(entry)).is_some()
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for (interval, value) in self.query_overlap(query.start, query.last) {
            found.add(interval.lo, *value);
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.any_contains_point(at)
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for (interval, value) in self.iter() {
            found.add(interval.lo, *value);
        }
        found
    }
}

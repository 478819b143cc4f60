use augmented_rbtree::interval_tree::{Interval, IntervalTree};

use super::{Contender, Hit, is_common};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// `augmented-rbtree`'s interval tree, closed.
pub(super) type AugmentedRbTree = IntervalTree<u64, u32>;

#[inline]
fn interval(entry: Entry) -> Interval<u64> {
    Interval::new(entry.start, entry.last)
}

impl Contender for AugmentedRbTree {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;

    fn offers(operation: Operation) -> bool {
        is_common(operation) && operation != Operation::Clone
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

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let hits = self.query_overlap(query.start, query.last);
        hits.map(|(interval, value)| (interval.lo, interval.hi, *value))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.any_contains_point(at)
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter().map(|(interval, value)| (interval.lo, interval.hi, *value))
    }
}

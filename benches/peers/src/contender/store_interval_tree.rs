use std::ops::Bound::Included;

use store_interval_tree::{Interval, IntervalTree};

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `store-interval-tree`: an augmented AVL tree, its bounds behind `Rc`s; closed.
pub(super) type StoreIntervalTree = IntervalTree<u64, u32>;

fn interval(start: u64, last: u64) -> Interval<u64> {
    Interval::new(Included(start), Included(last))
}

impl Contender for StoreIntervalTree {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;
    const MOST: u32 = 200_000;

    fn offers(operation: Operation) -> bool {
        operation != Operation::Iter && !operation.is_count()
    }

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) {
        self.insert(interval(entry.start, entry.last), entry.value);
    }

    fn remove(&mut self, entry: Entry, (): ()) -> bool {
        let before = self.size();
        self.delete(&interval(entry.start, entry.last));
        self.size() < before
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for entry in self.query(&interval(query.start, query.last)) {
            if let Included(start) = entry.interval().low() {
                found.add(*start, *entry.value());
            }
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlaps(&interval(at, at))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

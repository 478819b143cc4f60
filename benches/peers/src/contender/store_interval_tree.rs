use std::ops::Bound::Included;

use store_interval_tree::{Interval, IntervalTree};

use super::{Contender, Hit, is_common};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// `store-interval-tree`: an augmented AVL tree, its bounds behind `Rc`s; closed.
pub(super) type StoreIntervalTree = IntervalTree<u64, u32>;

#[inline]
fn interval(start: u64, last: u64) -> Interval<u64> {
    Interval::new(Included(start), Included(last))
}

impl Contender for StoreIntervalTree {
    type Handle = ();

    const HOLDS_EQUALS: bool = false;
    const MOST: u32 = 200_000;

    fn offers(operation: Operation) -> bool {
        is_common(operation) && !matches!(operation, Operation::Iter(_))
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

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let query = interval(query.start, query.last);
        let hits: Vec<_> = self.query(&query).collect();
        hits.into_iter().filter_map(|entry| {
            match (entry.interval().low(), entry.interval().high()) {
                (Included(start), Included(last)) => Some((*start, *last, *entry.value())),
                _ => None,
            }
        })
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlaps(&interval(at, at))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

use rb_interval_map::{Interval, IntervalMap};

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `rb-interval-map`: an augmented red-black tree, half-open. Of its two searches the unordered
/// one is the faster; it collects into a `Vec`.
pub(super) type RbIntervalMap = IntervalMap<u64, u32>;

fn interval(entry: Entry) -> Interval<u64> {
    Interval::new(entry.start, entry.last + 1)
}

impl Contender for RbIntervalMap {
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
        for (interval, value) in self.find_all_overlap(&Interval::new(query.start, query.last + 1))
        {
            found.add(interval.low, *value);
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlaps(&Interval::new(at, at + 1))
    }

    fn in_order(&self) -> Found {
        let mut found = Found::default();
        for (interval, value) in self.iter() {
            found.add(interval.low, *value);
        }
        found
    }
}

use rb_interval_map::{Interval, IntervalMap};

use super::{Contender, Hit, is_common};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// `rb-interval-map`: an augmented red-black tree, half-open. Of its two searches the unordered
/// one is the faster; it collects into a `Vec`.
pub(super) type RbIntervalMap = IntervalMap<u64, u32>;

#[inline]
fn interval(entry: Entry) -> Interval<u64> {
    Interval::new(entry.start, entry.last + 1)
}

impl Contender for RbIntervalMap {
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
        let hits = self.find_all_overlap(&Interval::new(query.start, query.last + 1));
        hits.into_iter().map(|(interval, value)| (interval.low, interval.high - 1, *value))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.overlaps(&Interval::new(at, at + 1))
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter().map(|(interval, value)| (interval.low, interval.high - 1, *value))
    }
}

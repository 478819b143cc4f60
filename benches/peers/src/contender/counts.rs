use stabtree::{CountIndex, IntervalBTree};

use super::{Contender, Hit, ours};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// stabtree's `CountIndex`, which only counts.
pub(super) type Counts = CountIndex<u64>;

impl Contender for Counts {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn offers(operation: Operation) -> bool {
        matches!(
            operation,
            Operation::Count(_) | Operation::AnyStab | Operation::AnyMiss | Operation::Memory
        )
    }

    fn new() -> Self {
        Self::default()
    }

    fn from_random(entries: &[Entry]) -> Self {
        entries.iter().map(ours::pair::<u64, u32>).collect::<IntervalBTree<_, _>>().count_index()
    }

    fn overlapping(&self, _: Query) -> impl Iterator<Item = Hit> {
        std::iter::empty()
    }

    fn any_stab(&self, at: u64) -> bool {
        self.any(at..=at)
    }

    fn count(&self, query: Query) -> usize {
        self.count(query.start..=query.last)
    }
}

use bio::data_structures::interval_tree::IntervalTree;

use super::{Contender, Hit, is_common};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// `bio`'s AVL tree, half-open.
pub(super) type BioAvl = IntervalTree<u64, u32>;

impl Contender for BioAvl {
    type Handle = ();

    fn offers(operation: Operation) -> bool {
        let removes = operation.is_change() && operation != Operation::InsertSorted;
        is_common(operation) && !removes && !matches!(operation, Operation::Iter(_))
    }

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) {
        self.insert(entry.start..entry.last + 1, entry.value);
    }

    fn remove(&mut self, _: Entry, (): ()) -> bool {
        unreachable!("not offered")
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        self.find(query.start..query.last + 1).map(|entry| {
            let interval = entry.interval();
            (interval.start, interval.end - 1, *entry.data())
        })
    }

    fn any_stab(&self, at: u64) -> bool {
        self.find(at..at + 1).next().is_some()
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

use bio::data_structures::interval_tree::ArrayBackedIntervalTree;

use super::{Contender, Hit, is_common};
use crate::operation::Operation;
use crate::workloads::{Entry, Query};

/// `bio`'s sorted array with an implicit tree over it, half-open, built once. A search fills a
/// `Vec`.
pub(super) type BioArray = ArrayBackedIntervalTree<u64, u32>;

impl Contender for BioArray {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn offers(operation: Operation) -> bool {
        is_common(operation)
            && !matches!(operation, Operation::Iter(_) | Operation::AnyStab | Operation::AnyMiss)
    }

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn from_random(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        self.find(query.start..query.last + 1).into_iter().map(|entry| {
            let interval = entry.interval();
            (interval.start, interval.end - 1, *entry.data())
        })
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

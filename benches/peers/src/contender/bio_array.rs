use bio::data_structures::interval_tree::ArrayBackedIntervalTree;

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `bio`'s sorted array with an implicit tree over it, half-open, built once. Its search fills a
/// `Vec`, here always the same one.
pub(super) type BioArray = ArrayBackedIntervalTree<u64, u32>;

impl Contender for BioArray {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn offers(operation: Operation) -> bool {
        let others = matches!(operation, Operation::Iter | Operation::AnyStab | Operation::AnyMiss);
        !others && !operation.is_count()
    }

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn from_random(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn overlapping(&self, query: Query) -> Found {
        self.searcher()(query)
    }

    fn searcher(&self) -> impl FnMut(Query) -> Found {
        let mut hits = Vec::new();
        move |query| {
            self.find_into(query.start..query.last + 1, &mut hits);
            let mut found = Found::default();
            for entry in &hits {
                found.add(entry.interval().start, *entry.data());
            }
            found
        }
    }

    fn point_searcher(&self) -> impl FnMut(Query) -> Found {
        self.searcher()
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

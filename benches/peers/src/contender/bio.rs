use bio::data_structures::interval_tree::IntervalTree;

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `bio`'s AVL tree, half-open.
pub(super) type BioAvl = IntervalTree<u64, u32>;

impl Contender for BioAvl {
    type Handle = ();

    fn offers(operation: Operation) -> bool {
        !matches!(operation, Operation::Churn | Operation::StabAged | Operation::Iter)
            && !operation.is_count()
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

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for entry in self.find(query.start..query.last + 1) {
            found.add(entry.interval().start, *entry.data());
        }
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.find(at..at + 1).next().is_some()
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

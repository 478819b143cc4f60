use stabtree::IntervalBTree;

use super::{Contender, End, Hit, ours};
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// stabtree's `IntervalBTree` as one that is built at once and then only asked: its nodes are full
/// and lie in order, as bulk building makes them and `compact`.
pub(super) struct Bulk<E>(IntervalBTree<E, u32>);

impl<E: End> Contender for Bulk<E> {
    type Handle = ();

    const IS_STATIC: bool = true;
    const END_BITS: u32 = E::BITS;

    fn offers(operation: Operation) -> bool {
        operation != Operation::StabCursor
    }

    fn new() -> Self {
        Self(IntervalBTree::new())
    }

    fn from_random(entries: &[Entry]) -> Self {
        Self(entries.iter().map(ours::pair).collect())
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        Self(Contender::from_sorted(entries))
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        Contender::overlapping(&self.0, query)
    }

    fn stab(&self, at: u64) -> impl Iterator<Item = Hit> {
        Contender::stab(&self.0, at)
    }

    fn fold(&self, query: Query, found: &mut Found) {
        Contender::fold(&self.0, query, found);
    }

    fn fold_stab(&self, at: u64, found: &mut Found) {
        self.0.fold_stab(at, found);
    }

    fn count(&self, query: Query) -> usize {
        Contender::count(&self.0, query)
    }

    fn any_stab(&self, at: u64) -> bool {
        self.0.any_stab(at)
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        Contender::iter(&self.0)
    }

    fn fold_iter(&self, found: &mut Found) {
        self.0.fold_iter(found);
    }

    fn copy(&self) -> Self {
        Self(self.0.copy())
    }

    fn shrink(&mut self) {
        self.0.shrink();
    }
}

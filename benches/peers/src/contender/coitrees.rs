use coitrees::{
    COITree, COITreeSortedQuerent, GenericInterval, Interval, IntervalTree, SortedQuerent,
};

use super::{Contender, Hit, add, is_common, is_fold, signed};
use crate::operation::{Loop, Operation};
use crate::workloads::{Entry, Found, Query};

/// A static tree of 32-bit ends, built once.
pub(super) struct Coitrees {
    tree: COITree<u32, u32>,
}

/// What queries yield is another type where the crate is compiled for AVX2.
#[inline]
fn hit(entry: &impl GenericInterval<u32>) -> Hit {
    (entry.first().unsigned_abs().into(), entry.last().unsigned_abs().into(), *entry.metadata())
}

impl Contender for Coitrees {
    type Handle = ();

    const IS_STATIC: bool = true;
    const END_BITS: u32 = 32;

    fn offers(operation: Operation) -> bool {
        // Hits are given to a callback, and its vector form walks over some entries twice.
        let is_answered = is_fold(operation) || operation.reading().is_none();
        let by_itself = matches!(operation, Operation::Count(_) | Operation::StabCursor);
        is_answered
            && (is_common(operation) || is_fold(operation) || by_itself)
            && operation != Operation::Iter(Loop::Fold)
    }

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn from_random(entries: &[Entry]) -> Self {
        let intervals: Vec<_> = entries
            .iter()
            .map(|entry| Interval::new(signed(entry.start), signed(entry.last), entry.value))
            .collect();
        Self { tree: COITree::new(&intervals) }
    }

    fn overlapping(&self, _: Query) -> impl Iterator<Item = Hit> {
        std::iter::empty()
    }

    fn fold(&self, query: Query, found: &mut Found) {
        self.tree.query(signed(query.start), signed(query.last), |entry| add(found, hit(entry)));
    }

    fn stab_ascending(&self, points: &[Query], found: &mut Found) {
        let mut querent: COITreeSortedQuerent<'_, u32, u32> = SortedQuerent::new(&self.tree);
        for point in points {
            querent.query(signed(point.start), signed(point.last), |entry| add(found, hit(entry)));
        }
    }

    fn count(&self, query: Query) -> usize {
        self.tree.query_count(signed(query.start), signed(query.last))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.tree.query_count(signed(at), signed(at)) > 0
    }

    fn copy(&self) -> Self {
        Self { tree: self.tree.clone() }
    }
}

use std::convert::Infallible;
use std::ops::{ControlFlow, Range};

use simd_intervaltree::{IntervalId, IntervalSet, IntervalTree};

use super::{Contender, Hit, add, is_common, is_fold};
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// `simd-intervaltree`: centred nodes in arrays, half-open, built once; its vectors are for `i64`
/// and behind callbacks.
pub(super) type Static = IntervalTree<i64, u32>;

/// Its set, from which entries can be removed: the same tree, built anew now and then.
pub(super) type Set = IntervalSet<i64, u32>;

#[inline]
fn range(query: Query) -> Range<i64> {
    query.start.cast_signed()..query.last.cast_signed() + 1
}

#[inline]
fn hit(interval: simd_intervaltree::Interval<i64>, value: u32) -> Hit {
    (interval.start.cast_unsigned(), interval.end.cast_unsigned() - 1, value)
}

impl Contender for Static {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn offers(operation: Operation) -> bool {
        let by_callback =
            is_fold(operation) && operation != Operation::Iter(crate::operation::Loop::Fold);
        let walks = matches!(operation, Operation::Iter(_));
        (is_common(operation) || by_callback || matches!(operation, Operation::Count(_))) && !walks
    }

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn from_random(entries: &[Entry]) -> Self {
        let mut builder = simd_intervaltree::IntervalTreeBuilder::with_capacity(entries.len());
        for entry in entries {
            let range = range(Query { start: entry.start, last: entry.last });
            builder = builder.insert(range, entry.value);
        }
        builder.build()
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        self.query(range(query)).map(|found| hit(found.interval, *found.value))
    }

    fn fold(&self, query: Query, found: &mut Found) {
        let _ = self.query_simd(range(query), |interval, value| {
            add(found, hit(*interval, *value));
            ControlFlow::<Infallible>::Continue(())
        });
    }

    fn any_stab(&self, at: u64) -> bool {
        let point = range(Query { start: at, last: at });
        self.query_simd(point, |_, _| ControlFlow::Break(())).is_break()
    }

    fn count(&self, query: Query) -> usize {
        self.count_overlaps(range(query))
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

impl Contender for Set {
    type Handle = IntervalId;

    /// A hundred thousand insertions take seconds.
    const MOST: u32 = 100_000;

    fn offers(operation: Operation) -> bool {
        is_common(operation) && !matches!(operation, Operation::Iter(_) | Operation::Clone)
    }

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: Entry) -> IntervalId {
        self.insert(range(Query { start: entry.start, last: entry.last }), entry.value)
    }

    fn remove(&mut self, _: Entry, id: IntervalId) -> bool {
        self.remove(id)
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        self.query(range(query)).map(|(_, interval, value)| hit(interval, *value))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.query(range(Query { start: at, last: at })).next().is_some()
    }
}

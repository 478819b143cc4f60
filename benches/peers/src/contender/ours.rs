use std::ops::RangeInclusive;

use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

use super::{Contender, End, Hit, Value, add};
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

#[inline]
pub(super) fn pair<E: End, V: Value>(entry: &Entry) -> (Interval<E>, V) {
    (Interval::new(E::of(entry.start), E::of(entry.last)), V::of(entry.value))
}

#[inline]
fn range<E: End>(query: Query) -> RangeInclusive<E> {
    E::of(query.start)..=E::of(query.last)
}

/// Both indexes have the same methods; what they yield differs in how the interval is held.
macro_rules! ours {
    ($index:ident, $interval:ty, $offers:expr) => {
        impl<E: End, V: Value> Contender for $index<E, V> {
            type Handle = Handle;

            const END_BITS: u32 = E::BITS;

            fn offers(operation: Operation) -> bool {
                $offers(operation)
            }

            fn new() -> Self {
                Self::new()
            }

            fn insert(&mut self, entry: Entry) -> Handle {
                let (interval, value) = pair(&entry);
                self.insert(interval, value)
            }

            fn remove(&mut self, _: Entry, handle: Handle) -> bool {
                self.remove(handle).is_some()
            }

            fn from_sorted(entries: &[Entry]) -> Self {
                Self::try_from_sorted(entries.iter().map(pair)).ok().expect("entries come sorted")
            }

            fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
                self.overlapping(range::<E>(query)).map(hit::<E, V, $interval>)
            }

            fn stab(&self, at: u64) -> impl Iterator<Item = Hit> {
                self.stab(E::of(at)).map(hit::<E, V, $interval>)
            }

            fn fold(&self, query: Query, found: &mut Found) {
                self.overlapping(range::<E>(query)).for_each(|one| add(found, hit(one)));
            }

            fn fold_stab(&self, at: u64, found: &mut Found) {
                self.stab(E::of(at)).for_each(|one| add(found, hit(one)));
            }

            fn count(&self, query: Query) -> usize {
                self.count_overlapping(range::<E>(query))
            }

            fn any_stab(&self, at: u64) -> bool {
                self.overlaps(E::of(at)..=E::of(at))
            }

            fn iter(&self) -> impl Iterator<Item = Hit> {
                self.iter().map(hit::<E, V, $interval>)
            }

            fn fold_iter(&self, found: &mut Found) {
                self.iter().for_each(|one| add(found, hit(one)));
            }

            fn copy(&self) -> Self {
                self.clone()
            }

            fn shrink(&mut self) {
                self.shrink_to_fit();
            }
        }
    };
}

#[inline]
fn hit<E: End, V: Value, I: std::borrow::Borrow<Interval<E>>>((interval, value): (I, &V)) -> Hit {
    let interval = interval.borrow();
    ((*interval.start()).into(), (*interval.last()).into(), value.number())
}

ours!(IntervalBTree, Interval<E>, |operation| operation != Operation::StabCursor);
ours!(IntervalRbTree, &Interval<E>, |operation| {
    // Folds are the same walk as loops.
    operation != Operation::StabCursor && !super::is_fold(operation)
});

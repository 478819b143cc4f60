use super::Contender;
use super::wide::{self, Wide};
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// stabtree's `IntervalBTree` as one that is built at once and then only asked: its nodes are full
/// and lie in order, as bulk building makes them and `compact`.
pub(super) struct Packed(Wide);

impl Contender for Packed {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn offers(_: Operation) -> bool {
        true
    }

    fn new() -> Self {
        Self(Wide::new())
    }

    fn from_random(entries: &[Entry]) -> Self {
        let pairs = entries.iter().map(|entry| (wide::interval(*entry), entry.value));
        Self(pairs.collect())
    }

    fn from_sorted(entries: &[Entry]) -> Self {
        Self(Wide::from_sorted(entries))
    }

    fn overlapping(&self, query: Query) -> Found {
        Contender::overlapping(&self.0, query)
    }

    fn stab(&self, at: u64) -> Found {
        Contender::stab(&self.0, at)
    }

    fn any_stab(&self, at: u64) -> bool {
        self.0.any_stab(at)
    }

    fn count(&self, query: Query) -> usize {
        Contender::count(&self.0, query)
    }

    fn in_order(&self) -> Found {
        self.0.in_order()
    }

    fn copy(&self) -> Self {
        Self(self.0.copy())
    }

    fn shrink(&mut self) {
        self.0.shrink();
    }
}

use coitrees::{COITree, GenericInterval, Interval, IntervalTree};

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// A static tree of 32-bit ends, built once.
pub(super) struct Coitrees {
    tree: COITree<u32, u32>,
}

fn narrow(at: u64) -> i32 {
    i32::try_from(at).expect("all populations fit into 31 bits")
}

impl Contender for Coitrees {
    type Handle = ();

    fn offers(operation: Operation) -> bool {
        !matches!(operation, Operation::Churn | Operation::Iter)
    }

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn insert(&mut self, _: Entry) {
        unreachable!("it is built at once")
    }

    fn remove(&mut self, _: Entry, (): ()) -> bool {
        false
    }

    fn from_random(entries: &[Entry]) -> Self {
        let intervals: Vec<_> = entries
            .iter()
            .map(|entry| Interval::new(narrow(entry.start), narrow(entry.last), entry.value))
            .collect();
        Self { tree: COITree::new(&intervals) }
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        self.tree.query(narrow(query.start), narrow(query.last), |entry| {
            found.add(u64::from(entry.first().unsigned_abs()), *entry.metadata());
        });
        found
    }

    fn any_stab(&self, at: u64) -> bool {
        self.tree.query_count(narrow(at), narrow(at)) > 0
    }

    fn copy(&self) -> Self {
        Self { tree: self.tree.clone() }
    }
}

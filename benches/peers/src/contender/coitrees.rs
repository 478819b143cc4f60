use coitrees::{
    COITree, COITreeSortedQuerent, GenericInterval, Interval, IntervalTree, SortedQuerent,
};

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

/// What queries yield is another type where the crate is compiled for AVX2.
#[inline]
fn add(found: &mut Found, entry: &impl GenericInterval<u32>) {
    found.add(u64::from(entry.first().unsigned_abs()), *entry.metadata());
}

impl Contender for Coitrees {
    type Handle = ();

    const IS_STATIC: bool = true;
    const WIDE_ENDS: bool = false;

    fn offers(operation: Operation) -> bool {
        operation != Operation::Iter
    }

    fn new() -> Self {
        Self::from_random(&[])
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
            add(&mut found, entry);
        });
        found
    }

    fn sorted_searcher(&self) -> impl FnMut(Query) -> Found {
        let mut querent: COITreeSortedQuerent<'_, u32, u32> = SortedQuerent::new(&self.tree);
        move |point| {
            let mut found = Found::default();
            querent.query(narrow(point.start), narrow(point.last), |entry| {
                add(&mut found, entry);
            });
            found
        }
    }

    fn count(&self, query: Query) -> usize {
        self.tree.query_count(narrow(query.start), narrow(query.last))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.tree.query_count(narrow(at), narrow(at)) > 0
    }

    fn copy(&self) -> Self {
        Self { tree: self.tree.clone() }
    }
}

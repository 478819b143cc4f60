//! Many queries at once, level by level.
//!
//! All queries of a group stand on one level of the tree, and a pass takes all of them down to the
//! next. The nodes read in a pass do not depend on each other, so the processor fetches many of
//! them from memory at the same time, where a single query waits for each node.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::vec::Vec;

use super::bits::SetBits;
use super::node::{NIL, Nodes};
use super::simd::{self, Isa, Operation};
use crate::arena::NodeId;
use crate::interval::Query;

/// Queries of a group: enough to keep the memory busy, and few enough for the caches.
const GROUP: usize = 256;

/// A node that a query of the group enters.
#[derive(Clone, Copy, Debug)]
struct Visit {
    query: u32,
    node: u32,
}

/// Queries that go down together; kept from one group to the next for its memory.
#[derive(Debug)]
pub(crate) struct Group<T> {
    /// The queries that may find something, each with its number in the group.
    queries: Vec<(usize, Query<T>)>,
    /// Where they stand: in the order of the queries, and of each query in the order of the tree.
    visits: Vec<Visit>,
    below: Vec<Visit>,
    /// Number of hits of each query of the group.
    pub(crate) counts: Vec<usize>,
    /// The hits of all queries, end to end.
    pub(crate) hits: Vec<NodeId>,
}

impl<T: Ord> Group<T> {
    pub(crate) const fn new() -> Self {
        Self {
            queries: Vec::new(),
            visits: Vec::new(),
            below: Vec::new(),
            counts: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// Takes in the next queries of `queries`, `None` being one that finds nothing. Returns
    /// `true` if there were any.
    pub(crate) fn gather(&mut self, queries: impl Iterator<Item = Option<Query<T>>>) -> bool {
        self.queries.clear();
        self.counts.clear();
        for query in queries.take(GROUP) {
            self.queries.extend(query.map(|query| (self.counts.len(), query)));
            self.counts.push(0);
        }
        !self.counts.is_empty()
    }

    /// Answers `queries` into `counts` and `hits`.
    pub(crate) fn find<V>(&mut self, nodes: &Nodes<T, V>) {
        self.hits.clear();
        self.visits.clear();
        if nodes.root != NIL {
            let starts = (0..).zip(&self.queries);
            self.visits.extend(starts.map(|(query, _)| Visit { query, node: nodes.root }));
            simd::run(Find { group: self, nodes });
        }
    }
}

struct Find<'a, T, V> {
    group: &'a mut Group<T>,
    nodes: &'a Nodes<T, V>,
}

impl<T: Ord, V> Operation for Find<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, with: I) {
        let Self { group, nodes } = self;
        for _ in 0..nodes.height {
            group.below.clear();
            for &Visit { query, node } in &group.visits {
                let (_, bounds) = &group.queries[query as usize];
                let inner = nodes.inner(node);
                let children = SetBits(inner.hits(with, bounds)).map(|pos| inner.children[pos]);
                for node in children {
                    group.below.push(Visit { query, node });
                }
            }
            core::mem::swap(&mut group.visits, &mut group.below);
        }
        for &Visit { query, node } in &group.visits {
            let (number, bounds) = &group.queries[query as usize];
            let leaf = nodes.leaf(node);
            let hits = leaf.hits(with, bounds);
            group.counts[*number] += hits.count_ones() as usize;
            group.hits.extend(SetBits(hits).map(|pos| leaf.slots[pos]));
        }
    }
}

//! Many queries at once, level by level.
//!
//! All queries of a group stand on one level of the tree, and a pass takes all of them down to the
//! next. The nodes read in a pass do not depend on each other, so the processor fetches many of
//! them from memory at the same time, where a single query waits for each node. A last pass gives the
//! hits out, when the values of them all are on their way.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::vec::Vec;
use core::mem::offset_of;
use core::ptr::from_ref;

use super::bits::SetBits;
use super::leaves::LeafRef;
use super::node::{Inner, Leaf, NIL, Nodes};
use super::simd::{self, Isa, Operation};
use crate::interval::Query;

/// Queries of a group: enough to keep the memory busy, and few enough for the caches.
const GROUP: usize = 64;

/// A node that a query of the group enters.
#[derive(Clone, Copy, Debug)]
struct Visit {
    query: u32,
    node: u32,
}

/// A leaf with hits of a query.
#[derive(Clone, Copy, Debug)]
struct Found {
    visit: Visit,
    hits: u64,
}

/// Queries that go down together; kept from one group to the next for its memory.
#[derive(Debug)]
pub(crate) struct Group<T> {
    /// The queries that may find something, each with its number in the group.
    queries: Vec<(usize, Query<T>)>,
    /// Number of queries, those included that find nothing.
    len: usize,
    /// Where they stand: in the order of the queries, and of each query in the order of the tree.
    visits: Vec<Visit>,
    below: Vec<Visit>,
    found: Vec<Found>,
}

impl<T: Ord> Group<T> {
    pub(crate) const fn new() -> Self {
        Self {
            queries: Vec::new(),
            len: 0,
            visits: Vec::new(),
            below: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Takes in the next queries of `queries`, `None` being one that finds nothing. Returns how many
    /// they are.
    #[inline]
    pub(crate) fn gather(&mut self, queries: impl Iterator<Item = Option<Query<T>>>) -> usize {
        let queries = queries.take(GROUP);
        self.queries.clear();
        self.queries.reserve(queries.size_hint().0);
        self.len = 0;
        for query in queries {
            self.queries.extend(query.map(|query| (self.len, query)));
            self.len += 1;
        }
        self.len
    }

    /// Calls `answer` for each leaf with hits, with the number of the query in the group, and the set
    /// of the hits: in the order of the queries, and for each query in the order of the tree.
    #[inline]
    pub(crate) fn answer<'a, V>(
        &mut self,
        nodes: &'a Nodes<T, V>,
        mut answer: impl FnMut(usize, LeafRef<'a, T, V>, u64),
    ) {
        if nodes.root == NIL {
            return;
        }
        self.descend(nodes);
        // Of the leaves that wide queries enter, not all are noted at once.
        for from in (0..self.visits.len()).step_by(GROUP) {
            self.find(nodes, from);
            for &Found { visit, hits } in &self.found {
                let (number, _) = self.queries[visit.query as usize];
                answer(number, nodes.leaf(visit.node), hits);
            }
        }
    }

    /// Adds what each query overlaps to its place in `counts`. Returns how many nodes were touched.
    pub(crate) fn count<V>(&mut self, nodes: &Nodes<T, V>, counts: &mut [usize]) -> usize {
        if nodes.root == NIL { 0 } else { simd::run(Count { group: self, nodes, counts }) }
    }

    /// Takes all queries down to the parents of the leaves, or to the root if that is a leaf.
    #[inline(never)]
    fn descend<V>(&mut self, nodes: &Nodes<T, V>) {
        self.begin(nodes);
        if nodes.height > 1 {
            simd::run(Descend { group: self, nodes });
        }
    }

    /// Has all queries stand at the root.
    #[inline]
    fn begin<V>(&mut self, nodes: &Nodes<T, V>) {
        self.visits.clear();
        self.visits.reserve(2 * self.queries.len());
        self.below.reserve(2 * self.queries.len());
        let starts = (0..).zip(&self.queries);
        self.visits.extend(starts.map(|(query, _)| Visit { query, node: nodes.root }));
    }

    /// Finds the leaves with hits of some of the visits.
    #[inline(never)]
    fn find<V>(&mut self, nodes: &Nodes<T, V>, from: usize) {
        simd::run(Find { group: self, nodes, from });
    }
}

struct Descend<'a, T, V> {
    group: &'a mut Group<T>,
    nodes: &'a Nodes<T, V>,
}

impl<T: Ord, V> Operation for Descend<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, with: I) {
        let Self { group: Group { queries, visits, below, .. }, nodes } = self;
        for _ in 1..nodes.height {
            below.clear();
            for &Visit { query, node } in &*visits {
                let inner = nodes.inner(node);
                let children = inner.hits(with, &queries[query as usize].1);
                enter(with, nodes, fetch_inner, (query, inner, children), below);
            }
            core::mem::swap(visits, below);
        }
    }
}

struct Find<'a, T, V> {
    group: &'a mut Group<T>,
    nodes: &'a Nodes<T, V>,
    from: usize,
}

impl<T: Ord, V> Operation for Find<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, with: I) {
        let Self { group: Group { queries, visits, below, found, .. }, nodes, from } = self;
        below.clear();
        found.clear();
        let visits = visits[from..].iter().take(GROUP);
        if nodes.height == 0 {
            below.extend(visits);
        } else {
            for &Visit { query, node } in visits {
                let inner = nodes.inner(node);
                let children = inner.hits(with, &queries[query as usize].1);
                enter(with, nodes, fetch_leaf, (query, inner, children), below);
            }
        }
        for &visit in &*below {
            let leaf = nodes.leaf(visit.node);
            let hits = leaf.hits(with, &queries[visit.query as usize].1);
            if hits != 0 {
                if let Some(value) = leaf.values.get(hits.trailing_zeros() as usize) {
                    with.prefetch(from_ref(value).cast(), size_of::<V>().min(64));
                }
                found.push(Found { visit, hits });
            }
        }
    }
}

/// The numbers of entries that overlap the queries. A child whose entries all start in one is counted
/// whole.
struct Count<'a, 'c, T, V> {
    group: &'a mut Group<T>,
    nodes: &'a Nodes<T, V>,
    counts: &'c mut [usize],
}

impl<T: Ord, V> Operation for Count<'_, '_, T, V> {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> usize {
        let Self { group, nodes, counts } = self;
        group.begin(nodes);
        let Group { queries, visits, below, .. } = group;
        let mut touched = 0;
        for level in (1..=nodes.height).rev() {
            below.clear();
            touched += visits.len();
            for &Visit { query, node } in &*visits {
                let (number, bounds) = &queries[query as usize];
                let inner = nodes.inner(node);
                let (whole, rest) = inner.counted(with, bounds);
                counts[*number] += inner.sum_of(whole);
                if level > 1 {
                    enter(with, nodes, fetch_inner, (query, inner, rest), below);
                } else {
                    enter(with, nodes, fetch_leaf, (query, inner, rest), below);
                }
            }
            core::mem::swap(visits, below);
        }
        for &Visit { query, node } in &*visits {
            let (number, bounds) = &queries[query as usize];
            counts[*number] += nodes.leaf(node).hits(with, bounds).count_ones() as usize;
        }
        touched + visits.len()
    }
}

/// Notes which children a query is to visit, and has each fetched.
#[inline(always)]
fn enter<I: Isa, T, V>(
    with: I,
    nodes: &Nodes<T, V>,
    fetch: impl Fn(I, &Nodes<T, V>, u32),
    (query, inner, children): (u32, &Inner<T>, u64),
    below: &mut Vec<Visit>,
) {
    below.extend(SetBits(children).map(|pos| {
        let node = inner.children[pos];
        fetch(with, nodes, node);
        Visit { query, node }
    }));
}

/// Has a node fetched as far as a walk down reads it.
#[inline(always)]
fn fetch_inner<I: Isa, T, V>(with: I, nodes: &Nodes<T, V>, id: u32) {
    let inner = from_ref(nodes.inner(id));
    with.prefetch(inner.cast(), offset_of!(Inner<T>, counts));
}

/// Has the ends of a leaf fetched and, beyond the links, the number of entries.
#[inline(always)]
fn fetch_leaf<I: Isa, T, V>(with: I, nodes: &Nodes<T, V>, id: u32) {
    let leaf = from_ref(nodes.leaf(id).leaf);
    with.prefetch(leaf.cast(), offset_of!(Leaf<T>, slots));
    with.prefetch(leaf.wrapping_add(1).cast(), 1);
}

//! Walks over the entries that overlap a query.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use super::bits::low_bits;
use super::leaves::LeafRef;
use super::node::{LEAF, NIL, Nodes, Position};
use super::path::{Path, Source, prefetch};
use super::simd::{self, Isa, Operation};
use crate::interval::Query;

/// How far a walk over the entries that overlap a query has come.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// The root, until it is entered.
    pending: u32,
    leaf: u32,
    /// The entries of `leaf` that are still to come.
    pub(super) hits: u64,
    path: Path,
    probes: usize,
}

impl Walk {
    #[inline(always)]
    pub(crate) fn from(root: u32) -> Self {
        Self { pending: root, leaf: NIL, hits: 0, path: Path::EMPTY, probes: 0 }
    }

    /// Goes on to the next leaf with a hit, if there is one.
    #[inline(always)]
    pub(crate) fn advance<'a, I: Isa, T: Ord, N: Source<T>>(
        &mut self,
        with: I,
        nodes: &'a N,
        query: &Query<T>,
    ) -> Option<LeafRef<'a, T, N::Value>> {
        let mut next = match core::mem::replace(&mut self.pending, NIL) {
            NIL => self.path.resume(with, nodes),
            root => Some((nodes.height(), root, false)),
        };
        while let Some((level, id, whole)) = next {
            self.probes += 1;
            if level == 0 {
                self.leaf = id;
                let leaf = nodes.leaf(id);
                if !whole {
                    // They lie apart from the ends, and the first hit is read as soon as it is found.
                    let bytes = (LEAF * size_of::<N::Value>()).min(128);
                    with.prefetch(leaf.values.as_ptr().cast(), bytes);
                }
                self.hits = if whole { low_bits(leaf.len()) } else { leaf.hits(with, query) };
                if self.hits != 0 {
                    return Some(leaf);
                }
            } else {
                let inner = nodes.inner(id);
                let hits = inner.hits(with, query);
                if hits != 0 {
                    let rest = hits & (hits - 1);
                    if level == 1 && rest != 0 {
                        prefetch(with, nodes, inner, rest);
                        prefetch(with, nodes, inner, rest & (rest - 1));
                        self.path.whole = inner.whole(with, query, rest);
                    }
                    self.path.put_off(level, id, rest);
                    next = Some((level - 1, inner.children[hits.trailing_zeros() as usize], false));
                    continue;
                }
            }
            next = self.path.resume(with, nodes);
        }
        None
    }

    /// Finds the hits of one node, and puts them off.
    #[cfg(feature = "rayon")]
    #[inline(always)]
    fn enter<I: Isa, T: Ord, V>(
        &mut self,
        with: I,
        nodes: &Nodes<T, V>,
        query: &Query<T>,
        (level, id): (usize, u32),
    ) {
        if level == 0 {
            (self.leaf, self.hits) = (id, nodes.leaf(id).hits(with, query));
        } else {
            self.path.whole = 0;
            self.path.put_off(level, id, nodes.inner(id).hits(with, query));
        }
    }

    /// Takes the rear half of what is still to come away, if there is more than a leaf.
    #[cfg(feature = "rayon")]
    #[inline(always)]
    fn split<I: Isa, T: Ord, V>(
        &mut self,
        with: I,
        nodes: &Nodes<T, V>,
        query: &Query<T>,
    ) -> Option<Self> {
        let root = core::mem::replace(&mut self.pending, NIL);
        if root != NIL {
            self.enter(with, nodes, query, (nodes.height, root));
        }
        for level in (1..=nodes.height).rev() {
            let bit = 1 << (level - 1);
            if self.path.open & bit == 0 {
                continue;
            }
            let (id, mut rest) = self.path.steps[level - 1];
            let begun = self.hits != 0 || self.path.open & (bit - 1) != 0;
            self.path.open &= !bit;
            if rest.is_power_of_two() && !begun {
                // All that is left lies below one child.
                let child = nodes.inner(id).children[rest.trailing_zeros() as usize];
                self.enter(with, nodes, query, (level - 1, child));
            } else {
                let all = rest;
                let kept = if begun { 0 } else { rest.count_ones() / 2 };
                for _ in 0..kept {
                    rest &= rest - 1;
                }
                self.path.put_off(level, id, all ^ rest);
                let mut rear = Self::from(NIL);
                rear.path.put_off(level, id, rest);
                return Some(rear);
            }
        }
        None
    }
}

/// A walk over the entries that overlap a query, in order. Holds its path, allocates nothing.
///
/// Query and state are apart, so that a whole walk need not move either: what was just written
/// piece by piece is slow to read in larger ones.
#[derive(Clone, Debug)]
pub(crate) struct Matches<T> {
    query: Option<Query<T>>,
    walk: Walk,
}

impl<T: Ord> Matches<T> {
    /// A walk that begins with the first entry.
    #[inline]
    pub(crate) fn new(nodes: &impl Source<T>, query: Option<Query<T>>) -> Self {
        Self { query, walk: Walk::from(nodes.root()) }
    }

    /// A walk that begins after the entry at `at`.
    pub(crate) fn after<V>(nodes: &Nodes<T, V>, query: Query<T>, at: Position) -> Self {
        let walk = simd::run(After { nodes, query: &query, at });
        Self { query: Some(query), walk }
    }

    /// Nodes touched until now.
    pub(crate) fn probes(&self) -> usize {
        self.walk.probes
    }

    #[inline]
    pub(crate) fn next<V>(&mut self, nodes: &Nodes<T, V>) -> Option<Position> {
        let (query, walk) = (self.query.as_ref()?, &mut self.walk);
        if walk.hits == 0 {
            simd::run(Advance { walk, nodes, query })?;
        }
        let pos = walk.hits.trailing_zeros() as usize;
        walk.hits &= walk.hits - 1;
        Some(Position { leaf: walk.leaf, pos })
    }

    /// Goes on to the next leaf with a hit, and gives it with the set of its hits.
    #[inline]
    pub(crate) fn next_leaf<'a, N: Source<T>>(
        &mut self,
        nodes: &'a N,
    ) -> Option<(u32, LeafRef<'a, T, N::Value>, u64)> {
        if self.is_done() {
            return None;
        }
        let (query, walk) = (self.query.as_ref()?, &mut self.walk);
        let leaf = simd::run(Advance { walk, nodes, query })?;
        Some((walk.leaf, leaf, core::mem::take(&mut walk.hits)))
    }

    /// Whether there is surely no other leaf to come.
    #[inline(always)]
    fn is_done(&self) -> bool {
        self.walk.pending == NIL && self.walk.path.open == 0
    }

    /// Takes the rear half of what is still to come away, if there is more than a leaf.
    #[cfg(feature = "rayon")]
    pub(crate) fn split<V>(&mut self, nodes: &Nodes<T, V>) -> Option<Self>
    where
        T: Clone,
    {
        let query = self.query.as_ref()?;
        let walk = simd::run(Split { walk: &mut self.walk, nodes, query })?;
        Some(Self { query: self.query.clone(), walk })
    }
}

struct Advance<'a, 'w, T, N> {
    walk: &'w mut Walk,
    nodes: &'a N,
    query: &'w Query<T>,
}

impl<'a, T: Ord + 'a, N: Source<T, Value: 'a>> Operation for Advance<'a, '_, T, N> {
    type Output = Option<LeafRef<'a, T, N::Value>>;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> Self::Output {
        let Self { walk, nodes, query } = self;
        walk.advance(with, nodes, query)
    }
}

#[cfg(feature = "rayon")]
struct Split<'a, T, V> {
    walk: &'a mut Walk,
    nodes: &'a Nodes<T, V>,
    query: &'a Query<T>,
}

#[cfg(feature = "rayon")]
impl<T: Ord, V> Operation for Split<'_, T, V> {
    type Output = Option<Walk>;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> Option<Walk> {
        self.walk.split(with, self.nodes, self.query)
    }
}

struct After<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    query: &'a Query<T>,
    at: Position,
}

impl<T: Ord, V> Operation for After<'_, T, V> {
    type Output = Walk;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> Walk {
        let Self { nodes, query, at } = self;
        let mut walk = Walk::from(NIL);
        let mut below = at.leaf;
        for level in 1..=nodes.height {
            let id = nodes.parent(level - 1, below);
            let inner = nodes.inner(id);
            let after = !low_bits(inner.index_of(with, below) + 1);
            walk.path.put_off(level, id, inner.hits(with, query) & after);
            below = id;
        }
        walk.leaf = at.leaf;
        walk.hits = nodes.leaf(at.leaf).hits(with, query) & !low_bits(at.pos + 1);
        walk
    }
}

/// The number of entries that overlap a query. A child whose entries all start in it is counted
/// whole.
struct Count<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    query: &'a Query<T>,
}

impl<T: Ord, V> Operation for Count<'_, T, V> {
    type Output = (usize, usize);

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> (usize, usize) {
        let Self { nodes, query } = self;
        let mut path = Path::EMPTY;
        let (mut count, mut touched) = (0, 0);
        let mut next = Some((nodes.height, nodes.root));
        while let Some((level, id)) = next {
            touched += 1;
            if level == 0 {
                count += nodes.leaf(id).hits(with, query).count_ones() as usize;
            } else {
                let inner = nodes.inner(id);
                let (mut whole, rest) = inner.counted(with, query);
                path.put_off(level, id, rest);
                while whole != 0 {
                    count += inner.counts[whole.trailing_zeros() as usize] as usize;
                    whole &= whole - 1;
                }
            }
            next = path.resume(with, nodes).map(|(level, id, _)| (level, id));
        }
        (count, touched)
    }
}

impl<T: Ord, V> Nodes<T, V> {
    /// The first entry that overlaps the query.
    #[inline]
    pub(crate) fn first_match(&self, query: &Query<T>) -> Option<Position> {
        simd::run(First { nodes: self, query })
    }

    /// The number of entries that overlap the query, and of nodes touched.
    pub(crate) fn count(&self, query: &Query<T>) -> (usize, usize) {
        if self.root == NIL { (0, 0) } else { simd::run(Count { nodes: self, query }) }
    }
}

struct First<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    query: &'a Query<T>,
}

impl<T: Ord, V> Operation for First<'_, T, V> {
    type Output = Option<Position>;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> Option<Position> {
        let mut walk = Walk::from(self.nodes.root);
        let found = walk.advance(with, self.nodes, self.query);
        found.map(|_| Position { leaf: walk.leaf, pos: walk.hits.trailing_zeros() as usize })
    }
}

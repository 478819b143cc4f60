//! The entries that overlap a query, one by one.
//!
//! A loop over them is as fast as its state is near: what goes on to the next leaf takes words by value
//! and returns two. Then no address of the iterator is taken, and a compiler keeps it in registers. So a
//! walk holds no path: what is above the parent of the leaf at hand is found again by parent links, once
//! for each inner node.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use super::bits::low_bits;
use super::node::{INNER, Inner, LEAF, NIL, Nodes};
use super::path::prefetch;
use super::run::{At, Run};
use super::search::reaching;
use super::simd::{self, Isa, Operation};
use super::visit::Visit;
use super::walk::Walk;
use crate::interval::Query;

/// A leaf, `NONE` before the first, and the set of its hits that are left.
#[derive(Clone, Copy, Debug)]
struct Found {
    leaf: u32,
    hits: u64,
}

impl Found {
    const NONE: Self = Self { leaf: Way::DONE.leaf(), hits: 0 };

    /// The number of hits.
    fn count(self) -> usize {
        self.hits.count_ones() as usize
    }
}

/// How far a walk has come: the leaf that it has come to, the children of its parent that are still to
/// be entered, and what may be beyond them.
///
/// With the hits of the leaf these are two words, which are returned in registers as no struct of more
/// parts is.
#[derive(Clone, Copy, Debug)]
struct Way(u64);

impl Way {
    /// There may be hits that do not lie below the parent.
    const BEYOND: u64 = 1 << 31;
    /// No leaf has that number, nor a greater one.
    const NO_LEAF: u64 = Self::BEYOND - 1;
    const DONE: Self = Self(Self::NO_LEAF);
    /// Nothing has been entered.
    const BEGIN: Self = Self(Self::BEYOND | Self::NO_LEAF);

    #[inline(always)]
    fn new(leaf: u32, rest: u64, is_beyond: bool) -> Self {
        const { assert!(INNER <= 32, "children are half a word") };
        let beyond = if is_beyond { Self::BEYOND } else { 0 };
        Self(rest << 32 | beyond | u64::from(leaf))
    }

    #[inline(always)]
    const fn leaf(self) -> u32 {
        (self.0 & Self::NO_LEAF) as u32
    }

    #[inline(always)]
    fn is_beyond(self) -> bool {
        self.0 & Self::BEYOND != 0
    }

    /// The children to enter.
    #[inline(always)]
    fn rest(self) -> u64 {
        self.0 >> 32
    }

    #[inline(always)]
    fn has_begun(self) -> bool {
        self.0 != Self::BEGIN.0
    }

    /// Returns `true` if there is no other leaf to come.
    #[inline(always)]
    fn is_done(self) -> bool {
        self.0 & !Self::NO_LEAF == 0
    }

    /// The same leaf, and nothing to come.
    fn end(self) -> Self {
        Self(self.0 & Self::NO_LEAF)
    }
}

/// The entries that overlap a query, one by one and from both ends.
///
/// From the front the next leaf is found before the entries of the one at hand are given out, so that the
/// processor does both at once: a loop that ends at an entry not foreseen waits for neither. Only a way
/// that leads beyond the parent is left until it is needed, for those who want the first entry alone.
///
/// The ends have met where the way of the front is done, and its leaf is that of `back`: what is left are
/// the hits of `front` and `ahead`. If `Ord` contradicts itself, they may pass each other; each
/// comes to its end all the same.
pub(crate) struct Hits<'a, T, V> {
    query: Option<Query<T>>,
    front: Found,
    /// The hits of the leaf after it; none once they have become those of `front`.
    ahead: u64,
    /// That leaf, and what comes after it.
    way: Way,
    back: Found,
    way_back: Way,
    /// Hits of the front without a gap, no longer among those of `front`.
    run: Run<'a, T, V>,
}

impl<T: Clone, V> Clone for Hits<'_, T, V> {
    fn clone(&self) -> Self {
        Self { query: self.query.clone(), run: self.run.clone(), ..*self }
    }
}

impl<T, V> Hits<'_, T, V> {
    #[inline(always)]
    pub(crate) fn new(nodes: &Nodes<T, V>, query: Option<Query<T>>) -> Self {
        let way = if nodes.root == NIL || query.is_none() { Way::DONE } else { Way::BEGIN };
        Self {
            query,
            front: Found::NONE,
            ahead: 0,
            way,
            back: Found::NONE,
            way_back: way,
            run: Run::empty(),
        }
    }
}

impl<'a, T: Ord + Copy, V> Hits<'a, T, V> {
    #[inline(always)]
    pub(crate) fn next(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        loop {
            if let Some(at) = self.run.next() {
                return Some(at);
            }
            if self.front.hits == 0 {
                loop {
                    self.front = Found { leaf: self.way.leaf(), hits: self.ahead };
                    self.ahead = 0;
                    let can_wait = self.front.hits != 0 || !self.way.is_beyond();
                    if self.way.rest() == 0 && can_wait {
                        break;
                    }
                    let query = self.query;
                    let (way, back) = (self.way, self.back);
                    (self.ahead, self.way) =
                        next_leaf::<_, _, true>(nodes, query.as_ref(), way, back);
                    if self.front.hits != 0 {
                        break;
                    }
                }
                if self.front.hits == 0 {
                    return None;
                }
            }
            // The lowest hit added to them is carried to the first place after it that has none.
            let Found { leaf, hits } = self.front;
            let carried = hits.wrapping_add(hits & hits.wrapping_neg());
            let (pos, end) = (hits.trailing_zeros(), carried.trailing_zeros());
            self.front.hits = hits & carried;
            let leaf = nodes.leaves.get(leaf)?;
            self.run = Run::new(leaf, pos as usize, end as usize);
        }
    }

    #[inline]
    pub(crate) fn next_back(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        if self.back.hits == 0 && !self.have_met() {
            self.refill_back(nodes);
        }
        let mut front = Found { leaf: self.way.leaf(), hits: self.ahead };
        let end = match (self.have_met(), self.ahead) {
            (false, _) => &mut self.back,
            (true, 0) => &mut self.front,
            (true, _) => &mut front,
        };
        let Some(pos) = end.hits.checked_ilog2() else { return self.run.next_back() };
        end.hits &= !(1 << pos);
        let leaf = end.leaf;
        self.ahead = front.hits;
        Some(nodes.leaf(leaf).at(pos as usize))
    }

    #[inline(never)]
    fn refill_back(&mut self, nodes: &Nodes<T, V>) {
        let ahead = Found { leaf: self.way.leaf(), hits: self.ahead };
        let (hits, way) = if self.way_back.is_done() {
            (0, Way::DONE)
        } else {
            next_leaf::<_, _, false>(nodes, self.query.as_ref(), self.way_back, ahead)
        };
        (self.back, self.way_back) = (Found { leaf: way.leaf(), hits }, way);
        if self.back.leaf == Found::NONE.leaf {
            (self.front, self.ahead, self.way) = (Found::NONE, 0, Way::DONE);
        } else if self.back.leaf == ahead.leaf {
            self.way = self.way.end();
        }
    }

    fn have_met(&self) -> bool {
        self.way.is_done() && self.way.leaf() == self.back.leaf
    }

    /// The fewest entries that are still to come: all of them, unless some that start before the query
    /// reach it.
    #[inline(always)]
    pub(crate) fn fewest(&self, nodes: &Nodes<T, V>) -> usize {
        let query = self.query;
        let found = self.front.count() + self.ahead.count_ones() as usize;
        self.run.len() + found + fewest(nodes, query.as_ref(), self.way, self.back)
    }

    /// Visits what is left. Always inlined, so that a walk that has not begun is not moved: see *One
    /// pass* in DESIGN.md.
    #[inline(always)]
    pub(crate) fn fold<B, N: Visit<'a, T, V, B>>(
        self,
        nodes: &'a Nodes<T, V>,
        init: B,
        visit: N,
    ) -> B {
        if self.way.has_begun() || self.back.leaf != Found::NONE.leaf {
            return self.fold_rest(nodes, init, visit);
        }
        let Some(query) = &self.query else { return init };
        simd::run(Fold { nodes, query, init, visit })
    }

    /// Visits what is left of a walk that has begun.
    #[inline(never)]
    fn fold_rest<B, N: Visit<'a, T, V, B>>(
        mut self,
        nodes: &'a Nodes<T, V>,
        init: B,
        mut visit: N,
    ) -> B {
        let mut folded = init;
        while let Some(at) = self.next(nodes) {
            folded = visit.entry(folded, at);
        }
        folded
    }
}

/// The fewest entries after those found at the front.
#[inline(never)]
fn fewest<T: Ord, V>(
    nodes: &Nodes<T, V>,
    query: Option<&Query<T>>,
    way: Way,
    back: Found,
) -> usize {
    match query {
        _ if way.is_done() => 0,
        Some(query) if way.has_begun() && back.leaf == Found::NONE.leaf => {
            simd::run(Fewest { nodes, query, way })
        }
        _ => back.count(),
    }
}

/// Goes on to the next leaf with a hit, from the front or from the back.
///
/// `other` is the leaf that the other end has at hand, and its hits: they are what is left where that
/// leaf is reached. At the end there are no hits, and the way is done.
#[inline(never)]
fn next_leaf<T: Ord, V, const FRONT: bool>(
    nodes: &Nodes<T, V>,
    query: Option<&Query<T>>,
    way: Way,
    other: Found,
) -> (u64, Way) {
    let Some(query) = query else { return (0, Way::DONE) };
    let rest = way.rest();
    // All is passed on as it is, so either call is a jump.
    if rest == 0 || FRONT && others::<FRONT>(rest) == 0 {
        leaf_by_entries::<_, _, FRONT>(nodes, query, way, other)
    } else {
        whole_leaf::<_, _, FRONT>(nodes, query, way, other)
    }
}

/// Goes on to a leaf below the same parent, and to all its entries if that tells that they overlap the query.
#[inline(never)]
fn whole_leaf<T: Ord, V, const FRONT: bool>(
    nodes: &Nodes<T, V>,
    query: &Query<T>,
    way: Way,
    other: Found,
) -> (u64, Way) {
    let inner = nodes.inner(nodes.leaf(way.leaf()).parent);
    let pos = nearest::<FRONT>(way.rest());
    let id = inner.children[pos];
    // The leaf after it starts in the query: so all entries of this one do, and those of a leaf that
    // starts where the query has begun overlap it.
    if id == other.leaf || !query.reaches(&inner.starts[pos]) {
        return leaf_by_entries::<_, _, FRONT>(nodes, query, way, other);
    }
    let rest = others::<FRONT>(way.rest());
    let ahead = others::<FRONT>(rest);
    if ahead != 0 {
        prefetch(simd::Baseline, nodes, inner, 1 << nearest::<FRONT>(ahead));
    }
    let hits = low_bits(nodes.leaf(id).len());
    (hits, Way::new(id, rest, way.is_beyond()))
}

/// Goes on to a leaf of which each entry is compared.
#[inline(never)]
fn leaf_by_entries<T: Ord, V, const FRONT: bool>(
    nodes: &Nodes<T, V>,
    query: &Query<T>,
    way: Way,
    other: Found,
) -> (u64, Way) {
    simd::run(Next::<_, _, FRONT> { nodes, query, way, other })
}

struct Next<'a, 'q, T, V, const FRONT: bool> {
    nodes: &'a Nodes<T, V>,
    query: &'q Query<T>,
    way: Way,
    other: Found,
}

/// The item of a set that comes first from one end.
#[inline(always)]
fn nearest<const FRONT: bool>(set: u64) -> usize {
    (if FRONT { set.trailing_zeros() } else { set.checked_ilog2().unwrap_or(0) }) as usize
}

/// The other items.
#[inline(always)]
fn others<const FRONT: bool>(set: u64) -> u64 {
    if FRONT { set & set.wrapping_sub(1) } else { set & !(1 << nearest::<FRONT>(set)) }
}

impl<T: Ord, V, const FRONT: bool> Operation for Next<'_, '_, T, V, FRONT> {
    type Output = (u64, Way);

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> (u64, Way) {
        let Self { nodes, query, way, other } = self;
        let (mut parent, mut rest, mut beyond, mut next);
        if way.has_begun() {
            parent = nodes.leaf(way.leaf()).parent;
            (rest, beyond, next) = (way.rest(), way.is_beyond(), None);
        } else {
            parent = NIL;
            (rest, beyond, next) = (0, false, Some((nodes.height, nodes.root)));
        }
        // An inner node of which nothing more is to be entered.
        let mut done = (1, parent);
        loop {
            let (mut level, mut id) = if let Some(root) = next.take() {
                root
            } else if rest != 0 {
                let inner = nodes.inner(parent);
                let pos = nearest::<FRONT>(rest);
                rest = others::<FRONT>(rest);
                let ahead = others::<FRONT>(rest);
                if ahead != 0 {
                    prefetch(with, nodes, inner, 1 << nearest::<FRONT>(ahead));
                }
                (0, inner.children[pos])
            } else if beyond
                && let Some((level, id, more)) = climb::<_, _, _, FRONT>(with, nodes, query, done)
            {
                beyond = more;
                (level, id)
            } else {
                return (0, Way::DONE);
            };
            while level > 0 {
                let inner = nodes.inner(id);
                let hits = inner.hits(with, query);
                if level == 1 {
                    (parent, rest) = (id, others::<FRONT>(hits));
                    if rest != 0 {
                        prefetch(with, nodes, inner, 1 << nearest::<FRONT>(rest));
                        let ahead = others::<FRONT>(rest);
                        if ahead != 0 {
                            prefetch(with, nodes, inner, 1 << nearest::<FRONT>(ahead));
                        }
                    }
                } else {
                    beyond |= others::<FRONT>(hits) != 0;
                }
                done = (level, id);
                if hits == 0 {
                    break;
                }
                (level, id) = (level - 1, inner.children[nearest::<FRONT>(hits)]);
            }
            if level > 0 {
                // That the last child held a hit was not certain.
                rest = 0;
                continue;
            }
            if id == other.leaf {
                return (other.hits, Way::new(id, 0, false));
            }
            let leaf = nodes.leaf(id);
            // They lie apart from the ends, and the first hit is read as soon as it is found.
            let bytes = (LEAF * size_of::<V>()).min(128);
            with.prefetch(leaf.values.as_ptr().cast(), bytes);
            let hits = leaf.hits(with, query);
            done = (1, parent);
            if hits != 0 {
                return (hits, Way::new(id, rest, beyond));
            }
        }
    }
}

/// The level and the id of the first node to enter that comes after all below an inner node, and
/// whether there may be more to enter then.
#[inline(always)]
fn climb<I: Isa, T: Ord, V, const FRONT: bool>(
    with: I,
    nodes: &Nodes<T, V>,
    query: &Query<T>,
    (mut level, mut id): (usize, u32),
) -> Option<(usize, u32, bool)> {
    while level < nodes.height {
        let (inner, hits, up) = above::<_, _, _, FRONT>(with, nodes, query, id);
        level += 1;
        if hits != 0 {
            let more = others::<FRONT>(hits) != 0 || level < nodes.height;
            return Some((level - 1, inner.children[nearest::<FRONT>(hits)], more));
        }
        id = up;
    }
    None
}

/// The node above an inner node, the children to enter there after that one, and its id.
#[inline(always)]
fn above<'a, I: Isa, T: Ord, V, const FRONT: bool>(
    with: I,
    nodes: &'a Nodes<T, V>,
    query: &Query<T>,
    id: u32,
) -> (&'a Inner<T>, u64, u32) {
    let up = nodes.inner(id).parent;
    let inner = nodes.inner(up);
    let pos = inner.index_of(with, id);
    let after = if FRONT { !low_bits(pos + 1) } else { low_bits(pos) };
    (inner, inner.hits(with, query) & after, up)
}

/// The fewest hits after the leaf at hand: those in nodes that lie in the query whole, and in the last
/// leaf.
struct Fewest<'a, 'q, T, V> {
    nodes: &'a Nodes<T, V>,
    query: &'q Query<T>,
    way: Way,
}

impl<T: Ord, V> Operation for Fewest<'_, '_, T, V> {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> usize {
        let Self { nodes, query, way } = self;
        let (mut id, mut hits, mut level) = (nodes.leaf(way.leaf()).parent, way.rest(), 1);
        let mut fewest = 0;
        // The last child to enter: the level, the id, and the entries if all of them are hits once
        // something comes after it.
        let mut last = None;
        loop {
            let inner = nodes.inner(id);
            if let Some(end) = hits.checked_ilog2() {
                let begun = hits & reaching(with, &inner.starts, query);
                fewest += last.map_or(0, |(_, _, count)| count);
                fewest += inner.sum_of(begun & !(1 << end));
                let count = inner.sum_of(begun & 1 << end);
                last = Some((level - 1, inner.children[end as usize], count));
            }
            if level == nodes.height || !way.is_beyond() {
                break;
            }
            (_, hits, id) = above::<_, _, _, true>(with, nodes, query, id);
            level += 1;
        }
        let Some((mut level, mut id, _)) = last else { return fewest };
        while level > 0 {
            let inner = nodes.inner(id);
            let hits = inner.hits(with, query);
            let Some(end) = hits.checked_ilog2() else { return fewest };
            fewest += inner.sum_of(hits & reaching(with, &inner.starts, query) & !(1 << end));
            (level, id) = (level - 1, inner.children[end as usize]);
        }
        fewest + nodes.leaf(id).hits(with, query).count_ones() as usize
    }
}

/// A whole walk.
struct Fold<'a, 'q, T, V, B, N> {
    nodes: &'a Nodes<T, V>,
    query: &'q Query<T>,
    init: B,
    visit: N,
}

impl<'a, T: Ord, V, B, N: Visit<'a, T, V, B>> Operation for Fold<'a, '_, T, V, B, N> {
    type Output = B;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> B {
        let Self { nodes, query, init: mut folded, mut visit } = self;
        let mut walk = Walk::from(nodes.root);
        while let Some(leaf) = walk.advance(with, nodes, query) {
            folded = visit.visit(folded, leaf, walk.hits);
        }
        folded
    }
}

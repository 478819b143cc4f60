//! The entries that overlap a query, one by one.
//!
//! A loop over them is as fast as its state is near: how far a walk has come is two words, passed by
//! value to what goes on to the next leaf and returned by it. Then no address of the iterator is
//! taken, and a compiler keeps it in registers. So a walk holds no path: what is above the parent of
//! the leaf at hand is found again by parent links, once for each inner node.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use super::bits::low_bits;
use super::node::{Inner, LEAF, NIL, Nodes};
use super::path::prefetch;
use super::run::{At, Run};
use super::search::reaching;
use super::simd::{self, Isa, Operation};
use super::visit::Visit;
use super::walk::Walk;
use crate::interval::Query;

/// How far a walk has come from one end: the leaf at hand, and what is still to be entered.
///
/// Two words, which are passed in registers as no struct of more parts is.
#[derive(Clone, Copy, Debug)]
struct End {
    /// The leaf, `NIL` before the first, and above it the set of its hits that are left.
    at: u64,
    /// The parent of the leaf; the bit [`BEYOND`](Self::BEYOND), if there may be hits that do not lie
    /// below it; and above that the set of its children to enter.
    way: u64,
}

impl End {
    const BEYOND: u64 = 1 << 31;
    const DONE: Self = Self { at: NIL as u64, way: 0 };
    const BEGIN: Self = Self { at: NIL as u64, way: Self::BEYOND };

    #[inline(always)]
    fn new((leaf, hits): (u32, u32), (parent, rest): (u32, u32), is_beyond: bool) -> Self {
        let beyond = if is_beyond { Self::BEYOND } else { 0 };
        Self {
            at: u64::from(hits) << 32 | u64::from(leaf),
            way: u64::from(rest) << 32 | beyond | u64::from(parent),
        }
    }

    #[inline(always)]
    fn leaf(self) -> u32 {
        (self.at & 0xffff_ffff) as u32
    }

    #[inline(always)]
    fn hits(self) -> u32 {
        (self.at >> 32) as u32
    }

    #[inline(always)]
    fn set_hits(&mut self, hits: u32) {
        self.at = u64::from(hits) << 32 | u64::from(self.leaf());
    }

    #[inline(always)]
    fn parent(self) -> u32 {
        (self.way & (Self::BEYOND - 1)) as u32
    }

    #[inline(always)]
    fn is_beyond(self) -> bool {
        self.way & Self::BEYOND != 0
    }

    #[inline(always)]
    fn rest(self) -> u32 {
        (self.way >> 32) as u32
    }

    /// Returns `true` if there is no other leaf to come.
    #[inline(always)]
    fn is_done(self) -> bool {
        self.way & !(Self::BEYOND - 1) == 0
    }

    #[inline(always)]
    fn has_begun(self) -> bool {
        self.leaf() != NIL
    }
}

/// The entries that overlap a query, one by one and from both ends.
///
/// The ends have met where `front` is done and both have the same leaf at hand: what is left of it are
/// the hits of `front`. If `Ord` contradicts itself, they may pass each other; each comes to its end all
/// the same.
pub(crate) struct Hits<'a, T, V> {
    query: Option<Query<T>>,
    front: End,
    back: End,
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
        let end = if nodes.root == NIL || query.is_none() { End::DONE } else { End::BEGIN };
        Self { query, front: end, back: end, run: Run::empty() }
    }
}

impl<'a, T: Ord + Copy, V> Hits<'a, T, V> {
    #[inline(always)]
    pub(crate) fn next(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        loop {
            if let Some(at) = self.run.next() {
                return Some(at);
            }
            if self.front.hits() == 0 {
                if self.front.is_done() {
                    return None;
                }
                let query = self.query;
                let (front, back) = (self.front, self.back.at);
                self.front = next_leaf::<_, _, true>(nodes, query.as_ref(), front, back);
                if self.front.hits() == 0 {
                    return None;
                }
            }
            let hits = self.front.hits();
            let first = hits.trailing_zeros();
            let end = first + (hits >> first).trailing_ones();
            self.front.set_hits(hits & !low_bits(end as usize));
            let leaf = nodes.leaves.get(self.front.leaf())?;
            self.run = Run::new(leaf, first as usize, end as usize);
        }
    }

    #[inline]
    pub(crate) fn next_back(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        if self.back.hits() == 0 && !self.have_met() {
            self.refill_back(nodes);
        }
        let end = if self.have_met() { &mut self.front } else { &mut self.back };
        let Some(pos) = end.hits().checked_ilog2() else { return self.run.next_back() };
        end.set_hits(end.hits() & !(1 << pos));
        Some(nodes.leaf(end.leaf()).at(pos as usize))
    }

    #[inline(never)]
    fn refill_back(&mut self, nodes: &Nodes<T, V>) {
        let (back, front) = (self.back, self.front.at);
        self.back = next_leaf::<_, _, false>(nodes, self.query.as_ref(), back, front);
        if !self.back.has_begun() {
            self.front = End::DONE;
        } else if self.back.leaf() == self.front.leaf() {
            self.front.way = 0;
        }
    }

    fn have_met(&self) -> bool {
        self.front.is_done() && self.front.leaf() == self.back.leaf()
    }

    /// The fewest entries that are still to come: all of them, unless some that start before the query
    /// reach it.
    #[inline(always)]
    pub(crate) fn fewest(&self, nodes: &Nodes<T, V>) -> usize {
        let query = self.query;
        self.run.len() + fewest(nodes, query.as_ref(), self.front, self.back)
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
        if self.front.has_begun() || self.back.has_begun() || self.front.is_done() {
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

/// The fewest entries after the run at hand.
#[inline(never)]
fn fewest<T: Ord, V>(
    nodes: &Nodes<T, V>,
    query: Option<&Query<T>>,
    front: End,
    back: End,
) -> usize {
    let at_hand = front.hits().count_ones() as usize;
    if front.is_done() {
        return at_hand;
    }
    match query {
        Some(query) if front.has_begun() && !back.has_begun() => {
            at_hand + simd::run(Fewest { nodes, query, from: front })
        }
        _ => at_hand + back.hits().count_ones() as usize,
    }
}

/// Goes on to the next leaf with a hit, from the front or from the back.
///
/// `other` is the leaf that the other end has at hand, and its hits: they are what is left where that
/// leaf is reached. At the end there are no hits.
#[inline(never)]
fn next_leaf<T: Ord, V, const FRONT: bool>(
    nodes: &Nodes<T, V>,
    query: Option<&Query<T>>,
    from: End,
    other: u64,
) -> End {
    let Some(query) = query else { return End::DONE };
    if from.is_done() {
        return End::DONE;
    }
    simd::run(Next::<_, _, FRONT> { nodes, query, from, other: End { at: other, way: 0 } })
}

struct Next<'a, 'q, T, V, const FRONT: bool> {
    nodes: &'a Nodes<T, V>,
    query: &'q Query<T>,
    from: End,
    other: End,
}

/// The item of a set that comes first from one end.
#[inline(always)]
fn nearest<const FRONT: bool>(set: u32) -> usize {
    (if FRONT { set.trailing_zeros() } else { set.checked_ilog2().unwrap_or(0) }) as usize
}

/// The other items.
#[inline(always)]
fn others<const FRONT: bool>(set: u32) -> u32 {
    if FRONT { set & set.wrapping_sub(1) } else { set & !(1 << nearest::<FRONT>(set)) }
}

impl<T: Ord, V, const FRONT: bool> Operation for Next<'_, '_, T, V, FRONT> {
    type Output = End;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> End {
        let Self { nodes, query, from, other } = self;
        let (mut parent, mut rest, mut beyond) = (from.parent(), from.rest(), from.is_beyond());
        let mut next = None;
        if !from.has_begun() {
            next = Some((nodes.height, nodes.root));
            beyond = false;
        }
        // An inner node of which nothing more is to be entered.
        let mut done = (1, parent);
        loop {
            let (mut level, mut id, whole) = if let Some((level, id)) = next.take() {
                (level, id, false)
            } else if rest != 0 {
                let inner = nodes.inner(parent);
                let pos = nearest::<FRONT>(rest);
                rest = others::<FRONT>(rest);
                let ahead = others::<FRONT>(rest);
                if ahead != 0 {
                    prefetch(with, nodes, inner, 1 << nearest::<FRONT>(ahead));
                }
                // The next leaf starts in the query: so all entries of this one do, and those of a leaf
                // that starts where the query has begun overlap it.
                let whole = (!FRONT || rest != 0) && query.reaches(&inner.starts[pos]);
                (0, inner.children[pos], whole)
            } else if beyond
                && let Some((level, id, more)) = climb::<_, _, _, FRONT>(with, nodes, query, done)
            {
                beyond = more;
                (level, id, false)
            } else {
                return End::DONE;
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
            if id == other.leaf() {
                return End { at: other.at, ..End::DONE };
            }
            let leaf = nodes.leaf(id);
            let hits = if whole {
                low_bits(leaf.len())
            } else {
                // They lie apart from the ends, and the first hit is read as soon as it is found.
                let bytes = (LEAF * size_of::<V>()).min(128);
                with.prefetch(leaf.values.as_ptr().cast(), bytes);
                leaf.hits(with, query)
            };
            done = (1, parent);
            if hits != 0 {
                return End::new((id, hits), (parent, rest), beyond);
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
) -> (&'a Inner<T>, u32, u32) {
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
    from: End,
}

impl<T: Ord, V> Operation for Fewest<'_, '_, T, V> {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> usize {
        let Self { nodes, query, from } = self;
        let (mut id, mut hits, mut level) = (from.parent(), from.rest(), 1);
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
            if level == nodes.height || !from.is_beyond() {
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

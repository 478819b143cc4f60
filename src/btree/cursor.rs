//! Walks over the entries of the tree, which the iterators of `index` wrap.

#![forbid(unsafe_code)]

use super::IntervalBTree;
use crate::arena::Handle;
use crate::bplus::leaves_mut::{LeafMut, LeavesMut};
use crate::bplus::node::{Nodes, Position};
use crate::bplus::slab::Slab;
use crate::bplus::visit::{Counter, Pairs, Triples, Visit, WithLast};
use crate::bplus::{search, walk};
use crate::interval::{Interval, Query};

/// A walk from the front over entries.
pub(super) trait Walk<'a, T: 'a, V: 'a> {
    fn next(&mut self, nodes: &Nodes<T, V>) -> Option<Position>;

    /// Visits what is left, a leaf at a time.
    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B;

    /// Fewest and most entries still to come, of `len` in all.
    fn size_hint(&self, len: usize) -> (usize, usize);
}

/// A walk from both ends.
pub(super) trait WalkBack<T, V> {
    fn next_back(&mut self, nodes: &Nodes<T, V>) -> Option<Position>;
}

impl<'a, T: Ord + 'a, V: 'a> Walk<'a, T, V> for walk::Matches<T> {
    #[inline]
    fn next(&mut self, nodes: &Nodes<T, V>) -> Option<Position> {
        walk::Matches::next(self, nodes)
    }

    #[inline]
    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        walk::Matches::fold(self, nodes, init, visit)
    }

    fn size_hint(&self, len: usize) -> (usize, usize) {
        (0, len)
    }
}

impl<'a, T: 'a, V: 'a> Walk<'a, T, V> for search::Between {
    #[inline]
    fn next(&mut self, nodes: &Nodes<T, V>) -> Option<Position> {
        search::Between::next(self, nodes)
    }

    #[inline]
    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        search::Between::fold(self, nodes, init, visit)
    }

    fn size_hint(&self, _: usize) -> (usize, usize) {
        (self.remaining, self.remaining)
    }
}

impl<T, V> WalkBack<T, V> for search::Between {
    #[inline]
    fn next_back(&mut self, nodes: &Nodes<T, V>) -> Option<Position> {
        search::Between::next_back(self, nodes)
    }
}

/// The entries between two whose `last` lies in a range.
#[derive(Clone)]
pub(super) struct BothEnds<T> {
    /// Where `start` lies.
    between: search::Between,
    /// Where `last` must lie; `None` goes with an empty `between`.
    lasts: Option<Query<T>>,
}

impl<'a, T: Ord + 'a, V: 'a> Walk<'a, T, V> for BothEnds<T> {
    fn next(&mut self, nodes: &Nodes<T, V>) -> Option<Position> {
        let lasts = self.lasts.as_ref()?;
        core::iter::from_fn(|| self.between.next(nodes))
            .find(|at| lasts.holds(&nodes.leaf(at.leaf).lasts[at.pos]))
    }

    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        let Some(lasts) = &self.lasts else { return init };
        self.between.fold(nodes, init, WithLast { lasts, then: visit })
    }

    fn size_hint(&self, _: usize) -> (usize, usize) {
        (0, self.between.remaining)
    }
}

impl<T: Ord, V> WalkBack<T, V> for BothEnds<T> {
    fn next_back(&mut self, nodes: &Nodes<T, V>) -> Option<Position> {
        let lasts = self.lasts.as_ref()?;
        core::iter::from_fn(|| self.between.next_back(nodes))
            .find(|at| lasts.holds(&nodes.leaf(at.leaf).lasts[at.pos]))
    }
}

/// A walk with the tree it goes over.
pub(super) struct Cursor<'a, T, V, W> {
    tree: &'a IntervalBTree<T, V>,
    walk: W,
}

pub(super) type Matches<'a, T, V> = Cursor<'a, T, V, walk::Matches<T>>;
pub(super) type Between<'a, T, V> = Cursor<'a, T, V, search::Between>;
pub(super) type Within<'a, T, V> = Cursor<'a, T, V, BothEnds<T>>;

impl<'a, T: Ord, V> Matches<'a, T, V> {
    #[inline]
    pub(super) fn new(tree: &'a IntervalBTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { tree, walk: walk::Matches::new(&tree.nodes, query) }
    }
}

impl<'a, T, V> Between<'a, T, V> {
    /// All entries.
    pub(super) fn all(tree: &'a IntervalBTree<T, V>) -> Self {
        Self { tree, walk: tree.nodes.all(tree.len()) }
    }

    /// The entries whose start lies in `starts`.
    pub(super) fn starting(tree: &'a IntervalBTree<T, V>, starts: Option<Query<T>>) -> Self
    where
        T: Ord,
    {
        let walk = starts.map_or(search::Between::EMPTY, |starts| tree.nodes.between(&starts));
        Self { tree, walk }
    }
}

impl<'a, T: Ord, V> Within<'a, T, V> {
    /// The entries whose start lies in `starts` and whose last lies in `lasts`.
    pub(super) fn new(
        tree: &'a IntervalBTree<T, V>,
        starts: Option<Query<T>>,
        lasts: Option<Query<T>>,
    ) -> Self {
        let between = starts.map_or(search::Between::EMPTY, |starts| tree.nodes.between(&starts));
        Self { tree, walk: BothEnds { between, lasts } }
    }
}

impl<'a, T, V, W: Walk<'a, T, V>> Cursor<'a, T, V, W> {
    #[inline]
    pub(super) fn next(&mut self) -> Option<Position> {
        self.walk.next(&self.tree.nodes)
    }

    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let (fewest, most) = self.walk.size_hint(self.tree.len());
        (fewest, Some(most))
    }

    #[inline]
    pub(super) fn fold_pairs<B>(self, init: B, fold: impl FnMut(B, (Interval<T>, &'a V)) -> B) -> B
    where
        T: Copy,
    {
        self.walk.fold(&self.tree.nodes, init, Pairs(fold))
    }

    #[inline]
    pub(super) fn fold_triples<B>(
        self,
        init: B,
        fold: impl FnMut(B, (Handle, Interval<T>, &'a V)) -> B,
    ) -> B
    where
        T: Copy,
    {
        self.walk.fold(&self.tree.nodes, init, Triples { slab: &self.tree.slab, fold })
    }

    pub(super) fn count(self) -> usize {
        self.walk.fold(&self.tree.nodes, 0, Counter)
    }
}

impl<T, V, W: WalkBack<T, V>> Cursor<'_, T, V, W> {
    #[inline]
    pub(super) fn next_back(&mut self) -> Option<Position> {
        self.walk.next_back(&self.tree.nodes)
    }
}

impl<'a, T: Copy, V, W> Cursor<'a, T, V, W> {
    #[inline]
    pub(super) fn pair(&self, at: Position) -> (Interval<T>, &'a V) {
        self.tree.pair(at)
    }

    #[inline]
    pub(super) fn triple(&self, at: Position) -> (Handle, Interval<T>, &'a V) {
        self.tree.triple(at)
    }
}

impl<T, V, W: Clone> Clone for Cursor<'_, T, V, W> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, walk: self.walk.clone() }
    }
}

/// The entries that overlap a query, with their values mutably borrowed.
pub(super) struct MatchesMut<'a, T, V> {
    leaves: LeavesMut<'a, T, V>,
    slab: &'a Slab,
    matches: walk::Matches<T>,
    /// The leaf borrowed last, and the set of its hits that are left.
    leaf: Option<(LeafMut<'a, T, V>, u32)>,
}

impl<'a, T: Ord + Copy, V> MatchesMut<'a, T, V> {
    pub(super) fn new(tree: &'a mut IntervalBTree<T, V>, query: Option<Query<T>>) -> Self {
        let leaves = LeavesMut::new(&mut tree.nodes);
        let matches = walk::Matches::new(&leaves, query);
        Self { leaves, slab: &tree.slab, matches, leaf: None }
    }

    pub(super) fn next(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        loop {
            if let Some((leaf, hits)) = &mut self.leaf
                && *hits != 0
            {
                let pos = hits.trailing_zeros() as usize;
                *hits &= *hits - 1;
                let (slot, interval, value) = leaf.take(pos)?;
                return Some((self.slab.handle(slot), interval, value));
            }
            let (leaf, hits) = self.matches.next_leaf(&self.leaves)?;
            self.leaf = Some((self.leaves.lend(leaf), hits));
        }
    }
}

/// All entries, with their values mutably borrowed.
pub(super) struct AllMut<'a, T, V> {
    leaves: LeavesMut<'a, T, V>,
    slab: &'a Slab,
    /// The leaves to be borrowed next at both ends, and what is left of those borrowed last.
    next: [u32; 2],
    front: Option<LeafMut<'a, T, V>>,
    back: Option<LeafMut<'a, T, V>>,
    remaining: usize,
}

impl<'a, T: Copy, V> AllMut<'a, T, V> {
    pub(super) fn new(tree: &'a mut IntervalBTree<T, V>) -> Self {
        let (next, remaining) = ([tree.nodes.first, tree.nodes.last], tree.len());
        let leaves = LeavesMut::new(&mut tree.nodes);
        Self { leaves, slab: &tree.slab, next, front: None, back: None, remaining }
    }

    pub(super) fn next(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        self.remaining = self.remaining.checked_sub(1)?;
        let (slot, interval, value) = loop {
            if let Some(entry) = self.front.as_mut().and_then(LeafMut::next) {
                break entry;
            }
            match &mut self.back {
                Some(back) if back.id == self.next[0] => break back.next()?,
                _ => {
                    let leaf = self.leaves.lend(self.next[0]);
                    self.next[0] = leaf.next;
                    self.front = Some(leaf);
                }
            }
        };
        Some((self.slab.handle(slot), interval, value))
    }

    pub(super) fn next_back(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        self.remaining = self.remaining.checked_sub(1)?;
        let (slot, interval, value) = loop {
            if let Some(entry) = self.back.as_mut().and_then(LeafMut::next_back) {
                break entry;
            }
            match &mut self.front {
                Some(front) if front.id == self.next[1] => break front.next_back()?,
                _ => {
                    let leaf = self.leaves.lend(self.next[1]);
                    self.next[1] = leaf.prev;
                    self.back = Some(leaf);
                }
            }
        };
        Some((self.slab.handle(slot), interval, value))
    }
}

impl<T, V> AllMut<'_, T, V> {
    pub(super) fn len(&self) -> usize {
        self.remaining
    }
}

/// The entries of a tree that is given up.
pub(super) struct Drain<T, V> {
    nodes: Nodes<T, V>,
    /// The leaves at both ends, and how many entries of the front one were removed.
    front: u32,
    back: u32,
    taken: usize,
    remaining: usize,
}

impl<T: Copy, V> Drain<T, V> {
    pub(super) fn new(tree: IntervalBTree<T, V>) -> Self {
        let (nodes, remaining) = (tree.nodes, tree.slab.len());
        Self { front: nodes.first, back: nodes.last, taken: 0, remaining, nodes }
    }

    pub(super) fn next(&mut self) -> Option<(Interval<T>, V)> {
        self.remaining = self.remaining.checked_sub(1)?;
        while self.nodes.leaf(self.front).values.is_empty() {
            (self.front, self.taken) = (self.nodes.leaf(self.front).next, 0);
        }
        let leaf = self.nodes.leaf_mut(self.front);
        let value = leaf.values.remove(0);
        self.taken += 1;
        Some((leaf.interval(self.taken - 1), value))
    }

    pub(super) fn next_back(&mut self) -> Option<(Interval<T>, V)> {
        self.remaining = self.remaining.checked_sub(1)?;
        loop {
            let taken = if self.back == self.front { self.taken } else { 0 };
            let leaf = self.nodes.leaf_mut(self.back);
            if let Some(value) = leaf.values.pop() {
                return Some((leaf.interval(taken + leaf.len()), value));
            }
            self.back = leaf.prev;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.remaining
    }

    /// The entries still to come.
    pub(super) fn rest(&self) -> impl Iterator<Item = (Interval<T>, &V)> {
        let leaves = core::iter::successors(self.nodes.leaves.get(self.front as usize), |leaf| {
            self.nodes.leaves.get(leaf.next as usize)
        });
        let taken = core::iter::once(self.taken).chain(core::iter::repeat(0));
        leaves.zip(taken).flat_map(|(leaf, taken)| {
            (taken..).zip(&*leaf.values).map(|(pos, value)| (leaf.interval(pos), value))
        })
    }
}

/// A part of the entries that overlap a query, which can be cut in two.
#[cfg(feature = "rayon")]
pub(super) struct Part<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    walk: walk::Matches<T>,
}

#[cfg(feature = "rayon")]
impl<'a, T: Ord + Copy, V> Part<'a, T, V> {
    pub(super) fn new(tree: &'a IntervalBTree<T, V>, query: Query<T>) -> Self {
        Self { tree, walk: walk::Matches::new(&tree.nodes, Some(query)) }
    }

    pub(super) fn split(mut self) -> (Self, Option<Self>) {
        let tree = self.tree;
        let rear = self.walk.split(&tree.nodes);
        (self, rear.map(|walk| Self { tree, walk }))
    }

    pub(super) fn pairs(mut self) -> impl Iterator<Item = (Interval<T>, &'a V)> {
        let tree = self.tree;
        core::iter::from_fn(move || self.walk.next(&tree.nodes)).map(|at| tree.pair(at))
    }
}

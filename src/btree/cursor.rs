//! Walks over the entries of the tree, which the iterators of `index` wrap.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "a step of a loop, of which the rest is out of line")]

use super::IntervalBTree;
use crate::arena::Handle;
use crate::bplus::leaves_mut::{EntriesMut, HitsMut};
use crate::bplus::node::Nodes;
use crate::bplus::run::At;
use crate::bplus::search;
use crate::bplus::slab::Slab;
use crate::bplus::visit::{Counter, Pairs, Triples, Visit, WithLast};
#[cfg(feature = "rayon")]
use crate::bplus::walk;
use crate::bplus::{entries, hits};
use crate::interval::{Interval, Query};

/// A walk from the front over entries.
pub(super) trait Walk<'a, T: 'a, V: 'a> {
    fn next(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>>;

    /// Visits what is left, a leaf at a time.
    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B;

    /// Fewest and most entries still to come, of `len` in all.
    fn size_hint(&self, nodes: &Nodes<T, V>, len: usize) -> (usize, usize);
}

/// A walk from both ends.
pub(super) trait WalkBack<'a, T, V> {
    fn next_back(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>>;
}

impl<'a, T: Ord + Copy + 'a, V: 'a> Walk<'a, T, V> for hits::Hits<'a, T, V> {
    #[inline(always)]
    fn next(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        hits::Hits::next(self, nodes)
    }

    #[inline(always)]
    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        hits::Hits::fold(self, nodes, init, visit)
    }

    #[inline(always)]
    fn size_hint(&self, nodes: &Nodes<T, V>, len: usize) -> (usize, usize) {
        (self.fewest(nodes), len)
    }
}

impl<'a, T: Ord + Copy, V> WalkBack<'a, T, V> for hits::Hits<'a, T, V> {
    #[inline]
    fn next_back(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        hits::Hits::next_back(self, nodes)
    }
}

impl<'a, T: 'a, V: 'a> Walk<'a, T, V> for search::Entries<'a, T, V> {
    #[inline(always)]
    fn next(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        search::Entries::next(self, nodes)
    }

    #[inline]
    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        search::Entries::fold(self, nodes, init, visit)
    }

    #[inline]
    fn size_hint(&self, _: &Nodes<T, V>, _: usize) -> (usize, usize) {
        (self.len(), self.len())
    }
}

impl<'a, T, V> WalkBack<'a, T, V> for search::Entries<'a, T, V> {
    #[inline(always)]
    fn next_back(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        search::Entries::next_back(self, nodes)
    }
}

/// The entries between two whose `last` lies in a range.
pub(super) struct BothEnds<'a, T, V> {
    /// Where `start` lies.
    entries: search::Entries<'a, T, V>,
    /// Where `last` must lie; `None` goes with no entries.
    lasts: Option<Query<T>>,
}

impl<T: Clone, V> Clone for BothEnds<'_, T, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), lasts: self.lasts.clone() }
    }
}

impl<'a, T: Ord + 'a, V: 'a> Walk<'a, T, V> for BothEnds<'a, T, V> {
    #[inline]
    fn next(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        let lasts = self.lasts.as_ref()?;
        core::iter::from_fn(|| self.entries.next(nodes)).find(|at| lasts.holds(at.last))
    }

    fn fold<B>(self, nodes: &'a Nodes<T, V>, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        let Some(lasts) = &self.lasts else { return init };
        self.entries.fold(nodes, init, WithLast { lasts, then: visit })
    }

    fn size_hint(&self, _: &Nodes<T, V>, _: usize) -> (usize, usize) {
        (0, self.entries.len())
    }
}

impl<'a, T: Ord, V> WalkBack<'a, T, V> for BothEnds<'a, T, V> {
    #[inline]
    fn next_back(&mut self, nodes: &'a Nodes<T, V>) -> Option<At<'a, T, V>> {
        let lasts = self.lasts.as_ref()?;
        core::iter::from_fn(|| self.entries.next_back(nodes)).find(|at| lasts.holds(at.last))
    }
}

/// A walk with the tree it goes over.
pub(super) struct Cursor<'a, T, V, W> {
    tree: &'a IntervalBTree<T, V>,
    walk: W,
}

pub(super) type Matches<'a, T, V> = Cursor<'a, T, V, hits::Hits<'a, T, V>>;
pub(super) type Between<'a, T, V> = Cursor<'a, T, V, search::Entries<'a, T, V>>;
pub(super) type Within<'a, T, V> = Cursor<'a, T, V, BothEnds<'a, T, V>>;

impl<'a, T: Ord, V> Matches<'a, T, V> {
    #[inline]
    pub(super) fn new(tree: &'a IntervalBTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { tree, walk: hits::Hits::new(&tree.nodes, query) }
    }
}

impl<'a, T, V> Between<'a, T, V> {
    /// All entries.
    pub(super) fn all(tree: &'a IntervalBTree<T, V>) -> Self {
        Self { tree, walk: search::Entries::new(tree.nodes.all(tree.len())) }
    }

    /// The entries whose start lies in `starts`.
    pub(super) fn starting(tree: &'a IntervalBTree<T, V>, starts: Option<Query<T>>) -> Self
    where
        T: Ord,
    {
        let walk = starts.map_or(search::Between::EMPTY, |starts| tree.nodes.between(&starts));
        Self { tree, walk: search::Entries::new(walk) }
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
        Self { tree, walk: BothEnds { entries: search::Entries::new(between), lasts } }
    }
}

impl<'a, T, V, W: Walk<'a, T, V>> Cursor<'a, T, V, W> {
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<At<'a, T, V>> {
        self.walk.next(&self.tree.nodes)
    }

    #[inline(always)]
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let (fewest, most) = self.walk.size_hint(&self.tree.nodes, self.tree.len());
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

impl<'a, T, V, W: WalkBack<'a, T, V>> Cursor<'a, T, V, W> {
    #[inline(always)]
    pub(super) fn next_back(&mut self) -> Option<At<'a, T, V>> {
        self.walk.next_back(&self.tree.nodes)
    }
}

impl<'a, T: Copy, V, W> Cursor<'a, T, V, W> {
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "so it is called on the cursor of the other index")]
    pub(super) fn pair(&self, at: At<'a, T, V>) -> (Interval<T>, &'a V) {
        (at.interval(), at.value)
    }

    #[inline(always)]
    pub(super) fn triple(&self, at: At<'a, T, V>) -> (Handle, Interval<T>, &'a V) {
        (self.tree.slab.handle(*at.slot), at.interval(), at.value)
    }
}

impl<T, V, W: Clone> Clone for Cursor<'_, T, V, W> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, walk: self.walk.clone() }
    }
}

/// The entries that overlap a query, with their values mutably borrowed.
pub(super) struct MatchesMut<'a, T, V> {
    hits: HitsMut<'a, T, V>,
    slab: &'a Slab,
}

impl<'a, T: Ord + Copy, V> MatchesMut<'a, T, V> {
    pub(super) fn new(tree: &'a mut IntervalBTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { hits: HitsMut::new(&mut tree.nodes, query), slab: &tree.slab }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        self.hits.next().map(|(slot, interval, value)| (self.slab.handle(slot), interval, value))
    }
}

/// All entries, with their values mutably borrowed.
pub(super) struct AllMut<'a, T, V> {
    entries: EntriesMut<'a, T, V>,
    slab: &'a Slab,
}

impl<'a, T: Copy, V> AllMut<'a, T, V> {
    pub(super) fn new(tree: &'a mut IntervalBTree<T, V>) -> Self {
        let all = tree.nodes.all(tree.len());
        Self { entries: EntriesMut::new(&mut tree.nodes, all), slab: &tree.slab }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        self.entries.next().map(|(slot, interval, value)| (self.slab.handle(slot), interval, value))
    }

    #[inline]
    pub(super) fn next_back(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        let entry = self.entries.next_back();
        entry.map(|(slot, interval, value)| (self.slab.handle(slot), interval, value))
    }
}

impl<T, V> AllMut<'_, T, V> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The entries of an index, owned.
pub(super) struct Drain<T, V> {
    entries: entries::Drain<T, V>,
}

impl<T: Copy, V> Drain<T, V> {
    pub(super) fn new(tree: IntervalBTree<T, V>) -> Self {
        let len = tree.len();
        Self { entries: entries::Drain::new(tree.nodes, len) }
    }

    pub(super) fn next(&mut self) -> Option<(Interval<T>, V)> {
        self.entries.next()
    }

    pub(super) fn next_back(&mut self) -> Option<(Interval<T>, V)> {
        self.entries.next_back()
    }

    /// The entries still to come.
    pub(super) fn rest(&self) -> impl Iterator<Item = (Interval<T>, &V)> {
        self.entries.rest()
    }
}

impl<T, V> Drain<T, V> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
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

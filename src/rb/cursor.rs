//! Walks over the entries of the tree, which the iterators of `index` wrap.

#![forbid(unsafe_code)]

use alloc::vec::{self, Vec};

use super::IntervalRbTree;
use super::values_mut::ValuesMutBy;
use super::walk::{Walk, WalkBack};
use crate::arena::{Handle, Link, NodeId};
use crate::interval::{Interval, Query};
use crate::rbtree::{self, NoTally, RbTree};

/// The nodes that overlap a query, from both ends: a search from the front, single steps from the
/// back.
#[derive(Clone)]
pub(super) struct BothWays<T> {
    search: rbtree::Matches<T>,
    /// The nodes found last at both ends, where the other one stops.
    front: Link,
    back: Link,
}

impl<T: Ord> Walk<T> for BothWays<T> {
    #[inline]
    fn next(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        let id = self.search.next(nodes, &mut NoTally)?;
        if self.back == id.into() {
            self.search.end();
            return None;
        }
        self.front = id.into();
        Some(id)
    }
}

impl<T: Ord> WalkBack<T> for BothWays<T> {
    fn next_back(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        let query = self.search.query()?;
        let found = match self.back.get() {
            None => nodes.last_match(query),
            Some(at) => nodes.previous_match(at, query),
        };
        let Some(id) = found.filter(|id| self.front != (*id).into()) else {
            self.search.end();
            return None;
        };
        self.back = id.into();
        Some(id)
    }
}

/// The nodes between two; of all nodes it is known how many are still to come.
#[derive(Clone)]
pub(super) struct Counted {
    between: rbtree::Between,
    remaining: Option<usize>,
}

impl<T> Walk<T> for Counted {
    #[inline]
    fn next(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        let id = self.between.next(nodes)?;
        self.remaining = self.remaining.map(|remaining| remaining - 1);
        Some(id)
    }

    fn size_hint(&self, len: usize) -> (usize, usize) {
        self.remaining.map_or((0, len), |remaining| (remaining, remaining))
    }
}

impl<T> WalkBack<T> for Counted {
    #[inline]
    fn next_back(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        let id = self.between.next_back(nodes)?;
        self.remaining = self.remaining.map(|remaining| remaining - 1);
        Some(id)
    }
}

/// The nodes between two whose `last` lies in a range.
#[derive(Clone)]
pub(super) struct BothEnds<T> {
    /// Where `start` lies.
    between: rbtree::Between,
    /// Where `last` must lie; `None` goes with an empty `between`.
    lasts: Option<Query<T>>,
}

impl<T: Ord> Walk<T> for BothEnds<T> {
    fn next(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        let lasts = self.lasts.as_ref()?;
        core::iter::from_fn(|| self.between.next(nodes))
            .find(|id| lasts.holds(nodes.interval(*id).last()))
    }
}

impl<T: Ord> WalkBack<T> for BothEnds<T> {
    fn next_back(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        let lasts = self.lasts.as_ref()?;
        core::iter::from_fn(|| self.between.next_back(nodes))
            .find(|id| lasts.holds(nodes.interval(*id).last()))
    }
}

/// A walk with the tree it goes over.
pub(super) struct Cursor<'a, T, V, W> {
    tree: &'a IntervalRbTree<T, V>,
    walk: W,
}

pub(super) type Matches<'a, T, V> = Cursor<'a, T, V, BothWays<T>>;
pub(super) type Between<'a, T, V> = Cursor<'a, T, V, Counted>;
pub(super) type Within<'a, T, V> = Cursor<'a, T, V, BothEnds<T>>;

impl<'a, T: Ord, V> Matches<'a, T, V> {
    #[inline]
    pub(super) fn new(tree: &'a IntervalRbTree<T, V>, query: Option<Query<T>>) -> Self {
        let search = rbtree::Matches::new(query);
        let walk = BothWays { search, front: Link::NIL, back: Link::NIL };
        Self { tree, walk }
    }
}

impl<'a, T, V> Between<'a, T, V> {
    /// All entries.
    pub(super) fn all(tree: &'a IntervalRbTree<T, V>) -> Self {
        Self { tree, walk: Counted { between: tree.nodes.all(), remaining: Some(tree.len()) } }
    }

    /// The entries whose start lies in `starts`.
    pub(super) fn starting(tree: &'a IntervalRbTree<T, V>, starts: Option<Query<T>>) -> Self
    where
        T: Ord,
    {
        let between = starts.map_or(rbtree::Between::EMPTY, |starts| tree.nodes.between(&starts));
        Self { tree, walk: Counted { between, remaining: None } }
    }
}

impl<'a, T: Ord, V> Within<'a, T, V> {
    /// The entries whose start lies in `starts` and whose last lies in `lasts`.
    pub(super) fn new(
        tree: &'a IntervalRbTree<T, V>,
        starts: Option<Query<T>>,
        lasts: Option<Query<T>>,
    ) -> Self {
        let between = starts.map_or(rbtree::Between::EMPTY, |starts| tree.nodes.between(&starts));
        Self { tree, walk: BothEnds { between, lasts } }
    }
}

impl<'a, T, V, W> Cursor<'a, T, V, W> {
    #[inline]
    pub(super) fn pair(&self, id: NodeId) -> (&'a Interval<T>, &'a V) {
        self.tree.pair(id)
    }

    #[inline]
    pub(super) fn triple(&self, id: NodeId) -> (Handle, &'a Interval<T>, &'a V) {
        self.tree.triple(id)
    }
}

impl<'a, T, V, W: Walk<T>> Cursor<'a, T, V, W> {
    #[inline]
    pub(super) fn next(&mut self) -> Option<NodeId> {
        self.walk.next(&self.tree.nodes)
    }

    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let (fewest, most) = self.walk.size_hint(self.tree.len());
        (fewest, Some(most))
    }

    #[inline]
    pub(super) fn fold_pairs<B>(
        mut self,
        init: B,
        mut fold: impl FnMut(B, (&'a Interval<T>, &'a V)) -> B,
    ) -> B {
        let mut folded = init;
        while let Some(id) = self.walk.next(&self.tree.nodes) {
            folded = fold(folded, self.tree.pair(id));
        }
        folded
    }

    #[inline]
    pub(super) fn fold_triples<B>(
        mut self,
        init: B,
        mut fold: impl FnMut(B, (Handle, &'a Interval<T>, &'a V)) -> B,
    ) -> B {
        let mut folded = init;
        while let Some(id) = self.walk.next(&self.tree.nodes) {
            folded = fold(folded, self.tree.triple(id));
        }
        folded
    }

    pub(super) fn count(mut self) -> usize {
        core::iter::from_fn(|| self.walk.next(&self.tree.nodes)).count()
    }
}

impl<T, V, W: WalkBack<T>> Cursor<'_, T, V, W> {
    #[inline]
    pub(super) fn next_back(&mut self) -> Option<NodeId> {
        self.walk.next_back(&self.tree.nodes)
    }
}

impl<T, V, W: Clone> Clone for Cursor<'_, T, V, W> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, walk: self.walk.clone() }
    }
}

/// The entries that overlap a query, with their values mutably borrowed.
pub(super) struct MatchesMut<'a, T, V> {
    values: ValuesMutBy<'a, T, V, rbtree::Matches<T>>,
}

impl<'a, T: Ord, V> MatchesMut<'a, T, V> {
    pub(super) fn new(tree: &'a mut IntervalRbTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { values: ValuesMutBy::new(tree, |_| rbtree::Matches::new(query)) }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<(Handle, &'a Interval<T>, &'a mut V)> {
        self.values.next()
    }
}

/// All entries, with their values mutably borrowed.
pub(super) struct AllMut<'a, T, V> {
    values: ValuesMutBy<'a, T, V, rbtree::Between>,
    remaining: usize,
}

impl<'a, T, V> AllMut<'a, T, V> {
    pub(super) fn new(tree: &'a mut IntervalRbTree<T, V>) -> Self {
        Self { remaining: tree.len(), values: ValuesMutBy::new(tree, RbTree::all) }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<(Handle, &'a Interval<T>, &'a mut V)> {
        let entry = self.values.next()?;
        self.remaining -= 1;
        Some(entry)
    }

    #[inline]
    pub(super) fn next_back(&mut self) -> Option<(Handle, &'a Interval<T>, &'a mut V)> {
        let entry = self.values.next_back()?;
        self.remaining -= 1;
        Some(entry)
    }

    pub(super) fn len(&self) -> usize {
        self.remaining
    }
}

/// The entries of a tree that is given up.
pub(super) struct Drain<T, V> {
    tree: IntervalRbTree<T, V>,
    /// What is still to come. Links lead through nodes that are already removed, so the order is read
    /// before the first.
    order: vec::IntoIter<NodeId>,
}

impl<T, V> Drain<T, V> {
    pub(super) fn new(mut tree: IntervalRbTree<T, V>) -> Self {
        let mut all = tree.nodes.all();
        let order: Vec<_> = core::iter::from_fn(|| all.next(&tree.nodes)).collect();
        tree.nodes.forget_links();
        Self { tree, order: order.into_iter() }
    }

    pub(super) fn next(&mut self) -> Option<(Interval<T>, V)> {
        self.order.next().map(|id| self.take(id))
    }

    pub(super) fn next_back(&mut self) -> Option<(Interval<T>, V)> {
        self.order.next_back().map(|id| self.take(id))
    }

    /// The next entry, and the slot that it had.
    fn next_with_slot(&mut self) -> Option<(NodeId, Interval<T>, V)> {
        let id = self.order.next()?;
        let (interval, value) = self.take(id);
        Some((id, interval, value))
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The entries still to come.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&Interval<T>, &V)> {
        self.order.as_slice().iter().map(|id| self.tree.pair(*id))
    }

    fn take(&mut self, id: NodeId) -> (Interval<T>, V) {
        self.tree.vacate(id)
    }
}

impl<T, V> IntervalRbTree<T, V> {
    /// The entries in order, each after the slot that it has.
    pub(crate) fn into_slots(self) -> impl Iterator<Item = (NodeId, Interval<T>, V)> {
        let mut drain = Drain::new(self);
        core::iter::from_fn(move || drain.next_with_slot())
    }
}

/// A part of the entries that overlap a query, which can be cut in two.
#[cfg(feature = "rayon")]
pub(super) struct Part<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    part: rbtree::Part<T>,
}

#[cfg(feature = "rayon")]
impl<'a, T: Ord + Clone, V> Part<'a, T, V> {
    pub(super) fn new(tree: &'a IntervalRbTree<T, V>, query: Query<T>) -> Self {
        Self { tree, part: rbtree::Part::new(&tree.nodes, query) }
    }

    pub(super) fn split(self) -> (Self, Option<Self>) {
        let tree = self.tree;
        let (first, second) = self.part.split(&tree.nodes);
        (Self { tree, part: first }, second.map(|part| Self { tree, part }))
    }

    pub(super) fn pairs(self) -> impl Iterator<Item = (&'a Interval<T>, &'a V)> {
        let tree = self.tree;
        self.part.matches(&tree.nodes).map(|id| tree.pair(id))
    }
}

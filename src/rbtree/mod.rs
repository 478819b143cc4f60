//! The augmented red-black tree: links, colours and `subtree_last`.
//!
//! Nothing here reads a value, a generation or a page: given live node ids, it keeps the invariants
//! below. The shape after any sequence of operations is exactly that of the kernel's
//! `anon_vma_interval_tree`: equal starts go right, the successor replaces an erased node with
//! two children, and the two fix-ups rotate in the kernel's cases and no others.
//!
//! Invariants, each one checked by `check`:
//! * (I1) In order, starts never decrease.
//! * (I2) A child's parent link leads back to its parent; every node is reached once.
//! * (I3) The root is black.
//! * (I4) No red node has a red child.
//! * (I5) Every path from a node down to a missing child has the same number of black nodes.
//! * (I6) `subtree_last` is the greatest `last` of a node and all below it.
//! * (I7) `leftmost` is the first node in order; the number of nodes is that of live slots.
//!
//! **Plan, then commit.** `T`'s `Ord`, `Clone` and `Drop` are a user's code and may panic. Every
//! change first computes all the values it needs (the plan), then moves them into place without
//! calling that code (the commit); what the commit displaced waits in `displaced` until
//! [`RbTree::drop_displaced`]. So a panic leaves the tree either untouched or changed and complete.
//!
//! Entry points: `insert` (and its `place`s), `erase` and its `restore`, `set_last`, `build`, `copy` (the tree in other
//! slots), `search` and `step` (queries), `order` (neighbours and walks), `part` (queries to be split
//! among threads), `check` (invariants and shape).

#![forbid(unsafe_code)]

mod build;
mod check;
mod copy;
mod erase;
mod insert;
mod order;
#[cfg(feature = "rayon")]
mod part;
mod path;
mod restore;
mod rotate;
mod search;
mod set_last;
mod step;
#[cfg(test)]
mod tests;

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::mem;

use crate::arena::{Column, FlaggedLink, Link, NodeId, Slots};
use crate::interval::Interval;

pub(crate) use check::Shape;
pub use check::{Summary, Violation};
pub(crate) use insert::Place;
pub(crate) use order::Between;
#[cfg(feature = "rayon")]
pub(crate) use part::Part;
pub(crate) use path::NoTally;
pub(crate) use restore::Former;
pub(crate) use search::Matches;

/// One of a node's two sides; what is the same on both is written once, over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

use Side::{Left, Right};

impl Side {
    #[inline]
    fn other(self) -> Self {
        match self {
            Left => Right,
            Right => Left,
        }
    }
}

/// Nodes that a path can hold: the height of a red-black tree is at most `2 log2(n + 1)`.
const MAX_HEIGHT: usize = 64;

/// What a search reads: for 8-byte ends 32 bytes, so that a node never straddles a cache line.
#[derive(Clone, Debug)]
struct Node<T> {
    interval: Interval<T>,
    subtree_last: T,
    child: [Link; 2],
}

/// The tree of intervals; see the invariants above.
#[derive(Debug)]
pub(crate) struct RbTree<T> {
    nodes: Slots<Node<T>>,
    /// The parent of each node; the flag is set on a red node. Only changes read it.
    up: Column<FlaggedLink>,
    root: Link,
    leftmost: Link,
    /// Between plan and commit: the new `subtree_last` of nodes; after it: the displaced ones.
    displaced: Vec<(Link, T)>,
    /// New slots that certainly need no memory; kept so that an insertion asks one number.
    ready: usize,
}

impl<T> RbTree<T> {
    pub(crate) const fn new() -> Self {
        Self {
            nodes: Slots::new(),
            up: Column::new(),
            root: Link::NIL,
            leftmost: Link::NIL,
            displaced: Vec::new(),
            ready: 0,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn slot_count(&self) -> usize {
        self.nodes.slot_count()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.nodes.capacity().min(self.up.capacity())
    }

    /// Returns `true` if one more node certainly needs no memory, here and for its value.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.ready != 0 || self.nodes.has_vacant()
    }

    /// Learns for how many nodes in all there are memory, here and for their values, and ids.
    pub(crate) fn set_ready(&mut self, capacity: usize) {
        self.ready = capacity.saturating_sub(self.slot_count());
    }

    /// Reserves memory for so many more nodes, and for what changes of the tree displace then: no
    /// change asks for memory but here.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let slots = self.slot_count() + self.slots_missing(additional);
        self.nodes.try_reserve(additional)?;
        self.up.try_reserve(slots, Link::NIL.with_flag(false))?;
        self.displaced.try_reserve(most_displaced(self.capacity()))
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.ready = 0;
        self.nodes.shrink_to_fit();
        self.up.shrink_to_fit();
        self.displaced.shrink_to(most_displaced(self.capacity()));
    }

    /// Number of slots that are taken: by nodes, or retired for ever.
    pub(crate) fn slots_taken(&self) -> usize {
        self.nodes.taken()
    }

    /// Slots that `additional` more nodes need beyond the vacant ones.
    #[inline]
    pub(crate) fn slots_missing(&self, additional: usize) -> usize {
        self.nodes.slots_missing(additional)
    }

    #[inline]
    pub(crate) fn interval(&self, id: NodeId) -> &Interval<T> {
        &self.nodes[id].interval
    }

    /// The first node in order.
    #[inline]
    pub(crate) fn leftmost(&self) -> Option<NodeId> {
        self.leftmost.get()
    }

    /// The greatest `last` of all.
    #[inline]
    pub(crate) fn greatest_last(&self) -> Option<&T> {
        self.root.get().map(|root| &self.nodes[root].subtree_last)
    }

    /// Drops the `subtree_last`s that the last change displaced. They are a user's values: this
    /// may panic, so it comes after everything else of an operation.
    #[inline]
    pub(crate) fn drop_displaced(&mut self) {
        self.displaced.clear();
    }

    /// The live node in the slot at `index`.
    pub(crate) fn id_at(&self, index: usize) -> Option<NodeId> {
        self.nodes.id_at(index)
    }

    /// Retires the slot vacated last: it is never used again.
    pub(crate) fn retire_last_vacated(&mut self) {
        self.nodes.retire_last_vacated();
    }

    /// Forgets the links of all nodes without dropping them; [`vacate`](Self::vacate) removes each.
    pub(crate) fn forget_links(&mut self) {
        self.root = Link::NIL;
        self.leftmost = Link::NIL;
    }

    /// Removes the node `id` from a tree whose links were forgotten.
    pub(crate) fn vacate(&mut self, id: NodeId) -> Interval<T> {
        // Not `remove(..).interval`: a result that is moved out already is leaked when dropping the
        // rest of the node panics.
        let Node { interval, subtree_last, .. } = self.nodes.remove(id);
        drop(subtree_last);
        interval
    }

    #[inline]
    fn child(&self, id: impl Into<Link>, side: Side) -> Link {
        self.nodes[id].child[side as usize]
    }

    #[inline]
    fn set_child(&mut self, id: impl Into<Link>, side: Side, child: Link) {
        self.nodes[id].child[side as usize] = child;
    }

    #[inline]
    fn parent(&self, id: impl Into<Link>) -> Link {
        self.up[id].link()
    }

    /// A missing child counts as black.
    #[inline]
    fn is_red(&self, link: Link) -> bool {
        self.up.get(link).is_some_and(|up| up.flag())
    }

    /// Gives the node `id` another colour.
    #[inline]
    fn paint(&mut self, id: Link, red: bool) {
        let up = &mut self.up[id];
        *up = up.link().with_flag(red);
    }

    /// The side of `parent` on which `id` hangs.
    #[inline]
    fn side_of(&self, id: Link, parent: Link) -> Side {
        if self.child(parent, Left) == id { Left } else { Right }
    }

    /// Puts `new` where `parent` (or the root) had `old`; touches no parent link.
    #[inline]
    fn replace_child(&mut self, parent: Link, old: Link, new: Link) {
        if parent.is_nil() {
            debug_assert_eq!(self.root, old, "what has no parent is the root");
            self.root = new;
        } else {
            let child = &mut self.nodes[parent].child;
            debug_assert!(child.contains(&old), "a parent links to its children");
            child[usize::from(child[0] != old)] = new;
        }
    }

    /// The last node of the subtree `at` towards `side`.
    fn extreme(&self, mut at: NodeId, side: Side) -> NodeId {
        while let Some(next) = self.child(at, side).get() {
            at = next;
        }
        at
    }

    #[inline]
    fn subtree_last(&self, link: Link) -> Option<&T> {
        self.nodes.follow(link).map(|node| &node.subtree_last)
    }

    /// Keeps a value that a change displaced, if dropping it may run a user's code.
    #[inline]
    fn displace(&mut self, value: T) {
        if mem::needs_drop::<T>() {
            self.displaced.push((Link::NIL, value));
        }
    }
}

/// Values that one change of a tree of `nodes` nodes displaces at most: those of a path, of the node
/// itself and of three rotations.
const fn most_displaced(nodes: usize) -> usize {
    if nodes == 0 { 0 } else { 2 * (nodes + 1).ilog2() as usize + 5 }
}

impl<T: Clone> Clone for RbTree<T> {
    fn clone(&self) -> Self {
        Self {
            nodes: self.nodes.clone(),
            up: self.up.clone(),
            root: self.root,
            leftmost: self.leftmost,
            displaced: Vec::with_capacity(most_displaced(self.slot_count())),
            ready: 0,
        }
    }
}

const _: () = {
    assert!(size_of::<Node<u64>>() == 32);
    assert!(size_of::<FlaggedLink>() == 4);
};

//! All nodes, by their ids.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::collections::TryReserveError;

use super::bits::{low_bits, mask};
use super::kind::{Handled, Kind};
use super::leaves::{LeafRef, Leaves};
pub(crate) use super::shape::{
    Child, INNER, INNER_MIN, Inner, LEAF, Leaf, MAX_HEIGHT, NIL, Position, to_u32,
};
use super::simd::Baseline;
use crate::arena::NodeId;
use crate::pages::cow::CowPages;

/// What a change writes.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(target_has_atomic = "ptr"),
    expect(dead_code, reason = "read to copy what is shared")
)]
pub(super) enum Written {
    /// A leaf and the nodes above it.
    Path(u32),
    /// All that an insertion into a leaf writes, whatever it splits.
    Insertion(u32),
    /// All that moving children or entries between two neighbours of a level writes, if the left one is
    /// to hold `target` of them.
    Pair { level: usize, pair: [u32; 2], target: usize },
}

/// Makes what a change writes the tree's own.
type Own<T, V, K> = fn(&mut Nodes<T, V, K>, Written) -> Result<(), TryReserveError>;

/// All nodes. The root is a leaf if `height` is zero; `NIL` if there is no entry.
pub(crate) struct Nodes<T, V, K: Kind = Handled> {
    pub(crate) leaves: Leaves<T, V, K::Slot>,
    pub(crate) inners: CowPages<Inner<T, K::Gap>>,
    pub(crate) vacant_leaf: u32,
    pub(crate) vacant_inner: u32,
    pub(crate) root: u32,
    /// Inner nodes on every path.
    pub(crate) height: usize,
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Set once a snapshot was taken that may share some node.
    pub(super) own: Option<Own<T, V, K>>,
}

impl<T, V, K: Kind> Nodes<T, V, K> {
    pub(crate) const fn new() -> Self {
        Self {
            leaves: Leaves::new(),
            inners: CowPages::new(),
            vacant_leaf: NIL,
            vacant_inner: NIL,
            root: NIL,
            height: 0,
            first: NIL,
            last: NIL,
            own: None,
        }
    }

    #[inline(always)]
    pub(crate) fn leaf(&self, id: u32) -> LeafRef<'_, T, V, K::Slot> {
        self.leaves.leaf(id)
    }

    /// The ends, slots and links of a leaf.
    #[inline(always)]
    pub(crate) fn leaf_mut(&mut self, id: u32) -> &mut Leaf<T, K::Slot> {
        self.leaves.leaf_mut(id)
    }

    #[inline(always)]
    pub(crate) fn inner(&self, id: u32) -> &Inner<T, K::Gap> {
        &self.inners[id as usize]
    }

    #[inline(always)]
    pub(crate) fn inner_mut(&mut self, id: u32) -> &mut Inner<T, K::Gap> {
        &mut self.inners[id as usize]
    }

    /// As [`leaf`](Self::leaf), out of line: what is rare is small, and need not be fast.
    #[inline(never)]
    pub(crate) fn rare_leaf(&self, id: u32) -> &Leaf<T, K::Slot> {
        self.leaf(id).leaf
    }

    /// As [`leaf_mut`](Self::leaf_mut), out of line.
    #[inline(never)]
    pub(crate) fn rare_leaf_mut(&mut self, id: u32) -> &mut Leaf<T, K::Slot> {
        self.leaf_mut(id)
    }

    /// As [`inner`](Self::inner), out of line.
    #[inline(never)]
    pub(crate) fn rare_inner(&self, id: u32) -> &Inner<T, K::Gap> {
        self.inner(id)
    }

    /// As [`inner_mut`](Self::inner_mut), out of line.
    #[inline(never)]
    pub(crate) fn rare_inner_mut(&mut self, id: u32) -> &mut Inner<T, K::Gap> {
        self.inner_mut(id)
    }

    /// The parent of a node; levels are counted from the leaves, which are level 0.
    #[inline(never)]
    pub(crate) fn parent(&self, level: usize, id: u32) -> u32 {
        if level == 0 { self.rare_leaf(id).parent } else { self.rare_inner(id).parent }
    }

    #[inline(never)]
    pub(crate) fn set_parent(&mut self, level: usize, id: u32, parent: u32) {
        if level == 0 {
            self.rare_leaf_mut(id).parent = parent;
        } else {
            self.rare_inner_mut(id).parent = parent;
        }
    }

    /// Entries of a leaf, children of an inner node.
    #[inline(never)]
    pub(crate) fn node_len(&self, level: usize, id: u32) -> usize {
        if level == 0 { self.leaf(id).len() } else { self.rare_inner(id).len }
    }
}

impl<T, V, K: Kind> Nodes<T, V, K> {
    /// Makes sure that a new leaf needs no memory.
    pub(crate) fn try_reserve_leaf(&mut self) -> Result<(), TryReserveError> {
        if self.vacant_leaf == NIL { self.leaves.try_reserve(1) } else { Ok(()) }
    }

    /// A leaf without entries.
    #[inline(never)]
    pub(crate) fn new_leaf(&mut self, leaf: Leaf<T, K::Slot>) -> u32 {
        if self.vacant_leaf == NIL {
            return self.leaves.push(leaf);
        }
        let id = self.vacant_leaf;
        self.vacant_leaf = self.rare_leaf(id).next;
        *self.rare_leaf_mut(id) = leaf;
        id
    }

    #[inline(never)]
    pub(crate) fn new_inner(&mut self, inner: Inner<T, K::Gap>) -> u32 {
        if self.vacant_inner == NIL {
            self.inners.push(inner);
            return to_u32(self.inners.len() - 1);
        }
        let id = self.vacant_inner;
        self.vacant_inner = self.rare_inner(id).parent;
        *self.rare_inner_mut(id) = inner;
        id
    }

    /// Gives a leaf back that is linked from nowhere.
    pub(crate) fn free_leaf(&mut self, id: u32) {
        debug_assert!(self.leaf(id).values.is_empty(), "its entries were removed");
        let next = core::mem::replace(&mut self.vacant_leaf, id);
        let leaf = self.rare_leaf_mut(id);
        (leaf.parent, leaf.prev, leaf.next) = (NIL, NIL, next);
    }

    /// Gives an inner node back that is linked from nowhere.
    pub(crate) fn free_inner(&mut self, id: u32) {
        let next = core::mem::replace(&mut self.vacant_inner, id);
        let inner = self.rare_inner_mut(id);
        (inner.len, inner.parent) = (0, next);
    }
}

impl<T, V> Nodes<T, V> {
    /// The place of the entry `slot`, which lies in `leaf`.
    #[inline]
    pub(crate) fn position(&self, leaf: u32, slot: NodeId) -> Position {
        let held = self.leaf(leaf);
        let found = naming(&held.slots, slot) & low_bits(held.len());
        assert!(found != 0, "a value's leaf holds its entry (B5)");
        Position { leaf, pos: found.trailing_zeros() as usize }
    }
}

/// The positions, also after the length, that name a slot.
#[inline(never)]
fn naming(slots: &[NodeId; LEAF], slot: NodeId) -> u64 {
    mask(Baseline, slots, |other| *other == slot)
}

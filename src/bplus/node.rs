//! The shape of nodes, and where they are kept. Knows no query.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::vec::Vec;

use arrayvec::ArrayVec;

use super::bits::{low_bits, mask};
use super::simd::{self, Isa, Operation};
use crate::arena::NodeId;
use crate::interval::Interval;

/// Whether nodes are so small that a few entries make a tree of several levels: for tests that try
/// all trees of a few entries.
const SMALL: bool = cfg!(stabtree_small_nodes);

/// Entries of a full leaf, at most 32: a set of them is the bits of a `u32`.
pub(crate) const LEAF: usize = if SMALL { 3 } else { 32 };
/// Fewest entries of a leaf that is not the root (B2).
pub(crate) const LEAF_MIN: usize = if SMALL { 1 } else { 12 };
/// Children of a full inner node, at most 32.
pub(crate) const INNER: usize = if SMALL { 5 } else { 32 };
/// Fewest children of an inner node that is not the root (B2); a root has two at least.
pub(crate) const INNER_MIN: usize = if SMALL { 2 } else { 12 };
/// Most inner nodes on a path: 2^31 entries at the fewest a node (B2) need no more.
pub(crate) const MAX_HEIGHT: usize = if SMALL { 31 } else { 8 };

// Two neighbours that do not fit into one node share what they hold, and each can give one away.
const _: () = assert!(LEAF > 2 * LEAF_MIN && INNER > 2 * INNER_MIN);

/// The index of no node.
pub(crate) const NIL: u32 = u32::MAX;

/// Entries in order, their parts apart so that one comparison of a whole part is a few vector
/// instructions.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Leaf<T, V> {
    pub(crate) starts: [T; LEAF],
    pub(crate) lasts: [T; LEAF],
    /// As many as there are entries.
    pub(crate) values: ArrayVec<V, LEAF>,
    pub(crate) slots: [NodeId; LEAF],
    pub(crate) parent: u32,
    pub(crate) prev: u32,
    /// The leaf that follows, or the next vacant leaf.
    pub(crate) next: u32,
}

/// Children in order: of each the first start, the greatest last and the number of entries.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Inner<T> {
    pub(crate) starts: [T; INNER],
    pub(crate) lasts: [T; INNER],
    pub(crate) children: [u32; INNER],
    pub(crate) counts: [u32; INNER],
    pub(crate) len: usize,
    /// The inner node above, or the next vacant inner node.
    pub(crate) parent: u32,
}

/// What an inner node says of one child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child<T> {
    pub(crate) start: T,
    pub(crate) last: T,
    pub(crate) id: u32,
    pub(crate) count: u32,
}

/// The place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) leaf: u32,
    pub(crate) pos: usize,
}

/// All nodes. The root is a leaf if `height` is zero; `NIL` if there is no entry.
#[derive(Clone, Debug)]
pub(crate) struct Nodes<T, V> {
    pub(crate) leaves: Vec<Leaf<T, V>>,
    pub(crate) inners: Vec<Inner<T>>,
    pub(crate) vacant_leaf: u32,
    pub(crate) vacant_inner: u32,
    pub(crate) root: u32,
    /// Inner nodes on every path.
    pub(crate) height: usize,
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// Nodes and entries are counted against 2^31 before they are made.
pub(crate) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("there are fewer than 2^31 entries")
}

/// Inserts an item and moves those behind it, also behind the length: a loop of fixed length.
#[inline(always)]
fn insert_in<X: Copy, const N: usize>(items: &mut [X; N], pos: usize, item: X) {
    let old = *items;
    for i in 1..N {
        items[i] = if i > pos { old[i - 1] } else { old[i] };
    }
    items[pos] = item;
}

/// Removes an item and moves those behind it, also behind the length.
#[inline(always)]
fn remove_from<X: Copy, const N: usize>(items: &mut [X; N], pos: usize) {
    let old = *items;
    for i in 0..N - 1 {
        items[i] = if i >= pos { old[i + 1] } else { old[i] };
    }
}

/// Moves items between two neighbours of the given lengths until the left one holds `target`.
fn shift<X: Copy, const N: usize>(
    left: &mut [X; N],
    right: &mut [X; N],
    (l, r): (usize, usize),
    target: usize,
) {
    if target < l {
        right.copy_within(0..r, l - target);
        right[..l - target].copy_from_slice(&left[target..l]);
    } else {
        left[l..target].copy_from_slice(&right[..target - l]);
        right.copy_within(target - l..r, 0);
    }
}

impl<T, V> Leaf<T, V> {
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

impl<T: Copy, V> Leaf<T, V> {
    pub(crate) fn new(start: T, last: T, slot: NodeId, value: V) -> Self {
        let mut values = ArrayVec::new_const();
        values.push(value);
        Self {
            starts: [start; LEAF],
            lasts: [last; LEAF],
            values,
            slots: [slot; LEAF],
            parent: NIL,
            prev: NIL,
            next: NIL,
        }
    }

    #[inline(always)]
    pub(crate) fn interval(&self, pos: usize) -> Interval<T> {
        Interval::from_former_bounds(self.starts[pos], self.lasts[pos])
    }

    /// A leaf without entries, to be filled by [`shift`](Self::shift).
    pub(crate) fn empty_like(other: &Self) -> Self {
        let values = ArrayVec::new_const();
        let &Self { starts, lasts, slots, parent, prev, next, .. } = other;
        Self { starts, lasts, values, slots, parent, prev, next }
    }

    #[inline(always)]
    pub(crate) fn insert(&mut self, pos: usize, start: T, last: T, slot: NodeId, value: V) {
        insert_in(&mut self.starts, pos, start);
        insert_in(&mut self.lasts, pos, last);
        insert_in(&mut self.slots, pos, slot);
        self.values.insert(pos, value);
    }

    /// Puts an entry behind the others.
    pub(crate) fn push(&mut self, start: T, last: T, slot: NodeId, value: V) {
        let pos = self.len();
        self.starts[pos] = start;
        self.lasts[pos] = last;
        self.slots[pos] = slot;
        self.values.push(value);
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, pos: usize) -> V {
        remove_from(&mut self.starts, pos);
        remove_from(&mut self.lasts, pos);
        remove_from(&mut self.slots, pos);
        self.values.remove(pos)
    }

    pub(crate) fn shift(left: &mut Self, right: &mut Self, target: usize) {
        let lens = (left.len(), right.len());
        shift(&mut left.starts, &mut right.starts, lens, target);
        shift(&mut left.lasts, &mut right.lasts, lens, target);
        shift(&mut left.slots, &mut right.slots, lens, target);
        if let Some(moved) = target.checked_sub(lens.0) {
            left.values.extend(right.values.drain(..moved));
        } else {
            let mut values: ArrayVec<V, LEAF> = left.values.drain(target..).collect();
            values.extend(right.values.drain(..));
            right.values = values;
        }
    }
}

impl<T> Inner<T> {
    /// The place of a child among its siblings.
    #[inline(always)]
    pub(crate) fn index_of<I: Isa>(&self, with: I, child: u32) -> usize {
        let found = mask(with, &self.children, |id| *id == child) & low_bits(self.len);
        assert!(found != 0, "a parent link leads to the parent (B4)");
        found.trailing_zeros() as usize
    }
}

impl<T: Copy> Inner<T> {
    pub(crate) fn new(child: Child<T>) -> Self {
        Self {
            starts: [child.start; INNER],
            lasts: [child.last; INNER],
            children: [child.id; INNER],
            counts: [child.count; INNER],
            len: 1,
            parent: NIL,
        }
    }

    /// Puts a child behind the others.
    pub(crate) fn push(&mut self, child: Child<T>) {
        let pos = self.len;
        (self.starts[pos], self.lasts[pos]) = (child.start, child.last);
        (self.children[pos], self.counts[pos]) = (child.id, child.count);
        self.len += 1;
    }

    pub(crate) fn insert(&mut self, pos: usize, child: Child<T>) {
        insert_in(&mut self.starts, pos, child.start);
        insert_in(&mut self.lasts, pos, child.last);
        insert_in(&mut self.children, pos, child.id);
        insert_in(&mut self.counts, pos, child.count);
        self.len += 1;
    }

    pub(crate) fn remove(&mut self, pos: usize) {
        remove_from(&mut self.starts, pos);
        remove_from(&mut self.lasts, pos);
        remove_from(&mut self.children, pos);
        remove_from(&mut self.counts, pos);
        self.len -= 1;
    }

    pub(crate) fn count(&self) -> u32 {
        self.counts[..self.len].iter().sum()
    }

    pub(crate) fn shift(left: &mut Self, right: &mut Self, target: usize) {
        let lens = (left.len, right.len);
        shift(&mut left.starts, &mut right.starts, lens, target);
        shift(&mut left.lasts, &mut right.lasts, lens, target);
        shift(&mut left.children, &mut right.children, lens, target);
        shift(&mut left.counts, &mut right.counts, lens, target);
        (left.len, right.len) = (target, lens.0 + lens.1 - target);
    }
}

impl<T, V> Nodes<T, V> {
    pub(crate) const fn new() -> Self {
        Self {
            leaves: Vec::new(),
            inners: Vec::new(),
            vacant_leaf: NIL,
            vacant_inner: NIL,
            root: NIL,
            height: 0,
            first: NIL,
            last: NIL,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.inners.clear();
        (self.vacant_leaf, self.vacant_inner) = (NIL, NIL);
        (self.root, self.height, self.first, self.last) = (NIL, 0, NIL, NIL);
        // Last, for the `Drop` of a value may panic.
        self.leaves.clear();
    }

    #[inline]
    pub(crate) fn leaf(&self, id: u32) -> &Leaf<T, V> {
        &self.leaves[id as usize]
    }

    #[inline]
    pub(crate) fn leaf_mut(&mut self, id: u32) -> &mut Leaf<T, V> {
        &mut self.leaves[id as usize]
    }

    #[inline]
    pub(crate) fn inner(&self, id: u32) -> &Inner<T> {
        &self.inners[id as usize]
    }

    #[inline]
    pub(crate) fn inner_mut(&mut self, id: u32) -> &mut Inner<T> {
        &mut self.inners[id as usize]
    }

    /// The place of the entry `slot`, which lies in `leaf`.
    #[inline]
    pub(crate) fn position(&self, leaf: u32, slot: NodeId) -> Position {
        let held = self.leaf(leaf);
        let found = simd::run(Find { slots: &held.slots, slot }) & low_bits(held.len());
        assert!(found != 0, "a value's leaf holds its entry (B5)");
        Position { leaf, pos: found.trailing_zeros() as usize }
    }

    /// The parent of a node; levels are counted from the leaves, which are level 0.
    #[inline]
    pub(crate) fn parent(&self, level: usize, id: u32) -> u32 {
        if level == 0 { self.leaf(id).parent } else { self.inner(id).parent }
    }

    pub(crate) fn set_parent(&mut self, level: usize, id: u32, parent: u32) {
        if level == 0 {
            self.leaf_mut(id).parent = parent;
        } else {
            self.inner_mut(id).parent = parent;
        }
    }

    /// Entries of a leaf, children of an inner node.
    #[inline]
    pub(crate) fn node_len(&self, level: usize, id: u32) -> usize {
        if level == 0 { self.leaf(id).len() } else { self.inner(id).len }
    }
}

impl<T: Copy, V> Nodes<T, V> {
    pub(crate) fn new_leaf(&mut self, leaf: Leaf<T, V>) -> u32 {
        if self.vacant_leaf == NIL {
            self.leaves.push(leaf);
            return to_u32(self.leaves.len() - 1);
        }
        let id = self.vacant_leaf;
        self.vacant_leaf = self.leaf(id).next;
        *self.leaf_mut(id) = leaf;
        id
    }

    pub(crate) fn new_inner(&mut self, inner: Inner<T>) -> u32 {
        if self.vacant_inner == NIL {
            self.inners.push(inner);
            return to_u32(self.inners.len() - 1);
        }
        let id = self.vacant_inner;
        self.vacant_inner = self.inner(id).parent;
        *self.inner_mut(id) = inner;
        id
    }

    /// Gives a leaf back that is linked from nowhere.
    pub(crate) fn free_leaf(&mut self, id: u32) {
        let next = core::mem::replace(&mut self.vacant_leaf, id);
        let leaf = self.leaf_mut(id);
        debug_assert!(leaf.values.is_empty(), "its entries are gone");
        (leaf.parent, leaf.prev, leaf.next) = (NIL, NIL, next);
    }

    /// Gives an inner node back that is linked from nowhere.
    pub(crate) fn free_inner(&mut self, id: u32) {
        let next = core::mem::replace(&mut self.vacant_inner, id);
        let inner = self.inner_mut(id);
        (inner.len, inner.parent) = (0, next);
    }
}

/// The places, also behind the length, that name a slot.
struct Find<'a> {
    slots: &'a [NodeId; LEAF],
    slot: NodeId,
}

impl Operation for Find<'_> {
    type Output = u32;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> u32 {
        mask(with, self.slots, |other| *other == self.slot)
    }
}

/// Puts an entry into a leaf that is not full.
pub(crate) struct InsertIntoLeaf<'a, T, V> {
    pub(crate) leaf: &'a mut Leaf<T, V>,
    pub(crate) pos: usize,
    pub(crate) start: T,
    pub(crate) last: T,
    pub(crate) slot: NodeId,
    pub(crate) value: V,
}

impl<T: Copy, V> Operation for InsertIntoLeaf<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        self.leaf.insert(self.pos, self.start, self.last, self.slot, self.value);
    }
}

/// Takes an entry out of a leaf.
pub(crate) struct RemoveFromLeaf<'a, T, V> {
    pub(crate) leaf: &'a mut Leaf<T, V>,
    pub(crate) pos: usize,
}

impl<T: Copy, V> Operation for RemoveFromLeaf<'_, T, V> {
    type Output = V;

    #[inline(always)]
    fn run<I: Isa>(self, _: I) -> V {
        self.leaf.remove(self.pos)
    }
}

//! The way of a walk through the nodes: where it reads them, and what it has still to enter.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::mem::offset_of;
use core::ptr::from_ref;

use super::leaves::LeafRef;
use super::node::{Inner, LEAF, Leaf, MAX_HEIGHT, NIL, Nodes};
use super::simd::Isa;

/// Where a walk reads nodes. It reads a leaf when it comes to it, or before, and never later.
pub(crate) trait Source<T> {
    type Value;

    fn root(&self) -> u32;

    /// Inner nodes on every path.
    fn height(&self) -> usize;

    fn inner(&self, id: u32) -> &Inner<T>;

    fn leaf(&self, id: u32) -> LeafRef<'_, T, Self::Value>;

    /// Has a leaf fetched that will be read soon.
    fn prefetch<I: Isa>(&self, with: I, id: u32);
}

impl<T, V> Source<T> for Nodes<T, V> {
    type Value = V;

    #[inline(always)]
    fn root(&self) -> u32 {
        self.root
    }

    #[inline(always)]
    fn height(&self) -> usize {
        self.height
    }

    #[inline(always)]
    fn inner(&self, id: u32) -> &Inner<T> {
        self.inner(id)
    }

    #[inline(always)]
    fn leaf(&self, id: u32) -> LeafRef<'_, T, V> {
        self.leaf(id)
    }

    /// All but the slots, which few ask for, and the links.
    #[inline(always)]
    fn prefetch<I: Isa>(&self, with: I, id: u32) {
        if let Some(leaf) = self.leaves.get(id) {
            let address = from_ref(leaf.leaf);
            with.prefetch(address.cast(), offset_of!(Leaf<T>, slots));
            // The number of entries is beyond the links.
            with.prefetch(address.wrapping_add(1).cast(), 1);
            with.prefetch(leaf.values.as_ptr().cast(), (LEAF * size_of::<V>()).min(256));
        }
    }
}

/// The way down to a node: the inner nodes with children that are still to be entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    /// An inner node of level *i* + 1 and the set of those children, where bit *i* of `open` is set.
    pub(crate) steps: [(u32, u64); MAX_HEIGHT],
    pub(crate) open: u32,
    /// The leaves below the lowest of them whose entries all overlap the query.
    pub(crate) whole: u64,
}

impl Path {
    pub(crate) const EMPTY: Self = Self { steps: [(NIL, 0); MAX_HEIGHT], open: 0, whole: 0 };

    /// Keeps children of an inner node for later; the levels below must be done.
    #[inline(always)]
    pub(crate) fn put_off(&mut self, level: usize, id: u32, children: u64) {
        self.steps[level - 1] = (id, children);
        self.open |= u32::from(children != 0) << (level - 1);
    }

    /// The level and the id of the child that comes next, and whether it is a whole leaf.
    #[inline(always)]
    pub(crate) fn resume<I: Isa, T>(
        &mut self,
        with: I,
        nodes: &impl Source<T>,
    ) -> Option<(usize, u32, bool)> {
        if self.open == 0 {
            return None;
        }
        let level = self.open.trailing_zeros() as usize;
        let (id, rest) = &mut self.steps[level];
        let inner = nodes.inner(*id);
        let pos = rest.trailing_zeros();
        let child = inner.children[pos as usize];
        let whole = level == 0 && self.whole >> pos & 1 != 0;
        *rest &= *rest - 1;
        if *rest == 0 {
            self.open &= self.open - 1;
        } else if level == 0 {
            prefetch(with, nodes, inner, *rest & (*rest - 1));
        }
        Some((level, child, whole))
    }
}

/// Has the first leaf of a set of children fetched.
#[inline(always)]
pub(crate) fn prefetch<I: Isa, T>(
    with: I,
    nodes: &impl Source<T>,
    inner: &Inner<T>,
    children: u64,
) {
    if children != 0 {
        nodes.prefetch(with, inner.children[children.trailing_zeros() as usize]);
    }
}

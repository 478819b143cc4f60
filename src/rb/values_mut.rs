//! Several values mutably borrowed at once.
//!
//! A walk over the tree names its entries in an order that has nothing to do with their slots, so
//! no safe split of the slots gives out the values one by one. Collecting all hits first would do,
//! at the price that DESIGN.md names.

#![expect(
    unsafe_code,
    reason = "borrows disjoint values mutably in tree order, with the proof below"
)]

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::IntervalRbTree;
use super::walk::Walk;
use crate::arena::{Entry, Handle, Names, NodeId};
use crate::interval::Interval;
use crate::rbtree::{Between, Matches, RbTree};

/// A walk whose nodes can be given out as `&mut`.
///
/// # Safety
///
/// (L1) The walk names every node at most once.
pub(super) unsafe trait NamesOnce<T>: Walk<T> {}

// SAFETY: the search enters each subtree once, from its parent, and yields a node when it has come
// back from the node's left subtree; what `Ord` answers only makes it enter fewer. A node leaves
// the state of the search before `Ord` is called for it, so a panic there, caught, and another
// `next` do not bring it back.
unsafe impl<T: Ord> NamesOnce<T> for Matches<T> {}

// SAFETY: the two ends approach each other in order, and the walk is over when they meet.
unsafe impl<T> NamesOnce<T> for Between {}

/// The values of a tree, mutably borrowed one by one along a walk.
pub(super) struct ValuesMutBy<'a, T, V, W> {
    nodes: &'a RbTree<T>,
    walk: W,
    base: NonNull<Entry<V>>,
    len: usize,
    names: &'a Names,
    /// Holds the walk to (L1).
    #[cfg(any(test, fuzzing))]
    named: alloc::collections::BTreeSet<usize>,
    borrowed: PhantomData<&'a mut [Entry<V>]>,
}

impl<'a, T, V, W: NamesOnce<T>> ValuesMutBy<'a, T, V, W> {
    pub(super) fn new(
        tree: &'a mut IntervalRbTree<T, V>,
        walk: impl FnOnce(&RbTree<T>) -> W,
    ) -> Self {
        let (entries, names) = tree.entries.parts_mut();
        let len = entries.len();
        let base = NonNull::from(entries).cast();
        Self {
            nodes: &tree.nodes,
            walk: walk(&tree.nodes),
            base,
            len,
            names,
            #[cfg(any(test, fuzzing))]
            named: alloc::collections::BTreeSet::new(),
            borrowed: PhantomData,
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<(Handle, &'a Interval<T>, &'a mut V)> {
        let id = self.walk.next(self.nodes)?;
        // SAFETY: the walk has just named the node.
        Some(unsafe { self.borrow(id) })
    }

    /// Borrows the entry of a node mutably.
    ///
    /// # Safety
    ///
    /// The walk has just named the node.
    #[inline]
    unsafe fn borrow(&mut self, id: NodeId) -> (Handle, &'a Interval<T>, &'a mut V) {
        assert!(id.index() < self.len, "a NodeId names a live record (A1)");
        #[cfg(any(test, fuzzing))]
        assert!(self.named.insert(id.index()), "a walk names each node once (L1)");
        // SAFETY: `base` and `len` are those of a slice borrowed exclusively for 'a, and the
        // index was just compared with `len`, so the place is valid. No other reference to it
        // exists: the walk names each node at most once (L1), different nodes have different
        // slots (A1), and nothing else of `self` refers to the slice.
        let entry = unsafe { &mut *self.base.add(id.index()).as_ptr() };
        let (generation, value) = entry.live_mut();
        (self.names.handle(id, generation), self.nodes.interval(id), value)
    }
}

impl<'a, T, V> ValuesMutBy<'a, T, V, Between> {
    #[inline]
    pub(super) fn next_back(&mut self) -> Option<(Handle, &'a Interval<T>, &'a mut V)> {
        let id = self.walk.next_back(self.nodes)?;
        // SAFETY: the walk has just named the node.
        Some(unsafe { self.borrow(id) })
    }
}

// SAFETY: `ValuesMutBy` is a shared reference to `RbTree<T>`, a walk, and an exclusive reference to
// `[Entry<V>]`, which consists of `V`s and numbers; it may go where those may go.
unsafe impl<T: Sync, V: Send, W: Send> Send for ValuesMutBy<'_, T, V, W> {}
// SAFETY: as above; a shared `ValuesMutBy` gives access to nothing of the slice.
unsafe impl<T: Sync, V: Sync, W: Sync> Sync for ValuesMutBy<'_, T, V, W> {}

//! Lending `&mut` to several values at once.
//!
//! A walk comes to the leaves in an order that has nothing to do with their places, so no safe
//! split of the places gives them out one by one. A leaf is lent whole, and what is in it is split
//! in safe code.

#![expect(unsafe_code, reason = "lends leaves one by one along a walk, with the proofs below")]

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::slice::IterMut;

use super::node::{Inner, LEAF, Leaf, Nodes};
use super::path::Source;
use crate::arena::NodeId;
use crate::interval::Interval;

/// The nodes of a tree whose leaves are lent one by one. (L1) A leaf is lent at most once, and not
/// read after that: walks name each leaf at most once, and read none that they have named. For a
/// search that holds because it enters each child once, and takes it out of the set of those to
/// enter before any `Ord` is called for it; for a walk in order, because its ends stop where they
/// meet.
pub(crate) struct LeavesMut<'a, T, V> {
    inners: &'a [Inner<T>],
    root: u32,
    height: usize,
    leaves: NonNull<Leaf<T, V>>,
    len: usize,
    /// Holds the walks to (L1).
    #[cfg(any(test, fuzzing))]
    named: alloc::collections::BTreeSet<u32>,
    lent: PhantomData<&'a mut [Leaf<T, V>]>,
}

/// What was lent of a leaf, and has not been taken yet.
pub(crate) struct LeafMut<'a, T, V> {
    pub(crate) id: u32,
    pub(crate) prev: u32,
    pub(crate) next: u32,
    starts: &'a [T; LEAF],
    lasts: &'a [T; LEAF],
    slots: &'a [NodeId; LEAF],
    /// Place of the first value that is left.
    first: usize,
    values: IterMut<'a, V>,
}

impl<'a, T, V> LeavesMut<'a, T, V> {
    pub(crate) fn new(nodes: &'a mut Nodes<T, V>) -> Self {
        let leaves = &mut nodes.leaves[..];
        let len = leaves.len();
        let (inners, root, height) = (&nodes.inners[..], nodes.root, nodes.height);
        Self {
            inners,
            root,
            height,
            leaves: NonNull::from(leaves).cast(),
            len,
            #[cfg(any(test, fuzzing))]
            named: alloc::collections::BTreeSet::new(),
            lent: PhantomData,
        }
    }

    /// Lends a leaf that a walk has just named.
    pub(crate) fn lend(&mut self, id: u32) -> LeafMut<'a, T, V> {
        assert!((id as usize) < self.len, "a leaf of this tree");
        #[cfg(any(test, fuzzing))]
        assert!(self.named.insert(id), "a leaf is lent once (L1)");
        // SAFETY: `leaves` and `len` are those of a slice borrowed exclusively for 'a, and the id
        // was just compared with `len`, so the place is valid. No other reference to it lives:
        // it was not lent before and the references of `leaf` have ended (L1), and nothing else
        // of `self` refers to the slice.
        let leaf = unsafe { &mut *self.leaves.add(id as usize).as_ptr() };
        let Leaf { starts, lasts, values, slots, prev, next, .. } = leaf;
        LeafMut {
            id,
            prev: *prev,
            next: *next,
            starts,
            lasts,
            slots,
            first: 0,
            values: values.iter_mut(),
        }
    }
}

impl<T, V> Source<T> for LeavesMut<'_, T, V> {
    type Value = V;

    #[inline]
    fn root(&self) -> u32 {
        self.root
    }

    #[inline]
    fn height(&self) -> usize {
        self.height
    }

    #[inline]
    fn inner(&self, id: u32) -> &Inner<T> {
        &self.inners[id as usize]
    }

    #[inline]
    fn leaf(&self, id: u32) -> &Leaf<T, V> {
        assert!((id as usize) < self.len, "a leaf of this tree");
        #[cfg(any(test, fuzzing))]
        assert!(!self.named.contains(&id), "a leaf is not read once it is lent (L1)");
        // SAFETY: the place is valid, as in `lend`. No exclusive reference to it lives: it has not
        // been lent (L1), and that `self` is shared for as long as the result lives.
        unsafe { &*self.leaves.add(id as usize).as_ptr() }
    }
}

impl<'a, T: Copy, V> LeafMut<'a, T, V> {
    /// Takes the entry at `pos`; those before it are given up.
    #[inline]
    pub(crate) fn take(&mut self, pos: usize) -> Option<(NodeId, Interval<T>, &'a mut V)> {
        let value = self.values.nth(pos.checked_sub(self.first)?)?;
        self.first = pos + 1;
        Some(self.entry(pos, value))
    }

    pub(crate) fn next(&mut self) -> Option<(NodeId, Interval<T>, &'a mut V)> {
        self.take(self.first)
    }

    pub(crate) fn next_back(&mut self) -> Option<(NodeId, Interval<T>, &'a mut V)> {
        let value = self.values.next_back()?;
        Some(self.entry(self.first + self.values.len(), value))
    }

    fn entry(&self, pos: usize, value: &'a mut V) -> (NodeId, Interval<T>, &'a mut V) {
        let interval = Interval::from_former_bounds(self.starts[pos], self.lasts[pos]);
        (self.slots[pos], interval, value)
    }
}

// SAFETY: a `LeavesMut` is a shared reference to `[Inner<T>]` and an exclusive one to `[Leaf<T, V>]`, of
// which it gives the ends away as shared and the values as exclusive; it may go where those may go.
unsafe impl<T: Sync, V: Send> Send for LeavesMut<'_, T, V> {}
// SAFETY: as above; a shared `LeavesMut` lets leaves be read that were not lent.
unsafe impl<T: Sync, V: Sync> Sync for LeavesMut<'_, T, V> {}

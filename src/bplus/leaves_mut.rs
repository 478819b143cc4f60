//! Lending `&mut` to several values at once.
//!
//! A walk comes to the leaves in an order that has nothing to do with their places, so no safe
//! split of the places gives them out one by one. A leaf is lent whole, and what is in it is split
//! in safe code.

#![expect(unsafe_code, reason = "lends leaves one by one along a walk, with the proofs below")]

use core::slice::IterMut;

use super::leaves::{LeafRef, Leaves};
use super::node::{Inner, LEAF, Leaf, Nodes};
use super::path::Source;
use super::simd::Isa;
use crate::arena::NodeId;
use crate::interval::Interval;
use crate::pages::Pages;

/// The nodes of a tree whose leaves are lent one by one. (L1) A leaf is lent at most once, and not
/// read after that: walks name each leaf at most once, and read none that they have named. For a
/// search that holds because it enters each child once, and takes it out of the set of those to
/// enter before any `Ord` is called for it; for a walk in order, because its ends stop where they
/// meet.
pub(crate) struct LeavesMut<'a, T, V> {
    inners: &'a Pages<Inner<T>>,
    root: u32,
    height: usize,
    leaves: &'a mut Leaves<T, V>,
    /// Holds the walks to (L1).
    #[cfg(any(test, fuzzing))]
    named: alloc::collections::BTreeSet<u32>,
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
        Self {
            inners: &nodes.inners,
            root: nodes.root,
            height: nodes.height,
            leaves: &mut nodes.leaves,
            #[cfg(any(test, fuzzing))]
            named: alloc::collections::BTreeSet::new(),
        }
    }

    /// Lends a leaf that a walk has just named.
    pub(crate) fn lend(&mut self, id: u32) -> LeafMut<'a, T, V> {
        #[cfg(any(test, fuzzing))]
        assert!(self.named.insert(id), "a leaf is lent once (L1)");
        let (leaf, values) = self.leaves.pointers(id);
        // SAFETY: the leaves are borrowed exclusively for 'a. No other reference to this leaf or to
        // its values lives: it was not lent before and the references of `leaf` have ended (L1),
        // and `pointers` borrows no leaf.
        let (leaf, values) = unsafe { (&*leaf, &mut *values) };
        let Leaf { starts, lasts, slots, prev, next, .. } = leaf;
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
    fn leaf(&self, id: u32) -> LeafRef<'_, T, V> {
        #[cfg(any(test, fuzzing))]
        assert!(!self.named.contains(&id), "a leaf is not read once it is lent (L1)");
        let (leaf, values) = self.leaves.const_pointers(id);
        // SAFETY: no exclusive reference to the values of the leaf lives: it has not been lent
        // (L1), and that `self` is shared for as long as the result lives.
        unsafe { LeafRef { leaf: &*leaf, values: &*values } }
    }

    #[inline]
    fn prefetch<I: Isa>(&self, with: I, id: u32) {
        self.leaves.prefetch(with, id);
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

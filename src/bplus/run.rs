//! Entries that follow each other in a leaf.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "steps of a loop, which nothing is called for")]

use core::iter::Zip;
use core::slice::Iter;

use super::leaves::LeafRef;
use super::node::{LEAF, Leaf};
use crate::arena::NodeId;
use crate::interval::Interval;

/// An entry.
pub(crate) struct At<'a, T, V, S = NodeId> {
    pub(crate) start: &'a T,
    pub(crate) last: &'a T,
    pub(crate) slot: &'a S,
    pub(crate) value: &'a V,
}

impl<T, V, S> Clone for At<'_, T, V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V, S> Copy for At<'_, T, V, S> {}

impl<T: Copy, V, S> At<'_, T, V, S> {
    #[inline(always)]
    pub(crate) fn interval(&self) -> Interval<T> {
        Interval::from_former_bounds(*self.start, *self.last)
    }
}

impl<'a, T, V, S> LeafRef<'a, T, V, S> {
    #[inline(always)]
    pub(crate) fn at(self, pos: usize) -> At<'a, T, V, S> {
        let Leaf { starts, lasts, slots, .. } = self.leaf;
        At { start: &starts[pos], last: &lasts[pos], slot: &slots[pos], value: &self.values[pos] }
    }
}

/// Neighbours in a leaf: from a position to before another one.
pub(crate) type Places<'a, T, V, S> = (LeafRef<'a, T, V, S>, usize, usize);

/// Starts and lasts.
type Ends<'a, T> = Zip<Iter<'a, T>, Iter<'a, T>>;

/// Neighbours in a leaf. Side by side, all their parts are found by one position, which is compared
/// once.
pub(crate) struct Run<'a, T, V, S = NodeId> {
    parts: Zip<Zip<Ends<'a, T>, Iter<'a, S>>, Iter<'a, V>>,
}

impl<T, V, S> Clone for Run<'_, T, V, S> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone() }
    }
}

impl<'a, T, V, S> Run<'a, T, V, S> {
    #[inline(always)]
    pub(crate) fn empty() -> Self {
        Self { parts: [].iter().zip(&[]).zip(&[]).zip(&[]) }
    }

    /// The entries of a leaf from `pos` to before `end`.
    #[inline(always)]
    pub(crate) fn new(leaf: LeafRef<'a, T, V, S>, pos: usize, end: usize) -> Self {
        // The values end the run; so no other end needs a check.
        let LeafRef { leaf: Leaf { starts, lasts, slots, .. }, values } = leaf;
        let values = values.get(pos..end).unwrap_or_default();
        let pos = pos % LEAF.next_power_of_two();
        Self { parts: starts[pos..].iter().zip(&lasts[pos..]).zip(&slots[pos..]).zip(values) }
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<At<'a, T, V, S>> {
        let (((start, last), slot), value) = self.parts.next()?;
        Some(At { start, last, slot, value })
    }

    #[inline(always)]
    pub(crate) fn next_back(&mut self) -> Option<At<'a, T, V, S>> {
        let (((start, last), slot), value) = self.parts.next_back()?;
        Some(At { start, last, slot, value })
    }
}

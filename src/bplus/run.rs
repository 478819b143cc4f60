//! Entries that follow each other in a leaf.

#![expect(
    unsafe_code,
    reason = "a test in each step of a loop cost 7 % of a walk over 1,000 entries"
)]
#![expect(clippy::inline_always, reason = "steps of a loop, which nothing is called for")]

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

/// Neighbours in a leaf. One position finds all their parts, and is compared once. (R1) Where there are
/// values, there is a leaf: both come from `new` together, or neither from `empty`.
pub(crate) struct Run<'a, T, V, S = NodeId> {
    leaf: Option<&'a Leaf<T, S>>,
    /// The values of the leaf to the end of the run.
    values: &'a [V],
    pos: usize,
}

impl<T, V, S> Clone for Run<'_, T, V, S> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, T, V, S> Run<'a, T, V, S> {
    #[inline(always)]
    pub(crate) fn empty() -> Self {
        Self { leaf: None, values: &[], pos: 0 }
    }

    /// The entries of a leaf from `pos` to before `end`.
    #[inline(always)]
    pub(crate) fn new(leaf: LeafRef<'a, T, V, S>, pos: usize, end: usize) -> Self {
        let LeafRef { leaf, values } = leaf;
        let values = values.get(..end).unwrap_or(values);
        debug_assert!(pos <= values.len(), "a run of what the leaf holds");
        Self { leaf: Some(leaf), values, pos }
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.values.len() - self.pos
    }

    #[inline(always)]
    fn at(&self, pos: usize) -> Option<At<'a, T, V, S>> {
        let value = self.values.get(pos)?;
        // SAFETY: where there is a value, there is a leaf (R1).
        let Leaf { starts, lasts, slots, .. } = unsafe { self.leaf.unwrap_unchecked() };
        let pos = pos % LEAF.next_power_of_two();
        Some(At { start: &starts[pos], last: &lasts[pos], slot: &slots[pos], value })
    }

    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<At<'a, T, V, S>> {
        let at = self.at(self.pos)?;
        self.pos += 1;
        Some(at)
    }

    #[inline(always)]
    pub(crate) fn next_back(&mut self) -> Option<At<'a, T, V, S>> {
        let end = self.values.len();
        if self.pos == end {
            return None;
        }
        let at = self.at(end - 1)?;
        self.values = &self.values[..end - 1];
        Some(at)
    }
}

//! Entries out, and nodes that hold the fewest refilled or merged.
//!
//! `T`'s `Ord` may panic, so every step compares first and moves afterwards: each refill, each merge
//! and each removal is a step from one valid tree to another.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;

use super::kind::Measure;
use super::node::{INNER_MIN, Leaf, MAX_HEIGHT, NIL, Nodes, Position};
use super::rebalance::greatest_other;
use super::search::Ancestors;
use super::simd::Baseline;
use super::slab::Slab;
use crate::arena::NodeId;
use crate::interval::Interval;
use crate::pages::OrPanic;

impl<T: Ord + Copy, V> Nodes<T, V> {
    /// Removes all of the entry `slot` but its row.
    ///
    /// # Panics
    ///
    /// Panics if nodes that a snapshot shares must be copied and memory is exhausted; the entry stays.
    pub(crate) fn remove(&mut self, slab: &mut Slab, slot: NodeId) -> (Interval<T>, V) {
        self.leaves.prefetch(Baseline, slab.leaf(slot));
        let filled = self.fill_up(slab, slab.leaf(slot));
        filled.or_panic();
        let at = self.position(slab.leaf(slot), slot);
        let removed = self.remove_at(at);
        self.free_if_empty(at);
        removed
    }
}

impl<T: Ord + Copy, V> Nodes<T, V> {
    /// Copies what snapshots share of all that moving an entry of `leaf` to another `start` writes, so
    /// that nothing fails while the entry is on its way.
    #[cold]
    pub(crate) fn own_for_move(&mut self, leaf: u32, start: &T) -> Result<(), TryReserveError> {
        self.own_path(leaf)?;
        let (place, _) = self.place_for(start);
        // Where its leaf begins later without the entry, another one may go before it; and the first
        // place of the next leaf may do for the last one of a full leaf.
        for leaf in [place.leaf, self.leaf(place.leaf).next, self.leaf(leaf).prev] {
            if leaf != NIL {
                self.own_for_insertion(leaf)?;
            }
        }
        Ok(())
    }
}

impl<T: Ord + Copy, V, K: Measure<T>> Nodes<T, V, K> {
    /// Removes an entry from a leaf that can give one away; [`free_if_empty`](Self::free_if_empty) must
    /// follow.
    #[inline]
    pub(crate) fn remove_at(&mut self, at: Position) -> (Interval<T>, V) {
        debug_assert!(
            self.height == 0 || self.leaf(at.leaf).len() > Self::limits(0).0,
            "the leaf was filled up"
        );
        let Ancestors { steps } = self.ancestors(at.leaf);
        let (interval, value, _) = self.remove_lowering(at, &steps[..self.height]);
        (interval, value)
    }

    /// As [`remove_at`](Self::remove_at), by the way up; also how many subtrees above, from the lowest one,
    /// reached as far as the entry and do not any more.
    pub(crate) fn remove_lowering(
        &mut self,
        Position { leaf, pos }: Position,
        steps: &[(u32, u32)],
    ) -> (Interval<T>, V, usize) {
        debug_assert_eq!(
            steps.last().map_or(leaf, |(id, _)| *id),
            self.root,
            "the way up ends there"
        );
        let held = self.leaf(leaf);
        debug_assert!(pos < held.len(), "the position is that of an entry");
        let (start, last) = (held.starts[pos], held.lasts[pos]);
        let mut lowered = [None; MAX_HEIGHT];
        if let Some((id, at)) = steps.first()
            && self.inner(*id).lasts[*at as usize] <= last
        {
            let mut below = greatest_other(&held.lasts[..held.len()], pos, None);
            for (i, (id, at)) in steps.iter().enumerate() {
                let (inner, at) = (self.inner(*id), *at as usize);
                let Some(new) = below.filter(|new| *new < inner.lasts[at]) else { break };
                lowered[i] = Some(new);
                below = greatest_other(&inner.lasts[..inner.len], at, Some(new));
            }
        }
        self.own_path(leaf).or_panic();
        // From here on nothing is compared.
        for ((id, at), new) in steps.iter().zip(&lowered) {
            let (inner, at) = (self.inner_mut(*id), *at as usize);
            inner.counts[at] -= 1;
            if let Some(new) = new {
                inner.lasts[at] = *new;
            }
        }
        let value = self.leaves.remove(leaf, pos);
        if pos == 0 {
            self.carry_start(leaf, steps);
        }
        (Interval::from_former_bounds(start, last), value, lowered.iter().flatten().count())
    }

    /// Frees the root if its last entry was removed; returns the place that the entry had, where
    /// one can be inserted now.
    pub(crate) fn free_if_empty(&mut self, at: Position) -> Position {
        if self.leaf(at.leaf).len() > 0 {
            return at;
        }
        self.free_leaf(at.leaf);
        (self.root, self.first, self.last) = (NIL, NIL, NIL);
        Position { leaf: NIL, ..at }
    }

    /// Fills up what holds the fewest allowed, so that the leaf can give one entry away.
    #[inline]
    pub(crate) fn fill_up(&mut self, rows: &mut K::Rows, leaf: u32) -> Result<(), TryReserveError> {
        if self.height == 0 || self.leaf(leaf).len() != Self::limits(0).0 {
            return Ok(());
        }
        self.refill(rows, 0, leaf)
    }

    /// Merges a node that holds the fewest allowed with a neighbour, or moves some of what the neighbour
    /// holds into it; and before it each such node above.
    #[inline(never)]
    fn refill(&mut self, rows: &mut K::Rows, level: usize, id: u32) -> Result<(), TryReserveError> {
        let above = self.parent(level, id);
        if above != self.root && self.rare_inner(above).len == INNER_MIN {
            self.refill(rows, level + 1, above)?;
        }
        let above = self.parent(level, id);
        let at = self.index_of(level, id).saturating_sub(1);
        let parent = self.rare_inner(above);
        let pair = [parent.children[at], parent.children[at + 1]];
        debug_assert!(pair.contains(&id), "one of the two is the thin one");
        debug_assert!(pair.iter().all(|id| self.parent(level, *id) == above), "under one parent");
        let total = pair.iter().map(|id| self.node_len(level, *id)).sum::<usize>();
        let merges = total <= Self::limits(level).1;
        let target = if merges { total } else { total / 2 };
        self.own_pair(level, pair, target)?;
        // What follows compares nothing when it has begun to move.
        self.even_out(rows, level, pair, target);
        if merges {
            self.rare_inner_mut(above).remove(at + 1);
            self.discard(level, pair[1]);
            if self.rare_inner(above).len == 1 {
                // Only the root may come down to one child.
                (self.root, self.height) = (pair[0], level);
                self.set_parent(level, pair[0], NIL);
                self.free_inner(above);
            }
        }
        Ok(())
    }

    /// Unlinks and frees a node that was emptied into its left neighbour.
    fn discard(&mut self, level: usize, id: u32) {
        if level > 0 {
            self.free_inner(id);
            return;
        }
        let &Leaf { prev, next, .. } = self.rare_leaf(id);
        debug_assert_eq!(self.rare_leaf(prev).next, id, "links lead forth and back");
        debug_assert!(next == NIL || self.rare_leaf(next).prev == id, "links lead forth and back");
        self.rare_leaf_mut(prev).next = next;
        match next {
            NIL => self.last = prev,
            next => self.rare_leaf_mut(next).prev = prev,
        }
        self.free_leaf(id);
    }
}

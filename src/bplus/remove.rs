//! Entries out, and nodes that hold the fewest refilled or merged.
//!
//! `T`'s `Ord` may panic, so every step compares first and moves afterwards: each refill, each merge
//! and each removal is a step from one valid tree to another.

#![forbid(unsafe_code)]

use super::node::{Leaf, MAX_HEIGHT, NIL, Nodes, Position, RemoveFromLeaf};
use super::rebalance::limits;
use super::search::Ancestors;
use super::simd;
use super::slab::Slab;
use crate::arena::NodeId;
use crate::interval::Interval;

impl<T: Ord + Copy, V> Nodes<T, V> {
    /// Takes the entry `slot` out of the nodes, and returns the place it had, where there is room
    /// now. Its row stays.
    pub(crate) fn remove(&mut self, slab: &mut Slab, slot: NodeId) -> (Position, Interval<T>, V) {
        self.fill_up(slab, slab.leaf(slot));
        let Position { leaf, pos } = self.position(slab.leaf(slot), slot);
        let Ancestors { steps } = self.ancestors(leaf);
        let steps = &steps[..self.height];
        let held = self.leaf(leaf);
        let (start, last) = (held.starts[pos], held.lasts[pos]);
        let mut lowered = [None; MAX_HEIGHT];
        if let Some((id, at)) = steps.first()
            && self.inner(*id).lasts[*at] <= last
        {
            let (front, rear) = (&held.lasts[..pos], &held.lasts[pos + 1..held.len()]);
            let mut below = front.iter().chain(rear).copied().max();
            for (i, (id, at)) in steps.iter().enumerate() {
                let inner = self.inner(*id);
                let Some(new) = below.filter(|new| *new < inner.lasts[*at]) else { break };
                lowered[i] = Some(new);
                let others = (0..inner.len).filter(|i| i != at).map(|i| inner.lasts[i]);
                below = others.chain([new]).max();
            }
        }
        // From here on nothing is compared.
        for ((id, at), new) in steps.iter().zip(lowered) {
            let inner = self.inner_mut(*id);
            inner.counts[*at] -= 1;
            if let Some(new) = new {
                inner.lasts[*at] = new;
            }
        }
        let value = simd::run(RemoveFromLeaf { leaf: self.leaf_mut(leaf), pos });
        let interval = Interval::from_former_bounds(start, last);
        if self.leaf(leaf).len() == 0 {
            self.free_leaf(leaf);
            (self.root, self.first, self.last) = (NIL, NIL, NIL);
            return (Position { leaf: NIL, pos }, interval, value);
        }
        if pos == 0 {
            self.carry_start(leaf, steps);
        }
        (Position { leaf, pos }, interval, value)
    }

    /// Fills up what holds the fewest allowed, so that the leaf can give one entry away.
    fn fill_up(&mut self, slab: &mut Slab, leaf: u32) {
        let mut thin = [NIL; MAX_HEIGHT];
        let (mut levels, mut id) = (0, leaf);
        while levels < self.height && self.node_len(levels, id) == limits(levels).0 {
            thin[levels] = id;
            id = self.parent(levels, id);
            levels += 1;
        }
        for level in (0..levels).rev() {
            self.refill(slab, level, thin[level]);
        }
    }

    /// Joins a node with a neighbour, or takes some of what the neighbour holds.
    fn refill(&mut self, slab: &mut Slab, level: usize, id: u32) {
        let above = self.parent(level, id);
        let at = self.index_of(level, id).saturating_sub(1);
        let parent = self.inner(above);
        let pair = [parent.children[at], parent.children[at + 1]];
        let [left, right] = pair.map(|id| self.lasts(level, id));
        let total = left.len() + right.len();
        let joins = total <= limits(level).1;
        let target = if joins { total } else { total / 2 };
        let all = || left.iter().chain(right).copied();
        let lasts = [all().take(target).max(), all().skip(target).max()];
        // From here on nothing is compared.
        self.shift(slab, level, pair, target);
        for (at, last) in (at..).zip(lasts) {
            if let Some(last) = last {
                self.inner_mut(above).lasts[at] = last;
            }
        }
        if joins {
            self.inner_mut(above).remove(at + 1);
            self.discard(level, pair[1]);
            if self.inner(above).len == 1 {
                // Only the root may come down to one child.
                (self.root, self.height) = (pair[0], level);
                self.set_parent(level, pair[0], NIL);
                self.free_inner(above);
            }
        }
    }

    /// Unlinks and frees a node that was emptied into its left neighbour.
    fn discard(&mut self, level: usize, id: u32) {
        if level > 0 {
            self.free_inner(id);
            return;
        }
        let &Leaf { prev, next, .. } = self.leaf(id);
        self.leaf_mut(prev).next = next;
        match next {
            NIL => self.last = prev,
            next => self.leaf_mut(next).prev = prev,
        }
        self.free_leaf(id);
    }
}

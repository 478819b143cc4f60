//! Entries moved out of nodes.

#![forbid(unsafe_code)]

use super::kind::{Handled, Kind};
use super::node::Nodes;
use crate::interval::Interval;
use crate::pages::OrPanic;

/// Entries moved out of nodes that nothing else refers to.
pub(crate) struct Drain<T, V, K: Kind = Handled> {
    nodes: Nodes<T, V, K>,
    /// The leaves at both ends, and how many entries of the front one were removed.
    front: u32,
    back: u32,
    taken: usize,
    remaining: usize,
}

impl<T: Copy, V, K: Kind> Drain<T, V, K> {
    /// All entries, of which there are `len`.
    pub(crate) fn new(nodes: Nodes<T, V, K>, len: usize) -> Self {
        Self { front: nodes.first, back: nodes.last, taken: 0, remaining: len, nodes }
    }

    /// # Panics
    ///
    /// Panics if values that a snapshot shares must be cloned, and that panics or memory is exhausted;
    /// the entry stays.
    pub(crate) fn next(&mut self) -> Option<(Interval<T>, V)> {
        let remaining = self.remaining.checked_sub(1)?;
        while self.nodes.leaf(self.front).values.is_empty() {
            (self.front, self.taken) = (self.nodes.leaf(self.front).next, 0);
        }
        self.own(self.front);
        self.remaining = remaining;
        let value = self.nodes.leaves.take_value(self.front, 0);
        self.taken += 1;
        Some((self.nodes.leaf(self.front).interval(self.taken - 1), value))
    }

    pub(crate) fn next_back(&mut self) -> Option<(Interval<T>, V)> {
        let remaining = self.remaining.checked_sub(1)?;
        loop {
            let taken = if self.back == self.front { self.taken } else { 0 };
            let leaf = self.nodes.leaf(self.back);
            if let Some(pos) = leaf.len().checked_sub(1) {
                let interval = leaf.interval(taken + pos);
                self.own(self.back);
                self.remaining = remaining;
                return Some((interval, self.nodes.leaves.take_value(self.back, pos)));
            }
            self.back = leaf.prev;
        }
    }

    fn own(&mut self, leaf: u32) {
        if self.nodes.may_be_shared() {
            self.nodes.leaves.own(leaf).or_panic();
        }
    }

    /// The entries still to come.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (Interval<T>, &V)> {
        let leaves = core::iter::successors(self.nodes.leaves.get(self.front), |leaf| {
            self.nodes.leaves.get(leaf.next)
        });
        let taken = core::iter::once(self.taken).chain(core::iter::repeat(0));
        leaves.zip(taken).flat_map(|(leaf, taken)| {
            (taken..).zip(leaf.values).map(move |(pos, value)| (leaf.interval(pos), value))
        })
    }
}

impl<T, V, K: Kind> Drain<T, V, K> {
    pub(crate) fn len(&self) -> usize {
        self.remaining
    }
}

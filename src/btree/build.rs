//! Nodes from entries that come in order.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

use super::node::{Child, INNER, INNER_MIN, Inner, LEAF, LEAF_MIN, Leaf, NIL, Nodes, narrow};
use super::slab::Slab;
use crate::arena::NodeId;
use crate::interval::Interval;

impl<T: Copy> Nodes<T> {
    /// The start of the entry pushed last.
    pub(super) fn last_start(&self) -> Option<T> {
        self.leaves.last().map(|leaf| leaf.starts[leaf.len - 1])
    }

    /// Puts an entry behind all others into nodes that were never more than leaves in a row, and
    /// of which [`link_sorted`](Self::link_sorted) makes a tree.
    pub(super) fn push_sorted(&mut self, interval: Interval<T>, slot: impl FnOnce(u32) -> NodeId) {
        let (start, last) = interval.into_bounds();
        let leaves = narrow(self.leaves.len());
        match self.leaves.last_mut() {
            Some(leaf) if leaf.len < LEAF => {
                leaf.push(start, last, slot(leaves - 1));
            }
            _ => self.leaves.push(Leaf::new(start, last, slot(leaves))),
        }
    }
}

impl<T: Ord + Copy> Nodes<T> {
    /// Links the leaves and builds the levels above them.
    pub(super) fn link_sorted<V>(&mut self, slab: &mut Slab<V>) {
        let Some(last) = self.leaves.len().checked_sub(1) else { return };
        self.leaves[last].pad();
        if let [.., left, right] = &mut self.leaves[..]
            && right.len < LEAF_MIN
        {
            let target = usize::midpoint(left.len, right.len);
            Leaf::shift(left, right, target);
            for slot in &right.slots[..right.len] {
                slab.set_leaf(*slot, narrow(last));
            }
        }
        for i in 0..=last {
            self.leaves[i].prev = i.checked_sub(1).map_or(NIL, narrow);
            self.leaves[i].next = if i == last { NIL } else { narrow(i + 1) };
        }
        (self.first, self.last) = (0, narrow(last));
        let mut level: Vec<Child<T>> =
            (0..).zip(&self.leaves).map(|(id, leaf)| leaf.summary(id)).collect();
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len().div_ceil(INNER));
            let mut rest = &level[..];
            while let [first, ..] = rest {
                let take = match rest.len() {
                    n if n <= INNER => n,
                    n if n < INNER + INNER_MIN => n / 2,
                    _ => INNER,
                };
                let mut inner = Inner::new(*first);
                rest[1..take].iter().for_each(|child| inner.insert(inner.len, *child));
                let id = self.new_inner(inner);
                for child in &rest[..take] {
                    self.set_parent(self.height, child.id, id);
                }
                above.push(self.inner(id).summary(id));
                rest = &rest[take..];
            }
            self.height += 1;
            level = above;
        }
        self.root = level[0].id;
    }
}

impl<T: Ord + Copy> Leaf<T> {
    fn summary(&self, id: u32) -> Child<T> {
        let last = self.lasts[..self.len].iter().max().expect("a leaf is not empty");
        Child { start: self.starts[0], last: *last, id, count: narrow(self.len) }
    }
}

impl<T: Ord + Copy> Inner<T> {
    fn summary(&self, id: u32) -> Child<T> {
        let last = self.lasts[..self.len].iter().max().expect("a node is not empty");
        Child { start: self.starts[0], last: *last, id, count: self.count() }
    }
}

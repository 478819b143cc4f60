//! Nodes from entries that come in order.

#![forbid(unsafe_code)]

use alloc::vec;
use alloc::vec::Vec;

use super::node::{Child, INNER, INNER_MIN, Inner, LEAF, LEAF_MIN, Leaf, NIL, Nodes, to_u32};
use super::slab::Slab;
use crate::arena::NodeId;
use crate::interval::Interval;

impl<T: Copy, V> Nodes<T, V> {
    /// Puts an entry behind all others into full leaves in a row, of which
    /// [`link_sorted`](Self::link_sorted) makes a tree.
    #[inline]
    pub(crate) fn push_sorted(&mut self, interval: Interval<T>, value: V, slot: NodeId) {
        let (start, last) = interval.into_bounds();
        match self.leaves.last_mut() {
            Some(leaf) if leaf.len() < LEAF => leaf.push(start, last, slot, value),
            _ => self.leaves.push(Leaf::new(start, last, slot, value)),
        }
    }
}

impl<T: Ord + Copy, V> Nodes<T, V> {
    /// Links the leaves and builds the levels above them.
    pub(crate) fn link_sorted(&mut self, slab: &mut Slab) {
        let Some(last) = self.leaves.len().checked_sub(1) else { return };
        if let [.., left, right] = &mut self.leaves[..]
            && right.len() < LEAF_MIN
        {
            let target = usize::midpoint(left.len(), right.len());
            Leaf::shift(left, right, target);
            for slot in &right.slots[..right.len()] {
                slab.set_leaf(*slot, to_u32(last));
            }
        }
        let row = (0..).zip(&self.leaves).map(|(id, leaf)| leaf.summary(id)).collect();
        self.put_under(Levels::above(row));
    }

    /// Puts leaves that lie in a row under the levels built for them. Compares nothing.
    fn put_under(&mut self, levels: Levels<T>) {
        let last = self.leaves.len() - 1;
        for (i, (leaf, parent)) in self.leaves.iter_mut().zip(levels.parents).enumerate() {
            leaf.parent = parent;
            leaf.prev = i.checked_sub(1).map_or(NIL, to_u32);
            leaf.next = if i == last { NIL } else { to_u32(i + 1) };
        }
        (self.first, self.last) = (0, to_u32(last));
        (self.inners, self.root, self.height) = (levels.inners, levels.root, levels.height);
        (self.vacant_leaf, self.vacant_inner) = (NIL, NIL);
    }

    /// Moves all `len` entries into full leaves that lie in memory in their order.
    ///
    /// Compares first and moves afterwards, so that a panic of `Ord` changes nothing.
    pub(crate) fn compact(&mut self, slab: &mut Slab, len: usize) {
        if len == 0 {
            *self = Self::new();
            return;
        }
        let mut entries = self.all(len);
        let mut row = Vec::with_capacity(len.div_ceil(LEAF));
        let mut rest = len;
        while rest > 0 {
            let count = match rest {
                n if n <= LEAF => n,
                n if n < LEAF + LEAF_MIN => n / 2,
                _ => LEAF,
            };
            let run = core::iter::from_fn(|| entries.next(self)).take(count);
            let mut run = run.map(|at| self.leaf(at.leaf).interval(at.pos).into_bounds());
            let (start, last) = run.next().expect("as many entries as were counted");
            let last = run.map(|(_, last)| last).fold(last, T::max);
            row.push(Child { start, last, id: to_u32(row.len()), count: to_u32(count) });
            rest -= count;
        }
        let counts: Vec<usize> = row.iter().map(|child| child.count as usize).collect();
        let levels = Levels::above(row);
        // From here on nothing is compared.
        let mut leaves = Vec::with_capacity(counts.len());
        let mut from = self.first;
        for (id, count) in (0..).zip(counts) {
            let mut leaf = Leaf::empty_like(self.leaf(from));
            while leaf.len() < count {
                let source = self.leaf_mut(from);
                let target = count.min(leaf.len() + source.len());
                Leaf::shift(&mut leaf, source, target);
                if source.len() == 0 && source.next != NIL {
                    from = source.next;
                }
            }
            leaf.slots[..count].iter().for_each(|slot| slab.set_leaf(*slot, id));
            leaves.push(leaf);
        }
        self.leaves = leaves;
        self.put_under(levels);
    }
}

/// Inner nodes above leaves in a row.
struct Levels<T> {
    inners: Vec<Inner<T>>,
    root: u32,
    height: usize,
    /// The inner node above each leaf.
    parents: Vec<u32>,
}

impl<T: Ord + Copy> Levels<T> {
    /// Builds full nodes above a row that is not empty.
    fn above(row: Vec<Child<T>>) -> Self {
        let mut parents = vec![NIL; row.len()];
        let (mut height, mut level) = (0, row);
        let mut inners: Vec<Inner<T>> = Vec::new();
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len().div_ceil(INNER));
            let mut rest = &level[..];
            while let [first, ..] = rest {
                let take = match rest.len() {
                    n if n <= INNER => n,
                    n if n < INNER + INNER_MIN => n / 2,
                    _ => INNER,
                };
                let id = to_u32(inners.len());
                let mut inner = Inner::new(*first);
                rest[1..take].iter().for_each(|child| inner.push(*child));
                for child in &rest[..take] {
                    if height == 0 {
                        parents[child.id as usize] = id;
                    } else {
                        inners[child.id as usize].parent = id;
                    }
                }
                above.push(inner.summary(id));
                inners.push(inner);
                rest = &rest[take..];
            }
            height += 1;
            level = above;
        }
        inners.shrink_to_fit();
        Self { inners, root: level[0].id, height, parents }
    }
}

impl<T: Ord + Copy, V> Leaf<T, V> {
    fn summary(&self, id: u32) -> Child<T> {
        let last = self.lasts[..self.len()].iter().max().expect("a leaf is not empty");
        Child { start: self.starts[0], last: *last, id, count: to_u32(self.len()) }
    }
}

impl<T: Ord + Copy> Inner<T> {
    fn summary(&self, id: u32) -> Child<T> {
        let last = self.lasts[..self.len].iter().max().expect("a node is not empty");
        Child { start: self.starts[0], last: *last, id, count: self.count() }
    }
}

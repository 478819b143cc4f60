//! All entries removed, nodes copied, and the memory of removed entries given back.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

use super::kind::{Kind, Rows};
use super::node::{Inner, Leaf, NIL, Nodes, to_u32};
use crate::pages::OrPanic;

impl<T, V, K: Kind> Nodes<T, V, K> {
    /// Removes all entries, and their rows. Keeps the memory that no snapshot may share.
    pub(crate) fn clear(&mut self, rows: &mut K::Rows) {
        /// The leaves from here on hold values still, and are in no tree.
        struct Rest<'a, T, V, K: Kind>(&'a mut Nodes<T, V, K>, u32);

        impl<T, V, K: Kind> Rest<'_, T, V, K> {
            fn drop_all(&mut self) {
                while self.1 != NIL {
                    let id = self.1;
                    self.1 = self.0.leaf(id).prev;
                    // The `Drop` of a value may panic; the length is zero before that.
                    let freed = Freed(&mut *self.0, id);
                    freed.0.leaves.truncate(id, 0);
                }
            }
        }

        impl<T, V, K: Kind> Drop for Rest<'_, T, V, K> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }

        struct Freed<'a, T, V, K: Kind>(&'a mut Nodes<T, V, K>, u32);

        impl<T, V, K: Kind> Drop for Freed<'_, T, V, K> {
            fn drop(&mut self) {
                self.0.free_leaf(self.1);
            }
        }

        let mut id = self.first;
        while id != NIL {
            let leaf = self.leaf(id);
            leaf.slots[..leaf.len()].iter().for_each(|slot| rows.remove(*slot));
            id = leaf.next;
        }
        if self.may_be_shared() {
            // Its own values are dropped, and those of no snapshot.
            drop(core::mem::replace(self, Self::new()));
            return;
        }
        if self.root != NIL {
            self.free_inners(self.height, self.root);
        }
        let last = self.last;
        (self.root, self.height, self.first, self.last) = (NIL, 0, NIL, NIL);
        Rest(self, last).drop_all();
    }

    /// Frees the inner nodes from this one down.
    fn free_inners(&mut self, level: usize, id: u32) {
        if level > 0 {
            for at in 0..self.inner(id).len {
                self.free_inners(level - 1, self.inner(id).children[at]);
            }
            self.free_inner(id);
        }
    }

    /// Gives back what no entry needs: nodes move to the places of vacant ones, until all in use
    /// lie side by side.
    ///
    /// # Panics
    ///
    /// Panics if nodes that a snapshot shares are to move and memory is exhausted.
    pub(crate) fn shrink_to_fit(&mut self, rows: &mut K::Rows) {
        let (mut low, mut high) = (0, to_u32(self.leaves.len()));
        loop {
            while low < high && self.leaf(low).len() > 0 {
                low += 1;
            }
            while low < high && self.leaf(high - 1).len() == 0 {
                high -= 1;
            }
            if low == high {
                break;
            }
            self.move_leaf(rows, high - 1, low);
        }
        self.leaves.truncate_leaves(high as usize);
        self.leaves.shrink_to_fit();
        let (mut low, mut high) = (0, to_u32(self.inners.len()));
        loop {
            while low < high && self.inner(low).len > 0 {
                low += 1;
            }
            while low < high && self.inner(high - 1).len == 0 {
                high -= 1;
            }
            if low == high {
                break;
            }
            self.move_inner(high - 1, low);
        }
        self.inners.truncate(high as usize);
        self.inners.shrink_to_fit();
        (self.vacant_leaf, self.vacant_inner) = (NIL, NIL);
    }

    /// Moves a leaf to the place of a vacant one.
    fn move_leaf(&mut self, rows: &mut K::Rows, from: u32, to: u32) {
        if self.may_be_shared() {
            let &Leaf { prev, next, parent, .. } = self.leaf(from).leaf;
            for (level, id) in [(0, from), (0, to), (0, prev), (0, next), (1, parent)] {
                self.own_node(level, id).or_panic();
            }
        }
        self.leaves.swap(from, to);
        let leaf = self.leaf(to);
        let &Leaf { parent, prev, next, .. } = leaf.leaf;
        rows.set_leaves(&leaf.slots[..leaf.len()], to);
        match prev {
            NIL => self.first = to,
            prev => self.leaf_mut(prev).next = to,
        }
        match next {
            NIL => self.last = to,
            next => self.leaf_mut(next).prev = to,
        }
        self.rename(parent, from, to);
    }

    /// Moves an inner node to the place of a vacant one.
    fn move_inner(&mut self, from: u32, to: u32) {
        let &Inner { parent, len, .. } = self.inner(from);
        let mut level = self.height;
        let mut above = parent;
        while above != NIL {
            (level, above) = (level - 1, self.inner(above).parent);
        }
        if self.may_be_shared() {
            let nodes = [(level, from), (level, to), (level + 1, parent)];
            let children = (0..len).map(|at| (level - 1, self.inner(from).children[at]));
            for (level, id) in children.chain(nodes).collect::<Vec<_>>() {
                self.own_node(level, id).or_panic();
            }
        }
        let [a, b] = self.inners.pair_mut(from as usize, to as usize);
        core::mem::swap(a, b);
        for at in 0..len {
            self.set_parent(level - 1, self.inner(to).children[at], to);
        }
        self.rename(parent, from, to);
    }

    /// Updates the link of a parent, or of the tree, to a node that has another id.
    fn rename(&mut self, parent: u32, from: u32, to: u32) {
        if parent == NIL {
            self.root = to;
            return;
        }
        let inner = self.inner_mut(parent);
        let at = inner.children[..inner.len].iter().position(|id| *id == from);
        inner.children[at.expect("a parent link leads to the parent (B4)")] = to;
    }
}

impl<T: Clone, V: Clone, K: Kind> Nodes<T, V, K> {
    /// Copies the nodes in use, in their order; `rows`, a copy of the rows, is updated to match.
    pub(crate) fn clone_in_order(&self, rows: &mut impl Rows<K::Slot>) -> Self {
        let mut clone = Self::new();
        if self.root != NIL {
            let [leaves, inners] = self.nodes_below(self.height, self.root);
            clone.leaves.try_reserve(leaves).or_panic();
            clone.inners.try_reserve(inners).or_panic();
            clone.height = self.height;
            clone.root = clone.clone_node(self, rows, (self.height, self.root), NIL);
            clone.leaves.shrink_to_fit();
            clone.inners.shrink_to_fit();
        }
        clone
    }

    /// Leaves and inner nodes from this one down.
    fn nodes_below(&self, level: usize, id: u32) -> [usize; 2] {
        if level == 0 {
            return [1, 0];
        }
        let inner = self.inner(id);
        if level == 1 {
            return [inner.len, 1];
        }
        inner.children[..inner.len].iter().fold([0, 1], |[leaves, inners], child| {
            let [more, below] = self.nodes_below(level - 1, *child);
            [leaves + more, inners + below]
        })
    }

    fn clone_node(
        &mut self,
        from: &Self,
        rows: &mut impl Rows<K::Slot>,
        (level, id): (usize, u32),
        parent: u32,
    ) -> u32 {
        if level == 0 {
            let leaf = from.leaf(id);
            let copy = Leaf { parent, prev: self.last, next: NIL, ..leaf.leaf.clone() };
            let new = self.leaves.push_clone(copy, leaf.values);
            rows.set_leaves(&leaf.slots[..leaf.len()], new);
            match self.last {
                NIL => self.first = new,
                last => self.leaf_mut(last).next = new,
            }
            self.last = new;
            return new;
        }
        let copy = Inner { parent, ..from.inner(id).clone() };
        let new = self.new_inner(copy);
        for at in 0..from.inner(id).len {
            let child = (level - 1, from.inner(id).children[at]);
            let child = self.clone_node(from, rows, child, new);
            self.inner_mut(new).children[at] = child;
        }
        new
    }
}

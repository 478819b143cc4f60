//! The tree in other slots: as many as there are nodes, in their order. Its shape stays as it is.

use alloc::vec::Vec;

use super::Side::{Left, Right};
use super::{Node, RbTree, most_displaced};
use crate::arena::{Column, FlaggedLink, Link, NodeId, Slots};

/// Where the nodes come from.
trait Source<T> {
    fn children(&self, at: Link) -> [Link; 2];
    fn node(&mut self, at: NodeId) -> Node<T>;
}

/// Clones of nodes.
impl<T: Clone> Source<T> for &Slots<Node<T>> {
    fn children(&self, at: Link) -> [Link; 2] {
        self[at].child
    }

    fn node(&mut self, at: NodeId) -> Node<T> {
        self[at].clone()
    }
}

/// The nodes themselves.
impl<T> Source<T> for &mut Slots<Node<T>> {
    fn children(&self, at: Link) -> [Link; 2] {
        self[at].child
    }

    fn node(&mut self, at: NodeId) -> Node<T> {
        self.remove(at)
    }
}

struct Copy<'a, T, S> {
    from: S,
    up: &'a Column<FlaggedLink>,
    to: RbTree<T>,
}

impl<T, S: Source<T>> Copy<'_, T, S> {
    /// Copies the subtree `at` to the next slots; recurses once a level.
    fn subtree(&mut self, at: Link, parent: Link) -> Link {
        let Some(from) = at.get() else { return Link::NIL };
        let [left, right] = self.from.children(at);
        // The slot of its parent is not known yet.
        let left = self.subtree(left, Link::NIL);
        let mut node = self.from.node(from);
        node.child = [left, Link::NIL];
        let id = self.to.nodes.push(node);
        self.to.up.set(id, parent.with_flag(self.up[at].flag()));
        if let Some(up) = self.to.up.get_mut(left) {
            *up = Link::from(id).with_flag(up.flag());
        }
        let right = self.subtree(right, id.into());
        self.to.set_child(id, Right, right);
        id.into()
    }

    fn tree(mut self, root: Link) -> RbTree<T> {
        self.to.root = self.subtree(root, Link::NIL);
        self.to.leftmost = self.to.root.get().map(|root| self.to.extreme(root, Left)).into();
        self.to
    }
}

impl<T> RbTree<T> {
    /// An empty tree with memory for so many nodes, and no more.
    pub(crate) fn with_exact_capacity(capacity: usize) -> Self {
        let mut tree = Self::new();
        tree.nodes.reserve_exact(capacity);
        tree.up.reserve_exact(capacity, Link::NIL.with_flag(false));
        tree.displaced = Vec::with_capacity(most_displaced(capacity));
        tree
    }

    /// Moves the nodes to `to`, which is empty and has memory for them, in order.
    pub(crate) fn move_to(&mut self, to: Self) {
        let root = self.root;
        let tree = Copy { from: &mut self.nodes, up: &self.up, to }.tree(root);
        *self = tree;
    }
}

impl<T: Clone> RbTree<T> {
    /// Clones the nodes to as many slots, in order.
    pub(crate) fn clone_compact(&self) -> Self {
        let to = Self::with_exact_capacity(self.len());
        Copy { from: &self.nodes, up: &self.up, to }.tree(self.root)
    }
}

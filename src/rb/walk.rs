//! What a walk over the nodes of the tree is.

#![forbid(unsafe_code)]

use crate::arena::NodeId;
use crate::rbtree::{self, NoTally, RbTree};

/// A walk from the front over nodes of a tree.
pub(super) trait Walk<T> {
    fn next(&mut self, nodes: &RbTree<T>) -> Option<NodeId>;

    /// Fewest and most nodes still to come, of `len` in all.
    fn size_hint(&self, len: usize) -> (usize, usize) {
        (0, len)
    }
}

/// A walk from both ends.
pub(super) trait WalkBack<T>: Walk<T> {
    fn next_back(&mut self, nodes: &RbTree<T>) -> Option<NodeId>;
}

impl<T: Ord> Walk<T> for rbtree::Matches<T> {
    #[inline]
    fn next(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        rbtree::Matches::next(self, nodes, &mut NoTally)
    }
}

impl<T> Walk<T> for rbtree::Between {
    #[inline]
    fn next(&mut self, nodes: &RbTree<T>) -> Option<NodeId> {
        rbtree::Between::next(self, nodes)
    }
}

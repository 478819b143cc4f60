use alloc::vec::Vec;
use core::fmt;

use super::RbTree;
use super::Side::{Left, Right};
use crate::arena::{Link, NodeId};

/// What `check` counted while it checked the invariants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Summary {
    /// Number of entries.
    pub len: usize,
    /// Number of entries on the longest path from the root down.
    pub height: usize,
    /// Number of black entries on every path from the root down.
    pub black_height: usize,
}

/// The invariant that `check` found broken, and the slot at which it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// (I1) An entry starts before the previous one.
    Order {
        /// The slot of the later entry.
        slot: usize,
    },
    /// (I2) A child's parent link does not lead to its parent, or it is both of its children.
    Parent {
        /// The slot of the child.
        slot: usize,
    },
    /// (I3) The root is red.
    RedRoot,
    /// (I4) A red node has a red child.
    RedRed {
        /// The slot of the child.
        slot: usize,
    },
    /// (I5) The two sides of a node differ in their number of black nodes.
    BlackHeight {
        /// The slot of the node.
        slot: usize,
    },
    /// (I6) `subtree_last` is not the greatest `last` of the subtree.
    SubtreeLast {
        /// The slot of the subtree's root.
        slot: usize,
    },
    /// (I7) The remembered leftmost entry is not the first in order.
    Leftmost,
    /// (I7) The entries that can be reached are not as many as there are.
    Len {
        /// Entries found in order.
        reached: usize,
        /// Entries stored.
        stored: usize,
    },
    /// (A2) An entry has no value, or a value has no entry.
    Value {
        /// The slot in question.
        slot: usize,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken tree: {self:?}")
    }
}

impl core::error::Error for Violation {}

/// One node of a preorder walk.
#[derive(Debug)]
pub(crate) struct ShapeNode<'a, T> {
    pub(crate) id: NodeId,
    pub(crate) is_red: bool,
    pub(crate) subtree_last: &'a T,
    pub(crate) has_left: bool,
    pub(crate) has_right: bool,
}

/// A preorder walk, by parent links: it serves tests, which do not mind.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    at: Link,
}

impl Shape {
    pub(crate) fn new<T>(tree: &RbTree<T>) -> Self {
        Self { at: tree.root }
    }

    pub(crate) fn next<'a, T>(&mut self, tree: &'a RbTree<T>) -> Option<ShapeNode<'a, T>> {
        let id = self.at.get()?;
        let node = &tree.nodes[id];
        let [left, right] = node.child;
        self.at = match (left.is_nil(), right.is_nil()) {
            (false, _) => left,
            (true, false) => right,
            (true, true) => tree.next_right_branch(id),
        };
        Some(ShapeNode {
            id,
            is_red: tree.is_red(id.into()),
            subtree_last: &node.subtree_last,
            has_left: !left.is_nil(),
            has_right: !right.is_nil(),
        })
    }
}

impl<T> RbTree<T> {
    /// The nearest right subtree that a preorder walk from the leaf `at` has not entered.
    fn next_right_branch(&self, mut at: NodeId) -> Link {
        while let Some(parent) = self.parent(at).get() {
            let right = self.child(parent, Right);
            if right != at.into() && !right.is_nil() {
                return right;
            }
            at = parent;
        }
        Link::NIL
    }
}

impl<T: Ord> RbTree<T> {
    /// Checks (I1)-(I7); returns the first that is broken. Does not recurse.
    pub(crate) fn check(&self) -> Result<Summary, Violation> {
        let Some(root) = self.root.get() else {
            return if !self.leftmost.is_nil() {
                Err(Violation::Leftmost)
            } else if self.len() > 0 {
                Err(Violation::Len { reached: 0, stored: self.len() })
            } else {
                Ok(Summary { len: 0, height: 0, black_height: 0 })
            };
        };
        self.check_links(root)?;
        let summary = self.check_levels(root)?;
        self.check_order(root)?;
        Ok(summary)
    }

    /// (I2) and the count, by a preorder walk that trusts child links only as far as they agree
    /// with parent links: so it enters no node twice.
    fn check_links(&self, root: NodeId) -> Result<(), Violation> {
        if !self.parent(root).is_nil() {
            return Err(Violation::Parent { slot: root.index() });
        }
        let (mut shape, mut reached) = (Shape::new(self), 0);
        while let Some(ShapeNode { id, .. }) = shape.next(self) {
            reached += 1;
            let [left, right] = self.nodes[id].child.map(Link::get);
            for child in left.into_iter().chain(right) {
                if self.parent(child) != id.into() || left == right {
                    return Err(Violation::Parent { slot: child.index() });
                }
            }
        }
        if reached == self.len() {
            Ok(())
        } else {
            Err(Violation::Len { reached, stored: self.len() })
        }
    }

    /// (I3)-(I6), each node after its children.
    fn check_levels(&self, root: NodeId) -> Result<Summary, Violation> {
        if self.is_red(root.into()) {
            return Err(Violation::RedRoot);
        }
        let mut len = 0;
        let mut deepest = 0;
        // Heights of the subtrees that are done and whose parent is not, in post-order.
        let mut done: Vec<usize> = Vec::new();
        let mut at = Some(self.first_in_postorder(root));
        while let Some(id) = at {
            len += 1;
            deepest = deepest.max(self.depth(id));
            let slot = id.index();
            let [left, right] = self.nodes[id].child;
            if self.is_red(id.into()) && (self.is_red(left) || self.is_red(right)) {
                let child = if self.is_red(left) { left } else { right };
                return Err(Violation::RedRed { slot: child.get().map_or(slot, NodeId::index) });
            }
            let right_height = right.get().map_or(0, |_| done.pop().unwrap_or(0));
            let left_height = left.get().map_or(0, |_| done.pop().unwrap_or(0));
            if left_height != right_height {
                return Err(Violation::BlackHeight { slot });
            }
            done.push(left_height + usize::from(!self.is_red(id.into())));
            let own = self.nodes[id].interval.last();
            let below = self.subtree_last(left).max(self.subtree_last(right));
            if Some(&self.nodes[id].subtree_last) != Some(own).max(below) {
                return Err(Violation::SubtreeLast { slot });
            }
            at = self.next_in_postorder(id);
        }
        Ok(Summary { len, height: deepest, black_height: done.pop().unwrap_or(0) })
    }

    /// (I1) and (I7).
    fn check_order(&self, root: NodeId) -> Result<(), Violation> {
        let first = self.extreme(root, Left);
        if self.leftmost != first.into() {
            return Err(Violation::Leftmost);
        }
        let mut at = first;
        while let Some(next) = self.neighbour(at, Right).get() {
            if self.nodes[next].interval.start() < self.nodes[at].interval.start() {
                return Err(Violation::Order { slot: next.index() });
            }
            at = next;
        }
        Ok(())
    }

    fn first_in_postorder(&self, mut at: NodeId) -> NodeId {
        loop {
            let [left, right] = self.nodes[at].child;
            match left.get().or(right.get()) {
                Some(child) => at = child,
                None => return at,
            }
        }
    }

    fn next_in_postorder(&self, at: NodeId) -> Option<NodeId> {
        let parent = self.parent(at).get()?;
        let right = self.child(parent, Right);
        match right.get() {
            Some(right) if right != at => Some(self.first_in_postorder(right)),
            _ => Some(parent),
        }
    }

    fn depth(&self, mut at: NodeId) -> usize {
        let mut depth = 1;
        while let Some(parent) = self.parent(at).get() {
            depth += 1;
            at = parent;
        }
        depth
    }
}

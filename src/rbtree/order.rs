//! What the order of nodes answers: neighbours, walks between two nodes, the nearest ones.

use super::RbTree;
use super::Side::{self, Left, Right};
use super::path::NoTally;
use super::path::Path;
use crate::arena::{Link, NodeId};
use crate::interval::{Interval, Query};

impl<T> RbTree<T> {
    /// The nearest ancestor that lies on `side` of the subtree `at`.
    pub(super) fn ancestor_on(&self, mut at: NodeId, side: Side) -> Option<NodeId> {
        loop {
            let parent = self.parent(at).get()?;
            if self.child(parent, side) != at.into() {
                return Some(parent);
            }
            at = parent;
        }
    }

    /// The next node in order towards `side`.
    pub(crate) fn neighbour(&self, at: NodeId, side: Side) -> Link {
        match self.child(at, side).get() {
            Some(child) => self.extreme(child, side.other()).into(),
            None => self.ancestor_on(at, side).into(),
        }
    }

    /// The next node in order.
    pub(crate) fn successor(&self, at: NodeId) -> Option<NodeId> {
        self.neighbour(at, Right).get()
    }

    /// The node before in order.
    pub(crate) fn predecessor(&self, at: NodeId) -> Option<NodeId> {
        self.neighbour(at, Left).get()
    }

    /// The last node in order.
    pub(crate) fn rightmost(&self) -> Option<NodeId> {
        self.root.get().map(|root| self.extreme(root, Right))
    }
}

/// The state of an in-order walk from both ends over the nodes between two, both included.
#[derive(Clone, Debug)]
pub(crate) struct Between {
    /// The next node from the front; none at the end.
    front: Link,
    /// The ancestors of `front` that come after it, topmost last.
    pending: Path,
    /// The next node from the back.
    back: Link,
}

impl Between {
    pub(crate) const EMPTY: Self = Self { front: Link::NIL, pending: Path::new(), back: Link::NIL };

    #[inline]
    pub(crate) fn next<T>(&mut self, tree: &RbTree<T>) -> Option<NodeId> {
        let id = self.front.get()?;
        self.front = if self.front == self.back {
            Link::NIL
        } else {
            match tree.child(id, Right).get() {
                Some(right) => self.pending.descend(tree, right, &mut NoTally).into(),
                None => self.pending.pop().into(),
            }
        };
        Some(id)
    }

    #[inline]
    pub(crate) fn next_back<T>(&mut self, tree: &RbTree<T>) -> Option<NodeId> {
        let id = self.front.get().and(self.back.get())?;
        if self.front == self.back {
            self.front = Link::NIL;
        } else {
            self.back = tree.neighbour(id, Left);
        }
        Some(id)
    }
}

impl<T> RbTree<T> {
    /// All nodes.
    pub(crate) fn all(&self) -> Between {
        let mut pending = Path::new();
        let front = self.root.get().map(|root| pending.descend(self, root, &mut NoTally)).into();
        Between { front, pending, back: self.rightmost().into() }
    }

    /// The last node that is `before` and the first that is not; `before` must hold for a
    /// first part of the order and for none after it.
    pub(crate) fn split_point(&self, before: impl Fn(&Interval<T>) -> bool) -> (Link, Link) {
        let (mut last_before, mut first_not) = (Link::NIL, Link::NIL);
        let mut at = self.root;
        while let Some(id) = at.get() {
            let node = &self.nodes[id];
            at = if before(&node.interval) {
                last_before = at;
                node.child[Right as usize]
            } else {
                first_not = at;
                node.child[Left as usize]
            };
        }
        (last_before, first_not)
    }
}

impl<T: Ord> RbTree<T> {
    /// The nodes whose start lies in `starts`.
    pub(crate) fn between(&self, starts: &Query<T>) -> Between {
        let mut pending = Path::new();
        let mut at = self.root;
        while let Some(id) = at.get() {
            let node = &self.nodes[id];
            at = if starts.reaches(node.interval.start()) {
                pending.push(id);
                node.child[Left as usize]
            } else {
                node.child[Right as usize]
            };
        }
        match pending.pop() {
            Some(first) if starts.starts(self.interval(first).start()) => {
                let (back, _) = self.split_point(|interval| starts.starts(interval.start()));
                Between { front: first.into(), pending, back }
            }
            _ => Between::EMPTY,
        }
    }

    /// The node with the greatest `last` below `at`; of several the last in order.
    ///
    /// A subtree that does not come up to `at` offers its `subtree_last`; only subtrees that do
    /// are entered, and each of those holds an entry that contains `at` or lies beyond it.
    pub(crate) fn nearest_before(&self, at: &T) -> Option<NodeId> {
        // A node, or the root of a subtree somewhere in which the node is; and the `last`.
        let mut best: Option<(NodeId, &T)> = None;
        let mut pending = Path::new();
        let mut subtree = self.root;
        loop {
            // Invariant: what is left to search is the subtree, then the pending nodes and their
            // right subtrees, topmost last.
            let (id, last) = if let Some(id) = subtree.get() {
                let node = &self.nodes[id];
                if node.subtree_last >= *at {
                    pending.push(id);
                    subtree = node.child[Left as usize];
                    continue;
                }
                subtree = Link::NIL;
                (id, &node.subtree_last)
            } else {
                let Some(id) = pending.pop() else { break };
                let node = &self.nodes[id];
                if *node.interval.start() >= *at {
                    break;
                }
                subtree = node.child[Right as usize];
                (id, node.interval.last())
            };
            if last < at && best.is_none_or(|(_, best)| best <= last) {
                best = Some((id, last));
            }
        }
        best.map(|(id, last)| self.holder_of(id, last))
    }

    /// `at` itself if it ends at `last`, else the last node in order of its subtree that does.
    fn holder_of(&self, mut at: NodeId, last: &T) -> NodeId {
        if self.nodes[at].subtree_last != *last {
            return at;
        }
        loop {
            let node = &self.nodes[at];
            let [left, right] = node.child;
            at = match (left.get(), right.get()) {
                (_, Some(right)) if self.nodes[right].subtree_last == *last => right,
                (Some(left), _) if node.interval.last() != last => left,
                _ => return at,
            };
        }
    }
}

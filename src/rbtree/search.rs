use core::ops::AddAssign;

use super::RbTree;
use super::Side::{self, Left, Right};
use crate::arena::{Link, NodeId};
use crate::interval::Query;

/// Counts the nodes a search inspects, or does not.
pub(crate) trait Tally {
    fn probe(&mut self);
}

/// Counts nothing, for free.
#[derive(Debug)]
pub(crate) struct NoTally;

impl Tally for NoTally {
    #[inline]
    fn probe(&mut self) {}
}

impl Tally for usize {
    #[inline]
    fn probe(&mut self) {
        self.add_assign(1);
    }
}

/// Nodes of a red-black tree of at most `u32::MAX` nodes that one path can hold.
const MAX_HEIGHT: usize = 64;

/// The ancestors whose own turn is still to come: those a path left towards the left.
#[derive(Clone, Debug)]
struct Pending {
    nodes: [Link; MAX_HEIGHT],
    len: usize,
}

impl Pending {
    const fn new() -> Self {
        Self { nodes: [Link::NIL; MAX_HEIGHT], len: 0 }
    }

    #[inline]
    fn push(&mut self, id: NodeId) {
        self.nodes[self.len] = id.into();
        self.len += 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<NodeId> {
        self.len = self.len.checked_sub(1)?;
        self.nodes[self.len].get()
    }
}

/// The state of an in-order search for the nodes that overlap a query.
///
/// It holds the path instead of climbing parent links, so that each node is touched once.
#[derive(Clone, Debug)]
pub(crate) struct Matches<T> {
    query: Option<Query<T>>,
    pending: Pending,
    /// The subtree to search next; it Reaches.
    subtree: Link,
}

impl<T: Ord> Matches<T> {
    pub(crate) fn new(tree: &RbTree<T>, query: Option<Query<T>>, tally: &mut impl Tally) -> Self {
        let mut subtree = Link::NIL;
        let query = query.filter(|query| {
            subtree = tree.candidates(query, tally);
            !subtree.is_nil()
        });
        Self { query, pending: Pending::new(), subtree }
    }

    /// The next match in order.
    #[inline]
    pub(crate) fn next(&mut self, tree: &RbTree<T>, tally: &mut impl Tally) -> Option<NodeId> {
        let query = self.query.as_ref()?;
        let mut at = self.subtree;
        loop {
            // Invariant: all that is left to search is the subtree `at`, which Reaches if it is
            // there, then the pending nodes and their right subtrees, topmost last.
            let id = if let Some(id) = at.get() {
                if let Some(left) = tree.nodes[id].child[Left as usize].get() {
                    tally.probe();
                    if query.reaches(&tree.nodes[left].subtree_last) {
                        self.pending.push(id);
                        at = left.into();
                        continue;
                    }
                }
                id
            } else {
                let Some(id) = self.pending.pop() else { break };
                tally.probe();
                id
            };
            let node = &tree.nodes[id];
            if !query.starts(node.interval.start()) {
                break;
            }
            let right = node.child[Right as usize];
            at = match right.get() {
                Some(right) => {
                    tally.probe();
                    if query.reaches(&tree.nodes[right].subtree_last) {
                        right.into()
                    } else {
                        Link::NIL
                    }
                }
                None => Link::NIL,
            };
            if query.reaches(node.interval.last()) {
                self.subtree = at;
                return Some(id);
            }
        }
        self.query = None;
        None
    }
}

impl<T: Ord> RbTree<T> {
    /// The root if some node may overlap `query`; two comparisons tell most misses.
    #[inline]
    fn candidates(&self, query: &Query<T>, tally: &mut impl Tally) -> Link {
        let (Some(root), Some(leftmost)) = (self.root.get(), self.leftmost.get()) else {
            return Link::NIL;
        };
        tally.probe();
        if !query.reaches(&self.nodes[root].subtree_last) {
            return Link::NIL;
        }
        tally.probe();
        if query.starts(self.nodes[leftmost].interval.start()) { self.root } else { Link::NIL }
    }

    /// The first match in order.
    pub(crate) fn first_match(&self, query: &Query<T>) -> Option<NodeId> {
        let root = self.candidates(query, &mut NoTally).get()?;
        self.leftmost_match(root, query)
    }

    /// The first match below or at `at`, which Reaches.
    fn leftmost_match(&self, mut at: NodeId, query: &Query<T>) -> Option<NodeId> {
        loop {
            let node = &self.nodes[at];
            // If a node to the left Reaches and none there Starts, nothing to the right does.
            if let Some(left) = node.child[Left as usize].get()
                && query.reaches(&self.nodes[left].subtree_last)
            {
                at = left;
                continue;
            }
            if !query.starts(node.interval.start()) {
                return None;
            }
            if query.reaches(node.interval.last()) {
                return Some(at);
            }
            at = node.child[Right as usize].get()?;
        }
    }

    /// The first match in order behind `at`.
    pub(crate) fn next_match(&self, mut at: NodeId, query: &Query<T>) -> Option<NodeId> {
        loop {
            if let Some(right) = self.child(at, Right).get()
                && query.reaches(&self.nodes[right].subtree_last)
            {
                return self.leftmost_match(right, query);
            }
            at = self.ancestor_on(at, Right)?;
            let interval = &self.nodes[at].interval;
            if !query.starts(interval.start()) {
                return None;
            }
            if query.reaches(interval.last()) {
                return Some(at);
            }
        }
    }
}

impl<T> RbTree<T> {
    /// The nearest ancestor that lies on `side` of the subtree `at`.
    fn ancestor_on(&self, mut at: NodeId, side: Side) -> Option<NodeId> {
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

    /// The last node in order.
    pub(crate) fn rightmost(&self) -> Option<NodeId> {
        self.root.get().map(|root| self.extreme(root, Right))
    }
}

/// The state of an in-order walk from both ends over all nodes.
#[derive(Clone, Debug)]
pub(crate) struct InOrder {
    front: Link,
    back: Link,
    remaining: usize,
}

impl InOrder {
    pub(crate) fn new<T>(tree: &RbTree<T>) -> Self {
        Self { front: tree.leftmost, back: tree.rightmost().into(), remaining: tree.len() }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.remaining
    }

    #[inline]
    pub(crate) fn next<T>(&mut self, tree: &RbTree<T>) -> Option<NodeId> {
        self.remaining = self.remaining.checked_sub(1)?;
        let id = self.front.get()?;
        self.front = tree.neighbour(id, Right);
        Some(id)
    }

    #[inline]
    pub(crate) fn next_back<T>(&mut self, tree: &RbTree<T>) -> Option<NodeId> {
        self.remaining = self.remaining.checked_sub(1)?;
        let id = self.back.get()?;
        self.back = tree.neighbour(id, Left);
        Some(id)
    }
}

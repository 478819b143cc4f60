use core::ops::AddAssign;

use super::RbTree;
use super::Side::{self, Left, Right};
use crate::arena::{Link, NodeId};
use crate::interval::{Interval, Query};

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

    /// The matches below `subtree`, which Reaches if it is there.
    #[cfg(feature = "rayon")]
    pub(super) fn below(query: Query<T>, subtree: Link) -> Self {
        Self { query: Some(query), pending: Pending::new(), subtree }
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
    pub(super) fn candidates(&self, query: &Query<T>, tally: &mut impl Tally) -> Link {
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

    /// The next node in order.
    pub(crate) fn successor(&self, at: NodeId) -> Option<NodeId> {
        self.neighbour(at, Right).get()
    }

    /// The last node in order.
    pub(crate) fn rightmost(&self) -> Option<NodeId> {
        self.root.get().map(|root| self.extreme(root, Right))
    }
}

/// The state of an in-order walk from both ends over the nodes between two, both included.
#[derive(Clone, Debug)]
pub(crate) struct Between {
    front: Link,
    back: Link,
}

impl Between {
    pub(crate) const EMPTY: Self = Self { front: Link::NIL, back: Link::NIL };

    #[inline]
    pub(crate) fn next<T>(&mut self, tree: &RbTree<T>) -> Option<NodeId> {
        let id = self.front.get()?;
        if self.front == self.back {
            *self = Self::EMPTY;
        } else {
            self.front = tree.neighbour(id, Right);
        }
        Some(id)
    }

    #[inline]
    pub(crate) fn next_back<T>(&mut self, tree: &RbTree<T>) -> Option<NodeId> {
        let id = self.back.get()?;
        if self.front == self.back {
            *self = Self::EMPTY;
        } else {
            self.back = tree.neighbour(id, Left);
        }
        Some(id)
    }
}

impl<T> RbTree<T> {
    /// All nodes.
    pub(crate) fn all(&self) -> Between {
        Between { front: self.leftmost, back: self.rightmost().into() }
    }

    /// The last node that is `before` and the first that is not; `before` must hold for a
    /// first part of the order and for none behind it.
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
        let (_, front) = self.split_point(|interval| !starts.reaches(interval.start()));
        let (back, _) = self.split_point(|interval| starts.starts(interval.start()));
        match front.get() {
            Some(first) if starts.starts(self.interval(first).start()) => Between { front, back },
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
        let mut pending = Pending::new();
        let mut subtree = self.root;
        loop {
            // Invariant: as in `Matches::next`.
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

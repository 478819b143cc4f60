use core::ops::AddAssign;

use super::RbTree;
use super::Side::{self, Left, Right};
use super::pending::Pending;
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

/// The state of a search for the nodes that overlap a query, in order.
#[derive(Clone, Debug)]
pub(crate) struct Matches<T> {
    query: Option<Query<T>>,
    /// The node yielded last; before the first one none.
    current: Link,
    /// Whether the search is a probe ahead of the kernel's; see [`Matches::next`].
    spared: bool,
}

impl<T: Ord> Matches<T> {
    #[inline]
    pub(crate) fn new(query: Option<Query<T>>) -> Self {
        Self { query, current: Link::NIL, spared: false }
    }

    /// The next match in order.
    ///
    /// A run of matches is followed along `next`, without branching or climbing. When the node
    /// that follows is no match, the tree is asked as the kernel does it, and the look at that
    /// node was one probe more than the kernel's. So it is only taken when an earlier step has
    /// spared one.
    #[inline]
    pub(crate) fn next(&mut self, tree: &RbTree<T>, tally: &mut impl Tally) -> Option<NodeId> {
        let query = self.query.as_ref()?;
        let found = match self.current.get() {
            None => tree.first_match_counted(query, &mut self.spared, tally),
            Some(current) if !self.spared => {
                tree.following_match_unspared(current, query, &mut self.spared, tally)
            }
            Some(current) => {
                let link = tree.next(current);
                match link.get() {
                    None => None,
                    Some(next) => {
                        tally.probe();
                        let interval = &tree.nodes[next].interval;
                        if !query.starts(interval.start()) {
                            None
                        } else if query.reaches(interval.last()) {
                            self.current = link;
                            return Some(next);
                        } else {
                            self.spared = false;
                            tree.match_behind(current, query, tally)
                        }
                    }
                }
            }
        };
        self.current = found.into();
        if found.is_none() {
            self.query = None;
        }
        found
    }
}

impl<T: Ord> RbTree<T> {
    /// The first match in order.
    pub(crate) fn first_match(&self, query: &Query<T>) -> Option<NodeId> {
        self.first_match_counted(query, &mut false, &mut NoTally)
    }

    /// The first match in order behind `at`.
    pub(crate) fn next_match(&self, at: NodeId, query: &Query<T>) -> Option<NodeId> {
        self.match_behind(at, query, &mut NoTally)
    }

    #[inline]
    fn first_match_counted(
        &self,
        query: &Query<T>,
        spared: &mut bool,
        tally: &mut impl Tally,
    ) -> Option<NodeId> {
        let root = self.root.get()?;
        tally.probe();
        let node = &self.nodes[root];
        if !query.reaches(&node.subtree_last) {
            return None;
        }
        // If the root Starts, so does the leftmost node, which the kernel reads here.
        if query.starts(node.interval.start()) {
            *spared = true;
        } else {
            tally.probe();
            let leftmost = self.leftmost.get()?;
            if !query.starts(self.nodes[leftmost].interval.start()) {
                return None;
            }
        }
        self.leftmost_match(root, query, tally)
    }

    /// The first match below or at `at`, which Reaches.
    #[inline]
    fn leftmost_match(
        &self,
        mut at: NodeId,
        query: &Query<T>,
        tally: &mut impl Tally,
    ) -> Option<NodeId> {
        loop {
            let node = &self.nodes[at];
            let [left, right] = node.child;
            let left_reaches = left.get().is_some_and(|left| {
                tally.probe();
                query.reaches(&self.nodes[left].subtree_last)
            });
            // A node that does not Reach Starts: it ends before the query begins. So only the
            // one that Reaches is asked. If it does not Start, nothing to its right does.
            if !left_reaches && query.reaches(node.interval.last()) {
                return query.starts(node.interval.start()).then_some(at);
            }
            if left_reaches {
                at = left.get()?;
            } else {
                at = right.get()?;
                tally.probe();
            }
        }
    }

    /// The first match in order behind the match `current`, in no more probes than the kernel's.
    fn following_match_unspared(
        &self,
        current: NodeId,
        query: &Query<T>,
        spared: &mut bool,
        tally: &mut impl Tally,
    ) -> Option<NodeId> {
        if !self.child(current, Right).is_nil() {
            return self.match_behind(current, query, tally);
        }
        let next = self.next(current).get()?;
        tally.probe();
        let interval = &self.nodes[next].interval;
        if !query.starts(interval.start()) {
            return None;
        }
        if query.reaches(interval.last()) {
            // The kernel climbs to it: in one step, or in more, which spares one.
            *spared = self.parent(current) != next.into();
            return Some(next);
        }
        self.match_behind(next, query, tally)
    }

    /// The first match in order behind `at`: in its right subtree, or above.
    fn match_behind(&self, at: NodeId, query: &Query<T>, tally: &mut impl Tally) -> Option<NodeId> {
        if let Some(right) = self.child(at, Right).get() {
            tally.probe();
            if query.reaches(&self.nodes[right].subtree_last) {
                return self.leftmost_match(right, query, tally);
            }
        }
        self.match_above(at, query, tally)
    }

    /// The first match in order behind the subtree `at`.
    fn match_above(
        &self,
        mut at: NodeId,
        query: &Query<T>,
        tally: &mut impl Tally,
    ) -> Option<NodeId> {
        loop {
            let parent = self.parent(at).get()?;
            tally.probe();
            let node = &self.nodes[parent];
            let is_right = node.child[Right as usize] == at.into();
            at = parent;
            if is_right {
                continue;
            }
            if !query.starts(node.interval.start()) {
                return None;
            }
            if query.reaches(node.interval.last()) {
                return Some(at);
            }
            if let Some(right) = node.child[Right as usize].get() {
                tally.probe();
                if query.reaches(&self.nodes[right].subtree_last) {
                    return self.leftmost_match(right, query, tally);
                }
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
        self.next(at).get()
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
            self.front = tree.next(id);
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

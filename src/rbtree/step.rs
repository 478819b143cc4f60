//! Single steps over the nodes that overlap a query, in either direction. A step starts from a node
//! and holds no other state: it climbs parent links.

use super::RbTree;
use super::Side::{Left, Right};
use super::path::NoTally;
use crate::arena::{Link, NodeId};
use crate::interval::Conditions;

impl<T: Ord> RbTree<T> {
    /// The first match in order.
    pub(crate) fn first_match(&self, query: &impl Conditions<T>) -> Option<NodeId> {
        let root = self.candidates(query, &mut NoTally).get()?;
        self.leftmost_match(root, query)
    }

    /// The first match below or at `at`, which Reaches.
    fn leftmost_match(&self, mut at: NodeId, query: &impl Conditions<T>) -> Option<NodeId> {
        loop {
            let node = &self.nodes[at];
            // If a node to the left Reaches and none there Starts, nothing to the right does.
            at = match self.reaching_child(at, Left, query, &mut NoTally).get() {
                Some(left) => left,
                None if query.reaches(node.interval.last()) => {
                    return query.starts(node.interval.start()).then_some(at);
                }
                None => node.child[Right as usize].get()?,
            };
        }
    }

    /// The first match in order after `at`.
    pub(crate) fn next_match(&self, mut at: NodeId, query: &impl Conditions<T>) -> Option<NodeId> {
        loop {
            if let Some(right) = self.reaching_child(at, Right, query, &mut NoTally).get() {
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

    /// The last match in order.
    pub(crate) fn last_match(&self, query: &impl Conditions<T>) -> Option<NodeId> {
        // The last node that Starts; all before it do.
        let (mut last, mut at) = (Link::NIL, self.candidates(query, &mut NoTally));
        while let Some(id) = at.get() {
            let node = &self.nodes[id];
            at = if query.starts(node.interval.start()) {
                last = at;
                node.child[Right as usize]
            } else {
                node.child[Left as usize]
            };
        }
        let last = last.get()?;
        if query.reaches(self.nodes[last].interval.last()) {
            return Some(last);
        }
        self.previous_match(last, query)
    }

    /// The last match in order before `at`, which Starts.
    pub(crate) fn previous_match(
        &self,
        mut at: NodeId,
        query: &impl Conditions<T>,
    ) -> Option<NodeId> {
        loop {
            if let Some(left) = self.reaching_child(at, Left, query, &mut NoTally).get() {
                return Some(self.rightmost_match(left, query));
            }
            at = self.ancestor_on(at, Left)?;
            if query.reaches(self.nodes[at].interval.last()) {
                return Some(at);
            }
        }
    }

    /// The last match below or at `at`, which Reaches, and where all Start.
    fn rightmost_match(&self, mut at: NodeId, query: &impl Conditions<T>) -> NodeId {
        loop {
            at = match self.reaching_child(at, Right, query, &mut NoTally).get() {
                Some(right) => right,
                None if query.reaches(self.nodes[at].interval.last()) => return at,
                // Something here Reaches. Only an `Ord` that contradicts itself says otherwise.
                None => match self.child(at, Left).get() {
                    Some(left) => left,
                    None => return at,
                },
            };
        }
    }
}

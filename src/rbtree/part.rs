use super::{Matches, NoTally, RbTree};
use crate::arena::{Link, NodeId};
use crate::interval::Query;

/// A run of the order that can be cut in two: a node, then the subtree that follows it.
#[derive(Clone, Debug)]
pub(crate) struct Part<T> {
    head: Link,
    /// Reaches if it is there.
    subtree: Link,
    query: Query<T>,
}

impl<T: Ord + Clone> Part<T> {
    /// All nodes that may overlap `query`.
    pub(crate) fn new(tree: &RbTree<T>, query: Query<T>) -> Self {
        Self { head: Link::NIL, subtree: tree.candidates(&query, &mut NoTally), query }
    }

    /// Cuts at the root of the subtree, which becomes the head of the second part. The parts are
    /// of equal size as far as the tree is balanced and the query covers it.
    pub(crate) fn split(self, tree: &RbTree<T>) -> (Self, Option<Self>) {
        let Some(root) = self.subtree.get() else { return (self, None) };
        let node = &tree.nodes[root];
        let [left, right] = node.child.map(|child| {
            let reaching =
                child.get().filter(|id| self.query.reaches(&tree.nodes[*id].subtree_last));
            Link::from(reaching)
        });
        let first = Self { head: self.head, subtree: left, query: self.query.clone() };
        let second = Self { head: root.into(), subtree: right, query: self.query };
        let starts = second.query.starts(node.interval.start());
        (first, starts.then_some(second))
    }

    /// The nodes of the part that overlap the query, in order.
    pub(crate) fn matches(self, tree: &RbTree<T>) -> impl Iterator<Item = NodeId> {
        let head = self.head.get().filter(|id| {
            let interval = &tree.nodes[*id].interval;
            self.query.starts(interval.start()) && self.query.reaches(interval.last())
        });
        let Self { subtree, query, .. } = self;
        let mut rest = Matches::below(query, subtree);
        head.into_iter().chain(core::iter::from_fn(move || rest.next(tree, &mut NoTally)))
    }
}

use super::RbTree;
use super::Side::{Left, Right};
use super::path::Path;
use crate::arena::{Link, NodeId};
use crate::interval::Query;

/// A run of the order that can be cut in two: a node, then the subtree that follows it.
#[derive(Clone, Debug)]
pub(crate) struct Part<T> {
    query: Query<T>,
    head: Link,
    subtree: Link,
}

impl<T: Ord + Clone> Part<T> {
    /// All nodes that may overlap `query`.
    pub(crate) fn new(tree: &RbTree<T>, query: Query<T>) -> Self {
        Self { query, head: Link::NIL, subtree: tree.root }
    }

    /// Cuts at the root of the subtree, which becomes the head of the second part. The parts are
    /// of equal size as far as the tree is balanced and the query covers it.
    pub(crate) fn split(self, tree: &RbTree<T>) -> (Self, Option<Self>) {
        let Some(root) = self.subtree.get() else { return (self, None) };
        let node = &tree.nodes[root];
        let [left, right] = node.child;
        let first = Self { query: self.query.clone(), head: self.head, subtree: left };
        let second = Self { query: self.query, head: root.into(), subtree: right };
        let starts = second.query.starts(node.interval.start());
        (first, starts.then_some(second))
    }

    /// The nodes of the part that overlap the query, in order.
    pub(crate) fn matches(self, tree: &RbTree<T>) -> PartMatches<'_, T> {
        let Self { query, head, subtree } = self;
        PartMatches { tree, query, head, subtree, pending: Path::new() }
    }
}

/// Iterator over the matches of a [`Part`]. The path is held here: a search that follows `next`
/// would run on into the next part.
pub(crate) struct PartMatches<'a, T> {
    tree: &'a RbTree<T>,
    query: Query<T>,
    head: Link,
    subtree: Link,
    pending: Path,
}

impl<T: Ord> Iterator for PartMatches<'_, T> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        loop {
            // Invariant: what is left to search is the head, the subtree, then the pending nodes
            // and their right subtrees, topmost last.
            let id = if let Some(head) = self.head.get() {
                self.head = Link::NIL;
                head
            } else if let Some(root) = self.subtree.get() {
                let node = &self.tree.nodes[root];
                self.subtree = Link::NIL;
                if self.query.reaches(&node.subtree_last) {
                    self.pending.push(root);
                    self.subtree = node.child[Left as usize];
                }
                continue;
            } else {
                let id = self.pending.pop()?;
                self.subtree = self.tree.child(id, Right);
                id
            };
            let interval = &self.tree.nodes[id].interval;
            if !self.query.starts(interval.start()) {
                // Nothing after it Starts.
                self.subtree = Link::NIL;
                self.pending = Path::new();
                return None;
            }
            if self.query.reaches(interval.last()) {
                return Some(id);
            }
        }
    }
}

use super::Side::Left;
use super::{MAX_HEIGHT, RbTree};
use crate::arena::{Link, NodeId};

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
        *self += 1;
    }
}

/// The ancestors whose own turn is still to come: those a path left towards the left.
#[derive(Clone, Debug)]
pub(super) struct Path {
    nodes: [Link; MAX_HEIGHT],
    len: usize,
}

impl Path {
    pub(super) const fn new() -> Self {
        Self { nodes: [Link::NIL; MAX_HEIGHT], len: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, id: impl Into<Link>) {
        self.nodes[self.len] = id.into();
        self.len += 1;
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<NodeId> {
        self.len = self.len.checked_sub(1)?;
        self.nodes[self.len].get()
    }

    /// Goes from `at` to the first node of its subtree, and pushes those in between.
    #[inline]
    pub(super) fn descend<T>(
        &mut self,
        tree: &RbTree<T>,
        mut at: NodeId,
        tally: &mut impl Tally,
    ) -> NodeId {
        while let Some(left) = tree.child(at, Left).get() {
            tally.probe();
            self.push(at);
            at = left;
        }
        at
    }
}

//! Another `last` for a node, which the order does not depend on.

use core::mem;

use super::RbTree;
use super::Side::{Left, Right};
use super::insert::greatest_of_three;
use crate::arena::{Link, NodeId};

impl<T: Ord + Clone> RbTree<T> {
    /// Gives a node a `last` that is not before its start, and returns the former one.
    /// [`drop_displaced`](Self::drop_displaced) must follow.
    pub(crate) fn set_last(&mut self, id: NodeId, last: T) -> T {
        self.plan_last(id, &last);

        // Commit.
        let Self { nodes, displaced, .. } = self;
        for (id, last) in displaced {
            mem::swap(&mut nodes[*id].subtree_last, last);
        }
        self.nodes[id].interval.replace_last(last)
    }

    /// Plans the new `subtree_last`s, from the node upward, until a subtree reaches as far as before.
    fn plan_last(&mut self, id: NodeId, last: &T) {
        self.displaced.clear();
        let mut greatest = greatest_of_three(
            last,
            self.subtree_last(self.child(id, Left)),
            self.subtree_last(self.child(id, Right)),
        )
        .clone();
        let mut at = Link::from(id);
        while self.nodes[at].subtree_last != greatest {
            let parent = self.parent(at);
            let above = self.nodes.follow(parent).map(|node| {
                let sibling = self.child(parent, self.side_of(at, parent).other());
                let own = node.interval.last();
                greatest_of_three(own, self.subtree_last(sibling), Some(&greatest)).clone()
            });
            self.displaced.push((at, greatest));
            let Some(above) = above else { break };
            (at, greatest) = (parent, above);
        }
    }
}

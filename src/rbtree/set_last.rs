//! Another `last` for a node, which the order does not depend on.

use core::mem;

use super::RbTree;
use super::Side::{Left, Right};
use super::insert::greatest_of_three;
use crate::arena::NodeId;

impl<T: Ord + Clone> RbTree<T> {
    /// Gives a node a `last` that is not before its start, and returns the former one.
    /// [`sweep`](Self::sweep) must follow.
    pub(crate) fn set_last(&mut self, id: NodeId, last: T) -> T {
        self.plan_last(id, &last);

        // Commit.
        for (id, last) in &mut self.spare {
            mem::swap(&mut self.nodes[*id].subtree_last, last);
        }
        self.nodes[id].interval.replace_last(last)
    }

    /// Plans the new `subtree_last`s, from the node upward, until a subtree reaches as far as before.
    fn plan_last(&mut self, id: NodeId, last: &T) {
        self.spare.clear();
        let mut greatest = greatest_of_three(
            last,
            self.subtree_last(self.child(id, Left)),
            self.subtree_last(self.child(id, Right)),
        )
        .clone();
        let mut at = id;
        while self.nodes[at].subtree_last != greatest {
            let above = self.parent(at).get().map(|parent| {
                let sibling = self.child(parent, self.side_of(at, parent).other());
                let own = self.nodes[parent].interval.last();
                (
                    parent,
                    greatest_of_three(own, self.subtree_last(sibling), Some(&greatest)).clone(),
                )
            });
            self.spare.push((at, greatest));
            let Some(above) = above else { break };
            (at, greatest) = above;
        }
    }
}

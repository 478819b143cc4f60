//! An erase that can be undone, for a node that is to be linked elsewhere.

use arrayvec::ArrayVec;

use super::Side::{Left, Right};
use super::erase::{Departure, Ending, LastStep, Rebalance};
use super::{MAX_HEIGHT, Node, RbTree};
use crate::arena::{FlaggedLink, Link, NodeId};
use crate::interval::Interval;

/// Nodes that an erase changes at most: those whose `subtree_last` falls, a sibling on each level, and
/// those around the node, its successor and the rotations.
const MOST: usize = 2 * MAX_HEIGHT + 32;

/// All that an erase has changed, as it was before.
pub(crate) struct Former<T> {
    erased: NodeId,
    root: Link,
    leftmost: Link,
    /// The erased one is the first.
    nodes: ArrayVec<FormerNode<T>, MOST>,
}

struct FormerNode<T> {
    id: Link,
    child: [Link; 2],
    up: FlaggedLink,
    /// `None` where it does not change.
    subtree_last: Option<T>,
}

impl<T: Ord + Clone> RbTree<T> {
    /// As [`erase`](Self::erase), with what [`restore`](Self::restore) needs to undo it.
    pub(crate) fn erase_for_now(&mut self, id: NodeId) -> (Interval<T>, Former<T>) {
        self.erase_with(id, |tree, departure, rebalance| tree.former(id, departure, rebalance))
    }

    /// What the erase will change, while nothing is changed yet.
    fn former(&self, erased: NodeId, departure: Departure, rebalance: &Rebalance<T>) -> Former<T> {
        let Departure { gone, leaver, above, orphan } = departure;
        let (root, leftmost) = (self.root, self.leftmost);
        let mut former = Former { erased, root, leftmost, nodes: ArrayVec::new() };
        self.keep(&mut former, gone, true);
        if leaver != gone {
            self.keep(&mut former, leaver, true);
            self.keep_children(&mut former, gone);
            self.keep(&mut former, self.parent(gone), false);
        }
        self.keep(&mut former, above, false);
        self.keep(&mut former, orphan, false);
        for (id, _) in &self.displaced {
            self.keep(&mut former, departure.owner(*id), true);
        }
        // The way of the shortage, as `plan_erase` followed it.
        let (mut p, mut below) = (above, leaver);
        for _ in 0..rebalance.climbs {
            self.keep_children(&mut former, p);
            (below, p) = (p, self.parent(p));
        }
        if let Ending::At { side, red_sibling, last } = &rebalance.ending {
            debug_assert_eq!(self.child(p, *side), below, "the short side");
            self.keep(&mut former, departure.owner(p), true);
            self.keep(&mut former, self.parent(p), false);
            let mut sibling = self.child(p, side.other());
            self.keep(&mut former, sibling, true);
            if red_sibling.is_some() {
                sibling = self.child(sibling, *side);
                self.keep(&mut former, sibling, true);
            }
            let near = self.child(sibling, *side);
            self.keep(&mut former, self.child(sibling, side.other()), false);
            self.keep(&mut former, near, matches!(last, LastStep::Near { .. }));
            if matches!(last, LastStep::Near { .. }) {
                self.keep_children(&mut former, near);
            }
        }
        former
    }

    fn keep_children(&self, former: &mut Former<T>, id: Link) {
        for side in [Left, Right] {
            self.keep(former, self.child(id, side), false);
        }
    }

    fn keep(&self, former: &mut Former<T>, id: Link, changes_last: bool) {
        if let Some(node) = self.nodes.follow(id) {
            let subtree_last = changes_last.then(|| node.subtree_last.clone());
            let child = node.child;
            former.nodes.push(FormerNode { id, child, up: self.up[id], subtree_last });
        }
    }
}

impl<T> RbTree<T> {
    /// Undoes the last change, which was an erase of a node with this interval. Runs no code of a user;
    /// `former` keeps what is to be dropped.
    pub(crate) fn restore(&mut self, former: &mut Former<T>, interval: Interval<T>) {
        let erased = former.nodes.first_mut().and_then(|first| {
            let subtree_last = first.subtree_last.take()?;
            Some(Node { interval, subtree_last, child: first.child })
        });
        let id = self.nodes.insert(erased.expect("the erased node is the first, with all it had"));
        debug_assert_eq!(id, former.erased, "the slot vacated last is given first");
        for FormerNode { id, child, up, subtree_last } in &mut former.nodes {
            let node = &mut self.nodes[*id];
            node.child = *child;
            if let Some(last) = subtree_last {
                core::mem::swap(&mut node.subtree_last, last);
            }
            self.up[*id] = *up;
        }
        (self.root, self.leftmost) = (former.root, former.leftmost);
    }
}

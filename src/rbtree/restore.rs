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

/// All that an erase has changed, as it was before. Some KiB, of which few are written: it is borrowed,
/// and never moved.
pub(crate) struct Former<T> {
    root: Link,
    leftmost: Link,
    /// The erased one is the first.
    nodes: ArrayVec<FormerNode<T>, MOST>,
}

impl<T> Former<T> {
    pub(crate) const fn new() -> Self {
        Self { root: Link::NIL, leftmost: Link::NIL, nodes: ArrayVec::new_const() }
    }
}

struct FormerNode<T> {
    id: Link,
    child: [Link; 2],
    up: FlaggedLink,
    /// `None` where it does not change.
    subtree_last: Option<T>,
}

impl<T: Ord + Clone> RbTree<T> {
    /// As [`erase`](Self::erase), with what [`restore`](Self::restore) needs to undo it in `former`.
    pub(crate) fn erase_for_now(&mut self, id: NodeId, former: &mut Former<T>) -> Interval<T> {
        self.erase_with(id, |tree, departure, rebalance| {
            tree.keep_all(former, departure, rebalance);
        })
    }

    /// Keeps what the erase will change, while nothing is changed yet.
    fn keep_all(&self, former: &mut Former<T>, departure: Departure, rebalance: &Rebalance<T>) {
        let Departure { gone, leaver, above, orphan } = departure;
        (former.root, former.leftmost) = (self.root, self.leftmost);
        self.keep(former, gone, true);
        if leaver != gone {
            self.keep(former, leaver, true);
            self.keep_children(former, gone);
            self.keep(former, self.parent(gone), false);
        }
        self.keep(former, above, false);
        self.keep(former, orphan, false);
        for (id, _) in &self.displaced {
            self.keep(former, departure.owner(*id), true);
        }
        // The way of the shortage, as `plan_erase` followed it.
        let (mut p, mut below) = (above, leaver);
        for _ in 0..rebalance.climbs {
            self.keep_children(former, p);
            (below, p) = (p, self.parent(p));
        }
        if let Ending::At { side, red_sibling, last } = &rebalance.ending {
            debug_assert_eq!(self.child(p, *side), below, "the short side");
            self.keep(former, departure.owner(p), true);
            self.keep(former, self.parent(p), false);
            let mut sibling = self.child(p, side.other());
            self.keep(former, sibling, true);
            if red_sibling.is_some() {
                sibling = self.child(sibling, *side);
                self.keep(former, sibling, true);
            }
            let near = self.child(sibling, *side);
            self.keep(former, self.child(sibling, side.other()), false);
            self.keep(former, near, matches!(last, LastStep::Near { .. }));
            if matches!(last, LastStep::Near { .. }) {
                self.keep_children(former, near);
            }
        }
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
        let mut first = former.nodes.first_mut();
        let erased = first.as_mut().and_then(|first| {
            let subtree_last = first.subtree_last.take()?;
            Some(Node { interval, subtree_last, child: first.child })
        });
        let id = self.nodes.insert(erased.expect("the erased node is the first, with all it had"));
        debug_assert_eq!(first.map(|first| first.id), Some(id.into()), "the slot vacated last");
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

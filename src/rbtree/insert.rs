use core::cmp::Ordering;
use core::hint::select_unpredictable;
use core::mem;

use super::Side::{Left, Right};
use super::{Node, RbTree, Side};
use crate::arena::{FlaggedLink, Link, NodeId};
use crate::interval::Interval;

/// Where a new leaf is linked: on `side` of `parent`, or as the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    parent: Link,
    side: Side,
}

/// An insertion of which nothing was written yet, and for which no code of a user is left to run.
pub(crate) struct Planned<T> {
    place: Place,
    subtree_last: T,
    rebalance: Rebalance<T>,
}

/// The insert fix-up, found by reading colours before anything is written.
struct Rebalance<T> {
    /// Levels at which a parent and an uncle turn black and the fault moves up (case 1).
    climbs: usize,
    ending: Ending<T>,
}

/// How the fault ends.
enum Ending<T> {
    /// At a black parent.
    BlackParent,
    /// At the root, which turns black.
    Root,
    /// Case 3: `p`, the outer child, rises above `g`, whose new `subtree_last` this is.
    Outer { g: Link, p_side: Side, g_last: T },
    /// Case 2, then 3: the inner child of `p` rises above `p`, then above `g`.
    Inner { g: Link, p_side: Side, p_last: T, g_last: T },
}

impl<T: Ord> RbTree<T> {
    /// The kernel's place for a new interval: left only of a strictly greater start, so ties go
    /// right and equals stay in insertion order.
    #[inline]
    pub(crate) fn place_for(&self, start: &T) -> Place {
        let mut place = Place { parent: Link::NIL, side: Left };
        let mut at = self.root;
        while let Some(node) = self.nodes.follow(at) {
            let [left, right] = node.child;
            let goes_left = *start < *node.interval.start();
            // Which side is as good as random: better wait for the comparison than guess.
            place = Place { parent: at, side: select_unpredictable(goes_left, Left, Right) };
            at = select_unpredictable(goes_left, left, right);
        }
        place
    }

    /// The place of the immediate successor of `prev`.
    pub(crate) fn place_after(&self, prev: NodeId) -> Place {
        match self.child(prev, Right).get() {
            None => Place { parent: prev.into(), side: Right },
            Some(right) => Place { parent: self.extreme(right, Left).into(), side: Left },
        }
    }
}

impl<T: Ord + Clone> RbTree<T> {
    /// Links a new node at `place` and rebalances; an id must be left, and memory reserved.
    /// [`drop_displaced`](Self::drop_displaced) must follow.
    pub(crate) fn link(&mut self, interval: Interval<T>, place: Place) -> NodeId {
        let planned = self.plan_link(&interval, place);
        self.commit_link(interval, planned)
    }

    /// The first half of [`link`](Self::link), in which `T`'s `Ord` and `Clone` may panic. The tree
    /// must not be changed before the second.
    pub(crate) fn plan_link(&mut self, interval: &Interval<T>, place: Place) -> Planned<T> {
        // The ancestors to raise are the lowest ones: `subtree_last` never decreases upward.
        self.displaced.clear();
        let last = interval.last();
        let mut at = place.parent;
        while let Some(node) = self.nodes.follow(at)
            && node.subtree_last < *last
        {
            self.displaced.push((at, last.clone()));
            at = self.parent(at);
        }
        let subtree_last = last.clone();
        Planned { place, subtree_last, rebalance: self.plan_insert(place, last) }
    }

    /// The second half of [`link`](Self::link); the interval is the one that was planned.
    pub(crate) fn commit_link(&mut self, interval: Interval<T>, planned: Planned<T>) -> NodeId {
        let Planned { place, subtree_last, rebalance } = planned;
        debug_assert!(self.is_vacant(place), "the tree is as it was when this was planned");
        let Self { nodes, displaced, .. } = self;
        for (id, last) in displaced {
            mem::swap(&mut nodes[*id].subtree_last, last);
        }
        let node = Node { interval, subtree_last, child: [Link::NIL; 2] };
        let id = self.store(node, place.parent.with_flag(true));
        if place.parent.is_nil() {
            self.root = id.into();
        } else {
            self.set_child(place.parent, place.side, id.into());
        }
        if place.parent == self.leftmost && place.side == Left {
            self.leftmost = id.into();
        }
        self.fix_insert(id.into(), place.parent, rebalance);
        id
    }

    /// Returns `true` if no node is at `place`.
    fn is_vacant(&self, place: Place) -> bool {
        self.nodes.follow(place.parent).map_or(self.root, |p| p.child[place.side as usize]).is_nil()
    }

    /// Stores a red node that hangs on `up`.
    fn store(&mut self, node: Node<T>, up: FlaggedLink) -> NodeId {
        if !self.nodes.has_vacant() {
            self.ready = self.ready.saturating_sub(1);
        }
        let id = self.nodes.insert(node);
        self.up.set(id, up);
        id
    }

    /// Follows the fix-up of a leaf at `place` that reaches to `last`, without writing.
    fn plan_insert(&self, place: Place, last: &T) -> Rebalance<T> {
        // `n` is the red node whose parent `p` may be red, `NIL` for the leaf yet to be linked, and
        // `below` the side on which the leaf hangs below it.
        let (mut n, mut below, mut p) = (Link::NIL, Left, place.parent);
        let mut climbs = 0;
        loop {
            let Some(up) = self.up.get(p) else {
                return Rebalance { climbs, ending: Ending::Root };
            };
            if !up.flag() {
                return Rebalance { climbs, ending: Ending::BlackParent };
            }
            let g = up.link();
            let [left, right] = self.nodes[g].child;
            let (p_side, uncle) = if left == p { (Left, right) } else { (Right, left) };
            if self.is_red(uncle) {
                climbs += 1;
                (n, below, p) = (g, p_side, self.parent(g));
                continue;
            }
            let inner = p_side.other();
            let side = if n.is_nil() { place.side } else { self.side_of(n, p) };
            if side == p_side {
                let g_last = self.greatest(g, uncle, self.child(p, inner));
                return Rebalance { climbs, ending: Ending::Outer { g, p_side, g_last } };
            }
            // What `n` will hand down to `p` and to `g`; the leaf is counted in by `last`.
            let given = self.nodes.follow(n).map_or([Link::NIL; 2], |n| n.child);
            let counted = |greatest: &T, from: Side| {
                if !n.is_nil() && from == below {
                    greatest.max(last).clone()
                } else {
                    greatest.clone()
                }
            };
            let (to_p, to_g) = (given[p_side as usize], given[inner as usize]);
            let p_last = counted(self.greatest_of(p, self.child(p, p_side), to_p), p_side);
            let g_last = counted(self.greatest_of(g, uncle, to_g), inner);
            return Rebalance { climbs, ending: Ending::Inner { g, p_side, p_last, g_last } };
        }
    }

    /// Rebalances after the red leaf `n` was linked below `p`, as `rebalance` foresaw.
    fn fix_insert(&mut self, mut n: Link, mut p: Link, rebalance: Rebalance<T>) {
        // Invariant: `n` is red, `p` is its parent, and the only fault in the tree is (I4) between
        // the two.
        for _ in 0..rebalance.climbs {
            // Case 1, red uncle: the fault moves two levels up.
            let g = self.parent(p);
            let [left, right] = self.nodes[g].child;
            debug_assert!(self.is_red(left) && self.is_red(right), "parent and uncle, as planned");
            for child in [left, right] {
                self.up[child] = g.with_flag(false);
            }
            p = self.parent(g);
            self.up[g] = p.with_flag(true);
            n = g;
        }
        match rebalance.ending {
            Ending::BlackParent => debug_assert!(!self.is_red(p), "as planned"),
            Ending::Root => {
                debug_assert_eq!(self.root, n, "as planned");
                self.up[n] = Link::NIL.with_flag(false);
            }
            // Case 3, outer child:     g          p
            //                         p     ->   n g        p black, g red
            //                        n
            Ending::Outer { g, p_side, g_last } => {
                debug_assert_eq!(self.child(p, p_side), n, "as planned");
                self.rotate(g, p, p_side, g_last);
            }
            // Case 2, inner child:     g            g
            //                         p      ->    n        then case 3
            //                           n        p
            Ending::Inner { g, p_side, p_last, g_last } => {
                self.rotate(p, n, p_side.other(), p_last);
                self.rotate(g, n, p_side, g_last);
            }
        }
    }

    /// `subtree_last` of `node` if `a` and `b` were its children.
    #[inline]
    pub(super) fn greatest(&self, node: Link, a: Link, b: Link) -> T {
        self.greatest_of(node, a, b).clone()
    }

    #[inline]
    fn greatest_of(&self, node: Link, a: Link, b: Link) -> &T {
        let own = self.nodes[node].interval.last();
        greatest_of_three(own, self.subtree_last(a), self.subtree_last(b))
    }
}

/// The greatest of a node's own `last` and what its children reach.
#[inline]
pub(super) fn greatest_of_three<'a, T: Ord>(
    own: &'a T,
    a: Option<&'a T>,
    b: Option<&'a T>,
) -> &'a T {
    let mut greatest = own;
    for other in [a, b].into_iter().flatten() {
        if other.cmp(greatest) == Ordering::Greater {
            greatest = other;
        }
    }
    greatest
}

use core::mem;

use super::Side::{Left, Right};
use super::insert::greatest_of_three;
use super::{RbTree, Side};
use crate::arena::{Link, NodeId};
use crate::interval::Interval;

/// The part of an erase that the plan reads: the node `gone` leaves the tree, and if it has two
/// children its successor takes its position. Until the commit `gone` stands for the successor at
/// that position.
#[derive(Clone, Copy)]
pub(super) struct Departure {
    pub(super) gone: Link,
    /// The node that leaves its position: the successor, or `gone`.
    pub(super) leaver: Link,
    /// The parent of the leaver.
    pub(super) above: Link,
    /// The only child of the leaver; it moves up.
    pub(super) orphan: Link,
}

impl Departure {
    /// The node whose own `last` counts at the position of `id` after the erase.
    #[inline]
    pub(super) fn owner(&self, id: Link) -> Link {
        if id == self.gone { self.leaver } else { id }
    }
}

/// How the erase fix-up will run, found by reading colours before anything is written.
pub(super) struct Rebalance<T> {
    /// Levels at which the sibling turns red and the shortage moves up (case 2, black parent).
    pub(super) climbs: usize,
    pub(super) ending: Ending<T>,
}

pub(super) enum Ending<T> {
    /// No side is short, or the shortage reached the root.
    Settled,
    /// Rotations below and at `p`, the parent of the short side, in this order.
    At {
        /// The short side of `p`.
        side: Side,
        /// Case 1, red sibling: it rises above `p`, whose new `subtree_last` this is.
        red_sibling: Option<T>,
        last: LastStep<T>,
    },
}

/// The step that ends the shortage.
pub(super) enum LastStep<T> {
    /// Case 2, red parent: the sibling turns red, the parent black.
    Absorb,
    /// Case 4: the sibling rises above `p`, whose new `subtree_last` this is.
    Far(T),
    /// Case 3, then 4: the near nephew rises above the sibling, then above `p`.
    Near { sibling: T, p: T },
}

impl<T: Ord + Clone> RbTree<T> {
    /// Unlinks the node `gone` and rebalances; [`drop_displaced`](Self::drop_displaced) must follow.
    pub(crate) fn erase(&mut self, gone: NodeId) -> Interval<T> {
        self.erase_with(gone, |_, _, _| ())
    }

    /// As [`erase`](Self::erase); calls `planned` when nothing is changed yet, and all is compared.
    #[inline]
    pub(super) fn erase_with(
        &mut self,
        gone: NodeId,
        planned: impl FnOnce(&Self, Departure, &Rebalance<T>),
    ) -> Interval<T> {
        // Plan.
        self.displaced.clear();
        let departure = self.departure(gone.into());
        self.plan_settle(departure);
        let is_short = departure.orphan.is_nil() && !self.is_red(departure.leaver);
        let rebalance = if is_short {
            self.plan_erase(departure)
        } else {
            Rebalance { climbs: 0, ending: Ending::Settled }
        };

        planned(self, departure, &rebalance);

        // Commit.
        if self.leftmost == gone.into() {
            self.leftmost = self.neighbour(gone, Right);
        }
        self.unlink(departure);
        let Self { nodes, displaced, .. } = self;
        for (id, last) in displaced {
            mem::swap(&mut nodes[departure.owner(*id)].subtree_last, last);
        }
        self.fix_erase(departure.owner(departure.above), rebalance);
        let node = self.nodes.remove(gone);
        self.displace(node.subtree_last);
        node.interval
    }

    fn departure(&self, gone: Link) -> Departure {
        let [left, right] = self.nodes[gone].child;
        if left.is_nil() || right.is_nil() {
            let orphan = if left.is_nil() { right } else { left };
            return Departure { gone, leaver: gone, above: self.parent(gone), orphan };
        }
        let (mut above, mut leaver) = (gone, right);
        loop {
            let [left, orphan] = self.nodes[leaver].child;
            if left.is_nil() {
                return Departure { gone, leaver, above, orphan };
            }
            (above, leaver) = (leaver, left);
        }
    }

    /// Plans the new `subtree_last`s, from where a node leaves upward.
    fn plan_settle(&mut self, departure: Departure) {
        let Departure { gone, leaver, above, orphan } = departure;
        if leaver == gone {
            self.plan_climb(above, orphan, gone, Link::NIL);
            return;
        }
        self.plan_climb(above, orphan, leaver, gone);
        let [left, right] = self.nodes[gone].child;
        let below = if right == leaver { orphan } else { right };
        if self.plan_level(gone, leaver, left, below) {
            self.plan_climb(self.parent(gone), gone, gone, Link::NIL);
        }
    }

    /// Plans level after level until one stays as it is, or up to `end` exclusive.
    ///
    /// Below `at`, `below` takes the place of the subtree `former`.
    #[inline]
    fn plan_climb(&mut self, at: Link, below: Link, former: Link, end: Link) {
        if self.reaches_as_far(former, at, end) {
            self.plan_levels(at, below, former, end);
        }
    }

    /// Returns `true` if the subtree `former` reaches as far as that of `at`, its parent, which is not
    /// `end`: what does not can be removed without notice.
    #[inline]
    fn reaches_as_far(&self, former: Link, at: Link, end: Link) -> bool {
        let whole = if at == end { None } else { self.nodes.follow(at) };
        whole.is_some_and(|whole| self.nodes[former].subtree_last == whole.subtree_last)
    }

    fn plan_levels(&mut self, mut at: Link, mut below: Link, mut former: Link, end: Link) {
        loop {
            let [left, right] = self.nodes[at].child;
            let kept = if left == former { right } else { left };
            if !self.plan_level(at, at, kept, below) {
                break;
            }
            (below, former) = (at, at);
            at = self.parent(at);
            if !self.reaches_as_far(former, at, end) {
                break;
            }
        }
    }

    /// Plans `subtree_last` of the position `id`, which `owner` will hold above `kept` and `below`;
    /// returns `true` if it changes.
    #[inline]
    fn plan_level(&mut self, id: Link, owner: Link, kept: Link, below: Link) -> bool {
        let own = self.nodes[owner].interval.last();
        let new = greatest_of_three(own, self.planned_last(below), self.subtree_last(kept));
        if *new == self.nodes[id].subtree_last {
            return false;
        }
        let new = new.clone();
        self.displaced.push((id, new));
        true
    }

    /// `subtree_last` as it will be after the commit of what is planned so far.
    #[inline]
    fn planned_last(&self, link: Link) -> Option<&T> {
        let node = self.nodes.follow(link)?;
        let planned = self.displaced.iter().rev().find(|(planned, _)| *planned == link);
        Some(planned.map_or(&node.subtree_last, |(_, last)| last))
    }

    /// Follows the fix-up of the shortage that `departure` leaves, without writing.
    fn plan_erase(&self, departure: Departure) -> Rebalance<T> {
        let (mut p, mut below, mut short) = (departure.above, departure.leaver, Link::NIL);
        let mut climbs = 0;
        loop {
            let Some(node) = self.nodes.follow(p) else {
                return Rebalance { climbs, ending: Ending::Settled };
            };
            let side = if node.child[0] == below { Left } else { Right };
            let p_over = |near: Link| {
                let own = self.nodes[departure.owner(p)].interval.last();
                greatest_of_three(own, self.planned_last(short), self.subtree_last(near)).clone()
            };
            // The short side's black count (I5) proves that it has a sibling.
            let mut sibling = node.child[side.other() as usize];
            let mut red_sibling = None;
            if self.is_red(sibling) {
                let near = self.child(sibling, side);
                red_sibling = Some(p_over(near));
                sibling = near;
            }
            let children = self.nodes[sibling].child;
            let (near, far) = (children[side as usize], children[side.other() as usize]);
            let last = if self.is_red(far) {
                LastStep::Far(p_over(near))
            } else if self.is_red(near) {
                let [left, right] = self.nodes[near].child;
                let (inner, outer) = if side == Left { (left, right) } else { (right, left) };
                LastStep::Near { sibling: self.greatest(sibling, outer, far), p: p_over(inner) }
            } else if red_sibling.is_some() || self.is_red(p) {
                LastStep::Absorb
            } else {
                climbs += 1;
                (below, short) = (p, p);
                p = self.parent(p);
                continue;
            };
            return Rebalance { climbs, ending: Ending::At { side, red_sibling, last } };
        }
    }

    /// Moves the orphan up, and the successor into the position of `gone`.
    fn unlink(&mut self, departure: Departure) {
        let Departure { gone, leaver, above, orphan } = departure;
        if !orphan.is_nil() {
            self.up[orphan] = self.up[leaver];
        }
        self.replace_child(above, leaver, orphan);
        if leaver != gone {
            let [old, new] = self.nodes.pair_mut(gone, leaver);
            mem::swap(&mut old.subtree_last, &mut new.subtree_last);
            let children = old.child;
            new.child = children;
            for child in children {
                if let Some(up) = self.up.get_mut(child) {
                    *up = leaver.with_flag(up.flag());
                }
            }
            let up = self.up[gone];
            self.up[leaver] = up;
            self.replace_child(up.link(), gone, leaver);
        }
    }

    /// Rebalances after an orphan, or nothing, took the place of a black node below `p`, as
    /// `rebalance` foresaw.
    fn fix_erase(&mut self, mut p: Link, rebalance: Rebalance<T>) {
        // Invariant: the paths through `short`, a child of `p`, have one black node too few, and
        // there is no other fault in the tree.
        let mut short = Link::NIL;
        for _ in 0..rebalance.climbs {
            // Case 2, black sibling and nephews, black parent: all of `p` becomes short.
            let [left, right] = self.nodes[p].child;
            let sibling = if left == short { right } else { left };
            debug_assert!(!self.is_red(p) && !self.is_red(sibling), "both black, as planned");
            self.up[sibling] = p.with_flag(true);
            (short, p) = (p, self.parent(p));
        }
        let Ending::At { side, red_sibling, last } = rebalance.ending else { return };
        debug_assert_eq!(self.child(p, side), short, "the side that was planned");
        let mut sibling = self.child(p, side.other());
        debug_assert_eq!(self.is_red(sibling), red_sibling.is_some(), "as planned");
        if let Some(p_last) = red_sibling {
            // Case 1:      p              S
            //            n   s    ->    p   F      s was red; its near child is the new sibling
            //               N F        n N
            let near = self.child(sibling, side);
            self.rotate(p, sibling, side.other(), p_last);
            sibling = near;
        }
        match last {
            LastStep::Absorb => {
                self.up[sibling] = p.with_flag(true);
                self.paint(p, false);
            }
            // Case 4:      p              s
            //            n   s    ->    p   F      s takes p's colour, p and f turn black
            //               N f        n N
            LastStep::Far(p_last) => {
                let far = self.child(sibling, side.other());
                debug_assert!(self.is_red(far), "as planned");
                self.rotate(p, sibling, side.other(), p_last);
                self.up[far] = sibling.with_flag(false);
            }
            // Case 3:      p              p
            //            n   S    ->    n   m      m, red, rises above s; then case 4 with m
            //               m F              s       as the sibling and s as the far nephew
            LastStep::Near { sibling: sibling_last, p: p_last } => {
                let near = self.child(sibling, side);
                debug_assert!(self.is_red(near), "as planned");
                self.rotate(sibling, near, side, sibling_last);
                self.rotate(p, near, side.other(), p_last);
                self.up[sibling] = near.with_flag(false);
            }
        }
    }
}

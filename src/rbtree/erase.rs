use core::mem;

use super::Side::{Left, Right};
use super::insert::greatest_of_three;
use super::{Colour, RbTree, Side};
use crate::arena::{Link, NodeId};
use crate::interval::Interval;

/// The part of an erase that the plan reads: a node `gone` leaves the tree, and if it has two
/// children its successor, the heir, takes its position. Until the commit `gone` stands for the
/// heir at that position.
#[derive(Clone, Copy)]
struct Departure {
    gone: NodeId,
    heir: Option<NodeId>,
    /// The node that leaves its position (the heir, or `gone`) hung on `side` of `above`.
    above: Link,
    side: Side,
    /// The only child of that node; it moves up.
    orphan: Link,
}

impl Departure {
    fn leaver(&self) -> NodeId {
        self.heir.unwrap_or(self.gone)
    }

    /// The node whose own `last` counts at the position of `id` after the erase.
    fn owner(&self, id: NodeId) -> NodeId {
        if id == self.gone { self.leaver() } else { id }
    }
}

/// How the erase fix-up will run, found by reading colours before anything is written.
struct Rebalance<T> {
    /// Levels at which the sibling turns red and the shortage moves up (case 2, black parent).
    climbs: usize,
    ending: Ending<T>,
}

enum Ending<T> {
    /// No side is short, or the shortage reached the root.
    Settled,
    /// Rotations below and at `p`, the parent of the short side, in this order.
    At {
        /// Case 1, red sibling: it rises above `p`, whose new `subtree_last` this is.
        red_sibling: Option<T>,
        last: LastStep<T>,
    },
}

/// The step that ends the shortage.
enum LastStep<T> {
    /// Case 2, red parent: the sibling turns red, the parent black.
    Absorb,
    /// Case 4: the sibling rises above `p`, whose new `subtree_last` this is.
    Far(T),
    /// Case 3, then 4: the near nephew rises above the sibling, then above `p`.
    Near { sibling: T, p: T },
}

impl<T: Ord + Clone> RbTree<T> {
    /// Unlinks the node `gone` and rebalances; [`sweep`](Self::sweep) must follow.
    ///
    /// With `retire` set its id is never given again.
    pub(crate) fn erase(&mut self, gone: NodeId, retire: bool) -> Interval<T> {
        // Plan.
        self.spare.clear();
        let departure = self.departure(gone);
        self.plan_settle(departure);
        let is_short = departure.orphan.is_nil() && !self.is_red(departure.leaver().into());
        let mut rebalance = if is_short {
            self.plan_erase(departure)
        } else {
            Rebalance { climbs: 0, ending: Ending::Settled }
        };

        // Commit.
        if self.leftmost == gone.into() {
            self.leftmost = self.neighbour(gone, Right);
        }
        self.unlink(departure);
        let Self { nodes, spare, .. } = self;
        for (id, last) in spare {
            mem::swap(&mut nodes[departure.owner(*id)].subtree_last, last);
        }
        if let Some(above) = departure.above.get() {
            self.fix_erase(departure.owner(above), departure.side, &mut rebalance);
        }
        let node = self.nodes.remove(gone, retire);
        self.spare.push((gone, node.subtree_last));
        self.keep_displaced(gone, rebalance);
        node.interval
    }

    fn departure(&self, gone: NodeId) -> Departure {
        let [left, right] = self.nodes[gone].child;
        let heir = match (left.get(), right.get()) {
            (Some(_), Some(right)) => Some(self.extreme(right, Left)),
            _ => None,
        };
        let leaver = heir.unwrap_or(gone);
        let (above, side) = self.step_up(leaver);
        let orphan = match heir {
            None if !left.is_nil() => left,
            _ => self.child(leaver, Right),
        };
        Departure { gone, heir, above, side, orphan }
    }

    /// The parent of `id`, and the side on which `id` hangs there.
    fn step_up(&self, id: NodeId) -> (Link, Side) {
        let parent = self.parent(id);
        (parent, parent.get().map_or(Left, |parent| self.side_of(id, parent)))
    }

    /// Plans the new `subtree_last`s, from where a node leaves upward.
    fn plan_settle(&mut self, departure: Departure) {
        let Departure { gone, heir, above, side, orphan } = departure;
        if heir.is_none() {
            self.plan_climb(above, side, orphan, gone, None);
            return;
        }
        self.plan_climb(above, side, orphan, departure.leaver(), Some(gone));
        let below = if above == gone.into() { orphan } else { self.child(gone, Right) };
        if self.plan_level(gone, departure.leaver(), Right, below) {
            let (above, side) = self.step_up(gone);
            self.plan_climb(above, side, gone.into(), gone, None);
        }
    }

    /// Plans level after level until one stays as it is, or up to `end` exclusive.
    ///
    /// On `side` of `at`, `below` takes the place of the subtree `former`.
    fn plan_climb(
        &mut self,
        mut at: Link,
        mut side: Side,
        mut below: Link,
        mut former: NodeId,
        end: Option<NodeId>,
    ) {
        while let Some(id) = at.get()
            && Some(id) != end
            // What did not reach as far as the whole can go without notice.
            && self.nodes[former].subtree_last == self.nodes[id].subtree_last
            && self.plan_level(id, id, side, below)
        {
            (below, former) = (at, id);
            (at, side) = self.step_up(id);
        }
    }

    /// Plans `subtree_last` of the position `id`, which `owner` will hold with `below` on `side`;
    /// tells whether it changes.
    fn plan_level(&mut self, id: NodeId, owner: NodeId, side: Side, below: Link) -> bool {
        let own = self.nodes[owner].interval.last();
        let kept = self.subtree_last(self.child(id, side.other()));
        let new = greatest_of_three(own, self.planned_last(below), kept);
        if *new == self.nodes[id].subtree_last {
            return false;
        }
        let new = new.clone();
        self.spare.push((id, new));
        true
    }

    /// `subtree_last` as it will be after the commit of what is planned so far.
    fn planned_last(&self, link: Link) -> Option<&T> {
        let id = link.get()?;
        let planned = self.spare.iter().rev().find(|(planned, _)| *planned == id);
        Some(planned.map_or(&self.nodes[id].subtree_last, |(_, last)| last))
    }

    /// Follows the fix-up of the shortage that `departure` leaves, without writing.
    fn plan_erase(&self, departure: Departure) -> Rebalance<T> {
        let (mut above, mut side, mut short) = (departure.above, departure.side, Link::NIL);
        let mut climbs = 0;
        loop {
            let Some(p) = above.get() else {
                return Rebalance { climbs, ending: Ending::Settled };
            };
            let own = self.nodes[departure.owner(p)].interval.last();
            let p_over = |near: Link| {
                greatest_of_three(own, self.planned_last(short), self.subtree_last(near)).clone()
            };
            let mut sibling = self.sibling(p, side);
            let mut red_sibling = None;
            if self.is_red(sibling.into()) {
                let near = self.child(sibling, side);
                red_sibling = Some(p_over(near));
                sibling = near.get().expect("a red sibling of a short side has children (I5)");
            }
            let (near, far) = (self.child(sibling, side), self.child(sibling, side.other()));
            let last = if self.is_red(far) {
                LastStep::Far(p_over(near))
            } else if let Some(near) = near.get().filter(|_| self.is_red(near)) {
                let outer = self.child(near, side.other());
                LastStep::Near {
                    sibling: self.greatest(sibling, outer, far),
                    p: p_over(self.child(near, side)),
                }
            } else if red_sibling.is_some() || self.is_red(p.into()) {
                LastStep::Absorb
            } else {
                climbs += 1;
                short = p.into();
                (above, side) = self.step_up(p);
                continue;
            };
            return Rebalance { climbs, ending: Ending::At { red_sibling, last } };
        }
    }

    /// The other child of `p`, which the short side's black count (I5) proves to be there.
    fn sibling(&self, p: NodeId, short: Side) -> NodeId {
        self.child(p, short.other()).get().expect("a short side has a sibling (I5)")
    }

    /// Moves the orphan up, and the heir into the position of `gone`.
    fn unlink(&mut self, departure: Departure) {
        let Departure { gone, heir, above, side, orphan } = departure;
        if let Some(child) = orphan.get() {
            self.take_position(child, departure.leaver());
        }
        match above.get() {
            Some(above) => self.set_child(above, side, orphan),
            None => self.root = orphan,
        }
        if let Some(heir) = heir {
            let children = self.nodes[gone].child;
            self.nodes[heir].child = children;
            for child in children.into_iter().filter_map(Link::get) {
                self.set_parent(child, heir.into());
            }
            self.take_position(heir, gone);
            self.replace_child(self.parent(gone), gone, heir.into());
            let [old, new] = self.nodes.pair_mut(gone, heir);
            mem::swap(&mut old.subtree_last, &mut new.subtree_last);
        }
    }

    /// Gives `id` the parent and the colour of `former`.
    fn take_position(&mut self, id: NodeId, former: NodeId) {
        self.up[id.index()] = self.up[former.index()];
    }

    /// Rebalances below `p`, whose `side` is short of one black node, as `rebalance` foresaw.
    fn fix_erase(&mut self, mut p: NodeId, mut side: Side, rebalance: &mut Rebalance<T>) {
        // Invariant: the paths through `side` of `p` have one black node too few, and there is
        // no other fault in the tree.
        for _ in 0..rebalance.climbs {
            // Case 2, black sibling and nephews, black parent: all of `p` becomes short.
            let sibling = self.sibling(p, side);
            self.paint(sibling, Colour::Red);
            let (above, above_side) = self.step_up(p);
            let Some(above) = above.get() else { return };
            (p, side) = (above, above_side);
        }
        let Ending::At { red_sibling, last } = &mut rebalance.ending else { return };
        if let Some(p_last) = red_sibling {
            // Case 1:      p              S
            //            n   s    ->    p   F      s was red; its near child is the new sibling
            //               N F        n N
            let sibling = self.sibling(p, side);
            self.rotate(p, side.other(), p_last);
            self.paint(sibling, Colour::Black);
            self.paint(p, Colour::Red);
        }
        let sibling = self.sibling(p, side);
        let riser = match last {
            LastStep::Absorb => {
                self.paint(sibling, Colour::Red);
                self.paint(p, Colour::Black);
                return;
            }
            // Case 4:      p              s
            //            n   s    ->    p   F      s takes p's colour, p and f turn black
            //               N f        n N
            LastStep::Far(p_last) => {
                let far = self.child(sibling, side.other()).get().expect("a red far nephew");
                self.rotate(p, side.other(), p_last);
                self.paint(far, Colour::Black);
                sibling
            }
            // Case 3:      p              p
            //            n   S    ->    n   m      m, red, rises above s; then case 4 with m
            //               m F              s       as the sibling and s as the far nephew
            LastStep::Near { sibling: sibling_last, p: p_last } => {
                let near = self.child(sibling, side).get().expect("a red near nephew");
                self.rotate(sibling, side, sibling_last);
                self.rotate(p, side.other(), p_last);
                near
            }
        };
        let colour = self.colour(p);
        self.paint(riser, colour);
        self.paint(p, Colour::Black);
    }

    /// Keeps what the rotations displaced for [`sweep`](Self::sweep).
    fn keep_displaced(&mut self, id: NodeId, rebalance: Rebalance<T>) {
        let Ending::At { red_sibling, last } = rebalance.ending else { return };
        self.spare.extend(red_sibling.map(|last| (id, last)));
        match last {
            LastStep::Absorb => {}
            LastStep::Far(p) => self.spare.push((id, p)),
            LastStep::Near { sibling, p } => self.spare.extend([(id, sibling), (id, p)]),
        }
    }
}

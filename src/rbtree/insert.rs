use core::cmp::Ordering;
use core::hint::select_unpredictable;
use core::mem;

use super::Side::{Left, Right};
use super::{Colour, Node, RbTree, Side};
use crate::arena::{Link, NodeId};
use crate::interval::Interval;

/// Where a new leaf is linked: on `side` of `parent`, or as the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    parent: Link,
    side: Side,
}

/// How the insert fix-up will end, found by reading colours before anything is written.
enum Ending<T> {
    /// The climb ends at a black parent or at the root.
    Settled,
    /// `n` is the outer child of `p`: `p` rises above `g`, whose new `subtree_last` this is.
    Outer(T),
    /// `n` is the inner child of `p`: it rises above `p`, then above `g`.
    Inner { p: T, g: T },
}

impl<T: Ord> RbTree<T> {
    /// The kernel's place for a new interval: left only of a strictly greater start, so ties go
    /// right and equals stay in insertion order.
    #[inline]
    pub(crate) fn place_for(&self, start: &T) -> Place {
        let mut place = Place { parent: Link::NIL, side: Left };
        let mut at = self.root;
        while let Some(id) = at.get() {
            let [left, right] = self.nodes[id].child;
            let goes_left = *start < *self.nodes[id].interval.start();
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
    /// [`sweep`](Self::sweep) must follow.
    pub(crate) fn link(&mut self, interval: Interval<T>, place: Place) -> NodeId {
        // Plan. The ancestors to raise are the lowest ones: `subtree_last` never decreases upward.
        self.spare.clear();
        let mut at = place.parent;
        while let Some(id) = at.get()
            && self.nodes[id].subtree_last < *interval.last()
        {
            self.spare.push((id, interval.last().clone()));
            at = self.parent(id);
        }
        let subtree_last = interval.last().clone();
        let mut ending = self.plan_insert(place, interval.last());

        // Commit.
        for (id, last) in &mut self.spare {
            mem::swap(&mut self.nodes[*id].subtree_last, last);
        }
        let id = self.nodes.insert(Node { interval, subtree_last, child: [Link::NIL; 2] });
        let up = place.parent.with_flag(true);
        if id.index() == self.up.len() {
            self.up.push(up);
        } else {
            self.up[id.index()] = up;
        }
        match place.parent.get() {
            Some(parent) => self.set_child(parent, place.side, id.into()),
            None => self.root = id.into(),
        }
        if place.parent == self.leftmost && place.side == Left {
            self.leftmost = id.into();
        }
        self.fix_insert(id, &mut ending);
        match ending {
            Ending::Settled => {}
            Ending::Outer(g) => self.spare.push((id, g)),
            Ending::Inner { p, g } => self.spare.extend([(id, p), (id, g)]),
        }
        id
    }

    /// Follows the fix-up of a leaf at `place` that reaches to `last`, without writing.
    fn plan_insert(&self, place: Place, last: &T) -> Ending<T> {
        // `n` is the red node whose parent may be red, `None` for the leaf yet to be linked, and
        // `below` the side on which the leaf hangs below it.
        let (mut n, mut below): (Option<NodeId>, Side) = (None, Left);
        let (mut parent, mut side) = (place.parent, place.side);
        loop {
            let Some(p) = parent.get() else { return Ending::Settled };
            if !self.is_red(parent) {
                return Ending::Settled;
            }
            let g = self.parent(p).get().expect("a red node has a parent (I3)");
            let p_side = self.side_of(p, g);
            let uncle = self.child(g, p_side.other());
            if self.is_red(uncle) {
                (n, below) = (Some(g), p_side);
                parent = self.parent(g);
                if let Some(above) = parent.get() {
                    side = self.side_of(g, above);
                }
                continue;
            }
            if side == p_side {
                return Ending::Outer(self.greatest(g, uncle, self.child(p, side.other())));
            }
            // What `n` will hand down to `p` and to `g`; the leaf is counted in by `last`.
            let given = |to: Side| n.map_or(Link::NIL, |n| self.child(n, to));
            let counted = |greatest: &T, from: Side| {
                if n.is_some() && from == below {
                    greatest.max(last).clone()
                } else {
                    greatest.clone()
                }
            };
            let inner = p_side.other();
            return Ending::Inner {
                p: counted(self.greatest_of(p, self.child(p, p_side), given(p_side)), p_side),
                g: counted(self.greatest_of(g, uncle, given(inner)), inner),
            };
        }
    }

    /// Rebalances after the red leaf `n` was linked, as `ending` foresaw.
    fn fix_insert(&mut self, mut n: NodeId, ending: &mut Ending<T>) {
        // Invariant: `n` is red, and the only fault in the tree is (I4) between n and its parent.
        loop {
            let Some(p) = self.parent(n).get() else {
                self.paint(n, Colour::Black);
                return;
            };
            if !self.is_red(p.into()) {
                return;
            }
            let g = self.parent(p).get().expect("a red node has a parent (I3)");
            let p_side = self.side_of(p, g);
            let uncle = self.child(g, p_side.other());
            if let Some(uncle) = uncle.get().filter(|_| self.is_red(uncle)) {
                // Case 1, red uncle: the fault moves two levels up.
                self.paint(p, Colour::Black);
                self.paint(uncle, Colour::Black);
                self.paint(g, Colour::Red);
                n = g;
                continue;
            }
            // Case 2, inner child:     g            g
            //                         p      ->    n        then case 3
            //                           n        p
            // Case 3, outer child:     g          p
            //                         p     ->   n g        p black, g red
            //                        n
            let (riser, g_last) = match ending {
                Ending::Outer(g_last) => (p, g_last),
                Ending::Inner { p: p_last, g: g_last } => {
                    self.rotate(p, p_side.other(), p_last);
                    (n, g_last)
                }
                Ending::Settled => unreachable!("the plan read the same colours"),
            };
            self.rotate(g, p_side, g_last);
            self.paint(riser, Colour::Black);
            self.paint(g, Colour::Red);
            return;
        }
    }

    /// `subtree_last` of `node` if `a` and `b` were its children.
    #[inline]
    pub(super) fn greatest(&self, node: NodeId, a: Link, b: Link) -> T {
        self.greatest_of(node, a, b).clone()
    }

    #[inline]
    fn greatest_of(&self, node: NodeId, a: Link, b: Link) -> &T {
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

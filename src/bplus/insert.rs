//! Entries in, and full nodes split.
//!
//! `T`'s `Ord` may panic, so every step compares first and moves afterwards: each split and each
//! insertion is a step from one valid tree to another.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;

use super::kind::{Kind, Measure};
use super::node::{Child, INNER, Inner, Leaf, NIL, Nodes, Position, to_u32};
use super::rebalance::greatest;
use super::search::{Ancestors, NOWHERE};
use crate::interval::Interval;

impl<T: Ord, V, K: Kind> Nodes<T, V, K> {
    /// The place after all entries that start at or before `start`, and the way there.
    #[inline]
    pub(crate) fn place_for(&self, start: &T) -> (Position, Ancestors) {
        let mut place = NOWHERE;
        self.find_place(start, &mut place);
        place
    }

    /// As [`place_for`](Self::place_for), written where it is read: what was just written in parts, and
    /// is then copied whole, makes the processor wait.
    #[inline]
    pub(crate) fn find_place(&self, start: &T, (place, way): &mut (Position, Ancestors)) {
        if self.root != NIL {
            *place = self.descend(start, way);
        }
    }
}

impl<T: Ord + Copy, V, K: Measure<T>> Nodes<T, V, K> {
    /// Splits what is full, so that the leaf of the place, which stays that between the same entries,
    /// is not full.
    #[inline]
    pub(crate) fn split_if_full(
        &mut self,
        rows: &mut K::Rows,
        place: &mut (Position, Ancestors),
    ) -> Result<(), TryReserveError> {
        let leaf = place.0.leaf;
        self.own_for_insertion(leaf)?;
        if leaf == NIL {
            return self.try_reserve_leaf();
        }
        if self.leaf(leaf).len() < Self::limits(0).1 {
            return Ok(());
        }
        self.split_full(rows, place)
    }

    /// Makes the leaf of a place, which is full, share with a neighbour, or splits it.
    #[inline(never)]
    fn split_full(
        &mut self,
        rows: &mut K::Rows,
        (place, way): &mut (Position, Ancestors),
    ) -> Result<(), TryReserveError> {
        if let Some(shared) = self.share(rows, *place, way.steps[0]) {
            (*place, *way) = (shared, self.ancestors(shared.leaf));
            return Ok(());
        }
        // Each full node is split, and a full root gets one above it.
        let (mut inners, mut id) = (0, self.rare_leaf(place.leaf).parent);
        while id != NIL && self.rare_inner(id).len == INNER {
            id = self.rare_inner(id).parent;
            inners += 1;
        }
        self.try_reserve_leaf()?;
        self.inners.try_reserve(inners + usize::from(id == NIL))?;
        self.split(rows, 0, place.leaf);
        if let Some(pos @ 1..) = place.pos.checked_sub(self.node_len(0, place.leaf)) {
            *place = Position { leaf: self.rare_leaf(place.leaf).next, pos };
        }
        *way = self.ancestors(place.leaf);
        Ok(())
    }

    /// Moves entries of a full leaf to a neighbour that is not nearly full, if there is one below the
    /// same parent, and returns where `place` is now.
    ///
    /// So leaves are fuller than by splitting alone. Where entries come in order, the leaf before
    /// the last is filled.
    fn share(
        &mut self,
        rows: &mut K::Rows,
        place: Position,
        (parent, at): (u32, u32),
    ) -> Option<Position> {
        let ((_, most), at) = (Self::limits(0), at as usize);
        let parent = if self.height > 0 { self.rare_inner(parent) } else { return None };
        let count = |at: usize| parent.counts[..parent.len].get(at).map(|count| *count as usize);
        let (before, after) = (at.checked_sub(1).and_then(count), count(at + 1));
        let appends = place.pos == most && self.rare_leaf(place.leaf).next == NIL;
        let left = match (before, after) {
            (Some(before), Some(after)) if after < before => at,
            (Some(_), _) => at - 1,
            (None, Some(_)) => at,
            (None, None) => return None,
        };
        let fewer = if left == at { after? } else { before? };
        if fewer > Self::SHARED {
            return None;
        }
        let target = if appends { most } else { usize::midpoint(most, fewer) };
        let pair = [parent.children[left], parent.children[left + 1]];
        let pos = if left == at { place.pos } else { fewer + place.pos };
        self.even_out(rows, 0, pair, target);
        Some(match pos.checked_sub(target) {
            None => Position { leaf: pair[0], pos },
            Some(0) if target < most => Position { leaf: pair[0], pos },
            Some(pos) => Position { leaf: pair[1], pos },
        })
    }

    /// Splits a full node into two halves, and before it each full one above.
    fn split(&mut self, rows: &mut K::Rows, level: usize, id: u32) {
        let above = self.parent(level, id);
        if above != NIL && self.rare_inner(above).len == INNER {
            self.split(rows, level + 1, above);
        }
        let half = Self::limits(level).1 / 2;
        let (front, rear) = self.lasts(level, id).split_at(half);
        let [front, rear] = [front, rear]
            .map(|half| greatest(half, None).expect("a half of a full node is not empty"));
        let gaps = self.gaps_of_parts(level, &[id], half);
        // From here on nothing is compared or measured.
        let mut child = Child {
            start: self.first_start(level, id),
            last: front,
            id,
            count: self.entries(level, id),
        };
        if self.root == id && self.height == level {
            self.root = self.new_inner(Inner::new(child, K::NONE));
            self.height += 1;
            self.set_parent(level, id, self.root);
        }
        let parent = self.parent(level, id);
        (child.last, child.count) = (rear, 0);
        child.id = if level == 0 {
            // Copied whole: of its parts compilers make long code.
            let mut leaf = *self.rare_leaf(id);
            let next = leaf.next;
            leaf.prev = id;
            let new = self.new_leaf(leaf);
            self.rare_leaf_mut(id).next = new;
            match next {
                NIL => self.last = new,
                next => self.rare_leaf_mut(next).prev = new,
            }
            new
        } else {
            let mut inner = *self.rare_inner(id);
            inner.len = 0;
            self.new_inner(inner)
        };
        let at = self.index_of(level, id);
        let above = self.rare_inner_mut(parent);
        above.lasts[at] = front;
        above.insert(at + 1, child, K::NONE);
        self.shift(rows, level, [id, child.id], half, gaps);
    }

    /// Inserts an entry at the place that [`split_if_full`](Self::split_if_full) gave. `slot` is called, with
    /// the leaf, when nothing can fail any more.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        place: &(Position, Ancestors),
        interval: Interval<T>,
        value: V,
        slot: impl FnOnce(u32) -> K::Slot,
    ) {
        let raised = self.raised(place, interval.last());
        self.insert_raising(raised, place, interval, value, slot);
    }

    /// How many subtrees above a place, from the lowest one, do not reach to `last` yet.
    pub(crate) fn raised(&self, (place, way): &(Position, Ancestors), last: &T) -> usize {
        if place.leaf == NIL {
            return 0;
        }
        // A subtree that reaches as far lies only in subtrees that do.
        let steps = way.steps[..self.height].iter();
        steps.take_while(|(id, at)| self.inner(*id).lasts[*at as usize] < *last).count()
    }

    /// As [`insert`](Self::insert), for which all is compared already: `raised` is what
    /// [`raised`](Self::raised) gave for the same place.
    #[inline]
    pub(crate) fn insert_raising(
        &mut self,
        raised: usize,
        &(place, ref way): &(Position, Ancestors),
        interval: Interval<T>,
        value: V,
        slot: impl FnOnce(u32) -> K::Slot,
    ) {
        let (start, last) = interval.into_bounds();
        let leaf = match place.leaf {
            NIL if self.vacant_leaf == NIL => to_u32(self.leaves.len()),
            NIL => self.vacant_leaf,
            leaf => leaf,
        };
        let slot = slot(leaf);
        if place.leaf == NIL {
            self.insert_first(leaf, interval, slot);
            self.leaves.put_value(leaf, 0, value);
            return;
        }
        let steps = &way.steps[..self.height];
        for (i, (id, at)) in steps.iter().enumerate() {
            let inner = self.inner_mut(*id);
            inner.counts[*at as usize] += 1;
            if i < raised {
                inner.lasts[*at as usize] = last;
            }
        }
        self.leaves.insert(place.leaf, place.pos, (start, last), slot, value);
        if place.pos == 0 {
            self.carry_start(place.leaf, steps);
        }
    }

    /// Inserts all of an entry but its value into no nodes; `leaf` is the one to come.
    #[cold]
    #[inline(never)]
    fn insert_first(&mut self, leaf: u32, interval: Interval<T>, slot: K::Slot) {
        let (start, last) = interval.into_bounds();
        let new = self.new_leaf(Leaf::new(start, last, slot));
        debug_assert_eq!(new, leaf, "foreseen");
        (self.root, self.first, self.last) = (leaf, leaf, leaf);
    }

    /// Updates the ancestors of a leaf whose first start has changed.
    #[inline(never)]
    pub(crate) fn carry_start(&mut self, leaf: u32, steps: &[(u32, u32)]) {
        let start = self.first_start(0, leaf);
        for (id, at) in steps {
            self.rare_inner_mut(*id).starts[*at as usize] = start;
            if *at > 0 {
                break;
            }
        }
    }
}

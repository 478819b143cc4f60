//! Entries in and out, nodes divided and joined.
//!
//! `T`'s `Ord` may panic, so every step here compares first and moves afterwards: each division,
//! each joining and each change of an entry is a step from one legal tree to another.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::collections::TryReserveError;

use super::node::{
    At, Child, INNER, INNER_MIN, Inner, LEAF, LEAF_MIN, Leaf, MAX_HEIGHT, NIL, Nodes, Put, Take,
    narrow,
};
use super::search::Ancestors;
use super::simd::{self, Instructions, Job};
use super::slab::Slab;
use crate::arena::NodeId;
use crate::interval::Interval;

/// Nodes of a level hold between `fewest` and `most`.
const fn limits(level: usize) -> (usize, usize) {
    if level == 0 { (LEAF_MIN, LEAF) } else { (INNER_MIN, INNER) }
}

impl<T, V> Nodes<T, V> {
    /// Makes room for the nodes of `entries` entries, however full they are (B2), and for those of one
    /// division, which does not count on vacant inner nodes.
    pub(super) fn try_reserve(&mut self, entries: usize) -> Result<(), TryReserveError> {
        let mut nodes = entries.div_ceil(LEAF_MIN);
        self.leaves.try_reserve(nodes.saturating_sub(self.leaves.len()))?;
        if entries <= LEAF {
            return Ok(());
        }
        let (mut inners, mut height) = (0, 0);
        while nodes != 1 {
            nodes = nodes.div_ceil(INNER_MIN);
            inners += nodes;
            height += 1;
        }
        self.inners.try_reserve(self.inners.len().max(inners) + height + 2 - self.inners.len())
    }
}

impl<T: Copy, V> Nodes<T, V> {
    pub(super) fn ancestors(&self, leaf: u32) -> Ancestors {
        simd::run(Climb { nodes: self, leaf })
    }

    /// The place of a node among its siblings.
    fn index_of(&self, level: usize, id: u32) -> usize {
        simd::run(IndexOf { inner: self.inner(self.parent(level, id)), child: id })
    }

    pub(super) fn lasts(&self, level: usize, id: u32) -> &[T] {
        if level == 0 {
            let leaf = self.leaf(id);
            &leaf.lasts[..leaf.len()]
        } else {
            let inner = self.inner(id);
            &inner.lasts[..inner.len]
        }
    }

    fn first_start(&self, level: usize, id: u32) -> T {
        if level == 0 { self.leaf(id).starts[0] } else { self.inner(id).starts[0] }
    }

    fn entries(&self, level: usize, id: u32) -> u32 {
        if level == 0 { narrow(self.leaf(id).len()) } else { self.inner(id).count() }
    }

    /// Moves entries or children between neighbours under one parent until `left` holds `target`,
    /// and tells the parent all but the greatest lasts.
    fn shift(&mut self, slab: &mut Slab, level: usize, [left, right]: [u32; 2], target: usize) {
        let before = self.node_len(level, left);
        let pair = [left as usize, right as usize];
        let moved_right = before.saturating_sub(target);
        if level == 0 {
            let both = self.leaves.get_disjoint_mut(pair);
            let [l, r] = both.expect("two different leaves");
            Leaf::shift(l, r, target);
            l.slots[before.min(target)..target].iter().for_each(|slot| slab.set_leaf(*slot, left));
            r.slots[..moved_right].iter().for_each(|slot| slab.set_leaf(*slot, right));
        } else {
            let both = self.inners.get_disjoint_mut(pair);
            let [l, r] = both.expect("two different inner nodes");
            Inner::shift(l, r, target);
            for i in before.min(target)..target {
                let child = self.inner(left).children[i];
                self.set_parent(level - 1, child, left);
            }
            for i in 0..moved_right {
                let child = self.inner(right).children[i];
                self.set_parent(level - 1, child, right);
            }
        }
        let counts = [self.entries(level, left), self.entries(level, right)];
        let start = self.first_start(level, right);
        let at = self.index_of(level, left);
        let parent = self.parent(level, left);
        let parent = self.inner_mut(parent);
        parent.counts[at..at + 2].copy_from_slice(&counts);
        if counts[1] > 0 {
            parent.starts[at + 1] = start;
        }
    }

    /// Makes room for one more leaf.
    fn try_reserve_leaf(&mut self) -> Result<(), TryReserveError> {
        if self.vacant_leaf == NIL { self.leaves.try_reserve(1) } else { Ok(()) }
    }
}

impl<T: Ord + Copy, V> Nodes<T, V> {
    /// The place behind all entries that start at or before `start`, and the way there.
    #[inline]
    pub(super) fn place_for(&self, start: &T) -> (At, Ancestors) {
        if self.root == NIL {
            return (At { leaf: NIL, pos: 0 }, Ancestors { steps: [(NIL, 0); MAX_HEIGHT] });
        }
        self.descend(start)
    }

    /// Divides what is full, so that the leaf of the returned place, which is `place` still, has
    /// room.
    pub(super) fn make_room(
        &mut self,
        slab: &mut Slab,
        (place, way): (At, Ancestors),
    ) -> Result<(At, Ancestors), TryReserveError> {
        if place.leaf == NIL {
            self.try_reserve_leaf()?;
            return Ok((place, way));
        }
        if self.leaf(place.leaf).len() < LEAF {
            return Ok((place, way));
        }
        let mut full = [NIL; MAX_HEIGHT + 1];
        let (mut levels, mut id) = (0, place.leaf);
        while id != NIL && self.node_len(levels, id) == limits(levels).1 {
            full[levels] = id;
            id = self.parent(levels, id);
            levels += 1;
        }
        // Each full node is divided, and a root gets one above it.
        let is_root_full = id == NIL;
        self.try_reserve_leaf()?;
        self.inners.try_reserve(levels - 1 + usize::from(is_root_full))?;
        for level in (0..levels).rev() {
            self.split(slab, level, full[level]);
        }
        let left = self.leaf(place.leaf);
        let place = match place.pos.checked_sub(left.len()) {
            None | Some(0) => place,
            Some(pos) => At { leaf: left.next, pos },
        };
        Ok((place, self.ancestors(place.leaf)))
    }

    /// Divides a full node whose parent is not full into two halves.
    fn split(&mut self, slab: &mut Slab, level: usize, id: u32) {
        let half = limits(level).1 / 2;
        let (front, rear) = self.lasts(level, id).split_at(half);
        let greatest = |half: &[T]| *half.iter().max().expect("a half of a full node is not empty");
        let (front, rear) = (greatest(front), greatest(rear));
        // From here on nothing is compared.
        let mut child = Child {
            start: self.first_start(level, id),
            last: front,
            id,
            count: self.entries(level, id),
        };
        if self.root == id && self.height == level {
            self.root = self.new_inner(Inner::new(child));
            self.height += 1;
            self.set_parent(level, id, self.root);
        }
        let parent = self.parent(level, id);
        (child.last, child.count) = (rear, 0);
        child.id = if level == 0 {
            let leaf = Leaf { prev: id, ..Leaf::empty_like(self.leaf(id)) };
            let next = leaf.next;
            let new = self.new_leaf(leaf);
            self.leaf_mut(id).next = new;
            match next {
                NIL => self.last = new,
                next => self.leaf_mut(next).prev = new,
            }
            new
        } else {
            self.new_inner(Inner { len: 0, ..*self.inner(id) })
        };
        let at = self.index_of(level, id);
        let above = self.inner_mut(parent);
        above.lasts[at] = front;
        above.insert(at + 1, child);
        self.shift(slab, level, [id, child.id], half);
    }

    /// Puts an entry into the place that [`make_room`](Self::make_room) gave, in two steps:
    /// `slot` is called between them, with the leaf, when nothing can fail any more.
    pub(super) fn insert(
        &mut self,
        (place, way): (At, Ancestors),
        interval: Interval<T>,
        value: V,
        slot: impl FnOnce(u32) -> NodeId,
    ) {
        let (start, last) = interval.into_bounds();
        if place.leaf == NIL {
            let leaf = narrow(self.leaves.len());
            let leaf = if self.vacant_leaf == NIL { leaf } else { self.vacant_leaf };
            let new = self.new_leaf(Leaf::new(start, last, slot(leaf), value));
            debug_assert_eq!(new, leaf, "foreseen");
            (self.root, self.first, self.last) = (leaf, leaf, leaf);
            return;
        }
        let steps = &way.steps[..self.height];
        // A subtree that reaches as far lies only in subtrees that do.
        let raised = steps.iter().take_while(|(id, at)| self.inner(*id).lasts[*at] < last).count();
        // From here on nothing is compared.
        for (i, (id, at)) in steps.iter().enumerate() {
            let inner = self.inner_mut(*id);
            inner.counts[*at] += 1;
            if i < raised {
                inner.lasts[*at] = last;
            }
        }
        let slot = slot(place.leaf);
        let leaf = self.leaf_mut(place.leaf);
        simd::run(Put { leaf, pos: place.pos, start, last, slot, value });
        if place.pos == 0 {
            self.carry_start(place.leaf, steps);
        }
    }

    /// Tells the ancestors of a leaf that its first start has changed.
    fn carry_start(&mut self, leaf: u32, steps: &[(u32, usize)]) {
        let start = self.leaf(leaf).starts[0];
        for (id, at) in steps {
            self.inner_mut(*id).starts[*at] = start;
            if *at > 0 {
                break;
            }
        }
    }

    /// Takes the entry `slot` out of the nodes, and returns the place it had, where there is room
    /// now. Its row stays.
    pub(super) fn remove(&mut self, slab: &mut Slab, slot: NodeId) -> (At, Interval<T>, V) {
        self.fill_up(slab, slab.leaf(slot));
        let At { leaf, pos } = self.position(slab.leaf(slot), slot);
        let Ancestors { steps } = self.ancestors(leaf);
        let steps = &steps[..self.height];
        let held = self.leaf(leaf);
        let (start, last) = (held.starts[pos], held.lasts[pos]);
        let mut lowered = [None; MAX_HEIGHT];
        if let Some((id, at)) = steps.first()
            && self.inner(*id).lasts[*at] <= last
        {
            let (front, rear) = (&held.lasts[..pos], &held.lasts[pos + 1..held.len()]);
            let mut below = front.iter().chain(rear).copied().max();
            for (i, (id, at)) in steps.iter().enumerate() {
                let inner = self.inner(*id);
                let Some(new) = below.filter(|new| *new < inner.lasts[*at]) else { break };
                lowered[i] = Some(new);
                let others = (0..inner.len).filter(|i| i != at).map(|i| inner.lasts[i]);
                below = others.chain([new]).max();
            }
        }
        // From here on nothing is compared.
        for ((id, at), new) in steps.iter().zip(lowered) {
            let inner = self.inner_mut(*id);
            inner.counts[*at] -= 1;
            if let Some(new) = new {
                inner.lasts[*at] = new;
            }
        }
        let value = simd::run(Take { leaf: self.leaf_mut(leaf), pos });
        let interval = Interval::from_former_bounds(start, last);
        if self.leaf(leaf).len() == 0 {
            self.free_leaf(leaf);
            (self.root, self.first, self.last) = (NIL, NIL, NIL);
            return (At { leaf: NIL, pos }, interval, value);
        }
        if pos == 0 {
            self.carry_start(leaf, steps);
        }
        (At { leaf, pos }, interval, value)
    }

    /// Fills up what holds the fewest allowed, so that the leaf can give one entry away.
    fn fill_up(&mut self, slab: &mut Slab, leaf: u32) {
        let mut thin = [NIL; MAX_HEIGHT];
        let (mut levels, mut id) = (0, leaf);
        while levels < self.height && self.node_len(levels, id) == limits(levels).0 {
            thin[levels] = id;
            id = self.parent(levels, id);
            levels += 1;
        }
        for level in (0..levels).rev() {
            self.refill(slab, level, thin[level]);
        }
    }

    /// Joins a node with a neighbour, or takes some of what the neighbour holds.
    fn refill(&mut self, slab: &mut Slab, level: usize, id: u32) {
        let above = self.parent(level, id);
        let at = self.index_of(level, id).saturating_sub(1);
        let parent = self.inner(above);
        let pair = [parent.children[at], parent.children[at + 1]];
        let [left, right] = pair.map(|id| self.lasts(level, id));
        let total = left.len() + right.len();
        let joins = total <= limits(level).1;
        let target = if joins { total } else { total / 2 };
        let all = || left.iter().chain(right).copied();
        let lasts = [all().take(target).max(), all().skip(target).max()];
        // From here on nothing is compared.
        self.shift(slab, level, pair, target);
        for (at, last) in (at..).zip(lasts) {
            if let Some(last) = last {
                self.inner_mut(above).lasts[at] = last;
            }
        }
        if joins {
            self.inner_mut(above).remove(at + 1);
            self.discard(level, pair[1]);
            if self.inner(above).len == 1 {
                // Only the root may come down to one child.
                (self.root, self.height) = (pair[0], level);
                self.set_parent(level, pair[0], NIL);
                self.free_inner(above);
            }
        }
    }

    /// Unlinks and frees a node that was emptied into its left neighbour.
    fn discard(&mut self, level: usize, id: u32) {
        if level > 0 {
            self.free_inner(id);
            return;
        }
        let &Leaf { prev, next, .. } = self.leaf(id);
        self.leaf_mut(prev).next = next;
        match next {
            NIL => self.last = prev,
            next => self.leaf_mut(next).prev = prev,
        }
        self.free_leaf(id);
    }
}

/// Finds the inner nodes above a leaf, and the places of the nodes below.
struct Climb<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    leaf: u32,
}

impl<T, V> Job for Climb<'_, T, V> {
    type Output = Ancestors;

    #[inline(always)]
    fn run<I: Instructions>(self, with: I) -> Ancestors {
        let Self { nodes, leaf: mut below } = self;
        let mut steps = [(NIL, 0); MAX_HEIGHT];
        for (level, step) in steps[..nodes.height].iter_mut().enumerate() {
            let id = nodes.parent(level, below);
            *step = (id, nodes.inner(id).index_of(with, below));
            below = id;
        }
        Ancestors { steps }
    }
}

struct IndexOf<'a, T> {
    inner: &'a Inner<T>,
    child: u32,
}

impl<T> Job for IndexOf<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run<I: Instructions>(self, with: I) -> usize {
        self.inner.index_of(with, self.child)
    }
}

//! Nodes from entries that come in order.

#![forbid(unsafe_code)]

use alloc::vec;
use alloc::vec::Vec;

use super::kind::{Measure, Rows};
use super::leaves::{LeafRef, Leaves};
use super::node::{Child, INNER, INNER_MIN, Inner, NIL, Nodes, to_u32};
use super::rebalance::greatest;
use super::search::Entries;
use crate::interval::Interval;
use crate::pages::OrPanic;
use crate::pages::cow::CowPages;

impl<T: Ord + Copy, V, K: Measure<T>> Nodes<T, V, K> {
    /// Appends entries, each after its slot, to full leaves in a row, of which
    /// [`link_sorted`](Self::link_sorted) makes a tree. Returns what the nodes above say of them.
    #[inline]
    pub(crate) fn push_sorted(
        &mut self,
        mut entries: impl Iterator<Item = (K::Slot, Interval<T>, V)>,
    ) -> Vec<Child<T>> {
        let mut row = Vec::with_capacity(self.leaves.capacity());
        while let Some(leaf) = self.leaves.push_filled(&mut entries) {
            let is_full = leaf.count as usize == Leaves::<T, V>::CAPACITY;
            row.push(leaf);
            if !is_full {
                break;
            }
        }
        row
    }

    /// Builds the levels above the leaves, of which `row` is what [`push_sorted`](Self::push_sorted)
    /// returned.
    pub(crate) fn link_sorted(&mut self, rows: &mut K::Rows, mut row: Vec<Child<T>>) {
        let Some(last) = self.leaves.len().checked_sub(1).map(to_u32) else { return };
        if let Some(left) = last.checked_sub(1)
            && self.leaf(last).len() < Leaves::<T, V>::FEWEST
        {
            let target = usize::midpoint(self.leaf(left).len(), self.leaf(last).len());
            self.leaves.shift([left, last], target);
            let right = self.leaves.leaf(last);
            rows.set_leaves(&right.slots[..right.len()], last);
            for id in [left, last] {
                row[id as usize] = self.leaf(id).summary(id);
            }
        }
        let mut levels = Levels::above(row, K::NONE);
        Self::measure(&mut levels, |id| self.gap_below(0, id));
        // All nodes but the last two of a level are full.
        self.put_under(levels, (last + 1).saturating_sub(to_u32(2 * INNER)));
    }

    /// Measures all gaps in new levels, with `gap_in` those inside a leaf.
    fn measure(levels: &mut Levels<T, K::Gap>, gap_in: impl Fn(u32) -> K::Gap) {
        if !K::MEASURES || levels.height == 0 {
            return;
        }
        // Lower levels come first.
        let lowest = levels.parents.last().map_or(0, |parent| *parent as usize);
        for id in 0..levels.inners.len() {
            for at in 0..levels.inners[id].len {
                let child = levels.inners[id].children[at];
                let gap = if id <= lowest {
                    gap_in(child)
                } else {
                    Self::gap_in_inner(&levels.inners[child as usize])
                };
                levels.inners[id].gaps[at] = gap;
            }
        }
    }

    /// Puts leaves that lie in a row under the levels built for them; those before `linked` have their
    /// links. Compares nothing.
    fn put_under(&mut self, levels: Levels<T, K::Gap>, linked: u32) {
        let last = to_u32(self.leaves.len() - 1);
        for (id, parent) in (0..=last).zip(levels.parents).skip(linked as usize) {
            let leaf = self.leaves.leaf_mut(id);
            leaf.parent = parent;
            leaf.prev = id.checked_sub(1).unwrap_or(NIL);
            leaf.next = if id == last { NIL } else { id + 1 };
        }
        (self.first, self.last) = (0, last);
        (self.inners, self.root, self.height) = (levels.inners, levels.root, levels.height);
        (self.vacant_leaf, self.vacant_inner) = (NIL, NIL);
    }

    /// Moves all `len` entries into full leaves that lie in memory in their order.
    ///
    /// Compares and measures first and moves afterwards, so that a panic of user code changes nothing.
    pub(crate) fn compact(&mut self, rows: &mut K::Rows, len: usize) {
        if len == 0 {
            *self = Self::new();
            return;
        }
        let (fewest, most) = Self::limits(0);
        let mut entries = Entries::new(self.all(len));
        let mut row = Vec::with_capacity(len.div_ceil(most));
        let mut gaps = Vec::with_capacity(if K::MEASURES { len.div_ceil(most) } else { 0 });
        let mut rest = len;
        while rest > 0 {
            let count = match rest {
                n if n <= most => n,
                n if n < most + fewest => n / 2,
                _ => most,
            };
            let run = core::iter::from_fn(|| entries.next(self)).take(count);
            let mut run = run.map(|at| (*at.start, *at.last));
            let (start, last) = run.next().expect("as many entries as were counted");
            let (mut gap, mut previous) = (K::NONE, last);
            let last = run.fold(last, |greatest, (start, last)| {
                gap = K::greater(gap, K::between(&previous, &start));
                previous = last;
                greatest.max(last)
            });
            if K::MEASURES {
                gaps.push(gap);
            }
            row.push(Child { start, last, id: to_u32(row.len()), count: to_u32(count) });
            rest -= count;
        }
        let counts: Vec<usize> = row.iter().map(|child| child.count as usize).collect();
        let mut levels = Levels::above(row, K::NONE);
        Self::measure(&mut levels, |id| gaps[id as usize]);
        let mut leaves = Leaves::new();
        leaves.try_reserve(counts.len()).or_panic();
        self.leaves.own_all().or_panic();
        // From here on nothing is compared or measured.
        let mut from = self.first;
        for (id, count) in (0..).zip(counts) {
            leaves.push(*self.leaf(from).leaf);
            while leaves.leaf(id).len() < count {
                let next = self.leaf(from).next;
                leaves.take_front(id, (&mut self.leaves, from), count);
                if self.leaf(from).len() == 0 && next != NIL {
                    from = next;
                }
            }
            rows.set_leaves(&leaves.leaf(id).slots[..count], id);
        }
        self.leaves = leaves;
        self.own = None;
        self.put_under(levels, 0);
    }
}

/// Inner nodes above leaves in a row.
struct Levels<T, G> {
    inners: CowPages<Inner<T, G>>,
    root: u32,
    height: usize,
    /// The inner node above each leaf.
    parents: Vec<u32>,
}

impl<T: Ord + Copy, G: Copy> Levels<T, G> {
    /// Builds full nodes above a row that is not empty, with `gap` for each child.
    fn above(row: Vec<Child<T>>, gap: G) -> Self {
        let mut parents = vec![NIL; row.len()];
        let (mut height, mut level) = (0, row);
        let mut inners = CowPages::<Inner<T, G>>::new();
        let rows = core::iter::successors(Some(level.len()), |nodes| Some(nodes.div_ceil(INNER)));
        let nodes = rows.skip(1).take_while(|nodes| *nodes > 1).sum::<usize>();
        if level.len() > 1 {
            inners.try_reserve(nodes + 1).or_panic();
        }
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len().div_ceil(INNER));
            let mut rest = &level[..];
            while let [first, ..] = rest {
                let take = match rest.len() {
                    n if n <= INNER => n,
                    n if n < INNER + INNER_MIN => n / 2,
                    _ => INNER,
                };
                let id = to_u32(inners.len());
                let mut inner = Inner::new(*first, gap);
                rest[1..take].iter().for_each(|child| inner.push(*child, gap));
                for child in &rest[..take] {
                    if height == 0 {
                        parents[child.id as usize] = id;
                    } else {
                        inners[child.id as usize].parent = id;
                    }
                }
                above.push(inner.summary(id));
                inners.push(inner);
                rest = &rest[take..];
            }
            height += 1;
            level = above;
        }
        inners.shrink_to_fit();
        Self { inners, root: level[0].id, height, parents }
    }
}

impl<T: Ord + Copy, V, S> LeafRef<'_, T, V, S> {
    fn summary(self, id: u32) -> Child<T> {
        let lasts = &self.lasts[..self.len()];
        let last = greatest(lasts, None).expect("a node is not empty");
        Child { start: self.starts[0], last, id, count: to_u32(self.len()) }
    }
}

impl<T: Ord + Copy, G: Copy> Inner<T, G> {
    fn summary(&self, id: u32) -> Child<T> {
        let last = greatest(&self.lasts[..self.len], None).expect("a node is not empty");
        Child { start: self.starts[0], last, id, count: self.count() }
    }
}

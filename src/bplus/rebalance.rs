//! What insertion and removal share: the way up from a leaf, and moves between neighbours.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;
use core::ops::Range;

use super::kind::{Kind, Measure, Rows};
use super::leaves::Leaves;
use super::node::{INNER, INNER_MIN, Inner, MAX_HEIGHT, NIL, Nodes, to_u32};
use super::search::Ancestors;
use super::shape::place_of;
use super::simd::Baseline;

impl<T, V, K: Kind> Nodes<T, V, K> {
    /// A full leaf shares with a neighbour that holds at most so many entries: then neither is full.
    pub(crate) const SHARED: usize = {
        let most = Leaves::<T, V>::CAPACITY;
        let share = most * K::SHARED_EIGHTHS / 8;
        if share > most - 2 { most - 2 } else { share }
    };

    /// Fewest and most entries or children of the nodes of a level (B2).
    pub(crate) const fn limits(level: usize) -> (usize, usize) {
        if level == 0 {
            (Leaves::<T, V>::FEWEST, Leaves::<T, V>::CAPACITY)
        } else {
            (INNER_MIN, INNER)
        }
    }

    /// Reserves the nodes of `entries` entries, however full they are (B2), and those of one
    /// split, which does not count on vacant inner nodes.
    pub(crate) fn try_reserve(&mut self, entries: usize) -> Result<(), TryReserveError> {
        let mut nodes = entries.div_ceil(Leaves::<T, V>::FEWEST);
        self.leaves.try_reserve(nodes.saturating_sub(self.leaves.len()))?;
        if entries <= Leaves::<T, V>::CAPACITY {
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

impl<T, V, K: Kind> Nodes<T, V, K> {
    /// Makes sure that as many insertions need no memory, whatever they split.
    pub(crate) fn try_reserve_insertions(&mut self, count: usize) -> Result<(), TryReserveError> {
        self.leaves.try_reserve(count)?;
        // Each may split a node of every level, and put a new root above.
        self.inners.try_reserve(count * (self.height + 1))
    }
}

impl<T: Copy, V, K: Kind> Nodes<T, V, K> {
    /// The inner nodes above a leaf, and the places of the nodes below.
    pub(crate) fn ancestors(&self, leaf: u32) -> Ancestors {
        let mut steps = [(NIL, 0); MAX_HEIGHT];
        let (mut below, mut above) = (leaf, self.leaf(leaf).parent);
        for step in &mut steps[..self.height] {
            let inner = self.inner(above);
            *step = (above, to_u32(child_at(&inner.children, inner.len, below)));
            (below, above) = (above, inner.parent);
        }
        Ancestors { steps }
    }

    /// The place of a node among its siblings.
    #[inline(never)]
    pub(crate) fn index_of(&self, level: usize, id: u32) -> usize {
        let parent = self.rare_inner(self.parent(level, id));
        let at = child_at(&parent.children, parent.len, id);
        debug_assert!(at < parent.len && parent.children[at] == id, "a parent names its children");
        at
    }

    #[inline(never)]
    pub(crate) fn lasts(&self, level: usize, id: u32) -> &[T] {
        if level == 0 {
            let leaf = self.leaf(id);
            &leaf.leaf.lasts[..leaf.len()]
        } else {
            let inner = self.rare_inner(id);
            &inner.lasts[..inner.len]
        }
    }

    #[inline(never)]
    pub(crate) fn first_start(&self, level: usize, id: u32) -> T {
        if level == 0 { self.rare_leaf(id).starts[0] } else { self.rare_inner(id).starts[0] }
    }

    #[inline(never)]
    pub(crate) fn entries(&self, level: usize, id: u32) -> u32 {
        if level == 0 { to_u32(self.node_len(0, id)) } else { self.rare_inner(id).count() }
    }
}

impl<T: Copy, V, K: Measure<T>> Nodes<T, V, K> {
    /// Moves entries or children between neighbours under one parent until the left one holds
    /// `target`. Compares first and moves afterwards.
    pub(crate) fn even_out(
        &mut self,
        rows: &mut K::Rows,
        level: usize,
        pair: [u32; 2],
        target: usize,
    ) where
        T: Ord,
    {
        let [left, right] = pair.map(|id| self.lasts(level, id));
        let (kept, given) = left.split_at(target.min(left.len()));
        let (taken, others) = right.split_at(target - kept.len());
        let lasts = [[kept, taken], [given, others]];
        let lasts = lasts.map(|[a, b]| greatest(b, greatest(a, None)));
        let gaps = self.gaps_of_parts(level, &pair, target);
        // From here on nothing is compared or measured.
        self.shift(rows, level, pair, target, gaps);
        let (at, above) = (self.index_of(level, pair[0]), self.parent(level, pair[0]));
        for (at, last) in (at..).zip(lasts) {
            if let Some(last) = last {
                self.rare_inner_mut(above).lasts[at] = last;
            }
        }
    }

    /// Moves entries or children between neighbours under one parent until `left` holds `target`,
    /// and updates in the parent all but the greatest lasts. `gaps` are those of the two then.
    pub(crate) fn shift(
        &mut self,
        rows: &mut K::Rows,
        level: usize,
        [left, right]: [u32; 2],
        target: usize,
        gaps: [K::Gap; 2],
    ) {
        let before = self.node_len(level, left);
        debug_assert_eq!(self.parent(level, left), self.parent(level, right), "under one parent");
        debug_assert_eq!(
            self.index_of(level, left) + 1,
            self.index_of(level, right),
            "and neighbours there"
        );
        let total = before + self.node_len(level, right);
        debug_assert!(target <= total, "there is as much to be moved");
        let moved_right = before.saturating_sub(target);
        if level == 0 {
            self.leaves.shift([left, right], target);
            rows.set_leaves(&self.rare_leaf(left).slots[before.min(target)..target], left);
            rows.set_leaves(&self.rare_leaf(right).slots[..moved_right], right);
        } else {
            let [l, r] = self.inners.pair_mut(left as usize, right as usize);
            Inner::shift(l, r, target);
            for i in before.min(target)..target {
                let child = self.rare_inner(left).children[i];
                self.set_parent(level - 1, child, left);
            }
            for i in 0..moved_right {
                let child = self.rare_inner(right).children[i];
                self.set_parent(level - 1, child, right);
            }
        }
        let len = [left, right].map(|id| self.node_len(level, id));
        debug_assert_eq!(len, [target, total - target], "all that one gave the other has");
        let counts = [self.entries(level, left), self.entries(level, right)];
        let start = self.first_start(level, right);
        let at = self.index_of(level, left);
        let parent = self.parent(level, left);
        let parent = self.rare_inner_mut(parent);
        debug_assert!(
            parent.counts[at] + parent.counts[at + 1] == counts[0] + counts[1],
            "no entry was lost or doubled"
        );
        parent.counts[at..at + 2].copy_from_slice(&counts);
        parent.gaps[at..at + 2].copy_from_slice(&gaps);
        if counts[1] > 0 {
            parent.starts[at + 1] = start;
        }
    }
}

impl<T: Copy, V, K: Measure<T>> Nodes<T, V, K> {
    /// The greatest gaps in the first `target` of what neighbours hold together, and in the rest.
    pub(crate) fn gaps_of_parts(&self, level: usize, ids: &[u32], target: usize) -> [K::Gap; 2] {
        let mut gaps = [K::NONE; 2];
        if !K::MEASURES {
            return gaps;
        }
        let (mut index, mut previous) = (0, None);
        for &id in ids {
            for (pos, last) in self.lasts(level, id).iter().enumerate() {
                let (start, below) = if level == 0 {
                    (self.leaf(id).starts[pos], K::NONE)
                } else {
                    (self.inner(id).starts[pos], self.inner(id).gaps[pos])
                };
                let gap = &mut gaps[usize::from(index >= target)];
                *gap = K::greater(*gap, below);
                if let Some(previous) = previous.filter(|_| index != target) {
                    *gap = K::greater(*gap, K::between(previous, &start));
                }
                (index, previous) = (index + 1, Some(last));
            }
        }
        gaps
    }

    /// The greatest gap between two entries below a node.
    pub(crate) fn gap_below(&self, level: usize, id: u32) -> K::Gap {
        if !K::MEASURES {
            return K::NONE;
        }
        if level == 0 {
            return self.gap_between(id, 0..self.leaf(id).len().saturating_sub(1));
        }
        Self::gap_in_inner(self.inner(id))
    }

    /// The greatest gap below an inner node, by what it says of its children.
    pub(crate) fn gap_in_inner(inner: &Inner<T, K::Gap>) -> K::Gap {
        let below = inner.gaps[..inner.len].iter().copied().fold(K::NONE, K::greater);
        K::greater(below, K::greatest(&inner.lasts, &inner.starts[..inner.len][1..]))
    }

    /// The greatest distance of some entries of a leaf to the next ones.
    #[inline]
    pub(crate) fn gap_between(&self, leaf: u32, entries: Range<usize>) -> K::Gap {
        if !K::MEASURES {
            return K::NONE;
        }
        let leaf = self.leaf(leaf);
        K::greatest(&leaf.leaf.lasts[entries.clone()], &leaf.leaf.starts[1..][entries])
    }
}

/// As [`place_of`], compiled once for all trees.
#[inline(never)]
fn child_at(children: &[u32; INNER], len: usize, child: u32) -> usize {
    place_of(Baseline, children, len, child)
}

/// The greatest of some ends, and of one found before.
#[inline(never)]
pub(super) fn greatest<T: Ord + Copy>(lasts: &[T], found: Option<T>) -> Option<T> {
    let (first, rest) = match (found, lasts) {
        (Some(found), all) => (found, all),
        (None, [first, rest @ ..]) => (*first, rest),
        (None, []) => return None,
    };
    Some(rest.iter().copied().fold(first, T::max))
}

/// The greatest of all ends but the one at `pos`, and of one found before.
pub(super) fn greatest_other<T: Ord + Copy>(
    lasts: &[T],
    pos: usize,
    found: Option<T>,
) -> Option<T> {
    greatest(&lasts[pos + 1..], greatest(&lasts[..pos], found))
}

//! Comparisons of a whole node at once, and the walks made of them.
//!
//! The loops run over arrays of fixed length without a branch, which compilers turn into vector
//! instructions. A walk touches no node but through [`Nodes`].

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::ops::Bound;

use super::node::{At, Inner, Leaf, MAX_HEIGHT, NIL, Nodes};
use super::simd;
use crate::interval::Query;

/// How many items from the front satisfy `holds`, which must be false for good once it is false.
/// Items behind `len` repeat the last one (B6).
#[inline(always)]
pub(super) fn prefix<T, const N: usize>(
    items: &[T; N],
    len: usize,
    holds: impl Fn(&T) -> bool,
) -> usize {
    let mut n = 0;
    for item in items {
        n += usize::from(holds(item));
    }
    n.min(len)
}

/// The set of items that satisfy `holds`, item *i* being bit *i*.
#[inline(always)]
pub(super) fn mask<T, const N: usize>(items: &[T; N], holds: impl Fn(&T) -> bool) -> u32 {
    const { assert!(N <= 32, "a set of items is the bits of a u32") };
    let mut mask = 0;
    for (i, item) in items.iter().enumerate() {
        mask |= u32::from(holds(item)) << i;
    }
    mask
}

/// The set of the first `n` items.
#[inline(always)]
pub(super) fn low(n: usize) -> u32 {
    !u32::MAX.checked_shl(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// How many items from the front start at or before the query's upper end.
#[inline(always)]
fn starting<T: Ord, const N: usize>(starts: &[T; N], len: usize, query: &Query<T>) -> usize {
    match query.upper() {
        Bound::Included(upper) => prefix(starts, len, |start| start <= upper),
        Bound::Excluded(upper) => prefix(starts, len, |start| start < upper),
        Bound::Unbounded => len,
    }
}

/// The set of items, also behind the length, that come up to the query's lower end.
#[inline(always)]
fn reaching<T: Ord, const N: usize>(lasts: &[T; N], query: &Query<T>) -> u32 {
    match query.lower() {
        Bound::Included(lower) => mask(lasts, |last| last >= lower),
        Bound::Excluded(lower) => mask(lasts, |last| last > lower),
        Bound::Unbounded => u32::MAX,
    }
}

impl<T: Ord> Leaf<T> {
    /// The entries that overlap the query.
    #[inline(always)]
    fn hits(&self, query: &Query<T>) -> u32 {
        low(starting(&self.starts, self.len, query)) & reaching(&self.lasts, query)
    }
}

impl<T: Ord> Inner<T> {
    /// The children to enter: all but the last of them hold an overlapping entry for certain.
    #[inline(always)]
    fn hits(&self, query: &Query<T>) -> u32 {
        low(starting(&self.starts, self.len, query)) & reaching(&self.lasts, query)
    }
}

/// The inner nodes above a leaf, from the lowest up, each with the place of the child below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ancestors {
    pub(super) steps: [(u32, usize); MAX_HEIGHT],
}

/// A walk over the entries that overlap a query, in order. Holds its path, allocates nothing.
#[derive(Clone, Debug)]
pub(super) struct Matches<T> {
    query: Option<Query<T>>,
    /// The root, until it is entered.
    pending: u32,
    leaf: u32,
    hits: u32,
    /// Inner nodes from the root down, and their children that are still to be entered.
    path: [(u32, u32); MAX_HEIGHT],
    depth: usize,
    probes: usize,
}

impl<T: Ord> Matches<T> {
    /// A walk that begins with the first entry.
    #[inline]
    pub(super) fn new(nodes: &Nodes<T>, query: Option<Query<T>>) -> Self {
        let pending = if query.is_some() { nodes.root } else { NIL };
        let path = [(0, 0); MAX_HEIGHT];
        Self { query, pending, leaf: NIL, hits: 0, path, depth: 0, probes: 0 }
    }

    /// A walk that begins behind the entry at `at`.
    pub(super) fn after(nodes: &Nodes<T>, query: Query<T>, at: At) -> Self {
        let mut path = [(0, 0); MAX_HEIGHT];
        let mut below = at.leaf;
        for level in 1..=nodes.height {
            let id = nodes.parent(level - 1, below);
            let inner = nodes.inner(id);
            let behind = !low(inner.index_of(below) + 1);
            path[nodes.height - level] = (id, inner.hits(&query) & behind);
            below = id;
        }
        let hits = nodes.leaf(at.leaf).hits(&query) & !low(at.pos + 1);
        let (leaf, depth) = (at.leaf, nodes.height);
        Self { query: Some(query), pending: NIL, leaf, hits, path, depth, probes: 0 }
    }

    /// Nodes touched until now.
    pub(super) fn probes(&self) -> usize {
        self.probes
    }

    #[inline]
    pub(super) fn next(&mut self, nodes: &Nodes<T>) -> Option<At> {
        if self.hits == 0 && !simd::advance(self, nodes) {
            return None;
        }
        let pos = self.hits.trailing_zeros() as usize;
        self.hits &= self.hits - 1;
        Some(At { leaf: self.leaf, pos })
    }

    /// Goes on to the next leaf with a hit; tells whether there is one.
    #[inline(always)]
    pub(super) fn advance(&mut self, nodes: &Nodes<T>) -> bool {
        let root = core::mem::replace(&mut self.pending, NIL);
        if root != NIL {
            self.enter(nodes, root);
        }
        while self.hits == 0 {
            let Some(above) = self.depth.checked_sub(1) else { return false };
            let (id, rest) = &mut self.path[above];
            if *rest == 0 {
                self.depth = above;
            } else {
                let child = nodes.inner(*id).children[rest.trailing_zeros() as usize];
                *rest &= *rest - 1;
                self.enter(nodes, child);
            }
        }
        true
    }

    /// Takes the rear half of what is still to come away, if there is more than a leaf.
    #[cfg(feature = "rayon")]
    pub(super) fn split(&mut self, nodes: &Nodes<T>) -> Option<Self>
    where
        T: Clone,
    {
        let root = core::mem::replace(&mut self.pending, NIL);
        if root != NIL {
            self.enter(nodes, root);
        }
        for level in 0..MAX_HEIGHT {
            if level >= self.depth {
                return None;
            }
            let (id, mut rest) = self.path[level];
            let below = &self.path[level + 1..self.depth];
            let begun = self.hits != 0 || below.iter().any(|(_, rest)| *rest != 0);
            if rest.is_power_of_two() && !begun {
                // All that is left lies below one child.
                self.depth = level + 1;
                self.path[level].1 = 0;
                self.enter(nodes, nodes.inner(id).children[rest.trailing_zeros() as usize]);
            } else if rest != 0 {
                let kept = if begun { 0 } else { rest.count_ones() / 2 };
                for _ in 0..kept {
                    rest &= rest - 1;
                }
                self.path[level].1 ^= rest;
                let mut rear = Self { hits: 0, depth: level + 1, ..self.clone() };
                rear.path = [(0, 0); MAX_HEIGHT];
                rear.path[level] = (id, rest);
                return Some(rear);
            }
        }
        None
    }

    #[inline(always)]
    fn enter(&mut self, nodes: &Nodes<T>, id: u32) {
        let Some(query) = &self.query else { return };
        self.probes += 1;
        if self.depth == nodes.height {
            (self.leaf, self.hits) = (id, nodes.leaf(id).hits(query));
        } else {
            self.path[self.depth] = (id, nodes.inner(id).hits(query));
            self.depth += 1;
        }
    }
}

/// A run of entries, walked over from both ends.
#[derive(Clone, Debug)]
pub(super) struct Between {
    front: At,
    back: At,
    pub(super) remaining: usize,
}

impl Between {
    pub(super) const EMPTY: Self =
        Self { front: At { leaf: NIL, pos: 0 }, back: At { leaf: NIL, pos: 0 }, remaining: 0 };

    #[inline]
    pub(super) fn next<T>(&mut self, nodes: &Nodes<T>) -> Option<At> {
        if self.remaining == 0 {
            return None;
        }
        // An `Ord` that contradicts itself may promise more than there is.
        while self.front.pos == nodes.leaves.get(self.front.leaf as usize)?.len {
            self.front = At { leaf: nodes.leaf(self.front.leaf).next, pos: 0 };
        }
        let at = self.front;
        self.front.pos += 1;
        self.remaining -= 1;
        Some(at)
    }

    #[inline]
    pub(super) fn next_back<T>(&mut self, nodes: &Nodes<T>) -> Option<At> {
        if self.remaining == 0 {
            return None;
        }
        while self.back.pos == 0 {
            let leaf = nodes.leaf(self.back.leaf).prev;
            self.back = At { leaf, pos: nodes.leaves.get(leaf as usize)?.len };
        }
        self.back.pos -= 1;
        self.remaining -= 1;
        Some(self.back)
    }
}

impl<T> Nodes<T> {
    /// The first entry of all.
    pub(super) fn leftmost(&self) -> Option<At> {
        (self.first != NIL).then_some(At { leaf: self.first, pos: 0 })
    }

    /// The last entry of all.
    pub(super) fn rightmost(&self) -> Option<At> {
        (self.last != NIL).then(|| At { leaf: self.last, pos: self.leaf(self.last).len - 1 })
    }

    /// The entry that follows.
    pub(super) fn successor(&self, at: At) -> Option<At> {
        let leaf = self.leaf(at.leaf);
        if at.pos + 1 < leaf.len {
            return Some(At { pos: at.pos + 1, ..at });
        }
        (leaf.next != NIL).then_some(At { leaf: leaf.next, pos: 0 })
    }

    /// All `len` entries.
    pub(super) fn all(&self, len: usize) -> Between {
        match self.rightmost() {
            Some(At { leaf, pos }) => Between {
                front: At { leaf: self.first, pos: 0 },
                back: At { leaf, pos: pos + 1 },
                remaining: len,
            },
            None => Between::EMPTY,
        }
    }

    /// The place that divides the entries whose start is `before` from the others, and the number
    /// of entries in front of it. There must be an entry.
    #[inline(always)]
    pub(super) fn split_point(&self, before: impl Fn(&T) -> bool) -> (At, usize) {
        let (mut id, mut rank) = (self.root, 0);
        for _ in 0..self.height {
            let inner = self.inner(id);
            let child = prefix(&inner.starts, inner.len, &before).saturating_sub(1);
            rank += inner.counts[..child].iter().sum::<u32>() as usize;
            id = inner.children[child];
        }
        let leaf = self.leaf(id);
        let pos = prefix(&leaf.starts, leaf.len, before);
        (At { leaf: id, pos }, rank + pos)
    }
}

impl<T: Ord> Nodes<T> {
    /// The place behind all entries that start at or before `start`, and the way there. There must
    /// be an entry.
    #[inline(always)]
    pub(super) fn descend(&self, start: &T) -> (At, Ancestors) {
        let mut steps = [(NIL, 0); MAX_HEIGHT];
        let mut id = self.root;
        for step in steps[..self.height].iter_mut().rev() {
            let inner = self.inner(id);
            let child = prefix(&inner.starts, inner.len, |other| other <= start).saturating_sub(1);
            *step = (id, child);
            id = inner.children[child];
        }
        let leaf = self.leaf(id);
        let pos = prefix(&leaf.starts, leaf.len, |other| other <= start);
        (At { leaf: id, pos }, Ancestors { steps })
    }

    /// The entries whose start lies in `starts`.
    pub(super) fn between(&self, starts: &Query<T>) -> Between {
        if self.root == NIL {
            return Between::EMPTY;
        }
        let (front, first) = self.split_point(|start| !starts.reaches(start));
        let (back, end) = self.split_point(|start| starts.starts(start));
        Between { front, back, remaining: end.saturating_sub(first) }
    }

    /// The first entry that starts after `at`.
    pub(super) fn first_after(&self, at: &T) -> Option<At> {
        if self.root == NIL {
            return None;
        }
        let (place, _) = self.split_point(|start| start <= at);
        let leaf = self.leaf(place.leaf);
        if place.pos < leaf.len {
            return Some(place);
        }
        (leaf.next != NIL).then_some(At { leaf: leaf.next, pos: 0 })
    }

    /// Number of entries that overlap the query. A child whose entries all start in it is counted
    /// whole.
    pub(super) fn count(&self, query: &Query<T>) -> usize {
        if self.root == NIL { 0 } else { self.count_below(self.height, self.root, query) }
    }

    fn count_below(&self, level: usize, id: u32, query: &Query<T>) -> usize {
        if level == 0 {
            return self.leaf(id).hits(query).count_ones() as usize;
        }
        let inner = self.inner(id);
        let starting = starting(&inner.starts, inner.len, query);
        let mut rest = low(starting) & reaching(&inner.lasts, query);
        let mut n = 0;
        while rest != 0 {
            let child = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            n += if child + 1 < starting && query.reaches(&inner.starts[child]) {
                inner.counts[child] as usize
            } else {
                self.count_below(level - 1, inner.children[child], query)
            };
        }
        n
    }

    /// The entry with the greatest `last` below `at`; of several the last in order.
    pub(super) fn nearest_before(&self, at: &T) -> Option<At> {
        let mut best = None;
        if self.root != NIL {
            self.nearest_below(self.height, self.root, at, &mut best);
        }
        let (last, mut level, mut id) = best?;
        while level > 0 {
            let inner = self.inner(id);
            let child = inner.lasts[..inner.len].iter().rposition(|other| other >= last)?;
            (level, id) = (level - 1, inner.children[child]);
        }
        let leaf = self.leaf(id);
        let pos = leaf.lasts[..leaf.len].iter().rposition(|other| other == last)?;
        Some(At { leaf: id, pos })
    }

    /// Looks for a `last` below `at` and above the best one, and for the highest node that holds
    /// it and nothing that comes up to `at`. Goes only into nodes with an entry that contains
    /// `at`, and the last one that starts before it.
    fn nearest_below<'a>(
        &'a self,
        level: usize,
        id: u32,
        at: &T,
        best: &mut Option<(&'a T, usize, u32)>,
    ) {
        let (lasts, starting): (&[T], usize) = if level == 0 {
            let leaf = self.leaf(id);
            (&leaf.lasts, prefix(&leaf.starts, leaf.len, |start| start < at))
        } else {
            let inner = self.inner(id);
            (&inner.lasts, prefix(&inner.starts, inner.len, |start| start < at))
        };
        for i in (0..starting).rev() {
            if lasts[i] < *at {
                if best.is_none_or(|(last, ..)| lasts[i] > *last) {
                    let (level, id) =
                        if level == 0 { (0, id) } else { (level - 1, self.inner(id).children[i]) };
                    *best = Some((&lasts[i], level, id));
                }
            } else if level > 0 {
                self.nearest_below(level - 1, self.inner(id).children[i], at, best);
            }
        }
    }
}

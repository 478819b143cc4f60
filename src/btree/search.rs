//! Comparisons of a whole node at once, and what is found by order.
//!
//! The loops run over arrays of fixed length without a branch, which compilers turn into vector
//! instructions. What lies behind the length of a node is compared, too, and ignored.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::ops::Bound;

use super::node::{At, Inner, Leaf, MAX_HEIGHT, NIL, Nodes};
use super::simd::{self, Instructions, Job, WIDTH};
use super::visit::Visit;
use crate::interval::Query;

/// The set of items that satisfy `holds`, item *i* being bit *i*.
#[inline(always)]
pub(super) fn mask<I: Instructions, T, const N: usize>(
    with: I,
    items: &[T; N],
    holds: impl Fn(&T) -> bool,
) -> u32 {
    const { assert!(N <= WIDTH, "a set of items is the bits of a word") };
    let mut bytes = [0; WIDTH];
    for (byte, item) in bytes.iter_mut().zip(items) {
        *byte = if holds(item) { u8::MAX } else { 0 };
    }
    with.bits(&bytes)
}

/// The set of the first `n` items.
#[inline(always)]
pub(super) fn low(n: usize) -> u32 {
    !u32::MAX.checked_shl(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// How many of the first `len` items satisfy `holds`, which must be false for good once it is
/// false.
#[inline(always)]
pub(super) fn prefix<I: Instructions, T, const N: usize>(
    with: I,
    items: &[T; N],
    len: usize,
    holds: impl Fn(&T) -> bool,
) -> usize {
    (mask(with, items, holds) & low(len)).trailing_ones() as usize
}

/// The set of items, also behind the length, that start at or before the query's upper end.
#[inline(always)]
pub(super) fn starting<I: Instructions, T: Ord, const N: usize>(
    with: I,
    starts: &[T; N],
    query: &Query<T>,
) -> u32 {
    match query.upper() {
        Bound::Included(upper) => mask(with, starts, |start| start <= upper),
        Bound::Excluded(upper) => mask(with, starts, |start| start < upper),
        Bound::Unbounded => u32::MAX,
    }
}

/// The set of items, also behind the length, that come up to the query's lower end.
#[inline(always)]
pub(super) fn reaching<I: Instructions, T: Ord, const N: usize>(
    with: I,
    lasts: &[T; N],
    query: &Query<T>,
) -> u32 {
    match query.lower() {
        Bound::Included(lower) => mask(with, lasts, |last| last >= lower),
        Bound::Excluded(lower) => mask(with, lasts, |last| last > lower),
        Bound::Unbounded => u32::MAX,
    }
}

impl<T: Ord, V> Leaf<T, V> {
    /// The entries that overlap the query.
    #[inline(always)]
    pub(super) fn hits<I: Instructions>(&self, with: I, query: &Query<T>) -> u32 {
        starting(with, &self.starts, query) & reaching(with, &self.lasts, query) & low(self.len())
    }
}

impl<T: Ord> Inner<T> {
    /// The children to enter: all but the last of them hold an overlapping entry for certain.
    #[inline(always)]
    pub(super) fn hits<I: Instructions>(&self, with: I, query: &Query<T>) -> u32 {
        starting(with, &self.starts, query) & reaching(with, &self.lasts, query) & low(self.len)
    }

    /// Of some children that hold an overlapping entry, those of which every entry is one: they start
    /// where the query has begun, and the next child starts in it still.
    #[inline(always)]
    pub(super) fn whole<I: Instructions>(&self, with: I, query: &Query<T>, hits: u32) -> u32 {
        let begun = hits & reaching(with, &self.starts, query);
        begun & begun >> 1
    }
}

/// The inner nodes above a leaf, from the lowest up, each with the place of the child below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ancestors {
    pub(super) steps: [(u32, usize); MAX_HEIGHT],
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
    pub(super) fn next<T, V>(&mut self, nodes: &Nodes<T, V>) -> Option<At> {
        if self.remaining == 0 {
            return None;
        }
        // An `Ord` that contradicts itself may promise more than there is.
        while self.front.pos == nodes.leaves.get(self.front.leaf as usize)?.len() {
            self.front = At { leaf: nodes.leaf(self.front.leaf).next, pos: 0 };
        }
        let at = self.front;
        self.front.pos += 1;
        self.remaining -= 1;
        Some(at)
    }

    #[inline]
    pub(super) fn next_back<T, V>(&mut self, nodes: &Nodes<T, V>) -> Option<At> {
        if self.remaining == 0 {
            return None;
        }
        while self.back.pos == 0 {
            let leaf = nodes.leaf(self.back.leaf).prev;
            self.back = At { leaf, pos: nodes.leaves.get(leaf as usize)?.len() };
        }
        self.back.pos -= 1;
        self.remaining -= 1;
        Some(self.back)
    }

    /// Visits what is left.
    #[inline]
    pub(super) fn fold<'a, T, V, B>(
        self,
        nodes: &'a Nodes<T, V>,
        init: B,
        mut visit: impl Visit<'a, T, V, B>,
    ) -> B {
        let Self { front: At { leaf: mut id, mut pos }, mut remaining, .. } = self;
        let mut folded = init;
        while remaining > 0 {
            // An `Ord` that contradicts itself may promise more than there is.
            let Some(leaf) = nodes.leaves.get(id as usize) else { break };
            let count = remaining.min(leaf.len() - pos);
            folded = visit.visit(folded, leaf, low(pos + count) & !low(pos));
            remaining -= count;
            (id, pos) = (leaf.next, 0);
        }
        folded
    }
}

impl<T, V> Nodes<T, V> {
    /// The first entry of all.
    pub(super) fn leftmost(&self) -> Option<At> {
        (self.first != NIL).then_some(At { leaf: self.first, pos: 0 })
    }

    /// The last entry of all.
    pub(super) fn rightmost(&self) -> Option<At> {
        (self.last != NIL).then(|| At { leaf: self.last, pos: self.leaf(self.last).len() - 1 })
    }

    /// The entry that follows.
    pub(super) fn successor(&self, at: At) -> Option<At> {
        let leaf = self.leaf(at.leaf);
        if at.pos + 1 < leaf.len() {
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
    pub(super) fn split_point(&self, before: impl Fn(&T) -> bool) -> (At, usize) {
        simd::run(SplitPoint { nodes: self, before })
    }
}

struct SplitPoint<'a, T, V, F> {
    nodes: &'a Nodes<T, V>,
    before: F,
}

impl<T, V, F: Fn(&T) -> bool> Job for SplitPoint<'_, T, V, F> {
    type Output = (At, usize);

    #[inline(always)]
    fn run<I: Instructions>(self, with: I) -> (At, usize) {
        let Self { nodes, before } = self;
        let (mut id, mut rank) = (nodes.root, 0);
        for _ in 0..nodes.height {
            let inner = nodes.inner(id);
            let child = prefix(with, &inner.starts, inner.len, &before).saturating_sub(1);
            rank += inner.counts[..child].iter().sum::<u32>() as usize;
            id = inner.children[child];
        }
        let leaf = nodes.leaf(id);
        let pos = prefix(with, &leaf.starts, leaf.len(), before);
        (At { leaf: id, pos }, rank + pos)
    }
}

/// Looks for the place behind all entries that start at or before `start`.
struct Descend<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    start: &'a T,
}

impl<T: Ord, V> Job for Descend<'_, T, V> {
    type Output = (At, Ancestors);

    #[inline(always)]
    fn run<I: Instructions>(self, with: I) -> (At, Ancestors) {
        let Self { nodes, start } = self;
        let starts_before = |other: &T| other <= start;
        let mut steps = [(NIL, 0); MAX_HEIGHT];
        let mut id = nodes.root;
        for step in steps[..nodes.height].iter_mut().rev() {
            let inner = nodes.inner(id);
            let child = prefix(with, &inner.starts, inner.len, starts_before).saturating_sub(1);
            *step = (id, child);
            id = inner.children[child];
        }
        let leaf = nodes.leaf(id);
        let pos = prefix(with, &leaf.starts, leaf.len(), starts_before);
        (At { leaf: id, pos }, Ancestors { steps })
    }
}

impl<T: Ord, V> Nodes<T, V> {
    /// The place behind all entries that start at or before `start`, and the way there. There must
    /// be an entry.
    pub(super) fn descend(&self, start: &T) -> (At, Ancestors) {
        simd::run(Descend { nodes: self, start })
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
        if place.pos < leaf.len() {
            return Some(place);
        }
        (leaf.next != NIL).then_some(At { leaf: leaf.next, pos: 0 })
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
        let pos = leaf.lasts[..leaf.len()].iter().rposition(|other| other == last)?;
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
            (&leaf.lasts, leaf.starts[..leaf.len()].partition_point(|start| start < at))
        } else {
            let inner = self.inner(id);
            (&inner.lasts, inner.starts[..inner.len].partition_point(|start| start < at))
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

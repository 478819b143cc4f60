//! Comparisons of a whole node at once, and what is found by order.
//!
//! The loops run over arrays of fixed length without a branch, which compilers turn into vector
//! instructions. What lies beyond the length of a node is compared, too, and ignored.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::ops::Bound;
use core::ptr;

use super::bits::{low_bits, prefix};
use super::compare::{Above, AtLeast, AtMost, Below, related};
use super::kind::{Handled, Kind};
use super::leaves::LeafRef;
use super::node::{Inner, MAX_HEIGHT, NIL, Nodes, Position, to_u32};
use super::run::{At, Places, Run};
use super::simd::{self, Isa, Operation, WIDTH};
use super::visit::Visit;
use crate::interval::{Query, compares_cheaply};

/// The set of items, also beyond the length, that start at or before the query's upper end.
#[inline(always)]
pub(crate) fn starting<I: Isa, T: Ord, const N: usize>(
    with: I,
    starts: &[T; N],
    query: &Query<T>,
) -> u64 {
    match query.upper() {
        Bound::Included(upper) => related(with, AtMost, starts, upper),
        Bound::Excluded(upper) => related(with, Below, starts, upper),
        Bound::Unbounded => u64::MAX,
    }
}

/// The set of items, also beyond the length, that come up to the query's lower end.
#[inline(always)]
pub(crate) fn reaching<I: Isa, T: Ord, const N: usize>(
    with: I,
    lasts: &[T; N],
    query: &Query<T>,
) -> u64 {
    match query.lower() {
        Bound::Included(lower) => related(with, AtLeast, lasts, lower),
        Bound::Excluded(lower) => related(with, Above, lasts, lower),
        Bound::Unbounded => u64::MAX,
    }
}

/// The front half of a leaf, if the rest holds nothing or starts beyond what is looked for.
///
/// `None` where that is not worth a branch that is often not foreseen: where both halves are a few vectors.
#[inline(always)]
fn front_half<T, const N: usize>(
    starts: &[T; N],
    len: usize,
    starts_beyond: impl FnOnce(&T) -> bool,
) -> Option<&[T; WIDTH]> {
    if const { N <= WIDTH || !cfg!(debug_assertions) && size_of::<T>() <= 8 } {
        return None;
    }
    (len <= WIDTH || starts_beyond(&starts[WIDTH])).then(|| starts.first_chunk())?
}

/// Of the first `len` items, which start in order, the set of those that overlap the query.
#[inline(always)]
fn overlapping<I: Isa, T: Ord, const N: usize>(
    with: I,
    (starts, lasts): (&[T; N], &[T; N]),
    len: usize,
    query: &Query<T>,
) -> u64 {
    if !I::IS_FAST {
        return overlapping_small(&starts[..len], &lasts[..len], query);
    }
    if let Some(starts) = front_half(starts, len, |start| !query.starts(start))
        && let Some(lasts) = lasts.first_chunk::<WIDTH>()
    {
        return overlapping(with, (starts, lasts), len.min(WIDTH), query);
    }
    if const { compares_cheaply::<T>() } {
        return starting(with, starts, query) & reaching(with, lasts, query) & low_bits(len);
    }
    let starting = starts[..len].partition_point(|start| query.starts(start));
    let lasts = lasts[..starting].iter().rev();
    lasts.fold(0, |hits, last| hits << 1 | u64::from(query.reaches(last)))
}

/// As [`overlapping`], small: few processors of today come here.
#[cold]
#[inline(never)]
fn overlapping_small<T: Ord>(starts: &[T], lasts: &[T], query: &Query<T>) -> u64 {
    let (mut hits, mut i) = (0, 0);
    while i < starts.len() && query.starts(&starts[i]) {
        hits |= u64::from(query.reaches(&lasts[i])) << i;
        i += 1;
    }
    hits
}

/// How many of the first `len` items, which start in order, start at or before `start`.
#[inline(always)]
fn starting_by<I: Isa, T: Ord, const N: usize>(
    with: I,
    starts: &[T; N],
    len: usize,
    start: &T,
) -> usize {
    if const { !compares_cheaply::<T>() } {
        return starts[..len].partition_point(|item| item <= start);
    }
    if let Some(starts) = front_half(starts, len, |item| item > start) {
        return starting_by(with, starts, len.min(WIDTH), start);
    }
    (related(with, AtMost, starts, start) & low_bits(len)).trailing_ones() as usize
}

impl<T: Ord, V> LeafRef<'_, T, V> {
    /// The entries that overlap the query.
    #[inline(always)]
    pub(crate) fn hits<I: Isa>(&self, with: I, query: &Query<T>) -> u64 {
        overlapping(with, (&self.starts, &self.lasts), self.len(), query)
    }
}

impl<T: Ord> Inner<T> {
    /// The children to enter: all but the last of them hold an overlapping entry for certain.
    #[inline(always)]
    pub(crate) fn hits<I: Isa>(&self, with: I, query: &Query<T>) -> u64 {
        overlapping(with, (&self.starts, &self.lasts), self.len, query)
    }

    /// The children that overlap the query whole, and others to enter, to count what overlaps it.
    #[inline(always)]
    pub(crate) fn counted<I: Isa>(&self, with: I, query: &Query<T>) -> (u64, u64) {
        let starting = starting(with, &self.starts, query) & low_bits(self.len);
        let hits = starting & reaching(with, &self.lasts, query);
        // The last child that starts in the query may also hold what starts after it.
        let whole = hits & starting >> 1 & reaching(with, &self.starts, query);
        (whole, hits ^ whole)
    }

    /// Of some children that hold an overlapping entry, those of which every entry is one: they start
    /// where the query has begun, and the next child starts in it still.
    #[inline(always)]
    pub(crate) fn whole<I: Isa>(&self, with: I, query: &Query<T>, hits: u64) -> u64 {
        let begun = hits & reaching(with, &self.starts, query);
        begun & begun >> 1
    }
}

/// The inner nodes above a leaf, from the lowest up, each with the place of the child below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ancestors {
    pub(crate) steps: [(u32, u32); MAX_HEIGHT],
}

/// The place of the first entry.
pub(crate) const NOWHERE: (Position, Ancestors) =
    (Position { leaf: NIL, pos: 0 }, Ancestors { steps: [(NIL, 0); MAX_HEIGHT] });

/// Entries that follow each other, walked over from both ends. (E1) As many remain as lie between the
/// two ends: their number is the difference of two ranks, which are those of the positions whatever
/// `Ord` says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    pub(crate) front: Position,
    pub(crate) back: Position,
    pub(crate) remaining: usize,
}

impl Between {
    pub(crate) const EMPTY: Self = Self {
        front: Position { leaf: NIL, pos: 0 },
        back: Position { leaf: NIL, pos: 0 },
        remaining: 0,
    };

    /// Moves on over the entries of a leaf, from the front.
    #[inline(always)]
    pub(crate) fn next<'a, T, V, K: Kind>(
        &mut self,
        nodes: &'a Nodes<T, V, K>,
    ) -> Option<Places<'a, T, V, K::Slot>> {
        while self.remaining > 0 {
            let Position { leaf: id, pos } = self.front;
            // An `Ord` that contradicts itself may promise more than there is.
            let leaf = nodes.leaves.get(id)?;
            let count = self.remaining.min(leaf.len() - pos);
            self.front = Position { leaf: leaf.next, pos: 0 };
            self.remaining -= count;
            if count > 0 {
                return Some((leaf, pos, pos + count));
            }
        }
        None
    }

    /// Moves on over the entries of a leaf, from the back.
    #[inline]
    pub(crate) fn next_back<'a, T, V, K: Kind>(
        &mut self,
        nodes: &'a Nodes<T, V, K>,
    ) -> Option<Places<'a, T, V, K::Slot>> {
        if self.remaining == 0 {
            return None;
        }
        while self.back.pos == 0 {
            let leaf = nodes.leaf(self.back.leaf).prev;
            self.back = Position { leaf, pos: nodes.leaves.get(leaf)?.len() };
        }
        let Position { leaf, pos: end } = self.back;
        let count = self.remaining.min(end);
        self.back.pos -= count;
        self.remaining -= count;
        Some((nodes.leaf(leaf), end - count, end))
    }
}

/// Entries in order, one by one and from both ends: what is left of the leaves at hand is kept, and
/// all else happens once a leaf.
pub(crate) struct Entries<'a, T, V, K: Kind = Handled> {
    front: Run<'a, T, V, K::Slot>,
    back: Run<'a, T, V, K::Slot>,
    between: Between,
    ahead: Ahead,
}

impl<T, V, K: Kind> Clone for Entries<'_, T, V, K> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), back: self.back.clone(), ..*self }
    }
}

impl<'a, T, V, K: Kind> Entries<'a, T, V, K> {
    pub(crate) fn new(between: Between) -> Self {
        Self { front: Run::empty(), back: Run::empty(), between, ahead: Ahead::NONE }
    }

    pub(crate) fn len(&self) -> usize {
        self.between.remaining + self.front.len() + self.back.len()
    }

    /// As of [`Hits`](super::hits::Hits), the address of a walk is not taken.
    #[inline(always)]
    pub(crate) fn next(&mut self, nodes: &'a Nodes<T, V, K>) -> Option<At<'a, T, V, K::Slot>> {
        loop {
            if let Some(at) = self.front.next() {
                return Some(at);
            }
            self.front = match self.next_leaf(nodes) {
                Some((leaf, pos, end)) => Run::new(leaf, pos, end),
                None if self.back.len() == 0 => return None,
                None => core::mem::replace(&mut self.back, Run::empty()),
            };
        }
    }

    #[inline(always)]
    pub(crate) fn next_back(&mut self, nodes: &'a Nodes<T, V, K>) -> Option<At<'a, T, V, K::Slot>> {
        loop {
            if let Some(at) = self.back.next_back() {
                return Some(at);
            }
            self.back = match self.between.next_back(nodes) {
                Some((leaf, pos, end)) => Run::new(leaf, pos, end),
                None if self.front.len() == 0 => return None,
                None => core::mem::replace(&mut self.front, Run::empty()),
            };
        }
    }

    #[inline(always)]
    fn next_leaf(&mut self, nodes: &'a Nodes<T, V, K>) -> Option<Places<'a, T, V, K::Slot>> {
        let id = self.between.front.leaf;
        let places = self.between.next(nodes);
        // A walk that ends in its first leaf needs no other one.
        if self.between.remaining > 0 {
            self.ahead = self.ahead.fetch(nodes, id);
        }
        places
    }
}

impl<'a, T, V, K: Kind> Entries<'a, T, V, K> {
    /// Visits what is left, entry by entry.
    #[inline]
    pub(crate) fn fold_entries<B>(
        mut self,
        nodes: &'a Nodes<T, V, K>,
        init: B,
        mut fold: impl FnMut(B, At<'a, T, V, K::Slot>) -> B,
    ) -> B {
        let (mut folded, mut run) = (init, self.front.clone());
        loop {
            while let Some(at) = run.next() {
                folded = fold(folded, at);
            }
            run = match self.next_leaf(nodes) {
                Some((leaf, pos, end)) => Run::new(leaf, pos, end),
                None if self.back.len() == 0 => return folded,
                None => core::mem::replace(&mut self.back, Run::empty()),
            };
        }
    }
}

impl<'a, T, V> Entries<'a, T, V> {
    /// Visits what is left.
    #[inline]
    pub(crate) fn fold<B>(
        mut self,
        nodes: &'a Nodes<T, V>,
        init: B,
        mut visit: impl Visit<'a, T, V, B>,
    ) -> B {
        let mut folded = init;
        while let Some(at) = self.front.next() {
            folded = visit.entry(folded, at);
        }
        while let Some((leaf, pos, end)) = self.next_leaf(nodes) {
            folded = visit.visit(folded, leaf, low_bits(end) & !low_bits(pos));
        }
        while let Some(at) = self.back.next() {
            folded = visit.entry(folded, at);
        }
        folded
    }
}

/// Where a walk in order stands below its parent, to have the leaves to come fetched.
#[derive(Clone, Copy)]
struct Ahead {
    parent: u32,
    at: u32,
}

impl Ahead {
    const NONE: Self = Self { parent: NIL, at: 0 };
    /// Leaves fetched ahead.
    const LEAVES: u32 = 6;

    /// Has the leaves after the one at hand fetched, as far as they have the same parent.
    #[inline(never)]
    fn fetch<T, V, K: Kind>(self, nodes: &Nodes<T, V, K>, id: u32) -> Self {
        let parent = nodes.leaf(id).parent;
        if parent == NIL {
            return self;
        }
        let inner = nodes.inner(parent);
        let (at, first) = if self.parent == parent {
            (self.at + 1, self.at + 1 + Self::LEAVES)
        } else {
            let at = inner.children.iter().position(|child| *child == id).map_or(0, to_u32);
            (at, at + 1)
        };
        let children = inner.children[..inner.len].get(first as usize..);
        for child in children.into_iter().flatten().take((at + Self::LEAVES + 1 - first) as usize) {
            nodes.leaves.prefetch(simd::Baseline, *child);
        }
        Self { parent, at }
    }
}

impl<T, V, K: Kind> Nodes<T, V, K> {
    /// The first entry of all.
    pub(crate) fn leftmost(&self) -> Option<Position> {
        (self.first != NIL).then_some(Position { leaf: self.first, pos: 0 })
    }

    /// The last entry of all.
    pub(crate) fn rightmost(&self) -> Option<Position> {
        (self.last != NIL)
            .then(|| Position { leaf: self.last, pos: self.leaf(self.last).len() - 1 })
    }

    /// The entry that follows.
    pub(crate) fn successor(&self, at: Position) -> Option<Position> {
        let leaf = self.leaf(at.leaf);
        if at.pos + 1 < leaf.len() {
            return Some(Position { pos: at.pos + 1, ..at });
        }
        (leaf.next != NIL).then_some(Position { leaf: leaf.next, pos: 0 })
    }

    /// The entry before.
    pub(crate) fn predecessor(&self, at: Position) -> Option<Position> {
        if let Some(pos) = at.pos.checked_sub(1) {
            return Some(Position { pos, ..at });
        }
        let leaf = self.leaf(at.leaf).prev;
        (leaf != NIL).then(|| Position { leaf, pos: self.leaf(leaf).len() - 1 })
    }

    /// All `len` entries.
    pub(crate) fn all(&self, len: usize) -> Between {
        match self.rightmost() {
            Some(Position { leaf, pos }) => Between {
                front: Position { leaf: self.first, pos: 0 },
                back: Position { leaf, pos: pos + 1 },
                remaining: len,
            },
            None => Between::EMPTY,
        }
    }

    /// The place that separates the entries whose start is `before` from the others, and the number
    /// of entries before it. There must be an entry.
    pub(crate) fn split_point(&self, before: impl Fn(&T) -> bool) -> (Position, usize) {
        simd::run(SplitPoint { nodes: self, before })
    }

    /// The place that separates the entries whose start is `before` from the others, from a place with its
    /// rank that is not after it: most often both are in one leaf, and no node above is searched.
    pub(crate) fn split_point_from(
        &self,
        (from, rank): (Position, usize),
        before: impl Fn(&T) -> bool,
    ) -> (Position, usize) {
        let leaf = self.leaf(from.leaf);
        let starts = &leaf.starts[from.pos..leaf.len()];
        if starts.last().is_none_or(&before) {
            return self.split_point(before);
        }
        let more = starts.iter().take_while(|start| before(start)).count();
        (Position { pos: from.pos + more, ..from }, rank + more)
    }
}

struct SplitPoint<'a, T, V, K: Kind, F> {
    nodes: &'a Nodes<T, V, K>,
    before: F,
}

impl<T, V, K: Kind, F: Fn(&T) -> bool> Operation for SplitPoint<'_, T, V, K, F> {
    type Output = (Position, usize);

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> (Position, usize) {
        let Self { nodes, before } = self;
        let (mut id, mut rank) = (nodes.root, 0);
        for _ in 0..nodes.height {
            let inner = nodes.inner(id);
            let child = prefix(with, &inner.starts, inner.len, &before).saturating_sub(1);
            rank += inner.sum_of(low_bits(child));
            id = inner.children[child];
        }
        let leaf = nodes.leaf(id);
        let pos = prefix(with, &leaf.starts, leaf.len(), before);
        (Position { leaf: id, pos }, rank + pos)
    }
}

/// How many of the first `len` items start before `at`.
struct StartsBefore<'a, T, const N: usize> {
    starts: &'a [T; N],
    len: usize,
    at: &'a T,
}

impl<T: Ord, const N: usize> Operation for StartsBefore<'_, T, N> {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> usize {
        prefix(with, self.starts, self.len, |start| start < self.at)
    }
}

/// Looks for the place after all entries that start at or before `start`, where something will be changed.
struct Descend<'a, T, V, K: Kind> {
    nodes: &'a Nodes<T, V, K>,
    start: &'a T,
    way: &'a mut Ancestors,
}

impl<T: Ord, V, K: Kind> Operation for Descend<'_, T, V, K> {
    type Output = Position;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> Position {
        let Self { nodes, start, way } = self;
        let mut id = nodes.root;
        for step in way.steps[..nodes.height].iter_mut().rev() {
            let inner = nodes.inner(id);
            // Which of them comes next is not known before the starts are compared.
            with.prefetch(ptr::from_ref(&inner.children).cast(), size_of_val(&inner.children));
            let child = starting_by(with, &inner.starts, inner.len, start).saturating_sub(1);
            *step = (id, to_u32(child));
            id = inner.children[child];
        }
        nodes.leaves.prefetch(with, id);
        let leaf = nodes.leaf(id);
        let pos = starting_by(with, &leaf.starts, leaf.len(), start);
        Position { leaf: id, pos }
    }
}

/// As [`Descend`], without the way.
struct Locate<'a, T, V, K: Kind> {
    nodes: &'a Nodes<T, V, K>,
    start: &'a T,
}

impl<T: Ord, V, K: Kind> Operation for Locate<'_, T, V, K> {
    type Output = Position;

    #[inline(always)]
    fn run<I: Isa>(self, with: I) -> Position {
        let Self { nodes, start } = self;
        let (_, mut way) = NOWHERE;
        Descend { nodes, start, way: &mut way }.run(with)
    }
}

impl<T: Ord, V, K: Kind> Nodes<T, V, K> {
    /// The place after all entries that start at or before `start`; notes the way there. There must be an
    /// entry.
    #[inline]
    pub(crate) fn descend(&self, start: &T, way: &mut Ancestors) -> Position {
        simd::run(Descend { nodes: self, start, way })
    }

    /// The same place, where the way there is not needed.
    pub(crate) fn place_after(&self, start: &T) -> Position {
        if self.root == NIL { NOWHERE.0 } else { simd::run(Locate { nodes: self, start }) }
    }
}

impl<T: Ord, V> Nodes<T, V> {
    /// The entries whose start lies in `starts`.
    pub(crate) fn between(&self, starts: &Query<T>) -> Between {
        if self.root == NIL {
            return Between::EMPTY;
        }
        // A loop with one comparison for each start becomes vector instructions.
        let (front, first) = match starts.lower() {
            Bound::Included(lower) => self.split_point(|start| start < lower),
            Bound::Excluded(lower) => self.split_point(|start| start <= lower),
            Bound::Unbounded => (Position { leaf: self.first, pos: 0 }, 0),
        };
        let (back, end) = match starts.upper() {
            Bound::Included(upper) => self.split_point_from((front, first), |start| start <= upper),
            Bound::Excluded(upper) => self.split_point_from((front, first), |start| start < upper),
            Bound::Unbounded => self.split_point_from((front, first), |_| true),
        };
        Between { front, back, remaining: end.saturating_sub(first) }
    }

    /// The first entry that starts after `at`.
    pub(crate) fn first_after(&self, at: &T) -> Option<Position> {
        if self.root == NIL {
            return None;
        }
        let (place, _) = self.split_point(|start| start <= at);
        let leaf = self.leaf(place.leaf);
        if place.pos < leaf.len() {
            return Some(place);
        }
        (leaf.next != NIL).then_some(Position { leaf: leaf.next, pos: 0 })
    }

    /// The entry with the greatest `last` below `at`; of several the last in order.
    pub(crate) fn nearest_before(&self, at: &T) -> Option<Position> {
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
        Some(Position { leaf: id, pos })
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
        let (lasts, starting): (&'a [T], usize) = if level == 0 {
            let leaf = self.leaf(id);
            let (starts, len) = (&leaf.leaf.starts, leaf.len());
            (&leaf.leaf.lasts, simd::run(StartsBefore { starts, len, at }))
        } else {
            let Inner { starts, lasts, len, .. } = self.inner(id);
            (lasts, simd::run(StartsBefore { starts, len: *len, at }))
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

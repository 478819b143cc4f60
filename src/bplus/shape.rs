//! The shape of nodes. Knows neither where they are kept, nor a query.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use super::bits::{low_bits, mask};
use super::simd::Isa;
use crate::arena::NodeId;
use crate::interval::Interval;
use crate::pages::no_such_item;
#[cfg(target_has_atomic = "ptr")]
use crate::pages::rewrite::{Rewrite, put, put_clones, put_each};

/// Whether nodes are so small that a few entries make a tree of several levels: for tests that try
/// all trees of a few entries.
pub(crate) const SMALL: bool = cfg!(stabtree_small_nodes);

/// Most entries of a leaf, at most 64: a set of them is the bits of a `u64`. Of large values a leaf
/// holds fewer: [`Leaves::CAPACITY`].
pub(crate) const LEAF: usize = if SMALL { 3 } else { 64 };
/// Children of a full inner node, at most 32.
pub(crate) const INNER: usize = if SMALL { 5 } else { 32 };
/// Fewest children of an inner node that is not the root (B2); a root has two at least.
pub(crate) const INNER_MIN: usize = if SMALL { 2 } else { 12 };
/// Most inner nodes on a path: 2^31 entries at the fewest a node (B2) need no more.
pub(crate) const MAX_HEIGHT: usize = if SMALL { 31 } else { 9 };

// Two neighbours that do not fit into one node share what they hold, and each can give one away.
const _: () = assert!(INNER > 2 * INNER_MIN);

/// The index of no node.
pub(crate) const NIL: u32 = u32::MAX;

/// Entries in order, their parts apart so that one comparison of a whole part is a few vector
/// instructions. How many there are, and their values, [`Leaves`] knows.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Leaf<T, S = NodeId> {
    pub(crate) starts: [T; LEAF],
    pub(crate) lasts: [T; LEAF],
    pub(crate) slots: [S; LEAF],
    pub(crate) parent: u32,
    pub(crate) prev: u32,
    /// The leaf that follows, or the next vacant leaf.
    pub(crate) next: u32,
}

/// Children in order: of each the first start, the greatest last and the number of entries.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Inner<T, G = ()> {
    pub(crate) starts: [T; INNER],
    pub(crate) lasts: [T; INNER],
    pub(crate) children: [u32; INNER],
    pub(crate) counts: [u32; INNER],
    pub(crate) gaps: [G; INNER],
    pub(crate) len: usize,
    /// The inner node above, or the next vacant inner node.
    pub(crate) parent: u32,
}

/// What an inner node says of one child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child<T> {
    pub(crate) start: T,
    pub(crate) last: T,
    pub(crate) id: u32,
    pub(crate) count: u32,
}

/// The place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) leaf: u32,
    pub(crate) pos: usize,
}

/// Nodes and entries are counted against 2^31 before they are made.
#[inline]
pub(crate) fn to_u32(n: usize) -> u32 {
    let Ok(n) = u32::try_from(n) else { no_such_item() };
    n
}

/// Items that are moved at once, by copies of fixed length.
const STEP: usize = if SMALL { 1 } else { 8 };

#[inline(always)]
fn read_step<X: Copy>(items: &[X; LEAF], from: usize) -> [X; STEP] {
    *items[from..].first_chunk().expect("so many items")
}

#[inline(always)]
fn write_step<X: Copy>(items: &mut [X; LEAF], to: usize, moved: [X; STEP]) {
    *items[to..].first_chunk_mut().expect("so many items") = moved;
}

/// Out of line: compilers make long code of it.
#[inline(never)]
fn filled<X: Copy, const N: usize>(item: X) -> [X; N] {
    [item; N]
}

/// Out of line, as [`filled`].
#[inline(never)]
fn sum(counts: &[u32]) -> u32 {
    counts.iter().sum()
}

/// The place of a child among the first `len` children of an inner node.
#[inline(always)]
pub(super) fn place_of<I: Isa>(with: I, children: &[u32; INNER], len: usize, child: u32) -> usize {
    let found = mask(with, children, |id| *id == child) & low_bits(len);
    assert!(found != 0, "a parent link leads to the parent (B4)");
    found.trailing_zeros() as usize
}

/// Moves items between two neighbours of the given lengths until the left one holds `target`.
pub(super) fn shift<X: Copy, const N: usize>(
    left: &mut [X; N],
    right: &mut [X; N],
    (l, r): (usize, usize),
    target: usize,
) {
    if target < l {
        right.copy_within(0..r, l - target);
        right[..l - target].copy_from_slice(&left[target..l]);
    } else {
        left[l..target].copy_from_slice(&right[..target - l]);
        right.copy_within(target - l..r, 0);
    }
}

impl<T: Copy, S: Copy> Leaf<T, S> {
    /// A leaf without entries; the ends are of no meaning.
    pub(crate) fn new(start: T, last: T, slot: S) -> Self {
        Self {
            starts: [start; LEAF],
            lasts: [last; LEAF],
            slots: [slot; LEAF],
            parent: NIL,
            prev: NIL,
            next: NIL,
        }
    }

    #[inline(always)]
    pub(crate) fn interval(&self, pos: usize) -> Interval<T> {
        Interval::from_former_bounds(self.starts[pos], self.lasts[pos])
    }
}

impl<T, G> Inner<T, G> {
    /// The place of a child among its siblings.
    #[inline(always)]
    pub(crate) fn index_of<I: Isa>(&self, with: I, child: u32) -> usize {
        place_of(with, &self.children, self.len, child)
    }

    /// The number of entries below some children.
    #[inline(always)]
    pub(crate) fn sum_of(&self, children: u64) -> usize {
        let counts = self.counts.iter().zip(0..);
        // There are fewer than 2^31 entries.
        counts.map(|(count, i)| if children >> i & 1 == 0 { 0 } else { *count }).sum::<u32>()
            as usize
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T: Copy, S: Copy + PartialEq> Rewrite for Leaf<T, S> {
    fn rewrite(&mut self, new: &Self) {
        put_clones(&mut self.starts, &new.starts);
        put_clones(&mut self.lasts, &new.lasts);
        put_each(&mut self.slots, &new.slots);
        put(&mut self.parent, new.parent);
        put(&mut self.prev, new.prev);
        put(&mut self.next, new.next);
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T: Copy, G: Copy + PartialEq> Rewrite for Inner<T, G> {
    fn rewrite(&mut self, new: &Self) {
        put_clones(&mut self.starts, &new.starts);
        put_clones(&mut self.lasts, &new.lasts);
        put_each(&mut self.children, &new.children);
        put_each(&mut self.counts, &new.counts);
        put_each(&mut self.gaps, &new.gaps);
        put(&mut self.len, new.len);
        put(&mut self.parent, new.parent);
    }
}

impl<T: Copy, G: Copy> Inner<T, G> {
    pub(crate) fn new(child: Child<T>, gap: G) -> Self {
        Self {
            starts: filled(child.start),
            lasts: filled(child.last),
            children: filled(child.id),
            counts: filled(child.count),
            gaps: filled(gap),
            len: 1,
            parent: NIL,
        }
    }

    /// Appends a child.
    pub(crate) fn push(&mut self, child: Child<T>, gap: G) {
        let pos = self.len;
        (self.starts[pos], self.lasts[pos]) = (child.start, child.last);
        (self.children[pos], self.counts[pos]) = (child.id, child.count);
        self.gaps[pos] = gap;
        self.len += 1;
    }

    pub(crate) fn insert(&mut self, pos: usize, child: Child<T>, gap: G) {
        let rest = pos..self.len;
        self.starts.copy_within(rest.clone(), pos + 1);
        self.lasts.copy_within(rest.clone(), pos + 1);
        self.children.copy_within(rest.clone(), pos + 1);
        self.counts.copy_within(rest.clone(), pos + 1);
        self.gaps.copy_within(rest, pos + 1);
        (self.starts[pos], self.lasts[pos]) = (child.start, child.last);
        (self.children[pos], self.counts[pos], self.gaps[pos]) = (child.id, child.count, gap);
        self.len += 1;
    }

    pub(crate) fn remove(&mut self, pos: usize) {
        let rest = pos + 1..self.len;
        self.starts.copy_within(rest.clone(), pos);
        self.lasts.copy_within(rest.clone(), pos);
        self.children.copy_within(rest.clone(), pos);
        self.counts.copy_within(rest.clone(), pos);
        self.gaps.copy_within(rest, pos);
        self.len -= 1;
    }

    pub(crate) fn count(&self) -> u32 {
        sum(&self.counts[..self.len])
    }

    pub(crate) fn shift(left: &mut Self, right: &mut Self, target: usize) {
        let lens = (left.len, right.len);
        shift(&mut left.starts, &mut right.starts, lens, target);
        shift(&mut left.lasts, &mut right.lasts, lens, target);
        shift(&mut left.children, &mut right.children, lens, target);
        shift(&mut left.counts, &mut right.counts, lens, target);
        shift(&mut left.gaps, &mut right.gaps, lens, target);
        (left.len, right.len) = (target, lens.0 + lens.1 - target);
    }
}

/// Inserts the ends and the slot of an entry into a leaf of `len` entries that is not full, and moves values
/// that are small to leave a place for its own.
///
/// The steps after the one of `pos` are moved from the rear, and last as many items as a step has from
/// `pos` on, read at first. Nothing that was just written is read: processors wait for that where it was
/// written in other parts.
#[inline(never)]
pub(super) fn insert_into_leaf<T: Copy, S: Copy, W: Copy>(
    leaf: &mut Leaf<T, S>,
    values: &mut [W; LEAF],
    (pos, len): (usize, usize),
    (start, last, slot): (T, T, S),
) {
    let Leaf { starts, lasts, slots, .. } = leaf;
    if pos < LEAF - STEP {
        let moved = (
            read_step(starts, pos),
            read_step(lasts, pos),
            read_step(slots, pos),
            read_step(values, pos),
        );
        for step in (pos / STEP + 1..=len / STEP).rev() {
            let to = step * STEP;
            write_step(starts, to, read_step(starts, to - 1));
            write_step(lasts, to, read_step(lasts, to - 1));
            write_step(slots, to, read_step(slots, to - 1));
            write_step(values, to, read_step(values, to - 1));
        }
        write_step(starts, pos + 1, moved.0);
        write_step(lasts, pos + 1, moved.1);
        write_step(slots, pos + 1, moved.2);
        write_step(values, pos + 1, moved.3);
    } else {
        for to in (pos + 1..=len).rev() {
            (starts[to], lasts[to]) = (starts[to - 1], lasts[to - 1]);
            (slots[to], values[to]) = (slots[to - 1], values[to - 1]);
        }
    }
    (starts[pos], lasts[pos], slots[pos]) = (start, last, slot);
}

/// Removes the ends and the slot of an entry from a leaf of `len` entries, and its value if that is small.
/// Moves as [`insert_into_leaf`] does.
#[inline(never)]
pub(super) fn remove_from_leaf<T: Copy, S: Copy, W: Copy>(
    leaf: &mut Leaf<T, S>,
    values: &mut [W; LEAF],
    (pos, len): (usize, usize),
) {
    let Leaf { starts, lasts, slots, .. } = leaf;
    if pos < LEAF - STEP {
        let from = pos + 1;
        let moved = (
            read_step(starts, from),
            read_step(lasts, from),
            read_step(slots, from),
            read_step(values, from),
        );
        for step in pos / STEP + 1..=(len - 1) / STEP {
            let from = step * STEP;
            write_step(starts, from - 1, read_step(starts, from));
            write_step(lasts, from - 1, read_step(lasts, from));
            write_step(slots, from - 1, read_step(slots, from));
            write_step(values, from - 1, read_step(values, from));
        }
        write_step(starts, pos, moved.0);
        write_step(lasts, pos, moved.1);
        write_step(slots, pos, moved.2);
        write_step(values, pos, moved.3);
    } else {
        for to in pos..len - 1 {
            (starts[to], lasts[to]) = (starts[to + 1], lasts[to + 1]);
            (slots[to], values[to]) = (slots[to + 1], values[to + 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use super::{Child, Inner, LEAF, Leaf, insert_into_leaf, remove_from_leaf};
    use crate::pages::rewrite::Rewrite;

    /// A leaf of numbers, and their values.
    fn leaf_of(len: usize) -> (Leaf<u64, u32>, [u32; LEAF]) {
        let (mut leaf, mut values) = (Leaf::new(0, 0, 0), [0; LEAF]);
        for (i, at) in (0..len).zip(1..) {
            (leaf.starts[i], leaf.lasts[i]) = (u64::from(at), u64::from(100 + at));
            (leaf.slots[i], values[i]) = (200 + at, 300 + at);
        }
        (leaf, values)
    }

    fn parts(leaf: &Leaf<u64, u32>, values: &[u32], len: usize) -> [Vec<u64>; 4] {
        let wide = |words: &[u32]| words.iter().copied().map(u64::from).collect();
        let (slots, values) = (wide(&leaf.slots[..len]), wide(&values[..len]));
        [leaf.starts[..len].to_vec(), leaf.lasts[..len].to_vec(), slots, values]
    }

    #[test]
    fn every_place_of_a_leaf_is_made_and_closed() {
        for len in 0..=LEAF {
            for pos in 0..=len {
                let (mut leaf, mut values) = leaf_of(len);
                let mut expected = parts(&leaf, &values, len);
                if len < LEAF {
                    insert_into_leaf(&mut leaf, &mut values, (pos, len), (1_000, 2_000, 3_000));
                    values[pos] = 4_000;
                    expected.iter_mut().zip(1..).for_each(|(part, i)| part.insert(pos, 1_000 * i));
                    assert_eq!(parts(&leaf, &values, len + 1), expected, "{pos} of {len}");
                }
                let (mut leaf, mut values) = leaf_of(len);
                let mut expected = parts(&leaf, &values, len);
                if pos < len {
                    remove_from_leaf(&mut leaf, &mut values, (pos, len));
                    for part in &mut expected {
                        part.remove(pos);
                    }
                    assert_eq!(parts(&leaf, &values, len - 1), expected, "{pos} of {len}");
                }
            }
        }
    }

    #[test]
    fn an_inner_node_is_rewritten_whole() {
        let child = |i: u32| Child { start: i, last: 2 * i, id: 3 * i, count: 5 * i };
        let of = |first: u32, len: u32| {
            let mut inner = Inner::new(child(first), u128::from(first));
            (first + 1..first + len).for_each(|i| inner.push(child(i), u128::from(7 * i)));
            inner.parent = first;
            inner
        };
        for new in [of(1, 2), of(1, 4), of(2, 4), of(9, 3)] {
            let mut inner = of(1, 4);
            inner.rewrite(&new);
            assert_eq!(format!("{inner:?}"), format!("{new:?}"));
        }
    }
}

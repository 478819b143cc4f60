//! Mutable references to several values at once.
//!
//! A walk comes to the leaves in an order that has nothing to do with where they lie, so no safe
//! split gives out their values one leaf after the other. The values of a leaf are borrowed whole,
//! and split in safe code. What a walk reads of leaves is never a value.

#![expect(unsafe_code, reason = "borrows the values of one leaf after the other along a walk")]

use core::slice::IterMut;

use super::kind::{Handled, Kind};
use super::leaves::{LeafRef, Leaves};
use super::node::{Inner, LEAF, Leaf, Nodes};
use super::path::Source;
use super::search::Between;
use super::simd::Isa;
use super::walk::Matches;
use crate::arena::NodeId;
use crate::interval::{Interval, Query};
use crate::pages::cow::CowPages;

/// Nodes that are read, and the values of leaves that are borrowed mutably meanwhile.
struct Values<'a, T, V, K: Kind = Handled> {
    inners: &'a CowPages<Inner<T, K::Gap>>,
    root: u32,
    height: usize,
    leaves: &'a mut Leaves<T, V, K::Slot>,
    /// The leaves whose values were borrowed.
    #[cfg(any(test, fuzzing))]
    borrowed: alloc::collections::BTreeSet<u32>,
}

/// What is left of the entries of a leaf.
struct LeafMut<'a, T, V, S = NodeId> {
    id: u32,
    prev: u32,
    next: u32,
    starts: &'a [T; LEAF],
    lasts: &'a [T; LEAF],
    slots: &'a [S; LEAF],
    /// Position of the first value that is left.
    first: usize,
    values: IterMut<'a, V>,
}

impl<'a, T, V, K: Kind> Values<'a, T, V, K> {
    fn new(nodes: &'a mut Nodes<T, V, K>) -> Self {
        Self {
            inners: &nodes.inners,
            root: nodes.root,
            height: nodes.height,
            leaves: &mut nodes.leaves,
            #[cfg(any(test, fuzzing))]
            borrowed: alloc::collections::BTreeSet::new(),
        }
    }

    /// Borrows the values of a leaf.
    ///
    /// # Safety
    ///
    /// It is called at most once for each leaf.
    unsafe fn borrow(&mut self, id: u32) -> LeafMut<'a, T, V, K::Slot> {
        #[cfg(any(test, fuzzing))]
        assert!(self.borrowed.insert(id), "the values of a leaf are borrowed once");
        let (leaf, values) = self.leaves.pointers(id);
        // SAFETY: the leaves are borrowed exclusively for 'a, and `self` gives out no exclusive
        // reference but those to values. No other reference to these values lives: they were not
        // borrowed before, as the caller promises, and nothing here reads values.
        let (leaf, values) = unsafe { (&*leaf, &mut *values) };
        let Leaf { starts, lasts, slots, prev, next, .. } = leaf;
        LeafMut {
            id,
            prev: *prev,
            next: *next,
            starts,
            lasts,
            slots,
            first: 0,
            values: values.iter_mut(),
        }
    }
}

impl<T, V> Source<T> for Values<'_, T, V> {
    /// Values are not read.
    type Value = ();

    #[inline]
    fn root(&self) -> u32 {
        self.root
    }

    #[inline]
    fn height(&self) -> usize {
        self.height
    }

    #[inline]
    fn inner(&self, id: u32) -> &Inner<T> {
        &self.inners[id as usize]
    }

    #[inline]
    fn leaf(&self, id: u32) -> LeafRef<'_, T, ()> {
        self.leaves.without_values(id)
    }

    #[inline]
    fn prefetch<I: Isa>(&self, with: I, id: u32) {
        self.leaves.prefetch(with, id);
    }
}

impl<'a, T: Copy, V, S: Copy> LeafMut<'a, T, V, S> {
    /// Takes the entry at `pos`; those before it are given up.
    #[inline]
    fn take(&mut self, pos: usize) -> Option<EntryMut<'a, T, V, S>> {
        let value = self.values.nth(pos.checked_sub(self.first)?)?;
        self.first = pos + 1;
        Some(self.entry(pos, value))
    }

    /// Gives up the entries before `pos`.
    fn skip_to(&mut self, pos: usize) {
        if let Some(skipped) = pos.checked_sub(self.first + 1) {
            let _ = self.values.nth(skipped);
            self.first = pos;
        }
    }

    /// Gives up the entries from `pos` on.
    fn truncate(&mut self, pos: usize) {
        if let Some(last) = (self.first + self.values.len()).checked_sub(pos + 1) {
            let _ = self.values.nth_back(last);
        }
    }

    #[inline]
    fn next(&mut self) -> Option<EntryMut<'a, T, V, S>> {
        self.take(self.first)
    }

    fn next_back(&mut self) -> Option<EntryMut<'a, T, V, S>> {
        let value = self.values.next_back()?;
        Some(self.entry(self.first + self.values.len(), value))
    }

    fn entry(&self, pos: usize, value: &'a mut V) -> EntryMut<'a, T, V, S> {
        let interval = Interval::from_former_bounds(self.starts[pos], self.lasts[pos]);
        (self.slots[pos], interval, value)
    }
}

/// An entry with its value mutably borrowed.
pub(crate) type EntryMut<'a, T, V, S = NodeId> = (S, Interval<T>, &'a mut V);

/// The entries that overlap a query, with their values mutably borrowed.
pub(crate) struct HitsMut<'a, T, V> {
    values: Values<'a, T, V>,
    matches: Matches<T>,
    /// The leaf at hand, and the set of its hits that are left.
    leaf: Option<(LeafMut<'a, T, V>, u64)>,
}

impl<'a, T: Ord + Copy, V> HitsMut<'a, T, V> {
    pub(crate) fn new(nodes: &'a mut Nodes<T, V>, query: Option<Query<T>>) -> Self {
        let values = Values::new(nodes);
        let matches = Matches::new(&values, query);
        Self { values, matches, leaf: None }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Option<EntryMut<'a, T, V>> {
        loop {
            if let Some((leaf, hits)) = &mut self.leaf
                && *hits != 0
            {
                let pos = hits.trailing_zeros() as usize;
                *hits &= *hits - 1;
                return leaf.take(pos);
            }
            let (leaf, _, hits) = self.matches.next_leaf(&self.values)?;
            // SAFETY: a walk names a leaf at most once. It comes to a node as the child of another
            // one, or as the root; each node has one parent (B4), and the walk removes a child
            // from the set of those to enter before it enters it and before any `Ord` is called
            // for it. So that holds also after a panic, and whatever `Ord` says.
            self.leaf = Some((unsafe { self.values.borrow(leaf) }, hits));
        }
    }
}

/// Neighbours in order, from both ends, with their values mutably borrowed.
pub(crate) struct EntriesMut<'a, T, V, K: Kind = Handled> {
    values: Values<'a, T, V, K>,
    between: Between,
    /// The leaves to be borrowed next at both ends, and what is left of those borrowed last.
    ends: [u32; 2],
    front: Option<LeafMut<'a, T, V, K::Slot>>,
    back: Option<LeafMut<'a, T, V, K::Slot>>,
    remaining: usize,
}

impl<'a, T: Copy, V, K: Kind> EntriesMut<'a, T, V, K> {
    pub(crate) fn new(nodes: &'a mut Nodes<T, V, K>, between: Between) -> Self {
        let (ends, remaining) = ([between.front.leaf, between.back.leaf], between.remaining);
        Self { values: Values::new(nodes), between, ends, front: None, back: None, remaining }
    }

    /// Gives up what a leaf just borrowed holds beyond both ends.
    fn clip(between: &Between, leaf: &mut LeafMut<'a, T, V, K::Slot>) {
        if leaf.id == between.back.leaf {
            leaf.truncate(between.back.pos);
        }
        if leaf.id == between.front.leaf {
            leaf.skip_to(between.front.pos);
        }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Option<EntryMut<'a, T, V, K::Slot>> {
        self.remaining = self.remaining.checked_sub(1)?;
        loop {
            if let Some(entry) = self.front.as_mut().and_then(LeafMut::next) {
                return Some(entry);
            }
            match &mut self.back {
                Some(back) if back.id == self.ends[0] => return back.next(),
                _ => {
                    // SAFETY: the leaves are linked in order (B4), and the end goes on with each
                    // one borrowed, so it was not from this side. From the other side those up
                    // to the leaf at the back were; that leaf is not borrowed again, as was just
                    // compared, and when it is reached all entries counted come from it:
                    // as many lie between the ends as are counted, whatever `Ord` says (E1).
                    let mut leaf = unsafe { self.values.borrow(self.ends[0]) };
                    Self::clip(&self.between, &mut leaf);
                    self.ends[0] = leaf.next;
                    self.front = Some(leaf);
                }
            }
        }
    }

    #[inline]
    pub(crate) fn next_back(&mut self) -> Option<EntryMut<'a, T, V, K::Slot>> {
        self.remaining = self.remaining.checked_sub(1)?;
        loop {
            if let Some(entry) = self.back.as_mut().and_then(LeafMut::next_back) {
                return Some(entry);
            }
            match &mut self.front {
                Some(front) if front.id == self.ends[1] => return front.next_back(),
                _ => {
                    // SAFETY: as in `next`.
                    let mut leaf = unsafe { self.values.borrow(self.ends[1]) };
                    Self::clip(&self.between, &mut leaf);
                    self.ends[1] = leaf.prev;
                    self.back = Some(leaf);
                }
            }
        }
    }
}

impl<T, V, K: Kind> EntriesMut<'_, T, V, K> {
    pub(crate) fn len(&self) -> usize {
        self.remaining
    }
}

#[cfg(test)]
mod tests {
    use super::Values;
    use crate::arena::NodeId;
    use crate::bplus::node::{LEAF, Nodes};
    use crate::bplus::slab::Slab;
    use crate::interval::Interval;

    #[test]
    #[should_panic(expected = "the values of a leaf are borrowed once")]
    fn borrowing_the_same_values_twice_panics() {
        let (mut nodes, mut slab): (Nodes<usize, ()>, _) = (Nodes::new(), Slab::new());
        let row =
            nodes.push_sorted((0..99).map(|i| (NodeId::from_index(i), Interval::point(i), ())));
        slab.fill(99, LEAF);
        nodes.link_sorted(&mut slab, row);
        let mut values = Values::new(&mut nodes);
        // SAFETY: a debugging aid stops the second borrow, which this test is about.
        unsafe {
            let _first = values.borrow(0);
            let _again = values.borrow(0);
        }
    }
}

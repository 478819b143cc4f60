//! The leaves and the values of their entries, in pages that never move.
//!
//! A page keeps its leaves side by side and, beside them, the places of their values. What is
//! unsafe about values whose number changes stays in this file. (S1) Of the values of a leaf the
//! first `len` are initialised, and no other code writes that `len`. (S2) The leaves below the number
//! of leaves lie in the pages at which [`split`](Leaves::split) looks for them, with their places.

#![expect(unsafe_code, reason = "values lie in pages of which a part is initialised, by (S1)")]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::{ptr, slice};

use super::shape::{InsertIntoLeaf, LEAF, Leaf, RemoveFromLeaf, SMALL, shift, to_u32};
use super::simd::{self, Isa};
use crate::arena::NodeId;
use crate::pages::page_bits;

/// The most bytes of the leaves of a page with their values, unless one leaf is larger.
const PAGE_BYTES: usize = 64 << 10;

/// Bytes of the values of a full leaf, where more than a few of them are larger.
const VALUE_BYTES: usize = 4 << 10;

/// A leaf, and how many entries it has.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Cell<T, S> {
    leaf: Leaf<T, S>,
    len: u32,
}

/// Leaves side by side, and the places of [`CAPACITY`](Leaves::CAPACITY) values for each of them.
struct Page<T, V, S> {
    cells: Vec<Cell<T, S>>,
    values: Vec<MaybeUninit<V>>,
}

/// All leaves.
///
/// A page takes at most 64 KiB, unless a leaf is larger, and the table of pages 48 bytes for each.
pub(crate) struct Leaves<T, V, S = NodeId> {
    /// As in [`Pages`](crate::pages::Pages): all but the last in use are full.
    pages: Vec<Page<T, V, S>>,
    len: usize,
    capacity: usize,
}

/// A leaf with its values.
pub(crate) struct LeafRef<'a, T, V, S = NodeId> {
    pub(crate) leaf: &'a Leaf<T, S>,
    pub(crate) values: &'a [V],
}

impl<T, V, S> Clone for LeafRef<'_, T, V, S> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V, S> Copy for LeafRef<'_, T, V, S> {}

impl<T, V, S> Deref for LeafRef<'_, T, V, S> {
    type Target = Leaf<T, S>;

    #[inline(always)]
    fn deref(&self) -> &Leaf<T, S> {
        self.leaf
    }
}

impl<T, V, S> LeafRef<'_, T, V, S> {
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

impl<T, V, S> Page<T, V, S> {
    const EMPTY: Self = Self { cells: Vec::new(), values: Vec::new() };

    /// Makes sure that the page can hold `leaves` leaves.
    fn try_grow(&mut self, leaves: usize) -> Result<(), TryReserveError> {
        let values = leaves * Leaves::<T, V, S>::CAPACITY;
        if self.values.len() < values {
            self.values.try_reserve_exact(values - self.values.len())?;
            // SAFETY: the memory was just reserved, and what is not initialised is a `MaybeUninit`.
            unsafe { self.values.set_len(values) };
        }
        self.cells.try_reserve_exact(leaves.saturating_sub(self.cells.len()))
    }

    /// The leaf, its number of values, and the places of them.
    #[inline]
    fn parts_mut(&mut self, at: usize) -> (&mut Leaf<T, S>, &mut u32, &mut [MaybeUninit<V>]) {
        let Cell { leaf, len } = &mut self.cells[at];
        let first = at * Leaves::<T, V, S>::CAPACITY;
        (leaf, len, &mut self.values[first..][..Leaves::<T, V, S>::CAPACITY])
    }

    /// Drops the values of a leaf from `len` on.
    fn truncate(&mut self, at: usize, len: usize) {
        let (_, old, places) = self.parts_mut(at);
        let end = core::mem::replace(old, to_u32(len.min(*old as usize))) as usize;
        let Some(places) = places.get_mut(len..end) else { return };
        // SAFETY: these were initialised (S1), and by the new length nobody comes to them again.
        unsafe { ptr::drop_in_place(ptr::from_mut(places) as *mut [V]) };
    }
}

impl<T, V, S> Drop for Page<T, V, S> {
    fn drop(&mut self) {
        /// Goes on where a value's `Drop` panicked.
        struct Rest<'a, T, V, S>(&'a mut Page<T, V, S>, usize);

        impl<T, V, S> Rest<'_, T, V, S> {
            fn drop_all(&mut self) {
                while self.1 < self.0.cells.len() {
                    self.1 += 1;
                    self.0.truncate(self.1 - 1, 0);
                }
            }
        }

        impl<T, V, S> Drop for Rest<'_, T, V, S> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }

        if core::mem::needs_drop::<V>() {
            Rest(self, 0).drop_all();
        }
    }
}

impl<T, V, S> Leaves<T, V, S> {
    /// Entries of a full leaf: fewer if values are large, so that an insertion moves few bytes.
    pub(crate) const CAPACITY: usize = {
        let size = if size_of::<V>() == 0 { 1 } else { size_of::<V>() };
        let fit = VALUE_BYTES / size;
        if SMALL || fit <= 3 {
            3
        } else if fit < LEAF {
            fit
        } else {
            LEAF
        }
    };
    /// Fewest entries of a leaf that is not the root (B2).
    pub(crate) const FEWEST: usize = Self::CAPACITY * 3 / 8;

    const BITS: u32 = {
        let bits = page_bits(PAGE_BYTES, size_of::<Cell<T, S>>() + Self::CAPACITY * size_of::<V>());
        if bits > 6 { 6 } else { bits }
    };
    /// Leaves of a page.
    const PAGE: usize = 1 << Self::BITS;

    pub(crate) const fn new() -> Self {
        const { assert!(Self::FEWEST > 0 && Self::CAPACITY > 2 * Self::FEWEST) };
        Self { pages: Vec::new(), len: 0, capacity: 0 }
    }

    /// The page of a leaf, and its position there.
    #[inline]
    const fn split(id: u32) -> (usize, usize) {
        (id as usize >> Self::BITS, id as usize & (Self::PAGE - 1))
    }

    /// Number of leaves, the vacant ones included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Number of leaves that there is memory for.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes sure that `additional` more leaves can be pushed without allocating.
    #[inline]
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let wanted = self.len.saturating_add(additional);
        if wanted <= self.capacity { Ok(()) } else { self.grow(wanted) }
    }

    #[cold]
    fn grow(&mut self, wanted: usize) -> Result<(), TryReserveError> {
        if self.pages.is_empty() {
            self.pages.try_reserve_exact(1)?;
            self.pages.push(Page::EMPTY);
        }
        if wanted <= Self::PAGE {
            let capacity = wanted.max((2 * self.capacity).min(Self::PAGE));
            self.pages[0].try_grow(capacity)?;
            self.capacity = capacity;
            return Ok(());
        }
        if self.capacity < Self::PAGE {
            self.pages[0].try_grow(Self::PAGE)?;
            self.capacity = Self::PAGE;
        }
        let pages = wanted.div_ceil(Self::PAGE);
        self.pages.try_reserve(pages - self.pages.len())?;
        while self.pages.len() < pages {
            let mut page = Page::EMPTY;
            page.try_grow(Self::PAGE)?;
            self.pages.push(page);
            self.capacity += Self::PAGE;
        }
        Ok(())
    }

    /// Appends a leaf without entries.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted and was not reserved.
    pub(crate) fn push(&mut self, leaf: Leaf<T, S>) -> u32 {
        let id = to_u32(self.len);
        if self.len == self.capacity {
            self.grow(self.len + 1).expect("memory for one more leaf");
        }
        let (page, _) = Self::split(id);
        self.pages[page].cells.push(Cell { leaf, len: 0 });
        self.len += 1;
        id
    }

    #[inline(always)]
    pub(crate) fn get(&self, id: u32) -> Option<LeafRef<'_, T, V, S>> {
        if id as usize >= self.len {
            return None;
        }
        let (page, at) = Self::split(id);
        // SAFETY: the id is below the length, so the page has the cell (S2), and of its places the
        // first `len` are initialised (S1).
        unsafe {
            let page = self.pages.get_unchecked(page);
            let Cell { leaf, len } = page.cells.get_unchecked(at);
            let values = page.values.as_ptr().add(at * Self::CAPACITY).cast::<V>();
            Some(LeafRef { leaf, values: slice::from_raw_parts(values, *len as usize) })
        }
    }

    /// Has a leaf fetched that will be read soon, and its values.
    #[inline(always)]
    pub(crate) fn prefetch<I: Isa>(&self, with: I, id: u32) {
        let (page, at) = Self::split(id);
        if let Some(page) = self.pages.get(page) {
            with.prefetch(page.cells.as_ptr().wrapping_add(at).cast(), size_of::<Cell<T, S>>());
            let values = page.values.as_ptr().wrapping_add(at * Self::CAPACITY);
            with.prefetch(values.cast(), (Self::CAPACITY * size_of::<V>()).min(256));
        }
    }

    #[inline(always)]
    pub(crate) fn leaf(&self, id: u32) -> LeafRef<'_, T, V, S> {
        self.get(id).expect("a leaf of this tree")
    }

    #[inline(always)]
    pub(crate) fn leaf_mut(&mut self, id: u32) -> &mut Leaf<T, S> {
        assert!((id as usize) < self.len, "a leaf of this tree");
        let (page, at) = Self::split(id);
        // SAFETY: the id is below the length, so the page has the cell (S2).
        unsafe { &mut self.pages.get_unchecked_mut(page).cells.get_unchecked_mut(at).leaf }
    }

    /// The leaf and its values.
    #[inline]
    pub(crate) fn both_mut(&mut self, id: u32) -> (&mut Leaf<T, S>, &mut [V]) {
        let (page, at) = Self::split(id);
        let (leaf, len, places) = self.pages[page].parts_mut(at);
        let places = &mut places[..*len as usize];
        // SAFETY: the first `len` places are initialised (S1).
        (leaf, unsafe { &mut *(ptr::from_mut(places) as *mut [V]) })
    }

    #[inline]
    pub(crate) fn values_mut(&mut self, id: u32) -> &mut [V] {
        self.both_mut(id).1
    }

    /// The leaf and its values behind pointers; borrows no other leaf, nor any other value.
    #[inline]
    pub(crate) fn pointers(&mut self, id: u32) -> (*mut Leaf<T, S>, *mut [V]) {
        let (page, at) = Self::split(id);
        let Page { cells, values } = &mut self.pages[page];
        assert!(at < cells.len(), "a leaf of this tree");
        debug_assert!((at + 1) * Self::CAPACITY <= values.len(), "each leaf has its places");
        // SAFETY: `at` is below the number of cells, and each cell has its places (S1); nothing but
        // the length of this one leaf is read.
        unsafe {
            let cell = cells.as_mut_ptr().add(at);
            let values = values.as_mut_ptr().add(at * Self::CAPACITY).cast::<V>();
            let len = ptr::addr_of!((*cell).len).read() as usize;
            (ptr::addr_of_mut!((*cell).leaf), ptr::slice_from_raw_parts_mut(values, len))
        }
    }

    /// The leaf and the number of its values, none of which is borrowed.
    #[inline]
    pub(crate) fn without_values(&self, id: u32) -> LeafRef<'_, T, (), S> {
        let (page, at) = Self::split(id);
        let Cell { leaf, len } = &self.pages[page].cells[at];
        LeafRef { leaf, values: &[(); LEAF][..*len as usize] }
    }

    /// Drops the values of a leaf from `len` on.
    pub(crate) fn truncate(&mut self, id: u32, len: usize) {
        let (page, at) = Self::split(id);
        self.pages[page].truncate(at, len);
    }

    /// Removes a value and moves those after it; the ends and the slots of the entries stay.
    pub(crate) fn take_value(&mut self, id: u32, pos: usize) -> V {
        let (page, at) = Self::split(id);
        let (_, len, places) = self.pages[page].parts_mut(at);
        let places = &mut places[..*len as usize];
        assert!(pos < places.len(), "a value of the leaf");
        *len -= 1;
        let place = places[pos..].as_mut_ptr().cast::<V>();
        // SAFETY: all these places are initialised (S1); the value at `pos` is read once, and the
        // last place, which holds no value of its own now, is given up by the new length.
        unsafe {
            let value = place.read();
            ptr::copy(place.add(1), place, *len as usize - pos);
            value
        }
    }

    /// Inserts a value and moves those after it.
    #[inline]
    pub(crate) fn put_value(&mut self, id: u32, pos: usize, value: V) {
        let (page, at) = Self::split(id);
        let (_, len, places) = self.pages[page].parts_mut(at);
        assert!(pos <= *len as usize && (*len as usize) < places.len(), "the leaf is not full");
        let place = places[pos..].as_mut_ptr().cast::<V>();
        // SAFETY: the values from `pos` on are moved by one place, and there is one more; their
        // old first place is written at once. Then `len` and one are initialised (S1).
        unsafe {
            ptr::copy(place, place.add(1), *len as usize - pos);
            place.write(value);
        }
        *len += 1;
    }

    /// Exchanges two leaves, values included.
    pub(crate) fn swap(&mut self, left: u32, right: u32) {
        if left == right {
            return;
        }
        let ((left, l), (right, r)) = (Self::split(left), Self::split(right));
        let range = |at: usize| at * Self::CAPACITY..(at + 1) * Self::CAPACITY;
        if left == right {
            let page = &mut self.pages[left];
            page.cells.swap(l, r);
            let places = page.values.get_disjoint_mut([range(l), range(r)]);
            let [a, b] = places.expect("two different leaves");
            a.swap_with_slice(b);
        } else {
            let pages = self.pages.get_disjoint_mut([left, right]);
            let [left, right] = pages.expect("two different pages");
            core::mem::swap(&mut left.cells[l], &mut right.cells[r]);
            left.values[range(l)].swap_with_slice(&mut right.values[range(r)]);
        }
    }

    /// Drops all leaves from `len` on.
    pub(crate) fn truncate_leaves(&mut self, len: usize) {
        let (first, at) = (len >> Self::BITS, len & (Self::PAGE - 1));
        self.len = self.len.min(len);
        for (i, page) in self.pages.iter_mut().enumerate().skip(first) {
            let keep = if i == first { at } else { 0 };
            for leaf in keep..page.cells.len() {
                page.truncate(leaf, 0);
            }
            page.cells.truncate(keep);
        }
    }

    /// Gives back the memory that no leaf needs.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.pages.truncate(self.len.div_ceil(Self::PAGE));
        self.capacity = self.pages.len() * Self::PAGE;
        if let [only] = &mut self.pages[..] {
            self.capacity = self.len;
            only.values.truncate(only.cells.len() * Self::CAPACITY);
            only.values.shrink_to_fit();
            only.cells.shrink_to_fit();
        }
        self.pages.shrink_to_fit();
    }
}

impl<T: Copy, V, S: Copy> Leaves<T, V, S> {
    /// Inserts the ends and the slot of an entry into a leaf that is not full; its value must follow.
    #[inline]
    pub(crate) fn insert_ends(&mut self, id: u32, pos: usize, (start, last): (T, T), slot: S) {
        simd::run(InsertIntoLeaf { leaf: self.leaf_mut(id), pos, start, last, slot });
    }

    /// Appends an entry to a leaf that is not full.
    pub(crate) fn append(&mut self, id: u32, (start, last): (T, T), slot: S, value: V) {
        let pos = self.values_mut(id).len();
        self.put_value(id, pos, value);
        let leaf = self.leaf_mut(id);
        (leaf.starts[pos], leaf.lasts[pos], leaf.slots[pos]) = (start, last, slot);
    }

    /// Removes the ends and the slot of an entry; its value must follow.
    #[inline]
    pub(crate) fn remove_ends(&mut self, id: u32, pos: usize) {
        simd::run(RemoveFromLeaf { leaf: self.leaf_mut(id), pos });
    }

    /// Moves entries between two neighbours until the left one holds `target`.
    pub(crate) fn shift(&mut self, [left, right]: [u32; 2], target: usize) {
        let ((lp, l), (rp, r)) = (Self::split(left), Self::split(right));
        let (left, right) = if lp == rp {
            assert!(l != r, "two different leaves");
            let Page { cells, values } = &mut self.pages[lp];
            let [lc, rc] = cells.get_disjoint_mut([l, r]).expect("two leaves of the page");
            let range = |at: usize| at * Self::CAPACITY..(at + 1) * Self::CAPACITY;
            let places = values.get_disjoint_mut([range(l), range(r)]);
            let [lv, rv] = places.expect("each leaf has its places");
            ((&mut lc.leaf, &mut lc.len, lv), (&mut rc.leaf, &mut rc.len, rv))
        } else {
            let pages = self.pages.get_disjoint_mut([lp, rp]);
            let [left, right] = pages.expect("two pages");
            (left.parts_mut(l), right.parts_mut(r))
        };
        shift_parts(left, right, target);
    }

    /// Moves the first entries of a leaf of other storage to the end of a leaf, until this one holds
    /// `most` or that one none.
    pub(crate) fn take_front(&mut self, to: u32, (others, from): (&mut Self, u32), most: usize) {
        let ((to_page, to), (from_page, from)) = (Self::split(to), Self::split(from));
        let to = self.pages[to_page].parts_mut(to);
        let from = others.pages[from_page].parts_mut(from);
        let target = most.min((*to.1 + *from.1) as usize);
        shift_parts(to, from, target);
    }
}

/// A leaf, the number of its values, and their places.
type Parts<'a, T, V, S> = (&'a mut Leaf<T, S>, &'a mut u32, &'a mut [MaybeUninit<V>]);

/// Moves entries between two leaves until the left one holds `target`.
fn shift_parts<T: Copy, V, S: Copy>(
    (left, left_len, left_values): Parts<'_, T, V, S>,
    (right, right_len, right_values): Parts<'_, T, V, S>,
    target: usize,
) {
    let lens = (*left_len as usize, *right_len as usize);
    let total = lens.0 + lens.1;
    assert!(
        target <= total.min(left_values.len()) && total - target <= right_values.len(),
        "both leaves can hold what they are to hold"
    );
    shift(&mut left.starts, &mut right.starts, lens, target);
    shift(&mut left.lasts, &mut right.lasts, lens, target);
    shift(&mut left.slots, &mut right.slots, lens, target);
    let (from, to) = (right_values.as_mut_ptr(), left_values.as_mut_ptr());
    // SAFETY: `from` and `to` are the places of two leaves, borrowed exclusively, so they do not
    // overlap. What is moved was initialised (S1), lies within them before and after by the
    // assertion, and the new lengths say where each value is now.
    unsafe {
        if let Some(moved) = target.checked_sub(lens.0) {
            ptr::copy_nonoverlapping(from, to.add(lens.0), moved);
            ptr::copy(from.add(moved), from, lens.1 - moved);
        } else {
            let moved = lens.0 - target;
            ptr::copy(from, from.add(moved), lens.1);
            ptr::copy_nonoverlapping(to.add(target), from, moved);
        }
    }
    (*left_len, *right_len) = (to_u32(target), to_u32(total - target));
}

impl<T, V: Clone, S> Leaves<T, V, S> {
    /// Appends a leaf with clones of the values of another one.
    pub(crate) fn push_clone(&mut self, leaf: Leaf<T, S>, values: &[V]) -> u32 {
        let id = self.push(leaf);
        for (pos, value) in values.iter().enumerate() {
            self.put_value(id, pos, value.clone());
        }
        id
    }
}

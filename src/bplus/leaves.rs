//! The leaves and the values of their entries, in pages that snapshots share.
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

use super::shape::{
    Child, INNER, LEAF, Leaf, NIL, SMALL, insert_into_leaf, remove_from_leaf, shift, to_u32,
};
use super::simd::Isa;
use crate::arena::NodeId;
use crate::interval::Interval;
#[cfg(target_has_atomic = "ptr")]
use crate::pages::rewrite::{Rewrite, put, put_clones};
use crate::pages::table::{self, Table};
use crate::pages::{OrPanic, no_such_item, page_bits, push_reserved};

/// The most bytes of the leaves of a page with their values, unless one leaf is larger: what a change
/// after a snapshot copies.
const PAGE_BYTES: usize = 8 << 10;

/// Bytes of the pages of which a former version is kept while states are published.
#[cfg(target_has_atomic = "ptr")]
const SPARE_BYTES: usize = 1 << 20;

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
/// As in [`Pages`](crate::pages::Pages), all pages but the last in use are full.
pub(crate) struct Leaves<T, V, S = NodeId> {
    table: Table<Page<T, V, S>>,
    len: usize,
    capacity: usize,
}

/// Where the leaves of a page lie, and the places of their values.
struct View<T, V, S> {
    cells: *mut Cell<T, S>,
    values: *mut MaybeUninit<V>,
}

impl<T, V, S> View<T, V, S> {
    #[inline(always)]
    fn of([cells, values]: table::View) -> Self {
        Self { cells: cells.cast(), values: values.cast() }
    }
}

impl<T, V, S> table::Page for Page<T, V, S> {
    fn view(&mut self) -> table::View {
        [self.cells.as_mut_ptr().cast(), self.values.as_mut_ptr().cast()]
    }
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

    /// Drops the values of a leaf.
    fn clear(&mut self, at: usize) {
        let len = core::mem::take(&mut self.cells[at].len) as usize;
        let first = at * Leaves::<T, V, S>::CAPACITY;
        let places = ptr::from_mut(&mut self.values[first..][..len]) as *mut [V];
        // SAFETY: these were initialised (S1), and by the new length nobody comes to them again.
        unsafe { ptr::drop_in_place(places) };
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T: Copy + Sync, V: Clone + Sync, S: Copy + PartialEq + Sync> table::CopyPage
    for Page<T, V, S>
{
    /// Those of all pages would take as much memory as the index has.
    const SPARES: usize = if core::mem::needs_drop::<V>() {
        0
    } else {
        SPARE_BYTES / Leaves::<T, V, S>::LEAF_BYTES / Leaves::<T, V, S>::PAGE
    };

    /// A copy of the page with as much memory. If a clone panics, those made before are dropped.
    fn try_copy(&self) -> Result<Self, TryReserveError> {
        /// Says how many values of a leaf were made, also where a clone panicked; once, since a write
        /// for each value would be a third of the time.
        struct Made<'a> {
            len: &'a mut u32,
            count: u32,
        }

        impl Drop for Made<'_> {
            fn drop(&mut self) {
                *self.len = self.count;
            }
        }

        let mut copy = Self::EMPTY;
        copy.try_grow(self.values.len() / Leaves::<T, V, S>::CAPACITY)?;
        let places = self.values.chunks_exact(Leaves::<T, V, S>::CAPACITY);
        for (at, (cell, places)) in self.cells.iter().zip(places).enumerate() {
            copy.cells.push(Cell { leaf: cell.leaf, len: 0 });
            let from = ptr::from_ref(&places[..cell.len as usize]) as *const [V];
            // SAFETY: the first `len` places are initialised (S1).
            let from = unsafe { &*from };
            let mut made = Made { len: &mut copy.cells[at].len, count: 0 };
            let first = at * Leaves::<T, V, S>::CAPACITY;
            for (place, value) in copy.values[first..].iter_mut().zip(from) {
                place.write(value.clone());
                made.count += 1;
            }
        }
        Ok(copy)
    }

    /// If a clone panics, this is no version of the page, and has nothing to drop.
    fn rewrite(&mut self, page: &Self) -> bool {
        let is_possible = !core::mem::needs_drop::<V>()
            && (self.cells.len(), self.values.len()) == (page.cells.len(), page.values.len())
            && self.cells.capacity() == page.cells.capacity();
        if !is_possible {
            return false;
        }
        let places = self.values.chunks_exact_mut(Leaves::<T, V, S>::CAPACITY);
        let new_places = page.values.chunks_exact(Leaves::<T, V, S>::CAPACITY);
        let cells = self.cells.iter_mut().zip(places).zip(page.cells.iter().zip(new_places));
        for ((cell, places), (new, new_places)) in cells {
            cell.leaf.rewrite(&new.leaf);
            let new_places = ptr::from_ref(&new_places[..new.len as usize]) as *const [V];
            // SAFETY: the first `len` places are initialised (S1).
            let values = unsafe { &*new_places };
            let (places, more) =
                places[..values.len()].split_at_mut(values.len().min(cell.len as usize));
            // SAFETY: the same.
            let former = unsafe { &mut *(ptr::from_mut(places) as *mut [V]) };
            let (values, more_values) = values.split_at(former.len());
            put_clones(former, values);
            for (place, value) in more.iter_mut().zip(more_values) {
                place.write(value.clone());
            }
            // What is not initialised any more has nothing to drop.
            put(&mut cell.len, new.len);
        }
        true
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
                    self.0.clear(self.1 - 1);
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

    /// Bytes of a leaf with its values.
    const LEAF_BYTES: usize = size_of::<Cell<T, S>>() + Self::CAPACITY * size_of::<V>();

    const BITS: u32 = {
        let bits = page_bits(PAGE_BYTES, Self::LEAF_BYTES);
        if bits > 4 { 4 } else { bits }
    };
    /// Leaves of a page.
    const PAGE: usize = 1 << Self::BITS;

    pub(crate) const fn new() -> Self {
        const { assert!(Self::FEWEST > 0 && Self::CAPACITY > 2 * Self::FEWEST) };
        Self { table: Table::new(), len: 0, capacity: 0 }
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
        if self.table.len() == 0 {
            self.table.try_push(Page::EMPTY)?;
        }
        if wanted <= Self::PAGE {
            return self.grow_first(wanted.max((2 * self.capacity).min(Self::PAGE)));
        }
        if self.capacity < Self::PAGE {
            self.grow_first(Self::PAGE)?;
        }
        let pages = wanted.div_ceil(Self::PAGE);
        self.table.try_reserve(pages - self.table.len())?;
        while self.table.len() < pages {
            let mut page = Page::EMPTY;
            page.try_grow(Self::PAGE)?;
            self.table.try_push(page)?;
            self.capacity += Self::PAGE;
        }
        Ok(())
    }

    #[inline(never)]
    fn grow_first(&mut self, capacity: usize) -> Result<(), TryReserveError> {
        self.table.own(0)?;
        self.table.resize(0, |page| page.try_grow(capacity))?;
        self.capacity = capacity;
        Ok(())
    }

    /// Makes sure that a leaf can be changed, or pushed under that id.
    ///
    /// Nothing has changed if memory is exhausted or if a clone panics.
    #[inline]
    pub(crate) fn own(&mut self, id: u32) -> Result<(), TryReserveError> {
        self.table.own(Self::split(id).0)
    }

    /// Makes sure that all leaves can be changed.
    pub(crate) fn own_all(&mut self) -> Result<(), TryReserveError> {
        (0..self.table.len()).try_for_each(|page| self.table.own(page))
    }

    /// Appends a leaf without entries.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted and was not reserved.
    pub(crate) fn push(&mut self, leaf: Leaf<T, S>) -> u32 {
        let id = to_u32(self.len);
        if self.len == self.capacity {
            self.grow(self.len + 1).or_panic();
        }
        let (page, _) = Self::split(id);
        push_reserved(&mut self.table.owned_mut(page).cells, Cell { leaf, len: 0 });
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
        // first `len` are initialised (S1). They are not written while `self` is borrowed.
        unsafe {
            let View { cells, values } = View::<T, V, S>::of(self.table.view_unchecked(page));
            let Cell { leaf, len } = &*cells.add(at);
            let values = values.add(at * Self::CAPACITY).cast::<V>();
            Some(LeafRef { leaf, values: slice::from_raw_parts(values, *len as usize) })
        }
    }

    /// Has a leaf fetched that will be read soon, and its values.
    #[inline(always)]
    pub(crate) fn prefetch<I: Isa>(&self, with: I, id: u32) {
        let (page, at) = Self::split(id);
        if let Some(View { cells, values }) = self.table.view(page).map(View::<T, V, S>::of) {
            with.prefetch(cells.wrapping_add(at).cast_const().cast(), size_of::<Cell<T, S>>());
            let values = values.wrapping_add(at * Self::CAPACITY);
            with.prefetch(values.cast_const().cast(), (Self::CAPACITY * size_of::<V>()).min(256));
        }
    }

    #[inline(always)]
    pub(crate) fn leaf(&self, id: u32) -> LeafRef<'_, T, V, S> {
        let Some(leaf) = self.get(id) else { no_such_item() };
        leaf
    }

    /// The cell of a leaf that is owned, and the places of its values, as addresses.
    #[inline(always)]
    fn addresses(&mut self, id: u32) -> (*mut Cell<T, S>, *mut MaybeUninit<V>) {
        if id as usize >= self.len {
            no_such_item();
        }
        let (page, at) = Self::split(id);
        // SAFETY: the id is below the length, so the page has the cell and its places (S2).
        unsafe {
            let View { cells, values } = View::of(self.table.owned_view_unchecked(page));
            (cells.add(at), values.add(at * Self::CAPACITY))
        }
    }

    /// The leaf, its number of values, and the places of them; owned.
    #[inline]
    fn parts_mut(&mut self, id: u32) -> Parts<'_, T, V, S> {
        let (cell, values) = self.addresses(id);
        // SAFETY: the page is owned and borrowed exclusively.
        unsafe {
            let Cell { leaf, len } = &mut *cell;
            (leaf, len, slice::from_raw_parts_mut(values, Self::CAPACITY))
        }
    }

    /// The parts of two different leaves.
    fn pair_mut(&mut self, left: u32, right: u32) -> [Parts<'_, T, V, S>; 2] {
        assert!(left != right, "two different leaves");
        [left, right].map(|id| {
            let (cell, values) = self.addresses(id);
            // SAFETY: the pages are owned and borrowed exclusively, and the leaves are different.
            unsafe {
                let Cell { leaf, len } = &mut *cell;
                (leaf, len, slice::from_raw_parts_mut(values, Self::CAPACITY))
            }
        })
    }

    #[inline(always)]
    pub(crate) fn leaf_mut(&mut self, id: u32) -> &mut Leaf<T, S> {
        let (cell, _) = self.addresses(id);
        // SAFETY: the page is owned and borrowed exclusively.
        unsafe { &mut (*cell).leaf }
    }

    /// The values of a leaf.
    ///
    /// # Panics
    ///
    /// Panics, and has changed nothing, if the page must be copied and memory is exhausted or a clone
    /// panics.
    #[inline]
    pub(crate) fn values_mut(&mut self, id: u32) -> &mut [V] {
        let (_, values) = self.pointers(id);
        // SAFETY: the first `len` places are initialised (S1), and the page is borrowed exclusively.
        unsafe { &mut *values }
    }

    /// Pointers to the leaf and to its values; borrows no other leaf, nor any other value. Panics as
    /// [`values_mut`](Self::values_mut).
    #[inline]
    pub(crate) fn pointers(&mut self, id: u32) -> (*mut Leaf<T, S>, *mut [V]) {
        self.own(id).or_panic();
        let (cell, values) = self.addresses(id);
        // SAFETY: nothing but the length of this one leaf is read.
        unsafe {
            let len = ptr::addr_of!((*cell).len).read() as usize;
            (
                ptr::addr_of_mut!((*cell).leaf),
                ptr::slice_from_raw_parts_mut(values.cast::<V>(), len),
            )
        }
    }

    /// The leaf and the number of its values, none of which is borrowed.
    #[inline]
    pub(crate) fn without_values(&self, id: u32) -> LeafRef<'_, T, (), S> {
        if id as usize >= self.len {
            no_such_item();
        }
        let (page, at) = Self::split(id);
        // SAFETY: the id is below the length, so the page has the cell (S2). Of values that are borrowed
        // mutably nothing is borrowed here.
        let View { cells, .. } = View::<T, V, S>::of(unsafe { self.table.view_unchecked(page) });
        // SAFETY: the same.
        let Cell { leaf, len } = unsafe { &*cells.add(at) };
        LeafRef { leaf, values: &[(); LEAF][..*len as usize] }
    }

    /// Drops the values of a leaf from `len` on.
    pub(crate) fn truncate(&mut self, id: u32, len: usize) {
        let (_, old, places) = self.parts_mut(id);
        let end = core::mem::replace(old, to_u32(len.min(*old as usize))) as usize;
        let Some(places) = places.get_mut(len..end) else { return };
        // SAFETY: these were initialised (S1), and by the new length nobody comes to them again.
        unsafe { ptr::drop_in_place(ptr::from_mut(places) as *mut [V]) };
    }

    /// Removes a value and moves those after it; the ends and the slots of the entries stay.
    pub(crate) fn take_value(&mut self, id: u32, pos: usize) -> V {
        let (_, len, places) = self.parts_mut(id);
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
        let (_, len, places) = self.parts_mut(id);
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
        let [left, right] = self.pair_mut(left, right);
        core::mem::swap(left.0, right.0);
        core::mem::swap(left.1, right.1);
        left.2.swap_with_slice(right.2);
    }

    /// Drops all leaves from `len` on.
    ///
    /// # Panics
    ///
    /// Panics if a page must be copied and memory is exhausted or a clone panics.
    pub(crate) fn truncate_leaves(&mut self, len: usize) {
        let (first, at) = (len >> Self::BITS, len & (Self::PAGE - 1));
        if at > 0 && len < self.len {
            self.table.own(first).or_panic();
            let page = self.table.owned_mut(first);
            (at..page.cells.len()).for_each(|leaf| page.clear(leaf));
            page.cells.truncate(at);
        }
        self.len = self.len.min(len);
        self.shrink_table();
    }

    /// Drops the pages without a leaf.
    fn shrink_table(&mut self) {
        self.table.truncate(self.len.div_ceil(Self::PAGE));
        self.capacity = self.capacity.min(self.table.len() * Self::PAGE);
    }

    /// Gives back the memory that no leaf needs.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.shrink_table();
        if self.table.len() == 1 && self.len < self.capacity && self.table.own(0).is_ok() {
            let done = self.table.resize(0, |page| {
                page.values.truncate(page.cells.len() * Self::CAPACITY);
                page.values.shrink_to_fit();
                page.cells.shrink_to_fit();
                Ok::<_, TryReserveError>(())
            });
            self.capacity = if done.is_ok() { self.len } else { self.capacity };
        }
        self.table.shrink_to_fit();
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T: Copy + Sync, V: Clone + Sync, S: Copy + PartialEq + Sync> Leaves<T, V, S> {
    /// Makes `former` the same leaves, not to be changed. It is of no use after an error or a panic.
    pub(crate) fn try_share(&mut self, former: &mut Self) -> Result<(), TryReserveError> {
        self.table.try_share(&mut former.table)?;
        put(&mut former.len, self.len);
        put(&mut former.capacity, self.capacity);
        Ok(())
    }
}

impl<T: Copy, V, S: Copy> Leaves<T, V, S> {
    /// Inserts an entry into a leaf that is not full.
    #[inline]
    pub(crate) fn insert(&mut self, id: u32, pos: usize, (start, last): (T, T), slot: S, value: V) {
        let (leaf, len, places) = self.parts_mut(id);
        assert!(pos <= *len as usize && (*len as usize) < places.len(), "the leaf is not full");
        let at = (pos, *len as usize);
        if let Some(words) = as_words::<V, u32>(places) {
            insert_into_leaf(leaf, words, at, (start, last, slot));
        } else if let Some(words) = as_words::<V, u64>(places) {
            insert_into_leaf(leaf, words, at, (start, last, slot));
        } else {
            let place = places[pos..].as_mut_ptr();
            // SAFETY: the values from `pos` on are moved by one place, and there is one more. The old
            // first place is written below.
            unsafe { ptr::copy(place, place.add(1), *len as usize - pos) };
            insert_into_leaf(leaf, &mut [(); LEAF], at, (start, last, slot));
        }
        places[pos].write(value);
        // By (S1): `len` and one are initialised now.
        *len += 1;
    }

    /// Appends a leaf with the entries to come, if there are some, as many as fit into it, and links it
    /// as one of many that are full, below full parents. Returns what its parent says of it.
    #[inline]
    pub(crate) fn push_filled(
        &mut self,
        entries: &mut impl Iterator<Item = (S, Interval<T>, V)>,
    ) -> Option<Child<T>>
    where
        T: Ord,
    {
        let (slot, interval, value) = entries.next()?;
        let (start, mut greatest) = interval.into_bounds();
        let id = self.push_repeating(start, greatest, slot);
        let (leaf, len, places) = self.parts_mut(id);
        places[0].write(value);
        *len = 1;
        // The leaf is whole after each entry: the iterator may panic.
        for (pos, place) in places.iter_mut().enumerate().skip(1) {
            let Some((slot, interval, value)) = entries.next() else { break };
            greatest = greatest.max(*interval.last());
            (leaf.starts[pos], leaf.lasts[pos]) = interval.into_bounds();
            leaf.slots[pos] = slot;
            place.write(value);
            *len = to_u32(pos + 1);
        }
        Some(Child { start, last: greatest, id, count: *len })
    }

    /// Appends a leaf without entries, made where it stays: moving it there would be a sixth of the time
    /// of building.
    #[inline(never)]
    fn push_repeating(&mut self, start: T, last: T, slot: S) -> u32 {
        let id = to_u32(self.len);
        if self.len == self.capacity {
            self.grow(self.len + 1).or_panic();
        }
        let cells = &mut self.table.owned_mut(Self::split(id).0).cells;
        let cell = cells.spare_capacity_mut()[0].as_mut_ptr();
        // SAFETY: the cell lies in the memory of the vector, after its items; all of its fields are
        // written, then it is the last item.
        unsafe {
            let leaf = ptr::addr_of_mut!((*cell).leaf);
            ptr::addr_of_mut!((*leaf).starts).write([start; LEAF]);
            ptr::addr_of_mut!((*leaf).lasts).write([last; LEAF]);
            ptr::addr_of_mut!((*leaf).slots).write([slot; LEAF]);
            ptr::addr_of_mut!((*leaf).parent).write(id / to_u32(INNER));
            ptr::addr_of_mut!((*leaf).prev).write(id.checked_sub(1).unwrap_or(NIL));
            ptr::addr_of_mut!((*leaf).next).write(id + 1);
            ptr::addr_of_mut!((*cell).len).write(0);
            cells.set_len(cells.len() + 1);
        }
        self.len += 1;
        id
    }

    /// Removes an entry and returns its value.
    #[inline]
    pub(crate) fn remove(&mut self, id: u32, pos: usize) -> V {
        let (leaf, len, places) = self.parts_mut(id);
        assert!(pos < *len as usize, "an entry of the leaf");
        let at = (pos, *len as usize);
        *len -= 1;
        // SAFETY: the value is initialised (S1), and its place is overwritten below, or given up by the
        // new length.
        let value = unsafe { places[pos].assume_init_read() };
        if let Some(words) = as_words::<V, u32>(places) {
            remove_from_leaf(leaf, words, at);
        } else if let Some(words) = as_words::<V, u64>(places) {
            remove_from_leaf(leaf, words, at);
        } else {
            let place = places[pos..].as_mut_ptr();
            // SAFETY: as many values follow in the places of this leaf.
            unsafe { ptr::copy(place.add(1), place, *len as usize - pos) };
            remove_from_leaf(leaf, &mut [(); LEAF], at);
        }
        value
    }

    /// Moves entries between two neighbours until the left one holds `target`.
    pub(crate) fn shift(&mut self, [left, right]: [u32; 2], target: usize) {
        let [left, right] = self.pair_mut(left, right);
        shift_parts(left, right, target);
    }

    /// Moves the first entries of a leaf of other storage to the end of a leaf, until this one holds
    /// `most` or that one none.
    pub(crate) fn take_front(&mut self, to: u32, (others, from): (&mut Self, u32), most: usize) {
        let (to, from) = (self.parts_mut(to), others.parts_mut(from));
        let target = most.min((*to.1 + *from.1) as usize);
        shift_parts(to, from, target);
    }
}

/// The places of values as words that are moved as ends are, if they are as large.
#[inline]
fn as_words<V, W>(places: &mut [MaybeUninit<V>]) -> Option<&mut [MaybeUninit<W>; LEAF]> {
    if size_of::<V>() != size_of::<W>() || align_of::<V>() < align_of::<W>() {
        return None;
    }
    let places: &mut [MaybeUninit<V>; LEAF] = places.try_into().ok()?;
    // SAFETY: there are as many places, of the same size, and aligned for both; a place may hold anything.
    Some(unsafe { &mut *ptr::from_mut(places).cast() })
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

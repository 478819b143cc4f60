//! An array in pages that snapshots share.
//!
//! As [`Pages`](super::Pages), for items that are copied bit by bit.

#![expect(
    unsafe_code,
    reason = "an index is compared with the length and not once more for each page"
)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::ops::{Index, IndexMut};
use core::ptr;

#[cfg(target_has_atomic = "ptr")]
use super::rewrite::{Rewrite, put};
#[cfg(target_has_atomic = "ptr")]
use super::table::CopyPage;
use super::table::{Page, Table, View};
use super::{OrPanic, no_such_item, page_bits, push_reserved};

/// The most bytes of a page: what a change after a snapshot copies on each level of a tree.
const PAGE_BYTES: usize = 2 << 10;

impl<X> Page for Vec<X> {
    fn view(&mut self) -> View {
        [self.as_mut_ptr().cast(), ptr::null_mut()]
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<X: Rewrite + Sync> CopyPage for Vec<X> {
    const SPARES: usize = usize::MAX;

    fn try_copy(&self) -> Result<Self, TryReserveError> {
        let mut copy = Self::new();
        copy.try_reserve_exact(self.capacity())?;
        copy.extend_from_slice(self);
        Ok(copy)
    }

    fn rewrite(&mut self, page: &Self) -> bool {
        let is_possible = self.len() == page.len() && self.capacity() == page.capacity();
        if is_possible {
            self.iter_mut().zip(page).for_each(|(item, new)| item.rewrite(new));
        }
        is_possible
    }
}

/// An array in pages of at most [`PAGE_BYTES`], unless an item is larger.
///
/// The first page grows by doubling, the others are allocated whole. (P4) The items below `len` lie in
/// the pages at which [`split`](CowPages::split) looks for them.
pub(crate) struct CowPages<X> {
    table: Table<Vec<X>>,
    len: usize,
    capacity: usize,
}

impl<X> CowPages<X> {
    const BITS: u32 = page_bits(PAGE_BYTES, size_of::<X>());
    /// Items of a page.
    const PAGE: usize = 1 << Self::BITS;

    pub(crate) const fn new() -> Self {
        Self { table: Table::new(), len: 0, capacity: 0 }
    }

    /// The page of an item, and its position there.
    #[inline]
    const fn split(index: usize) -> (usize, usize) {
        (index >> Self::BITS, index & (Self::PAGE - 1))
    }

    /// The address of an item, by the view of its page.
    ///
    /// # Safety
    ///
    /// The page has the item.
    #[inline(always)]
    unsafe fn item([items, _]: View, at: usize) -> *mut X {
        // SAFETY: as the caller promises.
        unsafe { items.cast::<X>().add(at) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Number of items that there is memory for.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes sure that `additional` more items can be pushed without allocating.
    #[inline]
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let wanted = self.len.saturating_add(additional);
        if wanted <= self.capacity { Ok(()) } else { self.grow(wanted) }
    }

    #[cold]
    fn grow(&mut self, wanted: usize) -> Result<(), TryReserveError> {
        // Refused at once, not after all pages that there is memory for.
        if Layout::array::<X>(wanted).is_err() {
            return Vec::<X>::new().try_reserve_exact(wanted);
        }
        if self.table.len() == 0 {
            self.table.try_push(Vec::new())?;
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
            let mut page = Vec::new();
            page.try_reserve_exact(Self::PAGE)?;
            self.table.try_push(page)?;
            self.capacity += Self::PAGE;
        }
        Ok(())
    }

    #[inline(never)]
    fn grow_first(&mut self, capacity: usize) -> Result<(), TryReserveError> {
        self.table.own(0)?;
        self.table.resize(0, |page| page.try_reserve_exact(capacity - page.len()))?;
        self.capacity = capacity;
        Ok(())
    }

    /// Appends an item.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted and was not reserved.
    #[inline]
    pub(crate) fn push(&mut self, item: X) {
        let (page, _) = Self::split(self.len);
        if self.len == self.capacity {
            self.grow(self.len + 1).or_panic();
        }
        push_reserved(self.table.owned_mut(page), item);
        self.len += 1;
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: usize) -> Option<&X> {
        let (page, at) = Self::split(index);
        // SAFETY: the index is below the length, so the page has the item (P4); it is not written
        // while `self` is borrowed (P3).
        (index < self.len).then(|| unsafe { &*Self::item(self.table.view_unchecked(page), at) })
    }

    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &X> {
        (0..self.len).map(|index| &self[index])
    }

    /// Makes sure that an item can be written, or pushed at that index.
    #[inline]
    pub(crate) fn own(&mut self, index: usize) -> Result<(), TryReserveError> {
        self.table.own(Self::split(index).0)
    }

    /// Borrows two different items mutably.
    pub(crate) fn pair_mut(&mut self, left: usize, right: usize) -> [&mut X; 2] {
        assert!(left != right && left < self.len && right < self.len, "two different items");
        let [left, right] = [left, right].map(|index| {
            let (page, at) = Self::split(index);
            // SAFETY: the index is below the length, so the page has the item (P4).
            unsafe { Self::item(self.table.owned_view_unchecked(page), at) }
        });
        // SAFETY: both are items of owned pages (P3), borrowed exclusively, and different ones.
        unsafe { [&mut *left, &mut *right] }
    }

    /// Drops all items from `len` on. Keeps the memory.
    pub(crate) fn truncate(&mut self, len: usize) {
        for page in Self::split(len).0..self.table.len() {
            if page * Self::PAGE < self.len {
                self.table.own(page).or_panic();
                let held = self.table.owned_mut(page);
                held.truncate(len.saturating_sub(page * Self::PAGE));
            }
        }
        self.len = self.len.min(len);
    }

    /// Gives back what no item needs.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.table.truncate(self.len.div_ceil(Self::PAGE));
        self.capacity = self.table.len() * Self::PAGE;
        if self.table.len() == 1 && self.table.own(0).is_ok() {
            let done = self.table.resize(0, |page| {
                page.shrink_to_fit();
                Ok::<_, TryReserveError>(())
            });
            self.capacity = if done.is_ok() { self.len } else { self.capacity };
        }
        self.table.shrink_to_fit();
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<X: Rewrite + Sync> CowPages<X> {
    /// Makes `former` the same items, not to be changed. It is of no use after an error or a panic.
    pub(crate) fn try_share(&mut self, former: &mut Self) -> Result<(), TryReserveError> {
        self.table.try_share(&mut former.table)?;
        put(&mut former.len, self.len);
        put(&mut former.capacity, self.capacity);
        Ok(())
    }
}

impl<X> Index<usize> for CowPages<X> {
    type Output = X;

    #[inline(always)]
    fn index(&self, index: usize) -> &X {
        let Some(item) = self.get(index) else { no_such_item() };
        item
    }
}

impl<X> IndexMut<usize> for CowPages<X> {
    #[inline(always)]
    fn index_mut(&mut self, index: usize) -> &mut X {
        if index >= self.len {
            no_such_item();
        }
        let (page, at) = Self::split(index);
        // SAFETY: the index is below the length, so the page has the item (P4), and it is owned (P3)
        // and borrowed exclusively.
        unsafe { &mut *Self::item(self.table.owned_view_unchecked(page), at) }
    }
}

#[cfg(test)]
mod tests {
    use super::{CowPages, PAGE_BYTES};
    use crate::pages::rewrite::{Rewrite, put_each};

    /// Two items are a page.
    type Large = [u64; PAGE_BYTES / 8 / 2];

    fn firsts(pages: &CowPages<Large>) -> impl Iterator<Item = u64> {
        pages.iter().map(|item| item[0])
    }

    impl Rewrite for Large {
        fn rewrite(&mut self, new: &Self) {
            put_each(self, new);
        }
    }

    fn share(pages: &mut CowPages<Large>) -> CowPages<Large> {
        let mut shared = CowPages::new();
        pages.try_share(&mut shared).unwrap();
        shared
    }

    fn of(len: u64) -> CowPages<Large> {
        let mut pages = CowPages::new();
        (0..len).for_each(|i| pages.push([i; _]));
        pages
    }

    #[test]
    fn items_stay_where_they_are() {
        let mut pages = of(1);
        assert_eq!(pages.capacity(), 1, "one item takes the memory of one");
        pages.push([1; _]);
        let first = core::ptr::from_ref(&pages[0]);
        (2..7).for_each(|i| pages.push([i; _]));
        assert_eq!(first, core::ptr::from_ref(&pages[0]));
        assert_eq!((pages.len(), pages.capacity()), (7, 8));
        assert!(firsts(&pages).eq(0..7) && pages.get(7).is_none());
        for (left, right) in [(0, 1), (1, 0), (2, 5)] {
            let [l, r] = pages.pair_mut(left, right);
            assert_eq!([l[0], r[0]], [left as u64, right as u64]);
        }
        pages.truncate(3);
        assert_eq!((pages.len(), pages.capacity()), (3, 8));
        pages.push([9; _]);
        assert!(firsts(&pages).eq([0, 1, 2, 9]));
        pages.shrink_to_fit();
        assert_eq!(pages.capacity(), 4);
        pages.truncate(1);
        pages.shrink_to_fit();
        assert_eq!((pages.len(), pages.capacity()), (1, 1));
        pages.truncate(0);
        pages.shrink_to_fit();
        assert_eq!((pages.capacity(), pages.get(0)), (0, None));
        assert!(CowPages::<u8>::new().try_reserve(usize::MAX).is_err());
    }

    /// It allocated page after page until there was no memory, which 32 bits reach.
    #[test]
    fn what_no_memory_holds_is_refused_at_once() {
        let mut pages = of(3);
        let capacity = pages.capacity();
        for additional in
            [usize::MAX, usize::MAX / PAGE_BYTES, isize::MAX.unsigned_abs() / size_of::<Large>()]
        {
            assert!(pages.try_reserve(additional).is_err());
            assert_eq!(pages.capacity(), capacity, "{additional}");
        }
    }

    /// Enough pages for several groups.
    #[test]
    fn what_is_shared_is_copied_before_it_is_changed() {
        let mut pages = of(150);
        let before = share(&mut pages);
        let address = |pages: &CowPages<Large>, at| core::ptr::from_ref(&pages[at]);
        assert_eq!(address(&pages, 5), address(&before, 5));
        pages.own(5).unwrap();
        pages[5] = [500; _];
        assert_ne!(address(&pages, 5), address(&before, 5));
        assert_eq!(address(&pages, 6), address(&before, 6));
        assert_eq!(firsts(&pages).nth(5), Some(500));
        assert!(firsts(&before).eq(0..150));

        let middle = share(&mut pages);
        pages.truncate(7);
        pages.shrink_to_fit();
        pages.push([7; _]);
        assert!(firsts(&pages).eq([0, 1, 2, 3, 4, 500, 6, 7]));
        assert_eq!(firsts(&middle).sum::<u64>(), 149 * 75 + 495);
        assert!(firsts(&before).eq(0..150));
        drop(before);
        drop(pages);
        assert_eq!(firsts(&middle).last(), Some(149));
    }

    /// What is shared in place of a former state is what is shared anew, whatever came between.
    #[test]
    fn a_former_state_becomes_the_state_as_it_is() {
        for (before, after) in [(0, 1), (1, 0), (3, 150), (150, 3), (33, 40), (32, 64), (150, 150)]
        {
            let mut pages = of(before);
            let former = share(&mut pages);
            let kept = share(&mut pages);
            pages.truncate(usize::try_from(after).unwrap());
            (before..after).for_each(|i| {
                pages.try_reserve(1).unwrap();
                pages.own(pages.len()).unwrap();
                pages.push([i; _]);
            });
            for i in (0..pages.len()).step_by(40) {
                pages.own(i).unwrap();
                pages[i] = [1000; _];
            }
            let mut again = former;
            pages.try_share(&mut again).unwrap();
            assert!(firsts(&again).eq(firsts(&pages)), "{before} to {after}");
            for i in 0..pages.len() {
                assert_eq!(core::ptr::from_ref(&pages[i]), core::ptr::from_ref(&again[i]));
            }
            assert!(firsts(&kept).eq(0..before));
            drop((pages, kept));
            let changed = firsts(&again).enumerate().filter(|(i, _)| i % 40 == 0);
            assert!(changed.map(|(_, item)| item).all(|item| item == 1000));
        }
    }

    #[test]
    fn a_page_that_is_shared_no_more_is_not_copied() {
        let mut pages = of(4);
        let address = core::ptr::from_ref(&pages[0]);
        drop(share(&mut pages));
        pages.own(0).unwrap();
        pages[0] = [1; _];
        assert_eq!(address, core::ptr::from_ref(&pages[0]));
    }

    /// A page is rewritten in the memory of the version before the last, which no state has any more.
    #[test]
    fn a_former_version_of_a_page_is_rewritten() {
        let mut pages = of(150);
        let mut states = [share(&mut pages), share(&mut pages)];
        let mut addresses = Vec::new();
        for round in 0..12_u32 {
            for at in [5, 6, 149, round as usize] {
                pages.own(at).unwrap();
                pages[at] = [u64::from(1000 + round); _];
                pages[at][1] = at as u64;
            }
            pages.try_share(&mut states[0]).unwrap();
            assert!(firsts(&states[0]).eq(firsts(&pages)));
            assert_eq!(states[0][5], pages[5]);
            assert_ne!(states[1][5], pages[5], "another state is left alone");
            addresses.push(core::ptr::from_ref(&pages[5]));
            states.swap(0, 1);
        }
        assert!(addresses[4..].iter().all(|address| addresses[..4].contains(address)));
        let len = pages.len();
        pages.truncate(3);
        pages.try_share(&mut states[0]).unwrap();
        for i in 3..len as u64 {
            pages.try_reserve(1).unwrap();
            pages.own(pages.len()).unwrap();
            pages.push([i; _]);
        }
        pages.try_share(&mut states[1]).unwrap();
        assert_eq!((states[0].len(), states[1].len()), (3, len));
        assert!(firsts(&states[1]).skip(3).eq(3..len as u64));
    }
}

//! Arrays in pages that never move: growing copies nothing, and asks for little memory at once.
//!
//! Every step of every query reads through here, so an index is compared once: with the length.
//! Nothing asks for more than 64 KiB at once, until the table of pages itself is larger. (P1)
//! The items below `len` lie in the pages at which [`split`](Pages::split) looks for them.

#![expect(
    unsafe_code,
    reason = "an index is compared with the length and not once more for each page"
)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

pub(crate) mod counted;
pub(crate) mod cow;
#[cfg(target_has_atomic = "ptr")]
pub(crate) mod rewrite;
pub(crate) mod sort;
pub(crate) mod table;

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

/// The most bytes of a page of an array. Half a page lies idle in the mean.
const PAGE_BYTES: usize = 32 << 10;

/// The greatest number, as a power of two, of items of so many bytes that fit into a page of `bytes`;
/// a larger item has a page of its own.
pub(crate) const fn page_bits(bytes: usize, item: usize) -> u32 {
    let item = if item == 0 { 1 } else { item };
    if item > bytes { 0 } else { (bytes / item).ilog2() }
}

/// What was to have memory, and returns no error.
pub(crate) trait OrPanic {
    type Output;

    /// # Panics
    ///
    /// Panics, without what formats the error: that is two kilobytes, and used nowhere else.
    fn or_panic(self) -> Self::Output;
}

impl<X> OrPanic for Result<X, TryReserveError> {
    type Output = X;

    #[inline]
    fn or_panic(self) -> X {
        match self {
            Ok(output) => output,
            Err(_) => out_of_memory(),
        }
    }
}

#[cold]
#[inline(never)]
fn out_of_memory() -> ! {
    panic!("memory is exhausted");
}

/// Out of line and without a place of its own in each function that finds items by their ids.
#[cold]
#[inline(never)]
pub(crate) fn no_such_item() -> ! {
    panic!("an index below the length");
}

/// Appends an item to a vector that memory was reserved in: less code than what would allocate.
///
/// # Panics
///
/// Panics if there is no memory for it.
#[inline]
pub(crate) fn push_reserved<X>(items: &mut Vec<X>, item: X) {
    let len = items.len();
    if len >= items.capacity() {
        out_of_memory();
    }
    // SAFETY: the place after the last item lies in the memory of the vector, and is initialised when the
    // length says so.
    unsafe {
        items.as_mut_ptr().add(len).write(item);
        items.set_len(len + 1);
    }
}

/// An array in pages of at most [`PAGE_BYTES`].
///
/// The first page grows by doubling, so that a short array takes little memory; the others are
/// allocated whole. Beside them there is a table of 24 bytes for each page.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "an array in pages is pages and a length")]
pub(crate) struct Pages<X> {
    /// All but the last in use are full, and those after it are reserved (P1).
    pages: Vec<Vec<X>>,
    len: usize,
    capacity: usize,
}

impl<X> Pages<X> {
    const BITS: u32 = page_bits(PAGE_BYTES, size_of::<X>());
    /// Items of a page.
    const PAGE: usize = 1 << Self::BITS;

    pub(crate) const fn new() -> Self {
        Self { pages: Vec::new(), len: 0, capacity: 0 }
    }

    /// The page of an item, and its position there.
    #[inline]
    const fn split(index: usize) -> (usize, usize) {
        (index >> Self::BITS, index & (Self::PAGE - 1))
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Number of items that there is memory for.
    #[inline]
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
        if self.pages.is_empty() {
            self.pages.try_reserve_exact(1)?;
            push_reserved(&mut self.pages, Vec::new());
        }
        let first = &mut self.pages[0];
        if wanted <= Self::PAGE {
            let capacity = wanted.max((2 * self.capacity).min(Self::PAGE));
            first.try_reserve_exact(capacity - first.len())?;
            self.capacity = capacity;
            return Ok(());
        }
        if self.capacity < Self::PAGE {
            first.try_reserve_exact(Self::PAGE - first.len())?;
            self.capacity = Self::PAGE;
        }
        let pages = wanted.div_ceil(Self::PAGE);
        self.pages.try_reserve(pages - self.pages.len())?;
        while self.pages.len() < pages {
            let mut page = Vec::new();
            page.try_reserve_exact(Self::PAGE)?;
            push_reserved(&mut self.pages, page);
            self.capacity += Self::PAGE;
        }
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
        push_reserved(&mut self.pages[page], item);
        self.len += 1;
    }

    /// Appends an item `times` times.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted and was not reserved.
    pub(crate) fn push_times(&mut self, item: X, times: usize)
    where
        X: Clone,
    {
        self.try_reserve(times).or_panic();
        let mut rest = times;
        while rest > 0 {
            let (page, at) = Self::split(self.len);
            let count = rest.min(Self::PAGE - at);
            self.pages[page].extend(core::iter::repeat_n(item.clone(), count));
            self.len += count;
            rest -= count;
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, index: usize) -> Option<&X> {
        let (page, at) = Self::split(index);
        // SAFETY: the index is below the length (P1).
        (index < self.len).then(|| unsafe { self.pages.get_unchecked(page).get_unchecked(at) })
    }

    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &X> {
        self.pages.iter().flatten()
    }

    /// Gives back what no item needs.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.pages.truncate(self.len.div_ceil(Self::PAGE));
        self.capacity = self.pages.len() * Self::PAGE;
        if let [only] = &mut self.pages[..] {
            only.shrink_to_fit();
            self.capacity = self.len;
        }
        self.pages.shrink_to_fit();
    }
}

impl<X: Clone> Clone for Pages<X> {
    fn clone(&self) -> Self {
        let mut clone = Self::new();
        clone.try_reserve(self.len).or_panic();
        for (to, from) in clone.pages.iter_mut().zip(&self.pages) {
            to.extend_from_slice(from);
        }
        clone.len = self.len;
        clone
    }
}

impl<X> Index<usize> for Pages<X> {
    type Output = X;

    #[inline(always)]
    fn index(&self, index: usize) -> &X {
        let Some(item) = self.get(index) else { no_such_item() };
        item
    }
}

impl<X> IndexMut<usize> for Pages<X> {
    #[inline(always)]
    fn index_mut(&mut self, index: usize) -> &mut X {
        if index >= self.len {
            no_such_item();
        }
        let (page, at) = Self::split(index);
        // SAFETY: the index is below the length (P1).
        unsafe { self.pages.get_unchecked_mut(page).get_unchecked_mut(at) }
    }
}

impl<X> Extend<X> for Pages<X> {
    fn extend<I: IntoIterator<Item = X>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{PAGE_BYTES, Pages, page_bits};

    /// Two items are a page.
    type Large = [u64; PAGE_BYTES / 8 / 2];

    #[test]
    fn a_page_holds_a_power_of_two_of_items() {
        let bits = |item| page_bits(65_536, item);
        assert_eq!([1, 8, 100, 65_536, 65_537].map(bits), [16, 13, 9, 0, 0]);
    }

    #[test]
    fn items_stay_where_they_are() {
        let mut pages = Pages::<Large>::new();
        assert_eq!((pages.len(), pages.capacity()), (0, 0));
        pages.push([0; _]);
        assert_eq!(pages.capacity(), 1, "one item takes the memory of one");
        pages.push([1; _]);
        let first = core::ptr::from_ref(&pages[0]);
        (2..7).for_each(|i| pages.push([i; _]));
        assert_eq!(first, core::ptr::from_ref(&pages[0]));
        assert_eq!((pages.len(), pages.capacity()), (7, 8));
        assert!(pages.iter().map(|item| item[0]).eq(0..7));
        assert!((0..7).all(|i| pages[i][0] == i as u64) && pages.get(7).is_none());
    }

    #[test]
    fn memory_is_reserved_and_given_back() {
        let mut pages = Pages::<Large>::new();
        pages.try_reserve(5).unwrap();
        assert_eq!(pages.capacity(), 6);
        (0..3).for_each(|i| pages.push([i; _]));
        assert!(pages.iter().map(|item| item[0]).eq(0..3));
        pages.shrink_to_fit();
        assert_eq!((pages.len(), pages.capacity()), (3, 4));
        let mut one = Pages::<Large>::new();
        one.try_reserve(2).unwrap();
        one.push([9; _]);
        one.shrink_to_fit();
        assert_eq!((one.len(), one.capacity()), (1, 1));
        let mut none = Pages::<Large>::new();
        none.try_reserve(2).unwrap();
        none.shrink_to_fit();
        assert_eq!((none.capacity(), none.get(0)), (0, None));
        let most = Pages::<u8>::new().try_reserve(usize::MAX);
        assert!(most.is_err());
        assert_eq!(none.iter().collect::<Vec<_>>().len(), 0);
    }
}

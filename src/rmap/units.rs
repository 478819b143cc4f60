//! The quantities of the model, one type each, so that bytes and pages cannot be mixed.

use core::fmt;
use core::ops::{Add, Sub};

use crate::Interval;

/// Log2 of the page size (bytes): pages are 4,096 bytes, as on x86-64.
pub const PAGE_SHIFT: u32 = 12;

/// A virtual address (bytes).
///
/// The model's address space is `0..Vaddr::TOP`; a range may end at [`Vaddr::TOP`] but not pass it.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::{Pages, Vaddr};
///
/// let at = Vaddr::of_page(100);
/// assert_eq!(at, Vaddr(409_600));
/// assert_eq!((at + Pages(2)).page_number(), 102);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Vaddr(pub u64);

impl Vaddr {
    /// End of the address space (bytes, exclusive): 47 bits, what x86-64 gives to user space.
    pub const TOP: Self = Self(1 << 47);

    /// Address of the first byte of page number `page`.
    ///
    /// # Panics
    ///
    /// If `page` lies past what 64 bits of address can name, that is `page >= 2^52`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::Vaddr;
    ///
    /// assert_eq!(Vaddr::of_page(2), Vaddr(8_192));
    /// ```
    pub const fn of_page(page: u64) -> Self {
        assert!(page >> (u64::BITS - PAGE_SHIFT) == 0, "page number above 2^52");
        Self(page << PAGE_SHIFT)
    }

    /// Number of the page that holds this address.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::Vaddr;
    ///
    /// assert_eq!(Vaddr(8_191).page_number(), 1);
    /// ```
    pub const fn page_number(self) -> u64 {
        self.0 >> PAGE_SHIFT
    }

    /// Returns `true` if the address is the first byte of a page.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::Vaddr;
    ///
    /// assert!(Vaddr(8_192).is_aligned());
    /// assert!(!Vaddr(8_191).is_aligned());
    /// ```
    pub const fn is_aligned(self) -> bool {
        self.0 & ((1 << PAGE_SHIFT) - 1) == 0
    }

    /// The page offset this address would have in a mapping that was never moved: the address
    /// counted in pages. What the third version of the patch took for the index.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Pgoff, Vaddr};
    ///
    /// assert_eq!(Vaddr::of_page(100).as_pgoff(), Pgoff(100));
    /// ```
    pub const fn as_pgoff(self) -> Pgoff {
        Pgoff(self.page_number())
    }
}

impl Add<Pages> for Vaddr {
    type Output = Self;
    fn add(self, pages: Pages) -> Self {
        Self(self.0 + (pages.0 << PAGE_SHIFT))
    }
}

impl Sub for Vaddr {
    type Output = Pages;
    fn sub(self, low: Self) -> Pages {
        Pages((self.0 - low.0) >> PAGE_SHIFT)
    }
}

impl fmt::Debug for Vaddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for Vaddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A length (pages).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Pages(pub u64);

/// A page offset (pages): the coordinate of every `anon_vma` tree.
///
/// A page's linear page index is its distance from the start of its mapping plus the mapping's own
/// offset. `mremap` changes the address of a page and leaves this number alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Pgoff(pub u64);

impl Pgoff {
    /// Smallest offset.
    pub const MIN: Self = Self(0);
    /// Greatest offset.
    pub const MAX: Self = Self(u64::MAX);

    /// End of what a file can have (pages, exclusive): its bytes are counted in 64 bits.
    pub(crate) const END: Self = Self(1 << (u64::BITS - PAGE_SHIFT));

    /// The closed interval of all offsets, the kernel's `0, ULONG_MAX`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::Pgoff;
    ///
    /// assert!(Pgoff::everything().contains(&Pgoff(u64::MAX)));
    /// ```
    pub fn everything() -> Interval<Self> {
        Interval::new(Self::MIN, Self::MAX)
    }
}

impl Add<Pages> for Pgoff {
    type Output = Self;
    fn add(self, pages: Pages) -> Self {
        Self(self.0 + pages.0)
    }
}

impl fmt::Display for Pgoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A physical page frame number (frames). All frames are of order 0; there are no large folios.
///
/// A number is used again once its frame is free, as in the kernel: a `Pfn` names a place, not a
/// content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pfn(pub u64);

impl fmt::Display for Pfn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a page holds: a number that stands for 4,096 bytes.
///
/// Equal numbers are equal pages, and the order of the numbers is the order of the content trees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Content(pub u64);

impl Content {
    /// The page of zero bytes.
    pub const ZERO: Self = Self(0);

    /// The checksum by which a scan knows a page that changed since the last one.
    ///
    /// A hash of 32 bits, as the kernel's: different contents may share it, equal ones always do.
    pub(crate) const fn checksum(self) -> u32 {
        let bytes = self.mixed().to_le_bytes();
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// Multiplied and folded (splitmix64): every input bit reaches every output bit, and zeros do not
    /// become the zero that a new item begins with.
    pub(crate) const fn mixed(self) -> u64 {
        let x = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

/// Declares a public generational id over a slab's slot.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Eight bytes: a slot and a generation. An id that outlives what it named is never taken
        /// for another.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) crate::rmap::slab::RawId);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// Name of a process's address space (`mm_struct`).
    MmId
}
id! {
    /// Name of one mapping (`vm_area_struct`).
    VmaId
}
id! {
    /// Name of one `anon_vma`, the family of mappings that may share anonymous pages. Where a machine
    /// keeps contexts instead, what a page or an item names is one of those.
    AnonVmaId
}
id! {
    /// Name of one context, to which the anonymous pages of a process and of its descendants belong.
    ContextId
}
id! {
    /// Name of one file.
    FileId
}
id! {
    /// Name of one `rmap_item`, the scanner's record of a page of a process.
    ItemId
}

#[cfg(test)]
mod tests {
    use super::Content;

    /// The first number of splitmix64 from two seeds that are known everywhere.
    #[test]
    fn a_content_is_mixed_by_splitmix64() {
        let mixed = [0, 1_234_567].map(|seed| Content(seed).mixed());
        assert_eq!(mixed, [0xe220_a839_7b1d_cdaf, 6_457_827_717_110_365_317]);
    }
}

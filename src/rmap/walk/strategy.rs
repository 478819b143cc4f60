//! Where a walk searches.

use crate::Interval;
use crate::rmap::kernel::KernelVersion;
use crate::rmap::model::vma::VmaView;
use crate::rmap::units::{Pgoff, Vaddr};
use crate::rmap::walk::stats::{Pass, WalkStats};

/// What a strategy knows of the item from which is searched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StableItem {
    pub(crate) address: Vaddr,
    pub(crate) pgoff: Pgoff,
    pub(crate) vma_pgoff: Pgoff,
    pub(crate) file_pgoff: Pgoff,
}

impl StableItem {
    /// Address of the page when it was merged, and still the item's (bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Pgoff, StableItem, Strategy};
    /// # use stabtree::Interval;
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// struct Own;
    ///
    /// impl Strategy for Own {
    ///     fn window(&self, item: &StableItem) -> Interval<Pgoff> {
    ///         Interval::point(item.address().as_pgoff()) // right as long as nothing moves
    ///     }
    /// }
    ///
    /// assert!(machine.audit(machine.pfn_at(p, at)?, &Own)?.is_complete());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn address(&self) -> Vaddr {
        self.address
    }

    /// Linear index of the anonymous page in its mapping when it was merged (pages).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Pgoff, StableItem, Strategy};
    /// # use stabtree::Interval;
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// struct Own;
    ///
    /// impl Strategy for Own {
    ///     fn window(&self, item: &StableItem) -> Interval<Pgoff> {
    ///         Interval::point(item.pgoff())
    ///     }
    /// }
    ///
    /// assert!(machine.audit(machine.pfn_at(p, at)?, &Own)?.is_complete());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn pgoff(&self) -> Pgoff {
        self.pgoff
    }

    /// Offset of that mapping's first page when the page was merged (pages). A kernel that stores
    /// it has no space for the index beside it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Pgoff, StableItem, Strategy};
    /// # use stabtree::Interval;
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// struct Own;
    ///
    /// impl Strategy for Own {
    ///     fn window(&self, item: &StableItem) -> Interval<Pgoff> {
    ///         Interval::new(item.vma_pgoff(), item.pgoff())
    ///     }
    /// }
    ///
    /// assert!(machine.audit(machine.pfn_at(p, at)?, &Own)?.is_complete());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn vma_pgoff(&self) -> Pgoff {
        self.vma_pgoff
    }

    /// Linear index of the page by the file's offset of that mapping, when the page was merged (pages).
    /// It is [`pgoff`](Self::pgoff) but where the kernel keeps an anonymous page offset beside it and
    /// the mapping is a private one of a file.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Pgoff, StableItem, Strategy};
    /// # use stabtree::Interval;
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// struct Own;
    ///
    /// impl Strategy for Own {
    ///     fn window(&self, item: &StableItem) -> Interval<Pgoff> {
    ///         Interval::point(item.file_pgoff()) // of anonymous memory the same
    ///     }
    /// }
    ///
    /// assert!(machine.audit(machine.pfn_at(p, at)?, &Own)?.is_complete());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn file_pgoff(&self) -> Pgoff {
        self.file_pgoff
    }
}

/// How far a walk has come, when a strategy is asked whether to search again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// What was done so far.
    pub stats: WalkStats,
    /// Entries that mapped the frame when the walk began (entries).
    pub mapcount: u32,
}

/// Which part of a family's tree a walk searches.
///
/// # Examples
///
/// A strategy of one's own: the stored index, and a page to either side.
///
/// ```
/// use stabtree::Interval;
/// use stabtree::rmap::{Pgoff, StableItem, Strategy};
///
/// struct Wide;
///
/// impl Strategy for Wide {
///     fn window(&self, item: &StableItem) -> Interval<Pgoff> {
///         let at = item.pgoff().0;
///         Interval::new(Pgoff(at.saturating_sub(1)), Pgoff(at.saturating_add(1)))
///     }
/// }
/// ```
pub trait Strategy {
    /// The offsets to search, closed (pages).
    fn window(&self, item: &StableItem) -> Interval<Pgoff>;

    /// Where the page lies in a mapping that was found; `None` skips the mapping. Unless a strategy
    /// says otherwise, at the item's address if the mapping holds it.
    #[inline]
    fn address(&self, item: &StableItem, vma: &VmaView<'_>) -> Option<Vaddr> {
        vma.contains(item.address).then_some(item.address)
    }

    /// The passes over the page's items: unless a strategy says otherwise one for the processes of the
    /// items and one for the others. [`Pass::All`] includes the node's residual items.
    fn passes(&self) -> &'static [Pass] {
        &[Pass::Own, Pass::Forks]
    }

    /// Whether a search begins at what the item's process has now rather than at what the item recorded
    /// when it became stable. It matters only where contexts are kept
    /// ([`ReverseMapKind::CowContext`](crate::rmap::ReverseMapKind::CowContext)).
    fn starts_at_process(&self) -> bool {
        false
    }

    /// The strategy by which to walk once more after a walk that was not stopped; unless a strategy
    /// says otherwise, none. That strategy is asked after its walk in turn: one that always names
    /// another walks for ever.
    fn wider(&self, progress: &Progress) -> Option<&dyn Strategy> {
        let _ = progress;
        None
    }

    /// Name to print.
    fn name(&self) -> &'static str {
        let name = core::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name)
    }
}

/// The whole tree: what the kernel did since 2012, and the reference for all others.
///
/// Visits every mapping of the family, so that one item of a family of *n* mappings costs *n*
/// visits in each pass.
///
/// # Kernel counterpart
///
/// `mm/ksm.c`, `rmap_walk_ksm`, since the interval tree replaced the
/// linked list of the same `anon_vma` (Lespinasse, 2012).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FullRange;

impl Strategy for FullRange {
    #[inline]
    fn window(&self, _item: &StableItem) -> Interval<Pgoff> {
        Pgoff::everything()
    }
}

/// *Unsound after `mremap`.* The item's address counted in pages, as if no mapping had ever moved.
///
/// One visit where nothing moved. For a page that was moved and merged again it searches a place
/// where the mapping is not, finds nothing or another mapping, and misses the page's entry: the
/// frame stays mapped there, and can be neither reclaimed nor migrated.
///
/// # Origin
///
/// "ksm: Optimize `rmap_walk_ksm` by passing a suitable address range", versions 1 to 3 (xu xin,
/// 2026); withdrawn after Hugh Dickins's test.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AddressPgoff;

impl Strategy for AddressPgoff {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.address.as_pgoff())
    }
}

/// The linear index of the page at the moment of its merge, stored in the item: what was merged
/// upstream.
///
/// One visit, and one more for each fork that has not been scanned. Misses an entry that reached
/// its address as a swap entry, moved there by `mremap` onto a place whose own item is still of
/// this node: the scanner leaves that item, and its index, as they are. Misses also what the full
/// range finds only because another item has the entry's address, such as the page of a child that
/// is not mergeable and moved it there.
///
/// # Origin
///
/// The same series, versions 5 to 9 (xu xin, after David Hildenbrand), in Linux 7.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StoredPgoff;

impl Strategy for StoredPgoff {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.pgoff)
    }
}

/// *Unsound for private mappings of files* where the kernel keeps an anonymous page offset
/// ([`KernelChanges::anon_pgoff`](crate::rmap::KernelChanges::anon_pgoff)). The linear index of the
/// page at the moment of its merge by the file's offset, stored in the item.
///
/// What [`StoredPgoff`] was before the trees of families went by another offset than the file's: for
/// a written page of a private file mapping it searches where the page is not. On kernels that have
/// one offset, and for anonymous memory, it is [`StoredPgoff`].
///
/// # Kernel counterpart
///
/// `include/linux/pagemap.h`, `linear_page_index`, where `mm/ksm.c` of Linux 7.3 stores
/// `linear_anon_page_index`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StoredFilePgoff;

impl Strategy for StoredFilePgoff {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.file_pgoff)
    }
}

/// The item's address as an index, and everything if that found too few entries.
///
/// One visit where nothing moved. A frame with one moved page costs a narrow walk and then a full
/// one, of all items.
///
/// *Its hole:* the number of entries to reach must be known and be exact. In the kernel it is not:
/// no per-mapping function reports what it found, the frame's own count is zero while migration puts
/// entries back, and an entry that no item leads to makes it fall short in every walk, for ever. The
/// model remembers the count from before the walk. A walk that only looks may count an entry twice,
/// found once for each of two items, and then stops short of one that it has not seen.
///
/// # Origin
///
/// Hugh Dickins's suggestion in the thread of version 3 (2026).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CountThenFull;

impl Strategy for CountThenFull {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        AddressPgoff.window(item)
    }

    fn wider(&self, progress: &Progress) -> Option<&dyn Strategy> {
        (progress.stats.mapped < u64::from(progress.mapcount)).then_some(&FullRange)
    }
}

/// The item's address as an index, and then everything, unless the walk was stopped.
///
/// Misses what the full range misses and no more. It helps only a user of the walk that stops when
/// it has enough; one that never stops pays for both, and sees most mappings twice.
///
/// # Origin
///
/// Lorenzo Stoakes, in the same thread, who judged it "probably not useful".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NarrowThenWide;

impl Strategy for NarrowThenWide {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        AddressPgoff.window(item)
    }

    fn wider(&self, _progress: &Progress) -> Option<&dyn Strategy> {
        Some(&FullRange)
    }
}

/// A bit in the item: its mapping had been moved when the page was merged. Without the bit the
/// address is the index; with it everything is searched.
///
/// One visit for what was never moved, the whole family for what was. Its hole is that of
/// [`StoredPgoff`]: the bit, like the index, is of the moment of the merge.
///
/// # Origin
///
/// Lorenzo Stoakes and David Hildenbrand, in the same thread. The bit is free in the low bits of
/// the item's address; here it is read off the index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RemapBit;

impl Strategy for RemapBit {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        let moved = item.pgoff != item.address.as_pgoff();
        if moved { Pgoff::everything() } else { Interval::point(item.pgoff) }
    }
}

/// *Unsound after a split.* The offset of the mapping's first page, stored in the item.
///
/// One visit. From it the page's own index cannot be had: the mapping's start at the time of the
/// merge is not known. Once the mapping has been split between its first page and this one, or its
/// first page unmapped, the search finds the lower part or nothing.
///
/// # Origin
///
/// Version 4 of the series (xu xin, May 2026), after words of Lorenzo Stoakes's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VmaPgoff;

impl Strategy for VmaPgoff {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.vma_pgoff)
    }
}

/// The stored index, and in each mapping found the address at which *it* holds that index, instead
/// of the item's own address.
///
/// As many visits as [`StoredPgoff`], and none is skipped for its address. Finds what that finds but
/// by accident (at an item's address, where the mapping holds another index), and pages that moved
/// without an item: the index moves with them. Still misses a page whose item has gone, and one in
/// another family. Two items of one family and index lead to the same entries twice.
///
/// # Kernel counterpart
///
/// The walk of ordinary pages, `mm/rmap.c`, `rmap_walk_anon`, applied to merged ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IndexAndComputedAddress;

impl Strategy for IndexAndComputedAddress {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.pgoff)
    }

    #[inline]
    fn address(&self, item: &StableItem, vma: &VmaView<'_>) -> Option<Vaddr> {
        vma.address_of(item.pgoff)
    }
}

/// The places of the page: the stored index of each item and of each residual item, and in each mapping
/// found the address at which it holds that index. Misses nothing if the scanner keeps residual items
/// ([`KsmSettings::complete`](crate::rmap::KsmSettings::complete)).
///
/// One pass and no test of the process, as in the walk of ordinary pages: half the visits of
/// [`StoredPgoff`] where there are no residual items. There is a residual item only while an entry has no item
/// that leads to it, and up to one scan longer. Where the scanner keeps none it finds what
/// [`IndexAndComputedAddress`] finds.
///
/// # Kernel counterpart
///
/// The walk of ordinary pages, `mm/rmap.c`, `rmap_walk_anon`, applied to each place of a merged one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CompleteIndex;

impl Strategy for CompleteIndex {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.pgoff)
    }

    #[inline]
    fn address(&self, item: &StableItem, vma: &VmaView<'_>) -> Option<Vaddr> {
        vma.address_of(item.pgoff)
    }

    fn passes(&self) -> &'static [Pass] {
        &[Pass::All]
    }
}

/// The stored index, and in each mapping found the address at which it holds that index, searched from
/// the context that the item's process has now: an item needs to record no context, and holds none.
///
/// *Its hole:* an exited process has no context. The pages that its descendants share with it are
/// missed until the scanner has made items for them, and for ever in memory that is not mergeable.
/// Otherwise it finds what [`IndexAndComputedAddress`] finds. Where families are kept instead of
/// contexts an item always records one, and both are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProcessContext;

impl Strategy for ProcessContext {
    #[inline]
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        Interval::point(item.pgoff)
    }

    #[inline]
    fn address(&self, item: &StableItem, vma: &VmaView<'_>) -> Option<Vaddr> {
        vma.address_of(item.pgoff)
    }

    fn passes(&self) -> &'static [Pass] {
        &[Pass::All]
    }

    fn starts_at_process(&self) -> bool {
        true
    }
}

impl KernelVersion {
    /// Where this kernel's own walk of a merged page searches.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Strategy};
    ///
    /// assert_eq!(KernelVersion::V7_2.strategy().name(), "FullRange");
    /// assert_eq!(KernelVersion::V7_3.strategy().name(), "StoredPgoff");
    /// ```
    pub fn strategy(self) -> &'static dyn Strategy {
        match self {
            Self::V6_12 | Self::V7_2 => &FullRange,
            Self::V7_3 => &StoredPgoff,
        }
    }
}

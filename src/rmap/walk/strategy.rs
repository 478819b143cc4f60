//! Where a walk searches.

use super::WalkStats;
use crate::Interval;
use crate::rmap::machine::VmaView;
use crate::rmap::units::{Pgoff, Vaddr};

/// What a strategy knows of the item from which is searched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StableItem {
    pub(crate) address: Vaddr,
    pub(crate) pgoff: Pgoff,
}

impl StableItem {
    /// Address of the page when it was merged, and still the item's (bytes).
    pub fn address(&self) -> Vaddr {
        self.address
    }

    /// Linear index of the page in its mapping when it was merged (pages).
    pub fn pgoff(&self) -> Pgoff {
        self.pgoff
    }
}

/// How far a walk has come, when a strategy is asked whether to search again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

    /// The strategy by which to walk once more after a walk that was not stopped; unless a strategy
    /// says otherwise, none.
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
/// # Source
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
/// # Source
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
/// this node: the scanner leaves that item, and its index, as they are.
///
/// # Source
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

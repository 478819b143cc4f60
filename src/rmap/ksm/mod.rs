//! The scanner that merges equal pages, and what it remembers: items, stable nodes, content trees.
//!
//! Knows no strategy and no walk. Memory never tells it anything: a write, an unmap or a move leaves
//! its items as they are, and they are stale until the scanner comes by.
//!
//! 1. A process's items form one list, ascending by address, each address once.
//! 2. An item is stable iff exactly one node lists it, and then it holds a reference on the
//!    `anon_vma` that it names.
//! 3. The unstable tree holds unstable items of the current round only; older ones are left over
//!    from a round that has ended and are in no tree.
//! 4. `shared` is the number of nodes with items, `sharing` the number of items beyond the first of
//!    each, `unshared` the number of unstable items.
//! 5. A node's frame names the node back, or the node is stale and goes at the next look.

mod content_map;
mod content_tree;
mod item;
mod merge;
mod residual_item;
mod scan;
mod stable;
mod unstable;

pub use item::{AnonVmaRef, ItemState, NodeRef, RmapItem, Schedule};
pub use scan::ScanReport;

pub(crate) use residual_item::ResidualItem;
pub(crate) use scan::{Cursor, MmSlot};
pub(crate) use stable::{Place, StableNode, StableTree};
pub(crate) use unstable::UnstableTree;

use std::collections::BTreeMap;

use super::kernel::KernelVersion;
use super::mm::Mm;
use super::slab::{Ix, Slab};
use super::units::{PAGE_SHIFT, Pgoff};

/// What the kernel shows under `/sys/kernel/mm/ksm`. The counters describe items, not page-table
/// entries: stale items keep them high.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Stable nodes that have items (nodes).
    pub pages_shared: u64,
    /// Items beyond the first of each node (items).
    pub pages_sharing: u64,
    /// Items in state unstable (items).
    pub pages_unshared: u64,
    /// Items in none of these states (items).
    pub pages_volatile: u64,
    /// Visits that smart scan skipped.
    pub pages_skipped: u64,
    /// Pages processed, skips excluded.
    pub pages_scanned: u64,
    /// Scans that reached the end of the list of processes.
    pub full_scans: u64,
    /// Places of the stable tree that hold more than one node (places).
    pub stable_node_chains: u64,
    /// Nodes in such places (nodes).
    pub stable_node_dups: u64,
    /// Page-table entries that the scanner turned to the shared page of zeros, and their copies
    /// made by forks (entries).
    pub zero_pages: u64,
}

impl Counters {
    /// What merging saves (bytes): a page for each item beyond the first of a node and for each
    /// zero page, less 64 bytes, the kernel's, for each item.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/ksm.c`, `general_profit_show`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.write(p, at + Pages(1), Content(7))?;
    /// machine.ksm_scan();
    /// assert_eq!(machine.counters().general_profit(), -2 * 64);
    /// machine.ksm_scan();
    /// assert_eq!(machine.counters().general_profit(), 4096 - 2 * 64);
    /// # Ok(())
    /// # }
    /// ```
    pub fn general_profit(&self) -> i64 {
        const PAGE: u64 = 1 << PAGE_SHIFT;
        const ITEM: u64 = 64;
        let items =
            self.pages_shared + self.pages_sharing + self.pages_unshared + self.pages_volatile;
        let saved = (self.pages_sharing + self.zero_pages) * PAGE;
        saved.cast_signed() - (items * ITEM).cast_signed()
    }
}

/// Knobs of the scanner, under the kernel's names where it has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a file of its own in the kernel, 0 or 1"
)]
#[non_exhaustive]
pub struct KsmSettings {
    /// Most items on one stable node, forks excepted; at least 2. The kernel's default is 256.
    pub max_page_sharing: u32,
    /// Look less often at pages that never merged. On by default.
    pub smart_scan: bool,
    /// Drop dead nodes of a chain at each look-up; otherwise only as they are met.
    pub prune_chains: bool,
    /// Give pages of zeros back and map the shared page of zeros in their place. Off by default.
    pub use_zero_pages: bool,
    /// What the scanner learns anew about a merged page that it finds where its item says it is.
    pub refresh: Refresh,
    /// Whether an item loses its checksum and schedule when it becomes stable, because the page
    /// offset lies in their place: on in the kernel that stores the index, and the default. Off is
    /// the kernel before, which keeps them beside.
    pub index_in_union: bool,
    /// Never let a merged page be mapped where no index and family of its node lead: keep those that
    /// an item gives up as *residual items* for as long as an entry needs them, keep those of a page that
    /// becomes a merged one while others map it, and copy at swap-in where none leads. With it
    /// [`CompleteIndex`](crate::rmap::CompleteIndex) misses nothing, whatever else is set; with
    /// [`Refresh::IndexAndFamily`] there are few residual items. Off by default, as in every kernel; to be
    /// set before anything is merged.
    pub keep_residual_items: bool,
}

/// What the scanner refreshes in a stable item whose page is still the node's (`ksmd`'s early exit).
///
/// The page need not be there for the reason for which it was merged: as a swap entry it may have
/// been moved there from elsewhere, and then index and family are those of a mapping that has gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[non_exhaustive]
pub enum Refresh {
    /// Nothing: every kernel so far.
    #[default]
    Nothing,
    /// The index. Heals what [`StoredPgoff`](crate::rmap::StoredPgoff) misses and the full range
    /// finds.
    Index,
    /// The index and the family. Heals also what even the full range misses, because the mapping
    /// is in another family.
    IndexAndFamily,
}

impl Default for KsmSettings {
    fn default() -> Self {
        Self {
            max_page_sharing: 256,
            smart_scan: true,
            prune_chains: true,
            use_zero_pages: false,
            refresh: Refresh::Nothing,
            index_in_union: true,
            keep_residual_items: false,
        }
    }
}

/// Declares the consuming setter of each field.
macro_rules! setters {
    ($($with:ident, $field:ident: $type:ty;)*) => {
        $(
            #[doc = concat!("These settings with [`", stringify!($field), "`](Self::", stringify!($field), ") set to `value`.")]
            #[must_use]
            pub const fn $with(mut self, value: $type) -> Self {
                self.$field = value;
                self
            }
        )*
    };
}

impl KsmSettings {
    setters! {
        with_max_page_sharing, max_page_sharing: u32;
        with_smart_scan, smart_scan: bool;
        with_prune_chains, prune_chains: bool;
        with_use_zero_pages, use_zero_pages: bool;
        with_refresh, refresh: Refresh;
        with_index_in_union, index_in_union: bool;
        with_keep_residual_items, keep_residual_items: bool;
    }

    /// The default settings as a kernel has them: the index lies in the union where it is stored.
    pub fn of(kernel: KernelVersion) -> Self {
        Self::default().with_index_in_union(kernel >= KernelVersion::V7_3)
    }

    /// The default settings, and a scanner that does all that
    /// [`CompleteIndex`](crate::rmap::CompleteIndex) needs.
    pub fn complete() -> Self {
        Self { refresh: Refresh::IndexAndFamily, keep_residual_items: true, ..Self::default() }
    }
}

/// Everything the scanner owns.
#[derive(Clone, Debug)]
pub(crate) struct Ksm {
    pub(crate) items: Slab<RmapItem>,
    pub(crate) nodes: Slab<StableNode>,
    /// Of nodes that have some.
    pub(crate) residual_items: BTreeMap<Ix<StableNode>, Vec<ResidualItem>>,
    /// Offset of the mapping in which each item was merged last, by the item's slot. No part of the
    /// item: only the strategy that would store it instead of the index asks.
    pub(crate) vma_pgoffs: Vec<Pgoff>,
    pub(crate) stable: StableTree,
    pub(crate) unstable: UnstableTree,
    /// Processes in scan order.
    pub(crate) order: Vec<Ix<Mm>>,
    pub(crate) cursor: Cursor,
    /// Number of full scans; its low byte marks unstable items (`seqnr`).
    pub(crate) round: u64,
    pub(crate) shared: u64,
    pub(crate) sharing: u64,
    pub(crate) unshared: u64,
    pub(crate) skipped: u64,
    pub(crate) scanned: u64,
    pub(crate) settings: KsmSettings,
}

impl Ksm {
    pub(crate) fn new() -> Self {
        Self {
            items: Slab::new(),
            nodes: Slab::new(),
            residual_items: BTreeMap::new(),
            vma_pgoffs: Vec::new(),
            stable: StableTree::default(),
            unstable: UnstableTree::default(),
            order: Vec::new(),
            cursor: Cursor::default(),
            round: 0,
            shared: 0,
            sharing: 0,
            unshared: 0,
            skipped: 0,
            scanned: 0,
            settings: KsmSettings::default(),
        }
    }

    pub(crate) fn counters(&self, zero_pages: u64) -> Counters {
        let items = self.items.len() as u64;
        let (chains, dups) = self.stable.chains();
        Counters {
            pages_shared: self.shared,
            pages_sharing: self.sharing,
            pages_unshared: self.unshared,
            // All counts are of disjoint sets of items.
            pages_volatile: items - self.shared - self.sharing - self.unshared,
            pages_skipped: self.skipped,
            pages_scanned: self.scanned,
            full_scans: self.round,
            stable_node_chains: chains,
            stable_node_dups: dups,
            zero_pages,
        }
    }
}

//! Which invariant of a machine does not hold, and where.

use core::fmt;

use crate::rmap::units::{AnonVmaId, ContextId, FileId, ItemId, MmId, Pfn, Vaddr, VmaId};
use crate::{btree, rb};

/// An invariant that does not hold: a fault of the model, never of its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[doc(hidden)]
#[allow(missing_docs, reason = "each variant is its invariant; hidden from the documentation")]
pub enum MachineViolation {
    /// `mm` 1, 2; `vma` 1.
    Mappings { mm: MmId, at: Vaddr },
    /// `mm` 3.
    EntryOutsideMapping { mm: MmId, at: Vaddr },
    /// `vma` 3; `anon_vma` 1.
    Links { vma: VmaId },
    /// `anon_vma` 1: an entry of the tree is not a link of a living mapping, or out of place.
    StrayEntry { anon_vma: AnonVmaId },
    /// The interval tree's own invariants.
    Tree { anon_vma: AnonVmaId, violation: rb::Violation },
    /// The same, of a tree in wide nodes.
    BTree { anon_vma: AnonVmaId, violation: btree::Violation },
    /// `file` 2: a mapping is not where it should be in its file's tree.
    File { vma: VmaId },
    /// The interval tree's own invariants.
    FileTree { file: FileId, violation: rb::Violation },
    /// `file` 1, 2: a page in memory that is not the file's, or an entry of no mapping.
    Cache { file: FileId },
    /// `family` 1.
    Family { anon_vma: AnonVmaId },
    /// `context` 1, 2; `cow_context` 1.
    Context { context: ContextId },
    /// `cow_context` 1: processes and contexts are not as many.
    Contexts { living: usize, contexts: usize },
    /// `cow_context` 2.
    Remaps { context: ContextId },
    /// The index's own invariants.
    RemapTable { context: ContextId, violation: btree::Violation },
    /// Mappings that may become one are not counted.
    Groups,
    /// `anon_vma` 2.
    Active { anon_vma: AnonVmaId },
    /// `anon_vma` 3.
    Children { anon_vma: AnonVmaId },
    /// `anon_vma` 4.
    Refcount { anon_vma: AnonVmaId },
    /// `page` 1.
    Mapcount { pfn: Pfn },
    /// `page` 2.
    UnownedFrame { pfn: Pfn },
    /// An ordinary page lies at its index, in a mapping of its family.
    Index { mm: MmId, at: Vaddr },
    /// `swap` 1, 2, 3.
    SwapSlot,
    /// `ksm` 1.
    ItemList { mm: MmId },
    /// An item that no list leads to.
    LostItem { item: ItemId },
    /// `ksm` 2.
    StableItem { item: ItemId },
    /// `ksm` 3.
    UnstableItem { item: ItemId },
    /// `ksm` 4.
    Counters,
    /// `ksm` 5: a merged frame whose node does not name it.
    Node { pfn: Pfn },
    /// A node that has gone is said to have residual items, or one to have none.
    ResidualItems,
    /// `stable` 1, 3.
    StableTree,
    /// `scan` 1: the order of processes.
    ScanOrder,
}

impl fmt::Display for MachineViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an invariant of the machine does not hold: {self:?}")
    }
}

impl core::error::Error for MachineViolation {}

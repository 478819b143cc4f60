//! One address space: its mappings by address and its page table.
//!
//! 1. `by_start` holds each mapping once, under its start; `prev`/`next` of the mappings agree.
//! 2. Mappings do not overlap.
//! 3. Every used page-table entry lies in a mapping.

use std::collections::BTreeMap;

use crate::rmap::model::ix::{ItemIx, VmaIx};
use crate::rmap::model::page::PageTable;
use crate::rmap::units::Vaddr;

/// One address space (`mm_struct`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Mm {
    pub(crate) by_start: BTreeMap<Vaddr, VmaIx>,
    pub(crate) table: PageTable,
    /// The process has exited; the record stays until the scanner has let go of it.
    pub(crate) exited: bool,
    /// What the scanner keeps of this address space.
    pub(crate) slot: Option<MmSlot>,
}

impl Mm {
    /// The mapping with the lowest address.
    pub(crate) fn first(&self) -> Option<VmaIx> {
        self.by_start.first_key_value().map(|(_, &at)| at)
    }

    /// The last mapping that starts at or below `at`; it need not reach `at`.
    pub(crate) fn at_or_below(&self, at: Vaddr) -> Option<VmaIx> {
        self.by_start.range(..=at).next_back().map(|(_, &vma)| vma)
    }
}

/// What the scanner keeps of a process: its items (`ksm_mm_slot`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct MmSlot {
    /// First item of the list.
    pub(crate) head: Option<ItemIx>,
}

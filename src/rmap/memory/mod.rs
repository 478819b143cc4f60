//! All processes' mappings and the frames below them: split, merge, map, unmap, copy.
//!
//! Knows no scanner. Keeps the invariants of `vma`, `mm`, `anon_vma`, `page` and `swap` at every return.

mod anon;
mod fault;
mod file;
mod merge;
mod pages;

pub(crate) use merge::Part;
pub(crate) use pages::{PteAt, PteSet};

use crate::rmap::anon::{AnonMap, Mms, Vmas};
use crate::rmap::kernel::KernelChanges;
use crate::rmap::model::file::Files;
use crate::rmap::model::ix::{MmIx, VmaIx};
use crate::rmap::model::page::{Frames, Pte};
use crate::rmap::model::swap::SwapSlots;
use crate::rmap::model::vma::Vma;
use crate::rmap::slab::Slab;
use crate::rmap::units::{Pgoff, Vaddr};

/// The tables.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) mms: Mms,
    pub(crate) vmas: Vmas,
    /// What the kernel that is followed does otherwise than Linux 6.12.
    pub(crate) changes: KernelChanges,
    /// The reverse map of anonymous pages.
    pub(crate) anon: AnonMap,
    pub(crate) files: Files,
    pub(crate) frames: Frames,
    pub(crate) swap: SwapSlots,
    /// Copies made of merged pages, by a write or to un-merge.
    pub(crate) cow: u64,
    /// Entries that the scanner turned to the page of zeros.
    pub(crate) zero_pages: u64,
    /// Copies made because a cached merged page could not be mapped as it is.
    pub(crate) swap_in_copies: u64,
}

impl Memory {
    pub(crate) fn new(changes: KernelChanges, anon: AnonMap) -> Self {
        Self {
            mms: Slab::new(),
            vmas: Slab::new(),
            changes,
            anon,
            files: Slab::new(),
            frames: Frames::new(),
            swap: Slab::new(),
            cow: 0,
            zero_pages: 0,
            swap_in_copies: 0,
        }
    }

    // ---- finding -------------------------------------------------------------------------------

    /// The mapping that holds `at`.
    pub(crate) fn find(&self, mm: MmIx, at: Vaddr) -> Option<VmaIx> {
        let vma = self.mms[mm].at_or_below(at)?;
        (at < self.vmas[vma].end).then_some(vma)
    }

    /// The first mapping that ends above `at`.
    pub(crate) fn first_above(&self, mm: MmIx, at: Vaddr) -> Option<VmaIx> {
        match self.mms[mm].at_or_below(at) {
            Some(vma) if at < self.vmas[vma].end => Some(vma),
            Some(vma) => self.vmas[vma].next,
            None => self.mms[mm].first(),
        }
    }

    /// The mappings that reach into `start..end`, ascending.
    pub(crate) fn within(&self, mm: MmIx, start: Vaddr, end: Vaddr) -> Vec<VmaIx> {
        let mut found = Vec::new();
        let mut at = self.first_above(mm, start);
        while let Some(vma) = at.filter(|&vma| self.vmas[vma].start < end) {
            found.push(vma);
            at = self.vmas[vma].next;
        }
        found
    }

    /// The first address of `start..end` that no mapping holds.
    pub(crate) fn first_hole(&self, mm: MmIx, start: Vaddr, end: Vaddr) -> Option<Vaddr> {
        let mut reached = start;
        let mut at = self.first_above(mm, start);
        while reached < end {
            match at {
                Some(vma) if self.vmas[vma].start <= reached => {
                    reached = self.vmas[vma].end;
                    at = self.vmas[vma].next;
                }
                _ => return Some(reached),
            }
        }
        None
    }

    /// The anonymous page offset of something untouched that lies at `at` with the offset `pgoff`:
    /// where the kernel keeps the two apart its address in pages. Shared memory has none of its own.
    pub(crate) fn untouched_anon_pgoff(&self, at: Vaddr, pgoff: Pgoff, shared: bool) -> Pgoff {
        if self.changes.anon_pgoff && !shared { at.as_pgoff() } else { pgoff }
    }

    /// Gives a mapping that is in no tree of a family the offsets of something new at its address.
    pub(crate) fn reset_offsets(&mut self, at: VmaIx) {
        let Vma { start, pgoff, flags, .. } = self.vmas[at];
        let pgoff = if self.vmas[at].file.is_some() { pgoff } else { start.as_pgoff() };
        let anon_pgoff = self.untouched_anon_pgoff(start, pgoff, flags.shared);
        (self.vmas[at].pgoff, self.vmas[at].anon_pgoff) = (pgoff, anon_pgoff);
    }

    pub(crate) fn pte(&self, mm: MmIx, at: Vaddr) -> Pte {
        self.mms[mm].table.get(at)
    }

    // ---- the list of mappings ------------------------------------------------------------------

    /// Enters a mapping into its process; its links are the caller's business.
    pub(crate) fn enter(&mut self, mut vma: Vma) -> VmaIx {
        let (mm, start) = (vma.mm, vma.start);
        vma.prev = self.mms[mm].at_or_below(start);
        vma.next = match vma.prev {
            Some(prev) => self.vmas[prev].next,
            None => self.mms[mm].first(),
        };
        let (prev, next) = (vma.prev, vma.next);
        let at = self.vmas.insert(vma);
        self.mms[mm].by_start.insert(start, at);
        if let Some(prev) = prev {
            self.vmas[prev].next = Some(at);
        }
        if let Some(next) = next {
            self.vmas[next].prev = Some(at);
        }
        at
    }

    /// Unlinks the mapping from all trees and forgets it. Its page-table entries are gone already,
    /// or belong to a mapping that grows over it next.
    pub(crate) fn drop_vma(&mut self, at: VmaIx) {
        self.unlink(at);
        self.unlink_file(at);
        let vma = self.vmas.remove(at);
        let own = self.mms[vma.mm].by_start.remove(&vma.start);
        debug_assert_eq!(own, Some(at), "no other mapping has grown over it");
        if let Some(prev) = vma.prev {
            self.vmas[prev].next = vma.next;
        }
        if let Some(next) = vma.next {
            self.vmas[next].prev = vma.prev;
        }
    }

    /// Moves the bounds, in the list of mappings and in all trees; each page keeps its indices.
    pub(crate) fn set_bounds(&mut self, at: VmaIx, start: Vaddr, end: Vaddr) {
        let vma = &mut self.vmas[at];
        let (mm, before, covered) = (vma.mm, vma.start, vma.anon_pgoff_interval());
        (vma.pgoff, vma.anon_pgoff) = if start < before {
            let grown = before - start;
            (Pgoff(vma.pgoff.0 - grown.0), Pgoff(vma.anon_pgoff.0 - grown.0))
        } else {
            (vma.linear_page_index(start), vma.linear_anon_page_index(start))
        };
        (vma.start, vma.end) = (start, end);
        if before != start {
            let by_start = &mut self.mms[mm].by_start;
            let own = by_start.remove(&before);
            debug_assert_eq!(own, Some(at), "no other mapping has grown over its start");
            by_start.insert(start, at);
        }
        self.refresh_file(at);
        self.anon.moved_bounds(at, covered, &self.vmas);
    }
}

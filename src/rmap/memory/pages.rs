//! Page-table entries and frames: emptying, replacing, unmapping.

use std::collections::BTreeSet;

use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{FrameIx, MmIx, VmaIx};
use crate::rmap::model::page::{Owner, Pte};
use crate::rmap::units::{Content, Vaddr};

/// A page-table entry: process and address.
pub(crate) type PteAt = (MmIx, Vaddr);
/// Some page-table entries, each once.
pub(crate) type PteSet = BTreeSet<PteAt>;

impl Memory {
    /// Empties one page-table entry.
    pub(crate) fn zap(&mut self, entry: Pte) {
        match entry {
            Pte::None | Pte::Zero => {}
            Pte::MergedZero => self.zero_pages -= 1,
            Pte::Page(frame) => self.unmap_frame(frame),
            Pte::Swap(slot) => self.swap.forget(slot, &mut self.frames),
        }
    }

    /// Takes one mapping of the frame away. With the last, it leaves the swap cache if no entry
    /// can bring it back from there.
    pub(crate) fn unmap_frame(&mut self, at: FrameIx) {
        let frame = &mut self.frames[at];
        debug_assert!(frame.mapcount > 0, "an entry mapped it");
        frame.mapcount -= 1;
        if let (0, Some(slot)) = (frame.mapcount, frame.swap_cache) {
            if self.swap[slot].entries == 0 {
                self.swap.uncache(slot, &mut self.frames);
            }
            return;
        }
        self.frames.settle(at);
    }

    /// Empties the page-table entries of `start..end`; the mappings stay.
    pub(crate) fn zap_range(&mut self, mm: MmIx, start: Vaddr, end: Vaddr) {
        for (_, entry) in self.mms[mm].table.take(start, end) {
            self.zap(entry);
        }
    }

    /// Unmaps `start..end`, splitting the mappings that reach over its ends.
    pub(crate) fn unmap(&mut self, mm: MmIx, start: Vaddr, end: Vaddr) {
        let Some(first) = self.first_above(mm, start) else { return };
        if self.vmas[first].start < start {
            self.split(first, start, true);
        }
        let inside = self.within(mm, start, end);
        debug_assert!(inside.iter().all(|&vma| self.vmas[vma].start >= start), "split before");
        if let Some(&last) = inside.last()
            && self.vmas[last].end > end
        {
            self.split(last, end, false);
        }
        debug_assert!(inside.iter().all(|&vma| self.vmas[vma].end <= end), "split after");
        self.zap_range(mm, start, end);
        for vma in inside {
            self.drop_vma(vma);
        }
    }

    /// A new ordinary page for `at` in a mapping that has its `anon_vma`.
    pub(crate) fn new_page(&mut self, vma: VmaIx, at: Vaddr, content: Content) -> FrameIx {
        let anon_vma = self.prepare_anon_vma(vma);
        let index = self.vmas[vma].linear_anon_page_index(at);
        self.frames.take(content, Owner::Anon { anon_vma, index })
    }

    /// Replaces what is mapped at `at` by a private page with `content`.
    pub(crate) fn replace_by_copy(&mut self, vma: VmaIx, at: Vaddr, content: Content) {
        let frame = self.new_page(vma, at, content);
        let mm = self.vmas[vma].mm;
        let before = self.mms[mm].table.set(at, Pte::Page(frame));
        self.zap(before);
    }

    pub(crate) fn set_all(&mut self, entries: &PteSet, to: Pte) {
        for &(mm, at) in entries {
            self.mms[mm].table.set(at, to);
        }
    }
}

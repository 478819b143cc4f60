//! What a fault does about each kind of page-table entry.

use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{FrameIx, NodeIx, SlotIx, VmaIx};
use crate::rmap::model::page::{Owner, Pte};
use crate::rmap::units::{Content, Vaddr};

impl Memory {
    pub(crate) fn write_fault(&mut self, vma: VmaIx, at: Vaddr, content: Content) {
        let mm = self.vmas[vma].mm;
        if self.vmas[vma].flags.shared {
            let frame = self.file_page(vma, at).expect("only a file's memory is shared");
            self.frames[frame].content = content;
            return;
        }
        match self.pte(mm, at) {
            Pte::Page(frame) if self.may_reuse(frame) => self.reuse(vma, at, frame, content),
            Pte::Page(frame) => {
                self.cow += u64::from(self.frames[frame].is_ksm());
                self.replace_by_copy(vma, at, content);
            }
            Pte::None | Pte::Zero | Pte::MergedZero => self.replace_by_copy(vma, at, content),
            Pte::Swap(_) => unreachable!("it has been swapped in"),
        }
    }

    /// Returns `true` if the one mapping of the frame may go on with it instead of a copy.
    fn may_reuse(&self, at: FrameIx) -> bool {
        let frame = &self.frames[at];
        let swap_entries = frame.swap_cache.map_or(0, |slot| self.swap[slot].entries);
        let anonymous = !frame.is_ksm() && !frame.is_file();
        anonymous && frame.mapcount == 1 && swap_entries == 0
    }

    /// The page at `at` if it is there, or else the file's own, which is mapped then. None in
    /// anonymous memory that holds no page there.
    fn file_page(&mut self, vma: VmaIx, at: Vaddr) -> Option<FrameIx> {
        match (self.pte(self.vmas[vma].mm, at), self.vmas[vma].file()) {
            (Pte::Page(frame), _) => Some(frame),
            (Pte::None, Some(file)) => Some(self.map_file_page(vma, file, at)),
            _ => None,
        }
    }

    fn reuse(&mut self, vma: VmaIx, at: Vaddr, frame: FrameIx, content: Content) {
        // A page of the process's own is written without a fault, and nothing looks at the swap cache.
        match self.frames[frame].swap_cache {
            Some(slot) if self.frames[frame].exclusive => self.swap[slot].content = content,
            Some(slot) => self.swap.uncache(slot, &mut self.frames),
            None => {}
        }
        // Only one mapping is left: from now on the page belongs to its family.
        let anon_vma = self.prepare_anon_vma(vma);
        let index = self.vmas[vma].linear_anon_page_index(at);
        let frame = &mut self.frames[frame];
        (frame.content, frame.owner) = (content, Owner::Anon { anon_vma, index });
        frame.exclusive = true;
    }

    pub(crate) fn read_fault(&mut self, vma: VmaIx, at: Vaddr) -> Content {
        let mm = self.vmas[vma].mm;
        if let Some(frame) = self.file_page(vma, at) {
            return self.frames[frame].content;
        }
        match self.pte(mm, at) {
            Pte::None => {
                self.mms[mm].table.set(at, Pte::Zero);
                Content::ZERO
            }
            Pte::Zero | Pte::MergedZero => Content::ZERO,
            Pte::Page(_) | Pte::Swap(_) => unreachable!("found above; it has been swapped in"),
        }
    }

    /// Replaces a swap entry by a page: the cached one if it may be mapped here as it is, a new one
    /// otherwise.
    ///
    /// A cached merged page is mapped as it is if `merged_fits` says so; an ordinary one, if its index
    /// and its family fit this mapping.
    pub(crate) fn swap_in(
        &mut self,
        vma: VmaIx,
        at: Vaddr,
        slot: SlotIx,
        merged_fits: impl Fn(&Self, VmaIx, NodeIx) -> bool,
    ) {
        let content = self.swap[slot].content;
        let anon_vma = self.prepare_anon_vma(vma);
        let index = self.vmas[vma].linear_anon_page_index(at);
        let cached = self.swap[slot].cached;
        let fits = cached.is_some_and(|frame| match self.frames[frame].owner {
            Owner::Ksm { node } => merged_fits(self, vma, node),
            // Nothing may map it, and another family have the number of its own: what counts is that
            // a walk from it leads here.
            Owner::Anon { anon_vma: owner, index: at_index } => {
                let leads_here = self.anon.leads_to(owner, &self.vmas[vma]);
                leads_here && at_index == index
            }
            Owner::File { .. } => unreachable!("a file's page is not in the swap cache"),
        });
        let unmapped = cached.is_none_or(|frame| self.frames[frame].mapcount == 0);
        let last = self.swap[slot].entries == 1 && unmapped;
        let exclusive = last && self.swap[slot].exclusive;
        // Until it is known to be one process's own, a page belongs to the whole family.
        let common = self.anon.common_owner(&self.vmas[vma]).expect("it is touched");
        let owner = if last { anon_vma } else { common };
        let frame = if let Some(frame) = cached.filter(|_| fits) {
            self.frames[frame].mapcount += 1;
            self.frames[frame].exclusive = exclusive;
            if let (Owner::Anon { anon_vma, .. }, true) = (&mut self.frames[frame].owner, last) {
                *anon_vma = owner;
            }
            frame
        } else {
            let frame = self.frames.take(content, Owner::Anon { anon_vma: owner, index });
            if cached.is_some() {
                self.swap_in_copies += 1;
            } else {
                // Read from the device into the swap cache, where the next reader finds it.
                self.frames[frame].swap_cache = Some(slot);
                self.frames[frame].exclusive = exclusive;
                self.swap[slot].cached = Some(frame);
            }
            frame
        };
        let mm = self.vmas[vma].mm;
        self.mms[mm].table.set(at, Pte::Page(frame));
        self.swap.forget(slot, &mut self.frames);
    }
}

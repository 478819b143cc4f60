//! Touching memory: writes, reads, and what a fault does about each kind of entry.

use super::Machine;
use crate::rmap::error::RmapError;
use crate::rmap::ksm::StableNode;
use crate::rmap::memory::Memory;
use crate::rmap::page::{Frame, Owner, Pte};
use crate::rmap::slab::Ix;
use crate::rmap::swap::SwapSlot;
use crate::rmap::units::{Content, MmId, Vaddr};
use crate::rmap::vma::{Prot, Vma};

impl Machine {
    /// Writes a whole page: afterwards the page at `at` holds `content`.
    ///
    /// A page that is merged or shared is copied first, and the copy is nobody's but the writer's.
    /// The first write to a mapping gives it its `anon_vma`. Where a file is mapped to be shared, the
    /// file's page is written, for all who map it.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::NotMapped`],
    /// [`RmapError::PastFile`], [`RmapError::ReadOnly`].
    ///
    /// # Complexity
    ///
    /// `O(log v + log p)` for *v* mappings and *p* present pages of the process.
    pub fn write(&mut self, mm: MmId, at: Vaddr, content: Content) -> Result<(), RmapError> {
        let vma = self.touched_vma(mm, at)?;
        if self.memory.vmas[vma].flags.prot != Prot::ReadWrite {
            return Err(RmapError::ReadOnly { at });
        }
        self.swap_in(vma, at);
        self.memory.write_fault(vma, at, content);
        Ok(())
    }

    /// Reads a page: its content, brought back from swap if it was there.
    ///
    /// A page never written reads as zeros and stays unowned; in a mapping of a file it is the
    /// file's.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::NotMapped`],
    /// [`RmapError::PastFile`].
    pub fn read(&mut self, mm: MmId, at: Vaddr) -> Result<Content, RmapError> {
        let vma = self.touched_vma(mm, at)?;
        self.swap_in(vma, at);
        Ok(self.memory.read_fault(vma, at))
    }

    fn touched_vma(&self, mm: MmId, at: Vaddr) -> Result<Ix<Vma>, RmapError> {
        let mm = self.living(mm)?;
        Self::page_address(at)?;
        let found = self.memory.find(mm, at).ok_or(RmapError::NotMapped { at })?;
        let vma = &self.memory.vmas[found];
        match vma.file() {
            Some(file) if !self.memory.files[file].has(vma.linear_page_index(at)) => {
                Err(RmapError::PastFile { at })
            }
            _ => Ok(found),
        }
    }

    /// Replaces a swap entry by a page. A merged page in the swap cache is mapped as it is, whatever
    /// its items say, unless the settings ask for a place that leads here: then a page without one
    /// is copied, as an ordinary page is that does not fit.
    fn swap_in(&mut self, vma: Ix<Vma>, at: Vaddr) {
        let (memory, ksm) = (&mut self.memory, &self.ksm);
        let Pte::Swap(slot) = memory.pte(memory.vmas[vma].mm, at) else { return };
        let fits = |vma: &Vma, node| {
            !ksm.settings.keep_residual_items || ksm.leads_to(node, vma, vma.linear_page_index(at))
        };
        memory.swap_in(vma, at, slot, fits);
    }
}

impl Memory {
    fn write_fault(&mut self, vma: Ix<Vma>, at: Vaddr, content: Content) {
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

    /// True if the one mapping of the frame may go on with it instead of a copy.
    fn may_reuse(&self, at: Ix<Frame>) -> bool {
        let frame = &self.frames[at];
        let swap_entries = frame.swap_cache.map_or(0, |slot| self.swap[slot].entries);
        let anonymous = !frame.is_ksm() && !frame.is_file();
        anonymous && frame.mapcount == 1 && swap_entries == 0
    }

    /// The page at `at` if it is there, or else the file's own, which is mapped then. None in
    /// anonymous memory that holds no page there.
    fn file_page(&mut self, vma: Ix<Vma>, at: Vaddr) -> Option<Ix<Frame>> {
        match (self.pte(self.vmas[vma].mm, at), self.vmas[vma].file()) {
            (Pte::Page(frame), _) => Some(frame),
            (Pte::None, Some(file)) => Some(self.map_file_page(vma, file, at)),
            _ => None,
        }
    }

    fn reuse(&mut self, vma: Ix<Vma>, at: Vaddr, frame: Ix<Frame>, content: Content) {
        if let Some(slot) = self.frames[frame].swap_cache {
            self.swap.uncache(slot, &mut self.frames);
        }
        // Only one mapping is left: from now on the page belongs to its family.
        let anon_vma = self.prepare_anon_vma(vma);
        let index = self.vmas[vma].linear_page_index(at);
        let frame = &mut self.frames[frame];
        (frame.content, frame.owner) = (content, Owner::Anon { anon_vma, index });
    }

    fn read_fault(&mut self, vma: Ix<Vma>, at: Vaddr) -> Content {
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
    fn swap_in(
        &mut self,
        vma: Ix<Vma>,
        at: Vaddr,
        slot: Ix<SwapSlot>,
        merged_fits: impl Fn(&Vma, Ix<StableNode>) -> bool,
    ) {
        let content = self.swap[slot].content;
        let anon_vma = self.prepare_anon_vma(vma);
        let index = self.vmas[vma].linear_page_index(at);
        let cached = self.swap[slot].cached;
        let fits = cached.is_some_and(|frame| match self.frames[frame].owner {
            Owner::Ksm { node } => merged_fits(&self.vmas[vma], node),
            // Nothing may map it, and another family have the number of its own: what counts is that
            // a walk from it leads here.
            Owner::Anon { anon_vma: owner, index: at_index } => {
                let leads_here = self.vmas[vma].links.iter().any(|link| link.anon_vma == owner);
                leads_here && at_index == index
            }
            Owner::File { .. } => unreachable!("a file's page is not in the swap cache"),
        });
        let unmapped = cached.is_none_or(|frame| self.frames[frame].mapcount == 0);
        let last = self.swap[slot].entries == 1 && unmapped;
        // Until it is known to be one process's own, a page belongs to the whole family.
        let owner = if last { anon_vma } else { self.anon_vmas.root_of(anon_vma) };
        let frame = if let Some(frame) = cached.filter(|_| fits) {
            self.frames[frame].mapcount += 1;
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
                self.swap[slot].cached = Some(frame);
            }
            frame
        };
        let mm = self.vmas[vma].mm;
        self.mms[mm].table.set(at, Pte::Page(frame));
        self.swap.forget(slot, &mut self.frames);
    }
}

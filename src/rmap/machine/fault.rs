//! Touching memory: writes, reads, and what a fault does about each kind of entry.

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::VmaIx;
use crate::rmap::model::page::Pte;
use crate::rmap::model::vma::Prot;
use crate::rmap::units::{Content, MmId, Vaddr};

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
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let old = machine.pfn_at(p, at)?;
    /// let child = machine.fork(p)?;
    /// machine.write(child, at, Content(8))?; // the child gets a page of its own
    /// assert_eq!(machine.pfn_at(p, at)?, old);
    /// assert_ne!(machine.pfn_at(child, at)?, old);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn write(&mut self, mm: MmId, at: Vaddr, content: Content) -> Result<(), RmapError> {
        let vma = self.touched_vma(mm, at)?;
        if self.memory.vmas[vma].flags.prot != Prot::ReadWrite {
            return Err(RmapError::ReadOnly { at });
        }
        let mm = self.memory.vmas[vma].mm;
        let before = self.memory.pte(mm, at);
        self.swap_in(vma, at);
        if let (Pte::Swap(_), Pte::Page(frame)) = (before, self.memory.pte(mm, at)) {
            // The fault that swaps in to write takes the page out of the swap cache.
            self.memory.frames[frame].exclusive = false;
        }
        self.memory.write_fault(vma, at, content);
        self.memory.anon.publish();
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert_eq!(machine.read(p, at)?, Content(7));
    /// assert_eq!(machine.read(p, at + Pages(1))?, Content::ZERO); // never written
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn read(&mut self, mm: MmId, at: Vaddr) -> Result<Content, RmapError> {
        let vma = self.touched_vma(mm, at)?;
        self.swap_in(vma, at);
        let content = self.memory.read_fault(vma, at);
        self.memory.anon.publish();
        Ok(content)
    }

    fn touched_vma(&self, mm: MmId, at: Vaddr) -> Result<VmaIx, RmapError> {
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
    fn swap_in(&mut self, vma: VmaIx, at: Vaddr) {
        let (memory, ksm) = (&mut self.memory, &self.ksm);
        let Pte::Swap(slot) = memory.pte(memory.vmas[vma].mm, at) else { return };
        let fits = |memory: &Memory, vma: VmaIx, node| {
            let index = memory.vmas[vma].linear_anon_page_index(at);
            !ksm.settings.keep_residual_items || ksm.leads_to(node, vma, index, memory)
        };
        memory.swap_in(vma, at, slot, fits);
    }
}

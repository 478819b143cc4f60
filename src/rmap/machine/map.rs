//! Mapping calls: mmap, munmap, mprotect, madvise.

use crate::rmap::error::RmapError;
use crate::rmap::machine::{Advice, Machine};
use crate::rmap::memory::Part;
use crate::rmap::model::ix::{MmIx, VmaIx};
use crate::rmap::model::page::Pte;
use crate::rmap::model::vma::{Prot, VmFlags, Vma};
use crate::rmap::units::{Content, MmId, Pages, Vaddr};

impl Machine {
    /// Maps `pages` of private anonymous memory at `at`, in place of what is there.
    ///
    /// The mapping's offset is its address in pages, and it becomes one with a neighbour that
    /// allows the same and continues its offsets.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    /// [`RmapError::PastTop`].
    ///
    /// # Kernel counterpart
    ///
    /// `mm/mmap.c`, `mmap_region`; `mm/vma.c`, `vma_merge_new_range`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, PageView};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert_eq!(machine.page_at(p, at + Pages(1))?, PageView::Empty); // nothing until it is touched
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn mmap(&mut self, mm: MmId, at: Vaddr, pages: Pages, prot: Prot) -> Result<(), RmapError> {
        let owner = self.living(mm)?;
        let end = Self::range(at, pages)?;
        self.memory.unmap(owner, at, end);
        let flags = VmFlags { prot, mergeable: false, shared: false };
        let pgoff = at.as_pgoff();
        let part = Part { start: at, end, pgoff, anon_pgoff: pgoff, flags, file: None };
        self.memory.map_part(owner, &part, None, None);
        self.memory.anon.publish();
        Ok(())
    }

    /// Unmaps `pages` at `at`; holes in the range do not matter.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    /// [`RmapError::PastTop`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, RmapError};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.munmap(p, at, Pages(1))?;
    /// assert_eq!(machine.read(p, at), Err(RmapError::NotMapped { at }));
    /// assert_eq!(machine.read(p, at + Pages(1))?, Content::ZERO);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn munmap(&mut self, mm: MmId, at: Vaddr, pages: Pages) -> Result<(), RmapError> {
        let owner = self.living(mm)?;
        let end = Self::range(at, pages)?;
        self.memory.unmap(owner, at, end);
        self.memory.anon.publish();
        Ok(())
    }

    /// Changes what a range allows, splitting and merging mappings as needed.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    /// [`RmapError::PastTop`]; [`RmapError::NotMapped`] names the first hole. (The kernel has by
    /// then changed what lies before it; here nothing is changed.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, RmapError};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.mprotect(p, at, Pages(1), Prot::Read)?;
    /// assert_eq!(machine.write(p, at, Content(8)), Err(RmapError::ReadOnly { at }));
    /// assert_eq!(machine.vmas(p)?.count(), 2); // it was split
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn mprotect(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        prot: Prot,
    ) -> Result<(), RmapError> {
        let owner = self.living(mm)?;
        let end = self.mapped_range(owner, at, pages)?;
        self.change_flags(owner, at, end, |flags| VmFlags { prot, ..flags });
        self.memory.anon.publish();
        Ok(())
    }

    /// Advises the machine how a range is used.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    /// [`RmapError::PastTop`]; [`RmapError::NotMapped`] names the first hole. (The kernel has
    /// advised every mapped part by then; here nothing is changed.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(2), Advice::DontNeed)?;
    /// assert_eq!(machine.read(p, at)?, Content::ZERO);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn madvise(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        advice: Advice,
    ) -> Result<(), RmapError> {
        let owner = self.living(mm)?;
        let end = self.mapped_range(owner, at, pages)?;
        match advice {
            Advice::Mergeable => {
                let vmas = self.memory.within(owner, at, end);
                if vmas.iter().any(|&vma| !self.memory.vmas[vma].flags.shared) {
                    self.ksm.enter(owner, &mut self.memory);
                }
                let change = |flags: VmFlags| VmFlags { mergeable: !flags.shared, ..flags };
                self.change_flags(owner, at, end, change);
            }
            Advice::Unmergeable => {
                for vma in self.memory.within(owner, at, end) {
                    self.unmerge(vma, at, end);
                }
                self.change_flags(owner, at, end, |flags| VmFlags { mergeable: false, ..flags });
            }
            Advice::DontNeed => self.memory.zap_range(owner, at, end),
        }
        self.memory.anon.publish();
        Ok(())
    }

    /// Gives each mapping's part of the range the flags that `change` makes of its own.
    fn change_flags(
        &mut self,
        mm: MmIx,
        start: Vaddr,
        end: Vaddr,
        change: impl Fn(VmFlags) -> VmFlags,
    ) {
        let mut from = start;
        while from < end {
            let vma = self.memory.find(mm, from).expect("the range has no hole");
            let (flags, to) = (self.memory.vmas[vma].flags, self.memory.vmas[vma].end.min(end));
            self.memory.modify(vma, from, to, change(flags));
            from = to;
        }
    }

    /// Un-merges the merged pages that are present in the mapping's part of the range, if it is
    /// mergeable. Swapped entries stay as they are: the root of the worst holes of the reverse map.
    pub(super) fn unmerge(&mut self, vma: VmaIx, start: Vaddr, end: Vaddr) {
        let memory = &mut self.memory;
        let Vma { mm, flags, .. } = memory.vmas[vma];
        if !flags.mergeable {
            return;
        }
        let (start, end) = (start.max(memory.vmas[vma].start), end.min(memory.vmas[vma].end));
        let entries: Vec<_> = memory.mms[mm].table.used(start, end).collect();
        for (at, entry) in entries {
            match entry {
                Pte::Page(frame) if memory.frames[frame].is_ksm() => {
                    let content = memory.frames[frame].content;
                    memory.replace_by_copy(vma, at, content);
                    memory.cow += 1;
                }
                Pte::MergedZero => memory.replace_by_copy(vma, at, Content::ZERO),
                _ => {}
            }
        }
    }
}

//! `mremap`: moving, growing and shrinking mappings. The address changes, the index does not.

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::memory::Part;
use crate::rmap::model::ix::{MmIx, VmaIx};
use crate::rmap::model::vma::Vma;
use crate::rmap::units::{MmId, Pages, Vaddr};

/// Where a mapping goes (`mremap`'s flags).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Remap {
    /// It stays where it is and changes its length only.
    InPlace,
    /// To this address, in place of what is there (`MREMAP_FIXED`).
    Fixed(Vaddr),
    /// To this address; the source stays mapped, and empty (`MREMAP_DONTUNMAP`).
    DontUnmap(Vaddr),
}

impl Machine {
    /// Moves `old` pages at `at` as `how` says and makes them `new` pages.
    ///
    /// Present merged pages of a mergeable source are un-merged first; swapped ones are not, and
    /// keep their slot at the new address. A touched mapping and a file's keep their offsets, so that
    /// address and index differ afterwards; untouched anonymous memory gets the offsets of its new
    /// place. The mapping stays mergeable, and its pages may be merged again where they are now.
    ///
    /// A move that keeps the length takes all mappings of the range along where the kernel does
    /// ([`KernelChanges::range_moves`](crate::rmap::KernelChanges::range_moves)): each to its place, with
    /// the gaps between them, and what lies in the gaps of the destination stays. Where the source of a
    /// [`Remap::DontUnmap`] is a whole mapping, its offset is that of its address afterwards.
    ///
    /// Returns the new address.
    ///
    /// # Errors
    ///
    /// - [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    ///   [`RmapError::PastTop`] for either range
    /// - [`RmapError::NotMapped`] if nothing is mapped at `at`
    /// - [`RmapError::CrossesMapping`] if the source leaves the mapping where only one is moved (a pure
    ///   shrink may). Linux 6.12 has by then unmapped the destination; here nothing is changed.
    /// - [`RmapError::Overlap`] if source and destination share pages
    /// - [`RmapError::CannotGrow`] if it cannot grow in place
    /// - [`RmapError::PastOffsets`] if a file's mapping would grow past all offsets
    /// - [`RmapError::DontUnmapResizes`] if a move that keeps its source changes the length
    ///
    /// # Kernel counterpart
    ///
    /// `mm/mremap.c`, `mremap_to`, `move_vma`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, Machine, Pages, Pgoff, Prot, Remap, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at, to) = (machine.spawn(), Vaddr::of_page(100), Vaddr::of_page(700));
    /// machine.mmap(p, at, Pages(1), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(1))?;
    /// machine.mremap(p, at, Pages(1), Pages(1), Remap::Fixed(to))?;
    /// assert_eq!(machine.vma_at(p, to)?.pgoff(), Pgoff(100)); // the address moved, the index not
    /// # Ok(())
    /// # }
    /// ```
    pub fn mremap(
        &mut self,
        mm: MmId,
        at: Vaddr,
        old: Pages,
        new: Pages,
        how: Remap,
    ) -> Result<Vaddr, RmapError> {
        let owner = self.living(mm)?;
        let end = Self::range(at, old)?;
        let found = self.memory.find(owner, at).ok_or(RmapError::NotMapped { at });
        let (to, keep_source) = match how {
            Remap::InPlace => {
                let vma = found?;
                let new_end = Self::range(at, new)?;
                self.fits_offsets(vma, at, new)?;
                self.resize(owner, vma, end, new_end)?;
                self.memory.anon.publish();
                return Ok(at);
            }
            Remap::Fixed(to) => (to, false),
            Remap::DontUnmap(to) => (to, true),
        };
        if !self.memory.changes.range_moves {
            found?;
        }
        if keep_source && old != new {
            return Err(RmapError::DontUnmapResizes { old, new });
        }
        let to_end = Self::destination(at, end, to, new)?;
        let vma = found?;
        // A shrinking move first unmaps what it does not take along.
        let taken = at + old.min(new);
        if old == new && self.memory.changes.range_moves {
            self.move_mappings(owner, (at, end), to, keep_source)?;
            self.memory.anon.publish();
            return Ok(to);
        }
        self.one_mapping(vma, taken)?;
        self.fits_offsets(vma, at, new)?;
        self.memory.unmap(owner, to, to_end);
        if taken < end {
            self.memory.unmap(owner, taken, end);
        }
        self.move_range(owner, (at, taken), (to, to_end), keep_source);
        self.memory.anon.publish();
        Ok(to)
    }

    /// Moves all mappings of a range that begins in one, with the gaps between them: part by part,
    /// each with the unmapping of its own destination, so that what lies in the gaps there stays.
    fn move_mappings(
        &mut self,
        mm: MmIx,
        (at, end): (Vaddr, Vaddr),
        to: Vaddr,
        keep_source: bool,
    ) -> Result<(), RmapError> {
        let vmas = self.memory.within(mm, at, end);
        let bounds = |&vma: &VmaIx| {
            let vma = &self.memory.vmas[vma];
            (vma.start.max(at), vma.end.min(end))
        };
        let parts: Vec<_> = vmas.iter().map(bounds).collect();
        for (&vma, &(start, end)) in vmas.iter().zip(&parts) {
            self.fits_offsets(vma, start, end - start)?;
        }
        for (start, end) in parts {
            let destination = (to + (start - at), to + (end - at));
            self.memory.unmap(mm, destination.0, destination.1);
            self.move_range(mm, (start, end), destination, keep_source);
        }
        Ok(())
    }

    /// Tests that the mapping's offsets, from `at` on, are a file's.
    fn fits_offsets(&self, vma: VmaIx, at: Vaddr, pages: Pages) -> Result<(), RmapError> {
        Self::offsets(self.memory.vmas[vma].linear_page_index(at), pages)
    }

    fn destination(at: Vaddr, end: Vaddr, to: Vaddr, new: Pages) -> Result<Vaddr, RmapError> {
        let to_end = Self::range(to, new)?;
        if at < to_end && to < end {
            return Err(RmapError::Overlap { from: at, to });
        }
        Ok(to_end)
    }

    fn one_mapping(&self, vma: VmaIx, end: Vaddr) -> Result<(), RmapError> {
        let at = self.memory.vmas[vma].end;
        if end > at { Err(RmapError::CrossesMapping { at }) } else { Ok(()) }
    }

    /// Changes the length in place.
    fn resize(
        &mut self,
        mm: MmIx,
        vma: VmaIx,
        end: Vaddr,
        new_end: Vaddr,
    ) -> Result<(), RmapError> {
        if new_end < end {
            self.memory.unmap(mm, new_end, end);
            return Ok(());
        }
        if new_end == end {
            return Ok(());
        }
        self.one_mapping(vma, end)?;
        let Vma { end: vma_end, flags, next, .. } = self.memory.vmas[vma];
        let blocked = next.is_some_and(|next| self.memory.vmas[next].start < new_end);
        if end != vma_end || blocked {
            return Err(RmapError::CannotGrow { at: end });
        }
        let pgoff = self.memory.vmas[vma].linear_page_index(end);
        let anon_pgoff = self.memory.vmas[vma].linear_anon_page_index(end);
        let file = self.memory.vmas[vma].file();
        let part = Part { start: end, end: new_end, pgoff, anon_pgoff, flags, file };
        let grown = self.memory.merge_new(mm, &part, Some(vma), None);
        debug_assert_eq!(grown, Some(vma), "a mapping may always continue itself");
        Ok(())
    }

    /// Moves the source, which lies in one mapping, to the destination, where nothing is mapped.
    fn move_range(
        &mut self,
        mm: MmIx,
        (at, end): (Vaddr, Vaddr),
        (to, to_end): (Vaddr, Vaddr),
        keep_source: bool,
    ) {
        // Unmapping the destination may have split or removed the mapping that was found before.
        let vma = self.memory.find(mm, at).expect("source and destination do not overlap");
        self.unmerge(vma, at, end);
        let Vma { flags, anon_vma, .. } = self.memory.vmas[vma];
        let file = self.memory.vmas[vma].file();
        let pgoff = match (anon_vma, file) {
            (None, None) => to.as_pgoff(),
            _ => self.memory.vmas[vma].linear_page_index(at),
        };
        let anon_pgoff = match anon_vma {
            None => self.memory.untouched_anon_pgoff(to, pgoff, flags.shared),
            Some(_) => self.memory.vmas[vma].linear_anon_page_index(at),
        };
        let part = Part { start: to, end: to_end, pgoff, anon_pgoff, flags, file };
        // An untouched mapping that would continue itself stays two where both stay.
        let except = keep_source.then_some(vma);
        let moved = self.memory.map_part(mm, &part, Some(vma), except);
        for (from, entry) in self.memory.mms[mm].table.take(at, end) {
            self.memory.mms[mm].table.set(to + (from - at), entry);
        }
        if !keep_source {
            self.memory.unmap(mm, at, end);
            return;
        }
        // The mapping that was the source may by now be the one that has grown over both.
        let vma = self.memory.find(mm, at).expect("the source is still mapped");
        let source = &self.memory.vmas[vma];
        if vma != moved && source.start == at && source.end == end {
            self.memory.unlink(vma);
            self.memory.reset_offsets(vma);
        }
    }
}

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
    /// Returns the new address.
    ///
    /// # Errors
    ///
    /// - [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    ///   [`RmapError::PastTop`] for either range
    /// - [`RmapError::NotMapped`] if nothing is mapped at `at`
    /// - [`RmapError::CrossesMapping`] if the source leaves the mapping (a pure shrink may)
    /// - [`RmapError::Overlap`] if source and destination share pages
    /// - [`RmapError::NoRoom`] if it cannot grow in place
    /// - [`RmapError::PastOffsets`] if a file's mapping would grow past all offsets
    /// - [`RmapError::DontUnmapResizes`] if a move that keeps its source changes the length
    ///
    /// # Kernel counterpart
    ///
    /// `mm/mremap.c`, `mremap_to`, `move_vma` (6.12).
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
        let vma = self.memory.find(owner, at).ok_or(RmapError::NotMapped { at })?;
        let offset = self.memory.vmas[vma].linear_page_index(at);
        match how {
            Remap::InPlace => {
                let new_end = Self::range(at, new)?;
                Self::offsets(offset, new)?;
                self.resize(owner, vma, end, new_end)?;
                Ok(at)
            }
            Remap::Fixed(to) => {
                let to_end = Self::destination(at, end, to, new)?;
                // A shrinking move first unmaps what it does not take along.
                let taken = at + old.min(new);
                self.one_mapping(vma, taken)?;
                Self::offsets(offset, new)?;
                self.memory.unmap(owner, to, to_end);
                if taken < end {
                    self.memory.unmap(owner, taken, end);
                }
                self.move_range(owner, (at, taken), (to, to_end), false);
                Ok(to)
            }
            Remap::DontUnmap(to) => {
                if old != new {
                    return Err(RmapError::DontUnmapResizes { old, new });
                }
                let to_end = Self::destination(at, end, to, new)?;
                self.one_mapping(vma, end)?;
                self.memory.unmap(owner, to, to_end);
                self.move_range(owner, (at, end), (to, to_end), true);
                Ok(to)
            }
        }
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
        let Vma { end: vma_end, flags, anon_vma, next, .. } = self.memory.vmas[vma];
        let blocked = next.is_some_and(|next| self.memory.vmas[next].start < new_end);
        if end != vma_end || blocked {
            return Err(RmapError::NoRoom { at: end });
        }
        let pgoff = self.memory.vmas[vma].linear_page_index(end);
        let file = self.memory.vmas[vma].file();
        let part = Part { start: end, end: new_end, pgoff, flags, anon_vma, file };
        let grown = self.memory.merge_new(mm, &part);
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
        // Making room may have split or removed the mapping that was found before.
        let vma = self.memory.find(mm, at).expect("source and destination do not overlap");
        self.unmerge(vma, at, end);
        let Vma { flags, anon_vma, .. } = self.memory.vmas[vma];
        let file = self.memory.vmas[vma].file();
        let pgoff = match (anon_vma, file) {
            (None, None) => to.as_pgoff(),
            _ => self.memory.vmas[vma].linear_page_index(at),
        };
        let part = Part { start: to, end: to_end, pgoff, flags, anon_vma, file };
        let moved = self.memory.map_part(mm, &part, Some(vma));
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
        }
    }
}

//! Files: making them, mapping them, looking at what of them is in memory.

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::memory::Part;
use crate::rmap::model::file::File;
use crate::rmap::model::page::Frames;
use crate::rmap::model::vma::{Prot, VmFlags};
use crate::rmap::units::{Content, FileId, MmId, Pages, Pfn, Pgoff, Vaddr};

/// What of a file is mapped, and how.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FilePart {
    /// The file.
    pub file: FileId,
    /// Its first page that is mapped (pages).
    pub offset: Pgoff,
    /// Who sees what is written.
    pub sharing: Sharing,
}

/// Who sees what is written to a mapping of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sharing {
    /// The writer: a written page is copied first, and the copy is an ordinary anonymous page
    /// (`MAP_PRIVATE`). The scanner may merge it.
    Private,
    /// All who map the file (`MAP_SHARED`). The scanner passes such memory over.
    Shared,
}

impl Machine {
    /// Creates a file that holds `contents`, one for each page. Its length stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, Machine, Pgoff};
    ///
    /// let mut machine = Machine::new();
    /// let file = machine.create_file(&[Content(1), Content(2)]);
    /// assert_eq!(machine.cached_page(file, Pgoff(0)), Ok(None)); // not read yet
    /// ```
    pub fn create_file(&mut self, contents: &[Content]) -> FileId {
        let at = self.memory.files.insert(File::holding(contents));
        FileId(self.memory.files.id(at))
    }

    /// Maps `pages` of a file at `at`, in place of what is there.
    ///
    /// The mapping may reach past the end of the file; only touching it there is an error. Its
    /// offset is the file's, whatever its address: a private page that is written lies at an index
    /// that has nothing to do with where it is mapped, without any `mremap`.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::Unaligned`], [`RmapError::EmptyRangeError`],
    /// [`RmapError::PastTop`], [`RmapError::NoSuchFile`], [`RmapError::PastOffsets`].
    ///
    /// # Kernel counterpart
    ///
    /// `mm/mmap.c`, `do_mmap`; `mm/vma.c`, `vma_link_file`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, FilePart, Machine, Pages, Pgoff, Prot, Sharing, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let file = machine.create_file(&[Content(1), Content(2)]);
    /// let (p, q, at) = (machine.spawn(), machine.spawn(), Vaddr::of_page(100));
    /// let shared = FilePart { file, offset: Pgoff(1), sharing: Sharing::Shared };
    /// let private = FilePart { sharing: Sharing::Private, ..shared };
    /// machine.mmap_file(p, at, Pages(1), Prot::ReadWrite, shared)?;
    /// machine.mmap_file(q, at, Pages(1), Prot::ReadWrite, private)?;
    /// machine.write(p, at, Content(5))?;
    /// assert_eq!(machine.read(q, at)?, Content(5)); // as long as q has not written
    /// machine.write(q, at, Content(6))?;
    /// assert_eq!(machine.read(p, at)?, Content(5));
    /// # Ok(())
    /// # }
    /// ```
    pub fn mmap_file(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        prot: Prot,
        part: FilePart,
    ) -> Result<(), RmapError> {
        let FilePart { file, offset: pgoff, sharing } = part;
        let owner = self.living(mm)?;
        let end = Self::range(at, pages)?;
        let file = self.memory.files.find(file.0).ok_or(RmapError::NoSuchFile { file })?;
        Self::offsets(pgoff, pages)?;
        self.memory.unmap(owner, at, end);
        let flags = VmFlags { prot, mergeable: false, shared: sharing == Sharing::Shared };
        let anon_pgoff = self.memory.untouched_anon_pgoff(at, pgoff, flags.shared);
        let part = Part { start: at, end, pgoff, anon_pgoff, flags, file: Some(file) };
        self.memory.map_part(owner, &part, None, None);
        self.memory.anon.publish();
        Ok(())
    }

    /// Tests that a mapping's offsets are a file's: bytes of it can be counted in 64 bits.
    pub(super) fn offsets(offset: Pgoff, pages: Pages) -> Result<(), RmapError> {
        let end = offset.0.checked_add(pages.0);
        match end.filter(|&end| end <= Pgoff::END.0) {
            Some(_) => Ok(()),
            None => Err(RmapError::PastOffsets { offset, pages }),
        }
    }

    /// The frame that holds a page of a file in memory, or `None` if none does or the file has no
    /// such page.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchFile`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, FilePart, Machine, Pages, Pgoff, Prot, Sharing, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// let file = machine.create_file(&[Content(1)]);
    /// let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
    /// machine.mmap_file(p, at, Pages(1), Prot::Read, part)?;
    /// machine.read(p, at)?;
    /// assert_eq!(machine.cached_page(file, Pgoff(0))?, Some(machine.pfn_at(p, at)?));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn cached_page(&self, file: FileId, index: Pgoff) -> Result<Option<Pfn>, RmapError> {
        let at = self.memory.files.find(file.0).ok_or(RmapError::NoSuchFile { file })?;
        let cached = self.memory.files[at].cached().get(&index);
        Ok(cached.map(|&frame| Frames::pfn(frame)))
    }
}

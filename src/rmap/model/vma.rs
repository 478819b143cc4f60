//! One mapping. Knows its bounds and its links, not its neighbours' meaning.
//!
//! 1. `start < end`, both page-aligned (bytes, `end` exclusive).
//! 2. The mapping covers as many offsets as it has pages: from `anon_pgoff` on in each family's tree
//!    that it is linked to, from `pgoff` on in its file's. Only a private mapping of a file has two
//!    offsets that differ, and only where the kernel keeps them apart.
//! 3. `anon_vma` is the active one of `links`, or none and then there are no links. Where contexts are
//!    kept instead of families there are no links at all, and `anon_vma` names the mappings with which
//!    this one may become one, or is none where it is untouched.

use smallvec::SmallVec;

use crate::Handle;
use crate::Interval;
use crate::rmap::model::file::FileLink;
use crate::rmap::model::ix::{AnonVmaIx, FileIx, MmIx, VmaIx, VmaKey};
use crate::rmap::slab::Slab;
use crate::rmap::units::{FileId, MmId, Pages, Pgoff, Vaddr, VmaId};

/// What a mapping allows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Prot {
    /// Reading only.
    Read,
    /// Reading and writing.
    #[default]
    ReadWrite,
}

/// The flags that decide whether neighbours may become one mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct VmFlags {
    pub(crate) prot: Prot,
    pub(crate) mergeable: bool,
    /// Writes go to the file itself.
    pub(crate) shared: bool,
}

/// Link of a mapping into one `anon_vma`'s tree: the mapping's half of an `anon_vma_chain`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) anon_vma: AnonVmaIx,
    pub(crate) handle: Handle,
}

/// One mapping (`vm_area_struct`).
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "`anon_vma` is the kernel's word")]
pub(crate) struct Vma {
    pub(crate) start: Vaddr,
    pub(crate) end: Vaddr,
    pub(crate) pgoff: Pgoff,
    /// Offset by which its anonymous pages are indexed.
    pub(crate) anon_pgoff: Pgoff,
    pub(crate) mm: MmIx,
    /// The same as a name.
    pub(crate) mm_id: MmId,
    pub(crate) anon_vma: Option<AnonVmaIx>,
    /// Neighbours by address.
    pub(crate) prev: Option<VmaIx>,
    pub(crate) next: Option<VmaIx>,
    pub(crate) flags: VmFlags,
    /// Oldest first: the kernel's `same_vma` list read from its tail.
    pub(crate) links: SmallVec<[Link; 1]>,
    /// None: anonymous memory.
    pub(crate) file: Option<FileLink>,
}

impl Vma {
    pub(crate) fn contains(&self, at: Vaddr) -> bool {
        self.start <= at && at < self.end
    }

    pub(crate) fn pages(&self) -> Pages {
        self.end - self.start
    }

    /// The offsets the mapping covers, its interval in every tree (invariant 2).
    pub(crate) fn pgoff_interval(&self) -> Interval<Pgoff> {
        self.interval_from(self.pgoff)
    }

    /// The offsets of its anonymous pages, its interval in every family's tree (invariant 2).
    pub(crate) fn anon_pgoff_interval(&self) -> Interval<Pgoff> {
        self.interval_from(self.anon_pgoff)
    }

    fn interval_from(&self, first: Pgoff) -> Interval<Pgoff> {
        Interval::new(first, Pgoff(first.0 + (self.pages().0 - 1)))
    }

    /// Index of the page at `at`: its distance from the start, plus the mapping's offset.
    pub(crate) fn linear_page_index(&self, at: Vaddr) -> Pgoff {
        self.pgoff + (at - self.start)
    }

    /// Index of the anonymous page at `at`, likewise by the anonymous page offset.
    pub(crate) fn linear_anon_page_index(&self, at: Vaddr) -> Pgoff {
        self.anon_pgoff + (at - self.start)
    }

    /// How far its anonymous pages lie from their indices: zero if it was never moved (pages).
    pub(crate) fn remap_offset(&self) -> i64 {
        self.start.page_number().cast_signed() - self.anon_pgoff.0.cast_signed()
    }

    /// The address at which this mapping would hold the file's page with `index`.
    pub(crate) fn address_in_file(&self, index: Pgoff) -> Option<Vaddr> {
        self.address_from(self.pgoff, index)
    }

    /// The address at which this mapping would hold the anonymous page with `index`.
    pub(crate) fn address_of(&self, index: Pgoff) -> Option<Vaddr> {
        self.address_from(self.anon_pgoff, index)
    }

    fn address_from(&self, first: Pgoff, index: Pgoff) -> Option<Vaddr> {
        let distance = index.0.checked_sub(first.0)?;
        (distance < self.pages().0).then(|| self.start + Pages(distance))
    }

    /// The file it maps.
    pub(crate) fn file(&self) -> Option<FileIx> {
        self.file.map(|link| link.file)
    }
}

/// One mapping, as a control or a strategy sees it.
#[derive(Clone, Copy, Debug)]
pub struct VmaView<'a> {
    pub(crate) vma: &'a Vma,
    pub(crate) at: VmaIx,
    pub(crate) vmas: &'a Slab<Vma, VmaKey>,
}

impl VmaView<'_> {
    /// Name of the mapping.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(machine.vma(vma.id()).map(|vma| vma.start()), Some(at));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn id(&self) -> VmaId {
        VmaId(self.vmas.id(self.at))
    }

    /// Process that has the mapping.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.mm(), p);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn mm(&self) -> MmId {
        self.vma.mm_id
    }

    /// First address (bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at + Pages(1))?;
    /// assert_eq!(vma.start(), at);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn start(&self) -> Vaddr {
        self.vma.start
    }

    /// First address after it (bytes, exclusive).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.end(), at + Pages(2));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn end(&self) -> Vaddr {
        self.vma.end
    }

    /// Offset of its first page (pages).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.pgoff(), Pgoff(100)); // of anonymous memory its address in pages
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn pgoff(&self) -> Pgoff {
        self.vma.pgoff
    }

    /// The offsets it covers (pages, both ends inclusive): its interval in its file's tree.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff};
    /// # use stabtree::Interval;
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.pgoff_interval(), Interval::new(Pgoff(100), Pgoff(101)));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn pgoff_interval(&self) -> Interval<Pgoff> {
        self.vma.pgoff_interval()
    }

    /// The anonymous page offset: that of its first page, by which anonymous pages are indexed
    /// (pages). It is [`pgoff`](Self::pgoff) but for private mappings of files where the kernel keeps
    /// the two apart ([`KernelChanges::anon_pgoff`](crate::rmap::KernelChanges::anon_pgoff)).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff, Remap};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let to = at + Pages(600);
    /// machine.mremap(p, at, Pages(2), Pages(2), Remap::Fixed(to))?;
    /// assert_eq!(machine.vma_at(p, to)?.anon_pgoff(), Pgoff(100)); // where it was written
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn anon_pgoff(&self) -> Pgoff {
        self.vma.anon_pgoff
    }

    /// The anonymous offsets it covers (pages, both ends inclusive): its interval in the trees of its
    /// families.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff};
    /// # use stabtree::Interval;
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.anon_pgoff_interval(), Interval::new(Pgoff(100), Pgoff(101)));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn anon_pgoff_interval(&self) -> Interval<Pgoff> {
        self.vma.anon_pgoff_interval()
    }

    /// What it allows.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.prot(), Prot::ReadWrite);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn prot(&self) -> Prot {
        self.vma.flags.prot
    }

    /// Whether the scanner may merge its pages.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert!(!machine.vma_at(p, at)?.is_mergeable());
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// assert!(machine.vma_at(p, at)?.is_mergeable());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn is_mergeable(&self) -> bool {
        self.vma.flags.mergeable
    }

    /// The file it maps; `None` for anonymous memory.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.file(), None); // anonymous memory
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn file(&self) -> Option<FileId> {
        self.vma.file.map(|link| link.id)
    }

    /// Whether what is written there goes to the file, for all to see.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FilePart, Pgoff, Sharing};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let (file, to) = (machine.create_file(&[Content(1)]), at + Pages(600));
    /// let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
    /// machine.mmap_file(p, to, Pages(1), Prot::ReadWrite, part)?;
    /// assert!(machine.vma_at(p, to)?.is_shared());
    /// assert!(!machine.vma_at(p, at)?.is_shared());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn is_shared(&self) -> bool {
        self.vma.flags.shared
    }

    /// Whether the address lies in it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert!(vma.contains(at + Pages(1)));
    /// assert!(!vma.contains(at + Pages(2)));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn contains(&self, at: Vaddr) -> bool {
        self.vma.contains(at)
    }

    /// Index of the page at `at`, which lies in the mapping, by the file's offset (pages).
    ///
    /// # Panics
    ///
    /// If `at < self.start()`.
    ///
    /// # Kernel counterpart
    ///
    /// `include/linux/pagemap.h`, `linear_page_index`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.linear_page_index(at + Pages(1)), Pgoff(101));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn linear_page_index(&self, at: Vaddr) -> Pgoff {
        assert!(self.vma.start <= at, "the address lies below the mapping");
        self.vma.linear_page_index(at)
    }

    /// Index of the anonymous page at `at`, which lies in the mapping, by the anonymous page offset
    /// (pages).
    ///
    /// # Panics
    ///
    /// If `at < self.start()`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff, Remap};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let to = at + Pages(600);
    /// machine.mremap(p, at, Pages(2), Pages(2), Remap::Fixed(to))?;
    /// let vma = machine.vma_at(p, to)?;
    /// assert_eq!(vma.linear_anon_page_index(to + Pages(1)), Pgoff(101));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn linear_anon_page_index(&self, at: Vaddr) -> Pgoff {
        assert!(self.vma.start <= at, "the address lies below the mapping");
        self.vma.linear_anon_page_index(at)
    }

    /// Address at which the mapping would hold the anonymous page with `index`, if it covers it
    /// (bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let vma = machine.vma_at(p, at)?;
    /// assert_eq!(vma.address_of(Pgoff(101)), Some(at + Pages(1)));
    /// assert_eq!(vma.address_of(Pgoff(102)), None);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn address_of(&self, index: Pgoff) -> Option<Vaddr> {
        self.vma.address_of(index)
    }
}

//! One mapping. Knows its bounds and its links, not its neighbours' meaning.
//!
//! 1. `start < end`, both page-aligned (bytes, `end` exclusive).
//! 2. The mapping covers the offsets `pgoff ..= pgoff + pages - 1` in each tree it is linked to.
//! 3. `anon_vma` is the active one of `links`, or none and then there are no links.

use smallvec::SmallVec;

use super::anon_vma::AnonVma;
use super::family::Avc;
use super::file::{File, FileLink};
use super::mm::Mm;
use super::slab::Ix;
use super::units::{MmId, Pages, Pgoff, Vaddr};
use crate::{Handle, Interval};

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
    pub(crate) anon_vma: Ix<AnonVma>,
    pub(crate) handle: Handle,
}

/// One mapping (`vm_area_struct`).
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "`anon_vma` is the kernel's word")]
pub(crate) struct Vma {
    pub(crate) start: Vaddr,
    pub(crate) end: Vaddr,
    pub(crate) pgoff: Pgoff,
    pub(crate) mm: Ix<Mm>,
    /// The same as a name.
    pub(crate) mm_id: MmId,
    pub(crate) anon_vma: Option<Ix<AnonVma>>,
    /// Neighbours by address.
    pub(crate) prev: Option<Ix<Vma>>,
    pub(crate) next: Option<Ix<Vma>>,
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

    /// The offsets the mapping covers, its interval in every tree (law 2).
    pub(crate) fn pgoff_interval(&self) -> Interval<Pgoff> {
        Interval::new(self.pgoff, Pgoff(self.pgoff.0 + (self.pages().0 - 1)))
    }

    /// Index of the page at `at`: its distance from the start, plus the mapping's offset.
    pub(crate) fn linear_page_index(&self, at: Vaddr) -> Pgoff {
        self.pgoff + (at - self.start)
    }

    /// The address at which this mapping would hold the page with `index`.
    pub(crate) fn address_of(&self, index: Pgoff) -> Option<Vaddr> {
        let distance = index.0.checked_sub(self.pgoff.0)?;
        (distance < self.pages().0).then(|| self.start + Pages(distance))
    }

    /// The file it maps.
    pub(crate) fn file(&self) -> Option<Ix<File>> {
        self.file.map(|link| link.file)
    }

    /// The tree value by which a walk comes back here.
    pub(crate) fn avc(at: Ix<Self>) -> Avc {
        Avc { vma: at }
    }
}

//! What can be seen of a machine from outside.

use super::Machine;
use crate::Interval;
use crate::rmap::error::RmapError;
use crate::rmap::ksm::RmapItem;
use crate::rmap::page::{Frames, Owner, Pte};
use crate::rmap::slab::{Ix, Slab};
use crate::rmap::units::{AnonVmaId, Content, FileId, ItemId, MmId, Pfn, Pgoff, Vaddr, VmaId};
use crate::rmap::vma::{Prot, Vma};

/// One mapping, as a control or a strategy sees it.
#[derive(Clone, Copy, Debug)]
pub struct VmaView<'a> {
    pub(crate) vma: &'a Vma,
    pub(crate) at: Ix<Vma>,
    pub(crate) vmas: &'a Slab<Vma>,
}

impl VmaView<'_> {
    /// Name of the mapping.
    pub fn id(&self) -> VmaId {
        VmaId(self.vmas.id(self.at))
    }

    /// Process that has the mapping.
    pub fn mm(&self) -> MmId {
        self.vma.mm_id
    }

    /// First address (bytes).
    pub fn start(&self) -> Vaddr {
        self.vma.start
    }

    /// First address behind it (bytes, exclusive).
    pub fn end(&self) -> Vaddr {
        self.vma.end
    }

    /// Offset of its first page (pages).
    pub fn pgoff(&self) -> Pgoff {
        self.vma.pgoff
    }

    /// The offsets it covers (pages, closed): its interval in the trees.
    pub fn pgoff_interval(&self) -> Interval<Pgoff> {
        self.vma.pgoff_interval()
    }

    /// What it allows.
    pub fn prot(&self) -> Prot {
        self.vma.flags.prot
    }

    /// Whether the scanner may merge its pages.
    pub fn is_mergeable(&self) -> bool {
        self.vma.flags.mergeable
    }

    /// The file it maps; `None` for anonymous memory.
    pub fn file(&self) -> Option<FileId> {
        self.vma.file.map(|link| link.id)
    }

    /// Whether what is written there goes to the file, for all to see.
    pub fn is_shared(&self) -> bool {
        self.vma.flags.shared
    }

    /// Whether the address lies in it.
    pub fn contains(&self, at: Vaddr) -> bool {
        self.vma.contains(at)
    }

    /// Index of the page at `at`, which lies in the mapping (pages).
    ///
    /// # Panics
    ///
    /// If `at < self.start()`.
    ///
    /// # Kernel counterpart
    ///
    /// `include/linux/pagemap.h`, `linear_page_index`.
    pub fn linear_page_index(&self, at: Vaddr) -> Pgoff {
        assert!(self.vma.start <= at, "the address lies below the mapping");
        self.vma.linear_page_index(at)
    }

    /// Address at which the mapping would hold the page with `index`, if it covers it (bytes).
    pub fn address_of(&self, index: Pgoff) -> Option<Vaddr> {
        self.vma.address_of(index)
    }
}

/// What is at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PageView {
    /// Nothing: never touched, or given back.
    Empty,
    /// The shared page of zeros.
    Zero,
    /// A present page.
    Present {
        /// Its frame.
        pfn: Pfn,
        /// What it holds.
        content: Content,
        /// Whether it is a merged page.
        merged: bool,
    },
    /// Swapped out.
    Swapped,
}

/// One stable item, as the walk of its page uses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ItemView {
    /// Name of the item.
    pub id: ItemId,
    /// Process that it belongs to. It may have exited since.
    pub mm: MmId,
    /// The family it was merged in.
    pub anon_vma: AnonVmaId,
    /// The item.
    pub item: RmapItem,
}

impl Machine {
    /// The living processes, in order of their slots.
    pub fn processes(&self) -> impl Iterator<Item = MmId> {
        let living = self.memory.mms.iter().filter(|(_, mm)| !mm.exited);
        living.map(|(at, _)| MmId(self.memory.mms.id(at)))
    }

    /// The mappings of a process, by address.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`].
    pub fn vmas(&self, mm: MmId) -> Result<impl Iterator<Item = VmaView<'_>>, RmapError> {
        let mm = self.living(mm)?;
        let vmas = &self.memory.vmas;
        let order = self.memory.mms[mm].by_start.values();
        Ok(order.map(move |&at| VmaView { vma: &vmas[at], at, vmas }))
    }

    /// The mapping that holds `at`.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    pub fn vma_at(&self, mm: MmId, at: Vaddr) -> Result<VmaView<'_>, RmapError> {
        let mm = self.living(mm)?;
        let found = self.memory.find(mm, at).ok_or(RmapError::NotMapped { at })?;
        let vmas = &self.memory.vmas;
        Ok(VmaView { vma: &vmas[found], at: found, vmas })
    }

    /// A mapping by its name, or `None` if it is gone: split off parts and merged neighbours have
    /// names of their own.
    pub fn vma(&self, id: VmaId) -> Option<VmaView<'_>> {
        let vmas = &self.memory.vmas;
        let at = vmas.find(id.0)?;
        Some(VmaView { vma: &vmas[at], at, vmas })
    }

    /// Number of entries in the tree of an `anon_vma`, or `None` if it is gone.
    pub fn anon_vma_len(&self, id: AnonVmaId) -> Option<usize> {
        let at = self.memory.anon_vmas.find(id.0)?;
        Some(self.memory.anon_vmas.tree_len(at))
    }

    /// The active `anon_vma` of the mapping that holds `at`, if it has been touched.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    pub fn anon_vma_at(&self, mm: MmId, at: Vaddr) -> Result<Option<AnonVmaId>, RmapError> {
        let own = self.vma_at(mm, at)?.vma.anon_vma;
        Ok(own.map(|own| AnonVmaId(self.memory.anon_vmas.id(own))))
    }

    /// All families in whose trees the mapping at `at` is: the newest link first, the root's last.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    pub fn families_at(&self, mm: MmId, at: Vaddr) -> Result<Vec<AnonVmaId>, RmapError> {
        let links = self.vma_at(mm, at)?.vma.links.iter().rev();
        Ok(links.map(|link| AnonVmaId(self.memory.anon_vmas.id(link.anon_vma))).collect())
    }

    /// What is at an address, without touching it.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    pub fn page_at(&self, mm: MmId, at: Vaddr) -> Result<PageView, RmapError> {
        let mm = self.living(mm)?;
        self.memory.find(mm, at).ok_or(RmapError::NotMapped { at })?;
        Ok(self.page_view(self.memory.pte(mm, at)))
    }

    /// Everything that a process has at its addresses, in order; empty places are left out.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`].
    pub fn used_pages(
        &self,
        mm: MmId,
    ) -> Result<impl Iterator<Item = (Vaddr, PageView)>, RmapError> {
        let mm = self.living(mm)?;
        let used = self.memory.mms[mm].table.used(Vaddr(0), Vaddr::TOP);
        Ok(used.map(|(at, entry)| (at, self.page_view(entry))))
    }

    fn page_view(&self, entry: Pte) -> PageView {
        match entry {
            Pte::None => PageView::Empty,
            Pte::Zero | Pte::MergedZero => PageView::Zero,
            Pte::Swap(_) => PageView::Swapped,
            Pte::Page(at) => {
                let frame = &self.memory.frames[at];
                let (content, merged) = (frame.content, frame.is_ksm());
                PageView::Present { pfn: Frames::pfn(at), content, merged }
            }
        }
    }

    /// The frame mapped at an address.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`]; [`RmapError::NotPresent`] if no page
    /// is there.
    pub fn pfn_at(&self, mm: MmId, at: Vaddr) -> Result<Pfn, RmapError> {
        match self.page_at(mm, at)? {
            PageView::Present { pfn, .. } => Ok(pfn),
            _ => Err(RmapError::NotPresent { at }),
        }
    }

    /// Number of page-table entries that map the frame (entries).
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    pub fn mapcount(&self, pfn: Pfn) -> Result<u32, RmapError> {
        let at = self.memory.frames.by_pfn(pfn).ok_or(RmapError::FreeFrame { pfn })?;
        Ok(self.memory.frames[at].mapcount)
    }

    /// The items of a merged frame in walk order, newest first; empty for an ordinary one.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    pub fn items_of(&self, pfn: Pfn) -> Result<Vec<ItemView>, RmapError> {
        let at = self.memory.frames.by_pfn(pfn).ok_or(RmapError::FreeFrame { pfn })?;
        let Owner::Ksm { node } = self.memory.frames[at].owner else { return Ok(Vec::new()) };
        let items = self.ksm.nodes[node].items.iter().rev();
        Ok(items.filter_map(|&at| self.item_view(at)).collect())
    }

    pub(super) fn item_view(&self, at: Ix<RmapItem>) -> Option<ItemView> {
        let item = self.ksm.items[at];
        let (_, anon_vma) = item.place()?;
        Some(ItemView {
            id: ItemId(self.ksm.items.id(at)),
            mm: MmId(self.memory.mms.id(item.mm)),
            anon_vma: AnonVmaId(self.memory.anon_vmas.id(anon_vma)),
            item,
        })
    }

    /// An item by its name, or `None` if the scanner has freed it.
    pub fn item(&self, id: ItemId) -> Option<RmapItem> {
        self.ksm.items.find(id.0).map(|at| self.ksm.items[at])
    }

    /// The frames that are merged pages with at least one mapping, in order of number.
    pub fn merged_pages(&self) -> impl Iterator<Item = Pfn> {
        let frames = self.memory.frames.iter();
        frames
            .filter(|(_, frame)| frame.is_ksm() && frame.mapcount > 0)
            .map(|(at, _)| Frames::pfn(at))
    }
}

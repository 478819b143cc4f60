//! What can be seen of a machine from outside: its memory, its scanner, its families.

use crate::rmap::anon::{ContextView, FamilyView, ReverseMapKind, ReverseMapSize};
use crate::rmap::error::RmapError;
use crate::rmap::ksm::{NodeRef, RmapItem};
use crate::rmap::machine::Machine;
use crate::rmap::model::ix::{ItemIx, MmIx, NodeIx};
use crate::rmap::model::page::{Frames, Owner, Pte};
use crate::rmap::model::vma::VmaView;
use crate::rmap::units::{AnonVmaId, Content, ItemId, MmId, Pfn, Pgoff, Vaddr, VmaId};

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

/// One place of the stable tree: what is merged of one content.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StableTreeSlot {
    /// The content.
    pub content: Content,
    /// Whether it is a chain; one may have one node left, or none.
    pub is_chain: bool,
    /// Its nodes, the first of a chain first.
    pub nodes: Vec<NodeView>,
}

/// One stable node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NodeView {
    /// The node, as its items name it.
    pub node: NodeRef,
    /// Its frame, or `None` if the page has gone.
    pub pfn: Option<Pfn>,
    /// Number of its items.
    pub items: usize,
}

/// Where the scanner stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ScanCursor {
    /// Between two scans.
    Idle,
    /// In a process.
    At {
        /// The process.
        mm: MmId,
        /// The next address to look at (bytes).
        address: Vaddr,
    },
}

impl Machine {
    /// The living processes, in order of their slots.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut machine = stabtree::rmap::Machine::new();
    /// let (p, q) = (machine.spawn(), machine.spawn());
    /// machine.exit(p)?;
    /// assert!(machine.processes().eq([q]));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn processes(&self) -> impl Iterator<Item = MmId> {
        let living = self.memory.mms.iter().filter(|(_, mm)| !mm.exited);
        living.map(|(at, _)| MmId(self.memory.mms.id(at)))
    }

    /// The mappings of a process, by address.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.mprotect(p, at, Pages(1), Prot::Read)?; // splits the mapping
    /// assert!(machine.vmas(p)?.map(|vma| vma.start()).eq([at, at + Pages(1)]));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
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
    /// assert_eq!((vma.start(), vma.end()), (at, at + Pages(2)));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn vma_at(&self, mm: MmId, at: Vaddr) -> Result<VmaView<'_>, RmapError> {
        let mm = self.living(mm)?;
        let found = self.memory.find(mm, at).ok_or(RmapError::NotMapped { at })?;
        let vmas = &self.memory.vmas;
        Ok(VmaView { vma: &vmas[found], at: found, vmas })
    }

    /// A mapping by its name, or `None` if it was removed: split off parts and merged neighbours have
    /// names of their own.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let id = machine.vma_at(p, at)?.id();
    /// assert_eq!(machine.vma(id).map(|vma| vma.start()), Some(at));
    /// machine.munmap(p, at, Pages(2))?;
    /// assert!(machine.vma(id).is_none());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn vma(&self, id: VmaId) -> Option<VmaView<'_>> {
        let vmas = &self.memory.vmas;
        let at = vmas.find(id.0)?;
        Some(VmaView { vma: &vmas[at], at, vmas })
    }

    /// Number of entries in the tree of an `anon_vma`, or `None` if it was removed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let family = machine.anon_vma_at(p, at)?.expect("it was written to");
    /// assert_eq!(machine.anon_vma_len(family), Some(1));
    /// machine.fork(p)?;
    /// assert_eq!(machine.anon_vma_len(family), Some(2));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn anon_vma_len(&self, id: AnonVmaId) -> Option<usize> {
        self.family(id).map(|family| family.entries)
    }

    /// The active `anon_vma` of the mapping that holds `at`, if it has been touched.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert!(machine.anon_vma_at(p, at)?.is_some());
    /// let q = machine.spawn();
    /// machine.mmap(q, at, Pages(1), Prot::ReadWrite)?;
    /// assert_eq!(machine.anon_vma_at(q, at)?, None); // never touched
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn anon_vma_at(&self, mm: MmId, at: Vaddr) -> Result<Option<AnonVmaId>, RmapError> {
        let own = self.memory.anon.owner(self.vma_at(mm, at)?.vma);
        Ok(own.map(|own| self.memory.anon.id(own)))
    }

    /// All families in whose trees the mapping at `at` is: the newest link first, the root's last.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let own = machine.anon_vma_at(p, at)?.expect("it was written to");
    /// let child = machine.fork(p)?;
    /// let families = machine.families_at(child, at)?;
    /// assert_eq!((families.len(), families.last()), (2, Some(&own))); // its own, and the parent's
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn families_at(&self, mm: MmId, at: Vaddr) -> Result<Vec<AnonVmaId>, RmapError> {
        let leading = self.memory.anon.leading_to(self.vma_at(mm, at)?.vma);
        Ok(leading.into_iter().map(|owner| self.memory.anon.id(owner)).collect())
    }

    /// What is at an address, without touching it.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, PageView};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let pfn = machine.pfn_at(p, at)?;
    /// assert!(matches!(machine.page_at(p, at)?, PageView::Present { pfn: found, .. } if found == pfn));
    /// assert_eq!(machine.page_at(p, at + Pages(1))?, PageView::Empty);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert!(machine.used_pages(p)?.map(|(address, _)| address).eq([at]));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, RmapError};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let child = machine.fork(p)?;
    /// assert_eq!(machine.pfn_at(child, at)?, machine.pfn_at(p, at)?);
    /// let next = at + Pages(1);
    /// assert_eq!(machine.pfn_at(p, next), Err(RmapError::NotPresent { at: next }));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert_eq!(machine.mapcount(machine.pfn_at(p, at)?)?, 2);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn mapcount(&self, pfn: Pfn) -> Result<u32, RmapError> {
        let at = self.memory.frames.by_pfn(pfn).ok_or(RmapError::FreeFrame { pfn })?;
        Ok(self.memory.frames[at].mapcount)
    }

    /// The items of a merged frame in walk order, newest first; empty for an ordinary one.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let items = machine.items_of(machine.pfn_at(p, at)?)?;
    /// assert_eq!(items.iter().map(|item| item.mm).collect::<Vec<_>>(), [p, p]);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn items_of(&self, pfn: Pfn) -> Result<Vec<ItemView>, RmapError> {
        let at = self.memory.frames.by_pfn(pfn).ok_or(RmapError::FreeFrame { pfn })?;
        let Owner::Ksm { node } = self.memory.frames[at].owner else { return Ok(Vec::new()) };
        let items = self.ksm.nodes[node].items.iter().rev();
        Ok(items.filter_map(|&at| self.item_view(at)).collect())
    }

    pub(super) fn item_view(&self, at: ItemIx) -> Option<ItemView> {
        let item = self.ksm.items[at];
        let (_, anon_vma) = item.place()?;
        Some(ItemView {
            id: ItemId(self.ksm.items.id(at)),
            mm: MmId(self.memory.mms.id(item.mm)),
            anon_vma: self.memory.anon.id(anon_vma),
            item,
        })
    }

    /// An item by its name, or `None` if the scanner has freed it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let view = machine.items_of(machine.pfn_at(p, at)?)?[0];
    /// assert_eq!(machine.item(view.id), Some(view.item));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn item(&self, id: ItemId) -> Option<RmapItem> {
        self.ksm.items.find(id.0).map(|at| self.ksm.items[at])
    }

    /// The frames that are merged pages with at least one mapping, in order of number.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert!(machine.merged_pages().eq([machine.pfn_at(p, at)?]));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn merged_pages(&self) -> impl Iterator<Item = Pfn> {
        let frames = self.memory.frames.iter();
        frames
            .filter(|(_, frame)| frame.is_ksm() && frame.mapcount > 0)
            .map(|(at, _)| Frames::pfn(at))
    }

    fn name(&self, mm: MmIx) -> MmId {
        MmId(self.memory.mms.id(mm))
    }

    /// The processes in the order in which the scanner visits them. One that has exited is there
    /// until the scanner has freed its items; the flag is `true` for it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert!(machine.scan_order().eq([(p, false)]));
    /// machine.exit(p)?;
    /// assert!(machine.scan_order().eq([(p, true)])); // until the scanner has freed its items
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn scan_order(&self) -> impl Iterator<Item = (MmId, bool)> {
        let order = self.ksm.order.iter();
        order.map(|&mm| (self.name(mm), self.memory.mms[mm].exited))
    }

    /// Where the scanner stands.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, ScanCursor};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert_eq!(machine.scan_cursor(), ScanCursor::Idle);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn scan_cursor(&self) -> ScanCursor {
        let cursor = self.ksm.cursor;
        let process = cursor.process.and_then(|at| self.ksm.order.get(at));
        process.map_or(ScanCursor::Idle, |&mm| ScanCursor::At {
            mm: self.name(mm),
            address: cursor.address,
        })
    }

    /// The scanner's items of a process, by address. The process may have exited.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`] if the machine has no record of it any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert_eq!(machine.items(p)?.count(), 2);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn items(&self, mm: MmId) -> Result<impl Iterator<Item = (ItemId, RmapItem)>, RmapError> {
        let at = self.memory.mms.find(mm.0).ok_or(RmapError::NoSuchProcess { mm })?;
        let head = self.memory.mms[at].slot.and_then(|slot| slot.head);
        let items = &self.ksm.items;
        let list = core::iter::successors(head, |&item| items[item].next);
        Ok(list.map(|item| (ItemId(items.id(item)), items[item])))
    }

    /// The counters of an `anon_vma`, or `None` if it was removed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let family = machine.anon_vma_at(p, at)?.expect("it was written to");
    /// assert_eq!(machine.family(family).map(|family| family.entries), Some(1));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn family(&self, id: AnonVmaId) -> Option<FamilyView> {
        self.memory.anon.family(id)
    }

    /// The reverse map of anonymous pages that the machine keeps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Machine, ReverseMapKind};
    ///
    /// assert_eq!(Machine::new().reverse_map_kind(), ReverseMapKind::AnonVma);
    /// ```
    pub fn reverse_map_kind(&self) -> ReverseMapKind {
        self.memory.anon.kind()
    }

    /// What the reverse map of anonymous pages takes now.
    ///
    /// # Complexity
    ///
    /// Linear in the mappings, or in the contexts.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let before = machine.reverse_map_size();
    /// machine.fork(p)?;
    /// assert!(machine.reverse_map_size().bytes > before.bytes);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn reverse_map_size(&self) -> ReverseMapSize {
        self.memory.anon.size(&self.memory.vmas)
    }

    /// The context of a process, or `None` where families are kept instead.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Machine, ReverseMapKind};
    ///
    /// let mut machine = Machine::with_reverse_map(ReverseMapKind::CowContext);
    /// let p = machine.spawn();
    /// assert!(machine.context(p)?.is_some());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn context(&self, mm: MmId) -> Result<Option<ContextView>, RmapError> {
        Ok(self.memory.anon.context(self.living(mm)?))
    }

    /// The family that a stable item holds, and the frame of its node if that is still there;
    /// `None` for an item that is not stable.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let item = machine.items_of(pfn)?[0];
    /// assert_eq!(machine.stable_place(item.id), Some((item.anon_vma, Some(pfn))));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn stable_place(&self, id: ItemId) -> Option<(AnonVmaId, Option<Pfn>)> {
        let item = &self.ksm.items[self.ksm.items.find(id.0)?];
        let (_, anon_vma) = item.place()?;
        let frame = item.node().and_then(|node| self.ksm.page_of(node, &self.memory));
        let pfn = frame.map(Frames::pfn);
        Some((self.memory.anon.id(anon_vma), pfn))
    }

    /// The places of the stable tree in order of content.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let contents = machine.stable_tree().map(|slot| slot.content);
    /// assert!(contents.eq([Content(7)]));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn stable_tree(&self) -> impl Iterator<Item = StableTreeSlot> {
        self.ksm.stable.iter().map(|(content, place)| {
            let nodes = place.nodes().iter().map(|&node| self.node_view(node));
            StableTreeSlot { content, is_chain: place.is_chain(), nodes: nodes.collect() }
        })
    }

    /// The items of the node that a stable item names, in walk order: those of
    /// [`items_of`](Self::items_of), also where the node's page has gone.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let node = machine.nodes().next().expect("one merged page");
    /// assert_eq!(machine.items_of_node(node.node).len(), 2);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn items_of_node(&self, node: NodeRef) -> Vec<ItemView> {
        let node = self.ksm.nodes.get(node.0);
        let items = node.map(|node| node.items.as_slice()).unwrap_or_default();
        items.iter().rev().filter_map(|&at| self.item_view(at)).collect()
    }

    /// All stable nodes, in order of their slots.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let node = machine.nodes().next().expect("one merged page");
    /// assert_eq!((node.pfn, node.items), (Some(machine.pfn_at(p, at)?), 2));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn nodes(&self) -> impl Iterator<Item = NodeView> {
        self.ksm.nodes.iter().map(|(at, _)| self.node_view(at))
    }

    fn node_view(&self, at: NodeIx) -> NodeView {
        let pfn = self.ksm.page_of(at, &self.memory).map(Frames::pfn);
        NodeView { node: NodeRef(at), pfn, items: self.ksm.nodes[at].items.len() }
    }

    /// The index stored in an ordinary or a file's frame (pages); `None` for a merged or a free one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Pgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert_eq!(machine.stored_index(machine.pfn_at(p, at)?), Some(Pgoff(100)));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn stored_index(&self, pfn: Pfn) -> Option<Pgoff> {
        match self.memory.frames[self.memory.frames.by_pfn(pfn)?].owner {
            Owner::Anon { index, .. } | Owner::File { index, .. } => Some(index),
            Owner::Ksm { .. } => None,
        }
    }

    /// Whether the frame is in the swap cache; false for a free one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let pfn = machine.pfn_at(p, at)?;
    /// assert!(!machine.is_swap_cached(pfn));
    /// machine.pin(pfn)?; // or it would be freed
    /// machine.unmap(pfn, &FullRange)?;
    /// assert!(machine.is_swap_cached(pfn));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn is_swap_cached(&self, pfn: Pfn) -> bool {
        let frame = self.memory.frames.by_pfn(pfn);
        frame.is_some_and(|at| self.memory.frames[at].swap_cache.is_some())
    }

    /// References on the frame that are neither entries nor the swap cache's; none on a free one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let pfn = machine.pfn_at(p, at)?;
    /// machine.pin(pfn)?;
    /// assert_eq!(machine.pins(pfn), 1);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn pins(&self, pfn: Pfn) -> u32 {
        self.memory.frames.by_pfn(pfn).map_or(0, |at| self.memory.frames[at].pins)
    }

    /// Number of the swap slot that the entry at an address names, if it is a swap entry.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// assert_eq!(machine.swap_slot_at(p, at)?, None);
    /// machine.swap_out(p, at, &FullRange)?;
    /// assert!(machine.swap_slot_at(p, at)?.is_some());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn swap_slot_at(&self, mm: MmId, at: Vaddr) -> Result<Option<u64>, RmapError> {
        let mm = self.living(mm)?;
        Ok(match self.memory.pte(mm, at) {
            Pte::Swap(slot) => Some(slot.slot() as u64),
            _ => None,
        })
    }

    /// Number of entries of a process that the scanner turned to the page of zeros (entries).
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`].
    ///
    /// # Complexity
    ///
    /// Linear in the used entries of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, KsmSettings, Machine, Pages, Prot, Vaddr};
    /// let mut machine = Machine::with_settings(KsmSettings::default().with_use_zero_pages(true));
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(1), Prot::ReadWrite)?;
    /// machine.madvise(p, at, Pages(1), Advice::Mergeable)?;
    /// machine.write(p, at, Content::ZERO)?;
    /// machine.ksm_scan();
    /// machine.ksm_scan();
    /// assert_eq!(machine.zero_pages(p)?, 1);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn zero_pages(&self, mm: MmId) -> Result<u64, RmapError> {
        let mm = self.living(mm)?;
        let used = self.memory.mms[mm].table.used(Vaddr(0), Vaddr::TOP);
        Ok(used.filter(|&(_, entry)| entry == Pte::MergedZero).count() as u64)
    }

    /// Whether the frame is a merged page; false for a free one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert!(machine.is_merged(machine.pfn_at(p, at)?));
    /// machine.write(p, at, Content(8))?; // copies the page
    /// assert!(!machine.is_merged(machine.pfn_at(p, at)?));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn is_merged(&self, pfn: Pfn) -> bool {
        let frame = self.memory.frames.by_pfn(pfn);
        frame.is_some_and(|at| self.memory.frames[at].is_ksm())
    }

    /// Copies made of merged pages so far: by a write, or to un-merge.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert_eq!(machine.copies_of_merged(), 0);
    /// machine.write(p, at, Content(8))?;
    /// assert_eq!(machine.copies_of_merged(), 1);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn copies_of_merged(&self) -> u64 {
        self.memory.cow
    }

    /// Copies made so far because a page in the swap cache could not be mapped as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.swap_out(p, at, &FullRange)?;
    /// machine.read(p, at)?;
    /// assert_eq!(machine.swap_in_copies(), 0); // it was nobody else's
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn swap_in_copies(&self) -> u64 {
        self.memory.swap_in_copies
    }
}

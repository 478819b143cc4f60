//! The machine of a scenario, and where it is asked for a second one beside it that keeps contexts.
//!
//! The second does what the first does, and after whatever moves, forks, unmaps or merges every
//! anonymous page of it is held against the page tables. It goes its own way where the first misses
//! entries, and so fails to take them off a page.
#![allow(dead_code, reason = "no scenario needs all of it")]
#![allow(clippy::unwrap_used, reason = "a refused call fails the scenario")]

use std::fmt;
use std::ops::Deref;

use stabtree::rmap::{
    self, Advice, AnonVmaIndex, CompleteIndex, Content, FileId, FilePart, KernelVersion,
    KsmSettings, Migration, MmId, Pages, Pfn, Prot, Reclaim, Remap, ReverseMapKind, RmapError,
    ScanReport, Strategy, Vaddr,
};

/// A machine to look at as any other; what changes it changes the second, too.
#[derive(Clone)]
pub(crate) struct Machine {
    own: rmap::Machine,
    shadow: Option<rmap::Machine>,
    /// Frames that were pinned, in either machine.
    pinned: Vec<(Pfn, Pfn)>,
}

impl fmt::Debug for Machine {
    /// The first alone: the second may go its own way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.own.fmt(f)
    }
}

impl Deref for Machine {
    type Target = rmap::Machine;
    fn deref(&self) -> &rmap::Machine {
        &self.own
    }
}

impl From<rmap::Machine> for Machine {
    /// Alone.
    fn from(own: rmap::Machine) -> Self {
        Self { own, shadow: None, pinned: Vec::new() }
    }
}

impl Machine {
    /// A machine that follows a kernel, alone.
    pub(crate) fn with_kernel(kernel: KernelVersion) -> Self {
        rmap::Machine::with_kernel(kernel).into()
    }

    /// A machine with these settings and this index, and one of contexts with those.
    pub(crate) fn new(
        settings: KsmSettings,
        index: AnonVmaIndex,
        of_contexts: Option<KsmSettings>,
    ) -> Self {
        let shadow = of_contexts.map(|settings| {
            let builder = rmap::Machine::builder().reverse_map(ReverseMapKind::CowContext);
            builder.settings(settings).build()
        });
        Self {
            own: rmap::Machine::with_anon_vma_index(settings, index),
            shadow,
            pinned: Vec::new(),
        }
    }

    fn audit_shadow(&self) {
        if let Some(shadow) = &self.shadow {
            shadow.check().unwrap();
            assert_eq!(shadow.missed(&CompleteIndex), [], "contexts miss a page");
        }
    }

    /// Does it to both and looks at the second.
    fn both<T>(&mut self, what: impl Fn(&mut rmap::Machine) -> T) -> T {
        let came = self.quietly(what);
        self.audit_shadow();
        came
    }

    /// Does it to both.
    fn quietly<T>(&mut self, what: impl Fn(&mut rmap::Machine) -> T) -> T {
        if let Some(shadow) = &mut self.shadow {
            what(shadow);
        }
        what(&mut self.own)
    }

    /// The second machine's frame at an address that has this one in the first.
    fn shadow_frame(&self, pfn: Pfn) -> Option<Pfn> {
        let &(mm, at) = self.own.mapped_ptes(pfn).ok()?.first()?;
        self.shadow.as_ref()?.pfn_at(mm, at).ok()
    }

    pub(crate) fn spawn(&mut self) -> MmId {
        self.both(rmap::Machine::spawn)
    }

    pub(crate) fn fork(&mut self, mm: MmId) -> Result<MmId, RmapError> {
        self.both(|machine| machine.fork(mm))
    }

    pub(crate) fn exit(&mut self, mm: MmId) -> Result<(), RmapError> {
        self.both(|machine| machine.exit(mm))
    }

    pub(crate) fn mmap(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        prot: Prot,
    ) -> Result<(), RmapError> {
        self.quietly(|machine| machine.mmap(mm, at, pages, prot))
    }

    pub(crate) fn create_file(&mut self, contents: &[Content]) -> FileId {
        self.quietly(|machine| machine.create_file(contents))
    }

    pub(crate) fn mmap_file(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        prot: Prot,
        part: FilePart,
    ) -> Result<(), RmapError> {
        self.both(|machine| machine.mmap_file(mm, at, pages, prot, part))
    }

    pub(crate) fn munmap(&mut self, mm: MmId, at: Vaddr, pages: Pages) -> Result<(), RmapError> {
        self.both(|machine| machine.munmap(mm, at, pages))
    }

    pub(crate) fn mprotect(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        prot: Prot,
    ) -> Result<(), RmapError> {
        self.quietly(|machine| machine.mprotect(mm, at, pages, prot))
    }

    pub(crate) fn madvise(
        &mut self,
        mm: MmId,
        at: Vaddr,
        pages: Pages,
        advice: Advice,
    ) -> Result<(), RmapError> {
        self.both(|machine| machine.madvise(mm, at, pages, advice))
    }

    pub(crate) fn mremap(
        &mut self,
        mm: MmId,
        at: Vaddr,
        old: Pages,
        new: Pages,
        how: Remap,
    ) -> Result<Vaddr, RmapError> {
        self.both(|machine| machine.mremap(mm, at, old, new, how))
    }

    pub(crate) fn write(&mut self, mm: MmId, at: Vaddr, content: Content) -> Result<(), RmapError> {
        self.quietly(|machine| machine.write(mm, at, content))
    }

    pub(crate) fn read(&mut self, mm: MmId, at: Vaddr) -> Result<Content, RmapError> {
        self.quietly(|machine| machine.read(mm, at))
    }

    pub(crate) fn ksm_scan(&mut self) -> ScanReport {
        self.both(rmap::Machine::ksm_scan)
    }

    pub(crate) fn ksm_step(&mut self, pages: Pages) -> ScanReport {
        self.both(|machine| machine.ksm_step(pages))
    }

    pub(crate) fn refresh_indices(&mut self) -> u64 {
        self.both(rmap::Machine::refresh_indices)
    }

    /// The second goes on to keep residual items.
    pub(crate) fn set_settings(&mut self, settings: KsmSettings) {
        self.own.set_settings(settings);
        if let Some(shadow) = &mut self.shadow {
            let KsmSettings { refresh, keep_residual_items, .. } = shadow.settings();
            let complete = settings.with_keep_residual_items(keep_residual_items);
            shadow.set_settings(complete.with_refresh(refresh));
        }
    }

    pub(crate) fn pin(&mut self, pfn: Pfn) -> Result<(), RmapError> {
        if let Some(frame) = self.shadow_frame(pfn) {
            self.shadow.as_mut().unwrap().pin(frame).unwrap();
            self.pinned.push((pfn, frame));
        }
        self.own.pin(pfn)
    }

    pub(crate) fn unpin(&mut self, pfn: Pfn) -> Result<(), RmapError> {
        if let Some(at) = self.pinned.iter().position(|&(own, _)| own == pfn) {
            let (_, frame) = self.pinned.swap_remove(at);
            self.shadow.as_mut().unwrap().unpin(frame).unwrap();
        }
        self.own.unpin(pfn)
    }

    pub(crate) fn unmap<S: Strategy + ?Sized>(
        &mut self,
        pfn: Pfn,
        strategy: &S,
    ) -> Result<Reclaim, RmapError> {
        if let Some(frame) = self.shadow_frame(pfn) {
            let reclaim = self.shadow.as_mut().unwrap().unmap(frame, &CompleteIndex).unwrap();
            assert_eq!(reclaim.left, 0, "contexts leave no entry");
            self.audit_shadow();
        }
        self.own.unmap(pfn, strategy)
    }

    pub(crate) fn swap_out<S: Strategy + ?Sized>(
        &mut self,
        mm: MmId,
        at: Vaddr,
        strategy: &S,
    ) -> Result<Reclaim, RmapError> {
        let pfn = self.own.pfn_at(mm, at)?;
        self.unmap(pfn, strategy)
    }

    pub(crate) fn migrate<S: Strategy + ?Sized>(
        &mut self,
        pfn: Pfn,
        strategy: &S,
    ) -> Result<Migration, RmapError> {
        if let Some(frame) = self.shadow_frame(pfn) {
            let shadow = self.shadow.as_mut().unwrap();
            let migration = shadow.migrate(frame, &CompleteIndex).unwrap();
            let free = shadow.pins(frame) == 0;
            assert_eq!(migration.moved_to.is_some(), free, "contexts find all entries");
            self.audit_shadow();
        }
        self.own.migrate(pfn, strategy)
    }
}

//! The walk itself, and its users that only look.

use core::ops::ControlFlow;

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::memory::{PteAt, PteSet};
use crate::rmap::model::ix::FrameIx;
use crate::rmap::model::page::{Frames, Pte};
use crate::rmap::model::vma::VmaView;
use crate::rmap::units::Pfn;
use crate::rmap::walk::{
    Control, LoopStart, LoopStats, Mapping, ReverseMap, Strategy, Visit, Visitor, WalkStats,
};

/// What `referenced` found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Referenced {
    /// The walk. It ends when as many mappings were seen as the frame had at its start.
    pub walk: WalkStats,
    /// Entries found that map the frame (entries).
    pub mappings: u32,
}

impl Machine {
    pub(super) fn frame(&self, pfn: Pfn) -> Result<FrameIx, RmapError> {
        self.memory.frames.by_pfn(pfn).ok_or(RmapError::FreeFrame { pfn })
    }

    pub(super) fn reverse_map(&self) -> ReverseMap<'_> {
        ReverseMap {
            frames: &self.memory.frames,
            anon: &self.memory.anon,
            tables: self.memory.tables(),
            files: &self.memory.files,
            ksm: &self.ksm,
        }
    }

    /// Visits the mappings of the frame `pfn`, as the kernel would to unmap or to migrate it.
    ///
    /// A merged frame is walked through its items, newest first: each item's family is searched in
    /// the window that `strategy` names, first for mappings of the item's own process
    /// ([`Pass::Own`](crate::rmap::Pass::Own)), then, in a second pass over all items, for those of
    /// others ([`Pass::Forks`](crate::rmap::Pass::Forks)), which a fork may have made since the
    /// scan. An ordinary frame is walked through its family, if anything maps it, and a file's page
    /// through the mappings of the file, at its own index in one pass, without asking the strategy.
    ///
    /// A strategy narrows where is searched and nothing else; whether it then sees every mapping is
    /// what [`audit`](Self::audit) finds out.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`]; nothing was visited then.
    ///
    /// # Complexity
    ///
    /// With *m* items, *n* mappings in the largest family and *v* visits: `O(m n)` for a strategy
    /// that searches everything, `O((m + v) log n)` for one that names the index. No heap memory. Where
    /// contexts are kept, and *c* of them come from the page's with *o* offsets at the index, `O(m c (1 +
    /// o) log n)` and a list of the contexts to come.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/ksm.c`, `rmap_walk_ksm`; `mm/rmap.c`, `rmap_walk_anon`, `rmap_walk_file`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{
    ///     Advice, Collect, Content, FullRange, Machine, Pages, Prot, StoredPgoff, Vaddr,
    /// };
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.write(p, at + Pages(1), Content(7))?;
    /// machine.ksm_scan();
    /// machine.ksm_scan();
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut found = Collect::all();
    /// let stats = machine.walk(pfn, &FullRange, &mut found)?;
    /// assert_eq!((stats.visited, stats.skipped_mm, found.mapped().len()), (4, 2, 2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn walk<S, C>(
        &self,
        pfn: Pfn,
        strategy: &S,
        control: &mut C,
    ) -> Result<WalkStats, RmapError>
    where
        S: Strategy + ?Sized,
        C: Control + ?Sized,
    {
        Ok(self.look(self.frame(pfn)?, strategy, control))
    }

    /// Walks from a frame on behalf of a user's control.
    pub(super) fn look<S, C>(&self, frame: FrameIx, strategy: &S, control: &mut C) -> WalkStats
    where
        S: Strategy + ?Sized,
        C: Control + ?Sized,
    {
        let mut visitor = Look { machine: self, frame, pfn: Frames::pfn(frame), control };
        self.reverse_map().walk(frame, strategy, &mut visitor)
    }

    /// Counts the mappings of a frame, as reclaim does to learn whether it is in use.
    ///
    /// The model has no accessed bits: every mapping counts. A lock that is busy is not waited for;
    /// the walk ends there, [`contended`](WalkStats::contended).
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Kernel counterpart
    ///
    /// `mm/rmap.c`, `folio_referenced`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let referenced = machine.referenced(machine.pfn_at(p, at)?, &FullRange)?;
    /// assert_eq!(referenced.mappings, 2);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn referenced<S: Strategy + ?Sized>(
        &self,
        pfn: Pfn,
        strategy: &S,
    ) -> Result<Referenced, RmapError> {
        let frame = self.frame(pfn)?;
        let mut counter = CountUpTo { left: self.memory.frames[frame].mapcount, mappings: 0 };
        let walk = self.walk(pfn, strategy, &mut counter)?;
        Ok(Referenced { walk, mappings: counter.mappings })
    }

    /// Walks from `frame` until all its entries are found; returns them, and how many were not.
    ///
    /// Who changes them does so afterwards: a strategy is a user's code and may panic.
    pub(super) fn entries<S: Strategy + ?Sized>(
        &self,
        frame: FrameIx,
        strategy: &S,
    ) -> (WalkStats, PteSet, u32) {
        let is_it = |(mm, at): PteAt| self.memory.pte(mm, at) == Pte::Page(frame);
        let left = self.memory.frames[frame].mapcount;
        let mut taken = Take { is_it, found: PteSet::new(), left };
        let stats = self.reverse_map().walk(frame, strategy, &mut taken);
        (stats, taken.found, taken.left)
    }
}

/// A walk that only looks, on behalf of a user's control.
struct Look<'a, C: ?Sized> {
    machine: &'a Machine,
    frame: FrameIx,
    pfn: Pfn,
    control: &'a mut C,
}

impl<C: Control + ?Sized> Visitor for Look<'_, C> {
    fn skip(&mut self, vma: VmaView<'_>) -> bool {
        self.control.invalid_vma(&vma)
    }

    fn visit(&mut self, visit: Visit<'_>) -> (bool, ControlFlow<()>) {
        let (mm, address) = (visit.vma.vma.mm, visit.address);
        let mapped = self.machine.memory.pte(mm, address) == Pte::Page(self.frame);
        let mapping = Mapping {
            pfn: self.pfn,
            mm: visit.vma.mm(),
            vma: visit.vma.id(),
            address,
            pass: visit.pass,
            mapped,
        };
        (mapped, self.control.rmap_one(&mapping))
    }

    fn done(&mut self) -> bool {
        self.control.done()
    }

    fn try_lock(&self) -> bool {
        self.control.try_lock()
    }

    fn lock_taken(&mut self, start: &LoopStart) {
        self.control.lock_taken(start);
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        self.control.lock_released(stats);
    }
}

/// A walk that finds entries, each once, and ends when none is left.
pub(super) struct Take<F> {
    pub(super) is_it: F,
    pub(super) found: PteSet,
    pub(super) left: u32,
}

impl<F: Fn(PteAt) -> bool> Visitor for Take<F> {
    fn visit(&mut self, visit: Visit<'_>) -> (bool, ControlFlow<()>) {
        let entry = (visit.vma.vma.mm, visit.address);
        let mapped = (self.is_it)(entry) && self.found.insert(entry);
        self.left -= u32::from(mapped);
        (mapped, ControlFlow::Continue(()))
    }

    fn done(&mut self) -> bool {
        self.left == 0
    }
}

/// Ends the walk when as many mappings were seen as there were.
struct CountUpTo {
    left: u32,
    mappings: u32,
}

impl Control for CountUpTo {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        self.mappings += u32::from(mapping.mapped);
        self.left = self.left.saturating_sub(u32::from(mapping.mapped));
        if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn try_lock(&self) -> bool {
        true
    }
}

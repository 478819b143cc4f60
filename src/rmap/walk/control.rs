//! What a user does with the mappings a walk finds.

use core::ops::ControlFlow;

use crate::rmap::model::vma::VmaView;
use crate::rmap::units::{MmId, Pfn, Vaddr, VmaId};
use crate::rmap::walk::stats::{LoopStart, LoopStats, Pass};

/// One place that a walk found: the mapping holds the address, and its process is this pass's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Mapping {
    /// The frame that is walked.
    pub pfn: Pfn,
    /// Process.
    pub mm: MmId,
    /// Mapping.
    pub vma: VmaId,
    /// Address of the page in it (bytes).
    pub address: Vaddr,
    /// Pass in which it was found.
    pub pass: Pass,
    /// Whether the page-table entry there maps the frame.
    pub mapped: bool,
}

/// What to do with each mapping of a walk, and when to stop (`rmap_walk_control`).
///
/// Each search of a tree holds the lock that the family's root or the file keeps, for reading; the
/// two lock hooks are called when it was taken and when it has been released. The library reads no clock;
/// a control may, and so learns for how long. Where families publish states
/// ([`AnonVmaIndex::PublishedBTree`](crate::rmap::AnonVmaIndex::PublishedBTree)) no lock of a family is
/// taken, and the hooks tell when the search begins and ends.
///
/// Inside `rmap_one` and `invalid_vma` the lock is held: to call
/// [`relink`](crate::rmap::Machine::relink) there for the same family is to wait for oneself, and to
/// walk there is to wait for whoever waits to relink.
///
/// # Examples
///
/// ```
/// use core::ops::ControlFlow;
/// use stabtree::rmap::{Control, Mapping};
///
/// /// Stops at the first mapping that is really there.
/// struct IsMapped(bool);
///
/// impl Control for IsMapped {
///     fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
///         self.0 |= mapping.mapped;
///         if self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
///     }
/// }
/// ```
pub trait Control {
    /// Handles one mapping; `Break` ends the walk (`rmap_one`).
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()>;

    /// Returns `true` to end the walk; asked after each `rmap_one` only (`done`).
    fn done(&mut self) -> bool {
        false
    }

    /// Returns `true` to leave the mapping out; asked after both tests of the walk (`invalid_vma`).
    fn invalid_vma(&mut self, vma: &VmaView<'_>) -> bool {
        let _ = vma;
        false
    }

    /// Returns `true` to end the walk at a lock that is busy, rather than to wait (`try_lock`); the walk then
    /// says that it was [`contended`](crate::rmap::WalkStats::contended).
    fn try_lock(&self) -> bool {
        false
    }

    /// A family's lock has been taken, or the search of a published state begins.
    fn lock_taken(&mut self, start: &LoopStart) {
        let _ = start;
    }

    /// The lock has been released, or the search of a published state has ended, after what `stats` says.
    fn lock_released(&mut self, stats: &LoopStats) {
        let _ = stats;
    }
}

/// Collects what a walk finds.
///
/// [`Collect::all`] never stops, as the walk that puts entries back after a migration;
/// [`Collect::until`] stops as soon as a number of different entries was found, as unmapping does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Collect {
    visits: Vec<Mapping>,
    mapped: Vec<(MmId, Vaddr)>,
    loops: Vec<LoopStats>,
    enough: Option<usize>,
}

impl Collect {
    /// A collector that never stops the walk.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Collect, StoredPgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut found = Collect::all();
    /// machine.walk(pfn, &StoredPgoff, &mut found)?;
    /// assert_eq!(found.mapped().len(), 2);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn all() -> Self {
        Self::default()
    }

    /// A collector that stops the walk when it has seen `entries` different entries of the frame.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Collect, StoredPgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut found = Collect::until(1);
    /// machine.walk(pfn, &StoredPgoff, &mut found)?;
    /// assert_eq!(found.mapped().len(), 1); // and there it stopped
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn until(entries: usize) -> Self {
        Self { enough: Some(entries), ..Self::default() }
    }

    /// Every mapping that was handed over, in order, repetitions included.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Collect, StoredPgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut found = Collect::all();
    /// machine.walk(pfn, &StoredPgoff, &mut found)?;
    /// assert!(found.visits().iter().all(|mapping| mapping.mm == p));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn visits(&self) -> &[Mapping] {
        &self.visits
    }

    /// The entries that map the frame, each once, sorted by process and address.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Collect, StoredPgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut found = Collect::all();
    /// machine.walk(pfn, &StoredPgoff, &mut found)?;
    /// assert_eq!(found.mapped(), [(p, at), (p, at + Pages(1))]);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn mapped(&self) -> &[(MmId, Vaddr)] {
        &self.mapped
    }

    /// Every loop, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Collect, StoredPgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut found = Collect::all();
    /// machine.walk(pfn, &StoredPgoff, &mut found)?;
    /// let visited: u64 = found.loops().iter().map(|stats| stats.visited).sum();
    /// assert_eq!(visited, 4); // two items, in two passes
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn loops(&self) -> &[LoopStats] {
        &self.loops
    }
}

impl Control for Collect {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        self.visits.push(*mapping);
        let entry = (mapping.mm, mapping.address);
        if mapping.mapped
            && let Err(place) = self.mapped.binary_search(&entry)
        {
            self.mapped.insert(place, entry);
        }
        ControlFlow::Continue(())
    }

    fn done(&mut self) -> bool {
        self.enough.is_some_and(|enough| self.mapped.len() >= enough)
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        self.loops.push(*stats);
    }
}

/// Keeps the loop with the most visits, and around it whatever another control does.
#[derive(Clone, Debug)]
pub struct SlowestLoop<C> {
    /// The control that is asked.
    pub inner: C,
    /// The loop with the most visits so far, the first of equals.
    pub slowest: Option<LoopStats>,
}

impl<C> SlowestLoop<C> {
    /// Creates a control that keeps the slowest loop of `inner`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, Collect, SlowestLoop, StoredPgoff};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let pfn = machine.pfn_at(p, at)?;
    /// let mut control = SlowestLoop::new(Collect::all());
    /// machine.walk(pfn, &StoredPgoff, &mut control)?;
    /// assert_eq!(control.slowest.map(|stats| stats.visited), Some(1));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn new(inner: C) -> Self {
        Self { inner, slowest: None }
    }
}

impl<C: Control> Control for SlowestLoop<C> {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        self.inner.rmap_one(mapping)
    }

    fn done(&mut self) -> bool {
        self.inner.done()
    }

    fn invalid_vma(&mut self, vma: &VmaView<'_>) -> bool {
        self.inner.invalid_vma(vma)
    }

    fn try_lock(&self) -> bool {
        self.inner.try_lock()
    }

    fn lock_taken(&mut self, start: &LoopStart) {
        self.inner.lock_taken(start);
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        if self.slowest.is_none_or(|slowest| slowest.visited < stats.visited) {
            self.slowest = Some(*stats);
        }
        self.inner.lock_released(stats);
    }
}

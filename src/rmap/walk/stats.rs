//! The work of a walk, counted.

use crate::Interval;
use crate::rmap::units::{AnonVmaId, ContextId, FileId, ItemId, Pgoff};

/// Which mappings a loop is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Pass {
    /// Those of the item's own process.
    Own,
    /// Those of other processes: copies that a fork made and the scanner has not met yet
    /// (`search_new_forks`).
    Forks,
    /// All, those that only a residual item leads to included ([`CompleteIndex`](super::CompleteIndex)).
    All,
}

/// The work of one walk.
///
/// `visited` is the sum of the two skips, of what the control skipped, and of the hits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct WalkStats {
    /// Entries that the tree searches yielded: the mails' `Nr_iteration_total`.
    pub visited: u64,
    /// Of these, mappings that do not hold the item's address: `Skip_addr_out_of_range`.
    pub skipped_address: u64,
    /// Of these, mappings of a process that is not this pass's business: `Skip_mm_mismatch`.
    pub skipped_mm: u64,
    /// Of these, mappings that the control did not want ([`Control::invalid_vma`](crate::rmap::Control::invalid_vma)).
    pub skipped_by_control: u64,
    /// Of these, mappings handed to the control ([`Control::rmap_one`](crate::rmap::Control::rmap_one); the kernel's `rmap_one`).
    pub hits: u64,
    /// Hits whose page-table entry really maps the frame. The rest found another page there, or
    /// none: harmless.
    pub mapped: u64,
    /// Passes begun over the items.
    pub passes: u64,
    /// Loops begun, each under one lock.
    pub loops: u64,
    /// Searches begun: one for each loop, or where contexts are walked one in the mappings of a
    /// process for each offset tried.
    pub searches: u64,
    /// Whether the walk ended at a lock that was busy ([`Control::try_lock`](crate::rmap::Control::try_lock)).
    pub contended: bool,
}

impl WalkStats {
    pub(crate) fn add(&mut self, one: &LoopStats) {
        self.visited += one.visited;
        self.skipped_address += one.skipped_address;
        self.skipped_mm += one.skipped_mm;
        self.skipped_by_control += one.skipped_by_control;
        self.hits += one.hits;
        self.mapped += one.mapped;
        self.loops += 1;
        self.searches += one.searches;
    }
}

/// What begins when the lock of a family or a file is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LoopStart {
    /// Pass.
    pub pass: Pass,
    /// Item from which is searched; `None` in the walk of an ordinary page and from a residual item.
    pub item: Option<ItemId>,
    /// The tree that is searched.
    pub tree: SearchedTree,
    /// Where it is searched (pages, closed).
    pub window: Interval<Pgoff>,
}

/// A tree that a walk searches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum SearchedTree {
    /// That of an `anon_vma`, under the lock of its root.
    AnonVma(AnonVmaId),
    /// The mappings of a context's process, under the lock of its remap table.
    Context(ContextId),
    /// That of a file's mappings, under the file's own lock.
    File(FileId),
}

/// What was done between taking and releasing the lock of a family. The counts are those of
/// [`WalkStats`], for this loop alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LoopStats {
    /// What was searched.
    pub start: LoopStart,
    /// Searches begun.
    pub searches: u64,
    /// Entries yielded.
    pub visited: u64,
    /// Skipped for the address.
    pub skipped_address: u64,
    /// Skipped for the process.
    pub skipped_mm: u64,
    /// Skipped by the control.
    pub skipped_by_control: u64,
    /// Handed to the control.
    pub hits: u64,
    /// Hits whose entry maps the frame.
    pub mapped: u64,
}

impl LoopStats {
    pub(crate) fn new(start: LoopStart) -> Self {
        Self {
            start,
            searches: 0,
            visited: 0,
            skipped_address: 0,
            skipped_mm: 0,
            skipped_by_control: 0,
            hits: 0,
            mapped: 0,
        }
    }
}

impl From<LoopStats> for WalkStats {
    fn from(one: LoopStats) -> Self {
        let mut stats = Self { passes: 1, ..Self::default() };
        stats.add(&one);
        stats
    }
}

//! The reverse map of anonymous pages: from a page back to the mappings that may hold it.
//!
//! Each kind is one module, and what system calls, scanner and walks need of either is the interface
//! here. Both know mappings and processes, and neither knows frames, page tables or the scanner.
//!
//! 1. An anonymous page and a stable item name an *owner* and an index. A search from the owner at
//!    the index comes to the mappings that hold the index and that the owner leads to.
//! 2. A mapping is *touched*, and then it has an `anon_vma`, or it is not.
//! 3. Which neighbours may become one mapping is decided by `anon_vma` and `is_single` alone, and is
//!    the same for all kinds.

mod anon_vma;
mod cow_context;
mod settings;

use core::ops::ControlFlow;

pub(crate) use anon_vma::Families;
pub use cow_context::ContextView;
pub(crate) use cow_context::Contexts;
pub use settings::{
    CowContextSettings, EarlyStop, MoveRecord, RemapEdit, ReverseMapKind, ReverseMapSize,
    SwapInOwner, UnknownReverseMapError,
};

use crate::Interval;
use crate::rmap::lock::WalkLock;
use crate::rmap::model::family::AnonVmaIndex;
use crate::rmap::model::ix::{AnonVmaIx, MmIx, MmKey, VmaIx, VmaKey};
use crate::rmap::model::mm::Mm;
use crate::rmap::model::vma::Vma;
use crate::rmap::slab::{RawId, Slab};
use crate::rmap::sync::RwLockReadGuard;
use crate::rmap::units::{AnonVmaId, Pgoff};
use crate::rmap::violation::MachineViolation;
use crate::rmap::walk::stats::SearchedTree;

/// All mappings.
pub(crate) type Vmas = Slab<Vma, VmaKey>;
/// All address spaces.
pub(crate) type Mms = Slab<Mm, MmKey>;

/// What is done with the mappings that a search comes to, loop by loop: a loop is what is done under
/// one lock.
pub(crate) trait Loops {
    /// Takes a loop's lock for reading, or ends the search rather than to wait.
    fn lock<'a, T>(&mut self, of: &'a WalkLock<T>) -> ControlFlow<(), RwLockReadGuard<'a, T>>;

    /// A loop begins; its lock is held.
    fn begin(&mut self, tree: SearchedTree);

    /// Counts one search, of a tree or of a process's mappings.
    fn searches(&mut self);

    /// Handles a mapping; the flag says whether it holds the page that is looked for.
    fn mapping(&mut self, at: VmaIx) -> (bool, ControlFlow<()>);

    /// The loop is over and its lock released.
    fn end(&mut self);
}

/// What a search asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// What the page or the item names.
    pub(crate) owner: AnonVmaIx,
    /// Where to search (pages, closed).
    pub(crate) window: Interval<Pgoff>,
    /// Whether the page is an ordinary one with a single entry.
    pub(crate) exclusive: bool,
}

impl Wanted {
    /// What may hold a page that others than its finder may hold too.
    pub(crate) const fn shared(owner: AnonVmaIx, window: Interval<Pgoff>) -> Self {
        Self { owner, window, exclusive: false }
    }
}

/// The tables that a search reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables<'a> {
    pub(crate) mms: &'a Mms,
    pub(crate) vmas: &'a Vmas,
}

/// Why a mapping is linked like another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Copied {
    /// It is a part of the other, or has grown towards it.
    Part,
    /// It is where the other's pages are about to be moved.
    Moved,
}

/// The reverse map of anonymous pages, of one kind.
#[derive(Clone, Debug)]
pub(crate) enum AnonMap {
    /// Trees of mappings, one for each `anon_vma`.
    AnonVma(Families),
    /// Contexts, one for each process.
    CowContext(Contexts),
}

/// Asks the map of whichever kind.
macro_rules! either {
    ($self:expr, $map:ident => $answer:expr) => {
        match $self {
            AnonMap::AnonVma($map) => $answer,
            AnonMap::CowContext($map) => $answer,
        }
    };
}

impl AnonMap {
    /// One of `anon_vma`s. Each copy of a mapping's links is the other way round if `reversed_links`.
    pub(crate) const fn anon_vma(index: AnonVmaIndex, reversed_links: bool) -> Self {
        Self::AnonVma(Families::new(index, reversed_links))
    }

    /// One of contexts.
    pub(crate) const fn cow_context(settings: CowContextSettings) -> Self {
        Self::CowContext(Contexts::new(settings))
    }

    #[cfg(test)]
    pub(crate) fn families(&self) -> &crate::rmap::model::anon_vma::AnonVmas {
        let Self::AnonVma(families) = self else { panic!("contexts know no families") };
        &families.anon_vmas
    }

    #[cfg(test)]
    pub(crate) fn families_mut(&mut self) -> &mut crate::rmap::model::anon_vma::AnonVmas {
        let Self::AnonVma(families) = self else { panic!("contexts know no families") };
        &mut families.anon_vmas
    }

    // ---- processes -----------------------------------------------------------------------------

    /// A process was made, by a fork of `parent` or by nobody.
    pub(crate) fn spawned(&mut self, mm: MmIx, parent: Option<MmIx>) {
        either!(self, map => map.spawned(mm, parent));
    }

    /// A process has ended; it has no mappings any more.
    pub(crate) fn exited(&mut self, mm: MmIx) {
        either!(self, map => map.exited(mm));
    }

    // ---- mappings ------------------------------------------------------------------------------

    /// Returns `true` if the mapping, which is touched, may take in untouched neighbours: no fork
    /// lies between it and its first touch.
    pub(crate) fn is_single(&self, vma: &Vma) -> bool {
        either!(self, map => map.is_single(vma))
    }

    /// An untouched mapping is touched; it gets the `anon_vma` of a neighbour or a new one.
    pub(crate) fn touch(&mut self, at: VmaIx, reused: Option<AnonVmaIx>, vmas: &mut Vmas) {
        either!(self, map => map.touch(at, reused, vmas));
    }

    /// Links `dst`, which is in no tree, like `src`, which is touched and in the same process.
    pub(crate) fn copy(&mut self, dst: VmaIx, src: VmaIx, why: Copied, vmas: &mut Vmas) {
        either!(self, map => map.copy(dst, src, why, vmas));
    }

    /// Links the child's copy of a touched mapping.
    pub(crate) fn fork(&mut self, child: VmaIx, parent: VmaIx, vmas: &mut Vmas) {
        either!(self, map => map.fork(child, parent, vmas));
    }

    /// Takes a mapping out of everything; it is untouched afterwards.
    pub(crate) fn unlink(&mut self, at: VmaIx, vmas: &mut Vmas) {
        either!(self, map => map.unlink(at, vmas));
    }

    /// The mapping covered `before`, and now covers what it says.
    pub(crate) fn moved_bounds(&mut self, at: VmaIx, before: Interval<Pgoff>, vmas: &Vmas) {
        either!(self, map => map.moved_bounds(at, before, vmas));
    }

    /// Shows walks the trees as they are now. A call that changes them ends with it.
    pub(crate) fn publish(&mut self) {
        match self {
            Self::AnonVma(map) => map.publish(),
            Self::CowContext(_) => {}
        }
    }

    /// Removes the mapping and inserts it again, with the locks for writing held; `once_held` is called
    /// as soon as they are, with `true` if there are any. Returns in how many trees it is.
    pub(crate) fn relink(&self, vma: &Vma, once_held: impl FnOnce(bool)) -> usize {
        either!(self, map => map.relink(vma, once_held))
    }

    // ---- pages and items -----------------------------------------------------------------------

    /// What a page belongs to that only this touched mapping holds.
    pub(crate) fn owner(&self, vma: &Vma) -> Option<AnonVmaIx> {
        either!(self, map => map.owner(vma))
    }

    /// What a page belongs to that relatives of the touched mapping may hold too, whoever they are.
    pub(crate) fn common_owner(&self, vma: &Vma) -> Option<AnonVmaIx> {
        either!(self, map => map.common_owner(vma))
    }

    /// Returns `true` if a search from `owner` comes to the mapping, at an index that it holds.
    pub(crate) fn leads_to(&self, owner: AnonVmaIx, vma: &Vma) -> bool {
        either!(self, map => map.leads_to(owner, vma))
    }

    /// All from which a search comes to the mapping: the first its own, the last the oldest.
    pub(crate) fn leading_to(&self, vma: &Vma) -> Vec<AnonVmaIx> {
        either!(self, map => map.leading_to(vma))
    }

    /// From where an item's page is searched if the item records no owner but only its process: none
    /// if that leads nowhere any more. A family is no process's, and is recorded always.
    pub(crate) fn of_process(&self, mm: MmIx, recorded: AnonVmaIx) -> Option<AnonVmaIx> {
        match self {
            Self::AnonVma(_) => Some(recorded),
            Self::CowContext(map) => map.of(mm),
        }
    }

    /// Takes one more reference on an owner, as a stable item does.
    pub(crate) fn get(&mut self, owner: AnonVmaIx) {
        either!(self, map => map.get(owner));
    }

    /// Drops such a reference.
    pub(crate) fn put(&mut self, owner: AnonVmaIx) {
        either!(self, map => map.put(owner));
    }

    /// Visits the mappings that a search comes to.
    pub(crate) fn search<L: Loops>(
        &self,
        wanted: Wanted,
        tables: Tables<'_>,
        loops: &mut L,
    ) -> ControlFlow<()> {
        either!(self, map => map.search(wanted, tables, loops))
    }

    /// Returns `true` if `is_it` holds for a mapping that a search at an index comes to.
    pub(crate) fn any(
        &self,
        owner: AnonVmaIx,
        index: Pgoff,
        tables: Tables<'_>,
        is_it: impl FnMut(VmaIx) -> bool,
    ) -> bool {
        let wanted = Wanted::shared(owner, Interval::point(index));
        self.search(wanted, tables, &mut Any(is_it)).is_break()
    }

    // ---- looking at it -------------------------------------------------------------------------

    pub(crate) fn id(&self, owner: AnonVmaIx) -> AnonVmaId {
        AnonVmaId(either!(self, map => map.id(owner)))
    }

    /// The counters of an `anon_vma`; none where there are no such.
    pub(crate) fn family(&self, id: AnonVmaId) -> Option<FamilyView> {
        match self {
            Self::AnonVma(map) => map.family(id),
            Self::CowContext(_) => None,
        }
    }

    /// The context of a living process; none where there are no such.
    pub(crate) fn context(&self, mm: MmIx) -> Option<ContextView> {
        match self {
            Self::AnonVma(_) => None,
            Self::CowContext(map) => map.view(mm),
        }
    }

    pub(crate) fn kind(&self) -> ReverseMapKind {
        match self {
            Self::AnonVma(_) => ReverseMapKind::AnonVma,
            Self::CowContext(_) => ReverseMapKind::CowContext,
        }
    }

    /// What it takes.
    pub(crate) fn size(&self, vmas: &Vmas) -> ReverseMapSize {
        either!(self, map => map.size(vmas))
    }

    /// Tests the invariants of the map, of its trees, and that both agree with the mappings. `held`
    /// says how many references the scanner has on each owner, by its slot.
    pub(crate) fn check(
        &self,
        tables: Tables<'_>,
        held: impl Fn(usize) -> u32,
    ) -> Result<(), MachineViolation> {
        either!(self, map => map.check(tables, held))
    }
}

/// Ends a search at the first mapping for which it holds.
struct Any<F>(F);

impl<F: FnMut(VmaIx) -> bool> Loops for Any<F> {
    fn lock<'a, T>(&mut self, of: &'a WalkLock<T>) -> ControlFlow<(), RwLockReadGuard<'a, T>> {
        ControlFlow::Continue(of.read())
    }

    fn begin(&mut self, _tree: SearchedTree) {}
    fn searches(&mut self) {}

    fn mapping(&mut self, at: VmaIx) -> (bool, ControlFlow<()>) {
        let is_it = (self.0)(at);
        (is_it, if is_it { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn end(&mut self) {}
}

/// One `anon_vma` as its counters show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct FamilyView {
    /// Root of the family; a root's is itself.
    pub root: AnonVmaId,
    /// Where the fork that made it took place; a root's is itself. `None` if that has been freed:
    /// only one whose tree is empty may outlive its parent.
    pub parent: Option<AnonVmaId>,
    /// Those with entries whose parent it is (a root with entries counts itself).
    pub children: u32,
    /// Mappings whose own it is (mappings).
    pub active: u32,
    /// Reasons for it to live.
    pub refcount: u32,
    /// Entries of its tree (mappings).
    pub entries: usize,
}

/// Fails with `broken` unless it holds.
fn ensure(holds: bool, broken: MachineViolation) -> Result<(), MachineViolation> {
    if holds { Ok(()) } else { Err(broken) }
}

/// Name and slot of an owner.
type OwnerId = RawId;

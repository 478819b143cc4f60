//! The walk over the tables, on behalf of a visitor.

use core::ops::ControlFlow;

use crate::Interval;
use crate::rmap::anon::{AnonMap, Loops, Tables, Wanted};
use crate::rmap::ksm::{Ksm, OtherOffsets};
use crate::rmap::lock::WalkLock;
use crate::rmap::model::file::Files;
use crate::rmap::model::ix::{FileIx, FrameIx, ItemIx, NodeIx, VmaIx};
use crate::rmap::model::page::{Frames, Owner};
use crate::rmap::model::vma::{Vma, VmaView};
use crate::rmap::sync::RwLockReadGuard;
use crate::rmap::units::{FileId, ItemId, Pgoff, Vaddr};
use crate::rmap::walk::stats::{LoopStart, LoopStats, Pass, SearchedTree, WalkStats};
use crate::rmap::walk::strategy::{Progress, StableItem, Strategy};

/// A mapping that passed both tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) vma: VmaView<'a>,
    pub(crate) address: Vaddr,
    pub(crate) pass: Pass,
}

/// What a walk does with mappings; [`Control`] is its public interface.
pub(crate) trait Visitor {
    /// Returns `true` to leave the mapping out.
    fn skip(&mut self, _vma: VmaView<'_>) -> bool {
        false
    }

    /// Handles a mapping, says whether its entry maps the frame, and whether to go on.
    fn visit(&mut self, visit: Visit<'_>) -> (bool, ControlFlow<()>);

    /// Returns `true` to stop; asked after each `rmap_one`.
    fn done(&mut self) -> bool;

    /// Returns `true` to end the walk rather than to wait for a lock.
    fn try_lock(&self) -> bool {
        false
    }

    fn lock_taken(&mut self, _start: &LoopStart) {}
    fn lock_released(&mut self, _stats: &LoopStats) {}
}

/// The tables a walk reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReverseMap<'a> {
    pub(crate) frames: &'a Frames,
    pub(crate) anon: &'a AnonMap,
    pub(crate) tables: Tables<'a>,
    pub(crate) files: &'a Files,
    pub(crate) ksm: &'a Ksm,
}

impl ReverseMap<'_> {
    /// Walks from `frame`, again and wider as long as the strategy asks for it.
    pub(crate) fn walk<S, V>(&self, frame: FrameIx, strategy: &S, visitor: &mut V) -> WalkStats
    where
        S: Strategy + ?Sized,
        V: Visitor,
    {
        let mut stats = WalkStats::default();
        let node = match self.frames[frame].owner {
            Owner::Anon { anon_vma, index } => {
                // A frame that nothing maps may have outlived its family.
                let mapcount = self.frames[frame].mapcount;
                if mapcount > 0 {
                    stats.passes += 1;
                    let window = Interval::point(index);
                    let wanted = Wanted { owner: anon_vma, window, exclusive: mapcount == 1 };
                    let _ = self.anon_walk(wanted, index, Pass::Own, visitor, &mut stats);
                }
                return stats;
            }
            Owner::File { file, index } => {
                let _ = self.file_walk(file, index, visitor, &mut stats);
                return stats;
            }
            Owner::Ksm { node } => node,
        };
        let mapcount = self.frames[frame].mapcount;
        let mut flow = self.ksm_walk(node, strategy, visitor, &mut stats);
        let mut wider = strategy.wider(&Progress { stats, mapcount });
        while let (Some(next), ControlFlow::Continue(())) = (wider, flow) {
            flow = self.ksm_walk(node, next, visitor, &mut stats);
            wider = next.wider(&Progress { stats, mapcount });
        }
        stats
    }

    fn ksm_walk<S, V>(
        &self,
        node: NodeIx,
        strategy: &S,
        visitor: &mut V,
        stats: &mut WalkStats,
    ) -> ControlFlow<()>
    where
        S: Strategy + ?Sized,
        V: Visitor,
    {
        for &pass in strategy.passes() {
            stats.passes += 1;
            for &item in self.ksm.nodes[node].items.iter().rev() {
                self.ksm_loop(item, pass, strategy, visitor, stats)?;
            }
            let residual_items = self.ksm.residual_items.get(&node).filter(|_| pass == Pass::All);
            for residual_item in residual_items.into_iter().flatten() {
                let index = residual_item.pgoff;
                let wanted = Wanted::shared(residual_item.anon_vma, Interval::point(index));
                self.anon_walk(wanted, index, pass, visitor, stats)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// One search, for one item in one pass, under one lock.
    fn ksm_loop<S, V>(
        &self,
        at: ItemIx,
        pass: Pass,
        strategy: &S,
        visitor: &mut V,
        stats: &mut WalkStats,
    ) -> ControlFlow<()>
    where
        S: Strategy + ?Sized,
        V: Visitor,
    {
        let item = &self.ksm.items[at];
        let (pgoff, anon_vma) = item.place().expect("a node lists stable items");
        let owner = if strategy.starts_at_process() {
            self.anon.of_process(item.mm, anon_vma)
        } else {
            Some(anon_vma)
        };
        let Some(owner) = owner else { return ControlFlow::Continue(()) };
        let OtherOffsets { vma_pgoff, file_pgoff } = self.ksm.other_offsets[at.slot()];
        let stable = StableItem { address: item.address, pgoff, vma_pgoff, file_pgoff };
        let window = strategy.window(&stable);
        let place = |vma: &VmaView<'_>| {
            let address = strategy.address(&stable, vma).ok_or(Skip::Address)?;
            let other_pass = pass != Pass::All && (vma.vma.mm == item.mm) != (pass == Pass::Own);
            if other_pass { Err(Skip::Mm) } else { Ok(address) }
        };
        let id = Some(ItemId(self.ksm.items.id(at)));
        let mut search =
            Search { map: self, pass, item: id, window, place, visitor, stats, one: None };
        self.anon.search(Wanted::shared(owner, window), self.tables, &mut search)
    }

    /// The walk of an ordinary page, and from a residual item: one search at its index.
    fn anon_walk<V: Visitor>(
        &self,
        wanted: Wanted,
        index: Pgoff,
        pass: Pass,
        visitor: &mut V,
        stats: &mut WalkStats,
    ) -> ControlFlow<()> {
        let place = |vma: &VmaView<'_>| {
            Ok(vma.vma.address_of(index).expect("the mapping covers the index"))
        };
        let window = wanted.window;
        let mut search =
            Search { map: self, pass, item: None, window, place, visitor, stats, one: None };
        self.anon.search(wanted, self.tables, &mut search)
    }

    /// The walk of a file's page: one search of the file's mappings at its index.
    fn file_walk<V: Visitor>(
        &self,
        file: FileIx,
        index: Pgoff,
        visitor: &mut V,
        stats: &mut WalkStats,
    ) -> ControlFlow<()> {
        stats.passes += 1;
        let tree = SearchedTree::File(FileId(self.files.id(file)));
        let mappings = lock(&self.files[file].mappings, visitor, stats)?;
        let found = mappings.stab(index).map(|(_, &vma)| vma);
        let place = |vma: &Vma| vma.address_in_file(index);
        let (one, flow) = self.index_loop((tree, index, Pass::Own), found, place, visitor);
        release(mappings, &one, visitor, stats);
        flow
    }

    /// Offers the mappings found at an index, under the lock that the caller holds.
    fn index_loop<V: Visitor>(
        &self,
        (tree, index, pass): (SearchedTree, Pgoff, Pass),
        found: impl Iterator<Item = VmaIx>,
        place: impl Fn(&Vma) -> Option<Vaddr>,
        visitor: &mut V,
    ) -> (LoopStats, ControlFlow<()>) {
        let window = Interval::point(index);
        let start = LoopStart { pass, item: None, tree, window };
        let mut one = LoopStats::new(start);
        one.searches = 1;
        visitor.lock_taken(&start);
        let mut flow = ControlFlow::Continue(());
        for at in found {
            one.visited += 1;
            let vma = VmaView { vma: &self.tables.vmas[at], at, vmas: self.tables.vmas };
            let address = place(vma.vma).expect("the mapping covers the index");
            flow = offer(Visit { vma, address, pass }, visitor, &mut one);
            if flow.is_break() {
                break;
            }
        }
        (one, flow)
    }
}

/// Why a mapping that a search found is not visited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Skip {
    /// It does not hold the address.
    Address,
    /// Its process is not this pass's business.
    Mm,
}

/// A search of the reverse map on behalf of a visitor: what is found is counted, tested and offered.
struct Search<'a, 'm, P, V: ?Sized> {
    map: &'a ReverseMap<'m>,
    pass: Pass,
    item: Option<ItemId>,
    window: Interval<Pgoff>,
    place: P,
    visitor: &'a mut V,
    stats: &'a mut WalkStats,
    /// The loop under way.
    one: Option<LoopStats>,
}

impl<P, V> Search<'_, '_, P, V> {
    fn one(&mut self) -> &mut LoopStats {
        self.one.as_mut().expect("a loop is under way")
    }
}

impl<P, V> Loops for Search<'_, '_, P, V>
where
    P: Fn(&VmaView<'_>) -> Result<Vaddr, Skip>,
    V: Visitor,
{
    fn lock<'a, T>(&mut self, of: &'a WalkLock<T>) -> ControlFlow<(), RwLockReadGuard<'a, T>> {
        lock(of, self.visitor, self.stats)
    }

    fn begin(&mut self, tree: SearchedTree) {
        let Self { pass, item, window, .. } = *self;
        let start = LoopStart { pass, item, tree, window };
        self.one = Some(LoopStats::new(start));
        self.visitor.lock_taken(&start);
    }

    fn searches(&mut self) {
        self.one().searches += 1;
    }

    #[inline]
    fn mapping(&mut self, at: VmaIx) -> (bool, ControlFlow<()>) {
        let vmas = self.map.tables.vmas;
        let vma = VmaView { vma: &vmas[at], at, vmas };
        let place = (self.place)(&vma);
        let pass = self.pass;
        let Self { one, visitor, .. } = self;
        let one = one.as_mut().expect("a loop is under way");
        one.visited += 1;
        match place {
            Ok(address) => {
                let mapped = one.mapped;
                let flow = offer(Visit { vma, address, pass }, *visitor, one);
                return (one.mapped > mapped, flow);
            }
            Err(Skip::Address) => one.skipped_address += 1,
            Err(Skip::Mm) => one.skipped_mm += 1,
        }
        (false, ControlFlow::Continue(()))
    }

    fn end(&mut self) {
        let one = self.one.take().expect("a loop is under way");
        self.visitor.lock_released(&one);
        self.stats.add(&one);
    }
}

/// Takes a lock for reading, or ends the walk if the visitor gives way to whoever holds it.
fn lock<'a, T, V: Visitor>(
    of: &'a WalkLock<T>,
    visitor: &V,
    stats: &mut WalkStats,
) -> ControlFlow<(), RwLockReadGuard<'a, T>> {
    let taken = if visitor.try_lock() { of.try_read() } else { Some(of.read()) };
    stats.contended = taken.is_none();
    taken.map_or(ControlFlow::Break(()), ControlFlow::Continue)
}

/// Releases the lock of a loop, and counts what was done under it.
fn release<V: Visitor>(
    guard: RwLockReadGuard<'_, impl Sized>,
    one: &LoopStats,
    visitor: &mut V,
    stats: &mut WalkStats,
) {
    drop(guard);
    visitor.lock_released(one);
    stats.add(one);
}

fn offer<V: Visitor>(visit: Visit<'_>, visitor: &mut V, one: &mut LoopStats) -> ControlFlow<()> {
    if visitor.skip(visit.vma) {
        one.skipped_by_control += 1;
        return ControlFlow::Continue(());
    }
    one.hits += 1;
    let (mapped, flow) = visitor.visit(visit);
    one.mapped += u64::from(mapped);
    if visitor.done() { ControlFlow::Break(()) } else { flow }
}

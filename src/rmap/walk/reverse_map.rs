//! The walk over the tables, on behalf of a visitor.

use core::ops::ControlFlow;

use crate::Interval;
use crate::rmap::ksm::{Ksm, OtherOffsets};
use crate::rmap::lock::WalkLock;
use crate::rmap::model::anon_vma::AnonVmas;
use crate::rmap::model::file::Files;
use crate::rmap::model::ix::{AnonVmaIx, FileIx, FrameIx, ItemIx, NodeIx, VmaIx, VmaKey};
use crate::rmap::model::page::{Frames, Owner};
use crate::rmap::model::vma::{Vma, VmaView};
use crate::rmap::slab::Slab;
use crate::rmap::sync::RwLockReadGuard;
use crate::rmap::units::{AnonVmaId, FileId, ItemId, Pgoff, Vaddr};
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
    pub(crate) vmas: &'a Slab<Vma, VmaKey>,
    pub(crate) anon_vmas: &'a AnonVmas,
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
                if self.frames[frame].mapcount > 0 {
                    stats.passes += 1;
                    let _ = self.anon_walk(anon_vma, index, Pass::Own, visitor, &mut stats);
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
                self.anon_walk(residual_item.anon_vma, residual_item.pgoff, pass, visitor, stats)?;
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
        let OtherOffsets { vma_pgoff, file_pgoff } = self.ksm.other_offsets[at.slot()];
        let stable = StableItem { address: item.address, pgoff, vma_pgoff, file_pgoff };
        let window = strategy.window(&stable);
        let start = LoopStart {
            pass,
            item: Some(ItemId(self.ksm.items.id(at))),
            tree: SearchedTree::AnonVma(AnonVmaId(self.anon_vmas.id(anon_vma))),
            window,
        };
        let mut one = LoopStats::new(start);
        let family = lock(self.anon_vmas.family(anon_vma), visitor, stats)?;
        visitor.lock_taken(&start);
        let mut flow = ControlFlow::Continue(());
        for at in family[self.anon_vmas[anon_vma].tree].overlapping(window) {
            one.visited += 1;
            let vma = VmaView { vma: &self.vmas[at], at, vmas: self.vmas };
            let Some(address) = strategy.address(&stable, &vma) else {
                one.skipped_address += 1;
                continue;
            };
            if pass != Pass::All && (vma.vma.mm == item.mm) != (pass == Pass::Own) {
                one.skipped_mm += 1;
                continue;
            }
            flow = offer(Visit { vma, address, pass }, visitor, &mut one);
            if flow.is_break() {
                break;
            }
        }
        release(family, &one, visitor, stats);
        flow
    }

    /// The walk of an ordinary page, and from a residual item: one search of its family at its index.
    fn anon_walk<V: Visitor>(
        &self,
        anon_vma: AnonVmaIx,
        index: Pgoff,
        pass: Pass,
        visitor: &mut V,
        stats: &mut WalkStats,
    ) -> ControlFlow<()> {
        let tree = SearchedTree::AnonVma(AnonVmaId(self.anon_vmas.id(anon_vma)));
        let family = lock(self.anon_vmas.family(anon_vma), visitor, stats)?;
        let found = family[self.anon_vmas[anon_vma].tree].overlapping(Interval::point(index));
        let place = |vma: &Vma| vma.address_of(index);
        let (one, flow) = self.index_loop((tree, index, pass), found, place, visitor);
        release(family, &one, visitor, stats);
        flow
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
        visitor.lock_taken(&start);
        let mut flow = ControlFlow::Continue(());
        for at in found {
            one.visited += 1;
            let vma = VmaView { vma: &self.vmas[at], at, vmas: self.vmas };
            let address = place(vma.vma).expect("the mapping covers the index");
            flow = offer(Visit { vma, address, pass }, visitor, &mut one);
            if flow.is_break() {
                break;
            }
        }
        (one, flow)
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

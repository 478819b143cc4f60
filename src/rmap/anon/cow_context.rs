//! Contexts: a page belongs to the context of a process, and is looked for there and in all that were
//! forked from it.
//!
//! 1. Every process that lives has a context, and no other has.
//! 2. Under [`RemapEdit::Exact`] and [`MoveRecord::Keep`] the table of a context holds the index ranges
//!    of its process's touched mappings whose offset is not zero, and nothing else.
//! 3. A search from a context comes to the touched mappings of its process and of its descendants that
//!    hold the index at offset zero or at an offset that the table has there.

use core::ops::ControlFlow;
use std::collections::BTreeMap;

use crate::Interval;
use crate::rmap::anon::settings::{
    CowContextSettings, EarlyStop, MoveRecord, RemapEdit, ReverseMapSize, SwapInOwner,
};
use crate::rmap::anon::{Copied, Loops, OwnerId, Tables, Vmas, Wanted, ensure};
use crate::rmap::model::context::{Context, Offset, RemapTable};
use crate::rmap::model::ix::{AnonVmaIx, AnonVmaKey, MmIx, VmaIx};
use crate::rmap::model::vma::Vma;
use crate::rmap::slab::Slab;
use crate::rmap::units::{ContextId, Pgoff, Vaddr, VmaId};
use crate::rmap::violation::MachineViolation as Broken;
use crate::rmap::walk::stats::SearchedTree;

/// Mappings that may become one: those that have one `anon_vma` in a machine that has such.
///
/// Without it the two kinds would split and merge mappings differently, and could not be compared
/// call by call. A dead ancestor's is not taken over: each fork makes a new one.
#[derive(Clone, Debug)]
struct Group {
    mappings: u32,
    forked: bool,
}

/// All contexts. An owner is a context.
#[derive(Clone, Debug)]
pub(crate) struct Contexts {
    all: Slab<Context, AnonVmaKey>,
    /// By slot of the process.
    of_process: BTreeMap<MmIx, AnonVmaIx>,
    groups: Slab<Group, AnonVmaKey>,
    settings: CowContextSettings,
}

impl Contexts {
    pub(crate) const fn new(settings: CowContextSettings) -> Self {
        Self { all: Slab::new(), of_process: BTreeMap::new(), groups: Slab::new(), settings }
    }

    // ---- processes -----------------------------------------------------------------------------

    pub(super) fn spawned(&mut self, mm: MmIx, parent: Option<MmIx>) {
        let parent = parent.map(|parent| self.of_process[&parent]);
        let own = self.all.insert(Context::new(mm, parent));
        self.of_process.insert(mm, own);
        if let Some(parent) = parent {
            let parent = &mut self.all[parent];
            parent.children.push(own);
            parent.refcount += 1;
        }
    }

    pub(super) fn exited(&mut self, mm: MmIx) {
        let own = self.of_process.remove(&mm).expect("a process has a context");
        self.all[own].mm = None;
        self.put(own);
    }

    /// The context of a process that lives.
    pub(super) fn of(&self, mm: MmIx) -> Option<AnonVmaIx> {
        self.of_process.get(&mm).copied()
    }

    /// The context and its ancestors.
    fn lineage(&self, from: AnonVmaIx) -> impl Iterator<Item = AnonVmaIx> {
        core::iter::successors(Some(from), |&at| self.all[at].parent)
    }

    // ---- mappings ------------------------------------------------------------------------------

    pub(super) fn is_single(&self, vma: &Vma) -> bool {
        vma.anon_vma.is_some_and(|group| !self.groups[group].forked)
    }

    pub(super) fn touch(&mut self, at: VmaIx, reused: Option<AnonVmaIx>, vmas: &mut Vmas) {
        let group =
            reused.unwrap_or_else(|| self.groups.insert(Group { mappings: 0, forked: false }));
        self.join(at, group, vmas);
        self.record(&vmas[at]);
    }

    fn join(&mut self, at: VmaIx, group: AnonVmaIx, vmas: &mut Vmas) {
        vmas[at].anon_vma = Some(group);
        self.groups[group].mappings += 1;
    }

    fn table(&mut self, mm: MmIx) -> &mut RemapTable {
        self.all[self.of_process[&mm]].remaps.get_mut()
    }

    fn record(&mut self, vma: &Vma) {
        if vma.remap_offset() != 0 {
            self.table(vma.mm).add(vma.anon_pgoff_interval(), vma.remap_offset());
        }
    }

    fn forget(&mut self, mm: MmIx, range: Interval<Pgoff>, offset: Offset) -> bool {
        let whole = self.settings.remap_edit == RemapEdit::WholeEntry;
        offset != 0 && !self.table(mm).remove(range, offset, whole).is_empty()
    }

    pub(super) fn copy(&mut self, dst: VmaIx, src: VmaIx, why: Copied, vmas: &mut Vmas) {
        let group = vmas[src].anon_vma.expect("it is touched");
        self.join(dst, group, vmas);
        let (dst, src) = (&vmas[dst], &vmas[src]);
        if why == Copied::Moved && self.settings.move_record == MoveRecord::Replace {
            self.replace(dst, src.remap_offset());
        } else {
            self.record(dst);
        }
    }

    /// The record of the old offset becomes that of where the pages are moved.
    fn replace(&mut self, dst: &Vma, old: Offset) {
        let (range, new) = (dst.anon_pgoff_interval(), dst.remap_offset());
        if old == 0 || new == 0 {
            self.forget(dst.mm, range, old);
            self.record(dst);
            return;
        }
        let whole = self.settings.remap_edit == RemapEdit::WholeEntry;
        let table = self.table(dst.mm);
        for replaced in table.remove(range, old, whole) {
            table.add(replaced, new);
        }
        table.add(range, new);
    }

    pub(super) fn fork(&mut self, child: VmaIx, _parent: VmaIx, vmas: &mut Vmas) {
        let group = self.groups.insert(Group { mappings: 0, forked: true });
        self.join(child, group, vmas);
        self.record(&vmas[child]);
    }

    pub(super) fn unlink(&mut self, at: VmaIx, vmas: &mut Vmas) {
        let Some(group) = vmas[at].anon_vma.take() else { return };
        self.groups[group].mappings -= 1;
        if self.groups[group].mappings == 0 {
            self.groups.remove(group);
        }
        let vma = &vmas[at];
        self.forget(vma.mm, vma.anon_pgoff_interval(), vma.remap_offset());
    }

    pub(super) fn moved_bounds(&mut self, at: VmaIx, before: Interval<Pgoff>, vmas: &Vmas) {
        let vma = &vmas[at];
        if vma.anon_vma.is_some() {
            self.forget(vma.mm, before, vma.remap_offset());
            self.record(vma);
        }
    }

    pub(super) fn relink(&self, vma: &Vma, once_held: impl FnOnce(bool)) -> usize {
        let own = vma.anon_vma.map(|_| &self.all[self.of_process[&vma.mm]]);
        let mut table = own.map(|own| own.remaps.write());
        once_held(table.is_some());
        let offset = vma.remap_offset();
        let Some(table) = table.as_mut().filter(|_| offset != 0) else { return 0 };
        // Where it was lost before, it stays so.
        for part in table.remove(vma.anon_pgoff_interval(), offset, false) {
            table.add(part, offset);
        }
        1
    }

    // ---- pages and items -----------------------------------------------------------------------

    pub(super) fn owner(&self, vma: &Vma) -> Option<AnonVmaIx> {
        vma.anon_vma.and_then(|_| self.of(vma.mm))
    }

    pub(super) fn common_owner(&self, vma: &Vma) -> Option<AnonVmaIx> {
        let own = self.owner(vma)?;
        match self.settings.swap_in_owner {
            SwapInOwner::Root => self.lineage(own).last(),
            SwapInOwner::Faulting => Some(own),
        }
    }

    pub(super) fn leads_to(&self, owner: AnonVmaIx, vma: &Vma) -> bool {
        self.owner(vma).is_some_and(|own| self.lineage(own).any(|at| at == owner))
    }

    pub(super) fn leading_to(&self, vma: &Vma) -> Vec<AnonVmaIx> {
        self.owner(vma).map_or(Vec::new(), |own| self.lineage(own).collect())
    }

    pub(super) fn get(&mut self, at: AnonVmaIx) {
        self.all[at].refcount += 1;
    }

    /// Drops a reference; with the last the context, and its hold on its parent.
    pub(super) fn put(&mut self, at: AnonVmaIx) {
        let mut next = Some(at);
        while let Some(at) = next.take() {
            self.all[at].refcount -= 1;
            if self.all[at].refcount == 0 {
                next = self.all.remove(at).parent;
                if let Some(parent) = next {
                    self.all[parent].children.retain(|&child| child != at);
                }
            }
        }
    }

    /// Depth first over the owner and its descendants, a loop for each context.
    pub(super) fn search<L: Loops>(
        &self,
        wanted: Wanted,
        tables: Tables<'_>,
        loops: &mut L,
    ) -> ControlFlow<()> {
        let mut to_come = vec![wanted.owner];
        while let Some(at) = to_come.pop() {
            let context = &self.all[at];
            to_come.extend(context.children.iter().rev());
            let remaps = loops.lock(&context.remaps)?;
            loops.begin(SearchedTree::Context(ContextId(self.all.id(at))));
            let mut process = Process { tables, loops: &mut *loops, found: false };
            let flow = match context.mm {
                Some(mm) => self.search_process(mm, &remaps, wanted, &mut process),
                None => ControlFlow::Continue(()),
            };
            drop(remaps);
            loops.end();
            flow?;
        }
        ControlFlow::Continue(())
    }

    fn search_process<L: Loops>(
        &self,
        mm: MmIx,
        remaps: &RemapTable,
        wanted: Wanted,
        process: &mut Process<'_, L>,
    ) -> ControlFlow<()> {
        let Wanted { window, exclusive, .. } = wanted;
        process.search(mm, window, 0)?;
        if exclusive && (process.found || self.settings.early_stop == EarlyStop::AfterOffsetZero) {
            return ControlFlow::Break(());
        }
        for (range, offset) in remaps.overlapping(window) {
            let range = range.intersection(&window).expect("it overlaps");
            process.search(mm, range, offset)?;
            if exclusive && process.found {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    // ---- looking at it -------------------------------------------------------------------------

    pub(super) fn id(&self, owner: AnonVmaIx) -> OwnerId {
        self.all.id(owner)
    }

    pub(super) fn view(&self, mm: MmIx) -> Option<ContextView> {
        let at = self.of(mm)?;
        let context = &self.all[at];
        Some(ContextView {
            id: ContextId(self.all.id(at)),
            parent: context.parent.map(|parent| ContextId(self.all.id(parent))),
            children: context.children.len(),
            refcount: context.refcount,
            entries: context.remaps.read().len(),
        })
    }

    pub(super) fn size(&self, _vmas: &Vmas) -> ReverseMapSize {
        const CONTEXT: u64 = 88;
        const NODE: u64 = 256;
        const RANGES: usize = 16;
        let mut size = ReverseMapSize { owners: self.all.len(), ..ReverseMapSize::default() };
        for (_, context) in self.all.iter() {
            let entries = context.remaps.read().len();
            let nodes = if entries == 0 { 0 } else { (2 * entries + 1).div_ceil(RANGES) };
            size.links += entries;
            size.bytes += CONTEXT + NODE * nodes as u64;
        }
        size
    }

    pub(super) fn check(
        &self,
        tables: Tables<'_>,
        held: impl Fn(usize) -> u32,
    ) -> Result<(), Broken> {
        self.check_contexts(tables, held)?;
        self.check_mappings(tables.vmas)
    }

    fn check_contexts(
        &self,
        tables: Tables<'_>,
        held: impl Fn(usize) -> u32,
    ) -> Result<(), Broken> {
        for (at, context) in self.all.iter() {
            let id = ContextId(self.all.id(at));
            let broken = Broken::Context { context: id };
            let of_process = match context.mm {
                Some(mm) => {
                    self.of(mm) == Some(at) && tables.mms.get(mm).is_some_and(|mm| !mm.exited)
                }
                None => !self.of_process.values().any(|&own| own == at),
            };
            let is_child = context.parent.is_none_or(|parent| {
                let parent = self.all.get(parent);
                parent
                    .is_some_and(|parent| parent.children.iter().filter(|&&c| c == at).count() == 1)
            });
            let is_parent = |&child: &AnonVmaIx| {
                self.all.get(child).is_some_and(|child| child.parent == Some(at))
            };
            ensure(of_process && is_child && context.children.iter().all(is_parent), broken)?;
            let reasons = u32::from(context.mm.is_some()) + held(at.slot());
            let children = u32::try_from(context.children.len()).unwrap_or(u32::MAX);
            ensure(context.refcount == reasons + children && context.refcount > 0, broken)?;
            let table = context.remaps.read().check();
            table.map_err(|violation| Broken::RemapTable { context: id, violation })?;
        }
        let living = tables.mms.iter().filter(|(_, mm)| !mm.exited).count();
        let all = self.of_process.len() == living;
        ensure(all, Broken::Contexts { living, contexts: self.of_process.len() })
    }

    /// Tests that the groups count their mappings, and that the tables are what the mappings make them
    /// (invariant 2).
    fn check_mappings(&self, vmas: &Vmas) -> Result<(), Broken> {
        let CowContextSettings { remap_edit, move_record, .. } = self.settings;
        let recorded = remap_edit == RemapEdit::Exact && move_record == MoveRecord::Keep;
        let mut members = BTreeMap::<usize, u32>::new();
        let mut tables = BTreeMap::<MmIx, RemapTable>::new();
        for (at, vma) in vmas.iter() {
            let Some(group) = vma.anon_vma else { continue };
            let broken = Broken::Links { vma: VmaId(vmas.id(at)) };
            ensure(self.groups.get(group).is_some() && vma.links.is_empty(), broken)?;
            *members.entry(group.slot()).or_default() += 1;
            if vma.remap_offset() != 0 {
                let table = tables.entry(vma.mm).or_default();
                table.add(vma.anon_pgoff_interval(), vma.remap_offset());
            }
        }
        for (at, group) in self.groups.iter() {
            let counted = members.get(&at.slot()).copied().unwrap_or(0);
            ensure(group.mappings == counted && counted > 0, Broken::Groups)?;
        }
        for (&mm, &own) in self.of_process.iter().filter(|_| recorded) {
            let expected = tables.remove(&mm).unwrap_or_default().sorted();
            let context = ContextId(self.all.id(own));
            let same = self.all[own].remaps.read().sorted() == expected;
            ensure(same, Broken::Remaps { context })?;
        }
        Ok(())
    }
}

/// A search in the mappings of one process.
struct Process<'a, L> {
    tables: Tables<'a>,
    loops: &'a mut L,
    /// Whether a mapping that holds the page was among those found.
    found: bool,
}

impl<L: Loops> Process<'_, L> {
    /// Visits the touched mappings with this offset that hold a part of the window.
    fn search(&mut self, mm: MmIx, window: Interval<Pgoff>, offset: Offset) -> ControlFlow<()> {
        self.loops.searches();
        let at = |index: &Pgoff| {
            let page = i128::from(index.0) + i128::from(offset);
            let top = i128::from(Vaddr::TOP.page_number() - 1);
            (0..=top).contains(&page).then_some(page).or((page > top).then_some(top))
        };
        // A window that ends below the first page holds none; one that begins there is cut.
        let Some(last) = at(window.last()) else { return ControlFlow::Continue(()) };
        let first = at(window.start()).unwrap_or(0);
        let page = |number: i128| u64::try_from(number).expect("cut to what addresses have");
        let (first, last) = (Vaddr::of_page(page(first)), Vaddr::of_page(page(last)));
        let vmas = self.tables.vmas;
        let process = &self.tables.mms[mm];
        let mut next = process.at_or_below(first).or_else(|| process.first());
        while let Some(at) = next.filter(|&at| vmas[at].start <= last) {
            let vma = &vmas[at];
            next = vma.next;
            let holds = vma.anon_vma.is_some()
                && vma.remap_offset() == offset
                && vma.anon_pgoff_interval().overlaps(&window);
            if holds {
                let (found, flow) = self.loops.mapping(at);
                self.found |= found;
                flow?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// One context as its counters show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ContextView {
    /// Name.
    pub id: ContextId,
    /// That of the process from which this one was forked; `None` for one that no process forked.
    pub parent: Option<ContextId>,
    /// Contexts whose parent it is, those of exited processes that are still there included.
    pub children: usize,
    /// Reasons for it to live.
    pub refcount: u32,
    /// Entries of its remap table.
    pub entries: usize,
}

//! What a scenario is written with: pages by number, and short names for what happens to them.
#![allow(dead_code, reason = "no scenario needs all of it")]
#![allow(clippy::unwrap_used, reason = "a refused call fails the scenario")]

use stabtree::rmap::{
    Advice, AnonVmaIndex, Collect, CompleteIndex, Content, FullRange, KsmSettings, MmId, Pages,
    Pfn, Prot, Remap, Strategy, Vaddr, WalkStats,
};

pub(crate) use super::shadowed::Machine;

/// (visited, skipped for the address, skipped for the process).
pub(crate) type Counts = (u64, u64, u64);

pub(crate) const SAME: u64 = 119;

pub(crate) fn page(number: u64) -> Vaddr {
    Vaddr::of_page(number)
}

pub(crate) fn counts(stats: &WalkStats) -> Counts {
    let WalkStats { visited, skipped_address, skipped_mm, skipped_by_control, hits, .. } = *stats;
    assert_eq!(visited, skipped_address + skipped_mm + skipped_by_control + hits);
    (visited, skipped_address, skipped_mm)
}

/// What a strategy does with a page: the counts of the walk that stops when no entry is left and of
/// the one that never stops, and the entries found.
#[derive(Debug, PartialEq)]
pub(crate) struct Observed {
    pub(crate) unmap: Counts,
    pub(crate) put_back: Counts,
    pub(crate) found: Vec<(MmId, u64)>,
}

/// A machine with these settings; one that keeps residual items, where all scenarios run once more.
pub(crate) fn machine(settings: KsmSettings) -> Machine {
    let KsmSettings { refresh, keep_residual_items, .. } = KsmSettings::complete();
    let complete = settings.with_refresh(refresh).with_keep_residual_items(keep_residual_items);
    let keeps_residual_items = module_path!().contains("::complete::");
    let of_contexts = module_path!().contains("::contexts::").then_some(complete);
    let is_published = module_path!().contains("::published::");
    let index = if is_published { AnonVmaIndex::PublishedBTree } else { AnonVmaIndex::RedBlack };
    Machine::new(if keeps_residual_items { complete } else { settings }, index, of_contexts)
}

/// All tables agree; where residual items are kept, every entry is found.
pub(crate) fn assert_consistent(machine: &Machine) {
    machine.check().unwrap();
    if machine.settings().keep_residual_items {
        for pfn in machine.merged_pages() {
            assert_eq!(machine.audit(pfn, &CompleteIndex).unwrap().missed, [], "frame {pfn}");
        }
    }
}

/// Maps mergeable memory.
pub(crate) fn map(machine: &mut Machine, mm: MmId, start: u64, pages: u64) {
    machine.mmap(mm, page(start), Pages(pages), Prot::ReadWrite).unwrap();
    machine.madvise(mm, page(start), Pages(pages), Advice::Mergeable).unwrap();
}

/// Moves pages to a fixed place.
pub(crate) fn shift(machine: &mut Machine, mm: MmId, from: u64, pages: u64, to: u64) {
    let pages = Pages(pages);
    machine.mremap(mm, page(from), pages, pages, Remap::Fixed(page(to))).unwrap();
}

/// Two scans merge what is equal and at rest: the first learns the checksums.
pub(crate) fn merge(machine: &mut Machine) {
    machine.ksm_scan();
    machine.ksm_scan();
    assert_consistent(machine);
}

/// Walks in both forms.
pub(crate) fn observe(machine: &Machine, pfn: Pfn, strategy: &dyn Strategy) -> Observed {
    let entries = machine.mapped_ptes(pfn).unwrap().len();
    assert_eq!(entries, machine.mapcount(pfn).unwrap() as usize);
    let mut until = Collect::until(entries);
    let unmap = counts(&machine.walk(pfn, strategy, &mut until).unwrap());
    let mut all = Collect::all();
    let put_back = counts(&machine.walk(pfn, strategy, &mut all).unwrap());
    assert_eq!(until.mapped(), all.mapped(), "what is found does not depend on the form");
    let found = all.mapped().iter().map(|&(mm, at)| (mm, at.page_number())).collect();
    Observed { unmap, put_back, found }
}

/// The kernel itself must agree: a migration moves a page iff all entries were found, and takes the
/// counts of both forms.
pub(crate) fn migrates(machine: &mut Machine, pfn: Pfn, strategy: &dyn Strategy) -> bool {
    let observed = observe(machine, pfn, strategy);
    let migration = machine.migrate(pfn, strategy).unwrap();
    assert_consistent(machine);
    assert_eq!(counts(&migration.unmap), observed.unmap);
    if migration.moved_to.is_some() {
        assert_eq!(counts(&migration.restore), observed.put_back);
    }
    migration.moved_to.is_some()
}

pub(crate) struct Scenario {
    pub(crate) machine: Machine,
}

impl Scenario {
    pub(crate) fn new() -> Self {
        Self { machine: machine(KsmSettings::default()) }
    }

    /// As the recorded kernels were set: no smart scan, checksums kept over a merge.
    pub(crate) fn as_recorded() -> Self {
        let settings = KsmSettings::default().with_smart_scan(false);
        let settings = settings.with_index_in_union(false);
        Self { machine: machine(settings) }
    }

    pub(crate) fn spawn(&mut self) -> MmId {
        self.machine.spawn()
    }

    pub(crate) fn plain(&mut self, mm: MmId, start: u64, pages: u64) {
        self.machine.mmap(mm, page(start), Pages(pages), Prot::ReadWrite).unwrap();
    }

    pub(crate) fn mergeable(&mut self, mm: MmId, start: u64, pages: u64) {
        self.machine.madvise(mm, page(start), Pages(pages), Advice::Mergeable).unwrap();
    }

    pub(crate) fn unmergeable(&mut self, mm: MmId, start: u64, pages: u64) {
        self.machine.madvise(mm, page(start), Pages(pages), Advice::Unmergeable).unwrap();
        assert_consistent(&self.machine);
    }

    /// Maps mergeable memory.
    pub(crate) fn map(&mut self, mm: MmId, start: u64, pages: u64) {
        map(&mut self.machine, mm, start, pages);
    }

    /// A process with mergeable pages that all hold [`SAME`].
    pub(crate) fn spawn_with(&mut self, start: u64, pages: u64) -> MmId {
        let mm = self.spawn();
        self.map(mm, start, pages);
        self.write(mm, start, pages, SAME);
        mm
    }

    /// A process and its child, with the pages 100 and 101 alike, which only the child's mapping lets
    /// the scanner merge.
    pub(crate) fn mergeable_in_the_child(&mut self) -> (MmId, MmId) {
        let p = self.spawn();
        self.plain(p, 100, 2);
        self.write(p, 100, 2, SAME);
        let c = self.fork(p);
        self.mergeable(c, 100, 2);
        (p, c)
    }

    /// The same where only the process's own mapping does.
    pub(crate) fn mergeable_in_the_parent(&mut self) -> (MmId, MmId) {
        let p = self.spawn_with(100, 2);
        let c = self.fork(p);
        self.unmergeable(c, 100, 2);
        (p, c)
    }

    pub(crate) fn write(&mut self, mm: MmId, start: u64, pages: u64, content: u64) {
        for number in start..start + pages {
            self.machine.write(mm, page(number), Content(content)).unwrap();
        }
    }

    pub(crate) fn read(&mut self, mm: MmId, number: u64) {
        self.machine.read(mm, page(number)).unwrap();
        assert_consistent(&self.machine);
    }

    pub(crate) fn shift(&mut self, mm: MmId, from: u64, pages: u64, to: u64) {
        shift(&mut self.machine, mm, from, pages, to);
        assert_consistent(&self.machine);
    }

    pub(crate) fn shift_and_keep(&mut self, mm: MmId, from: u64, pages: u64, to: u64) {
        let pages = Pages(pages);
        self.machine.mremap(mm, page(from), pages, pages, Remap::DontUnmap(page(to))).unwrap();
        assert_consistent(&self.machine);
    }

    pub(crate) fn fork(&mut self, mm: MmId) -> MmId {
        let child = self.machine.fork(mm).unwrap();
        assert_consistent(&self.machine);
        child
    }

    pub(crate) fn exit(&mut self, mm: MmId) {
        self.machine.exit(mm).unwrap();
        assert_consistent(&self.machine);
    }

    pub(crate) fn scan(&mut self, times: u64) {
        for _ in 0..times {
            self.machine.ksm_scan();
            assert_consistent(&self.machine);
        }
    }

    pub(crate) fn step(&mut self) {
        self.machine.ksm_step(Pages(1));
        assert_consistent(&self.machine);
    }

    pub(crate) fn pfn(&self, mm: MmId, number: u64) -> Pfn {
        self.machine.pfn_at(mm, page(number)).unwrap()
    }

    /// All entries of the page become swap entries, and the page stays in the swap cache; then
    /// `reader`, which keeps it alive, gets it back from there.
    pub(crate) fn through_swap(&mut self, mm: MmId, number: u64, reader: (MmId, u64)) {
        let pfn = self.pfn(mm, number);
        self.machine.pin(pfn).unwrap();
        let reclaim = self.machine.unmap(pfn, &FullRange).unwrap();
        assert_eq!((reclaim.left, reclaim.freed), (0, false));
        self.read(reader.0, reader.1);
        self.machine.unpin(pfn).unwrap();
        assert_eq!(self.pfn(reader.0, reader.1), pfn, "mapped again as it is");
        assert_consistent(&self.machine);
    }

    /// `pages_shared` and `pages_sharing`.
    pub(crate) fn shared(&self) -> (u64, u64) {
        let counters = self.machine.counters();
        (counters.pages_shared, counters.pages_sharing)
    }

    pub(crate) fn missed(&self, mm: MmId, number: u64, by: &dyn Strategy) -> Vec<(MmId, u64)> {
        let audit = self.machine.audit(self.pfn(mm, number), by).unwrap();
        audit.missed.iter().map(|&(mm, at)| (mm, at.page_number())).collect()
    }

    /// Missed now and in each of the next twenty scans.
    pub(crate) fn for_ever(&self, mm: MmId, number: u64, by: &dyn Strategy) -> Vec<(MmId, u64)> {
        let missed = self.machine.permanently_missed(self.pfn(mm, number), by, 20).unwrap();
        missed.iter().map(|&(mm, at)| (mm, at.page_number())).collect()
    }

    pub(crate) fn observe(&self, mm: MmId, number: u64, strategy: &dyn Strategy) -> Observed {
        observe(&self.machine, self.pfn(mm, number), strategy)
    }

    pub(crate) fn migrates(&mut self, mm: MmId, number: u64, strategy: &dyn Strategy) -> bool {
        let pfn = self.pfn(mm, number);
        migrates(&mut self.machine, pfn, strategy)
    }

    /// Items of the page at `number` in walk order, as (process, page, index).
    pub(crate) fn items(&self, mm: MmId, number: u64) -> Vec<(MmId, u64)> {
        let items = self.machine.items_of(self.pfn(mm, number)).unwrap();
        items.iter().map(|item| (item.mm, item.item.address().page_number())).collect()
    }

    /// (first page, pages, offset) of each mapping.
    pub(crate) fn layout(&self, mm: MmId) -> Vec<(u64, u64, u64)> {
        let vmas = self.machine.vmas(mm).unwrap();
        vmas.map(|v| (v.start().page_number(), (v.end() - v.start()).0, v.pgoff().0)).collect()
    }
}

//! Files: who maps their pages, what a walk of one visits, and what their private pages do to the
//! strategies.

use core::ops::ControlFlow;

use stabtree::rmap::{
    AddressPgoff, Advice, Collect, Content, Control, FileId, FilePart, FullRange, Machine, Mapping,
    MmId, PageView, Pages, Pgoff, Prot, RemapBit, SearchedTree, Sharing, StoredPgoff, Strategy,
    VmaView,
};

use super::scenario::{SAME, Scenario, counts, page};

const FULL: &dyn Strategy = &FullRange;

/// A file whose page *i* holds `i`.
fn file(scenario: &mut Scenario, pages: u64) -> FileId {
    let contents: Vec<Content> = (0..pages).map(Content).collect();
    scenario.machine.create_file(&contents)
}

fn map(
    scenario: &mut Scenario,
    mm: MmId,
    start: u64,
    pages: u64,
    (file, from): (FileId, u64),
    s: Sharing,
) {
    let part = FilePart { file, offset: Pgoff(from), sharing: s };
    let mapped = scenario.machine.mmap_file(mm, page(start), Pages(pages), Prot::ReadWrite, part);
    mapped.expect("a legal range");
}

use Sharing::{Private, Shared};

/// What a walk of the page mapped at `number` visits, in order: (process, page, whether it is there).
fn visits(machine: &Machine, mm: MmId, number: u64) -> Vec<(MmId, u64, bool)> {
    let mut all = Collect::all();
    let pfn = machine.pfn_at(mm, page(number)).expect("present");
    machine.walk(pfn, FULL, &mut all).expect("in use");
    let visits = all.visits().iter();
    visits.map(|visit| (visit.mm, visit.address.page_number(), visit.mapped)).collect()
}

/// One shared page, 255 forks: one search, 256 visits, whether or not the children have touched it.
#[test]
fn s26_a_files_page_shared_by_forks() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    let f = file(&mut scenario, 1);
    map(&mut scenario, p, 100, 1, (f, 0), Shared);
    scenario.write(p, 100, 1, SAME);
    let children: Vec<MmId> = (0..255).map(|_| scenario.fork(p)).collect();
    let audit = scenario.machine.audit(scenario.pfn(p, 100), FULL).expect("present");
    assert_eq!((audit.stats.visited, audit.stats.mapped), (256, 1), "forks copy no entries");
    assert!(audit.is_complete());
    for &child in &children {
        assert_eq!(scenario.machine.read(child, page(100)), Ok(Content(SAME)));
    }
    let audit = scenario.machine.audit(scenario.pfn(p, 100), FULL).expect("present");
    assert_eq!(counts(&audit.stats), (256, 0, 0));
    assert_eq!((audit.found.len(), audit.stats.passes, audit.stats.loops), (256, 1, 1));
    assert!(audit.is_complete());
    assert!(scenario.migrates(p, 100, FULL));
}

/// A mapping split into single pages: each page's search finds its own.
#[test]
fn s26_a_split_file_mapping() {
    const PAGES: u64 = 2_000;
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    let f = file(&mut scenario, PAGES);
    map(&mut scenario, p, 100, PAGES, (f, 0), Shared);
    for number in (100..100 + PAGES).step_by(2) {
        scenario.machine.mprotect(p, page(number), Pages(1), Prot::Read).expect("mapped");
    }
    scenario.read(p, 101);
    assert_eq!(scenario.layout(p).len(), 2_000);
    assert_eq!(visits(&scenario.machine, p, 101), [(p, 101, true)]);
}

/// The walk names the file's tree, asks the control about each mapping, and stops when that says so.
#[test]
fn the_walk_of_a_file_obeys_its_control() {
    /// Leaves the mappings of one process out, and ends at another's.
    struct Picky {
        not: MmId,
        last: MmId,
        seen: Vec<MmId>,
    }
    impl Control for Picky {
        fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
            self.seen.push(mapping.mm);
            ControlFlow::Continue(())
        }
        fn done(&mut self) -> bool {
            self.seen.last() == Some(&self.last)
        }
        fn invalid_vma(&mut self, vma: &VmaView<'_>) -> bool {
            vma.mm() == self.not
        }
    }
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 3);
    let mms: Vec<MmId> = (0..4).map(|_| scenario.spawn()).collect();
    for &mm in &mms {
        map(&mut scenario, mm, 100, 3, (f, 0), Shared);
        scenario.read(mm, 102);
    }
    let pfn = scenario.pfn(mms[0], 102);
    let mut control = Picky { not: mms[1], last: mms[2], seen: Vec::new() };
    let stats = scenario.machine.walk(pfn, FULL, &mut control).expect("present");
    assert_eq!(control.seen, [mms[0], mms[2]]);
    assert_eq!((stats.visited, stats.skipped_by_control, stats.hits), (3, 1, 2));
    let mut all = Collect::all();
    scenario.machine.walk(pfn, FULL, &mut all).expect("present");
    let start = all.loops()[0].start;
    assert_eq!((start.tree, *start.window.start()), (SearchedTree::File(f), Pgoff(2)));
    let referenced = scenario.machine.referenced(pfn, FULL).expect("present");
    assert_eq!((referenced.mappings, referenced.walk.visited), (4, 4));
}

/// A fork's copy lies right after its parent in the file's tree, before later mappings of others.
#[test]
fn a_fork_lies_after_its_parent() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 1);
    let (p, q) = (scenario.spawn(), scenario.spawn());
    for mm in [p, q] {
        map(&mut scenario, mm, 100, 1, (f, 0), Shared);
        scenario.read(mm, 100);
    }
    let c1 = scenario.fork(p);
    let c2 = scenario.fork(p);
    let order: Vec<MmId> = visits(&scenario.machine, p, 100).iter().map(|visit| visit.0).collect();
    assert_eq!(order, [p, c2, c1, q]);
}

/// Reclaim removes all entries; the page is read back from the file.
#[test]
fn a_reclaimed_page_is_written_back() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 2);
    let (p, q) = (scenario.spawn(), scenario.spawn());
    map(&mut scenario, p, 100, 2, (f, 0), Shared);
    map(&mut scenario, q, 700, 2, (f, 0), Private);
    scenario.write(p, 101, 1, 55);
    scenario.read(q, 701);
    let pfn = scenario.pfn(p, 101);
    assert_eq!(scenario.machine.cached_page(f, Pgoff(1)), Ok(Some(pfn)));
    scenario.machine.pin(pfn).expect("present");
    let reclaim = scenario.machine.unmap(pfn, FULL).expect("present");
    assert_eq!((reclaim.unmapped, reclaim.left, reclaim.freed), (2, 0, false), "it is held");
    assert_eq!(scenario.machine.page_at(p, page(101)), Ok(PageView::Empty));
    scenario.machine.unpin(pfn).expect("pinned");
    assert_eq!(scenario.machine.cached_page(f, Pgoff(1)), Ok(Some(pfn)), "in memory, and unmapped");
    assert_eq!(scenario.machine.mapcount(pfn), Ok(0));
    assert!(scenario.machine.unmap(pfn, FULL).expect("in memory").freed);
    assert_eq!(scenario.machine.cached_page(f, Pgoff(1)), Ok(None));
    assert_eq!(scenario.machine.read(q, page(701)), Ok(Content(55)));
    scenario.machine.check().expect("all invariants");
}

/// A page stays in memory when its last mapping goes, and the next one finds it.
#[test]
fn a_page_outlives_its_mappings() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 1);
    let p = scenario.spawn();
    map(&mut scenario, p, 100, 1, (f, 0), Shared);
    scenario.write(p, 100, 1, 9);
    let pfn = scenario.pfn(p, 100);
    scenario.exit(p);
    scenario.machine.check().expect("all invariants");
    let q = scenario.spawn();
    map(&mut scenario, q, 100, 1, (f, 0), Private);
    assert_eq!(scenario.machine.read(q, page(100)), Ok(Content(9)));
    assert_eq!(scenario.pfn(q, 100), pfn);
}

/// A written private page is an anonymous one: its walk is the family's, and the file's walk still
/// visits the mapping, in vain.
#[test]
fn a_private_copy_leaves_the_file() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 4);
    let (p, q) = (scenario.spawn(), scenario.spawn());
    map(&mut scenario, p, 100, 4, (f, 0), Private);
    map(&mut scenario, q, 500, 2, (f, 2), Shared);
    for (mm, number) in [(p, 103), (q, 501)] {
        assert_eq!(scenario.machine.read(mm, page(number)), Ok(Content(3)));
    }
    assert_eq!(scenario.pfn(p, 103), scenario.pfn(q, 501));
    let c = scenario.fork(p);
    scenario.write(p, 103, 1, 77);
    assert_eq!(
        visits(&scenario.machine, q, 501),
        [(p, 103, false), (c, 103, false), (q, 501, true)]
    );
    assert_eq!(
        visits(&scenario.machine, p, 103),
        [(p, 103, true)],
        "forked before its first write"
    );
    scenario.write(q, 501, 1, 78);
    assert_eq!(scenario.machine.read(p, page(103)), Ok(Content(77)));
    assert_eq!(scenario.machine.read(c, page(103)), Ok(Content(78)));
    // The copy is given back, and the file's page is there again.
    scenario.machine.madvise(p, page(103), Pages(1), Advice::DontNeed).expect("mapped");
    assert_eq!(scenario.machine.read(p, page(103)), Ok(Content(78)));
    scenario.machine.check().expect("all invariants");
}

/// A fork copies the entries of a mapping that has private copies, the file's pages among them.
#[test]
fn a_fork_copies_entries_beside_private_copies() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 2);
    let p = scenario.spawn();
    map(&mut scenario, p, 100, 2, (f, 0), Private);
    scenario.read(p, 100);
    scenario.write(p, 101, 1, 77);
    let c = scenario.fork(p);
    for number in [100, 101] {
        assert_eq!(
            scenario.machine.pfn_at(c, page(number)),
            scenario.machine.pfn_at(p, page(number))
        );
    }
    assert_eq!(visits(&scenario.machine, p, 100), [(p, 100, true), (c, 100, true)]);
    scenario.machine.check().expect("all invariants");
}

/// The offsets of a file's mapping are the file's wherever it is moved.
#[test]
fn a_moved_file_mapping_keeps_its_offsets() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 8);
    let p = scenario.spawn();
    map(&mut scenario, p, 100, 8, (f, 0), Shared);
    for number in 100..108 {
        scenario.read(p, number);
    }
    scenario.shift(p, 102, 3, 900);
    assert_eq!(scenario.layout(p), [(100, 2, 0), (105, 3, 5), (900, 3, 2)]);
    assert_eq!(visits(&scenario.machine, p, 901), [(p, 901, true)]);
    assert_eq!(scenario.machine.read(p, page(902)), Ok(Content(4)));
    scenario.shift(p, 900, 3, 102);
    assert_eq!(scenario.layout(p), [(100, 8, 0)], "one mapping again");
    scenario.shift_and_keep(p, 100, 8, 300);
    assert_eq!(scenario.layout(p), [(100, 8, 0), (300, 8, 0)], "two mappings of the same part");
    assert_eq!(visits(&scenario.machine, p, 303), [(p, 103, false), (p, 303, true)]);
    scenario.machine.check().expect("all invariants");
}

/// The scanner passes shared memory over, and the file's own pages in a private mapping.
#[test]
fn only_private_copies_are_merged() {
    let mut scenario = Scenario::new();
    let f = scenario.machine.create_file(&[Content(SAME); 4]);
    let (p, q) = (scenario.spawn(), scenario.spawn());
    map(&mut scenario, p, 100, 2, (f, 0), Shared);
    scenario.mergeable(p, 100, 2);
    assert!(!scenario.machine.vma_at(p, page(100)).expect("mapped").is_mergeable());
    assert_eq!(scenario.machine.scan_order().count(), 0, "not even entered");
    map(&mut scenario, q, 100, 4, (f, 0), Private);
    scenario.mergeable(q, 100, 4);
    scenario.write(q, 100, 2, SAME);
    for (mm, number) in [(p, 100), (p, 101), (q, 102), (q, 103)] {
        scenario.read(mm, number);
    }
    scenario.scan(2);
    assert_eq!(scenario.shared(), (1, 1), "the two copies");
    assert_eq!(scenario.machine.items(q).expect("alive").count(), 2);
    // A copy given back, and the file's page mapped in its place: the item goes.
    scenario.machine.madvise(q, page(100), Pages(1), Advice::DontNeed).expect("mapped");
    scenario.read(q, 100);
    scenario.scan(1);
    assert_eq!(scenario.machine.items(q).expect("alive").count(), 1);
}

/// What waits in the unstable tree is no candidate once a file's page has taken its place.
#[test]
fn a_copy_given_back_while_it_waits_is_not_merged() {
    let mut scenario = Scenario::new();
    let f = scenario.machine.create_file(&[Content(SAME); 2]);
    let p = scenario.spawn();
    map(&mut scenario, p, 100, 2, (f, 0), Private);
    scenario.mergeable(p, 100, 2);
    scenario.write(p, 100, 2, SAME);
    scenario.scan(1);
    scenario.step(); // page 100 waits in the unstable tree
    scenario.machine.madvise(p, page(100), Pages(1), Advice::DontNeed).expect("mapped");
    scenario.read(p, 100);
    scenario.step(); // page 101 finds its equal gone
    assert_eq!(scenario.shared(), (0, 0));
    assert_eq!(scenario.machine.cached_page(f, Pgoff(0)), Ok(Some(scenario.pfn(p, 100))));
}

/// An index derived from the address is wrong for every merged page of a private file mapping:
/// nothing need ever have moved.
#[test]
fn the_address_misses_private_pages_of_files_without_any_move() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 2);
    let p = scenario.spawn();
    map(&mut scenario, p, 100, 2, (f, 0), Private);
    scenario.mergeable(p, 100, 2);
    scenario.write(p, 100, 2, SAME);
    scenario.scan(2);
    assert_eq!(scenario.items(p, 100), [(p, 101), (p, 100)]);
    let both = [(p, 100), (p, 101)];
    assert_eq!(scenario.missed(p, 100, &AddressPgoff), both);
    for strategy in [FULL, &StoredPgoff, &RemapBit] {
        assert_eq!(scenario.observe(p, 100, strategy).found, both, "{}", strategy.name());
    }
    assert!(!scenario.migrates(p, 100, &AddressPgoff));
    assert!(scenario.migrates(p, 100, &StoredPgoff));
}

/// A file's page is reached through the file alone: merged neighbours and swap are no harm to it.
#[test]
fn swapped_private_copies_come_back_as_they_were() {
    let mut scenario = Scenario::new();
    let f = file(&mut scenario, 2);
    let p = scenario.spawn();
    map(&mut scenario, p, 100, 2, (f, 0), Private);
    scenario.write(p, 100, 1, 5);
    scenario.machine.swap_out(p, page(100), FULL).expect("present");
    assert_eq!(scenario.machine.page_at(p, page(100)), Ok(PageView::Swapped));
    assert_eq!(scenario.machine.read(p, page(100)), Ok(Content(5)));
    scenario.write(p, 101, 1, 6);
    scenario.machine.check().expect("all invariants");
    assert_eq!(visits(&scenario.machine, p, 100), [(p, 100, true)]);
}

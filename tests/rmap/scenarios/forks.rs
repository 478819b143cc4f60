//! Families: forks before and after the merge, reuse of what the dead leave, and many mappings.

use stabtree::rmap::{
    AnonVmaId, Collect, Content, FilePart, FullRange, IndexAndComputedAddress, MmId, Pages, Pgoff,
    Prot, Sharing, SlowestLoop, StoredPgoff, Strategy,
};

use super::scenario::{SAME, Scenario, page};
use crate::bounds::bound;

const FULL: &dyn Strategy = &FullRange;
const STORED: &dyn Strategy = &StoredPgoff;

fn families(scenario: &Scenario, mm: MmId, number: u64) -> Vec<AnonVmaId> {
    scenario.machine.families_at(mm, page(number)).expect("mapped")
}

/// Merged in the root of a line of forks, its family's tree holds them all; merged in the last
/// child, that child's own holds one.
#[test]
fn s16_a_line_of_forks() {
    let mut scenario = Scenario::as_recorded();
    let q = scenario.spawn();
    let root = scenario.spawn();
    scenario.map(q, 900, 1);
    scenario.write(q, 900, 1, SAME);
    scenario.map(root, 100, 1);
    scenario.write(root, 100, 1, SAME);
    scenario.scan(2);
    let mut line = vec![root];
    for _ in 0..5 {
        let last = line[line.len() - 1];
        line.push(scenario.fork(last));
    }
    assert_eq!(families(&scenario, line[5], 100).len(), 6);
    let observed = scenario.observe(root, 100, STORED);
    assert_eq!(observed.found.len(), 7);
    assert_eq!(observed.put_back, (14, 0, 7), "six mappings and one, in two passes");
    scenario.scan(1);
    assert_eq!(scenario.items(root, 100).len(), 7);
    let mut all = Collect::all();
    scenario.machine.walk(scenario.pfn(root, 100), STORED, &mut all).expect("merged");
    let leaf =
        scenario.items(root, 100).iter().position(|&(mm, _)| mm == line[5]).expect("an item");
    assert_eq!(all.loops()[leaf].visited, 1);
    assert!(all.loops().iter().any(|one| one.visited == 6));
}

/// The parent's second page becomes a merged page in place while the child shares it; the child has
/// moved. No item is the child's; its entry is missed by all but the computed address.
#[test]
fn s18_a_child_that_moved_before_the_merge() {
    let mut scenario = Scenario::as_recorded();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(1);
    let c = scenario.fork(p);
    scenario.shift(c, 100, 2, 700);
    scenario.step();
    scenario.step();
    assert_eq!(scenario.items(p, 101), [(p, 101), (p, 100)]);
    for strategy in [FULL, STORED] {
        assert_eq!(scenario.missed(p, 101, strategy), [(c, 701)], "{}", strategy.name());
        assert_eq!(scenario.observe(p, 101, strategy).put_back, (8, 4, 2));
    }
    assert_eq!(scenario.missed(p, 101, &IndexAndComputedAddress), []);
    assert_eq!(scenario.for_ever(p, 101, FULL), [], "the scanner reaches the child");
}

/// A dead ancestor's family is taken over by the next fork.
#[test]
fn s29_a_family_is_used_again() {
    let mut scenario = Scenario::as_recorded();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(2);
    let c1 = scenario.fork(p);
    let a1 = families(&scenario, c1, 100)[0];
    let c2 = scenario.fork(c1);
    scenario.exit(c1);
    let left = scenario.machine.family(a1).expect("kept by the child's mapping");
    assert_eq!((left.active, left.children), (0, 1));
    let c3 = scenario.fork(c2);
    let own = scenario.machine.anon_vma_at(c3, page(100)).expect("mapped");
    assert_eq!(own, Some(a1));
    assert_eq!(families(&scenario, c3, 100).len(), 3, "and no new one");
    scenario.scan(1);
    let mut all = Collect::all();
    scenario.machine.walk(scenario.pfn(p, 100), STORED, &mut all).expect("merged");
    let of_c3 = scenario.items(p, 100).iter().position(|&(mm, at)| (mm, at) == (c3, 100));
    let one = all.loops()[of_c3.expect("an item")];
    assert_eq!((one.visited, one.skipped_mm), (2, 1), "c3's mapping and c2's");
}

/// A touched page that stays a mapping of its own: it cannot be written any more.
fn touch_and_close(scenario: &mut Scenario, mm: MmId, number: u64) -> AnonVmaId {
    scenario.plain(mm, number, 1);
    scenario.write(mm, number, 1, SAME);
    scenario.machine.mprotect(mm, page(number), Pages(1), Prot::Read).expect("mapped");
    families(scenario, mm, number)[0]
}

/// What is touched for the first time beside a mapping that differs in its access rights alone is taken
/// into that one's family; of two the upper one's.
#[test]
fn a_neighbour_shares_its_family() {
    for (neighbours, relative) in [(&[100][..], 100), (&[102], 102), (&[100, 102], 102)] {
        let mut scenario = Scenario::new();
        let p = scenario.spawn();
        for &number in neighbours {
            touch_and_close(&mut scenario, p, number);
        }
        scenario.plain(p, 101, 1);
        scenario.write(p, 101, 1, SAME);
        assert_eq!(scenario.layout(p).len(), neighbours.len() + 1, "no two are one");
        assert_eq!(families(&scenario, p, 101), families(&scenario, p, relative), "{neighbours:?}");
        scenario.machine.check().expect("all invariants");
    }
}

/// A neighbour does not share its family with a mapping that it could not be merged with: across a
/// gap, with other advice, at another offset, of a file; nor does a fork's child, which is in its
/// parent's family.
#[test]
fn a_neighbour_that_does_not_share_its_family() {
    let spoil: [fn(&mut Scenario, MmId); 4] = [
        |scenario, p| scenario.shift(p, 100, 1, 99),
        |scenario, p| scenario.mergeable(p, 100, 1),
        |scenario, p| {
            scenario.shift(p, 100, 1, 500);
            scenario.shift(p, 500, 1, 102);
        },
        |scenario, p| {
            let file = scenario.machine.create_file(&[Content(0); 101]);
            let part = FilePart { file, offset: Pgoff(100), sharing: Sharing::Private };
            let mapped = scenario.machine.mmap_file(p, page(100), Pages(1), Prot::ReadWrite, part);
            mapped.expect("a legal range");
            scenario.write(p, 100, 1, SAME);
        },
    ];
    for (case, spoil) in spoil.iter().enumerate() {
        let mut scenario = Scenario::new();
        let p = scenario.spawn();
        touch_and_close(&mut scenario, p, 100);
        spoil(&mut scenario, p);
        scenario.plain(p, 101, 1);
        scenario.write(p, 101, 1, SAME);
        let own = families(&scenario, p, 101)[0];
        assert_eq!(scenario.machine.anon_vma_len(own), Some(1), "case {case}");
    }
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    touch_and_close(&mut scenario, p, 100);
    let c = scenario.fork(p);
    scenario.plain(c, 101, 1);
    scenario.write(c, 101, 1, SAME);
    assert_eq!(families(&scenario, c, 100).len(), 2);
    assert_eq!(families(&scenario, c, 101).len(), 1, "a family of its own");
    scenario.machine.check().expect("all invariants");
}

/// An ordinary page of a process with 255 children: one search in the root's tree.
#[test]
fn s26_an_ordinary_page_shared_by_forks() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.plain(p, 100, 1);
    scenario.write(p, 100, 1, SAME);
    let children = bound(63, 255, 255);
    for _ in 0..children {
        scenario.fork(p);
    }
    let audit = scenario.machine.audit(scenario.pfn(p, 100), FULL).expect("present");
    let visited = usize::try_from(audit.stats.visited).expect("few");
    assert_eq!((visited, audit.found.len(), audit.stats.passes), (children + 1, children + 1, 1));
    assert!(scenario.migrates(p, 100, FULL));
}

/// Swapped out while parent and child shared it, read back by both: the page is the whole family's,
/// although the child's was the last swap entry.
#[test]
fn a_page_read_back_by_parent_and_child_is_found_in_both() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.plain(p, 100, 1);
    scenario.write(p, 100, 1, SAME);
    let c = scenario.fork(p);
    assert!(scenario.machine.swap_out(p, page(100), FULL).expect("present").freed);
    scenario.read(p, 100);
    scenario.read(c, 100);
    assert_eq!(scenario.pfn(p, 100), scenario.pfn(c, 100));
    scenario.machine.check().expect("all invariants");
    assert_eq!(scenario.missed(p, 100, FULL), []);
    assert!(scenario.migrates(p, 100, FULL));
}

/// `pages` single-page mappings on one family, all equal and merged.
fn split(pages: u64) -> (Scenario, MmId) {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, pages);
    scenario.write(p, 100, pages, SAME);
    for number in (100..100 + pages).step_by(2) {
        scenario.machine.mprotect(p, page(number), Pages(1), Prot::Read).expect("mapped");
    }
    scenario.machine.ksm_scan();
    scenario.machine.ksm_scan();
    (scenario, p)
}

/// The benchmark of the thread at a tenth of its size: migrating the second page, whose item is
/// the last but one on its node's list. The lowest page ends the unmapping walk.
#[test]
fn s25_a_family_of_2000_mappings() {
    const PAGES: u64 = 2_000;
    let (scenario, p) = split(PAGES);
    assert_eq!(scenario.layout(p).len(), 2_000);
    assert_eq!(scenario.items(p, 101).len(), 256);
    let full = scenario.observe(p, 101, FULL);
    assert_eq!(full.unmap.0, 255 * PAGES + 1);
    assert_eq!(full.put_back.0, 2 * 256 * PAGES);
    let stored = scenario.observe(p, 101, STORED);
    assert_eq!((stored.unmap.0, stored.put_back.0), (256, 512));
    assert_eq!(full.found, stored.found);
}

/// The two rows of the thread's table: the slowest loops of two families.
#[test]
fn the_rows_of_the_thread() {
    const VMAS: u64 = bound(2_217, 22_169, 22_169);
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, VMAS);
    // Every page its own, so that only one pair is merged.
    for number in 0..VMAS {
        scenario.write(p, 100 + number, 1, 1_000 + number);
    }
    for number in (100..100 + VMAS).step_by(2) {
        scenario.machine.mprotect(p, page(number), Pages(1), Prot::Read).expect("mapped");
    }
    let q = scenario.spawn();
    scenario.map(q, 100, 1);
    scenario.write(q, 100, 1, 1_001);
    scenario.machine.ksm_scan();
    scenario.machine.ksm_scan();
    let slowest = |by: &dyn Strategy| {
        let mut slowest = SlowestLoop::new(Collect::all());
        scenario.machine.walk(scenario.pfn(p, 101), by, &mut slowest).expect("merged");
        let one = slowest.slowest.expect("a loop");
        (one.visited, one.skipped_address, one.skipped_mm)
    };
    assert_eq!(slowest(FULL), (VMAS, VMAS - 1, 0));
    assert_eq!(slowest(STORED), (1, 0, 0));
}

/// A page in the swap cache that belonged to a process that has gone comes back to another one. By
/// then that one's child may have the number of the family that has gone: the page was put into the
/// child's, where no walk found it in the parent.
#[test]
fn a_family_under_the_number_of_a_dead_one_is_another() {
    let mut scenario = Scenario::new();
    let (p, q) = (scenario.spawn_with(100, 1), scenario.spawn_with(100, 1));
    scenario.scan(2);
    let reclaim = scenario.machine.unmap(scenario.pfn(p, 100), &FullRange).unwrap();
    assert_eq!((reclaim.unmapped, reclaim.freed), (2, true));
    scenario.read(p, 100); // from the device: an ordinary page of p, in the swap cache for q
    let family = scenario.machine.anon_vma_at(p, page(100)).unwrap().unwrap();
    scenario.exit(p);
    scenario.scan(1);
    assert_eq!(scenario.machine.family(family), None, "the scanner held it last");
    let c = scenario.fork(q);
    for mm in [q, c] {
        scenario.read(mm, 100);
        assert_eq!(scenario.missed(mm, 100, &FullRange), []);
    }
}

/// A page that is mapped nowhere is not looked for: its family may be another one's by now.
#[test]
fn an_unmapped_page_is_not_walked() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.plain(p, 100, 1);
    scenario.write(p, 100, 1, SAME);
    let pfn = scenario.pfn(p, 100);
    scenario.machine.pin(pfn).unwrap();
    scenario.exit(p);
    let q = scenario.spawn();
    scenario.plain(q, 100, 1);
    scenario.write(q, 100, 1, SAME);
    let stats = scenario.machine.walk(pfn, &FullRange, &mut Collect::all()).unwrap();
    assert_eq!((stats.passes, stats.visited), (0, 0));
    scenario.machine.unpin(pfn).unwrap();
    assert_eq!(scenario.machine.stored_index(pfn), None, "the pin was all that kept it");
}

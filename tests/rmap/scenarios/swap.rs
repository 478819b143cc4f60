//! Ordinary pages: who goes on with a page and who gets a copy, and what swap makes of them.
#![allow(clippy::unwrap_used, reason = "a refused call fails the scenario")]

use stabtree::rmap::{Collect, Content, FullRange, MmId, Pfn, RmapError, SearchedTree};

use super::scenario::{SAME, Scenario, page};

/// A process with one ordinary page, and its child.
fn parent_and_child(scenario: &mut Scenario) -> (MmId, MmId) {
    let p = scenario.spawn();
    scenario.plain(p, 100, 1);
    scenario.write(p, 100, 1, SAME);
    let c = scenario.fork(p);
    (p, c)
}

/// The tree that a walk of the page searches.
fn searched(scenario: &Scenario, mm: MmId, number: u64) -> SearchedTree {
    let mut all = Collect::all();
    scenario.machine.walk(scenario.pfn(mm, number), &FullRange, &mut all).unwrap();
    all.loops()[0].start.tree
}

/// That of the mapping's own family.
fn own(scenario: &Scenario, mm: MmId, number: u64) -> SearchedTree {
    SearchedTree::AnonVma(scenario.machine.anon_vma_at(mm, page(number)).unwrap().unwrap())
}

/// All entries of the page become swap entries, and the page stays in the swap cache, held.
fn swap_out_held(scenario: &mut Scenario, mm: MmId, number: u64) -> Pfn {
    let pfn = scenario.pfn(mm, number);
    scenario.machine.pin(pfn).unwrap();
    assert_eq!(scenario.machine.unmap(pfn, &FullRange).unwrap().left, 0);
    pfn
}

#[test]
fn who_has_a_page_alone_writes_it_in_place() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.plain(p, 100, 1);
    scenario.write(p, 100, 1, SAME);
    let pfn = scenario.pfn(p, 100);
    scenario.write(p, 100, 1, 5);
    assert_eq!((scenario.pfn(p, 100), scenario.machine.read(p, page(100))), (pfn, Ok(Content(5))));
}

/// The first of two to write gets the copy. The last one left writes the page itself, and from then on
/// only its own family is searched.
#[test]
fn a_page_that_others_left_becomes_the_last_ones_own() {
    let mut scenario = Scenario::new();
    let (p, c) = parent_and_child(&mut scenario);
    let pfn = scenario.pfn(p, 100);
    scenario.write(p, 100, 1, 5);
    assert_ne!(scenario.pfn(p, 100), pfn);
    assert_eq!(searched(&scenario, c, 100), own(&scenario, p, 100));
    scenario.write(c, 100, 1, 6);
    assert_eq!((scenario.pfn(c, 100), searched(&scenario, c, 100)), (pfn, own(&scenario, c, 100)));
    scenario.machine.check().unwrap();
}

/// A page that another's swap entry names is not its one reader's own: a write is to a copy.
#[test]
fn a_page_that_a_swap_entry_names_is_not_written_in_place() {
    let mut scenario = Scenario::new();
    let (p, c) = parent_and_child(&mut scenario);
    let pfn = swap_out_held(&mut scenario, p, 100);
    scenario.read(p, 100);
    assert_eq!((scenario.pfn(p, 100), scenario.machine.mapcount(pfn)), (pfn, Ok(1)));
    scenario.write(p, 100, 1, 5);
    assert_ne!(scenario.pfn(p, 100), pfn);
    assert_eq!(scenario.machine.read(c, page(100)), Ok(Content(SAME)));
    assert_eq!(scenario.pfn(c, 100), pfn, "it waited in the swap cache");
    scenario.machine.check().unwrap();
}

/// The child reads first: the page is put where the parent, which comes next, is found too. Read from
/// the last swap entry, it is put into the child's own family.
#[test]
fn only_the_last_reader_gets_a_page_of_its_own() {
    let mut scenario = Scenario::new();
    let (p, c) = parent_and_child(&mut scenario);
    assert!(scenario.machine.swap_out(p, page(100), &FullRange).unwrap().freed);
    scenario.read(c, 100);
    assert_eq!(searched(&scenario, c, 100), own(&scenario, p, 100));
    scenario.read(p, 100);
    assert_eq!(scenario.pfn(p, 100), scenario.pfn(c, 100));

    scenario.exit(p);
    assert!(scenario.machine.swap_out(c, page(100), &FullRange).unwrap().freed);
    scenario.read(c, 100);
    assert_eq!(searched(&scenario, c, 100), own(&scenario, c, 100));
}

/// What waits in the swap cache for its last entry goes with it, or with the last who holds it.
#[test]
fn a_page_in_the_swap_cache_goes_with_its_last_entry() {
    for held in [false, true] {
        let mut scenario = Scenario::new();
        let (p, c) = parent_and_child(&mut scenario);
        let pfn = swap_out_held(&mut scenario, p, 100);
        if !held {
            scenario.machine.unpin(pfn).unwrap();
        }
        scenario.exit(p);
        assert!(scenario.machine.is_swap_cached(pfn), "the child may want it");
        scenario.exit(c);
        assert!(!scenario.machine.is_swap_cached(pfn));
        if held {
            assert_eq!((scenario.machine.mapcount(pfn), scenario.machine.pins(pfn)), (Ok(0), 1));
            scenario.machine.unpin(pfn).unwrap();
        }
        assert_eq!(scenario.machine.mapcount(pfn), Err(RmapError::FreeFrame { pfn }));
        scenario.machine.check().unwrap();
    }
}

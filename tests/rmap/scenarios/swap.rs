//! Ordinary pages: who goes on with a page and who gets a copy, and what swap makes of them.
#![allow(clippy::unwrap_used, reason = "a refused call fails the tale")]

use stabtree::rmap::{Collect, Content, FullRange, MmId, Pfn, RmapError, SearchedTree};

use super::tale::{SAME, Tale, page};

/// A process with one ordinary page, and its child.
fn parent_and_child(tale: &mut Tale) -> (MmId, MmId) {
    let p = tale.spawn();
    tale.plain(p, 100, 1);
    tale.write(p, 100, 1, SAME);
    let c = tale.fork(p);
    (p, c)
}

/// The tree that a walk of the page searches.
fn searched(tale: &Tale, mm: MmId, number: u64) -> SearchedTree {
    let mut all = Collect::all();
    tale.machine.walk(tale.pfn(mm, number), &FullRange, &mut all).unwrap();
    all.loops()[0].start.tree
}

/// That of the mapping's own family.
fn own(tale: &Tale, mm: MmId, number: u64) -> SearchedTree {
    SearchedTree::AnonVma(tale.machine.anon_vma_at(mm, page(number)).unwrap().unwrap())
}

/// All entries of the page become swap entries, and the page stays in the swap cache, held.
fn swap_out_held(tale: &mut Tale, mm: MmId, number: u64) -> Pfn {
    let pfn = tale.pfn(mm, number);
    tale.machine.pin(pfn).unwrap();
    assert_eq!(tale.machine.unmap(pfn, &FullRange).unwrap().left, 0);
    pfn
}

#[test]
fn who_has_a_page_alone_writes_it_in_place() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.plain(p, 100, 1);
    tale.write(p, 100, 1, SAME);
    let pfn = tale.pfn(p, 100);
    tale.write(p, 100, 1, 5);
    assert_eq!((tale.pfn(p, 100), tale.machine.read(p, page(100))), (pfn, Ok(Content(5))));
}

/// The first of two to write gets the copy. The last one left writes the page itself, and from then on
/// only its own family is searched.
#[test]
fn a_page_that_others_left_becomes_the_last_ones_own() {
    let mut tale = Tale::new();
    let (p, c) = parent_and_child(&mut tale);
    let pfn = tale.pfn(p, 100);
    tale.write(p, 100, 1, 5);
    assert_ne!(tale.pfn(p, 100), pfn);
    assert_eq!(searched(&tale, c, 100), own(&tale, p, 100));
    tale.write(c, 100, 1, 6);
    assert_eq!((tale.pfn(c, 100), searched(&tale, c, 100)), (pfn, own(&tale, c, 100)));
    tale.machine.check().unwrap();
}

/// A page that another's swap entry names is not its one reader's own: a write is to a copy.
#[test]
fn a_page_that_a_swap_entry_names_is_not_written_in_place() {
    let mut tale = Tale::new();
    let (p, c) = parent_and_child(&mut tale);
    let pfn = swap_out_held(&mut tale, p, 100);
    tale.read(p, 100);
    assert_eq!((tale.pfn(p, 100), tale.machine.mapcount(pfn)), (pfn, Ok(1)));
    tale.write(p, 100, 1, 5);
    assert_ne!(tale.pfn(p, 100), pfn);
    assert_eq!(tale.machine.read(c, page(100)), Ok(Content(SAME)));
    assert_eq!(tale.pfn(c, 100), pfn, "it waited in the swap cache");
    tale.machine.check().unwrap();
}

/// The child reads first: the page is put where the parent, which comes next, is found too. Read from
/// the last swap entry, it is put into the child's own family.
#[test]
fn only_the_last_reader_gets_a_page_of_its_own() {
    let mut tale = Tale::new();
    let (p, c) = parent_and_child(&mut tale);
    assert!(tale.machine.swap_out(p, page(100), &FullRange).unwrap().freed);
    tale.read(c, 100);
    assert_eq!(searched(&tale, c, 100), own(&tale, p, 100));
    tale.read(p, 100);
    assert_eq!(tale.pfn(p, 100), tale.pfn(c, 100));

    tale.exit(p);
    assert!(tale.machine.swap_out(c, page(100), &FullRange).unwrap().freed);
    tale.read(c, 100);
    assert_eq!(searched(&tale, c, 100), own(&tale, c, 100));
}

/// What waits in the swap cache for its last entry goes with it, or with the last who holds it.
#[test]
fn a_page_in_the_swap_cache_goes_with_its_last_entry() {
    for held in [false, true] {
        let mut tale = Tale::new();
        let (p, c) = parent_and_child(&mut tale);
        let pfn = swap_out_held(&mut tale, p, 100);
        if !held {
            tale.machine.unpin(pfn).unwrap();
        }
        tale.exit(p);
        assert!(tale.machine.is_swap_cached(pfn), "the child may want it");
        tale.exit(c);
        assert!(!tale.machine.is_swap_cached(pfn));
        if held {
            assert_eq!((tale.machine.mapcount(pfn), tale.machine.pins(pfn)), (Ok(0), 1));
            tale.machine.unpin(pfn).unwrap();
        }
        assert_eq!(tale.machine.mapcount(pfn), Err(RmapError::FreeFrame { pfn }));
        tale.machine.check().unwrap();
    }
}

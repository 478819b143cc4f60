//! What becomes of the holes on a machine that keeps residual items.

use crate::complete::tale::{self, SAME, Tale};
use stabtree::rmap::{Collect, CompleteIndex, FullRange, MmId, Strategy};

const COMPLETE_INDEX: &dyn Strategy = &CompleteIndex;

/// ResidualItems of the page at `number`: a walk searches once for each, and once for each item.
fn residual_items(tale: &Tale, mm: MmId, number: u64) -> usize {
    let mut all = Collect::all();
    tale.machine.walk(tale.pfn(mm, number), COMPLETE_INDEX, &mut all).expect("present");
    all.loops().iter().filter(|one| one.start.item.is_none()).count()
}

/// [s17b, s17c] Only the child is mergeable: the place that the page had before the child's scan stays
/// its parent's, also when the child and all items have gone.
#[test]
fn the_place_of_a_page_that_others_map_is_kept() {
    let mut tale = Tale::as_recorded();
    let (p, c) = tale.mergeable_in_the_child();
    tale.scan(2);
    assert_eq!((tale.items(p, 101).len(), residual_items(&tale, p, 101)), (2, 1));
    assert_eq!(tale.missed(p, 101, &FullRange), [(p, 101)]);
    let pfn = tale.pfn(p, 101);
    let reclaim = tale.machine.clone().unmap(pfn, COMPLETE_INDEX).expect("a merged page");
    assert_eq!((reclaim.unmapped, reclaim.left, reclaim.freed), (3, 0, true));
    tale.exit(c);
    tale.scan(1);
    assert_eq!((tale.items(p, 101).len(), residual_items(&tale, p, 101)), (0, 1));
    assert!(tale.migrates(p, 101, COMPLETE_INDEX));
}

/// Nothing is kept for a page that needs it where residual items are not asked for.
#[test]
fn who_keeps_no_residual_items_has_none() {
    for keep_residual_items in [true, false] {
        let mut tale = Tale::as_recorded();
        let settings = tale.machine.settings().with_keep_residual_items(keep_residual_items);
        tale.machine.set_settings(settings);
        let (p, _) = tale.mergeable_in_the_child();
        tale.scan(2);
        let missed = tale.missed(p, 101, COMPLETE_INDEX).len();
        assert_eq!(
            (residual_items(&tale, p, 101), missed),
            if keep_residual_items { (1, 0) } else { (0, 1) }
        );
    }
}

/// [s17a] With both mergeable the residual item is needed until the parent has its items.
#[test]
fn a_residual_item_goes_with_the_scan_that_makes_it_needless() {
    let mut tale = Tale::as_recorded();
    let (p, _) = tale.mergeable_in_the_child();
    tale.mergeable(p, 100, 2); // behind the child in the scan order
    tale.scan(1);
    tale.step();
    tale.step();
    assert_eq!((tale.items(p, 101).len(), residual_items(&tale, p, 101)), (2, 1));
    tale.scan(1);
    assert_eq!((tale.items(p, 101).len(), residual_items(&tale, p, 101)), (4, 0));
}

/// [s18e] The parent moves and is merged at its new place, the child that stays is not mergeable: the
/// items' places lead to both, for the index moves along.
#[test]
fn a_relative_that_moved_needs_no_residual_item() {
    let mut tale = Tale::as_recorded();
    let (p, c) = tale.mergeable_in_the_parent();
    tale.shift(p, 100, 2, 700);
    tale.scan(2);
    assert_eq!(tale.missed(p, 701, &FullRange), [(c, 101)]);
    assert_eq!(residual_items(&tale, p, 701), 0);
    // The parent writes its page and has no item there any more: the child has the place alone.
    tale.write(p, 701, 1, 5);
    tale.scan(1);
    assert_eq!((tale.items(p, 700).len(), residual_items(&tale, p, 700)), (1, 1));
    tale.exit(c);
    tale.scan(1);
    assert_eq!((tale.items(p, 700).len(), residual_items(&tale, p, 700)), (1, 0));
}

/// P's pages 100, 101 and 200 are merged; all become swap entries, and 200 is read back.
fn swapped(tale: &mut Tale) -> MmId {
    let p = tale.spawn();
    for (start, pages) in [(100, 2), (200, 1)] {
        tale.map(p, start, pages);
        tale.write(p, start, pages, SAME);
    }
    tale.scan(4);
    tale.through_swap(p, 100, (p, 200));
    p
}

/// [s9q] The item of a range that is not mergeable any more is freed; its place stays with the entry.
#[test]
fn an_entry_keeps_the_place_of_its_freed_item() {
    let mut tale = Tale::as_recorded();
    let p = swapped(&mut tale);
    tale.unmergeable(p, 100, 2);
    tale.read(p, 101);
    assert_eq!(tale.pfn(p, 101), tale.pfn(p, 200), "an item leads there: mapped as it is");
    tale.scan(1);
    assert_eq!((tale.items(p, 101), residual_items(&tale, p, 101)), (vec![(p, 200)], 1));
    tale.write(p, 101, 1, 5);
    tale.scan(1);
    assert_eq!(residual_items(&tale, p, 200), 0);
}

/// [s9k] The items were freed while their pages were swapped out: nothing leads there, so the page
/// that comes back is a copy, and is merged anew.
#[test]
fn a_page_without_a_place_is_copied_when_it_comes_back() {
    let mut tale = Tale::as_recorded();
    let p = swapped(&mut tale);
    tale.scan(1);
    tale.read(p, 101);
    assert_ne!(tale.pfn(p, 101), tale.pfn(p, 200));
    assert_eq!(tale.machine.swap_in_copies(), 1);
    tale.scan(2);
    assert_eq!(tale.pfn(p, 101), tale.pfn(p, 200));
}

/// [s9b, with a child] P moves the swap entry of 100 to 101: the item of 101 is refreshed, and the
/// index it had is the one by which the child's entry is found.
#[test]
fn what_a_refresh_gives_up_is_kept_for_a_child() {
    let mut tale = Tale::as_recorded();
    let p = swapped(&mut tale);
    let c = tale.fork(p);
    tale.unmergeable(c, 100, 2);
    tale.shift(p, 100, 1, 101);
    tale.read(p, 101);
    tale.read(c, 101);
    assert_eq!(tale.pfn(p, 101), tale.pfn(c, 101));
    tale.scan(1);
    assert_eq!(tale.items(p, 101), [(c, 200), (p, 200), (p, 101)]);
    assert_eq!(residual_items(&tale, p, 101), 1);
    tale.write(c, 101, 1, 5);
    tale.scan(1);
    assert_eq!(residual_items(&tale, p, 101), 0);
}

/// [s15] The parent moves away; until the scanner has come to the child, the places of the parent's
/// freed items lead there.
#[test]
fn a_child_is_found_while_the_scanner_is_between_the_two() {
    let mut tale = Tale::as_recorded();
    let p = tale.spawn_with(100, 2);
    tale.scan(4);
    let c = tale.fork(p);
    tale.shift(p, 100, 2, 900);
    tale.step();
    assert_eq!((tale.items(c, 100).len(), residual_items(&tale, c, 100)), (0, 2));
    assert_eq!(tale.missed(c, 100, &FullRange), [(c, 100), (c, 101)]);
    tale.scan(1);
    assert_eq!(residual_items(&tale, c, 100), 0);
}

/// The last entry goes before the residual item that it needed: with the page goes the node, and with that
/// what it kept of the family.
#[test]
fn residual_items_go_with_their_node() {
    let mut tale = Tale::as_recorded();
    let p = swapped(&mut tale);
    tale.unmergeable(p, 100, 2);
    tale.read(p, 101);
    tale.scan(1);
    assert_eq!(residual_items(&tale, p, 101), 1);
    let at = tale::page(101);
    let family = tale.machine.anon_vma_at(p, at).expect("mapped").expect("touched");
    tale.exit(p);
    assert_eq!(tale.machine.family(family).map(|family| family.entries), Some(0), "it is held");
    tale.scan(1);
    assert_eq!(tale.machine.family(family), None);
    assert_eq!(tale.machine.nodes().count(), 0);
}

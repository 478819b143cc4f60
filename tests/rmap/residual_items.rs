//! What becomes of the holes on a machine that keeps residual items.

use crate::complete::scenario::{self, SAME, Scenario};
use crate::rmap_ops::{Op, World, residual};
use stabtree::rmap::{
    Collect, CompleteIndex, FullRange, IndexAndComputedAddress, KsmSettings, Machine, MmId,
    Refresh, StoredPgoff, Strategy,
};

const COMPLETE_INDEX: &dyn Strategy = &CompleteIndex;

/// Residual items of the page at `number`: a walk searches once for each, and once for each item.
fn residual_items(scenario: &Scenario, mm: MmId, number: u64) -> usize {
    let mut all = Collect::all();
    scenario.machine.walk(scenario.pfn(mm, number), COMPLETE_INDEX, &mut all).expect("present");
    residual(&all).count()
}

/// [s17b, s17c] Only the child is mergeable: the place that the page had before the child's scan stays
/// its parent's, also when the child and all items have gone.
#[test]
fn the_place_of_a_page_that_others_map_is_kept() {
    let mut scenario = Scenario::as_recorded();
    let (p, c) = scenario.mergeable_in_the_child();
    scenario.scan(2);
    assert_eq!((scenario.items(p, 101).len(), residual_items(&scenario, p, 101)), (2, 1));
    assert_eq!(scenario.missed(p, 101, &FullRange), [(p, 101)]);
    let pfn = scenario.pfn(p, 101);
    let reclaim = scenario.machine.clone().unmap(pfn, COMPLETE_INDEX).expect("a merged page");
    assert_eq!((reclaim.unmapped, reclaim.left, reclaim.freed), (3, 0, true));
    scenario.exit(c);
    scenario.scan(1);
    assert_eq!((scenario.items(p, 101).len(), residual_items(&scenario, p, 101)), (0, 1));
    assert!(scenario.migrates(p, 101, COMPLETE_INDEX));
}

/// Nothing is kept for a page that needs it where residual items are not asked for.
#[test]
fn who_keeps_no_residual_items_has_none() {
    for keep_residual_items in [true, false] {
        let mut scenario = Scenario::as_recorded();
        let settings = scenario.machine.settings().with_keep_residual_items(keep_residual_items);
        scenario.machine.set_settings(settings);
        let (p, _) = scenario.mergeable_in_the_child();
        scenario.scan(2);
        let missed = scenario.missed(p, 101, COMPLETE_INDEX).len();
        assert_eq!(
            (residual_items(&scenario, p, 101), missed),
            if keep_residual_items { (1, 0) } else { (0, 1) }
        );
    }
}

/// [s17a] With both mergeable the residual item is needed until the parent has its items.
#[test]
fn a_residual_item_goes_with_the_scan_that_makes_it_needless() {
    let mut scenario = Scenario::as_recorded();
    let (p, _) = scenario.mergeable_in_the_child();
    scenario.mergeable(p, 100, 2); // after the child in the scan order
    scenario.scan(1);
    scenario.step();
    scenario.step();
    assert_eq!((scenario.items(p, 101).len(), residual_items(&scenario, p, 101)), (2, 1));
    scenario.scan(1);
    assert_eq!((scenario.items(p, 101).len(), residual_items(&scenario, p, 101)), (4, 0));
}

/// [s18e] The parent moves and is merged at its new place, the child that stays is not mergeable: the
/// items' places lead to both, for the index moves along.
#[test]
fn a_relative_that_moved_needs_no_residual_item() {
    let mut scenario = Scenario::as_recorded();
    let (p, c) = scenario.mergeable_in_the_parent();
    scenario.shift(p, 100, 2, 700);
    scenario.scan(2);
    assert_eq!(scenario.missed(p, 701, &FullRange), [(c, 101)]);
    assert_eq!(residual_items(&scenario, p, 701), 0);
    // The parent writes its page and has no item there any more: the child has the place alone.
    scenario.write(p, 701, 1, 5);
    scenario.scan(1);
    assert_eq!((scenario.items(p, 700).len(), residual_items(&scenario, p, 700)), (1, 1));
    scenario.exit(c);
    scenario.scan(1);
    assert_eq!((scenario.items(p, 700).len(), residual_items(&scenario, p, 700)), (1, 0));
}

/// P's pages 100, 101 and 200 are merged; all become swap entries, and 200 is read back.
fn swapped(scenario: &mut Scenario) -> MmId {
    let p = scenario.spawn();
    for (start, pages) in [(100, 2), (200, 1)] {
        scenario.map(p, start, pages);
        scenario.write(p, start, pages, SAME);
    }
    scenario.scan(4);
    scenario.through_swap(p, 100, (p, 200));
    p
}

/// [s9q] The item of a range that is not mergeable any more is freed; its place stays with the entry.
#[test]
fn an_entry_keeps_the_place_of_its_freed_item() {
    let mut scenario = Scenario::as_recorded();
    let p = swapped(&mut scenario);
    scenario.unmergeable(p, 100, 2);
    scenario.read(p, 101);
    assert_eq!(scenario.pfn(p, 101), scenario.pfn(p, 200), "an item leads there: mapped as it is");
    scenario.scan(1);
    assert_eq!((scenario.items(p, 101), residual_items(&scenario, p, 101)), (vec![(p, 200)], 1));
    scenario.write(p, 101, 1, 5);
    scenario.scan(1);
    assert_eq!(residual_items(&scenario, p, 200), 0);
}

/// [s9k] The items were freed while their pages were swapped out: nothing leads there, so the page
/// that comes back is a copy, and is merged anew.
#[test]
fn a_page_without_a_place_is_copied_when_it_comes_back() {
    let mut scenario = Scenario::as_recorded();
    let p = swapped(&mut scenario);
    scenario.scan(1);
    scenario.read(p, 101);
    assert_ne!(scenario.pfn(p, 101), scenario.pfn(p, 200));
    assert_eq!(scenario.machine.swap_in_copies(), 1);
    scenario.scan(2);
    assert_eq!(scenario.pfn(p, 101), scenario.pfn(p, 200));
}

/// [s9b, with a child] P moves the swap entry of 100 to 101: the item of 101 is refreshed, and the
/// index it had is the one by which the child's entry is found.
#[test]
fn what_a_refresh_gives_up_is_kept_for_a_child() {
    let mut scenario = Scenario::as_recorded();
    let p = swapped(&mut scenario);
    let c = scenario.fork(p);
    scenario.unmergeable(c, 100, 2);
    scenario.shift(p, 100, 1, 101);
    scenario.read(p, 101);
    scenario.read(c, 101);
    assert_eq!(scenario.pfn(p, 101), scenario.pfn(c, 101));
    scenario.scan(1);
    assert_eq!(scenario.items(p, 101), [(c, 200), (p, 200), (p, 101)]);
    assert_eq!(residual_items(&scenario, p, 101), 1);
    scenario.write(c, 101, 1, 5);
    scenario.scan(1);
    assert_eq!(residual_items(&scenario, p, 101), 0);
}

/// [s15] The parent moves away; until the scanner has come to the child, the places of the parent's
/// freed items lead there.
#[test]
fn a_child_is_found_while_the_scanner_is_between_the_two() {
    let mut scenario = Scenario::as_recorded();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(4);
    let c = scenario.fork(p);
    scenario.shift(p, 100, 2, 900);
    scenario.step();
    assert_eq!((scenario.items(c, 100).len(), residual_items(&scenario, c, 100)), (0, 2));
    assert_eq!(scenario.missed(c, 100, &FullRange), [(c, 100), (c, 101)]);
    scenario.scan(1);
    assert_eq!(residual_items(&scenario, c, 100), 0);
}

/// The last entry goes before the residual item that it needed: with the page goes the node, and with that
/// what it kept of the family.
#[test]
fn residual_items_go_with_their_node() {
    let mut scenario = Scenario::as_recorded();
    let p = swapped(&mut scenario);
    scenario.unmergeable(p, 100, 2);
    scenario.read(p, 101);
    scenario.scan(1);
    assert_eq!(residual_items(&scenario, p, 101), 1);
    let at = scenario::page(101);
    let family = scenario.machine.anon_vma_at(p, at).expect("mapped").expect("touched");
    scenario.exit(p);
    assert_eq!(scenario.machine.family(family).map(|family| family.entries), Some(0), "it is held");
    scenario.scan(1);
    assert_eq!(scenario.machine.family(family), None);
    assert_eq!(scenario.machine.nodes().count(), 0);
}

/// Pages 3, 4 and 5 are merged, with the indices 3, 4 and 5. The page of 4 comes to 5 by way of swap, and
/// is found there by accident: the item of 5 still has the index 5, which the moved mapping holds at 6.
/// What leads to the page is a residual item with the index 4, and so does it to what was left at 4.
fn found_by_accident(settings: KsmSettings) -> World {
    let settings = settings.with_keep_residual_items(true).with_smart_scan(false);
    let mut world = World::new(Machine::with_settings(settings));
    for op in [
        Op::Map { p: 0, at: 2, pages: 3 },
        Op::Write { p: 0, at: 3, pages: 2, content: 1 },
        Op::Scan,
        Op::Scan,
        Op::SwapOutSlowly { p: 0, at: 3 },
        Op::MoveAndKeep { p: 0, at: 3, pages: 1, to: 7 },
        Op::Move { p: 0, at: 8, pages: 0, to: 5, new_pages: 1 },
        Op::Read { p: 0, at: 5, pages: 0 },
    ] {
        world.apply(op).expect("none is refused");
        world.compare_with_prediction().expect("walks find what is predicted");
        world.compare_complete().expect("nothing is missed");
    }
    world.machine.ksm_scan();
    world
}

#[test]
fn an_entry_found_by_accident_keeps_its_residual_item() {
    let world = found_by_accident(KsmSettings::default());
    let page = world.machine.merged_pages().next().expect("one is merged still");
    let missed = |strategy: &dyn Strategy| {
        world.machine.audit(page, strategy).expect("a merged page").missed.len()
    };
    assert_eq!((missed(&StoredPgoff), missed(&IndexAndComputedAddress)), (0, 1));
    let visits = |strategy: &dyn Strategy| {
        let mut all = Collect::all();
        world.machine.walk(page, strategy, &mut all).expect("a merged page");
        all.loops().iter().map(|one| (one.start.window.start().0, one.visited)).collect::<Vec<_>>()
    };
    assert_eq!(visits(&StoredPgoff), [(5, 1), (5, 1)]);
    assert_eq!(visits(&CompleteIndex), [(5, 1), (4, 2)]);
    world.compare_visits().expect("the entry has no item that leads to it");
}

/// A scanner that refreshes gives the item the index of its page now: no residual item is needed.
#[test]
fn a_refreshed_item_replaces_the_residual_one() {
    let world = found_by_accident(KsmSettings::default().with_refresh(Refresh::IndexAndFamily));
    let page = world.machine.merged_pages().next().expect("one is merged still");
    let mut all = Collect::all();
    world.machine.walk(page, &CompleteIndex, &mut all).expect("a merged page");
    assert_eq!(residual(&all).count(), 0);
    world
        .compare_visits()
        .expect("where the stored index is right, the complete one costs no more");
}

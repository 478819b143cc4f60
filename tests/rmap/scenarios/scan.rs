//! The scanner: stale items, its schedule, failed merges, limits of sharing, zero pages.

use stabtree::rmap::{
    Content, FullRange, ItemState, KsmSettings, Machine, MmId, PageView, StoredPgoff,
};

use super::scenario::{SAME, Scenario, page};

fn schedule(machine: &Machine, mm: MmId, number: u64) -> Option<(u8, u8, u32)> {
    let mut items = machine.items(mm).expect("the process is alive");
    let (_, item) = items.find(|(_, item)| item.address() == page(number)).expect("an item");
    let schedule = item.schedule()?;
    Some((schedule.age(), schedule.remaining_skips(), schedule.checksum()))
}

fn is_stable(machine: &Machine, mm: MmId, number: u64) -> bool {
    let mut items = machine.items(mm).expect("the process is alive");
    let (_, item) = items.find(|(_, item)| item.address() == page(number)).expect("an item");
    matches!(item.state(), ItemState::Stable { .. })
}

/// Scans in which a page that never merges is processed: ever fewer, at last every ninth.
#[test]
fn smart_scan_keeps_the_recorded_schedule() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 1);
    scenario.write(p, 100, 1, 5);
    let processed: Vec<u64> =
        (1..=50).filter(|_| scenario.machine.ksm_scan().scanned == 1).collect();
    assert_eq!(processed, [1, 2, 3, 4, 6, 9, 14, 23, 32, 41, 50]);
    assert_eq!(scenario.machine.counters().pages_skipped, 50 - 11);
}

#[test]
fn s19_a_sharer_written() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 3);
    scenario.scan(2);
    scenario.write(p, 101, 1, 5);
    let audit = scenario.machine.audit(scenario.pfn(p, 100), &StoredPgoff).expect("a merged page");
    assert_eq!((audit.stats.hits, audit.stats.mapped), (3, 2), "one visit finds nothing");
    assert_eq!(scenario.machine.mapcount(scenario.pfn(p, 100)), Ok(2));
    assert_eq!(scenario.shared(), (1, 2), "the counters speak of items");
}

/// What each scan reports adds up to what the counters say.
#[test]
fn a_scan_reports_its_own_pages() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 3);
    for number in 0..3 {
        scenario.write(p, 100 + number, 1, SAME + number);
    }
    let (mut scanned, mut skipped) = (0, 0);
    for _ in 0..40 {
        let report = scenario.machine.ksm_scan();
        assert!(report.finished && report.skipped <= 3, "{report:?}");
        scanned += report.scanned;
        skipped += report.skipped;
        let counters = scenario.machine.counters();
        assert_eq!((counters.pages_scanned, counters.pages_skipped), (scanned, skipped));
    }
    assert!(skipped > 30, "{skipped} pages of 120 were left alone");
}

/// A stable item whose page was written is processed at the next scan and not skipped: where the
/// index lies in their place, age and remaining skips cannot be read. Both begin anew, and the
/// checksum too, which costs one scan more until the page merges again.
#[test]
fn s21_what_smart_scan_reads_of_a_stable_item() {
    for union in [true, false] {
        let mut scenario = Scenario::new();
        let settings = KsmSettings::default().with_index_in_union(union);
        scenario.machine.set_settings(settings);
        let (p, q) = (scenario.spawn(), scenario.spawn());
        scenario.map(p, 100, 1);
        scenario.write(p, 100, 1, SAME);
        scenario.scan(14); // age 14, and no other page like it
        let (age, skips, _) = schedule(&scenario.machine, p, 100).expect("not stable");
        assert_eq!((age, skips), (14, 8));
        scenario.map(q, 200, 1);
        scenario.write(q, 200, 1, SAME);
        while !is_stable(&scenario.machine, p, 100) {
            scenario.scan(1);
        }
        let before = schedule(&scenario.machine, p, 100);
        assert_eq!(before.is_none(), union, "in the union a stable item has no schedule");
        scenario.write(p, 100, 1, 5);
        let skipped = scenario.machine.counters().pages_skipped;
        scenario.scan(1);
        let (age, skips, checksum) = schedule(&scenario.machine, p, 100).expect("not stable");
        if union {
            assert_eq!((age, skips), (0, 0));
            assert_ne!(checksum, 0, "processed: its new checksum is known");
            assert_eq!(scenario.machine.counters().pages_skipped, skipped);
        } else {
            let (age_before, skips_before, _) = before.expect("kept beside the index");
            assert_eq!(age, age_before + 1);
            assert!(skips_before == 0 || skips + 1 == skips_before, "read while still stable");
        }
    }
}

/// The second page of a pair cannot be merged: what was begun is undone, and nothing of the index
/// is left to be read as a schedule.
#[test]
fn s22_a_merge_that_cannot_be_completed() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(1);
    scenario.step(); // page 100 waits in the unstable tree
    let held = scenario.pfn(p, 100);
    scenario.machine.pin(held).expect("present");
    scenario.step(); // page 101 meets it, and it cannot be write-protected
    assert_eq!(scenario.shared(), (0, 0));
    assert_ne!(scenario.pfn(p, 100), scenario.pfn(p, 101));
    assert!(!is_stable(&scenario.machine, p, 101));
    let (age, skips, checksum) = schedule(&scenario.machine, p, 101).expect("not stable");
    assert_eq!((age, skips, checksum), (0, 0, 0));
    assert_eq!(scenario.machine.copies_of_merged(), 1);
    scenario.machine.unpin(held).expect("pinned");
    scenario.scan(3);
    assert_eq!(scenario.shared(), (1, 1));
}

/// Un-merged and made mergeable again in place, nothing changed: one scan where the checksum was
/// kept, two where the index lay in its place.
#[test]
fn s23_scans_until_merged_again() {
    for (union, scans) in [(true, 2), (false, 1)] {
        let mut scenario = Scenario::as_recorded();
        let settings = scenario.machine.settings();
        scenario.machine.set_settings(settings.with_index_in_union(union));
        let p = scenario.spawn_with(100, 3);
        scenario.scan(4);
        scenario.unmergeable(p, 100, 3);
        scenario.mergeable(p, 100, 3);
        assert_eq!(scenario.machine.copies_of_merged(), 3);
        let mut needed = 0;
        while scenario.pfn(p, 100) != scenario.pfn(p, 101)
            || scenario.pfn(p, 100) != scenario.pfn(p, 102)
        {
            scenario.scan(1);
            needed += 1;
        }
        assert_eq!(needed, scans, "index in the union: {union}");
    }
}

/// 20,000 equal pages of one mapping: 78 full nodes and one of 32.
#[test]
fn s24_the_limit_of_sharing() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 20_000);
    scenario.write(p, 100, 20_000, SAME);
    scenario.machine.ksm_scan();
    scenario.machine.ksm_scan();
    let counters = scenario.machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (79, 19_921));
    assert_eq!((counters.stable_node_chains, counters.stable_node_dups), (1, 79));
    let place = scenario.machine.stable_tree().next().expect("one content");
    let mut lengths: Vec<usize> = place.nodes.iter().map(|node| node.items).collect();
    lengths.sort_unstable();
    assert_eq!((lengths[0], lengths[1], lengths[78]), (32, 256, 256));
    let full = place.nodes.iter().find(|node| node.items == 256).and_then(|node| node.pfn);
    let audit = scenario.machine.audit(full.expect("its page"), &FullRange).expect("merged");
    assert_eq!((audit.stats.hits, audit.found.len()), (256, 256));
}

/// Page zeros are merged by the rules of any page while the setting is off, and give way to the
/// shared one while it is on: no node, no walk, and an item that is gone with the next scan.
#[test]
fn s30_pages_of_zeros() {
    let mut scenario = Scenario::as_recorded();
    let settings = scenario.machine.settings();
    scenario.machine.set_settings(settings.with_use_zero_pages(true));
    let p = scenario.spawn();
    scenario.map(p, 100, 3);
    scenario.write(p, 100, 3, 0);
    scenario.scan(1);
    assert_eq!(scenario.machine.counters().zero_pages, 0, "its checksum must be seen twice");
    scenario.scan(1);
    let counters = scenario.machine.counters();
    assert_eq!((counters.zero_pages, counters.pages_shared, counters.pages_volatile), (3, 0, 3));
    assert_eq!(scenario.machine.page_at(p, page(100)), Ok(PageView::Zero));
    scenario.scan(1);
    assert_eq!(scenario.machine.items(p).expect("alive").count(), 0);

    let c = scenario.fork(p);
    assert_eq!(scenario.machine.counters().zero_pages, 6, "copied entries count too");
    scenario.write(c, 100, 1, 5);
    scenario.shift(p, 101, 1, 500);
    assert_eq!(scenario.machine.counters().zero_pages, 4);
    let broken = scenario.machine.page_at(p, page(500)).expect("mapped");
    let PageView::Present { content, merged, .. } = broken else {
        panic!("moved, it is an ordinary page: {broken:?}")
    };
    assert_eq!((content, merged), (Content::ZERO, false));
    scenario.unmergeable(p, 100, 1);
    scenario.exit(c);
    assert_eq!(scenario.machine.counters().zero_pages, 1);
    assert_eq!(scenario.machine.zero_pages(p), Ok(1));
    assert_eq!(scenario.machine.copies_of_merged(), 0, "they are not copies of merged pages");

    scenario.machine.set_settings(settings);
    scenario.map(p, 700, 2);
    scenario.write(p, 700, 2, 0);
    scenario.scan(3);
    assert!(scenario.machine.is_merged(scenario.pfn(p, 700)), "like any other page");
    assert_eq!(scenario.machine.counters().zero_pages, 1, "what was placed stays");
}

fn is_unstable(machine: &Machine, mm: MmId, number: u64) -> bool {
    let mut items = machine.items(mm).expect("the process is alive");
    let (_, item) = items.find(|(_, item)| item.address() == page(number)).expect("an item");
    matches!(item.state(), ItemState::Unstable { .. })
}

/// Between two steps of the scanner the page of an unstable item gives way to a mapping that nobody
/// has touched, or its mapping is not mergeable any more: there is nothing to merge with, and the
/// scanned page takes the place.
#[test]
fn an_unstable_page_that_may_not_be_touched_any_more_is_no_match() {
    for replaced in [true, false] {
        let mut scenario = Scenario::new();
        let p = scenario.spawn();
        for number in [100, 102] {
            scenario.map(p, number, 1);
            scenario.write(p, number, 1, SAME);
        }
        scenario.scan(1);
        scenario.step();
        assert!(is_unstable(&scenario.machine, p, 100));
        if replaced {
            scenario.map(p, 100, 1);
            assert_eq!(scenario.machine.anon_vma_at(p, page(100)), Ok(None));
        } else {
            scenario.unmergeable(p, 100, 1);
        }
        scenario.step();
        assert!(!is_unstable(&scenario.machine, p, 100) && is_unstable(&scenario.machine, p, 102));
        assert_eq!(scenario.shared(), (0, 0));
    }
}

/// The same where the item's process has exited, and the scanner has not come back to it.
#[test]
fn an_unstable_page_of_the_dead_is_no_match() {
    let mut scenario = Scenario::new();
    let (p, q) = (scenario.spawn(), scenario.spawn());
    for (mm, number, content) in [(p, 100, SAME), (q, 100, 5), (q, 102, SAME)] {
        scenario.map(mm, number, 1);
        scenario.write(mm, number, 1, content);
    }
    scenario.scan(1);
    scenario.step();
    scenario.step();
    scenario.exit(p);
    assert_eq!(scenario.machine.items(p).expect("the scanner has its item").count(), 1);
    scenario.step();
    assert!(is_unstable(&scenario.machine, q, 102));
    assert_eq!(scenario.shared(), (0, 0));
}

/// The same with a merged page that has been moved there as a swap entry: it is not merged once more,
/// and the scanned page, which was to be the new merged one, is copied to be private again.
#[test]
fn an_unstable_page_that_gave_way_to_a_merged_one_is_no_match() {
    let mut scenario = Scenario::as_recorded();
    let settings = scenario.machine.settings().with_max_page_sharing(2);
    scenario.machine.set_settings(settings);
    let p = scenario.spawn();
    scenario.map(p, 100, 2);
    scenario.map(p, 300, 1);
    scenario.write(p, 100, 2, SAME);
    scenario.scan(4); // a node with as many items as it takes
    let (c, z) = (scenario.fork(p), scenario.spawn());
    for (mm, number) in [(c, 300), (z, 400)] {
        scenario.map(mm, number, 1);
        scenario.write(mm, number, 1, SAME);
    }
    scenario.scan(1);
    (0..5).for_each(|_| scenario.step()); // two pages of p, three of c
    assert!(is_unstable(&scenario.machine, c, 300));
    let merged = scenario.pfn(p, 100);
    scenario.machine.pin(merged).expect("in use");
    assert_eq!(scenario.machine.unmap(merged, &FullRange).expect("in use").left, 0);
    scenario.shift(c, 100, 1, 300);
    scenario.read(c, 300);
    scenario.machine.unpin(merged).expect("pinned");
    assert_eq!(scenario.pfn(c, 300), merged, "from the swap cache, as it was");
    let (before, copies) = (scenario.pfn(z, 400), scenario.machine.copies_of_merged());
    scenario.step();
    assert_ne!(scenario.pfn(z, 400), before, "made a merged page, and copied");
    assert_eq!(scenario.machine.copies_of_merged(), copies + 1);
    assert!(!scenario.machine.is_merged(scenario.pfn(z, 400)));
    assert_eq!(scenario.pfn(c, 300), merged);
}

//! The scanner: stale items, its schedule, failed merges, limits of sharing, zero pages.

use stabtree::rmap::{
    Content, FullRange, ItemState, KsmSettings, Machine, MmId, PageView, StoredPgoff,
};

use super::tale::{SAME, Tale, page};

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
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.map(p, 100, 1);
    tale.write(p, 100, 1, 5);
    let processed: Vec<u64> = (1..=50).filter(|_| tale.machine.ksm_scan().scanned == 1).collect();
    assert_eq!(processed, [1, 2, 3, 4, 6, 9, 14, 23, 32, 41, 50]);
    assert_eq!(tale.machine.counters().pages_skipped, 50 - 11);
}

#[test]
fn s19_a_sharer_written() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 3);
    tale.scan(2);
    tale.write(p, 101, 1, 5);
    let audit = tale.machine.audit(tale.pfn(p, 100), &StoredPgoff).expect("a merged page");
    assert_eq!((audit.stats.hits, audit.stats.mapped), (3, 2), "one visit finds nothing");
    assert_eq!(tale.machine.mapcount(tale.pfn(p, 100)), Ok(2));
    assert_eq!(tale.shared(), (1, 2), "the counters speak of items");
}

/// What each scan reports adds up to what the counters say.
#[test]
fn a_scan_reports_its_own_pages() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.map(p, 100, 3);
    for number in 0..3 {
        tale.write(p, 100 + number, 1, SAME + number);
    }
    let (mut scanned, mut skipped) = (0, 0);
    for _ in 0..40 {
        let report = tale.machine.ksm_scan();
        assert!(report.finished && report.skipped <= 3, "{report:?}");
        scanned += report.scanned;
        skipped += report.skipped;
        let counters = tale.machine.counters();
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
        let mut tale = Tale::new();
        let settings = KsmSettings::default().with_index_in_union(union);
        tale.machine.set_settings(settings);
        let (p, q) = (tale.spawn(), tale.spawn());
        tale.map(p, 100, 1);
        tale.write(p, 100, 1, SAME);
        tale.scan(14); // age 14, and no other page like it
        let (age, skips, _) = schedule(&tale.machine, p, 100).expect("not stable");
        assert_eq!((age, skips), (14, 8));
        tale.map(q, 200, 1);
        tale.write(q, 200, 1, SAME);
        while !is_stable(&tale.machine, p, 100) {
            tale.scan(1);
        }
        let before = schedule(&tale.machine, p, 100);
        assert_eq!(before.is_none(), union, "in the union a stable item has no schedule");
        tale.write(p, 100, 1, 5);
        let skipped = tale.machine.counters().pages_skipped;
        tale.scan(1);
        let (age, skips, checksum) = schedule(&tale.machine, p, 100).expect("not stable");
        if union {
            assert_eq!((age, skips), (0, 0));
            assert_ne!(checksum, 0, "processed: its new checksum is known");
            assert_eq!(tale.machine.counters().pages_skipped, skipped);
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
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 2);
    tale.scan(1);
    tale.step(); // page 100 waits in the unstable tree
    let held = tale.pfn(p, 100);
    tale.machine.pin(held).expect("present");
    tale.step(); // page 101 meets it, and it cannot be write-protected
    assert_eq!(tale.shared(), (0, 0));
    assert_ne!(tale.pfn(p, 100), tale.pfn(p, 101));
    assert!(!is_stable(&tale.machine, p, 101));
    let (age, skips, checksum) = schedule(&tale.machine, p, 101).expect("not stable");
    assert_eq!((age, skips, checksum), (0, 0, 0));
    assert_eq!(tale.machine.copies_of_merged(), 1);
    tale.machine.unpin(held).expect("pinned");
    tale.scan(3);
    assert_eq!(tale.shared(), (1, 1));
}

/// Un-merged and made mergeable again in place, nothing changed: one scan where the checksum was
/// kept, two where the index lay in its place.
#[test]
fn s23_scans_until_merged_again() {
    for (union, scans) in [(true, 2), (false, 1)] {
        let mut tale = Tale::as_recorded();
        let settings = tale.machine.settings();
        tale.machine.set_settings(settings.with_index_in_union(union));
        let p = tale.spawn_with(100, 3);
        tale.scan(4);
        tale.unmergeable(p, 100, 3);
        tale.mergeable(p, 100, 3);
        assert_eq!(tale.machine.copies_of_merged(), 3);
        let mut needed = 0;
        while tale.pfn(p, 100) != tale.pfn(p, 101) || tale.pfn(p, 100) != tale.pfn(p, 102) {
            tale.scan(1);
            needed += 1;
        }
        assert_eq!(needed, scans, "index in the union: {union}");
    }
}

/// 20,000 equal pages of one mapping: 78 full nodes and one of 32.
#[test]
fn s24_the_limit_of_sharing() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.map(p, 100, 20_000);
    tale.write(p, 100, 20_000, SAME);
    tale.machine.ksm_scan();
    tale.machine.ksm_scan();
    let counters = tale.machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (79, 19_921));
    assert_eq!((counters.stable_node_chains, counters.stable_node_dups), (1, 79));
    let place = tale.machine.stable_tree().next().expect("one content");
    let mut lengths: Vec<usize> = place.nodes.iter().map(|node| node.items).collect();
    lengths.sort_unstable();
    assert_eq!((lengths[0], lengths[1], lengths[78]), (32, 256, 256));
    let full = place.nodes.iter().find(|node| node.items == 256).and_then(|node| node.pfn);
    let audit = tale.machine.audit(full.expect("its page"), &FullRange).expect("merged");
    assert_eq!((audit.stats.hits, audit.found.len()), (256, 256));
}

/// Page zeros are merged by the rules of any page while the setting is off, and give way to the
/// shared one while it is on: no node, no walk, and an item that is gone with the next scan.
#[test]
fn s30_pages_of_zeros() {
    let mut tale = Tale::as_recorded();
    let settings = tale.machine.settings();
    tale.machine.set_settings(settings.with_use_zero_pages(true));
    let p = tale.spawn();
    tale.map(p, 100, 3);
    tale.write(p, 100, 3, 0);
    tale.scan(1);
    assert_eq!(tale.machine.counters().zero_pages, 0, "its checksum must be seen twice");
    tale.scan(1);
    let counters = tale.machine.counters();
    assert_eq!((counters.zero_pages, counters.pages_shared, counters.pages_volatile), (3, 0, 3));
    assert_eq!(tale.machine.page_at(p, page(100)), Ok(PageView::Zero));
    tale.scan(1);
    assert_eq!(tale.machine.items(p).expect("alive").count(), 0);

    let c = tale.fork(p);
    assert_eq!(tale.machine.counters().zero_pages, 6, "copied entries count too");
    tale.write(c, 100, 1, 5);
    tale.shift(p, 101, 1, 500);
    assert_eq!(tale.machine.counters().zero_pages, 4);
    let broken = tale.machine.page_at(p, page(500)).expect("mapped");
    let PageView::Present { content, merged, .. } = broken else {
        panic!("moved, it is an ordinary page: {broken:?}")
    };
    assert_eq!((content, merged), (Content::ZERO, false));
    tale.unmergeable(p, 100, 1);
    tale.exit(c);
    assert_eq!(tale.machine.counters().zero_pages, 1);
    assert_eq!(tale.machine.zero_pages(p), Ok(1));
    assert_eq!(tale.machine.copies_of_merged(), 0, "they are not copies of merged pages");

    tale.machine.set_settings(settings);
    tale.map(p, 700, 2);
    tale.write(p, 700, 2, 0);
    tale.scan(3);
    assert!(tale.machine.is_merged(tale.pfn(p, 700)), "like any other page");
    assert_eq!(tale.machine.counters().zero_pages, 1, "what was placed stays");
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
        let mut tale = Tale::new();
        let p = tale.spawn();
        for number in [100, 102] {
            tale.map(p, number, 1);
            tale.write(p, number, 1, SAME);
        }
        tale.scan(1);
        tale.step();
        assert!(is_unstable(&tale.machine, p, 100));
        if replaced {
            tale.map(p, 100, 1);
            assert_eq!(tale.machine.anon_vma_at(p, page(100)), Ok(None));
        } else {
            tale.unmergeable(p, 100, 1);
        }
        tale.step();
        assert!(!is_unstable(&tale.machine, p, 100) && is_unstable(&tale.machine, p, 102));
        assert_eq!(tale.shared(), (0, 0));
    }
}

/// The same where the item's process has exited, and the scanner has not come back to it.
#[test]
fn an_unstable_page_of_the_dead_is_no_match() {
    let mut tale = Tale::new();
    let (p, q) = (tale.spawn(), tale.spawn());
    for (mm, number, content) in [(p, 100, SAME), (q, 100, 5), (q, 102, SAME)] {
        tale.map(mm, number, 1);
        tale.write(mm, number, 1, content);
    }
    tale.scan(1);
    tale.step();
    tale.step();
    tale.exit(p);
    assert_eq!(tale.machine.items(p).expect("the scanner has its item").count(), 1);
    tale.step();
    assert!(is_unstable(&tale.machine, q, 102));
    assert_eq!(tale.shared(), (0, 0));
}

/// The same with a merged page that has been moved there as a swap entry: it is not merged once more,
/// and the scanned page, which was to be the new merged one, is copied to be private again.
#[test]
fn an_unstable_page_that_gave_way_to_a_merged_one_is_no_match() {
    let mut tale = Tale::as_recorded();
    let settings = tale.machine.settings().with_max_page_sharing(2);
    tale.machine.set_settings(settings);
    let p = tale.spawn();
    tale.map(p, 100, 2);
    tale.map(p, 300, 1);
    tale.write(p, 100, 2, SAME);
    tale.scan(4); // a node with as many items as it takes
    let (c, z) = (tale.fork(p), tale.spawn());
    for (mm, number) in [(c, 300), (z, 400)] {
        tale.map(mm, number, 1);
        tale.write(mm, number, 1, SAME);
    }
    tale.scan(1);
    (0..5).for_each(|_| tale.step()); // two pages of p, three of c
    assert!(is_unstable(&tale.machine, c, 300));
    let merged = tale.pfn(p, 100);
    tale.machine.pin(merged).expect("in use");
    assert_eq!(tale.machine.unmap(merged, &FullRange).expect("in use").left, 0);
    tale.shift(c, 100, 1, 300);
    tale.read(c, 300);
    tale.machine.unpin(merged).expect("pinned");
    assert_eq!(tale.pfn(c, 300), merged, "from the swap cache, as it was");
    let (before, copies) = (tale.pfn(z, 400), tale.machine.copies_of_merged());
    tale.step();
    assert_ne!(tale.pfn(z, 400), before, "made a merged page, and copied");
    assert_eq!(tale.machine.copies_of_merged(), copies + 1);
    assert!(!tale.machine.is_merged(tale.pfn(z, 400)));
    assert_eq!(tale.pfn(c, 300), merged);
}

//! Named scenarios of kernel pages, with the exact work of every walk.
//!
//! Pages are numbers: page 100 is address `100 << 12`. Counts are
//! (visited, skipped for the address, skipped for the process). A walk is observed in two forms: as
//! unmapping does it, which stops when no entry is left, and as putting entries back does it, which
//! never stops.
#![allow(clippy::unwrap_used, reason = "a refused call fails the scenario")]

use stabtree::rmap::{
    AddressPgoff, Collect, Content, FullRange, KsmSettings, LoopStats, MmId, Pages, Pfn, Prot,
    ScanCursor, StoredPgoff, Strategy,
};

use super::scenario::{
    Counts, Machine, Observed, SAME, machine, map, merge, migrates, observe, page, shift,
};

fn fill(machine: &mut Machine, mm: MmId, pages: impl IntoIterator<Item = u64>) {
    for number in pages {
        machine.write(mm, page(number), Content(SAME)).unwrap();
    }
}

fn loop_counts(one: &LoopStats) -> Counts {
    (one.visited, one.skipped_address, one.skipped_mm)
}

const FULL: &dyn Strategy = &FullRange;
const ADDRESS: &dyn Strategy = &AddressPgoff;
const STORED: &dyn Strategy = &StoredPgoff;

#[test]
fn s1_plain_pair() {
    let mut machine = machine(KsmSettings::default());
    let p = machine.spawn();
    map(&mut machine, p, 100, 2);
    fill(&mut machine, p, [100, 101]);
    merge(&mut machine);
    let pfn = machine.pfn_at(p, page(100)).unwrap();
    let expected =
        Observed { unmap: (2, 0, 0), put_back: (4, 0, 2), found: vec![(p, 100), (p, 101)] };
    for strategy in [FULL, ADDRESS, STORED] {
        assert_eq!(observe(&machine, pfn, strategy), expected, "{}", strategy.name());
    }
    assert!(migrates(&mut machine, pfn, STORED));
    let counters = machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (1, 1));
}

/// Three pages, the first two equal; the second is moved onto the third before they merge.
fn hugh() -> (Machine, MmId, Pfn) {
    let mut machine = machine(KsmSettings::default());
    let p = machine.spawn();
    map(&mut machine, p, 100, 3);
    fill(&mut machine, p, [100, 101]);
    shift(&mut machine, p, 101, 1, 102);
    merge(&mut machine);
    let pfn = machine.pfn_at(p, page(102)).unwrap();
    assert_eq!(machine.pfn_at(p, page(100)), Ok(pfn), "merged again after the move");
    (machine, p, pfn)
}

#[test]
fn s2_hugh_mremap() {
    let (machine, p, pfn) = hugh();
    let items: Vec<_> = machine.items_of(pfn).unwrap();
    let places: Vec<_> = items.iter().map(|i| (i.mm, i.item.address().page_number())).collect();
    assert_eq!(places, [(p, 102), (p, 100)], "newest first");
    let both = vec![(p, 100), (p, 102)];
    assert_eq!(
        observe(&machine, pfn, FULL),
        Observed { unmap: (3, 1, 0), put_back: (8, 4, 2), found: both.clone() }
    );
    assert_eq!(
        observe(&machine, pfn, STORED),
        Observed { unmap: (2, 0, 0), put_back: (4, 0, 2), found: both }
    );
    let counters = machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (1, 1));
}

/// The flaw of the third version is there: no visit at all for the page that was moved.
#[test]
fn s2_address_pgoff_misses_the_moved_page() {
    let (mut machine, p, pfn) = hugh();
    let observed = observe(&machine, pfn, ADDRESS);
    assert_eq!((observed.unmap, &observed.found), ((2, 0, 1), &vec![(p, 100)]));
    let audit = machine.audit(pfn, ADDRESS).unwrap();
    assert_eq!(audit.missed, [(p, page(102))]);

    assert!(!migrates(&mut machine, pfn, ADDRESS));
    let reclaim = machine.clone().unmap(pfn, ADDRESS).unwrap();
    assert_eq!((reclaim.unmapped, reclaim.left, reclaim.freed), (1, 1, false));
    let shared_after = |strategy| {
        let mut machine = machine.clone();
        machine.unmap(pfn, strategy).unwrap();
        machine.ksm_scan();
        let counters = machine.counters();
        (counters.pages_shared, counters.pages_sharing)
    };
    assert_eq!(shared_after(ADDRESS), (1, 0), "the moved page keeps its frame");
    assert_eq!(shared_after(STORED), (0, 0));
    let reclaim = machine.unmap(pfn, STORED).unwrap();
    assert_eq!((reclaim.unmapped, reclaim.left, reclaim.freed), (2, 0, true));
    machine.check().unwrap();
}

#[test]
fn s5_exchange_two_pages_of_one_mapping() {
    let mut machine = machine(KsmSettings::default());
    let p = machine.spawn();
    map(&mut machine, p, 100, 2);
    fill(&mut machine, p, [100, 101]);
    shift(&mut machine, p, 100, 1, 500);
    shift(&mut machine, p, 101, 1, 100);
    shift(&mut machine, p, 500, 1, 101);
    let offsets: Vec<_> = machine.vmas(p).unwrap().map(|vma| vma.pgoff().0).collect();
    assert_eq!(offsets, [101, 100]);
    merge(&mut machine);
    let pfn = machine.pfn_at(p, page(100)).unwrap();
    let observed = observe(&machine, pfn, FULL);
    assert_eq!((observed.unmap, observed.found.len()), ((4, 2, 0), 2));
    let observed = observe(&machine, pfn, STORED);
    assert_eq!((observed.unmap, observed.found.len()), ((2, 0, 0), 2));
    // Each search lands on a mapping of the right process, and on the wrong one.
    let observed = observe(&machine, pfn, ADDRESS);
    assert_eq!((observed.unmap, observed.found.len()), ((4, 4, 0), 0));
    assert!(!migrates(&mut machine, pfn, ADDRESS));
    assert!(migrates(&mut machine, pfn, STORED));
}

#[test]
fn s6_fork_after_merge() {
    let mut machine = machine(KsmSettings::default());
    let q = machine.spawn();
    map(&mut machine, q, 100, 1);
    let p = machine.spawn();
    map(&mut machine, p, 100, 1);
    fill(&mut machine, q, [100]);
    fill(&mut machine, p, [100]);
    merge(&mut machine);
    let (c1, c2) = (machine.fork(p).unwrap(), machine.fork(p).unwrap());
    machine.check().unwrap();
    let pfn = machine.pfn_at(p, page(100)).unwrap();
    let mut found = vec![(p, 100), (c1, 100), (c2, 100), (q, 100)];
    found.sort_unstable();
    let expected = Observed { unmap: (7, 0, 3), put_back: (8, 0, 4), found };
    for strategy in [FULL, ADDRESS, STORED] {
        assert_eq!(observe(&machine, pfn, strategy), expected, "{}", strategy.name());
        let mut all = Collect::all();
        machine.walk(pfn, strategy, &mut all).unwrap();
        assert_eq!(loop_counts(&all.loops()[0]), (3, 0, 2), "the row after the patch");
    }
    // Three more scans later each child has an item of its own, in a family of its own.
    merge(&mut machine);
    assert_eq!(machine.items_of(pfn).unwrap().len(), 4);
    assert!(migrates(&mut machine, pfn, STORED));
}

#[test]
fn s7_split_after_merge() {
    let mut machine = machine(KsmSettings::default());
    let (p, q) = (machine.spawn(), machine.spawn());
    map(&mut machine, p, 100, 10);
    map(&mut machine, q, 300, 1);
    fill(&mut machine, p, [105]);
    fill(&mut machine, q, [300]);
    merge(&mut machine);
    machine.mprotect(p, page(100), Pages(4), Prot::Read).unwrap();
    assert_eq!(machine.vmas(p).unwrap().count(), 2);
    machine.check().unwrap();
    let pfn = machine.pfn_at(p, page(105)).unwrap();
    let mut found = vec![(p, 105), (q, 300)];
    found.sort_unstable();
    for (strategy, unmap) in [(FULL, (3, 1, 0)), (STORED, (2, 0, 0)), (ADDRESS, (2, 0, 0))] {
        let observed = observe(&machine, pfn, strategy);
        assert_eq!((observed.unmap, &observed.found), (unmap, &found), "{}", strategy.name());
    }
    assert!(migrates(&mut machine, pfn, STORED));
}

#[test]
fn a_written_sharer_leaves_a_stale_item_until_the_scanner_passes() {
    let mut machine = machine(KsmSettings::default());
    let p = machine.spawn();
    map(&mut machine, p, 100, 3);
    fill(&mut machine, p, [100, 101, 102]);
    merge(&mut machine);
    let pfn = machine.pfn_at(p, page(100)).unwrap();
    machine.write(p, page(102), Content(8)).unwrap();
    let audit = machine.audit(pfn, FULL).unwrap();
    assert_eq!((audit.stats.hits, audit.stats.mapped, audit.missed.len()), (3, 2, 0));
    assert_eq!(machine.counters().pages_sharing, 2, "counters describe items");
    machine.ksm_scan();
    assert_eq!(machine.audit(pfn, FULL).unwrap().stats.hits, 2);
    assert_eq!(machine.counters().pages_sharing, 1);
    machine.check().unwrap();
}

#[test]
fn s20_an_unmapped_page_is_walked_in_an_empty_tree() {
    let mut machine = machine(KsmSettings::default());
    let (p, q) = (machine.spawn(), machine.spawn());
    map(&mut machine, p, 100, 1);
    map(&mut machine, q, 200, 1);
    fill(&mut machine, p, [100]);
    fill(&mut machine, q, [200]);
    merge(&mut machine);
    let pfn = machine.pfn_at(q, page(200)).unwrap();
    machine.munmap(p, page(100), Pages(1)).unwrap();
    machine.check().unwrap();
    let observed = observe(&machine, pfn, FULL);
    assert_eq!(
        (observed.put_back, observed.found),
        ((2, 0, 1), vec![(q, 200)]),
        "p's family is empty"
    );
    assert_eq!(machine.items_of(pfn).unwrap().len(), 2, "and kept by p's item");
}

/// A node holds no reference on its page. That the page has gone is found out when the scanner
/// comes to one of its items, and then all of them go, also those of processes not yet passed.
#[test]
fn a_gone_page_takes_all_its_items_with_it_when_one_is_scanned() {
    let mut machine = machine(KsmSettings::default());
    let (p, q) = (machine.spawn(), machine.spawn());
    for mm in [p, q] {
        map(&mut machine, mm, 100, 2);
        fill(&mut machine, mm, [100, 101]);
    }
    merge(&mut machine);
    for mm in [p, q] {
        for number in [100, 101] {
            machine.write(mm, page(number), Content(10 + number)).unwrap();
        }
    }
    let counters = machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (1, 3), "four stale items");
    machine.ksm_step(Pages(1));
    machine.check().unwrap();
    let counters = machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (0, 0), "one step, all four");
    assert_eq!(machine.stable_tree().count(), 0);
}

/// That its page has gone is found out too when a search of the stable tree passes a node, on its way
/// to another content.
#[test]
fn a_search_drops_the_nodes_on_its_way_whose_pages_have_gone() {
    let mut machine = machine(KsmSettings::default());
    let (p, q) = (machine.spawn(), machine.spawn());
    map(&mut machine, p, 100, 1);
    machine.write(p, page(100), Content(5)).unwrap();
    map(&mut machine, q, 100, 2);
    fill(&mut machine, q, [100, 101]);
    merge(&mut machine);
    machine.write(q, page(100), Content(6)).unwrap();
    machine.write(q, page(101), Content(8)).unwrap();
    assert_eq!(machine.stable_tree().count(), 1, "nobody has looked");
    assert_eq!(machine.ksm_step(Pages(1)).scanned, 1);
    machine.check().unwrap();
    assert_eq!(
        machine.scan_cursor(),
        ScanCursor::At { mm: p, address: page(101) },
        "not yet at its items"
    );
    assert_eq!(machine.stable_tree().count(), 0);
    let counters = machine.counters();
    assert_eq!((counters.pages_shared, counters.pages_sharing), (0, 0));
}

//! Moves: where the pages are afterwards, and which strategy finds them there at what cost.

use stabtree::rmap::{
    AddressPgoff, Collect, CountThenFull, FullRange, IndexAndComputedAddress, Migration,
    NarrowThenWide, Pages, Pgoff, Remap, RemapBit, StoredPgoff, Strategy, VmaPgoff,
};

use super::scenario::{Counts, SAME, Scenario, page};

const FULL: &dyn Strategy = &FullRange;
const ADDRESS: &dyn Strategy = &AddressPgoff;
const STORED: &dyn Strategy = &StoredPgoff;
const BIT: &dyn Strategy = &RemapBit;
const VMA: &dyn Strategy = &VmaPgoff;

/// Counts of the walk that stops, and the number of entries found.
fn brief(
    scenario: &Scenario,
    mm: stabtree::rmap::MmId,
    number: u64,
    by: &dyn Strategy,
) -> (Counts, usize) {
    let observed = scenario.observe(mm, number, by);
    (observed.unmap, observed.found.len())
}

#[test]
fn s2_what_the_other_strategies_do_with_hughs_case() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 3);
    scenario.write(p, 100, 2, SAME);
    scenario.shift(p, 101, 1, 102);
    scenario.scan(2);
    assert_eq!(scenario.layout(p), [(100, 1, 100), (102, 1, 101)]);
    assert_eq!(scenario.items(p, 102), [(p, 102), (p, 100)]);
    let expected: [(&dyn Strategy, Counts, usize); 8] = [
        (FULL, (3, 1, 0), 2),
        (ADDRESS, (2, 0, 1), 1),
        (STORED, (2, 0, 0), 2),
        (BIT, (3, 1, 0), 2),
        (VMA, (2, 0, 0), 2),
        (&IndexAndComputedAddress, (2, 0, 0), 2),
        // One narrow walk to the end, then a full one up to the second page.
        (&CountThenFull, (4, 1, 1), 2),
        (&NarrowThenWide, (4, 1, 1), 2),
    ];
    for (strategy, unmap, found) in expected {
        assert_eq!(brief(&scenario, p, 102, strategy), (unmap, found), "{}", strategy.name());
    }
    let put_back = |by: &dyn Strategy| scenario.observe(p, 102, by).put_back;
    assert_eq!(put_back(FULL), (8, 4, 2));
    assert_eq!(put_back(STORED), (4, 0, 2));
    assert_eq!(put_back(&NarrowThenWide), (10, 4, 3), "the narrow walk and the full one");
}

/// Where nothing has moved the narrow walk reaches the count, and the full one is not made.
#[test]
fn a_count_that_is_reached_ends_the_walk() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(2);
    assert_eq!(scenario.observe(p, 100, &CountThenFull).put_back, (4, 0, 2));
    assert_eq!(scenario.observe(p, 100, &NarrowThenWide).put_back, (8, 0, 4));
}

#[test]
fn s3_a_whole_mapping_moved() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 4);
    scenario.shift(p, 100, 4, 1100);
    scenario.scan(2);
    assert_eq!(brief(&scenario, p, 1100, ADDRESS), ((0, 0, 0), 0));
    assert_eq!(scenario.missed(p, 1100, ADDRESS).len(), 4);
    for strategy in [FULL, STORED, BIT, &IndexAndComputedAddress] {
        assert_eq!(brief(&scenario, p, 1100, strategy), ((4, 0, 0), 4), "{}", strategy.name());
    }
    // All four were merged in one mapping: its first page's offset finds all of it.
    assert_eq!(brief(&scenario, p, 1100, VMA), ((4, 0, 0), 4));
}

#[test]
fn s4_two_mappings_exchanged() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    for start in [100, 300] {
        scenario.map(p, start, 1);
        scenario.write(p, start, 1, SAME);
    }
    scenario.shift(p, 100, 1, 900);
    scenario.shift(p, 300, 1, 100);
    scenario.shift(p, 900, 1, 300);
    scenario.scan(2);
    assert_eq!(scenario.layout(p), [(100, 1, 300), (300, 1, 100)]);
    assert_eq!(brief(&scenario, p, 100, ADDRESS), ((0, 0, 0), 0));
    assert_eq!(brief(&scenario, p, 100, STORED), ((2, 0, 0), 2));
}

#[test]
fn s5_the_remap_bit_where_two_pages_of_one_mapping_are_exchanged() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.shift(p, 100, 1, 500);
    scenario.shift(p, 101, 1, 100);
    scenario.shift(p, 500, 1, 101);
    scenario.scan(2);
    assert_eq!(scenario.layout(p), [(100, 1, 101), (101, 1, 100)]);
    assert_eq!(brief(&scenario, p, 100, BIT), ((4, 2, 0), 2));
    assert_eq!(brief(&scenario, p, 100, ADDRESS), ((4, 4, 0), 0));
}

/// The offset of the mapping's first page leads to the lower half after a split.
#[test]
fn s7_vma_pgoff_misses_the_upper_half_of_a_split() {
    let mut scenario = Scenario::new();
    let (p, q) = (scenario.spawn(), scenario.spawn());
    scenario.map(p, 100, 10);
    scenario.map(q, 300, 1);
    scenario.write(p, 105, 1, SAME);
    scenario.write(q, 300, 1, SAME);
    scenario.scan(2);
    assert_eq!(scenario.missed(p, 105, VMA), [], "as long as the mapping is whole");
    let read = stabtree::rmap::Prot::Read;
    let (at, pages) = (page(100), Pages(4));
    scenario.machine.mprotect(p, at, pages, read).expect("mapped");
    assert_eq!(scenario.missed(p, 105, VMA), [(p, 105)]);
    assert_eq!(brief(&scenario, p, 105, VMA), ((4, 2, 1), 1));
    for strategy in [FULL, STORED, BIT, &IndexAndComputedAddress] {
        assert_eq!(scenario.missed(p, 105, strategy), []);
    }
}

#[test]
fn s8_a_part_moved_and_its_source_kept() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.shift_and_keep(p, 100, 1, 900);
    scenario.write(p, 100, 1, SAME);
    scenario.scan(2);
    assert_eq!(scenario.layout(p), [(100, 2, 100), (900, 1, 100)], "two mappings, one index");
    assert_eq!(scenario.items(p, 100), [(p, 900), (p, 101), (p, 100)]);
    assert_eq!(brief(&scenario, p, 100, FULL), ((5, 2, 0), 3));
    assert_eq!(brief(&scenario, p, 100, STORED), ((4, 1, 0), 3));
    assert_eq!(brief(&scenario, p, 100, BIT), ((4, 1, 0), 3));
    assert_eq!(scenario.missed(p, 100, ADDRESS), [(p, 900)]);
    assert_eq!(brief(&scenario, p, 100, ADDRESS), ((6, 2, 2), 2));
}

#[test]
fn s10_a_whole_mapping_moved_and_its_source_kept() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 1);
    scenario.shift_and_keep(p, 100, 1, 900);
    let family =
        |scenario: &Scenario, at| scenario.machine.anon_vma_at(p, page(at)).expect("mapped");
    assert_eq!(family(&scenario, 100), None, "untouched again, its offset kept");
    assert_eq!(scenario.layout(p), [(100, 1, 100), (900, 1, 100)]);
    scenario.write(p, 100, 1, SAME);
    assert_ne!(family(&scenario, 100), family(&scenario, 900), "a family of its own");
    scenario.scan(2);
    assert_eq!(brief(&scenario, p, 100, STORED), ((2, 0, 0), 2));
    assert_eq!(scenario.missed(p, 100, FULL), []);
}

#[test]
fn s11_a_move_before_the_first_touch_sets_the_offset_anew() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 2);
    scenario.shift(p, 100, 2, 500);
    scenario.write(p, 500, 2, SAME);
    scenario.scan(2);
    assert_eq!(scenario.layout(p), [(500, 2, 500)]);
    for strategy in [FULL, ADDRESS, STORED, BIT] {
        assert_eq!(brief(&scenario, p, 500, strategy), ((2, 0, 0), 2), "{}", strategy.name());
    }
}

#[test]
fn s12_a_move_and_back() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 3);
    scenario.shift(p, 101, 1, 500);
    assert_eq!(scenario.layout(p).len(), 3);
    scenario.shift(p, 500, 1, 101);
    assert_eq!(scenario.layout(p), [(100, 3, 100)], "one mapping again");
    scenario.scan(2);
    assert_eq!(scenario.missed(p, 100, ADDRESS), []);
}

#[test]
fn s13_the_middle_moved() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 5);
    scenario.shift(p, 102, 1, 700);
    scenario.scan(2);
    assert_eq!(scenario.layout(p), [(100, 2, 100), (103, 2, 103), (700, 1, 102)]);
    assert_eq!(scenario.missed(p, 100, ADDRESS), [(p, 700)]);
    for strategy in [FULL, STORED, BIT, &IndexAndComputedAddress] {
        assert_eq!(scenario.missed(p, 100, strategy), []);
    }
}

/// The record of a mapping goes with the pages that leave its middle: what stays on both sides is split
/// off.
#[test]
fn the_rest_around_a_moved_middle_has_new_names() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 3);
    let name = |scenario: &Scenario, number| {
        scenario.machine.vma_at(p, page(number)).expect("mapped").id()
    };
    let before = name(&scenario, 100);
    scenario.shift(p, 101, 1, 700);
    assert!(scenario.machine.vma(before).is_none());
    assert_ne!(name(&scenario, 100), name(&scenario, 102));
}

/// A mapping grows up to the next one, and becomes one with it if both are untouched; the kernel does
/// not let an untouched one be taken in by a touched one that grows.
#[test]
fn a_mapping_grows_up_to_the_next() {
    for (touched, layout) in
        [(false, &[(100, 4, 100)][..]), (true, &[(100, 3, 100), (103, 1, 103)])]
    {
        let mut scenario = Scenario::new();
        let p = scenario.spawn();
        scenario.plain(p, 100, 2);
        scenario.plain(p, 103, 1);
        if touched {
            scenario.write(p, 100, 1, SAME);
        }
        let grown = scenario.machine.mremap(p, page(100), Pages(2), Pages(3), Remap::InPlace);
        assert_eq!(grown, Ok(page(100)));
        assert_eq!(scenario.layout(p), layout);
        scenario.machine.check().expect("all invariants");
    }
}

/// Mapped between two neighbours, memory becomes one with both, unless each of these has a family of
/// its own: then with the lower one.
#[test]
fn what_is_mapped_between_two_mappings_joins_them() {
    for (below, above) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut scenario = Scenario::new();
        let p = scenario.spawn();
        for (number, touched) in [(100, below), (102, above)] {
            scenario.plain(p, number, 1);
            if touched {
                scenario.write(p, number, 1, SAME);
            }
        }
        scenario.plain(p, 101, 1);
        let expected: &[_] =
            if below && above { &[(100, 2, 100), (102, 1, 102)] } else { &[(100, 3, 100)] };
        assert_eq!(scenario.layout(p), expected, "touched: {below}, {above}");
        scenario.machine.check().expect("all invariants");
    }
}

#[test]
fn s14_the_child_moves() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(2);
    let c = scenario.fork(p);
    scenario.shift(c, 100, 1, 700);
    let pfn = scenario.pfn(p, 100);
    assert_ne!(scenario.pfn(c, 700), pfn, "un-merged by the move");
    let observed = scenario.observe(p, 100, STORED);
    assert_eq!(observed.found, [(p, 100), (p, 101), (c, 101)]);
    let mut all = Collect::all();
    scenario.machine.walk(pfn, STORED, &mut all).expect("merged");
    let of_the_page = all.loops().iter().filter(|one| *one.start.window.start() == Pgoff(100));
    let counts: Vec<Counts> =
        of_the_page.map(|one| (one.visited, one.skipped_address, one.skipped_mm)).collect();
    // The child's moved mapping still covers the index, and is skipped for its address.
    assert_eq!(counts, [(2, 1, 0), (2, 1, 1)]);
    scenario.scan(2);
    assert_eq!(scenario.pfn(c, 700), pfn);
    assert_eq!(scenario.items(p, 100), [(c, 700), (c, 101), (p, 101), (p, 100)]);
    assert_eq!(scenario.missed(p, 100, STORED), []);
}

/// Merged, moved, merged again, migrated: the case of the selftest. The moved page must be a merged
/// one again before anything is said about its migration.
#[test]
fn s27_migrate_after_a_move() {
    for (strategy, moves) in [(FULL, true), (STORED, true), (BIT, true), (ADDRESS, false)] {
        let mut scenario = Scenario::new();
        let p = scenario.spawn_with(100, 2);
        scenario.scan(2);
        scenario.shift(p, 100, 1, 700);
        assert!(!scenario.machine.is_merged(scenario.pfn(p, 700)), "un-merged by the move");
        scenario.scan(2);
        assert!(scenario.machine.is_merged(scenario.pfn(p, 700)));
        assert_eq!(scenario.migrates(p, 700, strategy), moves, "{}", strategy.name());
    }
}

/// A page with an entry that is missed is tried ten times, two walks each, and is as it was
/// afterwards. One that is only held is unmapped at the first try; that it is held shows later.
#[test]
fn a_migration_is_tried_ten_times() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 3);
    scenario.write(p, 100, 2, SAME);
    scenario.shift(p, 101, 1, 102);
    scenario.scan(2);
    let pfn = scenario.pfn(p, 102);
    let before = format!("{:?}", scenario.machine);
    let failed = scenario.machine.migrate(pfn, ADDRESS).expect("merged");
    assert_eq!((failed.mappers, failed.tries, failed.moved_to), (2, Migration::TRIES, None));
    assert_eq!(format!("{:?}", scenario.machine), before);
    scenario.machine.pin(pfn).expect("present");
    let held = scenario.machine.migrate(pfn, STORED).expect("merged");
    assert_eq!((held.tries, held.moved_to), (1, None));
    scenario.machine.unpin(pfn).expect("pinned");
    let moved = scenario.machine.migrate(pfn, STORED).expect("merged");
    assert_eq!((moved.tries, moved.moved_to), (1, Some(scenario.pfn(p, 102))));
    scenario.machine.check().expect("all invariants");
}

#[test]
fn s28_an_address_used_again() {
    let mut scenario = Scenario::new();
    let (p, q) = (scenario.spawn_with(100, 1), scenario.spawn_with(100, 1));
    scenario.scan(2);
    let pages = Pages(1);
    scenario.machine.munmap(p, page(100), pages).expect("mapped");
    scenario.map(p, 100, 1);
    scenario.write(p, 100, 1, 5);
    // P's item is stale: its family's tree is empty, or holds a mapping with another page.
    assert_eq!(scenario.observe(q, 100, STORED).found, [(q, 100)]);
    scenario.map(q, 200, 1);
    scenario.write(q, 200, 1, 5);
    scenario.scan(3);
    assert_eq!(scenario.observe(p, 100, STORED).found, [(p, 100), (q, 200)]);
    assert_eq!(scenario.items(p, 100).len(), 2);
}

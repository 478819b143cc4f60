//! Moves: where the pages are afterwards, and which strategy finds them there at what cost.

use stabtree::rmap::{
    AddressPgoff, Collect, CountThenFull, FullRange, IndexAndComputedAddress, Migration,
    NarrowThenWide, Pages, Pgoff, Remap, RemapBit, StoredPgoff, Strategy, VmaPgoff,
};

use super::tale::{Counts, SAME, Tale, page};

const FULL: &dyn Strategy = &FullRange;
const ADDRESS: &dyn Strategy = &AddressPgoff;
const STORED: &dyn Strategy = &StoredPgoff;
const BIT: &dyn Strategy = &RemapBit;
const VMA: &dyn Strategy = &VmaPgoff;

/// Counts of the walk that stops, and the number of entries found.
fn brief(tale: &Tale, mm: stabtree::rmap::MmId, number: u64, by: &dyn Strategy) -> (Counts, usize) {
    let told = tale.told(mm, number, by);
    (told.unmap, told.found.len())
}

#[test]
fn s2_what_the_other_strategies_do_with_hughs_case() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.map(p, 100, 3);
    tale.write(p, 100, 2, SAME);
    tale.shift(p, 101, 1, 102);
    tale.scan(2);
    assert_eq!(tale.layout(p), [(100, 1, 100), (102, 1, 101)]);
    assert_eq!(tale.items(p, 102), [(p, 102), (p, 100)]);
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
        assert_eq!(brief(&tale, p, 102, strategy), (unmap, found), "{}", strategy.name());
    }
    let put_back = |by: &dyn Strategy| tale.told(p, 102, by).put_back;
    assert_eq!(put_back(FULL), (8, 4, 2));
    assert_eq!(put_back(STORED), (4, 0, 2));
    assert_eq!(put_back(&NarrowThenWide), (10, 4, 3), "the narrow walk and the full one");
}

/// Where nothing has moved the narrow walk reaches the count, and the full one is not made.
#[test]
fn a_count_that_is_reached_ends_the_walk() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 2);
    tale.scan(2);
    assert_eq!(tale.told(p, 100, &CountThenFull).put_back, (4, 0, 2));
    assert_eq!(tale.told(p, 100, &NarrowThenWide).put_back, (8, 0, 4));
}

#[test]
fn s3_a_whole_mapping_moved() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 4);
    tale.shift(p, 100, 4, 1100);
    tale.scan(2);
    assert_eq!(brief(&tale, p, 1100, ADDRESS), ((0, 0, 0), 0));
    assert_eq!(tale.missed(p, 1100, ADDRESS).len(), 4);
    for strategy in [FULL, STORED, BIT, &IndexAndComputedAddress] {
        assert_eq!(brief(&tale, p, 1100, strategy), ((4, 0, 0), 4), "{}", strategy.name());
    }
    // All four were merged in one mapping: its first page's offset finds all of it.
    assert_eq!(brief(&tale, p, 1100, VMA), ((4, 0, 0), 4));
}

#[test]
fn s4_two_mappings_exchanged() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    for start in [100, 300] {
        tale.map(p, start, 1);
        tale.write(p, start, 1, SAME);
    }
    tale.shift(p, 100, 1, 900);
    tale.shift(p, 300, 1, 100);
    tale.shift(p, 900, 1, 300);
    tale.scan(2);
    assert_eq!(tale.layout(p), [(100, 1, 300), (300, 1, 100)]);
    assert_eq!(brief(&tale, p, 100, ADDRESS), ((0, 0, 0), 0));
    assert_eq!(brief(&tale, p, 100, STORED), ((2, 0, 0), 2));
}

#[test]
fn s5_the_remap_bit_where_two_pages_of_one_mapping_are_exchanged() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 2);
    tale.shift(p, 100, 1, 500);
    tale.shift(p, 101, 1, 100);
    tale.shift(p, 500, 1, 101);
    tale.scan(2);
    assert_eq!(tale.layout(p), [(100, 1, 101), (101, 1, 100)]);
    assert_eq!(brief(&tale, p, 100, BIT), ((4, 2, 0), 2));
    assert_eq!(brief(&tale, p, 100, ADDRESS), ((4, 4, 0), 0));
}

/// The offset of the mapping's first page leads to the lower half after a split.
#[test]
fn s7_vma_pgoff_misses_the_upper_half_of_a_split() {
    let mut tale = Tale::new();
    let (p, q) = (tale.spawn(), tale.spawn());
    tale.map(p, 100, 10);
    tale.map(q, 300, 1);
    tale.write(p, 105, 1, SAME);
    tale.write(q, 300, 1, SAME);
    tale.scan(2);
    assert_eq!(tale.missed(p, 105, VMA), [], "as long as the mapping is whole");
    let read = stabtree::rmap::Prot::Read;
    let (at, pages) = (page(100), Pages(4));
    tale.machine.mprotect(p, at, pages, read).expect("mapped");
    assert_eq!(tale.missed(p, 105, VMA), [(p, 105)]);
    assert_eq!(brief(&tale, p, 105, VMA), ((4, 2, 1), 1));
    for strategy in [FULL, STORED, BIT, &IndexAndComputedAddress] {
        assert_eq!(tale.missed(p, 105, strategy), []);
    }
}

#[test]
fn s8_a_part_moved_and_its_source_kept() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 2);
    tale.shift_and_keep(p, 100, 1, 900);
    tale.write(p, 100, 1, SAME);
    tale.scan(2);
    assert_eq!(tale.layout(p), [(100, 2, 100), (900, 1, 100)], "two mappings, one index");
    assert_eq!(tale.items(p, 100), [(p, 900), (p, 101), (p, 100)]);
    assert_eq!(brief(&tale, p, 100, FULL), ((5, 2, 0), 3));
    assert_eq!(brief(&tale, p, 100, STORED), ((4, 1, 0), 3));
    assert_eq!(brief(&tale, p, 100, BIT), ((4, 1, 0), 3));
    assert_eq!(tale.missed(p, 100, ADDRESS), [(p, 900)]);
    assert_eq!(brief(&tale, p, 100, ADDRESS), ((6, 2, 2), 2));
}

#[test]
fn s10_a_whole_mapping_moved_and_its_source_kept() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 1);
    tale.shift_and_keep(p, 100, 1, 900);
    let family = |tale: &Tale, at| tale.machine.anon_vma_at(p, page(at)).expect("mapped");
    assert_eq!(family(&tale, 100), None, "untouched again, its offset kept");
    assert_eq!(tale.layout(p), [(100, 1, 100), (900, 1, 100)]);
    tale.write(p, 100, 1, SAME);
    assert_ne!(family(&tale, 100), family(&tale, 900), "a family of its own");
    tale.scan(2);
    assert_eq!(brief(&tale, p, 100, STORED), ((2, 0, 0), 2));
    assert_eq!(tale.missed(p, 100, FULL), []);
}

#[test]
fn s11_a_move_before_the_first_touch_sets_the_offset_anew() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.map(p, 100, 2);
    tale.shift(p, 100, 2, 500);
    tale.write(p, 500, 2, SAME);
    tale.scan(2);
    assert_eq!(tale.layout(p), [(500, 2, 500)]);
    for strategy in [FULL, ADDRESS, STORED, BIT] {
        assert_eq!(brief(&tale, p, 500, strategy), ((2, 0, 0), 2), "{}", strategy.name());
    }
}

#[test]
fn s12_a_move_and_back() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 3);
    tale.shift(p, 101, 1, 500);
    assert_eq!(tale.layout(p).len(), 3);
    tale.shift(p, 500, 1, 101);
    assert_eq!(tale.layout(p), [(100, 3, 100)], "one mapping again");
    tale.scan(2);
    assert_eq!(tale.missed(p, 100, ADDRESS), []);
}

#[test]
fn s13_the_middle_moved() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 5);
    tale.shift(p, 102, 1, 700);
    tale.scan(2);
    assert_eq!(tale.layout(p), [(100, 2, 100), (103, 2, 103), (700, 1, 102)]);
    assert_eq!(tale.missed(p, 100, ADDRESS), [(p, 700)]);
    for strategy in [FULL, STORED, BIT, &IndexAndComputedAddress] {
        assert_eq!(tale.missed(p, 100, strategy), []);
    }
}

/// The record of a mapping goes with the pages that leave its middle: what stays on both sides is split
/// off.
#[test]
fn the_rest_around_a_moved_middle_has_new_names() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 3);
    let name = |tale: &Tale, number| tale.machine.vma_at(p, page(number)).expect("mapped").id();
    let before = name(&tale, 100);
    tale.shift(p, 101, 1, 700);
    assert!(tale.machine.vma(before).is_none());
    assert_ne!(name(&tale, 100), name(&tale, 102));
}

/// A mapping grows up to the next one, and becomes one with it if both are untouched; the kernel does
/// not let an untouched one be taken in by a touched one that grows.
#[test]
fn a_mapping_grows_up_to_the_next() {
    for (touched, layout) in
        [(false, &[(100, 4, 100)][..]), (true, &[(100, 3, 100), (103, 1, 103)])]
    {
        let mut tale = Tale::new();
        let p = tale.spawn();
        tale.plain(p, 100, 2);
        tale.plain(p, 103, 1);
        if touched {
            tale.write(p, 100, 1, SAME);
        }
        let grown = tale.machine.mremap(p, page(100), Pages(2), Pages(3), Remap::InPlace);
        assert_eq!(grown, Ok(page(100)));
        assert_eq!(tale.layout(p), layout);
        tale.machine.check().expect("all laws");
    }
}

/// Mapped between two neighbours, memory becomes one with both, unless each of these has a family of
/// its own: then with the lower one.
#[test]
fn what_is_mapped_between_two_mappings_joins_them() {
    for (below, above) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut tale = Tale::new();
        let p = tale.spawn();
        for (number, touched) in [(100, below), (102, above)] {
            tale.plain(p, number, 1);
            if touched {
                tale.write(p, number, 1, SAME);
            }
        }
        tale.plain(p, 101, 1);
        let expected: &[_] =
            if below && above { &[(100, 2, 100), (102, 1, 102)] } else { &[(100, 3, 100)] };
        assert_eq!(tale.layout(p), expected, "touched: {below}, {above}");
        tale.machine.check().expect("all laws");
    }
}

#[test]
fn s14_the_child_moves() {
    let mut tale = Tale::new();
    let p = tale.spawn_with(100, 2);
    tale.scan(2);
    let c = tale.fork(p);
    tale.shift(c, 100, 1, 700);
    let pfn = tale.pfn(p, 100);
    assert_ne!(tale.pfn(c, 700), pfn, "un-merged by the move");
    let told = tale.told(p, 100, STORED);
    assert_eq!(told.found, [(p, 100), (p, 101), (c, 101)]);
    let mut all = Collect::all();
    tale.machine.walk(pfn, STORED, &mut all).expect("merged");
    let of_the_page = all.loops().iter().filter(|one| *one.start.window.start() == Pgoff(100));
    let counts: Vec<Counts> =
        of_the_page.map(|one| (one.visited, one.skipped_address, one.skipped_mm)).collect();
    // The child's moved mapping still covers the index, and is skipped for its address.
    assert_eq!(counts, [(2, 1, 0), (2, 1, 1)]);
    tale.scan(2);
    assert_eq!(tale.pfn(c, 700), pfn);
    assert_eq!(tale.items(p, 100), [(c, 700), (c, 101), (p, 101), (p, 100)]);
    assert_eq!(tale.missed(p, 100, STORED), []);
}

/// Merged, moved, merged again, migrated: the case of the selftest. The moved page must be a merged
/// one again before anything is said about its migration.
#[test]
fn s27_migrate_after_a_move() {
    for (strategy, moves) in [(FULL, true), (STORED, true), (BIT, true), (ADDRESS, false)] {
        let mut tale = Tale::new();
        let p = tale.spawn_with(100, 2);
        tale.scan(2);
        tale.shift(p, 100, 1, 700);
        assert!(!tale.machine.is_merged(tale.pfn(p, 700)), "un-merged by the move");
        tale.scan(2);
        assert!(tale.machine.is_merged(tale.pfn(p, 700)));
        assert_eq!(tale.migrates(p, 700, strategy), moves, "{}", strategy.name());
    }
}

/// A page with an entry that is missed is tried ten times, two walks each, and is as it was
/// afterwards. One that is only held is unmapped at the first try; that it is held shows later.
#[test]
fn a_migration_is_tried_ten_times() {
    let mut tale = Tale::new();
    let p = tale.spawn();
    tale.map(p, 100, 3);
    tale.write(p, 100, 2, SAME);
    tale.shift(p, 101, 1, 102);
    tale.scan(2);
    let pfn = tale.pfn(p, 102);
    let before = format!("{:?}", tale.machine);
    let failed = tale.machine.migrate(pfn, ADDRESS).expect("merged");
    assert_eq!((failed.mappers, failed.tries, failed.moved_to), (2, Migration::TRIES, None));
    assert_eq!(format!("{:?}", tale.machine), before);
    tale.machine.pin(pfn).expect("present");
    let held = tale.machine.migrate(pfn, STORED).expect("merged");
    assert_eq!((held.tries, held.moved_to), (1, None));
    tale.machine.unpin(pfn).expect("pinned");
    let moved = tale.machine.migrate(pfn, STORED).expect("merged");
    assert_eq!((moved.tries, moved.moved_to), (1, Some(tale.pfn(p, 102))));
    tale.machine.check().expect("all laws");
}

#[test]
fn s28_an_address_used_again() {
    let mut tale = Tale::new();
    let (p, q) = (tale.spawn_with(100, 1), tale.spawn_with(100, 1));
    tale.scan(2);
    let pages = Pages(1);
    tale.machine.munmap(p, page(100), pages).expect("mapped");
    tale.map(p, 100, 1);
    tale.write(p, 100, 1, 5);
    // P's item is stale: its family's tree is empty, or holds a mapping with another page.
    assert_eq!(tale.told(q, 100, STORED).found, [(q, 100)]);
    tale.map(q, 200, 1);
    tale.write(q, 200, 1, 5);
    tale.scan(3);
    assert_eq!(tale.told(p, 100, STORED).found, [(p, 100), (q, 200)]);
    assert_eq!(tale.items(p, 100).len(), 2);
}

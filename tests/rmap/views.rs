//! The small parts of the model's interface: views, the lists of a machine, and names.
#![allow(clippy::unwrap_used, reason = "a refused call fails the test")]

use core::ops::ControlFlow;

use stabtree::Interval;
use stabtree::rmap::{
    Collect, Content, Control, FilePart, FullRange, KsmSettings, LoopStart, LoopStats, Machine,
    Mapping, MmId, Pages, Pgoff, Prot, Schedule, Sharing, SlowestLoop, StableItem, Strategy,
    VmaView, WalkStats,
};

use crate::scenarios::scenario::{SAME, Scenario, page};

#[test]
fn a_new_machine_is_empty() {
    let machine = Machine::default();
    assert_eq!(machine.processes().count(), 0);
    assert_eq!(machine.settings(), Machine::new().settings());
    assert_eq!(machine.counters().general_profit(), 0);
    machine.check().unwrap();
}

#[test]
fn the_living_are_listed() {
    let mut machine = Machine::new();
    let all: Vec<MmId> = (0..3).map(|_| machine.spawn()).collect();
    machine.exit(all[1]).unwrap();
    assert!(machine.processes().eq([all[0], all[2]]));
}

#[test]
fn a_view_shows_what_is_mapped() {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let file = machine.create_file(&[Content(1); 4]);
    machine.mmap(p, page(100), Pages(2), Prot::ReadWrite).unwrap();
    for (start, sharing) in [(200, Sharing::Private), (300, Sharing::Shared)] {
        let part = FilePart { file, offset: Pgoff(1), sharing };
        machine.mmap_file(p, page(start), Pages(3), Prot::Read, part).unwrap();
    }
    let at = |number| machine.vma_at(p, page(number)).unwrap();
    let of_index = |index| at(101).address_of(Pgoff(index));
    assert_eq!([99, 100, 101, 102].map(of_index), [None, Some(page(100)), Some(page(101)), None]);
    let views = [101, 200, 302].map(|number| {
        let vma = at(number);
        (vma.pgoff_interval(), vma.file(), vma.is_shared())
    });
    let of_file = Interval::new(Pgoff(1), Pgoff(3));
    let anonymous = Interval::new(Pgoff(100), Pgoff(101));
    assert_eq!(
        views,
        [(anonymous, None, false), (of_file, Some(file), false), (of_file, Some(file), true)]
    );
}

#[test]
fn families_and_swap_slots_are_found_by_name() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.plain(p, 100, 2);
    scenario.write(p, 100, 2, SAME);
    let family = scenario.machine.anon_vma_at(p, page(100)).unwrap().unwrap();
    assert_eq!(scenario.machine.anon_vma_len(family), Some(1));
    scenario.fork(p);
    assert_eq!(scenario.machine.anon_vma_len(family), Some(2));
    assert_eq!(scenario.machine.items_of(scenario.pfn(p, 100)).unwrap(), []);

    scenario.machine.swap_out(p, page(100), &FullRange).unwrap();
    let slot = |number| scenario.machine.swap_slot_at(p, page(number)).unwrap();
    assert_eq!((slot(100), slot(101)), (Some(0), None));
    let machine = &mut scenario.machine;
    for mm in machine.processes().collect::<Vec<_>>() {
        machine.exit(mm).unwrap();
    }
    assert_eq!(machine.anon_vma_len(family), None);
}

/// A merged page has two sharers: a lower limit is taken for that.
#[test]
fn the_limit_of_sharing_is_at_least_two() {
    for (asked, taken) in [(0, 2), (1, 2), (2, 2), (3, 3)] {
        let settings = KsmSettings::default().with_max_page_sharing(asked);
        assert_eq!(Machine::with_settings(settings).settings().max_page_sharing, taken);
    }
}

#[test]
fn addresses_and_schedules_print_as_numbers() {
    assert_eq!(format!("{:?} {}", page(100), page(100)), "0x64000 0x64000");
    let schedule = format!("{:?}", Schedule::default());
    assert_eq!(schedule, "Schedule { checksum: 0, age: 0, remaining_skips: 0 }");
}

/// What merging saves: a page for each sharer beyond the first, less what the items take.
#[test]
fn the_profit_counts_pages_and_items() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 4);
    scenario.write(p, 100, 3, SAME);
    scenario.write(p, 103, 1, SAME + 1);
    scenario.scan(1);
    assert_eq!(scenario.machine.counters().general_profit(), -4 * 64);
    scenario.scan(1);
    assert_eq!(scenario.machine.counters().general_profit(), 2 * 4096 - 4 * 64);
}

/// A zero page saves a whole page; its item stays for a scan.
#[test]
fn the_profit_counts_zero_pages() {
    let mut scenario = Scenario::new();
    let settings = scenario.machine.settings().with_use_zero_pages(true);
    scenario.machine.set_settings(settings);
    let p = scenario.spawn();
    scenario.map(p, 100, 3);
    scenario.write(p, 100, 3, 0);
    scenario.scan(2);
    assert_eq!(scenario.machine.counters().general_profit(), 3 * 4096 - 3 * 64);
    scenario.scan(1);
    assert_eq!(scenario.machine.counters().general_profit(), 3 * 4096);
}

/// A strategy of one's own sees of an item what it was merged with.
#[test]
fn a_strategy_sees_the_item() {
    struct Seen;
    impl Strategy for Seen {
        fn window(&self, item: &StableItem) -> Interval<Pgoff> {
            let moved = item.address().as_pgoff() != item.pgoff();
            assert_eq!(item.vma_pgoff(), Pgoff(if moved { 101 } else { 100 }));
            Interval::point(item.pgoff())
        }
    }
    assert_eq!((Seen.name(), FullRange.name()), ("Seen", "FullRange"));
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 3);
    scenario.write(p, 100, 2, SAME);
    scenario.shift(p, 101, 1, 102);
    scenario.scan(2);
    assert!(scenario.machine.audit(scenario.pfn(p, 102), &Seen).unwrap().is_complete());
}

/// The sum of a walk's loops is the walk's.
#[test]
fn loops_add_up_to_a_walk() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 2);
    scenario.write(p, 100, 2, SAME);
    scenario.scan(2);
    scenario.fork(p);
    let mut all = Collect::all();
    let walk = scenario.machine.walk(scenario.pfn(p, 100), &FullRange, &mut all).unwrap();
    let loops: Vec<WalkStats> = all.loops().iter().map(|&one| one.into()).collect();
    assert!(loops.iter().all(|one| (one.passes, one.loops) == (1, 1)), "{loops:?}");
    let sum = |count: fn(&WalkStats) -> u64| loops.iter().map(count).sum::<u64>();
    assert_eq!(sum(|one| one.loops), walk.loops);
    assert_eq!(sum(|one| one.visited), walk.visited);
    assert_eq!(sum(|one| one.skipped_address), walk.skipped_address);
    assert_eq!(sum(|one| one.skipped_mm), walk.skipped_mm);
    assert_eq!(sum(|one| one.hits), walk.hits);
    assert_eq!(sum(|one| one.mapped), walk.mapped);
}

/// [`SlowestLoop`] hands every question on to the control inside, and every answer back.
#[test]
fn the_slowest_loop_is_kept_around_any_control() {
    #[derive(Default)]
    struct Inner {
        skips: bool,
        is_done: bool,
        try_lock: bool,
        locks: (u64, u64),
    }
    impl Control for Inner {
        fn rmap_one(&mut self, _mapping: &Mapping) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn done(&mut self) -> bool {
            self.is_done
        }
        fn invalid_vma(&mut self, _vma: &VmaView<'_>) -> bool {
            self.skips
        }
        fn try_lock(&self) -> bool {
            self.try_lock
        }
        fn lock_taken(&mut self, _start: &LoopStart) {
            self.locks.0 += 1;
        }
        fn lock_released(&mut self, _stats: &LoopStats) {
            self.locks.1 += 1;
        }
    }
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.scan(2);
    let walk = |inner: Inner| {
        let mut slowest = SlowestLoop::new(inner);
        let stats = scenario.machine.walk(scenario.pfn(p, 100), &FullRange, &mut slowest).unwrap();
        assert_eq!(slowest.inner.locks, (stats.loops, stats.loops));
        (stats.loops, stats.hits, stats.skipped_by_control)
    };
    assert_eq!(walk(Inner::default()), (4, 2, 0));
    assert_eq!(walk(Inner { skips: true, ..Inner::default() }), (4, 0, 2));
    assert_eq!(walk(Inner { is_done: true, ..Inner::default() }), (1, 1, 0));
    for try_lock in [false, true] {
        let inner = Inner { try_lock, ..Inner::default() };
        assert_eq!(SlowestLoop::new(inner).try_lock(), try_lock);
    }
}

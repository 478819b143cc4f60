//! Contexts in place of families: each suspect of the proposal, shown by the shortest history that was
//! found, or searched for in vain.
//!
//! A history is played three times: as posted in the one respect it is about, with all repairs, and with
//! families. The two last find every page.
#![allow(clippy::unwrap_used, reason = "a refused call fails the test")]

use stabtree::rmap::{
    Advice, CompleteIndex, Content, CowContextSettings, EarlyStop, FullRange, KernelVersion,
    KsmSettings, Machine, MmId, MoveRecord, Pages, ProcessContext, Prot, Remap, RemapEdit,
    ReverseMapKind, Strategy, SwapInOwner, Vaddr,
};

use crate::bounds::cases;
use crate::find_holes::{Hole, Target, WalkBy, histories, holes_of, shrink_while};
use crate::rmap_ops::{Op, World};

const REPAIRED: CowContextSettings = CowContextSettings::repaired();
const WHOLE_ENTRY: CowContextSettings = REPAIRED.with_remap_edit(RemapEdit::WholeEntry);
const EARLY: CowContextSettings = REPAIRED.with_early_stop(EarlyStop::AfterOffsetZero);
const REPLACED: CowContextSettings = REPAIRED.with_move_record(MoveRecord::Replace);
const FAULTING: CowContextSettings = REPAIRED.with_swap_in_owner(SwapInOwner::Faulting);

fn page(number: u64) -> Vaddr {
    Vaddr::of_page(number)
}

/// A machine of the last kernel, and one process.
struct Scene {
    machine: Machine,
    p: MmId,
}

impl Scene {
    fn contexts(settings: CowContextSettings) -> Self {
        Self::of(
            Machine::builder()
                .reverse_map(ReverseMapKind::CowContext)
                .cow_context(settings)
                .build(),
        )
    }

    fn of(mut machine: Machine) -> Self {
        let p = machine.spawn();
        Self { machine, p }
    }

    fn map(&mut self, mm: MmId, start: u64, pages: u64) {
        self.machine.mmap(mm, page(start), Pages(pages), Prot::ReadWrite).unwrap();
    }

    fn write(&mut self, mm: MmId, start: u64, pages: u64, content: u64) {
        for number in start..start + pages {
            self.machine.write(mm, page(number), Content(content)).unwrap();
        }
    }

    fn shift(&mut self, mm: MmId, from: u64, pages: u64, to: u64) {
        let pages = Pages(pages);
        self.machine.mremap(mm, page(from), pages, pages, Remap::Fixed(page(to))).unwrap();
    }

    /// Entries missed, by process and page.
    fn missed(&self, strategy: &dyn Strategy) -> Vec<(MmId, u64)> {
        self.machine.check().unwrap();
        let missed = self.machine.missed(strategy).into_iter();
        missed.map(|(_, (mm, at))| (mm, at.page_number())).collect()
    }
}

/// Plays a history, and returns what the settings that it is about miss, and that nothing else does.
fn missed_only(settings: CowContextSettings, play: impl Fn(&mut Scene)) -> Vec<(MmId, u64)> {
    let families = Machine::with_kernel(KernelVersion::default());
    for mut scene in [Scene::of(families), Scene::contexts(REPAIRED)] {
        play(&mut scene);
        assert_eq!(scene.missed(&FullRange), [], "{:?}", scene.machine.reverse_map_kind());
    }
    let mut scene = Scene::contexts(settings);
    play(&mut scene);
    scene.missed(&FullRange)
}

/// [a] Two mappings that were one share an entry of the table; unmapping one of them loses the other.
#[test]
fn a_whole_entry_is_removed_with_one_of_its_mappings() {
    let missed = missed_only(WHOLE_ENTRY, |scene| {
        let p = scene.p;
        scene.map(p, 100, 2);
        scene.write(p, 100, 2, 1);
        scene.shift(p, 100, 2, 500);
        scene.machine.munmap(p, page(500), Pages(1)).unwrap();
    });
    assert_eq!(missed.iter().map(|entry| entry.1).collect::<Vec<_>>(), [501]);
}

/// [a] So does moving one of them on.
#[test]
fn a_whole_entry_moves_with_one_of_its_mappings() {
    let missed = missed_only(WHOLE_ENTRY, |scene| {
        let p = scene.p;
        scene.map(p, 100, 2);
        scene.write(p, 100, 2, 1);
        scene.shift(p, 100, 2, 500);
        scene.shift(p, 501, 1, 700);
    });
    assert_eq!(missed.iter().map(|entry| entry.1).collect::<Vec<_>>(), [500]);
}

/// [b] A page of one process that moved: offset zero finds nothing, and there the walk stops.
#[test]
fn a_moved_page_of_one_process_is_not_looked_for() {
    let missed = missed_only(EARLY, |scene| {
        let p = scene.p;
        scene.map(p, 100, 1);
        scene.write(p, 100, 1, 1);
        scene.shift(p, 100, 1, 500);
    });
    assert_eq!(missed.iter().map(|entry| entry.1).collect::<Vec<_>>(), [500]);
}

/// [b] Nothing has moved. The page is its child's alone since the parent wrote its own copy, but it
/// belongs to the parent's context, and after the parent's offset zero the walk stops.
#[test]
fn a_page_that_only_the_child_has_left_is_not_looked_for() {
    let missed = missed_only(EARLY, |scene| {
        let p = scene.p;
        scene.map(p, 100, 1);
        scene.write(p, 100, 1, 1);
        scene.machine.fork(p).unwrap();
        scene.write(p, 100, 1, 2);
    });
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].1, 100);
}

/// [c] What is swapped in belongs to the oldest ancestor: all find it. If it belonged to who swaps it in
/// first, an elder would get a copy; the test at swap-in is that the page's own context leads there.
#[test]
fn a_page_that_is_swapped_in_is_found_by_its_elders() {
    let play = |scene: &mut Scene| {
        let p = scene.p;
        scene.map(p, 100, 1);
        scene.write(p, 100, 1, 1);
        let child = scene.machine.fork(p).unwrap();
        let strategy: &dyn Strategy = &FullRange;
        scene.machine.swap_out(p, page(100), strategy).unwrap();
        scene.machine.read(child, page(100)).unwrap();
        scene.machine.read(p, page(100)).unwrap();
    };
    for (settings, copies) in [(REPAIRED, 0), (FAULTING, 1)] {
        let mut scene = Scene::contexts(settings);
        play(&mut scene);
        assert_eq!(scene.missed(&FullRange), []);
        assert_eq!(scene.machine.swap_in_copies(), copies);
    }
}

/// [c] After reuse a page belongs to the one process that has it left; its later children find it.
#[test]
fn a_page_that_was_written_again_is_found_by_later_forks() {
    let missed = missed_only(REPAIRED, |scene| {
        let p = scene.p;
        scene.map(p, 100, 1);
        scene.write(p, 100, 1, 1);
        let child = scene.machine.fork(p).unwrap();
        scene.machine.munmap(p, page(100), Pages(1)).unwrap();
        scene.write(child, 100, 1, 2);
        scene.machine.fork(child).unwrap();
    });
    assert_eq!(missed, []);
}

/// [d] Different indices come to the same addresses one after the other, and indices to many addresses.
#[test]
fn addresses_that_were_used_before_find_nothing_else() {
    let missed = missed_only(REPAIRED, |scene| {
        let p = scene.p;
        for (at, to) in [(100, 500), (200, 500), (300, 501), (100, 500)] {
            scene.map(p, at, 2);
            scene.write(p, at, 2, at);
            scene.shift(p, at, 2, to);
        }
        scene.map(p, 100, 2);
        scene.write(p, 100, 2, 7);
        scene.shift(p, 100, 1, 101);
    });
    assert_eq!(missed, []);
}

/// [e] A fork of a process with moved mappings, then a move in the child, then one in the parent.
#[test]
fn a_child_and_its_parent_move_what_had_moved_before_the_fork() {
    let missed = missed_only(REPAIRED, |scene| {
        let p = scene.p;
        scene.map(p, 100, 4);
        scene.write(p, 100, 4, 1);
        scene.shift(p, 100, 4, 500);
        let child = scene.machine.fork(p).unwrap();
        scene.shift(child, 501, 2, 700);
        scene.shift(p, 502, 2, 800);
        scene.shift(child, 701, 1, 101); // its way back for one
        scene.machine.fork(child).unwrap();
    });
    assert_eq!(missed, []);
}

/// [f] The middle of a line of forks exits: its context stays as long as one below it, and no longer.
#[test]
fn an_exited_process_in_the_middle_is_passed_over() {
    let missed = missed_only(REPAIRED, |scene| {
        let p = scene.p;
        scene.map(p, 100, 1);
        scene.write(p, 100, 1, 1);
        let child = scene.machine.fork(p).unwrap();
        let grandchild = scene.machine.fork(child).unwrap();
        scene.shift(grandchild, 100, 1, 500);
        scene.machine.exit(child).unwrap();
    });
    assert_eq!(missed, []);

    let mut scene = Scene::contexts(REPAIRED);
    let p = scene.p;
    let child = scene.machine.fork(p).unwrap();
    let grandchild = scene.machine.fork(child).unwrap();
    scene.machine.exit(child).unwrap();
    assert_eq!(scene.machine.reverse_map_size().owners, 3);
    scene.machine.exit(grandchild).unwrap();
    assert_eq!(scene.machine.reverse_map_size().owners, 1);
    scene.machine.exit(p).unwrap();
    assert_eq!(scene.machine.reverse_map_size().owners, 0);
}

/// [g] Part of a moved mapping is moved on and its source stays mapped: the source is recorded no more, and
/// what is written there later is not found.
#[test]
fn a_kept_source_is_recorded_no_more() {
    let missed = missed_only(REPLACED, |scene| {
        let p = scene.p;
        scene.map(p, 100, 2);
        scene.write(p, 100, 2, 1);
        scene.shift(p, 100, 2, 500);
        let how = Remap::DontUnmap(page(700));
        scene.machine.mremap(p, page(500), Pages(1), Pages(1), how).unwrap();
        scene.write(p, 500, 1, 2);
    });
    assert_eq!(missed.iter().map(|entry| entry.1).collect::<Vec<_>>(), [500]);
}

/// [g] A mapping moved before its first touch has offset zero, and no record.
#[test]
fn a_move_before_the_first_touch_leaves_no_record() {
    let mut scene = Scene::contexts(REPAIRED);
    let p = scene.p;
    scene.map(p, 100, 2);
    scene.shift(p, 100, 2, 500);
    scene.write(p, 500, 2, 1);
    assert_eq!(scene.machine.context(p).unwrap().unwrap().entries, 0);
    scene.shift(p, 500, 2, 700);
    assert_eq!(scene.machine.context(p).unwrap().unwrap().entries, 1);
    assert_eq!(scene.missed(&FullRange), []);
}

/// [g] Swap entries move with their mapping, and come back at the index they had.
#[test]
fn a_swap_entry_that_moved_is_found_when_it_comes_back() {
    let missed = missed_only(REPAIRED, |scene| {
        let p = scene.p;
        scene.map(p, 100, 2);
        scene.write(p, 100, 2, 1);
        let child = scene.machine.fork(p).unwrap();
        let strategy: &dyn Strategy = &FullRange;
        scene.machine.swap_out(p, page(100), strategy).unwrap();
        scene.shift(child, 100, 1, 500);
        scene.shift(p, 100, 2, 700);
        scene.machine.read(child, page(500)).unwrap();
        scene.machine.read(p, page(700)).unwrap();
    });
    assert_eq!(missed, []);
}

/// Two mappings become one: the record of the one that goes must go before that of the other grows, or it
/// takes a part of it along.
#[test]
fn mappings_that_merge_after_a_move_stay_recorded() {
    let missed = missed_only(REPAIRED, |scene| {
        let p = scene.p;
        scene.map(p, 100, 3);
        scene.write(p, 100, 3, 1);
        scene.shift(p, 100, 3, 500);
        scene.machine.mprotect(p, page(501), Pages(1), Prot::Read).unwrap();
        scene.machine.mprotect(p, page(501), Pages(1), Prot::ReadWrite).unwrap();
        assert_eq!(scene.machine.vmas(p).unwrap().count(), 1);
    });
    assert_eq!(missed, []);
}

/// A process with two equal mergeable pages, and a child that shares them and is not mergeable, merged.
fn merged_with_a_child(settings: KsmSettings) -> (Scene, MmId) {
    let settings = settings.with_smart_scan(false);
    let builder = Machine::builder().reverse_map(ReverseMapKind::CowContext).settings(settings);
    let mut scene = Scene::of(builder.build());
    let p = scene.p;
    scene.map(p, 100, 2);
    scene.machine.madvise(p, page(100), Pages(2), Advice::Mergeable).unwrap();
    scene.write(p, 100, 2, 7);
    let child = scene.machine.fork(p).unwrap();
    scene.machine.madvise(child, page(100), Pages(2), Advice::Unmergeable).unwrap();
    scene.machine.ksm_scan();
    scene.machine.ksm_scan();
    assert_eq!(scene.machine.merged_pages().count(), 1);
    (scene, child)
}

/// The first candidate: once the item's process has exited its item leads nowhere. The second still finds
/// its child by the context that the item holds, until the scanner has freed the item; the third always.
#[test]
fn an_exited_process_hides_its_child_from_the_first_candidate() {
    let (mut scene, child) = merged_with_a_child(KsmSettings::default());
    let p = scene.p;
    let shared = scene.machine.merged_pages().next().unwrap();
    let of_child: Vec<_> = scene.machine.mapped_ptes(shared).unwrap();
    assert!(of_child.iter().any(|&(mm, _)| mm == child));
    assert_eq!(scene.missed(&ProcessContext), []);
    scene.machine.exit(p).unwrap();
    assert_eq!(scene.missed(&ProcessContext).len(), 1);
    assert_eq!(scene.missed(&CompleteIndex), []);
    scene.machine.ksm_scan();
    assert_eq!(scene.missed(&CompleteIndex).len(), 1);

    let (mut scene, _) = merged_with_a_child(KsmSettings::complete());
    scene.machine.exit(scene.p).unwrap();
    scene.machine.ksm_scan();
    assert_eq!(scene.missed(&CompleteIndex), []);
}

/// What a random history leads to, settings and seed: few histories are needed.
const FOUND: [(&str, CowContextSettings, Hole, u64); 2] = [
    ("a whole entry", WHOLE_ENTRY, Hole::Ordinary, 7),
    ("an early stop", EARLY, Hole::Ordinary, 7),
];

/// Random histories lead to what is posted, and where they do all repairs close it.
#[test]
fn random_histories_lead_to_the_posted_holes() {
    for (name, settings, hole, seed) in FOUND {
        let target = Target::contexts(settings, WalkBy::Residual);
        let has_hole = |ops: &[Op]| holes_of(ops, target).contains(&hole);
        let ops = histories(seed).take(20).find(|ops| has_hole(ops)).expect(name);
        let ops = shrink_while(ops, has_hole);
        assert!(ops.len() <= 6, "{name}: {ops:?}");
        let repaired = Target::contexts(REPAIRED, WalkBy::Residual);
        assert!(holes_of(&ops, repaired).is_empty(), "{name}");
    }
}

/// The second candidate's three holes, as `find_holes --reverse-map cow-context` prints them. Families have
/// both; the third candidate has neither.
#[test]
fn the_second_candidate_misses_who_has_no_item() {
    let relative = [
        Op::Map { p: 0, at: 0, pages: 1 },
        Op::Write { p: 0, at: 0, pages: 1, content: 0 },
        Op::Fork { p: 0 },
        Op::Advise { p: 0, at: 0, pages: 0, mergeable: false },
        Op::Scan,
        Op::Scan,
    ];
    let forgotten = [
        Op::Map { p: 0, at: 5, pages: 3 },
        Op::Write { p: 0, at: 7, pages: 1, content: 0 },
        Op::Scan,
        Op::Scan,
        Op::SwapOutSlowly { p: 0, at: 7 },
        Op::Advise { p: 0, at: 8, pages: 0, mergeable: false },
        Op::Read { p: 0, at: 8, pages: 0 },
        Op::Step { pages: 0 },
    ];
    let stale_index = [
        Op::Map { p: 0, at: 10, pages: 1 },
        Op::Write { p: 0, at: 10, pages: 1, content: 0 },
        Op::Scan,
        Op::Scan,
        Op::SwapOutSlowly { p: 0, at: 10 },
        Op::MoveAndKeep { p: 0, at: 10, pages: 0, to: 11 },
        Op::Read { p: 0, at: 10, pages: 1 },
        Op::Scan,
    ];
    let histories: [(&[Op], Hole); 3] = [
        (&relative, Hole::Relative),
        (&forgotten, Hole::Forgotten),
        (&stale_index, Hole::StaleIndex),
    ];
    for (ops, hole) in histories {
        for walk in [WalkBy::Process, WalkBy::Recorded] {
            assert!(holes_of(ops, Target::contexts(REPAIRED, walk)).contains(&hole), "{hole:?}");
        }
        let families = Target { walk: WalkBy::Recorded, ..Target::of(KernelVersion::V7_3) };
        assert!(holes_of(ops, families).contains(&hole), "{hole:?}");
        assert!(holes_of(ops, Target::contexts(REPAIRED, WalkBy::Residual)).is_empty());
    }
}

/// Many histories with all repairs: no ordinary page is missed by any walk, and none at all by the third
/// candidate; with the owner at swap-in chosen otherwise, the same.
#[test]
fn repaired_contexts_miss_nothing_in_random_histories() {
    let count = usize::try_from(cases(2_000)).expect("few");
    for (settings, seed) in [(REPAIRED, 21), (FAULTING, 22)] {
        let target = Target::contexts(settings, WalkBy::Residual);
        for ops in histories(seed).take(count) {
            assert!(holes_of(&ops, target).is_empty(), "{settings:?}: {ops:?}");
        }
    }
}

/// A fork of a family of contexts is found to its last descendant, and each of its processes has one.
#[test]
fn a_tree_of_forks_is_walked_to_its_leaves() {
    let mut scene = Scene::contexts(REPAIRED);
    let p = scene.p;
    scene.map(p, 100, 1);
    scene.write(p, 100, 1, 1);
    let mut line = vec![p];
    for i in 0..20 {
        let child = scene.machine.fork(line[i / 2]).unwrap();
        line.push(child);
    }
    let pfn = scene.machine.pfn_at(p, page(100)).unwrap();
    let audit = scene.machine.audit(pfn, &FullRange).unwrap();
    assert!(audit.is_complete());
    assert_eq!((audit.found.len(), audit.stats.loops, audit.stats.searches), (21, 21, 21));
    let view = scene.machine.context(line[0]).unwrap().unwrap();
    assert_eq!((view.parent, view.children, view.refcount), (None, 2, 3));
}

/// A world of operations on contexts as posted goes on where pages are missed.
#[test]
fn a_missed_page_cannot_be_migrated() {
    let mut world = World::new(Target::contexts(EARLY, WalkBy::Residual).machine());
    for op in [
        Op::Map { p: 0, at: 0, pages: 0 },
        Op::Write { p: 0, at: 0, pages: 0, content: 1 },
        Op::Move { p: 0, at: 0, pages: 0, to: 1, new_pages: 0 },
    ] {
        world.apply(op).unwrap();
    }
    let mm = world.machine.processes().next().unwrap();
    let pfn = world.machine.pfn_at(mm, page(1)).unwrap();
    let migration = world.machine.migrate(pfn, &FullRange).unwrap();
    assert_eq!((migration.moved_to, migration.unmap.mapped), (None, 0));
    let reclaim = world.machine.unmap(pfn, &FullRange).unwrap();
    assert_eq!((reclaim.unmapped, reclaim.left, reclaim.freed), (0, 1, false));
}

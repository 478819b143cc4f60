//! Random operations on a small machine: after each, all tables agree and every walk finds what the
//! page tables say it must.
#![allow(missing_docs, unreachable_pub, reason = "shared with the fuzz targets")]
#![allow(clippy::needless_pass_by_value, reason = "quickcheck hands its inputs over")]

use crate::rmap_ops::{Op, World};
use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult};
use stabtree::rmap::{
    AnonVmaIndex, CompleteIndex, FullRange, KernelVersion, KsmSettings, Machine, Refresh,
    RmapError, StoredPgoff, Strategy,
};

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::random(&mut || u8::arbitrary(g), |at| at)
    }
}

/// Settings of all kinds, and each kernel under two of them.
fn machines() -> [Machine; 6] {
    let plain = KsmSettings::default().with_smart_scan(false);
    let small = KsmSettings::default().with_max_page_sharing(2).with_prune_chains(false);
    let stock = plain.with_index_in_union(false).with_max_page_sharing(3);
    let new = plain.with_use_zero_pages(true).with_refresh(Refresh::IndexAndFamily);
    [
        (KernelVersion::V7_3, plain),
        (KernelVersion::V7_2, small),
        (KernelVersion::V6_12, stock),
        (KernelVersion::V7_3, new),
        (KernelVersion::V7_2, plain),
        (KernelVersion::V6_12, new),
    ]
    .map(|(kernel, settings)| Machine::builder().kernel(kernel).settings(settings).build())
}

fn run(ops: &[Op], after: impl FnMut(&World) -> Result<(), String>) -> TestResult {
    run_on(machines(), ops, after)
}

fn run_on(
    machines: impl IntoIterator<Item = Machine>,
    ops: &[Op],
    mut after: impl FnMut(&World) -> Result<(), String>,
) -> TestResult {
    for machine in machines {
        let mut world = World::new(machine);
        for (step, &op) in ops.iter().enumerate() {
            // A refused operation is one more case: the machine must be as good after it.
            let refused = world.apply(op).err();
            let describe = |error: String| format!("after {step}, {op:?} ({refused:?}): {error}");
            if let Err(error) = world.machine.check() {
                return TestResult::error(describe(error.to_string()));
            }
            if let Err(error) = after(&world) {
                return TestResult::error(describe(error));
            }
        }
    }
    TestResult::passed()
}

/// A refused operation is one more legal history.
fn ignore(_: Result<(), RmapError>) {}

const CASES: u64 = crate::bounds::cases(200);

fn quickcheck(property: fn(Vec<Op>) -> TestResult) {
    QuickCheck::new().rng(Gen::new(150)).tests(CASES).quickcheck(property);
}

#[test]
fn prop_walk_finds_what_items_and_mappings_predict() {
    fn property(ops: Vec<Op>) -> TestResult {
        run(&ops, World::compare_with_prediction)
    }
    quickcheck(property);
}

/// Some scans later the whole range finds everything, and so does the stored index.
fn misses_nothing_for_ever(world: &World) -> Result<(), String> {
    /// Fresh pages need a scan for their checksum and one to merge, and may by that make others
    /// wait for one more.
    const SCANS: usize = 4;

    let mut later = world.clone();
    for _ in 0..SCANS {
        later.machine.ksm_scan();
    }
    for missed in [later.missed(&FullRange), later.missed(&StoredPgoff)] {
        if !missed.is_empty() {
            return Err(format!("missed {missed:?}"));
        }
    }
    Ok(())
}

/// Where all memory is mergeable and nothing is swapped, neither the whole range nor the stored index
/// misses an entry for ever: the index of a mapped page never changes, and each sharer gets an item.
///
/// For a while they may: a page that a relative's scan makes a merged one after its own process was
/// passed has no item until the next scan.
#[test]
fn prop_tame_world_misses_nothing_for_ever() {
    fn property(ops: Vec<Op>) -> TestResult {
        let tame: Vec<_> = ops.into_iter().filter(|op| op.is_tame()).collect();
        run(&tame, |world| {
            if world.machine.settings().smart_scan {
                return Ok(()); // skipped pages merge at any later scan
            }
            misses_nothing_for_ever(world)
        })
    }
    quickcheck(property);
}

/// With a scanner that refreshes index and family of what it leaves alone, swapping is harmless too:
/// where all memory is mergeable, nothing is missed for ever.
#[test]
fn prop_a_refreshing_scanner_misses_nothing_for_ever() {
    fn property(ops: Vec<Op>) -> TestResult {
        let ops: Vec<_> = ops.into_iter().filter(|op| op.keeps_mergeable()).collect();
        run(&ops, |world| {
            if world.machine.settings().refresh != Refresh::IndexAndFamily {
                return Ok(());
            }
            misses_nothing_for_ever(world)
        })
    }
    quickcheck(property);
}

/// A scanner that keeps residual items: after every operation of any history every entry of every merged
/// page is found, whatever else is set.
#[test]
fn prop_kept_residual_items_miss_nothing_ever() {
    fn property(ops: Vec<Op>) -> TestResult {
        let complete = machines().map(|machine| {
            let settings = machine.settings().with_keep_residual_items(true);
            Machine::builder().kernel(machine.kernel()).settings(settings).build()
        });
        run_on(complete, &ops, |world| {
            world.compare_complete()?;
            let mut later = world.clone();
            later.machine.ksm_scan();
            later.machine.ksm_scan();
            later.compare_visits()
        })
    }
    quickcheck(property);
}

/// In which index families keep their mappings, and whether walks lock it, shows in no walk.
#[test]
fn prop_walks_are_the_same_over_either_index() {
    fn property(ops: Vec<Op>) -> TestResult {
        let settings = KsmSettings::default();
        let world = |&index| World::new(Machine::with_anon_vma_index(settings, index));
        let mut worlds: Vec<_> = AnonVmaIndex::ALL.iter().map(world).collect();
        for op in ops {
            let applied: Vec<_> = worlds.iter_mut().map(|world| world.apply(op)).collect();
            if applied.iter().any(|one| *one != applied[0]) {
                return TestResult::error(format!("{op:?} differs"));
            }
        }
        // A copy's walks read states of its own.
        worlds.push(worlds[worlds.len() - 1].clone());
        for world in &worlds[1..] {
            if let Err(violation) = world.machine.check() {
                return TestResult::error(violation.to_string());
            }
        }
        let strategies: [&dyn Strategy; 3] = [&FullRange, &StoredPgoff, &CompleteIndex];
        for (page, strategy) in
            worlds[0].machine.merged_pages().flat_map(|page| strategies.map(|s| (page, s)))
        {
            let audits = worlds.iter().map(|world| {
                let audit = world.machine.audit(page, strategy).expect("a merged page");
                (audit.stats, audit.found, audit.missed)
            });
            let audits: Vec<_> = audits.collect();
            if audits.iter().any(|one| *one != audits[0]) {
                return TestResult::error(format!("{page:?}, {}: {audits:?}", strategy.name()));
            }
        }
        TestResult::passed()
    }
    quickcheck(property);
}

/// Equal calls give equal machines, and a copy goes its own way.
#[test]
fn prop_machine_is_deterministic_and_clones_apart() {
    fn property(ops: Vec<Op>, more: Vec<Op>) -> bool {
        let build = |ops: &[Op]| {
            let mut world = World::new(Machine::new());
            for &op in ops {
                ignore(world.apply(op));
            }
            world
        };
        let (one, two) = (build(&ops), build(&ops));
        let same = format!("{one:?}") == format!("{two:?}");
        let mut copy = one.clone();
        for op in more {
            ignore(copy.apply(op));
        }
        same && format!("{one:?}") == format!("{two:?}") && copy.machine.check().is_ok()
    }
    QuickCheck::new().tests(CASES / 4).quickcheck(property as fn(Vec<Op>, Vec<Op>) -> bool);
}

/// Found by fuzzing: the copy's tree has no vacant slots, so the handles of its later entries are others.
#[test]
fn equal_operations_on_a_copy_give_an_equal_machine() {
    let history = [
        Op::Spawn,
        Op::Map { p: 15, at: 15, pages: 15 },
        Op::Map { p: 15, at: 15, pages: 145 },
        Op::Step { pages: 255 },
        Op::Map { p: 255, at: 145, pages: 145 },
        Op::Write { p: 145, at: 145, pages: 145, content: 145 },
        Op::Step { pages: 255 },
        Op::Step { pages: 255 },
        Op::Write { p: 145, at: 145, pages: 145, content: 145 },
        Op::Step { pages: 39 },
        Op::Map { p: 255, at: 255, pages: 65 },
        Op::Map { p: 17, at: 102, pages: 238 },
    ];
    for fork in 0..history.len() {
        for machine in machines() {
            let mut world = World::new(machine);
            let (before, after) = history.split_at(fork);
            for &op in before {
                let _ = world.apply(op);
            }
            let mut copy = world.clone();
            for &op in after {
                assert_eq!(world.apply(op), copy.apply(op), "{op:?}");
            }
            assert!(copy.machine.check().is_ok());
            assert_eq!(copy.state(), world.state(), "copied after {fork} operations");
        }
    }
}

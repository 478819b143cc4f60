//! Both reverse maps of anonymous pages: the same calls do the same to memory, and neither misses a
//! page, ordinary or merged, where it is set so.
#![allow(clippy::needless_pass_by_value, reason = "quickcheck hands its inputs over")]

use crate::bounds::cases;
use crate::find_holes::histories;
use crate::lockstep::Lockstep;
use crate::rmap_ops::{Op, World, page};
use quickcheck::{Gen, QuickCheck, TestResult};
use stabtree::rmap::{
    CompleteIndex, CowContextSettings, KernelVersion, KsmSettings, Machine, ReverseMapKind,
};

pub(crate) const KINDS: [ReverseMapKind; 2] = [ReverseMapKind::AnonVma, ReverseMapKind::CowContext];

fn quickcheck(property: fn(Vec<Op>) -> TestResult) {
    QuickCheck::new().rng(Gen::new(150)).tests(cases(200)).quickcheck(property);
}

/// A machine of each kernel whose scanner keeps residual items.
fn complete(kind: ReverseMapKind) -> impl Iterator<Item = Machine> {
    KernelVersion::ALL.iter().map(move |&kernel| {
        let settings = KsmSettings::complete().with_smart_scan(false);
        Machine::builder().kernel(kernel).settings(settings).reverse_map(kind).build()
    })
}

/// After every operation of any history all tables agree, and every anonymous page is found wherever it
/// is mapped.
#[test]
fn prop_no_anonymous_page_is_missed() {
    fn property(ops: Vec<Op>) -> TestResult {
        for machine in KINDS.into_iter().flat_map(complete) {
            let mut world = World::new(machine);
            for (step, &op) in ops.iter().enumerate() {
                let refused = world.apply(op).err();
                let kind = world.machine.reverse_map_kind();
                let context =
                    |error: String| format!("{kind:?}, {step}, {op:?} ({refused:?}): {error}");
                if let Err(error) = world.machine.check() {
                    return TestResult::error(context(error.to_string()));
                }
                let missed = world.machine.missed(&CompleteIndex);
                if !missed.is_empty() {
                    return TestResult::error(context(format!("missed {missed:?}")));
                }
            }
        }
        TestResult::passed()
    }
    quickcheck(property);
}

/// A pair of machines of each kernel whose scanners keep residual items.
fn pairs() -> impl Iterator<Item = Lockstep> {
    KernelVersion::ALL.iter().map(|&kernel| {
        let settings = KsmSettings::complete().with_smart_scan(false);
        let builder = Machine::builder().kernel(kernel).settings(settings);
        Lockstep::new(|kind| builder.reverse_map(kind).build())
    })
}

/// Where neither misses anything, both kinds do the same to mappings and contents, call by call; and to
/// page tables and counters, as long as they copy the same pages at swap-in.
#[test]
fn prop_memory_does_not_depend_on_the_reverse_map() {
    fn property(ops: Vec<Op>) -> TestResult {
        for mut pair in pairs() {
            for (step, &op) in ops.iter().enumerate() {
                if let Err(difference) = pair.apply(op) {
                    return TestResult::error(format!("{step}, {op:?}:\n{difference}"));
                }
            }
        }
        TestResult::passed()
    }
    quickcheck(property);
}

/// The same in histories that are made to lead to merged pages.
#[test]
fn memory_does_not_depend_on_the_reverse_map_in_random_histories() {
    let count = usize::try_from(cases(400)).expect("few");
    for ops in histories(23).take(count) {
        for mut pair in pairs() {
            for (step, &op) in ops.iter().enumerate() {
                if let Err(difference) = pair.apply(op) {
                    panic!("{:?}:\n{difference}", &ops[..=step]);
                }
            }
        }
    }
}

/// Two mappings that hold the same index are in two families if they were touched one by one: by parent and
/// child after the fork, or anew after a move that kept the source. They are of one tree of contexts. What
/// the first swaps in leads to the second only by context: families copy it there, and contexts map one
/// frame twice and find it at both addresses.
#[test]
fn a_page_at_an_index_of_two_families_is_copied_at_swap_in_and_not_with_contexts() {
    let write = |p, at, content| Op::Write { p, at, pages: 0, content };
    let read = |p, at| Op::Read { p, at, pages: 0 };
    let by_fork = [Op::Fork { p: 0 }, write(0, 2, 1)];
    let by_move = [write(0, 2, 1), Op::MoveAndKeep { p: 0, at: 2, pages: 0, to: 3 }];
    // The first two calls make the second mapping and touch one of the two.
    for (steps, touched, second) in [(by_fork, (1, 2), (1, 2)), (by_move, (0, 2), (0, 3))] {
        for mut pair in pairs() {
            let mut apply = |op| assert_eq!(pair.apply(op), Ok(Ok(())), "{op:?}");
            apply(Op::Map { p: 0, at: 2, pages: 0 });
            steps.into_iter().for_each(&mut apply);
            apply(write(touched.0, touched.1, 1));
            for op in [Op::Scan, Op::Scan, Op::SwapOut { p: 0, at: 2 }, read(0, 2)] {
                apply(op);
            }
            assert!(!pair.parted);
            assert_eq!(pair.apply(read(second.0, second.1)), Ok(Ok(())));
            assert!(pair.parted);
            for (world, copies, entries) in [(&pair.families, 1, 1), (&pair.contexts, 0, 2)] {
                let machine = &world.machine;
                let mm = machine.processes().nth(second.0.into()).expect("it lives");
                let frame = machine.pfn_at(mm, page(second.1)).expect("it was read");
                assert_eq!(machine.swap_in_copies(), copies);
                assert_eq!(machine.mapped_ptes(frame).expect("a live frame").len(), entries);
                machine.check().expect("all invariants");
                assert_eq!(machine.missed(&CompleteIndex), []);
            }
            // What is written to one is not read in the other, and either may be swapped out again.
            let swap_out = Op::SwapOut { p: second.0, at: second.1 };
            for op in [write(0, 2, 2), swap_out, read(0, 2), read(second.0, second.1)] {
                assert_eq!(pair.apply(op), Ok(Ok(())), "{op:?}");
            }
        }
    }
}

/// As posted the contexts miss pages, but their tables agree with each other all the same.
#[test]
fn prop_contexts_as_posted_are_consistent() {
    fn property(ops: Vec<Op>) -> TestResult {
        let builder = Machine::builder().reverse_map(ReverseMapKind::CowContext);
        let mut world = World::new(builder.cow_context(CowContextSettings::as_posted()).build());
        for (step, &op) in ops.iter().enumerate() {
            let refused = world.apply(op).err();
            if let Err(error) = world.machine.check() {
                return TestResult::error(format!("{step}, {op:?} ({refused:?}): {error}"));
            }
        }
        TestResult::passed()
    }
    quickcheck(property);
}

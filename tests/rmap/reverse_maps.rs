//! Both reverse maps of anonymous pages: the same calls do the same to memory, and neither misses a
//! page, ordinary or merged, where it is set so.
#![allow(clippy::needless_pass_by_value, reason = "quickcheck hands its inputs over")]

use crate::rmap_ops::{Op, World};
use quickcheck::{Gen, QuickCheck, TestResult};
use stabtree::rmap::{
    CompleteIndex, Counters, CowContextSettings, KernelVersion, KsmSettings, Machine, MmId,
    PageView, Pgoff, ReverseMapKind, Vaddr,
};

pub(crate) const KINDS: [ReverseMapKind; 2] = [ReverseMapKind::AnonVma, ReverseMapKind::CowContext];

fn quickcheck(property: fn(Vec<Op>) -> TestResult) {
    QuickCheck::new().rng(Gen::new(150)).tests(crate::cases(200)).quickcheck(property);
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

#[derive(PartialEq, Debug)]
struct Process {
    mm: MmId,
    /// Start, end and both offsets.
    vmas: Vec<(Vaddr, Vaddr, Pgoff, Pgoff)>,
    pages: Vec<(Vaddr, PageView)>,
}

/// All of memory that a reverse map has no part in.
fn memory(machine: &Machine) -> (Vec<Process>, Counters) {
    let process = |mm| {
        let vmas = machine.vmas(mm).expect("it lives");
        let bounds = vmas.map(|vma| (vma.start(), vma.end(), vma.pgoff(), vma.anon_pgoff()));
        let pages = machine.used_pages(mm).expect("it lives").collect();
        Process { mm, vmas: bounds.collect(), pages }
    };
    (machine.processes().map(process).collect(), machine.counters())
}

/// Where neither misses anything, both kinds do the same to mappings, page tables, contents and
/// counters, call by call.
#[test]
fn prop_memory_does_not_depend_on_the_reverse_map() {
    fn property(ops: Vec<Op>) -> TestResult {
        let pairs = complete(ReverseMapKind::AnonVma).zip(complete(ReverseMapKind::CowContext));
        for (one, other) in pairs {
            let (mut one, mut other) = (World::new(one), World::new(other));
            for (step, &op) in ops.iter().enumerate() {
                let same = one.apply(op) == other.apply(op)
                    && memory(&one.machine) == memory(&other.machine);
                if !same {
                    let [a, b] = [&one, &other].map(|world| memory(&world.machine));
                    return TestResult::error(format!("{step}, {op:?}:\n{a:?}\n{b:?}"));
                }
            }
        }
        TestResult::passed()
    }
    quickcheck(property);
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

//! What is counted of the reverse map. A scan is of 20,000 pages, half of them merged in pairs: `settled`
//! with smart scan, nine scans in which every page has its turn once; `first` from nothing to all merged. A
//! walk is of one page of a family of 20,000 mappings, a thousand times where it visits few of them;
//! in `_contexts` of a process with as many, where contexts are kept; in `_fork` of a page that 64 children
//! share. `operations` counts the strategies that kernels have. A replay is of 100 random histories of all
//! operations, by kernel.

use std::hint::black_box;

use stabtree::rmap::{
    AddressPgoff, CompleteIndex, CountThenFull, FullRange, IndexAndComputedAddress, KernelVersion,
    KsmSettings, Machine, NarrowThenWide, Pfn, ProcessContext, RemapBit, ReverseMapKind,
    StoredFilePgoff, Strategy, VmaPgoff,
};

use crate::families::{Ignore, merge, page, populate, split};
use crate::find_holes::histories;
use crate::measured;
use crate::rmap_ops::World;

const PAGES: u64 = 20_000;
const VMAS: u64 = 20_000;
const WALKS: usize = 1_000;
/// Scans until smart scan skips as often as it ever will, and scans in which each page has its turn.
const SETTLED: u64 = 15;
const PERIOD: u64 = 9;
const FORKS: usize = 64;

/// The benchmarks by name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, fn())> {
    let all: [(_, fn()); 18] = [
        ("scan/first", first_scans),
        ("scan/settled", || settled_scans(true)),
        ("scan/settled_plain", || settled_scans(false)),
        ("walk/address_pgoff", || walk(&AddressPgoff, family(), WALKS)),
        ("walk/stored_file_pgoff", || walk(&StoredFilePgoff, family(), WALKS)),
        ("walk/vma_pgoff", || walk(&VmaPgoff, family(), WALKS)),
        ("walk/remap_bit", || walk(&RemapBit, family(), WALKS)),
        ("walk/count_then_full", || walk(&CountThenFull, family(), WALKS)),
        ("walk/narrow_then_wide", || walk(&NarrowThenWide, family(), 1)),
        ("walk/computed_address", || walk(&IndexAndComputedAddress, family(), WALKS)),
        ("walk/complete_index", || walk(&CompleteIndex, family(), WALKS)),
        ("walk/process_context", || walk(&ProcessContext, family(), WALKS)),
        ("walk/computed_contexts", || walk(&IndexAndComputedAddress, contexts(), WALKS)),
        ("walk/process_contexts", || walk(&ProcessContext, contexts(), WALKS)),
        ("walk/full_range_fork", || walk(&FullRange, forked(), WALKS)),
        ("replay/6.12", || replay(KernelVersion::V6_12)),
        ("replay/7.2", || replay(KernelVersion::V7_2)),
        ("replay/7.3", || replay(KernelVersion::V7_3)),
    ];
    all.into_iter()
}

fn machine(smart_scan: bool) -> Machine {
    let mut machine = Machine::with_settings(KsmSettings::default().with_smart_scan(smart_scan));
    let p = machine.spawn();
    let scattered = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1;
    populate(&mut machine, p, PAGES, |i| scattered(if i % 4 < 2 { i / 2 } else { PAGES + i }));
    machine
}

fn assert_merged(machine: &Machine) {
    let merged = machine.counters().pages_shared + machine.counters().pages_sharing;
    assert_eq!(merged, PAGES / 2, "half of the pages are merged");
}

fn first_scans() {
    let mut machine = machine(false);
    measured(|| merge(&mut machine));
    assert_merged(&machine);
}

fn settled_scans(smart_scan: bool) {
    let mut machine = machine(smart_scan);
    for _ in 0..SETTLED {
        machine.ksm_scan();
    }
    assert_merged(&machine);
    measured(|| {
        for _ in 0..PERIOD {
            black_box(machine.ksm_scan());
        }
    });
}

fn family() -> (Machine, Pfn) {
    split_in(Machine::new())
}

fn contexts() -> (Machine, Pfn) {
    split_in(Machine::with_reverse_map(ReverseMapKind::CowContext))
}

fn split_in(mut machine: Machine) -> (Machine, Pfn) {
    let pfn = split(&mut machine, VMAS);
    (machine, pfn)
}

fn forked() -> (Machine, Pfn) {
    let mut machine = Machine::new();
    let (q, p) = (machine.spawn(), machine.spawn());
    populate(&mut machine, q, 1, |_| 0);
    populate(&mut machine, p, 1, |_| 0);
    merge(&mut machine);
    for _ in 0..FORKS {
        machine.fork(p).expect("the parent lives");
    }
    let pfn = machine.pfn_at(p, page(0)).expect("the page is present");
    (machine, pfn)
}

fn walk(strategy: &dyn Strategy, (machine, pfn): (Machine, Pfn), walks: usize) {
    measured(|| {
        for _ in 0..walks {
            machine.walk(black_box(pfn), strategy, &mut Ignore).expect("the page is merged");
        }
    });
    let audit = machine.audit(pfn, strategy).expect("the page is merged");
    assert!(audit.is_complete(), "nothing has moved, so nothing is missed");
}

fn replay(kernel: KernelVersion) {
    let histories: Vec<_> = histories(1).take(100).collect();
    let mut refused = 0;
    let mut worlds = Vec::with_capacity(histories.len());
    measured(|| {
        for ops in &histories {
            let mut world = World::new(Machine::with_kernel(kernel));
            refused += ops.iter().filter(|&&op| world.apply(op).is_err()).count();
            worlds.push(world);
        }
    });
    let operations: usize = histories.iter().map(Vec::len).sum();
    assert!(0 < refused && refused < operations, "{refused} of {operations} were refused");
    for world in worlds {
        world.machine.check().expect("the tables agree");
    }
}

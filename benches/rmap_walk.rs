//! Walks from a merged page, and the scanner at rest.
//!
//! Dimensions: strategy; population. `vma_split_22169`: one process whose memory is 22,169 mappings
//! of one page on one `anon_vma`, merged in pairs; the walk is of one such page, whole, that is two
//! items in two passes; `_wide` with the mappings in an `IntervalBTree`. `fork_64`: a page of a parent
//! with 64 children that the scanner has not met.
//! `settled_1m`: 1,000,000 pages, half of them merged in pairs, the rest unlike each other, in no order
//! of content; scanned with smart scan, which looks at the rest in one scan of nine, and without.
//! Throughput counts walks, or pages of full scans, the skipped ones too.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use stabtree::rmap::{
    AddressPgoff, AnonVmaIndex, FullRange, KsmSettings, Machine, Pfn, StoredPgoff, Strategy,
};

use crate::families::{Ignore, merge, page, populate, split};

const VMAS: u64 = 22_169;
const FORKS: usize = 64;
const PAGES: u64 = 1_000_000;
/// Scans until smart scan skips as often as it ever will, and scans from then on in which it looks at
/// each page that does not merge once.
const SETTLED: u64 = 15;
const PERIOD: u64 = 9;

/// Another number for each number, in no order: neighbours in memory are not neighbours by content.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1
}

fn vma_split(index: AnonVmaIndex) -> (Machine, Pfn) {
    let mut machine = Machine::with_anon_vma_index(KsmSettings::default(), index);
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

pub(crate) fn benchmarks(criterion: &mut Criterion) {
    walks(criterion);
    scans(criterion);
}

fn walks(criterion: &mut Criterion) {
    let strategies: [(&str, &dyn Strategy); 3] = [
        ("full_range", &FullRange),
        ("address_pgoff", &AddressPgoff),
        ("stored_pgoff", &StoredPgoff),
    ];
    let populations = [
        (format!("vma_split_{VMAS}"), vma_split(AnonVmaIndex::RedBlack)),
        (format!("vma_split_{VMAS}_wide"), vma_split(AnonVmaIndex::BTree)),
        (format!("fork_{FORKS}"), forked()),
    ];
    let mut group = criterion.benchmark_group("rmap_walk");
    group.throughput(Throughput::Elements(1));
    for (label, (machine, pfn)) in &populations {
        for (name, strategy) in strategies {
            let audit = machine.audit(*pfn, strategy).expect("the page is merged");
            assert!(audit.is_complete(), "{name}/{label} misses nothing where nothing moved");
            eprintln!("{name}/{label}: {} visits a walk", audit.stats.visited);
            group.bench_function(BenchmarkId::new(name, label), |bencher| {
                bencher.iter(|| machine.walk(black_box(*pfn), strategy, &mut Ignore));
            });
        }
    }
    group.finish();
}

fn scans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ksm_scan");
    group.throughput(Throughput::Elements(PERIOD * PAGES)).sample_size(10);
    for (name, smart_scan) in [("smart", true), ("plain", false)] {
        let settings = KsmSettings::default().with_smart_scan(smart_scan);
        let mut machine = Machine::with_settings(settings);
        let p = machine.spawn();
        populate(&mut machine, p, PAGES, |i| scattered(if i % 4 < 2 { i / 2 } else { PAGES + i }));
        for _ in 0..SETTLED {
            machine.ksm_scan();
        }
        let merged = machine.counters().pages_shared + machine.counters().pages_sharing;
        assert_eq!(merged, PAGES / 2, "half of the pages are merged");
        let skipped = machine.counters().pages_skipped;
        for _ in 0..PERIOD {
            machine.ksm_scan();
        }
        assert_eq!(machine.counters().pages_skipped > skipped, smart_scan);
        group.bench_function(BenchmarkId::new(name, "settled_1m"), |bencher| {
            bencher.iter(|| {
                for _ in 0..PERIOD {
                    black_box(machine.ksm_scan());
                }
            });
        });
    }
    group.finish();
}

//! Both reverse maps of anonymous pages on the populations of `examples/compare_reverse_maps`.
//!
//! Dimensions: reverse map; population. `reverse_map/walk` walks one page to its end, a merged one by
//! `CompleteIndex`; `reverse_map/fork` forks the process and lets the child exit; `reverse_map/histories`
//! does random histories of some 60 operations, and counts them.

use criterion::{BenchmarkId, Criterion, Throughput};
use stabtree::rmap::{CompleteIndex, CowContextSettings, KernelVersion, ReverseMapKind, RmapError};

use crate::families::Ignore;

#[path = "../tests/rmap/find_holes.rs"]
mod find_holes;
#[path = "../examples/compare_reverse_maps/populations.rs"]
mod populations;
#[path = "../tests/rmap/rmap_ops.rs"]
mod rmap_ops;

use find_holes::{Target, WalkBy, histories};
use populations::Population;
use rmap_ops::World;

type Build = fn(ReverseMapKind) -> Result<Population, RmapError>;

const POPULATIONS: [(&str, Build); 5] = [
    ("vma_split_22169", |kind| populations::split(kind, 22_169, true)),
    ("fork_2", |kind| populations::forked(kind, 2)),
    ("fork_tree_1000", |kind| populations::fork_tree(kind, 1_000, 10)),
    ("moved_20k", |kind| populations::moved(kind, 20_000)),
    ("one_index_20k", |kind| populations::one_index(kind, 20_000)),
];

const HISTORIES: usize = 100;

pub(crate) fn benchmarks(criterion: &mut Criterion) {
    for (name, build) in POPULATIONS {
        for &kind in ReverseMapKind::ALL {
            let Population { machine, pfn, process, .. } = build(kind).expect("legal calls");
            let id = |what: &str| BenchmarkId::new(format!("{what}/{kind}"), name);
            let mut group = criterion.benchmark_group("reverse_map");
            group.throughput(Throughput::Elements(1));
            group.bench_function(id("walk"), |bencher| {
                bencher.iter(|| machine.walk(pfn, &CompleteIndex, &mut Ignore).expect("mapped"));
            });
            // Each child leaves at once: its mappings are unmapped within the time.
            if name != "one_index_20k" {
                let mut machine = machine.clone();
                group.bench_function(id("fork"), |bencher| {
                    bencher.iter(|| {
                        let child = machine.fork(process).expect("it lives");
                        machine.exit(child).expect("it lives");
                    });
                });
            }
            group.finish();
        }
    }
    let histories: Vec<_> = histories(7).take(HISTORIES).collect();
    let mut group = criterion.benchmark_group("reverse_map/histories");
    group.throughput(Throughput::Elements(HISTORIES as u64));
    for &reverse_map in ReverseMapKind::ALL {
        let repaired = Target::contexts(CowContextSettings::repaired(), WalkBy::Residual);
        let target = Target { reverse_map, kernel: KernelVersion::V7_3, ..repaired };
        group.bench_function(reverse_map.to_string(), |bencher| {
            bencher.iter(|| {
                for ops in &histories {
                    let mut world = World::new(target.machine());
                    for &op in ops {
                        let _ = world.apply(op); // a refused operation is one more legal history
                    }
                }
            });
        });
    }
    group.finish();
}

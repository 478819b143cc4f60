//! Many stabs at once, the functions `single`, `batch` and, with the feature `rayon`, `par`.
//!
//! Dimensions: index (`tree`, `btree`); number of disjoint intervals. Keys are u64, values u32; the
//! points come in random order, and all three yield the handles of what they find. Time is given for
//! all points of one pass.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

use crate::workloads::{Workload, label};

const SIZES: [usize; 2] = [20_000, 1_000_000];
const POINTS: usize = 1 << 16;

macro_rules! measure {
    ($group:expr, $tree:expr, $label:expr, $points:expr) => {
        let (tree, label, points) = ($tree, $label, $points);
        let hits: Vec<_> = points
            .iter()
            .flat_map(|at| tree.stab(*at).with_handles().map(|(handle, ..)| handle))
            .collect();
        assert_eq!(tree.stab_batch(points).handles(), hits, "{label}");
        $group.bench_function(BenchmarkId::new("single", label), |bencher| {
            bencher.iter(|| {
                let mut hits = Vec::new();
                for at in points {
                    hits.extend(tree.stab(*at).with_handles().map(|(handle, ..)| handle));
                }
                black_box(hits)
            });
        });
        $group.bench_function(BenchmarkId::new("batch", label), |bencher| {
            bencher.iter(|| black_box(tree.stab_batch(points)));
        });
        #[cfg(feature = "rayon")]
        $group.bench_function(BenchmarkId::new("par", label), |bencher| {
            bencher.iter(|| black_box(tree.par_stab_batch(points)));
        });
    };
}

pub(crate) fn benchmarks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stab_batch");
    group.throughput(Throughput::Elements(POINTS as u64));
    for n in SIZES {
        let population = Workload::Vma.population(n);
        let label = label(Workload::Vma.name(), n);
        let points: Vec<_> = population.stabs(POINTS).iter().map(|query| query.start).collect();
        let entries = population.entries.iter();
        let pairs = entries.map(|entry| (Interval::new(entry.start, entry.last), entry.value));
        let (mut tree, mut btree) = (IntervalRbTree::new(), IntervalBTree::new());
        for (interval, value) in pairs {
            tree.insert(interval, value);
            btree.insert(interval, value);
        }
        measure!(group, &tree, &format!("tree/{label}"), &points);
        measure!(group, &btree, &format!("btree/{label}"), &points);
    }
    group.finish();
}

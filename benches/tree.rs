//! `IntervalRbTree`, the function `tree`.
//!
//! Dimensions: operation; workload; hits a query (`_k10`, `_k100` in the parameter of
//! `overlapping`). Keys are u64, values u32. Trees are built by inserting in random order, and
//! queries come in random order. Time is given for all elements of one pass: queries, entries, or
//! pairs of a removal and an insertion.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BatchSize, Bencher, BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use stabtree::{Handle, Interval, IntervalRbTree};

use crate::workloads::{Answers, Entry, Found, Population, Query, Rng, SEED, Workload, label};

const N: usize = 20_000;
/// So many that no branch predictor learns them by heart.
const QUERIES: usize = 20_000;
/// Pairs of a removal and an insertion of a pass.
const PAIRS: usize = 1_000;

type Tree = IntervalRbTree<u64, u32>;

/// A workload and what several operations need of it.
struct Stage {
    label: String,
    population: Population,
    answers: Answers,
    tree: Tree,
    handles: Vec<Handle>,
}

impl Stage {
    fn new(workload: Workload) -> Self {
        let population = workload.population(N);
        let answers = Answers::new(&population.entries);
        let mut tree = Tree::new();
        let handles = population.entries.iter().map(|entry| insert(&mut tree, *entry)).collect();
        Self { label: label(workload.name(), N), population, answers, tree, handles }
    }

    /// Measures a pass over all queries, whose answers are checked before.
    fn query(&self, group: &mut BenchmarkGroup<'_, WallTime>, label: &str, queries: &[Query]) {
        let expected: Vec<_> = queries.iter().map(|query| self.answers.of(*query)).collect();
        let found: Vec<_> = queries.iter().map(|query| overlapping(&self.tree, *query)).collect();
        assert_eq!(found, expected, "{label}");
        eprintln!("{label}: k = {:.1} hits a query", self.answers.mean_hits(queries));
        group.throughput(Throughput::Elements(queries.len() as u64));
        group.bench_function(BenchmarkId::new("tree", label), |bencher| {
            bencher.iter(|| {
                for query in queries {
                    black_box(overlapping(&self.tree, *query));
                }
            });
        });
    }
}

pub(crate) fn benchmarks(criterion: &mut Criterion) {
    let stages = Workload::ALL.map(Stage::new);

    let mut group = criterion.benchmark_group("stab");
    for stage in &stages {
        stage.query(&mut group, &stage.label, &stage.population.stabs(QUERIES));
    }
    group.finish();

    let mut group = criterion.benchmark_group("overlapping");
    for stage in &stages {
        for k in [10, 100] {
            if let Some(queries) = stage.population.ranges(&stage.answers, QUERIES, k) {
                stage.query(&mut group, &format!("{}_k{k}", stage.label), &queries);
            }
        }
    }
    group.finish();

    changes(criterion, &stages);

    let mut group = criterion.benchmark_group("iter");
    group.throughput(Throughput::Elements(N as u64));
    for stage in &stages {
        group.bench_function(BenchmarkId::new("tree", &stage.label), |bencher| {
            bencher.iter(|| sum(&stage.tree));
        });
    }
    group.finish();
}

/// The operations that build a tree or change one.
fn changes(criterion: &mut Criterion, stages: &[Stage]) {
    let mut group = criterion.benchmark_group("insert");
    group.throughput(Throughput::Elements(N as u64));
    for stage in stages {
        group.bench_function(BenchmarkId::new("tree", &stage.label), |bencher| {
            build(bencher, || {
                let mut tree = Tree::new();
                for entry in &stage.population.entries {
                    insert(&mut tree, *entry);
                }
                tree
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("remove");
    group.throughput(Throughput::Elements(N as u64));
    for stage in stages {
        group.bench_function(BenchmarkId::new("tree", &stage.label), |bencher| {
            bencher.iter_batched_ref(
                || stage.tree.clone(),
                // By handle, in the random order of insertion.
                |tree| stage.handles.iter().filter_map(|handle| tree.remove(*handle)).count(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("churn");
    group.throughput(Throughput::Elements(PAIRS as u64));
    for stage in stages {
        group.bench_function(BenchmarkId::new("tree", &stage.label), |bencher| {
            let mut churn = Churn::new(stage);
            bencher.iter(|| {
                for _ in 0..PAIRS {
                    churn.step();
                }
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("build_sorted");
    group.throughput(Throughput::Elements(N as u64));
    for stage in stages {
        let sorted = stage.population.sorted();
        group.bench_function(BenchmarkId::new("tree", &stage.label), |bencher| {
            build(bencher, || {
                Tree::try_from_sorted(sorted.iter().map(pair)).expect("entries come sorted")
            });
        });
    }
    group.finish();
}

/// Measures how a tree is built. Each one is dropped, outside of the time, before the next is
/// built: otherwise memory that was never touched would be most of what is measured.
fn build(bencher: &mut Bencher<'_>, mut routine: impl FnMut() -> Tree) {
    bencher.iter_batched(|| (), |()| routine(), BatchSize::PerIteration);
}

/// A tree in which random entries are replaced for ever; its size and its kind stay.
struct Churn {
    tree: Tree,
    live: Vec<(Handle, Entry)>,
    spare: Vec<Entry>,
    lasting: Option<usize>,
    rng: Rng,
}

impl Churn {
    fn new(stage: &Stage) -> Self {
        let Population { entries, spare, lasting, .. } = stage.population.clone();
        let live = stage.handles.iter().copied().zip(entries).collect();
        Self { tree: stage.tree.clone(), live, spare, lasting, rng: Rng::new(SEED ^ 2) }
    }

    fn step(&mut self) {
        let at = self.rng.index(self.live.len());
        if Some(at) == self.lasting {
            return;
        }
        let with = self.rng.index(self.spare.len());
        let (handle, entry) = &mut self.live[at];
        assert!(self.tree.remove(*handle).is_some());
        std::mem::swap(entry, &mut self.spare[with]);
        *handle = insert(&mut self.tree, *entry);
    }
}

fn pair(entry: &Entry) -> (Interval<u64>, u32) {
    (Interval::new(entry.start, entry.last), entry.value)
}

#[inline]
fn insert(tree: &mut Tree, entry: Entry) -> Handle {
    tree.insert(Interval::new(entry.start, entry.last), entry.value)
}

#[inline]
fn overlapping(tree: &Tree, query: Query) -> Found {
    let hits = if query.start == query.last {
        tree.stab(query.start)
    } else {
        tree.overlapping(query.start..=query.last)
    };
    let mut found = Found::default();
    for (interval, value) in hits {
        found.add(*interval.start(), *interval.last(), *value);
    }
    found
}

#[inline]
fn sum(tree: &Tree) -> Found {
    let mut found = Found::default();
    for (interval, value) in tree {
        found.add(*interval.start(), *interval.last(), *value);
    }
    found
}

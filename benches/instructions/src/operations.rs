//! What is counted. 20,000 disjoint intervals with ends of 64 bits, inserted in random order; as
//! many stabs, 1,000 ranges of 10, 100 or 1,000. In `_for` the hits are read one by one, in `_fold`
//! by `for_each`, which is the same walk in `IntervalRbTree`; `_extend` puts their values into a `Vec`
//! that is used again. `btree32` and `btree128` have ends of 32 and of 128 bits. A walk is of one page of a family of 20,000
//! mappings; in `_wide` they lie in an `IntervalBTree`.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::hint::black_box;

use stabtree::rmap::{AnonVmaIndex, FullRange, KsmSettings, Machine, StoredPgoff, Strategy};
use stabtree::{Discrete, Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree};

use crate::families::{Ignore, split};
use crate::measured;
use crate::workloads::{Answers, Entry, Found, Population, Query, Workload};

const N: usize = 20_000;
const RANGES: usize = 1_000;
const VMAS: u64 = 20_000;
/// Walks of a narrow strategy; a walk of the full range is long enough.
const WALKS: usize = 1_000;

type Tree = IntervalRbTree<u64, u32>;
type Wide = IntervalBTree<u64, u32>;
type Narrow = IntervalBTree<u32, u32>;

/// The benchmarks by name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, fn())> {
    let all: [(_, fn()); 30] = [
        ("tree/insert", insert::<Tree, _>),
        ("tree/remove", remove::<Tree, _>),
        ("tree/build_sorted", || build_sorted(tree_from_sorted)),
        ("tree/stab_for", || stabs(read_for::<Tree, _>)),
        ("tree/range100_for", || ranges(100, read_for::<Tree, _>)),
        ("tree/iter_for", || iter(walk_for::<Tree, _>)),
        ("tree/gaps", || iter(walk_gaps::<Tree, _>)),
        ("btree/insert", insert::<Wide, _>),
        ("btree/remove", remove::<Wide, _>),
        ("btree/build_sorted", || build_sorted(wide_from_sorted)),
        ("btree/stab_for", || stabs(read_for::<Wide, _>)),
        ("btree/stab_fold", || stabs(read_fold::<Wide, _>)),
        ("btree/range10_for", || ranges(10, read_for::<Wide, _>)),
        ("btree/range100_for", || ranges(100, read_for::<Wide, _>)),
        ("btree/range100_fold", || ranges(100, read_fold::<Wide, _>)),
        ("btree/range1000_for", || ranges(1_000, read_for::<Wide, _>)),
        ("btree/range1000_fold", || ranges(1_000, read_fold::<Wide, _>)),
        ("btree/range1000_extend", extend::<Wide, _>),
        ("btree/iter_for", || iter(walk_for::<Wide, _>)),
        ("btree/iter_fold", || iter(walk_fold::<Wide, _>)),
        ("btree/gaps", || iter(walk_gaps::<Wide, _>)),
        ("btree32/insert", insert::<Narrow, _>),
        ("btree32/remove", remove::<Narrow, _>),
        ("btree32/stab_for", || stabs(read_for::<Narrow, _>)),
        ("btree32/range100_for", || ranges(100, read_for::<Narrow, _>)),
        ("btree128/stab_for", || stabs(read_for::<IntervalBTree<u128, u32>, _>)),
        ("walk/full_range", || walk(AnonVmaIndex::RedBlack, &FullRange, 1)),
        ("walk/full_range_wide", || walk(AnonVmaIndex::BTree, &FullRange, 1)),
        ("walk/stored_pgoff", || walk(AnonVmaIndex::RedBlack, &StoredPgoff, WALKS)),
        ("walk/stored_pgoff_wide", || walk(AnonVmaIndex::BTree, &StoredPgoff, WALKS)),
    ];
    all.into_iter()
}

/// Ends of an interval.
trait End: Copy + Debug + Discrete + TryInto<u64, Error: Debug> {
    fn of(at: u64) -> Self;
}

impl End for u64 {
    fn of(at: u64) -> Self {
        at
    }
}

impl End for u128 {
    fn of(at: u64) -> Self {
        Self::from(at)
    }
}

impl End for u32 {
    fn of(at: u64) -> Self {
        Self::try_from(at).expect("20,000 intervals reach less far")
    }
}

fn pair<E: End>(entry: &Entry) -> (Interval<E>, u32) {
    (Interval::new(E::of(entry.start), E::of(entry.last)), entry.value)
}

fn add<E: End>(found: &mut Found, interval: &impl Borrow<Interval<E>>, value: u32) {
    let interval = interval.borrow();
    let [start, last] = [*interval.start(), *interval.last()]
        .map(|end| end.try_into().expect("each end was made of 64 bits"));
    found.add(start, last, value);
}

fn hits<E: End, I: IntervalIndex<E, u32>>(index: &I, query: Query) -> I::Overlapping<'_> {
    if query.start == query.last {
        index.stab(E::of(query.start))
    } else {
        index.overlapping(E::of(query.start)..=E::of(query.last))
    }
}

fn read_for<I: IntervalIndex<E, u32>, E: End>(index: &I, query: Query) -> Found {
    let mut found = Found::default();
    for (interval, value) in hits(index, query) {
        add(&mut found, &interval, *value);
    }
    found
}

fn read_fold<I: IntervalIndex<E, u32>, E: End>(index: &I, query: Query) -> Found {
    let mut found = Found::default();
    hits(index, query).for_each(|(interval, value)| add(&mut found, &interval, *value));
    found
}

fn walk_for<I: IntervalIndex<E, u32>, E: End>(index: &I) -> u64 {
    let mut found = Found::default();
    for (interval, value) in index.iter() {
        add(&mut found, &interval, *value);
    }
    black_box(found).hits
}

fn walk_fold<I: IntervalIndex<E, u32>, E: End>(index: &I) -> u64 {
    let mut found = Found::default();
    index.iter().for_each(|(interval, value)| add(&mut found, &interval, *value));
    black_box(found).hits
}

/// Reads the gaps, of which there is one for a ninth of the entries.
fn walk_gaps<I: IntervalIndex<E, u32>, E: End>(index: &I) -> u64 {
    let mut found = Found::default();
    for gap in index.gaps(..) {
        add(&mut found, &gap, 0);
    }
    black_box(found);
    index.len() as u64
}

fn population() -> Population {
    Workload::Vma.population(N)
}

fn fill<I: IntervalIndex<E, u32>, E: End>(entries: &[Entry]) -> (I, Vec<Handle>) {
    let mut index = I::new();
    let mut handles = Vec::with_capacity(entries.len());
    for entry in entries {
        let (interval, value) = pair(entry);
        handles.push(index.insert(interval, value));
    }
    (index, handles)
}

fn insert<I: IntervalIndex<E, u32>, E: End>() {
    let Population { entries, .. } = population();
    let (index, _) = measured(|| fill::<I, E>(&entries));
    assert_eq!(index.len(), N);
}

fn remove<I: IntervalIndex<E, u32>, E: End>() {
    let (mut index, handles) = fill::<I, E>(&population().entries);
    let removed =
        measured(|| handles.iter().filter(|handle| index.remove(**handle).is_some()).count());
    assert_eq!((removed, index.len()), (N, 0));
}

fn build_sorted<I: IntervalIndex<u64, u32>>(build: impl FnOnce(&[Entry]) -> I) {
    let sorted = population().sorted();
    let index = measured(|| build(&sorted));
    assert_eq!(index.len(), N);
}

fn tree_from_sorted(sorted: &[Entry]) -> Tree {
    Tree::try_from_sorted(sorted.iter().map(pair)).expect("they are sorted")
}

fn wide_from_sorted(sorted: &[Entry]) -> Wide {
    Wide::try_from_sorted(sorted.iter().map(pair)).expect("they are sorted")
}

fn stabs<I: IntervalIndex<E, u32>, E: End>(answer: impl Fn(&I, Query) -> Found) {
    let population = population();
    ask(&population, &population.stabs(N), answer);
}

fn ranges<I: IntervalIndex<E, u32>, E: End>(hits: u32, answer: impl Fn(&I, Query) -> Found) {
    let population = population();
    ask(&population, &queries(&population, hits), answer);
}

fn queries(population: &Population, hits: u32) -> Vec<Query> {
    let answers = Answers::new(&population.entries);
    population.ranges(&answers, RANGES, hits).expect("a point has fewer")
}

/// Counts a pass over the queries, and checks its answers.
fn ask<I: IntervalIndex<E, u32>, E: End>(
    population: &Population,
    queries: &[Query],
    answer: impl Fn(&I, Query) -> Found,
) {
    let (index, _) = fill::<I, E>(&population.entries);
    let mut found = Vec::with_capacity(queries.len());
    measured(|| {
        for query in queries {
            found.push(answer(&index, *query));
        }
    });
    let answers = Answers::new(&population.entries);
    assert!(queries.iter().map(|query| answers.of(*query)).eq(found), "wrong answers");
}

fn extend<I: IntervalIndex<E, u32>, E: End>() {
    let population = population();
    let queries = queries(&population, 1_000);
    let (index, _) = fill::<I, E>(&population.entries);
    let (mut values, mut counts) = (Vec::new(), Vec::with_capacity(queries.len()));
    measured(|| {
        for query in &queries {
            values.clear();
            values.extend(hits(&index, *query).map(|(_, value)| *value));
            counts.push(black_box(&values).len() as u64);
        }
    });
    let answers = Answers::new(&population.entries);
    assert!(queries.iter().map(|query| answers.of(*query).hits).eq(counts), "wrong answers");
}

fn iter<I: IntervalIndex<E, u32>, E: End>(walk: impl Fn(&I) -> u64) {
    let (index, _) = fill::<I, E>(&population().entries);
    assert_eq!(measured(|| walk(&index)), N as u64);
}

fn walk(index: AnonVmaIndex, strategy: &dyn Strategy, walks: usize) {
    let mut machine = Machine::with_anon_vma_index(KsmSettings::default(), index);
    let pfn = split(&mut machine, VMAS);
    measured(|| {
        for _ in 0..walks {
            machine.walk(black_box(pfn), strategy, &mut Ignore).expect("the page is merged");
        }
    });
    let audit = machine.audit(pfn, strategy).expect("the page is merged");
    assert!(audit.is_complete(), "nothing has moved, so nothing is missed");
}

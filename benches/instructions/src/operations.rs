//! What is counted. 20,000 disjoint intervals, inserted in random order; as many stabs, 1,000
//! ranges of 100. `_next` takes hits one by one, and without it a fold has them all; in `IntervalRbTree`
//! both are the same code. A walk is of one page of a family of 20,000 mappings; in `_wide` they lie in an `IntervalBTree`.

use std::hint::black_box;

use stabtree::rmap::{AnonVmaIndex, FullRange, KsmSettings, Machine, StoredPgoff, Strategy};
use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

use crate::families::{Ignore, split};
use crate::measured;
use crate::workloads::{Answers, Entry, Found, Population, Query, Workload};

const N: usize = 20_000;
const RANGES: usize = 1_000;
const VMAS: u64 = 20_000;
/// Walks of a narrow strategy; a walk of the full range is long enough.
const WALKS: usize = 1_000;

/// The benchmarks by name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, fn())> {
    let all: [(_, fn()); 19] = [
        ("tree/insert", insert::<Tree>),
        ("tree/remove", remove::<Tree>),
        ("tree/build_sorted", build_sorted::<Tree>),
        ("tree/stab", stab::<Tree>),
        ("tree/range100", range100::<Tree>),
        ("tree/iter", iter::<Tree>),
        ("btree/insert", insert::<Wide>),
        ("btree/remove", remove::<Wide>),
        ("btree/build_sorted", build_sorted::<Wide>),
        ("btree/stab", stab::<Wide>),
        ("btree/stab_next", stab_next::<Wide>),
        ("btree/range100", range100::<Wide>),
        ("btree/range100_next", range100_next::<Wide>),
        ("btree/iter", iter::<Wide>),
        ("btree/iter_next", iter_next::<Wide>),
        ("walk/full_range", || walk(AnonVmaIndex::RedBlack, &FullRange, 1)),
        ("walk/full_range_wide", || walk(AnonVmaIndex::BTree, &FullRange, 1)),
        ("walk/stored_pgoff", || walk(AnonVmaIndex::RedBlack, &StoredPgoff, WALKS)),
        ("walk/stored_pgoff_wide", || walk(AnonVmaIndex::BTree, &StoredPgoff, WALKS)),
    ];
    all.into_iter()
}

type Tree = IntervalRbTree<u64, u32>;
type Wide = IntervalBTree<u64, u32>;

/// The calls of either index that are counted here.
trait Index: Sized {
    fn new() -> Self;
    fn insert(&mut self, entry: Entry) -> Handle;
    fn remove(&mut self, handle: Handle) -> bool;
    fn from_sorted(entries: &[Entry]) -> Self;
    fn overlapping(&self, query: Query) -> Found;
    fn overlapping_next(&self, query: Query) -> Found;
    fn in_order(&self) -> Found;
    fn in_order_next(&self) -> Found;
}

fn pair(entry: Entry) -> (Interval<u64>, u32) {
    (Interval::new(entry.start, entry.last), entry.value)
}

macro_rules! index {
    ($index:ident) => {
        impl Index for $index {
            fn new() -> Self {
                Self::new()
            }

            fn insert(&mut self, entry: Entry) -> Handle {
                let (interval, value) = pair(entry);
                self.insert(interval, value)
            }

            fn remove(&mut self, handle: Handle) -> bool {
                self.remove(handle).is_some()
            }

            fn from_sorted(entries: &[Entry]) -> Self {
                Self::try_from_sorted(entries.iter().copied().map(pair)).expect("they are sorted")
            }

            fn overlapping(&self, query: Query) -> Found {
                let mut found = Found::default();
                self.overlapping(query.start..=query.last)
                    .for_each(|(interval, value)| found.add(*interval.start(), *value));
                found
            }

            fn overlapping_next(&self, query: Query) -> Found {
                let mut found = Found::default();
                for (interval, value) in self.overlapping(query.start..=query.last) {
                    found.add(*interval.start(), *value);
                }
                found
            }

            fn in_order(&self) -> Found {
                let mut found = Found::default();
                self.iter().for_each(|(interval, value)| found.add(*interval.start(), *value));
                found
            }

            fn in_order_next(&self) -> Found {
                let mut found = Found::default();
                for (interval, value) in self.iter() {
                    found.add(*interval.start(), *value);
                }
                found
            }
        }
    };
}

index!(Tree);
index!(Wide);

fn population() -> Population {
    Workload::Vma.population(N)
}

fn fill<I: Index>(entries: &[Entry]) -> (I, Vec<Handle>) {
    let mut index = I::new();
    let mut handles = Vec::with_capacity(entries.len());
    for entry in entries {
        handles.push(index.insert(*entry));
    }
    (index, handles)
}

/// Counts a pass over the queries, and checks its answers.
fn ask<I: Index>(population: &Population, queries: &[Query], answer: impl Fn(&I, Query) -> Found) {
    let (index, _) = fill::<I>(&population.entries);
    let mut found = Vec::with_capacity(queries.len());
    measured(|| {
        for query in queries {
            found.push(answer(&index, *query));
        }
    });
    let answers = Answers::new(&population.entries);
    assert!(queries.iter().map(|query| answers.of(*query)).eq(found), "wrong answers");
}

fn insert<I: Index>() {
    let Population { entries, .. } = population();
    let (index, _) = measured(|| fill::<I>(&entries));
    assert_eq!(index.in_order().hits, N as u64);
}

fn remove<I: Index>() {
    let (mut index, handles) = fill::<I>(&population().entries);
    let removed = measured(|| handles.iter().filter(|handle| index.remove(**handle)).count());
    assert_eq!((removed, index.in_order().hits), (N, 0));
}

fn build_sorted<I: Index>() {
    let sorted = population().sorted();
    let index = measured(|| I::from_sorted(&sorted));
    assert_eq!(index.in_order().hits, N as u64);
}

fn stab<I: Index>() {
    let population = population();
    ask(&population, &population.stabs(N), I::overlapping);
}

fn stab_next<I: Index>() {
    let population = population();
    ask(&population, &population.stabs(N), I::overlapping_next);
}

fn hundreds(population: &Population) -> Vec<Query> {
    let answers = Answers::new(&population.entries);
    population.ranges(&answers, RANGES, 100).expect("a point has fewer")
}

fn range100<I: Index>() {
    let population = population();
    ask(&population, &hundreds(&population), I::overlapping);
}

fn range100_next<I: Index>() {
    let population = population();
    ask(&population, &hundreds(&population), I::overlapping_next);
}

fn iter<I: Index>() {
    let (index, _) = fill::<I>(&population().entries);
    assert_eq!(measured(|| index.in_order()).hits, N as u64);
}

fn iter_next<I: Index>() {
    let (index, _) = fill::<I>(&population().entries);
    assert_eq!(measured(|| index.in_order_next()).hits, N as u64);
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

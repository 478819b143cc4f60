//! The documented bound, `O((1 + k) log n)` and at most `O(n)`, held by counting nodes read.
//!
//! A million entries of each of the shapes that make other indexes linear, and clocks play no
//! part.

use stabtree::{Interval, IntervalTree};

const N: u64 = 1_000_000;

/// Builds by insertion in a scattered order: the shape is the one of ordinary use.
fn scattered(entry: impl Fn(u64) -> (u64, u64)) -> IntervalTree<u64> {
    // A step that shares no factor with N visits every number once.
    const STEP: u64 = 618_033;
    let mut tree = IntervalTree::with_capacity(usize::try_from(N).expect("fits"));
    for i in 0..N {
        let (start, last) = entry(i * STEP % N);
        tree.insert(Interval::new(start, last), ());
    }
    tree
}

/// Checks the bound for one query; returns the number of results.
fn check(tree: &IntervalTree<u64>, first: u64, last: u64) -> usize {
    let (n, k) = (tree.len(), tree.count_overlapping(first..=last));
    let probes = tree.probes(first..=last);
    // A path is at most 2 log2(n + 1) long. Each result costs at most one path up and one down,
    // and each step reads at most two nodes.
    let path = 2 * usize::try_from((n + 1).ilog2() + 1).expect("small");
    assert!(probes <= (1 + k) * 4 * path, "{probes} probes for {k} results of [{first}, {last}]");
    assert!(probes <= 4 * n + 2, "{probes} probes for {n} entries");
    k
}

#[test]
fn nested_intervals_stay_under_the_bound() {
    // [0, 2N], [1, 2N - 1], ...: every one lies in the one before.
    let tree = scattered(|i| (i, 2 * N - i));
    assert_eq!(check(&tree, 0, 0), 1);
    assert_eq!(check(&tree, 2 * N, 2 * N), 1);
    assert_eq!(check(&tree, 2 * N - 4, 2 * N - 4), 5);
    assert_eq!(check(&tree, N, N), 1_000_000);
    assert_eq!(check(&tree, 2 * N + 1, u64::MAX), 0);
}

#[test]
fn a_comb_stays_under_the_bound() {
    // Short teeth; every thousandth reaches to the end.
    let tree = scattered(|i| (2 * i, if i % 1000 == 0 { 2 * N } else { 2 * i }));
    assert_eq!(check(&tree, 2 * N, 2 * N), 1000);
    assert_eq!(check(&tree, 2 * N - 1, 2 * N - 1), 1000);
    assert_eq!(check(&tree, 1, 1), 1);
    assert_eq!(check(&tree, 2002, 2002), 3);
}

#[test]
fn one_giant_over_short_ones_stays_under_the_bound() {
    let tree = scattered(|i| if i == 0 { (0, u64::MAX) } else { (10 * i, 10 * i + 5) });
    assert_eq!(check(&tree, 10 * N - 1, 10 * N - 1), 1);
    assert_eq!(check(&tree, 5_000_003, 5_000_003), 2);
    assert_eq!(check(&tree, u64::MAX, u64::MAX), 1);
}

#[test]
fn equal_intervals_stay_under_the_bound() {
    let tree = scattered(|_| (7, 9));
    assert_eq!(check(&tree, 8, 8), 1_000_000);
    assert_eq!(check(&tree, 0, 6), 0);
    assert_eq!(check(&tree, 10, u64::MAX), 0);
}

#[test]
fn results_far_apart_stay_under_the_bound() {
    // 256 long intervals spread evenly among short ones: the worst case of the tree.
    let tree = scattered(|i| (i, if i % (N / 256) == 0 { N } else { i }));
    let k = check(&tree, N, N);
    assert!((256..=257).contains(&k), "{k}");
    assert_eq!(check(&tree, 0, 0), 1);
}

#[test]
fn iteration_clone_and_drop_do_not_recurse() {
    // On a stack far smaller than a million frames.
    let small = std::thread::Builder::new().stack_size(128 * 1024);
    let done = small.spawn(|| {
        let tree = scattered(|i| (i, i));
        let copy = tree.clone();
        assert_eq!(copy.iter().count(), copy.len());
        assert!(tree.iter().rev().eq(copy.iter().rev()));
        drop(tree);
        assert!(copy.into_iter().map(|(interval, ())| *interval.start()).eq(0..N));
        let sorted = (0..N).map(|i| (Interval::point(i), ()));
        let mut built = IntervalTree::try_from_sorted(sorted).expect("sorted");
        built.check().expect("a legal tree");
        built.clear();
        built.len()
    });
    assert_eq!(done.expect("a thread").join().expect("no overflow"), 0);
}

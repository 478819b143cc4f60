//! The bound of `IntervalBTree`, `O((1 + k) log n)` and at most `O(n)`, held by counting nodes.
//!
//! Every node that a search touches holds a result, save one on each level; so *k* results cost
//! at most *k* + 1 paths, on inputs that make other indexes linear too.

use stabtree::{Interval, IntervalBTree};

const N: u64 = 200_000;

/// Builds by insertion in a scattered order: the shape is the one of ordinary use.
fn scattered(entry: impl Fn(u64) -> (u64, u64)) -> IntervalBTree<u64> {
    // A step that shares no factor with N visits every number once.
    const STEP: u64 = 123_457;
    let mut tree = IntervalBTree::new();
    for i in 0..N {
        let (start, last) = entry(i * STEP % N);
        tree.insert(Interval::new(start, last), ());
    }
    tree
}

/// Checks the bound for one query; returns the number of results.
fn check(tree: &IntervalBTree<u64>, first: u64, last: u64) -> usize {
    let summary = tree.check().expect("the laws hold");
    let k = tree.overlapping(first..=last).count();
    assert_eq!(tree.count_overlapping(first..=last), k);
    let probes = tree.probes(first..=last);
    let most = ((1 + k) * summary.height).min(summary.leaves + summary.inner_nodes);
    assert!(probes <= most, "{probes} nodes for {k} results of [{first}, {last}]");
    assert!(summary.height <= 8, "{summary:?}");
    k
}

#[test]
fn nested_intervals_stay_under_the_bound() {
    // [0, 2N], [1, 2N - 1], ...: every one lies in the one before.
    let tree = scattered(|i| (i, 2 * N - i));
    assert_eq!(check(&tree, 0, 0), 1);
    assert_eq!(check(&tree, 2 * N, 2 * N), 1);
    assert_eq!(check(&tree, 2 * N - 4, 2 * N - 4), 5);
    assert_eq!(check(&tree, N, N), 200_000);
    assert_eq!(check(&tree, 2 * N + 1, u64::MAX), 0);
}

#[test]
fn a_comb_stays_under_the_bound() {
    // Short teeth; every thousandth reaches to the end.
    let tree = scattered(|i| (2 * i, if i % 1000 == 0 { 2 * N } else { 2 * i }));
    assert_eq!(check(&tree, 2 * N, 2 * N), 200);
    assert_eq!(check(&tree, 2 * N - 1, 2 * N - 1), 200);
    assert_eq!(check(&tree, 1, 1), 1);
    assert_eq!(check(&tree, 2002, 2002), 3);
}

#[test]
fn one_giant_over_short_ones_stays_under_the_bound() {
    let tree = scattered(|i| if i == 0 { (0, u64::MAX) } else { (10 * i, 10 * i + 5) });
    assert_eq!(check(&tree, 10 * N - 1, 10 * N - 1), 1);
    assert_eq!(check(&tree, 1_000_003, 1_000_003), 2);
    assert_eq!(check(&tree, u64::MAX, u64::MAX), 1);
}

#[test]
fn lengths_of_a_power_law_stay_under_the_bound() {
    // One in 2^j is 2^j times as long.
    let tree = scattered(|i| (8 * i, 8 * i + (4 << (i + 1).trailing_zeros().min(17))));
    for at in [0, 3, N, 4 * N + 7, 8 * N - 2, 8 * N] {
        assert!(check(&tree, at, at) <= 20);
    }
    assert_eq!(check(&tree, 20 * N, 20 * N), 0);
}

#[test]
fn equal_intervals_stay_under_the_bound() {
    let tree = scattered(|_| (7, 9));
    assert_eq!(check(&tree, 8, 8), 200_000);
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
fn removal_among_equal_starts_finds_its_place_at_once() {
    // All entries start alike, so nothing but the handle leads to one of them. Taking them out in a
    // scattered order ends soon only if no step looks at more than a path.
    let mut tree = IntervalBTree::new();
    let handles: Vec<_> = (0..N).map(|i| tree.insert(Interval::new(5, 5 + i), i)).collect();
    for i in (0..N).map(|i| i * 123_457 % N) {
        let index = usize::try_from(i).expect("small");
        assert_eq!(tree.remove(handles[index]), Some((Interval::new(5, 5 + i), i)));
        if i % 10_000 == 0 {
            tree.check().expect("the laws hold");
        }
    }
    assert!(tree.is_empty());
}

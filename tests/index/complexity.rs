//! The documented bound of both indexes, `O((1 + k) log n)` and at most `O(n)`, held by counting
//! the nodes read, on the shapes that make other indexes linear. Clocks play no part.

use stabtree::{Interval, IntervalBTree, IntervalRbTree};

/// Shares no factor with a power of ten, so its multiples visit every number below one.
const STEP: u64 = 618_033;

/// All of it for one index of `$n` entries. `$most` bounds the nodes read for the given number of
/// results.
macro_rules! complexity {
    ($module:ident, $index:ident, $n:expr, $most:expr) => {
        mod $module {
            use super::*;

            const N: u64 = if cfg!(debug_assertions) { $n / 10 } else { $n };

            /// Builds by insertion in a scattered order: the shape is the one of ordinary use.
            fn scattered(entry: impl Fn(u64) -> (u64, u64)) -> $index<u64> {
                let mut index = $index::with_capacity(usize::try_from(N).expect("fits"));
                for i in 0..N {
                    let (start, last) = entry(i * STEP % N);
                    index.insert(Interval::new(start, last), ());
                }
                index
            }

            /// Checks the bound for one query; returns the number of results.
            fn check(index: &$index<u64>, first: u64, last: u64) -> u64 {
                let k = index.overlapping(first..=last).count();
                assert_eq!(index.count_overlapping(first..=last), k);
                let (probes, most) = (index.probes(first..=last), $most(index, k));
                assert!(
                    (k.div_ceil(64)..=most).contains(&probes),
                    "{probes} nodes for {k} results of [{first}, {last}]"
                );
                k as u64
            }

            #[test]
            fn nested_intervals_stay_under_the_bound() {
                // [0, 2N], [1, 2N - 1], ...: every one lies in the one before.
                let index = scattered(|i| (i, 2 * N - i));
                assert_eq!(check(&index, 0, 0), 1);
                assert_eq!(check(&index, 2 * N, 2 * N), 1);
                assert_eq!(check(&index, 2 * N - 4, 2 * N - 4), 5);
                assert_eq!(check(&index, N, N), N);
                assert_eq!(check(&index, 2 * N + 1, u64::MAX), 0);
            }

            #[test]
            fn a_comb_stays_under_the_bound() {
                // Short teeth; every thousandth reaches to the end.
                let index = scattered(|i| (2 * i, if i % 1000 == 0 { 2 * N } else { 2 * i }));
                assert_eq!(check(&index, 2 * N, 2 * N), N / 1000);
                assert_eq!(check(&index, 2 * N - 1, 2 * N - 1), N / 1000);
                assert_eq!(check(&index, 1, 1), 1);
                assert_eq!(check(&index, 2002, 2002), 3);
            }

            #[test]
            fn one_giant_over_short_ones_stays_under_the_bound() {
                let index =
                    scattered(|i| if i == 0 { (0, u64::MAX) } else { (10 * i, 10 * i + 5) });
                assert_eq!(check(&index, 10 * N - 1, 10 * N - 1), 1);
                assert_eq!(check(&index, 5 * N + 3, 5 * N + 3), 2);
                assert_eq!(check(&index, u64::MAX, u64::MAX), 1);
            }

            #[test]
            fn lengths_of_a_power_law_stay_under_the_bound() {
                // One in 2^j is 2^j times as long.
                let index = scattered(|i| (8 * i, 8 * i + (4 << (i + 1).trailing_zeros().min(17))));
                for at in [0, 3, N, 4 * N + 7, 8 * N - 2, 8 * N] {
                    assert!(check(&index, at, at) <= 20);
                }
                assert_eq!(check(&index, 20 * N, 20 * N), 0);
            }

            #[test]
            fn equal_intervals_stay_under_the_bound() {
                let index = scattered(|_| (7, 9));
                assert_eq!(check(&index, 8, 8), N);
                assert_eq!(check(&index, 0, 6), 0);
                assert_eq!(check(&index, 10, u64::MAX), 0);
            }

            #[test]
            fn results_far_apart_stay_under_the_bound() {
                // 256 long intervals spread evenly among short ones: the worst case of a tree.
                let index = scattered(|i| (i, if i % (N / 256) == 0 { N } else { i }));
                let k = check(&index, N, N);
                assert!((256..=257).contains(&k), "{k}");
                assert_eq!(check(&index, 0, 0), 1);
            }

            #[test]
            fn removal_among_equal_starts_finds_its_place_at_once() {
                // All entries start alike, so nothing but the handle leads to one of them. Taking
                // them out in a scattered order ends soon only if no step looks at more than a path.
                const N: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };
                let mut index = $index::new();
                let entry = |i| (Interval::new(5, 5 + i), i);
                let handles: Vec<_> =
                    (0..N).map(entry).map(|(interval, i)| index.insert(interval, i)).collect();
                for i in (0..N).map(|i| i * STEP % N) {
                    let at = usize::try_from(i).expect("small");
                    assert_eq!(index.remove(handles[at]), Some(entry(i)));
                    if i % (N / 4) == 0 {
                        index.check().expect("all invariants hold");
                    }
                }
                assert!(index.is_empty());
            }

            #[test]
            fn iteration_clone_and_drop_do_not_recurse() {
                // On a stack far smaller than one frame for each entry.
                let small = std::thread::Builder::new().stack_size(128 * 1024);
                let done = small.spawn(|| {
                    let index = scattered(|i| (i, i));
                    let copy = index.clone();
                    assert_eq!(copy.iter().count(), copy.len());
                    assert!(index.iter().rev().eq(copy.iter().rev()));
                    drop(index);
                    assert!(copy.into_iter().map(|(interval, ())| *interval.start()).eq(0..N));
                    let sorted = (0..N).map(|i| (Interval::point(i), ()));
                    let mut built = $index::try_from_sorted(sorted).expect("sorted");
                    built.check().expect("all invariants hold");
                    built.clear();
                    built.len()
                });
                assert_eq!(done.expect("a thread").join().expect("no overflow"), 0);
            }
        }
    };
}

complexity!(tree, IntervalRbTree, 1_000_000, |tree: &IntervalRbTree<u64>, k: usize| {
    // A path is at most 2 log2(n + 1) long. Each result costs at most one path up and one down,
    // and each step reads at most two nodes.
    let path = 2 * usize::try_from((tree.len() + 1).ilog2() + 1).expect("small");
    ((1 + k) * 4 * path).min(4 * tree.len() + 2)
});

complexity!(wide, IntervalBTree, 200_000, |wide: &IntervalBTree<u64>, k: usize| {
    // Every node that a search touches holds a result, save one on each level.
    let summary = wide.check().expect("all invariants hold");
    assert!(summary.height <= 8, "{summary:?}");
    ((1 + k) * summary.height).min(summary.leaves + summary.inner_nodes)
});

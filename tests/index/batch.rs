//! Many queries at once give what one after the other gives; so do the parallel ones.

use std::ops::Bound;

use crate::common::bounds::cases;
use crate::common::ends::{End, Point};
use crate::common::generate::Steps;
use crate::common::ops::Step;
use crate::common::world::World;
use quickcheck::{Gen, QuickCheck};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

type Query<T> = (Bound<T>, Bound<T>);

/// A tree made by the steps, and the queries that come with them.
fn tree_and_queries<T: End>(steps: &Steps) -> (IntervalRbTree<T, u32>, Vec<Query<T>>) {
    let mut world = World::<IntervalRbTree<T, u32>, T>::new();
    for Step(op, ..) in &steps.0 {
        world.apply(op);
    }
    let queries = steps.0.iter().map(|Step(_, a, b)| (a.map(T::end), b.map(T::end)));
    (world.index, queries.collect())
}

/// The entries of a tree many times over, so that wide nodes fill.
fn many<T: End + Copy>(tree: &IntervalRbTree<T, u32>) -> IntervalBTree<T, u32> {
    let entries = tree.iter().map(|(interval, value)| (*interval, *value));
    std::iter::repeat_n(entries, 7).flatten().collect()
}

fn points<T: End>() -> [T; 3] {
    [Point::Min, Point::At(7), Point::Max].map(T::end)
}

fn check(prop: fn(Steps)) {
    QuickCheck::new().rng(Gen::new(96)).tests(cases(200)).quickcheck(prop);
}

macro_rules! batch_is_a_loop {
    ($index:expr, $queries:expr, $points:expr) => {{
        let (index, queries, points) = ($index, $queries, $points);
        let found = index.overlapping_batch(queries);
        assert_eq!((found.len(), found.is_empty()), (queries.len(), queries.is_empty()));
        assert_eq!(found.offsets().len(), queries.len() + 1);
        assert_eq!(found.offsets().last(), Some(&found.handles().len()));
        assert_eq!((found.iter().count(), found.iter().len()), (queries.len(), queries.len()));
        assert!(found.iter().rev().eq(found.into_iter().collect::<Vec<_>>().into_iter().rev()));
        assert_eq!(found.iter().collect::<Vec<_>>().concat(), found.handles());
        let counts = index.count_overlapping_batch(queries);
        for (at, query) in queries.iter().enumerate() {
            let single = index.overlapping(query.clone()).with_handles().map(|(h, ..)| h);
            let hits = found.get(at).expect("an answer");
            assert!(single.eq(hits.iter().copied()), "{query:?}");
            assert_eq!((counts[at], &found[at]), (hits.len(), hits), "{query:?}");
        }
        assert_eq!(found.get(queries.len()), None);
        let mut visited = vec![Vec::new(); queries.len()];
        index.overlapping_batch_for_each(queries, |at, interval, value| {
            visited[at].push((interval.clone(), value));
        });
        for (visited, query) in visited.into_iter().zip(queries) {
            let single = index.overlapping(query.clone()).map(|(i, value)| (i.clone(), value));
            assert!(single.eq(visited), "{query:?}");
        }

        let found = index.stab_batch(points);
        assert_eq!(found.iter().count(), points.len());
        for (hits, at) in found.iter().zip(points) {
            let single = index.stab(at.clone()).with_handles().map(|(h, ..)| h);
            assert!(single.eq(hits.iter().copied()), "{at:?}");
        }
        let mut visited = vec![Vec::new(); points.len()];
        index.stab_batch_for_each(points, |at, interval, value| {
            visited[at].push((interval.clone(), value));
        });
        for (visited, at) in visited.into_iter().zip(points) {
            let single = index.stab(at.clone()).map(|(i, value)| (i.clone(), value));
            assert!(single.eq(visited), "{at:?}");
        }
    }};
}

#[test]
fn prop_batch_is_a_loop_of_single_queries() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop(steps: Steps) {
        let (tree, queries) = tree_and_queries::<String>(&steps);
        batch_is_a_loop!(&tree, &queries, &points());
        let (tree, queries) = tree_and_queries::<u64>(&steps);
        let starts: Vec<u64> = tree.intervals().map(|interval| *interval.start()).collect();
        batch_is_a_loop!(&many(&tree), &queries, &points());
        batch_is_a_loop!(&many(&tree), &queries, &starts);
    }
    check(prop);
}

/// More queries than are answered together, some of which find nothing and some all of many leaves;
/// the tree of several levels.
#[test]
fn many_wide_and_empty_queries_are_a_loop_of_single_ones() {
    let entries = (0..9_000_u64).zip(0..).map(|(i, value)| {
        let start = i % 3_000;
        (Interval::new(start, start + i % 50), value)
    });
    let index: IntervalBTree<u64, u32> = entries.collect();
    let at = |i: u64| Bound::Included(i * 37 % 3_100);
    let queries: Vec<Query<u64>> = (0..400)
        .map(|i| match i % 5 {
            0 => (at(i), at(i)),
            1 => (Bound::Excluded(i), Bound::Excluded(i)),
            2 => (at(i), Bound::Included(i * 37 % 3_100 + 300)),
            3 if i % 3 == 0 => (Bound::Unbounded, Bound::Unbounded),
            _ => (Bound::Included(5_000 + i), Bound::Unbounded),
        })
        .collect();
    let points: Vec<u64> = (0..400).map(|i| i * 37 % 3_100).collect();
    batch_is_a_loop!(&index, &queries, &points);
    let empty = IntervalBTree::<u64, u32>::new();
    batch_is_a_loop!(&empty, &queries, &points);
    let tree: IntervalRbTree<u64, u32> = index.clone().into_iter().collect();
    batch_is_a_loop!(&tree, &queries, &points);
}

#[cfg(feature = "rayon")]
mod parallel {
    use super::*;
    use rayon::prelude::{
        FromParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelExtend,
        ParallelIterator,
    };

    /// Runs `prop` by one thread, by two, and by more than there are cores.
    fn by_threads(prop: impl Fn() + Sync) {
        for threads in [1, 2, 9] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool of threads").install(&prop);
        }
    }

    /// All of the index, and what each query finds, in order; the index built anew.
    macro_rules! agree {
        ($type:ident, $index:expr, $queries:expr, $points:expr) => {{
            let (index, queries, points) = ($index, $queries, $points);
            assert_eq!(index.par_overlapping_batch(queries), index.overlapping_batch(queries));
            assert_eq!(
                index.par_count_overlapping_batch(queries),
                index.count_overlapping_batch(queries)
            );
            assert_eq!(index.par_stab_batch(points), index.stab_batch(points));

            let all: Vec<_> = index.par_iter().collect();
            assert!(index.iter().eq(all), "par_iter");
            for query in queries {
                let found: Vec<_> = index.par_overlapping(query.clone()).collect();
                assert!(index.overlapping(query.clone()).eq(found), "{query:?}");
                let count = index.par_overlapping(query.clone()).count();
                assert_eq!(count, index.count_overlapping(query.clone()));
            }
            let entries: Vec<_> = index.clone().into_par_iter().collect();
            assert!(index.clone().into_iter().eq(entries.iter().cloned()), "into_par_iter");

            let mut rotated = entries;
            rotated.rotate_left(index.len() / 3);
            let built = $type::from_par_iter(rotated.clone());
            built.check().expect("a legal index");
            assert_eq!(built, rotated.iter().cloned().collect());
            let (mut parallel, mut serial) = (index.clone(), index.clone());
            parallel.par_extend(rotated.clone());
            serial.extend(rotated);
            parallel.check().expect("a legal index");
            assert_eq!(parallel, serial);
        }};
    }

    #[test]
    fn prop_parallel_calls_agree_with_the_serial_ones() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
        fn prop(steps: Steps) {
            let (tree, queries) = tree_and_queries::<String>(&steps);
            agree!(IntervalRbTree, &tree, &queries, &points());
            let (tree, queries) = tree_and_queries::<u64>(&steps);
            agree!(IntervalRbTree, &tree, &queries, &points());
            agree!(IntervalBTree, &many(&tree), &queries, &points());
        }
        check(prop);
    }

    #[test]
    fn batches_longer_than_a_chunk() {
        let tree: IntervalRbTree<u32> =
            (0..3_000).map(|i| (Interval::new(i, i + i % 50), ())).collect();
        let wide = IntervalBTree::from(tree.clone());
        let points: Vec<_> = (0..2_000).map(|i| i * 7 % 3_100).collect();
        let queries: Vec<_> = points.iter().map(|at| *at..at + 20).collect();
        by_threads(|| {
            agree!(IntervalRbTree, &tree, &queries, &points);
            agree!(IntervalBTree, &wide, &queries, &points);
        });
        batch_is_a_loop!(&wide, &queries, &points);
    }

    #[test]
    fn a_panic_in_a_task_comes_out_once_and_leaves_the_tree() {
        let tree: IntervalRbTree<u32> = (0..1_000).map(|i| (Interval::point(i), ())).collect();
        by_threads(|| {
            let result = std::panic::catch_unwind(|| {
                tree.par_overlapping(..).for_each(|(interval, ())| {
                    assert!(*interval.start() != 500, "the task's own panic");
                });
            });
            assert!(result.is_err());
            assert_eq!(tree.par_iter().count(), 1_000);
        });
        tree.check().expect("a legal tree");
    }
}

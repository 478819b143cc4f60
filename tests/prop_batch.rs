//! Many queries at once give what one after the other gives; the parallel twins give it, too.

mod common;

use std::ops::Bound;

use common::generate::Steps;
use common::ops::{End, Point, Step, World};
use quickcheck::{Gen, QuickCheck};

type Query<T> = (Bound<T>, Bound<T>);

/// A tree made by the steps, and the queries that come with them.
fn tree_and_queries<T: End>(steps: &Steps) -> (World<T>, Vec<Query<T>>) {
    let mut world = World::new();
    for Step(op, ..) in &steps.0 {
        world.apply(op);
    }
    let queries = steps.0.iter().map(|Step(_, a, b)| (a.map(T::end), b.map(T::end)));
    (world, queries.collect())
}

fn check(prop: fn(Steps)) {
    QuickCheck::new().rng(Gen::new(96)).tests(if cfg!(miri) { 3 } else { 200 }).quickcheck(prop);
}

#[test]
fn prop_batch_is_a_loop_of_single_queries() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop(steps: Steps) {
        let (World { tree, .. }, queries) = tree_and_queries::<String>(&steps);
        let found = tree.overlapping_batch(&queries);
        assert_eq!(found.offsets.len(), queries.len() + 1);
        assert_eq!(found.offsets.last(), Some(&found.hits.len()));
        assert_eq!(found.iter().count(), queries.len());
        let counts = tree.count_batch(&queries);
        for (at, query) in queries.iter().enumerate() {
            let single = tree.overlapping(query.clone()).with_handles().map(|(h, ..)| h);
            let hits = found.get(at).expect("an answer");
            assert!(single.eq(hits.iter().copied()), "{query:?}");
            assert_eq!(counts[at], hits.len(), "{query:?}");
        }
        assert_eq!(found.get(queries.len()), None);

        let points: Vec<_> = [Point::Min, Point::At(7), Point::Max].map(String::end).into();
        let found = tree.stab_batch(&points);
        for (hits, at) in found.iter().zip(&points) {
            let single = tree.stab(at.clone()).with_handles().map(|(h, ..)| h);
            assert!(single.eq(hits.iter().copied()), "{at:?}");
        }
    }
    check(prop);
}

#[cfg(feature = "rayon")]
mod parallel {
    use rayon::prelude::{
        FromParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelExtend,
        ParallelIterator,
    };
    use stabtree::{Interval, IntervalBTree, IntervalTree};

    use super::{End, Point, Steps, World, check, tree_and_queries};

    /// Runs `prop` by one thread, by two, and by more than there are cores.
    fn by_threads(prop: impl Fn() + Sync) {
        for threads in [1, 2, 9] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool of threads").install(&prop);
        }
    }

    /// All of the tree, and what a query finds, in order.
    fn same_entries<T: End + Send + Sync>(steps: &Steps) {
        let (World { tree, .. }, queries) = tree_and_queries::<T>(steps);
        let all: Vec<_> = tree.par_iter().collect();
        assert!(tree.iter().eq(all), "par_iter");
        for query in queries {
            let found: Vec<_> = tree.par_overlapping(query.clone()).collect();
            assert!(tree.overlapping(query.clone()).eq(found), "{query:?}");
            let count = tree.par_overlapping(query.clone()).count();
            assert_eq!(count, tree.count_overlapping(query));
        }
        let entries: Vec<_> = tree.clone().into_par_iter().collect();
        assert!(entries.iter().map(|(i, v)| (i, v)).eq(&tree), "into_par_iter");

        let mut rotated = entries;
        rotated.rotate_left(tree.len() / 3);
        let built = IntervalTree::from_par_iter(rotated.clone());
        built.check().expect("a legal tree");
        assert_eq!(built, rotated.iter().cloned().collect());
        let (mut parallel, mut serial) = (tree.clone(), tree.clone());
        parallel.par_extend(rotated.clone());
        serial.extend(rotated);
        parallel.check().expect("a legal tree");
        assert_eq!(parallel, serial);
    }

    #[test]
    fn prop_parallel_twins_are_the_serial_ones() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
        fn prop(steps: Steps) {
            let (World { tree, .. }, queries) = tree_and_queries::<u64>(&steps);
            assert_eq!(tree.par_overlapping_batch(&queries), tree.overlapping_batch(&queries));
            assert_eq!(tree.par_count_batch(&queries), tree.count_batch(&queries));
            let points = [Point::Min, Point::At(7), Point::Max].map(u64::end);
            assert_eq!(tree.par_stab_batch(&points), tree.stab_batch(&points));
            same_entries::<u64>(&steps);
            same_entries::<String>(&steps);
        }
        check(prop);
    }

    #[test]
    fn batches_longer_than_a_chunk() {
        let tree: IntervalTree<u32> =
            (0..3_000).map(|i| (Interval::new(i, i + i % 50), ())).collect();
        let wide = IntervalBTree::from(tree.clone());
        let points: Vec<_> = (0..2_000).map(|i| i * 7 % 3_100).collect();
        let queries: Vec<_> = points.iter().map(|at| *at..at + 20).collect();
        by_threads(|| {
            assert_eq!(tree.par_stab_batch(&points), tree.stab_batch(&points));
            assert_eq!(tree.par_overlapping_batch(&queries), tree.overlapping_batch(&queries));
            assert_eq!(tree.par_count_batch(&queries), tree.count_batch(&queries));
            assert_eq!(wide.par_stab_batch(&points), wide.stab_batch(&points));
            assert_eq!(wide.par_overlapping_batch(&queries), wide.overlapping_batch(&queries));
            assert_eq!(wide.par_count_batch(&queries), wide.count_batch(&queries));
            for query in &queries[..100] {
                let found: Vec<_> = tree.par_overlapping(query.clone()).collect();
                assert!(tree.overlapping(query.clone()).eq(found), "{query:?}");
            }
        });
        for (hits, query) in wide.overlapping_batch(&queries).iter().zip(&queries) {
            let single = wide.overlapping(query.clone()).with_handles().map(|(h, ..)| h);
            assert!(single.eq(hits.iter().copied()), "{query:?}");
        }
    }

    #[test]
    fn a_panic_in_a_task_comes_out_once_and_leaves_the_tree() {
        let tree: IntervalTree<u32> = (0..1_000).map(|i| (Interval::point(i), ())).collect();
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

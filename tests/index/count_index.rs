//! Counts by sorted ends against counts one by one.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use quickcheck::quickcheck;
use stabtree::{CountIndex, Interval, IntervalBTree, IntervalRbTree};

fn interval((a, b): (u8, u8)) -> Interval<u8> {
    Interval::new(a.min(b), a.max(b))
}

fn bound(kind: u8, end: u8) -> Bound<u8> {
    match kind % 3 {
        0 => Included(end),
        1 => Excluded(end),
        _ => Unbounded,
    }
}

quickcheck! {
    fn counts_are_those_of_a_walk(ends: Vec<(u8, u8)>, queries: Vec<((u8, u8), (u8, u8))>) -> bool {
        let wide: IntervalBTree<u8> = ends.iter().map(|ends| (interval(*ends), ())).collect();
        let tree: IntervalRbTree<u8> = ends.iter().map(|ends| (interval(*ends), ())).collect();
        let own: CountIndex<u8> = ends.iter().map(|ends| interval(*ends)).collect();
        let queries: Vec<_> =
            queries.into_iter().map(|((k, a), (l, b))| (bound(k, a), bound(l, b))).collect();
        assert_eq!((own.len(), own.is_empty()), (ends.len(), ends.is_empty()));
        assert_eq!([&wide.count_index(), &tree.count_index()], [&own, &own]);
        queries.iter().all(|query| {
            let expected = wide.overlapping(*query).fold(0, |count, _| count + 1);
            [own.count(*query), wide.count_overlapping(*query)] == [expected, expected]
                && own.any(*query) == (expected > 0)
        }) && wide.count_overlapping_batch(&queries) == tree.count_overlapping_batch(&queries)
    }
}

/// Long intervals, so that a batch of counts by walks would touch most nodes again and again.
#[test]
fn a_batch_that_changes_to_ranks_gives_the_same_counts() {
    let entries = || (0..5_000u32).map(|i| (Interval::new(i, 10_000 + i * 7 % 5_000), ()));
    let tree: IntervalBTree<u32> = entries().collect();
    let queries: Vec<_> = (0..2_000u32).map(|i| i * 8..=i * 8 + i % 5).collect();
    let expected: Vec<_> =
        queries.iter().map(|query| tree.count_overlapping(query.clone())).collect();
    assert_eq!(tree.count_overlapping_batch(&queries), expected);
}

//! Many queries at once give what one after the other gives, and so do the parallel forms, on either
//! index.
#![no_main]

use std::ops::Bound;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree::{IntervalBTree, IntervalRbTree};
use stabtree_fuzz::ends::{End, Point};
use stabtree_fuzz::ops::Op;
use stabtree_fuzz::world::World;

#[derive(Arbitrary, Debug)]
struct Input {
    changes: Vec<Op>,
    queries: Vec<(Bound<Point>, Bound<Point>)>,
    points: Vec<Point>,
    /// How often all queries are repeated: the parallel ones are cut into chunks of 256.
    times: u8,
}

macro_rules! batches_agree {
    ($index:expr, $queries:expr, $points:expr) => {
        let (index, queries, points) = ($index, $queries, $points);
        let serial: Vec<Vec<_>> = queries
            .iter()
            .map(|query| index.overlapping(*query).with_handles().map(|(h, ..)| h).collect())
            .collect();
        let batch = index.overlapping_batch(queries);
        assert!(batch.iter().eq(&serial), "{batch:?} is not {serial:?}");
        assert_eq!(batch.get(queries.len()), None);
        assert!(index.count_overlapping_batch(queries).into_iter().eq(serial.iter().map(Vec::len)));
        let stabs: Vec<Vec<_>> = points
            .iter()
            .map(|at| index.stab(*at).with_handles().map(|(h, ..)| h).collect())
            .collect();
        assert!(index.stab_batch(points).iter().eq(&stabs));

        assert_eq!(index.par_overlapping_batch(queries), batch);
        assert_eq!(
            index.par_count_overlapping_batch(queries),
            index.count_overlapping_batch(queries)
        );
        assert_eq!(index.par_stab_batch(points), index.stab_batch(points));
    };
}

fuzz_target!(|input: Input| {
    let times = usize::from(input.times % 32) + 1;
    let queries = input.queries.iter().map(|(a, b)| (a.map(u64::end), b.map(u64::end)));
    let queries: Vec<_> = std::iter::repeat_n(queries, times).flatten().collect();
    let points = input.points.iter().copied().map(u64::end);
    let points: Vec<_> = std::iter::repeat_n(points, times).flatten().collect();
    let tree = World::<IntervalRbTree<u64, u32>, u64>::changed(&input.changes).index;
    batches_agree!(&tree, &queries, &points);
    let wide = World::<IntervalBTree<u64, u32>, u64>::changed(&input.changes).index;
    batches_agree!(&wide, &queries, &points);
});

//! However an index is built, it holds what inserting one entry after the other gives, in that order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayon::prelude::{FromParallelIterator, ParallelExtend};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};
use stabtree_fuzz::ends::{Point, interval};

macro_rules! builds_agree {
    ($index:ident, $entries:expr, $split:expr) => {
        let (entries, split): (&[(Interval<u64>, u32)], usize) = ($entries, $split);
        let (front, rear) = entries.split_at(split);
        let mut inserted = $index::new();
        for (interval, value) in entries.iter().copied() {
            inserted.insert(interval, value);
        }
        let agrees = |built: &$index<_, _>, how: &str| {
            let summary = built.check().unwrap_or_else(|violation| panic!("{how}: {violation}"));
            assert_eq!(summary.len, entries.len(), "{how}");
            assert!(built.iter().eq(&inserted), "{how}: {built:?} is not {inserted:?}");
            assert_eq!(built.hull(), inserted.hull(), "{how}");
        };
        agrees(&entries.iter().copied().collect(), "collect");
        agrees(&$index::from_par_iter(entries.to_vec()), "from_par_iter");
        let mut extended: $index<_, _> = front.iter().copied().collect();
        extended.extend(rear.iter().copied());
        agrees(&extended, "extend");
        let mut extended: $index<_, _> = front.iter().copied().collect();
        extended.par_extend(rear.to_vec());
        agrees(&extended, "par_extend");
        let mut appended: $index<_, _> = front.iter().copied().collect();
        let mut other = rear.iter().copied().collect();
        appended.append(&mut other);
        assert!(other.is_empty());
        agrees(&appended, "append");

        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|(interval, _)| *interval.start());
        agrees(&$index::try_from_sorted(sorted).expect("sorted"), "try_from_sorted");
        match $index::try_from_sorted(entries.iter().copied()) {
            Ok(built) => agrees(&built, "try_from_sorted of what happens to be sorted"),
            Err(error) => {
                let at = error.position();
                assert!(entries[..at].is_sorted_by_key(|(interval, _)| *interval.start()));
                assert!(entries[at].0.start() < entries[at - 1].0.start());
                let (entry, sorted) = error.into_parts();
                assert_eq!(entry, entries[at]);
                sorted.check().expect("all invariants hold");
                assert!(sorted.into_iter().eq(entries[..at].iter().copied()));
            }
        }
    };
}

fuzz_target!(|input: (Vec<(Point, Point)>, u16, u8)| {
    let (pairs, split, times) = input;
    // Repeated, they fill several nodes.
    let pairs = std::iter::repeat_n(&pairs, usize::from(times % 24) + 1).flatten();
    let entries: Vec<_> = pairs.map(|(a, b)| interval(*a, *b)).zip(0..).collect();
    let split = usize::from(split) % (entries.len() + 1);
    builds_agree!(IntervalRbTree, &entries, split);
    builds_agree!(IntervalBTree, &entries, split);
});

//! `IntervalBTree` and `IntervalRbTree` answer alike where there is no model.

use crate::common::bounds::bound;
use quickcheck::{QuickCheck, quickcheck};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

#[test]
fn a_sorted_build_gives_back_what_is_not() {
    let error = IntervalBTree::try_from_sorted([3, 7, 5].map(|at| (Interval::point(at), ())));
    let error = error.expect_err("not sorted");
    assert_eq!((error.position(), error.interval()), (2, &Interval::point(5)));
    assert_eq!(error.sorted().check().expect("all invariants hold").len, 2);
}

type Entries = Vec<(u8, u8)>;

fn intervals(entries: &Entries) -> impl Iterator<Item = (Interval<u8>, usize)> {
    entries.iter().enumerate().map(|(i, &(a, b))| (Interval::new(a.min(b), a.max(b)), i))
}

/// Both indexes of the entries, each so many times that nodes fill.
fn both(entries: &Entries, times: usize) -> (IntervalBTree<u8, usize>, IntervalRbTree<u8, usize>) {
    let entries = entries.repeat(times);
    (intervals(&entries).collect(), intervals(&entries).collect())
}

quickcheck! {
    fn spans_gaps_runs_and_depth_agree(entries: Entries, a: u8, b: u8) -> bool {
        // Points leave holes, the whole entries leave none.
        let points: Entries = entries.iter().map(|&(at, _)| (at, at)).collect();
        [points, entries].iter().all(|entries| {
            let (wide, tree) = both(entries, 7);
            let mut ahead = (wide.spans(a..), tree.spans(a..));
            ahead.0.advance_to(b);
            ahead.1.advance_to(b);
            wide.spans(a..=b).eq(tree.spans(a..=b))
                && wide.gaps(a..b).eq(tree.gaps(a..b))
                && wide.merged(..b).eq(tree.merged(..b))
                && wide.depth(a..).eq(tree.depth(a..))
                && ahead.0.eq(ahead.1)
        })
    }

}

#[test]
fn joins_agree() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop(left: Entries, right: Entries) -> bool {
        let (wide, tree) = (both(&left, 3), both(&right, 3));
        let mut found: Vec<_> = wide.0.join(&tree.0).map(|((_, l), (_, r))| (*l, *r)).collect();
        let mut expected: Vec<_> = wide.1.join(&tree.1).map(|((_, l), (_, r))| (*l, *r)).collect();
        found.sort_unstable();
        expected.sort_unstable();
        found == expected
    }
    let mut quickcheck = QuickCheck::new().tests(bound(15, 100, 100));
    quickcheck.quickcheck(prop as fn(Entries, Entries) -> bool);
}

/// From each pair on, the handles are those of the pairs that were still to come.
#[test]
fn pairs_of_an_index_with_handles() {
    macro_rules! check {
        ($pairs:expr) => {
            let pairs = || $pairs;
            let (all, named) = (pairs().count(), pairs().with_handles());
            let mut named: Vec<_> = named.map(|((l, ..), (r, ..))| (l, r)).collect();
            named.sort_unstable();
            named.dedup();
            assert!(all > 100 && named.len() == all, "each pair once");
            for taken in 0..=all {
                let mut plain = pairs();
                let mut named = plain.clone().with_handles();
                assert_eq!(plain.by_ref().take(taken).count(), named.by_ref().take(taken).count());
                let rest = plain.clone().with_handles();
                assert!(rest.clone().eq(named));
                assert!(rest.map(|((_, a, v), (_, b, w))| ((a, v), (b, w))).eq(plain));
            }
        };
    }
    let entries: Entries = (0..70).map(|i| (i * 3 % 50, i * 3 % 50 + i % 6)).collect();
    let (wide, tree) = both(&entries, 1);
    check!(wide.overlapping_pairs());
    check!(tree.overlapping_pairs());
    assert!(
        wide.overlapping_pairs()
            .map(|((_, v), (_, w))| (v, w))
            .eq(tree.overlapping_pairs().map(|((_, v), (_, w))| (v, w)))
    );
    let few: IntervalBTree<u8, usize> = intervals(&vec![(1, 3), (3, 4)]).collect();
    assert_eq!(format!("{:?}", few.overlapping_pairs()), "[(([1, 3], 0), ([3, 4], 1))]");
}

/// Three levels of nodes, with ties of starts and of lasts, and a long interval now and then.
#[test]
fn the_nearest_in_a_high_tree_agree() {
    let entries = || {
        (0..3_000u32).map(|i| {
            let start = i * 7_919 % 3_000 / 3 * 4;
            let length = if i.is_multiple_of(500) { 900 } else { i % 3 };
            (Interval::new(start, start + length), i)
        })
    };
    let (mut wide, mut tree) = (IntervalBTree::new(), IntervalRbTree::new());
    wide.extend(entries());
    tree.extend(entries());
    let own = |(interval, value): (&Interval<u32>, &u32)| (*interval, *value);
    for at in 0..5_000 {
        let (before, after) = tree.nearest(at);
        let (wide_before, wide_after) = wide.nearest(at);
        assert_eq!(wide_before.map(|(i, value)| (i, *value)), before.map(own), "before {at}");
        assert_eq!(wide_after.map(|(i, value)| (i, *value)), after.map(own), "after {at}");
        assert!(before.is_some() || after.is_some());
    }
}

/// Ends of several fields are searched for one by one, numbers all at once.
#[test]
fn ends_of_several_fields_are_found_as_numbers_are() {
    type Fields = (u8, u8, u8);
    const fn fields(at: u32) -> Fields {
        let [_, a, b, c] = at.to_be_bytes();
        (a, b, c)
    }
    let wide = |interval: Interval<u32>| interval.map(fields).expect("in the same order");
    let mut numbers = IntervalBTree::new();
    let mut several = IntervalBTree::new();
    let mut handles = Vec::new();
    let mut random = 7_u32;
    let mut next = |below: u32| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) % below
    };
    for step in 0..bound(2_000, 6_000, 6_000) {
        let start = next(700) * 111;
        let interval = Interval::new(start, start + next(if step % 9 == 0 { 70_000 } else { 300 }));
        handles.push(numbers.insert(interval, step));
        assert_eq!(several.insert(wide(interval), step), handles[handles.len() - 1]);
        if step % 3 == 0 {
            let handle =
                handles.swap_remove(next(u32::try_from(handles.len()).expect("few")) as usize);
            let removed = numbers.remove(handle).map(|(interval, value)| (wide(interval), value));
            assert_eq!(several.remove(handle), removed);
        }
        let (from, to) = (next(80_000), next(80_000));
        let (lower, upper) = (fields(from), fields(to));
        assert!(several.stab(lower).map(|hit| hit.1).eq(numbers.stab(from).map(|hit| hit.1)));
        let first = numbers.range(from..).next().map(|(interval, value)| (wide(interval), value));
        assert_eq!(several.range(lower..).next(), first);
        let found: Vec<_> = several.overlapping(lower..upper).map(|hit| *hit.1).collect();
        assert!(numbers.overlapping(from..to).map(|hit| hit.1).eq(&found), "{lower:?}..{upper:?}");
        assert!(several.overlapping(lower..upper).rev().map(|hit| hit.1).eq(found.iter().rev()));
        assert_eq!(several.count_overlapping(lower..upper), found.len());
    }
    assert_eq!(several.check().expect("all invariants hold").len, handles.len());
    assert!(several.iter().map(|(i, v)| (i, *v)).eq(numbers.iter().map(|(i, v)| (wide(i), *v))));
}

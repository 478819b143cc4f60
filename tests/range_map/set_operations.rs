//! Set operations against a bitmap of points, for all that covers points.

use crate::bounds::bound;
use core::ops::Bound;
use quickcheck::{Arbitrary, Gen, quickcheck};
use stabtree::{Cut, Interval, IntervalBTree, IntervalRbTree, RangeMap, RangeSet};

type Points = [bool; 256];
type Pair = (u8, u8);

/// What a truth table makes of two bitmaps, as maximal runs.
fn runs(a: &Points, b: &Points, is_in: fn(bool, bool) -> bool) -> Vec<Interval<u8>> {
    let mut runs: Vec<Interval<u8>> = Vec::new();
    for at in (0..=255).filter(|at| is_in(a[usize::from(*at)], b[usize::from(*at)])) {
        match runs.last_mut() {
            Some(run) if u16::from(*run.last()) + 1 == u16::from(at) => {
                *run = Interval::new(*run.start(), at);
            }
            _ => runs.push(Interval::point(at)),
        }
    }
    runs
}

/// All that a stream yields, which ends for good and is never longer than it says.
fn all(mut stream: impl Iterator<Item = Interval<u8>>) -> Vec<Interval<u8>> {
    let mut found = Vec::new();
    loop {
        let (least, most) = stream.size_hint();
        let before = found.len();
        let Some(run) = stream.next() else {
            assert_eq!((least, stream.next(), stream.next()), (0, None, None));
            return found;
        };
        assert!(most != Some(0), "{run:?} after {before} of {most:?}");
        found.push(run);
    }
}

/// Compares the four operations, given as streams.
macro_rules! assert_operations {
    ($a:expr, $b:expr, $points_a:expr, $points_b:expr) => {{
        let (a, b, points) = ($a, $b, ($points_a, $points_b));
        let expected = |is_in| runs(points.0, points.1, is_in);
        assert_eq!(all(a.union(b)), expected(|a, b| a || b));
        assert_eq!(all(a.intersection(b)), expected(|a, b| a && b));
        assert_eq!(all(a.difference(b)), expected(|a, b| a && !b));
        assert_eq!(all(a.symmetric_difference(b)), expected(|a, b| a != b));
        assert_eq!(all(a.complement(..)), expected_complement(points.0));
    }};
}

fn expected_complement(points: &Points) -> Vec<Interval<u8>> {
    runs(points, points, |a, _| !a)
}

fn bitmap(intervals: &[Interval<u8>]) -> Points {
    let mut points = [false; 256];
    for interval in intervals {
        (*interval.start()..=*interval.last()).for_each(|at| points[usize::from(at)] = true);
    }
    points
}

/// Every two sets of points at both ends of the domain.
#[test]
fn every_two_small_sets() {
    const AT: [u8; 7] = [0, 1, 2, 3, 253, 254, 255];
    let sets: Vec<(RangeSet<u8>, Points)> = (0..1 << AT.len())
        .map(|bits: usize| {
            let held = AT.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
            let intervals: Vec<_> = held.map(|(_, at)| Interval::point(*at)).collect();
            (intervals.iter().copied().collect(), bitmap(&intervals))
        })
        .collect();
    for (a, points_a) in &sets {
        a.check().expect("all invariants hold");
        let complement: Vec<_> = (!a).iter().collect();
        assert_eq!(complement, expected_complement(points_a));
        for (b, points_b) in sets.iter().step_by(bound(7, 1, 1)) {
            assert_operations!(a, b, points_a, points_b);
            let expected = |is_in| runs(points_a, points_b, is_in);
            for (set, runs) in [
                (a | b, expected(|a, b| a || b)),
                (a & b, expected(|a, b| a && b)),
                (a - b, expected(|a, b| a && !b)),
                (a ^ b, expected(|a, b| a != b)),
            ] {
                set.check().expect("all invariants hold");
                assert!(set.iter().eq(runs));
            }
        }
    }
}

fn intervals(pairs: &[Pair]) -> Vec<Interval<u8>> {
    pairs.iter().map(|(a, b)| Interval::new(*a.min(b), *a.max(b))).collect()
}

type Everything =
    (RangeSet<u8>, RangeMap<u8, usize>, IntervalBTree<u8, usize>, IntervalRbTree<u8, usize>);

/// The same intervals in all that covers points.
fn everything(pairs: &[Pair]) -> Everything {
    let entries = || intervals(pairs).into_iter().zip(0..);
    let set = intervals(pairs).into_iter().collect();
    (set, entries().collect(), entries().collect(), entries().collect())
}

quickcheck! {
    fn indexes_maps_and_sets_with_each_other(a: Vec<Pair>, b: Vec<Pair>) -> bool {
        let (points_a, points_b) = (&bitmap(&intervals(&a)), &bitmap(&intervals(&b)));
        let (a, b) = (everything(&a), everything(&b));
        assert_operations!(&a.0, &b.1, points_a, points_b);
        assert_operations!(&a.0, &b.2, points_a, points_b);
        assert_operations!(&a.1, &b.1, points_a, points_b);
        assert_operations!(&a.1, &b.3, points_a, points_b);
        assert_operations!(&a.2, &b.0, points_a, points_b);
        assert_operations!(&a.2, &b.2, points_a, points_b);
        assert_operations!(&a.3, &b.3, points_a, points_b);
        assert_operations!(&a.3, &b.2, points_a, points_b);
        true
    }

    fn short_and_many(a: Vec<(u8, u8)>, b: Vec<(u8, u8)>) -> bool {
        let short = |pairs: Vec<Pair>| -> Vec<Pair> {
            pairs.into_iter().map(|(at, len)| (at, at.saturating_add(len % 4))).collect()
        };
        let (a, b) = (short(a), short(b));
        let (points_a, points_b) = (&bitmap(&intervals(&a)), &bitmap(&intervals(&b)));
        let (a, b) = (everything(&a), everything(&b));
        assert_operations!(&a.2, &b.3, points_a, points_b);
        assert_operations!(&a.1, &b.0, points_a, points_b);
        true
    }

    /// A set collected at once is the set of what was inserted one by one.
    fn collected_as_inserted(ranges: Vec<(Ends, Ends)>, sorted: bool) -> bool {
        let mut ranges: Vec<_> =
            ranges.iter().map(|(a, b)| (a.0.map(Cut::at), b.0.map(Cut::at))).collect();
        if sorted {
            let start = |range: &(Bound<Cut<u8>>, Bound<Cut<u8>>)| match range.0 {
                Bound::Included(at) | Bound::Excluded(at) => Some(at),
                Bound::Unbounded => None,
            };
            ranges.sort_by_key(start);
        }
        let collected: RangeSet<_> = ranges.iter().copied().collect();
        let mut inserted = RangeSet::new();
        for range in &ranges {
            inserted.insert(*range);
        }
        collected.check().expect("all invariants hold");
        assert_eq!(collected, inserted);
        true
    }

    /// Half-open, open and closed ranges of values between which there may be others: the ends are
    /// even, and odd values stand for what lies between.
    fn cuts(a: Vec<(Ends, Ends)>, b: Vec<(Ends, Ends)>) -> bool {
        let set = |ranges: Vec<(Ends, Ends)>| -> RangeSet<Cut<u8>> {
            let ranges = ranges.iter().map(|(start, end)| (start.0, end.0));
            ranges.filter_map(|range| Cut::range(range).ok()).collect()
        };
        let (a, b) = (set(a), set(b));
        let same = |stream: &[Interval<Cut<u8>>], is_in: fn(bool, bool) -> bool| {
            assert!(stream.windows(2).all(|pair| pair[0].last() < pair[1].start()));
            assert!(!stream.windows(2).any(|pair| pair[0].touches(&pair[1])), "{stream:?}");
            for value in 0..=64 {
                let at = Cut::at(value);
                let found = stream.iter().any(|run| run.contains(&at));
                assert_eq!(found, is_in(a.contains(at), b.contains(at)), "{value} of {a:?}, {b:?}");
            }
        };
        same(&a.union(&b).collect::<Vec<_>>(), |a, b| a || b);
        same(&a.intersection(&b).collect::<Vec<_>>(), |a, b| a && b);
        same(&a.difference(&b).collect::<Vec<_>>(), |a, b| a && !b);
        same(&a.symmetric_difference(&b).collect::<Vec<_>>(), |a, b| a != b);
        true
    }
}

/// An end of a range, at an even value up to 62.
#[derive(Clone, Copy, Debug)]
struct Ends(Bound<u8>);

impl Arbitrary for Ends {
    fn arbitrary(g: &mut Gen) -> Self {
        let at = u8::arbitrary(g) % 32 * 2;
        Self(match u8::arbitrary(g) % 8 {
            0 => Bound::Unbounded,
            1..4 => Bound::Excluded(at),
            _ => Bound::Included(at),
        })
    }
}

/// An empty feature has no value: what it is taken from has all of its values still.
#[test]
fn an_empty_feature_takes_no_value() {
    let whole = RangeSet::from([Cut::range(0..10).expect("not empty")]);
    let feature = RangeSet::from([Interval::point(Cut::before(5))]);
    let left: Vec<_> = whole.difference(&feature).collect();
    assert_eq!(left, [Cut::range(0..5).expect("not empty"), Cut::range(5..10).expect("not empty")]);
    assert_eq!(&whole - &feature, whole);
    assert_eq!(&whole ^ &feature, whole);
    assert_eq!(&whole & &feature, feature);
    assert_eq!(&whole | &feature, whole);
}

#[test]
fn ends_that_are_not_copied() {
    let range = |a: &str, b: &str| Interval::new(Cut::at(a.to_owned()), Cut::before(b.to_owned()));
    let a = IntervalRbTree::from([(range("a", "f"), 1), (range("c", "k"), 2)]);
    let b = IntervalRbTree::from([(range("e", "z"), ())]);
    assert!(a.difference(&b).eq([range("a", "e")]));
    assert!(a.intersection(&b).eq([range("e", "k")]));
    assert!(a.union(&b).eq([range("a", "z")]));
    assert!(a.symmetric_difference(&b).eq([range("a", "e"), range("k", "z")]));
}

/// Streams are lazy, can be cloned on the way, and show what is left.
#[test]
fn streams_are_ordinary_iterators() {
    let a = RangeSet::from([0..5, 8..10]);
    let b = RangeMap::from([(3..9, 'x')]);
    let mut union = a.symmetric_difference(&b);
    assert_eq!(union.next(), Some(Interval::new(0, 2)));
    assert_eq!(format!("{union:?}"), "[[5, 7], [9, 9]]");
    assert!(union.clone().eq([Interval::new(5, 7), Interval::point(9)]));
    assert_eq!(
        format!("{:?} {:?} {:?}", a.union(&b), a.intersection(&b), a.difference(&b)),
        "[[0, 9]] [[3, 4], [8, 8]] [[0, 2], [9, 9]]"
    );
}

//! Properties of intervals, of stepping through values, and of what their types promise.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::{Bound, RangeBounds, RangeInclusive};

use quickcheck::QuickCheck;
use stabtree::rb::{Summary, Violation};
use stabtree::{CapacityError, InsertAfterError};
use stabtree::{Discrete, EmptyRangeError, Handle, Interval, IntervalRbTree, InvalidIntervalError};

/// All intervals with both ends among `ends`, which must ascend.
fn intervals_of(ends: &[u8]) -> Vec<Interval<u8>> {
    let mut all = Vec::new();
    for (at, &start) in ends.iter().enumerate() {
        all.extend(ends[at..].iter().map(|&last| Interval::new(start, last)));
    }
    all
}

/// The values of an interval as bits.
fn bits(interval: Interval<u8>) -> [u128; 2] {
    let up_to = |last: u8| if last == 127 { u128::MAX } else { (1 << (last + 1)) - 1 };
    let half = |low: u8, high: u8| {
        let (start, last) = ((*interval.start()).max(low), (*interval.last()).min(high));
        if start > last { 0 } else { up_to(last - low) & !(up_to(start - low) >> 1) }
    };
    [half(0, 127), half(128, 255)]
}

#[test]
fn bits_of_an_interval_are_its_values() {
    for ends in [(0, 0), (0, 255), (127, 127), (127, 128), (128, 128), (255, 255), (3, 200)] {
        let interval = Interval::new(ends.0, ends.1);
        let bits = bits(interval);
        for at in 0..=255 {
            let bit = bits[usize::from(at / 128)] >> (at % 128) & 1;
            assert_eq!(interval.contains(&at), bit == 1, "{at} in {interval}");
        }
    }
}

/// Every property of two intervals, with sets of values as the truth.
fn laws_of_a_pair(a: Interval<u8>, b: Interval<u8>) {
    let (set_a, set_b) = (bits(a), bits(b));
    let common = [set_a[0] & set_b[0], set_a[1] & set_b[1]];
    let overlap = common != [0, 0];
    assert_eq!(a.overlaps(&b), overlap, "{a} {b}");
    assert_eq!(b.overlaps(&a), overlap, "{a} {b}");
    assert_eq!(a.intersection(&b).map_or([0, 0], bits), common, "{a} {b}");
    assert_eq!(a.covers(&b), common == set_b, "{a} {b}");
    let hull = a.hull(&b);
    assert_eq!(hull, b.hull(&a), "{a} {b}");
    assert!(hull.covers(&a) && hull.covers(&b), "{a} {b}");
    assert!([a.start(), b.start()].contains(&hull.start()), "{a} {b}");
    assert!([a.last(), b.last()].contains(&hull.last()), "{a} {b}");
    assert_eq!(a.cmp(&b), (a.start(), a.last()).cmp(&(b.start(), b.last())), "{a} {b}");
    let either = [set_a[0] | set_b[0], set_a[1] | set_b[1]];
    let union = (bits(hull) == either).then_some(hull);
    assert_eq!(a.union(&b), union, "{a} {b}");
    assert_eq!(a.touches(&b), !overlap && union.is_some(), "{a} {b}");
    let difference = a.difference(&b);
    let left = difference.map(|piece| piece.map_or([0, 0], bits));
    assert_eq!([left[0][0] | left[1][0], left[0][1] | left[1][1]], minus(set_a, common), "{a} {b}");
    assert!(difference[0].is_none_or(|before| before.last() < b.start()), "{a} {b}");
    assert!(difference[1].is_none_or(|after| after.start() > b.last()), "{a} {b}");
}

fn minus(a: [u128; 2], b: [u128; 2]) -> [u128; 2] {
    [a[0] & !b[0], a[1] & !b[1]]
}

#[test]
fn laws_of_all_pairs_of_short_intervals() {
    let all = intervals_of(&(0..24).collect::<Vec<_>>());
    for &a in &all {
        for &b in &all {
            laws_of_a_pair(a, b);
        }
    }
}

#[test]
fn laws_of_all_pairs_at_the_ends_and_the_middle() {
    let all = intervals_of(&[0, 1, 2, 3, 63, 64, 65, 126, 127, 128, 129, 252, 253, 254, 255]);
    for &a in &all {
        for &b in &all {
            laws_of_a_pair(a, b);
        }
    }
}

/// Checks the overlap of every `b` with every `a`, by the sets of values.
fn overlap_is_sharing_a_value(all_a: &[Interval<u8>], all_b: &[Interval<u8>]) {
    let sets: Vec<_> = all_b.iter().map(|&b| bits(b)).collect();
    for a in all_a {
        let set = bits(*a);
        let wrong = all_b
            .iter()
            .zip(&sets)
            .find(|(b, other)| a.overlaps(b) != (set[0] & other[0] != 0 || set[1] & other[1] != 0));
        assert_eq!(wrong, None, "{a}");
    }
}

/// Every u8 interval against every one with ends of interest.
#[test]
fn overlap_of_each_u8_interval() {
    let every = intervals_of(&(0..=255).collect::<Vec<_>>());
    assert_eq!(every.len(), 256 * 257 / 2);
    let ends = [0, 1, 2, 3, 7, 31, 63, 64, 65, 126, 127, 128, 129, 191, 192, 252, 253, 254, 255];
    overlap_is_sharing_a_value(&every, &intervals_of(&ends));
}

#[test]
#[cfg_attr(debug_assertions, ignore = "a thousand million pairs: run it optimised")]
fn overlap_of_all_pairs_of_u8_intervals() {
    let every = intervals_of(&(0..=255).collect::<Vec<_>>());
    overlap_is_sharing_a_value(&every, &every);
}

#[test]
fn parts_and_numbers_of_values() {
    let ends = [0, 1, 2, 7, 63, 64, 126, 127, 128, 129, 200, 253, 254, 255];
    for interval in intervals_of(&ends) {
        let set = bits(interval);
        let count = set[0].count_ones() + set[1].count_ones();
        assert_eq!(interval.len(), u128::from(count), "{interval}");
        assert_eq!(interval.is_point(), count == 1, "{interval}");
        for at in 0..=255 {
            let parts = interval.split_at(&at);
            let is_inside = *interval.start() < at && interval.contains(&at);
            assert_eq!(parts.is_some(), is_inside, "{interval} at {at}");
            if let Some((before, from)) = parts {
                assert_eq!((before.start(), from.last()), (interval.start(), interval.last()));
                assert_eq!((*before.last(), *from.start()), (at - 1, at));
            }
        }
    }
    assert_eq!(Interval::new(u128::MIN, u128::MAX).len(), u128::MAX, "one value more than that");
    assert_eq!(Interval::new(1, u128::MAX).len(), u128::MAX);
    assert_eq!(Interval::new(i64::MIN, i64::MAX).len(), 1 << 64);
}

#[test]
fn mapped_intervals_keep_the_order_or_are_refused() {
    let shifted = Interval::new(3_u8, 9).map(|at| u16::from(at) + 1000);
    assert_eq!(shifted, Ok(Interval::new(1003, 1009)));
    let mirrored = Interval::new(3_i8, 9).map(|at| -at).expect_err("in the wrong order");
    assert_eq!(mirrored.into_bounds(), (-3, -9));
    assert!(Interval::point(3).map(|at: i32| -at).is_ok_and(|point| point.is_point()));
}

#[test]
fn stabbing_a_point_is_overlapping_it() {
    for interval in intervals_of(&(0..=255).step_by(5).collect::<Vec<_>>()) {
        for at in 0..=255 {
            let expected = (*interval.start()..=*interval.last()).contains(&at);
            assert_eq!(interval.contains(&at), expected);
            assert_eq!(interval.overlaps(&Interval::point(at)), expected);
            assert_eq!(interval.covers(&Interval::point(at)), expected);
            assert_eq!(RangeBounds::contains(&interval, &at), expected);
        }
    }
}

#[test]
fn prop_intervals_of_strings_obey_the_laws() {
    fn prop(ends: (String, String), other: (String, String)) -> bool {
        let ordered = |(a, b): (String, String)| Interval::new(a.clone().min(b.clone()), a.max(b));
        let (x, y) = (ordered(ends), ordered(other));
        let shared = x.intersection(&y);
        let hull = x.hull(&y);
        x.overlaps(&y) == y.overlaps(&x)
            && x.overlaps(&y) == shared.is_some()
            && shared == y.intersection(&x)
            && shared.is_none_or(|shared| x.covers(&shared) && y.covers(&shared))
            && hull.covers(&x)
            && hull.covers(&y)
            && hull == y.hull(&x)
    }
    QuickCheck::new().quickcheck(prop as fn((String, String), (String, String)) -> bool);
}

#[test]
fn discrete_steps_stop_at_the_ends_of_every_integer() {
    fn steps<T: Discrete + Copy + Debug + From<u8>>(min: T, max: T) {
        assert_eq!((T::MIN.as_ref(), T::MAX.as_ref()), (Some(&min), Some(&max)));
        assert_eq!((min.pred(), max.succ()), (None, None));
        for value in [min, T::from(0), T::from(41), max.pred().expect("more than one")] {
            let next = value.succ().expect("one more");
            assert!(next > value);
            assert_eq!(next.pred(), Some(value));
        }
        assert_eq!(T::from(41).succ(), Some(T::from(42)));
        assert_eq!(T::from(42).pred(), Some(T::from(41)));
    }

    macro_rules! steps {
        ($($int:ty)*) => {$( steps::<$int>(<$int>::MIN, <$int>::MAX); )*};
    }
    steps!(u8 u16 u32 u64 u128 usize i16 i32 i64 i128 isize);
    // No `From<u8>`.
    assert_eq!((<i8 as Discrete>::MIN, <i8 as Discrete>::MAX), (Some(-128), Some(127)));
    assert_eq!((i8::MIN.pred(), i8::MAX.succ()), (None, None));
    assert_eq!((i8::MIN.succ(), i8::MAX.pred(), (-1_i8).succ()), (Some(-127), Some(126), Some(0)));
}

#[test]
fn half_open_ranges_convert_by_the_value_before_their_end() {
    for start in 0..=255_u8 {
        for end in 0..=255 {
            let converted = Interval::try_from(start..end);
            if start < end {
                assert_eq!(converted, Ok(Interval::new(start, end - 1)));
            } else {
                let range = (Bound::Included(start), Bound::Excluded(end));
                assert_eq!(converted.expect_err("empty").into_range(), range);
            }
            assert_eq!(Interval::half_open(start..end), converted_or_none(start, end));
        }
    }
    assert_eq!(Interval::try_from(i64::MIN..i64::MAX), Ok(Interval::new(i64::MIN, i64::MAX - 1)));
    assert!(Interval::try_from(i8::MIN..i8::MIN).is_err());
    assert_eq!(Interval::half_open(0_u64..0), None, "no end wraps");
}

/// The values of a half-open range, looked for one by one.
fn converted_or_none(start: u8, end: u8) -> Option<Interval<u8>> {
    let mut values = (0..=u8::MAX).filter(|at| (start..end).contains(at));
    let first = values.next()?;
    Some(Interval::new(first, values.next_back().unwrap_or(first)))
}

#[test]
fn any_range_becomes_the_interval_of_its_values() {
    use Bound::{Excluded, Included, Unbounded};
    let ends = [0, 1, 2, 25, 26, 27, 127, 253, 254, 255];
    let bounds = || {
        let each = |end| [Included(end), Excluded(end)];
        ends.into_iter().flat_map(each).chain([Unbounded])
    };
    for range in bounds().flat_map(|start| bounds().map(move |end| (start, end))) {
        let mut values = (0..=u8::MAX).filter(|at| range.contains(at));
        let first = values.next();
        let expected = first.map(|first| Interval::new(first, values.next_back().unwrap_or(first)));
        assert_eq!(Interval::from_range(range), expected, "{range:?}");
    }
}

#[test]
fn closed_ranges_convert_both_ways() {
    let interval = Interval::try_from(u64::MIN..=u64::MAX).expect("in order");
    assert_eq!(interval, Interval::new(u64::MIN, u64::MAX));
    assert_eq!(RangeInclusive::from(interval), u64::MIN..=u64::MAX);
    assert_eq!(Interval::try_from(7..=7), Ok(Interval::point(7)));
    assert_eq!(interval.into_bounds(), (u64::MIN, u64::MAX));
}

#[test]
fn an_interval_is_a_range_with_both_ends() {
    let interval = Interval::new(3, 9);
    let included = (Bound::Included(&3), Bound::Included(&9));
    assert_eq!((interval.start_bound(), interval.end_bound()), included);
    let reference: &Interval<i32> = &interval;
    assert_eq!(RangeBounds::<i32>::start_bound(&reference), included.0);
    assert_eq!(RangeBounds::<i32>::end_bound(&reference), included.1);
}

#[test]
fn text_of_intervals() {
    assert_eq!(Interval::new(3, 9).to_string(), "[3, 9]");
    assert_eq!(format!("{:?}", Interval::new(-3, 9)), "[-3, 9]");
    assert_eq!(Interval::new("a", "b").to_string(), "[a, b]");
    assert_eq!(format!("{:?}", Interval::new("a", "b")), r#"["a", "b"]"#);
    assert_eq!(Interval::new(0, u128::MAX).to_string(), format!("[0, {}]", u128::MAX));
}

#[test]
fn text_of_a_tree_and_its_iterators() {
    let tree = IntervalRbTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 20), 'a')]);
    assert_eq!(format!("{tree:?}"), "{[1, 20]: 'a', [5, 9]: 'b'}");
    let mut iter = tree.iter();
    iter.next();
    assert_eq!(format!("{iter:?}"), "{[5, 9]: 'b'}");
    assert_eq!(format!("{:?}", tree.stab(15)), "{[1, 20]: 'a'}");
    assert_eq!(format!("{:?}", tree.intervals()), "[[1, 20], [5, 9]]");
    assert_eq!(format!("{:?}", tree.values()), "['a', 'b']");
}

#[test]
fn equal_intervals_hash_alike_and_others_differ() {
    let all = intervals_of(&(0..40).collect::<Vec<_>>());
    let set: HashSet<_> = all.iter().chain(&all).collect();
    assert_eq!(set.len(), all.len());
}

#[test]
fn handles_are_eight_bytes_also_when_optional() {
    assert_eq!((size_of::<Handle>(), size_of::<Option<Handle>>()), (8, 8));
    assert_eq!(size_of::<Interval<u64>>(), 16);
}

#[test]
fn types_promise_what_their_parts_allow() {
    fn is_shared<T: Send + Sync + Unpin>() {}
    fn is_error<T: Error + Send + Sync + 'static>() {}
    fn is_plain<T: Copy + Eq + Ord + Hash + Debug>() {}

    is_shared::<IntervalRbTree<u64, String>>();
    is_shared::<stabtree::rb::Iter<'_, u64, String>>();
    is_shared::<stabtree::rb::Overlapping<'_, String, u8>>();
    is_error::<InvalidIntervalError<u64>>();
    is_error::<EmptyRangeError<u64>>();
    is_error::<CapacityError>();
    is_error::<InsertAfterError<u64, String>>();
    is_error::<Violation>();
    is_plain::<Handle>();
    is_plain::<Interval<u64>>();
    is_shared::<Summary>();
}

//! Ends between which there may always be others: times, floats, text, dates of a foreign crate.

use std::fmt::Debug;
use std::ops::Bound;
use std::time::{Duration, Instant};

use ordered_float::OrderedFloat;
use stabtree::{Cut, Interval, IntervalBTree, IntervalIndex, IntervalRbTree, RangeMap, RangeSet};

/// What a date of a crate without `Discrete` looks like from here: it is ordered and copied.
mod foreign {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) struct Date {
        year: i32,
        ordinal: u16,
    }

    impl Date {
        pub(crate) fn new(year: i32, ordinal: u16) -> Self {
            Self { year, ordinal }
        }
    }
}

/// Ten values in order; the answers about them are those about their numbers.
fn ten<T: Ord + Copy + Debug>(at: [T; 10]) {
    assert!(at.is_sorted());
    let range = |a: usize, b: usize| Cut::range(at[a]..at[b]).expect("not empty");
    let closed = |a: usize, b: usize| Cut::range(at[a]..=at[b]).expect("not empty");

    let mut map = RangeMap::new();
    map.insert(range(1, 3), 'a');
    map.insert(range(3, 5), 'b');
    assert_eq!(map.len(), 2, "they touch and do not overlap");
    assert_eq!(map.get(Cut::at(at[3])), Some(&'b'));
    assert!(map.covers(range(1, 5)) && !map.covers(closed(1, 5)));
    assert!(map.gaps(closed(0, 9)).eq([range(0, 1), closed(5, 9)]));

    // A closed range leaves what comes after its last value, and no more.
    map.insert(closed(2, 3), 'c');
    let after = Interval::new(Cut::after(at[3]), Cut::before(at[5]));
    assert!(map.iter().eq([(range(1, 2), &'a'), (closed(2, 3), &'c'), (after, &'b')]));
    let removed: Vec<_> = map.cut(range(2, 4)).collect();
    let rest = Interval::new(Cut::after(at[3]), Cut::before(at[4]));
    assert_eq!(removed, [(closed(2, 3), 'c'), (rest, 'b')]);
    assert!(map.gaps(..).eq([range(2, 4)]));
    map.insert_coalescing(range(2, 4), 'a');
    assert!(map.iter().eq([(range(1, 4), &'a'), (range(4, 5), &'b')]));
    assert!(map.split_at(Cut::at(at[2])));
    assert_eq!(map.coalesce(..), 1);
    map.update(range(0, 2), |_, value| *value = 'd');
    assert!(map.values().eq(&['d', 'a', 'b']));
    assert_eq!(map.remove(Cut::at(at[2])), Some((range(2, 4), 'a')));
    assert!(map.try_insert(range(3, 5), 'e').is_err());
    assert!(map.try_insert(range(2, 4), 'e').is_ok());
    map.check().expect("all invariants hold");

    // What is unbounded ends with what is held.
    assert_eq!(map.cut(..).count(), 3);
    assert!(map.is_empty());

    let set: RangeSet<_> = [range(0, 2), range(2, 4), closed(6, 7)].into_iter().collect();
    assert!(set.iter().eq([range(0, 4), closed(6, 7)]));
    let other = RangeSet::from([range(1, 7)]);
    assert!(set.intersection(&other).eq([range(1, 4), range(6, 7)]));
    assert!(set.difference(&other).eq([range(0, 1), closed(7, 7)]));
    assert!(set.union(&other).eq([closed(0, 7)]));

    runs::<T, IntervalBTree<Cut<T>, char>>(at);
    runs::<T, IntervalRbTree<Cut<T>, char>>(at);
}

#[test]
fn collecting_an_open_range_is_inserting_it() {
    let range = |a, b| (Bound::Included(Cut::before(a)), Bound::Included(Cut::before(b)));
    let entries = [
        (range(1, 3), 'a'),
        (range(5, 7), 'b'),
        ((Bound::Unbounded, Bound::Included(Cut::before(6))), 'c'),
        (range(9, 9), 'd'),
    ];
    let mut inserted = RangeMap::new();
    for (range, value) in entries {
        inserted.insert(range, value);
    }
    let collected: RangeMap<_, _> = entries.into_iter().collect();
    assert_eq!(collected, inserted);
    assert!(inserted.values().eq(&['c', 'b', 'd']));
    collected.check().expect("all invariants hold");
    // As many as a leaf holds come first.
    for len in [63, 64, 65, 128] {
        let points = (0..len).map(|i| range(10 * i, 10 * i + 1)).chain([range(0, 5), range(7, 8)]);
        let set: RangeSet<Cut<i32>> = points.clone().collect();
        let mut inserted = RangeSet::new();
        for range in points {
            inserted.insert(range);
        }
        assert_eq!(set, inserted);
    }
}

/// Runs over the values, in an index.
fn runs<T: Ord + Copy + Debug, I: IntervalIndex<Cut<T>, char>>(at: [T; 10]) {
    let range = |a: usize, b: usize| Cut::range(at[a]..at[b]).expect("not empty");
    let index: I = [(range(1, 3), 'a'), (range(3, 5), 'b'), (range(4, 6), 'c'), (range(7, 8), 'd')]
        .into_iter()
        .collect();
    assert!(index.merged(..).eq([range(1, 6), range(7, 8)]));
    assert!(index.gaps(range(0, 9)).eq([range(0, 1), range(6, 7), range(8, 9)]));
    let depth: Vec<_> = index.depth(range(3, 8)).collect();
    assert_eq!(
        depth,
        [(range(3, 4), 1), (range(4, 5), 2), (range(5, 6), 1), (range(6, 7), 0), (range(7, 8), 1)]
    );
}

#[test]
fn times() {
    let now = Instant::now();
    ten([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|i| now + Duration::from_millis(i)));
}

#[test]
fn floats_in_a_wrapper() {
    ten([
        f64::NEG_INFINITY,
        -1e300,
        -0.5,
        0.0,
        f64::MIN_POSITIVE,
        0.1,
        0.2,
        1e9,
        1e300,
        f64::INFINITY,
    ]
    .map(OrderedFloat));
}

#[test]
fn text_by_reference() {
    let owned = ["", "a", "aa", "ab", "b", "ba", "c", "z", "zz", "ä"].map(str::to_owned);
    ten(owned.each_ref().map(String::as_str));
}

#[test]
fn dates_of_another_crate() {
    let mut ordinal = 360;
    ten([0; 10].map(|_: u8| {
        ordinal += 1;
        foreign::Date::new(2025 + i32::from(ordinal > 365), (ordinal - 1) % 365 + 1)
    }));
}

/// An empty feature is held and found, before the value that it stands at.
#[test]
fn an_empty_feature_is_held_and_found() {
    let mut map = RangeMap::new();
    let feature = Interval::point(Cut::before(5));
    map.insert(feature, "insertion");
    map.insert(Cut::range(5..9).expect("not empty"), "exon");
    assert_eq!(map.len(), 2);
    assert_eq!(map.get(Cut::before(5)), Some(&"insertion"));
    assert_eq!(map.get(Cut::at(5)), Some(&"exon"));
    assert_eq!(map.get_entry(Cut::before(5)), Some((feature, &"insertion")));
    assert_eq!(map.overlapping(Cut::range(0..5).expect("not empty")).count(), 1);
}

/// Where what is left of an entry would have no end, nothing changes.
#[test]
fn an_empty_feature_inside_an_entry_is_refused() {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let whole = Cut::range(0..10).expect("not empty");
    let mut map: RangeMap<Cut<i32>, _> =
        RangeMap::from([(whole, 'a'), (Cut::range(10..20).expect("not empty"), 'b')]);
    let before = map.clone();
    for range in [
        Interval::point(Cut::before(5)),
        Interval::new(Cut::at(5), Cut::after(15)),
        Interval::new(Cut::before(5), Cut::at(15)),
    ] {
        let insert = catch_unwind(AssertUnwindSafe(|| map.insert(range, 'c')));
        assert!(insert.is_err(), "{range:?}");
        let cut = catch_unwind(AssertUnwindSafe(|| map.cut(range).count()));
        assert!(cut.is_err(), "{range:?}");
        map.check().expect("all invariants hold");
        assert_eq!(map, before, "{range:?}");
    }
}

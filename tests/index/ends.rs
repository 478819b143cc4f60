//! Ends that change in place, and entries by their distance: both indexes against a list.

use std::borrow::Borrow;
use std::fmt::Debug;

use quickcheck::{Gen, QuickCheck};
use stabtree::{EntryIterator, Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree};

/// Entries in order, each with its handle.
type List = Vec<(Handle, Interval<u8>, usize)>;

fn interval(a: u8, b: u8) -> Interval<u8> {
    Interval::new(a.min(b), a.max(b))
}

fn agrees<I: IntervalIndex<u8, usize> + Debug>(index: &I, list: &List) {
    assert_eq!(index.check(), Ok(list.len()));
    let all = index.iter().with_handles().map(|(h, i, v)| (h, *i.borrow(), *v));
    assert!(all.eq(list.iter().copied()), "{index:?}");
}

/// The entry at a position counted around.
fn nth(list: &List, at: u8) -> Option<usize> {
    usize::from(at).checked_rem(list.len())
}

fn change<I: IntervalIndex<u8, usize> + Debug>(steps: Vec<(u8, u8, u8)>) -> bool {
    let (mut index, mut list) = (I::new(), List::new());
    let mut stale = Vec::new();
    for (born, (kind, a, b)) in steps.into_iter().enumerate() {
        match (kind % 8, nth(&list, a)) {
            // An entry leaves.
            (0, Some(at)) => {
                let (handle, interval, value) = list.remove(at);
                assert_eq!(index.remove(handle), Some((interval, value)));
                stale.push(handle);
            }
            // Its end changes, which keeps its place.
            (1..=4, Some(at)) => {
                let (handle, interval, _) = &mut list[at];
                if b < *interval.start() {
                    let error = index.try_set_last(*handle, b).expect_err("inverted");
                    assert_eq!(error.into_bounds(), (*interval.start(), b));
                } else {
                    assert_eq!(index.set_last(*handle, b), Some(*interval.last()));
                    *interval = Interval::new(*interval.start(), b);
                }
            }
            _ => {
                let interval = interval(a, b);
                let at = list.partition_point(|(_, other, _)| other.start() <= interval.start());
                list.insert(at, (index.insert(interval, born), interval, born));
            }
        }
        if born % 16 == 0 {
            agrees(&index, &list);
        }
    }
    agrees(&index, &list);
    for handle in stale {
        assert_eq!((index.set_last(handle, 0), index.try_set_last(handle, 255)), (None, Ok(None)));
    }
    for query in [interval(0, 9), interval(100, 101), interval(37, 200)] {
        let expected = list.iter().filter(|(_, interval, _)| interval.overlaps(&query));
        assert!(index.overlapping(query).with_handles().map(|(h, ..)| h).eq(expected.map(|e| e.0)));
    }
    agrees(&index, &list);
    true
}

#[test]
fn ends_change_in_place() {
    let check = |prop: fn(Vec<(u8, u8, u8)>) -> bool, size| {
        QuickCheck::new()
            .rng(Gen::new(size))
            .tests(if cfg!(miri) { 2 } else { 150 })
            .quickcheck(prop);
    };
    check(change::<IntervalBTree<u8, usize>>, 40);
    check(change::<IntervalBTree<u8, usize>>, 900);
    check(change::<IntervalRbTree<u8, usize>>, 40);
    check(change::<IntervalRbTree<u8, usize>>, 400);
}

#[test]
fn an_end_before_the_start_panics_and_changes_nothing() {
    fn test<I: IntervalIndex<u8, usize> + Debug>() {
        let mut index = I::new();
        let entry = index.insert(Interval::new(5, 9), 7);
        let set = std::panic::AssertUnwindSafe(|| index.set_last(entry, 4));
        let panic = std::panic::catch_unwind(set).expect_err("inverted");
        assert_eq!(panic.downcast_ref(), Some(&"invalid interval: last lies before start"));
        agrees(&index, &vec![(entry, Interval::new(5, 9), 7)]);
    }
    test::<IntervalBTree<u8, usize>>();
    test::<IntervalRbTree<u8, usize>>();
}

/// The distinct ends that a side returns for `k`: the nearest ones until there are `k` entries.
fn nearest<E: Ord + Copy>(mut side: Vec<(E, usize)>, k: usize) -> Vec<usize> {
    // Stable: equally near entries stay in order.
    side.sort_by_key(|(distance, _)| *distance);
    let Some(at) = k.min(side.len()).checked_sub(1) else { return Vec::new() };
    let farthest = side[at].0;
    side.into_iter().take_while(|(distance, _)| *distance <= farthest).map(|e| e.1).collect()
}

fn nearest_by_distance<I: IntervalIndex<u8, usize>>(ends: Vec<(u8, u8)>, at: u8, k: u8) -> bool {
    let (mut index, k) = (I::new(), usize::from(k % 9));
    for (value, (a, b)) in ends.into_iter().enumerate() {
        // Close together, so that many are equally near.
        index.insert(interval(a % 64, b % 64), value);
    }
    let at = at % 64;
    let list: Vec<_> = index.iter().map(|(i, v)| (*i.borrow(), *v)).collect();
    let before = list.iter().filter(|(i, _)| *i.last() < at).map(|(i, v)| (at - i.last(), *v));
    let after = list.iter().filter(|(i, _)| *i.start() > at).map(|(i, v)| (i.start() - at, *v));
    let expected = [nearest(before.collect(), k), nearest(after.collect(), k)];
    let found =
        index.nearest_k(at, k).map(|side| side.iter().map(|(_, v)| **v).collect::<Vec<_>>());
    assert_eq!(found, expected, "{k} nearest to {at}");
    let handles = index.nearest_k_handles(at, k);
    let of_handles: [Vec<_>; 2] =
        handles.map(|side| side.into_iter().map(|handle| index[handle]).collect());
    assert_eq!(of_handles, expected, "handles of the {k} nearest to {at}");

    let hits = list.iter().filter(|(i, _)| i.contains(&at));
    let innermost =
        hits.max_by(|(a, _), (b, _)| a.start().cmp(b.start()).then(b.last().cmp(a.last())));
    assert_eq!(index.innermost(at).map(|(i, v)| (*i.borrow(), *v)), innermost.copied());

    let before = index.nearest_before_handle(at).map(|handle| index[handle]);
    assert_eq!(before, index.nearest_before(at).map(|(_, value)| *value));
    let after = index.nearest_after_handle(at).map(|handle| index[handle]);
    assert_eq!(after, index.nearest_after(at).map(|(_, value)| *value));
    true
}

#[test]
fn the_nearest_come_by_distance_with_all_ties() {
    let check = |prop: fn(Vec<(u8, u8)>, u8, u8) -> bool| {
        QuickCheck::new().tests(if cfg!(miri) { 5 } else { 1_000 }).quickcheck(prop);
    };
    check(nearest_by_distance::<IntervalBTree<u8, usize>>);
    check(nearest_by_distance::<IntervalRbTree<u8, usize>>);
}

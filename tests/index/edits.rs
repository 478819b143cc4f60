//! Splitting, cutting and joining entries that may overlap, against a bitmap in which each point has
//! the values of all entries that contain it.

use crate::common::bounds::bound;
use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use quickcheck::QuickCheck;
use stabtree::{Cut, Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree};

type Entry<V> = (Interval<u8>, V);

fn entries<I: IntervalIndex<u8, V>, V: Clone>(index: &I) -> Vec<Entry<V>> {
    index.check().expect("all invariants hold");
    index.iter().map(|(interval, value)| (*interval.borrow(), value.clone())).collect()
}

/// The values at each point, sorted.
fn points<V: Clone + Ord>(entries: &[Entry<V>]) -> BTreeMap<u8, Vec<V>> {
    let mut points: BTreeMap<u8, Vec<V>> = BTreeMap::new();
    for (interval, value) in entries {
        for at in *interval.start()..=*interval.last() {
            points.entry(at).or_default().push(value.clone());
        }
    }
    for values in points.values_mut() {
        values.sort_unstable();
    }
    points
}

/// Every entry in an index, in order of insertion, by handles.
fn filled<I: IntervalIndex<u8, V>, V: Clone>(entries: &[Entry<V>]) -> (I, Vec<Handle>) {
    let mut index = I::new();
    let handles = entries.iter().map(|(at, value)| index.insert(*at, value.clone())).collect();
    (index, handles)
}

/// Cuts `range` out of `given` and compares points, pieces, handles and order.
fn cut<I: IntervalIndex<u8, u32>>(given: &[Entry<u32>], range: Interval<u8>) {
    let (mut index, handles) = filled::<I, u32>(given);
    let before = entries(&index);
    let removed = index.cut(range);
    let after = entries(&index);
    let (mut outside, mut inside) = (points(&before), points(&before));
    outside.retain(|at, _| !range.contains(at));
    inside.retain(|at, _| range.contains(at));
    assert_eq!(points(&after), outside, "{given:?} without {range}");
    assert_eq!(points(&removed), inside, "{given:?} in {range}");
    let parts = before.iter().filter_map(|(at, value)| Some((at.intersection(&range)?, *value)));
    assert!(parts.eq(removed), "parts of {given:?} in {range} are in the order of entries");

    // What is left of an entry has its handle, the first piece of two; all other pieces are new.
    let mut handed = Vec::new();
    for ((interval, value), handle) in given.iter().zip(&handles) {
        let [former, latter] = if interval.overlaps(&range) {
            interval.difference(&range)
        } else {
            [Some(*interval), None]
        };
        let now = index.entry(*handle).map(|(at, value)| (*at.borrow(), *value));
        assert_eq!(now, former.or(latter).map(|left| (left, *value)), "{given:?} without {range}");
        handed.extend(former.and(latter).map(|piece| (piece, *value)));
    }
    let kept = handles.iter().filter(|handle| index.contains_handle(**handle)).count();
    assert_eq!(index.len(), kept + handed.len());

    // Pieces after the range are in the order of their entries, after those that start there.
    let end = range.last().checked_add(1);
    let starting = after.iter().filter(|(at, _)| Some(*at.start()) == end).copied();
    let ordinary = before.iter().filter(|(at, _)| Some(*at.start()) == end).copied();
    let pieces = before.iter().filter(|(at, _)| at.overlaps(&range)).filter_map(|(at, value)| {
        let [_, piece] = at.difference(&range);
        Some((piece?, *value))
    });
    assert!(starting.eq(ordinary.chain(pieces)), "{given:?} without {range}: {after:?}");
}

/// Splits an entry of `given` and compares points, pieces, handles and order.
fn split<I: IntervalIndex<u8, u32>>(given: &[Entry<u32>], which: usize, at: u8) {
    let (mut index, handles) = filled::<I, u32>(given);
    let before = entries(&index);
    let handle = handles[which];
    let rest = index.split_at(handle, at);
    let after = entries(&index);
    assert_eq!(points(&after), points(&before));
    let (interval, value) = given[which];
    let (start, last) = interval.into_bounds();
    let splits = start < at && at <= last;
    assert_eq!(rest.is_some(), splits, "{interval} at {at}");
    assert_eq!(after.len(), before.len() + usize::from(splits));
    let Some(rest) = rest else { return assert_eq!(after, before) };
    assert_eq!(index.interval(handle).map(|at| *at.borrow()), Some(Interval::new(start, at - 1)));
    let piece = index.entry(rest).map(|(at, value)| (*at.borrow(), *value));
    assert_eq!(piece, Some((Interval::new(at, last), value)));
    let starting = after.iter().rfind(|(interval, _)| *interval.start() == at);
    assert_eq!(starting, Some(&(Interval::new(at, last), value)), "the last of those");
    index.remove(rest);
    index.set_last(handle, last);
    assert_eq!(entries(&index), before, "nothing else has changed");
}

/// Joins what touches `range` and is equal, and compares points and what could be joined still.
fn coalesce<I: IntervalIndex<u8, u32>>(given: &[Entry<u32>], range: Interval<u8>) {
    let (mut index, handles) = filled::<I, u32>(given);
    let before = entries(&index);
    let fewer = index.coalesce_by(range, |a, b| a == b);
    let after = entries(&index);
    assert_eq!(after.len() + fewer, before.len());
    let distinct = |entries| {
        let mut points = points(entries);
        points.values_mut().for_each(Vec::dedup);
        points
    };
    assert_eq!(distinct(&after), distinct(&before), "{given:?} in {range}");
    let is_near = |at: &Interval<u8>| at.overlaps(&range) || at.touches(&range);
    let joins = |a: &Interval<u8>, b: &Interval<u8>| a.union(b).is_some();
    for (i, (a, value)) in after.iter().enumerate() {
        let later = after[i + 1..].iter().filter(|(_, other)| other == value);
        for (b, _) in later.filter(|(b, _)| is_near(b) && is_near(a)) {
            assert!(!joins(a, b), "{given:?} in {range}: {a} and {b} of {after:?}");
        }
    }
    // Those far away are as they were, and what is kept has its handle, its value and its start.
    for ((interval, value), handle) in given.iter().zip(&handles) {
        let now = index.entry(*handle).map(|(at, value)| (*at.borrow(), *value));
        if !is_near(interval) {
            assert_eq!(now, Some((*interval, *value)));
        } else if let Some((at, other)) = now {
            assert_eq!((at.start(), other), (interval.start(), *value));
        } else {
            let earlier = given.iter().filter(|(_, other)| other == value);
            assert!(earlier.filter(|(at, _)| joins(at, interval) || is_near(at)).count() > 1);
        }
    }
}

/// All intervals of four points, at both ends of the domain.
fn small(from: u8) -> Vec<Interval<u8>> {
    (from..=from + 3).flat_map(|a| (a..=from + 3).map(move |b| Interval::new(a, b))).collect()
}

#[test]
fn every_edit_of_every_three_small_entries() {
    for from in [0, 252] {
        let all = small(from);
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                for (k, c) in all.iter().enumerate() {
                    let given = [(*a, 1), (*b, 2), (*c, 3)];
                    let joined = [(*a, 1), (*b, u32::from((i + k) % 2 == 0)), (*c, 1)];
                    for range in all.iter().step_by(bound(7, 1, 1)) {
                        cut::<IntervalBTree<u8, u32>>(&given, *range);
                        cut::<IntervalRbTree<u8, u32>>(&given, *range);
                        coalesce::<IntervalBTree<u8, u32>>(&joined, *range);
                        coalesce::<IntervalRbTree<u8, u32>>(&joined, *range);
                    }
                    let at = from + u8::try_from(j % 4).expect("small");
                    split::<IntervalBTree<u8, u32>>(&given, k % 3, at);
                    split::<IntervalRbTree<u8, u32>>(&given, k % 3, at);
                }
            }
        }
    }
}

fn short(pairs: &[(u8, u8)], kinds: u32) -> Vec<Entry<u32>> {
    let interval = |(at, len): &(u8, u8)| Interval::new(*at, at.saturating_add(len % 40));
    pairs.iter().map(interval).zip((0..kinds).cycle()).collect()
}

#[test]
fn many_entries() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn property(pairs: Vec<(u8, u8)>, a: u8, b: u8, which: usize) -> bool {
        // Six times as many as a leaf holds, some of them equal.
        let pairs: Vec<_> =
            pairs.iter().flat_map(|(at, len)| [(*at, *len), (at / 2, *len), (*at, 3)]).collect();
        let range = Interval::new(a.min(b), a.max(b));
        let given = short(&pairs, u32::MAX);
        cut::<IntervalBTree<u8, u32>>(&given, range);
        cut::<IntervalRbTree<u8, u32>>(&given, range);
        if !given.is_empty() {
            split::<IntervalBTree<u8, u32>>(&given, which % given.len(), a);
            split::<IntervalRbTree<u8, u32>>(&given, which % given.len(), a);
        }
        let given = short(&pairs, 3);
        coalesce::<IntervalBTree<u8, u32>>(&given, range);
        coalesce::<IntervalRbTree<u8, u32>>(&given, range);
        true
    }
    let cases = if cfg!(miri) { 3 } else { bound(12, 100, 400) };
    QuickCheck::new().tests(cases).quickcheck(property as fn(Vec<(u8, u8)>, u8, u8, usize) -> bool);
}

/// A value of which every clone may panic; one clone in all is refused.
#[derive(Debug)]
struct Costly<'a> {
    value: u32,
    clones_left: &'a Cell<usize>,
}

impl Clone for Costly<'_> {
    fn clone(&self) -> Self {
        let left = self.clones_left.get().checked_sub(1).expect("another clone");
        self.clones_left.set(left);
        Self { value: self.value, clones_left: self.clones_left }
    }
}

fn panics<'a, I: IntervalIndex<u8, Costly<'a>>>(clones_left: &'a Cell<usize>) {
    let ends = [(0, 9), (2, 5), (3, 3), (4, 20), (8, 9)];
    let filled = || {
        let mut index = I::new();
        for ((start, last), value) in ends.into_iter().zip(0..) {
            index.insert(Interval::new(start, last), Costly { value, clones_left });
        }
        index
    };
    let shown = |index: &I| -> Vec<(Interval<u8>, u32)> {
        index.check().expect("all invariants hold");
        index.iter().map(|(at, costly)| (*at.borrow(), costly.value)).collect()
    };
    let intact = shown(&filled());
    // [0, 9] leaves two pieces and is removed in part, [4, 20] leaves one, others are inside.
    for clones in 0..3 {
        let mut index = filled();
        clones_left.set(clones);
        assert!(catch_unwind(AssertUnwindSafe(|| index.cut(2..=8))).is_err());
        assert_eq!(shown(&index), intact, "after {clones} clones");
    }
    let mut index = filled();
    clones_left.set(4);
    assert_eq!(index.cut(2..=8).len(), 5);
    assert_eq!(clones_left.get(), 0, "no clone more than pieces and parts need");

    let mut index = filled();
    let first = index.first_overlapping_handle(..).expect("an entry");
    assert!(catch_unwind(AssertUnwindSafe(|| index.split_at(first, 5))).is_err());
    assert_eq!(shown(&index), intact);

    for calls in 0..4 {
        let mut index = filled();
        let mut left = calls;
        let join = catch_unwind(AssertUnwindSafe(|| {
            index.coalesce_by(.., |a, b| {
                left = usize::checked_sub(left, 1).expect("another call");
                a.value % 2 == b.value % 2
            })
        }));
        assert!(join.is_err());
        let after: Vec<_> = shown(&index).iter().map(|(at, _)| (*at, ())).collect();
        let before: Vec<_> = intact.iter().map(|(at, _)| (*at, ())).collect();
        let covered = |entries: &[Entry<()>]| points(entries).into_keys().collect::<Vec<_>>();
        assert_eq!(covered(&after), covered(&before), "nothing that was covered is lost");
    }
}

#[test]
fn panics_of_clone_change_nothing_and_panics_of_a_closure_lose_nothing() {
    let clones_left = Cell::new(0);
    panics::<IntervalBTree<u8, Costly<'_>>>(&clones_left);
    panics::<IntervalRbTree<u8, Costly<'_>>>(&clones_left);
}

fn nothing_to_edit<I: IntervalIndex<u8, char>>() {
    let mut index = I::new();
    assert_eq!(index.cut(..), []);
    assert_eq!(index.coalesce_by(.., |_, _| true), 0);
    let handle = index.insert(Interval::new(3, 9), 'a');
    assert_eq!(index.cut(5..5), []);
    assert_eq!(index.cut(10..), []);
    assert_eq!((index.split_at(handle, 3), index.split_at(handle, 10)), (None, None));
    let rest = index.try_split_at(handle, 9).expect("memory").expect("a piece");
    assert_eq!(index.try_cut(..=8), Ok(vec![(Interval::new(3, 8), 'a')]));
    assert_eq!(index.split_at(handle, 5), None, "it was removed");
    assert_eq!(index.remove(rest), Some((Interval::point(9), 'a')));
}

#[test]
fn empty_ranges_and_stale_handles_edit_nothing() {
    nothing_to_edit::<IntervalBTree<u8, char>>();
    nothing_to_edit::<IntervalRbTree<u8, char>>();
}

/// Half-open ranges are cut into half-open ranges; an empty feature cuts no value out.
fn cuts_of_text<I: IntervalIndex<Cut<&'static str>, u8>>() {
    let range = |range| Cut::range(range).expect("not empty");
    let mut index = I::new();
    let whole = index.insert(range("a".."z"), 1);
    assert_eq!(index.cut(range("f".."k")), [(range("f".."k"), 1)]);
    let left: Vec<_> = index.iter().map(|(interval, _)| *interval.borrow()).collect();
    assert_eq!(left, [range("a".."f"), range("k".."z")]);
    index.cut(Interval::point(Cut::before("c")));
    assert!(index.iter().map(|(at, _)| *at.borrow()).eq([
        range("a".."c"),
        range("c".."f"),
        range("k".."z")
    ]));
    assert_eq!(index.coalesce_by(.., |_, _| true), 1);
    assert_eq!(index.interval(whole).map(|at| *at.borrow()), Some(range("a".."f")));
    let rest = index.split_at(whole, Cut::at("b")).expect("a piece");
    assert_eq!(index.interval(rest).map(|at| *at.borrow()), Some(range("b".."f")));
    assert_eq!(index.cut(..).len(), 3, "all that is held");
    assert!(index.is_empty());
}

#[test]
fn half_open_ranges_are_edited() {
    cuts_of_text::<IntervalBTree<Cut<&'static str>, u8>>();
    cuts_of_text::<IntervalRbTree<Cut<&'static str>, u8>>();
}

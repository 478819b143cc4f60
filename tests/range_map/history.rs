//! Histories of a map and of its model, shared by the quickcheck test and a fuzz target.
#![allow(unreachable_pub, reason = "a fuzz target uses it, too")]

use stabtree::{GapSearch, Interval, RangeMap};

use crate::bitmap::{Bitmap, Choice, assert_same, assert_same_in};

/// An operation on a map and on its model.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert(u8, u8, u8),
    InsertCoalescing(u8, u8, u8),
    TryInsert(u8, u8, u8),
    Cut(u8, u8, u8),
    Remove(u8),
    SplitAt(u8),
    Update(u8, u8),
    Coalesce(u8, u8),
    Retain(u8),
    ExtractIf(u8, u8),
    Pop(bool),
    Append(Vec<(u8, u8, u8)>),
    Ask(u8, u8, u32),
    /// A place in a range, of a length and an alignment.
    FindGap(u8, u8, u8, u8),
    /// Set operations with the map of these entries.
    Combine(Vec<(u8, u8, u8)>),
    Clear,
    ShrinkToFit,
    Rebuild(u8),
}

#[cfg(not(fuzzing))]
impl quickcheck::Arbitrary for Op {
    fn arbitrary(g: &mut quickcheck::Gen) -> Self {
        // Few points and few values, so that operations meet.
        let narrow = *g.choose(&[16, 64, 255]).expect("three");
        let at = |g: &mut quickcheck::Gen| u8::arbitrary(g) % (narrow + u8::from(narrow < 255));
        let (a, b) = (at(g), at(g));
        let value = u8::arbitrary(g) % 3;
        match u8::arbitrary(g) % 40 {
            0..=7 => Self::Insert(a, b, value),
            8..=14 => Self::InsertCoalescing(a, b, value),
            15..=17 => Self::TryInsert(a, b, value),
            18..=22 => Self::Cut(a, b, u8::arbitrary(g) % 5),
            23 | 24 => Self::Remove(a),
            25 | 26 => Self::SplitAt(a),
            27 | 28 => Self::Update(a, b),
            29 | 30 => Self::Coalesce(a, b),
            31 => Self::Retain(value),
            32 => Self::ExtractIf(a, b),
            33 => Self::Pop(bool::arbitrary(g)),
            34 => {
                let count = usize::arbitrary(g) % 6;
                Self::Append((0..count).map(|_| (at(g), at(g), u8::arbitrary(g) % 3)).collect())
            }
            35 => Self::Ask(a, b, u32::arbitrary(g)),
            36 => Self::FindGap(a, b, u8::arbitrary(g) % 24, u8::arbitrary(g)),
            37 => {
                let count = usize::arbitrary(g) % 6;
                Self::Combine((0..count).map(|_| (at(g), at(g), 0)).collect())
            }
            38 if bool::arbitrary(g) => Self::Clear,
            38 => Self::ShrinkToFit,
            _ => Self::Rebuild(value),
        }
    }
}

pub(crate) type Map = RangeMap<u8, u8>;

/// `a` and `b` as a range in the right order.
fn range(a: u8, b: u8) -> (usize, usize) {
    (usize::from(a.min(b)), usize::from(a.max(b)))
}

/// A map of these entries, and its model.
fn collected(entries: &[(u8, u8, u8)]) -> (Map, Bitmap<u8>) {
    let mut model = Bitmap::new(256);
    for (a, b, value) in entries.iter().filter(|(a, b, _)| a <= b) {
        model.insert((*a).into(), (*b).into(), value);
    }
    (entries.iter().map(|(a, b, value)| (*a..=*b, *value)).collect(), model)
}

#[expect(clippy::too_many_lines, reason = "an arm for each operation")]
pub(crate) fn apply(op: &Op, map: &mut Map, model: &mut Bitmap<u8>) {
    match *op {
        Op::Insert(a, b, value) => {
            map.insert(a..=b, value);
            if a <= b {
                model.insert(a.into(), b.into(), &value);
            }
        }
        Op::InsertCoalescing(a, b, value) => {
            map.insert_coalescing(a..=b, value);
            if a <= b {
                model.insert_coalescing(a.into(), b.into(), &value);
            }
        }
        Op::TryInsert(a, b, value) => {
            let (first, last) = range(a, b);
            let taken =
                model.entries().into_iter().find(|(from, to, _)| *from <= last && *to >= first);
            match (map.try_insert(a.min(b)..=a.max(b), value), taken) {
                (Ok(()), None) => model.insert(first, last, &value),
                (Err(refused), Some((from, to, _))) => {
                    let interval = refused.interval();
                    assert_eq!(
                        (usize::from(*interval.start()), usize::from(*interval.last())),
                        (from, to)
                    );
                    assert_eq!(refused.into_value(), value);
                }
                (outcome, taken) => panic!("{outcome:?} beside {taken:?}"),
            }
        }
        Op::Cut(a, b, taken) => {
            let (first, last) = range(a, b);
            let expected = model.cut(first, last);
            let mut removed = map.cut(a.min(b)..=a.max(b));
            // Dropped after some entries: the rest goes, too.
            let some: Vec<_> = removed.by_ref().take(taken.into()).collect();
            drop(removed);
            let some = some.iter().map(|(interval, value)| {
                (usize::from(*interval.start()), usize::from(*interval.last()), *value)
            });
            assert!(some.eq(expected.into_iter().take(taken.into())));
        }
        Op::Remove(at) => {
            let removed = map.remove(at);
            let removed =
                removed.map(|(i, v)| (usize::from(*i.start()), usize::from(*i.last()), v));
            assert_eq!(removed, model.remove(at.into()));
        }
        Op::SplitAt(at) => assert_eq!(map.split_at(at), model.split_at(at.into())),
        Op::Update(a, b) => {
            map.update(a.min(b)..=a.max(b), |_, value| *value = value.wrapping_add(1) % 3);
            let (first, last) = range(a, b);
            model.update(first, last, |value| value.wrapping_add(1) % 3);
        }
        Op::Coalesce(a, b) => {
            let (first, last) = range(a, b);
            assert_eq!(map.coalesce(a.min(b)..=a.max(b)), model.coalesce(first, last));
        }
        Op::Retain(value) => {
            map.retain(|_, other| *other != value);
            for (from, _, _) in model.entries().into_iter().filter(|(_, _, other)| *other == value)
            {
                model.remove(from);
            }
        }
        Op::ExtractIf(a, b) => {
            let (first, last) = range(a, b);
            let odd = |interval: Interval<u8>| interval.start() % 2 == 1;
            let extracted =
                map.extract_if(a.min(b)..=a.max(b), |interval, _| odd(interval)).count();
            let entries = model.entries().into_iter();
            let entries: Vec<_> = entries
                .filter(|(from, to, _)| *from <= last && *to >= first && from % 2 == 1)
                .collect();
            assert_eq!(extracted, entries.len());
            for (from, ..) in entries {
                model.remove(from);
            }
        }
        Op::Pop(first) => {
            let popped = if first { map.pop_first() } else { map.pop_last() };
            let entries = model.entries();
            let expected = if first { entries.first() } else { entries.last() };
            let popped = popped.map(|(i, v)| (usize::from(*i.start()), usize::from(*i.last()), v));
            assert_eq!(popped.as_ref(), expected);
            expected.map(|(from, ..)| model.remove(*from));
        }
        Op::Append(ref entries) => {
            let (mut other, beside) = collected(entries);
            assert_same(&other, &beside);
            map.append(&mut other);
            assert!(other.is_empty());
            for (from, to, value) in beside.entries() {
                model.insert(from, to, &value);
            }
        }
        Op::Ask(a, b, pattern) => assert_same_in(map, model, range(a, b), pattern),
        Op::FindGap(a, b, len, align) => {
            let (first, last) = range(a, b);
            let search = GapSearch::new(len.into()).align(u128::from(align % 9) + 1);
            let search = search.within(a.min(b)..=a.max(b));
            for (search, choice) in [
                (search.lowest(), Choice::Lowest),
                (search.highest(), Choice::Highest),
                (search.best_fit(), Choice::BestFit),
            ] {
                let found = map.find_gap(search);
                let found =
                    found.map(|place| (usize::from(*place.start()), usize::from(*place.last())));
                let fits = (usize::from(len), usize::from(align % 9) + 1);
                // A place of no points is none.
                let place =
                    (len > 0).then(|| model.place((first, last), fits, 0, choice)).flatten();
                assert_eq!(found, place, "{choice:?}");
            }
        }
        Op::Combine(ref entries) => {
            let (other, beside) = collected(entries);
            let runs = |is_in: fn(bool, bool) -> bool| {
                let mut points = Bitmap::new(256);
                let has = |at: &usize| is_in(model.is_owned(*at), beside.is_owned(*at));
                (0..256).filter(has).for_each(|at| points.insert_coalescing(at, at, &()));
                points
                    .entries()
                    .into_iter()
                    .map(|(first, last, ())| (first, last))
                    .collect::<Vec<_>>()
            };
            let plain = |run: Interval<u8>| (usize::from(*run.start()), usize::from(*run.last()));
            assert!(map.union(&other).map(plain).eq(runs(|a, b| a || b)));
            assert!(map.intersection(&other).map(plain).eq(runs(|a, b| a && b)));
            assert!(map.difference(&other).map(plain).eq(runs(|a, b| a && !b)));
            assert!(map.symmetric_difference(&other).map(plain).eq(runs(|a, b| a != b)));
        }
        Op::Clear => {
            map.clear();
            *model = Bitmap::new(256);
        }
        Op::ShrinkToFit => map.shrink_to_fit(),
        Op::Rebuild(how) => {
            *map = match how {
                0 => map.clone(),
                1 => std::mem::take(map).into_iter().collect(),
                _ => {
                    let index: stabtree::IntervalBTree<_, _> = std::mem::take(map).into();
                    Map::try_from(index).expect("disjoint")
                }
            }
        }
    }
}

/// Runs a history and compares every answer after every operation.
pub fn run(ops: &[Op]) {
    let (mut map, mut model) = (Map::new(), Bitmap::new(256));
    for op in ops {
        apply(op, &mut map, &mut model);
        assert_same(&map, &model);
    }
}

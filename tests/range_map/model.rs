//! Random histories.

use quickcheck::{Arbitrary, Gen, quickcheck};
use stabtree::{Interval, RangeMap};

use crate::bitmap::{Bitmap, assert_same, assert_same_in};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
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
    Clear,
    ShrinkToFit,
    Rebuild(u8),
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        // Few points and few values, so that operations meet.
        let narrow = *g.choose(&[16, 64, 255]).expect("three");
        let at = |g: &mut Gen| u8::arbitrary(g) % (narrow + u8::from(narrow < 255));
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
            35..=37 => Self::Ask(a, b, u32::arbitrary(g)),
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
            map.update(a.min(b)..=a.max(b), |_, value| *value = (*value + 1) % 3);
            let (first, last) = range(a, b);
            model.update(first, last, |value| (value + 1) % 3);
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
            let mut other: Map = entries.iter().map(|(a, b, v)| (*a..=*b, *v)).collect();
            let mut beside = Bitmap::new(256);
            for (a, b, value) in entries.iter().filter(|(a, b, _)| a <= b) {
                beside.insert((*a).into(), (*b).into(), value);
            }
            assert_same(&other, &beside);
            map.append(&mut other);
            assert!(other.is_empty());
            for (from, to, value) in beside.entries() {
                model.insert(from, to, &value);
            }
        }
        Op::Ask(a, b, pattern) => assert_same_in(map, model, range(a, b), pattern),
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

quickcheck! {
    fn a_history_answers_as_the_bitmap(ops: Vec<Op>) -> bool {
        let (mut map, mut model) = (Map::new(), Bitmap::new(256));
        for op in &ops {
            apply(op, &mut map, &mut model);
            assert_same(&map, &model);
        }
        true
    }
}

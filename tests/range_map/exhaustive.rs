//! All of what is small: every sequence of a few operations on six points, and every order of seven
//! insertions.

use crate::bounds::bound;
use std::collections::HashSet;

use stabtree::{Interval, RangeMap};

use crate::bitmap::{Bitmap, Six, assert_same, assert_same_in};

/// Operations in a row.
const DEPTH: usize = bound(2, 3, 5);

#[derive(Clone, Copy, Debug)]
enum Op {
    Insert(u8, u8, char),
    InsertCoalescing(u8, u8, char),
    TryInsert(u8, u8, char),
    Cut(u8, u8),
    Coalesce(u8, u8),
    Update(u8, u8),
    Remove(u8),
    SplitAt(u8),
}

fn operations() -> Vec<Op> {
    let ranges = (0..6).flat_map(|first| (first..6).map(move |last| (first, last)));
    let mut ops = Vec::new();
    for (a, b) in ranges {
        for value in ['a', 'b'] {
            ops.extend([
                Op::Insert(a, b, value),
                Op::InsertCoalescing(a, b, value),
                Op::TryInsert(a, b, value),
            ]);
        }
        ops.extend([Op::Cut(a, b), Op::Coalesce(a, b), Op::Update(a, b)]);
    }
    ops.extend((0..6).flat_map(|at| [Op::Remove(at), Op::SplitAt(at)]));
    ops
}

fn interval(first: u8, last: u8) -> Interval<Six> {
    Interval::new(Six(first), Six(last))
}

fn apply(op: Op, map: &mut RangeMap<Six, char>, model: &mut Bitmap<char>) {
    let plain = |(interval, value): (Interval<Six>, char)| {
        (usize::from(interval.start().0), usize::from(interval.last().0), value)
    };
    match op {
        Op::Insert(a, b, value) => {
            map.insert(interval(a, b), value);
            model.insert(a.into(), b.into(), &value);
        }
        Op::InsertCoalescing(a, b, value) => {
            map.insert_coalescing(interval(a, b), value);
            model.insert_coalescing(a.into(), b.into(), &value);
        }
        Op::TryInsert(a, b, value) => {
            let free = !(a..=b).any(|at| model.is_owned(at.into()));
            assert_eq!(map.try_insert(interval(a, b), value).is_ok(), free);
            if free {
                model.insert(a.into(), b.into(), &value);
            }
        }
        Op::Cut(a, b) => {
            let removed: Vec<_> = map.cut(interval(a, b)).map(plain).collect();
            assert_eq!(removed, model.cut(a.into(), b.into()));
        }
        Op::Coalesce(a, b) => {
            assert_eq!(map.coalesce(interval(a, b)), model.coalesce(a.into(), b.into()));
        }
        Op::Update(a, b) => {
            let other = |value: &char| if *value == 'a' { 'b' } else { 'a' };
            map.update(interval(a, b), |_, value| *value = other(value));
            model.update(a.into(), b.into(), other);
        }
        Op::Remove(at) => assert_eq!(map.remove(Six(at)).map(plain), model.remove(at.into())),
        Op::SplitAt(at) => assert_eq!(map.split_at(Six(at)), model.split_at(at.into())),
    }
}

/// Sequences that lead to the same entries go on alike, so each state is continued once.
#[test]
fn every_sequence_of_operations_on_six_points_answers_as_the_bitmap() {
    let operations = operations();
    let mut seen = HashSet::new();
    let mut states = vec![(RangeMap::new(), Bitmap::new(6))];
    let mut steps = 0;
    for _ in 0..DEPTH {
        let mut reached = Vec::new();
        for (map, model) in &states {
            for &op in &operations {
                let (mut map, mut model) = (map.clone(), model.clone());
                apply(op, &mut map, &mut model);
                assert_same(&map, &model);
                steps += 1;
                if seen.insert(model.entries()) {
                    for (first, last) in (0..6).flat_map(|a| (a..6).map(move |b| (a, b))) {
                        assert_same_in(&map, &model, (first, last), 0b0110_1001);
                    }
                    reached.push((map, model));
                }
            }
        }
        states = reached;
    }
    println!("{steps} operations, {} states", seen.len());
    assert!(seen.len() > bound(200, 500, 500), "{}", seen.len());
}

#[test]
fn every_order_of_seven_overlapping_insertions_answers_as_the_bitmap() {
    let ranges = [(10u8, 60u8), (20, 30), (25, 70), (60, 61), (0, 255), (5, 10), (31, 59)];
    let mut order = [0, 1, 2, 3, 4, 5, 6];
    permutations(&mut order, 7, &mut |order| {
        let (mut map, mut coalescing) = (RangeMap::new(), RangeMap::new());
        let (mut model, mut joined) = (Bitmap::new(256), Bitmap::new(256));
        for &i in order {
            let ((first, last), value) = (ranges[i], i % 3);
            map.insert(first..=last, value);
            model.insert(first.into(), last.into(), &value);
            coalescing.insert_coalescing(first..=last, value);
            joined.insert_coalescing(first.into(), last.into(), &value);
        }
        for (map, model) in [(&map, &model), (&coalescing, &joined)] {
            map.check().expect("all invariants hold");
            let found = map.iter().map(|(i, v)| ((*i.start()).into(), (*i.last()).into(), *v));
            assert!(found.eq(model.entries()), "{order:?}");
        }
    });
}

fn permutations(order: &mut [usize; 7], len: usize, visit: &mut impl FnMut(&[usize; 7])) {
    if len == 1 {
        return visit(order);
    }
    for i in 0..len {
        permutations(order, len - 1, visit);
        order.swap(if len.is_multiple_of(2) { i } else { 0 }, len - 1);
    }
}

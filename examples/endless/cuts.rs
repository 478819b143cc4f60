//! `RangeMap` over `Cut`: half-open ranges of something with no next value, beside a bitmap that has a
//! cell for each value and one for what lies between it and the next.

use std::mem::discriminant;
use std::ops::Bound::{self, Excluded, Included};

use quickcheck::{Arbitrary, Gen};
use stabtree::{Cut, Interval, RangeMap};

use crate::bitmap::Bitmap;
use crate::subject::{Coverage, Subject, magnitude};

pub(crate) struct Cuts;

/// A range of values, each end with or without its value.
type Range = (Bound<u8>, Bound<u8>);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    Insert(Range, u8),
    InsertCoalescing(Range, u8),
    Cut(Range),
    SplitAt(Bound<u8>),
    Update(Range),
    Coalesce(Range),
    Ask(Range),
}

/// The first cell of an interval that starts at the cut; `between` is the cell after a value.
fn first(cut: Cut<u8>) -> usize {
    let cell = 2 * usize::from(*cut.value());
    if cut.is_at() { cell } else { cell + 1 }
}

fn last(cut: Cut<u8>) -> usize {
    let cell = 2 * usize::from(*cut.value());
    if cut.is_at() { cell } else { cell - 1 }
}

/// A first and a last cell.
type Cells = (usize, usize);

fn cells(interval: Interval<Cut<u8>>) -> Cells {
    (first(*interval.start()), last(*interval.last()))
}

/// The interval of a range, and its cells; `None` where the range is empty.
fn both(range: Range) -> Option<(Interval<Cut<u8>>, Cells)> {
    let interval = Cut::range(range).ok()?;
    Some((interval, cells(interval)))
}

fn random_range(g: &mut Gen, narrow: u8) -> Range {
    let (a, b) = (u8::arbitrary(g) % narrow, u8::arbitrary(g) % narrow);
    let start = if bool::arbitrary(g) { Included(a.min(b)) } else { Excluded(a.min(b)) };
    let end = if bool::arbitrary(g) { Included(a.max(b)) } else { Excluded(a.max(b)) };
    (start, end)
}

impl Subject for Cuts {
    type Op = Op;

    fn name() -> String {
        "range_map_cut_u8".to_owned()
    }

    fn history(seed: u64) -> Vec<Op> {
        let mut g = Gen::from_size_and_seed(100, seed);
        let narrow = [6, 30, 255][usize::from(seed.to_le_bytes()[0]) % 3];
        let op = |_| {
            let range = random_range(&mut g, narrow);
            match u8::arbitrary(&mut g) % 16 {
                0..4 => Op::Insert(range, u8::arbitrary(&mut g) % 3),
                4..8 => Op::InsertCoalescing(range, u8::arbitrary(&mut g) % 3),
                8..10 => Op::Cut(range),
                10 | 11 => Op::SplitAt(range.0),
                12 => Op::Update(range),
                13 => Op::Coalesce(range),
                _ => Op::Ask(range),
            }
        };
        (0..120).map(op).collect()
    }

    fn run(_: u64, ops: &[Op], coverage: &mut Coverage) {
        let (mut map, mut model) = (RangeMap::<Cut<u8>, u8>::new(), Bitmap::new(512));
        let mut former = None;
        for &op in ops {
            match op {
                Op::Insert(range, value) => {
                    if let Some((interval, (first, last))) = both(range) {
                        map.insert(interval, value);
                        model.insert(first, last, &value);
                    }
                }
                Op::InsertCoalescing(range, value) => {
                    if let Some((interval, (first, last))) = both(range) {
                        map.insert_coalescing(interval, value);
                        model.insert_coalescing(first, last, &value);
                    }
                }
                Op::Cut(range) => {
                    if let Some((interval, (first, last))) = both(range) {
                        let expected = model.cut(first, last);
                        let found = map.cut(interval).map(|(interval, value)| {
                            let (first, last) = cells(interval);
                            (first, last, value)
                        });
                        assert!(found.eq(expected), "cut {range:?}");
                    }
                }
                Op::SplitAt(Included(at)) => {
                    let splits = model.split_at(2 * usize::from(at));
                    assert_eq!(map.split_at(Cut::at(at)), splits, "split at {at}");
                }
                Op::SplitAt(Excluded(at)) => {
                    let splits = model.split_at(2 * usize::from(at) + 1);
                    assert_eq!(map.split_at(Cut::after(at)), splits, "split after {at}");
                }
                Op::SplitAt(Bound::Unbounded) => {}
                Op::Update(range) => {
                    if let Some((interval, (first, last))) = both(range) {
                        map.update(interval, |_, value| *value = (*value + 1) % 3);
                        model.update(first, last, |value| (value + 1) % 3);
                    }
                }
                Op::Coalesce(range) => {
                    if let Some((interval, (first, last))) = both(range) {
                        assert_eq!(
                            map.coalesce(interval),
                            model.coalesce(first, last),
                            "{range:?}"
                        );
                    }
                }
                Op::Ask(range) => {
                    if let Some((interval, (from, to))) = both(range) {
                        let gaps = model.gaps(from, to);
                        assert!(
                            map.gaps(interval).map(cells).eq(gaps.iter().copied()),
                            "{range:?}"
                        );
                        let back = map.gaps(interval).rev().map(cells);
                        assert!(back.eq(gaps.iter().rev().copied()), "{range:?} from the back");
                        assert_eq!(map.covers(interval), gaps.is_empty(), "covers {range:?}");
                        let overlapping = model.entries().into_iter();
                        let overlapping =
                            overlapping.filter(|(first, last, _)| *first <= to && *last >= from);
                        let found = map.overlapping(interval).map(|(interval, value)| {
                            let (first, last) = cells(interval);
                            (first, last, *value)
                        });
                        assert!(found.eq(overlapping), "overlapping {range:?}");
                    }
                }
            }
            map.check().expect("all invariants hold");
            let found = map.iter().map(|(interval, value)| {
                let (first, last) = cells(interval);
                (first, last, *value)
            });
            let entries = model.entries();
            assert!(found.eq(entries.iter().copied()), "after {op:?}: {map:?}");
            for at in 0..=u8::MAX {
                let cell = 2 * usize::from(at);
                let owner =
                    entries.iter().find(|(first, last, _)| (*first..=*last).contains(&cell));
                assert_eq!(map.get(Cut::at(at)), owner.map(|(_, _, value)| value), "at {at}");
            }
            coverage.operations += 1;
            coverage.comparisons += 1;
            coverage.state(("cuts", &entries));
            coverage.feature(("cuts", former, discriminant(&op), magnitude(map.len())));
            former = Some(discriminant(&op));
        }
    }

    fn simpler(_: &Op) -> Vec<Op> {
        vec![]
    }

    fn as_test(seed: u64, ops: &[Op]) -> String {
        format!("// a history of `RangeMap<Cut<u8>, u8>`, seed {seed}\n{ops:#?}\n")
    }
}

//! `IntervalBTree` against `IntervalRbTree` and a plain list.

use crate::common::btree_ops::{Ends, Op, Shape, World};
use crate::common::cases;
use quickcheck::{Arbitrary, Gen, QuickCheck, quickcheck};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

impl Arbitrary for Shape {
    fn arbitrary(g: &mut Gen) -> Self {
        *g.choose(&[
            Self::AllEqual,
            Self::EqualStarts,
            Self::Nested,
            Self::Comb,
            Self::Giant,
            Self::Ascending,
            Self::Descending,
            Self::Scattered,
        ])
        .expect("not empty")
    }
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        // Few starts, so that they collide.
        let at = u8::arbitrary(g) & if bool::arbitrary(g) { 0xff } else { 0x0f };
        let len = u8::arbitrary(g) >> (u8::arbitrary(g) % 8);
        let which = u16::arbitrary(g);
        let n = u8::arbitrary(g);
        match u8::arbitrary(g) % 64 {
            0..=9 => Self::Insert { at, len },
            10..=15 => Self::InsertAfter { which, len, same_start: n > 30 },
            16..=22 => Self::Remove { which },
            23..=29 => Self::SetInterval { which, at, len },
            30..=31 => Self::PopFirst,
            32..=33 => Self::PopLast,
            34 => Self::Retain { modulus: n },
            35..=36 => Self::Extract { at, len, modulus: n, take: len },
            37..=38 => Self::Append { shape: Shape::arbitrary(g), n },
            39..=46 => Self::Fill { shape: Shape::arbitrary(g), n },
            47..=50 => Self::Drain { from: which, n: u16::from(n) * 3, backward: n & 1 == 1 },
            51 => Self::GetMut { which },
            52 if n < 60 => Self::Clear,
            53 => Self::Rebuild,
            54 => Self::ThereAndBack,
            55 => Self::Clone,
            56 => Self::Reserve { n },
            57 => Self::Shrink,
            58 => Self::Repack,
            _ => Self::Query { at, len, kind: n },
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match *self {
            Self::Fill { shape, n } if n > 1 => {
                Box::new([n / 2, n - 1].into_iter().map(move |n| Self::Fill { shape, n }))
            }
            Self::Drain { from, n, backward } if n > 1 => {
                Box::new([n / 2, n - 1].into_iter().map(move |n| Self::Drain { from, n, backward }))
            }
            Self::Append { shape, n } if n > 1 => {
                Box::new([n / 2, n - 1].into_iter().map(move |n| Self::Append { shape, n }))
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}

const CASES: u64 = cases(150);

fn prop_every_operation_agrees<T: Ends>(ops: Vec<Op>) -> bool {
    let mut world = World::<T>::new();
    for op in ops {
        world.apply(op);
        world.compare();
    }
    true
}

#[test]
fn every_operation_agrees_on_u8() {
    QuickCheck::new().tests(CASES).quickcheck(prop_every_operation_agrees::<u8> as fn(_) -> _);
}

#[test]
fn every_operation_agrees_on_u64() {
    QuickCheck::new().tests(CASES).quickcheck(prop_every_operation_agrees::<u64> as fn(_) -> _);
}

#[test]
fn every_operation_agrees_on_i32() {
    QuickCheck::new().tests(CASES).quickcheck(prop_every_operation_agrees::<i32> as fn(_) -> _);
}

#[test]
fn every_operation_agrees_on_tuples() {
    let property = prop_every_operation_agrees::<(u8, i16)> as fn(_) -> _;
    QuickCheck::new().tests(CASES).quickcheck(property);
}

/// Every shape to two levels of inner nodes and down to nothing, from the front, from the rear
/// and from the middle.
#[test]
fn a_tree_grows_and_falls_through_all_heights() {
    const SHAPES: [Shape; 6] = [
        Shape::AllEqual,
        Shape::Nested,
        Shape::Comb,
        Shape::Ascending,
        Shape::Descending,
        Shape::Scattered,
    ];
    let shapes = if cfg!(debug_assertions) { &SHAPES[4..] } else { &SHAPES[..] };
    for (i, &shape) in (0..).zip(shapes) {
        let mut world = World::<u64>::new();
        for round in 0..20 {
            world.apply(Op::Fill { shape, n: 255 });
            world.apply(Op::Query { at: round * 12, len: round, kind: 0 });
        }
        world.compare();
        assert!(world.wide.check().expect("legal").height >= 3, "two levels above the leaves");
        while !world.wide.is_empty() {
            world.apply(Op::Drain { from: i * 777, n: 150, backward: i % 2 == 0 });
            world.apply(Op::Query { at: 100, len: 30, kind: 1 });
            world.compare();
        }
    }
}

#[test]
fn every_length_of_a_sorted_build_is_legal() {
    let step = if cfg!(debug_assertions) { 7 } else { 1 };
    for n in (0..1200).step_by(step) {
        let entries = (0..n).map(|i| (Interval::new(i / 3, i + 5), i));
        let tree = IntervalBTree::try_from_sorted(entries.clone()).expect("sorted");
        let summary = tree.check().expect("the laws hold");
        assert_eq!(summary.len, usize::try_from(n).expect("small"));
        assert!(tree.into_iter().eq(entries));
    }
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

    fn joins_agree(left: Entries, right: Entries) -> bool {
        let (wide, tree) = (both(&left, 3), both(&right, 3));
        let mut found: Vec<_> = wide.0.join(&tree.0).map(|((_, l), (_, r))| (*l, *r)).collect();
        let mut expected: Vec<_> = wide.1.join(&tree.1).map(|((_, l), (_, r))| (*l, *r)).collect();
        found.sort_unstable();
        expected.sort_unstable();
        found == expected
    }
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

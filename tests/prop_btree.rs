//! `IntervalBTree` against `IntervalTree` and a plain list, and what a panic leaves behind.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[path = "common/btree_ops.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with a fuzz target")]
mod btree_ops;

use btree_ops::{Ends, Op, Shape, World};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use stabtree::{Interval, IntervalBTree};

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

fn cases() -> u64 {
    if cfg!(miri) { 3 } else { 150 }
}

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
    QuickCheck::new().tests(cases()).quickcheck(prop_every_operation_agrees::<u8> as fn(_) -> _);
}

#[test]
fn every_operation_agrees_on_u64() {
    QuickCheck::new().tests(cases()).quickcheck(prop_every_operation_agrees::<u64> as fn(_) -> _);
}

#[test]
fn every_operation_agrees_on_i32() {
    QuickCheck::new().tests(cases()).quickcheck(prop_every_operation_agrees::<i32> as fn(_) -> _);
}

#[test]
fn every_operation_agrees_on_tuples() {
    let property = prop_every_operation_agrees::<(u8, i16)> as fn(_) -> _;
    QuickCheck::new().tests(cases()).quickcheck(property);
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
    for (i, shape) in (0..).zip(SHAPES) {
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
    for n in 0..1200 {
        let entries = (0..n).map(|i| (Interval::new(i / 3, i + 5), i));
        let tree = IntervalBTree::try_from_sorted(entries.clone()).expect("sorted");
        let summary = tree.check().expect("the laws hold");
        assert_eq!(summary.len, usize::try_from(n).expect("small"));
        assert!(tree.into_iter().eq(entries));
    }
    let error = IntervalBTree::try_from_sorted([3, 7, 5].map(|at| (Interval::point(at), ())));
    let error = error.expect_err("not sorted");
    assert_eq!((error.index, error.entry.0, error.sorted.len()), (2, Interval::point(5), 2));
    error.sorted.check().expect("the laws hold");
}

thread_local! {
    /// Comparisons until one panics.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Panics when a fuse burns down.
fn spark() {
    FUSE.with(|fuse| {
        if let Some(left) = fuse.get() {
            assert!(left > 0, "burnt down");
            fuse.set(Some(left - 1));
        }
    });
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fragile(u16);

impl PartialOrd for Fragile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fragile {
    fn cmp(&self, other: &Self) -> Ordering {
        spark();
        self.0.cmp(&other.0)
    }
}

fn fragile(start: u16, last: u16) -> Interval<Fragile> {
    Interval::new(Fragile(start), Fragile(last))
}

/// Runs `change` on copies of `tree`, with a panic at the first comparison, the second, and so on
/// to the end. After each the laws hold; `allowed` judges what is left, given the tree before.
fn panics_at_every_comparison<R>(
    tree: &IntervalBTree<Fragile, u32>,
    change: impl Fn(&mut IntervalBTree<Fragile, u32>) -> R,
    allowed: impl Fn(&[u32], &[u32]) -> bool,
) {
    let before: Vec<u32> = tree.values().copied().collect();
    for fuse in 0.. {
        let mut copy = tree.clone();
        FUSE.set(Some(fuse));
        let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut copy)));
        FUSE.set(None);
        copy.check().unwrap_or_else(|error| panic!("after {fuse} comparisons: {error}"));
        if outcome.is_ok() {
            return;
        }
        let after: Vec<u32> = copy.values().copied().collect();
        assert!(allowed(&before, &after), "after {fuse} comparisons: {before:?} became {after:?}");
    }
}

fn same(before: &[u32], after: &[u32]) -> bool {
    before == after
}

/// Trees whose next insertion or removal divides or joins nodes on several levels.
fn brittle_trees() -> Vec<IntervalBTree<Fragile, u32>> {
    // Full everywhere; then everything but the fewest taken out in the middle.
    let full = |n| (0..n).map(|i| (fragile(i / 2, 3000 - i), u32::from(i))).collect();
    let mut trees: Vec<IntervalBTree<_, _>> = [1, 31, 32, 33, 512, 513].map(full).into();
    for seed in [3, 4, 5] {
        let mut thin = full(1100);
        let mut n = 0;
        thin.retain(|_, _| {
            n += 1;
            n % seed == 0
        });
        trees.push(thin);
    }
    trees
}

#[test]
fn a_panicking_comparison_leaves_a_legal_tree() {
    for tree in brittle_trees() {
        let handles: Vec<_> = tree.iter().with_handles().map(|(handle, ..)| handle).collect();
        for &at in &[0, handles.len() / 2, handles.len() - 1] {
            let start = *tree.interval(handles[at]).expect("lives").start();
            let new = Interval::point(start);
            panics_at_every_comparison(&tree, |tree| tree.insert(new, 9999), same);
            let behind = |tree: &mut IntervalBTree<_, _>| {
                tree.insert_after(handles[at], new, 9999).map(|_| ()).map_err(|_| ())
            };
            panics_at_every_comparison(&tree, behind, same);
            if handles.len() > 1 {
                panics_at_every_comparison(&tree, |tree| tree.remove(handles[at]), same);
            }
            // Nothing has changed, or the entry is gone.
            let moved = |before: &[u32], after: &[u32]| {
                let mut without = before.to_vec();
                without.remove(at);
                after == before || after == without
            };
            let far = fragile(900, 4000);
            panics_at_every_comparison(&tree, |tree| tree.set_interval(handles[at], far), moved);
        }
        panics_at_every_comparison(&tree, IntervalBTree::repack, same);
    }
}

#[test]
fn a_panicking_comparison_in_a_removing_walk_loses_nothing_more() {
    let tree: IntervalBTree<_, _> =
        (0..200).map(|i| (fragile(i / 2, 400 - i), u32::from(i))).collect();
    let ordered_part = |before: &[u32], after: &[u32]| {
        let mut rest = before.iter();
        after.iter().all(|value| rest.any(|other| other == value))
    };
    let thin_out = |tree: &mut IntervalBTree<_, _>| tree.retain(|_, value| *value % 16 != 0);
    panics_at_every_comparison(&tree, thin_out, ordered_part);
    let extract = |tree: &mut IntervalBTree<_, u32>| {
        tree.extract_if(Fragile(10)..Fragile(60), |_, value| *value % 9 == 0).count()
    };
    panics_at_every_comparison(&tree, extract, ordered_part);
}

#[test]
fn a_panicking_predicate_leaves_the_rest() {
    for stop in [0, 1, 100, 299] {
        let mut tree: IntervalBTree<_, _> =
            (0..300).map(|i| (Interval::new(i, i + 9), i)).collect();
        let panics = catch_unwind(AssertUnwindSafe(|| {
            tree.retain(|_, value| {
                assert!(*value != stop, "stop");
                false
            });
        }));
        assert!(panics.is_err());
        tree.check().expect("the laws hold");
        assert!(tree.values().copied().eq(stop..300));
    }
}

/// A value that counts its drops and may panic in one of them.
#[derive(Debug)]
struct Dropped<'a>(&'a Cell<u32>, bool);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(!self.1 || std::thread::panicking(), "a panicking drop");
    }
}

#[test]
fn a_panicking_drop_leaves_a_legal_tree_and_drops_nothing_twice() {
    let drops = Cell::new(0);
    let mut tree = IntervalBTree::new();
    let handles: Vec<_> =
        (0..100).map(|i| tree.insert(Interval::point(i), Dropped(&drops, i == 40))).collect();
    assert!(catch_unwind(AssertUnwindSafe(|| tree.clear())).is_err());
    tree.check().expect("the laws hold");
    assert_eq!((tree.len(), drops.get()), (0, 100));
    assert!(handles.iter().all(|handle| !tree.contains(*handle)));

    drops.set(0);
    tree.extend((0..100).map(|i| (Interval::point(i), Dropped(&drops, i == 40))));
    assert!(catch_unwind(AssertUnwindSafe(|| tree.retain(|_, _| false))).is_err());
    tree.check().expect("the laws hold");
    assert_eq!((tree.len(), drops.get()), (59, 41));
    drop(tree);
    assert_eq!(drops.get(), 100);
}

#[test]
fn what_is_not_yet_iterated_is_dropped_once() {
    let drops = Cell::new(0);
    let tree: IntervalBTree<_, _> =
        (0..100).map(|i| (Interval::point(i), Dropped(&drops, false))).collect();
    let mut iter = tree.into_iter();
    assert_eq!((iter.next().map(|(at, _)| at), iter.len()), (Some(Interval::point(0)), 99));
    assert_eq!(iter.next_back().map(|(at, _)| at), Some(Interval::point(99)));
    assert_eq!(drops.get(), 2);
    drop(iter);
    assert_eq!(drops.get(), 100);
}

#[test]
fn foreign_handles_find_nothing_or_the_tree_s_own_entry() {
    let mut a: IntervalBTree<u8, u8> = (0..50).map(|i| (Interval::point(i), i)).collect();
    let mut b = IntervalBTree::new();
    let handles: Vec<_> = (0..80).map(|i| b.insert(Interval::point(i), i)).collect();
    for handle in handles {
        assert_eq!(a.contains(handle), a.get(handle).is_some());
        let removed = a.remove(handle);
        a.check().expect("the laws hold");
        assert_eq!(removed.is_some(), a.len() < 50 && !a.contains(handle) && removed.is_some());
    }
    assert_eq!(a.len(), 0, "the first fifty were its own names");
}

//! A comparison, a closure or a `Drop` panics while nodes of `IntervalBTree` split or merge on
//! several levels.

use crate::common::bounds::bound;
use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use stabtree::{Interval, IntervalBTree};

thread_local! {
    /// Comparisons until one panics.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Panics when a fuse burns down.
fn spark() {
    FUSE.with(|fuse| {
        if let Some(left) = fuse.get() {
            // Not `panic!`: thousands of messages would say nothing.
            let left = left.checked_sub(1).unwrap_or_else(|| resume_unwind(Box::new("burnt down")));
            fuse.set(Some(left));
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
/// to the end. After each all invariants hold; `allowed` decides on what is left, given the tree before.
fn panics_at_every_comparison<R>(
    tree: &IntervalBTree<Fragile, u32>,
    change: impl Fn(&mut IntervalBTree<Fragile, u32>) -> R,
    allowed: impl Fn(&[u32], &[u32]) -> bool,
) {
    let before: Vec<u32> = tree.values().copied().collect();
    for fuse in (0..).step_by(bound(23, 7, 1)) {
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

/// Trees whose next insertion or removal splits or merges nodes on several levels.
fn brittle_trees() -> Vec<IntervalBTree<Fragile, u32>> {
    // Full everywhere; then everything but the fewest removed in the middle.
    let full = |n| (0..n).map(|i| (fragile(i / 2, 3000 - i), u32::from(i))).collect();
    let mut trees: Vec<IntervalBTree<_, _>> = [1, 63, 64, 65, 512, 513].map(full).into();
    for seed in [3, 4, 5] {
        let mut thin = full(1700);
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
            let after = |tree: &mut IntervalBTree<_, _>| {
                tree.insert_after(handles[at], new, 9999).map(|_| ()).map_err(|_| ())
            };
            panics_at_every_comparison(&tree, after, same);
            if handles.len() > 1 {
                panics_at_every_comparison(&tree, |tree| tree.remove(handles[at]), same);
            }
            let far = fragile(900, 4000);
            panics_at_every_comparison(&tree, |tree| tree.set_interval(handles[at], far), same);
        }
        panics_at_every_comparison(&tree, IntervalBTree::compact, same);
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
        tree.check().expect("all invariants hold");
        assert!(tree.values().copied().eq(stop..300));
    }
}

//! The tree has the shape of a textbook red-black tree after every operation.

use crate::common::bounds::cases;
use crate::common::ends::End;
use crate::common::generate::Steps;
use crate::common::ops::Step;
use crate::common::reference_rb::{Reference, Shown};
use crate::common::world::World;
use quickcheck::{Gen, QuickCheck};
use stabtree::IntervalRbTree;

#[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
fn tree_has_the_reference_shape<T: End>(steps: Steps) {
    let (mut world, mut reference) = (World::<IntervalRbTree<T, u32>, T>::new(), Reference::new());
    for step in &steps.0 {
        reference.follow_world(&step.0, &mut world);
        assert_eq!(world.shape(), reference.show(), "after {step:?}");
    }
}

fn check<T: End>(cases: u64, steps: usize) {
    QuickCheck::new()
        .rng(Gen::new(steps))
        .tests(cases)
        .quickcheck(tree_has_the_reference_shape::<T> as fn(Steps));
}

#[test]
fn prop_tree_has_the_reference_shape_with_u64_ends() {
    check::<u64>(cases(1_000), 96);
}

#[test]
fn prop_tree_has_the_reference_shape_with_string_ends() {
    check::<String>(cases(200), 96);
}

#[test]
fn prop_tree_has_the_reference_shape_over_long_lists() {
    check::<u64>(cases(10), 1_000);
}

#[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
fn tree_inspects_no_more_than_the_kernel<T: End>(steps: Steps) {
    let (mut world, mut reference) = (World::<IntervalRbTree<T, u32>, T>::new(), Reference::new());
    for Step(op, lower, upper) in &steps.0 {
        reference.follow_world(op, &mut world);
        let query = (lower.map(T::end), upper.map(T::end));
        let (expected, most) = reference.kernel_search(&query);
        let found = world.index.overlapping(query.clone()).with_handles();
        let handles = expected.iter().map(|id| world.issued[*id]);
        assert!(found.map(|(handle, ..)| handle).eq(handles), "{query:?}");
        let probes = world.index.probes(query.clone());
        assert!(probes <= most, "{probes} probes for {query:?}, the kernel needs {most}");
    }
}

#[test]
fn prop_tree_inspects_no_more_than_the_kernel() {
    QuickCheck::new()
        .rng(Gen::new(96))
        .tests(cases(600))
        .quickcheck(tree_inspects_no_more_than_the_kernel::<u64> as fn(Steps));
    QuickCheck::new()
        .rng(Gen::new(600))
        .tests(cases(6))
        .quickcheck(tree_inspects_no_more_than_the_kernel::<u64> as fn(Steps));
}

/// The reference itself is held to the kernel's golden shape.
#[test]
fn reference_has_a_golden_shape() {
    use crate::common::ops::Effect::{Inserted, Removed};

    let mut reference = Reference::new();
    for (id, end) in [8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15].into_iter().enumerate() {
        reference.follow(&[Inserted { id, start: end, last: end }]);
    }
    reference.follow(&[0, 7, 8, 3].map(|id| Removed { id }));
    let flat: Vec<_> = reference
        .show()
        .iter()
        .map(|Shown { is_red, subtree_last, .. }| (*is_red, *subtree_last))
        .collect();
    let (red, black) = (true, false);
    let expected = [
        (black, 15),
        (red, 7),
        (black, 5),
        (red, 5),
        (black, 7),
        (red, 15),
        (black, 11),
        (red, 11),
        (black, 15),
        (red, 13),
        (red, 15),
    ];
    assert_eq!(flat, expected);
}

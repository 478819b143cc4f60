//! The tree equals its model after every operation, for every question and several types of ends.

use crate::common::cases;
use crate::common::ends::End;
use crate::common::generate::Steps;
use crate::common::world::World;
use quickcheck::{Gen, QuickCheck};

const CASES: u64 = cases(500);

/// Lists of at most this many operations.
const STEPS: usize = if cfg!(miri) { 20 } else { 96 };

fn tree_equals_model<T: End>(cases: u64, steps: usize) {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop<T: End>(steps: Steps) {
        World::<T>::run(&steps.0);
    }
    let mut quickcheck = QuickCheck::new().rng(Gen::new(steps)).tests(cases);
    quickcheck.quickcheck(prop::<T> as fn(Steps));
}

#[test]
fn prop_tree_equals_model_with_u8_ends() {
    tree_equals_model::<u8>(CASES, STEPS);
}

#[test]
fn prop_tree_equals_model_with_i64_ends() {
    tree_equals_model::<i64>(CASES, STEPS);
}

#[test]
fn prop_tree_equals_model_with_u64_ends() {
    tree_equals_model::<u64>(CASES, STEPS);
}

#[test]
fn prop_tree_equals_model_with_u128_ends() {
    tree_equals_model::<u128>(CASES, STEPS);
}

#[test]
fn prop_tree_equals_model_with_string_ends() {
    tree_equals_model::<String>(CASES, STEPS);
}

#[test]
fn prop_tree_equals_model_with_tuple_ends() {
    tree_equals_model::<(u8, i8)>(CASES, STEPS);
}

/// A tree of some hundred entries has the erase cases that need height.
#[test]
fn prop_tree_equals_model_over_long_lists() {
    tree_equals_model::<u64>(CASES.div_ceil(50), 20 * STEPS);
}

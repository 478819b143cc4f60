//! Either index equals its model after every operation, for every question and several types of ends.

use std::fmt::Debug;

use crate::common::bounds::{bound, cases};
use crate::common::ends::End;
use crate::common::generate::Steps;
use crate::common::index::Index;
use crate::common::ops::{Op, Pattern};
use crate::common::world::World;
use quickcheck::{Gen, QuickCheck};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

const CASES: u64 = cases(500);

/// Lists of at most this many operations.
const STEPS: usize = if cfg!(miri) { 20 } else { 96 };

/// Of long lists a sample puts all questions after one step in so many.
const EVERY: usize = bound(16, 1, 1);

/// An index of some hundred entries has the cases of removal that need height.
fn index_equals_model_over_long_lists<I: Index<T>, T: End>() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop<I: Index<T>, T: End>(steps: Steps) {
        let mut world = World::<I, T>::new();
        for (at, step) in steps.0.iter().enumerate() {
            if at.is_multiple_of(EVERY) {
                world.step(step);
            } else {
                world.apply(&step.0);
            }
        }
        world.compare_entries();
    }
    let mut quickcheck = QuickCheck::new().rng(Gen::new(20 * STEPS)).tests(CASES.div_ceil(50));
    quickcheck.quickcheck(prop::<I, T> as fn(Steps));
}

fn index_equals_model<I: Index<T>, T: End>() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop<I: Index<T>, T: End>(steps: Steps) {
        World::<I, T>::run(&steps.0);
    }
    let mut quickcheck = QuickCheck::new().rng(Gen::new(STEPS)).tests(CASES);
    quickcheck.quickcheck(prop::<I, T> as fn(Steps));
}

macro_rules! equals_model {
    ($($tree:ident $wide:ident $end:ty;)*) => {$(
        #[test]
        fn $tree() {
            index_equals_model::<IntervalRbTree<$end, u32>, $end>();
        }

        #[test]
        fn $wide() {
            index_equals_model::<IntervalBTree<$end, u32>, $end>();
        }
    )*};
}

equals_model! {
    prop_tree_equals_model_with_u8_ends prop_wide_equals_model_with_u8_ends u8;
    prop_tree_equals_model_with_u64_ends prop_wide_equals_model_with_u64_ends u64;
}

// They take as long to compile as to run.
#[cfg(not(debug_assertions))]
equals_model! {
    prop_tree_equals_model_with_i32_ends prop_wide_equals_model_with_i32_ends i32;
    prop_tree_equals_model_with_u128_ends prop_wide_equals_model_with_u128_ends u128;
    prop_tree_equals_model_with_tuple_ends prop_wide_equals_model_with_tuple_ends (u8, i8, u8);
}

#[test]
fn prop_tree_equals_model_with_string_ends() {
    index_equals_model::<IntervalRbTree<String, u32>, String>();
}

#[test]
fn prop_both_equal_their_models_over_long_lists() {
    index_equals_model_over_long_lists::<IntervalRbTree<u64, u32>, u64>();
    index_equals_model_over_long_lists::<IntervalBTree<u64, u32>, u64>();
}

/// Every pattern to two levels of inner nodes and down to nothing, from the front, from the back and
/// from the middle.
#[test]
fn an_index_grows_and_shrinks_through_all_heights() {
    grows_and_shrinks::<IntervalRbTree<u64, u32>>();
    grows_and_shrinks::<IntervalBTree<u64, u32>>();
}

fn grows_and_shrinks<I: Index<u64>>() {
    let (from, to) = bound((5, 6), (4, 6), (0, Pattern::ALL.len()));
    let patterns = &Pattern::ALL[from..to];
    for (i, &pattern) in (0..).zip(patterns) {
        let mut world = World::<I, u64>::new();
        for _ in 0..20 {
            world.apply(&Op::Fill(pattern, 255));
        }
        world.compare_entries();
        while !world.index.is_empty() {
            for _ in 0..2 {
                world.apply(&Op::Drain(i * 777, 150, i % 2 == 0));
            }
            world.compare_entries();
            world.ask_about(&40);
        }
    }
}

#[test]
fn every_length_of_a_sorted_build_is_legal() {
    fn is_legal<I: Index<u32> + Debug>(n: u32) {
        let entries: Vec<_> = (0..n).map(|i| (Interval::new(i / 3, i + 5), i)).collect();
        let index = I::from_sorted(entries.clone()).expect("sorted");
        assert_eq!(index.check(), Ok(entries.len()));
        assert!(index.has_good_height(true), "{n} entries");
        assert!(index.into_iter().eq(entries));
    }
    let step = if cfg!(debug_assertions) { 7 } else { 1 };
    for n in (0..1200).step_by(step) {
        is_legal::<IntervalBTree<u32, u32>>(n);
        is_legal::<IntervalRbTree<u32, u32>>(n);
    }
}

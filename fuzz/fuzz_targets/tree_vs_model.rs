//! The tree gives the same answers as a sorted list, after every operation.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree::IntervalRbTree;
use stabtree_fuzz::ops::Step;
use stabtree_fuzz::world::World;

/// The steps, and the type of the ends.
#[derive(Arbitrary, Debug)]
enum Input {
    U8(Vec<Step>),
    I64(Vec<Step>),
    Text(Vec<Step>),
}

fuzz_target!(|input: Input| match input {
    Input::U8(steps) => drop(World::<IntervalRbTree<u8, u32>, u8>::run(&steps)),
    Input::I64(steps) => drop(World::<IntervalRbTree<i64, u32>, i64>::run(&steps)),
    Input::Text(steps) => drop(World::<IntervalRbTree<String, u32>, String>::run(&steps)),
});

//! The wide index gives the same answers as a sorted list, after every operation.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree::IntervalBTree;
use stabtree_fuzz::ops::Step;
use stabtree_fuzz::world::World;

/// The steps, and the type of the ends.
#[derive(Arbitrary, Debug)]
enum Input {
    U8(Vec<Step>),
    U64(Vec<Step>),
    I32(Vec<Step>),
    Pairs(Vec<Step>),
}

fuzz_target!(|input: Input| match input {
    Input::U8(steps) => drop(World::<IntervalBTree<u8, u32>, u8>::run(&steps)),
    Input::U64(steps) => drop(World::<IntervalBTree<u64, u32>, u64>::run(&steps)),
    Input::I32(steps) => drop(World::<IntervalBTree<i32, u32>, i32>::run(&steps)),
    Input::Pairs(steps) =>
        drop(World::<IntervalBTree<(u8, i8, u8), u32>, (u8, i8, u8)>::run(&steps)),
});

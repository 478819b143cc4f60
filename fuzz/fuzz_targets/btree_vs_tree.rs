//! Any history of an `IntervalBTree`: every answer is that of an `IntervalRbTree` and of a plain list,
//! and the laws hold after each operation.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree_fuzz::btree_ops::{Ends, Op, World};

#[derive(Debug, Arbitrary)]
struct History {
    ends: u8,
    ops: Vec<Op>,
}

fn run<T: Ends>(ops: &[Op]) {
    let mut world = World::<T>::new();
    for &op in ops {
        world.apply(op);
        world.compare();
    }
}

fuzz_target!(|history: History| {
    match history.ends % 4 {
        0 => run::<u8>(&history.ops),
        1 => run::<u64>(&history.ops),
        2 => run::<i32>(&history.ops),
        _ => run::<(u8, i16)>(&history.ops),
    }
});

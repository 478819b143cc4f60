//! Spans, gaps, merged runs and depth are what counting for each of 256 values gives, on either
//! index.
#![no_main]

use std::ops::Bound;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree::{IntervalBTree, IntervalRbTree};
use stabtree_fuzz::cover::{ask_advanced, ask_cover};
use stabtree_fuzz::index::Index;
use stabtree_fuzz::ops::Op;
use stabtree_fuzz::world::World;

#[derive(Arbitrary, Debug)]
struct Input {
    changes: Vec<Op>,
    /// Any two bytes, other than the changes, which have few points.
    intervals: Vec<(u8, u8)>,
    queries: Vec<(Bound<u8>, Bound<u8>)>,
    advances: Vec<(u8, u8)>,
}

fn run<I: Index<u8>>(input: &Input) {
    let mut world = World::<I, u8>::changed(&input.changes);
    for (a, b) in &input.intervals {
        world.insert(stabtree::Interval::new(*a.min(b), *a.max(b)));
    }
    world.compare_entries();
    for query in &input.queries {
        ask_cover(&world.index, &world.model, *query);
        for (taken, to) in &input.advances {
            ask_advanced(&world.index, &world.model, *query, usize::from(*taken % 8), *to);
        }
    }
}

fuzz_target!(|input: Input| {
    run::<IntervalRbTree<u8, u32>>(&input);
    run::<IntervalBTree<u8, u32>>(&input);
});

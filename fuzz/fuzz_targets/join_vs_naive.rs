//! The join of two indexes is every pair that overlaps, once, as two loops find them; so are the pairs of one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stabtree::{IntervalBTree, IntervalRbTree};
use stabtree_fuzz::ends::End;
use stabtree_fuzz::index::Index;
use stabtree_fuzz::ops::Op;
use stabtree_fuzz::world::World;

fn run<I: Index<T>, T: End>(changes: &[Vec<Op>; 2]) {
    let [a, b] = changes.each_ref().map(|changes| World::<I, T>::changed(changes));
    a.ask_join(&b);
    b.ask_join(&a);
    a.ask_join(&a);
    a.compare_pairs();
}

fuzz_target!(|changes: [Vec<Op>; 2]| {
    run::<IntervalRbTree<u8, u32>, u8>(&changes);
    run::<IntervalBTree<u8, u32>, u8>(&changes);
    run::<IntervalRbTree<i64, u32>, i64>(&changes);
    run::<IntervalBTree<i64, u32>, i64>(&changes);
});

//! The tree has the shape of a textbook red-black tree, after every operation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stabtree::IntervalRbTree;
use stabtree_fuzz::ops::Op;
use stabtree_fuzz::reference_rb::Reference;
use stabtree_fuzz::world::World;

fuzz_target!(|ops: Vec<Op>| {
    let (mut world, mut reference) =
        (World::<IntervalRbTree<u8, u32>, u8>::new(), Reference::new());
    for op in &ops {
        reference.follow_world(op, &mut world);
        world.index.check().expect("a legal tree");
        assert_eq!(world.shape(), reference.show(), "after {op:?}");
    }
});

//! Handles: as numbers, and what they name after everything that may happen to an index.

use quickcheck::quickcheck;
use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

/// The number of a handle is that of its slot, from 1 to 2^31 - 2, and above it a generation that
/// is not 0.
fn is_of_a_handle(bits: u64) -> bool {
    (1..=(1 << 31) - 2).contains(&(bits & 0xFFFF_FFFF)) && bits >> 32 != 0
}

#[test]
fn every_number_is_of_one_handle_or_of_none() {
    fn holds(slot: u32, generation: u32) -> bool {
        let bits = u64::from(generation) << 32 | u64::from(slot);
        Handle::from_bits(bits).map(Handle::to_bits) == is_of_a_handle(bits).then_some(bits)
    }
    quickcheck(holds as fn(u32, u32) -> bool);
    let edges = [0, 1, 2, (1 << 31) - 2, (1 << 31) - 1, 1 << 31, u32::MAX];
    for (slot, generation) in edges.iter().flat_map(|slot| edges.map(|edge| (*slot, edge))) {
        assert!(holds(slot, generation), "{slot} {generation}");
    }
}

#[test]
fn a_saved_handle_still_names_its_entry() {
    macro_rules! check {
        ($index:ident) => {
            let mut index = $index::new();
            let handles: Vec<_> = (0..100).map(|i| index.insert(Interval::point(i), i)).collect();
            let saved: Vec<u64> = handles.iter().map(|handle| handle.to_bits()).collect();
            (0..100).step_by(2).for_each(|i| _ = index.remove(handles[i]));
            for (i, bits) in (0..100).zip(saved) {
                let handle = Handle::from_bits(bits).expect("it was one");
                assert_eq!(index.get(handle).copied(), (i % 2 == 1).then_some(i));
            }
        };
    }
    check!(IntervalRbTree);
    check!(IntervalBTree);
}

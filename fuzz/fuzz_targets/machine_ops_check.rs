//! Any history of a machine, under any settings: its tables agree after each operation, a refused
//! call leaves it as it was, and equal operations on a copy give an equal machine.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree::rmap::{KernelVersion, KsmSettings, Machine, Refresh};
use stabtree_fuzz::rmap_ops::{Op, World};

#[derive(Arbitrary, Debug)]
struct History {
    kernel: u8,
    limit: u8,
    switches: [bool; 6],
    ops: Vec<Op>,
    /// Where the copy is taken.
    fork: u8,
}

/// Returns `true` if the operation makes one call, and a refusal is all that it did.
fn is_one_call(op: Op) -> bool {
    !matches!(op, Op::Map { .. } | Op::Write { .. } | Op::Read { .. })
}

fuzz_target!(|history: History| {
    let [smart_scan, prune_chains, index_in_union, use_zero_pages, refreshes, keep_residual_items] =
        history.switches;
    let settings = KsmSettings::default()
        .with_max_page_sharing(2 + u32::from(history.limit % 8))
        .with_smart_scan(smart_scan)
        .with_prune_chains(prune_chains)
        .with_index_in_union(index_in_union)
        .with_use_zero_pages(use_zero_pages)
        .with_refresh(if refreshes { Refresh::IndexAndFamily } else { Refresh::Nothing })
        .with_keep_residual_items(keep_residual_items);
    let kernel = KernelVersion::ALL[usize::from(history.kernel) % KernelVersion::ALL.len()];
    let machine = Machine::builder().kernel(kernel).settings(settings).build();
    let mut world = World::new(machine);
    let mut copy = None;
    for (step, &op) in history.ops.iter().enumerate() {
        if step == usize::from(history.fork) {
            copy = Some((world.clone(), step));
        }
        let before = is_one_call(op).then(|| world.machine.clone());
        let refused = world.apply(op).err();
        if let Err(violation) = world.machine.check() {
            panic!("after {step}, {op:?} ({refused:?}): {violation}");
        }
        if let (Some(error), Some(before)) = (refused, before) {
            let (before, after) = (format!("{before:?}"), format!("{:?}", world.machine));
            assert_eq!(before, after, "{op:?} was refused ({error}) and changed the machine");
        }
    }
    if let Some((mut copy, from)) = copy {
        for &op in &history.ops[from..] {
            let _ = copy.apply(op);
        }
        assert_eq!(copy.state(), world.state(), "a copy comes to the same state");
    }
});

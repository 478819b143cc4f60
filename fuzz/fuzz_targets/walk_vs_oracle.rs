//! Any history of a small machine: after each operation the tables agree and every walk finds what
//! items and mappings predict. Where all memory is mergeable and nothing is swapped, the whole range
//! and the stored index miss nothing for ever. Where the scanner keeps residual items, as it does in every
//! history if the variable `COMPLETE` is set, the complete index misses nothing at any time.
//!
//! With the variable `KERNEL` all histories are of that version.
//!
//! A history may be of contexts instead of families, and is if the variable `REVERSE_MAP` is
//! `cow-context` (of none if it is `anon-vma`): then no ordinary page is missed at any time, and where
//! residual items are kept no merged one.
//!
//! With the variable `HOLE` it looks for a hole of the kernel that was merged instead: the run ends when
//! it finds one of that name, and prints it as a test.
#![no_main]

#[path = "../../tests/rmap/find_holes.rs"]
mod find_holes;
#[path = "../../tests/rmap/rmap_ops.rs"]
mod rmap_ops;

use std::sync::LazyLock;

use find_holes::Hole;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rmap_ops::{Op, World};
use stabtree::rmap::{
    AnonVmaIndex, CompleteIndex, FullRange, KernelVersion, KsmSettings, Machine, Refresh,
    ReverseMapKind, StoredPgoff,
};

#[derive(Debug, Arbitrary)]
struct History {
    kernel: u8,
    limit: u8,
    smart_scan: bool,
    prune_chains: bool,
    index_in_union: bool,
    use_zero_pages: bool,
    refreshes: bool,
    keeps_residual_items: bool,
    contexts: bool,
    /// What families keep their mappings in; walks find the same in each.
    index: u8,
    /// Of the random history that comes first, if one does: deep states take more luck than one changed
    /// byte at a time brings.
    seed: Option<u64>,
    ops: Vec<Op>,
}

/// Scans in which every entry of a machine at rest gets an item.
const SCANS: usize = 4;

/// The kernel in whose walk holes are looked for, unless the variable `KERNEL` names another.
const LATEST: KernelVersion = KernelVersion::V7_3;

/// The only kernel whose histories are run.
static KERNEL: LazyLock<Option<KernelVersion>> = LazyLock::new(|| {
    let name = std::env::var("KERNEL").ok()?;
    Some(name.parse().unwrap_or_else(|error| panic!("KERNEL: {error}")))
});

static COMPLETE: LazyLock<bool> = LazyLock::new(|| std::env::var_os("COMPLETE").is_some());

static REVERSE_MAP: LazyLock<Option<ReverseMapKind>> = LazyLock::new(|| {
    let name = std::env::var("REVERSE_MAP").ok()?;
    Some(name.parse().unwrap_or_else(|error| panic!("REVERSE_MAP: {error}")))
});

static HOLE: LazyLock<Option<Hole>> = LazyLock::new(|| {
    let name = std::env::var("HOLE").ok()?;
    let hole = Hole::ALL.into_iter().find(|hole| format!("{hole:?}") == name);
    Some(hole.unwrap_or_else(|| panic!("HOLE is one of {:?}, not {name}", Hole::ALL)))
});

fuzz_target!(|history: History| {
    let mut ops =
        history.seed.and_then(|seed| find_holes::histories(seed).next()).unwrap_or_default();
    ops.extend(&history.ops);
    if let Some(hole) = *HOLE {
        let kernel = KERNEL.unwrap_or(LATEST);
        if find_holes::holes(&ops, kernel).contains(&hole) {
            panic!("{}", find_holes::as_test(&find_holes::shrink(ops, hole, kernel), hole, kernel));
        }
        return;
    }
    let refresh = if history.refreshes { Refresh::IndexAndFamily } else { Refresh::Nothing };
    let settings = KsmSettings::default()
        .with_max_page_sharing(2 + u32::from(history.limit % 8))
        .with_smart_scan(history.smart_scan)
        .with_prune_chains(history.prune_chains)
        .with_index_in_union(history.index_in_union)
        .with_use_zero_pages(history.use_zero_pages)
        .with_refresh(refresh)
        .with_keep_residual_items(history.keeps_residual_items || *COMPLETE);
    let any = KernelVersion::ALL[usize::from(history.kernel) % KernelVersion::ALL.len()];
    let kernel = KERNEL.unwrap_or(any);
    let drawn = if history.contexts { ReverseMapKind::CowContext } else { ReverseMapKind::AnonVma };
    let reverse_map = REVERSE_MAP.unwrap_or(drawn);
    let index = AnonVmaIndex::ALL[usize::from(history.index) % AnonVmaIndex::ALL.len()];
    let builder = Machine::builder().kernel(kernel).settings(settings).reverse_map(reverse_map);
    let machine = builder.anon_vma_index(index).build();
    let mut world = World::new(machine);
    let mut tame = true;
    let mut mergeable = true;
    for (step, &op) in ops.iter().enumerate() {
        tame &= op.is_tame();
        mergeable &= op.keeps_mergeable();
        let refused = world.apply(op).err();
        if let Err(error) = world.machine.check() {
            panic!("after {step}, {op:?} ({refused:?}): {error}");
        }
        let missed = world.machine.missed(&CompleteIndex);
        let merged = settings.keep_residual_items;
        if let Some(entry) =
            missed.iter().find(|&&(pfn, _)| merged || !world.machine.is_merged(pfn))
        {
            panic!("after {step}, {op:?} ({refused:?}), {reverse_map}: missed {entry:?}");
        }
        if reverse_map == ReverseMapKind::CowContext {
            continue; // what is predicted below is of families
        }
        if let Err(error) = world.compare_with_prediction() {
            panic!("after {step}, {op:?} ({refused:?}): {error}");
        }
        if settings.keep_residual_items
            && let Err(error) = world.compare_complete()
        {
            panic!("after {step}, {op:?} ({refused:?}): {error}");
        }
    }
    if settings.keep_residual_items && reverse_map == ReverseMapKind::AnonVma {
        let mut later = world.clone();
        for _ in 0..SCANS {
            later.machine.ksm_scan();
        }
        later
            .compare_visits()
            .expect("where the stored index is right, the complete one costs no more");
    }
    // A scanner that refreshes what it leaves alone may even be swapped under.
    let whole = tame || (mergeable && history.refreshes);
    if whole && !settings.smart_scan {
        for _ in 0..SCANS {
            world.machine.ksm_scan();
        }
        world.machine.check().expect("the tables agree after the scans");
        assert_eq!(world.missed(&FullRange), [], "the whole range misses for ever");
        assert_eq!(world.missed(&StoredPgoff), [], "the stored index misses for ever");
    }
});

//! Finds holes of the reverse map in random histories, starting from nothing, and shrinks each
//! history to the operations that matter.
#![allow(dead_code, reason = "no user needs all of it")]

use std::collections::BTreeSet;
use std::fmt::Write;

use stabtree::rmap::{ItemState, KernelVersion, KsmSettings, Machine, MmId, Pfn, Vaddr};

use super::rmap_ops::{Op, World};

/// Why an entry is missed for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Hole {
    /// Its own item has an index that its mapping does not cover; the full range finds it (s9).
    StaleIndex,
    /// Its own item has a family that its mapping is not in (s9f).
    StaleFamily,
    /// It has no item. The page became a merged one through a relative, whose family it is not in
    /// (s17).
    Relative,
    /// It has no item. A relative's item has its family and index, and another address (s18).
    MovedRelative,
    /// It has no item, and there is none with its index in its line of forks (s9q).
    Forgotten,
}

impl Hole {
    pub(crate) const ALL: [Self; 5] =
        [Self::StaleIndex, Self::StaleFamily, Self::Relative, Self::MovedRelative, Self::Forgotten];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StaleIndex => "a_stale_index",
            Self::StaleFamily => "a_stale_family",
            Self::Relative => "a_relative_without_an_item",
            Self::MovedRelative => "a_relative_that_moved",
            Self::Forgotten => "a_forgotten_item",
        }
    }

    /// Why this entry is missed by the stored index.
    fn of(machine: &Machine, pfn: Pfn, (mm, at): (MmId, Vaddr)) -> Self {
        let index = machine.vma_at(mm, at).expect("an entry is mapped").linear_anon_page_index(at);
        let families = machine.families_at(mm, at).expect("an entry is mapped");
        let items = machine.items_of(pfn).expect("a merged page is a live frame");
        if let Some(own) = items.iter().find(|item| item.mm == mm && item.item.address() == at) {
            let fits = families.contains(&own.anon_vma);
            return if fits { Self::StaleIndex } else { Self::StaleFamily };
        }
        let root = |family| machine.family(family).map(|family| family.root);
        let indexed = items.iter().filter(|item| match item.item.state() {
            ItemState::Stable { pgoff, .. } => pgoff == index,
            _ => false,
        });
        let mut kin = indexed.filter(|item| root(item.anon_vma) == root(families[0]));
        if kin.clone().any(|item| families.contains(&item.anon_vma)) {
            return Self::MovedRelative;
        }
        if kin.next().is_some() { Self::Relative } else { Self::Forgotten }
    }
}

/// Scans after which what is still missed counts as missed for ever.
const SCANS: u64 = 6;

/// The holes that are open after some operation of a history, on this kernel and in its own walk.
pub(crate) fn holes(ops: &[Op], kernel: KernelVersion) -> BTreeSet<Hole> {
    let settings = KsmSettings::of(kernel).with_smart_scan(false);
    let mut world = World::new(Machine::builder().kernel(kernel).settings(settings).build());
    let mut holes = BTreeSet::new();
    for &op in ops {
        let _ = world.apply(op); // a refused operation is one more legal history
        open_holes(&world.machine, &mut holes);
    }
    holes
}

fn open_holes(machine: &Machine, holes: &mut BTreeSet<Hole>) {
    let strategy = machine.kernel().strategy();
    for pfn in machine.merged_pages() {
        let audit = machine.audit(pfn, strategy).expect("a merged page is a live frame");
        if audit.is_complete() {
            continue;
        }
        let missed = machine.permanently_missed(pfn, strategy, SCANS).expect("a live frame");
        holes.extend(missed.into_iter().map(|entry| Hole::of(machine, pfn, entry)));
    }
}

/// What the complete index misses after some operation of a history, on a kernel that keeps residual
/// items.
pub(crate) fn missed_though_complete(ops: &[Op], kernel: KernelVersion) -> Result<(), String> {
    let index_in_union = KsmSettings::of(kernel).index_in_union;
    let settings = KsmSettings::complete().with_index_in_union(index_in_union);
    let settings = settings.with_smart_scan(false);
    let mut world = World::new(Machine::builder().kernel(kernel).settings(settings).build());
    ops.iter().enumerate().try_for_each(|(step, &op)| {
        let _ = world.apply(op); // a refused operation is one more legal history
        world.compare_complete().map_err(|error| format!("after {step} of {ops:?}: {error}"))
    })
}

/// Random bytes (splitmix64): the same on every machine.
struct Bytes(u64);

impl Bytes {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)).to_le_bytes()[0]
    }
}

/// The random histories of a seed, each of up to 127 operations.
pub(crate) fn histories(seed: u64) -> impl Iterator<Item = Vec<Op>> {
    let mut bytes = Bytes(seed);
    std::iter::repeat_with(move || {
        let len = bytes.next() / 2;
        // Most addresses are out of four, so that operations meet.
        let favourites = [(); 4].map(|()| bytes.next());
        let place = |at: u8| if at < 224 { favourites[usize::from(at % 4)] } else { at };
        (0..len).map(|_| Op::random(&mut || bytes.next(), place)).collect()
    })
}

/// The shortest history with this hole that can be reached by leaving out operations and lowering
/// numbers, one after the other.
pub(crate) fn shrink(mut ops: Vec<Op>, hole: Hole, kernel: KernelVersion) -> Vec<Op> {
    let has_hole = |ops: &[Op]| holes(ops, kernel).contains(&hole);
    assert!(has_hole(&ops), "there is something to shrink");
    loop {
        let before = ops.clone();
        let mut chunk = ops.len().next_power_of_two();
        while chunk > 0 {
            let mut at = 0;
            while at < ops.len() {
                let mut fewer = ops.clone();
                fewer.drain(at..ops.len().min(at + chunk));
                if has_hole(&fewer) {
                    ops = fewer;
                } else {
                    at += chunk;
                }
            }
            chunk /= 2;
        }
        for at in 0..ops.len() {
            for field in 0..ops[at].numbers().len() {
                lower(&mut ops, at, field, has_hole);
            }
        }
        if ops == before {
            return ops;
        }
    }
}

/// Gives one number of one operation the lowest value with which the hole is still there.
fn lower(ops: &mut [Op], at: usize, field: usize, has_hole: impl Fn(&[Op]) -> bool) {
    let number = *ops[at].numbers()[field];
    for lower in 0..number {
        *ops[at].numbers()[field] = lower;
        if has_hole(ops) {
            return;
        }
    }
    *ops[at].numbers()[field] = number;
}

/// The history as a test, ready to be pasted into `tests/rmap/found_holes.rs`.
pub(crate) fn as_test(ops: &[Op], hole: Hole, kernel: KernelVersion) -> String {
    let mut test = format!("#[test]\nfn {}() {{\n    let ops = [\n", hole.name());
    for op in ops {
        writeln!(test, "        Op::{op:?},").expect("a string takes all");
    }
    write!(
        test,
        "    ];\n    assert!(holes(&ops, KernelVersion::{kernel:?}).contains(&Hole::{hole:?}));\n}}\n"
    )
        .expect("a string takes all");
    test
}

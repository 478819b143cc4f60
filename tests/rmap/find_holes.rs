//! Finds holes of the reverse map in random histories, starting from nothing, and shrinks each
//! history to the operations that matter.
#![allow(dead_code, reason = "no user needs all of it")]

use std::collections::BTreeSet;
use std::fmt::Write;

use stabtree::rmap::{
    AnonVmaId, CompleteIndex, CowContextSettings, ItemState, ItemView, KernelVersion, KsmSettings,
    Machine, MmId, Pfn, ProcessContext, ReverseMapKind, Strategy, Vaddr,
};

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
    /// It is of an ordinary page, which families never miss.
    Ordinary,
}

/// What holes are looked for in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) kernel: KernelVersion,
    pub(crate) reverse_map: ReverseMapKind,
    pub(crate) contexts: CowContextSettings,
    pub(crate) walk: WalkBy,
}

/// How merged pages are walked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WalkBy {
    /// As the kernel does.
    Kernel,
    /// From the context of the item's process (the first candidate on contexts).
    Process,
    /// From what the item recorded, at its index (the second).
    Recorded,
    /// The same, and from the places that a scanner keeps that loses none (the third).
    Residual,
}

impl Target {
    /// A kernel as it is.
    pub(crate) fn of(kernel: KernelVersion) -> Self {
        let contexts = CowContextSettings::repaired();
        Self { kernel, reverse_map: ReverseMapKind::AnonVma, contexts, walk: WalkBy::Kernel }
    }

    /// The last kernel with contexts instead of families.
    pub(crate) fn contexts(contexts: CowContextSettings, walk: WalkBy) -> Self {
        let reverse_map = ReverseMapKind::CowContext;
        Self { reverse_map, contexts, walk, ..Self::of(KernelVersion::V7_3) }
    }

    pub(crate) fn machine(self) -> Machine {
        let settings = match self.walk {
            WalkBy::Residual => KsmSettings::complete(),
            _ => KsmSettings::default(),
        };
        let index_in_union = KsmSettings::of(self.kernel).index_in_union;
        let settings = settings.with_index_in_union(index_in_union).with_smart_scan(false);
        let builder = Machine::builder().kernel(self.kernel).settings(settings);
        builder.reverse_map(self.reverse_map).cow_context(self.contexts).build()
    }

    pub(crate) fn strategy(self) -> &'static dyn Strategy {
        match self.walk {
            WalkBy::Kernel => self.kernel.strategy(),
            WalkBy::Process => &ProcessContext,
            WalkBy::Recorded | WalkBy::Residual => &CompleteIndex,
        }
    }
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
            Self::Ordinary => "an_ordinary_page",
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
        let eldest = |mm, at| machine.families_at(mm, at).ok().and_then(|all| all.last().copied());
        let root = |family: AnonVmaId, mm, at| match machine.family(family) {
            Some(family) => Some(family.root),
            None => eldest(mm, at),
        };
        let of_item = |item: &&ItemView| root(item.anon_vma, item.mm, item.item.address());
        let indexed = items.iter().filter(|item| match item.item.state() {
            ItemState::Stable { pgoff, .. } => pgoff == index,
            _ => false,
        });
        let own = root(families[0], mm, at);
        let mut kin = indexed.filter(|item| of_item(item) == own);
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
    holes_of(ops, Target::of(kernel))
}

/// The holes that are open after some operation of a history.
pub(crate) fn holes_of(ops: &[Op], target: Target) -> BTreeSet<Hole> {
    let mut world = World::new(target.machine());
    let mut holes = BTreeSet::new();
    for &op in ops {
        let _ = world.apply(op); // a refused operation is one more legal history
        open_holes(&world.machine, target.strategy(), &mut holes);
    }
    holes
}

fn open_holes(machine: &Machine, strategy: &dyn Strategy, holes: &mut BTreeSet<Hole>) {
    if machine.reverse_map_kind() == ReverseMapKind::CowContext {
        let missed = machine.missed(strategy);
        if missed.iter().any(|&(pfn, _)| !machine.is_merged(pfn)) {
            holes.insert(Hole::Ordinary);
        }
    }
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
pub(crate) fn shrink(ops: Vec<Op>, hole: Hole, kernel: KernelVersion) -> Vec<Op> {
    shrink_while(ops, |ops| holes(ops, kernel).contains(&hole))
}

/// The shortest such history for which `has_hole` still holds.
pub(crate) fn shrink_while(mut ops: Vec<Op>, has_hole: impl Fn(&[Op]) -> bool) -> Vec<Op> {
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
                lower(&mut ops, at, field, &has_hole);
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

/// The history as a test of contexts.
pub(crate) fn as_target_test(ops: &[Op], hole: Hole, target: Target) -> String {
    let mut test = format!("#[test]\nfn {}() {{\n    let ops = [\n", hole.name());
    for op in ops {
        writeln!(test, "        Op::{op:?},").expect("a string takes all");
    }
    let contexts = match target.contexts {
        posted if posted == CowContextSettings::as_posted() => "as_posted",
        _ => "repaired",
    };
    let walk = target.walk;
    write!(
        test,
        "    ];\n    let target = Target::contexts(CowContextSettings::{contexts}(), WalkBy::{walk:?});\n    \
         assert!(holes_of(&ops, target).contains(&Hole::{hole:?}));\n}}\n"
    )
    .expect("a string takes all");
    test
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

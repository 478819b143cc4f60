//! The model of reverse mapping: every walk beside what the page tables predict, under any settings.

use std::fmt::Write;
use std::mem::discriminant;

use stabtree::rmap::{
    AnonVmaIndex, CompleteIndex, CowContextSettings, FullRange, KernelVersion, KsmSettings,
    Machine, Refresh, ReverseMapKind, StoredPgoff, Strategy,
};

use crate::find_holes;
use crate::lockstep::Lockstep;
use crate::rmap_ops::{Op, World};
use crate::subject::{Coverage, Subject};

pub(crate) struct History;

/// Scans in which every entry of a machine at rest gets an item.
const SCANS: usize = 4;

/// What a seed chooses besides the operations.
#[derive(Debug)]
struct Setup {
    kernel: KernelVersion,
    index: AnonVmaIndex,
    settings: KsmSettings,
}

impl Setup {
    fn new(seed: u64) -> Self {
        let bit = |n: u32| seed >> (20 + n) & 1 == 1;
        let kernel =
            KernelVersion::ALL[usize::from(seed.to_le_bytes()[0]) % KernelVersion::ALL.len()];
        let refresh = if bit(4) { Refresh::IndexAndFamily } else { Refresh::Nothing };
        let settings = KsmSettings::default()
            .with_max_page_sharing(2 + u32::from(seed.to_le_bytes()[1] % 8))
            .with_smart_scan(bit(0))
            .with_prune_chains(bit(1))
            .with_index_in_union(bit(2))
            .with_use_zero_pages(bit(3))
            .with_refresh(refresh)
            .with_keep_residual_items(bit(5));
        let index = match (bit(6), bit(7)) {
            (false, _) => AnonVmaIndex::RedBlack,
            (true, false) => AnonVmaIndex::BTree,
            (true, true) => AnonVmaIndex::PublishedBTree,
        };
        Self { kernel, index, settings }
    }

    fn world(&self) -> World {
        let builder = Machine::builder().kernel(self.kernel).settings(self.settings);
        World::new(builder.anon_vma_index(self.index).build())
    }
}

/// Of each merged page how many items and entries it has, and how many of them which walk misses.
fn state(world: &World) -> Vec<(usize, usize, usize, usize)> {
    let machine = &world.machine;
    let missed = |page, strategy: &dyn Strategy| {
        machine.audit(page, strategy).expect("a merged page is a live frame").missed.len()
    };
    let pages = machine.merged_pages().map(|page| {
        let items = machine.items_of(page).expect("a merged page is a live frame").len();
        let mapped = machine.mapped_ptes(page).expect("a merged page is a live frame").len();
        (items, mapped, missed(page, &FullRange), missed(page, &StoredPgoff))
    });
    let mut pages: Vec<_> = pages.collect();
    pages.sort_unstable();
    pages
}

/// Lets a machine come to rest.
fn scan(world: &mut World) {
    for _ in 0..SCANS {
        world.machine.ksm_scan();
    }
}

impl Subject for History {
    type Op = Op;

    fn name() -> String {
        "machine".to_owned()
    }

    fn history(seed: u64) -> Vec<Op> {
        find_holes::histories(seed).find(|ops| !ops.is_empty()).expect("they never end")
    }

    fn run(seed: u64, ops: &[Op], coverage: &mut Coverage) {
        let setup = Setup::new(seed);
        let settings = setup.settings;
        let mut world = setup.world();
        let (mut tame, mut mergeable, mut former) = (true, true, None);
        for (step, &op) in ops.iter().enumerate() {
            tame &= op.is_tame();
            mergeable &= op.keeps_mergeable();
            let refused = world.apply(op).err();
            let about = || format!("after {step}, {op:?} ({refused:?})");
            world.machine.check().unwrap_or_else(|error| panic!("{}: {error}", about()));
            world.compare_with_prediction().unwrap_or_else(|error| panic!("{}: {error}", about()));
            if settings.keep_residual_items {
                world.compare_complete().unwrap_or_else(|error| panic!("{}: {error}", about()));
            }
            coverage.operations += 1;
            coverage.comparisons += 1;
            let pages = state(&world);
            let is_merged = pages.len().min(4);
            coverage.state((setup.kernel.number(), pages));
            let refused = refused.as_ref().map(discriminant);
            coverage.feature((
                former,
                discriminant(&op),
                refused,
                is_merged,
                setup.kernel.number(),
            ));
            former = Some(discriminant(&op));
        }
        if settings.keep_residual_items {
            let mut later = world.clone();
            scan(&mut later);
            later
                .compare_visits()
                .expect("where the stored index is right, the complete one costs no more");
        }
        // A scanner that refreshes what it leaves alone may even be swapped under.
        let whole = tame || (mergeable && settings.refresh == Refresh::IndexAndFamily);
        if whole && !settings.smart_scan {
            scan(&mut world);
            world.machine.check().expect("the tables agree after the scans");
            assert_eq!(world.missed(&FullRange), [], "the whole range misses for ever");
            assert_eq!(world.missed(&StoredPgoff), [], "the stored index misses for ever");
            if settings.keep_residual_items {
                assert_eq!(world.missed(&CompleteIndex), [], "the complete index misses");
            }
        }
        // A copy that takes the same way comes to the same place.
        if seed % 8 == 3 {
            let mut copy = setup.world();
            for &op in ops {
                let _ = copy.apply(op); // refused as it was before
            }
            if whole && !settings.smart_scan {
                scan(&mut copy);
            }
            assert_eq!(format!("{copy:?}"), format!("{world:?}"), "another machine of these calls");
        }
    }

    fn simpler(op: &Op) -> Vec<Op> {
        let mut simpler = Vec::new();
        for field in 0..op.clone().numbers().len() {
            let number = *op.clone().numbers()[field];
            for lower in [0, number / 2, number.saturating_sub(1)] {
                let mut other = *op;
                *other.numbers()[field] = lower;
                if lower < number {
                    simpler.push(other);
                }
            }
        }
        simpler
    }

    fn as_test(seed: u64, ops: &[Op]) -> String {
        let Setup { kernel, index, settings } = Setup::new(seed);
        let mut test = format!(
            "#[test]\nfn a_history_of_a_machine() {{\n    // {settings:?}\n    \
             let machine = Machine::builder().kernel(KernelVersion::{kernel:?}).settings(settings)\n        \
             .anon_vma_index(AnonVmaIndex::{index:?}).build();\n    let mut world = World::new(machine);\n    for op in [\n"
        );
        for op in ops {
            writeln!(test, "        Op::{op:?},").expect("a string");
        }
        test += "    ] {\n        let _ = world.apply(op);\n        world.machine.check().unwrap();\n        \
                 world.compare_with_prediction().unwrap();\n    }\n}\n";
        test
    }
}

/// Contexts beside families of mappings, where neither misses anything: the same calls do the same to
/// memory, and every page is found wherever it is mapped.
pub(crate) struct Contexts;

fn complete(seed: u64) -> Lockstep {
    let kernel = KernelVersion::ALL[usize::from(seed.to_le_bytes()[0]) % KernelVersion::ALL.len()];
    let sharing = 2 + u32::from(seed.to_le_bytes()[1] % 8);
    let settings = KsmSettings::complete().with_smart_scan(false).with_max_page_sharing(sharing);
    let builder = Machine::builder().kernel(kernel).settings(settings);
    Lockstep::new(|kind| builder.reverse_map(kind).build())
}

impl Subject for Contexts {
    type Op = Op;

    fn name() -> String {
        "contexts".to_owned()
    }

    fn history(seed: u64) -> Vec<Op> {
        History::history(seed)
    }

    fn run(seed: u64, ops: &[Op], coverage: &mut Coverage) {
        let mut pair = complete(seed);
        let posted = Machine::builder().reverse_map(ReverseMapKind::CowContext);
        let mut posted = World::new(posted.cow_context(CowContextSettings::as_posted()).build());
        let mut former = None;
        for (step, &op) in ops.iter().enumerate() {
            let applied = pair.apply(op);
            let about = || format!("after {step}, {op:?} ({applied:?})");
            assert!(applied.is_ok(), "{}", about());
            let _ = posted.apply(op); // other pages are merged there
            for world in [&pair.families, &pair.contexts, &posted] {
                world.machine.check().unwrap_or_else(|error| panic!("{}: {error}", about()));
            }
            for world in [&pair.families, &pair.contexts] {
                let missed = world.machine.missed(&CompleteIndex);
                let kind = world.machine.reverse_map_kind();
                assert!(missed.is_empty(), "{}: {kind:?} misses {missed:?}", about());
            }
            coverage.operations += 1;
            coverage.comparisons += 1;
            coverage.state(("contexts", pair.parted, state(&pair.contexts)));
            let refused = applied.ok().and_then(Result::err).as_ref().map(discriminant);
            coverage.feature(("contexts", former, discriminant(&op), refused));
            former = Some(discriminant(&op));
        }
    }

    fn simpler(op: &Op) -> Vec<Op> {
        History::simpler(op)
    }

    fn as_test(seed: u64, ops: &[Op]) -> String {
        format!("// on `complete` machines of both reverse maps, seed {seed}\n{ops:#?}\n")
    }
}

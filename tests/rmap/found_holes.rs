//! Holes of the reverse map that random histories led to, as `examples/find_holes.rs` prints them.

use stabtree::rmap::KernelVersion;

use crate::find_holes::{Hole, as_test, histories, holes, missed_though_complete, shrink};
use crate::rmap_ops::Op;

/// The kernel whose walk searches at the stored index.
const KERNEL: KernelVersion = KernelVersion::V7_3;

/// Seeds from which a hole of each kind comes up soon, and the number of the history: few enough for
/// a test. Of most seeds it takes some thousand, for the first two some ten thousand.
const FOUND: [(Hole, u64, usize); 5] = [
    (Hole::StaleIndex, 2131, 42),
    (Hole::StaleFamily, 3450, 10),
    (Hole::Relative, 691, 1),
    (Hole::MovedRelative, 1247, 8),
    (Hole::Forgotten, 189, 2),
];

fn found(hole: Hole, seed: u64, number: usize) -> Vec<Op> {
    let mut tried = histories(seed).take(number);
    tried.find(|ops| holes(ops, KERNEL).contains(&hole)).expect("the seed leads to a hole")
}

/// What the finder finds and shrinks today is what stands below.
#[test]
fn the_finder_finds_them() {
    assert_eq!(FOUND.map(|(hole, ..)| hole), Hole::ALL);
    let tests = FOUND.map(|(hole, seed, number)| {
        as_test(&shrink(found(hole, seed, number), hole, KERNEL), hole, KERNEL)
    });
    let missing: Vec<_> =
        tests.into_iter().filter(|test| !include_str!("found_holes.rs").contains(test)).collect();
    assert!(missing.is_empty(), "not below:\n\n{}", missing.join("\n"));
}

/// The stored index brought the first kind; the others are older.
#[test]
fn older_kernels_have_all_but_the_stale_index() {
    for (hole, seed, number) in FOUND {
        let ops = shrink(found(hole, seed, number), hole, KERNEL);
        for kernel in [KernelVersion::V6_12, KernelVersion::V7_2] {
            let missed = holes(&ops, kernel).contains(&hole);
            assert_eq!(missed, hole != Hole::StaleIndex, "{hole:?} on {kernel}");
        }
    }
}

/// On a machine that keeps residual items none of them opens.
#[test]
fn kept_residual_items_close_them() {
    for (hole, seed, number) in FOUND {
        assert_eq!(missed_though_complete(&found(hole, seed, number), KERNEL), Ok(()), "{hole:?}");
    }
}

#[test]
fn a_stale_index() {
    let ops = [
        Op::Map { p: 0, at: 0, pages: 1 },
        Op::Write { p: 0, at: 0, pages: 1, content: 0 },
        Op::Scan,
        Op::Scan,
        Op::SwapOutSlowly { p: 0, at: 0 },
        Op::Move { p: 0, at: 1, pages: 0, to: 0, new_pages: 0 },
        Op::Read { p: 0, at: 0, pages: 0 },
    ];
    assert!(holes(&ops, KernelVersion::V7_3).contains(&Hole::StaleIndex));
}

#[test]
fn a_stale_family() {
    let ops = [
        Op::Map { p: 0, at: 10, pages: 3 },
        Op::Write { p: 0, at: 11, pages: 2, content: 0 },
        Op::Map { p: 0, at: 5, pages: 2 },
        Op::Advise { p: 0, at: 5, pages: 1, mergeable: false },
        Op::Write { p: 0, at: 5, pages: 2, content: 0 },
        Op::Fork { p: 0 },
        Op::Map { p: 0, at: 11, pages: 1 },
        Op::Scan,
        Op::Move { p: 1, at: 11, pages: 2, to: 0, new_pages: 2 },
        Op::Fork { p: 1 },
        Op::Advise { p: 2, at: 0, pages: 2, mergeable: false },
        Op::Scan,
        Op::Exit { p: 0 },
        Op::Scan,
        Op::Move { p: 1, at: 0, pages: 2, to: 5, new_pages: 2 },
    ];
    assert!(holes(&ops, KernelVersion::V7_3).contains(&Hole::StaleFamily));
}

#[test]
fn a_relative_without_an_item() {
    let ops = [
        Op::Map { p: 0, at: 0, pages: 1 },
        Op::Fork { p: 0 },
        Op::Write { p: 1, at: 0, pages: 1, content: 0 },
        Op::Fork { p: 1 },
        Op::Scan,
        Op::Advise { p: 1, at: 0, pages: 0, mergeable: false },
        Op::Scan,
    ];
    assert!(holes(&ops, KernelVersion::V7_3).contains(&Hole::Relative));
}

#[test]
fn a_relative_that_moved() {
    let ops = [
        Op::Map { p: 0, at: 11, pages: 0 },
        Op::Fork { p: 0 },
        Op::Write { p: 1, at: 11, pages: 0, content: 3 },
        Op::Fork { p: 1 },
        Op::Write { p: 0, at: 11, pages: 0, content: 3 },
        Op::Move { p: 2, at: 11, pages: 0, to: 0, new_pages: 0 },
        Op::Scan,
        Op::Advise { p: 2, at: 0, pages: 0, mergeable: false },
        Op::Scan,
    ];
    assert!(holes(&ops, KernelVersion::V7_3).contains(&Hole::MovedRelative));
}

#[test]
fn a_forgotten_item() {
    let ops = [
        Op::Map { p: 0, at: 0, pages: 1 },
        Op::Write { p: 0, at: 0, pages: 1, content: 0 },
        Op::Fork { p: 0 },
        Op::Advise { p: 0, at: 0, pages: 0, mergeable: false },
        Op::Scan,
        Op::Scan,
        Op::Exit { p: 1 },
        Op::Scan,
    ];
    assert!(holes(&ops, KernelVersion::V7_3).contains(&Hole::Forgotten));
}

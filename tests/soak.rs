//! Long random histories of both indexes with every integer type, each result held against the model;
//! prints how many operations and full checks of the invariants there were.
//!
//! `SOAK_OPERATIONS` is their number, ten million if optimised. A history that fails prints its seed;
//! `SOAK_SEED` with that number makes it the first one of every test.

mod common;

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use common::bounds::bound;
use common::ends::{End, Point};
use common::generate::Steps;
use common::index::Index;
use common::ops::{Op, Pattern, Who};
use common::world::World;
use quickcheck::{Arbitrary, Gen};
use stabtree::{IntervalBTree, IntervalRbTree};

/// Operations of all tests together: changes whose result is compared, and queries whose whole
/// answer is.
fn operations() -> u64 {
    let usual = bound(30_000, 150_000, 12_000_000);
    env::var("SOAK_OPERATIONS").map_or(usual, |n| n.parse().expect("a number"))
}

/// The tests that share them. A debug build has those of two types, for the others take as long to
/// compile as to run.
const TESTS: u64 = if cfg!(debug_assertions) { 2 * 2 + 3 } else { 2 * 12 + 11 };

/// Fresh for each run, or the one that is asked for.
fn first_seed() -> u64 {
    let fresh = || RandomState::new().hash_one("seed");
    env::var("SOAK_SEED").map_or_else(|_| fresh(), |seed| seed.parse().expect("a number"))
}

/// The mixer of Steele, Lea and Flood, of 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Three in ten at the ends of the type.
    fn point(&mut self) -> Point {
        Point::from_byte(self.byte())
    }

    fn bound<T: End>(&mut self) -> Bound<T> {
        match self.below(5) {
            0 | 1 => Included(T::end(self.point())),
            2 | 3 => Excluded(T::end(self.point())),
            _ => Unbounded,
        }
    }
}

/// Prints the seed of the history at hand if it fails.
struct History {
    name: String,
    seed: u64,
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: SOAK_SEED={} fails", self.name, self.seed);
        }
    }
}

#[derive(Default)]
struct Tally {
    histories: u64,
    operations: u64,
    /// Calls of `check`, the comparison of all entries with it.
    proofs: u64,
}

/// Operations and proofs of all tests that are done, and how many are not.
static DONE: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
static RUNNING: AtomicU64 = AtomicU64::new(TESTS);

/// Fewest proofs of all tests together: 200,000 for ten million operations.
fn fewest_proofs() -> u64 {
    operations() / 50
}

/// Runs histories until there were enough operations.
fn run(name: &str, history: impl Fn(u64, &mut Tally)) {
    let (mut tally, mut seeds) = (Tally::default(), Random(first_seed()));
    let first = seeds.0;
    while tally.operations < operations().div_ceil(TESTS) {
        let on_panic = History { name: name.to_owned(), seed: seeds.0 };
        history(seeds.next(), &mut tally);
        tally.histories += 1;
        drop(on_panic);
    }
    let Tally { histories, operations, proofs } = tally;
    let [all, all_proofs] = [(&DONE[0], operations), (&DONE[1], proofs)]
        .map(|(done, more)| done.fetch_add(more, Relaxed) + more);
    eprintln!(
        "soak {name}: seed {first}, {histories} histories, {operations} operations, {proofs} proofs; \
         so far {all} operations, {all_proofs} proofs"
    );
    if RUNNING.fetch_sub(1, Relaxed) == 1 {
        assert!(all_proofs >= fewest_proofs(), "{all_proofs} proofs of all tests");
    }
}

/// Questions that one call of [`World::ask`] puts, apart from those about each entry.
const QUESTIONS: u64 = 10;

fn history<I: Index<T>, T: End>(seed: u64, tally: &mut Tally) {
    let mut random = Random(seed);
    // Few histories grow to thousands: there each comparison takes long.
    let most = match random.below(64) {
        0 => 4_096,
        1..6 => 600,
        6..24 => 150,
        _ => 40,
    };
    let mut world = World::<I, T>::new();
    for step in 0..most * 3 {
        let (a, b, place) = (random.point(), random.point(), random.byte());
        let who = Who::Live(place);
        let len = world.model.entries.len() as u64;
        let change = match random.below(16) {
            0..7 if len < most => Op::Insert(a, b),
            7 if len < most => Op::InsertTie(who, a),
            0..10 => Op::Remove(who),
            10 => Op::SetLast(who, a),
            11..13 => Op::SetInterval(who, a, b),
            // Ties, which random points seldom are.
            13 => Op::Fill(Pattern::EqualStarts, place % 5),
            14 => Op::Fill(Pattern::Ascending, 3),
            _ => Op::Drain(u16::from(place) * 16, random.byte() % 4, false),
        };
        world.apply(&change);
        tally.operations += 1;
        if random.below(4 + len / 8) == 0 || step + 1 == most * 3 {
            world.compare_entries();
            world.ask(&(random.bound(), random.bound()));
            world.ask_about(&T::end(random.point()));
            tally.operations += QUESTIONS;
            tally.proofs += 1;
        }
    }
}

/// Every operation that the tree has, by steps that quickcheck makes of the seed.
fn history_of_all_operations<I: Index<T>, T: End>(seed: u64, tally: &mut Tally) {
    let steps = Steps::arbitrary(&mut Gen::from_size_and_seed(300, seed));
    let mut world = World::<I, T>::new();
    for (i, step) in steps.0.iter().enumerate() {
        if i % 8 == 0 {
            world.step(step);
            tally.operations += QUESTIONS;
            tally.proofs += 1;
        } else {
            world.apply(&step.0);
        }
        tally.operations += 1;
    }
}

macro_rules! soak {
    ($($int:ident)*) => {$(
        mod $int {
            use super::*;

            #[test]
            fn tree() {
                run(concat!("tree ", stringify!($int)), history::<IntervalRbTree<$int, u32>, $int>);
            }

            #[test]
            fn wide_tree() {
                run(concat!("wide ", stringify!($int)), history::<IntervalBTree<$int, u32>, $int>);
            }
        }
    )*};
}

soak!(u8 u64);
#[cfg(not(debug_assertions))]
soak!(u16 u32 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! soak_all_operations {
    ($($name:ident $index:ident $end:ty;)*) => {$(
        #[test]
        fn $name() {
            run(stringify!($name), history_of_all_operations::<$index<$end, u32>, $end>);
        }
    )*};
}

soak_all_operations! {
    all_operations_of_a_tree_of_u8 IntervalRbTree u8;
    all_operations_of_a_wide_tree_of_u64 IntervalBTree u64;
    all_operations_of_a_tree_of_strings IntervalRbTree String;
}
#[cfg(not(debug_assertions))]
soak_all_operations! {
    all_operations_of_a_wide_tree_of_u8 IntervalBTree u8;
    all_operations_of_a_tree_of_u64 IntervalRbTree u64;
    all_operations_of_a_tree_of_i64 IntervalRbTree i64;
    all_operations_of_a_wide_tree_of_i64 IntervalBTree i64;
    all_operations_of_a_tree_of_u128 IntervalRbTree u128;
    all_operations_of_a_wide_tree_of_u128 IntervalBTree u128;
    all_operations_of_a_tree_of_tuples IntervalRbTree (u8, i8, u8);
    all_operations_of_a_wide_tree_of_tuples IntervalBTree (u8, i8, u8);
}

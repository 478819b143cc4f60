//! Every sequence of insertions and removals over the intervals of three points, on either index,
//! with every question after it.

use crate::common::bounds::bound;
use std::collections::HashSet;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

use crate::common::cover::ask_cover;
use crate::common::index::Index;
use crate::common::world::World;
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

/// The length of the longest sequences; there are 25 million up to 8.
const LENGTH: usize = bound(3, 4, 8);

const POINTS: u8 = 3;

/// The six closed intervals of the three points.
fn intervals() -> impl Iterator<Item = Interval<u8>> {
    (0..POINTS).flat_map(|start| (start..POINTS).map(move |last| Interval::new(start, last)))
}

/// All queries with ends at the points, empty and inverted ones among them.
fn queries() -> impl Iterator<Item = (Bound<u8>, Bound<u8>)> {
    let bounds = || {
        let at_points = (0..POINTS).flat_map(|at| [Included(at), Excluded(at)]);
        at_points.chain([Unbounded])
    };
    bounds().flat_map(move |lower| bounds().map(move |upper| (lower, upper)))
}

/// A tree, by its entries and what else decides how it is searched.
type Tree = (Vec<(u8, u8)>, Vec<usize>);

/// What the walk over all sequences has met.
#[derive(Default)]
struct Walk {
    sequences: u64,
    trees: HashSet<Tree>,
    questions: u64,
}

impl Walk {
    fn visit<I: Index<u8>>(&mut self, world: &World<I, u8>, left: usize) {
        self.sequences += 1;
        world.compare_entries();
        let entries = world.model.entries.iter().map(|entry| (entry.start, entry.last)).collect();
        if self.trees.insert((entries, world.index.shape())) {
            self.ask_all(world);
            change_in_other_ways(world);
        }
        if left == 0 {
            return;
        }
        for interval in intervals() {
            let mut next = world.clone();
            next.insert(interval);
            self.visit(&next, left - 1);
        }
        for place in 0..world.model.entries.len() {
            let mut next = world.clone();
            next.remove(place);
            self.visit(&next, left - 1);
        }
    }

    fn ask_all<I: Index<u8>>(&mut self, world: &World<I, u8>) {
        for query in queries() {
            world.ask(&query);
            ask_cover(&world.index, &world.model, query);
            self.questions += 1;
        }
        (0..POINTS).for_each(|at| world.ask_about(&at));
        intervals().for_each(|interval| world.ask_exact(&interval));
        world.ask_join(world);
    }
}

/// The changes that are no part of the sequences, each on a copy.
fn change_in_other_ways<I: Index<u8>>(world: &World<I, u8>) {
    for place in 0..world.model.entries.len() {
        for interval in intervals() {
            let mut next = world.clone();
            next.set_interval(place, interval);
            next.compare_entries();
        }
        for last in 0..POINTS {
            let mut next = world.clone();
            next.insert_after(place, last);
            next.compare_entries();
        }
    }
}

/// Number of sequences of `left` more changes or fewer, from `len` entries.
fn sequences(len: u64, left: usize) -> u64 {
    if left == 0 {
        return 1;
    }
    let removed = len.checked_sub(1).map_or(0, |fewer| len * sequences(fewer, left - 1));
    1 + 6 * sequences(len + 1, left - 1) + removed
}

fn every_sequence<I: Index<u8>>() {
    let mut walk = Walk::default();
    walk.visit(&World::<I, u8>::default(), LENGTH);
    assert_eq!(walk.sequences, sequences(0, LENGTH));
    let (trees, questions) = (walk.trees.len(), walk.questions);
    eprintln!(
        "{}: {} sequences of up to {LENGTH} changes, {trees} different trees, {questions} queries",
        I::NAME,
        walk.sequences,
    );
}

#[test]
#[cfg_attr(stabtree_small_nodes, ignore = "they are the nodes of the wide tree alone")]
fn every_sequence_on_the_tree() {
    every_sequence::<IntervalRbTree<u8, u32>>();
}

#[test]
fn every_sequence_on_the_wide_tree() {
    every_sequence::<IntervalBTree<u8, u32>>();
}

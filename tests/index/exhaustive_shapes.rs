//! Every shape a red-black tree of few nodes can have: each is reached, and from each every
//! insertion and every removal gives what a textbook tree gives, wherever the long entries lie. In
//! wide nodes, every number of entries about the limits of a node.

use crate::common::bounds::{IS_SAMPLE, bound};
use std::collections::{HashMap, VecDeque};

use crate::common::ops::Effect;
use crate::common::reference_rb::{Reference, Shown};
use crate::common::world::World;
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

/// The shapes of so many nodes and fewer are proved to be all: there are 5,843 of up to 14.
const NODES: usize = bound(8, 9, 14);

/// Some of these shapes come about only by removals from trees that are larger by some nodes.
const LARGEST: usize = bound(11, 12, 15);

/// Up to so many nodes the `last`s lie in every order.
const NODES_IN_EVERY_ORDER: usize = bound(3, 4, 7);

/// For each node in preorder whether it is red, and has a left and a right child.
type Shape = Vec<[bool; 3]>;

/// A change by place: before the entry at the place, or of it.
#[derive(Clone, Copy, Debug)]
enum Change {
    Insert(usize),
    Remove(usize),
}

/// The tree, the textbook's, and the ids of the entries in order. Starts are spread so far that
/// there is always one between two others.
#[derive(Clone, Debug)]
struct Pair {
    tree: IntervalRbTree<u128, usize>,
    reference: Reference<u128>,
    /// Start, last and id of each entry, in order.
    entries: Vec<(u128, u128, usize)>,
    handles: Vec<stabtree::Handle>,
}

impl Pair {
    const fn new() -> Self {
        let tree = IntervalRbTree::new();
        Self { tree, reference: Reference::new(), entries: Vec::new(), handles: Vec::new() }
    }

    /// Repeats the changes; `last_of` gives the `last` of a new entry from its start and id.
    fn built_by(changes: &[Change], last_of: impl Fn(u128, usize) -> u128) -> Self {
        let mut pair = Self::new();
        for change in changes {
            pair.apply(*change, &last_of);
        }
        pair
    }

    fn apply(&mut self, change: Change, last_of: impl Fn(u128, usize) -> u128) {
        match change {
            Change::Insert(place) => {
                let before = place.checked_sub(1).map_or(0, |before| self.entries[before].0);
                let after = self.entries.get(place).map_or(u128::MAX / 2, |after| after.0);
                let (start, id) = (before.midpoint(after), self.handles.len());
                assert!(before < start && start < after, "a value between {before} and {after}");
                let last = last_of(start, id);
                self.entries.insert(place, (start, last, id));
                self.handles.push(self.tree.insert(Interval::new(start, last), id));
                self.reference.follow(&[Effect::Inserted { id, start, last }]);
            }
            Change::Remove(place) => {
                let (start, last, id) = self.entries.remove(place);
                let removed = self.tree.remove(self.handles[id]);
                assert_eq!(removed, Some((Interval::new(start, last), id)));
                self.reference.follow(&[Effect::Removed { id }]);
            }
        }
    }

    fn changes(&self) -> impl Iterator<Item = Change> + use<> {
        let len = self.entries.len();
        (0..=len).map(Change::Insert).chain((0..len).map(Change::Remove))
    }

    fn shape(&self) -> Shape {
        let nodes = self.tree.shape();
        nodes.map(|node| [node.is_red, node.has_left, node.has_right]).collect()
    }

    /// The invariants, the textbook's links, colours and `subtree_last`, and the order.
    fn compare(&self) {
        assert_eq!(self.tree.check().map(|summary| summary.len), Ok(self.entries.len()));
        let shown = self.tree.shape().map(|node| Shown {
            id: self.tree[node.handle],
            is_red: node.is_red,
            subtree_last: *node.subtree_last,
            has_left: node.has_left,
            has_right: node.has_right,
        });
        assert!(shown.eq(self.reference.show()), "{:?} is not {:?}", self.tree, self.reference);
        let entries = self.entries.iter().map(|(start, last, id)| (*start, *last, *id));
        let found = self.tree.iter().map(|(at, id)| (*at.start(), *at.last(), *id));
        assert!(found.eq(entries), "{:?}", self.tree);
    }
}

/// A way to each shape of at most `NODES` nodes, found by trying every change of every
/// shape of at most `LARGEST`.
fn ways_to_all_shapes() -> (HashMap<Shape, Vec<Change>>, usize) {
    let mut ways = HashMap::from([(Vec::new(), Vec::new())]);
    let mut todo = VecDeque::from([Vec::new()]);
    let mut changes = 0;
    while let Some(way) = todo.pop_front() {
        let pair = Pair::built_by(&way, |start, _| start);
        for change in pair.changes() {
            let mut next = pair.clone();
            next.apply(change, |start, _| start);
            next.compare();
            changes += 1;
            let shape = next.shape();
            if shape.len() <= LARGEST && !ways.contains_key(&shape) {
                let mut way = way.clone();
                way.push(change);
                ways.insert(shape, way.clone());
                todo.push_back(way);
            }
        }
    }
    ways.retain(|shape, _| shape.len() <= NODES);
    (ways, changes)
}

/// Number of red-black trees of `nodes` nodes with a black root.
fn count_of_trees(nodes: usize) -> usize {
    /// Trees of `nodes` nodes and `height` black ones on each path, by the colour of the root.
    fn count(nodes: usize, height: usize, is_red: bool) -> usize {
        match (nodes, height, is_red) {
            (0, 0, false) => 1,
            (0, ..) | (_, 0, false) => 0,
            _ => {
                let below = height - usize::from(!is_red);
                let side = |nodes| {
                    let red = if is_red { 0 } else { count(nodes, below, true) };
                    red + count(nodes, below, false)
                };
                (0..nodes).map(|left| side(left) * side(nodes - 1 - left)).sum()
            }
        }
    }
    (0..=nodes).map(|height| count(nodes, height, false)).sum()
}

#[test]
fn every_shape_is_reached_and_left_by_every_change() {
    let (ways, changes) = ways_to_all_shapes();
    for nodes in 0..=NODES {
        let reached = ways.keys().filter(|shape| shape.len() == nodes).count();
        assert_eq!(reached, count_of_trees(nodes), "shapes of {nodes} nodes");
    }
    eprintln!("{} shapes of up to {NODES} nodes, {changes} changes of them", ways.len());
}

/// All orders of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(n - 1).into_iter();
    let inserted = |order: Vec<usize>| {
        (0..n).map(move |at| {
            let mut order = order.clone();
            order.insert(at, n - 1);
            order
        })
    };
    shorter.flat_map(inserted).collect()
}

/// Changes the tree of each `way` in every way, the entry at place *p* reaching as far as `reach[p]`
/// says, and a new one further than all, or nowhere.
fn change_with_reach(way: &[Change], reach: &[usize]) -> usize {
    let ids: Vec<_> = Pair::built_by(way, |start, _| start).entries.iter().map(|e| e.2).collect();
    let far = |rank: usize| u128::MAX / 2 + rank as u128;
    let last_of = |start: u128, id: usize| {
        let place = ids.iter().position(|other| *other == id);
        place.map_or(start, |place| if reach[place] == 0 { start } else { far(reach[place]) })
    };
    let pair = Pair::built_by(way, last_of);
    let mut changes = 0;
    for change in pair.changes() {
        for new_last in [None, Some(u128::MAX)] {
            let mut next = pair.clone();
            next.apply(change, |start, _| new_last.unwrap_or(start));
            next.compare();
            changes += 1;
        }
    }
    changes
}

#[test]
fn every_change_of_every_shape_keeps_what_a_subtree_reaches() {
    let (ways, _) = ways_to_all_shapes();
    let mut changes = 0;
    for (shape, way) in &ways {
        let nodes = shape.len();
        if nodes <= NODES_IN_EVERY_ORDER {
            let all = orders(nodes).into_iter();
            changes += all.map(|reach| change_with_reach(way, &reach)).sum::<usize>();
        }
        // One long entry among points.
        for long in 0..nodes {
            let reach: Vec<_> = (0..nodes).map(|place| usize::from(place == long)).collect();
            changes += change_with_reach(way, &reach);
        }
    }
    eprintln!("{changes} changes of {} shapes with long entries", ways.len());
}

/// Insertions at every place and removals of every entry of a wide tree, from as many entries as
/// nodes hold, and one more or less.
#[test]
fn every_change_of_wide_trees_about_their_limits() {
    let most: u16 = bound(130, 130, 200);
    let mut changes = 0;
    let builders: [fn(u16, u16) -> u16; 3] = [
        |i, _| i,
        |i, len| len - 1 - i,
        // From the middle outward.
        |i, len| if i % 2 == 0 { len / 2 + i / 2 } else { len / 2 - i / 2 - 1 },
    ];
    let is_near = |len| matches!(len % 64, 0 | 1 | 63);
    for len in (0..=most).filter(|len| is_near(*len) || !IS_SAMPLE && len % 3 == 0) {
        for place in builders {
            let mut world = World::<IntervalBTree<u16, u32>, u16>::default();
            for i in 0..len {
                let at = place(i, len) * 2 + 1;
                let last = if i % 13 == 0 { u16::MAX - at } else { at };
                world.insert(Interval::new(at, last.max(at)));
            }
            world.compare_entries();
            for at in 0..=len {
                let mut next = world.clone();
                next.insert(Interval::new(at * 2, at * 2 + at % 3));
                next.compare_entries();
                changes += 1;
            }
            for at in 0..len {
                let mut next = world.clone();
                next.remove(usize::from(at));
                next.compare_entries();
                changes += 1;
            }
        }
    }
    eprintln!("{changes} changes of wide trees of up to {most} entries");
}

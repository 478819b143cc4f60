//! Each invariant broken by hand: `check` names it, and the slot at which it shows. And memory for what
//! changes displace.

use super::Side::{Left, Right};
use alloc::vec::Vec;

use super::restore::Former;
use super::{Matches, RbTree, Shape, Summary, Violation, most_displaced};
use crate::arena::{Link, NodeId};
use crate::interval::{Interval, Query};

/// Seven entries, `[10, 11]` to `[70, 71]`, in slots 0 to 6: the one that starts at 20 is the root,
/// 10 and 40 are its children, 30 and 60 those of 40, and 50 and 70 those of 60.
fn sound() -> RbTree<u32> {
    let mut tree = RbTree::new();
    for start in (10..=70).step_by(10) {
        tree.try_reserve(1).unwrap();
        let place = tree.place_for(&start);
        tree.link(Interval::new(start, start + 1), place);
        tree.drop_displaced();
    }
    assert_eq!(tree.check(), Ok(Summary { len: 7, height: 4, black_height: 2 }));
    tree
}

fn id(start: u32) -> NodeId {
    NodeId::from_index(start as usize / 10 - 1)
}

fn slot(start: u32) -> usize {
    id(start).index()
}

fn found(spoil: impl Fn(&mut RbTree<u32>)) -> Option<Violation> {
    let mut tree = sound();
    spoil(&mut tree);
    tree.check().err()
}

#[test]
fn i1_a_start_that_decreases() {
    let starts_at = |start, at| {
        found(|tree| {
            let interval = Interval::new(at, start + 1);
            tree.nodes[id(start)].interval = interval;
        })
    };
    assert_eq!(starts_at(30, 20), None);
    assert_eq!(starts_at(30, 19), Some(Violation::Order { slot: slot(30) }));
    assert_eq!(starts_at(20, 9), Some(Violation::Order { slot: slot(20) }));
    assert_eq!(starts_at(70, 59), Some(Violation::Order { slot: slot(70) }));
}

#[test]
fn i2_a_parent_link_that_leads_elsewhere() {
    for (child, parent) in [(10, 30), (20, 10), (30, 20), (40, 60), (70, 50)] {
        let spoilt = found(|tree| {
            let up = &mut tree.up[id(child)];
            *up = Link::from(id(parent)).with_flag(up.flag());
        });
        assert_eq!(spoilt, Some(Violation::Parent { slot: slot(child) }), "{child}");
    }
}

#[test]
fn i2_a_node_that_is_both_children() {
    let spoilt = found(|tree| tree.set_child(id(60), Left, id(70).into()));
    assert_eq!(spoilt, Some(Violation::Parent { slot: slot(70) }));
}

#[test]
fn i3_a_red_root() {
    let spoilt = found(|tree| tree.paint(id(20).into(), true));
    assert_eq!(spoilt, Some(Violation::RedRoot));
    assert_eq!(spoilt.unwrap().to_string(), "broken tree: RedRoot");
}

#[test]
fn i4_a_red_child_of_a_red_node() {
    let both = found(|tree| tree.paint(id(60).into(), true));
    assert_eq!(both, Some(Violation::RedRed { slot: slot(50) }));
    let right = found(|tree| {
        tree.paint(id(60).into(), true);
        tree.paint(id(50).into(), false);
    });
    assert_eq!(right, Some(Violation::RedRed { slot: slot(70) }));
    let left = found(|tree| tree.paint(id(30).into(), true));
    assert_eq!(left, Some(Violation::RedRed { slot: slot(30) }));
}

#[test]
fn i5_a_side_with_another_number_of_black_nodes() {
    for (painted, red, shows) in [(10, true, 20), (40, false, 20), (50, false, 60), (70, false, 60)]
    {
        let spoilt = found(|tree| tree.paint(id(painted).into(), red));
        assert_eq!(spoilt, Some(Violation::BlackHeight { slot: slot(shows) }), "{painted}");
    }
}

#[test]
fn i6_a_subtree_last_that_is_not_the_greatest() {
    for start in (10..=70).step_by(10) {
        for change in [-1, 1] {
            let spoilt = found(|tree| {
                let last = &mut tree.nodes[id(start)].subtree_last;
                *last = last.checked_add_signed(change).unwrap();
            });
            assert_eq!(spoilt, Some(Violation::SubtreeLast { slot: slot(start) }), "{start}");
        }
    }
    // An entry after its root, and one before it, that reaches beyond what the root says.
    for (start, shows) in [(50, 60), (70, 60), (30, 40), (10, 20)] {
        let spoilt = found(|tree| {
            let node = &mut tree.nodes[id(start)];
            (node.interval, node.subtree_last) = (Interval::new(start, 99), 99);
        });
        assert_eq!(spoilt, Some(Violation::SubtreeLast { slot: slot(shows) }), "{start}");
    }
}

#[test]
fn i7_a_leftmost_that_is_not_the_first() {
    for leftmost in [id(20).into(), id(30).into(), Link::NIL] {
        assert_eq!(found(|tree| tree.leftmost = leftmost), Some(Violation::Leftmost));
    }
    let mut empty = RbTree::<u32>::new();
    assert_eq!(empty.check(), Ok(Summary { len: 0, height: 0, black_height: 0 }));
    empty.leftmost = id(10).into();
    assert_eq!(empty.check(), Err(Violation::Leftmost));
}

#[test]
fn i7_nodes_that_are_not_reached() {
    let spoilt = found(|tree| tree.set_child(id(60), Right, Link::NIL));
    assert_eq!(spoilt, Some(Violation::Len { reached: 6, stored: 7 }));
    assert_eq!(found(RbTree::forget_links), Some(Violation::Len { reached: 0, stored: 7 }));
}

/// A tree of `n` nodes is at most `2 log2(n + 1)` high, and three rotations displace less than five
/// values besides.
#[test]
fn capacity_for_the_displaced_is_that_of_the_highest_tree() {
    assert_eq!([0, 1, 2, 3, 6, 7, 8].map(most_displaced), [0, 7, 7, 9, 9, 11, 11]);
    let mut tree = RbTree::new();
    for start in 0..2_000 {
        tree.try_reserve(1).unwrap();
        assert!(tree.displaced.capacity() >= most_displaced(tree.capacity()), "{start} nodes");
        let place = tree.place_for(&start);
        tree.link(Interval::point(start), place);
        tree.drop_displaced();
    }
}

/// Trees that grow and shrink, and of each one every node erased and put back.
#[test]
fn an_erase_is_undone_to_the_last_link() {
    let whole = |tree: &RbTree<u32>| {
        let mut shape = Shape::new(tree);
        let nodes = core::iter::from_fn(|| {
            let node = shape.next(tree)?;
            let up = tree.up[node.id];
            Some((
                node.id,
                tree.nodes[node.id].clone().child,
                up.link(),
                up.flag(),
                *node.subtree_last,
            ))
        });
        (nodes.collect::<Vec<_>>(), tree.root, tree.leftmost)
    };
    let mut tree = RbTree::new();
    for round in 0..300_u32 {
        if round % 3 == 2 && tree.len() > 20 || round > 200 && tree.len() > 0 {
            let (index, slots) = (round as usize * 31, tree.slot_count());
            let id = (0..slots).find_map(|i| tree.id_at((index + i) % slots)).unwrap();
            tree.erase(id);
            tree.drop_displaced();
        } else {
            tree.try_reserve(1).unwrap();
            let start = round * 97 % 64;
            let place = tree.place_for(&start);
            tree.link(Interval::new(start, start + round * 53 % 40), place);
            tree.drop_displaced();
        }
        let before = whole(&tree);
        for id in (0..tree.slot_count()).filter_map(|slot| tree.id_at(slot)).collect::<Vec<_>>() {
            let mut former = Former::new();
            let interval = tree.erase_for_now(id, &mut former);
            tree.drop_displaced();
            assert_eq!(tree.check().unwrap().len + 1, before.0.len());
            tree.restore(&mut former, interval);
            tree.check().unwrap();
            assert_eq!(whole(&tree), before, "round {round}");
        }
    }
}

/// Each node is counted once, at which the search looks for the greatest last or for the start.
#[test]
fn a_search_counts_the_nodes_that_it_looks_at() {
    let tree = sound();
    let probes = |from, to| {
        let mut probes = 0;
        let mut matches = Matches::new(Query::new(from..=to));
        while matches.next(&tree, &mut probes).is_some() {}
        probes
    };
    assert_eq!(probes(90, 99), 1, "the root does not reach");
    assert_eq!(probes(1, 9), 2, "nor does the first entry start");
    assert_eq!(probes(70, 71), 7, "both children of each node down to the last");
    assert_eq!(probes(12, 19), 3, "that starts, and is looked at again for what it reaches");
}

//! How full nodes are made; where a cursor stands; and each invariant broken by hand: `check` names it, and
//! the node at which it shows. All of it knows how much a node holds.

#![cfg(not(stabtree_small_nodes))]

use alloc::vec;
use alloc::vec::Vec;

use super::{IntervalBTree, Summary, Violation};
use crate::bplus::leaves::Leaves;
use crate::bplus::node::{INNER, INNER_MIN, LEAF, NIL};
use crate::interval::Interval;

const LEAF_MIN: usize = Leaves::<usize, ()>::FEWEST;

/// What leaves hold in their order, and inner nodes in theirs, the root last.
fn fill(tree: &IntervalBTree<usize>) -> [Vec<usize>; 2] {
    let mut leaves = Vec::new();
    let mut at = tree.nodes.first;
    while at != NIL {
        leaves.push(tree.nodes.leaf(at).len());
        at = tree.nodes.leaf(at).next;
    }
    [leaves, tree.nodes.inners.iter().map(|inner| inner.len).collect()]
}

pub(super) fn sorted(len: usize) -> IntervalBTree<usize> {
    IntervalBTree::try_from_sorted((0..len).map(|i| (Interval::point(i), ()))).unwrap()
}

#[test]
fn a_sorted_build_fills_all_nodes_but_the_last_two_of_a_level() {
    assert_eq!(fill(&sorted(LEAF)), [vec![LEAF], vec![]]);
    assert_eq!(fill(&sorted(LEAF + 11)), [vec![37, 38], vec![2]]);
    assert_eq!(fill(&sorted(LEAF + LEAF_MIN)), [vec![LEAF, LEAF_MIN], vec![2]]);
    assert_eq!(fill(&sorted(2 * LEAF + 1)), [vec![LEAF, 32, 33], vec![3]]);
    assert_eq!(fill(&sorted(LEAF * INNER))[1], [INNER]);
    assert_eq!(fill(&sorted(LEAF * (INNER + 11)))[1], [21, 22, 2]);
    assert_eq!(fill(&sorted(LEAF * (INNER + INNER_MIN)))[1], [INNER, INNER_MIN, 2]);
}

#[test]
fn repack_makes_what_a_sorted_build_makes() {
    for len in (0..=150).chain([LEAF * INNER, LEAF * (INNER + INNER_MIN), 1_500]) {
        let mut grown = IntervalBTree::new();
        // Every other one first, so that leaves are divided in the middle.
        for i in (0..len).step_by(2).chain((1..len).step_by(2)) {
            grown.insert(Interval::point(i), ());
        }
        grown.compact();
        assert_eq!(grown.check(), sorted(len).check(), "{len} entries");
        assert_eq!(fill(&grown), fill(&sorted(len)), "{len} entries");
    }
}

#[test]
fn memory_is_reserved_for_nodes_as_empty_as_may_be() {
    // Of 64 bits on every machine: how many nodes a page has depends on their size.
    let reserved = |mut tree: IntervalBTree<u64>, entries| {
        tree.nodes.try_reserve(entries).unwrap();
        (tree.nodes.leaves.capacity(), tree.nodes.inners.capacity())
    };
    let empty = |entries| reserved(IntervalBTree::new(), entries);
    assert_eq!(empty(0), (0, 0));
    assert_eq!(empty(LEAF), (3, 0));
    // Whole pages of 4 leaves.
    assert_eq!(empty(5 * LEAF_MIN), (8, 1 + 1 + 2));
    // Each level, and as many nodes as the division of a leaf brings where all above are full.
    assert_eq!(empty(LEAF_MIN * (INNER_MIN - 4)), (INNER_MIN - 4, 1 + 1 + 2));
    assert_eq!(empty(LEAF_MIN * INNER_MIN), (INNER_MIN, 1 + 1 + 2));
    // Whole pages of 2 inner nodes: it takes 2 + 1 + 2 + 2.
    assert_eq!(empty(LEAF_MIN * INNER_MIN + 1), (INNER_MIN + 4, 8));
    // Whole pages of 4 leaves, of which it takes 4,167, and of 2 inner nodes, of which it takes
    // 348 + 29 + 3 + 1 + 4 + 2.
    let most = (4_168, 388);
    assert_eq!(empty(100_000), most);
    let points = (0..).take(LEAF * INNER + LEAF).map(|i| (Interval::point(i), ()));
    let tree = IntervalBTree::try_from_sorted(points).unwrap();
    assert_eq!(reserved(tree, 100_000), most, "three inner nodes are there");
}

#[test]
fn the_shape_of_a_tree_is_the_length_of_each_node() {
    assert!(sorted(0).shape().is_empty());
    assert_eq!(sorted(5).shape(), [5]);
    assert_eq!(sorted(LEAF + 11).shape(), [2, 37, 38]);
    let leaves = [LEAF; 34].into_iter().chain([28]).collect::<Vec<_>>();
    assert_eq!(sound().shape()[..3], [2, 17, 18]);
    assert_eq!(sound().shape()[3..], leaves);
}

/// 2,204 entries, `[0, 5]`, `[10, 15]` and so on, in 35 leaves that lie in memory in their order,
/// below two inner nodes and the root, which is the third.
pub(super) fn sound() -> IntervalBTree<u32, ()> {
    let entries = (0..2_204).map(|i| (Interval::new(10 * i, 10 * i + 5), ()));
    let tree = IntervalBTree::try_from_sorted(entries).unwrap();
    assert_eq!(tree.check(), Ok(Summary { len: 2_204, height: 3, leaves: 35, inner_nodes: 3 }));
    tree
}

fn found(spoil: impl Fn(&mut IntervalBTree<u32, ()>)) -> Option<Violation> {
    let mut tree = sound();
    spoil(&mut tree);
    tree.check().err()
}

#[test]
fn sound_trees_are_counted() {
    let counted = |entries| {
        let tree: IntervalBTree<u32> = (0..entries).map(|i| (Interval::point(i), ())).collect();
        tree.check()
            .map(|Summary { len, height, leaves, inner_nodes }| [len, height, leaves, inner_nodes])
    };
    assert_eq!(counted(0), Ok([0, 0, 0, 0]));
    assert_eq!(counted(1), Ok([1, 1, 1, 0]));
    assert_eq!(counted(65), Ok([65, 2, 2, 1]));
}

#[test]
fn b1_a_start_that_decreases() {
    let within = |start| found(|tree| tree.nodes.leaf_mut(1).starts[5] = start);
    let before = sound().nodes.leaf(1).starts[4];
    assert_eq!(within(before), None);
    assert_eq!(within(before - 1), Some(Violation::Order { leaf: 1 }));
    let across = |start| {
        found(|tree| {
            tree.nodes.leaf_mut(1).starts[0] = start;
            tree.nodes.inners[0].starts[1] = start;
        })
    };
    let before = sound().nodes.leaf(0).starts[LEAF - 1];
    assert_eq!(across(before), None);
    assert_eq!(across(before - 1), Some(Violation::Order { leaf: 1 }));
}

#[test]
fn b2_a_node_that_holds_too_few_or_too_many() {
    let leaf = |len| found(|tree| tree.nodes.leaves.truncate(1, len));
    assert_eq!(leaf(LEAF_MIN), Some(Violation::Child { level: 0, node: 1 }));
    assert_eq!(leaf(LEAF_MIN - 1), Some(Violation::Fill { level: 0, node: 1 }));
    let inner = |len| found(|tree| tree.nodes.inners[0].len = len);
    assert_eq!(inner(INNER_MIN), Some(Violation::Child { level: 1, node: 0 }));
    assert_eq!(inner(INNER_MIN - 1), Some(Violation::Fill { level: 1, node: 0 }));
    assert_eq!(inner(INNER + 1), Some(Violation::Fill { level: 1, node: 0 }));
    let root = found(|tree| tree.nodes.inners[2].len = 1);
    assert_eq!(root, Some(Violation::Fill { level: 2, node: 2 }));
    let mut small = IntervalBTree::from([(Interval::point(1), ())]);
    small.nodes.leaves.truncate(0, 0);
    assert_eq!(small.check(), Err(Violation::Fill { level: 0, node: 0 }));
}

#[test]
fn b3_a_node_that_misstates_a_child() {
    for (parent, at, level, node) in [(0, 0, 0, 0), (0, 3, 0, 3), (2, 0, 1, 0), (2, 1, 1, 1)] {
        let misstated = Some(Violation::Child { level, node });
        assert_eq!(found(|tree| tree.nodes.inners[parent].starts[at] += 1), misstated);
        assert_eq!(found(|tree| tree.nodes.inners[parent].lasts[at] += 1), misstated);
        assert_eq!(found(|tree| tree.nodes.inners[parent].lasts[at] -= 1), misstated);
        assert_eq!(found(|tree| tree.nodes.inners[parent].counts[at] += 1), misstated);
    }
}

#[test]
fn b4_a_link_that_leads_elsewhere() {
    let link = |level, node| Some(Violation::Link { level, node });
    assert_eq!(found(|tree| tree.nodes.leaf_mut(3).parent = 1), link(0, 3));
    assert_eq!(found(|tree| tree.nodes.inners[0].parent = NIL), link(1, 0));
    assert_eq!(found(|tree| tree.nodes.inners[2].parent = 0), link(2, 2));
    assert_eq!(found(|tree| tree.nodes.leaf_mut(5).prev = 3), link(0, 5));
    assert_eq!(found(|tree| tree.nodes.leaf_mut(5).next = 7), link(0, 6));
    assert_eq!(found(|tree| tree.nodes.leaf_mut(34).next = 0), link(0, 34));
    assert_eq!(found(|tree| tree.nodes.first = 1), link(0, 0));
    assert_eq!(found(|tree| tree.nodes.last = 33), link(0, 34));
}

#[test]
fn b5_an_entry_and_a_value_that_do_not_name_each_other() {
    let value = Some(Violation::Value { leaf: 1 });
    let slot = sound().nodes.leaf(1).slots[5];
    assert_eq!(found(|tree| tree.slab.set_leaf(slot, 2)), value);
    assert_eq!(found(|tree| tree.slab.remove(slot)), value);
    assert_eq!(found(|tree| tree.nodes.leaf_mut(1).slots[6] = slot), value);
    let last = |last| found(|tree| tree.nodes.leaf_mut(1).lasts[5] = last);
    let start = sound().nodes.leaf(1).starts[5];
    assert_eq!(last(start), None);
    assert_eq!(last(start - 1), Some(Violation::Interval { leaf: 1 }));
    assert_eq!(found(|tree| _ = tree.slab.insert(0)), Some(Violation::Len));
}

#[test]
fn b6_a_node_that_is_neither_in_the_tree_nor_vacant_or_both() {
    let stray = |tree: &mut IntervalBTree<u32, ()>, next| {
        let mut leaf = *tree.nodes.leaf(0).leaf;
        leaf.next = next;
        tree.nodes.leaves.push(leaf);
    };
    let nodes = Some(Violation::Nodes);
    assert_eq!(found(|tree| stray(tree, NIL)), nodes);
    let vacant = |next| {
        found(|tree| {
            stray(tree, next);
            tree.nodes.vacant_leaf = 35;
        })
    };
    assert_eq!(vacant(NIL), None);
    assert_eq!(vacant(35), nodes);
    assert_eq!(found(|tree| tree.nodes.vacant_leaf = 34), nodes);

    let stray = |tree: &mut IntervalBTree<u32, ()>, next| {
        let mut inner = tree.nodes.inners[0];
        inner.parent = next;
        tree.nodes.inners.push(inner);
    };
    assert_eq!(found(|tree| stray(tree, NIL)), nodes);
    let vacant = |next| {
        found(|tree| {
            stray(tree, next);
            tree.nodes.vacant_inner = 3;
        })
    };
    assert_eq!(vacant(NIL), None);
    assert_eq!(vacant(3), nodes);
    assert_eq!(found(|tree| tree.nodes.vacant_inner = 2), nodes);
    assert_eq!(Violation::Nodes.to_string(), "an invariant of the index is broken: Nodes");
}

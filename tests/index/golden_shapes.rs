//! Shapes that the kernel's tree takes, written `colour id ^ subtree_last (left right)`.

use std::collections::HashMap;

use crate::common::shape::golden;
use stabtree::{Handle, Interval, IntervalRbTree};

/// A tree whose values are small ids, and its handles by id.
struct Named {
    tree: IntervalRbTree<u64, u32>,
    handles: HashMap<u32, Handle>,
}

impl Named {
    fn new(entries: impl IntoIterator<Item = (u32, Interval<u64>)>) -> Self {
        let mut named = Self { tree: IntervalRbTree::new(), handles: HashMap::new() };
        for (id, interval) in entries {
            named.handles.insert(id, named.tree.insert(interval, id));
            named.tree.check().expect("a legal tree");
        }
        named
    }

    /// Entries `[id, id]`.
    fn units(ids: impl IntoIterator<Item = u32>) -> Self {
        Self::new(ids.into_iter().map(|id| (id, Interval::point(id.into()))))
    }

    fn erase(&mut self, ids: impl IntoIterator<Item = u32>) -> &mut Self {
        for id in ids {
            assert_eq!(self.tree.remove(self.handles[&id]).expect("alive").1, id);
            self.tree.check().expect("a legal tree");
        }
        self
    }

    fn has_shape(&mut self, expected: &str) -> &mut Self {
        assert_eq!(golden(&self.tree), expected);
        self
    }

    fn finds(&self, start: u64, last: u64, expected: &[u32]) {
        let query = Interval::new(start, last);
        assert!(self.tree.overlapping(query).map(|(_, id)| id).eq(expected), "{query}");
    }
}

#[test]
fn nothing() {
    Named::units([]).has_shape(".");
    Named::units([1]).has_shape("b1^1").erase([1]).has_shape(".");
}

#[test]
fn ten_in_ascending_order() {
    Named::units(1..=10)
        .has_shape("b4^10(b2^3(b1^1 b3^3) b6^10(b5^5 r8^10(b7^7 b9^10(. r10^10))))");
}

#[test]
fn erase_the_root_whose_successor_lies_deep() {
    Named::units(1..=10)
        .erase([4])
        .has_shape("b5^10(b2^3(b1^1 b3^3) b8^10(b6^7(. r7^7) b9^10(. r10^10)))");
}

#[test]
fn erase_an_entry_whose_successor_is_its_right_child() {
    Named::units(1..=10)
        .erase([4, 8])
        .has_shape("b5^10(b2^3(b1^1 b3^3) b9^10(b6^7(. r7^7) b10^10))");
}

#[test]
fn erase_a_black_leaf_whose_sibling_turns_red() {
    Named::units(1..=10)
        .erase([4, 8, 1])
        .has_shape("b5^10(b2^3(. r3^3) r9^10(b6^7(. r7^7) b10^10))");
}

#[test]
fn erase_from_a_full_tree_of_fifteen() {
    Named::units([8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15])
        .erase([8, 1, 3, 2])
        .has_shape("b9^15(r6^7(b4^5(. r5^5) b7^7) r12^15(b10^11(. r11^11) b14^15(r13^13 r15^15)))");
}

#[test]
fn ties_go_right() {
    let ends = [(5, 5), (5, 9), (5, 7), (1, 20), (3, 4), (5, 5)];
    let entries = ends.map(|(start, last)| Interval::new(start, last));
    let mut named = Named::new((0..).zip(entries));
    named.has_shape("b1^20(b4^20(r3^20 r0^5) b2^7(. r5^5))");
    named.finds(5, 5, &[3, 0, 1, 2, 5]);
    named.finds(6, 6, &[3, 1, 2]);
    named.finds(0, 99, &[3, 4, 0, 1, 2, 5]);
    named.erase([3]).has_shape("b1^9(b4^5(. r0^5) b2^7(. r5^5))");
}

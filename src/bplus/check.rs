#![forbid(unsafe_code)]

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::node::{Child, INNER, INNER_MIN, NIL, Nodes, to_u32};
use super::slab::Slab;

/// What `check` counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Summary {
    /// Number of entries.
    pub len: usize,
    /// Number of nodes on every path from the root to a leaf, the leaf included.
    pub height: usize,
    /// Number of leaves.
    pub leaves: usize,
    /// Number of inner nodes.
    pub inner_nodes: usize,
}

/// The invariant that `check` found broken, and the node at which it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// (B1) An entry of the leaf starts before the one before it.
    Order {
        /// The index of the leaf.
        leaf: u32,
    },
    /// An entry of the leaf ends before it starts.
    Interval {
        /// The index of the leaf.
        leaf: u32,
    },
    /// (B2) A node holds too few or too many.
    Fill {
        /// The level of the node, leaves being 0.
        level: usize,
        /// The index of the node.
        node: u32,
    },
    /// (B3) What a node says of a child is not so.
    Child {
        /// The level of the child, leaves being 0.
        level: usize,
        /// The index of the child.
        node: u32,
    },
    /// (B4) A link does not lead to the parent or the neighbour.
    Link {
        /// The level of the node, leaves being 0.
        level: usize,
        /// The index of the node.
        node: u32,
    },
    /// (B5) An entry and its row do not name each other.
    Value {
        /// The index of the leaf.
        leaf: u32,
    },
    /// (B5) There are not as many entries as live rows.
    Len,
    /// (B6) A node is neither in the tree nor vacant, or both.
    Nodes,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an invariant of the index is broken: {self:?}")
    }
}

impl core::error::Error for Violation {}

/// A check under way.
struct Proof<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    /// The rows of the entries; a snapshot has none.
    slab: Option<&'a Slab>,
    leaves: Vec<u32>,
    inners: Vec<u32>,
}

/// Checks all invariants, or names the first one found broken.
pub(crate) fn check<T: Ord + Copy, V>(
    nodes: &Nodes<T, V>,
    slab: &Slab,
) -> Result<Summary, Violation> {
    let summary = check_nodes(nodes, Some(slab), slab.len())?;
    let found = (0..slab.row_count()).filter(|i| slab.id_at(*i).is_some()).count();
    if found == summary.len { Ok(summary) } else { Err(Violation::Len) }
}

/// Checks all invariants of the nodes of a snapshot of `len` entries, which has no rows, or names the
/// first one found broken.
#[cfg_attr(not(target_has_atomic = "ptr"), expect(dead_code, reason = "snapshots need atomics"))]
pub(crate) fn check_snapshot<T: Ord + Copy, V>(
    nodes: &Nodes<T, V>,
    len: usize,
) -> Result<Summary, Violation> {
    check_nodes(nodes, None, len)
}

fn check_nodes<T: Ord + Copy, V>(
    nodes: &Nodes<T, V>,
    slab: Option<&Slab>,
    expected: usize,
) -> Result<Summary, Violation> {
    let mut proof = Proof { nodes, slab, leaves: Vec::new(), inners: Vec::new() };
    let len = if nodes.root == NIL {
        0
    } else {
        proof.node(nodes.height, nodes.root, NIL)?.count as usize
    };
    proof.chain()?;
    if len != expected {
        return Err(Violation::Len);
    }
    let Proof { leaves, inners, .. } = proof;
    are_all(nodes.leaves.len(), &leaves, nodes.vacant_leaf, |id| nodes.leaf(id).next)?;
    are_all(nodes.inners.len(), &inners, nodes.vacant_inner, |id| nodes.inner(id).parent)?;
    let height = if len == 0 { 0 } else { nodes.height + 1 };
    Ok(Summary { len, height, leaves: leaves.len(), inner_nodes: inners.len() })
}

/// The length of each node, level by level from the root.
pub(crate) fn shape<T: Copy, V>(nodes: &Nodes<T, V>) -> Vec<usize> {
    let (mut lengths, mut row) = (Vec::new(), Vec::new());
    row.extend((nodes.root != NIL).then_some(nodes.root));
    for level in (0..=nodes.height).rev() {
        lengths.extend(row.iter().map(|id| nodes.node_len(level, *id)));
        if level > 0 {
            let children =
                |id: &u32| nodes.inner(*id).children.into_iter().take(nodes.inner(*id).len);
            row = row.iter().flat_map(children).collect();
        }
    }
    lengths
}

impl<T: Ord + Copy, V> Proof<'_, T, V> {
    fn node(&mut self, level: usize, id: u32, parent: u32) -> Result<Child<T>, Violation> {
        if self.nodes.parent(level, id) != parent {
            return Err(Violation::Link { level, node: id });
        }
        if level == 0 { self.leaf(id) } else { self.inner(level, id) }
    }

    fn leaf(&mut self, id: u32) -> Result<Child<T>, Violation> {
        let leaf = self.nodes.leaf(id);
        let is_root = self.nodes.height == 0;
        let (fewest, most) = Nodes::<T, V>::limits(0);
        if !((if is_root { 1 } else { fewest })..=most).contains(&leaf.len()) {
            return Err(Violation::Fill { level: 0, node: id });
        }
        if leaf.starts[..leaf.len()].windows(2).any(|pair| pair[1] < pair[0]) {
            return Err(Violation::Order { leaf: id });
        }
        for (pos, slot) in leaf.slots[..leaf.len()].iter().enumerate() {
            let is_named = self
                .slab
                .is_none_or(|slab| slab.id_at(slot.index()).is_some() && slab.leaf(*slot) == id);
            if !is_named || leaf.slots[..pos].contains(slot) {
                return Err(Violation::Value { leaf: id });
            }
            if leaf.lasts[pos] < leaf.starts[pos] {
                return Err(Violation::Interval { leaf: id });
            }
        }
        self.leaves.push(id);
        let last = leaf.lasts[..leaf.len()].iter().max().copied();
        let last = last.expect("the length was checked");
        Ok(Child { start: leaf.starts[0], last, id, count: to_u32(leaf.len()) })
    }

    fn inner(&mut self, level: usize, id: u32) -> Result<Child<T>, Violation> {
        let inner = self.nodes.inner(id);
        let is_root = self.nodes.height == level;
        if !((if is_root { 2 } else { INNER_MIN })..=INNER).contains(&inner.len) {
            return Err(Violation::Fill { level, node: id });
        }
        let mut count = 0;
        for i in 0..inner.len {
            let child = self.node(level - 1, inner.children[i], id)?;
            if child.start != inner.starts[i]
                || child.last != inner.lasts[i]
                || child.count != inner.counts[i]
            {
                return Err(Violation::Child { level: level - 1, node: child.id });
            }
            count += child.count;
        }
        self.inners.push(id);
        let last = inner.lasts[..inner.len].iter().max().copied();
        let last = last.expect("the length was checked");
        Ok(Child { start: inner.starts[0], last, id, count })
    }

    /// The leaves follow each other in the order in which they were found.
    fn chain(&self) -> Result<(), Violation> {
        let (mut prev, mut next) = (NIL, self.nodes.first);
        for id in &self.leaves {
            let leaf = self.nodes.leaf(*id);
            if next != *id || leaf.prev != prev {
                return Err(Violation::Link { level: 0, node: *id });
            }
            if prev != NIL {
                let before = self.nodes.leaf(prev);
                if leaf.starts[0] < before.starts[before.len() - 1] {
                    return Err(Violation::Order { leaf: *id });
                }
            }
            (prev, next) = (*id, leaf.next);
        }
        if next != NIL || self.nodes.last != prev {
            return Err(Violation::Link { level: 0, node: prev });
        }
        Ok(())
    }
}

/// Each of `count` nodes is either in the tree or in the list of vacant ones, and once.
fn are_all(
    count: usize,
    in_tree: &[u32],
    first_vacant: u32,
    next: impl Fn(u32) -> u32,
) -> Result<(), Violation> {
    let mut seen = vec![false; count];
    let some = |id| (id != NIL).then_some(id);
    let vacant = core::iter::successors(some(first_vacant), |id| some(next(*id)));
    for id in in_tree.iter().copied().chain(vacant) {
        if core::mem::replace(&mut seen[id as usize], true) {
            return Err(Violation::Nodes);
        }
    }
    if seen.contains(&false) { Err(Violation::Nodes) } else { Ok(()) }
}

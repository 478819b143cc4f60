//! Which nodes a change writes: they are made the tree's own before it begins.
//!
//! A page that a snapshot shares is copied before it is written, and copying may fail: memory may be
//! exhausted, and the `Clone` of a value may panic. So it comes before what moves, as comparing does.
//!
//! All of it is reached by a pointer that the first snapshot sets: a program that takes none does not
//! contain it.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;

use super::kind::Kind;
#[cfg(target_has_atomic = "ptr")]
use super::node::{Leaf, MAX_HEIGHT};
use super::node::{NIL, Nodes, Written};
#[cfg(target_has_atomic = "ptr")]
use crate::pages::rewrite::put;

type Outcome = Result<(), TryReserveError>;

#[cfg(target_has_atomic = "ptr")]
impl<T: Copy + Sync, V: Clone + Sync, K: Kind<Slot: Sync, Gap: Sync>> Nodes<T, V, K> {
    /// Makes `former` the same nodes, not to be changed; of what it was it writes only what differs. It is
    /// of no use after an error or a panic.
    pub(crate) fn try_share(&mut self, former: &mut Self) -> Outcome {
        // First: where the destructor of a former value panics, leaves are shared already.
        self.own = Some(Self::own_written);
        self.leaves.try_share(&mut former.leaves)?;
        self.inners.try_share(&mut former.inners)?;
        put(&mut former.vacant_leaf, self.vacant_leaf);
        put(&mut former.vacant_inner, self.vacant_inner);
        put(&mut former.root, self.root);
        put(&mut former.height, self.height);
        put(&mut former.first, self.first);
        put(&mut former.last, self.last);
        debug_assert!(former.own.is_none(), "a state owns nothing");
        Ok(())
    }
}

impl<T, V, K: Kind> Nodes<T, V, K> {
    /// Whether a snapshot may share some node. Where it is false there is nothing to copy.
    #[inline]
    pub(crate) fn may_be_shared(&self) -> bool {
        self.own.is_some()
    }

    #[inline]
    fn own(&mut self, written: Written) -> Outcome {
        if let Some(own) = self.own { own(self, written) } else { Ok(()) }
    }

    /// A leaf, and all inner nodes above it.
    #[inline]
    pub(crate) fn own_path(&mut self, leaf: u32) -> Outcome {
        self.own(Written::Path(leaf))
    }

    /// All that an insertion into a leaf writes, whatever it splits, and memory for it.
    #[inline]
    pub(crate) fn own_for_insertion(&mut self, leaf: u32) -> Outcome {
        self.own(Written::Insertion(leaf))
    }

    /// All that moving children or entries between two neighbours writes, if the left one is to hold
    /// `target` of them.
    #[inline]
    pub(crate) fn own_pair(&mut self, level: usize, pair: [u32; 2], target: usize) -> Outcome {
        self.own(Written::Pair { level, pair, target })
    }

    pub(crate) fn own_node(&mut self, level: usize, id: u32) -> Outcome {
        match (id, level) {
            (NIL, _) => Ok(()),
            (id, 0) => self.leaves.own(id),
            (id, _) => self.inners.own(id as usize),
        }
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T, V, K: Kind> Nodes<T, V, K> {
    fn own_written(&mut self, written: Written) -> Outcome {
        match written {
            Written::Path(leaf) => self.own_shared_path(leaf),
            Written::Insertion(leaf) => self.own_shared_for_insertion(leaf),
            Written::Pair { level, pair, target } => self.own_shared_pair(level, pair, target),
        }
    }

    fn own_shared_path(&mut self, leaf: u32) -> Outcome {
        let (mut level, mut id) = (0, leaf);
        while id != NIL {
            self.own_node(level, id)?;
            id = self.parent(level, id);
            level += 1;
        }
        Ok(())
    }

    fn own_shared_for_insertion(&mut self, leaf: u32) -> Outcome {
        self.own_shared_path(leaf)?;
        if leaf == NIL || self.leaf(leaf).len() == Self::limits(0).1 {
            self.try_reserve_leaf()?;
            let new =
                if self.vacant_leaf == NIL { self.leaves.len() } else { self.vacant_leaf as usize };
            self.leaves.own(super::node::to_u32(new))?;
        }
        if leaf == NIL || self.leaf(leaf).len() < Self::limits(0).1 {
            return Ok(());
        }
        let &Leaf { prev, next, .. } = self.leaf(leaf).leaf;
        self.own_node(0, prev)?;
        self.own_node(0, next)?;
        let (mut level, mut id, mut inners) = (1, self.leaf(leaf).parent, 1);
        while id != NIL && self.inner(id).len == Self::limits(level).1 {
            self.own_children(level, id, Self::limits(level).1 / 2)?;
            id = self.inner(id).parent;
            level += 1;
            inners += 1;
        }
        self.own_new_inners(inners.min(MAX_HEIGHT))
    }

    /// The children of an inner node from the one at `first` on: they get a new parent.
    fn own_children(&mut self, level: usize, id: u32, first: usize) -> Outcome {
        for at in first..self.inner(id).len {
            self.own_node(level - 1, self.inner(id).children[at])?;
        }
        Ok(())
    }

    /// The places of the next `count` inner nodes.
    fn own_new_inners(&mut self, count: usize) -> Outcome {
        self.inners.try_reserve(count)?;
        let (mut vacant, end) = (self.vacant_inner, self.inners.len());
        for new in end..end + count {
            self.inners.own(new)?;
            if vacant != NIL {
                self.inners.own(vacant as usize)?;
                vacant = self.inner(vacant).parent;
            }
        }
        Ok(())
    }

    fn own_shared_pair(&mut self, level: usize, pair: [u32; 2], target: usize) -> Outcome {
        let [left, right] = pair;
        self.own_node(level, left)?;
        self.own_node(level, right)?;
        self.own_node(level + 1, self.parent(level, left))?;
        if level == 0 {
            // Its link changes if its neighbour is freed.
            return self.own_node(0, self.leaf(right).next);
        }
        let held = self.inner(left).len;
        self.own_children(level, left, target.min(held))?;
        for at in 0..target.saturating_sub(held) {
            self.own_node(level - 1, self.inner(right).children[at])?;
        }
        Ok(())
    }
}

//! The families: which trees a mapping is in, and how long an `anon_vma` lives.
//!
//! 1. Every link of a mapping is one [`Avc`] in one tree, at the mapping's current interval.
//! 2. `active` is the number of mappings whose own `anon_vma` it is.
//! 3. `children` is the number of `anon_vma`s with entries whose parent it is; a root with entries
//!    counts itself.
//! 4. `refcount` is one while the tree has entries, one for each stable item and residual item, and in a
//!    root one for each living descendant. At zero it is freed.
//! 5. A parent is never in the tree of its child, unless the child took over a dead ancestor's.

use crate::rmap::model::family::{AnonVmaIndex, AvcTree, Family};
use crate::rmap::model::ix::{AnonVmaIx, AnonVmaKey, TreeIx};
use crate::rmap::slab::{RawId, Slab};

/// One `anon_vma`: a tree of mappings, and why it lives.
#[derive(Clone, Debug)]
pub(crate) struct AnonVma {
    pub(crate) lineage: Lineage,
    /// Its tree, under the root's lock.
    pub(crate) tree: TreeIx,
    pub(crate) children: u32,
    pub(crate) active: u32,
    pub(crate) refcount: u32,
}

/// Where an `anon_vma` stands in its family.
#[derive(Clone, Debug)]
pub(crate) enum Lineage {
    /// Made for an untouched mapping.
    Root(Family),
    /// Made by a fork of a mapping of `parent`.
    /// By its name one sees whether the parent is still there: one whose tree is empty may outlive it, and
    /// its slot be another's by then.
    Descendant { root: AnonVmaIx, parent: AnonVmaIx, parent_id: RawId },
}

impl AnonVma {
    /// A root without entries, held by its maker.
    pub(crate) fn root(index: AnonVmaIndex) -> Self {
        let (family, tree) = Family::founded(index);
        // A root counts itself: dead and with one child, it is not taken for reuse.
        Self { lineage: Lineage::Root(family), tree, children: 1, active: 0, refcount: 1 }
    }

    /// `None`: this is the root.
    pub(crate) fn parent(&self) -> Option<AnonVmaIx> {
        match self.lineage {
            Lineage::Root(_) => None,
            Lineage::Descendant { parent, .. } => Some(parent),
        }
    }
}

/// All of them.
pub(crate) type AnonVmas = Slab<AnonVma, AnonVmaKey>;

impl AnonVmas {
    /// Root of the family of `at`.
    pub(crate) fn root_of(&self, at: AnonVmaIx) -> AnonVmaIx {
        match self[at].lineage {
            Lineage::Root(_) => at,
            Lineage::Descendant { root, .. } => root,
        }
    }

    /// The family of `at`: its trees and their lock.
    pub(crate) fn family(&self, at: AnonVmaIx) -> &Family {
        match &self[self.root_of(at)].lineage {
            Lineage::Root(family) => family,
            Lineage::Descendant { .. } => unreachable!("a root is no descendant"),
        }
    }

    pub(crate) fn family_mut(&mut self, at: AnonVmaIx) -> &mut Family {
        let root = self.root_of(at);
        match &mut self[root].lineage {
            Lineage::Root(family) => family,
            Lineage::Descendant { .. } => unreachable!("a root is no descendant"),
        }
    }

    /// Changes the tree of `at`; walks see it once it is published.
    pub(crate) fn change_tree<R>(
        &mut self,
        at: AnonVmaIx,
        change: impl FnOnce(&mut AvcTree) -> R,
    ) -> R {
        let tree = self[at].tree;
        self.family_mut(at).change(tree, change)
    }

    /// Entries of the tree (mappings).
    pub(crate) fn tree_len(&self, at: AnonVmaIx) -> usize {
        self.family(at).read()[self[at].tree].len()
    }
}

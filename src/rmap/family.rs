//! The trees of one family of mappings. Knows what an entry is, not what a mapping is.
//!
//! 1. A root owns its own tree and those of all its descendants, behind one lock: the kernel's
//!    `anon_vma->root->rwsem`.

use super::lock::WalkLock;
use super::slab::{Ix, Slab};
use super::units::Pgoff;
use super::vma::Vma;
use crate::IntervalTree;

/// The tree's half of an `anon_vma_chain`: which mapping lies there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Avc {
    pub(crate) vma: Ix<Vma>,
}

/// The mappings of one `anon_vma` by their offsets.
pub(crate) type AvcTree = IntervalTree<Pgoff, Avc>;

/// The trees of a root and its descendants.
pub(crate) type Family = WalkLock<Slab<AvcTree>>;

impl Family {
    /// A family of one empty tree.
    pub(crate) fn founded() -> (Self, Ix<AvcTree>) {
        let mut trees = Slab::new();
        let own = trees.insert(AvcTree::new());
        (Self::new(trees), own)
    }
}

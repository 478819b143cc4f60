//! The trees of one family of mappings. Knows what an entry is, not what a mapping is.
//!
//! 1. A root owns its own tree and those of all its descendants, under one lock: the kernel's
//!    `anon_vma->root->rwsem`.
//! 2. All trees of a machine are of one kind, and both kinds give the same mappings in the same
//!    order.

use core::ops::RangeBounds;

use crate::Handle;
use crate::Interval;
use crate::IntervalBTree;
use crate::IntervalRbTree;
use crate::rmap::lock::WalkLock;
use crate::rmap::model::ix::{TreeIx, TreeKey, VmaIx};
use crate::rmap::slab::Slab;
use crate::rmap::units::Pgoff;
use crate::{btree, rb};

/// The tree's half of an `anon_vma_chain`: which mapping lies there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Avc {
    pub(crate) vma: VmaIx,
}

/// The index in which each `anon_vma` of a machine keeps its mappings; walks find the same in either.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum AnonVmaIndex {
    /// The kernel's: [`IntervalRbTree`].
    #[default]
    RedBlack,
    /// Wide nodes: [`IntervalBTree`].
    BTree,
}

/// The mappings of one `anon_vma` by their offsets.
#[derive(Clone, Debug)]
pub(crate) enum AvcTree {
    RedBlack(IntervalRbTree<Pgoff, Avc>),
    BTree(IntervalBTree<Pgoff, Avc>),
}

impl AvcTree {
    pub(crate) fn new(index: AnonVmaIndex) -> Self {
        match index {
            AnonVmaIndex::RedBlack => Self::RedBlack(IntervalRbTree::new()),
            AnonVmaIndex::BTree => Self::BTree(IntervalBTree::new()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::RedBlack(tree) => tree.len(),
            Self::BTree(tree) => tree.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn insert(&mut self, interval: Interval<Pgoff>, avc: Avc) -> Handle {
        match self {
            Self::RedBlack(tree) => tree.insert(interval, avc),
            Self::BTree(tree) => tree.insert(interval, avc),
        }
    }

    pub(crate) fn remove(&mut self, entry: Handle) -> Option<(Interval<Pgoff>, Avc)> {
        match self {
            Self::RedBlack(tree) => tree.remove(entry),
            Self::BTree(tree) => tree.remove(entry),
        }
    }

    pub(crate) fn set_interval(
        &mut self,
        entry: Handle,
        interval: Interval<Pgoff>,
    ) -> Option<Interval<Pgoff>> {
        match self {
            Self::RedBlack(tree) => tree.set_interval(entry, interval),
            Self::BTree(tree) => tree.set_interval(entry, interval),
        }
    }

    pub(crate) fn get(&self, entry: Handle) -> Option<&Avc> {
        match self {
            Self::RedBlack(tree) => tree.get(entry),
            Self::BTree(tree) => tree.get(entry),
        }
    }

    pub(crate) fn interval(&self, entry: Handle) -> Option<Interval<Pgoff>> {
        match self {
            Self::RedBlack(tree) => tree.interval(entry).copied(),
            Self::BTree(tree) => tree.interval(entry),
        }
    }

    /// The entries with the same start as `entry`, it among them, in order.
    pub(crate) fn equals(&self, entry: Handle) -> Vec<Handle> {
        let interval = self.interval(entry).expect("a link's handle is live");
        let starts = *interval.start()..=*interval.start();
        match self {
            Self::RedBlack(tree) => tree.range(starts).with_handles().map(|(at, ..)| at).collect(),
            Self::BTree(tree) => tree.range(starts).with_handles().map(|(at, ..)| at).collect(),
        }
    }

    /// The mappings that overlap the window, in order.
    #[inline]
    pub(crate) fn overlapping(&self, window: impl RangeBounds<Pgoff>) -> Found<'_> {
        match self {
            Self::RedBlack(tree) => Found::RedBlack(tree.overlapping(window)),
            Self::BTree(tree) => Found::BTree(tree.overlapping(window)),
        }
    }
}

/// What a search of an [`AvcTree`] finds.
pub(crate) enum Found<'a> {
    RedBlack(rb::Overlapping<'a, Pgoff, Avc>),
    BTree(btree::Overlapping<'a, Pgoff, Avc>),
}

impl Iterator for Found<'_> {
    type Item = VmaIx;

    #[inline]
    fn next(&mut self) -> Option<VmaIx> {
        match self {
            Self::RedBlack(found) => found.next().map(|(_, avc)| avc.vma),
            Self::BTree(found) => found.next().map(|(_, avc)| avc.vma),
        }
    }
}

/// The trees of a root and its descendants.
pub(crate) type Family = WalkLock<Slab<AvcTree, TreeKey>>;

impl Family {
    /// A family of one empty tree.
    pub(crate) fn founded(index: AnonVmaIndex) -> (Self, TreeIx) {
        let mut trees = Slab::new();
        let own = trees.insert(AvcTree::new(index));
        (Self::new(trees), own)
    }
}

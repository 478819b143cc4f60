//! The trees of one family of mappings. Knows what an entry is, not what a mapping is.
//!
//! 1. A root owns its own tree and those of all its descendants, under one lock: the kernel's
//!    `anon_vma->root->rwsem`.
//! 2. All trees of a machine are of one kind, and all kinds give the same mappings in the same
//!    order.
//! 3. Where states are published, the newest state of a tree is the tree, except while a writer has the
//!    lock: walks that read states see its changes of a tree all or not at all. A call that has the
//!    machine to itself publishes when it ends; until then walks of its own read the tree.

use core::ops::{ControlFlow, RangeBounds};
use std::collections::BTreeMap;

use crate::Handle;
use crate::Interval;
use crate::IntervalBTree;
use crate::IntervalRbTree;
use crate::Snapshot;
use crate::rmap::lock::WalkLock;
use crate::rmap::model::ix::{TreeIx, TreeKey, VmaIx};
use crate::rmap::published::{Newest, Published};
use crate::rmap::slab::Slab;
use crate::rmap::sync::{RwLockReadGuard, RwLockWriteGuard};
use crate::rmap::units::Pgoff;

/// The tree's half of an `anon_vma_chain`: which mapping lies there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Avc {
    pub(crate) vma: VmaIx,
}

/// The index in which each `anon_vma` of a machine keeps its mappings, and whether walks lock it; they
/// find the same in each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum AnonVmaIndex {
    /// The kernel's: [`IntervalRbTree`].
    #[default]
    RedBlack,
    /// Wide nodes: [`IntervalBTree`].
    BTree,
    /// Wide nodes, and after each call that changes the index a [`Snapshot`] of it is published. A walk reads the
    /// newest, whole, and takes no lock of the family: it waits for no writer, and no writer for it.
    /// Writers still exclude each other.
    PublishedBTree,
}

impl AnonVmaIndex {
    /// All, the kernel's first.
    pub const ALL: &'static [Self] = &[Self::RedBlack, Self::BTree, Self::PublishedBTree];
}

/// The mappings of one `anon_vma` by their offsets.
#[derive(Clone, Debug)]
pub(crate) enum AvcTree {
    RedBlack(IntervalRbTree<Pgoff, Avc>),
    BTree(Box<IntervalBTree<Pgoff, Avc>>),
}

impl AvcTree {
    pub(crate) fn new(index: AnonVmaIndex) -> Self {
        match index {
            AnonVmaIndex::RedBlack => Self::RedBlack(IntervalRbTree::new()),
            AnonVmaIndex::BTree | AnonVmaIndex::PublishedBTree => Self::BTree(Box::default()),
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

    /// The index as it is now, for walks; wide ones only have states.
    fn state(&mut self) -> Option<State> {
        match self {
            Self::RedBlack(_) => None,
            Self::BTree(tree) => Some(tree.snapshot()),
        }
    }

    /// Visits the mappings that overlap the window, in order. Which index it is, is asked once: an
    /// iterator over either costs a walk a seventh more instructions.
    #[inline]
    pub(crate) fn visit_overlapping(
        &self,
        window: impl RangeBounds<Pgoff>,
        mut visit: impl FnMut(VmaIx) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self {
            Self::RedBlack(tree) => {
                tree.overlapping(window).try_for_each(|(_, avc)| visit(avc.vma))
            }
            Self::BTree(tree) => tree.overlapping(window).try_for_each(|(_, avc)| visit(avc.vma)),
        }
    }
}

/// The state of a tree that walks read.
pub(crate) type State = Snapshot<Pgoff, Avc>;

/// The trees of a root and its descendants.
#[derive(Debug)]
pub(crate) struct Family {
    trees: WalkLock<Slab<AvcTree, TreeKey>>,
    /// Of each tree; none where walks take the lock.
    states: BTreeMap<TreeIx, TreeState>,
}

/// What walks read of a tree.
#[derive(Debug)]
struct TreeState {
    newest: Published<State>,
    /// Whether the tree has changed since.
    is_stale: bool,
}

impl From<State> for TreeState {
    fn from(state: State) -> Self {
        Self { newest: Published::new(state), is_stale: false }
    }
}

impl Family {
    /// A family of one empty tree.
    pub(crate) fn founded(index: AnonVmaIndex) -> (Self, TreeIx) {
        let mut family = Self { trees: WalkLock::new(Slab::new()), states: BTreeMap::new() };
        let own = family.insert(index);
        (family, own)
    }

    /// Adds an empty tree.
    pub(crate) fn insert(&mut self, index: AnonVmaIndex) -> TreeIx {
        let mut tree = AvcTree::new(index);
        let state = (index == AnonVmaIndex::PublishedBTree).then(|| tree.state()).flatten();
        let at = self.trees.get_mut().insert(tree);
        self.states.extend(state.map(|state| (at, state.into())));
        at
    }

    /// Removes a tree.
    pub(crate) fn remove(&mut self, at: TreeIx) {
        self.trees.get_mut().remove(at);
        self.states.remove(&at);
    }

    /// The lock that walks take for reading, unless they read states.
    pub(crate) fn lock(&self) -> &WalkLock<Slab<AvcTree, TreeKey>> {
        &self.trees
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Slab<AvcTree, TreeKey>> {
        self.trees.read()
    }

    /// Excludes all others but walks that read states: what is changed is published by
    /// [`publish`](Self::publish).
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Slab<AvcTree, TreeKey>> {
        self.trees.write()
    }

    /// The newest state of a tree, if states are published and it is the tree.
    pub(crate) fn newest(&self, at: TreeIx) -> Option<Newest<State>> {
        self.states.get(&at).filter(|state| !state.is_stale).map(|state| state.newest.newest())
    }

    /// Returns `true` if a change of a tree is not published yet.
    pub(crate) fn is_stale(&self, at: TreeIx) -> bool {
        self.states.get(&at).is_some_and(|state| state.is_stale)
    }

    /// Shows walks the tree as it is now.
    pub(crate) fn publish(&self, at: TreeIx, tree: &mut AvcTree) {
        if let Some(state) = self.states.get(&at)
            && let Some(newest) = tree.state()
        {
            state.newest.publish(newest);
        }
    }

    /// Changes a tree, which nobody else can reach. [`publish_changed`](Self::publish_changed) must follow
    /// before anybody else can.
    pub(crate) fn change<R>(&mut self, at: TreeIx, change: impl FnOnce(&mut AvcTree) -> R) -> R {
        if let Some(state) = self.states.get_mut(&at) {
            state.is_stale = true;
        }
        change(&mut self.trees.get_mut()[at])
    }

    /// Publishes a tree if it was changed.
    pub(crate) fn publish_changed(&mut self, at: TreeIx) {
        if let Some(state) = self.states.get_mut(&at)
            && state.is_stale
            && let Some(newest) = self.trees.get_mut()[at].state()
        {
            state.newest.publish(newest);
            state.is_stale = false;
        }
    }
}

impl Clone for Family {
    /// The same trees under a lock of their own, with states of their own.
    fn clone(&self) -> Self {
        let mut trees = self.trees.clone();
        let state = |&at: &TreeIx| {
            let state = trees.get_mut()[at].state();
            state.map(|state| (at, state.into()))
        };
        let states = self.states.keys().filter_map(state).collect();
        Self { trees, states }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::{AnonVmaIndex, Avc, Family};
    use crate::Interval;
    use crate::rmap::model::ix::VmaKey;
    use crate::rmap::slab::Slab;
    use crate::rmap::units::Pgoff;

    #[test]
    fn changes_of_one_call_are_published_together() {
        let (mut family, tree) = Family::founded(AnonVmaIndex::PublishedBTree);
        let before = family.newest(tree).expect("the empty tree is published");
        let vma = Slab::<(), VmaKey>::new().insert(());
        for page in 0..3 {
            let interval = Interval::point(Pgoff(page));
            family.change(tree, |tree| tree.insert(interval, Avc { vma }));
            assert!(family.is_stale(tree) && family.newest(tree).is_none());
        }
        family.publish_changed(tree);
        assert!(!family.is_stale(tree));
        let after = family.newest(tree).expect("it is published");
        assert_eq!((before.len(), after.len()), (0, 3));
        family.publish_changed(tree);
        let again = family.newest(tree).expect("it is published");
        assert!(std::sync::Arc::ptr_eq(&after, &again), "what has not changed is not published");
    }
}

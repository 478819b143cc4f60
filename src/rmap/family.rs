//! The trees of one family, under the one lock that its members share. Knows what an entry is, not
//! what a mapping is.
//!
//! 1. A root owns the lock and, behind it, its own tree and those of all its descendants: the
//!    kernel's `anon_vma->root->rwsem`.
//! 2. A walk holds the lock for reading while it searches one tree. Who changes a tree holds it for
//!    writing, or borrows the machine exclusively, which is the same and costs nothing.
//! 3. A panic inside a walk leaves the lock free: only writers poison a lock, and no writer calls
//!    a user's code while it has a tree open.
//! 4. A writer waits for the walks that are under way and for none that comes after it, as with the
//!    kernel's lock. The standard library's lock by itself promises no such thing: a walker that
//!    comes back at once got in first hundreds of times.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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
#[derive(Debug)]
pub(crate) struct Family {
    /// Passed by readers, kept by a writer that waits: it lets in no further reader (law 4).
    gate: Mutex<()>,
    trees: RwLock<Slab<AvcTree>>,
}

impl Family {
    /// A family of one empty tree.
    pub(crate) fn founded() -> (Self, Ix<AvcTree>) {
        let mut trees = Slab::new();
        let own = trees.insert(AvcTree::new());
        (Self::of(trees), own)
    }

    fn of(trees: Slab<AvcTree>) -> Self {
        Self { gate: Mutex::new(()), trees: RwLock::new(trees) }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Slab<AvcTree>> {
        drop(self.pass());
        self.trees.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Slab<AvcTree>> {
        let _gate = self.pass();
        self.trees.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The trees without locking: nobody else can reach them.
    pub(crate) fn get_mut(&mut self) -> &mut Slab<AvcTree> {
        self.trees.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Family {
    /// The same trees under a lock of their own.
    fn clone(&self) -> Self {
        Self::of(self.read().clone())
    }
}

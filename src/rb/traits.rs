//! Traits of the standard library that need no more than a line or two.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Index, IndexMut};

use super::IntervalRbTree;
use crate::arena::Handle;

impl<T, V> Default for IntervalRbTree<T, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug, V: fmt::Debug> fmt::Debug for IntervalRbTree<T, V> {
    /// Lists the entries in order: `{[3, 9]: "value", ..}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Trees are equal when they hold the same entries in the same order; handles do not matter.
impl<T: PartialEq, V: PartialEq> PartialEq for IntervalRbTree<T, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Eq, V: Eq> Eq for IntervalRbTree<T, V> {}

impl<T: PartialOrd, V: PartialOrd> PartialOrd for IntervalRbTree<T, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord, V: Ord> Ord for IntervalRbTree<T, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Hash, V: Hash> Hash for IntervalRbTree<T, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<T, V> Index<Handle> for IntervalRbTree<T, V> {
    type Output = V;

    /// Returns the value of an entry.
    ///
    /// # Panics
    ///
    /// Panics if the entry is gone; [`get`](IntervalRbTree::get) does not.
    fn index(&self, handle: Handle) -> &V {
        self.get(handle).expect("the handle of an entry that was not removed")
    }
}

impl<T, V> IndexMut<Handle> for IntervalRbTree<T, V> {
    /// Returns the value of an entry for changing it.
    ///
    /// # Panics
    ///
    /// Panics if the entry is gone; [`get_mut`](IntervalRbTree::get_mut) does not.
    fn index_mut(&mut self, handle: Handle) -> &mut V {
        self.get_mut(handle).expect("the handle of an entry that was not removed")
    }
}

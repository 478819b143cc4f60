//! Traits of the standard library that need no more than a line or two.

#![forbid(unsafe_code)]

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Index, IndexMut};

use super::IntervalBTree;
use crate::arena::Handle;

impl<T, V> Default for IntervalBTree<T, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + fmt::Debug, V: fmt::Debug> fmt::Debug for IntervalBTree<T, V> {
    /// Lists the entries in order: `{[3, 9]: "value", ..}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Trees are equal when they hold the same entries in the same order; handles do not matter.
impl<T: Copy + PartialEq, V: PartialEq> PartialEq for IntervalBTree<T, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Copy + Eq, V: Eq> Eq for IntervalBTree<T, V> {}

impl<T: Copy + PartialOrd, V: PartialOrd> PartialOrd for IntervalBTree<T, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Copy + Ord, V: Ord> Ord for IntervalBTree<T, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Copy + Hash, V: Hash> Hash for IntervalBTree<T, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<T, V> Index<Handle> for IntervalBTree<T, V> {
    type Output = V;

    /// Returns the value of an entry.
    ///
    /// # Panics
    ///
    /// Panics if the entry is gone; [`get`](IntervalBTree::get) does not.
    fn index(&self, handle: Handle) -> &V {
        self.get(handle).expect("the handle of an entry that was not removed")
    }
}

impl<T, V> IndexMut<Handle> for IntervalBTree<T, V> {
    /// Returns the value of an entry for changing it.
    ///
    /// # Panics
    ///
    /// Panics if the entry is gone; [`get_mut`](IntervalBTree::get_mut) does not.
    fn index_mut(&mut self, handle: Handle) -> &mut V {
        self.get_mut(handle).expect("the handle of an entry that was not removed")
    }
}

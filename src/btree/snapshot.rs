//! [`Snapshot`]: the index as it was, shared with the index.

#![forbid(unsafe_code)]

use core::fmt;
use core::ops::Deref;

use super::{IntervalBTree, Summary, Violation};
use crate::bplus::check;
use crate::bplus::node::Nodes;
use crate::bplus::slab::Slab;
use crate::error::CapacityError;
use crate::pages::counted::Counted;
#[cfg(feature = "sync")]
use crate::pages::rewrite::Rewriting;

/// An [`IntervalBTree`] as it was when [`snapshot`](IntervalBTree::snapshot) was called, read-only.
///
/// It dereferences to an index, so it has every query and iterator of one. It shares memory with the
/// index that it was taken of, which copies what it changes, 8 leaves and a few inner nodes at a time,
/// once. Of several snapshots each is as it was.
///
/// Handles belong to the index. Those of the index find nothing in a snapshot, and those that a snapshot
/// gives out find nothing anywhere.
///
/// A snapshot can be sent to other threads and asked by many at once, if ends and values can. A clone
/// of it is another reference to the same state. The last one gives back what only this state holds, and
/// drops the values in it: in whatever thread that is.
///
/// # Complexity
///
/// `clone` is `O(1)`, queries are as those of the index. Dropping the last clone takes as many steps as
/// there are pages that no other state shares, and one for every 128 leaves.
///
/// # Examples
///
/// ```
/// use std::thread;
///
/// use stabtree::{Interval, IntervalBTree};
///
/// let mut leases = IntervalBTree::from([(Interval::new(0u64, 9), "first")]);
/// let snapshot = leases.snapshot();
/// leases.insert(Interval::new(5, 20), "second");
///
/// let reader = thread::spawn(move || snapshot.stab(7).count());
/// assert_eq!(reader.join().unwrap(), 1);
/// assert_eq!(leases.stab(7).count(), 2);
/// ```
pub struct Snapshot<T, V = ()> {
    index: Counted<IntervalBTree<T, V>>,
}

impl<T: Copy + Sync, V: Clone + Sync> IntervalBTree<T, V> {
    /// Returns the index as it is now, which later changes leave as it is.
    ///
    /// No entry is copied. A change copies what it writes and what a snapshot still shares; where no
    /// snapshot was ever taken nothing is copied, and values need not be `Clone`.
    ///
    /// From then on, any method that changes the index may call `V::clone`, and asks for memory. If there
    /// is none, or if a clone panics, the index and its snapshots are as before the change, or as
    /// between two entries of a change of many.
    ///
    /// Values must be `Sync` since the index can go to another thread, which reads the same ones.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted.
    ///
    /// # Complexity
    ///
    /// 16 bytes are copied for 8 leaves, some 180 entries: a few microseconds at a million entries. The
    /// first change after it copies about 15 KiB, later ones what they come to first.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let heap = index.insert(Interval::new(10u64, 20), 'h');
    /// let before = index.snapshot();
    /// index.remove(heap);
    /// assert!(index.is_empty());
    /// assert!(before.iter().eq([(Interval::new(10, 20), &'h')]));
    /// ```
    #[track_caller]
    pub fn snapshot(&mut self) -> Snapshot<T, V> {
        let mut nodes = Nodes::new();
        let shared = self.nodes.try_share(&mut nodes).and_then(|()| {
            let slab = Slab::without_rows(self.slab.len());
            Counted::try_new(Self { nodes, slab })
        });
        match shared {
            Ok(index) => Snapshot { index },
            Err(error) => panic!("{}", CapacityError::from(error)),
        }
    }

    /// Makes `snapshot` one of the index as it is now, in the memory that it has if there is no clone of
    /// it.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted or the destructor of a value panics; the snapshot is empty then.
    #[cfg(feature = "sync")]
    #[track_caller]
    pub(crate) fn snapshot_again(&mut self, snapshot: &mut Snapshot<T, V>) {
        let Some(index) = snapshot.index.get_mut() else {
            *snapshot = self.snapshot();
            return;
        };
        let outcome = Rewriting::new(index).by(|index| {
            index.slab.set_len_without_rows(self.slab.len());
            self.nodes.try_share(&mut index.nodes)
        });
        if let Err(error) = outcome {
            panic!("{}", CapacityError::from(error));
        }
    }
}

impl<T: Ord + Copy, V> Snapshot<T, V> {
    /// Checks all invariants but those of handles, which a snapshot has not; returns the first violation.
    ///
    /// # Errors
    ///
    /// The [`Violation`], which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<Summary, Violation> {
        check::check_snapshot(&self.nodes, self.slab.len())
    }
}

impl<T, V> Deref for Snapshot<T, V> {
    type Target = IntervalBTree<T, V>;

    #[inline]
    fn deref(&self) -> &IntervalBTree<T, V> {
        &self.index
    }
}

/// `O(1)`: another reference to the same state.
impl<T, V> Clone for Snapshot<T, V> {
    fn clone(&self) -> Self {
        Self { index: self.index.clone() }
    }
}

impl<T: Copy + fmt::Debug, V: fmt::Debug> fmt::Debug for Snapshot<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

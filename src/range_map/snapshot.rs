//! [`RangeMapSnapshot`]: the map as it was, shared with the map.

#![forbid(unsafe_code)]

use core::fmt;
use core::ops::Deref;

use super::RangeMap;
use super::runs::Runs;
use crate::error::CapacityError;
use crate::pages::counted::Counted;
#[cfg(feature = "sync")]
use crate::pages::rewrite::Rewriting;

/// A [`RangeMap`] as it was when [`snapshot`](RangeMap::snapshot) was called, read-only.
///
/// It dereferences to a map, so it has every query and iterator of one. It shares memory with the map
/// that it was taken of, and is in all else as [`Snapshot`](crate::Snapshot) is.
///
/// # Complexity
///
/// `clone` is `O(1)`, queries are as those of the map. Dropping the last clone takes as many steps as
/// there are pages that no other state shares, and one for every 128 leaves.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, RangeMap};
///
/// let mut pages = RangeMap::from([(0x1000u64..=0x4fff, "rw")]);
/// let before = pages.snapshot();
/// pages.insert(0x2000..0x3000, "r");
/// assert_eq!(before.get(0x2000), Some(&"rw"));
/// assert_eq!(pages.get(0x2000), Some(&"r"));
/// ```
pub struct RangeMapSnapshot<T, V> {
    map: Counted<RangeMap<T, V>>,
}

impl<T: Copy + Sync, V: Clone + Sync> RangeMap<T, V> {
    /// Returns the map as it is now, which later changes leave as it is.
    ///
    /// No entry is copied. A change copies what it writes and what a snapshot still shares; where no
    /// snapshot was ever taken nothing is copied.
    ///
    /// From then on, any method that changes the map may call `V::clone`, and asks for memory. If there is
    /// none, or if a clone panics, snapshots are as they were, and the map is valid: as before the
    /// change, or with some of what was to be removed or cut off removed.
    ///
    /// Values must be `Sync` since the map can go to another thread, which reads the same ones.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted.
    ///
    /// # Complexity
    ///
    /// 16 bytes are copied for 8 leaves, some 180 entries: a few microseconds at a million entries.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = stabtree::RangeMap::from([(0..=9, 'a')]);
    /// let before = map.snapshot();
    /// map.cut(3..5);
    /// assert_eq!((before.len(), map.len()), (1, 2));
    /// ```
    #[track_caller]
    pub fn snapshot(&mut self) -> RangeMapSnapshot<T, V> {
        let mut runs = Runs::new();
        let shared = self.runs.try_share(&mut runs);
        match shared.and_then(|()| Counted::try_new(Self { runs })) {
            Ok(map) => RangeMapSnapshot { map },
            Err(error) => panic!("{}", CapacityError::from(error)),
        }
    }

    /// Makes `snapshot` one of the map as it is now; see `IntervalBTree::snapshot_again`.
    #[cfg(feature = "sync")]
    #[track_caller]
    pub(crate) fn snapshot_again(&mut self, snapshot: &mut RangeMapSnapshot<T, V>) {
        let Some(map) = snapshot.map.get_mut() else {
            *snapshot = self.snapshot();
            return;
        };
        if let Err(error) = Rewriting::new(map).by(|map| self.runs.try_share(&mut map.runs)) {
            panic!("{}", CapacityError::from(error));
        }
    }
}

impl<T, V> Deref for RangeMapSnapshot<T, V> {
    type Target = RangeMap<T, V>;

    #[inline]
    fn deref(&self) -> &RangeMap<T, V> {
        &self.map
    }
}

/// `O(1)`: another reference to the same state.
impl<T, V> Clone for RangeMapSnapshot<T, V> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<T, V> fmt::Debug for RangeMapSnapshot<T, V>
where
    RangeMap<T, V>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

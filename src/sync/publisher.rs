//! The side that changes and publishes.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::vec::Vec;

use super::publish::Publish;
use super::reader::Reader;
use super::slot::Slot;

/// Owns an index, changes it, and publishes its states to [`Reader`]s; see the [module](super).
///
/// # Examples
///
/// ```
/// use stabtree::RangeMap;
/// use stabtree::sync::Publisher;
///
/// let mut pages = Publisher::new(RangeMap::new()).publish_every(2);
/// let mut reader = pages.reader();
/// pages.update(|map| map.insert(0x1000u64..0x2000, "r"));
/// assert_eq!(reader.get(0x1000), None);
/// pages.update(|map| map.insert(0x2000..0x3000, "rw"));
/// assert_eq!(reader.get(0x1000), Some(&"r"));
/// ```
pub struct Publisher<I: Publish> {
    index: I,
    slot: Slot<I::State>,
    /// States that a reader may hold still, and one to be published again.
    former: Vec<Arc<I::State>>,
    every: Option<NonZeroUsize>,
    unpublished: usize,
}

impl<I: Publish> Publisher<I> {
    /// Creates a publisher of an index, whose state now is published.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let index = IntervalBTree::from([(Interval::new(1u64, 2), 'a')]);
    /// assert_eq!(Publisher::new(index).reader().stab(1).count(), 1);
    /// ```
    pub fn new(mut index: I) -> Self {
        let slot = Slot::new(Arc::new(index.state()));
        Self { index, slot, former: Vec::new(), every: None, unpublished: 0 }
    }

    /// Publishes after every `changes` calls of [`update`](Self::update) from now on; after none if it
    /// is 0, as at first.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let mut index = Publisher::new(IntervalBTree::new()).publish_every(1);
    /// index.update(|index| index.insert(Interval::new(1u64, 2), 'a'));
    /// assert_eq!(index.reader().stab(1).count(), 1);
    /// ```
    #[must_use = "returns the publisher"]
    pub fn publish_every(mut self, changes: usize) -> Self {
        self.every = NonZeroUsize::new(changes);
        self
    }

    /// Changes the index; readers see it when it is published.
    ///
    /// If `change` panics, nothing is published; what it changed before is seen after the next
    /// publication.
    ///
    /// # Panics
    ///
    /// Panics if `change` does, or if a state is due to be published and memory is exhausted; the change is
    /// made then.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let mut index = Publisher::new(IntervalBTree::new());
    /// let handle = index.update(|index| index.insert(Interval::new(1u64, 2), 'a'));
    /// assert_eq!(index.index()[handle], 'a');
    /// assert_eq!(index.reader().stab(1).count(), 0);
    /// ```
    pub fn update<R>(&mut self, change: impl FnOnce(&mut I) -> R) -> R {
        let result = change(&mut self.index);
        self.unpublished = self.unpublished.saturating_add(1);
        if self.every.is_some_and(|every| self.unpublished >= every.get()) {
            self.publish();
        }
        result
    }

    /// Shows the index as it is now to readers.
    ///
    /// Frees the former states that no reader holds any more, in this thread, but for one: the next
    /// publication writes into it what has changed since, so that readers find the rest in their caches.
    /// For the same reason the index keeps former versions of pages that were changed: one of each page of
    /// inner nodes, 1.8 bytes an entry where ends have 64 bits, 4 % of an
    /// [`IntervalBTree`](crate::IntervalBTree); and of pages of leaves, if values have no destructor, those
    /// changed last, up to one mebibyte, which is as much as the leaves of some 20,000 entries take.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted; readers see the former state then.
    ///
    /// # Complexity
    ///
    /// That of [`snapshot`](crate::IntervalBTree::snapshot), and one step for each former state that is held.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let mut index = Publisher::new(IntervalBTree::new());
    /// let mut reader = index.reader();
    /// index.update(|index| index.insert(Interval::new(1u64, 2), 'a'));
    /// assert_eq!(reader.stab(1).count(), 0);
    /// index.publish();
    /// assert_eq!(reader.stab(1).count(), 1);
    /// ```
    pub fn publish(&mut self) {
        self.former.reserve(1);
        let free = self.former.iter_mut().position(|state| Arc::get_mut(state).is_some());
        let mut state = free.map(|at| self.former.swap_remove(at));
        if let Some(state) = state.as_mut().and_then(Arc::get_mut) {
            self.index.state_again(state);
        }
        let state = state.unwrap_or_else(|| Arc::new(self.index.state()));
        let former = self.slot.swap(state);
        self.former.push(former);
        self.unpublished = 0;
        let mut is_kept = false;
        self.former.retain(|state| {
            Arc::strong_count(state) > 1 || !core::mem::replace(&mut is_kept, true)
        });
    }

    /// Borrows the index, with what was not published yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{RangeMap, sync::Publisher};
    ///
    /// let mut map = Publisher::new(RangeMap::new());
    /// map.update(|map| map.insert(0u32..4, 'a'));
    /// assert_eq!(map.index().len(), 1);
    /// ```
    pub fn index(&self) -> &I {
        &self.index
    }

    /// Returns the index, with what was not published; readers keep the state published last.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{RangeMap, sync::Publisher};
    ///
    /// let mut map = Publisher::new(RangeMap::from([(0u32..4, 'a')]));
    /// let mut reader = map.reader();
    /// map.update(|map| map.clear());
    /// assert!(map.into_index().is_empty());
    /// assert_eq!(reader.get(3), Some(&'a'));
    /// ```
    pub fn into_index(self) -> I {
        self.index
    }

    /// Returns a reader, which sees the newest published state.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publisher};
    ///
    /// let index = Publisher::new(IntervalBTree::from([(Interval::new(1u64, 2), 'a')]));
    /// let mut reader = index.reader();
    /// let found = std::thread::spawn(move || reader.stab(1).count());
    /// assert_eq!(found.join().unwrap(), 1);
    /// ```
    pub fn reader(&self) -> Reader<I> {
        Reader { states: self.slot.cached() }
    }
}

impl<I: Publish + fmt::Debug> fmt::Debug for Publisher<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("index", &self.index)
            .field("unpublished", &self.unpublished)
            .finish_non_exhaustive()
    }
}

use super::IntervalRbTree;
use crate::arena::{Handle, NodeId};
use crate::error::{CapacityError, InsertAfterError, InsertAfterReason};
use crate::interval::Interval;
use crate::rbtree::Place;

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    /// Inserts an entry; equal intervals are kept side by side, nothing is overwritten.
    ///
    /// The entry goes behind all entries with the same `start`.
    ///
    /// # Panics
    ///
    /// Panics if the tree holds 2^31 - 2 entries; [`try_insert`](Self::try_insert) does not.
    ///
    /// # Complexity
    ///
    /// `O(log n)`, amortised over the growth of the storage.
    ///
    /// # Kernel counterpart
    ///
    /// `include/linux/interval_tree_generic.h`, insertion; `lib/rbtree.c`, the fix-up's cases.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// tree.insert(Interval::new(5, 9), "first");
    /// tree.insert(Interval::new(5, 5), "second");
    /// assert!(tree.values().eq(&["first", "second"]));
    /// ```
    #[track_caller]
    pub fn insert(&mut self, interval: Interval<T>, value: V) -> Handle {
        match self.try_insert(interval, value) {
            Ok(handle) => handle,
            Err((error, ..)) => panic!("{error}"),
        }
    }

    /// Inserts an entry like [`insert`](Self::insert), or hands interval and value back.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if the tree holds 2^31 - 2 entries or memory is exhausted; the
    /// tree is unchanged.
    ///
    /// # Complexity
    ///
    /// `O(log n)`, amortised over the growth of the storage.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let entry = tree.try_insert(Interval::new(5, 9), "kept");
    /// assert!(entry.is_ok());
    /// ```
    pub fn try_insert(
        &mut self,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, (CapacityError, Interval<T>, V)> {
        if let Err(error) = self.try_reserve(1) {
            return Err((error, interval, value));
        }
        let place = self.nodes.place_for(interval.start());
        Ok(self.insert_at(place, interval, value))
    }

    /// Inserts an entry immediately behind another one that has the same `start`.
    ///
    /// [`insert`](Self::insert) would put it behind *all* entries with that `start`.
    ///
    /// # Errors
    ///
    /// [`InsertAfterError`] hands interval and value back if `previous` is gone, if its start
    /// differs, or if no room is left; the tree is unchanged.
    ///
    /// # Complexity
    ///
    /// `O(log n)`, amortised over the growth of the storage.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/interval_tree.c`, `vma_interval_tree_insert_after`. The kernel trusts its caller that
    /// the new `last` exceeds nothing above; here it is carried upward.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let parent = tree.insert(Interval::new(5, 9), "parent");
    /// tree.insert(Interval::new(5, 9), "other");
    /// tree.insert_after(parent, Interval::new(5, 9), "child").unwrap();
    /// assert!(tree.values().eq(&["parent", "child", "other"]));
    /// ```
    pub fn insert_after(
        &mut self,
        previous: Handle,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, InsertAfterError<T, V>> {
        let reason = match self.entries.resolve(previous) {
            None => InsertAfterReason::NoSuchEntry,
            Some(id) if self.nodes.interval(id).start() != interval.start() => {
                InsertAfterReason::StartDiffers
            }
            Some(id) => match self.try_reserve(1) {
                Err(error) => InsertAfterReason::Capacity(error),
                Ok(()) => return Ok(self.insert_at(self.nodes.place_after(id), interval, value)),
            },
        };
        Err(InsertAfterError { reason, interval, value })
    }

    /// Takes an entry out, or returns `None` if it is already gone.
    ///
    /// # Complexity
    ///
    /// `O(log n)`: the handle leads to the entry, nothing is searched.
    ///
    /// # Kernel counterpart
    ///
    /// `lib/rbtree.c`, augmented erase: the successor replaces an entry with two children.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.remove(heap), Some((Interval::new(10, 20), "heap")));
    /// assert_eq!(tree.remove(heap), None);
    /// ```
    pub fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, V)> {
        self.entries.resolve(handle).map(|id| self.take_out(id))
    }

    /// Gives an entry another interval and returns the former one; the handle stays valid.
    ///
    /// The entry goes behind all entries with the same new `start`, also if nothing changes.
    /// `None` means that the entry is gone.
    ///
    /// # Panics
    ///
    /// Never by itself. If `T`'s own `Ord` or `Clone` panics on the way, either nothing has changed
    /// or the entry is gone.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/rmap.c`, the update of a vma's links before and after its bounds change.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.set_interval(heap, Interval::new(10, 40)), Some(Interval::new(10, 20)));
    /// assert!(tree.overlaps(30..));
    /// ```
    pub fn set_interval(&mut self, handle: Handle, interval: Interval<T>) -> Option<Interval<T>> {
        /// Drops the value of an entry whose node is gone, should the new one not be linked.
        struct Homeless<'a, T, V> {
            tree: &'a mut IntervalRbTree<T, V>,
            id: NodeId,
        }

        impl<T, V> Drop for Homeless<'_, T, V> {
            fn drop(&mut self) {
                if self.tree.entries.is_last_life(self.id) {
                    self.tree.nodes.retire_last_vacated();
                }
                self.tree.entries.take(self.id);
            }
        }

        let id = self.entries.resolve(handle)?;
        let former = self.nodes.erase(id, false);
        let homeless = Homeless { tree: self, id };
        let nodes = &mut homeless.tree.nodes;
        nodes.sweep();
        let place = nodes.place_for(interval.start());
        let again = nodes.link(interval, place);
        debug_assert_eq!(again, id, "the slot vacated last is given first");
        core::mem::forget(homeless);
        self.nodes.sweep();
        Some(former)
    }

    fn insert_at(&mut self, place: Place, interval: Interval<T>, value: V) -> Handle {
        let id = self.nodes.link(interval, place);
        let handle = self.entries.put(id, value);
        self.nodes.sweep();
        handle
    }

    pub(super) fn take_out(&mut self, id: NodeId) -> (Interval<T>, V) {
        let retire = self.entries.is_last_life(id);
        let interval = self.nodes.erase(id, retire);
        let removed = (interval, self.entries.take(id));
        self.nodes.sweep();
        removed
    }
}

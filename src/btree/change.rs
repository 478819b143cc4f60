#![forbid(unsafe_code)]

use super::IntervalBTree;
use crate::arena::{Handle, NodeId};
use crate::bplus::node::Position;
use crate::bplus::search::Ancestors;
use crate::error::{CapacityError, InsertAfterError, InsertAfterReason};
use crate::interval::Interval;

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
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
    /// Bayer and `McCreight`, *Organization and Maintenance of Large Ordered Indexes*, 1972; the
    /// order of ties is that of `include/linux/interval_tree_generic.h`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
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
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let entry = tree.try_insert(Interval::new(5, 9), "kept");
    /// assert!(entry.is_ok());
    /// ```
    pub fn try_insert(
        &mut self,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, (CapacityError, Interval<T>, V)> {
        if let Err(error) = self.try_reserve_value() {
            return Err((error, interval, value));
        }
        let place = self.nodes.place_for(interval.start());
        match self.nodes.make_room(&mut self.slab, place) {
            Ok(place) => Ok(self.insert_at(place, interval, value)),
            Err(error) => Err((error.into(), interval, value)),
        }
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
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
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
        match self.room_behind(previous, &interval) {
            Ok(place) => Ok(self.insert_at(place, interval, value)),
            Err(reason) => Err(InsertAfterError { reason, interval, value }),
        }
    }

    /// Takes an entry out, or returns `None` if it is already gone.
    ///
    /// # Complexity
    ///
    /// `O(log n)`: the handle leads to the leaf, nothing is searched.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.remove(heap), Some((Interval::new(10, 20), "heap")));
    /// assert_eq!(tree.remove(heap), None);
    /// ```
    pub fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, V)> {
        self.slab.resolve(handle).map(|slot| self.take_out(slot))
    }

    /// Gives an entry another interval and returns the former one; the handle stays valid.
    ///
    /// The entry goes behind all entries with the same new `start`, also if nothing changes.
    /// `None` means that the entry is gone.
    ///
    /// # Panics
    ///
    /// Panics if a node must be divided and memory is exhausted;
    /// [`try_set_interval`](Self::try_set_interval) does not. If `T`'s own `Ord` panics on the way,
    /// either nothing has changed or the entry is gone.
    ///
    /// # Complexity
    ///
    /// `O(log n)`, amortised over the growth of the storage.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/rmap.c`, the update of a vma's links before and after its bounds change.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.set_interval(heap, Interval::new(10, 40)), Some(Interval::new(10, 20)));
    /// assert!(tree.overlaps(30..));
    /// ```
    #[track_caller]
    pub fn set_interval(&mut self, handle: Handle, interval: Interval<T>) -> Option<Interval<T>> {
        match self.try_set_interval(handle, interval) {
            Ok(former) => former,
            Err(error) => panic!("{error}"),
        }
    }

    /// Changes an interval like [`set_interval`](Self::set_interval), or says that there is no
    /// memory.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if a node must be divided and memory is exhausted; the entry has its former
    /// interval and its former place.
    ///
    /// # Panics
    ///
    /// Never by itself. If `T`'s own `Ord` panics on the way, either nothing has changed or the entry
    /// is gone.
    ///
    /// # Complexity
    ///
    /// `O(log n)`, amortised over the growth of the storage.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// let former = tree.try_set_interval(heap, Interval::new(10, 40));
    /// assert_eq!(former, Ok(Some(Interval::new(10, 20))));
    /// ```
    pub fn try_set_interval(
        &mut self,
        handle: Handle,
        interval: Interval<T>,
    ) -> Result<Option<Interval<T>>, CapacityError> {
        /// Gives up the row of an entry that is out of the nodes, should it not come back.
        struct Homeless<'a, T, V> {
            tree: &'a mut IntervalBTree<T, V>,
            slot: NodeId,
        }

        impl<T, V> Drop for Homeless<'_, T, V> {
            fn drop(&mut self) {
                self.tree.slab.remove(self.slot);
            }
        }

        let Some(slot) = self.slab.resolve(handle) else { return Ok(None) };
        let (at, former, value) = self.nodes.remove(&mut self.slab, slot);
        let homeless = Homeless { tree: self, slot };
        let IntervalBTree { nodes, slab } = &mut *homeless.tree;
        let place = nodes.place_for(interval.start());
        let (place, now, outcome) = match nodes.make_room(slab, place) {
            Ok(place) => (place, interval, Ok(Some(former))),
            Err(error) => ((at, nodes.ancestors(at.leaf)), former, Err(error.into())),
        };
        nodes.insert(place, now, value, |leaf| {
            slab.set_leaf(slot, leaf);
            slot
        });
        core::mem::forget(homeless);
        outcome
    }

    /// The place immediately behind `previous`, for an entry with the same start.
    fn room_behind(
        &mut self,
        previous: Handle,
        interval: &Interval<T>,
    ) -> Result<(Position, Ancestors), InsertAfterReason> {
        let slot = self.slab.resolve(previous).ok_or(InsertAfterReason::NoSuchEntry)?;
        let Position { leaf, pos } = self.locate(slot);
        if self.nodes.leaf(leaf).starts[pos] != *interval.start() {
            return Err(InsertAfterReason::StartDiffers);
        }
        self.try_reserve_value().map_err(InsertAfterReason::Capacity)?;
        let place = (Position { leaf, pos: pos + 1 }, self.nodes.ancestors(leaf));
        let room = self.nodes.make_room(&mut self.slab, place);
        room.map_err(|error| InsertAfterReason::Capacity(error.into()))
    }

    /// Makes room for one more value.
    fn try_reserve_value(&mut self) -> Result<(), CapacityError> {
        if self.slab.ids_left() == 0 {
            return Err(CapacityError::TOO_MANY);
        }
        Ok(self.slab.try_reserve(1)?)
    }

    fn insert_at(
        &mut self,
        place: (Position, Ancestors),
        interval: Interval<T>,
        value: V,
    ) -> Handle {
        let mut handle = None;
        let slab = &mut self.slab;
        self.nodes.insert(place, interval, value, |leaf| handle.insert(slab.insert(leaf)).id());
        handle.expect("an insertion names the leaf of the value")
    }

    pub(super) fn take_out(&mut self, slot: NodeId) -> (Interval<T>, V) {
        let (_, interval, value) = self.nodes.remove(&mut self.slab, slot);
        self.slab.remove(slot);
        (interval, value)
    }
}

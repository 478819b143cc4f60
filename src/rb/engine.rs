//! What only this index knows: how tree and values are kept in step, and the methods that are not
//! those of both indexes. The API of `index` is written in terms of it.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::ops::RangeBounds;

use super::{IntervalRbTree, NodeShape, NotSortedError, Summary, Violation};
use crate::arena::{Entries, Handle, Names, NodeId};
use crate::count_index::CountIndex;
use crate::error::{CapacityError, InsertAfterReason};
use crate::interval::{Interval, Query};
use crate::rbtree::{Between, Former, Matches, Place, RbTree, Shape};

impl<T, V> IntervalRbTree<T, V> {
    pub(super) const EMPTY: Self = Self { nodes: RbTree::new(), entries: Entries::new() };

    #[inline]
    pub(super) fn entry_count(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the number of entries that fit without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::IntervalRbTree::<u64>::new().capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        self.nodes.capacity().min(self.entries.capacity())
    }

    /// Gives memory that no entry takes back to the allocator.
    ///
    /// Entries stay where they are unless removed ones have left more than a third of the slots: then
    /// they move as by [`compact`](Self::compact). Handles stay valid.
    ///
    /// # Complexity
    ///
    /// `O(slots)`: a slot is the place of an entry, or of a removed one that was not reused yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree: IntervalRbTree<_, _> = (0..1_000).map(|i| (Interval::point(i), i)).collect();
    /// tree.retain(|_, value| *value < 10);
    /// assert!(tree.capacity() >= 1_000);
    /// tree.shrink_to_fit();
    /// assert_eq!(tree.capacity(), 10);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        if !self.has_many_vacant_slots() || !self.move_in_order() {
            self.nodes.shrink_to_fit();
            self.entries.shrink_to_fit();
        }
    }

    /// Moves the entries to as many slots, in order, and gives all other memory back to the allocator.
    /// Handles stay valid, and stale ones stale.
    ///
    /// Walks over many entries are faster then, and after many removals the index takes as little
    /// memory as a new one, but for 12 bytes an entry that remember the handles given out before;
    /// finding an entry by one of these takes `O(log n)`. An index that was built from sorted entries
    /// and has not changed since is left as it is.
    ///
    /// # Complexity
    ///
    /// `O(slots + n log n)`: a slot is the place of an entry, or of a removed one that was not reused
    /// yet. While the entries move there is memory for both.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let handles: Vec<_> = (0..100).map(|i| tree.insert(Interval::point(99 - i), i)).collect();
    /// handles[..90].iter().for_each(|handle| _ = tree.remove(*handle));
    /// tree.compact();
    /// assert_eq!(tree.capacity(), 10);
    /// assert_eq!(tree[handles[95]], 95);
    /// assert_eq!(tree.get(handles[0]), None);
    /// ```
    pub fn compact(&mut self) {
        if !self.move_in_order() {
            self.nodes.shrink_to_fit();
            self.entries.shrink_to_fit();
        }
    }

    /// Returns `true` if so many slots are vacant that less memory is needed to remember how entries
    /// moved out of there.
    fn has_many_vacant_slots(&self) -> bool {
        self.nodes.slot_count() - self.len() > self.len() / 2
    }

    /// The entries in order, and their names in slots of that order; `None` if no handles are left for
    /// what is inserted then.
    fn renamed(&self) -> Option<(Vec<NodeId>, Names)> {
        let mut all = self.nodes.all();
        let mut order = Vec::with_capacity(self.len());
        order.extend(core::iter::from_fn(|| all.next(&self.nodes)));
        let handles = order.iter().map(|id| self.entries.handle(*id)).collect();
        let names = self.entries.names().after_move(self.nodes.slot_count(), handles)?;
        Some((order, names))
    }

    /// Moves the entries to as many slots, in order. Returns `false`, and moves nothing, if they lie
    /// so, or if no handles are left.
    fn move_in_order(&mut self) -> bool {
        if self.nodes.slot_count() == self.len() && self.lies_in_order() {
            return false;
        }
        let Some((order, names)) = self.renamed() else { return false };
        let nodes = RbTree::with_exact_capacity(order.len());
        let mut entries = Entries::with_names(order.len(), names);
        // From here on nothing asks for memory.
        for id in order {
            entries.push(self.entries.take(id).0);
        }
        self.entries = entries;
        self.nodes.move_to(nodes);
        true
    }

    /// An index of entries that come in order, `len` of them, with the names of handles that they have
    /// in slots of that order.
    pub(crate) fn from_named(
        len: usize,
        names: Names,
        entries: impl Iterator<Item = (Interval<T>, V)>,
    ) -> Self
    where
        T: Ord + Clone,
    {
        let mut nodes = RbTree::with_exact_capacity(len);
        let mut values = Entries::with_names(len, names);
        for (interval, value) in entries {
            nodes.push_sorted(interval);
            values.push(value);
        }
        nodes.link_sorted();
        Self { nodes, entries: values }
    }

    /// Replaces each value by what `change` makes of it, in order.
    pub(super) fn with_values<W>(
        self,
        mut change: impl FnMut(&Interval<T>, V) -> W,
    ) -> IntervalRbTree<T, W> {
        let Self { nodes, entries } = self;
        let mut all = nodes.all();
        let ids = core::iter::from_fn(|| all.next(&nodes));
        let entries = entries.map(ids, |id, value| change(nodes.interval(id), value));
        // Of a value of another size there may be memory for fewer.
        let mut tree = IntervalRbTree { nodes, entries };
        tree.nodes.set_ready(tree.slots_ready());
        tree
    }

    /// Which handles were given out.
    #[cfg(feature = "serde")]
    pub(super) fn issued(&self) -> [u32; 3] {
        self.entries.names().issued(self.nodes.slot_count())
    }

    /// The values by slot, and the names of handles.
    pub(crate) fn values_and_names(&self) -> &Entries<V> {
        &self.entries
    }

    fn lies_in_order(&self) -> bool {
        let mut all = self.nodes.all();
        core::iter::from_fn(|| all.next(&self.nodes)).is_sorted_by_key(NodeId::index)
    }

    pub(super) fn reserve_entries(&mut self, additional: usize) -> Result<(), CapacityError> {
        if additional > self.entries.names().most_slots().saturating_sub(self.nodes.slots_taken()) {
            return Err(CapacityError::TOO_MANY);
        }
        let slots = self.nodes.slots_missing(additional);
        if slots != 0 {
            self.entries.try_reserve(slots)?;
            self.nodes.try_reserve(additional)?;
            self.nodes.set_ready(self.slots_ready());
        }
        Ok(())
    }

    /// Reserves memory for entries that are inserted; those that are moved need none.
    pub(super) fn reserve_changes(
        &mut self,
        inserted: usize,
        _moved: usize,
    ) -> Result<(), CapacityError> {
        self.reserve_entries(inserted)
    }

    /// Nodes are never shared.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as the other index")]
    pub(super) fn own_entry(&self, _: Handle) -> Result<(), CapacityError> {
        Ok(())
    }

    /// Number of slots, in use or not, for which there are memory and handles.
    fn slots_ready(&self) -> usize {
        self.capacity().min(self.entries.names().most_slots())
    }

    /// [`reserve_entries`](Self::reserve_entries) for one.
    #[inline]
    fn reserve_one(&mut self) -> Result<(), CapacityError> {
        if self.nodes.is_ready() { Ok(()) } else { self.reserve_entries(1) }
    }

    pub(super) fn remove_all(&mut self) {
        /// Removes the rest of the entries also when a value's `Drop` panics.
        struct Rest<'a, T, V> {
            tree: &'a mut IntervalRbTree<T, V>,
            /// The entries still there. It has read the links of those that it has passed.
            rest: Between,
        }

        impl<T, V> Rest<'_, T, V> {
            fn remove(&mut self) {
                while let Some(id) = self.rest.next(&self.tree.nodes) {
                    drop(self.tree.vacate(id));
                }
            }
        }

        impl<T, V> Drop for Rest<'_, T, V> {
            fn drop(&mut self) {
                self.remove();
            }
        }

        let rest = self.nodes.all();
        self.nodes.forget_links();
        Rest { tree: self, rest }.remove();
    }

    /// Removes an entry from a tree whose links were forgotten.
    pub(super) fn vacate(&mut self, id: NodeId) -> (Interval<T>, V) {
        let (value, retire) = self.entries.take(id);
        let interval = self.nodes.vacate(id);
        if retire {
            self.nodes.retire_last_vacated();
        }
        (interval, value)
    }

    /// Walks over the nodes in preorder, for tests that compare shapes.
    #[doc(hidden)]
    pub fn shape(&self) -> impl Iterator<Item = NodeShape<'_, T>> {
        let mut shape = Shape::new(&self.nodes);
        core::iter::from_fn(move || shape.next(&self.nodes)).map(|node| NodeShape {
            handle: self.entries.handle(node.id),
            is_red: node.is_red,
            subtree_last: node.subtree_last,
            has_left: node.has_left,
            has_right: node.has_right,
        })
    }

    #[inline]
    pub(super) fn locate(&self, handle: Handle) -> Option<NodeId> {
        self.entries.resolve(handle)
    }

    #[inline]
    pub(super) fn handle_at(&self, id: NodeId) -> Handle {
        self.entries.handle(id)
    }

    #[inline]
    pub(super) fn interval_at(&self, id: NodeId) -> &Interval<T> {
        self.nodes.interval(id)
    }

    #[inline]
    pub(super) fn value(&self, id: NodeId) -> &V {
        self.entries.value(id)
    }

    #[inline]
    pub(super) fn value_mut(&mut self, id: NodeId) -> &mut V {
        self.entries.value_mut(id)
    }

    #[inline]
    pub(super) fn pair(&self, id: NodeId) -> (&Interval<T>, &V) {
        (self.nodes.interval(id), self.entries.value(id))
    }

    #[inline]
    pub(super) fn triple(&self, id: NodeId) -> (Handle, &Interval<T>, &V) {
        (self.entries.handle(id), self.nodes.interval(id), self.entries.value(id))
    }

    #[inline]
    pub(super) fn leftmost(&self) -> Option<NodeId> {
        self.nodes.leftmost()
    }

    #[inline]
    pub(super) fn rightmost(&self) -> Option<NodeId> {
        self.nodes.rightmost()
    }

    /// The greatest `last` of all.
    #[inline]
    pub(super) fn greatest_last(&self) -> Option<&T> {
        self.nodes.greatest_last()
    }

    /// The entry after this one in order.
    pub(super) fn following(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.successor(id)
    }

    /// The entry before this one in order.
    pub(super) fn preceding(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.predecessor(id)
    }

    /// The first entry, by what names it whatever else is removed.
    #[inline]
    pub(super) fn first_id(&self) -> Option<NodeId> {
        self.nodes.leftmost()
    }

    /// The entry `id`, and the next in order.
    #[inline]
    pub(super) fn entry_and_next(&mut self, id: NodeId) -> (&Interval<T>, &mut V, Option<NodeId>) {
        let next = self.nodes.successor(id);
        (self.nodes.interval(id), self.entries.value_mut(id), next)
    }
}

impl<T: Clone, V: Clone> Clone for IntervalRbTree<T, V> {
    /// Clones the entries; handles of the original name their clones. Where removed entries have left
    /// more than a third of the slots the clone does without them, as after
    /// [`compact`](Self::compact).
    ///
    /// # Complexity
    ///
    /// `O(n)`, and `O(n log n)` where more than a third of the slots are vacant.
    fn clone(&self) -> Self {
        if self.has_many_vacant_slots()
            && let Some((order, names)) = self.renamed()
        {
            let nodes = self.nodes.clone_compact();
            let mut entries = Entries::with_names(order.len(), names);
            for id in order {
                entries.push(self.entries.value(id).clone());
            }
            return Self { nodes, entries };
        }
        Self { nodes: self.nodes.clone(), entries: self.entries.clone() }
    }
}

impl<T: Ord, V> IntervalRbTree<T, V> {
    pub(super) fn first_match(&self, query: impl RangeBounds<T>) -> Option<NodeId>
    where
        T: Clone,
    {
        self.nodes.first_match(&Query::new(query)?)
    }

    pub(super) fn next_match(&self, previous: NodeId, query: &Query<T>) -> Option<NodeId> {
        self.nodes.next_match(previous, query)
    }

    pub(super) fn first_match_id(&self, query: &Query<T>) -> Option<NodeId> {
        self.nodes.first_match(query)
    }

    /// The entry `id`, and the next that overlaps the query.
    pub(super) fn entry_and_next_match(
        &mut self,
        id: NodeId,
        query: &Query<T>,
    ) -> (&Interval<T>, &mut V, Option<NodeId>) {
        let next = self.nodes.next_match(id, query);
        (self.nodes.interval(id), self.entries.value_mut(id), next)
    }

    pub(super) fn count(&self, query: &Query<T>) -> usize
    where
        T: Clone,
    {
        super::cursor::Matches::new(self, Some(query.clone())).count()
    }

    /// The entry with the greatest `last` below `at`; of several the last in order.
    pub(super) fn last_ending_before(&self, at: &T) -> Option<NodeId> {
        self.nodes.nearest_before(at)
    }

    pub(super) fn first_starting_after(&self, at: &T) -> Option<NodeId> {
        let (_, first_after) = self.nodes.split_point(|interval| interval.start() <= at);
        first_after.get()
    }

    /// Checks all invariants; returns the first violation.
    ///
    /// # Errors
    ///
    /// The [`Violation`], which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<Summary, Violation> {
        let summary = self.nodes.check()?;
        for slot in 0..self.nodes.slot_count() {
            if self.nodes.id_at(slot).is_some() != self.entries.is_live_at(slot) {
                return Err(Violation::Value { slot });
            }
        }
        Ok(summary)
    }
}

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    /// Gives an entry another interval and returns the former one; the handle stays valid.
    ///
    /// The entry goes after all entries with the same new `start`, also if nothing changes.
    /// `None` means that the entry was removed.
    ///
    /// # Panics
    ///
    /// Never by itself. If `T`'s own `Ord` or `Clone` panics meanwhile, the entry has its former interval
    /// and its former place.
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
        /// Links the node at its former place again, should it not be linked elsewhere.
        struct RestoreOnDrop<'a, T> {
            nodes: &'a mut RbTree<T>,
            former: &'a mut Former<T>,
            /// `None` once it is linked.
            interval: Option<Interval<T>>,
        }

        impl<T> Drop for RestoreOnDrop<'_, T> {
            fn drop(&mut self) {
                if let Some(interval) = self.interval.take() {
                    self.nodes.restore(self.former, interval);
                }
            }
        }

        let id = self.locate(handle)?;
        let mut former = Former::new();
        let erased = Some(self.nodes.erase_for_now(id, &mut former));
        let nodes = &mut self.nodes;
        let mut unlinked = RestoreOnDrop { nodes, former: &mut former, interval: erased };
        let nodes = &mut *unlinked.nodes;
        nodes.drop_displaced();
        let place = nodes.place_for(interval.start());
        let planned = nodes.plan_link(&interval, place);
        let again = nodes.commit_link(interval, planned);
        debug_assert_eq!(again, id, "the slot vacated last is given first");
        let replaced = unlinked.interval.take();
        drop(unlinked);
        drop(former);
        self.nodes.drop_displaced();
        replaced
    }

    /// Returns how many nodes are inspected by iterating over `overlapping(query)` to its end.
    #[doc(hidden)]
    pub fn probes(&self, query: impl RangeBounds<T>) -> usize {
        let mut probes = 0;
        let mut matches = Matches::new(Query::new(query));
        while matches.next(&self.nodes, &mut probes).is_some() {}
        probes
    }

    pub(super) fn owned(interval: &Interval<T>) -> Interval<T> {
        interval.clone()
    }

    /// Where an entry goes that starts at `start`, with memory for it.
    pub(super) fn place_last(&mut self, start: &T) -> Result<Place, CapacityError> {
        self.reserve_one()?;
        Ok(self.nodes.place_for(start))
    }

    /// Inserts an entry after all that start at or before its start.
    #[inline]
    pub(super) fn insert_last(
        &mut self,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, (CapacityError, Interval<T>, V)> {
        match self.place_last(interval.start()) {
            Ok(place) => Ok(self.insert_at(place, interval, value)),
            Err(error) => Err((error, interval, value)),
        }
    }

    /// Where an entry goes that comes next after `previous`, with memory for it.
    pub(super) fn place_after(
        &mut self,
        previous: Handle,
        interval: &Interval<T>,
    ) -> Result<Place, InsertAfterReason> {
        let id = self.locate(previous).ok_or(InsertAfterReason::NoSuchEntry)?;
        if self.nodes.interval(id).start() != interval.start() {
            return Err(InsertAfterReason::StartDiffers);
        }
        self.reserve_one().map_err(InsertAfterReason::Capacity)?;
        Ok(self.nodes.place_after(id))
    }

    pub(super) fn insert_at(&mut self, place: Place, interval: Interval<T>, value: V) -> Handle {
        let id = self.nodes.link(interval, place);
        let handle = self.entries.put(id, value);
        self.nodes.drop_displaced();
        handle
    }

    pub(super) fn take_out(&mut self, id: NodeId) -> (Interval<T>, V) {
        let interval = self.nodes.erase(id);
        let (value, retire) = self.entries.take(id);
        if retire {
            self.nodes.retire_last_vacated();
        }
        let removed = (interval, value);
        self.nodes.drop_displaced();
        removed
    }

    /// Gives an entry a `last` that is not before its start, and returns the former one.
    pub(super) fn change_last(&mut self, id: NodeId, last: T) -> T {
        let former = self.nodes.set_last(id, last);
        self.nodes.drop_displaced();
        former
    }

    pub(super) fn count_ends(&self) -> CountIndex<T> {
        let ends = self.intervals().map(|interval| interval.clone().into_bounds());
        let (starts, lasts) = ends.unzip();
        CountIndex::from_ends(starts, lasts)
    }

    /// Removes the entry that `handle` names.
    pub(super) fn take_named(&mut self, handle: Handle) -> Option<(Interval<T>, V)> {
        self.locate(handle).map(|id| self.take_out(id))
    }

    pub(super) fn take_out_at(&mut self, id: NodeId) -> (Interval<T>, V) {
        self.take_out(id)
    }

    /// Moves the first entry of `other`, if there is one, after all with the same start. Memory for it
    /// must be reserved. If a user's code panics, the entry is in one of the two.
    pub(super) fn move_first(&mut self, other: &mut Self) -> bool {
        let Some(first) = other.nodes.leftmost() else { return false };
        let interval = other.nodes.interval(first);
        let place = self.nodes.place_for(interval.start());
        let planned = self.nodes.plan_link(interval, place);
        let interval = other.nodes.erase(first);
        // From here on no code of the user runs.
        let (value, retire) = other.entries.take(first);
        if retire {
            other.nodes.retire_last_vacated();
        }
        let id = self.nodes.commit_link(interval, planned);
        self.entries.put(id, value);
        other.nodes.drop_displaced();
        self.nodes.drop_displaced();
        true
    }

    pub(super) fn reserve_to_append(&mut self, additional: usize) {
        self.reserve(additional);
    }

    #[expect(clippy::result_large_err, reason = "the error hands all entries back")]
    pub(super) fn build_sorted(
        mut entries: impl Iterator<Item = (Interval<T>, V)>,
    ) -> Result<Self, NotSortedError<T, V>> {
        let mut tree = Self::new();
        let mut misplaced = None;
        tree.reserve(entries.size_hint().0);
        let mut ready = tree.slots_ready();
        for (interval, value) in entries.by_ref() {
            let previous = tree.len().checked_sub(1).map(NodeId::from_index);
            if previous.is_some_and(|id| interval.start() < tree.nodes.interval(id).start()) {
                misplaced = Some((interval, value));
                break;
            }
            if ready == 0 {
                tree.reserve(1);
                ready = tree.slots_ready() - tree.len();
            }
            ready -= 1;
            tree.nodes.push_sorted(interval);
            tree.entries.push(value);
        }
        tree.nodes.link_sorted();
        match misplaced {
            None => Ok(tree),
            Some(entry) => Err(NotSortedError::new(tree.len(), entry, tree)),
        }
    }
}

//! What only this index knows: how nodes and handles are kept in step, and the methods that are not
//! those of both indexes. The API of `index` is written in terms of it.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::ops::RangeBounds;

use super::{IntervalBTree, NotSortedError, Summary, Violation};
#[cfg(feature = "serde")]
use crate::arena::Names;
use crate::arena::{Handle, NodeId};
use crate::bplus::check;
use crate::bplus::entries::Drain;
use crate::bplus::kind::SetLater;
use crate::bplus::leaves::{LeafRef, Leaves};
use crate::bplus::node::{NIL, Nodes, Position, to_u32};
use crate::bplus::search::{Ancestors, NOWHERE};
use crate::bplus::slab::Slab;
use crate::bplus::walk::Matches;
use crate::count_index::CountIndex;
use crate::error::{CapacityError, InsertAfterReason};
use crate::interval::{Interval, Query};
use crate::pages::OrPanic;
use crate::rb::IntervalRbTree;

impl<T, V> IntervalBTree<T, V> {
    pub(super) const EMPTY: Self = Self { nodes: Nodes::new(), slab: Slab::new() };

    #[inline]
    pub(super) fn entry_count(&self) -> usize {
        self.slab.len()
    }

    /// Returns the number of entries that are certain to fit without allocating leaves: those that there
    /// are, or as many as fit into all leaves when these are as empty as may be, if that is more.
    ///
    /// The few nodes above the leaves are not counted; [`reserve`](Self::reserve) allocates
    /// them too, so that what was reserved for fits without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::IntervalBTree::<u64>::new().capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        let certain = self.nodes.leaves.capacity() * Leaves::<T, V>::FEWEST;
        self.slab.capacity().min(certain.max(self.len()))
    }

    /// Gives memory that no entry takes back to the allocator.
    ///
    /// Handles stay valid. Where removed entries have left more than a third of the rows that handles
    /// lead to, the others get new rows, and 12 bytes an entry remember the handles given out before;
    /// finding an entry by one of these takes `O(log n)`. [`compact`](Self::compact) also fills the
    /// nodes in use.
    ///
    /// # Complexity
    ///
    /// `O(n + r)`, *r* being the nodes and rows that removed entries left, and `O(n log n + r)` where
    /// rows change.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tree = stabtree::IntervalBTree::<u64>::with_capacity(100);
    /// tree.shrink_to_fit();
    /// assert_eq!(tree.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit(&mut self.slab);
        self.shrink_rows();
    }

    /// Gives back the memory of rows that no entry needs.
    fn shrink_rows(&mut self) {
        if !self.slab.has_many_vacant_rows() || !self.renumber_rows() {
            self.slab.shrink_to_fit();
        }
    }

    /// Gives the entries rows in their order, and no others. Returns `false`, and changes nothing, if
    /// no handles are left for what is inserted then.
    fn renumber_rows(&mut self) -> bool {
        let Some(slab) = self.slab.in_order(self.handles()) else { return false };
        if self.nodes.may_be_shared() {
            self.nodes.leaves.own_all().or_panic();
        }
        self.slab = slab;
        self.take_rows_in_order();
        true
    }

    /// Gives each entry the row of its position in the order; there are as many rows.
    fn take_rows_in_order(&mut self) {
        let (mut id, mut rows) = (self.nodes.first, (0..self.len()).map(NodeId::from_index));
        while let Some(leaf) = self.nodes.leaves.get(id) {
            let (len, next) = (leaf.len(), leaf.next);
            for (slot, row) in self.nodes.leaf_mut(id).slots[..len].iter_mut().zip(&mut rows) {
                *slot = row;
                self.slab.set_leaf(row, id);
            }
            id = next;
        }
    }

    /// The handles of all entries, in order.
    fn handles(&self) -> Vec<Handle> {
        let mut handles = Vec::with_capacity(self.len());
        self.for_each_leaf(|leaf| {
            handles.extend(leaf.slots[..leaf.len()].iter().map(|slot| self.slab.handle(*slot)));
        });
        handles
    }

    fn for_each_leaf<'a>(&'a self, mut visit: impl FnMut(LeafRef<'a, T, V>)) {
        let mut next = self.nodes.leaves.get(self.nodes.first);
        while let Some(leaf) = next {
            visit(leaf);
            next = self.nodes.leaves.get(leaf.next);
        }
    }

    pub(super) fn reserve_entries(&mut self, additional: usize) -> Result<(), CapacityError> {
        if additional > self.slab.ids_left() {
            return Err(CapacityError::TOO_MANY);
        }
        if additional == 0 {
            return Ok(());
        }
        self.slab.try_reserve(additional)?;
        Ok(self.nodes.try_reserve(self.len() + additional)?)
    }

    /// Reserves memory for entries that are inserted or moved, whatever nodes that splits.
    pub(super) fn reserve_changes(
        &mut self,
        inserted: usize,
        moved: usize,
    ) -> Result<(), CapacityError> {
        // For many changes, what all entries may take at most is less.
        if inserted + moved > self.len() / 16 {
            return self.reserve_entries(inserted.max(usize::from(moved > 0)));
        }
        if inserted > self.slab.ids_left() {
            return Err(CapacityError::TOO_MANY);
        }
        self.slab.try_reserve(inserted)?;
        Ok(self.nodes.try_reserve_insertions(inserted + moved)?)
    }

    /// Makes sure that no snapshot shares the nodes that hold an entry.
    pub(super) fn own_entry(&mut self, handle: Handle) -> Result<(), CapacityError> {
        match self.slab.resolve(handle) {
            Some(row) => Ok(self.nodes.own_path(self.slab.leaf(row))?),
            None => Ok(()),
        }
    }

    pub(super) fn remove_all(&mut self) {
        self.nodes.clear(&mut self.slab);
    }

    #[inline]
    pub(super) fn locate(&self, handle: Handle) -> Option<Position> {
        self.slab.resolve(handle).map(|slot| self.position(slot))
    }

    /// The place of the entry with the row `slot`.
    #[inline]
    pub(super) fn position(&self, slot: NodeId) -> Position {
        self.nodes.position(self.slab.leaf(slot), slot)
    }

    #[inline]
    pub(super) fn slot_at(&self, at: Position) -> NodeId {
        self.nodes.leaf(at.leaf).slots[at.pos]
    }

    #[inline]
    pub(super) fn handle_at(&self, at: Position) -> Handle {
        self.slab.handle(self.slot_at(at))
    }

    #[inline]
    pub(super) fn value(&self, at: Position) -> &V {
        &self.nodes.leaf(at.leaf).values[at.pos]
    }

    #[inline]
    pub(super) fn value_mut(&mut self, at: Position) -> &mut V {
        &mut self.nodes.leaves.values_mut(at.leaf)[at.pos]
    }

    #[inline]
    pub(super) fn leftmost(&self) -> Option<Position> {
        self.nodes.leftmost()
    }

    #[inline]
    pub(super) fn rightmost(&self) -> Option<Position> {
        self.nodes.rightmost()
    }

    /// The entry after this one in order.
    pub(super) fn following(&self, at: Position) -> Option<Position> {
        self.nodes.successor(at)
    }

    /// The entry before this one in order.
    pub(super) fn preceding(&self, at: Position) -> Option<Position> {
        self.nodes.predecessor(at)
    }

    /// The first entry, by what names it whatever else is removed.
    #[inline]
    pub(super) fn first_id(&self) -> Option<NodeId> {
        self.leftmost().map(|at| self.slot_at(at))
    }
}

impl<T: Copy, V> IntervalBTree<T, V> {
    #[inline]
    pub(super) fn interval_at(&self, at: Position) -> Interval<T> {
        self.nodes.leaf(at.leaf).interval(at.pos)
    }

    #[inline]
    pub(super) fn pair(&self, at: Position) -> (Interval<T>, &V) {
        (self.interval_at(at), &self.nodes.leaf(at.leaf).values[at.pos])
    }

    /// The entry `id`, and the next in order.
    #[inline]
    pub(super) fn entry_and_next(&mut self, id: NodeId) -> (Interval<T>, &mut V, Option<NodeId>) {
        let at = self.position(id);
        let next = self.nodes.successor(at).map(|at| self.slot_at(at));
        (self.interval_at(at), self.value_mut(at), next)
    }
}

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    pub(super) fn first_match(&self, query: impl RangeBounds<T>) -> Option<Position> {
        self.nodes.first_match(&Query::new(query)?)
    }

    pub(super) fn next_match(&self, previous: Position, query: &Query<T>) -> Option<Position> {
        // Mostly it lies in the same leaf, or begins the next one.
        let leaf = self.nodes.leaf(previous.leaf);
        for pos in previous.pos + 1..leaf.len() {
            if !query.starts(&leaf.starts[pos]) {
                return None;
            }
            if query.reaches(&leaf.lasts[pos]) {
                return Some(Position { pos, ..previous });
            }
        }
        let next = self.nodes.leaves.get(leaf.next)?;
        if !query.starts(&next.starts[0]) {
            return None;
        }
        if query.reaches(&next.lasts[0]) {
            return Some(Position { leaf: leaf.next, pos: 0 });
        }
        Matches::after(&self.nodes, *query, previous).next(&self.nodes)
    }

    pub(super) fn first_match_id(&self, query: &Query<T>) -> Option<NodeId> {
        self.nodes.first_match(query).map(|at| self.slot_at(at))
    }

    /// The entry `id`, and the next that overlaps the query.
    pub(super) fn entry_and_next_match(
        &mut self,
        id: NodeId,
        query: &Query<T>,
    ) -> (Interval<T>, &mut V, Option<NodeId>) {
        let at = self.position(id);
        let next = self.next_match(at, query).map(|at| self.slot_at(at));
        (self.interval_at(at), self.value_mut(at), next)
    }

    pub(super) fn count(&self, query: &Query<T>) -> usize {
        self.nodes.count(query).0
    }

    pub(super) fn count_ends(&self) -> CountIndex<T> {
        let (starts, lasts) = self.intervals().map(Interval::into_bounds).unzip();
        CountIndex::from_ends(starts, lasts)
    }

    /// The greatest `last` of all.
    pub(super) fn greatest_last(&self) -> Option<&T> {
        self.nodes.lasts(self.nodes.height, self.nodes.root).iter().max()
    }

    /// The entry with the greatest `last` below `at`; of several the last in order.
    pub(super) fn last_ending_before(&self, at: &T) -> Option<Position> {
        self.nodes.nearest_before(at)
    }

    pub(super) fn first_starting_after(&self, at: &T) -> Option<Position> {
        self.nodes.first_after(at)
    }

    /// Gives an entry another interval and returns the former one; the handle stays valid.
    ///
    /// The entry goes after all entries with the same new `start`, also if nothing changes.
    /// `None` means that the entry was removed.
    ///
    /// # Panics
    ///
    /// Panics if a node must be split and memory is exhausted;
    /// [`try_set_interval`](Self::try_set_interval) does not. If `T`'s own `Ord` panics meanwhile, the
    /// entry has its former interval and its former place.
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
    /// [`CapacityError`] if a node must be split and memory is exhausted; the entry has its former
    /// interval and its former place.
    ///
    /// # Panics
    ///
    /// Never by itself. If `T`'s own `Ord` panics meanwhile, the entry has its former interval and its
    /// former place.
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
        let Some(row) = self.slab.resolve(handle) else { return Ok(None) };
        let mut is_certain = false;
        loop {
            let leaf = self.slab.leaf(row);
            self.nodes.fill_up(&mut self.slab, leaf)?;
            if self.nodes.may_be_shared() {
                self.nodes.own_for_move(self.slab.leaf(row), interval.start())?;
            }
            let unlinked = Unlinked::of(self, row);
            if let Some(place) = unlinked.place_for(interval.start(), is_certain) {
                let raised = unlinked.index.nodes.raised(&place, interval.last());
                let former = unlinked.former;
                unlinked.link(place, interval, raised);
                return Ok(Some(former));
            }
            // Nodes are split while the entry is in one of them.
            drop(unlinked);
            let mut place = self.nodes.place_for(interval.start());
            self.nodes.split_if_full(&mut self.slab, &mut place)?;
            is_certain = true;
        }
    }

    /// Returns how many nodes are inspected by iterating over `overlapping(query)` to its end.
    #[doc(hidden)]
    pub fn probes(&self, query: impl RangeBounds<T>) -> usize {
        let mut matches = Matches::new(&self.nodes, Query::new(query));
        while matches.next(&self.nodes).is_some() {}
        matches.probes()
    }

    pub(super) fn owned(interval: Interval<T>) -> Interval<T> {
        interval
    }

    /// Where an entry goes that starts at `start`, with memory for it.
    #[inline]
    pub(super) fn place_last(&mut self, start: &T) -> Result<(Position, Ancestors), CapacityError> {
        let mut place = NOWHERE;
        self.find_last_place(start, &mut place)?;
        Ok(place)
    }

    #[inline]
    fn find_last_place(
        &mut self,
        start: &T,
        place: &mut (Position, Ancestors),
    ) -> Result<(), CapacityError> {
        self.try_reserve_value()?;
        self.nodes.find_place(start, place);
        Ok(self.nodes.split_if_full(&mut self.slab, place)?)
    }

    /// Inserts an entry after all that start at or before its start.
    #[inline]
    pub(super) fn insert_last(
        &mut self,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, (CapacityError, Interval<T>, V)> {
        let mut place = NOWHERE;
        match self.find_last_place(interval.start(), &mut place) {
            Ok(()) => Ok(self.insert_entry(&place, interval, value)),
            Err(error) => Err((error, interval, value)),
        }
    }

    /// Where an entry goes that comes next after `previous`, with memory for it.
    pub(super) fn place_after(
        &mut self,
        previous: Handle,
        interval: &Interval<T>,
    ) -> Result<(Position, Ancestors), InsertAfterReason> {
        let slot = self.slab.resolve(previous).ok_or(InsertAfterReason::NoSuchEntry)?;
        let Position { leaf, pos } = self.position(slot);
        if self.nodes.leaf(leaf).starts[pos] != *interval.start() {
            return Err(InsertAfterReason::StartDiffers);
        }
        self.try_reserve_value().map_err(InsertAfterReason::Capacity)?;
        let mut place = (Position { leaf, pos: pos + 1 }, self.nodes.ancestors(leaf));
        match self.nodes.split_if_full(&mut self.slab, &mut place) {
            Ok(()) => Ok(place),
            Err(error) => Err(InsertAfterReason::Capacity(error.into())),
        }
    }

    /// Allocates for one more value.
    fn try_reserve_value(&mut self) -> Result<(), CapacityError> {
        if self.slab.ids_left() == 0 {
            return Err(CapacityError::TOO_MANY);
        }
        Ok(self.slab.try_reserve(1)?)
    }

    pub(super) fn insert_at(
        &mut self,
        place: (Position, Ancestors),
        interval: Interval<T>,
        value: V,
    ) -> Handle {
        self.insert_entry(&place, interval, value)
    }

    #[inline]
    fn insert_entry(
        &mut self,
        place: &(Position, Ancestors),
        interval: Interval<T>,
        value: V,
    ) -> Handle {
        let mut slot = None;
        let slab = &mut self.slab;
        self.nodes.insert(place, interval, value, |leaf| *slot.insert(slab.insert(leaf)));
        self.slab.handle(slot.expect("an insertion names the leaf of the entry"))
    }

    pub(super) fn take_out(&mut self, slot: NodeId) -> (Interval<T>, V) {
        let removed = self.nodes.remove(&mut self.slab, slot);
        self.slab.remove(slot);
        removed
    }

    /// Gives an entry a `last` that is not before its start, and returns the former one.
    pub(super) fn change_last(&mut self, at: Position, last: T) -> T {
        self.nodes.set_last(at, last)
    }

    /// Removes the entry that `handle` names.
    pub(super) fn take_named(&mut self, handle: Handle) -> Option<(Interval<T>, V)> {
        let slot = self.slab.resolve(handle)?;
        Some(self.take_out(slot))
    }

    pub(super) fn take_out_at(&mut self, at: Position) -> (Interval<T>, V) {
        self.take_out(self.slot_at(at))
    }

    /// Moves the first entry of `other`, if there is one, after all with the same start. If a user's
    /// code panics, the entry is in one of the two.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted; nothing is moved then.
    pub(super) fn move_first(&mut self, other: &mut Self) -> bool {
        let Some(first) = other.nodes.leftmost() else { return false };
        let interval = other.interval_at(first);
        let place = match self.place_last(interval.start()) {
            Ok(place) => place,
            Err(error) => panic!("{error}"),
        };
        let raised = self.nodes.raised(&place, interval.last());
        let (interval, value) = other.take_out_at(first);
        // Nothing is compared any more.
        let slab = &mut self.slab;
        self.nodes.insert_raising(raised, &place, interval, value, |leaf| slab.insert(leaf));
        true
    }

    pub(super) fn reserve_to_append(&mut self, additional: usize) {
        assert!(additional <= self.slab.ids_left(), "{}", CapacityError::TOO_MANY);
    }

    #[expect(clippy::result_large_err, reason = "the error hands all entries back")]
    pub(super) fn build_sorted(
        mut entries: impl Iterator<Item = (Interval<T>, V)>,
    ) -> Result<Self, NotSortedError<T, V>> {
        let mut tree = Self::new();
        let mut misplaced = None;
        tree.reserve_sorted(entries.size_hint().0);
        let (mut len, mut previous) = (0, None);
        let row = tree.nodes.push_sorted(core::iter::from_fn(|| {
            let (interval, value) = entries.next()?;
            let start = *interval.start();
            if previous.is_some_and(|previous| start < previous) {
                misplaced = Some((interval, value));
                return None;
            }
            previous = Some(start);
            assert!(len < NodeId::MAX_SLOTS, "{}", CapacityError::TOO_MANY);
            len += 1;
            Some((NodeId::from_index(len - 1), interval, value))
        }));
        tree.slab.fill(len, Leaves::<T, V>::CAPACITY);
        tree.nodes.link_sorted(&mut tree.slab, row);
        match misplaced {
            None => Ok(tree),
            Some(entry) => Err(NotSortedError::new(tree.len(), entry, tree)),
        }
    }

    /// Which handles were given out.
    #[cfg(feature = "serde")]
    pub(super) fn issued(&self) -> [u32; 3] {
        self.slab.issued()
    }

    /// An index of entries that come in order, `len` of them, with the names of handles that they have
    /// in rows of that order.
    #[cfg(feature = "serde")]
    pub(super) fn from_named(
        len: usize,
        names: Names,
        entries: impl Iterator<Item = (Interval<T>, V)>,
    ) -> Self {
        let mut index = Self { slab: Slab::with_names(names), nodes: Nodes::new() };
        index.reserve_sorted(len);
        let rows = (0..).map(NodeId::from_index);
        let entries = rows.zip(entries).map(|(row, (interval, value))| (row, interval, value));
        let row = index.nodes.push_sorted(entries);
        index.slab.fill(len, Leaves::<T, V>::CAPACITY);
        index.nodes.link_sorted(&mut index.slab, row);
        index
    }

    /// An index of entries that come in order, each after its row.
    fn from_rows(slab: Slab, entries: impl Iterator<Item = (NodeId, Interval<T>, V)>) -> Self {
        let mut index = Self { slab, nodes: Nodes::new() };
        index.reserve_leaves(index.len());
        let row = index.nodes.push_sorted(entries);
        for id in 0..to_u32(index.nodes.leaves.len()) {
            let leaf = index.nodes.leaf(id);
            leaf.slots[..leaf.len()].iter().for_each(|row| index.slab.set_leaf(*row, id));
        }
        index.nodes.link_sorted(&mut index.slab, row);
        index
    }

    /// Replaces each value by what `change` makes of it, in order.
    pub(super) fn with_values<W>(
        self,
        mut change: impl FnMut(Interval<T>, V) -> W,
    ) -> IntervalBTree<T, W> {
        let mut rows = Vec::with_capacity(self.len());
        self.for_each_leaf(|leaf| rows.extend_from_slice(&leaf.slots[..leaf.len()]));
        let Self { nodes, slab } = self;
        let mut entries = Drain::new(nodes, rows.len());
        let entries = rows.into_iter().map(|row| {
            let (interval, value) = entries.next().expect("as many entries as rows");
            (row, interval, change(interval, value))
        });
        IntervalBTree::from_rows(slab, entries)
    }

    /// Allocates for `additional` more entries in full nodes.
    #[track_caller]
    fn reserve_sorted(&mut self, additional: usize) {
        assert!(additional <= self.slab.ids_left(), "{}", CapacityError::TOO_MANY);
        if let Err(error) = self.slab.try_reserve(additional) {
            panic!("{}", CapacityError::from(error));
        }
        self.reserve_leaves(additional);
    }

    /// Allocates for `additional` more entries in full leaves.
    #[track_caller]
    fn reserve_leaves(&mut self, additional: usize) {
        let leaves = additional.div_ceil(Leaves::<T, V>::CAPACITY);
        if let Err(error) = self.nodes.leaves.try_reserve(leaves) {
            panic!("{}", CapacityError::from(error));
        }
    }

    /// Moves all entries into full nodes that lie in memory in their order, as bulk building makes
    /// them, and gives memory that no entry takes back to the allocator, as
    /// [`shrink_to_fit`](Self::shrink_to_fit) does. Handles stay valid.
    ///
    /// That is the best shape to search, and the worst to insert into: at first almost every
    /// insertion splits a leaf. While it runs, both shapes are in memory.
    ///
    /// # Complexity
    ///
    /// `O(n)`, and `O(n log n)` where handles get new rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let first = tree.insert(Interval::new(5, 9), "first");
    /// tree.insert(Interval::new(1, 7), "second");
    /// tree.compact();
    /// assert_eq!(tree[first], "first");
    /// ```
    pub fn compact(&mut self) {
        let len = self.len();
        self.nodes.compact(&mut self.slab, len);
        self.shrink_rows();
    }

    /// Checks all invariants; returns the first violation.
    ///
    /// # Errors
    ///
    /// The [`Violation`], which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<Summary, Violation> {
        check::check(&self.nodes, &self.slab)
    }

    /// How many entries or children each node holds, level by level from the root, for tests that
    /// tell shapes apart.
    #[doc(hidden)]
    pub fn shape(&self) -> Vec<usize> {
        check::shape(&self.nodes)
    }
}

/// An entry that is in no node for now; dropped, it goes back to its former place. Nodes must not be
/// split or merged meanwhile.
struct Unlinked<'a, T: Ord + Copy, V> {
    index: &'a mut IntervalBTree<T, V>,
    row: NodeId,
    at: Position,
    former: Interval<T>,
    /// How many subtrees above reached as far as the entry.
    lowered: usize,
    /// `None` once the entry is in a node again.
    value: Option<V>,
}

impl<'a, T: Ord + Copy, V> Unlinked<'a, T, V> {
    /// Unlinks an entry of a leaf that can give one away.
    fn of(index: &'a mut IntervalBTree<T, V>, row: NodeId) -> Self {
        let at = index.position(row);
        let Ancestors { steps } = index.nodes.ancestors(at.leaf);
        let steps = &steps[..index.nodes.height];
        let (former, value, lowered) = index.nodes.remove_lowering(at, steps);
        Self { index, row, at, former, lowered, value: Some(value) }
    }

    /// Where an entry goes that starts at `start`, if a leaf can take one more there. It is known whether
    /// one can; then only an `Ord` that contradicts itself finds none, and any place will do.
    fn place_for(&self, start: &T, is_certain: bool) -> Option<(Position, Ancestors)> {
        let nodes = &self.index.nodes;
        let is_full = |leaf: u32| nodes.leaf(leaf).len() >= Leaves::<T, V>::CAPACITY;
        let (place, way) = nodes.place_for(start);
        if !is_full(place.leaf) {
            return Some((place, way));
        }
        let next = nodes.leaf(place.leaf).next;
        let at = if place.pos == Leaves::<T, V>::CAPACITY && next != NIL && !is_full(next) {
            Position { leaf: next, pos: 0 }
        } else if is_certain {
            self.at
        } else {
            return None;
        };
        Some((at, nodes.ancestors(at.leaf)))
    }

    /// Links the entry, with another interval; so many subtrees above are raised.
    fn link(mut self, place: (Position, Ancestors), interval: Interval<T>, raised: usize) {
        self.link_again(place, interval, raised);
    }

    /// Compares nothing.
    fn link_again(&mut self, place: (Position, Ancestors), interval: Interval<T>, raised: usize) {
        let Some(value) = self.value.take() else { return };
        let IntervalBTree { nodes, slab } = &mut *self.index;
        nodes.insert_raising(raised, &place, interval, value, |leaf| {
            slab.set_leaf(self.row, leaf);
            self.row
        });
    }
}

impl<T: Ord + Copy, V> Drop for Unlinked<'_, T, V> {
    fn drop(&mut self) {
        let place = (self.at, self.index.nodes.ancestors(self.at.leaf));
        self.link_again(place, self.former, self.lowered);
    }
}

impl<T: Clone, V: Clone> Clone for IntervalBTree<T, V> {
    /// Clones the entries; handles of the original name their clones. Where removed entries have left
    /// more than a third of the rows that handles lead to, the clone does without them, as after
    /// [`shrink_to_fit`](Self::shrink_to_fit).
    ///
    /// # Complexity
    ///
    /// `O(n)`, and `O(n log n)` where more than a third of the rows are vacant.
    fn clone(&self) -> Self {
        if self.slab.has_no_rows() {
            // What is cloned is a snapshot; the clone is an index of its own.
            let mut slab = Slab::new();
            slab.fill(self.len(), usize::MAX);
            let mut clone = Self { nodes: self.nodes.clone_in_order(&mut SetLater), slab };
            clone.take_rows_in_order();
            return clone;
        }
        if self.slab.has_many_vacant_rows()
            && let Some(slab) = self.slab.in_order(self.handles())
        {
            let mut clone = Self { nodes: self.nodes.clone_in_order(&mut SetLater), slab };
            clone.take_rows_in_order();
            return clone;
        }
        let mut slab = self.slab.clone();
        Self { nodes: self.nodes.clone_in_order(&mut slab), slab }
    }
}

impl<T: Ord + Copy, V> From<IntervalRbTree<T, V>> for IntervalBTree<T, V> {
    /// Moves the entries in their order; handles name the same entries, and stale ones stay stale.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted.
    ///
    /// # Complexity
    ///
    /// `O(slots)`: a slot is the place of an entry, or of a removed one that was not reused yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// let stack = tree.insert(Interval::new(30, 40), "stack");
    /// tree.remove(heap);
    ///
    /// let index = IntervalBTree::from(tree);
    /// assert_eq!(index[stack], "stack");
    /// assert_eq!(index.get(heap), None);
    /// ```
    fn from(tree: IntervalRbTree<T, V>) -> Self {
        let slab = match Slab::with_names_of(tree.values_and_names()) {
            Ok(slab) => slab,
            Err(error) => panic!("{error}"),
        };
        Self::from_rows(slab, tree.into_slots())
    }
}

impl<T: Ord + Copy, V> From<IntervalBTree<T, V>> for IntervalRbTree<T, V> {
    /// Moves the entries in their order; handles name the same entries, and stale ones stay stale.
    ///
    /// Like [`compact`](Self::compact) it remembers the handles given out before, unless the index was
    /// built from sorted entries and has not changed since.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted, or if handles are: after 2^31 removals from one slot in an index
    /// that holds more than 2^30 entries.
    ///
    /// # Complexity
    ///
    /// `O(n log n)`, and `O(n)` where handles need not be remembered.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, IntervalRbTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let heap = index.insert(Interval::new(10, 20), "heap");
    /// let tree = IntervalRbTree::from(index);
    /// assert_eq!(tree[heap], "heap");
    /// ```
    fn from(index: IntervalBTree<T, V>) -> Self {
        let names = index.slab.names_in_order(index.handles()).expect("handles are left");
        Self::from_named(index.len(), names, index.into_iter())
    }
}

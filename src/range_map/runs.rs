//! Where the entries are kept: the B+-tree, without handles.
//!
//! Entries are disjoint, so their ends are in the order of their starts, and the greatest last of a
//! node is that of its last entry. That makes the distance between two children known to the node
//! above, and the greatest gap below a node the greatest of those below its children and between them.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "a step of a loop, of which the rest is out of line")]

#[cfg(target_has_atomic = "ptr")]
use alloc::collections::TryReserveError;

use crate::arena::NodeId;
use crate::bplus::entries::Drain;
pub(super) use crate::bplus::gaps::Change;
use crate::bplus::gaps::Changed;
use crate::bplus::kind::{Disjoint, NoRows};
use crate::bplus::leaves_mut::EntriesMut;
pub(super) use crate::bplus::node::Position;
use crate::bplus::node::{NIL, Nodes};
use crate::bplus::run::At;
pub(super) use crate::bplus::search::Between;
use crate::bplus::search::{Ancestors, Entries};
use crate::error::CapacityError;
use crate::interval::{Discrete, Interval};
#[cfg(target_has_atomic = "ptr")]
use crate::pages::rewrite::put;

/// Disjoint entries in order.
pub(super) struct Runs<T, V> {
    nodes: Nodes<T, V, Disjoint>,
    len: usize,
}

/// Where an entry may be inserted, and the way there.
#[derive(Clone, Copy)]
pub(super) struct Place {
    at: Position,
    way: Ancestors,
}

impl Place {
    /// The entry before the place, unless the place is the first of all.
    #[inline]
    pub(super) fn previous(&self) -> Option<Position> {
        previous(self.at)
    }
}

/// The entry before a place that was searched for, unless that is the first of all.
#[inline]
fn previous(at: Position) -> Option<Position> {
    // Only at the front of all does a search come to a leaf at its beginning.
    at.pos.checked_sub(1).map(|pos| Position { pos, ..at })
}

/// A walk over entries, from both ends.
pub(super) type Walk<'a, T, V> = Entries<'a, T, V, Disjoint>;

/// Iterator over entries with their values mutably borrowed, from both ends.
pub(super) type RunsMut<'a, T, V> = EntriesMut<'a, T, V, Disjoint>;

/// Iterator over entries by value, from both ends.
pub(super) type IntoRuns<T, V> = Drain<T, V, Disjoint>;

impl<T: Clone, V: Clone> Clone for Runs<T, V> {
    fn clone(&self) -> Self {
        Self { nodes: self.nodes.clone_in_order(&mut NoRows), len: self.len }
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T: Copy + Sync, V: Clone + Sync> Runs<T, V> {
    /// Makes `former` the same entries, not to be changed. It is of no use after an error or a panic.
    pub(super) fn try_share(&mut self, former: &mut Self) -> Result<(), TryReserveError> {
        self.nodes.try_share(&mut former.nodes)?;
        put(&mut former.len, self.len);
        Ok(())
    }
}

impl<T, V> Runs<T, V> {
    pub(super) const fn new() -> Self {
        Self { nodes: Nodes::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.nodes.leaves.capacity() * Nodes::<T, V, Disjoint>::limits(0).0
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.nodes.clear(&mut NoRows);
    }

    /// Reserves memory so that as many more entries need no memory.
    pub(super) fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
        if additional > NodeId::MAX_SLOTS - self.len {
            return Err(CapacityError::TOO_MANY);
        }
        if additional == 0 {
            return Ok(());
        }
        Ok(self.nodes.try_reserve(self.len + additional)?)
    }

    /// Reserves memory so that the next `count` insertions need no memory.
    pub(super) fn try_reserve_insertions(&mut self, count: usize) -> Result<(), CapacityError> {
        if count > NodeId::MAX_SLOTS - self.len {
            return Err(CapacityError::TOO_MANY);
        }
        Ok(self.nodes.try_reserve_insertions(count)?)
    }

    pub(super) fn first(&self) -> Option<Position> {
        self.nodes.leftmost()
    }

    pub(super) fn last(&self) -> Option<Position> {
        self.nodes.rightmost()
    }

    #[inline]
    pub(super) fn next(&self, at: Position) -> Option<Position> {
        self.nodes.successor(at)
    }

    pub(super) fn previous(&self, at: Position) -> Option<Position> {
        self.nodes.predecessor(at)
    }

    #[inline]
    pub(super) fn value(&self, at: Position) -> &V {
        &self.nodes.leaf(at.leaf).values[at.pos]
    }

    #[inline]
    pub(super) fn value_mut(&mut self, at: Position) -> &mut V {
        &mut self.nodes.leaves.values_mut(at.leaf)[at.pos]
    }

    /// All entries.
    pub(super) fn all(&self) -> Between {
        self.nodes.all(self.len)
    }

    #[inline(always)]
    pub(super) fn advance<'a>(&'a self, walk: &mut Walk<'a, T, V>) -> Option<At<'a, T, V, ()>> {
        walk.next(&self.nodes)
    }

    /// Visits what is left of a walk.
    #[inline]
    pub(super) fn fold<'a, B>(
        &'a self,
        walk: Walk<'a, T, V>,
        init: B,
        fold: impl FnMut(B, At<'a, T, V, ()>) -> B,
    ) -> B {
        walk.fold_entries(&self.nodes, init, fold)
    }

    #[inline(always)]
    pub(super) fn advance_back<'a>(
        &'a self,
        walk: &mut Walk<'a, T, V>,
    ) -> Option<At<'a, T, V, ()>> {
        walk.next_back(&self.nodes)
    }
}

impl<T: Copy, V> Runs<T, V> {
    pub(super) fn entries_mut(&mut self, between: Between) -> RunsMut<'_, T, V> {
        EntriesMut::new(&mut self.nodes, between)
    }

    pub(super) fn into_runs(self) -> IntoRuns<T, V> {
        Drain::new(self.nodes, self.len)
    }
}

impl<T: Ord + Copy, V> Runs<T, V> {
    #[inline]
    pub(super) fn interval(&self, at: Position) -> Interval<T> {
        self.nodes.leaf(at.leaf).interval(at.pos)
    }

    /// The last entry that starts at or before `at`.
    #[inline]
    pub(super) fn starting(&self, at: T) -> Option<Position> {
        previous(self.nodes.place_after(&at))
    }

    /// The first entry that ends at or after `at`.
    #[inline]
    pub(super) fn reaching(&self, at: T) -> Option<Position> {
        match self.starting(at) {
            Some(before) if *self.interval(before).last() >= at => Some(before),
            Some(before) => self.next(before),
            None => self.first(),
        }
    }

    /// The entries that overlap a range.
    pub(super) fn between(&self, range: Interval<T>) -> Between {
        if self.nodes.root == NIL {
            return Between::EMPTY;
        }
        let (mut front, mut first) = self.nodes.split_point(|start| start < range.start());
        if let Some(before) = self.nodes.predecessor(front)
            && self.interval(before).last() >= range.start()
        {
            (front, first) = (before, first - 1);
        }
        let (back, end) =
            self.nodes.split_point_from((front, first), |start| start <= range.last());
        Between { front, back, remaining: end.saturating_sub(first) }
    }
}

impl<T: Ord + Copy, V> Runs<T, V> {
    /// The last entry that starts at or before `at`, from a place that is not after it.
    #[inline]
    pub(super) fn starting_from(&self, place: Place, at: T) -> Option<Position> {
        if place.at.leaf == NIL {
            return None;
        }
        let leaf = self.nodes.leaf(place.at.leaf);
        let starts = &leaf.starts[..leaf.len()];
        match starts[place.at.pos..].iter().position(|start| *start > at) {
            Some(more) => {
                (place.at.pos + more).checked_sub(1).map(|pos| Position { pos, ..place.at })
            }
            None => self.starting(at),
        }
    }
}

impl<T: Discrete + Copy, V> Runs<T, V> {
    pub(super) fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit(&mut NoRows);
    }

    pub(super) fn compact(&mut self) {
        self.nodes.compact(&mut NoRows, self.len);
    }

    /// Copies what snapshots share of the leaves that a change of a range writes, the leaf on either side
    /// included, so that nothing fails in the middle of it.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted, or a clone panics; nothing has changed then.
    #[inline]
    pub(super) fn own_around(&mut self, range: Interval<T>) {
        if self.nodes.may_be_shared() {
            self.own_shared_around(range);
        }
    }

    #[cold]
    fn own_shared_around(&mut self, range: Interval<T>) {
        let mut id = self.nodes.place_for(range.start()).0.leaf;
        if id != NIL && self.nodes.leaf(id).prev != NIL {
            id = self.nodes.leaf(id).prev;
        }
        loop {
            if let Err(error) = self.nodes.own_for_insertion(id) {
                panic!("{}", CapacityError::from(error));
            }
            let is_after = |id| self.nodes.leaf(id).starts[0] > *range.last();
            if id == NIL || is_after(id) {
                break;
            }
            id = self.nodes.leaf(id).next;
        }
    }

    /// The place after all entries that start at or before `at`.
    #[inline]
    pub(super) fn place_after(&self, at: T) -> Place {
        let (at, way) = self.nodes.place_for(&at);
        Place { at, way }
    }

    /// The place after an entry, by the way to another place if that is in the same leaf.
    pub(super) fn place_from(&self, place: Place, previous: Position) -> Place {
        let at = Position { pos: previous.pos + 1, ..previous };
        let is_near = place.at.leaf == at.leaf;
        let way = if is_near { place.way } else { self.nodes.ancestors(at.leaf) };
        Place { at, way }
    }

    /// Inserts an entry that overlaps no other.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted and was not reserved.
    #[track_caller]
    pub(super) fn insert(&mut self, interval: Interval<T>, value: V) {
        self.insert_at(self.place_after(*interval.start()), interval, value);
    }

    /// Inserts an entry where it belongs; since the place was found, no entry was inserted or removed.
    #[track_caller]
    pub(super) fn insert_at(&mut self, place: Place, interval: Interval<T>, value: V) {
        let mut place = (place.at, place.way);
        match self.nodes.split_if_full(&mut NoRows, &mut place) {
            Ok(()) => self.nodes.insert_entry(&place, interval, value),
            Err(error) => panic!("{}", CapacityError::from(error)),
        }
        self.len += 1;
    }

    /// Splits an entry into two intervals; the second one gets `value`.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted and was not reserved.
    #[track_caller]
    pub(super) fn split(&mut self, at: Position, parts: [Interval<T>; 2], value: V) {
        let place = Position { pos: at.pos + 1, ..at };
        let mut place = (place, self.nodes.ancestors(at.leaf));
        match self.nodes.split_if_full(&mut NoRows, &mut place) {
            Ok(()) => self.nodes.split_entry(&place, parts, value),
            Err(error) => panic!("{}", CapacityError::from(error)),
        }
        self.len += 1;
    }

    /// Puts a change in the place of what a range overlaps, if it can be done in one leaf, from the place
    /// after all entries that start at or before the range; gives it back otherwise.
    #[inline]
    pub(super) fn change_at(
        &mut self,
        place: Place,
        range: Interval<T>,
        change: Change<V>,
    ) -> Result<(), Change<V>> {
        let mut changed = Changed::nothing();
        self.nodes.change_in_leaf((place.at, &place.way), range, change, &mut changed)?;
        self.len = self.len + changed.more - changed.fewer;
        // The `Drop` of what was removed finds the map complete.
        drop(changed);
        Ok(())
    }

    /// Fills an empty map with entries that are disjoint and in order.
    #[inline]
    pub(super) fn fill_sorted(&mut self, mut entries: impl Iterator<Item = (Interval<T>, V)>) {
        let len = &mut self.len;
        let row = self.nodes.push_sorted(core::iter::from_fn(|| {
            let (interval, value) = entries.next()?;
            assert!(*len < NodeId::MAX_SLOTS, "{}", CapacityError::TOO_MANY);
            *len += 1;
            Some(((), interval, value))
        }));
        self.nodes.link_sorted(&mut NoRows, row);
    }

    /// Removes an entry.
    pub(super) fn remove(&mut self, at: Position) -> (Interval<T>, V) {
        let mut at = at;
        if self.nodes.node_len(0, at.leaf) == Nodes::<T, V, Disjoint>::limits(0).0 {
            let start = *self.interval(at).start();
            let filled = self.nodes.fill_up(&mut NoRows, at.leaf);
            filled.expect("memory to copy what a snapshot shares");
            at = self.starting(start).expect("an entry moved, and was not removed");
        }
        self.nodes.own_path(at.leaf).expect("memory to copy what a snapshot shares");
        let removed = self.nodes.remove_entry(at);
        self.len -= 1;
        removed
    }

    /// Extends an entry over the one after it, which is removed: its value, unless they lie in different
    /// leaves, or in one that holds the fewest.
    pub(super) fn join_next(&mut self, at: Position) -> Option<V> {
        let held = self.nodes.node_len(0, at.leaf);
        if at.pos + 1 == held || held == Nodes::<T, V, Disjoint>::limits(0).0 {
            return None;
        }
        let value = self.nodes.join_next(at);
        self.len -= 1;
        Some(value)
    }

    /// Gives an entry another interval that lies between its neighbours.
    pub(super) fn set_interval(&mut self, at: Position, interval: Interval<T>) {
        self.nodes.set_interval(at, interval);
    }

    /// The first stretch in `[from, to]` without an entry of which the last point is at least `steps`
    /// from the first. `probes` counts the nodes that are read.
    pub(super) fn next_gap(
        &self,
        from: T,
        to: T,
        steps: u128,
        probes: &mut usize,
    ) -> Option<Interval<T>> {
        *probes += self.nodes.height + 1;
        let Some(at) = self.reaching(from) else { return gap(from, to, steps) };
        let entry = self.interval(at);
        // The stretch before the first entry is clipped by `from`, all others lie between entries.
        if let Some(last) = entry.start().pred().filter(|last| *last >= from)
            && let Some(found) = gap(from, last.min(to), steps)
        {
            return Some(found);
        }
        let before = self.nodes.first_gap(at, steps.saturating_add(2), probes);
        let before = before.unwrap_or_else(|| self.last().expect("there is an entry"));
        let start = self.interval(before).last().succ()?;
        let last = match self.next(before) {
            Some(next) => self.interval(next).start().pred()?,
            None => to,
        };
        (start <= to).then(|| gap(start, last.min(to), steps))?
    }

    /// The last such stretch.
    pub(super) fn previous_gap(
        &self,
        from: T,
        to: T,
        steps: u128,
        probes: &mut usize,
    ) -> Option<Interval<T>> {
        *probes += self.nodes.height + 1;
        let Some(at) = self.starting(to) else { return gap(from, to, steps) };
        let entry = self.interval(at);
        if let Some(start) = entry.last().succ().filter(|start| *start <= to)
            && let Some(found) = gap(start.max(from), to, steps)
        {
            return Some(found);
        }
        let after = self.nodes.last_gap(at, steps.saturating_add(2), probes);
        let after = after.unwrap_or_else(|| self.first().expect("there is an entry"));
        let last = self.interval(after).start().pred()?;
        let start = match self.previous(after) {
            Some(previous) => self.interval(previous).last().succ()?,
            None => from,
        };
        (last >= from).then(|| gap(start.max(from), last, steps))?
    }

    /// Checks the invariants of the nodes.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        self.nodes.check_gaps(self.len)
    }
}

/// The stretch, if it is long enough.
fn gap<T: Discrete>(start: T, last: T, steps: u128) -> Option<Interval<T>> {
    let is_long = start.steps_to(&last).is_some_and(|length| length >= steps);
    if is_long { Interval::try_new(start, last).ok() } else { None }
}

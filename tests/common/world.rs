//! An index and its model side by side, through operations.
//!
//! [`World::step`] performs one operation on both, then puts every question to both. It panics
//! where they disagree.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::mem;
use std::ops::Bound::Included;

use stabtree::{EntryIterator, Handle, InsertAfterReason, Interval, IntervalRbTree};

use super::ends::{End, Point, interval};
use super::index::Index;
use super::model::{Entry, Model, Query};
use super::ops::{Effect, How, Op, Step, Who};
use super::reference_rb::Shown;

/// An index, its model, and every handle that was given out: `issued[id]`.
#[derive(Clone, Debug)]
pub struct World<I, T> {
    pub index: I,
    pub model: Model<T>,
    pub issued: Vec<Handle>,
    /// Number of entries that were ever inserted; their first value is that number.
    born: u32,
    pub steps: usize,
}

/// A change of a value that can be recognised.
fn mark(value: &mut u32) {
    *value = value.wrapping_add(1_000_000);
}

fn divides(divisor: u8, value: u32) -> bool {
    value.is_multiple_of(u32::from(divisor % 4) + 1)
}

/// The interval as a query.
fn bounds<T: Clone>(interval: &Interval<T>) -> Query<T> {
    (Included(interval.start().clone()), Included(interval.last().clone()))
}

impl<T: End> World<IntervalRbTree<T, u32>, T> {
    /// The shape of the tree, by the ids of its entries.
    pub fn shape(&self) -> Vec<Shown<T>> {
        let ids: HashMap<_, _> = self.issued.iter().zip(0..).collect();
        let shape = self.index.shape().map(|node| Shown {
            id: ids[&node.handle],
            is_red: node.is_red,
            subtree_last: node.subtree_last.clone(),
            has_left: node.has_left,
            has_right: node.has_right,
        });
        shape.collect()
    }
}

impl<I: Index<T>, T: End> Default for World<I, T> {
    fn default() -> Self {
        Self { index: I::new(), model: Model::new(), issued: Vec::new(), born: 0, steps: 0 }
    }
}

impl<I: Index<T>, T: End> World<I, T> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs all steps, comparing after each.
    pub fn run(steps: &[Step]) -> Self {
        let mut world = Self::new();
        for step in steps {
            world.step(step);
        }
        world
    }

    /// A world after the operations; what they return is compared, nothing else.
    pub fn changed(ops: &[Op]) -> Self {
        let mut world = Self::new();
        for op in ops {
            world.apply(op);
        }
        world
    }

    /// Performs the operation on both and puts every question to both.
    pub fn step(&mut self, Step(op, lower, upper): &Step) -> Vec<Effect<T>> {
        let effects = self.apply(op);
        self.compare(&(lower.map(T::end), upper.map(T::end)));
        effects
    }

    fn who(&self, who: Who) -> Option<usize> {
        match who {
            Who::Live(n) => {
                let live = self.model.entries.len();
                usize::from(n).checked_rem(live).map(|n| self.model.entries[n].id)
            }
            Who::Ever(n) => usize::from(n).checked_rem(self.issued.len()),
        }
    }

    /// The entry to be born next, in the model's form.
    fn newborn(&self, interval: &Interval<T>) -> Entry<T> {
        let (start, last) = interval.clone().into_bounds();
        Entry { start, last, id: self.issued.len(), value: self.born }
    }

    fn inserted(&mut self, entry: Entry<T>, handle: Handle) -> Effect<T> {
        let Entry { start, last, id, .. } = entry.clone();
        self.issued.push(handle);
        self.born += 1;
        self.model.insert(entry);
        Effect::Inserted { id, start, last }
    }

    /// Performs the operation on both and compares what it returns.
    pub fn apply(&mut self, op: &Op) -> Vec<Effect<T>> {
        self.steps += 1;
        match op {
            Op::Insert(a, b) => vec![self.insert(interval(*a, *b))],
            Op::TryInsert(a, b) => {
                let interval = interval(*a, *b);
                let entry = self.newborn(&interval);
                let handle = self.index.try_insert(interval, entry.value).expect("memory");
                vec![self.inserted(entry, handle)]
            }
            Op::InsertAfter(who, a, b) => {
                let Some(previous) = self.who(*who) else { return vec![] };
                self.insert_after_id(previous, interval(*a, *b))
            }
            Op::InsertTie(who, last) => {
                let Some(previous) = self.who(*who) else { return vec![] };
                let at = self.model.position(previous);
                let start =
                    at.map_or(T::end(Point::Min), |at| self.model.entries[at].start.clone());
                let last = T::end(*last).max(start.clone());
                self.insert_after_id(previous, Interval::try_new(start, last).expect("in order"))
            }
            Op::Remove(who) => self.who(*who).map_or(vec![], |id| self.remove_id(id)),
            Op::SetInterval(who, a, b) => {
                let Some(id) = self.who(*who) else { return vec![] };
                self.set_interval_of(id, interval(*a, *b))
            }
            Op::SetLast(who, last) => {
                self.who(*who).map_or(vec![], |id| self.set_last_of(id, T::end(*last)))
            }
            Op::Fill(pattern, n) => {
                let intervals = (0..*n).map(|i| pattern.interval(i));
                intervals.map(|(a, b)| self.insert(interval(a, b))).collect()
            }
            Op::Drain(from, n, backward) => self.drain(usize::from(*from), *n, *backward),
            Op::GetMut(who) => {
                if let Some(id) = self.who(*who) {
                    self.get_mut(id);
                }
                vec![]
            }
            Op::PopFirst => {
                let popped = self.index.pop_first();
                self.popped(popped.as_ref(), self.model.entries.first().map(|entry| entry.id))
            }
            Op::PopLast => {
                let popped = self.index.pop_last();
                self.popped(popped.as_ref(), self.model.entries.last().map(|entry| entry.id))
            }
            Op::IterMut => {
                self.mark_all();
                vec![]
            }
            Op::OverlappingMut(a, b) => {
                self.mark_overlapping(&interval(*a, *b));
                vec![]
            }
            Op::Retain(divisor) => self.retain(*divisor),
            Op::ExtractIf(a, b, divisor, most) => {
                self.extract_if(&interval(*a, *b), *divisor, usize::from(*most))
            }
            Op::Extend(pairs) => {
                let intervals: Vec<_> = pairs.iter().map(|(a, b)| interval(*a, *b)).collect();
                self.index.extend(intervals.iter().cloned().zip(self.born..));
                intervals.iter().map(|interval| self.adopted(interval)).collect()
            }
            Op::Append(pairs) => self.append(pairs),
            Op::Rebuild(how) => self.rebuild(*how),
            Op::Clear
            | Op::Clone
            | Op::Reserve(_)
            | Op::ShrinkToFit
            | Op::Compact
            | Op::Convert => self.apply_to_all(op),
        }
    }

    /// What concerns the index as a whole.
    fn apply_to_all(&mut self, op: &Op) -> Vec<Effect<T>> {
        match op {
            Op::Clear => {
                self.index.clear();
                self.model.entries.clear();
                vec![Effect::Cleared]
            }
            Op::Clone => {
                let clone = self.index.clone();
                assert_eq!(self.index, clone);
                assert!(self.index.cmp(&clone).is_eq());
                self.index = clone;
                vec![]
            }
            Op::Reserve(additional) => {
                let additional = usize::from(*additional);
                self.index.reserve(additional);
                assert!(self.index.try_reserve(usize::MAX).is_err());
                let needed = self.index.len() + additional;
                assert!(self.index.capacity() >= needed, "reserve");
                vec![]
            }
            Op::ShrinkToFit => {
                self.index.shrink_to_fit();
                let len = self.index.len();
                assert!(self.index.capacity() >= len, "shrink_to_fit");
                vec![]
            }
            Op::Compact => {
                self.index.compact();
                vec![]
            }
            Op::Convert => {
                self.index = mem::take(&mut self.index).converted();
                vec![]
            }
            _ => unreachable!("called for these"),
        }
    }

    fn insert_after_id(&mut self, previous: usize, interval: Interval<T>) -> Vec<Effect<T>> {
        let entry = self.newborn(&interval);
        let at = self.model.position(previous);
        let expected = match at {
            None => Err(InsertAfterReason::NoSuchEntry),
            Some(at) if self.model.entries[at].start != entry.start => {
                Err(InsertAfterReason::StartDiffers)
            }
            Some(at) => Ok(at),
        };
        let handle = self.issued[previous];
        match (self.index.insert_after(handle, interval.clone(), entry.value), expected) {
            (Ok(handle), Ok(at)) => {
                self.issued.push(handle);
                self.born += 1;
                let Entry { start, last, id, .. } = entry.clone();
                self.model.insert_after(at, entry);
                vec![Effect::InsertedAfter { previous, id, start, last }]
            }
            (Err(error), Err(reason)) => {
                assert_eq!(error.reason(), &reason);
                assert_eq!(error.into_parts(), (interval, entry.value));
                vec![]
            }
            (found, expected) => panic!("insert_after gave {found:?}, not {expected:?}"),
        }
    }

    fn remove_id(&mut self, id: usize) -> Vec<Effect<T>> {
        let expected = self.model.remove(id).map(|entry| (entry.interval(), entry.value));
        let effects = expected.iter().map(|_| Effect::Removed { id }).collect();
        assert_eq!(self.index.remove(self.issued[id]), expected, "remove");
        assert_eq!(self.index.remove(self.issued[id]), None, "removed twice");
        effects
    }

    fn set_interval_of(&mut self, id: usize, interval: Interval<T>) -> Vec<Effect<T>> {
        let removed = self.model.remove(id);
        let expected = removed.as_ref().map(Entry::interval);
        let former = self.index.set_interval(self.issued[id], interval.clone());
        assert_eq!(former, expected, "set_interval");
        let Some(entry) = removed else { return vec![] };
        let (start, last) = interval.into_bounds();
        self.model.insert(Entry { start: start.clone(), last: last.clone(), ..entry });
        vec![Effect::Moved { id, start, last }]
    }

    fn set_last_of(&mut self, id: usize, last: T) -> Vec<Effect<T>> {
        let handle = self.issued[id];
        let found = self.index.try_set_last(handle, last.clone());
        let Some(at) = self.model.position(id) else {
            assert_eq!(found, Ok(None), "set_last of a removed entry");
            return vec![];
        };
        let entry = &mut self.model.entries[at];
        if last < entry.start {
            let error = found.expect_err("last lies before start");
            assert_eq!(error.into_bounds(), (entry.start.clone(), last));
            return vec![];
        }
        assert_eq!(found, Ok(Some(mem::replace(&mut entry.last, last.clone()))), "set_last");
        vec![Effect::Stretched { id, last }]
    }

    /// Removes `n` entries at one place, or from there towards the front.
    fn drain(&mut self, from: usize, n: u8, backward: bool) -> Vec<Effect<T>> {
        let mut effects = Vec::new();
        let mut at = from.checked_rem(self.model.entries.len()).unwrap_or(0);
        for _ in 0..n {
            let len = self.model.entries.len();
            at = if backward { at.checked_sub(1).unwrap_or(len.wrapping_sub(1)) } else { at };
            let Some(entry) = self.model.entries.get(at) else { break };
            effects.extend(self.remove_id(entry.id));
        }
        effects
    }

    pub fn insert(&mut self, interval: Interval<T>) -> Effect<T> {
        let entry = self.newborn(&interval);
        let handle = self.index.insert(interval, entry.value);
        self.inserted(entry, handle)
    }

    /// Inserts after the entry at `place`, with its start.
    pub fn insert_after(&mut self, place: usize, last: T) {
        let Entry { start, id, .. } = self.model.entries[place].clone();
        let last = last.max(start.clone());
        self.insert_after_id(id, Interval::try_new(start, last).expect("in order"));
    }

    pub fn remove(&mut self, place: usize) {
        self.remove_id(self.model.entries[place].id);
    }

    pub fn set_interval(&mut self, place: usize, to: Interval<T>) {
        self.set_interval_of(self.model.entries[place].id, to);
    }

    fn get_mut(&mut self, id: usize) {
        let at = self.model.position(id);
        let expected = at.map(|at| &mut self.model.entries[at].value);
        let value = self.index.get_mut(self.issued[id]);
        assert_eq!(value, expected, "get_mut");
        if let (Some(value), Some(expected)) = (value, expected) {
            mark(value);
            mark(expected);
            mark(&mut self.index[self.issued[id]]);
            mark(expected);
        }
    }

    fn popped(&mut self, found: Option<&(Interval<T>, u32)>, id: Option<usize>) -> Vec<Effect<T>> {
        let entry = id.and_then(|id| self.model.remove(id));
        assert_eq!(found, entry.map(|entry| (entry.interval(), entry.value)).as_ref(), "pop");
        id.map(|id| Effect::Removed { id }).into_iter().collect()
    }

    /// Marks every value twice, all being borrowed at once, and again from the back.
    fn mark_all(&mut self) {
        let (steps, mut turn) = (self.steps, 0);
        let mut backward = || {
            turn += 1;
            (turn * steps) % 3 == 1
        };
        let borrowed = self.index.borrow_all(&mut backward);
        assert_eq!(borrowed.len(), self.model.entries.len(), "iter_mut");
        for ((handle, found, value), entry) in borrowed.into_iter().zip(&mut self.model.entries) {
            assert_eq!(handle, self.issued[entry.id], "iter_mut");
            assert_eq!((found, *value), (entry.interval(), entry.value), "iter_mut");
            mark(value);
            mark(&mut entry.value);
        }
        self.index.change_values_backward(mark);
        self.model.entries.iter_mut().for_each(|entry| mark(&mut entry.value));
    }

    fn mark_overlapping(&mut self, query: &Interval<T>) {
        let bounds = bounds(query);
        let borrowed = self.index.borrow_overlapping(bounds.clone());
        let mut expected = self.model.entries.iter_mut().filter(|entry| entry.overlaps(&bounds));
        for (handle, found, value) in borrowed {
            let entry = expected.next().expect("no more hits than that");
            assert_eq!(handle, self.issued[entry.id], "overlapping_mut of {query:?}");
            assert_eq!((found, *value), (entry.interval(), entry.value), "{query:?}");
            mark(value);
            mark(&mut entry.value);
        }
        assert_eq!(expected.next(), None, "overlapping_mut of {query:?}");
    }

    fn retain(&mut self, divisor: u8) -> Vec<Effect<T>> {
        let mut seen = Vec::new();
        self.index.retain(|interval, value| {
            seen.push((interval.clone(), *value));
            mark(value);
            !divides(divisor, *value)
        });
        let all = self.model.entries.iter();
        assert!(seen.into_iter().eq(all.map(|entry| (entry.interval(), entry.value))), "retain");
        let mut effects = Vec::new();
        self.model.entries.retain_mut(|Entry { id, value, .. }| {
            mark(value);
            if divides(divisor, *value) {
                effects.push(Effect::Removed { id: *id });
            }
            !divides(divisor, *value)
        });
        effects
    }

    fn extract_if(&mut self, query: &Interval<T>, divisor: u8, most: usize) -> Vec<Effect<T>> {
        let bounds = bounds(query);
        let choose = |_: &Interval<T>, value: &mut u32| divides(divisor, *value);
        let found: Vec<_> = self.index.extract_if(query, choose).take(most).collect();
        let all = self.model.overlapping(&bounds).into_iter();
        let chosen = all.filter(|entry| divides(divisor, entry.value)).take(most);
        let ids: Vec<_> = chosen.map(|entry| entry.id).collect();
        let expected = ids.iter().map(|id| self.model.remove(*id).expect("alive"));
        let expected: Vec<_> = expected.map(|entry| (entry.interval(), entry.value)).collect();
        assert_eq!(found, expected, "extract_if in {query:?}");
        ids.into_iter().map(|id| Effect::Removed { id }).collect()
    }

    fn append(&mut self, pairs: &[(Point, Point)]) -> Vec<Effect<T>> {
        let mut intervals: Vec<_> = pairs.iter().map(|(a, b)| interval::<T>(*a, *b)).collect();
        intervals.sort_by(|a, b| a.start().cmp(b.start()));
        let mut other: I = intervals.iter().cloned().zip(self.born..).collect();
        self.index.append(&mut other);
        assert_eq!((other.len(), other.check()), (0, Ok(0)));
        intervals.iter().map(|interval| self.adopted(interval)).collect()
    }

    fn rebuild(&mut self, how: How) -> Vec<Effect<T>> {
        let mut entries = self.taken_apart();
        let turn = match how {
            How::FromSorted | How::Collect => 0,
            How::CollectRotated => entries.len() / 2,
            How::FromUnsorted => 1.min(entries.len()),
        };
        entries.rotate_left(turn);
        let mut former = mem::take(&mut self.model.entries);
        former.rotate_left(turn);
        for entry in former {
            self.model.insert(entry);
        }
        self.index = match how {
            How::FromSorted => I::from_sorted(entries).expect("sorted"),
            How::Collect | How::CollectRotated => entries.into_iter().collect(),
            How::FromUnsorted => built_from_unsorted(entries),
        };
        assert!(self.index.has_good_height(how != How::FromUnsorted), "{how:?}");
        self.issue_again();
        vec![Effect::Rebuilt]
    }

    /// Forgets all handles: those of a former index are foreign, and may name any entry of this one.
    fn issue_again(&mut self) {
        let handles = self.index.iter().with_handles().map(|(handle, ..)| handle);
        self.issued = handles.collect();
        assert_eq!(self.issued.len(), self.model.entries.len());
        for (id, entry) in self.model.entries.iter_mut().enumerate() {
            entry.id = id;
        }
    }

    /// All entries of the tree, by `into_iter` from changing ends.
    fn taken_apart(&mut self) -> Vec<(Interval<T>, u32)> {
        let values = self.index.clone().into_values();
        let mut iter = mem::take(&mut self.index).into_iter();
        let back: Vec<_> = iter.by_ref().rev().take(self.steps % 4).collect();
        let entries: Vec<_> = iter.by_ref().chain(back.into_iter().rev()).collect();
        let expected = self.model.entries.iter().map(|entry| (entry.interval(), entry.value));
        assert!(entries.iter().cloned().eq(expected), "into_iter gave {entries:?}");
        assert!(values.into_iter().eq(entries.iter().map(|(_, value)| *value)), "into_values");
        entries
    }

    /// Notes an entry whose handle was not handed out: it is found by its value.
    fn adopted(&mut self, interval: &Interval<T>) -> Effect<T> {
        let entry = self.newborn(interval);
        let mut all = self.index.iter().with_handles();
        let found = all.find(|(_, _, value)| **value == entry.value);
        let (handle, ..) = found.expect("an entry that was just added");
        drop(all);
        self.inserted(entry, handle)
    }
}

/// `try_from_sorted` of entries of which the last may start too early; then it comes back, with
/// the index of the others.
fn built_from_unsorted<I: Index<T>, T: End>(entries: Vec<(Interval<T>, u32)>) -> I {
    let last = entries.len().checked_sub(1).map(|last| (last, entries[last].clone()));
    I::from_sorted(entries).unwrap_or_else(|(position, entry, mut index)| {
        let (at, misplaced) = last.expect("nothing is sorted");
        assert_eq!((position, index.len(), &entry), (at, at, &misplaced));
        index.insert(entry.0, entry.1);
        index
    })
}

impl<T: End> Entry<T> {
    pub fn interval(&self) -> Interval<T> {
        Interval::try_new(self.start.clone(), self.last.clone()).expect("points in order")
    }

    pub fn is_entry(&self, interval: &Interval<T>, value: u32) -> bool {
        (interval.start(), interval.last(), value) == (&self.start, &self.last, self.value)
    }

    /// Returns `true` if the index found what the model has.
    pub fn is<L: Borrow<Interval<T>>>(expected: Option<&Self>, found: Option<(L, &u32)>) -> bool {
        match (expected, found) {
            (Some(entry), Some((interval, value))) => entry.is_entry(interval.borrow(), *value),
            (expected, found) => expected.is_none() && found.is_none(),
        }
    }
}

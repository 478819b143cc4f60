//! A tree and its model side by side, through operations.
//!
//! [`World::step`] performs one operation on both, then puts every question to both. It panics
//! where they disagree.

use std::collections::HashMap;
use std::ops::Bound::Included;

use stabtree::InsertAfterReason;
use stabtree::{Handle, Interval, IntervalRbTree};

use super::ends::{End, Point, interval};
use super::model::{Entry, Model};
use super::ops::{Effect, How, Op, Step, Who};
use super::reference_rb::Shown;

/// A tree, its model, and every handle that was ever given out: `issued[id]`.
#[derive(Debug)]
pub struct World<T> {
    pub tree: IntervalRbTree<T, u32>,
    pub model: Model<T>,
    pub issued: Vec<Handle>,
    /// Number of entries that were ever born; their first value is that number.
    born: u32,
    pub steps: usize,
}

/// A change of a value that can be told.
fn mark(value: &mut u32) {
    *value = value.wrapping_add(1_000_000);
}

fn divides(divisor: u8, value: u32) -> bool {
    value.is_multiple_of(u32::from(divisor % 4) + 1)
}

impl<T: End> World<T> {
    pub const fn new() -> Self {
        Self {
            tree: IntervalRbTree::new(),
            model: Model::new(),
            issued: Vec::new(),
            born: 0,
            steps: 0,
        }
    }

    /// Runs all steps, comparing after each.
    pub fn run(steps: &[Step]) -> Self {
        let mut world = Self::new();
        for step in steps {
            world.step(step);
        }
        world
    }

    /// Performs the operation on both and puts every question to both.
    pub fn step(&mut self, Step(op, lower, upper): &Step) -> Vec<Effect<T>> {
        let effects = self.apply(op);
        self.compare(&(lower.map(T::end), upper.map(T::end)));
        effects
    }

    /// The shape of the tree, by the ids of its entries.
    pub fn shape(&self) -> Vec<Shown<T>> {
        let ids: HashMap<_, _> = self.issued.iter().zip(0..).collect();
        let shape = self.tree.shape().map(|node| Shown {
            id: ids[&node.handle],
            is_red: node.is_red,
            subtree_last: node.subtree_last.clone(),
            has_left: node.has_left,
            has_right: node.has_right,
        });
        shape.collect()
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
            Op::Insert(a, b) => {
                let interval = interval(*a, *b);
                let entry = self.newborn(&interval);
                let handle = self.tree.insert(interval, entry.value);
                vec![self.inserted(entry, handle)]
            }
            Op::TryInsert(a, b) => {
                let interval = interval(*a, *b);
                let entry = self.newborn(&interval);
                let handle = self.tree.try_insert(interval, entry.value).expect("capacity");
                vec![self.inserted(entry, handle)]
            }
            Op::InsertAfter(who, a, b) => {
                let Some(previous) = self.who(*who) else { return vec![] };
                self.insert_after(previous, interval(*a, *b))
            }
            Op::InsertTwin(who, last) => {
                let Some(previous) = self.who(*who) else { return vec![] };
                let at = self.model.position(previous);
                let start =
                    at.map_or(T::end(Point::Min), |at| self.model.entries[at].start.clone());
                let last = T::end(*last).max(start.clone());
                self.insert_after(previous, Interval::try_new(start, last).expect("in order"))
            }
            Op::Remove(who) => self.who(*who).map_or(vec![], |id| self.remove(id)),
            Op::SetInterval(who, a, b) => {
                let Some(id) = self.who(*who) else { return vec![] };
                self.set_interval(id, interval(*a, *b))
            }
            Op::GetMut(who) => {
                if let Some(id) = self.who(*who) {
                    self.get_mut(id);
                }
                vec![]
            }
            Op::PopFirst => {
                let popped = self.tree.pop_first();
                self.popped(popped.as_ref(), self.model.entries.first().map(|entry| entry.id))
            }
            Op::PopLast => {
                let popped = self.tree.pop_last();
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
                self.tree.extend(intervals.iter().cloned().zip(self.born..));
                intervals.iter().map(|interval| self.adopted(interval)).collect()
            }
            Op::Append(pairs) => self.append(pairs),
            Op::Rebuild(how) => self.rebuild(*how),
            Op::Clear => {
                self.tree.clear();
                self.model.entries.clear();
                vec![Effect::Cleared]
            }
            Op::CloneTree => {
                let clone = self.tree.clone();
                assert_eq!(self.tree, clone);
                assert!(self.tree.cmp(&clone).is_eq());
                self.tree = clone;
                vec![]
            }
            Op::Reserve(additional) => {
                let additional = usize::from(*additional);
                self.tree.reserve(additional);
                assert!(self.tree.capacity() >= self.tree.len() + additional, "reserve");
                vec![]
            }
            Op::ShrinkToFit => {
                self.tree.shrink_to_fit();
                assert!(self.tree.capacity() >= self.tree.len(), "shrink_to_fit");
                vec![]
            }
        }
    }

    fn insert_after(&mut self, previous: usize, interval: Interval<T>) -> Vec<Effect<T>> {
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
        match (self.tree.insert_after(handle, interval.clone(), entry.value), expected) {
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

    fn remove(&mut self, id: usize) -> Vec<Effect<T>> {
        let expected = self.model.remove(id).map(|entry| (entry.interval(), entry.value));
        let effects = expected.iter().map(|_| Effect::Removed { id }).collect();
        assert_eq!(self.tree.remove(self.issued[id]), expected, "remove");
        assert_eq!(self.tree.remove(self.issued[id]), None, "remove twice");
        effects
    }

    fn set_interval(&mut self, id: usize, interval: Interval<T>) -> Vec<Effect<T>> {
        let removed = self.model.remove(id);
        let expected = removed.as_ref().map(Entry::interval);
        let former = self.tree.set_interval(self.issued[id], interval.clone());
        assert_eq!(former, expected, "set_interval");
        let Some(entry) = removed else { return vec![] };
        let (start, last) = interval.into_bounds();
        self.model.insert(Entry { start: start.clone(), last: last.clone(), ..entry });
        vec![Effect::Moved { id, start, last }]
    }

    fn get_mut(&mut self, id: usize) {
        let at = self.model.position(id);
        let expected = at.map(|at| &mut self.model.entries[at].value);
        let value = self.tree.get_mut(self.issued[id]);
        assert_eq!(value, expected, "get_mut");
        if let (Some(value), Some(expected)) = (value, expected) {
            mark(value);
            mark(expected);
            mark(&mut self.tree[self.issued[id]]);
            mark(expected);
        }
    }

    fn popped(&mut self, found: Option<&(Interval<T>, u32)>, id: Option<usize>) -> Vec<Effect<T>> {
        let entry = id.and_then(|id| self.model.remove(id));
        assert_eq!(found, entry.map(|entry| (entry.interval(), entry.value)).as_ref(), "pop");
        id.map(|id| Effect::Removed { id }).into_iter().collect()
    }

    /// Marks every value twice, from changing ends, all of them being lent at once.
    fn mark_all(&mut self) {
        let mut iter = self.tree.iter_mut().with_handles();
        let mut lent = Vec::new();
        for turn in 0.. {
            let len = iter.len();
            let next = if (turn * self.steps) % 3 == 1 { iter.next_back() } else { iter.next() };
            let Some(next) = next else { break };
            assert_eq!(iter.len() + 1, len, "length of iter_mut");
            lent.push(next);
        }
        for (handle, found, value) in lent {
            let id = self.issued.iter().rposition(|issued| *issued == handle).expect("issued");
            let at = self.model.position(id).expect("alive");
            let entry = &mut self.model.entries[at];
            assert!(Entry::is(Some(entry), Some((found, value))), "iter_mut");
            mark(value);
            mark(&mut entry.value);
        }
        self.tree.values_mut().rev().for_each(mark);
        self.model.entries.iter_mut().for_each(|entry| mark(&mut entry.value));
    }

    fn mark_overlapping(&mut self, query: &Interval<T>) {
        let bounds = (Included(query.start().clone()), Included(query.last().clone()));
        let lent: Vec<_> = self.tree.overlapping_mut(query).with_handles().collect();
        let mut expected = self.model.entries.iter_mut().filter(|entry| entry.overlaps(&bounds));
        for (handle, found, value) in lent {
            let entry = expected.next().expect("no more hits than that");
            assert_eq!(handle, self.issued[entry.id], "overlapping_mut of {query:?}");
            assert!(Entry::is(Some(entry), Some((found, value))), "overlapping_mut of {query:?}");
            mark(value);
            mark(&mut entry.value);
        }
        assert_eq!(expected.next(), None, "overlapping_mut of {query:?}");
    }

    fn retain(&mut self, divisor: u8) -> Vec<Effect<T>> {
        let mut seen = Vec::new();
        self.tree.retain(|interval, value| {
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
        let bounds = (Included(query.start().clone()), Included(query.last().clone()));
        let choose = |_: &Interval<T>, value: &mut u32| divides(divisor, *value);
        let found: Vec<_> = self.tree.extract_if(query, choose).take(most).collect();
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
        let mut other: IntervalRbTree<_, _> = intervals.iter().cloned().zip(self.born..).collect();
        self.tree.append(&mut other);
        assert_eq!((other.len(), other.check().map(|summary| summary.len)), (0, Ok(0)));
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
        let mut former = std::mem::take(&mut self.model.entries);
        former.rotate_left(turn);
        for entry in former {
            self.model.insert(entry);
        }
        self.tree = match how {
            How::FromSorted => IntervalRbTree::try_from_sorted(entries).expect("sorted"),
            How::Collect | How::CollectRotated => entries.into_iter().collect(),
            How::FromUnsorted => built_from_unsorted(entries),
        };
        if how != How::FromUnsorted {
            let flat = (self.tree.len() + 1).next_power_of_two().ilog2() as usize;
            assert_eq!(self.tree.check().map(|summary| summary.height), Ok(flat), "{how:?}");
        }
        // The handles of the former tree are foreign: they may name any entry of this one.
        let handles = self.tree.iter().with_handles().map(|(handle, ..)| handle);
        self.issued = handles.collect();
        assert_eq!(self.issued.len(), self.model.entries.len(), "{how:?}");
        for (id, entry) in self.model.entries.iter_mut().enumerate() {
            entry.id = id;
        }
        vec![Effect::Rebuilt]
    }

    /// All entries of the tree, by `into_iter` from changing ends.
    fn taken_apart(&mut self) -> Vec<(Interval<T>, u32)> {
        let values: Vec<_> = self.tree.clone().into_values().collect();
        let mut iter = std::mem::take(&mut self.tree).into_iter();
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
        let mut all = self.tree.iter().with_handles();
        let found = all.find(|(_, _, value)| **value == entry.value);
        let (handle, ..) = found.expect("an entry that was just added");
        self.inserted(entry, handle)
    }
}

/// `try_from_sorted` of entries of which the last may start too early; then it comes back, with
/// the tree of the others.
fn built_from_unsorted<T: End>(entries: Vec<(Interval<T>, u32)>) -> IntervalRbTree<T, u32> {
    let last = entries.len().checked_sub(1).map(|last| (last, entries[last].clone()));
    IntervalRbTree::try_from_sorted(entries).unwrap_or_else(|error| {
        let (index, misplaced) = last.expect("nothing is sorted");
        assert_eq!((error.position(), error.sorted().len()), (index, index));
        let (entry, mut tree) = error.into_parts();
        assert_eq!(entry, misplaced);
        tree.insert(misplaced.0, misplaced.1);
        tree
    })
}

impl<T: End> Entry<T> {
    pub fn interval(&self) -> Interval<T> {
        Interval::try_new(self.start.clone(), self.last.clone()).expect("points in order")
    }

    /// Tells whether the tree found what the model has.
    pub fn is(expected: Option<&Self>, found: Option<(&Interval<T>, &u32)>) -> bool {
        match (expected, found) {
            (None, None) => true,
            (Some(entry), Some((interval, value))) => {
                (interval.start(), interval.last()) == (&entry.start, &entry.last)
                    && *value == entry.value
            }
            _ => false,
        }
    }
}

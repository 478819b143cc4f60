//! Histories of an index, and of a map, with snapshots of it; shared by quickcheck tests, a fuzz target and
//! the simulator.
#![allow(unreachable_pub, reason = "a fuzz target uses it, too")]

use std::mem;
use std::ops::Deref;

use stabtree::{Interval, IntervalBTree, RangeMap, RangeMapSnapshot, Snapshot};

/// The first and the last value of an entry, and what it holds.
pub(crate) type Entry = (u8, u8, u8);

/// Most snapshots at a time.
pub(crate) const SNAPSHOTS: usize = 4;
/// Most entries with which [`Op::Fill`] inserts more: enough for inner nodes of two levels.
const FILLED: usize = 600;

/// A change of an index or of a map; what only one of them has changes nothing in the other. A `u16` is
/// the number of an entry, in order and as a remainder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert(u8, u8, u8),
    /// Entries at equal distances: the first start, how many they are, and the distance.
    Fill(u8, u8, u8),
    Remove(u16),
    SetInterval(u16, u8, u8),
    SetLast(u16, u8),
    SplitAt(u16, u8),
    SetValue(u16, u8),
    ChangeAll(u8),
    ChangeOverlapping(u8, u8, u8),
    Update(u8, u8, u8),
    Cut(u8, u8),
    Coalesce(u8, u8),
    Retain(u8),
    /// In a range, those with values that a number divides, and how many before the iterator is dropped.
    ExtractIf(u8, u8, u8, u8),
    Pop(bool),
    Append(Vec<Entry>),
    /// Consumes all, and drops the iterator after some entries.
    IntoIter(u8),
    Clone,
    Compact,
    ShrinkToFit,
    Clear,
    Snapshot,
    DropSnapshot(u8),
    CloneSnapshot(u8),
    /// Goes on with a clone of what a snapshot dereferences to.
    Restore(u8),
}

/// An operation, and the range that is asked for after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub struct Step(pub Op, pub u8, pub u8);

#[cfg(not(fuzzing))]
impl quickcheck::Arbitrary for Step {
    fn arbitrary(g: &mut quickcheck::Gen) -> Self {
        let byte = |g: &mut quickcheck::Gen| u8::arbitrary(g);
        let (a, b, value, who) = (byte(g), byte(g), byte(g), u16::arbitrary(g));
        let op = match byte(g) % 50 {
            0..=5 => Op::Insert(a, b, value),
            6..=9 => Op::Fill(a, b, value),
            10..=14 => Op::Remove(who),
            15 | 16 => Op::SetInterval(who, a, b),
            17 | 18 => Op::SetLast(who, a),
            19 | 20 => Op::SplitAt(who, a),
            21 | 22 => Op::SetValue(who, value),
            23 => Op::ChangeAll(value),
            24 => Op::ChangeOverlapping(a, b, value),
            25 => Op::Update(a, b, value),
            26 | 27 => Op::Cut(a, a.saturating_add(b % 16)),
            28 => Op::Coalesce(a, b),
            29 => Op::Retain(value),
            30 | 31 => Op::ExtractIf(a, b, value, byte(g) % 32),
            32 => Op::Pop(bool::arbitrary(g)),
            33 => Op::Append((0..b % 40).map(|_| (byte(g), byte(g), byte(g))).collect()),
            34 if value < 64 => Op::IntoIter(b),
            35 if value < 64 => Op::Clear,
            34..=36 => Op::Clone,
            37 => Op::Compact,
            38 => Op::ShrinkToFit,
            39..=44 => Op::Snapshot,
            45 | 46 => Op::DropSnapshot(value),
            47 | 48 => Op::CloneSnapshot(value),
            _ => Op::Restore(value),
        };
        Self(op, byte(g), byte(g))
    }
}

const fn ordered(a: u8, b: u8) -> (u8, u8) {
    if a <= b { (a, b) } else { (b, a) }
}

fn interval(a: u8, b: u8) -> Interval<u8> {
    let (first, last) = ordered(a, b);
    Interval::new(first, last)
}

fn plain((interval, value): (Interval<u8>, u8)) -> Entry {
    (*interval.start(), *interval.last(), value)
}

/// The entries of an [`Op::Fill`]: points in a map, so that they are many.
fn filling(is_map: bool, (at, count, distance): (u8, u8, u8)) -> impl Iterator<Item = Entry> {
    (0..count).map(move |i| {
        let start = at.wrapping_add(i.wrapping_mul(distance));
        (start, if is_map { start } else { start.saturating_add(i % 4) }, i)
    })
}

fn nth(who: u16, len: usize) -> Option<usize> {
    usize::from(who).checked_rem(len)
}

const fn is_chosen(value: u8, divisor: u8) -> bool {
    value.is_multiple_of(divisor % 4 + 1)
}

/// Entries by start, those with equal starts in order of insertion; of a map they are disjoint.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    is_map: bool,
    entries: Vec<Entry>,
}

impl Model {
    pub(crate) const fn new(is_map: bool) -> Self {
        Self { is_map, entries: Vec::new() }
    }

    /// Inserts an entry after those with its start; in a map it overwrites.
    fn insert(&mut self, (a, b, value): Entry) {
        let (first, last) = ordered(a, b);
        if self.is_map {
            self.cut(first, last);
        }
        let at = self.entries.iter().filter(|entry| entry.0 <= first).count();
        self.entries.insert(at, (first, last, value));
    }

    fn overlapping(&self, (a, b): (u8, u8)) -> Vec<Entry> {
        let (from, to) = ordered(a, b);
        self.entries.iter().copied().filter(|entry| entry.0 <= to && entry.1 >= from).collect()
    }

    fn cut(&mut self, a: u8, b: u8) -> Vec<Entry> {
        let (from, to) = ordered(a, b);
        let (mut removed, mut after) = (Vec::new(), Vec::new());
        for (first, last, value) in mem::take(&mut self.entries) {
            if last < from || first > to {
                self.entries.push((first, last, value));
                continue;
            }
            removed.push((first.max(from), last.min(to), value));
            if first < from {
                self.entries.push((first, from - 1, value));
            }
            if last > to {
                after.push((to + 1, last, value));
            }
        }
        for entry in after {
            self.insert(entry);
        }
        removed
    }

    /// Joins each entry to the first one before it that it overlaps or touches and that has its value.
    fn coalesce(&mut self, a: u8, b: u8) {
        let (from, to) = ordered(a, b);
        let (from, to) = (from.saturating_sub(1), to.saturating_add(1));
        let mut kept: Vec<usize> = Vec::new();
        let mut joined = Vec::new();
        for at in 0..self.entries.len() {
            let (first, last, value) = self.entries[at];
            if first > to || last < from {
                continue;
            }
            let former = kept.iter().find(|former| {
                let former = self.entries[**former];
                former.2 == value && former.1.saturating_add(1) >= first
            });
            if let Some(former) = former {
                let end = &mut self.entries[*former].1;
                *end = last.max(*end);
                joined.push(at);
            } else {
                kept.push(at);
            }
        }
        joined.into_iter().rev().for_each(|at| _ = self.entries.remove(at));
    }

    /// Makes a change and returns the entries that it gives back.
    pub(crate) fn change(&mut self, op: &Op) -> Vec<Entry> {
        match *op {
            Op::Insert(a, b, value) => self.insert((a, b, value)),
            Op::Fill(at, count, distance) if self.entries.len() < FILLED => {
                filling(self.is_map, (at, count, distance)).for_each(|entry| self.insert(entry));
            }
            Op::Remove(who)
            | Op::SetInterval(who, ..)
            | Op::SetLast(who, _)
            | Op::SplitAt(who, _)
            | Op::SetValue(who, _) => {
                return nth(who, self.entries.len()).map_or(vec![], |at| self.change_one(at, op));
            }
            Op::ChangeAll(by) => {
                self.entries.iter_mut().for_each(|entry| entry.2 = entry.2.wrapping_add(by));
            }
            Op::ChangeOverlapping(a, b, by) => {
                let (from, to) = ordered(a, b);
                let overlapping =
                    self.entries.iter_mut().filter(|entry| entry.0 <= to && entry.1 >= from);
                overlapping.for_each(|entry| entry.2 = entry.2.wrapping_add(by));
            }
            Op::Update(a, b, by) if self.is_map => {
                for (first, last, value) in self.cut(a, b) {
                    self.insert((first, last, value.wrapping_add(by)));
                }
            }
            Op::Cut(a, b) => return self.cut(a, b),
            Op::Coalesce(a, b) => self.coalesce(a, b),
            Op::Retain(divisor) => {
                self.entries.retain(|entry| !is_chosen(entry.2, divisor));
                self.entries.iter_mut().for_each(|entry| entry.2 = entry.2.wrapping_add(1));
            }
            Op::ExtractIf(a, b, divisor, count) => {
                let (from, to) = ordered(a, b);
                let mut removed = Vec::new();
                self.entries.retain(|entry| {
                    let stays = entry.0 > to
                        || entry.1 < from
                        || !is_chosen(entry.2, divisor)
                        || removed.len() == usize::from(count);
                    removed.extend((!stays).then_some(*entry));
                    stays
                });
                return removed;
            }
            Op::Pop(_) if self.entries.is_empty() => {}
            Op::Pop(true) => return vec![self.entries.remove(0)],
            Op::Pop(false) => return self.entries.pop().into_iter().collect(),
            Op::Append(ref entries) => {
                let mut other = Self::new(self.is_map);
                for entry in entries {
                    other.insert(*entry);
                }
                for entry in other.entries {
                    self.insert(entry);
                }
            }
            Op::IntoIter(count) => {
                let mut entries = mem::take(&mut self.entries);
                entries.truncate(count.into());
                return entries;
            }
            Op::Clear => self.entries.clear(),
            _ => {}
        }
        vec![]
    }

    fn change_one(&mut self, at: usize, op: &Op) -> Vec<Entry> {
        let (first, last, value) = self.entries[at];
        match *op {
            Op::Remove(_) => return vec![self.entries.remove(at)],
            Op::SetInterval(_, a, b) => {
                let removed = self.entries.remove(at);
                self.insert((a, b, value));
                return vec![removed];
            }
            Op::SetLast(_, last) if !self.is_map => self.entries[at].1 = last.max(first),
            Op::SplitAt(_, place) if place > first && place <= last => {
                self.entries[at].1 = place - 1;
                self.insert((place, last, value));
            }
            Op::SetValue(_, value) => self.entries[at].2 = value,
            _ => {}
        }
        vec![]
    }
}

/// What can be saved in snapshots.
pub(crate) trait Subject: Default + Clone {
    type Snapshot: Clone + Deref<Target = Self>;

    const IS_MAP: bool;

    fn save(&mut self) -> Self::Snapshot;

    /// Makes a change of what answers as `model`, and returns the entries that it gives back.
    fn change(&mut self, op: &Op, model: &Model) -> Vec<Entry>;

    /// Compares the answers with the model's.
    fn compare(&self, model: &Model, at: u8, last: u8);

    /// Asserts that all invariants hold.
    fn assert_valid(&self);

    /// Asserts that all invariants of a snapshot hold.
    fn assert_snapshot_valid(snapshot: &Self::Snapshot);
}

/// What an index and a map do under different names.
trait Edit: Sized {
    fn insert_entry(&mut self, entry: Entry);

    /// Changes the entry with this number.
    fn change_one(&mut self, at: usize, op: &Op, model: &Model) -> Vec<Entry>;

    fn update_in(&mut self, range: Interval<u8>, by: u8);

    fn containing(&self, at: u8) -> Vec<Entry>;

    fn count(&self, range: Interval<u8>) -> usize;
}

impl Edit for IntervalBTree<u8, u8> {
    fn insert_entry(&mut self, (a, b, value): Entry) {
        self.insert(interval(a, b), value);
    }

    fn change_one(&mut self, at: usize, op: &Op, _: &Model) -> Vec<Entry> {
        let (handle, former, value) = self.iter().with_handles().nth(at).expect("an entry");
        let value = *value;
        match *op {
            Op::Remove(_) => return self.remove(handle).map(plain).into_iter().collect(),
            Op::SetInterval(_, a, b) => {
                let former = self.set_interval(handle, interval(a, b));
                return former.map(|former| plain((former, value))).into_iter().collect();
            }
            Op::SetLast(_, last) => {
                let former_last = self.set_last(handle, last.max(*former.start()));
                assert_eq!(former_last, Some(*former.last()));
            }
            Op::SplitAt(_, place) => {
                let is_split = *former.start() < place && place <= *former.last();
                assert_eq!(self.split_at(handle, place).is_some(), is_split);
            }
            Op::SetValue(_, value) => *self.get_mut(handle).expect("an entry") = value,
            _ => unreachable!("called for these"),
        }
        vec![]
    }

    fn update_in(&mut self, _: Interval<u8>, _: u8) {}

    fn containing(&self, at: u8) -> Vec<Entry> {
        self.stab(at).map(|(interval, value)| plain((interval, *value))).collect()
    }

    fn count(&self, range: Interval<u8>) -> usize {
        self.count_overlapping(range)
    }
}

impl Edit for RangeMap<u8, u8> {
    fn insert_entry(&mut self, (a, b, value): Entry) {
        self.insert(interval(a, b), value);
    }

    fn change_one(&mut self, at: usize, op: &Op, model: &Model) -> Vec<Entry> {
        let (first, last, _) = model.entries[at];
        match *op {
            Op::Remove(_) => return self.remove(last).map(plain).into_iter().collect(),
            Op::SetInterval(_, a, b) => {
                let removed = self.remove(first).expect("an entry");
                self.insert(interval(a, b), removed.1);
                return vec![plain(removed)];
            }
            // Elsewhere it might split another entry.
            Op::SplitAt(_, place) if first <= place && place <= last => {
                assert_eq!(self.split_at(place), place > first);
            }
            Op::SetValue(_, value) => *self.get_mut(last).expect("an entry") = value,
            _ => {}
        }
        vec![]
    }

    fn update_in(&mut self, range: Interval<u8>, by: u8) {
        self.update(range, |_, value| *value = value.wrapping_add(by));
    }

    fn containing(&self, at: u8) -> Vec<Entry> {
        self.get_entry(at).map(|(interval, value)| plain((interval, *value))).into_iter().collect()
    }

    fn count(&self, range: Interval<u8>) -> usize {
        self.overlapping(range).len()
    }
}

macro_rules! subject {
    ($Index:ident, $Snapshot:ident, $is_map:literal) => {
        impl Subject for $Index<u8, u8> {
            type Snapshot = $Snapshot<u8, u8>;

            const IS_MAP: bool = $is_map;

            fn save(&mut self) -> Self::Snapshot {
                self.snapshot()
            }

            fn change(&mut self, op: &Op, model: &Model) -> Vec<Entry> {
                match *op {
                    Op::Insert(a, b, value) => self.insert_entry((a, b, value)),
                    Op::Fill(at, count, distance) if model.entries.len() < FILLED => {
                        let entries = filling($is_map, (at, count, distance));
                        entries.for_each(|entry| self.insert_entry(entry));
                    }
                    Op::Remove(who)
                    | Op::SetInterval(who, ..)
                    | Op::SetLast(who, _)
                    | Op::SplitAt(who, _)
                    | Op::SetValue(who, _) => {
                        let at = nth(who, model.entries.len());
                        return at.map_or(vec![], |at| self.change_one(at, op, model));
                    }
                    Op::ChangeAll(by) => {
                        self.iter_mut().for_each(|(_, value)| *value = value.wrapping_add(by));
                    }
                    Op::ChangeOverlapping(a, b, by) => {
                        let overlapping = self.overlapping_mut(interval(a, b));
                        overlapping.for_each(|(_, value)| *value = value.wrapping_add(by));
                    }
                    Op::Update(a, b, by) => self.update_in(interval(a, b), by),
                    Op::Cut(a, b) => {
                        return self.cut(interval(a, b)).into_iter().map(plain).collect();
                    }
                    Op::Coalesce(a, b) => {
                        let before = self.len();
                        let fewer = self.coalesce_by(interval(a, b), |a, b| a == b);
                        assert_eq!(self.len() + fewer, before);
                    }
                    Op::Retain(divisor) => self.retain(|_, value| {
                        let stays = !is_chosen(*value, divisor);
                        *value = value.wrapping_add(1);
                        stays
                    }),
                    Op::ExtractIf(a, b, divisor, count) => {
                        let chosen =
                            self.extract_if(interval(a, b), |_, value| is_chosen(*value, divisor));
                        return chosen.take(count.into()).map(plain).collect();
                    }
                    Op::Pop(is_first) => {
                        let popped = if is_first { self.pop_first() } else { self.pop_last() };
                        return popped.map(plain).into_iter().collect();
                    }
                    Op::Append(ref entries) => {
                        let entries =
                            entries.iter().map(|(a, b, value)| (interval(*a, *b), *value));
                        let mut other: Self = entries.collect();
                        // Its pages are shared, too.
                        let saved = other.snapshot();
                        let before: Vec<_> = saved.iter().map(|(i, value)| (i, *value)).collect();
                        self.append(&mut other);
                        assert!(other.is_empty());
                        drop(other);
                        assert!(saved.iter().map(|(i, value)| (i, *value)).eq(before));
                    }
                    Op::IntoIter(count) => {
                        let all = mem::take(self).into_iter();
                        return all.take(count.into()).map(plain).collect();
                    }
                    Op::Clone => *self = self.clone(),
                    Op::Compact => self.compact(),
                    Op::ShrinkToFit => self.shrink_to_fit(),
                    Op::Clear => self.clear(),
                    _ => {}
                }
                vec![]
            }

            fn compare(&self, model: &Model, at: u8, last: u8) {
                let plain = |(interval, value): (Interval<u8>, &u8)| plain((interval, *value));
                assert_eq!(self.len(), model.entries.len());
                assert_eq!(self.iter().map(plain).collect::<Vec<_>>(), model.entries);
                assert!(self.iter().rev().map(plain).eq(model.entries.iter().rev().copied()));
                assert_eq!(self.containing(at), model.overlapping((at, at)), "at {at}");
                let (range, expected) = (interval(at, last), model.overlapping((at, last)));
                assert_eq!(self.overlapping(range).map(plain).collect::<Vec<_>>(), expected);
                assert!(
                    self.overlapping(range).rev().map(plain).eq(expected.iter().rev().copied())
                );
                assert_eq!(self.count(range), expected.len());
            }

            fn assert_valid(&self) {
                assert!(self.check().is_ok(), "all invariants hold");
            }

            fn assert_snapshot_valid(snapshot: &Self::Snapshot) {
                assert!(snapshot.check().is_ok(), "all invariants of a snapshot hold");
                assert!((**snapshot).clone().check().is_ok(), "a clone has what is not shared");
            }
        }
    };
}

subject!(IntervalBTree, Snapshot, false);
subject!(RangeMap, RangeMapSnapshot, true);

/// Runs a history of one kind; after each step the subject and each snapshot answer as their models.
fn history<S: Subject>(steps: &[Step]) {
    let mut subject = S::default();
    let mut model = Model::new(S::IS_MAP);
    let mut snapshots: Vec<(S::Snapshot, Model)> = Vec::new();
    let compare_all = |snapshots: &[(S::Snapshot, Model)], at, last| {
        for (snapshot, saved) in snapshots {
            snapshot.compare(saved, at, last);
            S::assert_snapshot_valid(snapshot);
        }
    };
    for Step(op, at, last) in steps {
        match *op {
            Op::Snapshot => {
                if snapshots.len() == SNAPSHOTS {
                    snapshots.remove(0);
                }
                snapshots.push((subject.save(), model.clone()));
            }
            Op::DropSnapshot(which) | Op::CloneSnapshot(which) | Op::Restore(which) => {
                let Some(which) = nth(which.into(), snapshots.len()) else { continue };
                if let Op::DropSnapshot(_) = op {
                    snapshots.swap_remove(which);
                } else if let Op::Restore(_) = op {
                    let (snapshot, saved) = &snapshots[which];
                    (subject, model) = (S::clone(snapshot), saved.clone());
                } else if snapshots.len() < SNAPSHOTS {
                    snapshots.push(snapshots[which].clone());
                }
            }
            _ => {
                let found = subject.change(op, &model);
                assert_eq!(found, model.change(op), "{op:?}");
            }
        }
        subject.compare(&model, *at, *last);
        subject.assert_valid();
        compare_all(&snapshots, *at, *last);
    }
    drop(subject);
    while !snapshots.is_empty() {
        compare_all(&snapshots, 0, u8::MAX);
        snapshots.remove(0);
    }
}

/// Runs a history of an index, and one of a map.
pub fn run(steps: &[Step]) {
    history::<IntervalBTree<u8, u8>>(steps);
    history::<RangeMap<u8, u8>>(steps);
}

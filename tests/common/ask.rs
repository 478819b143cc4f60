//! Either index beside the model: changes of both, and every question put to both.

use std::fmt::Debug;
use std::ops::Bound::Included;

use stabtree::{Discrete, Handle, Interval};

use super::ends::{End, Point, interval};
use super::index::{Found, Index};
use super::model::{Entry, Model, Query, holds};

/// An index, its model, and every handle that was given out: `issued[id]`. The value of an entry is
/// its id.
#[derive(Clone, Debug)]
pub struct Pair<I, T> {
    pub index: I,
    pub model: Model<T>,
    pub issued: Vec<Handle>,
}

/// A change of both. Places are taken modulo the number of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Change {
    Insert(Point, Point),
    InsertAfter(u8, Point),
    Remove(u8),
    SetInterval(u8, Point, Point),
    /// So many insertions modulo 80, the points being those of bytes `step` apart.
    Fill {
        from: u8,
        step: u8,
        longer: u8,
        n: u8,
    },
    /// So many removals at one place.
    Drain {
        place: u8,
        n: u8,
    },
}

fn bounds<T: Clone>(interval: &Interval<T>) -> Query<T> {
    (Included(interval.start().clone()), Included(interval.last().clone()))
}

fn same<T: Copy + Debug + PartialEq>(
    what: impl Debug,
    found: impl Iterator<Item = Found<T>>,
    expected: impl Iterator<Item = Found<T>>,
) {
    let (found, expected): (Vec<_>, Vec<_>) = (found.collect(), expected.collect());
    assert_eq!(found, expected, "{what:?}");
}

impl<I: Index<T>, T: Discrete + Copy + Debug + 'static> Default for Pair<I, T> {
    fn default() -> Self {
        Self { index: I::default(), model: Model::new(), issued: Vec::new() }
    }
}

impl<I: Index<T>, T: Discrete + Copy + Debug + 'static> Pair<I, T> {
    fn newborn(&self, interval: Interval<T>) -> (Entry<T>, u32) {
        let (id, (start, last)) = (self.issued.len(), interval.into_bounds());
        let value = u32::try_from(id).expect("few entries");
        (Entry { start, last, id, value }, value)
    }

    pub fn insert(&mut self, interval: Interval<T>) {
        let (entry, value) = self.newborn(interval);
        self.issued.push(self.index.insert(interval, value));
        self.model.insert(entry);
    }

    /// Inserts behind the entry at `place`, with its start.
    pub fn insert_after(&mut self, place: usize, last: T) {
        let Entry { start, id, .. } = self.model.entries[place];
        let interval = Interval::new(start, last.max(start));
        let (entry, value) = self.newborn(interval);
        let handle = self.index.insert_after(self.issued[id], interval, value);
        self.issued.push(handle.expect("alive, and the same start"));
        self.model.insert_after(place, entry);
    }

    pub fn remove(&mut self, place: usize) {
        let entry = self.model.entries.remove(place);
        let handle = self.issued[entry.id];
        assert_eq!(self.index.remove(handle), Some((entry_interval(&entry), entry.value)));
        assert_eq!(self.index.remove(handle), None, "removed twice");
    }

    pub fn set_interval(&mut self, place: usize, to: Interval<T>) {
        let entry = self.model.entries.remove(place);
        let former = self.index.set_interval(self.issued[entry.id], to);
        assert_eq!(former, Some(entry_interval(&entry)));
        let (start, last) = to.into_bounds();
        self.model.insert(Entry { start, last, ..entry });
    }

    fn found(&self, entry: &Entry<T>) -> Found<T> {
        (self.issued[entry.id], entry_interval(entry), entry.value)
    }

    /// The laws, the order, and every handle.
    pub fn compare(&self) {
        assert_eq!(self.index.check(), Ok(self.model.entries.len()));
        let all = || self.model.entries.iter().map(|entry| self.found(entry));
        assert!(self.index.iter().eq(all()), "{:?} in order", self.index);
        let mut entries = vec![None; self.issued.len()];
        for entry in &self.model.entries {
            entries[entry.id] = Some((entry_interval(entry), entry.value));
        }
        for (id, expected) in entries.into_iter().enumerate() {
            assert_eq!(self.index.entry(self.issued[id]), expected, "the handle of {id}");
        }
    }

    /// The questions without an argument, and those about one value.
    pub fn ask_about(&self, at: T) {
        let Self { index, model, .. } = self;
        same("reversed", index.iter().rev(), model.entries.iter().rev().map(|e| self.found(e)));
        let hull = index.hull();
        assert_eq!(hull.as_ref().map(|hull| (hull.start(), hull.last())), model.hull());
        let hits = model.overlapping(&(Included(at), Included(at)));
        same(("stab", at), index.stab(at), hits.into_iter().map(|e| self.found(e)));
        let expected = [model.nearest_before(&at), model.nearest_after(&at)];
        let expected = expected.map(|entry| entry.map(|e| (entry_interval(e), e.value)));
        assert_eq!(index.nearest(at), expected, "nearest to {at:?}");
    }

    /// All entries of one interval, and all that contain it.
    pub fn ask_exact(&self, to: Interval<T>) {
        let expected = || {
            let equal = self.model.entries.iter().filter(move |e| entry_interval(e) == to);
            equal.map(|entry| self.found(entry))
        };
        same(("exact", to), self.index.exact(to), expected());
        same(("exact", to), self.index.exact(to).rev(), expected().rev());
        let covering = self.model.entries.iter().filter(|entry| entry.covers(&to));
        same(("covering", to), self.index.covering(to), covering.map(|entry| self.found(entry)));
    }

    /// Every question about a query.
    pub fn ask(&self, query: Query<T>) {
        let Self { index, model, issued } = self;
        let hits = model.overlapping(&query);
        let expected = hits.iter().map(|entry| self.found(entry));
        same(("overlapping", query), index.overlapping(query), expected);
        assert_eq!(index.overlaps(query), !hits.is_empty(), "{query:?}");
        assert_eq!(index.count_overlapping(query), hits.len(), "{query:?}");
        let first = hits.first().map(|entry| (entry_interval(entry), entry.value));
        assert_eq!(index.first_overlapping(query), first, "{query:?}");

        let mut hits = hits.into_iter().peekable();
        assert_eq!(
            index.first_overlapping_handle(query),
            hits.peek().map(|entry| issued[entry.id])
        );
        for entry in &model.entries {
            // From every entry, be it a hit or not.
            hits.next_if(|hit| hit.id == entry.id);
            let next = index.next_overlapping_handle(issued[entry.id], query);
            assert_eq!(next, hits.peek().map(|hit| issued[hit.id]), "{query:?} after {entry:?}");
        }

        let of = |keep: &dyn Fn(&Entry<T>) -> bool| {
            model.filter(keep).into_iter().map(|entry| self.found(entry)).collect::<Vec<_>>()
        };
        let range = of(&|entry| holds(&query, &entry.start));
        same(("range", query), index.range(query), range.iter().copied());
        same(("range", query), index.range(query).rev(), range.into_iter().rev());
        let within = of(&|entry| holds(&query, &entry.start) && holds(&query, &entry.last));
        same(("within", query), index.within(query), within.iter().copied());
        same(("within", query), index.within(query).rev(), within.into_iter().rev());
    }

    /// Every pair with the entries of `other` that overlap, once.
    pub fn ask_join(&self, other: &Self) {
        let mut found = self.index.join(&other.index);
        let mut expected = Vec::new();
        for a in &self.model.entries {
            let hits = other.model.overlapping(&bounds(&entry_interval(a)));
            expected.extend(hits.into_iter().map(|b| (a.value, b.value)));
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "join");
    }
}

impl<I: Index<T>, T: Discrete + Copy + End> Pair<I, T> {
    /// A pair after the changes.
    pub fn changed(changes: &[Change]) -> Self {
        let mut pair = Self::default();
        for change in changes {
            pair.change(*change);
        }
        pair
    }

    pub fn change(&mut self, change: Change) {
        let place = |place: u8, len| usize::from(place).checked_rem(len);
        let len = self.model.entries.len();
        match change {
            Change::Insert(a, b) => self.insert(interval(a, b)),
            Change::InsertAfter(at, last) => {
                if let Some(at) = place(at, len) {
                    self.insert_after(at, T::end(last));
                }
            }
            Change::Remove(at) => {
                if let Some(at) = place(at, len) {
                    self.remove(at);
                }
            }
            Change::SetInterval(at, a, b) => {
                if let Some(at) = place(at, len) {
                    self.set_interval(at, interval(a, b));
                }
            }
            Change::Fill { from, step, longer, n } => {
                let bytes = (0..n % 80).map(|i| from.wrapping_add(i.wrapping_mul(step)));
                for byte in bytes {
                    let ends = [byte, byte.saturating_add(longer)].map(Point::from_byte);
                    self.insert(interval(ends[0], ends[1]));
                }
            }
            Change::Drain { place: at, n } => {
                for _ in 0..n {
                    let Some(at) = place(at, self.model.entries.len()) else { break };
                    self.remove(at);
                }
            }
        }
    }
}

fn entry_interval<T: Ord + Copy + Debug>(entry: &Entry<T>) -> Interval<T> {
    Interval::new(entry.start, entry.last)
}

//! What races for the targets: both of ours with ends of 32 and of 64 bits, `superintervals` and
//! `BTreeMap`.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};
use superintervals::IntervalMap;

use crate::race::Racer;
use crate::workloads::{Entry, Found, Query};

pub(super) type Super = IntervalMap<u32>;

/// Ends of an interval.
pub(super) trait End: Copy + Debug + Ord + Into<u64> {
    fn of(at: u64) -> Self;
}

impl End for u32 {
    #[inline]
    fn of(at: u64) -> Self {
        Self::try_from(at).expect("all populations fit into 31 bits")
    }
}

impl End for u64 {
    #[inline]
    fn of(at: u64) -> Self {
        at
    }
}

#[inline]
pub(super) fn signed(at: u64) -> i32 {
    i32::try_from(at).expect("all populations fit into 31 bits")
}

#[inline]
pub(super) fn pair<E: End>(entry: &Entry) -> (Interval<E>, u32) {
    (Interval::new(E::of(entry.start), E::of(entry.last)), entry.value)
}

#[inline]
pub(super) fn hit<E: End>((interval, value): (Interval<E>, &u32)) -> (u64, u64, u32) {
    ((*interval.start()).into(), (*interval.last()).into(), *value)
}

#[inline]
pub(super) fn super_hit(hit: &superintervals::Interval<u32>) -> (u64, u64, u32) {
    (hit.start.unsigned_abs().into(), hit.end.unsigned_abs().into(), hit.data)
}

/// Queries as ranges of the index's ends.
#[inline]
pub(super) fn range<E: End>(query: Query) -> std::ops::RangeInclusive<E> {
    E::of(query.start)..=E::of(query.last)
}

#[inline]
pub(super) fn add(read: &mut Found, (start, last, value): (u64, u64, u32)) {
    read.add(start, last, value);
}

/// Hits that were not read.
#[inline]
pub(super) fn counted(hits: u64) -> Found {
    Found { hits, sum: 0 }
}

/// Asks for hits one by one, in a `for` loop.
pub(super) fn each<'a, H: Iterator<Item = (u64, u64, u32)>>(
    hits: impl Fn(Query) -> H + 'a,
) -> Box<dyn Racer<Query> + 'a> {
    Box::new(move |queries: &[Query]| {
        let mut read = Found::default();
        for query in queries {
            for hit in hits(*query) {
                add(&mut read, hit);
            }
        }
        read
    })
}

/// Asks for all hits of a query at once, by `for_each`.
pub(super) fn fold<'a, H: Iterator<Item = (u64, u64, u32)>>(
    hits: impl Fn(Query) -> H + 'a,
) -> Box<dyn Racer<Query> + 'a> {
    Box::new(move |queries: &[Query]| {
        let mut read = Found::default();
        for query in queries {
            hits(*query).for_each(|hit| add(&mut read, hit));
        }
        read
    })
}

/// Walks over all entries in a `for` loop.
pub(super) fn walk<'a, H: Iterator<Item = (u64, u64, u32)>>(
    all: impl Fn() -> H + 'a,
) -> Box<dyn Racer<Entry> + 'a> {
    Box::new(move |_: &[Entry]| {
        let mut read = Found::default();
        for hit in all() {
            add(&mut read, hit);
        }
        read
    })
}

/// Counts what many queries find.
pub(super) fn count<'a>(mut count: impl FnMut(&[Query]) -> u64 + 'a) -> Box<dyn Racer<Query> + 'a> {
    Box::new(move |queries: &[Query]| counted(count(queries)))
}

/// An index that entries go into and out of.
pub(super) trait Dynamic {
    type Key: Copy;

    fn new() -> Self;
    fn insert(&mut self, entry: &Entry) -> Self::Key;
    fn remove(&mut self, key: Self::Key) -> bool;
}

macro_rules! dynamic {
    ($index:ident) => {
        impl<E: End> Dynamic for $index<E, u32> {
            type Key = Handle;

            fn new() -> Self {
                Self::new()
            }

            fn insert(&mut self, entry: &Entry) -> Handle {
                let (interval, value) = pair(entry);
                self.insert(interval, value)
            }

            fn remove(&mut self, handle: Handle) -> bool {
                self.remove(handle).is_some()
            }
        }
    };
}

dynamic!(IntervalBTree);
dynamic!(IntervalRbTree);

/// By start and value, so that equal starts and equal intervals can be held.
pub(super) type Map<E> = BTreeMap<(E, u32), E>;

#[inline]
pub(super) fn map_hit<E: End>((key, last): (&(E, u32), &E)) -> (u64, u64, u32) {
    (key.0.into(), (*last).into(), key.1)
}

impl<E: End> Dynamic for Map<E> {
    type Key = (E, u32);

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, entry: &Entry) -> Self::Key {
        let key = (E::of(entry.start), entry.value);
        self.insert(key, E::of(entry.last));
        key
    }

    fn remove(&mut self, key: Self::Key) -> bool {
        self.remove(&key).is_some()
    }
}

pub(super) fn grown<D: Dynamic>(entries: &[Entry]) -> D {
    let mut index = D::new();
    for entry in entries {
        index.insert(entry);
    }
    index
}

/// Inserts all entries into an index that begins empty.
pub(super) struct Growing<D>(D);

impl<D: Dynamic> Growing<D> {
    pub(super) fn new() -> Self {
        Self(D::new())
    }
}

impl<D: Dynamic> Racer<Entry> for Growing<D> {
    fn prepare(&mut self, number: usize, _: &[Entry]) {
        if number == 0 {
            self.0 = D::new();
        }
    }

    fn go(&mut self, entries: &[Entry]) -> Found {
        for entry in entries {
            self.0.insert(entry);
        }
        counted(entries.len() as u64)
    }
}

/// Builds an index of all entries at once.
pub(super) struct Building<B, F> {
    built: Option<B>,
    build: F,
}

impl<B, F: FnMut(&[Entry]) -> B> Building<B, F> {
    pub(super) fn new(build: F) -> Self {
        Self { built: None, build }
    }
}

impl<B, F: FnMut(&[Entry]) -> B> Racer<Entry> for Building<B, F> {
    fn prepare(&mut self, _: usize, _: &[Entry]) {
        self.built = None;
    }

    fn go(&mut self, entries: &[Entry]) -> Found {
        self.built = Some((self.build)(entries));
        counted(entries.len() as u64)
    }
}

/// Removes the entries in the given slots, and inserts others in their place.
pub(super) struct Churning<D: Dynamic> {
    index: D,
    live: Vec<(Entry, D::Key)>,
    spare: VecDeque<Entry>,
    leaving: Vec<D::Key>,
    coming: Vec<Entry>,
    slots: Vec<usize>,
    made: Vec<D::Key>,
}

impl<D: Dynamic> Churning<D> {
    pub(super) fn new(entries: &[Entry], spare: &[Entry]) -> Self {
        let mut index = D::new();
        let live = entries.iter().map(|entry| (*entry, index.insert(entry))).collect();
        Self {
            index,
            live,
            spare: spare.iter().copied().collect(),
            leaving: Vec::new(),
            coming: Vec::new(),
            slots: Vec::new(),
            made: Vec::new(),
        }
    }
}

impl<D: Dynamic> Racer<usize> for Churning<D> {
    fn prepare(&mut self, _: usize, slots: &[usize]) {
        let made = self.slots.drain(..).zip(self.coming.drain(..)).zip(self.made.drain(..));
        for ((slot, entry), key) in made {
            self.live[slot] = (entry, key);
        }
        self.slots.extend(slots);
        self.coming.extend(self.spare.drain(..slots.len()));
        self.leaving.clear();
        for slot in slots {
            let (entry, key) = self.live[*slot];
            self.leaving.push(key);
            self.spare.push_back(entry);
        }
    }

    fn go(&mut self, _: &[usize]) -> Found {
        let mut hits = 0;
        for (key, entry) in self.leaving.iter().zip(&self.coming) {
            hits += u64::from(self.index.remove(*key));
            self.made.push(self.index.insert(entry));
        }
        counted(hits)
    }
}

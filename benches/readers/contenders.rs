//! What readers and a writer share: the index of this crate in three ways, and two maps by start.
//!
//! Entries are disjoint, so that a map by start answers the same question.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crossbeam_skiplist::SkipMap;
use stabtree::sync::{Publisher, Reader};
use stabtree::{Interval, IntervalBTree, Snapshot};

use crate::measure::random;

/// Distance between two starts, of which the first half is covered.
pub(crate) const STEP: u64 = 16;

type Index = IntervalBTree<u64, u64>;

fn entry(number: u64) -> Interval<u64> {
    Interval::new(number * STEP, number * STEP + STEP / 2 - 1)
}

/// Something that is read by many threads while one changes it.
pub(crate) trait Contender: Sized {
    const NAME: &str;
    type Reader: Send;

    fn new(n: u64) -> Self;

    fn reader(&self) -> Self::Reader;

    /// The value of the entry that contains the point.
    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64>;

    /// Removes an entry and inserts it again; returns how long it took to publish that, if a change
    /// is published apart.
    fn write(&mut self, number: u64, value: u64) -> Option<Duration>;
}

/// All numbers below `n` in random order: what is filled with them has the shape that writes leave, and not
/// that of sorted entries, which is read faster.
fn shuffled(n: u64) -> Vec<u64> {
    let mut numbers: Vec<_> = (0..n).collect();
    let mut state = 5;
    for at in (1..numbers.len()).rev() {
        let other = random(&mut state) % (at as u64 + 1);
        numbers.swap(at, usize::try_from(other).expect("a position"));
    }
    numbers
}

fn grown(n: u64) -> Index {
    let mut index = Index::new();
    for number in shuffled(n) {
        index.insert(entry(number), 0);
    }
    index
}

fn replace(index: &mut Index, number: u64, value: u64) {
    let handle = index.stab(number * STEP).with_handles().next().map(|(handle, ..)| handle);
    index.remove(handle.expect("an entry"));
    index.insert(entry(number), value);
}

pub(crate) struct Locked(Arc<RwLock<Index>>);

impl Contender for Locked {
    const NAME: &str = "RwLock<IntervalBTree>";
    type Reader = Arc<RwLock<Index>>;

    fn new(n: u64) -> Self {
        Self(Arc::new(RwLock::new(grown(n))))
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.0)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let index = reader.read().unwrap_or_else(PoisonError::into_inner);
        index.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        replace(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), number, value);
        None
    }
}

pub(crate) struct Cloned {
    index: Index,
    newest: Arc<RwLock<Arc<Index>>>,
}

impl Contender for Cloned {
    const NAME: &str = "published clones";
    type Reader = Arc<RwLock<Arc<Index>>>;

    fn new(n: u64) -> Self {
        let index = grown(n);
        let newest = Arc::new(RwLock::new(Arc::new(index.clone())));
        Self { index, newest }
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.newest)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let index = Arc::clone(&reader.read().unwrap_or_else(PoisonError::into_inner));
        index.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        replace(&mut self.index, number, value);
        let began = Instant::now();
        let clone = Arc::new(self.index.clone());
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        let former = std::mem::replace(&mut *newest, clone);
        drop(newest);
        drop(former);
        Some(began.elapsed())
    }
}

pub(crate) struct Published(Publisher<Index>);

impl Contender for Published {
    const NAME: &str = "sync";
    type Reader = Reader<Index>;

    fn new(n: u64) -> Self {
        Self(Publisher::new(grown(n)))
    }

    fn reader(&self) -> Self::Reader {
        self.0.reader()
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        reader.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        self.0.update(|index| replace(index, number, value));
        let began = Instant::now();
        self.0.publish();
        Some(began.elapsed())
    }
}

/// As [`Published`], by readers that look for a newer state before each 1,000 reads only.
pub(crate) struct Held(Published);

pub(crate) struct HoldingReader {
    states: Reader<Index>,
    state: Snapshot<u64, u64>,
    left: u32,
}

impl Contender for Held {
    const NAME: &str = "sync: 1000 reads a state";
    type Reader = HoldingReader;

    fn new(n: u64) -> Self {
        Self(Published::new(n))
    }

    fn reader(&self) -> HoldingReader {
        let mut states = self.0.reader();
        HoldingReader { state: states.snapshot(), states, left: 1_000 }
    }

    fn read(reader: &mut HoldingReader, at: u64) -> Option<u64> {
        if reader.left == 0 {
            (reader.state, reader.left) = (reader.states.snapshot(), 1_000);
        }
        reader.left -= 1;
        reader.state.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        self.0.write(number, value)
    }
}

/// Nothing shared: readers read a snapshot, and the writer changes another index. What is lost here is what
/// the machine takes from a core while another one works.
pub(crate) struct Separate {
    read: Snapshot<u64, u64>,
    written: Index,
}

impl Contender for Separate {
    const NAME: &str = "nothing shared";
    type Reader = Snapshot<u64, u64>;

    fn new(n: u64) -> Self {
        Self { read: grown(n).snapshot(), written: grown(n) }
    }

    fn reader(&self) -> Self::Reader {
        self.read.clone()
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        reader.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        replace(&mut self.written, number, value);
        None
    }
}

pub(crate) struct LockedMap(Arc<RwLock<BTreeMap<u64, (u64, u64)>>>);

impl Contender for LockedMap {
    const NAME: &str = "RwLock<BTreeMap>";
    type Reader = Arc<RwLock<BTreeMap<u64, (u64, u64)>>>;

    fn new(n: u64) -> Self {
        let mut map = BTreeMap::new();
        for number in shuffled(n) {
            let (start, last) = entry(number).into_bounds();
            map.insert(start, (last, 0));
        }
        Self(Arc::new(RwLock::new(map)))
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.0)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let map = reader.read().unwrap_or_else(PoisonError::into_inner);
        let (_, (last, value)) = map.range(..=at).next_back()?;
        (at <= *last).then_some(*value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (start, last) = entry(number).into_bounds();
        map.remove(&start);
        map.insert(start, (last, value));
        None
    }
}

pub(crate) struct Skip(Arc<SkipMap<u64, (u64, u64)>>);

impl Contender for Skip {
    const NAME: &str = "crossbeam-skiplist";
    type Reader = Arc<SkipMap<u64, (u64, u64)>>;

    fn new(n: u64) -> Self {
        let map = SkipMap::new();
        for number in shuffled(n) {
            let (start, last) = entry(number).into_bounds();
            map.insert(start, (last, 0));
        }
        Self(Arc::new(map))
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.0)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let found = reader.upper_bound(Bound::Included(&at))?;
        let (last, value) = *found.value();
        (at <= last).then_some(value)
    }

    fn write(&mut self, number: u64, value: u64) -> Option<Duration> {
        let (start, last) = entry(number).into_bounds();
        self.0.remove(&start);
        self.0.insert(start, (last, value));
        None
    }
}

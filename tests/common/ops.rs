//! Operations on a tree and on its model side by side, shared by the quickcheck tests and the
//! fuzz targets.
//!
//! [`World::step`] performs one operation on both, then puts every question to both. It panics
//! where they disagree.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::ops::Bound::{self, Included};

use stabtree::tree::InsertAfterReason;
use stabtree::{Handle, Interval, IntervalTree};

use super::model::{Entry, Model};
use super::reference_rb::Shown;

/// A value of a small world: 64 values that collide, and the ends of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    Min,
    AfterMin,
    At(u8),
    BeforeMax,
    Max,
}

/// Number of the points `Point::At(0..)`.
pub const POINTS: u8 = 64;

impl Point {
    /// Spreads a byte over the points, three in ten of them at the ends of the type.
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0..=18 => Self::Min,
            19..=37 => Self::AfterMin,
            38..=56 => Self::BeforeMax,
            57..=75 => Self::Max,
            76.. => Self::At((byte - 76) % POINTS),
        }
    }
}

#[cfg(fuzzing)]
impl arbitrary::Arbitrary<'_> for Point {
    fn arbitrary(bytes: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        bytes.arbitrary().map(Self::from_byte)
    }
}

/// A type of ends, with a value for each [`Point`], never decreasing save among its first points.
pub trait End: Ord + Clone + Debug {
    fn end(point: Point) -> Self;
}

macro_rules! integer_ends {
    ($($int:ty: $zero:expr),*) => {$(
        impl End for $int {
            fn end(point: Point) -> Self {
                match point {
                    Point::Min => Self::MIN,
                    Point::AfterMin => Self::MIN + 1,
                    Point::At(at) => $zero + Self::from(at),
                    Point::BeforeMax => Self::MAX - 1,
                    Point::Max => Self::MAX,
                }
            }
        }
    )*};
}

// The points of u8 lie beside both its ends, those of i64 about zero, those of u128 where the
// upper half of its bits changes.
integer_ends!(u8: 191, i64: -32, u64: 0, u128: (1 << 64) - 32);

impl End for String {
    fn end(point: Point) -> Self {
        match point {
            Point::Min => Self::new(),
            Point::AfterMin => "\0".into(),
            Point::At(at) => "a".repeat(1 + usize::from(at)),
            Point::BeforeMax => "\u{10ffff}".into(),
            Point::Max => "\u{10ffff}\u{10ffff}".into(),
        }
    }
}

impl End for (u8, i8) {
    fn end(point: Point) -> Self {
        match point {
            Point::Min => (0, i8::MIN),
            Point::AfterMin => (0, i8::MIN + 1),
            Point::At(at) => (at / 8, i8::from_ne_bytes([at % 8]) - 4),
            Point::BeforeMax => (u8::MAX, i8::MAX - 1),
            Point::Max => (u8::MAX, i8::MAX),
        }
    }
}

/// Which entry an operation is about. The number is taken modulo the number of candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Who {
    /// The n-th entry in order.
    Live(u8),
    /// The n-th entry in order of birth, be it alive or not.
    Ever(u8),
}

/// A change of the tree. Two points stand for the interval between them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert(Point, Point),
    TryInsert(Point, Point),
    InsertAfter(Who, Point, Point),
    /// `insert_after` with the start of the entry it goes behind.
    InsertTwin(Who, Point),
    Remove(Who),
    SetInterval(Who, Point, Point),
    GetMut(Who),
    Extend(Vec<(Point, Point)>),
    Clear,
    /// Goes on with a clone of the tree; the handles are those of the original.
    CloneTree,
    Reserve(u8),
    ShrinkToFit,
}

/// An operation, and the query that is put to tree and model after it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub struct Step(pub Op, pub Bound<Point>, pub Bound<Point>);

impl Debug for Step {
    /// Prints the step as Rust.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Step(Op::{:?}, {:?}, {:?})", self.0, self.1, self.2)
    }
}

/// What an operation did, for a model of another kind.
#[derive(Clone, Debug)]
pub enum Effect<T> {
    Inserted { id: usize, start: T, last: T },
    InsertedAfter { previous: usize, id: usize, start: T, last: T },
    Removed { id: usize },
    Moved { id: usize, start: T, last: T },
    Cleared,
}

/// A tree, its model, and every handle that was ever given out: `issued[id]`.
#[derive(Debug)]
pub struct World<T> {
    pub tree: IntervalTree<T, u32>,
    pub model: Model<T>,
    pub issued: Vec<Handle>,
    steps: usize,
}

fn interval<T: End>(a: Point, b: Point) -> Interval<T> {
    let (a, b) = (T::end(a), T::end(b));
    let (start, last) = if b < a { (b, a) } else { (a, b) };
    Interval::try_new(start, last).expect("ends in order")
}

impl<T: End> World<T> {
    pub const fn new() -> Self {
        Self { tree: IntervalTree::new(), model: Model::new(), issued: Vec::new(), steps: 0 }
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
        self.steps += 1;
        self.compare_whole();
        self.compare_handles();
        self.compare_query(&(lower.map(T::end), upper.map(T::end)));
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
        let id = self.issued.len();
        let value = u32::try_from(id).expect("few entries");
        Entry { start: interval.start().clone(), last: interval.last().clone(), id, value }
    }

    fn inserted(&mut self, entry: Entry<T>, handle: Handle) -> Effect<T> {
        let Entry { start, last, id, .. } = entry.clone();
        self.issued.push(handle);
        self.model.insert(entry);
        Effect::Inserted { id, start, last }
    }

    /// Performs the operation on both and compares what it returns.
    pub fn apply(&mut self, op: &Op) -> Vec<Effect<T>> {
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
                let handle = self.tree.try_insert(interval, entry.value).expect("room");
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
            Op::Remove(who) => {
                let Some(id) = self.who(*who) else { return vec![] };
                let expected = self.model.remove(id).map(|entry| (entry.interval(), entry.value));
                let effects = expected.iter().map(|_| Effect::Removed { id }).collect();
                assert_eq!(self.tree.remove(self.issued[id]), expected, "remove");
                assert_eq!(self.tree.remove(self.issued[id]), None, "remove twice");
                effects
            }
            Op::SetInterval(who, a, b) => {
                let Some(id) = self.who(*who) else { return vec![] };
                let interval: Interval<T> = interval(*a, *b);
                let removed = self.model.remove(id);
                let expected = removed.as_ref().map(Entry::interval);
                let former = self.tree.set_interval(self.issued[id], interval.clone());
                assert_eq!(former, expected, "set_interval");
                let Some(entry) = removed else { return vec![] };
                let (start, last) = interval.into_bounds();
                self.model.insert(Entry { start: start.clone(), last: last.clone(), ..entry });
                vec![Effect::Moved { id, start, last }]
            }
            Op::GetMut(who) => {
                let Some(id) = self.who(*who) else { return vec![] };
                let value = self.tree.get_mut(self.issued[id]);
                let at = self.model.position(id);
                let expected = at.map(|at| &mut self.model.entries[at].value);
                assert_eq!(value, expected, "get_mut");
                if let (Some(value), Some(expected)) = (value, expected) {
                    *value += 1_000_000;
                    *expected += 1_000_000;
                }
                vec![]
            }
            Op::Extend(pairs) => {
                let intervals: Vec<_> = pairs.iter().map(|(a, b)| interval(*a, *b)).collect();
                let mut values = (self.issued.len()..).map(|id| u32::try_from(id).expect("few"));
                self.tree.extend(intervals.iter().cloned().zip(&mut values));
                intervals.iter().map(|interval| self.extended(interval)).collect()
            }
            Op::Clear => {
                self.tree.clear();
                self.model.entries.clear();
                vec![Effect::Cleared]
            }
            Op::CloneTree => {
                self.tree = self.tree.clone();
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
                let Entry { start, last, id, .. } = entry.clone();
                self.model.insert_after(at, entry);
                vec![Effect::InsertedAfter { previous, id, start, last }]
            }
            (Err(error), Err(reason)) => {
                assert_eq!(error.reason, reason);
                assert_eq!((error.interval, error.value), (interval, entry.value));
                vec![]
            }
            (found, expected) => panic!("insert_after gave {found:?}, not {expected:?}"),
        }
    }

    /// Notes an entry whose handle was not handed out: it is found by its value.
    fn extended(&mut self, interval: &Interval<T>) -> Effect<T> {
        let entry = self.newborn(interval);
        let mut found = self.tree.iter().with_handles().filter(|(.., v)| **v == entry.value);
        let (handle, ..) = found.next().expect("an entry that was just added");
        self.inserted(entry, handle)
    }

    /// Everything that can be asked without an argument.
    fn compare_whole(&self) {
        let Self { tree, model, .. } = self;
        let summary = tree.check().expect("a legal tree");
        let len = model.entries.len();
        assert_eq!((summary.len, tree.len(), tree.is_empty()), (len, len, len == 0));
        assert!(summary.height <= 2 * (len + 1).ilog2() as usize, "{summary:?}");

        assert_eq!(tree.hull().as_ref().map(|hull| (hull.start(), hull.last())), model.hull());
        assert!(tree.iter().eq(tree), "iter is IntoIterator of a reference");
        assert!(tree.values().eq(model.entries.iter().map(|entry| &entry.value)), "values");
        assert!(tree.values().rev().eq(model.entries.iter().rev().map(|entry| &entry.value)));
        assert!(tree.intervals().cloned().eq(model.entries.iter().map(Entry::interval)));
        let handles = tree.iter().with_handles().map(|(handle, ..)| handle);
        assert!(handles.eq(model.entries.iter().map(|entry| self.issued[entry.id])), "handles");
        self.compare_both_ends();
    }

    /// Takes from the iterator and from the list, from the same sides, until both are empty.
    fn compare_both_ends(&self) {
        let (mut found, mut expected) = (self.tree.iter(), self.model.entries.iter());
        for turn in 0.. {
            assert_eq!(found.len(), expected.len(), "length of iter");
            let (found, expected) = if (turn * self.steps).is_multiple_of(3) {
                (found.next(), expected.next())
            } else {
                (found.next_back(), expected.next_back())
            };
            assert!(Entry::is(expected, found), "iter gave {found:?}, not {expected:?}");
            if expected.is_none() {
                break;
            }
        }
        assert_eq!((found.next(), found.next_back()), (None, None), "iter is fused");
    }

    /// Every handle that was ever given out finds its own entry or nothing.
    fn compare_handles(&self) {
        let mut entries: Vec<_> = self.issued.iter().map(|_| None).collect();
        for entry in &self.model.entries {
            entries[entry.id] = Some(entry);
        }
        for (&handle, expected) in self.issued.iter().zip(entries) {
            let (value, interval) = (self.tree.get(handle), self.tree.interval(handle));
            assert!(Entry::is(expected, interval.zip(value)), "{expected:?} is {interval:?}");
            assert_eq!(value.is_some(), interval.is_some());
            assert_eq!(self.tree.contains(handle), expected.is_some());
            if let Some(expected) = expected {
                assert_eq!(self.tree[handle], expected.value);
            }
        }
    }

    /// Everything that can be asked about one query.
    fn compare_query(&self, query: &(Bound<T>, Bound<T>)) {
        let Self { tree, .. } = self;
        let expected = self.model.overlapping(query);
        self.compare_hits(query, &expected);
        assert_eq!(tree.count_overlapping(query.clone()), expected.len(), "{query:?}");
        assert_eq!(tree.overlaps(query.clone()), !expected.is_empty(), "{query:?}");
        let first = expected.first().copied();
        assert!(Entry::is(first, tree.first_overlapping(query.clone())), "{query:?}");

        // The kernel's own way of iterating.
        let mut at = tree.first_overlap(query.clone());
        for entry in &expected {
            assert_eq!(at, Some(self.issued[entry.id]), "{query:?}");
            at = tree.next_overlap(self.issued[entry.id], query.clone());
        }
        assert_eq!(at, None, "{query:?}");
        self.compare_next_overlap(query);

        for end in [&query.0, &query.1] {
            if let Included(at) | Bound::Excluded(at) = end {
                let expected =
                    self.model.overlapping(&(Included(at.clone()), Included(at.clone())));
                let found = tree.stab(at.clone());
                assert!(
                    found.map(|(_, value)| value).eq(expected.iter().map(|e| &e.value)),
                    "{at:?}"
                );
            }
        }
        if let (Included(start), Included(last)) = query
            && let Ok(interval) = Interval::try_new(start.clone(), last.clone())
        {
            assert_eq!(tree.count_overlapping(&interval), expected.len(), "{interval:?}");
            assert_eq!(tree.count_overlapping(interval), expected.len());
        }
    }

    fn compare_hits(&self, query: &(Bound<T>, Bound<T>), expected: &[&Entry<T>]) {
        let mut hits = self.tree.overlapping(query.clone());
        for entry in expected {
            assert!(hits.size_hint().1.is_some_and(|most| most >= 1), "{query:?}");
            let found = hits.next();
            assert!(Entry::is(Some(entry), found), "{query:?} gave {found:?}, not {entry:?}");
        }
        assert_eq!((hits.next(), hits.next()), (None, None), "{query:?}");
        let handles = self.tree.overlapping(query.clone()).with_handles().map(|(h, ..)| h);
        assert!(handles.eq(expected.iter().map(|entry| self.issued[entry.id])), "{query:?}");
    }

    /// `next_overlap` from an entry that need not overlap the query, nor be alive.
    fn compare_next_overlap(&self, query: &(Bound<T>, Bound<T>)) {
        let Some(id) = self.steps.checked_rem(self.issued.len()) else { return };
        let expected = self
            .model
            .position(id)
            .and_then(|at| self.model.entries[at + 1..].iter().find(|entry| entry.overlaps(query)));
        let found = self.tree.next_overlap(self.issued[id], query.clone());
        assert_eq!(found, expected.map(|entry| self.issued[entry.id]), "{query:?} behind {id}");
    }
}

impl<T: End> Entry<T> {
    fn interval(&self) -> Interval<T> {
        Interval::try_new(self.start.clone(), self.last.clone()).expect("ends in order")
    }

    /// Tells whether the tree found what the model has.
    fn is(expected: Option<&Self>, found: Option<(&Interval<T>, &u32)>) -> bool {
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

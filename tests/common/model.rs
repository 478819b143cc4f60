//! The tree as a sorted list, too simple to be wrong.

use std::any::Any;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

use stabtree::Interval;

/// An entry: its closed interval, the order of its birth, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    pub start: T,
    pub last: T,
    pub id: usize,
    pub value: u32,
}

/// Entries by start, those with equal starts in order of insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model<T> {
    pub entries: Vec<Entry<T>>,
}

impl<T: Ord + Clone + 'static> Model<T> {
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    pub fn insert(&mut self, entry: Entry<T>) {
        let at = self.entries.iter().filter(|other| other.start <= entry.start).count();
        self.entries.insert(at, entry);
    }

    pub fn insert_after(&mut self, previous: usize, entry: Entry<T>) {
        self.entries.insert(previous + 1, entry);
    }

    pub fn position(&self, id: usize) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }

    pub fn remove(&mut self, id: usize) -> Option<Entry<T>> {
        self.position(id).map(|at| self.entries.remove(at))
    }

    /// The smallest start and the greatest last.
    pub fn hull(&self) -> Option<(&T, &T)> {
        let start = self.entries.iter().map(|entry| &entry.start).min()?;
        let last = self.entries.iter().map(|entry| &entry.last).max()?;
        Some((start, last))
    }

    pub fn filter(&self, keep: impl Fn(&Entry<T>) -> bool) -> Vec<&Entry<T>> {
        self.entries.iter().filter(|entry| keep(entry)).collect()
    }

    pub fn overlapping(&self, query: &Query<T>) -> Vec<&Entry<T>> {
        self.filter(|entry| entry.overlaps(query))
    }

    /// The entry with the greatest last below `at`; of several the last in order.
    pub fn nearest_before(&self, at: &T) -> Option<&Entry<T>> {
        let before = self.entries.iter().filter(|entry| entry.last < *at);
        before.max_by(|a, b| a.last.cmp(&b.last))
    }

    pub fn nearest_after(&self, at: &T) -> Option<&Entry<T>> {
        self.entries.iter().find(|entry| entry.start > *at)
    }
}

/// A query by its two bounds.
pub type Query<T> = (Bound<T>, Bound<T>);

/// Returns `true` if `query` contains `at`.
pub fn holds<T: Ord + 'static>(query: &Query<T>, at: &T) -> bool {
    overlaps(query, at, at)
}

/// A value lies between two ends if they are in order, or are the same value and both count it in.
/// An entry and a query overlap if a value lies between each start and each end.
pub fn overlaps<T: Ord + 'static>(query: &Query<T>, start: &T, last: &T) -> bool {
    let (lower, upper) = (query.0.as_ref(), query.1.as_ref());
    may_hold_values(lower, upper)
        && may_hold_values(lower, Included(last))
        && may_hold_values(Included(start), upper)
}

impl<T: Ord + 'static> Entry<T> {
    pub fn overlaps(&self, query: &Query<T>) -> bool {
        overlaps(query, &self.start, &self.last)
    }

    pub fn covers(&self, interval: &Interval<T>) -> bool {
        self.start <= *interval.start() && *interval.last() <= self.last
    }
}

/// Returns `true` if a value lies between two ends, as far as that is known: integers have none
/// between neighbours, other types may always have one.
pub fn may_hold_values<T: Ord + 'static>(lower: Bound<&T>, upper: Bound<&T>) -> bool {
    match (lower, upper) {
        (Unbounded, _) | (_, Unbounded) => true,
        (Included(lower), Included(upper)) => lower <= upper,
        (Excluded(lower), Included(upper)) | (Included(lower), Excluded(upper)) => lower < upper,
        (Excluded(lower), Excluded(upper)) => lower < upper && !are_neighbours(lower, upper),
    }
}

fn are_neighbours<T: 'static>(lower: &T, upper: &T) -> bool {
    macro_rules! integers {
        ($($int:ty)*) => {$(
            let known = [lower, upper].map(|at| (at as &dyn Any).downcast_ref::<$int>());
            if let [Some(lower), Some(upper)] = known {
                return upper.abs_diff(*lower) == 1;
            }
        )*};
    }
    integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
    false
}

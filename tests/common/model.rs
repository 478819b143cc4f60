//! The tree as a sorted list, too simple to be wrong.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

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

impl<T: Ord + Clone> Model<T> {
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

    pub fn overlapping(&self, query: &(Bound<T>, Bound<T>)) -> Vec<&Entry<T>> {
        self.entries.iter().filter(|entry| entry.overlaps(query)).collect()
    }
}

impl<T: Ord> Entry<T> {
    /// Two ends leave room for a value if they are in order, or are the same value and both
    /// count it in. An entry and a query overlap if each start leaves room for each end.
    pub fn overlaps(&self, query: &(Bound<T>, Bound<T>)) -> bool {
        let own = (Included(&self.start), Included(&self.last));
        let query = (query.0.as_ref(), query.1.as_ref());
        has_room(query.0, query.1) && has_room(query.0, own.1) && has_room(own.0, query.1)
    }
}

fn has_room<T: Ord>(lower: Bound<&T>, upper: Bound<&T>) -> bool {
    match (lower, upper) {
        (Unbounded, _) | (_, Unbounded) => true,
        (Included(lower), Included(upper)) => lower <= upper,
        (Excluded(lower), Included(upper) | Excluded(upper))
        | (Included(lower), Excluded(upper)) => lower < upper,
    }
}

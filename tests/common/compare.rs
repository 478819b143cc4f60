//! Every question that can be asked of an index, put to index and model.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::ops::Bound::Included;

use stabtree::{EntryIterator, Interval};

use super::ends::{End, ends_of};
use super::index::Index;
use super::model::{Entry, Query, holds};
use super::world::World;

/// The iterator yields the expected entries, no more, and keeps its promises about sizes.
fn yields<'a, T, L, F>(what: impl Debug, mut found: F, expected: &[&Entry<T>])
where
    T: End,
    L: Borrow<Interval<T>>,
    F: Iterator<Item = (L, &'a u32)>,
{
    for (at, entry) in expected.iter().enumerate() {
        let (least, most) = found.size_hint();
        let rest = expected.len() - at;
        assert!(least <= rest && most.is_some_and(|most| most >= rest), "{what:?}: size_hint");
        let found = found.next();
        let found = found.as_ref().map(|(at, value)| (at.borrow(), *value));
        assert!(Entry::is(Some(*entry), found), "{what:?}: {found:?} is not {entry:?}");
    }
    assert!(found.next().is_none() && found.next().is_none(), "{what:?} yields too much");
}

/// As [`yields`], from the front, the back, and both in turn.
fn yields_both_ways<'a, T, L, D>(what: impl Debug, found: impl Fn() -> D, expected: &[&Entry<T>])
where
    T: End,
    L: Borrow<Interval<T>>,
    D: DoubleEndedIterator<Item = (L, &'a u32)>,
{
    yields(&what, found(), expected);
    let reversed: Vec<_> = expected.iter().rev().copied().collect();
    yields((&what, "reversed"), found().rev(), &reversed);
    let (mut found, mut expected) = (found(), expected.iter());
    for turn in 0.. {
        let (found, expected) = if turn % 3 == 0 {
            (found.next(), expected.next())
        } else {
            (found.next_back(), expected.next_back())
        };
        let found = found.as_ref().map(|(at, value)| (at.borrow(), *value));
        assert!(Entry::is(expected.copied(), found), "{what:?}: {found:?} is not {expected:?}");
        if expected.is_none() {
            break;
        }
    }
    assert!(found.next().is_none() && found.next_back().is_none(), "{what:?} is fused");
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl<I: Index<T>, T: End> World<I, T> {
    /// Puts every question to both.
    pub fn compare(&self, query: &Query<T>) {
        self.compare_entries();
        self.compare_whole();
        self.ask(query);
        self.ask_interval(query);
        let some_entry = self.steps.checked_rem(self.model.entries.len());
        let some_interval = some_entry.map(|at| self.model.entries[at].interval());
        for at in ends_of(query).chain(some_interval.as_ref().map(Interval::last)) {
            self.ask_about(at);
            self.ask_exact(&Interval::point(at.clone()));
        }
        if let Some(interval) = &some_interval {
            self.ask_exact(interval);
        }
        if self.steps.is_multiple_of(16) {
            self.compare_join(query);
            self.compare_pairs();
        }
        T::compare_more(self, query);
    }

    /// The invariants, the order, and every handle that was given out: it finds its own entry or
    /// nothing.
    pub fn compare_entries(&self) {
        let Self { index, model, issued, .. } = self;
        let len = model.entries.len();
        assert_eq!((index.check(), index.len(), index.is_empty()), (Ok(len), len, len == 0));
        let mut expected = model.entries.iter();
        let mut previous = None;
        for (handle, interval, value) in index.iter().with_handles() {
            let entry = expected.next().expect("no more entries than that");
            let is_same = entry.is_entry(interval.borrow(), *value);
            assert!(is_same && issued[entry.id] == handle, "{entry:?} in {index:?}");
            assert_eq!(index.previous_handle(handle), previous, "before {entry:?}");
            let next = previous.replace(handle).map(|previous| index.next_handle(previous));
            assert!(next.is_none_or(|next| next == Some(handle)), "{entry:?} follows");
        }
        assert_eq!(previous.and_then(|last| index.next_handle(last)), None, "after the last one");
        assert_eq!(expected.next(), None, "in {index:?}");

        let mut entries: Vec<_> = issued.iter().map(|_| None).collect();
        for entry in &model.entries {
            entries[entry.id] = Some(entry);
        }
        for (&handle, expected) in issued.iter().zip(entries) {
            assert!(Entry::is(expected, index.entry(handle)), "{expected:?} by its handle");
            assert_eq!(index.contains_handle(handle), expected.is_some());
            let neighbours = [index.previous_handle(handle), index.next_handle(handle)];
            assert!(expected.is_some() || neighbours == [None; 2], "of a removed entry");
        }
    }

    /// What can be asked without an argument, and by more ways than one.
    fn compare_whole(&self) {
        let Self { index, model, issued, .. } = self;
        assert!(index.has_good_height(false), "{index:?}");
        let all = model.filter(|_| true);
        yields_both_ways("iter", || index.iter(), &all);
        assert_eq!(index.iter().len(), all.len());
        assert!(Entry::is(all.first().copied(), index.first()), "first");
        assert!(Entry::is(all.last().copied(), index.last()), "last");
        assert!(index.values().iter().eq(all.iter().map(|entry| &entry.value)), "values");
        assert!(index.intervals().into_iter().eq(all.iter().map(|entry| entry.interval())));
        assert_eq!(index.hull().as_ref().map(|hull| (hull.start(), hull.last())), model.hull());
        for (id, handle) in issued.iter().enumerate() {
            let (value, interval) = (index.get(*handle), index.interval(*handle));
            let expected = model.position(id).map(|at| &model.entries[at]);
            assert!(Entry::is(expected, interval.zip(value)), "{expected:?}");
            assert!(expected.is_none_or(|entry| index[*handle] == entry.value));
        }
    }

    /// Every question about a query.
    pub fn ask(&self, query: &Query<T>) {
        let Self { index, model, issued, .. } = self;
        let hits = model.overlapping(query);
        yields_both_ways(("overlapping", query), || index.overlapping(query.clone()), &hits);
        let handles: Vec<_> = hits.iter().map(|entry| issued[entry.id]).collect();
        let found = index.overlapping(query.clone()).with_handles().map(|(handle, ..)| handle);
        assert!(found.eq(handles.iter().copied()), "{query:?}");
        assert_eq!(index.count_overlapping(query.clone()), hits.len(), "{query:?}");
        assert_eq!(index.overlaps(query.clone()), !hits.is_empty(), "{query:?}");
        let first = hits.first().copied();
        assert!(Entry::is(first, index.first_overlapping(query.clone())), "{query:?}");
        let batch = index.overlapping_batch(&[query.clone(), query.clone()]);
        assert_eq!(batch.offsets(), [0, handles.len(), 2 * handles.len()], "{query:?}");
        assert!(batch.iter().all(|hits| hits == handles), "{query:?}");
        let counts = index.count_overlapping_batch(std::slice::from_ref(query));
        assert_eq!(counts, [hits.len()], "{query:?}");

        // Step by step, from every entry, be it a hit or not.
        let mut hits = hits.into_iter().peekable();
        let next = hits.peek().map(|entry| issued[entry.id]);
        assert_eq!(index.first_overlapping_handle(query.clone()), next);
        for entry in &model.entries {
            hits.next_if(|hit| hit.id == entry.id);
            let next = index.next_overlapping_handle(issued[entry.id], query.clone());
            let expected = hits.peek().map(|hit| issued[hit.id]);
            assert_eq!(next, expected, "{query:?} after {entry:?}");
        }
        if let Some(id) = self.steps.checked_rem(issued.len())
            && model.position(id).is_none()
        {
            assert_eq!(index.next_overlapping_handle(issued[id], query.clone()), None);
        }

        let expected = model.filter(|entry| holds(query, &entry.start));
        yields_both_ways(("range", query), || index.range(query.clone()), &expected);
        let inside = |entry: &Entry<T>| holds(query, &entry.start) && holds(query, &entry.last);
        let expected = model.filter(inside);
        yields_both_ways(("within", query), || index.within(query.clone()), &expected);
    }

    /// The same query as an interval and as a reference to one.
    fn ask_interval(&self, query: &Query<T>) {
        if let (Included(start), Included(last)) = query
            && let Ok(interval) = Interval::try_new(start.clone(), last.clone())
        {
            let expected = self.model.overlapping(query).len();
            assert_eq!(self.index.count_overlapping(&interval), expected, "{interval:?}");
            assert_eq!(self.index.count_overlapping(interval), expected);
        }
    }

    /// The questions about one value.
    pub fn ask_about(&self, at: &T) {
        let Self { index, model, .. } = self;
        let hits = model.overlapping(&(Included(at.clone()), Included(at.clone())));
        yields_both_ways(("stab", at), || index.stab(at.clone()), &hits);
        // Of equals the last one.
        let innermost = hits.iter().max_by_key(|entry| (&entry.start, Reverse(&entry.last)));
        assert!(Entry::is(innermost.copied(), index.innermost(at.clone())), "innermost at {at:?}");
        let expected = [model.nearest_before(at), model.nearest_after(at)];
        let found = (index.nearest_before(at.clone()), index.nearest_after(at.clone()));
        assert!(Entry::is(expected[0], found.0), "nearest before {at:?}");
        assert!(Entry::is(expected[1], found.1), "nearest after {at:?}");
        let both = expected.map(|entry| entry.map(|entry| (entry.interval(), entry.value)));
        assert_eq!(index.nearest(at.clone()), both, "nearest to {at:?}");
        let handles =
            [index.nearest_before_handle(at.clone()), index.nearest_after_handle(at.clone())];
        assert_eq!(handles, expected.map(|entry| entry.map(|entry| self.issued[entry.id])));
    }

    /// All entries of one interval, and those that cover it.
    pub fn ask_exact(&self, interval: &Interval<T>) {
        let Self { index, model, .. } = self;
        let expected = model.filter(|entry| entry.interval() == *interval);
        yields_both_ways(("exact", interval), || index.exact(interval), &expected);
        let expected = model.filter(|entry| entry.covers(interval));
        yields_both_ways(("covering", interval), || index.covering(interval), &expected);
    }

    /// Every pair with the entries of `other` that overlap, once.
    pub fn ask_join(&self, other: &Self) {
        self.compare_join_with(&other.index);
    }

    fn compare_join_with(&self, other: &I) {
        let mut found: Vec<_> = self.index.join(other).map(|(a, b)| (*a.1, *b.1)).collect();
        let mut expected = Vec::new();
        for entry in &self.model.entries {
            let hits = other.iter().filter(|(at, _)| entry.interval().overlaps(at.borrow()));
            expected.extend(hits.map(|(_, value)| (entry.value, *value)));
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "join");
    }

    /// Every pair of its own entries, in order.
    pub fn compare_pairs(&self) {
        let entries = &self.model.entries;
        let expected = entries.iter().enumerate().flat_map(|(i, earlier)| {
            let later = entries[i + 1..].iter();
            let met = later.filter(|later| earlier.interval().overlaps(&later.interval()));
            met.map(|later| (earlier.value, later.value))
        });
        let pairs = self.index.overlapping_pairs().map(|(a, b)| (*a.1, *b.1));
        assert!(pairs.eq(expected), "pairs of {:?}", self.index);
    }

    /// The index with the part of it that overlaps the query.
    fn compare_join(&self, query: &Query<T>) {
        let Self { index, model, .. } = self;
        let hits = model.overlapping(query);
        let other: I = hits.iter().map(|entry| (entry.interval(), entry.value)).collect();
        self.compare_join_with(&other);
        let flipped = other.join(index).count();
        assert_eq!(flipped, index.join(&other).count(), "join with {query:?}");

        let is_equal = hits.len() == index.len();
        assert_eq!(*index == other, is_equal);
        assert_eq!(index.cmp(&other).is_eq(), is_equal);
        assert!(!is_equal || hash(index) == hash(&other));
        assert_eq!(index.partial_cmp(&other), Some(other.cmp(index).reverse()));
    }
}

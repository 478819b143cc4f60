//! Every question that can be asked of a tree, put to tree and model.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::ops::Bound::Included;

use stabtree::Interval;

use super::ends::{End, ends_of};
use super::model::{Entry, Query, holds};
use super::world::World;

/// The iterator yields the expected entries, no more, and keeps its promises about sizes.
fn yields<'a, T: End + 'a>(
    what: impl Debug,
    mut found: impl Iterator<Item = (&'a Interval<T>, &'a u32)>,
    expected: &[&Entry<T>],
) {
    for (at, entry) in expected.iter().enumerate() {
        let (least, most) = found.size_hint();
        let rest = expected.len() - at;
        assert!(least <= rest && most.is_some_and(|most| most >= rest), "{what:?}: size_hint");
        let found = found.next();
        assert!(Entry::is(Some(entry), found), "{what:?}: {found:?} is not {entry:?}");
    }
    assert_eq!((found.next(), found.next()), (None, None), "{what:?} yields too much");
}

/// As [`yields`], from the front, the back, and both in turn.
fn yields_both_ways<'a, T: End + 'a>(
    what: impl Debug,
    found: &(impl DoubleEndedIterator<Item = (&'a Interval<T>, &'a u32)> + Clone),
    expected: &[&Entry<T>],
) {
    yields(&what, found.clone(), expected);
    let reversed: Vec<_> = expected.iter().rev().copied().collect();
    yields((&what, "reversed"), found.clone().rev(), &reversed);
    let (mut found, mut expected) = (found.clone(), expected.iter());
    for turn in 0.. {
        let (found, expected) = if turn % 3 == 0 {
            (found.next(), expected.next())
        } else {
            (found.next_back(), expected.next_back())
        };
        assert!(Entry::is(expected.copied(), found), "{what:?}: {found:?} is not {expected:?}");
        if expected.is_none() {
            break;
        }
    }
    assert_eq!((found.next(), found.next_back()), (None, None), "{what:?} is fused");
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl<T: End> World<T> {
    /// Puts every question to both.
    pub fn compare(&self, query: &Query<T>) {
        self.compare_whole();
        self.compare_handles();
        self.compare_overlaps(query);
        self.compare_stepwise(query);
        self.compare_order(query);
        if self.steps.is_multiple_of(16) {
            self.compare_join(query);
        }
        T::compare_more(self, query);
    }

    /// What can be asked without an argument.
    fn compare_whole(&self) {
        let Self { tree, model, .. } = self;
        let summary = tree.check().expect("a legal tree");
        let len = model.entries.len();
        assert_eq!((summary.len, tree.len(), tree.is_empty()), (len, len, len == 0));
        assert!(summary.height <= 2 * (len + 1).ilog2() as usize, "{summary:?}");

        let all = model.filter(|_| true);
        yields_both_ways("iter", &tree.iter(), &all);
        yields("a reference's IntoIterator", tree.into_iter(), &all);
        assert_eq!(tree.iter().len(), len);
        assert!(Entry::is(all.first().copied(), tree.first()), "first");
        assert!(Entry::is(all.last().copied(), tree.last()), "last");
        assert!(tree.values().eq(all.iter().map(|entry| &entry.value)), "values");
        assert!(tree.values().rev().eq(all.iter().rev().map(|entry| &entry.value)));
        assert!(tree.intervals().cloned().eq(all.iter().map(|entry| entry.interval())));
        let handles = tree.iter().with_handles().map(|(handle, ..)| handle);
        assert!(handles.eq(all.iter().map(|entry| self.issued[entry.id])), "handles");
        assert_eq!(tree.hull().as_ref().map(|hull| (hull.start(), hull.last())), model.hull());
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
            assert_eq!(self.tree.contains_handle(handle), expected.is_some());
            if let Some(expected) = expected {
                assert_eq!(self.tree[handle], expected.value);
            }
        }
    }

    fn compare_overlaps(&self, query: &Query<T>) {
        let Self { tree, .. } = self;
        let expected = self.model.overlapping(query);
        let what = ("overlapping", query);
        yields(what, tree.overlapping(query.clone()), &expected);
        let handles = tree.overlapping(query.clone()).with_handles().map(|(h, ..)| h);
        assert!(handles.eq(expected.iter().map(|entry| self.issued[entry.id])), "{what:?}");
        assert_eq!(tree.count_overlapping(query.clone()), expected.len(), "{what:?}");
        assert_eq!(tree.overlaps(query.clone()), !expected.is_empty(), "{what:?}");
        let first = expected.first().copied();
        assert!(Entry::is(first, tree.first_overlapping(query.clone())), "{what:?}");

        for at in ends_of(query) {
            let expected = self.model.overlapping(&(Included(at.clone()), Included(at.clone())));
            yields("stab", tree.stab(at.clone()), &expected);
        }
        if let (Included(start), Included(last)) = query
            && let Ok(interval) = Interval::try_new(start.clone(), last.clone())
        {
            assert_eq!(tree.count_overlapping(&interval), expected.len(), "{interval:?}");
            assert_eq!(tree.count_overlapping(interval), expected.len());
        }
        let batch = tree.overlapping_batch(&[query.clone(), query.clone()]);
        let handles: Vec<_> = expected.iter().map(|entry| self.issued[entry.id]).collect();
        assert_eq!(batch.offsets(), [0, handles.len(), 2 * handles.len()], "{what:?}");
        assert!(batch.iter().all(|hits| hits == handles), "{what:?}");
        assert_eq!(
            tree.count_overlapping_batch(std::slice::from_ref(query)),
            [expected.len()],
            "{what:?}"
        );
    }

    /// The kernel's own way of iterating, also from an entry that does not overlap the query or
    /// is not alive.
    fn compare_stepwise(&self, query: &Query<T>) {
        let Self { tree, model, .. } = self;
        let mut at = tree.first_overlapping_handle(query.clone());
        for entry in model.overlapping(query) {
            assert_eq!(at, Some(self.issued[entry.id]), "{query:?}");
            at = tree.next_overlapping_handle(self.issued[entry.id], query.clone());
        }
        assert_eq!(at, None, "{query:?}");

        let Some(id) = self.steps.checked_rem(self.issued.len()) else { return };
        let expected = model
            .position(id)
            .and_then(|at| model.entries[at + 1..].iter().find(|entry| entry.overlaps(query)));
        let found = tree.next_overlapping_handle(self.issued[id], query.clone());
        assert_eq!(found, expected.map(|entry| self.issued[entry.id]), "{query:?} behind {id}");
    }

    /// What the order answers.
    fn compare_order(&self, query: &Query<T>) {
        let Self { tree, model, .. } = self;
        let expected = model.filter(|entry| holds(query, &entry.start));
        yields_both_ways(("range", query), &tree.range(query.clone()), &expected);
        let inside = |entry: &Entry<T>| holds(query, &entry.start) && holds(query, &entry.last);
        let expected = model.filter(inside);
        yields_both_ways(("within", query), &tree.within(query.clone()), &expected);

        let some_entry = self.steps.checked_rem(model.entries.len());
        let some_interval = some_entry.map(|at| model.entries[at].interval());
        for at in ends_of(query).chain(some_interval.as_ref().map(Interval::last)) {
            let (before, after) = (model.nearest_before(at), model.nearest_after(at));
            let found = tree.nearest(at.clone());
            assert!(Entry::is(before, found.0), "nearest before {at:?}: {found:?}");
            assert!(Entry::is(after, found.1), "nearest after {at:?}: {found:?}");
        }
        for interval in
            some_interval.into_iter().chain(ends_of(query).cloned().map(Interval::point))
        {
            let expected = model.filter(|entry| entry.interval() == interval);
            yields_both_ways(("exact", &interval), &tree.exact(&interval), &expected);
            let expected = model.filter(|entry| entry.covers(&interval));
            yields(("covering", &interval), tree.covering(&interval), &expected);
        }
    }

    /// The tree with the part of it that overlaps the query.
    fn compare_join(&self, query: &Query<T>) {
        let Self { tree, model, .. } = self;
        let hits = model.overlapping(query);
        let other = hits.iter().map(|entry| (entry.interval(), entry.value)).collect();
        for (a, b) in [(tree, &other), (&other, tree)] {
            let mut found: Vec<_> = a.join(b).map(|(a, b)| (*a.1, *b.1)).collect();
            let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
            let overlapping = pairs.filter(|(a, b)| a.0.overlaps(b.0));
            let mut expected: Vec<_> = overlapping.map(|(a, b)| (*a.1, *b.1)).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "join with {query:?}");
        }

        let is_equal = hits.len() == tree.len();
        assert_eq!(*tree == other, is_equal);
        assert_eq!(tree.cmp(&other).is_eq(), is_equal);
        assert!(!is_equal || hash(tree) == hash(&other));
        assert_eq!(tree.partial_cmp(&other), Some(other.cmp(tree).reverse()));
    }
}

//! Snapshots of the wide index: each stays as it was, whatever is done to the index later, in whatever
//! order snapshots are dropped, and whichever copy of a page fails.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use quickcheck::{QuickCheck, TestResult};
#[cfg(feature = "sync")]
use stabtree::sync::{Publish, Publisher};
use stabtree::{Handle, Interval, IntervalBTree, Snapshot};

use crate::common::bounds::{bound, cases};
use crate::snapshot_history::{self, Step};

type Entries<V> = Vec<(Interval<u64>, V)>;

fn entries<V: Clone>(index: &IntervalBTree<u64, V>) -> Entries<V> {
    index.iter().map(|(interval, value)| (interval, value.clone())).collect()
}

/// Random numbers, the same for each seed.
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn interval(&mut self) -> Interval<u64> {
        let start = self.below(500);
        Interval::new(start, start + self.below(50))
    }

    fn position(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len.max(1) as u64)).expect("less than the length")
    }

    fn handle(&mut self, handles: &[Handle]) -> Option<Handle> {
        handles.get(self.position(handles.len())).copied()
    }
}

fn filled(numbers: &mut Numbers, len: u64) -> (IntervalBTree<u64, u64>, Vec<Handle>) {
    let mut index = IntervalBTree::new();
    let handles = (0..len).map(|i| index.insert(numbers.interval(), i)).collect();
    (index, handles)
}

/// A snapshot answers as the saved entries do.
fn compare(snapshot: &Snapshot<u64, u64>, saved: &Entries<u64>, at: u64) {
    snapshot.check().expect("a valid snapshot");
    assert_eq!(snapshot.len(), saved.len());
    assert_eq!(&entries(snapshot), saved);
    assert!(snapshot.iter().rev().map(|(i, v)| (i, *v)).eq(saved.iter().rev().copied()));
    let overlapping = |a, b| {
        saved
            .iter()
            .copied()
            .filter(move |(i, _): &(Interval<u64>, _)| *i.start() <= b && *i.last() >= a)
    };
    let owned = |(interval, value): (Interval<u64>, &u64)| (interval, *value);
    assert!(snapshot.stab(at).map(owned).eq(overlapping(at, at)));
    assert!(snapshot.overlapping(at..=at + 30).map(owned).eq(overlapping(at, at + 30)));
    assert_eq!(snapshot.count_overlapping(at..=at + 30), overlapping(at, at + 30).count());
    let starting = |(i, _): &(Interval<u64>, u64)| (at..at + 30).contains(i.start());
    assert!(snapshot.range(at..at + 30).map(owned).eq(saved.iter().copied().filter(starting)));
    let counts = [at, at + 1].map(|at| overlapping(at, at).count());
    assert!(snapshot.stab_batch(&[at, at + 1]).iter().map(<[Handle]>::len).eq(counts));
    let mut visited = Vec::new();
    snapshot.stab_batch_for_each(&[at], |_, interval, value| visited.push((interval, *value)));
    assert!(overlapping(at, at).eq(visited));
}

/// One change of any kind.
fn change(
    index: &mut IntervalBTree<u64, u64>,
    handles: &mut Vec<Handle>,
    numbers: &mut Numbers,
    bias: u64,
) {
    match numbers.below(24) {
        kind if kind < bias => handles.push(index.insert(numbers.interval(), numbers.below(99))),
        kind if kind < 20 => {
            if let Some(handle) = numbers.handle(handles) {
                handles.retain(|other| *other != handle);
                assert!(index.remove(handle).is_some());
            }
        }
        kind => {
            let Some(handle) = numbers.handle(handles) else { return };
            match kind {
                20 => *index.get_mut(handle).expect("alive") += 1,
                21 => _ = index.set_last(handle, 600),
                _ => assert!(index.set_interval(handle, numbers.interval()).is_some()),
            }
        }
    }
}

/// One change of much.
fn change_much(
    index: &mut IntervalBTree<u64, u64>,
    handles: &mut Vec<Handle>,
    numbers: &mut Numbers,
) {
    match numbers.below(8) {
        0 => index.shrink_to_fit(),
        1 => index.compact(),
        2 => index.overlapping_mut(100..200).for_each(|(_, value)| *value += 1),
        3 => index.iter_mut().rev().for_each(|(_, value)| *value ^= 1),
        4 => index.retain(|_, value| !value.is_multiple_of(7)),
        5 => index.clear(),
        6 => *index = index.clone(),
        _ => assert_eq!(index.clone().into_iter().collect::<Entries<u64>>(), entries(index)),
    }
    handles.retain(|handle| index.contains_handle(*handle));
}

fn history(seed: u64, len: u64, changes: u64) {
    let mut numbers = Numbers::new(seed);
    let (mut index, mut handles) = filled(&mut numbers, len);
    let bias = [6, 10, 15][usize::try_from(seed % 3).expect("small")];
    let mut snapshots: Vec<(Snapshot<u64, u64>, Entries<u64>)> = Vec::new();
    for i in 0..changes {
        change(&mut index, &mut handles, &mut numbers, bias);
        if numbers.below(100) == 0 {
            change_much(&mut index, &mut handles, &mut numbers);
        }
        if numbers.below(20) == 0 {
            snapshots.push((index.snapshot(), entries(&index)));
        }
        if snapshots.len() > 6 {
            let at = usize::try_from(numbers.below(7)).expect("small");
            snapshots.swap_remove(at);
        }
        if i % 25 == 0 {
            index.check().expect("a valid index");
            let at = numbers.below(500);
            for (snapshot, saved) in &snapshots {
                compare(snapshot, saved, at);
            }
        }
    }
    if let Some((snapshot, saved)) = snapshots.first() {
        let clone = IntervalBTree::clone(snapshot);
        clone.check().expect("a clone of a snapshot is an index");
        assert_eq!(&entries(&clone), saved);
        assert!(
            clone.iter().with_handles().all(|(handle, _, value)| clone.get(handle) == Some(value))
        );
    }
    let left = entries(&index);
    assert!(index.into_iter().eq(left));
    for (snapshot, saved) in &snapshots {
        compare(snapshot, saved, 250);
    }
}

#[test]
fn old_snapshots_stay_as_they_were() {
    fn property(seed: u64) -> TestResult {
        history(seed, [0, 40, 400, 3000][usize::try_from(seed / 3 % 4).expect("small")], 600);
        TestResult::passed()
    }
    QuickCheck::new()
        .tests(if cfg!(miri) { 1 } else { bound(3, 60, 60) })
        .quickcheck(property as fn(u64) -> TestResult);
}

#[test]
fn snapshots_of_a_history_answer_as_their_models() {
    fn property(mut steps: Vec<Step>) -> TestResult {
        steps.truncate(if cfg!(miri) { 8 } else { usize::MAX });
        snapshot_history::run(&steps);
        TestResult::passed()
    }
    QuickCheck::new().tests(cases(200)).quickcheck(property as fn(Vec<Step>) -> TestResult);
}

#[cfg(feature = "sync")]
#[test]
fn readers_of_a_history_answer_as_what_was_published() {
    fn property(mut steps: Vec<Step>) -> TestResult {
        steps.truncate(if cfg!(miri) { 8 } else { usize::MAX });
        crate::published_history::run(&steps);
        TestResult::passed()
    }
    QuickCheck::new().tests(cases(200)).quickcheck(property as fn(Vec<Step>) -> TestResult);
}

/// All sequences of a few changes of an index of each size, with a snapshot before each of them.
#[test]
fn every_sequence_with_a_snapshot_at_each_point() {
    const KINDS: u32 = 6;
    let depth = if cfg!(miri) { 2 } else { bound(3, 4, 4) };
    for len in [0, 1, 2, 65, 128] {
        for sequence in 0..KINDS.pow(depth) {
            let mut numbers = Numbers::new(len);
            let (mut index, mut handles) = filled(&mut numbers, len);
            let mut snapshots = Vec::new();
            for step in 0..depth {
                snapshots.push((index.snapshot(), entries(&index)));
                let last = handles.last().copied();
                match (sequence / KINDS.pow(step) % KINDS, last) {
                    (0, _) => handles.push(index.insert(Interval::new(0, 9), 1)),
                    (1, _) => handles.push(index.insert(Interval::new(400, 900), 2)),
                    (2, Some(_)) => _ = index.remove(handles.swap_remove(0)),
                    (3, Some(last)) => _ = index.set_interval(last, Interval::new(250, 251)),
                    (4, Some(last)) => *index.get_mut(last).expect("alive") += 1,
                    (5, _) => index.iter_mut().for_each(|(_, value)| *value += 1),
                    _ => {}
                }
                index.check().expect("a valid index");
                for (snapshot, saved) in &snapshots {
                    assert_eq!(&entries(snapshot), saved);
                }
            }
        }
    }
}

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    /// Clones that do not panic yet.
    static CLONES: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// A value that is counted, and whose clone panics when `CLONES` has run out.
#[derive(Debug, PartialEq)]
struct Counted(u64);

impl Counted {
    fn new(value: u64) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self(value)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        let left = CLONES.get().checked_sub(1).expect("the clone that panics");
        CLONES.set(left);
        Self::new(self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

fn counted(len: u64) -> (IntervalBTree<u64, Counted>, Vec<Handle>) {
    let mut numbers = Numbers::new(5);
    let mut index = IntervalBTree::new();
    let handles = (0..len).map(|i| index.insert(numbers.interval(), Counted::new(i))).collect();
    (index, handles)
}

fn numbers_of(index: &IntervalBTree<u64, Counted>) -> Entries<u64> {
    index.iter().map(|(interval, value)| (interval, value.0)).collect()
}

/// A change and its name, of an index with these handles.
type Change = (&'static str, fn(&mut IntervalBTree<u64, Counted>, &[Handle]));

const CHANGES: [Change; 12] = [
    ("insert", |index, _| _ = index.insert(Interval::new(250, 260), Counted::new(1))),
    ("insert_after", |index, handles| {
        let interval = index.interval(handles[7]).expect("alive");
        index.insert_after(handles[7], interval, Counted::new(1)).expect("alive");
    }),
    ("remove", |index, handles| _ = index.remove(handles[0])),
    ("set_interval", |index, handles| _ = index.set_interval(handles[3], Interval::new(499, 600))),
    ("set_last", |index, handles| _ = index.set_last(handles[3], 700)),
    ("get_mut", |index, handles| index.get_mut(handles[9]).expect("alive").0 += 1),
    ("iter_mut", |index, _| index.iter_mut().for_each(|(_, value)| value.0 += 1)),
    ("overlapping_mut", |index, _| {
        index.overlapping_mut(200..300).for_each(|(_, value)| value.0 += 1);
    }),
    ("retain", |index, _| index.retain(|_, value| value.0.is_multiple_of(2))),
    ("compact", |index, _| index.compact()),
    ("shrink_to_fit", |index, _| index.shrink_to_fit()),
    ("into_iter", |index, _| std::mem::take(index).into_iter().for_each(drop)),
];

/// Whichever clone panics, index and snapshot are whole, and what changes one entry has not changed it.
#[test]
fn a_clone_panics_at_every_step_of_copying() {
    for len in if cfg!(miri) { [64, 65] } else { [64, 1200] } {
        for (name, change) in CHANGES {
            let is_single = !["iter_mut", "overlapping_mut", "retain", "into_iter"].contains(&name);
            let mut panics = 0;
            for clones in (0..).step_by(if len > 100 { bound(148, 37, 37) } else { 1 }) {
                let (mut index, handles) = counted(len);
                let snapshot = index.snapshot();
                let before = numbers_of(&index);
                CLONES.set(clones);
                let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut index, &handles)));
                CLONES.set(u64::MAX);
                index.check().unwrap_or_else(|error| panic!("{name}: {error:?}"));
                assert_eq!(numbers_of(&snapshot), before, "{name} after {clones}");
                if outcome.is_err() && is_single {
                    assert_eq!(numbers_of(&index), before, "{name} after {clones}");
                }
                // Once more, now that nothing fails.
                if outcome.is_err() {
                    panics += 1;
                    if !index.is_empty()
                        && handles.iter().all(|handle| index.contains_handle(*handle))
                    {
                        change(&mut index, &handles);
                    }
                    index.check().expect("a valid index");
                }
                drop(index);
                assert_eq!(LIVE.get(), i64::try_from(len).expect("small"), "{name} leaks");
                drop(snapshot);
                assert_eq!(LIVE.get(), 0, "{name} after {clones}");
                if outcome.is_ok() {
                    break;
                }
            }
            assert!(panics > 0 || ["shrink_to_fit"].contains(&name), "{name} copies values");
        }
    }
}

/// Index and three snapshots dropped in all orders: every value is dropped once.
#[test]
fn no_order_of_drops_leaks() {
    for order in 0..24_usize {
        let (mut index, handles) = counted(700);
        let mut states = Vec::new();
        for i in 0..3 {
            states.push(index.snapshot());
            index.remove(handles[i * 50]);
            index.get_mut(handles[i * 50 + 1]).expect("alive").0 += 1;
            states.push(states[i].clone());
            states.swap_remove(i);
        }
        let mut left: Vec<Box<dyn FnOnce()>> = vec![Box::new(move || drop(index))];
        left.extend(
            states.into_iter().map(|state| Box::new(move || drop(state)) as Box<dyn FnOnce()>),
        );
        let mut code = order;
        while !left.is_empty() {
            let at = code % left.len();
            code /= left.len();
            left.swap_remove(at)();
        }
        assert_eq!(LIVE.get(), 0);
    }
}

/// A publisher keeps one state beside those that readers hold, and drops what is in none.
#[cfg(feature = "sync")]
#[test]
fn former_states_are_dropped_or_published_again() {
    let (index, handles) = counted(1_000);
    let mut publisher = Publisher::new(index).publish_every(1);
    let mut readers = [publisher.reader(), publisher.reader()];
    for (i, handle) in handles.into_iter().enumerate() {
        publisher.update(|index| index.remove(handle));
        assert_eq!(readers[0].newest().len(), 999 - i);
        if i.is_multiple_of(100) {
            readers[1].newest();
        }
    }
    readers[1].newest();
    (0..2).for_each(|_| publisher.publish());
    assert_eq!(LIVE.get(), 0);
}

#[cfg(feature = "sync")]
thread_local!(static IS_DUE: Cell<bool> = const { Cell::new(false) });

/// A value whose destructor panics, once, when that is due.
#[cfg(feature = "sync")]
#[derive(Clone)]
struct Panics;

#[cfg(feature = "sync")]
impl Drop for Panics {
    fn drop(&mut self) {
        assert!(!IS_DUE.replace(false), "a destructor that panics");
    }
}

/// Where the destructor of a value panics while a state is published, readers see the former one, and
/// the next publication succeeds.
#[cfg(feature = "sync")]
#[test]
fn a_destructor_that_panics_publishes_nothing() {
    let mut index = IntervalBTree::new();
    let handles: Vec<_> = (0..500).map(|i| index.insert(Interval::new(i, i + 3), Panics)).collect();
    let mut publisher = Publisher::new(index);
    let mut reader = publisher.reader();
    for (removed, handle) in (1..=3).zip(&handles[1..]) {
        publisher.update(|index| index.remove(*handle));
        publisher.publish();
        assert_eq!(reader.newest().len(), 500 - removed);
    }
    publisher.update(|index| index.remove(handles[0]));
    IS_DUE.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| publisher.publish()));
    assert!(outcome.is_err() && !IS_DUE.get(), "it drops a page that it had shared");
    assert_eq!(reader.newest().len(), 497);
    publisher.index().check().expect("a valid index");
    publisher.publish();
    assert_eq!(reader.newest().len(), 496);
    reader.newest().check().expect("a valid state");
}

/// A publisher is given an index that was never published, and the destructor of a value of the former
/// one panics when that is published: pages of the new one are shared all the same.
#[cfg(feature = "sync")]
#[test]
fn an_index_whose_first_publication_panicked_still_copies_before_it_changes() {
    let filled = || (0..500).map(|i| (Interval::new(i, i + 3), Panics)).collect();
    let mut publisher = Publisher::new(filled());
    for _ in 0..3 {
        publisher.update(|index: &mut IntervalBTree<_, _>| index.pop_first());
        publisher.publish();
    }
    let index = filled();
    publisher.update(|held| *held = index);
    IS_DUE.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| publisher.publish()));
    assert!(outcome.is_err() && !IS_DUE.get(), "it drops a page that it had shared");
    for i in 0..100 {
        publisher.update(|index| index.insert(Interval::new(i * 5, i * 5), Panics));
    }
    publisher.index().check().expect("a valid index");
    publisher.publish();
    assert_eq!(publisher.reader().newest().len(), 600);
}

/// Pages of leaves are rewritten in the memory of former versions, whose leaves had fewer values or more.
#[cfg(feature = "sync")]
fn publish_values<V: Clone + PartialEq + std::fmt::Debug + Send + Sync>(value: impl Fn(u64) -> V) {
    let mut numbers = Numbers::new(17);
    let mut publisher = Publisher::new(IntervalBTree::new()).publish_every(1);
    let mut reader = publisher.reader();
    let mut model = Vec::new();
    for round in 0..bound(150, 700, 3_000) {
        // Leaves fill, split and merge, and keep their pages.
        let insertions = if round == 0 { 700 } else { [0, 1, 2, 0, 0][numbers.position(5)] };
        for i in 0..insertions {
            let (interval, value) = (numbers.interval(), value(round * 1_000 + i));
            let handle = publisher.update(|index| index.insert(interval, value.clone()));
            model.push((handle, interval, value));
        }
        let at = numbers.position(model.len());
        if numbers.below(2) == 0 {
            let (handle, interval, value) = model.swap_remove(at);
            assert_eq!(publisher.update(|index| index.remove(handle)), Some((interval, value)));
        } else {
            model[at].2 = value(round);
            publisher.update(|index| index[model[at].0] = model[at].2.clone());
        }
        let (now, shown) = (publisher.index(), reader.newest());
        assert_eq!((now.len(), shown.len()), (model.len(), model.len()));
        for (handle, interval, value) in &model {
            let found = (now.interval(*handle), now.get(*handle));
            assert_eq!(found, (Some(*interval), Some(value)), "round {round}");
        }
        assert!(now.iter().eq(shown.iter()), "round {round}");
        shown.check().expect("a valid state");
    }
    publisher.index().check().expect("a valid index");
}

#[cfg(feature = "sync")]
#[test]
fn values_of_any_type_are_published_again() {
    /// Equal, and not the same: only a copy of it says what it should.
    #[derive(Clone, Debug)]
    struct Alike(u64);

    impl PartialEq for Alike {
        fn eq(&self, other: &Self) -> bool {
            assert_eq!(self.0, other.0);
            true
        }
    }

    publish_values(|i| i);
    publish_values(|i| i.to_le_bytes()[0]);
    publish_values(|i| (i.to_le_bytes()[0], i));
    publish_values(|i| f64::from_bits(i).abs());
    publish_values(Alike);
    publish_values(|i| i.to_string());
    publish_values(drop);
    publish_values(|i| [i; 300]);
}

/// The clone of a value panics halfway through a page that is rewritten.
#[cfg(feature = "sync")]
#[test]
fn a_clone_that_panics_in_a_former_version_changes_nothing() {
    struct Value(u64);

    impl Clone for Value {
        fn clone(&self) -> Self {
            assert!(!(self.0 % 7 == 3 && IS_DUE.replace(false)), "a clone that panics");
            Self(self.0)
        }
    }

    let mut numbers = Numbers::new(3);
    let mut index = IntervalBTree::new();
    let mut handles: Vec<_> =
        (0..700).map(|i| index.insert(numbers.interval(), Value(i))).collect();
    let mut publisher = Publisher::new(index).publish_every(1);
    let mut reader = publisher.reader();
    let values =
        |index: &IntervalBTree<u64, Value>| index.values().map(|v| v.0).collect::<Vec<_>>();
    let mut panics = 0;
    for round in 0..bound(60, 200, 1_000) {
        let handle = numbers.handle(&handles).expect("there are entries");
        let before = values(publisher.index());
        IS_DUE.set(round % 3 > 0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            publisher.update(|index| index.remove(handle).expect("it is there"))
        }));
        if let Ok((interval, value)) = outcome {
            IS_DUE.set(false);
            handles.retain(|held| *held != handle);
            handles.push(publisher.update(|index| index.insert(interval, value)));
        } else {
            panics += 1;
            assert_eq!(values(publisher.index()), before);
        }
        publisher.index().check().expect("a valid index");
        publisher.publish();
        let mut found = values(publisher.index());
        found.sort_unstable();
        assert!(found.into_iter().eq(0..700), "round {round}");
        assert_eq!(values(reader.newest()), values(publisher.index()), "round {round}");
        reader.newest().check().expect("a valid state");
    }
    assert!(panics > 10, "{panics} panics");
}

/// Written in part, a state would be none of the index.
#[cfg(feature = "sync")]
#[test]
fn a_state_is_empty_where_a_destructor_panicked() {
    let mut index: IntervalBTree<_, _> =
        (0..500).map(|i| (Interval::new(i, i + 3), Panics)).collect();
    let mut state = index.state();
    index.pop_first();
    IS_DUE.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| index.state_again(&mut state)));
    assert!(outcome.is_err() && !IS_DUE.get(), "it drops a page that only the state has");
    state.check().expect("a valid state");
    assert!(state.is_empty() && state.iter().next().is_none());
    index.check().expect("a valid index");
    index.state_again(&mut state);
    assert!(state.len() == 499 && state.iter().count() == 499);
}

#[test]
fn values_that_are_not_clone_are_never_copied() {
    struct Plain;
    let mut index = IntervalBTree::new();
    let handles: Vec<_> = (0..99).map(|i| index.insert(Interval::point(i), Plain)).collect();
    for handle in &handles {
        index.remove(*handle);
    }
    assert!(index.is_empty());
}

#[test]
fn handles_are_those_of_the_index() {
    let (mut index, handles) = filled(&mut Numbers::new(1), 50);
    let snapshot = index.snapshot();
    assert!(handles.iter().all(|handle| snapshot.get(*handle).is_none()));
    assert_eq!(snapshot.first_overlapping_handle(..).and_then(|handle| index.get(handle)), None);
    assert_eq!(snapshot.iter().with_handles().count(), 50);
}

#[test]
fn threads_read_while_the_index_changes() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Snapshot<u64, String>>();
    let (mut index, handles) = filled(&mut Numbers::new(2), 2000);
    thread::scope(|scope| {
        for handle in handles.iter().take(if cfg!(miri) { 4 } else { 200 }) {
            let (snapshot, saved) = (index.snapshot(), entries(&index));
            scope.spawn(move || assert_eq!(entries(&snapshot), saved));
            index.remove(*handle);
            index.insert(Interval::new(3, 4), 7);
        }
    });
    index.check().expect("a valid index");
}

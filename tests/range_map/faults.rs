//! User code that panics, and memory that is refused: the map is whole, nothing is lost or doubled.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use stabtree::{Discrete, RangeMap};

thread_local! {
    /// Calls of user code until one panics.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
    /// How many values of each number live.
    static LIVE: RefCell<BTreeMap<u32, usize>> = const { RefCell::new(BTreeMap::new()) };
}

fn burn() {
    if let Some(left) = FUSE.get() {
        FUSE.set(left.checked_sub(1));
        assert!(left > 0, "the fuse has burnt down");
    }
}

/// A value that is counted, and whose `Clone` and `Eq` may panic.
#[derive(Debug)]
struct Counted(u32);

impl Counted {
    fn new(number: u32) -> Self {
        LIVE.with_borrow_mut(|live| *live.entry(number).or_default() += 1);
        Self(number)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        burn();
        Self::new(self.0)
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        burn();
        self.0 % 2 == other.0 % 2
    }
}

impl Eq for Counted {}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.with_borrow_mut(|live| *live.get_mut(&self.0).expect("it lived") -= 1);
    }
}

type Map = RangeMap<u8, Counted>;

fn sample() -> Map {
    let mut map = Map::new();
    for number in 0..40u8 {
        let inserted =
            map.try_insert(number * 6..number * 6 + 4 + number % 3, Counted::new(number.into()));
        inserted.expect("disjoint");
    }
    map
}

fn contents(map: &Map) -> Vec<(u8, u8, u32)> {
    map.iter().map(|(i, value)| (*i.start(), *i.last(), value.0)).collect()
}

/// Runs a change with every fuse until it comes through, and checks the map each time.
fn panics_at_every_call(name: &str, keeps: bool, change: impl Fn(&mut Map)) {
    for fuse in 0.. {
        let mut map = sample();
        let before = contents(&map);
        FUSE.set(Some(fuse));
        let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut map)));
        FUSE.set(None);
        map.check().expect("all invariants hold");
        if outcome.is_err() && keeps {
            assert_eq!(contents(&map), before, "{name} with fuse {fuse}");
        }
        let mut held = BTreeMap::<u32, usize>::new();
        map.values().for_each(|value| *held.entry(value.0).or_default() += 1);
        LIVE.with_borrow_mut(|live| live.retain(|_, count| *count > 0));
        LIVE.with_borrow(|live| assert_eq!(*live, held, "{name} with fuse {fuse}"));
        drop(map);
        if outcome.is_ok() {
            return;
        }
    }
}

#[test]
fn a_panic_of_clone_changes_nothing() {
    panics_at_every_call("insert inside", true, |map| map.insert(7..9, Counted::new(100)));
    panics_at_every_call("insert over many", true, |map| map.insert(3..99, Counted::new(100)));
    panics_at_every_call("cut inside", true, |map| drop(map.cut(7..9)));
    panics_at_every_call("cut over many", true, |map| drop(map.cut(3..99)));
    panics_at_every_call("split", true, |map| {
        map.split_at(9);
    });
}

#[test]
fn a_panic_of_eq_or_of_a_closure_leaves_a_valid_map() {
    panics_at_every_call("insert_coalescing", true, |map| {
        map.insert_coalescing(4..9, Counted::new(100));
    });
    panics_at_every_call("coalesce", false, |map| {
        map.coalesce(..);
    });
    panics_at_every_call("update", false, |map| map.update(3..70, |_, _| burn()));
    panics_at_every_call("retain", false, |map| {
        map.retain(|_, value| {
            burn();
            value.0 % 3 == 0
        });
    });
    panics_at_every_call("extract_if", false, |map| {
        let extracted = map.extract_if(20..150, |_, value| {
            burn();
            value.0 % 2 == 0
        });
        extracted.for_each(drop);
    });
    panics_at_every_call("append", false, |map| {
        let mut other = Map::new();
        for number in 0..10u8 {
            let inserted = other
                .try_insert(number * 20..number * 20 + 9, Counted::new(u32::from(number) + 200));
            inserted.expect("disjoint");
        }
        map.append(&mut other);
    });
}

#[test]
fn an_iterator_that_is_leaked_loses_no_entry_it_had_not_come_to() {
    for taken in 0..20 {
        let mut map = sample();
        let before = map.len();
        let mut cut = std::mem::ManuallyDrop::new(map.cut(30..150));
        let some: Vec<_> = cut.by_ref().take(taken).collect();
        map.check().expect("all invariants hold");
        assert!(map.len() + some.len() >= before, "{taken}");
    }
    LIVE.with_borrow_mut(BTreeMap::clear);
}

#[test]
fn too_many_entries_are_refused() {
    let mut map = RangeMap::<u64, u64>::new();
    map.insert(1..5, 1);
    let error = map.try_reserve(usize::MAX).unwrap_err();
    assert!(error.to_string().contains("2147483646"), "{error}");
    assert_eq!(map.len(), 1);
}

/// A value whose neighbours are now and then the wrong ones, or not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Astray(u8);

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(1) };
}

impl Astray {
    fn step(self, next: Option<u8>) -> Option<Self> {
        let steps = STEPS.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(11);
        STEPS.set(steps);
        let [kind, value, ..] = steps.to_be_bytes();
        match kind % 6 {
            0 => None,
            1 => Some(self),
            2 => Some(Self(value)),
            _ => next.map(Self),
        }
    }
}

impl Discrete for Astray {
    fn succ(&self) -> Option<Self> {
        self.step(self.0.checked_add(1))
    }

    fn pred(&self) -> Option<Self> {
        self.step(self.0.checked_sub(1))
    }
}

/// The end of an iterator of `cut` ended the process: it found an entry across an end, twice.
#[test]
fn steps_that_lead_astray_end_no_process() {
    for seed in 1..300 {
        STEPS.set(seed);
        let mut map = RangeMap::new();
        for number in 0..60u32 {
            let [a, b, kind, ..] =
                (u64::from(number) + 61 * seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            let range = Astray(a.min(b))..=Astray(a.max(b));
            let change = || match kind % 4 {
                0 => drop(map.cut(range)),
                1 => map.insert_coalescing(range, number % 2),
                2 => _ = map.coalesce(range),
                _ => map.insert(range, number),
            };
            let _ = catch_unwind(AssertUnwindSafe(change));
            let entries: Vec<_> = map.iter().collect();
            assert_eq!(entries.len(), map.len());
        }
    }
}

//! User code that panics, and memory that is refused: the map is whole, nothing is lost or doubled.

use crate::bounds::bound;
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

/// Runs a change with every fuse until it comes through, alone and beside a snapshot, and checks the map
/// each time.
fn panics_at_every_call(name: &str, keeps: bool, change: impl Fn(&mut Map)) {
    for shares in [false, true] {
        for fuse in 0.. {
            let context = format!("{name} with fuse {fuse}, shared: {shares}");
            let mut map = sample();
            let before = contents(&map);
            let snapshot = shares.then(|| map.snapshot());
            FUSE.set(Some(fuse));
            let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut map)));
            FUSE.set(None);
            map.check().expect("all invariants hold");
            if outcome.is_err() && keeps {
                assert_eq!(contents(&map), before, "{context}");
            }
            if let Some(snapshot) = snapshot {
                snapshot.check().expect("all invariants hold");
                assert_eq!(contents(&snapshot), before, "{context}: the snapshot");
            }
            let mut held = BTreeMap::<u32, usize>::new();
            map.values().for_each(|value| *held.entry(value.0).or_default() += 1);
            LIVE.with_borrow_mut(|live| live.retain(|_, count| *count > 0));
            LIVE.with_borrow(|live| assert_eq!(*live, held, "{context}"));
            drop(map);
            if outcome.is_ok() {
                break;
            }
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

/// An end of which no method but comparison is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fused(u16);

impl Discrete for Fused {
    const MIN: Option<Self> = Some(Self(0));
    const MAX: Option<Self> = Some(Self(u16::MAX));

    fn succ(&self) -> Option<Self> {
        burn();
        self.0.succ().map(Self)
    }

    fn pred(&self) -> Option<Self> {
        burn();
        self.0.pred().map(Self)
    }

    fn steps_to(&self, later: &Self) -> Option<u128> {
        burn();
        self.0.steps_to(&later.0)
    }
}

/// Enough entries for several levels.
fn fused_map() -> RangeMap<Fused, u16> {
    let mut map = RangeMap::new();
    for number in 0..400u16 {
        // In an order of its own, so that nodes are filled to different degrees.
        let number = number * 7 % 400;
        map.insert(Fused(number * 20)..=Fused(number * 20 + 3 + number % 9), number);
    }
    map
}

/// Runs a change of `[first, last]` with longer and longer fuses until it comes through, and checks each
/// time that the map is whole, and the same outside the range.
fn ends_panic(name: &str, (first, last): (u16, u16), change: impl Fn(&mut RangeMap<Fused, u16>)) {
    let whole = fused_map();
    let mut fuse = 0;
    loop {
        let mut map = whole.clone();
        FUSE.set(Some(fuse));
        let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut map)));
        FUSE.set(None);
        map.check().unwrap_or_else(|error| panic!("{name} with fuse {fuse}: {error}"));
        assert_eq!(map.iter().count(), map.len(), "{name} with fuse {fuse}");
        let outside = (first.saturating_sub(40)..first).chain(last.saturating_add(1)..last + 40);
        for at in outside.chain((0..first).chain(last + 1..8_200).step_by(97)) {
            assert_eq!(
                map.get(Fused(at)),
                whole.get(Fused(at)),
                "{name} with fuse {fuse}, at {at}"
            );
        }
        if outcome.is_ok() {
            return;
        }
        // Each call at first.
        fuse += bound(3, 1, 1) + fuse / bound(16, 64, 64);
    }
}

#[test]
fn a_panic_of_an_end_leaves_what_nodes_say_of_gaps_true() {
    let range = |first, last| Fused(first)..=Fused(last);
    ends_panic("insert between", (4_015, 4_019), |map| {
        map.insert(range(4_015, 4_019), 1);
    });
    ends_panic("insert inside", (4_001, 4_002), |map| {
        map.insert(range(4_001, 4_002), 1);
    });
    ends_panic("insert over many", (3_005, 4_005), |map| {
        map.insert(range(3_005, 4_005), 1);
    });
    ends_panic("insert first and last", (0, 8_200), |map| {
        map.cut(range(0, 30)).for_each(drop);
        map.insert(range(7_990, 8_190), 1);
        map.insert(range(0, 0), 1);
    });
    ends_panic("insert_coalescing", (3_013, 3_025), |map| {
        map.insert_coalescing(range(3_013, 3_025), 150);
    });
    ends_panic("insert many", (0, 8_200), |map| {
        for number in 0..60 {
            map.insert(range(2_017 + number * 20, 2_018 + number * 20), number);
        }
    });
    ends_panic("cut over many", (1_003, 7_003), |map| {
        map.cut(range(1_003, 7_003)).for_each(drop);
    });
    ends_panic("remove many", (0, 8_200), |map| {
        for number in 0..60 {
            map.remove(Fused(2_000 + number * 20));
        }
    });
    ends_panic("split and coalesce", (0, 8_200), |map| {
        map.split_at(Fused(4_001));
        map.coalesce_by(range(3_900, 4_100), |_, _| true);
    });
    ends_panic("retain", (0, 8_200), |map| map.retain(|_, value| *value % 3 == 0));
    ends_panic("update", (3_995, 4_105), |map| {
        map.update(range(3_995, 4_105), |_, value| *value += 1);
    });
    ends_panic("append", (0, 8_200), |map| {
        let mut other = RangeMap::new();
        other.insert(range(17, 19), 1);
        other.insert(range(8_100, 8_119), 1);
        map.append(&mut other);
    });
    // These change no answer.
    ends_panic("compact", (1, 0), RangeMap::compact);
    ends_panic("shrink_to_fit", (1, 0), RangeMap::shrink_to_fit);
}

//! Snapshots of a map: each stays as it was, whatever is done to the map later.

use crate::bounds::bound;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use stabtree::{Interval, RangeMap, RangeMapSnapshot};

/// Random numbers, the same for each seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

type Entries = Vec<(Interval<u64>, u64)>;

fn entries(map: &RangeMap<u64, u64>) -> Entries {
    map.iter().map(|(range, value)| (range, *value)).collect()
}

fn change(map: &mut RangeMap<u64, u64>, numbers: &mut Numbers) {
    let start = numbers.below(4000);
    let range = start..start + 1 + numbers.below(30);
    match numbers.below(12) {
        0..6 => map.insert(range, numbers.below(4)),
        6 => map.insert_coalescing(range, numbers.below(4)),
        7 => map.cut(range).for_each(drop),
        8 => _ = map.remove(start),
        9 => _ = map.split_at(start),
        10 => map.overlapping_mut(range).for_each(|(_, value)| *value += 1),
        _ if numbers.below(40) > 0 => _ = map.coalesce(range),
        _ => match numbers.below(5) {
            0 => map.compact(),
            1 => map.shrink_to_fit(),
            2 => map.retain(|_, value| *value != 1),
            3 => *map = map.clone(),
            _ => map.clear(),
        },
    }
}

#[test]
fn old_snapshots_stay_as_they_were() {
    for seed in 1..if cfg!(miri) { 2 } else { 12 } {
        let mut numbers = Numbers(seed * 0x9E37_79B9);
        let mut map = RangeMap::new();
        let mut snapshots: Vec<(RangeMapSnapshot<u64, u64>, Entries)> = Vec::new();
        for i in 0..if cfg!(miri) { 100 } else { 1500 } {
            change(&mut map, &mut numbers);
            if numbers.below(15) == 0 {
                snapshots.push((map.snapshot(), entries(&map)));
            }
            if snapshots.len() > 5 {
                snapshots.swap_remove(usize::try_from(numbers.below(6)).expect("small"));
            }
            if i % 20 == 0 {
                map.check().expect("a valid map");
                for (snapshot, saved) in &snapshots {
                    snapshot.check().expect("a valid snapshot");
                    assert_eq!(&entries(snapshot), saved);
                    let at = numbers.below(4000);
                    let containing = saved.iter().find(|(range, _)| range.contains(&at));
                    assert_eq!(snapshot.get(at), containing.map(|(_, value)| value));
                    assert!(snapshot.gaps(..).count() <= saved.len() + 1);
                }
            }
        }
        let left = entries(&map);
        assert!(map.into_iter().eq(left));
    }
}

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static CLONES: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// A value that is counted, and whose clone panics when `CLONES` has run out.
#[derive(Debug, PartialEq, Eq)]
struct Counted(u64);

impl Clone for Counted {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get().checked_sub(1).expect("the clone that panics"));
        LIVE.set(LIVE.get() + 1);
        Self(self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

fn counted(value: u64) -> Counted {
    LIVE.set(LIVE.get() + 1);
    Counted(value)
}

/// Whichever clone panics, the snapshot is as it was, and the map is valid; a change of one entry is
/// made or not.
#[test]
fn a_clone_panics_at_every_step_of_copying() {
    type Change = fn(&mut RangeMap<u64, Counted>);
    let changes: [(Change, bool); 8] = [
        (|map| map.insert(2001..2002, counted(7)), true),
        (|map| map.insert(2000..2003, counted(7)), true),
        (|map| map.insert(1995..2300, counted(7)), false),
        (|map| map.cut(1995..2300).for_each(drop), false),
        (|map| _ = map.remove(2001), true),
        (|map| _ = map.split_at(2001), true),
        (|map| map.retain(|_, value| value.0.is_multiple_of(2)), false),
        (|map| map.compact(), true),
    ];
    let list = |map: &RangeMap<u64, Counted>| -> Entries {
        map.iter().map(|(range, value)| (range, value.0)).collect()
    };
    for (number, (change, is_single)) in changes.into_iter().enumerate() {
        for clones in (0..).step_by(if cfg!(miri) { 301 } else { bound(151, 31, 31) }) {
            let mut map = RangeMap::new();
            (0..1000).for_each(|i| map.insert(5 * i..5 * i + 3, counted(i)));
            let snapshot = map.snapshot();
            let before = list(&map);
            CLONES.set(clones);
            let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut map)));
            CLONES.set(u64::MAX);
            map.check().expect("a valid map");
            assert_eq!(list(&snapshot), before);
            if outcome.is_err() && is_single {
                assert!(list(&map) == before, "change {number} after {clones} clones");
            }
            drop(map);
            assert_eq!(LIVE.get(), 1000);
            drop(snapshot);
            assert_eq!(LIVE.get(), 0, "change {number} after {clones} clones");
            if outcome.is_ok() {
                break;
            }
        }
    }
}

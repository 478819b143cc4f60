//! Maps from disjoint ranges: what an address space is kept in.
//!
//! A new one takes a `RangeMap` in `contenders`, and a line in `measure`.

mod contenders;

use std::ops::Range;
use std::time::Duration;

use self::contenders::{ByHand, Crate, Ours, RangeMap};
use crate::figures::{Figure, Table};
use crate::heap;
use crate::layout::Layout;
use crate::operation::{MapOperation, Operation};
use crate::race::{Named, Racer, Turns, race};
use crate::workloads::{Entry, Found, Rng, SEED, Workload, ratio};

/// The longest gap that other places than `HOLE` have.
const LONGEST_GAP: u64 = 27;

/// Points of the one large gap, in the middle.
const HOLE: u64 = 1_000;

/// Edits of a pass: few beside the entries, since they cut some of them into more.
const EDITS: usize = 4_096;

/// An edit or a question; which, depends on the operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    start: u64,
    last: u64,
    value: u32,
}

/// Measures all maps with about so many entries.
pub(crate) fn measure(n: u32, limit: Duration) -> Table {
    check::<Ours>();
    check::<Crate>();
    check::<ByHand>();
    let space = Space::new(n);
    let mut table = Table::new(Layout::Maps, n);
    for operation in Operation::ALL {
        match operation {
            Operation::Map(MapOperation::Memory) => {
                for (name, bytes) in [
                    ("range-map", space.memory::<Ours>()),
                    ("rangemap", space.memory::<Crate>()),
                    ("btreemap", space.memory::<ByHand>()),
                ] {
                    table.add(Figure::of_size(operation, name, bytes));
                }
            }
            Operation::Map(of_map) => {
                let mut racers: Vec<Named<'_, Place>> = vec![
                    ("range-map", Box::new(MapRacer::<Ours>::new(&space, of_map))),
                    ("rangemap", Box::new(MapRacer::<Crate>::new(&space, of_map))),
                    ("btreemap", Box::new(MapRacer::<ByHand>::new(&space, of_map))),
                ];
                let turns = space.turns(of_map, limit);
                let times = race(&space.places(of_map), None, turns, &mut racers);
                for ((name, _), time) in racers.iter().zip(times) {
                    table.add(Figure::new(operation, name, None, time));
                }
            }
            _ => {}
        }
    }
    table
}

/// Mappings side by side in an address space, a large gap between the halves.
struct Space {
    sorted: Vec<Entry>,
    whole: Range<u64>,
}

impl Space {
    fn new(n: u32) -> Self {
        let mut sorted = Workload::Vma.population(n as usize).sorted();
        let middle = sorted.len() / 2;
        for entry in &mut sorted[middle..] {
            entry.start += HOLE;
            entry.last += HOLE;
        }
        let end = sorted.last().map_or(0, |entry| entry.last + 1);
        Self { sorted, whole: 0..end }
    }

    fn places(&self, operation: MapOperation) -> Vec<Place> {
        let mut rng = Rng::new(SEED ^ 3);
        let count = match operation {
            MapOperation::Get => 1 << 16,
            MapOperation::Insert | MapOperation::CutInsert => EDITS,
            MapOperation::FirstFit | MapOperation::TopDown => 64,
            // One for each entry, so that the time is that of one.
            _ => self.sorted.len(),
        };
        let place = |_| {
            let start = rng.below(self.whole.end);
            let length = match operation {
                MapOperation::Get => 1,
                MapOperation::FirstFit | MapOperation::TopDown => {
                    LONGEST_GAP + 1 + rng.below(HOLE - LONGEST_GAP)
                }
                _ => 1 + rng.below(LONGEST_GAP),
            };
            let value = u32::try_from(rng.below(1 << 32)).expect("below 2^32");
            Place { start, last: start + length - 1, value }
        };
        (0..count).map(place).collect()
    }

    fn turns(&self, operation: MapOperation, limit: Duration) -> Turns {
        let chunk = match operation {
            MapOperation::Get => 1 << 13,
            MapOperation::Insert | MapOperation::CutInsert => 1 << 10,
            MapOperation::FirstFit | MapOperation::TopDown => 8,
            _ => self.sorted.len(),
        };
        let warm_up = if operation == MapOperation::Get { chunk } else { 0 };
        Turns { chunk, warm_up, can_be_cut: false, limit }
    }

    fn memory<M: RangeMap>(&self) -> f64 {
        let before = heap::live().requested;
        let map = M::from_sorted(&self.sorted);
        let bytes = heap::live().requested - before;
        drop(map);
        ratio(bytes as u64, self.sorted.len())
    }
}

/// A map that is asked or edited; every pass of edits begins with the map as it was built.
struct MapRacer<'a, M> {
    space: &'a Space,
    operation: MapOperation,
    built: M,
    edited: Option<M>,
}

impl<'a, M: RangeMap> MapRacer<'a, M> {
    fn new(space: &'a Space, operation: MapOperation) -> Self {
        let built = M::from_sorted(&space.sorted);
        Self { space, operation, built, edited: None }
    }
}

impl<M: RangeMap> Racer<Place> for MapRacer<'_, M> {
    fn prepare(&mut self, number: usize, _: &[Place]) {
        let edits = matches!(self.operation, MapOperation::Insert | MapOperation::CutInsert);
        if number == 0 {
            self.edited = edits.then(|| self.built.clone());
        }
    }

    fn go(&mut self, places: &[Place]) -> Found {
        let mut found = Found::default();
        let whole = &self.space.whole;
        match (self.operation, &mut self.edited) {
            (MapOperation::Insert, Some(map)) => {
                for place in places {
                    map.insert(place.start, place.last, place.value);
                }
            }
            (MapOperation::CutInsert, Some(map)) => {
                for place in places {
                    map.cut(place.start, place.last);
                    map.insert(place.start, place.last, place.value);
                }
            }
            (MapOperation::Get, _) => {
                for place in places {
                    if let Some((start, last, value)) = self.built.get(place.start) {
                        found.add(start, last, value);
                    }
                }
            }
            (MapOperation::FirstFit, _) => {
                for Place { start, last, .. } in places {
                    let fit = self.built.first_fit(whole, last - start + 1);
                    found.add(fit.expect("the hole is that long"), 0, 0);
                }
            }
            (MapOperation::TopDown, _) => {
                for Place { start, last, .. } in places {
                    let fit = self.built.top_down(whole, last - start + 1);
                    found.add(fit.expect("the hole is that long"), 0, 0);
                }
            }
            (MapOperation::Gaps, _) => {
                for (start, last) in self.built.gaps(whole) {
                    found.add(start, last, 0);
                }
            }
            (MapOperation::Build, _) => {
                // `prepare` drops it, outside of the time.
                self.edited = Some(M::from_sorted(&self.space.sorted));
            }
            _ => {
                for (start, last, value) in self.built.iter() {
                    found.add(start, last, value);
                }
            }
        }
        found
    }
}

/// Compares a map with an array that has a value for each point, after each of some edits.
///
/// # Panics
///
/// If it has other entries, or finds other gaps.
fn check<M: RangeMap>() {
    let space = Space::new(100);
    let mut map = M::from_sorted(&space.sorted);
    let mut points = vec![None; usize::try_from(space.whole.end).expect("a few thousand")];
    let place = |start: u64, last: u64| {
        let index = |at| usize::try_from(at).expect("it is a point");
        index(start)..index(last) + 1
    };
    for Entry { start, last, value } in &space.sorted {
        points[place(*start, *last)].fill(Some(*value));
    }
    for (number, Place { start, last, value }) in
        space.places(MapOperation::Insert).into_iter().take(500).enumerate()
    {
        let last = last.min(space.whole.end - 1);
        if number % 3 == 0 {
            map.cut(start, last);
            points[place(start, last)].fill(None);
        } else {
            // Few values, so that neighbours are equal.
            map.insert(start, last, value % 3);
            points[place(start, last)].fill(Some(value % 3));
        }
        let mut held = vec![None; points.len()];
        map.iter().for_each(|(start, last, value)| held[place(start, last)].fill(Some(value)));
        assert_eq!(held, points, "after edit {number}");
        let at = points[place(start, start)][0];
        assert_eq!(map.get(start).map(|(.., value)| value), at, "get {start}");
        let length = last - start + 1;
        let fits = |from: &u64| points[place(*from, from + length - 1)].iter().all(Option::is_none);
        let mut starts = 0..=space.whole.end - length;
        assert_eq!(map.first_fit(&space.whole, length), starts.clone().find(fits), "{length}");
        assert_eq!(map.top_down(&space.whole, length), starts.rfind(fits), "{length}");
        let free: u64 = map.gaps(&space.whole).map(|(start, last)| last - start + 1).sum();
        let expected = points.iter().filter(|point| point.is_none()).count();
        assert_eq!(free, expected as u64, "gaps");
    }
}

//! Trees of several levels: random histories of many entries, against the standard library's map.

use std::collections::BTreeMap;

use stabtree::{GapSearch, Interval, RangeMap};

fn random(state: &mut u64, below: u32) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from(*state >> 33).expect("31 bits") % below
}

/// First point to last point and value.
type Model = BTreeMap<u32, (u32, u32)>;

fn cut(model: &mut Model, first: u32, last: u32) {
    let overlapping: Vec<_> = model
        .range(..=last)
        .rev()
        .take_while(|(_, (end, _))| *end >= first)
        .map(|(start, (end, value))| (*start, *end, *value))
        .collect();
    for (start, end, value) in overlapping {
        model.remove(&start);
        if start < first {
            model.insert(start, (first - 1, value));
        }
        if end > last {
            model.insert(last + 1, (end, value));
        }
    }
}

#[test]
fn a_history_of_many_entries_agrees_with_the_standard_map() {
    let steps = if cfg!(debug_assertions) { 6_000 } else { 100_000 };
    let mut state = 7;
    for domain in [5_000, 200_000] {
        let (mut map, mut model) = (RangeMap::new(), Model::new());
        for step in 0..steps {
            let first = random(&mut state, domain);
            // Now and then a range that takes much away.
            let length = if random(&mut state, 300) == 0 { domain / 4 } else { 12 };
            let last = first + random(&mut state, length);
            match random(&mut state, 10) {
                0..=5 => {
                    cut(&mut model, first, last);
                    model.insert(first, (last, step));
                    map.insert(first..=last, step);
                }
                6 | 7 => {
                    cut(&mut model, first, last);
                    map.cut(first..=last);
                }
                8 => {
                    let removed = map.remove(first);
                    let entry = model.range(..=first).next_back();
                    let entry = entry.filter(|(_, (end, _))| *end >= first);
                    let entry = entry.map(|(start, (end, value))| (*start, *end, *value));
                    let plain = removed.map(|(i, value)| (*i.start(), *i.last(), value));
                    assert_eq!(plain, entry);
                    entry.map(|(start, ..)| model.remove(&start));
                }
                _ => {
                    let wanted = u128::from(random(&mut state, 30)) + 1;
                    let within = Interval::new(first.saturating_sub(900), first + 900);
                    let search = GapSearch::new(wanted).within(within);
                    let mut gaps: Vec<_> = map.gaps(within).collect();
                    gaps.retain(|gap| u128::from(gap.last() - gap.start()) + 1 >= wanted);
                    let low = map.find_gap(search).map(|place| *place.start());
                    assert_eq!(low, gaps.first().map(|gap| *gap.start()));
                    let high = map.find_gap(search.highest()).map(|place| *place.last());
                    assert_eq!(high, gaps.last().map(|gap| *gap.last()));
                }
            }
            if step % 97 == 0 {
                map.check().expect("all invariants hold");
                let plain = map.iter().map(|(i, value)| (*i.start(), (*i.last(), *value)));
                assert!(plain.eq(model.iter().map(|(start, entry)| (*start, *entry))));
                let range = first..=first + 500;
                assert_eq!(map.overlapping(range.clone()).len(), map.overlapping(range).count());
            }
        }
        map.check().expect("all invariants hold");
        let clone = map.clone();
        clone.check().expect("all invariants hold");
        map.compact();
        map.check().expect("all invariants hold");
        assert!(map == clone);
        map.shrink_to_fit();
        map.check().expect("all invariants hold");
        assert!(map == clone);
        let removed = map.extract_if(.., |interval, _| interval.start() % 3 == 0).count();
        map.check().expect("all invariants hold");
        assert_eq!(map.len() + removed, clone.len());
        map.iter_mut().rev().for_each(|(_, value)| *value += 1);
        map.clear();
        map.check().expect("all invariants hold");
    }
}

/// A search for a gap reads a few nodes, however many entries lie before it.
#[test]
fn every_gap_of_a_full_map_is_found_from_both_ends() {
    let n = if cfg!(debug_assertions) { 3_000 } else { 20_000u64 };
    let mut map: RangeMap<u64, ()> = (0..n).map(|i| (i * 10..=i * 10 + 9, ())).collect();
    let within = 0..n * 10;
    let search = GapSearch::new(3).within(within);
    assert_eq!(map.find_gap(search), None);
    for i in (0..n).step_by(37) {
        map.cut(i * 10 + 4..i * 10 + 7);
        let place = Interval::new(i * 10 + 4, i * 10 + 6);
        assert_eq!(map.find_gap(search.lowest()), Some(place));
        assert_eq!(map.find_gap(search.highest()), Some(place));
        assert_eq!(map.find_gap(search.best_fit()), Some(place));
        map.insert_coalescing(place, ());
        map.check().expect("all invariants hold");
    }
}

//! `RangeSet` against a bitmap of points; values of a `RangeMap` replaced, entries moved to an empty one.

use quickcheck::quickcheck;
use stabtree::{RangeMap, RangeSet};

fn points(set: &RangeSet<u8>) -> [bool; 256] {
    let mut points = [false; 256];
    for range in set {
        (*range.start()..=*range.last()).for_each(|at| points[usize::from(at)] = true);
    }
    points
}

quickcheck! {
    fn a_set_holds_the_points_that_were_put_in(ops: Vec<(bool, u8, u8)>) -> bool {
        let (mut set, mut model) = (RangeSet::new(), [false; 256]);
        ops.into_iter().all(|(inserts, a, b)| {
            if inserts {
                set.insert(a..b);
            } else {
                set.remove(a..b);
            }
            (a..b).for_each(|at| model[usize::from(at)] = inserts);
            set.check().expect("all invariants hold");
            let any = (a..b).any(|at| model[usize::from(at)]);
            assert_eq!(set.overlaps(a..b), any, "{a}..{b} of {set:?}");
            let covers = a < b && set.covers(a..b);
            points(&set) == model && (a >= b || covers == inserts || !inserts)
        })
    }

    fn equal_sets_are_equal_whatever_was_put_in(ranges: Vec<(u8, u8)>) -> bool {
        let forward: RangeSet<u8> = ranges.iter().map(|(a, b)| *a..*b).collect();
        let mut backward = RangeSet::new();
        backward.extend(ranges.iter().rev().map(|(a, b)| *a..*b));
        forward == backward
    }

    fn values_are_replaced_and_intervals_kept(entries: Vec<(u8, u8, u8)>) -> bool {
        let map: RangeMap<u8, u8> = entries.into_iter().map(|(a, b, value)| (a..b, value)).collect();
        let changed = map.clone().map_values(|range, value| (range, value.to_string()));
        changed.check().expect("all invariants hold");
        let expected = map.iter().map(|(range, value)| (range, (range, value.to_string())));
        changed.into_iter().eq(expected)
    }

    fn an_empty_map_takes_all(entries: Vec<(u8, u8, u8)>) -> bool {
        let map: RangeMap<u8, u8> = entries.into_iter().map(|(a, b, value)| (a..b, value)).collect();
        let (mut empty, mut other) = (RangeMap::new(), map.clone());
        empty.append(&mut other);
        empty.check().and_then(|()| other.check()).expect("all invariants hold");
        empty == map && other.is_empty()
    }
}

//! `RangeSet` against a bitmap of points.

use quickcheck::quickcheck;
use stabtree::RangeSet;

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
}

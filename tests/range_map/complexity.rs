//! The bounds of gap searches, held by counting the nodes read. Clocks play no part.

use stabtree::{GapSearch, Interval, RangeMap};

const N: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

/// Levels of a tree of `n` entries whose nodes hold 12 at the fewest.
fn levels(n: u64) -> usize {
    std::iter::successors(Some(n), |nodes| (*nodes > 1).then(|| nodes.div_ceil(12))).count()
}

/// One way down to where the search begins, one up from there, and one down to the gap.
fn bound(n: u64) -> usize {
    3 * (levels(n) + 1)
}

/// Entries of one value with one free value between them, inserted in a scattered order, and gaps of
/// `len` after those that `is_wide` chooses.
fn comb(len: u64, is_wide: impl Fn(u64) -> bool) -> RangeMap<u64, ()> {
    let mut starts = Vec::new();
    let mut at = 10;
    for i in 0..N {
        starts.push(at);
        at += if is_wide(i) { len + 1 } else { 2 };
    }
    let mut map = RangeMap::new();
    for i in 0..N {
        let start = starts[usize::try_from(i * 618_033 % N).expect("fits")];
        map.insert(start..=start, ());
    }
    assert_eq!(map.len() as u64, N);
    map
}

#[test]
fn a_gap_is_found_in_one_way_up_and_one_down() {
    // One gap of 100, somewhere; all others are of one value.
    for wide in [0, 1, N / 3, N / 2, N - 2] {
        let map = comb(100, |i| i == wide);
        let (first, last) = (map.first().expect("held").0, map.last().expect("held").0);
        let inside = GapSearch::new(100).within(*first.start()..=*last.last());
        for search in [inside.lowest(), inside.highest()] {
            let place = map.find_gap(search).expect("one");
            assert_eq!(place.len(), 100);
            assert!(map.overlapping(place).next().is_none());
            let probes = map.gap_probes(search);
            assert!((2..=bound(N)).contains(&probes), "{probes} nodes of {}", bound(N));
            // As many for a search that begins anywhere, and one that finds nothing.
            for from in (0..N).step_by(997) {
                let from = GapSearch::new(100).within(from..=*last.last());
                assert!(map.gap_probes(from.lowest()) <= bound(N));
                assert!(map.gap_probes(from.highest()) <= bound(N));
            }
            let longer = GapSearch::new(101).within(*first.start()..=*last.last());
            assert_eq!(map.find_gap(longer), None);
            assert!(map.gap_probes(longer) <= bound(N));
            assert!(map.gap_probes(longer.highest()) <= bound(N));
        }
    }
}

/// With an alignment each gap that is long enough may be looked at: a way up and down for each.
#[test]
fn an_alignment_costs_a_way_for_each_gap_without_an_aligned_place() {
    let map = comb(4, |i| i.is_multiple_of(1_000));
    let wide = usize::try_from(N / 1_000).expect("fits");
    let last = *map.last().expect("held").0.last();
    // Multiples of 2^40 lie after all entries.
    let search = GapSearch::new(3).align(1 << 40).within(1..=last);
    assert_eq!(map.find_gap(search), None);
    let probes = map.gap_probes(search);
    assert!(probes <= (2 + wide) * bound(N), "{probes} nodes for {wide} gaps");
    assert!(probes >= wide, "each gap was looked at");
    assert_eq!(map.find_gap(search.within(..)), Some(Interval::new(0, 2)), "0 is aligned");
    assert!(map.gap_probes(search.within(..)) <= bound(N));
}

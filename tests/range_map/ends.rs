//! Ends at the limits of their type, empty ranges, conversions.

use stabtree::{Interval, IntervalBTree, RangeMap};

#[test]
fn an_empty_or_inverted_range_changes_and_finds_nothing() {
    let mut map = RangeMap::from([(3u8..=6, 'a')]);
    map.insert(5..5, 'b');
    #[expect(clippy::reversed_empty_ranges, reason = "what is tested")]
    map.insert(9..=2, 'b');
    map.insert_coalescing(5..5, 'b');
    assert!(map.try_insert(5..5, 'b').is_ok());
    assert_eq!(map.cut(5..5).count(), 0);
    map.update(5..5, |_, value| *value = 'b');
    assert_eq!(map.coalesce(5..5), 0);
    assert!(map.iter().eq([(Interval::new(3, 6), &'a')]));
    assert_eq!(map.overlapping(5..5).len(), 0);
    assert_eq!(map.gaps(9..9).count(), 0);
    assert!(map.covers(5..5));
}

#[test]
fn the_ends_of_the_type_are_ordinary() {
    let mut map = RangeMap::new();
    map.insert(.., 'a');
    assert_eq!(map.get_entry(0u64), Some((Interval::new(0, u64::MAX), &'a')));
    map.insert(u64::MAX.., 'b');
    map.insert(..=0, 'c');
    assert!(map.values().eq(&['c', 'a', 'b']));
    assert_eq!(map.cut(..).count(), 3);
    assert!(map.gaps(..).eq([Interval::new(0, u64::MAX)]));
}

#[test]
fn an_index_becomes_a_map_if_nothing_overlaps() {
    let index = IntervalBTree::from([(Interval::new(1, 4), 'a'), (Interval::new(5, 9), 'b')]);
    let map = RangeMap::try_from(index).unwrap();
    assert_eq!(map.get(5), Some(&'b'));
    let index: IntervalBTree<_, _> = map.into();
    assert!(index.values().eq(&['a', 'b']));
    let touching = IntervalBTree::from([(Interval::new(1, 4), 'a'), (Interval::new(4, 9), 'b')]);
    let error = RangeMap::try_from(touching).unwrap_err();
    assert_eq!(error.intervals(), [Interval::new(1, 4), Interval::new(4, 9)]);
    assert_eq!(error.into_index().len(), 2);
}

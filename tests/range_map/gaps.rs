//! Gaps of a length, against a scan of all places.

use quickcheck::quickcheck;
use stabtree::{GapSearch, Interval, RangeMap};

use crate::bitmap::{Bitmap, Choice, Point};

fn answers_as_the_scan<T: Point>(
    used: &[(u8, u8)],
    (from, to): (u8, u8),
    len: u8,
    align: u8,
    zero: usize,
) -> bool {
    let points = T::all();
    let (mut map, mut model) = (RangeMap::new(), Bitmap::new(points.len()));
    for &(at, length) in used {
        let first = usize::from(at);
        let last = (first + usize::from(length % 16)).min(points.len() - 1);
        map.insert(points[first]..=points[last], ());
        model.insert(first, last, &());
    }
    let (first, last) = (usize::from(from.min(to)), usize::from(from.max(to)));
    let (len, align) = (usize::from(len % 24) + 1, usize::from(align % 9) + 1);
    let search = GapSearch::new(len as u128).align(align as u128);
    let within = search.within(points[first]..=points[last]);
    [
        (search.lowest(), (0, points.len() - 1), Choice::Lowest),
        (search.highest(), (0, points.len() - 1), Choice::Highest),
        (search.best_fit(), (0, points.len() - 1), Choice::BestFit),
        (within.lowest(), (first, last), Choice::Lowest),
        (within.highest(), (first, last), Choice::Highest),
        (within.best_fit(), (first, last), Choice::BestFit),
    ]
    .into_iter()
    .all(|(search, range, choice)| {
        let place = model.place(range, (len, align), zero, choice);
        let place = place.map(|(first, last)| Interval::new(points[first], points[last]));
        map.find_gap(search) == place
    })
}

quickcheck! {
    fn a_gap_is_found_where_a_scan_finds_it(
        used: Vec<(u8, u8)>,
        within: (u8, u8),
        len: u8,
        align: u8
    ) -> bool {
        answers_as_the_scan::<u8>(&used, within, len, align, 0)
    }

    fn a_gap_between_signed_ends_is_aligned_to_zero(
        used: Vec<(u8, u8)>,
        within: (u8, u8),
        len: u8,
        align: u8
    ) -> bool {
        answers_as_the_scan::<i8>(&used, within, len, align, 128)
    }
}

#[test]
fn the_whole_domain_can_be_asked_for() {
    let mut map = RangeMap::<u8, ()>::new();
    assert_eq!(map.find_gap(GapSearch::new(256)), Some(Interval::new(0, 255)));
    assert_eq!(map.find_gap(GapSearch::new(256).highest()), Some(Interval::new(0, 255)));
    assert_eq!(map.find_gap(GapSearch::new(256).align(256)), Some(Interval::new(0, 255)));
    assert_eq!(map.find_gap(GapSearch::new(257)), None);
    assert_eq!(map.find_gap(GapSearch::new(u128::MAX).align(u128::MAX)), None);
    assert_eq!(map.find_gap(GapSearch::new(0)), None);
    assert_eq!(map.find_gap(GapSearch::new(1).within(5..5)), None);
    map.insert(255..=255, ());
    assert_eq!(map.find_gap(GapSearch::new(255)), Some(Interval::new(0, 254)));
    map.insert(0..=0, ());
    assert_eq!(map.find_gap(GapSearch::new(254).highest()), Some(Interval::new(1, 254)));
    assert_eq!(map.find_gap(GapSearch::new(255).best_fit()), None);
}

#[test]
fn the_greatest_ends_there_are() {
    let map = RangeMap::from([(1u64 << 63..=1 << 63, ())]);
    let half = GapSearch::new(1 << 63);
    assert_eq!(map.find_gap(half), Some(Interval::new(0, (1 << 63) - 1)));
    assert_eq!(map.find_gap(half.highest()), Some(Interval::new(0, (1 << 63) - 1)));
    let map = RangeMap::from([(i128::MIN..=i128::MIN, ())]);
    let most = GapSearch::new(u128::MAX);
    assert_eq!(map.find_gap(most), Some(Interval::new(i128::MIN + 1, i128::MAX)));
}

#[test]
#[should_panic(expected = "an alignment of zero")]
fn an_alignment_of_zero_is_refused() {
    let _ = GapSearch::<u8>::new(1).align(0);
}

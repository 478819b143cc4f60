//! Serialised forms, as they are since version 0.1: what `tests/data/golden` holds is what is written
//! today, and what it holds is read. A form that changes gets a file beside the old one, which is still read.
#![cfg(feature = "serde")]

use std::fmt::Debug;
use std::ops::Bound::{Excluded, Included};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use stabtree::{Cut, Interval, IntervalBTree, IntervalRbTree, RangeMap, RangeSet};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden").join(name);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .trim_end()
        .to_owned()
}

/// The value is written as the file has it, and the file is read as the value.
#[track_caller]
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let golden = read(name);
    assert_eq!(serde_json::to_string(value).expect("a text"), golden, "{name}");
    reads(name, value);
}

/// The file is read as the value: from text, from a reader and from a tree of values, which give
/// different kinds of strings.
#[track_caller]
fn reads<T: DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let golden = read(name);
    assert_eq!(serde_json::from_str::<T>(&golden).as_ref().ok(), Some(value), "{name}");
    assert_eq!(serde_json::from_reader::<_, T>(golden.as_bytes()).as_ref().ok(), Some(value));
    let tree = serde_json::from_str::<serde_json::Value>(&golden).expect("json");
    assert_eq!(serde_json::from_value::<T>(tree).as_ref().ok(), Some(value), "{name}");
}

#[test]
fn intervals() {
    is("interval.json", &Interval::new(3, 9));
    is("interval_u64_all.json", &Interval::new(0, u64::MAX));
    is("interval_i64_all.json", &Interval::new(i64::MIN, i64::MAX));
    is(
        "interval_text.json",
        &Interval::try_new("a".to_owned(), "ä\"b".to_owned()).expect("in order"),
    );
    is("interval_pairs.json", &Interval::new((1, 'x'), (1, 'y')));
    is("interval_address.json", &Interval::new([10, 0, 0, 1], [10, 0, 0, 254]));
    // As formats without names of fields have it, and in another order.
    reads("interval_plain.json", &Interval::new(3, 9));
    reads("interval_other_order.json", &Interval::new(3, 9));
}

#[test]
fn cuts() {
    is("cuts.json", &vec![Cut::before(1.5), Cut::at(1.5), Cut::after(1.5)]);
    is("cut_range.json", &Cut::range(9..10).expect("not empty"));
    is("cut_open.json", &Cut::range((Excluded(9), Included(10))).expect("not empty"));
}

fn entries() -> [(Interval<u32>, String); 6] {
    // Ties in order of insertion, an equal interval, and the whole domain.
    let entries =
        [(5, 9, "a"), (0, u32::MAX, "b"), (5, 7, "c"), (5, 9, "d"), (2, 2, ""), (7, 30, "e")];
    entries.map(|(start, last, value)| (Interval::new(start, last), value.to_owned()))
}

#[test]
fn indexes() {
    is("index.json", &IntervalBTree::from(entries()));
    is("index.json", &IntervalRbTree::from(entries()));
    is("index_empty.json", &IntervalBTree::<u32, String>::new());
    is("index_empty.json", &IntervalRbTree::<u32, String>::new());
    is(
        "index_values.json",
        &IntervalBTree::from([(Interval::new(-1, 1), (None::<bool>, [Some(2.5)]))]),
    );
    let busy = |range| Cut::range(range).expect("not empty");
    is("index_cuts.json", &IntervalBTree::from([(busy(9..10), 'x'), (busy(10..12), 'y')]));
    // In any order of starts; equal ones stay as they come.
    reads("index_unsorted.json", &IntervalBTree::from(entries()));
    reads("index_unsorted.json", &IntervalRbTree::from(entries()));
}

#[test]
fn maps_and_sets() {
    let map = RangeMap::from([(0u8..=3, 'a'), (4..=4, 'a'), (9..=255, 'b')]);
    assert_eq!(map.len(), 3, "touching entries stay apart");
    is("map.json", &map);
    is("map_empty.json", &RangeMap::<i16, ()>::new());
    is("set.json", &RangeSet::from_iter([0u8..4, 4..5, 9..11]));
    is("set_empty.json", &RangeSet::<i16>::new());
    let slots = [(Cut::range(9..10), 1), (Cut::range(10..=12), 2)];
    let slots: RangeMap<Cut<i32>, i32> =
        slots.into_iter().map(|(slot, value)| (slot.expect("not empty"), value)).collect();
    is("map_cuts.json", &slots);
}

/// What was refused is refused.
#[test]
fn what_is_no_value_is_refused() {
    fn refuses<T: DeserializeOwned>(text: &str) -> String {
        serde_json::from_str::<T>(text).map(drop).expect_err(text).to_string()
    }
    for text in [r#"{"start":9,"last":3}"#, "[9,3]", "[3]", "[1,2,3]", r#"{"start":3}"#, "3"] {
        refuses::<Interval<u8>>(text);
    }
    refuses::<Cut<u8>>(r#"{"beside":3}"#);
    refuses::<Cut<u8>>("3");
    refuses::<IntervalBTree<u8, u8>>("[[[9,3],1]]");
    refuses::<IntervalRbTree<u8, u8>>(r#"{"0":1}"#);
    refuses::<RangeMap<u8, u8>>("[[[1,5],1],[[5,9],2]]");
    refuses::<RangeSet<u8>>("[[5,1]]");
}

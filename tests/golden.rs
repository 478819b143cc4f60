//! Serialised forms, as they are since version 0.1: what `tests/data/golden` holds is what is written
//! today, and what it holds is read. A form that changes gets a file beside the old one, which is still read.
//!
//! Each form is kept as text with the names of fields, and as the bytes of a format without them
//! (`MessagePack`, in hexadecimal digits).
#![cfg(feature = "serde")]

use std::fmt::{Debug, Write as _};
use std::ops::Bound::{Excluded, Included};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use stabtree::{
    Cut, Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree, RangeMap, RangeSet,
};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden").join(name);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .trim_end()
        .to_owned()
}

/// The value is written as the files have it, and the files are read as the value.
#[track_caller]
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    is_written(name, value);
    reads(name, value);
    let bytes = bytes(name);
    assert_eq!(rmp_serde::from_slice::<T>(&bytes).as_ref().ok(), Some(value), "{name}");
    for len in 0..bytes.len() {
        assert!(rmp_serde::from_slice::<T>(&bytes[..len]).is_err(), "{len} bytes of {name}");
    }
}

/// The value is written as the files have it.
#[track_caller]
fn is_written(name: &str, value: &impl Serialize) {
    assert_eq!(serde_json::to_string(value).expect("a text"), read(name), "{name}");
    let mut digits = String::new();
    for byte in rmp_serde::to_vec(value).expect("bytes") {
        write!(digits, "{byte:02x}").expect("a string grows");
    }
    assert_eq!(digits, read(&binary(name)), "{name}");
}

/// The file with the bytes of what the other has as text.
fn binary(name: &str) -> String {
    name.replace(".json", ".msgpack.hex")
}

fn bytes(name: &str) -> Vec<u8> {
    let digits = read(&binary(name));
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
    (0..digits.len()).step_by(2).map(byte).collect()
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

/// A snapshot is written as the index or map that it was taken of, before and after a change.
#[test]
fn snapshots() {
    let mut index = IntervalBTree::from(entries());
    let snapshot = index.snapshot();
    index.clear();
    is_written("index.json", &*snapshot);
    let mut map = RangeMap::from([(0u8..=3, 'a'), (4..=4, 'a'), (9..=255, 'b')]);
    let snapshot = map.snapshot();
    map.clear();
    is_written("map.json", &*snapshot);
}

/// An index that keeps its handles; equal to one with the same entries under the same handles.
#[derive(Debug)]
struct Kept<I>(I);

impl<I: IntervalIndex<u32, String>> Serialize for Kept<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        stabtree::serde_with_handles::serialize(&self.0, serializer)
    }
}

impl<'de, I: IntervalIndex<u32, String>> Deserialize<'de> for Kept<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stabtree::serde_with_handles::deserialize(deserializer).map(Self)
    }
}

/// Either index, with a slot that is used again and one that is not.
fn with_handles<I: IntervalIndex<u32, String> + Debug>() {
    let mut index = I::new();
    let handles = entries().map(|(interval, value)| index.insert(interval, value));
    let removed = [handles[1], handles[3]];
    for handle in removed {
        index.remove(handle);
    }
    let added = index.insert(Interval::new(6, 6), "f".to_owned());
    is("handles.json", &vec![handles[0], handles[3], added]);
    let kept = Kept(index);
    is_written("index_with_handles.json", &kept);

    let text = read("index_with_handles.json");
    let mut copies: [Kept<I>; 2] = [
        serde_json::from_str(&text).expect("our own text"),
        rmp_serde::from_slice(&bytes("index_with_handles.json")).expect("our own bytes"),
    ];
    for Kept(copy) in &mut copies {
        assert_eq!(copy.check(), Ok(5));
        for handle in handles.into_iter().chain([added]) {
            assert_eq!(copy.get(handle), kept.0.get(handle), "{handle:?}");
        }
        let next = copy.insert(Interval::new(1, 1), "g".to_owned());
        assert!(next != added && !handles.contains(&next), "no handle is given twice");
    }
    is_written("index_with_handles_empty.json", &Kept(I::new()));
}

#[test]
fn indexes_with_handles() {
    with_handles::<IntervalBTree<u32, String>>();
    with_handles::<IntervalRbTree<u32, String>>();
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
    for (text, pair) in [
        ("[[[1,5],1],[[5,9],2]]", "entries 0 and 1 "),
        ("[[[6,9],1],[[0,0],2],[[1,6],3]]", "entries 0 and 2 "),
        ("[[[4,4],1],[[9,9],2],[[0,1],3],[[4,4],4]]", "entries 0 and 3 "),
    ] {
        let message = refuses::<RangeMap<u8, u8>>(text);
        assert!(message.contains(pair), "{message} at {text}");
    }
    refuses::<RangeSet<u8>>("[[5,1]]");
    refuses::<Handle>("0");
}

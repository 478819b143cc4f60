//! Indexes through serde with their handles: these lead to the same entries afterwards.
#![cfg(feature = "serde")]

use crate::common::bounds::bound;
use std::collections::BTreeMap;

use quickcheck::{Gen, QuickCheck};
use serde::{Deserialize, Serialize};
use stabtree::{Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree};

/// A form with the index in a field, as it is used with derived code.
struct Saved<I>(I);

impl<I: IntervalIndex<u16, u32>> Serialize for Saved<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        stabtree::serde_with_handles::serialize(&self.0, serializer)
    }
}

impl<'de, I: IntervalIndex<u16, u32>> Deserialize<'de> for Saved<I> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stabtree::serde_with_handles::deserialize(deserializer).map(Self)
    }
}

fn read<I: IntervalIndex<u16, u32>>(text: &str) -> serde_json::Result<I> {
    serde_json::from_str::<Saved<I>>(text).map(|saved| saved.0)
}

/// Saves one index and reads the other kind, which must hold the same under all handles ever given.
fn copied<I, J>(index: &Saved<I>, given: &BTreeMap<Handle, Option<u32>>) -> Saved<J>
where
    I: IntervalIndex<u16, u32>,
    J: IntervalIndex<u16, u32>,
{
    let text = serde_json::to_string(index).expect("a text");
    let copy: J = read(&text).expect("our own text");
    assert_eq!(copy.check(), Ok(index.0.len()));
    for (handle, value) in given {
        assert_eq!(copy.get(*handle).copied(), *value, "{handle:?} in {text}");
    }
    Saved(copy)
}

/// Insertions and removals, with a way through text into either index after each few.
fn survives<I: IntervalIndex<u16, u32>, J: IntervalIndex<u16, u32>>(events: Vec<(bool, u8)>) {
    let mut index = Saved(I::new());
    let mut given = BTreeMap::new();
    for (i, (inserts, n)) in (0..).zip(events) {
        if inserts {
            let handle = index.0.insert(Interval::new(n.into(), u16::from(n) + 9), i);
            assert!(given.insert(handle, Some(i)).is_none(), "a handle is given once");
        } else if let Some((handle, value)) = given.iter_mut().nth(n.into()) {
            assert_eq!(index.0.remove(*handle).map(|(_, value)| value), value.take());
        }
        match i % 16 {
            7 => index = copied::<I, I>(&index, &given),
            15 => {
                let other = copied::<I, J>(&index, &given);
                index = copied::<J, I>(&other, &given);
            }
            _ => {}
        }
    }
}

#[test]
fn prop_handles_name_their_entries_after_a_way_through_text() {
    let tests = |prop: fn(Vec<(bool, u8)>)| {
        QuickCheck::new().rng(Gen::new(100)).tests(bound(30, 200, 200)).quickcheck(prop);
    };
    tests(survives::<IntervalRbTree<u16, u32>, IntervalBTree<u16, u32>>);
    tests(survives::<IntervalBTree<u16, u32>, IntervalRbTree<u16, u32>>);
}

#[test]
fn the_form_is_a_pair_of_what_was_given_out_and_the_entries() {
    let mut index = IntervalBTree::new();
    let first = index.insert(Interval::new(5, 9), 7);
    index.insert(Interval::new(3, 4), 8);
    index.remove(first);
    let text = serde_json::to_string(&Saved(index)).expect("a text");
    assert_eq!(text, r#"[[0,2,2],[[4294967298,{"start":3,"last":4},8]]]"#);
}

#[test]
fn entries_come_in_any_order() {
    let text = r#"[[0,3,1],[
        [4294967297,{"start":5,"last":9},1],
        [4294967299,{"start":1,"last":2},2],
        [4294967298,{"start":5,"last":5},3]
    ]]"#;
    let index: IntervalBTree<u16, u32> = read(text).expect("legal entries");
    index.check().expect("a legal index");
    assert!(index.values().eq(&[2, 1, 3]));
    let handles = [1, 3, 2].map(|slot| Handle::from_bits(1 << 32 | slot).expect("one"));
    assert_eq!(handles.map(|handle| index[handle]), [1, 2, 3]);
}

#[test]
fn what_was_built_sorted_has_its_handles_without_a_table() {
    let index: IntervalBTree<u16, u32> = (0..100).map(|i| (Interval::point(i), 0)).collect();
    let text = serde_json::to_string(&Saved(index.clone())).expect("a text");
    let mut copy: IntervalBTree<u16, u32> = read(&text).expect("our own text");
    let mut index = index;
    let next = index.insert(Interval::point(7), 1);
    assert_eq!(copy.insert(Interval::point(7), 1), next, "both go on alike");
}

#[test]
fn hostile_texts_are_errors_that_say_what_is_wrong() {
    fn refuses(text: &str, why: &str) {
        let error = read::<IntervalBTree<u16, u32>>(text).expect_err(text).to_string();
        assert!(error.contains(why), "{text}: {error}");
        let error = read::<IntervalRbTree<u16, u32>>(text).expect_err(text).to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let of = |issued: &str, handles: &[u64]| {
        let entries = handles.iter().map(|bits| format!(r#"[{bits},{{"start":1,"last":2}},0]"#));
        format!("[{issued},[{}]]", entries.collect::<Vec<_>>().join(","))
    };
    let one = 1 << 32 | 1;
    assert!(read::<IntervalBTree<u16, u32>>(&of("[0,1,1]", &[one])).is_ok());
    refuses(&of("[0,1,1]", &[0]), "no handle has the number 0");
    refuses(&of("[0,1,1]", &[u64::MAX]), "no handle has the number");
    refuses(&of("[0,1,1]", &[one, one]), "the handle 4294967297 comes twice");
    refuses(&of("[0,1,1]", &[one + 1]), "the handle 4294967298 was not given out");
    refuses(&of("[0,1,1]", &[2 << 32 | 1]), "the handle 8589934593 was not given out");
    refuses(&of("[0,1,0]", &[one]), "generation");
    refuses(&of("[2,1,1]", &[one]), "cannot be");
    refuses(&of("[0,2147483647,1]", &[one]), "cannot be");
    refuses(&of("[2147483646,2147483646,1]", &[one]), "cannot be");
    refuses(&of("[0,2147483646,4294967295]", &[one]), "no handles are left");
    refuses(&of("[0,1]", &[one]), "invalid length");
    refuses(&of("[0,1,1,1]", &[one]), "");
    refuses(&of("[0,-1,1]", &[one]), "");
    refuses(r#"[[0,1,1],[[4294967297,{"start":2,"last":1},0]]]"#, "last lies before start");
    refuses(r#"[[0,1,1],[[4294967297,{"start":1,"last":2}]]]"#, "invalid length");
    refuses("[]", "");
    refuses("[[0,1,1]]", "");
    refuses("null", "");
}

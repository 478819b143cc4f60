//! Indexes and intervals through serde: what comes in is validated, what goes out comes back.
#![cfg(feature = "serde")]

use crate::common::bounds::bound;
use crate::common::generate::Steps;
use crate::common::world::World;
use quickcheck::{Gen, QuickCheck};
use stabtree::{Cut, Interval, IntervalBTree, IntervalRbTree};

#[test]
fn prop_indexes_come_back_as_they_went() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn prop(steps: Steps) {
        let mut world = World::<IntervalRbTree<String, u32>, String>::new();
        let mut copied = World::<IntervalRbTree<u64, u32>, u64>::new();
        for step in &steps.0 {
            world.apply(&step.0);
            copied.apply(&step.0);
        }
        let text = serde_json::to_string(&world.index).expect("a text");
        let tree: IntervalRbTree<String, u32> = serde_json::from_str(&text).expect("our own text");
        tree.check().expect("a legal tree");
        assert_eq!(tree, world.index);

        let wide = IntervalBTree::from(copied.index.clone());
        let text = serde_json::to_string(&wide).expect("a text");
        assert_eq!(
            text,
            serde_json::to_string(&copied.index).expect("a text"),
            "one form for both"
        );
        let back: IntervalBTree<u64, u32> = serde_json::from_str(&text).expect("our own text");
        back.check().expect("a legal index");
        assert_eq!(back, wide);
    }
    QuickCheck::new().rng(Gen::new(64)).tests(bound(15, 100, 100)).quickcheck(prop as fn(Steps));
}

#[test]
fn an_interval_is_its_two_ends() {
    let interval = Interval::new(3, 9);
    let text = serde_json::to_string(&interval).expect("a text");
    assert_eq!(text, r#"{"start":3,"last":9}"#);
    assert_eq!(serde_json::from_str::<Interval<i32>>(&text).expect("our own text"), interval);
    assert!(
        serde_json::from_str::<Interval<u64>>(r#"{"start":0,"last":18446744073709551615}"#).is_ok()
    );
}

#[test]
fn an_inverted_interval_is_an_error_that_says_so() {
    let error =
        serde_json::from_str::<Interval<u8>>(r#"{"start":9,"last":3}"#).expect_err("inverted");
    assert!(error.to_string().contains("last lies before start"), "{error}");
}

#[test]
fn a_cut_is_named_by_its_side() {
    let half_open = Cut::range(9..10).expect("not empty");
    let text = serde_json::to_string(&half_open).expect("a text");
    assert_eq!(text, r#"{"start":{"at":9},"last":{"before":10}}"#);
    assert_eq!(serde_json::from_str::<Interval<Cut<u8>>>(&text).expect("our own text"), half_open);
    for cut in [Cut::before("a"), Cut::at("a"), Cut::after("a")] {
        let text = serde_json::to_string(&cut).expect("a text");
        assert_eq!(serde_json::from_str::<Cut<&str>>(&text).expect("our own text"), cut);
    }
    let inverted = r#"{"start":{"after":9},"last":{"at":9}}"#;
    let error = serde_json::from_str::<Interval<Cut<u8>>>(inverted).expect_err("inverted");
    assert!(error.to_string().contains("last lies before start"), "{error}");
    let error = serde_json::from_str::<Cut<u8>>(r#"{"beside":9}"#).expect_err("no side");
    let text = "unknown name `beside`, expected `before`, `at` or `after`";
    assert!(error.to_string().starts_with(text), "{error}");
    assert!(serde_json::from_str::<Cut<u8>>(r#""at""#).is_err(), "no value");
}

#[test]
fn an_unknown_part_of_an_interval_is_named() {
    let error = serde_json::from_str::<Interval<u8>>(r#"{"start":9,"end":12}"#).expect_err("end");
    let text = "unknown name `end`, expected `start` or `last`";
    assert!(error.to_string().starts_with(text), "{error}");
}

macro_rules! texts {
    ($module:ident, $index:ident) => {
        mod $module {
            use super::*;

            #[test]
            fn many_entries_come_back_as_they_went() {
                let index: $index<u8, u32> =
                    (0..100).map(|i| (Interval::new(i, i + 9), u32::from(i))).collect();
                let text = serde_json::to_string(&index).expect("a text");
                let back: $index<u8, u32> = serde_json::from_str(&text).expect("our own text");
                back.check().expect("a legal index");
                assert_eq!(back, index);
            }

            #[test]
            fn unsorted_entries_make_a_sorted_index() {
                let text = r#"[
                    [{"start":5,"last":9},"b"],
                    [{"start":1,"last":2},"a"],
                    [{"start":5,"last":5},"c"]
                ]"#;
                let index: $index<u8, String> = serde_json::from_str(text).expect("legal entries");
                index.check().expect("a legal index");
                assert!(index.values().eq(["a", "b", "c"]));
            }

            #[test]
            fn hostile_texts_are_errors() {
                fn refuses(text: &str) {
                    let error = serde_json::from_str::<$index<u8, u8>>(text).expect_err(text);
                    assert!(!error.to_string().is_empty());
                }
                refuses(r#"[[{"start":9,"last":3},1]]"#);
                refuses(r#"[[{"start":1,"last":3},1],[{"start":4,"last":3},1]]"#);
                refuses(r#"[[{"start":-1,"last":3},1]]"#);
                refuses(r#"[[{"start":1,"last":256},1]]"#);
                refuses(r#"[[{"start":1},1]]"#);
                refuses(r#"[[{"start":1,"last":3,"subtree_last":200},1]]"#);
                refuses(r#"[[{"start":1,"start":2,"last":3},1]]"#);
                refuses(r#"[[{"start":1,"last":3}]]"#);
                refuses(r#"[[{"start":1,"last":3},1,1]]"#);
                refuses(r#"[[{"start":1,"last":3},1]"#);
                refuses(r#"{"nodes":[],"root":7}"#);
                refuses("null");
            }
        }
    };
}

texts!(tree, IntervalRbTree);
texts!(wide, IntervalBTree);

//! An index comes back from its text as it went, and no text, however hostile, makes a broken one.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stabtree::{Interval, IntervalBTree, IntervalRbTree};
use stabtree_fuzz::ops::Op;
use stabtree_fuzz::world::World;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Changes(Vec<Op>),
    /// Entries with ends in any order.
    Entries(Vec<(u64, u64, u8)>),
    Bytes(&'a [u8]),
}

macro_rules! comes_back {
    ($index:expr, $type:ty) => {
        let index: &$type = $index;
        let text = serde_json::to_string(index).expect("a text");
        let back: $type = serde_json::from_str(&text).expect("our own text");
        back.check().expect("all invariants hold");
        assert_eq!(back, *index);
        assert_eq!(serde_json::to_string(&back).expect("a text"), text);
    };
}

/// What can be read of the text is legal and comes back; tells whether each index could be read.
fn read(text: &[u8]) -> [bool; 2] {
    let tree = serde_json::from_slice::<IntervalRbTree<u64, u8>>(text);
    if let Ok(tree) = &tree {
        tree.check().expect("all invariants hold");
        comes_back!(tree, IntervalRbTree<u64, u8>);
    }
    let wide = serde_json::from_slice::<IntervalBTree<u64, u8>>(text);
    if let Ok(wide) = &wide {
        wide.check().expect("all invariants hold");
        comes_back!(wide, IntervalBTree<u64, u8>);
    }
    if let Ok(interval) = serde_json::from_slice::<Interval<i32>>(text) {
        assert!(interval.start() <= interval.last());
    }
    [tree.is_ok(), wide.is_ok()]
}

fuzz_target!(|input: Input<'_>| match input {
    Input::Changes(changes) => {
        comes_back!(
            &World::<IntervalRbTree<i64, u32>, i64>::changed(&changes).index,
            IntervalRbTree<i64, u32>
        );
        comes_back!(
            &World::<IntervalBTree<i64, u32>, i64>::changed(&changes).index,
            IntervalBTree<i64, u32>
        );
    }
    Input::Entries(entries) => {
        let texts = entries
            .iter()
            .map(|(start, last, value)| format!(r#"[{{"start":{start},"last":{last}}},{value}]"#));
        let text = format!("[{}]", texts.collect::<Vec<_>>().join(","));
        let is_legal = entries.iter().all(|(start, last, _)| start <= last);
        assert_eq!(read(text.as_bytes()), [is_legal; 2], "{text}");
    }
    Input::Bytes(bytes) => {
        let [tree, wide] = read(bytes);
        assert_eq!(tree, wide, "both read the same");
    }
});

//! Values replaced by others of another type.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use stabtree::{Interval, IntervalBTree, IntervalRbTree};

/// Counts its drops.
struct Counted<'a>(u32, &'a Cell<u32>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
    }
}

macro_rules! map_values {
    ($module:ident, $index:ident) => {
        mod $module {
            use super::*;

            #[test]
            fn values_are_changed_in_order_and_keep_interval_and_handle() {
                let mut index = $index::new();
                let handles: Vec<_> =
                    (0..200).map(|i| index.insert(Interval::new(i * 37 % 100, 100), i)).collect();
                (0..200).step_by(3).for_each(|i| _ = index.remove(handles[i]));
                let before = index.clone();
                let mut seen = Vec::new();
                let mut texts = index.map_values(|interval, value| {
                    seen.push((interval.clone(), value));
                    [value.to_string(), String::new(), String::new()]
                });
                texts.check().expect("all invariants hold");
                assert!(before.iter().map(|(at, value)| (at.clone(), *value)).eq(seen));
                assert!(before.intervals().eq(texts.intervals()));
                for handle in &handles {
                    let text = texts.get(*handle).map(|[text, ..]| text.clone());
                    assert_eq!(text, before.get(*handle).map(ToString::to_string));
                }
                for i in 0..500 {
                    let next = texts.insert(Interval::point(i), [const { String::new() }; 3]);
                    assert!(!handles.contains(&next), "a handle is given once");
                }
                texts.check().expect("all invariants hold");
            }

            #[test]
            fn a_panic_drops_each_value_once() {
                for last in [0, 1, 63, 64, 65, 99] {
                    let dropped = Cell::new(0);
                    let entries = (0..100).map(|i| (Interval::point(i), Counted(i, &dropped)));
                    let index: $index<_, _> = entries.collect();
                    let change = AssertUnwindSafe(|| {
                        index.map_values(|_, value| {
                            assert!(value.0 != last, "enough");
                            (value, 0_u128)
                        })
                    });
                    assert!(catch_unwind(change).is_err());
                    assert_eq!(dropped.get(), 100, "a panic at {last}");
                }
            }
        }
    };
}

map_values!(tree, IntervalRbTree);
map_values!(wide, IntervalBTree);

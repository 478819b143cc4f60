//! Limits that lie out of reach of ordinary use; in a test build they are close.

use core::cell::Cell;
use core::cmp::Ordering;

use super::{IntervalRbTree, Violation};
use crate::interval::Interval;

/// Panics when compared while it is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bomb<'a>(pub(crate) u32, pub(crate) &'a Cell<bool>);

impl PartialOrd for Bomb<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bomb<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(!self.1.get(), "armed");
        self.0.cmp(&other.0)
    }
}

/// The tests of either index.
macro_rules! test_index {
    ($index:ident) => {
        #[test]
        fn values_are_borrowed_once_from_both_ends() {
            let entries =
                (0..1_100).map(|i| ($crate::interval::Interval::new(10 * i, 10 * i + 5), i));
            let mut index: $index<u32, u32> = entries.collect();
            for taken in [0, 1, 17, 32, 33, 550, 1_099, 1_100] {
                let mut values = index.iter_mut();
                assert_eq!(values.by_ref().take(taken).count(), taken);
                assert_eq!(values.rev().count(), 1_100 - taken);
                let mut values = index.iter_mut();
                assert_eq!(values.by_ref().rev().take(taken).count(), taken);
                assert_eq!(values.count(), 1_100 - taken);
            }
            assert_eq!(index.overlapping_mut(303..=8_000).count(), 771);
        }

        mod limits {
            use alloc::format;
            use alloc::string::String;
            use alloc::vec::Vec;
            use core::cell::Cell;
            use core::error::Error;
            use std::panic::{AssertUnwindSafe, catch_unwind};

            use super::$index;
            use crate::InsertAfterReason;
            use crate::arena::NodeId;
            use crate::interval::Interval;
            use crate::rb::tests::Bomb;

            #[test]
            fn a_full_tree_hands_interval_and_value_back() {
                let mut tree = $index::new();
                let first = tree.insert(Interval::new(0, 1), "first");
                tree.extend((1..NodeId::MAX_SLOTS).map(|i| (Interval::point(i), "filler")));
                assert_eq!(tree.len(), NodeId::MAX_SLOTS);

                let full = format!(
                    "capacity exceeded: an index holds at most {} entries",
                    NodeId::MAX_SLOTS
                );
                let error = tree.try_insert(Interval::new(3, 4), "refused").unwrap_err();
                assert_eq!(error.to_string(), full);
                assert_eq!(error.source().unwrap().to_string(), full);
                assert!(error.source().unwrap().source().is_none(), "memory is not the reason");
                assert_eq!((error.interval(), *error.value()), (&Interval::new(3, 4), "refused"));
                assert_eq!(error.into_parts(), (Interval::new(3, 4), "refused"));

                let error =
                    tree.insert_after(first, Interval::new(0, 9), "refused too").unwrap_err();
                assert!(matches!(error.reason(), InsertAfterReason::Capacity(_)));
                let text = format!("cannot insert after the entry: {full}");
                assert_eq!(error.to_string(), text);
                assert_eq!(error.source().unwrap().to_string(), full);
                assert_eq!(error.into_parts(), (Interval::new(0, 9), "refused too"));

                assert!(tree.try_reserve(1).is_err());
                assert!($index::<u64>::new().try_reserve(NodeId::MAX_SLOTS).is_ok());
                assert!($index::<u64>::new().try_reserve(NodeId::MAX_SLOTS + 1).is_err());
                assert_eq!(tree.check().unwrap().len, NodeId::MAX_SLOTS);
                tree.remove(first);
                assert!(tree.try_insert(Interval::new(3, 4), "accepted").is_ok());
                tree.check().unwrap();
            }

            #[test]
            fn a_full_tree_panics_where_it_cannot_refuse() {
                let full = || (0..NodeId::MAX_SLOTS).map(|i| (Interval::point(i), ()));
                let mut tree: $index<_> = full().collect();
                let mut other = $index::from([(Interval::point(3), ())]);
                let mut panics = |action: &dyn Fn(&mut $index<_>, &mut $index<_>)| {
                    let action = AssertUnwindSafe(|| action(&mut tree, &mut other));
                    let panic = catch_unwind(action).unwrap_err();
                    let text = panic.downcast::<String>().expect("a text");
                    assert_eq!(
                        *text,
                        format!(
                            "capacity exceeded: an index holds at most {} entries",
                            NodeId::MAX_SLOTS
                        )
                    );
                    assert_eq!((tree.len(), other.len()), (NodeId::MAX_SLOTS, 1));
                    tree.check().unwrap();
                    other.check().unwrap();
                };
                panics(&|tree, _| _ = tree.insert(Interval::point(3), ()));
                panics(&|tree, _| tree.reserve(1));
                panics(&|tree, other| tree.append(other));
                let one_more = || full().chain([(Interval::point(NodeId::MAX_SLOTS), ())]);
                panics(&|_, _| _ = $index::try_from_sorted(one_more()));
                // Without saying how many there are.
                panics(&|_, _| _ = $index::try_from_sorted(one_more().filter(|_| true)));
            }

            #[test]
            fn a_slot_whose_generations_are_used_up_is_never_given_again() {
                let mut tree = $index::new();
                let mut stale = Vec::new();
                for life in 0..20 {
                    let handle = tree.insert(Interval::point(5), life);
                    assert!(
                        !stale.contains(&handle),
                        "life {life} has the handle of an earlier one"
                    );
                    assert_eq!(tree.remove(handle), Some((Interval::point(5), life)));
                    stale.push(handle);
                    assert!(stale.iter().all(|handle| !tree.contains_handle(*handle)));
                    tree.check().unwrap();
                }
                // Cleared, a slot goes on where it was.
                for life in 0..20 {
                    let handle = tree.insert(Interval::point(5), life);
                    assert!(!stale.contains(&handle));
                    stale.push(handle);
                    tree.clear();
                    tree.check().unwrap();
                }
            }

            #[test]
            fn a_slot_in_its_last_life_outlasts_a_change_of_interval_that_panics() {
                let armed = Cell::new(false);
                let at = |n| Interval::point(Bomb(n, &armed));
                let mut tree = $index::new();
                tree.insert(at(1), "other");
                for _ in 0..2 {
                    let handle = tree.insert(at(5), "earlier life");
                    tree.remove(handle);
                }
                let last_life = tree.insert(at(5), "last life");
                let to = at(9);
                armed.set(true);
                let change = AssertUnwindSafe(|| tree.set_interval(last_life, to));
                assert!(catch_unwind(change).is_err());
                armed.set(false);
                assert_eq!((tree.len(), tree.get(last_life)), (2, Some(&"last life")));
                tree.check().unwrap();
                tree.remove(last_life);
                assert_eq!(tree.len(), 1);
                tree.check().unwrap();
                tree.shrink_to_fit();
                tree.reserve(1);
                assert!(tree.capacity() >= 2, "the retired slot is not vacant");
                let next = tree.insert(at(5), "a new slot");
                assert_eq!(tree.get(next), Some(&"a new slot"));
                tree.check().unwrap();
            }

            #[test]
            fn memory_is_reserved_beside_retired_slots() {
                let mut tree = $index::new();
                // Three lives a slot.
                for _ in 0..60 {
                    let handle = tree.insert(Interval::point(5), ());
                    tree.remove(handle);
                }
                tree.shrink_to_fit();
                tree.reserve(1_000);
                assert!(tree.capacity() >= 1_000);
            }

            /// Handles go on with greater generations, then with greater slots, and at the end no
            /// entry moves any more.
            #[test]
            fn handles_are_given_once_until_none_are_left_to_move_by() {
                let mut index = $index::new();
                let (mut live, mut stale) = (Vec::new(), Vec::new());
                for round in 0.. {
                    for at in 0..100 {
                        let Ok(handle) = index.try_insert(Interval::point(at), round) else {
                            assert!(round > 30 && stale.len() > 3_000, "in round {round}");
                            return;
                        };
                        assert!(!live.contains(&handle) && !stale.contains(&handle));
                        live.push(handle);
                    }
                    while live.len() > 5 {
                        let handle = live.swap_remove(round * 31 % live.len());
                        assert!(index.remove(handle).is_some());
                        stale.push(handle);
                    }
                    if round % 2 == 0 {
                        index.compact()
                    } else {
                        index.shrink_to_fit()
                    }
                    index.check().unwrap();
                    assert!(live.iter().all(|handle| index.contains_handle(*handle)));
                    assert!(!stale.iter().any(|handle| index.contains_handle(*handle)));
                    let copy = index.clone();
                    assert!(live.iter().all(|handle| copy.get(*handle) == index.get(*handle)));
                    assert!(!stale.iter().any(|handle| copy.contains_handle(*handle)));
                }
            }

            #[test]
            fn retired_slots_count_against_the_limit() {
                let mut tree = $index::new();
                let mut lives = 0;
                while let Ok(handle) = tree.try_insert(Interval::point(5), ()) {
                    tree.remove(handle);
                    lives += 1;
                }
                assert_eq!(lives, 3 * NodeId::MAX_SLOTS);
                assert!(tree.is_empty());
                tree.check().unwrap();
            }
        }
    };
}

pub(crate) use test_index;

test_index!(IntervalRbTree);

#[test]
fn a_node_without_a_value_is_found() {
    let mut tree = IntervalRbTree::from([(Interval::point(1), 'a'), (Interval::point(2), 'b')]);
    let entry = tree.first_overlapping_handle(2..).expect("an entry");
    let id = tree.locate(entry).expect("it is there");
    tree.entries.take(id);
    assert_eq!(tree.check(), Err(Violation::Value { slot: id.index() }));
}

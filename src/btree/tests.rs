//! Limits that lie out of reach of ordinary use, close in a test build; and what each instruction
//! set finds.

#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::vec::Vec;

use super::IntervalBTree;
use super::node::LEAF;
use super::search::mask;
use super::simd::{self, Instructions, Job};
use crate::arena::NodeId;
use crate::interval::Interval;
use crate::tree::InsertAfterReason;

#[test]
fn a_full_tree_hands_interval_and_value_back() {
    let mut tree = IntervalBTree::new();
    let first = tree.insert(Interval::new(0, 1), "first");
    tree.extend((1..NodeId::MAX_SLOTS).map(|i| (Interval::point(i), "filler")));
    assert_eq!(tree.len(), NodeId::MAX_SLOTS);

    let (error, interval, value) = tree.try_insert(Interval::new(3, 4), "refused").unwrap_err();
    assert!(error.to_string().starts_with("no room: more than"), "{error}");
    assert_eq!((interval, value), (Interval::new(3, 4), "refused"));

    let error = tree.insert_after(first, Interval::new(0, 9), "refused too").unwrap_err();
    assert!(matches!(error.reason, InsertAfterReason::Capacity(_)));
    assert_eq!((error.interval, error.value), (Interval::new(0, 9), "refused too"));

    assert!(tree.try_reserve(1).is_err());
    assert_eq!(tree.check().unwrap().len, NodeId::MAX_SLOTS);
    tree.remove(first);
    assert!(tree.try_insert(Interval::new(3, 4), "accepted").is_ok());
    tree.check().unwrap();
}

#[test]
fn a_slot_whose_generations_are_used_up_is_never_given_again() {
    let mut tree = IntervalBTree::new();
    let mut stale = Vec::new();
    for life in 0..20 {
        let handle = tree.insert(Interval::point(5), life);
        assert!(!stale.contains(&handle), "life {life} has the handle of an earlier one");
        assert_eq!(tree.remove(handle), Some((Interval::point(5), life)));
        stale.push(handle);
        assert!(stale.iter().all(|handle| !tree.contains(*handle)));
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

/// Panics when compared while it is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bomb<'a>(u32, &'a core::cell::Cell<bool>);

impl PartialOrd for Bomb<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bomb<'_> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        assert!(!self.1.get(), "armed");
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_slot_in_its_last_life_is_retired_when_a_change_of_interval_panics() {
    let armed = core::cell::Cell::new(false);
    let at = |n| Interval::point(Bomb(n, &armed));
    let mut tree = IntervalBTree::new();
    tree.insert(at(1), "other");
    for _ in 0..2 {
        let handle = tree.insert(at(5), "earlier life");
        tree.remove(handle);
    }
    let last_life = tree.insert(at(5), "last life");
    let to = at(9);
    armed.set(true);
    let change = std::panic::AssertUnwindSafe(|| tree.set_interval(last_life, to));
    assert!(std::panic::catch_unwind(change).is_err());
    armed.set(false);
    assert_eq!((tree.len(), tree.contains(last_life)), (1, false));
    tree.check().unwrap();
    let next = tree.insert(at(5), "a new slot");
    assert_eq!(tree.get(next), Some(&"a new slot"));
    tree.check().unwrap();
}

#[test]
fn retired_slots_count_against_the_limit() {
    let mut tree = IntervalBTree::new();
    let mut lives = 0;
    while let Ok(handle) = tree.try_insert(Interval::point(5), ()) {
        tree.remove(handle);
        lives += 1;
    }
    assert_eq!(lives, 3 * NodeId::MAX_SLOTS);
    assert!(tree.is_empty());
    tree.check().unwrap();
}

/// A leaf of ends near each other and near the ends of the type, and every query of those ends.
fn instructions_agree<T: Ord + Copy>(ends: &[T]) {
    struct Masks<'a, T>(&'a [T; LEAF], T);

    impl<T: Ord + Copy> Job for Masks<'_, T> {
        type Output = [u32; 5];

        #[inline(always)]
        fn run<I: Instructions>(self, with: I) -> [u32; 5] {
            let Self(items, end) = self;
            [
                mask(with, items, |item| *item < end),
                mask(with, items, |item| *item <= end),
                mask(with, items, |item| *item == end),
                mask(with, items, |item| *item >= end),
                mask(with, items, |item| *item > end),
            ]
        }
    }

    for turn in 0..ends.len() {
        let items: [T; LEAF] = core::array::from_fn(|i| ends[(i * 7 + turn) % ends.len()]);
        for end in ends {
            let bits = |holds: fn(&T, &T) -> bool| {
                (0..LEAF).filter(|i| holds(&items[*i], end)).fold(0, |bits, i| bits | 1 << i)
            };
            let expected = [bits(T::lt), bits(T::le), bits(T::eq), bits(T::ge), bits(T::gt)];
            for masks in simd::run_each(|| Masks(&items, *end)) {
                assert_eq!(masks, expected);
            }
        }
    }
}

#[test]
fn every_instruction_set_finds_the_same() {
    instructions_agree(&[0u64, 1, 2, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX]);
    instructions_agree(&[i64::MIN, -1, 0, 1, 1 << 32, i64::MAX]);
    instructions_agree(&[0u32, 1, (1 << 31) - 1, 1 << 31, u32::MAX]);
    instructions_agree(&[i32::MIN, -1, 0, 1, i32::MAX]);
    instructions_agree(&[0u16, 1, 1 << 15, u16::MAX]);
    instructions_agree(&[i8::MIN, -1, 0, 1, i8::MAX]);
    instructions_agree(&[0u128, 1, 1 << 64, u128::MAX]);
    instructions_agree(&[(0u8, 3i64), (0, -3), (7, 0), (7, i64::MIN)]);
    instructions_agree(&["", "a", "ab", "b"]);
}

//! Handles: as numbers, and what they name after everything that may happen to an index.

use crate::common::bounds::bound;
use std::collections::BTreeMap;

use quickcheck::{Arbitrary, Gen, QuickCheck, quickcheck};
use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

/// The number of a handle is that of its slot, from 1 to 2^31 - 2, and above it a generation that
/// is not 0.
fn is_of_a_handle(bits: u64) -> bool {
    (1..=(1 << 31) - 2).contains(&(bits & 0xFFFF_FFFF)) && bits >> 32 != 0
}

#[test]
fn every_number_is_of_one_handle_or_of_none() {
    fn holds(slot: u32, generation: u32) -> bool {
        let bits = u64::from(generation) << 32 | u64::from(slot);
        Handle::from_bits(bits).map(Handle::to_bits) == is_of_a_handle(bits).then_some(bits)
    }
    quickcheck(holds as fn(u32, u32) -> bool);
    let edges = [0, 1, 2, (1 << 31) - 2, (1 << 31) - 1, 1 << 31, u32::MAX];
    for (slot, generation) in edges.iter().flat_map(|slot| edges.map(|edge| (*slot, edge))) {
        assert!(holds(slot, generation), "{slot} {generation}");
    }
}

#[test]
fn a_saved_handle_still_names_its_entry() {
    macro_rules! check {
        ($index:ident) => {
            let mut index = $index::new();
            let handles: Vec<_> = (0..100).map(|i| index.insert(Interval::point(i), i)).collect();
            let saved: Vec<u64> = handles.iter().map(|handle| handle.to_bits()).collect();
            (0..100).step_by(2).for_each(|i| _ = index.remove(handles[i]));
            for (i, bits) in (0..100).zip(saved) {
                let handle = Handle::from_bits(bits).expect("it was one");
                assert_eq!(index.get(handle).copied(), (i % 2 == 1).then_some(i));
            }
        };
    }
    check!(IntervalRbTree);
    check!(IntervalBTree);
}

/// What happens to an index.
#[derive(Clone, Copy, Debug)]
enum Event {
    Insert(u8, u8),
    /// The n-th of the handles given out, modulo their number.
    Remove(usize),
    Move(usize, u8),
    /// All but every n-th.
    Thin(usize),
    Compact,
    Shrink,
    Clone,
    /// Into the other index, and back.
    Convert,
    MapValues,
    Clear,
}

impl Arbitrary for Event {
    fn arbitrary(g: &mut Gen) -> Self {
        let n = usize::arbitrary(g);
        match u8::arbitrary(g) % 32 {
            0..=14 => Self::Insert(u8::arbitrary(g), u8::arbitrary(g) % 16),
            15..=20 => Self::Remove(n),
            21 | 22 => Self::Move(n, u8::arbitrary(g)),
            23 | 24 => Self::Thin(n % 8 + 1),
            25 => Self::Compact,
            26 | 27 => Self::Shrink,
            28 => Self::Clone,
            29 => Self::Convert,
            30 => Self::MapValues,
            _ => Self::Clear,
        }
    }
}

type Entry = (Interval<u16>, usize);

/// An index, the entries it must hold by their handles, and all handles it has given out.
struct Observed<I> {
    index: I,
    live: BTreeMap<Handle, Entry>,
    given: Vec<Handle>,
}

macro_rules! handles {
    ($module:ident, $index:ident, $other:ident) => {
        mod $module {
            use super::*;

            type Index = $index<u16, usize>;

            fn interval(start: u8, len: u8) -> Interval<u16> {
                Interval::new(start.into(), u16::from(start) + u16::from(len))
            }

            impl Observed<Index> {
                fn new() -> Self {
                    Self { index: Index::new(), live: BTreeMap::new(), given: Vec::new() }
                }

                fn remove(&mut self, handle: Handle) {
                    assert_eq!(self.index.remove(handle), self.live.remove(&handle));
                }

                fn follow(&mut self, event: Event) {
                    let nth = |n: usize| self.given.get(n % self.given.len().max(1)).copied();
                    match event {
                        Event::Insert(start, len) => {
                            let value = self.given.len();
                            let handle = self.index.insert(interval(start, len), value);
                            assert!(!self.given.contains(&handle), "given out before");
                            self.live.insert(handle, (interval(start, len), value));
                            self.given.push(handle);
                        }
                        Event::Remove(n) => nth(n).into_iter().for_each(|at| self.remove(at)),
                        Event::Move(n, start) => {
                            let Some(handle) = nth(n) else { return };
                            let former = self.index.set_interval(handle, interval(start, 3));
                            let entry = self.live.get_mut(&handle);
                            assert_eq!(former, entry.as_ref().map(|entry| entry.0));
                            if let Some(entry) = entry {
                                entry.0 = interval(start, 3);
                            }
                        }
                        Event::Thin(n) => {
                            let all: Vec<_> = self.live.keys().copied().collect();
                            let removed = all.into_iter().enumerate().filter(|(i, _)| i % n != 0);
                            removed.for_each(|(_, handle)| self.remove(handle));
                        }
                        Event::Compact => self.index.compact(),
                        Event::Shrink => self.index.shrink_to_fit(),
                        Event::Clone => self.index = self.index.clone(),
                        Event::Convert => self.convert(),
                        Event::MapValues => {
                            let index = std::mem::take(&mut self.index);
                            let texts =
                                index.map_values(|at, value| (*at.start(), value.to_string()));
                            texts.check().expect("all invariants hold");
                            self.index = texts.map_values(|at, (start, text)| {
                                assert_eq!(*at.start(), start);
                                text.parse().expect("a number")
                            });
                        }
                        Event::Clear => {
                            self.index.clear();
                            self.live.clear();
                        }
                    }
                }

                fn convert(&mut self) {
                    let other = $other::from(std::mem::take(&mut self.index));
                    assert_eq!(other.check().map(|summary| summary.len), Ok(self.live.len()));
                    for handle in &self.given {
                        let found = other.entry(*handle).map(|(i, value)| (own(i), *value));
                        assert_eq!(found, self.live.get(handle).copied(), "{handle:?}");
                    }
                    self.index = Index::from(other);
                }

                fn check(&self) {
                    assert_eq!(self.index.check().map(|summary| summary.len), Ok(self.live.len()));
                    for handle in &self.given {
                        let own = |(interval, value): (_, &usize)| (own(interval), *value);
                        let found = self.index.entry(*handle).map(own);
                        assert_eq!(found, self.live.get(handle).copied(), "{handle:?}");
                    }
                    let listed = self.index.iter().with_handles();
                    let listed: BTreeMap<_, _> =
                        listed.map(|(handle, i, value)| (handle, (own(i), *value))).collect();
                    assert_eq!(listed, self.live);
                }
            }

            fn own(interval: impl std::borrow::Borrow<Interval<u16>>) -> Interval<u16> {
                *interval.borrow()
            }

            fn follow_all(events: Vec<Event>) {
                let mut observed = Observed::new();
                for event in events {
                    observed.follow(event);
                    observed.check();
                }
            }

            #[test]
            fn prop_handles_name_their_entries_through_everything() {
                QuickCheck::new()
                    .rng(Gen::new(60))
                    .tests(if cfg!(miri) { 3 } else { bound(150, 1_000, 1_000) })
                    .quickcheck(follow_all as fn(Vec<Event>));
            }

            #[test]
            fn an_index_that_has_shrunk_gives_no_handle_twice() {
                let mut observed = Observed::new();
                for round in 0..40 {
                    (0..50).for_each(|i| observed.follow(Event::Insert(i * 5, round % 16)));
                    observed.follow(Event::Thin(10));
                    observed.follow(if round % 2 == 0 { Event::Shrink } else { Event::Compact });
                    observed.check();
                }
                assert!(observed.live.len() < 10 && observed.given.len() == 2_000);
            }

            #[test]
            fn a_conversion_keeps_handles_and_stale_ones_stale() {
                let mut observed = Observed::new();
                for round in 0..20 {
                    (0..50).for_each(|i| observed.follow(Event::Insert(i * 5, round % 16)));
                    observed.follow(Event::Thin(10));
                    observed.follow(Event::Convert);
                    observed.check();
                    (0..10).for_each(|i| observed.follow(Event::Insert(i, round % 16)));
                    observed.check();
                }
                assert!(observed.live.len() < 100 && observed.given.len() == 1_200);
            }

            #[test]
            fn pairs_of_a_join_are_named_by_their_handles() {
                let of = |step: u16, len: u16| {
                    let starts = (0..100).map(|i| i * step % 300);
                    let entries = starts.map(|at| (Interval::new(at, at + len + at % 7), at));
                    entries.collect::<$index<_, _>>()
                };
                let (mut left, mut right) = (of(17, 3), of(31, 5));
                left.retain(|_, value| *value % 3 != 0);
                right.retain(|_, value| *value % 5 != 0);
                let expected: Vec<_> = left.join(&right).collect();
                assert!(expected.len() > 50);
                for taken in [0, 1, 40, expected.len()] {
                    let mut pairs = left.join(&right);
                    pairs.by_ref().take(taken).for_each(drop);
                    let named = pairs.with_handles().map(|((l, i, v), (r, j, w))| {
                        assert_eq!((left.entry(l), right.entry(r)), (Some((i, v)), Some((j, w))));
                        ((i, v), (j, w))
                    });
                    assert!(named.eq(expected[taken..].iter().copied()), "{taken} taken");
                }
            }

            /// The same in a clone and in its original, which go their own ways.
            #[test]
            fn a_clone_keeps_handles_and_stale_ones_stale() {
                let mut observed = Observed::new();
                (0..200).for_each(|i| observed.follow(Event::Insert(i, 3)));
                observed.follow(Event::Thin(20));
                let mut copy = Observed {
                    index: observed.index.clone(),
                    live: observed.live.clone(),
                    given: observed.given.clone(),
                };
                copy.check();
                (0..30).for_each(|i| observed.follow(Event::Insert(i, 3)));
                (0..30).for_each(|i| copy.follow(Event::Insert(i, 3)));
                observed.check();
                copy.check();
            }
        }
    };
}

handles!(tree, IntervalRbTree, IntervalBTree);
handles!(wide, IntervalBTree, IntervalRbTree);

#[test]
fn what_was_built_sorted_needs_no_table_of_handles() {
    let wide: IntervalBTree<_, _> = (0..1_000).map(|i| (Interval::point(i), i)).collect();
    let handles: Vec<_> = wide.iter().with_handles().map(|(handle, ..)| handle).collect();
    let tree = IntervalRbTree::from(wide);
    assert!(tree.iter().with_handles().map(|(handle, ..)| handle).eq(handles.iter().copied()));
    let wide = IntervalBTree::from(tree);
    assert!(wide.iter().with_handles().map(|(handle, ..)| handle).eq(handles));
}

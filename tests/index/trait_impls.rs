//! The trait implementations of both indexes: what they print, how their iterators are copied and
//! folded from every position, and the traits that other code expects.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use stabtree::{Interval, IntervalBTree, IntervalRbTree};

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn entries(n: u32) -> Vec<(Interval<u32>, u32)> {
    (0..n).map(|i| (Interval::new(i / 2 * 3, i * 3 + 5), i)).collect()
}

macro_rules! trait_impls {
    ($module:ident, $index:ident) => {
        mod $module {
            use super::*;

            fn three() -> $index<u32, char> {
                $index::from(
                    [(4, 9, 'b'), (1, 2, 'a'), (4, 5, 'c')]
                        .map(|(start, last, name)| (Interval::new(start, last), name)),
                )
            }

            #[test]
            fn everything_prints_what_is_left_of_it() {
                let index = three();
                let all = "{[1, 2]: 'a', [4, 9]: 'b', [4, 5]: 'c'}";
                let rear = "{[4, 9]: 'b', [4, 5]: 'c'}";
                assert_eq!(format!("{index:?}"), all);
                let mut iter = index.iter();
                assert_eq!(format!("{iter:?}"), all);
                iter.next();
                assert_eq!(format!("{iter:?}"), rear);
                assert_eq!(format!("{:?}", index.overlapping(3..)), rear);
                assert_eq!(format!("{:?}", index.range(2..)), rear);
                assert_eq!(format!("{:?}", index.within(3..6)), "{[4, 5]: 'c'}");
                assert_eq!(format!("{:?}", index.covering(&Interval::new(6, 7))), "{[4, 9]: 'b'}");
                assert_eq!(format!("{:?}", index.exact(&Interval::new(4, 5))), "{[4, 5]: 'c'}");
                assert_eq!(format!("{:?}", index.intervals()), "[[1, 2], [4, 9], [4, 5]]");
                assert_eq!(format!("{:?}", index.values()), "['a', 'b', 'c']");
                assert_eq!(
                    format!("{:?}", index.spans(2..5)),
                    "[Covered([2, 2]), Gap([3, 3]), Covered([4, 4])]"
                );
                assert_eq!(format!("{:?}", index.gaps(..6)), "[[0, 0], [3, 3]]");
                assert_eq!(format!("{:?}", index.merged(..)), "[[1, 2], [4, 9]]");
                assert_eq!(format!("{:?}", index.depth(4..=6)), "[([4, 5], 2), ([6, 6], 1)]");
                let mut join = index.join(&index);
                assert_eq!(format!("{join:?}"), "Join { open: (0, 0), .. }");
                assert_eq!(join.by_ref().take(2).count(), 2);
                assert_eq!(format!("{join:?}"), "Join { open: (3, 0), .. }"); // no entry is to come that meets the right one
                assert!(format!("{:?}", three().iter_mut()).starts_with("IterMut"));
                assert!(format!("{:?}", three().values_mut()).starts_with("ValuesMut"));
                assert!(format!("{:?}", three().overlapping_mut(..)).starts_with("OverlappingMut"));
                let mut extracted = three();
                let extracted = extracted.extract_if(.., |_, _| true);
                assert_eq!(extracted.size_hint(), (0, Some(3)));
                assert!(format!("{extracted:?}").starts_with("ExtractIf"));

                let mut owned = index.clone().into_iter();
                owned.next();
                assert_eq!(format!("{owned:?}"), rear);
                let mut values = index.into_values();
                assert_eq!((values.size_hint(), values.next()), ((3, Some(3)), Some('a')));
                assert_eq!(format!("{values:?}"), "['b', 'c']");
                assert_eq!((values.next_back(), values.next_back()), (Some('c'), Some('b')));
                assert_eq!((values.next_back(), values.next()), (None, None));
            }

            #[test]
            #[cfg(feature = "rayon")]
            fn a_parallel_query_prints() {
                let index = three();
                assert!(format!("{:?}", index.par_overlapping(3..)).starts_with("ParOverlapping"));
            }

            #[test]
            #[cfg(feature = "rayon")]
            fn a_parallel_source_extends_an_index() {
                use rayon::prelude::*;

                let mut index: $index<_, _> = entries(10).into_iter().collect();
                index.par_extend(entries(300).into_par_iter());
                let mut expected: $index<_, _> = entries(10).into_iter().collect();
                expected.extend(entries(300));
                assert_eq!(index, expected);
            }

            /// A copy goes its own way from every position, and a fold takes what is left.
            #[test]
            fn copies_and_folds_from_every_position() {
                let index: $index<_, _> = entries(150).into_iter().collect();
                macro_rules! every_position {
                    ($iter:expr) => {{
                        let all: Vec<_> = $iter.collect();
                        for taken in 0..=all.len() {
                            let mut iter = $iter;
                            iter.by_ref().take(taken).for_each(drop);
                            let rest = &all[taken..];
                            let (least, most) = iter.size_hint();
                            let is_promise = least <= rest.len() && Some(rest.len()) <= most;
                            assert!(is_promise || most.is_none(), "{taken} taken");
                            assert!(iter.clone().eq(rest.iter().cloned()), "{taken} taken");
                            assert_eq!(iter.clone().count(), rest.len(), "{taken} taken");
                            assert_eq!(iter.clone().last(), rest.last().cloned());
                            let folded = iter.fold(0, |n, entry| {
                                assert_eq!(entry, rest[n]);
                                n + 1
                            });
                            assert_eq!(folded, rest.len(), "{taken} taken");
                        }
                        assert!(all.len() > 1, "something to take");
                    }};
                }
                assert_eq!(index.overlapping(..).size_hint(), (0, Some(150)));
                assert_eq!(index.overlapping(..).with_handles().size_hint(), (0, Some(150)));
                assert_eq!(index.within(..).size_hint(), (0, Some(150)));
                assert_eq!(index.covering(&Interval::new(90, 100)).size_hint(), (0, Some(150)));
                every_position!(index.iter());
                every_position!(index.intervals());
                every_position!(index.values());
                every_position!(index.iter().with_handles());
                every_position!(index.overlapping(40..190));
                every_position!(index.overlapping(200..));
                every_position!(index.stab(100));
                every_position!(index.range(20..=100));
                every_position!(index.within(20..300));
                every_position!(index.covering(&Interval::new(90, 100)));
                every_position!(index.spans(..600));
                every_position!(index.depth(..));
                every_position!(index.overlapping(40..190).with_handles());
                let twice: $index<_, _> = entries(90).into_iter().chain(entries(90)).collect();
                every_position!(twice.exact(&Interval::new(3, 11)));
            }

            /// Some from the front, some from the back, and so on until all are there.
            #[test]
            fn both_ends_meet_at_every_position() {
                let mut index: $index<_, _> = entries(100).into_iter().collect();
                macro_rules! meet {
                    ($iter:expr) => {{
                        let all: Vec<_> = $iter.map(|entry| format!("{entry:?}")).collect();
                        for (front, back) in (0..=100).flat_map(|n| [(n, 100), (n, 7), (7, n)]) {
                            let mut iter = $iter.map(|entry| format!("{entry:?}"));
                            let first: Vec<_> = iter.by_ref().take(front).collect();
                            let mut last: Vec<_> = iter.by_ref().rev().take(back).collect();
                            let middle: Vec<_> = iter.by_ref().collect();
                            assert_eq!((iter.next(), iter.next_back()), (None, None));
                            last.reverse();
                            assert_eq!([first, middle, last].concat(), all, "{front}, {back}");
                        }
                    }};
                }
                meet!(index.iter());
                meet!(index.values());
                meet!(index.range(..));
                meet!(index.iter_mut());
                meet!(index.iter_mut().with_handles());
                meet!(index.values_mut());
                meet!(index.clone().into_iter());
                meet!(index.clone().into_values());
                let ties: $index<_, _> = (0..100).map(|i| (Interval::new(5, 9), i)).collect();
                meet!(ties.exact(&Interval::new(5, 9)));
                meet!(ties.exact(&Interval::new(5, 9)).with_handles());
                assert_eq!(ties.exact(&Interval::new(5, 9)).size_hint(), (0, Some(100)));
            }

            #[test]
            fn a_query_borrows_the_values_that_it_finds_mutably() {
                let mut index: $index<_, _> = entries(100).into_iter().collect();
                let found: Vec<_> = index.overlapping(40..90).map(|(_, value)| *value).collect();
                assert!(found.len() > 20);
                assert!(index.overlapping_mut(40..90).map(|(_, value)| *value).eq(found.clone()));
                index.overlapping_mut(40..90).for_each(|(_, value)| *value += 1_000);
                index
                    .overlapping_mut(40..90)
                    .with_handles()
                    .for_each(|(.., value)| *value += 1_000);
                let changed = index.values().filter(|value| **value >= 2_000).copied();
                assert!(changed.eq(found.iter().map(|value| value + 2_000)));
            }

            #[test]
            fn the_nearest_are_the_one_before_and_the_one_after() {
                let index = three();
                let nearest = |at| {
                    let (before, after) = index.nearest(at);
                    (before.map(|(_, name)| *name), after.map(|(_, name)| *name))
                };
                assert_eq!(nearest(0), (None, Some('a')));
                assert_eq!(nearest(3), (Some('a'), Some('b')));
                assert_eq!(nearest(7), (Some('c'), None));
                assert_eq!(nearest(10), (Some('b'), None));
            }

            #[test]
            fn an_entry_inserted_after_another_follows_it_at_once() {
                for at in 0..70 {
                    let mut index = $index::new();
                    let handles: Vec<_> =
                        (0..70).map(|i| index.insert(Interval::new(5, 9 + i), i)).collect();
                    assert!(index.insert_after(handles[at], Interval::new(5, 99), 70).is_ok());
                    let mut expected: Vec<_> = (0..70).collect();
                    expected.insert(at + 1, 70);
                    assert!(index.values().eq(&expected), "after {at}");
                    index.check().expect("all invariants hold");
                }
            }

            #[test]
            fn equal_indexes_compare_and_hash_alike() {
                let (a, b): ($index<_, _>, $index<_, _>) =
                    (entries(70).into_iter().collect(), entries(71).into_iter().collect());
                assert!(!a.is_empty() && $index::<u32, u32>::new().is_empty());
                let mut again: $index<u32, u32> = $index::with_capacity(70);
                assert!(again.capacity() >= 70);
                again.extend(entries(70).iter().map(|(interval, value)| (*interval, *value)));
                assert_eq!((&again, hash(&again)), (&a, hash(&a)));
                assert!(a < b && b > a && a != b && hash(&a) != hash(&b));
                let mut other = entries(70);
                other[69].1 += 1;
                assert_ne!(a, other.into_iter().collect::<$index<_, _>>(), "of the same length");
                assert_eq!(a.partial_cmp(&again), Some(std::cmp::Ordering::Equal));
                let mut copied = $index::new();
                copied.extend(a.iter());
                assert_eq!(copied, a);
                for value in &mut again {
                    *value.1 += 1;
                }
                assert!(again.values().copied().eq(1..71));
            }

            #[test]
            fn handles_index_and_stale_ones_panic() {
                let mut index = $index::new();
                let handle = index.insert(Interval::new(1, 2), 5);
                index[handle] += 1;
                assert_eq!(index[handle], 6);
                index.remove(handle);
                assert!(catch_unwind(AssertUnwindSafe(|| index[handle])).is_err());
                assert!(catch_unwind(AssertUnwindSafe(|| index[handle] += 1)).is_err());
                assert!(catch_unwind(AssertUnwindSafe(|| index.reserve(usize::MAX))).is_err());
                index.check().expect("all invariants hold");
            }

            #[test]
            fn a_source_that_does_not_know_its_length_is_built_from() {
                let mut rest = entries(100).into_iter();
                let index = $index::try_from_sorted(std::iter::from_fn(|| rest.next()));
                assert!(index.expect("sorted").into_iter().eq(entries(100)));
            }

            #[test]
            fn an_owning_iterator_drops_what_it_has_not_given() {
                let value = Rc::new(());
                let index: $index<_, _> =
                    (0..100).map(|i| (Interval::point(i), value.clone())).collect();
                let mut iter = index.into_iter();
                let first = iter.next().map(|(at, _)| at);
                assert_eq!((first, iter.len()), (Some(Interval::point(0)), 99));
                assert_eq!(iter.next_back().map(|(at, _)| at), Some(Interval::point(99)));
                assert_eq!(Rc::strong_count(&value), 1 + 98);
                drop(iter);
                assert_eq!(Rc::strong_count(&value), 1);
            }

            #[test]
            fn an_empty_index_answers_every_query_of_a_batch() {
                let index = $index::<u32, u32>::new();
                assert!(index.stab_batch(&[1, 2]).iter().eq([&[][..], &[]]));
                assert!(index.overlapping_batch(&[1..3, 2..2]).iter().eq([&[][..], &[]]));
                assert_eq!(index.count_overlapping_batch(&[1..3, 2..2]), [0, 0]);
            }

            #[test]
            fn errors_say_what_was_wrong() {
                let mut index = three();
                let error = index.try_reserve(usize::MAX).expect_err("too many");
                assert!(error.to_string().starts_with("capacity exceeded: "), "{error}");
                let entries = [3, 7, 5].map(|at| (Interval::point(at), at));
                let error = $index::try_from_sorted(entries).expect_err("not sorted");
                let text = "not sorted: entry 2 starts before the one before it";
                assert_eq!((error.to_string().as_str(), error.source().is_none()), (text, true));
                let first = index.first_overlapping_handle(..).expect("an entry");
                let error = index.insert_after(first, Interval::new(7, 8), 'x').expect_err("start");
                assert!(!error.to_string().is_empty());
            }
        }
    };
}

trait_impls!(tree, IntervalRbTree);
trait_impls!(wide, IntervalBTree);

/// No call breaks an invariant, so that the text of one is all that can be seen.
#[test]
fn a_broken_invariant_is_named() {
    let error = stabtree::rb::Violation::RedRoot;
    assert_eq!(error.to_string(), "broken tree: RedRoot");
    let error = stabtree::btree::Violation::Len;
    assert_eq!(error.to_string(), "an invariant of the index is broken: Len");
}

#[test]
fn a_drawing_has_every_node_and_every_edge() {
    let tree: IntervalRbTree<_, _> = entries(20).into_iter().collect();
    let dot = tree.to_dot();
    assert!(dot.starts_with("digraph intervals {") && dot.ends_with("}\n"), "{dot}");
    assert_eq!((dot.matches("label=").count(), dot.matches(" -> ").count()), (20, 19));
    assert_eq!(IntervalRbTree::<u32>::new().to_dot().matches("label=").count(), 0);

    // Seven make a full tree; its nodes are numbered from the root to the left.
    let tree: IntervalRbTree<u32> = (0..7).map(|i| (Interval::point(i), ())).collect();
    let dot = tree.to_dot();
    let edges: Vec<_> = dot.lines().filter(|line| line.contains("->")).map(str::trim).collect();
    let expected = [(0, 1), (1, 2), (1, 3), (0, 4), (4, 5), (4, 6)];
    assert_eq!(edges, expected.map(|(parent, child)| format!("n{parent} -> n{child};")));
}

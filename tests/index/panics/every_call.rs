//! A user's `Ord`, `Clone`, `Drop` or closure panics at its n-th call, for every n: the index is
//! legal afterwards, and everything is dropped exactly once.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::common::faults::{self, Allowed, EVERY, Seen, Subject};
use crate::common::probe::{Call, Key, Probe, living, panics_at, user_code};
use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

/// So many entries are inserted, and so many removed again.
type Size = (i32, usize);

/// Handles spread over all of them, the first and the last among them.
const PLACES: usize = 16;

/// The handle at one of the places.
fn some(handles: &[Handle], place: usize) -> Handle {
    handles[(handles.len() - 1) * place / (PLACES - 1)]
}

/// All of it for one index, with ends of its kind: on every size, or on a few of them if the user's
/// code is called for every entry.
macro_rules! panic_safety {
    ($module:ident, $index:ident, $end:ident, $sizes:expr, $few_sizes:expr) => {
        mod $module {
            use super::*;

            type Index = $index<$end, Probe>;

            fn interval(start: i32, last: i32) -> Interval<$end> {
                Interval::try_new($end::new(start), $end::new(last)).expect("in order")
            }

            fn entry((start, last, value): Seen) -> (Interval<$end>, Probe) {
                (interval(start, last), Probe::new(value))
            }

            fn new_entries(n: i32) -> impl Iterator<Item = (Interval<$end>, Probe)> {
                (0..n).map(|i| {
                    user_code(Call::Closure);
                    entry((i * 4 % 81, i * 5 + 1, 1_000 + i))
                })
            }

            fn sorted_entries(n: i32) -> impl Iterator<Item = (Interval<$end>, Probe)> {
                (0..n).map(|i| {
                    user_code(Call::Closure);
                    entry((i / 2, 190 - i, i))
                })
            }

            /// Entries with ties, long ones and short ones, and vacant places.
            fn build((len, removed): Size) -> (Index, Vec<Handle>) {
                let (mut index, mut handles) = Index::of((0..len).map(|i| {
                    let start = i * 7 % len / 2 * 2;
                    (start, if i % 6 == 0 { 2 * len - i } else { start + i % 3 }, i)
                }));
                for at in 0..removed {
                    index.take_out(handles.remove(at * 7 % handles.len()));
                }
                (index, handles)
            }

            /// Runs the action on every size; returns how many panics there were.
            fn drive(name: &str, allowed: Allowed, act: impl Fn(&mut Index, &[Handle])) -> usize {
                let drive = |size| {
                    faults::drive(&format!("{name}, {size:?}"), allowed, || build(size), &act)
                };
                $sizes.map(drive).into_iter().sum()
            }

            fn drive_few(
                name: &str,
                allowed: Allowed,
                act: impl Fn(&mut Index, &[Handle]),
            ) -> usize {
                let drive = |size| {
                    faults::drive(&format!("{name}, {size:?}"), allowed, || build(size), &act)
                };
                $few_sizes.map(drive).into_iter().sum()
            }

            fn drive_on_the_side(name: &str, act: impl Fn(Index, Vec<Handle>)) -> usize {
                let drive = |size| {
                    faults::drive_on_the_side(&format!("{name}, {size:?}"), || build(size), &act)
                };
                $few_sizes.map(drive).into_iter().sum()
            }

            #[test]
            fn insert() {
                let panics: usize = (-1..22)
                    .chain([40, 63, 200])
                    .flat_map(|start| [start, 300].map(|last| (start, last)))
                    .map(|(start, last)| {
                        drive("insert", Allowed::Strong, |index, _| {
                            index.insert(interval(start, last), Probe::new(100));
                        })
                    })
                    .sum();
                assert!(panics > 300, "{panics} panics");
            }

            #[test]
            fn try_insert() {
                let panics: usize = [-1, 5, 63, 200]
                    .map(|start| {
                        drive("try_insert", Allowed::Strong, |index, _| {
                            let entry = (interval(start, 300), Probe::new(100));
                            assert!(index.try_insert(entry.0, entry.1).is_ok());
                        })
                    })
                    .into_iter()
                    .sum();
                assert!(panics > 20, "{panics} panics");
            }

            #[test]
            fn insert_into_nothing() {
                drive_on_the_side("insert into nothing", |_, _| {
                    let mut index = Index::new();
                    let result = catch_unwind(AssertUnwindSafe(|| {
                        index.insert(interval(1, 2), Probe::new(3));
                    }));
                    index.check().expect("all invariants hold");
                    result.unwrap_or_else(|payload| resume_unwind(payload));
                });
            }

            #[test]
            fn insert_after() {
                let panics: usize = (0..PLACES)
                    .flat_map(|place| [0, 50, 300].map(|longer| (place, longer)))
                    .map(|(place, longer)| {
                        drive("insert_after", Allowed::Strong, |index, handles| {
                            let handle = some(handles, place);
                            let start = index.interval(handle).expect("alive").start().at;
                            let interval = interval(start, start + longer);
                            let new = index.insert_after(handle, interval, Probe::new(100));
                            new.expect("equal start");
                        })
                    })
                    .sum();
                assert!(panics > 200, "{panics} panics");
                drive("insert_after with another start", Allowed::Strong, |index, handles| {
                    let handle = some(handles, 5);
                    let refused = index.insert_after(handle, interval(-5, 50), Probe::new(100));
                    refused.expect_err("start");
                });
            }

            #[test]
            fn remove() {
                let panics: usize = (0..PLACES)
                    .map(|place| {
                        drive("remove", Allowed::Strong, |index, handles| {
                            index.remove(some(handles, place)).expect("alive");
                        })
                    })
                    .sum();
                assert!(panics > 100, "{panics} panics");
            }

            #[test]
            fn remove_all_one_after_the_other() {
                drive_few("remove all", Allowed::Between, |index, handles| {
                    for handle in handles {
                        index.remove(*handle).expect("alive");
                    }
                });
            }

            #[test]
            fn set_interval() {
                let panics: usize = (0..PLACES)
                    .flat_map(|place| {
                        [(3, 3), (0, 600), (19, 19), (120, 121)].map(|ends| (place, ends))
                    })
                    .map(|(place, (start, last))| {
                        drive("set_interval", Allowed::Strong, |index, handles| {
                            let handle = some(handles, place);
                            index.set_interval(handle, interval(start, last)).expect("alive");
                        })
                    })
                    .sum();
                assert!(panics > 500, "{panics} panics");
            }

            #[test]
            fn set_last() {
                let panics: usize = (0..PLACES)
                    .flat_map(|place| [0, 1, 7, 600].map(|longer| (place, longer)))
                    .map(|(place, longer)| {
                        drive("set_last", Allowed::Strong, |index, handles| {
                            let handle = some(handles, place);
                            let start = index.interval(handle).expect("alive").start().at;
                            index.set_last(handle, $end::new(start + longer)).expect("alive");
                        })
                    })
                    .sum();
                assert!(panics > 200, "{panics} panics");
                drive("set_last before the start", Allowed::Strong, |index, handles| {
                    let refused = index.try_set_last(some(handles, 5), $end::new(-5));
                    refused.expect_err("before the start");
                });
            }

            #[test]
            fn replace_pop_and_clear() {
                drive("get_mut", Allowed::Strong, |index, handles| {
                    *index.get_mut(some(handles, 3)).expect("alive") = Probe::new(100);
                });
                drive("pop_first", Allowed::Strong, |index, _| {
                    assert!(index.pop_first().is_some());
                });
                drive("pop_last", Allowed::Strong, |index, _| assert!(index.pop_last().is_some()));
                drive_few(
                    "pop all",
                    Allowed::Between,
                    |index, _| {
                        while index.pop_last().is_some() {}
                    },
                );
                drive_few("clear", Allowed::Empty, |index, _| index.clear());
            }

            #[test]
            fn extend_and_append() {
                let panics =
                    drive_few("extend", Allowed::Between, |index, _| index.extend(new_entries(20)));
                assert!(panics > 50, "{panics} panics");
                let panics = drive_few("append", Allowed::Between, |index, _| {
                    let mut other: Index = new_entries(20).collect();
                    let before = index.len() + other.len();
                    let result = catch_unwind(AssertUnwindSafe(|| index.append(&mut other)));
                    other.check().expect("a legal index is left");
                    assert_eq!(index.len() + other.len(), before, "no entry is lost");
                    result.unwrap_or_else(|payload| resume_unwind(payload));
                    assert!(other.is_empty());
                });
                assert!(panics > 100, "{panics} panics");
                let panics = drive_few("extend by reference", Allowed::Between, |index, _| {
                    let (other, _) = build((20, 0));
                    index.extend(other.iter().inspect(|_| user_code(Call::Closure)));
                });
                assert!(panics > 100, "{panics} panics");
            }

            #[test]
            fn retain() {
                let panics = drive_few("retain", Allowed::Between, |index, _| {
                    index.retain(|interval, value| {
                        user_code(Call::Closure);
                        interval.start().at + value.at % 3 > 7 && value.at % 4 > 0
                    });
                });
                assert!(panics > 50, "{panics} panics");
            }

            #[test]
            fn extract_if() {
                let panics = drive_few("extract_if", Allowed::Between, |index, _| {
                    let chosen = index.extract_if(interval(4, 12), |_, value| {
                        user_code(Call::Closure);
                        value.at % 3 > 0
                    });
                    assert!(chosen.count() > 3);
                });
                assert!(panics > 50, "{panics} panics");
            }

            /// Whoever catches the panic may ask the iterator again: nothing comes twice or is lost.
            #[test]
            fn extract_if_goes_on_after_a_panic() {
                for call in Call::ALL {
                    for n in (1..).step_by(EVERY) {
                        let (mut index, handles) = build((128, 60));
                        let mut expected = index.look();
                        let mut taken = Vec::new();
                        let has_fired = panics_at(call, n, || {
                            let mut iter = index.extract_if(interval(4, 60), |_, value| {
                                user_code(Call::Closure);
                                value.at % 3 > 0
                            });
                            let mut panic = None;
                            loop {
                                match catch_unwind(AssertUnwindSafe(|| iter.next())) {
                                    Ok(Some(entry)) => taken.push(entry),
                                    Ok(None) => break,
                                    Err(payload) => panic = Some(payload),
                                }
                            }
                            if let Some(payload) = panic {
                                resume_unwind(payload);
                            }
                        });
                        let mut all = index.look();
                        all.extend(
                            taken.iter().map(|(i, value)| (i.start().at, i.last().at, value.at)),
                        );
                        all.sort_unstable();
                        expected.sort_unstable();
                        // An entry whose removal panicked in the `Drop` of an end is taken, and
                        // dropped on the way.
                        let may_miss = call == Call::Drop && std::mem::needs_drop::<$end>();
                        let missing = expected.iter().filter(|seen| !all.contains(seen)).count();
                        assert!(missing <= usize::from(may_miss), "{call:?} {n}");
                        assert_eq!(all.len() + missing, expected.len(), "{call:?} {n}");
                        drop(taken);
                        index.is_sound(&handles, &format!("extract_if, {call:?} {n}"));
                        drop(index);
                        assert_eq!(living(), 0, "{call:?} {n}: leaked");
                        if !has_fired {
                            break;
                        }
                    }
                }
            }

            #[test]
            fn queries_of_overlaps() {
                let panics = drive_few("queries", Allowed::Strong, |index, handles| {
                    let query = || interval(4, 12);
                    let k = index.overlapping(query()).count();
                    assert!(k > 3);
                    assert_eq!(index.overlapping(query()).clone().with_handles().count(), k);
                    assert_eq!(index.overlapping_mut(query()).count(), k);
                    assert_eq!(index.count_overlapping(query()), k);
                    assert!(index.stab($end::new(8)).next().is_some());
                    assert!(index.overlaps(query()));
                    assert!(index.first_overlapping(query()).is_some());
                    let first = index.first_overlapping_handle(query()).expect("a hit");
                    assert!(index.next_overlapping_handle(first, query()).is_some());
                    assert!(index.hull().is_some());
                    assert!(index.contains_handle(handles[0]));
                    assert_eq!(index.count_overlapping_batch(&[query(), query()]), [k, k]);
                    assert_eq!(index.overlapping_batch(&[query()]).iter().count(), 1);
                    assert_eq!(index.stab_batch(&[$end::new(8)]).iter().count(), 1);
                    let (mut overlapping, mut stabbed) = (0, 0);
                    index.overlapping_batch_for_each(&[query()], |_, _, _| overlapping += 1);
                    index.stab_batch_for_each(&[$end::new(8)], |_, _, _| stabbed += 1);
                    assert!(overlapping == k && stabbed > 0);
                });
                assert!(panics > 100, "{panics} panics");
            }

            #[test]
            fn queries_of_order() {
                let panics = drive_few("order", Allowed::Strong, |index, _| {
                    let query = || interval(4, 12);
                    assert!(index.range(query()).rev().count() > 3);
                    assert!(index.within(query()).count() > 2);
                    assert!(index.within(query()).clone().rev().count() > 2);
                    assert!(index.covering(&interval(8, 9)).count() > 1);
                    let one = interval(4, 6);
                    assert_eq!(index.exact(&one).count(), index.exact(&one).rev().count());
                    assert!(index.nearest($end::new(9)).0.is_some());
                    assert!(!index.nearest_k($end::new(9), 3).0.is_empty());
                    assert!(index.nearest_after($end::new(2)).is_some());
                    assert!(*index == *index && Index::cmp(index, index).is_eq());
                    assert!(index.join(index).count() >= index.len());
                    assert!(index.overlapping_pairs().count() > 3);
                });
                assert!(panics > 200, "{panics} panics");
            }

            #[test]
            fn queries_of_coverage() {
                let panics = drive_few("coverage", Allowed::StrongWithLeaks, |index, _| {
                    let query = || interval(2, 60);
                    assert!(index.spans(query()).count() > 0);
                    assert!(index.gaps(interval(-5, 60)).count() > 0);
                    assert!(index.merged(..).count() > 0);
                    assert!(index.depth(query()).clone().count() > 5);
                    let mut spans = index.spans(..);
                    spans.advance_to($end::new(10));
                    assert!(spans.next().is_some());
                });
                assert!(panics > 200, "{panics} panics");
            }

            /// Some iterators run a closure over whole nodes.
            #[test]
            fn closures_of_folds() {
                let panics = drive_few("folds", Allowed::Strong, |index, _| {
                    let query = || interval(4, 12);
                    index.iter().for_each(|_| user_code(Call::Closure));
                    index.iter().with_handles().for_each(|_| user_code(Call::Closure));
                    index.intervals().for_each(|_| user_code(Call::Closure));
                    index.values().for_each(|_| user_code(Call::Closure));
                    index.overlapping(query()).for_each(|_| user_code(Call::Closure));
                    index.range(query()).for_each(|_| user_code(Call::Closure));
                    index.within(query()).for_each(|_| user_code(Call::Closure));
                    index.join(index).for_each(|_| user_code(Call::Closure));
                    index.iter_mut().for_each(|_| user_code(Call::Closure));
                    index.values_mut().for_each(|_| user_code(Call::Closure));
                    index.overlapping_mut(query()).for_each(|_| user_code(Call::Closure));
                });
                assert!(panics > 100, "{panics} panics");
            }

            #[test]
            fn clone_and_drop() {
                let panics = drive_few("clone", Allowed::Strong, |index, handles| {
                    let clone = index.clone();
                    assert!(handles.iter().all(|handle| clone.contains_handle(*handle)));
                });
                assert!(panics > 100, "{panics} panics");
                drive_few("clone_from", Allowed::Strong, |index, _| {
                    let (mut other, handles) = build((64, 0));
                    other.take_out(handles[2]);
                    other.clone_from(index);
                });
                let panics = drive_on_the_side("drop", |index, _| drop(index));
                assert!(panics > 50, "{panics} panics");
            }

            #[test]
            fn build_anew() {
                let panics = drive_on_the_side("collect", |_, _| {
                    assert_eq!(new_entries(40).collect::<Index>().len(), 40);
                });
                assert!(panics > 500, "{panics} panics");
                let panics = drive_on_the_side("try_from_sorted", |_, _| {
                    let index = Index::try_from_sorted(sorted_entries(70)).expect("sorted");
                    assert_eq!(index.len(), 70);
                    let unsorted = sorted_entries(40).chain(sorted_entries(2));
                    let error = Index::try_from_sorted(unsorted).expect_err("unsorted");
                    assert_eq!(error.sorted().len(), 40);
                });
                assert!(panics > 100, "{panics} panics");
                drive_on_the_side("from an array", |_, _| {
                    let index = Index::from([3, 1, 2].map(|at| entry((at, at, at))));
                    assert_eq!(index.len(), 3);
                });
            }

            #[test]
            fn into_iter() {
                let panics = drive_on_the_side("into_iter", |index, _| {
                    let mut iter = index.into_iter();
                    assert!(iter.next().is_some() && iter.next_back().is_some());
                });
                assert!(panics > 16, "{panics} panics");
                drive_on_the_side("into_values", |index, handles| {
                    assert_eq!(index.into_values().count(), handles.len());
                });
                let panics = drive_on_the_side("into_iter to the end", |index, _| {
                    index.into_iter().rev().for_each(|_| user_code(Call::Closure));
                });
                assert!(panics > 32, "{panics} panics");
            }

            /// Two `&mut` to one value would be unsound, whoever catches the panic.
            #[test]
            fn overlapping_mut_borrows_no_value_twice_after_a_panic() {
                for n in (1..).step_by(EVERY) {
                    let (mut index, _) = build((70, 0));
                    let mut has_fired = false;
                    let is_over = !panics_at(Call::Compare, n, || {
                        let mut borrowed = Vec::new();
                        let mut iter = index.overlapping_mut(interval(10, 60)).with_handles();
                        loop {
                            match catch_unwind(AssertUnwindSafe(|| iter.next())) {
                                Ok(Some((handle, _, value))) => borrowed.push((handle, value)),
                                Ok(None) => break,
                                Err(_) => has_fired = true,
                            }
                        }
                        let mut handles: Vec<_> =
                            borrowed.iter().map(|(handle, _)| *handle).collect();
                        handles.sort_unstable();
                        handles.dedup();
                        assert_eq!(
                            handles.len(),
                            borrowed.len(),
                            "a value was borrowed twice, {n}"
                        );
                        for (_, value) in borrowed {
                            value.at += 1_000;
                        }
                        if has_fired {
                            resume_unwind(Box::new("the fuse"));
                        }
                    });
                    index.check().expect("all invariants hold");
                    if is_over {
                        break;
                    }
                }
            }
        }
    };
}

panic_safety!(tree, IntervalRbTree, Probe, [(1, 0), (20, 4), (33, 9)], [(20, 4)]);

// One leaf, thin and full; two, about to be one; several, full and thin.
panic_safety!(
    wide,
    IntervalBTree,
    Key,
    [(1, 0), (20, 4), (64, 0), (67, 17), (128, 0), (136, 80)],
    [(67, 0), (67, 17)]
);

/// An entry keeps its two ends, the greatest of its subtree and its value, and nothing of the past.
#[test]
fn what_a_change_displaces_is_dropped_before_it_returns() {
    let interval =
        |start, last| Interval::try_new(Probe::new(start), Probe::new(last)).expect("in order");
    let mut tree = IntervalRbTree::new();
    let mut handles: Vec<_> =
        (0..20).map(|i| tree.insert(interval(i, 30 - i % 5), Probe::new(i))).collect();
    for i in 0..20 {
        handles.push(tree.insert(interval(i, 60 + i), Probe::new(i)));
        assert_eq!(living(), 4 * tree.len(), "after an insertion");
        tree.set_interval(handles[0], interval(i / 2, 90 - i));
        assert_eq!(living(), 4 * tree.len(), "after a change");
        tree.remove(handles.swap_remove(0));
        assert_eq!(living(), 4 * tree.len(), "after a removal");
    }
}

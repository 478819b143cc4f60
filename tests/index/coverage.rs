//! Runs, gaps, depth and folds of both indexes, over integers and over ends without a next value.

use crate::common::bounds::bound;
use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::time::{Duration, Instant};

use ordered_float::OrderedFloat;
use quickcheck::QuickCheck;
use stabtree::{Cut, Interval, IntervalBTree, IntervalRbTree, Span};

/// Dates of another crate: ordered, and that is all that is known of them here.
mod elsewhere {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(super) struct Date {
        year: i32,
        month: u8,
        day: u8,
    }

    pub(super) const fn date(year: i32, month: u8, day: u8) -> Date {
        Date { year, month, day }
    }
}
use elsewhere::date;

/// The maximal runs of `values` for which `kind` is the same.
fn runs<K: PartialEq>(
    values: impl Iterator<Item = u8>,
    kind: impl Fn(u8) -> K,
) -> Vec<(Interval<u8>, K)> {
    let mut runs: Vec<(Interval<u8>, K)> = Vec::new();
    for at in values {
        let kind = kind(at);
        match runs.last_mut() {
            Some((run, former)) if *former == kind => *run = Interval::new(*run.start(), at),
            _ => runs.push((Interval::point(at), kind)),
        }
    }
    runs
}

fn of_kind<K: PartialEq>(runs: Vec<(Interval<u8>, K)>, kind: &K) -> Vec<Interval<u8>> {
    runs.into_iter().filter(|(_, other)| other == kind).map(|(run, _)| run).collect()
}

macro_rules! coverage {
    ($module:ident, $index:ident) => {
        mod $module {
            use super::*;

            fn index<T: Copy + Ord>(ends: &[(T, T)]) -> $index<T, usize> {
                let entry = |((start, last), at): (&(T, T), _)| (Interval::new(*start, *last), at);
                ends.iter().zip(0..).map(entry).collect()
            }

            #[test]
            fn prop_everything_agrees_with_a_look_at_each_value() {
                fn prop(ends: Vec<(u8, u8, u8)>, query: (u8, u8), distance: u8) -> bool {
                    let ends: Vec<_> =
                        ends.iter().map(|(a, len, _)| (*a, a.saturating_add(len % 24))).collect();
                    let index = index(&ends);
                    let (a, b) = (query.0.min(query.1), query.0.max(query.1));
                    let values = || a..=b;
                    let covering = |at: u8| -> Vec<usize> {
                        let all = index.iter().filter(|(interval, _)| interval.contains(&at));
                        all.map(|(_, value)| *value).collect()
                    };
                    let depth = |at: u8| covering(at).len();

                    let covered = runs(values(), |at| depth(at) > 0);
                    let gaps = of_kind(covered.clone(), &false);
                    assert!(index.gaps(a..=b).eq(gaps.iter().copied()));
                    assert!(index.gaps(a..=b).rev().eq(gaps.iter().rev().copied()));
                    let span = |(run, used)| if used { Span::Covered(run) } else { Span::Gap(run) };
                    assert!(index.spans(a..=b).eq(covered.iter().copied().map(span)));
                    let used = of_kind(covered, &true);
                    assert!(index.merged(a..=b).eq(used.iter().copied()));
                    for (run, members) in index.merged(a..=b).with_members() {
                        let expected = index.overlapping(run).map(|(_, value)| *value);
                        assert!(members.map(|(_, value)| *value).eq(expected));
                    }
                    let mut found = Vec::new();
                    index.spans(a..=b).for_each(|span| found.push(span));
                    assert!(index.spans(a..=b).eq(found));
                    let mut found = Vec::new();
                    index.gaps(a..=b).for_each(|gap| found.push(gap));
                    assert_eq!(found, gaps);
                    let mut found = Vec::new();
                    index.merged(a..=b).for_each(|run| found.push(run));
                    assert_eq!(found, used);

                    assert!(index.depth(a..=b).eq(runs(values(), depth)));
                    for least in 0..4 {
                        let deep = of_kind(runs(values(), |at| depth(at) >= least), &true);
                        assert!(index.depth_at_least(a..=b, least).eq(deep));
                    }
                    let folded = index.depth_fold(a..=b, Vec::new(), |mut all, value| {
                        all.push(*value);
                        all
                    });
                    assert!(folded.eq(runs(values(), covering)));

                    // Runs of runs, as far apart as is allowed, or that share a value with the next.
                    let mut near: Vec<Interval<u8>> = Vec::new();
                    for run in &used {
                        match near.last_mut() {
                            Some(last) if run.start() - last.last() - 1 <= distance => {
                                *last = last.hull(run);
                            }
                            _ => near.push(*run),
                        }
                    }
                    assert!(index.merged_within(a..=b, distance.into()).eq(near.iter().copied()));
                    let is_near = |reach: &u8, start: &u8| start - reach - 1 <= distance;
                    assert!(index.merged_by(a..=b, is_near).eq(near.iter().copied()));
                    let boundaries: BTreeSet<_> = (a..b)
                        .filter(|at| {
                            let shared = index.overlapping(at..=at);
                            !shared.into_iter().any(|(interval, _)| interval.contains(&(at + 1)))
                        })
                        .collect();
                    let mut apart = Vec::new();
                    for run in &used {
                        let mut start = *run.start();
                        for at in boundaries.range(run.start()..run.last()) {
                            apart.push(Interval::new(start, *at));
                            start = at + 1;
                        }
                        apart.push(Interval::new(start, *run.last()));
                    }
                    assert!(index.merged_overlapping(a..=b).eq(apart.iter().copied()));
                    true
                }
                QuickCheck::new()
                    .tests(bound(40, 300, 300))
                    .quickcheck(prop as fn(Vec<(u8, u8, u8)>, (u8, u8), u8) -> bool);
            }

            /// Many nodes, long chains of entries that overlap, gaps of every length.
            #[test]
            fn gaps_of_many_entries_from_both_ends() {
                let ends: Vec<(u32, u32)> = (0..3_000)
                    .map(|i: u32| 7 * i + i * i % 5)
                    .map(|start| (start, start + start % 9 + 40 * u32::from(start % 97 == 0)))
                    .collect();
                let index = index(&ends);
                let gaps: Vec<_> = index.gaps(..).collect();
                assert!(gaps.len() > 500, "{}", gaps.len());
                assert!(index.gaps(..).rev().eq(gaps.iter().rev().copied()));
                let mut both = index.gaps(..);
                let (mut front, mut back) = (Vec::new(), Vec::new());
                for at in 0..gaps.len() {
                    let from = if at % 3 == 0 {
                        (both.next_back(), &mut back)
                    } else {
                        (both.next(), &mut front)
                    };
                    from.1.extend(from.0);
                }
                assert_eq!((both.next(), both.next_back()), (None, None));
                front.extend(back.into_iter().rev());
                assert_eq!(front, gaps);
                let top_down = index.gaps(1_000..9_000).rfind(|gap| gap.len() > 4);
                assert_eq!(top_down, index.gaps(1_000..9_000).filter(|gap| gap.len() > 4).last());
            }

            #[test]
            fn weights_that_differ_are_runs_of_their_own() {
                let load = $index::from([(Interval::new(0, 9), 5), (Interval::new(10, 19), 7)]);
                let sums: Vec<_> = load.depth_fold(0..20, 0, |sum, weight| sum + weight).collect();
                assert_eq!(sums, [(Interval::new(0, 9), 5), (Interval::new(10, 19), 7)]);
                assert!(load.depth(0..20).eq([(Interval::new(0, 19), 1)]));
            }

            #[test]
            fn a_fold_borrows_the_values_from_the_index() {
                let names = $index::from([(Interval::new(0, 9), "a"), (Interval::new(5, 7), "b")]);
                let longest: Option<&str> = {
                    let runs = names.depth_fold(.., "", |_, name| name);
                    runs.map(|(_, name)| name).max()
                };
                assert_eq!(longest, Some("b"));
            }

            #[test]
            fn deep_runs_are_joined() {
                // Depths 1, 3, 4, 3, 1.
                let index = index(&[(0, 9), (2, 7), (2, 7), (4, 5)]);
                assert!(index.depth_at_least(.., 2).eq([Interval::new(2, 7)]));
                assert!(index.depth_at_least(.., 4).eq([Interval::new(4, 5)]));
                assert_eq!(index.depth_at_least(.., 5).count(), 0);
                assert!(index.depth_at_least(3..=4, 0).eq([Interval::new(3, 4)]));
            }

            #[test]
            fn members_give_handles() {
                let mut index = index(&[(0, 4), (3, 6), (7, 9), (20, 29)]);
                let runs = index.merged(..).with_members();
                let first: Vec<_> = runs
                    .map(|(_, mut members)| members.next().expect("a run has entries"))
                    .map(|(_, value)| *value)
                    .collect();
                assert_eq!(first, [0, 3]);
                let all_but_first: Vec<_> = index
                    .merged(..)
                    .with_members()
                    .flat_map(|(_, members)| members.with_handles().skip(1).map(|(h, ..)| h))
                    .collect();
                for handle in all_but_first {
                    index.remove(handle);
                }
                assert!(index.values().eq(&[0, 3]));
            }

            #[test]
            fn meetings_that_follow_each_other_touch() {
                let hour = |at| Cut::range(at).expect("not empty");
                let mut day = $index::new();
                day.insert(hour(9..10), "review");
                day.insert(hour(10..11), "interview");
                day.insert(hour(13..14), "lunch");
                assert_eq!(day.overlapping(hour(9..10)).count(), 1);
                assert_eq!(day.stab(Cut::at(10)).count(), 1);
                assert!(day.merged(..).eq([hour(9..11), hour(13..14)]));
                assert_eq!(day.merged_overlapping(..).count(), 3);
                assert!(day.gaps(hour(8..17)).eq([hour(8..9), hour(11..13), hour(14..17)]));
                assert!(day.gaps(hour(8..17)).rev().eq([hour(14..17), hour(11..13), hour(8..9)]));
                assert!(day.depth(hour(9..12)).eq([(hour(9..11), 1), (hour(11..12), 0)]));
                // What is unbounded ends with what is held.
                assert!(day.gaps(..).eq([hour(11..13)]));
                assert!(
                    day.spans(Cut::at(12)..)
                        .eq([Span::Gap(hour(12..13)), Span::Covered(hour(13..14))])
                );
                assert_eq!(day.gaps(Cut::at(15)..).count(), 0);
                assert_eq!($index::<Cut<i32>, ()>::new().spans(..).count(), 0);
            }

            #[test]
            fn an_empty_feature_is_held_and_found() {
                let range = |at| Cut::range(at).expect("not empty");
                let empty = Interval::point(Cut::before(5));
                let mut index = $index::from([(range(8..9), "gene")]);
                index.insert(empty, "insertion");
                assert_eq!(empty.range(), (Included(&5), Excluded(&5)));
                assert_eq!(
                    index.first_overlapping(range(3..8)).map(|(_, name)| *name),
                    Some("insertion")
                );
                assert_eq!(index.overlapping(range(0..5)).count(), 1, "it lies at the end of this");
                assert_eq!(index.overlapping(range(5..7)).count(), 0, "and before this");
                let with_both_ends = Interval::new(Cut::before(5), Cut::before(7));
                assert_eq!(index.overlapping(with_both_ends).count(), 1);
                assert_eq!(index.stab(Cut::at(5)).count(), 0, "it contains no value");
                assert_eq!(index.exact(&empty).count(), 1);
                assert!(index.gaps(range(0..10)).eq([range(0..5), range(5..8), range(9..10)]));
                assert!(index.gaps(range(0..10)).rev().eq([
                    range(9..10),
                    range(5..8),
                    range(0..5)
                ]));
                assert!(index.merged(..).eq([empty, range(8..9)]));
                assert!(index.depth_at_least(.., 1).eq([empty, range(8..9)]));
            }

            /// The same questions over `ends`, six values in order.
            fn ask<T: Ord + Copy + std::fmt::Debug>(ends: [T; 6]) {
                let [a, b, c, d, e, f] = ends;
                let half_open = |a, b| Cut::range(a..b).expect("not empty");
                let mut index = $index::new();
                index.insert(half_open(a, b), 5_u32);
                index.insert(half_open(b, c), 7);
                index.insert(Cut::range(c..=d).expect("not empty"), 1);
                index.insert(Cut::range((Excluded(d), Excluded(e))).expect("not empty"), 2);
                index.check().expect("a valid index");

                let all = Cut::range(a..=f).expect("not empty");
                let last = Cut::range(e..=f).expect("not empty");
                assert!(index.gaps(all).eq([last]));
                assert_eq!(
                    index.gaps(all).next_back().expect("a gap").range(),
                    (Included(&e), Included(&f))
                );
                assert!(
                    index.merged(..).eq([half_open(a, e)]),
                    "half-open, closed and open ones touch"
                );
                assert!(
                    index
                        .spans(half_open(b, f))
                        .eq([Span::Covered(half_open(b, e)), Span::Gap(half_open(e, f))])
                );
                let sums: Vec<_> = index.depth_fold(all, 0, |sum, weight| sum + weight).collect();
                let open = Interval::new(Cut::after(d), Cut::before(e));
                assert_eq!(
                    sums,
                    [
                        (half_open(a, b), 5),
                        (half_open(b, c), 7),
                        (Cut::range(c..=d).expect("not empty"), 1),
                        (open, 2),
                        (last, 0),
                    ]
                );
                assert_eq!(open.range(), (Excluded(&d), Excluded(&e)));
                index.insert(half_open(a, f), 100);
                assert!(index.depth_at_least(.., 2).eq([half_open(a, e)]));
                let depth: Vec<_> = index.depth(..).map(|(_, depth)| depth).collect();
                assert_eq!(depth, [2, 1]);
                for at in ends {
                    let hits = index.stab(Cut::at(at)).count();
                    assert_eq!(
                        hits,
                        if at == f {
                            0
                        } else if at == e {
                            1
                        } else {
                            2
                        },
                        "{at:?}"
                    );
                }
                assert_eq!(index.overlapping((Excluded(Cut::at(f)), Unbounded)).count(), 0);
            }

            #[test]
            fn times_floats_texts_and_dates_have_gaps_and_depth() {
                let now = Instant::now();
                ask([0_u64, 1, 5, 7, 8, 60].map(|minutes| now + Duration::from_secs(60 * minutes)));
                let floats = [f64::NEG_INFINITY, -1.5, 0.0, 0.1, 0.25, f64::INFINITY];
                ask(floats.map(OrderedFloat));
                let texts: [String; 6] = ["", "a", "a\0", "b", "ba", "c"].map(Into::into);
                let [a, b, c, d, e, f] = &texts;
                ask::<&str>([a, b, c, d, e, f]);
                ask([
                    date(2024, 2, 29),
                    date(2024, 3, 1),
                    date(2025, 1, 1),
                    date(2025, 12, 31),
                    date(2026, 1, 1),
                    date(9999, 12, 31),
                ]);
            }
        }
    };
}

coverage!(tree, IntervalRbTree);
coverage!(wide, IntervalBTree);

//! Runs, gaps and depth against a model that looks at every cell of a small domain.

#![forbid(unsafe_code)]

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::iter;

use super::{Cut, Discrete, GapSweep, Interval, Joined, Span, Sweep};

/// Ends in a domain of cells. What lies between two values without being one is a cell, too.
trait Cells: Discrete + Copy + Debug {
    fn cell(self) -> usize;
    /// The value with which a run begins whose first cell is `cell`.
    fn first(cell: usize) -> Self;
    /// The value with which a run ends whose last cell is `cell`.
    fn last(cell: usize) -> Self;
}

impl Cells for u8 {
    fn cell(self) -> usize {
        self.into()
    }

    fn first(cell: usize) -> Self {
        u8::try_from(cell).expect("a small domain")
    }

    fn last(cell: usize) -> Self {
        Self::first(cell)
    }
}

/// Before, at and after each value, and what lies between that and the next one: a run that begins
/// or ends there shares the position beside it.
impl Cells for Cut<u8> {
    fn cell(self) -> usize {
        let side = [Cut::before(*self.value()), Cut::at(*self.value()), Cut::after(*self.value())];
        4 * usize::from(*self.value()) + side.iter().position(|cut| *cut == self).expect("a side")
    }

    fn first(cell: usize) -> Self {
        let value = u8::first(cell / 4);
        [Cut::before(value), Cut::at(value), Cut::after(value), Cut::after(value)][cell % 4]
    }

    fn last(cell: usize) -> Self {
        let value = u8::first(cell / 4);
        [Cut::before(value), Cut::at(value), Cut::after(value), Cut::before(value + 1)][cell % 4]
    }
}

/// All intervals with both ends among `values`, which ascend.
fn intervals<T: Ord + Copy>(values: &[T]) -> Vec<Interval<T>> {
    let with = |(i, start): (usize, &T)| {
        values[i..].iter().map(|last| Interval::new(*start, *last)).collect::<Vec<_>>()
    };
    values.iter().enumerate().flat_map(with).collect()
}

/// The runs of cells of `query` for which `kind` of the entries that cover them is the same.
fn runs<T: Cells, K: PartialEq>(
    entries: &[Interval<T>],
    query: Interval<T>,
    kind: impl Fn(&[usize]) -> K,
) -> Vec<(Interval<T>, K)> {
    let mut runs: Vec<(usize, usize, K)> = Vec::new();
    for cell in query.start().cell()..=query.last().cell() {
        let covers =
            |entry: &Interval<T>| entry.start().cell() <= cell && cell <= entry.last().cell();
        let covering: Vec<_> = (0..entries.len()).filter(|at| covers(&entries[*at])).collect();
        let kind = kind(&covering);
        match runs.last_mut() {
            Some((_, last, former)) if *former == kind => *last = cell,
            _ => runs.push((cell, cell, kind)),
        }
    }
    let interval = |(first, last, kind)| (Interval::new(T::first(first), T::last(last)), kind);
    runs.into_iter().map(interval).collect()
}

/// The entries merged two by two while any two are joined, then clipped.
fn merged<T: Cells>(
    entries: &[Interval<T>],
    query: Interval<T>,
    joined: impl Fn(&Interval<T>, &Interval<T>) -> bool,
) -> Vec<Interval<T>> {
    let mut runs = entries.to_vec();
    let mut i = 0;
    while i < runs.len() {
        match (i + 1..runs.len()).find(|j| joined(&runs[i], &runs[*j])) {
            Some(j) => {
                let other = runs.swap_remove(j);
                runs[i] = runs[i].hull(&other);
                i = 0;
            }
            None => i += 1,
        }
    }
    runs.sort();
    runs.iter().map(|run| run.intersection(&query).expect("overlaps the query")).collect()
}

type Entry<T> = (Interval<T>, usize);

fn sweep<T: Cells>(
    entries: &[Interval<T>],
    query: Interval<T>,
) -> Sweep<T, impl Iterator<Item = Entry<T>> + Clone, Entry<T>> {
    Sweep::new(Some(query), entries.iter().copied().zip(0..))
}

fn gap_sweep<T: Cells>(
    entries: &[Interval<T>],
    query: Interval<T>,
) -> GapSweep<T, impl Iterator<Item = Entry<T>> + Clone> {
    GapSweep::new(Some(query), entries.iter().copied().zip(0..))
}

/// Asks all that is asked of a sweep over `entries`, which are in order and overlap `query`.
fn ask<T: Cells>(entries: &[Interval<T>], query: Interval<T>) {
    let context = || (entries.to_vec(), query);
    let new = || sweep(entries, query);
    // The rest is what a fold sees after a few steps.
    macro_rules! compare {
        ($expected:expr, |$sweep:ident| $next:expr, $($rest:tt)*) => {
            compare!(new() => $expected, |$sweep| $next, $($rest)*)
        };
        ($new:expr => $expected:expr, |$sweep:ident| $next:expr, |$rest:ident, $all:ident| $fold:expr) => {
            let expected: Vec<_> = $expected;
            let mut $sweep = $new;
            let mut folded = Vec::new();
            for taken in 0..=expected.len() {
                let $rest = $sweep.clone();
                folded.clear();
                let $all = &mut folded;
                $fold;
                assert_eq!(folded, expected[taken..], "folded from {taken} in {:?}", context());
                assert_eq!($next, expected.get(taken).copied(), "{taken} of {:?}", context());
            }
            assert_eq!($next, None, "fused: {:?}", context());
        };
    }

    let spans = runs(entries, query, |covering| !covering.is_empty());
    let gaps: Vec<_> = spans.iter().filter(|(_, used)| !used).map(|(run, _)| *run).collect();
    let covered: Vec<_> = spans.iter().filter(|(_, used)| *used).map(|(run, _)| *run).collect();
    let span = |(run, used)| if used { Span::Covered(run) } else { Span::Gap(run) };
    compare!(spans.into_iter().map(span).collect(), |sweep| sweep.next_span(), |rest, all| rest
        .fold_spans((), |(), span| all.push(span)));
    let new_gaps = || gap_sweep(entries, query);
    compare!(new_gaps() => gaps.clone(), |sweep| sweep.next(), |rest, all| {
        let mut rest = rest;
        all.extend(iter::from_fn(|| rest.next()));
    });
    for joined in [Joined::Touching, Joined::Within(0), Joined::Overlapping] {
        let expected = match joined {
            Joined::Overlapping => merged(entries, query, Interval::overlaps),
            _ => covered.clone(),
        };
        compare!(expected, |sweep| sweep.next_run(|a, b| joined.joins(a, b)), |rest, all| rest
            .fold_runs((), |a, b| joined.joins(a, b), |(), run| all.push(run)));
    }

    let mut open = BinaryHeap::new();
    let mut levels = new();
    let depth: Vec<_> = iter::from_fn(|| levels.next_level(&mut open, |depth| depth)).collect();
    assert_eq!(depth, runs(entries, query, <[_]>::len), "{:?}", context());
    assert_eq!(levels.next_level(&mut open, |depth| depth), None);
    for least in 0..=3 {
        let mut open = BinaryHeap::new();
        let mut levels = new();
        let deep = iter::from_fn(|| levels.next_level(&mut open, |depth| depth >= least));
        let expected = runs(entries, query, |covering| covering.len() >= least);
        assert!(deep.eq(expected), "{least} in {:?}", context());
    }
    let mut open = Vec::new();
    let mut folds = new();
    let folded: Vec<_> = iter::from_fn(|| {
        folds.next_fold(&mut open, |open| open.iter().map(|(_, at)| *at).collect::<Vec<_>>())
    })
    .collect();
    assert_eq!(folded, runs(entries, query, <[_]>::to_vec), "{:?}", context());

    // Gaps from the front where the bit is set, from the back where it is not.
    for order in 0_u32..1 << gaps.len() {
        let mut sweep = new_gaps();
        let mut steps = 2 * entries.len() + 2;
        let (mut front, mut back) = (Vec::new(), Vec::new());
        for at in 0..gaps.len() {
            if order >> at & 1 == 1 {
                front.extend(sweep.next());
            } else {
                back.extend(last_gap(&mut sweep, &mut steps, entries));
            }
        }
        assert_eq!(last_gap(&mut sweep.clone(), &mut steps, entries), None, "{:?}", context());
        assert_eq!(sweep.next(), None, "{:?}", context());
        front.extend(back.into_iter().rev());
        assert_eq!(front, gaps, "{order:b} in {:?}", context());
    }
}

fn last_gap<T: Cells, I: Iterator<Item = Entry<T>>>(
    sweep: &mut GapSweep<T, I>,
    steps: &mut usize,
    entries: &[Interval<T>],
) -> Option<Interval<T>> {
    let starts =
        |at: &T| entries.iter().find(|entry| entry.contains(at)).map(|entry| *entry.start());
    let lasts = |at: &T| entries.iter().map(|entry| *entry.last()).filter(|last| last < at).max();
    sweep.next_back(steps, starts, lasts)
}

/// Asks about each multiset of up to `count` of `all`, with each of `queries`.
fn ask_all<T: Cells>(all: &[Interval<T>], count: usize, queries: &[Interval<T>]) {
    fn extend<T: Cells>(
        chosen: &mut Vec<Interval<T>>,
        all: &[Interval<T>],
        count: usize,
        queries: &[Interval<T>],
    ) {
        for query in queries {
            let overlapping = chosen.iter().copied().filter(|entry| entry.overlaps(query));
            ask(&overlapping.collect::<Vec<_>>(), *query);
        }
        if count == 0 {
            return;
        }
        for (at, interval) in all.iter().enumerate() {
            chosen.push(*interval);
            extend(chosen, &all[at..], count - 1, queries);
            chosen.pop();
        }
    }
    extend(&mut Vec::new(), all, count, queries);
}

#[test]
#[cfg_attr(miri, ignore = "too much")]
fn every_set_of_three_intervals_of_integers() {
    let all = intervals(&(1..=6).collect::<Vec<u8>>());
    let whole = [Interval::new(0, 7), Interval::new(2, 5), Interval::new(3, 4)];
    ask_all(&all, 3, &whole);
    ask_all(&all, 2, &intervals(&(0..=7).collect::<Vec<u8>>()));
    let at_the_end = intervals(&[252, 253, 254, u8::MAX]);
    ask_all(&at_the_end, 3, &at_the_end);
    let at_the_begin = intervals(&[0, 1, 2, 3]);
    ask_all(&at_the_begin, 3, &at_the_begin);
}

/// Open, half-open and closed intervals, empty features, and ends that no range has.
#[test]
#[cfg_attr(miri, ignore = "too much")]
fn every_set_of_intervals_between_cuts() {
    let positions = |values: core::ops::Range<u8>| {
        values.flat_map(|at| [Cut::before(at), Cut::at(at), Cut::after(at)]).collect::<Vec<_>>()
    };
    let whole = [Interval::new(Cut::at(0), Cut::at(4))];
    let few = intervals(&positions(1..3));
    ask_all(&few, 2, &intervals(&positions(0..3)));
    ask_all(&few, 3, &whole);
    let all = intervals(&positions(1..4));
    ask_all(&all, 2, &whole);
    if cfg!(not(debug_assertions)) {
        ask_all(&all, 2, &intervals(&positions(0..4)));
        ask_all(&all, 3, &whole);
    }
}

#[test]
fn runs_within_a_distance() {
    let all = intervals(&[1_u8, 2, 4, 7, 8, 11]);
    let query = Interval::new(0, 12);
    for (i, a) in all.iter().enumerate() {
        for b in &all[i..] {
            for distance in 0..6_u8 {
                let entries = [*a, *b];
                let joined = Joined::Within(distance.into());
                let mut sweep = sweep(&entries, query);
                let runs = iter::from_fn(|| sweep.next_run(|a, b| joined.joins(a, b)));
                let apart = |a: &Interval<u8>, b: &Interval<u8>| {
                    let between = (0..=12).filter(|at| {
                        (a.last() < at && at < b.start()) || (b.last() < at && at < a.start())
                    });
                    between.count() <= distance.into()
                };
                assert!(runs.eq(merged(&entries, query, apart)), "{a} and {b} within {distance}");
            }
        }
    }
    assert!(Joined::Within(u128::MAX).joins(&0_u128, &u128::MAX));
    assert!(Joined::Within(3).joins(&Cut::at(1), &Cut::after(1)), "they touch");
    assert!(!Joined::Within(3).joins(&Cut::at(1), &Cut::at(2)), "who knows");
}

/// A value whose `succ` and `pred` break their contract in the way of `HOW`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Astray<const HOW: usize>(u8);

impl<const HOW: usize> Discrete for Astray<HOW> {
    const MIN: Option<Self> = if HOW.is_multiple_of(2) { None } else { Some(Self(3)) };
    const MAX: Option<Self> = if HOW.is_multiple_of(2) { None } else { Some(Self(1)) };

    fn succ(&self) -> Option<Self> {
        let at = self.0;
        Some(Self([at, 0, at.saturating_add(3), at.saturating_sub(1), 255, at % 5 * 50][HOW % 6]))
    }

    fn pred(&self) -> Option<Self> {
        let at = self.0;
        Some(Self([at, 255, at.saturating_sub(3), at.saturating_add(1), 0, at % 7 * 30][HOW / 6]))
    }

    fn steps_to(&self, later: &Self) -> Option<u128> {
        (HOW > 9).then(|| u128::from(self.0 ^ later.0))
    }
}

/// Every way to go astray ends each iterator, with no more runs than entries allow.
#[test]
#[cfg_attr(miri, ignore = "too much")]
fn steps_that_lead_astray_end_without_harm() {
    fn go<const HOW: usize>() {
        let all = intervals(&[0, 1, 2, 7, 8, 254, 255].map(Astray::<HOW>));
        let query = Interval::new(Astray(1), Astray(255));
        for (i, a) in all.iter().enumerate() {
            for b in &all[i..] {
                for c in [b, all.last().expect("some")] {
                    let mut entries = [*a, *b, *c].to_vec();
                    entries.retain(|entry| entry.overlaps(&query));
                    entries.sort();
                    end(&entries, query);
                }
                let _ = (a.touches(b), a.union(b), a.difference(b), a.split_at(b.start()));
            }
        }
    }

    fn end<const HOW: usize>(entries: &[Interval<Astray<HOW>>], query: Interval<Astray<HOW>>) {
        let new = || Sweep::new(Some(query), entries.iter().copied().zip(0..));
        let most = 2 * entries.len() + 1;
        let new_gaps = || GapSweep::new(Some(query), entries.iter().copied().zip(0..));
        let (mut spans, mut gaps, mut back) = (new(), new_gaps(), new_gaps());
        assert!(iter::from_fn(|| spans.next_span()).take(99).count() <= most);
        assert!(iter::from_fn(|| gaps.next()).take(99).count() <= most);
        assert!(new().fold_spans(0, |count, _| count + 1) <= most);
        let mut steps = most + 1;
        let starts =
            |at: &_| entries.iter().find(|entry| entry.contains(at)).map(|entry| *entry.start());
        let lasts =
            |at: &_| entries.iter().map(|entry| *entry.last()).filter(|last| last < at).max();
        let gaps = iter::from_fn(|| back.next_back(&mut steps, starts, lasts));
        assert!(gaps.take(99).count() <= most);
        for joined in [Joined::Overlapping, Joined::Touching, Joined::Within(2)] {
            let mut runs = new();
            let runs = iter::from_fn(|| runs.next_run(|a, b| joined.joins(a, b)));
            assert!(runs.take(99).count() <= most);
            new().fold_runs((), |a, b| joined.joins(a, b), |(), _| ());
        }
        let (mut levels, mut open) = (new(), BinaryHeap::new());
        let levels = iter::from_fn(|| levels.next_level(&mut open, |depth| depth));
        assert!(levels.take(99).count() <= most);
        let (mut folds, mut open) = (new(), Vec::new());
        let folds = iter::from_fn(|| folds.next_fold(&mut open, <[_]>::len));
        assert!(folds.take(99).count() <= most);
    }

    macro_rules! each {
        ($($how:literal)*) => {$( go::<$how>(); )*};
    }
    each!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35);
}

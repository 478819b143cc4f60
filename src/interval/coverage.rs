//! One pass over intervals in order of start: what they cover, and how deep.
//!
//! The indexes hand in their entries; what comes out is theirs to name.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "a step of a loop, of which the rest is out of line")]

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cmp::Reverse;
use core::mem;

use super::discrete::{after, before, pred};
use super::{Discrete, Interval};

/// A maximal run of values that are all covered by entries, or that all are not.
///
/// # Examples
///
/// ```
/// use stabtree::Span;
/// use stabtree::{Interval, IntervalRbTree};
///
/// let tree = IntervalRbTree::from([(Interval::new(3u8, 4), ()), (Interval::new(5, 9), ())]);
/// let spans: Vec<_> = tree.spans(..).collect();
/// assert_eq!(spans, [
///     Span::Gap(Interval::new(0, 2)),
///     Span::Covered(Interval::new(3, 9)),
///     Span::Gap(Interval::new(10, 255)),
/// ]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span<T> {
    /// Every value of the interval lies in an entry.
    Covered(Interval<T>),
    /// No value of the interval lies in an entry.
    Gap(Interval<T>),
}

/// What makes one run of two intervals of which the second starts after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// They share a value.
    Overlapping,
    /// They share a value, or none lies between them.
    Touching,
    /// At most so many values lie between them.
    Within(u128),
}

impl Joined {
    /// Returns `true` if a run that ends with `reach` is joined by what starts at `start`.
    #[inline]
    pub(crate) fn joins<T: Discrete>(self, reach: &T, start: &T) -> bool {
        start <= reach
            || match self {
                Self::Overlapping => false,
                Self::Touching => *start <= after(reach),
                Self::Within(distance) => {
                    // The first step leads to the first value between them, or to `start`.
                    let steps = reach.steps_to(start);
                    steps
                        .map_or(*start <= after(reach), |steps| steps.saturating_sub(1) <= distance)
                }
            }
    }
}

/// A walk from value to value over `entries`, which overlap a closed query and come in order.
///
/// Every step uses up an entry or ends the walk, whatever `succ`, `pred` and `Ord` of the ends
/// answer.
#[derive(Clone, Debug)]
pub(crate) struct Sweep<T, I, A> {
    entries: I,
    /// The first entry that the sweep has not used up.
    coming: Option<A>,
    /// The part of the query not yet answered for; `None` at the end.
    rest: Option<Interval<T>>,
    /// The last run was a gap, so the entry that comes begins the next one.
    is_after_gap: bool,
}

/// From `start` to `last`, or `start` alone where `succ` or `pred` gave ends out of order.
#[inline]
pub(super) fn run<T: Ord + Clone>(start: T, last: T) -> Interval<T> {
    Interval::try_new(start, last).unwrap_or_else(|error| Interval::point(error.into_bounds().0))
}

/// A walk over what `entries`, which overlap a closed query and come in order, leave uncovered.
///
/// Every step uses up an entry or ends the walk, as in a [`Sweep`]; none is read ahead.
#[derive(Clone, Debug)]
pub(crate) struct GapSweep<T, I> {
    entries: I,
    /// The part of the query not yet answered for; `None` at the end.
    rest: Option<Interval<T>>,
}

impl<T, I, X, V> GapSweep<T, I>
where
    T: Discrete,
    I: Iterator<Item = (X, V)>,
    X: Borrow<Interval<T>>,
{
    /// A sweep over `query`; over nothing if that contains no value.
    #[inline]
    pub(crate) fn new(query: Option<Interval<T>>, entries: I) -> Self {
        Self { entries, rest: query }
    }

    /// The next run that is not covered.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<Interval<T>> {
        let (mut from, last) = self.rest.take()?.into_bounds();
        loop {
            let Some((entry, _)) = self.entries.next() else { return Some(run(from, last)) };
            let (start, reach) = (entry.borrow().start(), entry.borrow().last());
            let mut gap = None;
            if *start > from {
                if *start > last {
                    return Some(run(from, last));
                }
                gap = Some(run(from, before(start)));
            } else if *reach < from {
                continue;
            }
            let next = (*reach < last).then(|| after(reach));
            if gap.is_some() {
                self.rest = next.and_then(|from| Interval::try_new(from, last).ok());
                return gap;
            }
            from = next?;
        }
    }

    /// The last run that is not covered, taken off the end of what is to be answered for.
    ///
    /// `lowest_start` gives the least start of the entries that contain a value, `greatest_last`
    /// the greatest last of those that end before it. Each of the first calls comes to another
    /// entry; `steps` bounds them where an inconsistent `Ord` leads in a circle.
    pub(crate) fn next_back(
        &mut self,
        steps: &mut usize,
        mut lowest_start: impl FnMut(&T) -> Option<T>,
        greatest_last: impl FnOnce(&T) -> Option<T>,
    ) -> Option<Interval<T>> {
        let (first, mut at) = self.rest.take()?.into_bounds();
        loop {
            *steps = steps.checked_sub(1)?;
            let Some(start) = lowest_start(&at) else { break };
            if start <= first {
                return None;
            }
            at = match pred(&start) {
                Some(previous) => previous,
                // Nothing starts before `start` and contains it, so the gap ends with it.
                None if start >= at => break,
                None => start,
            };
        }
        let Some(reach) = greatest_last(&at).filter(|reach| *reach >= first) else {
            return Some(run(first, at));
        };
        let gap = run(after(&reach), at);
        // `first` may lie in an entry that was used up: where what follows that is not known.
        self.rest = (first < reach).then(|| run(first, reach));
        Some(gap)
    }
}

impl<T, I, X, V> Sweep<T, I, (X, V)>
where
    T: Discrete,
    I: Iterator<Item = (X, V)>,
    X: Borrow<Interval<T>>,
{
    /// A sweep over `query`; over nothing if that contains no value.
    pub(crate) fn new(query: Option<Interval<T>>, mut entries: I) -> Self {
        let coming = entries.next();
        Self { entries, coming, rest: query, is_after_gap: false }
    }

    /// What is left of the query from `to` on, if the sweep has not come as far; the inner `None`
    /// if that is nothing.
    #[expect(clippy::option_option, reason = "no change, or a new query that may be empty")]
    pub(crate) fn query_from(&self, to: T) -> Option<Option<Interval<T>>> {
        let rest = self.rest.as_ref().filter(|rest| *rest.start() < to)?;
        Some(Interval::try_new(to, rest.last().clone()).ok())
    }

    /// The entry that comes first.
    #[inline]
    fn next_entry(&mut self) -> Option<(X, V)> {
        mem::replace(&mut self.coming, self.entries.next())
    }

    /// The entry that comes first, if `is_meant` of its start.
    #[inline]
    fn next_if(&mut self, is_meant: impl FnOnce(&T) -> bool) -> Option<(X, V)> {
        let (entry, _) = self.coming.as_ref()?;
        if !is_meant(entry.borrow().start()) {
            return None;
        }
        self.next_entry()
    }

    /// Leaves `from` and what follows it to be answered for, if the query goes on so far.
    #[inline]
    fn go_on(&mut self, from: T, last: T) {
        self.rest = Interval::try_new(from, last).ok();
    }

    /// The next run, covered or not.
    #[inline]
    pub(crate) fn next_span(&mut self) -> Option<Span<T>> {
        let (from, last) = self.rest.take()?.into_bounds();
        let begins_run = mem::take(&mut self.is_after_gap);
        let Some((first, _)) = self.next_if(|start| begins_run || *start <= from) else {
            return Some(Span::Gap(self.gap(from, last)));
        };
        let mut reach = first.borrow().last().clone();
        loop {
            if reach >= last {
                return Some(Span::Covered(run(from, last)));
            }
            let beyond = after(&reach);
            // What starts at or right after the run belongs to it.
            let Some((entry, _)) = self.next_if(|start| *start <= beyond) else {
                self.go_on(beyond, last);
                return Some(Span::Covered(run(from, reach)));
            };
            reach = reach.max(entry.borrow().last().clone());
        }
    }

    /// The gap from `from` up to the entry that comes first, or to the end of the query.
    #[inline]
    fn gap(&mut self, from: T, last: T) -> Interval<T> {
        let start = self.coming.as_ref().map(|(entry, _)| entry.borrow().start());
        let Some(start) = start.filter(|start| **start <= last) else {
            return run(from, last);
        };
        let gap = run(from, before(start));
        self.is_after_gap = true;
        self.rest = Interval::try_new(start.clone(), last).ok();
        gap
    }

    /// Folds the runs that are left, covered or not.
    #[inline]
    pub(crate) fn fold_spans<B>(self, init: B, mut fold: impl FnMut(B, Span<T>) -> B) -> B {
        let Some((from, last)) = self.rest.map(Interval::into_bounds) else { return init };
        // What is folded; where the run at hand begins, and up to where it is covered.
        let at_first = (init, from, None::<T>);
        let mut step = |(mut folded, mut from, reach): (B, T, Option<T>), (entry, _): (X, V)| {
            let (start, other) = (entry.borrow().start(), entry.borrow().last());
            let Some(reach) = reach else {
                if *start > from {
                    folded = fold(folded, Span::Gap(run(from, before(start))));
                    from = start.clone();
                }
                return (folded, from, Some(other.clone()));
            };
            if *start <= reach || reach >= last {
                return (folded, from, Some(reach.max(other.clone())));
            }
            let beyond = after(&reach);
            if *start <= beyond {
                return (folded, from, Some(reach.max(other.clone())));
            }
            folded = fold(folded, Span::Covered(run(from, reach)));
            folded = fold(folded, Span::Gap(run(beyond, before(start))));
            (folded, start.clone(), Some(other.clone()))
        };
        let begun = match self.coming {
            Some(entry) => step(at_first, entry),
            None => at_first,
        };
        let (folded, from, reach) = self.entries.fold(begun, &mut step);
        match reach {
            None => fold(folded, Span::Gap(run(from, last))),
            Some(reach) if reach >= last => fold(folded, Span::Covered(run(from, last))),
            Some(reach) => {
                let beyond = after(&reach);
                let folded = fold(folded, Span::Covered(run(from, reach)));
                fold(folded, Span::Gap(run(beyond, last)))
            }
        }
    }

    /// The next run of entries that are joined by `joins`, of the end of the run so far and the
    /// start of what comes.
    #[inline]
    pub(crate) fn next_run(
        &mut self,
        mut joins: impl FnMut(&T, &T) -> bool,
    ) -> Option<Interval<T>> {
        let (from, last) = self.rest.take()?.into_bounds();
        let (first, _) = self.next_if(|start| *start <= last)?;
        let (start, mut reach) = (first.borrow().start().clone(), first.borrow().last().clone());
        loop {
            if reach >= last {
                return Some(run(start.max(from), last));
            }
            let Some((entry, _)) = self.next_if(|start| joins(&reach, start)) else {
                self.go_on(from.clone(), last);
                return Some(run(start.max(from), reach));
            };
            reach = reach.max(entry.borrow().last().clone());
        }
    }

    /// Folds the runs of entries that are left, as [`next_run`](Self::next_run) joins them.
    #[inline]
    pub(crate) fn fold_runs<B>(
        self,
        init: B,
        mut joins: impl FnMut(&T, &T) -> bool,
        mut fold: impl FnMut(B, Interval<T>) -> B,
    ) -> B {
        let Some((from, last)) = self.rest.map(Interval::into_bounds) else { return init };
        let mut entries = self.coming.into_iter().chain(self.entries);
        let Some((first, _)) = entries.next() else { return init };
        let (start, reach) = (first.borrow().start().clone(), first.borrow().last().clone());
        let at_first = (init, start.max(from), reach);
        let (folded, start, reach) =
            entries.fold(at_first, |(folded, start, reach): (B, T, T), (entry, _)| {
                let (next, other) = (entry.borrow().start(), entry.borrow().last());
                if reach >= last || joins(&reach, next) {
                    return (folded, start, reach.max(other.clone()));
                }
                (fold(folded, run(start, reach)), next.clone(), other.clone())
            });
        fold(folded, run(start, reach.min(last)))
    }

    /// The next run of values for whose depths `kind` is the same, and that. `open` holds the
    /// `last` of each entry that has started and not ended, the smallest on top.
    pub(crate) fn next_level<K: PartialEq>(
        &mut self,
        open: &mut BinaryHeap<Reverse<T>>,
        kind: impl Fn(usize) -> K,
    ) -> Option<(Interval<T>, K)> {
        let (from, last) = self.rest.take()?.into_bounds();
        let open_up_to = |sweep: &mut Self, open: &mut BinaryHeap<Reverse<T>>, at: &T| {
            while let Some((entry, _)) = sweep.next_if(|start| start <= at) {
                open.push(Reverse(entry.borrow().last().clone()));
            }
        };
        open_up_to(self, open, &from);
        let level = kind(open.len());
        loop {
            // The next entry closes or opens; the run may end with the one, or before the other.
            let opens = self.coming.as_ref().map(|(entry, _)| entry.borrow().start());
            let closes_first =
                open.peek().is_some_and(|Reverse(reach)| opens.is_none_or(|start| reach < start));
            let (end, next) = if closes_first && let Some(Reverse(reach)) = open.pop() {
                while open.peek().is_some_and(|Reverse(other)| *other <= reach) {
                    open.pop();
                }
                if reach >= last {
                    return Some((run(from, last), level));
                }
                let next = after(&reach);
                (reach, next)
            } else if let Some((entry, _)) = self.next_if(|start| *start <= last) {
                let entry = entry.borrow();
                open.push(Reverse(entry.last().clone()));
                (before(entry.start()), entry.start().clone())
            } else {
                return Some((run(from, last), level));
            };
            open_up_to(self, open, &next);
            // One entry may end where another one starts, and the depth stays.
            if kind(open.len()) != level {
                self.go_on(next, last);
                return Some((run(from, end), level));
            }
        }
    }

    /// The next run of values that lie in the same entries, and what `fold` makes of those, which
    /// come in order. `open` holds the entries that have started and not ended.
    pub(crate) fn next_fold<B>(
        &mut self,
        open: &mut Vec<(X, V)>,
        fold: impl FnOnce(&[(X, V)]) -> B,
    ) -> Option<(Interval<T>, B)> {
        let (from, last) = self.rest.clone()?.into_bounds();
        while let Some(entry) = self.next_if(|start| *start <= from) {
            open.push(entry);
        }
        let folded = fold(open);
        self.rest = None;
        let ends = open.iter().map(|(entry, _)| entry.borrow().last()).enumerate();
        let first_end = ends.min_by(|(_, a), (_, b)| a.cmp(b));
        let opens = self.coming.as_ref().map(|(entry, _)| entry.borrow().start());
        let first_end = first_end.filter(|(_, reach)| opens.is_none_or(|start| *reach < start));
        if let Some((at, reach)) = first_end {
            if *reach >= last {
                return Some((run(from, last), folded));
            }
            let reach = reach.clone();
            open.remove(at);
            open.retain(|(entry, _)| *entry.borrow().last() > reach);
            self.go_on(after(&reach), last);
            return Some((run(from, reach), folded));
        }
        let Some(entry) = self.next_if(|start| *start <= last) else {
            return Some((run(from, last), folded));
        };
        let start = entry.0.borrow().start().clone();
        open.push(entry);
        let end = before(&start);
        self.go_on(start, last);
        Some((run(from, end), folded))
    }
}

//! Unions, intersections and differences of what intervals cover, as streams.
//!
//! Each passes once over two sources of intervals that come in order of start; they may overlap, and are
//! joined to maximal runs on the way. Every step uses up an interval or ends the stream, whatever
//! `succ`, `pred` and `Ord` of the ends answer.

#![forbid(unsafe_code)]

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::iter::FusedIterator;

use super::coverage::{Joined, run};
use super::discrete::{after, before};
use super::{Discrete, Interval};

/// Keeps the trait to the types of this crate.
pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "nobody else implements it")]
    pub trait Sealed {}
}

/// What covers values with intervals: [`RangeSet`](crate::RangeSet), [`RangeMap`](crate::RangeMap),
/// [`IntervalBTree`](crate::IntervalBTree) and [`IntervalRbTree`](crate::IntervalRbTree).
///
/// Each of them has set operations with each other; no other type implements it.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalBTree, RangeSet};
///
/// let night = RangeSet::from([0..8, 22..24]);
/// let meetings = IntervalBTree::from([(Interval::new(7, 9), "early"), (Interval::new(9, 10), "talk")]);
/// assert!(night.intersection(&meetings).eq([Interval::point(7)]));
/// assert!(meetings.difference(&night).eq([Interval::new(8, 10)]));
/// ```
pub trait Coverage<T>: sealed::Sealed {
    /// The iterator over all intervals.
    type Covered<'a>: Iterator<Item: Borrow<Interval<T>>> + Clone
    where
        Self: 'a;

    /// Iterates over all intervals, in order of start.
    #[doc(hidden)]
    fn covered(&self) -> Self::Covered<'_>;
}

/// A source of intervals of which the first was read.
#[derive(Clone, Debug)]
struct Source<T, I> {
    rest: I,
    /// What comes first; `None` at the end.
    head: Option<Interval<T>>,
}

impl<T: Clone, I: Iterator<Item: Borrow<Interval<T>>>> Source<T, I> {
    fn new(rest: I) -> Self {
        let mut source = Self { rest, head: None };
        source.head = source.read();
        source
    }

    #[inline]
    fn read(&mut self) -> Option<Interval<T>> {
        self.rest.next().map(|interval| interval.borrow().clone())
    }

    /// What comes first, if there is anything; the source is not read again after its end.
    #[inline]
    fn take(&mut self) -> Option<Interval<T>> {
        let head = self.head.take()?;
        self.head = self.read();
        Some(head)
    }

    /// At most so many more.
    fn most(&self) -> Option<usize> {
        let head = usize::from(self.head.is_some());
        self.rest.size_hint().1.and_then(|rest| rest.checked_add(head))
    }
}

/// The maximal runs of intervals in order of start.
#[derive(Clone, Debug)]
struct Runs<T, I> {
    intervals: Source<T, I>,
}

impl<T: Discrete, I: Iterator<Item: Borrow<Interval<T>>>> Runs<T, I> {
    fn new(intervals: I) -> Self {
        Self { intervals: Source::new(intervals) }
    }
}

impl<T: Discrete, I: Iterator<Item: Borrow<Interval<T>>>> Iterator for Runs<T, I> {
    type Item = Interval<T>;

    #[inline]
    fn next(&mut self) -> Option<Interval<T>> {
        let (start, mut reach) = self.intervals.take()?.into_bounds();
        while let Some(next) = &self.intervals.head
            && Joined::Touching.joins(&reach, next.start())
        {
            if *next.last() > reach {
                reach = next.last().clone();
            }
            self.intervals.head = self.intervals.read();
        }
        Some(run(start, reach))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.intervals.head.is_some()), self.intervals.most())
    }
}

/// Two sources as one in order of start.
#[derive(Clone, Debug)]
struct Merge<T, A, B> {
    a: Source<T, A>,
    b: Source<T, B>,
}

impl<T: Discrete, A, B> Iterator for Merge<T, A, B>
where
    A: Iterator<Item: Borrow<Interval<T>>>,
    B: Iterator<Item: Borrow<Interval<T>>>,
{
    type Item = Interval<T>;

    #[inline]
    fn next(&mut self) -> Option<Interval<T>> {
        match (&self.a.head, &self.b.head) {
            (Some(a), Some(b)) if b.start() < a.start() => self.b.take(),
            (None, _) => self.b.take(),
            _ => self.a.take(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, both(self.a.most(), self.b.most()))
    }
}

fn both(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    a?.checked_add(b?)
}

/// The parts of two sets of runs that are in one of them only; parts may touch.
#[derive(Clone, Debug)]
struct InOne<T, A, B> {
    a: Source<T, Runs<T, A>>,
    b: Source<T, Runs<T, B>>,
}

impl<T: Discrete, A, B> Iterator for InOne<T, A, B>
where
    A: Iterator<Item: Borrow<Interval<T>>>,
    B: Iterator<Item: Borrow<Interval<T>>>,
{
    type Item = Interval<T>;

    fn next(&mut self) -> Option<Interval<T>> {
        loop {
            let (Some(a), Some(b)) = (&self.a.head, &self.b.head) else {
                return self.a.take().or_else(|| self.b.take());
            };
            if a.last() < b.start() {
                return self.a.take();
            }
            if b.last() < a.start() {
                return self.b.take();
            }
            let (first, second) = if b.start() < a.start() { (b, a) } else { (a, b) };
            let only = (first.start() < second.start())
                .then(|| run(first.start().clone(), before(second.start())));
            // What is in both ends with the one that ends first; what is left of the other stays.
            match a.last().cmp(b.last()) {
                Ordering::Less => {
                    let rest = run(after(a.last()), b.last().clone());
                    self.a.take();
                    self.b.head = Some(rest);
                }
                Ordering::Greater => {
                    let rest = run(after(b.last()), a.last().clone());
                    self.b.take();
                    self.a.head = Some(rest);
                }
                Ordering::Equal => {
                    self.a.take();
                    self.b.take();
                }
            }
            if only.is_some() {
                return only;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, both(self.a.most(), self.b.most()))
    }
}

/// Iterator over the runs that two sets of intervals cover together; see
/// [`RangeSet::union`](crate::RangeSet::union).
#[derive(Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Union<T, A, B> {
    runs: Runs<T, Merge<T, A, B>>,
}

/// Iterator over the runs that two sets of intervals both cover; see
/// [`RangeSet::intersection`](crate::RangeSet::intersection).
#[derive(Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Intersection<T, A, B> {
    a: Source<T, Runs<T, A>>,
    b: Source<T, Runs<T, B>>,
}

/// Iterator over the runs that one set of intervals covers and another one does not; see
/// [`RangeSet::difference`](crate::RangeSet::difference).
#[derive(Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Difference<T, A, B> {
    a: Source<T, Runs<T, A>>,
    b: Source<T, Runs<T, B>>,
}

/// Iterator over the runs that exactly one of two sets of intervals covers; see
/// [`RangeSet::symmetric_difference`](crate::RangeSet::symmetric_difference).
#[derive(Clone)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct SymmetricDifference<T, A, B> {
    runs: Runs<T, InOne<T, A, B>>,
}

impl<T: Discrete, A, B> Union<T, A, B>
where
    A: Iterator<Item: Borrow<Interval<T>>>,
    B: Iterator<Item: Borrow<Interval<T>>>,
{
    pub(crate) fn new(a: A, b: B) -> Self {
        Self { runs: Runs::new(Merge { a: Source::new(a), b: Source::new(b) }) }
    }

    #[inline]
    fn next_run(&mut self) -> Option<Interval<T>> {
        self.runs.next()
    }

    fn most(&self) -> Option<usize> {
        self.runs.size_hint().1
    }
}

impl<T: Discrete, A, B> Intersection<T, A, B>
where
    A: Iterator<Item: Borrow<Interval<T>>>,
    B: Iterator<Item: Borrow<Interval<T>>>,
{
    pub(crate) fn new(a: A, b: B) -> Self {
        Self { a: Source::new(Runs::new(a)), b: Source::new(Runs::new(b)) }
    }

    #[inline]
    fn next_run(&mut self) -> Option<Interval<T>> {
        while let (Some(a), Some(b)) = (&self.a.head, &self.b.head) {
            let shared = a.intersection(b);
            // The one that ends first overlaps nothing that comes later.
            if a.last() < b.last() {
                self.a.take();
            } else {
                self.b.take();
            }
            if shared.is_some() {
                return shared;
            }
        }
        None
    }

    fn most(&self) -> Option<usize> {
        both(self.a.most(), self.b.most())
    }
}

impl<T: Discrete, A, B> Difference<T, A, B>
where
    A: Iterator<Item: Borrow<Interval<T>>>,
    B: Iterator<Item: Borrow<Interval<T>>>,
{
    pub(crate) fn new(a: A, b: B) -> Self {
        Self { a: Source::new(Runs::new(a)), b: Source::new(Runs::new(b)) }
    }

    #[inline]
    fn next_run(&mut self) -> Option<Interval<T>> {
        loop {
            let a = self.a.head.as_ref()?;
            let Some(b) = self.b.head.as_ref().filter(|b| b.start() <= a.last()) else {
                return self.a.take();
            };
            if b.last() < a.start() {
                self.b.take();
                continue;
            }
            let left = (a.start() < b.start()).then(|| run(a.start().clone(), before(b.start())));
            if b.last() < a.last() {
                let rest = run(after(b.last()), a.last().clone());
                self.b.take();
                self.a.head = Some(rest);
            } else {
                self.a.take();
            }
            if left.is_some() {
                return left;
            }
        }
    }

    fn most(&self) -> Option<usize> {
        both(self.a.most(), self.b.most())
    }
}

impl<T: Discrete, A, B> SymmetricDifference<T, A, B>
where
    A: Iterator<Item: Borrow<Interval<T>>>,
    B: Iterator<Item: Borrow<Interval<T>>>,
{
    pub(crate) fn new(a: A, b: B) -> Self {
        let (a, b) = (Source::new(Runs::new(a)), Source::new(Runs::new(b)));
        Self { runs: Runs::new(InOne { a, b }) }
    }

    #[inline]
    fn next_run(&mut self) -> Option<Interval<T>> {
        self.runs.next()
    }

    fn most(&self) -> Option<usize> {
        self.runs.size_hint().1
    }
}

macro_rules! streams {
    ($($name:ident)*) => {$(
        impl<T: Discrete, A, B> Iterator for $name<T, A, B>
        where
            A: Iterator<Item: Borrow<Interval<T>>>,
            B: Iterator<Item: Borrow<Interval<T>>>,
        {
            type Item = Interval<T>;

            #[inline]
            fn next(&mut self) -> Option<Interval<T>> {
                self.next_run()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, self.most())
            }
        }

        impl<T: Discrete, A, B> FusedIterator for $name<T, A, B>
        where
            A: Iterator<Item: Borrow<Interval<T>>>,
            B: Iterator<Item: Borrow<Interval<T>>>,
        {
        }

        impl<T: Discrete + fmt::Debug, A, B> fmt::Debug for $name<T, A, B>
        where
            A: Iterator<Item: Borrow<Interval<T>>> + Clone,
            B: Iterator<Item: Borrow<Interval<T>>> + Clone,
        {
            /// Lists the runs still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    )*};
}

streams!(Union Intersection Difference SymmetricDifference);

//! One pass over intervals in order of start: what they cover, and how deep.
//!
//! The indexes hand in their entries; what comes out is theirs to name.

use alloc::collections::BinaryHeap;
use core::borrow::Borrow;
use core::cmp::Reverse;
use core::mem;

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

impl<T> Span<T> {
    pub(crate) fn covered(self) -> Option<Interval<T>> {
        match self {
            Self::Covered(covered) => Some(covered),
            Self::Gap(_) => None,
        }
    }

    pub(crate) fn gap(self) -> Option<Interval<T>> {
        match self {
            Self::Gap(gap) => Some(gap),
            Self::Covered(_) => None,
        }
    }
}

/// A walk from value to value over `entries`, which overlap a closed query and come in order.
#[derive(Clone, Debug)]
pub(crate) struct Sweep<T, I, A> {
    entries: I,
    /// The first entry that the sweep has not used up.
    coming: Option<A>,
    /// The first value not yet answered for; `None` at the end.
    at: Option<T>,
    last: T,
}

impl<T, I, X, V> Sweep<T, I, (X, V)>
where
    T: Discrete,
    I: Iterator<Item = (X, V)>,
    X: Borrow<Interval<T>>,
{
    /// A sweep over `query`; over nothing if that holds no value.
    pub(crate) fn new(query: Option<Interval<T>>, mut entries: I) -> Self {
        let (at, last) = match query.map(Interval::into_bounds) {
            Some((first, last)) => (Some(first), last),
            None => (None, T::MIN),
        };
        let coming = entries.next();
        Self { entries, coming, at, last }
    }

    /// What is left of the query from `to` on, if the sweep has not come as far; the inner `None`
    /// if that is nothing.
    #[expect(clippy::option_option, reason = "no change, or a new query that may be empty")]
    pub(crate) fn query_from(&self, to: T) -> Option<Option<Interval<T>>> {
        let is_ahead = self.at.as_ref().is_some_and(|at| *at < to);
        is_ahead.then(|| Interval::try_new(to, self.last.clone()).ok())
    }

    /// The entry that comes first, if it starts at or before `limit`.
    fn next_from(&mut self, limit: &T) -> Option<X> {
        let (entry, _) = self.coming.as_ref()?;
        if entry.borrow().start() > limit {
            return None;
        }
        mem::replace(&mut self.coming, self.entries.next()).map(|(entry, _)| entry)
    }

    /// The value in front of the entry that comes first, or the end of the query.
    fn before_coming(&self) -> T {
        let before = self.coming.as_ref().and_then(|(entry, _)| entry.borrow().start().pred());
        before.unwrap_or_else(|| self.last.clone())
    }

    /// Closes a run that begins at `from`; `reach` is its last value, clipped here.
    fn run(&mut self, from: T, reach: T) -> Interval<T> {
        let last = if reach >= self.last {
            self.at = None;
            self.last.clone()
        } else {
            self.at = reach.succ();
            reach
        };
        Interval::try_new(from, last).unwrap_or_else(|_| unreachable!("a run is never empty"))
    }

    /// The next run, used or not.
    pub(crate) fn next_span(&mut self) -> Option<Span<T>> {
        let from = self.at.clone()?;
        let Some(first) = self.next_from(&from) else {
            let reach = self.before_coming();
            return Some(Span::Gap(self.run(from, reach)));
        };
        let mut reach = first.borrow().last().clone();
        // What starts at or right behind the run belongs to it.
        while let Some(limit) = reach.succ().filter(|_| reach < self.last)
            && let Some(entry) = self.next_from(&limit)
        {
            reach = reach.max(entry.borrow().last().clone());
        }
        Some(Span::Covered(self.run(from, reach)))
    }

    /// The next run of one depth, and the depth. `open` holds the `last` of each entry that has
    /// started, the smallest on top.
    pub(crate) fn next_depth(
        &mut self,
        open: &mut BinaryHeap<Reverse<T>>,
    ) -> Option<(Interval<T>, usize)> {
        let from = self.at.clone()?;
        let depth = self.depth_at(&from, open);
        let mut reach = from.clone();
        // One entry may end where another one starts, and the depth stays.
        while self.depth_at(&reach, open) == depth {
            let opens = self.before_coming();
            let closes = open.peek().map(|Reverse(last)| last.clone());
            let end = closes.map_or(opens.clone(), |closes| closes.min(opens));
            let Some(beyond) = end.succ().filter(|_| end < self.last) else {
                return Some((self.run(from, end), depth));
            };
            reach = beyond;
        }
        let end = reach.pred().unwrap_or(reach);
        Some((self.run(from, end), depth))
    }

    /// Lets entries open and close up to `at`.
    fn depth_at(&mut self, at: &T, open: &mut BinaryHeap<Reverse<T>>) -> usize {
        while let Some(entry) = self.next_from(at) {
            open.push(Reverse(entry.borrow().last().clone()));
        }
        while open.peek().is_some_and(|Reverse(last)| last < at) {
            open.pop();
        }
        open.len()
    }
}

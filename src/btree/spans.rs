//! What is covered and what is not: spans, gaps, merged runs and depth.
//!
//! All of it walks over the entries that overlap the query, once, and steps from value to value,
//! so the ends are [`Discrete`]: `[0, 4]` and `[5, 9]` touch and make one run.

#![forbid(unsafe_code)]

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use core::fmt;
use core::iter::FusedIterator;
use core::ops::RangeBounds;

use super::IntervalBTree;
use super::iter::Overlapping;
use crate::interval::{Discrete, Interval, Query};
use crate::tree::Span;

/// Iterator over used and unused runs in turn; see [`spans`](IntervalBTree::spans).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Spans<'a, T, V> {
    sweep: Sweep<'a, T, V>,
}

/// Iterator over the holes between entries; see [`gaps`](IntervalBTree::gaps).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Gaps<'a, T, V> {
    spans: Spans<'a, T, V>,
}

/// Iterator over the runs that entries make together; see [`merged`](IntervalBTree::merged).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Merged<'a, T, V> {
    spans: Spans<'a, T, V>,
}

/// Iterator over runs of equal depth; see [`depth`](IntervalBTree::depth).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Depth<'a, T, V> {
    sweep: Sweep<'a, T, V>,
    /// The `last` of each entry that has started, the smallest on top.
    open: BinaryHeap<Reverse<T>>,
}

/// A walk from value to value over the entries of a closed query.
struct Sweep<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    entries: Overlapping<'a, T, V>,
    /// The first entry that the sweep has not used up.
    coming: Option<Interval<T>>,
    /// The first value not yet answered for; `None` at the end.
    at: Option<T>,
    last: T,
}

impl<T: Discrete + Copy, V> IntervalBTree<T, V> {
    /// Iterates over maximal used and unused runs in turn, clipped to `query` and covering it
    /// exactly.
    ///
    /// Entries that overlap or touch form one used run. An empty query yields nothing.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)` and at most `O(n)` to run to the end, *k* being the number of entries
    /// that overlap `query`.
    ///
    /// # Source
    ///
    /// The span iterator of the kernel's `lib/interval_tree.c`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::tree::Span;
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(3, 9), ())]);
    /// let spans: Vec<_> = tree.spans(5..20).collect();
    /// assert_eq!(spans, [Span::Used(Interval::new(5, 9)), Span::Hole(Interval::new(10, 19))]);
    /// ```
    pub fn spans(&self, query: impl RangeBounds<T>) -> Spans<'_, T, V> {
        Spans { sweep: Sweep::new(self, query) }
    }

    /// Iterates over the maximal runs inside `query` that no entry covers, in order.
    ///
    /// # Complexity
    ///
    /// As for [`spans`](Self::spans).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let busy = IntervalBTree::from([(Interval::new(9, 11), ()), (Interval::new(14, 15), ())]);
    /// let free: Vec<_> = busy.gaps(8..18).collect();
    /// assert_eq!(free, [Interval::point(8), Interval::new(12, 13), Interval::new(16, 17)]);
    /// ```
    pub fn gaps(&self, query: impl RangeBounds<T>) -> Gaps<'_, T, V> {
        Gaps { spans: self.spans(query) }
    }

    /// Iterates over the maximal runs inside `query` that entries cover together, in order.
    ///
    /// # Complexity
    ///
    /// As for [`spans`](Self::spans).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(1, 4), ()), (Interval::new(5, 9), ())]);
    /// assert!(tree.merged(..).eq([Interval::new(1, 9)]));
    /// ```
    pub fn merged(&self, query: impl RangeBounds<T>) -> Merged<'_, T, V> {
        Merged { spans: self.spans(query) }
    }

    /// Iterates over the maximal runs inside `query` whose values all lie in the same number of
    /// entries, with that number; the runs cover `query` exactly.
    ///
    /// The iterator keeps a heap of the entries that are open at that point.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)` to run to the end, *k* being the number of entries that overlap `query`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(1, 5), ()), (Interval::new(4, 9), ())]);
    /// let depth: Vec<_> = tree.depth(2..=9).collect();
    /// assert_eq!(depth, [
    ///     (Interval::new(2, 3), 1),
    ///     (Interval::new(4, 5), 2),
    ///     (Interval::new(6, 9), 1),
    /// ]);
    /// ```
    pub fn depth(&self, query: impl RangeBounds<T>) -> Depth<'_, T, V> {
        Depth { sweep: Sweep::new(self, query), open: BinaryHeap::new() }
    }
}

impl<T: Discrete + Copy, V> Spans<'_, T, V> {
    /// Goes forward to `to`: the next span is the one that contains it, trimmed to begin there.
    ///
    /// Nothing changes if the iterator is there or further. Beyond the end of the query nothing
    /// comes any more.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::tree::Span;
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(3, 9), ()), (Interval::new(50, 60), ())]);
    /// let mut spans = tree.spans(0..100);
    /// spans.advance_to(55);
    /// assert_eq!(spans.next(), Some(Span::Used(Interval::new(55, 60))));
    /// ```
    pub fn advance_to(&mut self, to: T) {
        if self.sweep.at.as_ref().is_some_and(|at| *at < to) {
            self.sweep = Sweep::over(self.sweep.tree, Some(to), self.sweep.last);
        }
    }
}

impl<'a, T: Discrete + Copy, V> Sweep<'a, T, V> {
    fn new(tree: &'a IntervalBTree<T, V>, query: impl RangeBounds<T>) -> Self {
        match Query::closed(query) {
            Some(query) => {
                let (first, last) = query.into_bounds();
                Self::over(tree, Some(first), last)
            }
            None => Self::over(tree, None, T::MIN),
        }
    }

    /// A sweep from `first` to `last`, over nothing if that is no interval.
    fn over(tree: &'a IntervalBTree<T, V>, first: Option<T>, last: T) -> Self {
        let at = first.filter(|first| *first <= last);
        let query = at.and_then(|first| Query::new(first..=last));
        let mut entries = Overlapping::new(tree, query);
        let coming = entries.next().map(|(interval, _)| interval);
        Self { tree, entries, coming, at, last }
    }

    /// The entry that comes first, if it starts at or before `limit`.
    fn next_from(&mut self, limit: &T) -> Option<Interval<T>> {
        let entry = self.coming.filter(|entry| entry.start() <= limit)?;
        self.coming = self.entries.next().map(|(interval, _)| interval);
        Some(entry)
    }

    /// The value in front of the entry that comes first, or the end of the query.
    fn before_coming(&self) -> T {
        let before = self.coming.and_then(|entry| entry.start().pred());
        before.unwrap_or(self.last)
    }

    /// Closes a run that begins at `from`; `reach` is its last value, clipped here.
    fn run(&mut self, from: T, reach: T) -> Interval<T> {
        if reach >= self.last {
            self.at = None;
            run_of(from, self.last)
        } else {
            self.at = reach.succ();
            run_of(from, reach)
        }
    }
}

fn run_of<T: Discrete>(start: T, last: T) -> Interval<T> {
    Interval::try_new(start, last).unwrap_or_else(|_| unreachable!("a run is never empty"))
}

impl<T: Discrete + Copy, V> Iterator for Spans<'_, T, V> {
    type Item = Span<T>;

    fn next(&mut self) -> Option<Span<T>> {
        let from = self.sweep.at?;
        let Some(first) = self.sweep.next_from(&from) else {
            let reach = self.sweep.before_coming();
            return Some(Span::Hole(self.sweep.run(from, reach)));
        };
        let mut reach = *first.last();
        // What starts at or right behind the run belongs to it.
        while reach < self.sweep.last
            && let Some(limit) = reach.succ()
            && let Some(entry) = self.sweep.next_from(&limit)
        {
            if *entry.last() > reach {
                reach = *entry.last();
            }
        }
        Some(Span::Used(self.sweep.run(from, reach)))
    }
}

impl<T: Discrete + Copy, V> Iterator for Gaps<'_, T, V> {
    type Item = Interval<T>;

    fn next(&mut self) -> Option<Interval<T>> {
        self.spans.find_map(|span| match span {
            Span::Hole(hole) => Some(hole),
            Span::Used(_) => None,
        })
    }
}

impl<T: Discrete + Copy, V> Iterator for Merged<'_, T, V> {
    type Item = Interval<T>;

    fn next(&mut self) -> Option<Interval<T>> {
        self.spans.find_map(|span| match span {
            Span::Used(used) => Some(used),
            Span::Hole(_) => None,
        })
    }
}

impl<T: Discrete + Copy, V> Depth<'_, T, V> {
    /// Lets entries open and close up to `at`.
    fn depth_at(&mut self, at: &T) -> usize {
        while let Some(entry) = self.sweep.next_from(at) {
            self.open.push(Reverse(*entry.last()));
        }
        while self.open.peek().is_some_and(|Reverse(last)| last < at) {
            self.open.pop();
        }
        self.open.len()
    }
}

impl<T: Discrete + Copy, V> Iterator for Depth<'_, T, V> {
    type Item = (Interval<T>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let from = self.sweep.at?;
        let depth = self.depth_at(&from);
        let mut reach = from;
        // One entry may end where another one starts, and the depth stays.
        while self.depth_at(&reach) == depth {
            let opens = self.sweep.before_coming();
            let closes = self.open.peek().map(|Reverse(last)| *last);
            let end = closes.map_or(opens, |closes| closes.min(opens));
            if end >= self.sweep.last {
                return Some((self.sweep.run(from, end), depth));
            }
            let Some(beyond) = end.succ() else { break };
            reach = beyond;
        }
        let end = reach.pred().unwrap_or(reach);
        Some((self.sweep.run(from, end), depth))
    }
}

impl<T: Discrete + Copy, V> FusedIterator for Spans<'_, T, V> {}
impl<T: Discrete + Copy, V> FusedIterator for Gaps<'_, T, V> {}
impl<T: Discrete + Copy, V> FusedIterator for Merged<'_, T, V> {}
impl<T: Discrete + Copy, V> FusedIterator for Depth<'_, T, V> {}

impl<T: Clone, V> Clone for Sweep<'_, T, V> {
    fn clone(&self) -> Self {
        Self {
            tree: self.tree,
            entries: self.entries.clone(),
            coming: self.coming.clone(),
            at: self.at.clone(),
            last: self.last.clone(),
        }
    }
}

/// Lets the iterators of this room be cloned, and show what is still to come.
macro_rules! clone_and_debug {
    ($($name:ident { $($field:ident),* });*) => {$(
        impl<T: Clone, V> Clone for $name<'_, T, V> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone()),* }
            }
        }

        impl<T: Discrete + Copy + fmt::Debug, V> fmt::Debug for $name<'_, T, V> {
            /// Lists the runs still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    )*};
}

clone_and_debug!(Spans { sweep }; Gaps { spans }; Merged { spans }; Depth { sweep, open });

//! What is covered and what is not: spans, gaps, merged runs, depth and what values fold to.
//!
//! All of it walks over the entries that overlap the query, once, and steps from value to value,
//! so the ends are [`Discrete`](crate::Discrete): `[0, 4]` and `[5, 9]` touch and make one run.

#![forbid(unsafe_code)]

macro_rules! spans {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::collections::BinaryHeap;
        use alloc::vec::Vec;
        use core::cmp::Reverse;
        use core::fmt;
        use core::iter::FusedIterator;
        use core::ops::RangeBounds;

        use super::$Index;
        use super::iter::Overlapping;
        use $crate::interval::{Countable, Discrete, GapSweep, Interval, Joined, Query, Span, Sweep};

        #[doc = concat!("Iterator over covered runs and gaps in turn; see [`spans`](", $name, "::spans).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Spans<'a, T, V> {
            tree: &'a $Index<T, V>,
            sweep: EntrySweep<'a, T, V>,
        }

        #[doc = concat!("Iterator over the gaps between entries, from both ends; see [`gaps`](", $name, "::gaps).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Gaps<'a, T, V> {
            tree: &'a $Index<T, V>,
            sweep: GapSweep<T, Overlapping<'a, T, V>>,
            /// How many searches `next_back` may still make: more than any order needs.
            searches: usize,
        }

        #[doc = concat!("Iterator over the runs that entries make together; see [`merged`](", $name, "::merged).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Merged<'a, T, V> {
            tree: &'a $Index<T, V>,
            sweep: EntrySweep<'a, T, V>,
            joined: Joined,
        }

        #[doc = concat!("Iterator over the runs of entries that a closure joins; see [`merged_by`](", $name, "::merged_by).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct MergedBy<'a, T, V, F> {
            tree: &'a $Index<T, V>,
            sweep: EntrySweep<'a, T, V>,
            joins: F,
        }

        #[doc = concat!("Iterator over runs and the entries that make them; see [`with_members`](Merged::with_members).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct WithMembers<'a, T, V, I> {
            tree: &'a $Index<T, V>,
            runs: I,
        }

        #[doc = concat!("Iterator over runs of equal depth; see [`depth`](", $name, "::depth).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Depth<'a, T, V> {
            sweep: EntrySweep<'a, T, V>,
            /// The `last` of each entry that has started, the smallest on top.
            open: BinaryHeap<Reverse<T>>,
        }

        #[doc = concat!("Iterator over runs of some depth or more; see [`depth_at_least`](", $name, "::depth_at_least).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct DepthAtLeast<'a, T, V> {
            sweep: EntrySweep<'a, T, V>,
            open: BinaryHeap<Reverse<T>>,
            least: usize,
        }

        #[doc = concat!("Iterator over runs and what their values fold to; see [`depth_fold`](", $name, "::depth_fold).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct DepthFold<'a, T, V, B, F> {
            sweep: EntrySweep<'a, T, V>,
            /// The entries that have started and not ended, in order.
            open: Vec<Entry<'a, T, V>>,
            init: B,
            fold: F,
        }

        type Entry<'a, T, V> = ($($by_a)* Interval<T>, &'a V);
        type EntrySweep<'a, T, V> = Sweep<T, Overlapping<'a, T, V>, Entry<'a, T, V>>;

        impl<T: Discrete $(+ $Read)?, V> $Index<T, V> {
            /// Iterates over maximal covered runs and gaps in turn, clipped to `query` and covering it
            /// exactly.
            ///
            /// Entries that overlap or touch make one covered run. An empty query yields nothing; one
            /// that is unbounded goes from [`MIN`](Discrete::MIN) to [`MAX`](Discrete::MAX), or as far
            /// as entries do where the type has none.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)` and at most `O(n)` to run to the end, *k* being the number of entries
            /// that overlap `query`.
            ///
            /// # Kernel counterpart
            ///
            /// The span iterator of the kernel's `lib/interval_tree.c`.
            ///
            /// # Examples
            ///
            /// ```
            /// use stabtree::Span;
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree = ", $name, "::from([(Interval::new(3, 9), ())]);")]
            /// let spans: Vec<_> = tree.spans(5..20).collect();
            /// assert_eq!(spans, [Span::Covered(Interval::new(5, 9)), Span::Gap(Interval::new(10, 19))]);
            /// ```
            pub fn spans(&self, query: impl RangeBounds<T>) -> Spans<'_, T, V> {
                Spans { tree: self, sweep: sweep_inside(self, query) }
            }

            /// Iterates over the maximal runs inside `query` that no entry covers, in order; from both
            /// ends.
            ///
            /// # Complexity
            ///
            /// As for [`spans`](Self::spans). From the back, `O((1 + j) log n)` for each gap, *j* being
            /// how many times one has to step down from an entry to an earlier one that it overlaps or
            /// touches, to pass over the entries after the gap; no query reads more than from the front.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let busy = ", $name, "::from([(Interval::new(9, 11), ()), (Interval::new(14, 15), ())]);")]
            /// let free: Vec<_> = busy.gaps(8..18).collect();
            /// assert_eq!(free, [Interval::point(8), Interval::new(12, 13), Interval::new(16, 17)]);
            /// let last_of_two = busy.gaps(8..18).rev().find(|free| free.len() >= 2);
            /// assert_eq!(last_of_two, Some(Interval::new(16, 17)));
            /// ```
            pub fn gaps(&self, query: impl RangeBounds<T>) -> Gaps<'_, T, V> {
                // From the back, each search comes to another entry, or to a gap.
                let searches = 2 * self.len() + 2;
                let query = Query::closed_within(query, || self.hull());
                let hits = Overlapping::new(self, query.as_ref().and_then(Query::new));
                Gaps { tree: self, sweep: GapSweep::new(query, hits), searches }
            }

            /// Iterates over the maximal runs inside `query` that entries cover together, in order:
            /// entries that overlap or touch, `[0, 4]` and `[5, 9]`, are in one run.
            ///
            /// # Complexity
            ///
            /// As for [`spans`](Self::spans).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree = ", $name, "::from([(Interval::new(1, 4), ()), (Interval::new(5, 9), ())]);")]
            /// assert!(tree.merged(..).eq([Interval::new(1, 9)]));
            /// ```
            pub fn merged(&self, query: impl RangeBounds<T>) -> Merged<'_, T, V> {
                Merged { tree: self, sweep: sweep_inside(self, query), joined: Joined::Touching }
            }

            /// Iterates over the runs inside `query` of entries that overlap, in order: entries that only
            /// touch are in runs of their own.
            ///
            /// # Complexity
            ///
            /// As for [`spans`](Self::spans).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let ends = [(0, 4), (2, 6), (7, 9)];
            #[doc = concat!("let tree: ", $name, "<_, ()> = ends.map(|(a, b)| (Interval::new(a, b), ())).into();")]
            /// assert!(tree.merged_overlapping(..).eq([Interval::new(0, 6), Interval::new(7, 9)]));
            /// ```
            pub fn merged_overlapping(&self, query: impl RangeBounds<T>) -> Merged<'_, T, V> {
                Merged { tree: self, sweep: sweep_inside(self, query), joined: Joined::Overlapping }
            }

            /// Iterates over the runs inside `query` of entries that are no farther apart than `distance`,
            /// in order: at most so many values lie between an entry and the run before it.
            ///
            /// A `distance` of 0 is what [`merged`](Self::merged) does. Each run includes the gaps in it.
            ///
            /// # Complexity
            ///
            /// As for [`spans`](Self::spans).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let ends = [(0, 4), (7, 9), (20, 29)];
            #[doc = concat!("let tree: ", $name, "<_, ()> = ends.map(|(a, b)| (Interval::new(a, b), ())).into();")]
            /// // 5 and 6 lie between the first two, ten values between the others.
            /// assert!(tree.merged_within(.., 2).eq([Interval::new(0, 9), Interval::new(20, 29)]));
            /// ```
            pub fn merged_within(
                &self,
                query: impl RangeBounds<T>,
                distance: u128,
            ) -> Merged<'_, T, V>
            where
                T: Countable,
            {
                let joined = Joined::Within(distance);
                Merged { tree: self, sweep: sweep_inside(self, query), joined }
            }

            /// Iterates over the runs inside `query` of entries that overlap or that `joins` says belong
            /// together, in order.
            ///
            /// `joins` is asked for the greatest last of the run so far and for the start of the next
            /// entry, which is greater. This is for distances between ends that are not
            /// [`Countable`]: times, floats.
            ///
            /// # Complexity
            ///
            /// As for [`spans`](Self::spans), and at most one call of `joins` for each entry.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Cut, ", $name, "};")]
            /// use std::time::Duration;
            ///
            /// let minutes = |from: u64, to: u64| {
            ///     Cut::range(Duration::from_secs(60 * from)..Duration::from_secs(60 * to)).unwrap()
            /// };
            #[doc = concat!("let busy = ", $name, "::from([(minutes(0, 30), ()), (minutes(40, 60), ()), (minutes(90, 99), ())]);")]
            /// let pause = Duration::from_secs(60 * 15);
            /// let runs = busy.merged_by(.., |end, start| *start.value() - *end.value() < pause);
            /// assert!(runs.eq([minutes(0, 60), minutes(90, 99)]));
            /// ```
            pub fn merged_by<F: FnMut(&T, &T) -> bool>(
                &self,
                query: impl RangeBounds<T>,
                joins: F,
            ) -> MergedBy<'_, T, V, F> {
                MergedBy { tree: self, sweep: sweep_inside(self, query), joins }
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
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree = ", $name, "::from([(Interval::new(1, 5), ()), (Interval::new(4, 9), ())]);")]
            /// let depth: Vec<_> = tree.depth(2..=9).collect();
            /// assert_eq!(depth, [
            ///     (Interval::new(2, 3), 1),
            ///     (Interval::new(4, 5), 2),
            ///     (Interval::new(6, 9), 1),
            /// ]);
            /// ```
            pub fn depth(&self, query: impl RangeBounds<T>) -> Depth<'_, T, V> {
                Depth { sweep: sweep_inside(self, query), open: BinaryHeap::new() }
            }

            /// Iterates over the maximal runs inside `query` whose values all lie in `least` entries or
            /// more, in order.
            ///
            /// # Complexity
            ///
            /// As for [`depth`](Self::depth).
            ///
            /// # Examples
            ///
            /// Periods in which two desks do not suffice:
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let ends = [(0, 9), (2, 7), (4, 5), (5, 8)];
            #[doc = concat!("let booked: ", $name, "<_, ()> = ends.map(|(a, b)| (Interval::new(a, b), ())).into();")]
            /// assert!(booked.depth_at_least(.., 3).eq([Interval::new(4, 7)]));
            /// ```
            pub fn depth_at_least(
                &self,
                query: impl RangeBounds<T>,
                least: usize,
            ) -> DepthAtLeast<'_, T, V> {
                DepthAtLeast { sweep: sweep_inside(self, query), open: BinaryHeap::new(), least }
            }

            /// Iterates over the runs inside `query` whose values all lie in the same entries, each with
            /// what `fold` makes of `init` and the values of those entries, in their order; the runs cover
            /// `query` exactly.
            ///
            /// Runs are not joined where what they fold to is equal. Between entries, `init` comes as it
            /// is.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)` and, for each of at most `2k + 1` runs, as many calls of `fold` as
            /// entries cover it; *k* is the number of entries that overlap `query`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let load = ", $name, "::from([(Interval::new(0, 9), 5), (Interval::new(5, 19), 2)]);")]
            /// let weights: Vec<_> = load.depth_fold(0..25, 0, |sum, weight| sum + weight).collect();
            /// assert_eq!(weights, [
            ///     (Interval::new(0, 4), 5),
            ///     (Interval::new(5, 9), 7),
            ///     (Interval::new(10, 19), 2),
            ///     (Interval::new(20, 24), 0),
            /// ]);
            /// ```
            pub fn depth_fold<'a, B: Clone, F: FnMut(B, &'a V) -> B>(
                &'a self,
                query: impl RangeBounds<T>,
                init: B,
                fold: F,
            ) -> DepthFold<'a, T, V, B, F> {
                DepthFold { sweep: sweep_inside(self, query), open: Vec::new(), init, fold }
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Spans<'_, T, V> {
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
            /// use stabtree::Span;
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree = ", $name, "::from([(Interval::new(3, 9), ()), (Interval::new(50, 60), ())]);")]
            /// let mut spans = tree.spans(0..100);
            /// spans.advance_to(55);
            /// assert_eq!(spans.next(), Some(Span::Covered(Interval::new(55, 60))));
            /// ```
            pub fn advance_to(&mut self, to: T) {
                if let Some(query) = self.sweep.query_from(to) {
                    self.sweep = sweep_over(self.tree, query);
                }
            }
        }

        impl<'a, T, V> Merged<'a, T, V> {
            /// Creates an iterator that yields each run with an iterator over the entries that make it.
            ///
            /// Those of a run that `query` clips are the ones that overlap what is left of it.
            ///
            /// # Complexity
            ///
            /// `O(log n)` more for each run, and what iterating over its entries costs.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let named = [(0, 4, "a"), (3, 6, "b"), (7, 9, "c"), (20, 29, "d")];
            #[doc = concat!("let tree: ", $name, "<_, _> = named.map(|(a, b, name)| (Interval::new(a, b), name)).into();")]
            /// let mut runs = tree.merged(..).with_members();
            /// let (run, members) = runs.next().unwrap();
            /// assert_eq!(run, Interval::new(0, 9));
            /// assert!(members.map(|(_, name)| *name).eq(["a", "b", "c"]));
            /// ```
            pub fn with_members(self) -> WithMembers<'a, T, V, Self> {
                WithMembers { tree: self.tree, runs: self }
            }
        }

        impl<'a, T, V, F> MergedBy<'a, T, V, F> {
            /// Creates an iterator that yields each run with an iterator over the entries that make it; see
            /// [`Merged::with_members`].
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree = ", $name, "::from([(Interval::new(0, 4), 'a'), (Interval::new(7, 9), 'b')]);")]
            /// let mut runs = tree.merged_by(.., |reach, start| start - reach < 5).with_members();
            /// assert!(runs.next().unwrap().1.map(|(_, name)| *name).eq(['a', 'b']));
            /// ```
            pub fn with_members(self) -> WithMembers<'a, T, V, Self> {
                WithMembers { tree: self.tree, runs: self }
            }
        }

        fn sweep_inside<T: Discrete $(+ $Read)?, V>(
            tree: &$Index<T, V>,
            query: impl RangeBounds<T>,
        ) -> EntrySweep<'_, T, V> {
            sweep_over(tree, Query::closed_within(query, || tree.hull()))
        }

        fn sweep_over<T: Discrete $(+ $Read)?, V>(
            tree: &$Index<T, V>,
            query: Option<Interval<T>>,
        ) -> EntrySweep<'_, T, V> {
            let hits = Overlapping::new(tree, query.as_ref().and_then(Query::new));
            Sweep::new(query, hits)
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Spans<'_, T, V> {
            type Item = Span<T>;

            #[inline]
            fn next(&mut self) -> Option<Span<T>> {
                self.sweep.next_span()
            }

            #[inline]
            fn fold<B, F: FnMut(B, Span<T>) -> B>(self, init: B, fold: F) -> B {
                self.sweep.fold_spans(init, fold)
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Gaps<'_, T, V> {
            type Item = Interval<T>;

            #[inline]
            fn next(&mut self) -> Option<Interval<T>> {
                self.sweep.next()
            }
        }

        impl<T: Discrete $(+ $Read)?, V> DoubleEndedIterator for Gaps<'_, T, V> {
            fn next_back(&mut self) -> Option<Interval<T>> {
                let tree = self.tree;
                self.sweep.next_back(
                    &mut self.searches,
                    |at| {
                        let lowest = tree.first_overlapping(Interval::point(at.clone()));
                        lowest.map(|(interval, _)| interval.start().clone())
                    },
                    |at| {
                        let nearest = tree.nearest_before(at.clone());
                        nearest.map(|(interval, _)| interval.last().clone())
                    },
                )
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Merged<'_, T, V> {
            type Item = Interval<T>;

            #[inline]
            fn next(&mut self) -> Option<Interval<T>> {
                let joined = self.joined;
                self.sweep.next_run(|reach, start| joined.joins(reach, start))
            }

            #[inline]
            fn fold<B, F: FnMut(B, Interval<T>) -> B>(self, init: B, fold: F) -> B {
                let joined = self.joined;
                self.sweep.fold_runs(init, |reach, start| joined.joins(reach, start), fold)
            }
        }

        impl<T, V, J> Iterator for MergedBy<'_, T, V, J>
        where
            T: Discrete $(+ $Read)?,
            J: FnMut(&T, &T) -> bool,
        {
            type Item = Interval<T>;

            fn next(&mut self) -> Option<Interval<T>> {
                let joins = &mut self.joins;
                self.sweep.next_run(|reach, start| start <= reach || joins(reach, start))
            }

            fn fold<B, F: FnMut(B, Interval<T>) -> B>(self, init: B, fold: F) -> B {
                let mut joins = self.joins;
                self.sweep.fold_runs(init, |reach, start| start <= reach || joins(reach, start), fold)
            }
        }

        impl<'a, T, V, I> Iterator for WithMembers<'a, T, V, I>
        where
            T: Ord + Clone $(+ $Read)?,
            I: Iterator<Item = Interval<T>>,
        {
            type Item = (Interval<T>, Overlapping<'a, T, V>);

            fn next(&mut self) -> Option<Self::Item> {
                let run = self.runs.next()?;
                let members = self.tree.overlapping(&run);
                Some((run, members))
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Depth<'_, T, V> {
            type Item = (Interval<T>, usize);

            fn next(&mut self) -> Option<Self::Item> {
                self.sweep.next_level(&mut self.open, |depth| depth)
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for DepthAtLeast<'_, T, V> {
            type Item = Interval<T>;

            fn next(&mut self) -> Option<Self::Item> {
                let least = self.least;
                loop {
                    let (run, is_deep) = self.sweep.next_level(&mut self.open, |depth| depth >= least)?;
                    if is_deep {
                        return Some(run);
                    }
                }
            }
        }

        impl<'a, T, V, B, F> Iterator for DepthFold<'a, T, V, B, F>
        where
            T: Discrete $(+ $Read)?,
            B: Clone,
            F: FnMut(B, &'a V) -> B,
        {
            type Item = (Interval<T>, B);

            fn next(&mut self) -> Option<Self::Item> {
                let Self { sweep, open, init, fold } = self;
                sweep.next_fold(open, |entries| {
                    entries.iter().fold(init.clone(), |folded, (_, value)| fold(folded, value))
                })
            }
        }

        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Spans<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Gaps<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Merged<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Depth<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for DepthAtLeast<'_, T, V> {}

        impl<T, V, J> FusedIterator for MergedBy<'_, T, V, J>
        where
            T: Discrete $(+ $Read)?,
            J: FnMut(&T, &T) -> bool,
        {
        }

        impl<T, V, I> FusedIterator for WithMembers<'_, T, V, I>
        where
            T: Ord + Clone $(+ $Read)?,
            I: FusedIterator<Item = Interval<T>>,
        {
        }

        impl<'a, T, V, B, F> FusedIterator for DepthFold<'a, T, V, B, F>
        where
            T: Discrete $(+ $Read)?,
            B: Clone,
            F: FnMut(B, &'a V) -> B,
        {
        }

        impl<T, V, I: Clone> Clone for WithMembers<'_, T, V, I> {
            fn clone(&self) -> Self {
                Self { tree: self.tree, runs: self.runs.clone() }
            }
        }

        impl<T: Clone, V, F: Clone> Clone for MergedBy<'_, T, V, F> {
            fn clone(&self) -> Self {
                Self { tree: self.tree, sweep: self.sweep.clone(), joins: self.joins.clone() }
            }
        }

        impl<T: Clone, V, B: Clone, F: Clone> Clone for DepthFold<'_, T, V, B, F> {
            fn clone(&self) -> Self {
                Self {
                    sweep: self.sweep.clone(),
                    open: self.open.clone(),
                    init: self.init.clone(),
                    fold: self.fold.clone(),
                }
            }
        }

        impl<T, V, F> fmt::Debug for MergedBy<'_, T, V, F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("MergedBy").finish_non_exhaustive()
            }
        }

        impl<T, V, I: fmt::Debug> fmt::Debug for WithMembers<'_, T, V, I> {
            /// Lists the runs still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.runs.fmt(f)
            }
        }

        impl<T, V, B: fmt::Debug, F> fmt::Debug for DepthFold<'_, T, V, B, F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("DepthFold").field("init", &self.init).finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use spans;

/// Lets an iterator of this file be cloned, and show what is still to come.
macro_rules! runs {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    } $Iter:ident { $($field:ident),* }) => {
        impl<T: Clone, V> Clone for $Iter<'_, T, V> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone()),* }
            }
        }

        impl<T: Discrete + $($Read +)? fmt::Debug, V> fmt::Debug for $Iter<'_, T, V> {
            /// Lists the runs still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}
pub(crate) use runs;

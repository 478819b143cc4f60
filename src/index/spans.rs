//! What is covered and what is not: spans, gaps, merged runs and depth.
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
        use core::cmp::Reverse;
        use core::fmt;
        use core::iter::FusedIterator;
        use core::ops::RangeBounds;

        use super::$Index;
        use super::iter::Overlapping;
        use $crate::interval::{Discrete, Interval, Query, Span, Sweep};

        #[doc = concat!("Iterator over used and unused runs in turn; see [`spans`](", $name, "::spans).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Spans<'a, T, V> {
            tree: &'a $Index<T, V>,
            sweep: EntrySweep<'a, T, V>,
        }

        #[doc = concat!("Iterator over the holes between entries; see [`gaps`](", $name, "::gaps).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Gaps<'a, T, V> {
            sweep: EntrySweep<'a, T, V>,
        }

        #[doc = concat!("Iterator over the runs that entries make together; see [`merged`](", $name, "::merged).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Merged<'a, T, V> {
            sweep: EntrySweep<'a, T, V>,
        }

        #[doc = concat!("Iterator over runs of equal depth; see [`depth`](", $name, "::depth).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Depth<'a, T, V> {
            sweep: EntrySweep<'a, T, V>,
            /// The `last` of each entry that has started, the smallest on top.
            open: BinaryHeap<Reverse<T>>,
        }

        type EntrySweep<'a, T, V> = Sweep<T, Overlapping<'a, T, V>, ($($by_a)* Interval<T>, &'a V)>;

        impl<T: Discrete $(+ $Read)?, V> $Index<T, V> {
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
                Spans { tree: self, sweep: sweep_over(self, Query::closed_within(query, || self.hull())) }
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
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let busy = ", $name, "::from([(Interval::new(9, 11), ()), (Interval::new(14, 15), ())]);")]
            /// let free: Vec<_> = busy.gaps(8..18).collect();
            /// assert_eq!(free, [Interval::point(8), Interval::new(12, 13), Interval::new(16, 17)]);
            /// ```
            pub fn gaps(&self, query: impl RangeBounds<T>) -> Gaps<'_, T, V> {
                Gaps { sweep: sweep_over(self, Query::closed_within(query, || self.hull())) }
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
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree = ", $name, "::from([(Interval::new(1, 4), ()), (Interval::new(5, 9), ())]);")]
            /// assert!(tree.merged(..).eq([Interval::new(1, 9)]));
            /// ```
            pub fn merged(&self, query: impl RangeBounds<T>) -> Merged<'_, T, V> {
                Merged { sweep: sweep_over(self, Query::closed_within(query, || self.hull())) }
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
                Depth { sweep: sweep_over(self, Query::closed_within(query, || self.hull())), open: BinaryHeap::new() }
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

        fn sweep_over<T: Discrete $(+ $Read)?, V>(
            tree: &$Index<T, V>,
            query: Option<Interval<T>>,
        ) -> EntrySweep<'_, T, V> {
            let hits = Overlapping::new(tree, query.as_ref().and_then(Query::new));
            Sweep::new(query, hits)
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Spans<'_, T, V> {
            type Item = Span<T>;

            fn next(&mut self) -> Option<Span<T>> {
                self.sweep.next_span()
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Gaps<'_, T, V> {
            type Item = Interval<T>;

            fn next(&mut self) -> Option<Interval<T>> {
                core::iter::from_fn(|| self.sweep.next_span()).find_map(Span::gap)
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Merged<'_, T, V> {
            type Item = Interval<T>;

            fn next(&mut self) -> Option<Interval<T>> {
                core::iter::from_fn(|| self.sweep.next_span()).find_map(Span::covered)
            }
        }

        impl<T: Discrete $(+ $Read)?, V> Iterator for Depth<'_, T, V> {
            type Item = (Interval<T>, usize);

            fn next(&mut self) -> Option<Self::Item> {
                self.sweep.next_level(&mut self.open, |depth| depth)
            }
        }

        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Spans<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Gaps<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Merged<'_, T, V> {}
        impl<T: Discrete $(+ $Read)?, V> FusedIterator for Depth<'_, T, V> {}
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

//! Parallel variants: the same results in the same order, by the threads of a rayon pool.

#![forbid(unsafe_code)]

macro_rules! rayon {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::vec::Vec;
        use core::fmt;
        use core::ops::RangeBounds;

        use rayon::iter::plumbing::{Folder, UnindexedConsumer, UnindexedProducer, bridge_unindexed};
        use rayon::prelude::{
            FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator, ParallelSliceMut,
        };

        use super::$Index;
        use super::cursor::Part;
        use $crate::interval::{Interval, Query};

        #[doc = concat!("Parallel iterator over entries in order; see [`par_overlapping`](", $name, "::par_overlapping).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct ParOverlapping<'a, T, V> {
            index: &'a $Index<T, V>,
            query: Option<Query<T>>,
        }

        struct Producer<'a, T, V> {
            part: Part<'a, T, V>,
        }

        impl<T: Ord + $Ends + Send + Sync, V: Sync> $Index<T, V> {
            /// Iterates in parallel over the entries that overlap `query`, split by subtrees; what is
            /// collected comes in the order of [`overlapping`](Self::overlapping).
            ///
            /// # Complexity
            ///
            /// The work of [`overlapping`](Self::overlapping), spread over the threads.
            ///
            /// # Examples
            ///
            /// ```
            /// use rayon::prelude::*;
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_, _> = (0..1000).map(|i| (Interval::point(i), i)).collect();")]
            /// let sum: i32 = index.par_overlapping(100..200).map(|(_, value)| value).sum();
            /// assert_eq!(sum, (100..200).sum());
            /// ```
            pub fn par_overlapping(&self, query: impl RangeBounds<T>) -> ParOverlapping<'_, T, V> {
                ParOverlapping { index: self, query: Query::new(query) }
            }
        }

        impl<'a, T: Ord + $Ends + Send + Sync, V: Sync> ParallelIterator for ParOverlapping<'a, T, V> {
            type Item = ($($by_a)* Interval<T>, &'a V);

            fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
                match self.query {
                    Some(query) => {
                        let part = Part::new(self.index, query);
                        bridge_unindexed(Producer { part }, consumer)
                    }
                    None => consumer.into_folder().complete(),
                }
            }
        }

        impl<'a, T: Ord + $Ends + Send + Sync, V: Sync> UnindexedProducer for Producer<'a, T, V> {
            type Item = ($($by_a)* Interval<T>, &'a V);

            fn split(self) -> (Self, Option<Self>) {
                let (first, second) = self.part.split();
                (Self { part: first }, second.map(|part| Self { part }))
            }

            fn fold_with<F: Folder<Self::Item>>(self, folder: F) -> F {
                folder.consume_iter(self.part.pairs())
            }
        }

        impl<T: fmt::Debug, V> fmt::Debug for ParOverlapping<'_, T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("ParOverlapping").field("query", &self.query).finish_non_exhaustive()
            }
        }

        impl<'a, T: Ord + $Ends + Send + Sync, V: Sync> IntoParallelIterator for &'a $Index<T, V> {
            type Item = ($($by_a)* Interval<T>, &'a V);
            type Iter = ParOverlapping<'a, T, V>;

            /// Iterates in parallel over all entries; `par_iter` calls it.
            fn into_par_iter(self) -> Self::Iter {
                ParOverlapping { index: self, query: Some(Query::everything()) }
            }
        }

        impl<T: $($Read +)? Send, V: Send> IntoParallelIterator for $Index<T, V> {
            type Item = (Interval<T>, V);
            type Iter = rayon::vec::IntoIter<(Interval<T>, V)>;

            /// Iterates in parallel over the entries, consuming the index; they are collected first.
            fn into_par_iter(self) -> Self::Iter {
                self.into_iter().collect::<Vec<_>>().into_par_iter()
            }
        }

        /// Sorts by `start` in parallel, keeping the order of equal starts; then builds in `O(n)`.
        impl<T, V> FromParallelIterator<(Interval<T>, V)> for $Index<T, V>
        where
            T: Ord + $Ends + Send,
            V: Send,
        {
            fn from_par_iter<I: IntoParallelIterator<Item = (Interval<T>, V)>>(entries: I) -> Self {
                let mut entries: Vec<_> = entries.into_par_iter().collect();
                entries.par_sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
                // Sorted again where it is sorted already: one pass.
                entries.into_iter().collect()
            }
        }

        impl<T, V> ParallelExtend<(Interval<T>, V)> for $Index<T, V>
        where
            T: Ord + $Ends + Send,
            V: Send,
        {
            fn par_extend<I: IntoParallelIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
                self.extend(entries.into_par_iter().collect::<Vec<_>>());
            }
        }
    };
}
pub(crate) use rayon;

//! Many queries at once.

#![forbid(unsafe_code)]

macro_rules! batch {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::vec::Vec;
        use core::ops::RangeBounds;

        use super::$Index;
        use $crate::batch::BatchHits;
        #[cfg(feature = "rayon")]
        use $crate::batch::count_by_chunks;
        use $crate::interval::{Interval, Query};

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Answers [`overlapping`](Self::overlapping) for many queries.
            ///
            /// # Complexity
            ///
            #[doc = concat!("That of the single queries together", $batch, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// assert_eq!(index.overlapping_batch(&[0..3, 5..6]).offsets(), [0, 3, 4]);
            /// ```
            pub fn overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> BatchHits {
                self.answer_each(queries, |query| Query::new(query.clone()))
            }

            /// Answers [`stab`](Self::stab) for many points.
            ///
            /// # Complexity
            ///
            #[doc = concat!("That of the single queries together", $batch, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::new(i, i + 1), ())).collect();")]
            /// assert_eq!(index.stab_batch(&[0, 5]).offsets(), [0, 1, 3]);
            /// ```
            pub fn stab_batch(&self, points: &[T]) -> BatchHits {
                self.answer_each(points, |at| Some(Query::stab(T::clone(at))))
            }

            /// Calls `visit` for each entry that each of many queries overlaps, with the number of the
            /// query: what a loop over [`overlapping`](Self::overlapping) does, and faster in an index that
            /// no cache holds; [`IntervalBTree`](crate::IntervalBTree) is faster at any size.
            ///
            /// The entries of one query come one after another, in the order of the single query. In
            /// which order the queries are answered is not specified.
            ///
            /// # Complexity
            ///
            #[doc = concat!("That of the single queries together", $batch, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_, _> = (0..10).map(|i| (Interval::point(i), i)).collect();")]
            /// let mut sums = [0; 2];
            /// index.overlapping_batch_for_each(&[0..3, 5..6], |query, _, value| sums[query] += value);
            /// assert_eq!(sums, [3, 5]);
            /// ```
            #[inline]
            pub fn overlapping_batch_for_each<'a, Q: RangeBounds<T> + Clone>(
                &'a self,
                queries: &[Q],
                visit: impl FnMut(usize, $($by_a)* Interval<T>, &'a V),
            ) {
                self.visit_each(queries, |query| Query::new(query.clone()), visit);
            }

            /// Calls `visit` for each entry that contains each of many points, with the number of the
            /// point: what a loop over [`stab`](Self::stab) does, and faster in an index that
            /// no cache holds; [`IntervalBTree`](crate::IntervalBTree) is faster at any size.
            ///
            /// The entries of one point come one after another, in the order of the single query. In
            /// which order the points are looked up is not specified.
            ///
            /// # Complexity
            ///
            #[doc = concat!("That of the single queries together", $batch, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_, _> = (0..10).map(|i| (Interval::new(i, i + 1), i)).collect();")]
            /// let mut found = vec![];
            /// index.stab_batch_for_each(&[0, 5], |point, interval, value| {
            ///     found.push((point, *interval.start(), *value));
            /// });
            /// found.sort();
            /// assert_eq!(found, [(0, 0, 0), (1, 4, 4), (1, 5, 5)]);
            /// ```
            #[inline]
            pub fn stab_batch_for_each<'a>(
                &'a self,
                points: &[T],
                visit: impl FnMut(usize, $($by_a)* Interval<T>, &'a V),
            ) {
                self.visit_each(points, |at| Some(Query::stab(T::clone(at))), visit);
            }

            /// Answers [`count_overlapping`](Self::count_overlapping) for many queries.
            ///
            /// # Complexity
            ///
            #[doc = concat!("That of the single queries together", $batch, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// assert_eq!(index.count_overlapping_batch(&[0..3, 5..6]), [3, 1]);
            /// ```
            pub fn count_overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> Vec<usize> {
                self.count_each(queries, |query| Query::new(query.clone()))
            }
        }

        #[cfg(feature = "rayon")]
        impl<T: Ord + $Ends + Sync, V: Sync> $Index<T, V> {
            /// Answers [`overlapping_batch`](Self::overlapping_batch) in parallel.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// let queries = [0..3, 5..6];
            /// assert_eq!(index.par_overlapping_batch(&queries), index.overlapping_batch(&queries));
            /// ```
            pub fn par_overlapping_batch<Q>(&self, queries: &[Q]) -> BatchHits
            where
                Q: RangeBounds<T> + Clone + Sync,
            {
                self.par_answer_each(queries, |query| Query::new(query.clone()))
            }

            /// Answers [`stab_batch`](Self::stab_batch) in parallel.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// assert_eq!(index.par_stab_batch(&[3, 7]), index.stab_batch(&[3, 7]));
            /// ```
            pub fn par_stab_batch(&self, points: &[T]) -> BatchHits {
                self.par_answer_each(points, |at| Some(Query::stab(T::clone(at))))
            }

            /// Answers [`count_overlapping_batch`](Self::count_overlapping_batch) in parallel.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// assert_eq!(index.par_count_overlapping_batch(&[0..3, 5..6]), [3, 1]);
            /// ```
            pub fn par_count_overlapping_batch<Q>(&self, queries: &[Q]) -> Vec<usize>
            where
                Q: RangeBounds<T> + Clone + Sync,
            {
                count_by_chunks(queries, |chunk| self.count_overlapping_batch(chunk))
            }
        }
    };
}
pub(crate) use batch;

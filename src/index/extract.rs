//! Removing entries by a predicate.

#![forbid(unsafe_code)]

macro_rules! extract {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::fmt;
        use core::iter::FusedIterator;
        use core::ops::RangeBounds;

        use super::$Index;
        use $crate::arena::NodeId;
        use $crate::interval::{Interval, Query};

        /// Iterator that removes the entries a predicate chooses; see
        #[doc = concat!("[`extract_if`](", $name, "::extract_if).")]
        #[must_use = "iterators are lazy and do nothing unless consumed; `retain` removes at once"]
        pub struct ExtractIf<'a, T, V, F> {
            index: &'a mut $Index<T, V>,
            query: Option<Query<T>>,
            next: Option<NodeId>,
            choose: F,
        }

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Keeps the entries for which `keep` is true and drops the others.
            ///
            /// `keep` sees the entries in order, once each. If it panics, the entries it refused before
            /// are removed and all others are kept.
            ///
            /// # Complexity
            ///
            /// `O(n)` to look at the entries, and `O(log n)` for each one removed.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index: ", $name, "<_, _> = (0..9).map(|i| (Interval::point(i), i)).collect();")]
            /// index.retain(|_, value| *value % 2 == 0);
            /// assert!(index.values().eq(&[0, 2, 4, 6, 8]));
            /// ```
            pub fn retain(&mut self, mut keep: impl FnMut($($by)? Interval<T>, &mut V) -> bool) {
                let mut next = self.first_id();
                while let Some(id) = next {
                    let (interval, value, following) = self.entry_and_next(id);
                    next = following;
                    if !keep(interval, value) {
                        drop(self.take_out(id));
                    }
                }
            }

            /// Iterates over the entries that overlap `query` and removes those for which `choose` is
            /// true, in order.
            ///
            /// Entries that the iterator has not come to when it is dropped, or leaked, stay.
            ///
            /// # Complexity
            ///
            /// `O(log n)` for each entry that overlaps `query`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index: ", $name, "<_, _> = (0..9).map(|i| (Interval::point(i), i)).collect();")]
            /// let odd: Vec<_> = index.extract_if(2..8, |_, value| *value % 2 == 1).collect();
            /// assert_eq!(odd.len(), 3);
            /// assert!(index.values().eq(&[0, 1, 2, 4, 6, 8]));
            /// ```
            ///
            /// All that overlaps a range is removed so:
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index: ", $name, "<_, _> = (0..9).map(|i| (Interval::new(i, i + 1), i)).collect();")]
            /// index.extract_if(3..=5, |_, _| true).for_each(drop);
            /// assert!(index.values().eq(&[0, 1, 6, 7, 8]));
            /// ```
            ///
            /// Each entry can be looked at, changed, and removed or not while the iterator goes on:
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// // Jobs by their days, with the hours that are left.
            #[doc = concat!("let mut jobs = ", $name, "::from([(Interval::new(1, 5), 3), (Interval::new(4, 9), 1)]);")]
            /// let done = jobs.extract_if(4..=4, |_, hours| {
            ///     *hours -= 1;
            ///     *hours == 0
            /// });
            /// assert!(done.eq([(Interval::new(4, 9), 0)]));
            /// assert!(jobs.values().eq(&[2]));
            /// ```
            pub fn extract_if<F: FnMut($($by)? Interval<T>, &mut V) -> bool>(
                &mut self,
                query: impl RangeBounds<T>,
                choose: F,
            ) -> ExtractIf<'_, T, V, F> {
                let query = Query::new(query);
                let next = query.as_ref().and_then(|query| self.first_match_id(query));
                ExtractIf { index: self, query, next, choose }
            }
        }

        impl<T, V, F> Iterator for ExtractIf<'_, T, V, F>
        where
            T: Ord + $Ends,
            F: FnMut($($by)? Interval<T>, &mut V) -> bool,
        {
            type Item = (Interval<T>, V);

            fn next(&mut self) -> Option<Self::Item> {
                let query = self.query.as_ref()?;
                while let Some(id) = self.next {
                    let (interval, value, next) = self.index.entry_and_next_match(id, query);
                    self.next = next;
                    if (self.choose)(interval, value) {
                        return Some(self.index.take_out(id));
                    }
                }
                None
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, Some(self.index.len()))
            }
        }

        impl<T, V, F> FusedIterator for ExtractIf<'_, T, V, F>
        where
            T: Ord + $Ends,
            F: FnMut($($by)? Interval<T>, &mut V) -> bool,
        {
        }

        impl<T: $($Read +)? fmt::Debug, V: fmt::Debug, F> fmt::Debug for ExtractIf<'_, T, V, F> {
            /// Shows the entries that are in the index now.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("ExtractIf").field("index", &self.index).finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use extract;

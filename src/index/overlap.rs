//! Queries: what overlaps a range, contains a point or covers an interval, and walks over all.

#![forbid(unsafe_code)]

macro_rules! overlap {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::ops::RangeBounds;

        use super::$Index;
        use super::iter::{Intervals, Iter, Overlapping, Values};
        use $crate::arena::Handle;
        use $crate::interval::{Interval, Query};

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Iterates over the entries that overlap `query`, in order of `start`, ties in order of
            /// insertion, from both ends.
            ///
            /// The iterator is lazy: it borrows the index, owns its query, for which both ends are cloned,
            /// and allocates nothing itself. An empty or inverted query yields nothing. Touching is
            /// overlapping: `[0, 9]` and `[9, 20]` share the point 9.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)` and at most `O(n)` to run to the end, *k* being the number of entries
            /// yielded; `O(log n)` to the first, and to the last.
            ///
            /// # Kernel counterpart
            ///
            /// Finds what the leftmost-match search of `include/linux/interval_tree_generic.h` finds, in
            /// the same order.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut vmas = ", $name, "::new();")]
            /// vmas.insert(Interval::new(0u64, 9), "heap");
            /// vmas.insert(Interval::new(9, 20), "stack");
            /// let hits: Vec<_> = vmas.overlapping(9..=9).map(|(_, name)| *name).collect();
            /// assert_eq!(hits, ["heap", "stack"]);
            /// assert_eq!(vmas.overlapping(9..=9).next_back().unwrap().1, &"stack");
            /// ```
            ///
            /// The handle of what was found, to change or remove it:
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut vmas = ", $name, "::from([(Interval::new(0, 9), \"heap\"), (Interval::new(9, 20), \"stack\")]);")]
            /// let stack = vmas.overlapping(9..).with_handles().find(|(_, _, name)| **name == "stack");
            /// let (handle, ..) = stack.unwrap();
            /// vmas.remove(handle);
            /// assert_eq!(vmas.len(), 1);
            /// ```
            ///
            /// To remove all that overlaps a range, see [`extract_if`](Self::extract_if).
            #[doc(alias = "find")]
            #[doc(alias = "query")]
            #[inline]
            pub fn overlapping(&self, query: impl RangeBounds<T>) -> Overlapping<'_, T, V> {
                Overlapping::new(self, Query::new(query))
            }

            /// Iterates over the entries that contain `at`, like [`overlapping`](Self::overlapping)
            /// with `at..=at`.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)` and at most `O(n)` to run to the end; `O(log n)` to the first.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// index.insert(Interval::new(0, 9), 'a');
            /// assert_eq!(index.stab(9).count(), 1);
            /// assert_eq!(index.stab(10).count(), 0);
            /// ```
            #[doc(alias = "query_point")]
            #[inline]
            pub fn stab(&self, at: T) -> Overlapping<'_, T, V> {
                Overlapping::new(self, Some(Query::stab(at)))
            }

            /// Returns the innermost entry that contains `at`: the one that starts last, of equal starts the
            /// one that ends first, and of equal intervals the one inserted last.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)`, *k* being the number of entries that contain `at` and start where the
            /// innermost one does.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let functions = ", $name, "::from([")]
            ///     (Interval::new(10, 19), "inlined"),
            ///     (Interval::new(10, 99), "main"),
            /// ]);
            /// assert_eq!(functions.innermost(15).unwrap().1, &"inlined");
            /// assert_eq!(functions.innermost(20).unwrap().1, &"main");
            /// ```
            pub fn innermost(&self, at: T) -> Option<($($by)? Interval<T>, &V)> {
                // From the back starts never increase.
                let mut entries = self.stab(at).rev();
                let mut innermost = entries.next()?;
                for entry in entries {
                    if entry.0.start() != innermost.0.start() {
                        break;
                    }
                    if entry.0.last() < innermost.0.last() {
                        innermost = entry;
                    }
                }
                Some(innermost)
            }

            /// Iterates over the entries that contain all of `interval`, in order; an interval contains
            /// itself.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)` and at most `O(n)` to run to the end; `O(log n)` to the first.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')]);")]
            /// assert!(index.covering(&Interval::new(6, 10)).map(|(_, name)| *name).eq(['a']));
            /// ```
            pub fn covering(&self, interval: &Interval<T>) -> Overlapping<'_, T, V> {
                Overlapping::new(self, Query::covering(interval))
            }

            /// Returns `true` if any entry overlaps `query`.
            ///
            /// # Complexity
            ///
            /// `O(log n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// index.insert(Interval::new(5, 9), ());
            /// assert!(index.overlaps(..=5));
            /// assert!(!index.overlaps(..5));
            /// ```
            pub fn overlaps(&self, query: impl RangeBounds<T>) -> bool {
                self.first_match(query).is_some()
            }

            /// Returns the first entry, in order of `start`, that overlaps `query`.
            ///
            /// # Complexity
            ///
            /// `O(log n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// index.insert(Interval::new(5, 9), 'a');
            #[doc = concat!("assert_eq!(index.first_overlapping(7..), Some((", $amp, "Interval::new(5, 9), &'a')));")]
            /// ```
            pub fn first_overlapping(&self, query: impl RangeBounds<T>) -> Option<($($by)? Interval<T>, &V)> {
                self.first_match(query).map(|at| self.pair(at))
            }

            /// Returns how many entries overlap `query`.
            ///
            /// # Complexity
            ///
            #[doc = $count]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// assert_eq!(index.count_overlapping(3..6), 3);
            /// ```
            pub fn count_overlapping(&self, query: impl RangeBounds<T>) -> usize {
                Query::new(query).map_or(0, |query| self.count(&query))
            }

            /// Copies the ends of all entries into an index that counts in `O(log n)`.
            ///
            /// It does not follow later changes. It pays where intervals are long or many lie over each
            /// other, and many counts are asked between two changes.
            ///
            /// # Complexity
            ///
            /// `O(n log n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let tree: ", $name, "<_> = (0..10).map(|i| (Interval::new(i, 9), ())).collect();")]
            /// assert_eq!(tree.count_index().count(3..=3), 4);
            /// ```
            pub fn count_index(&self) -> $crate::CountIndex<T> {
                self.count_ends()
            }

            /// Returns the first entry that overlaps `query`, by its handle; the kernel's `iter_first`.
            ///
            /// Together with [`next_overlapping_handle`](Self::next_overlapping_handle) it is a query that may be interrupted
            /// by changes to the index.
            ///
            /// # Complexity
            ///
            /// `O(log n)`.
            ///
            /// # Kernel counterpart
            ///
            /// `include/linux/interval_tree_generic.h`, `iter_first`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// while let Some(handle) = index.first_overlapping_handle(3..6) {
            ///     index.remove(handle);
            /// }
            /// assert_eq!(index.len(), 7);
            /// ```
            pub fn first_overlapping_handle(&self, query: impl RangeBounds<T>) -> Option<Handle> {
                self.first_match(query).map(|at| self.handle_at(at))
            }

            /// Returns the first entry after `previous` that overlaps `query`; the kernel's `iter_next`.
            ///
            /// `previous` need not overlap the query itself. `None` also if it was removed.
            ///
            /// # Complexity
            ///
            /// `O(log n)`.
            ///
            /// # Kernel counterpart
            ///
            /// `include/linux/interval_tree_generic.h`, `iter_next`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index: ", $name, "<_> = (0..10).map(|i| (Interval::point(i), ())).collect();")]
            /// let first = index.first_overlapping_handle(3..6).unwrap();
            /// let second = index.next_overlapping_handle(first, 3..6).unwrap();
            #[doc = concat!("assert_eq!(index.interval(second), Some(", $amp, "Interval::point(4)));")]
            /// ```
            pub fn next_overlapping_handle(
                &self,
                previous: Handle,
                query: impl RangeBounds<T>,
            ) -> Option<Handle> {
                let previous = self.locate(previous)?;
                let next = self.next_match(previous, &Query::new(query)?)?;
                Some(self.handle_at(next))
            }

            /// Returns the smallest interval that covers all entries, or `None` if there are none.
            ///
            /// # Complexity
            ///
            /// `O(1)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// index.insert(Interval::new(3, 90), ());
            /// index.insert(Interval::new(40, 50), ());
            /// assert_eq!(index.hull(), Some(Interval::new(3, 90)));
            /// ```
            pub fn hull(&self) -> Option<Interval<T>> {
                let start = T::clone(self.interval_at(self.leftmost()?).start());
                let last = T::clone(self.greatest_last()?);
                Interval::try_new(start, last).ok()
            }
        }

        impl<T: $($Read)?, V> $Index<T, V> {
            /// Iterates over all entries in order of `start`, ties in order of insertion; from both ends.
            ///
            /// # Complexity
            ///
            #[doc = concat!("`O(n)` to run to the end; a single step is ", $step, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 20), 'a')]);")]
            /// assert!(index.iter().map(|(_, name)| *name).eq(['a', 'b']));
            #[doc = concat!("assert_eq!(index.iter().next_back(), Some((", $amp, "Interval::new(5, 9), &'b')));")]
            /// ```
            pub fn iter(&self) -> Iter<'_, T, V> {
                Iter::new(self)
            }

            /// Iterates over the intervals of all entries, in the order of [`iter`](Self::iter).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 20), 'a')]);")]
            #[doc = concat!("assert_eq!(index.intervals().next(), Some(", $amp, "Interval::new(1, 20)));")]
            /// ```
            pub fn intervals(&self) -> Intervals<'_, T, V> {
                Intervals::new(self)
            }

            /// Iterates over the values of all entries, in the order of [`iter`](Self::iter).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 20), 'a')]);")]
            /// assert!(index.values().eq(&['a', 'b']));
            /// ```
            pub fn values(&self) -> Values<'_, T, V> {
                Values::new(self)
            }
        }
    };
}
pub(crate) use overlap;

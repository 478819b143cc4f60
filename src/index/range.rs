//! What the order of the entries answers: ends, ranges by start, exact intervals, neighbours.
#![forbid(unsafe_code)]

macro_rules! range {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::vec::Vec;
        use core::borrow::Borrow;
        use core::ops::{Bound, RangeBounds};

        use super::$Index;
        use super::cursor;
        use $crate::arena::Handle;
        use $crate::interval::{Interval, Query};

        #[doc = concat!("Iterator over the entries whose start lies in a range; see [`range`](", $name, "::range).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Range<'a, T, V> {
            walk: cursor::Between<'a, T, V>,
        }

        #[doc = concat!("Iterator over the entries with both ends in given ranges; see [`within`](", $name, "::within) and")]
        #[doc = concat!("[`exact`](", $name, "::exact).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Within<'a, T, V> {
            walk: cursor::Within<'a, T, V>,
        }

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Iterates over the entries whose **start** lies in `starts`, in order; from both ends.
            ///
            /// # Complexity
            ///
            /// `O(log n + k)` to run to the end, *k* being the number of entries yielded.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')]);")]
            /// assert_eq!(index.range(2..).count(), 1);
            #[doc = concat!("assert_eq!(index.range(..=5).next_back(), Some((", $amp, "Interval::new(5, 9), &'b')));")]
            /// ```
            pub fn range(&self, starts: impl RangeBounds<T>) -> Range<'_, T, V> {
                Range { walk: cursor::Between::starting(self, Query::new(starts)) }
            }

            /// Iterates over the entries that lie inside `query` with both ends, in order; from both
            /// ends.
            ///
            /// # Complexity
            ///
            /// `O(log n + s)`, *s* being the number of entries that start in `query`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')]);")]
            /// assert!(index.within(0..10).map(|(_, name)| *name).eq(['b']));
            /// ```
            pub fn within(&self, query: impl RangeBounds<T>) -> Within<'_, T, V> {
                let query = Query::new(query);
                Within { walk: cursor::Within::new(self, query.clone(), query) }
            }

            /// Iterates over the entries with exactly this interval, in order of insertion; from both
            /// ends.
            ///
            /// # Complexity
            ///
            /// `O(log n + s)`, *s* being the number of entries with the same start. Where many start
            /// alike, keep handles to remove entries by: that is `O(log n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// index.insert(Interval::new(5, 9), 'a');
            /// index.insert(Interval::new(5, 7), 'b');
            /// index.insert(Interval::new(5, 9), 'c');
            /// assert!(index.exact(&Interval::new(5, 9)).map(|(_, name)| *name).eq(['a', 'c']));
            /// ```
            pub fn exact(&self, interval: &Interval<T>) -> Within<'_, T, V> {
                let starts = Query::stab(T::clone(interval.start()));
                let lasts = Query::stab(T::clone(interval.last()));
                Within { walk: cursor::Within::new(self, Some(starts), Some(lasts)) }
            }

            /// Removes the first entry, in order of `start`.
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
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);")]
            /// assert_eq!(index.pop_first(), Some((Interval::new(1, 2), 'a')));
            /// ```
            pub fn pop_first(&mut self) -> Option<(Interval<T>, V)> {
                self.leftmost().map(|at| self.take_out_at(at))
            }

            /// Removes the last entry, in order of `start`.
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
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);")]
            /// assert_eq!(index.pop_last(), Some((Interval::new(5, 9), 'b')));
            /// ```
            pub fn pop_last(&mut self) -> Option<(Interval<T>, V)> {
                self.rightmost().map(|at| self.take_out_at(at))
            }

            /// Returns the entries nearest to `at` on both sides: what [`nearest_before`] and
            /// [`nearest_after`] return. Entries that contain `at` are found by [`stab`](Self::stab).
            ///
            /// # Complexity
            ///
            /// `O((1 + s) log n)`, *s* being the number of entries that contain `at`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(1, 4), 'a'), (Interval::new(8, 9), 'b')]);")]
            /// let (before, after) = index.nearest(6);
            /// assert_eq!((before.unwrap().1, after.unwrap().1), (&'a', &'b'));
            /// ```
            ///
            /// [`nearest_before`]: Self::nearest_before
            /// [`nearest_after`]: Self::nearest_after
            pub fn nearest(&self, at: T) -> (Option<($($by)? Interval<T>, &V)>, Option<($($by)? Interval<T>, &V)>) {
                (self.nearest_before(T::clone(&at)), self.nearest_after(at))
            }

            /// Returns the entry with the greatest `last` below `at`; of several the last in order.
            ///
            /// # Complexity
            ///
            /// `O((1 + s) log n)`, *s* being the number of entries that contain `at`: they hide what lies
            /// before it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(1, 4), 'a'), (Interval::new(2, 3), 'b')]);")]
            #[doc = concat!("assert_eq!(index.nearest_before(9), Some((", $amp, "Interval::new(1, 4), &'a')));")]
            #[doc = concat!("assert_eq!(index.nearest_before(4), Some((", $amp, "Interval::new(2, 3), &'b')));")]
            /// ```
            pub fn nearest_before(&self, at: T) -> Option<($($by)? Interval<T>, &V)> {
                self.last_ending_before(&at).map(|at| self.pair(at))
            }

            /// Returns the first entry in order that starts after `at`.
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
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(1, 4), 'a'), (Interval::new(2, 3), 'b')]);")]
            #[doc = concat!("assert_eq!(index.nearest_after(1), Some((", $amp, "Interval::new(2, 3), &'b')));")]
            /// assert_eq!(index.nearest_after(2), None);
            /// ```
            pub fn nearest_after(&self, at: T) -> Option<($($by)? Interval<T>, &V)> {
                self.first_starting_after(&at).map(|at| self.pair(at))
            }

            /// Returns the handle of the entry that [`nearest_before`](Self::nearest_before) returns.
            ///
            /// # Complexity
            ///
            /// As for [`nearest_before`](Self::nearest_before).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(1, 4), "heap");
            /// assert_eq!(index.nearest_before_handle(9), Some(heap));
            /// ```
            pub fn nearest_before_handle(&self, at: T) -> Option<Handle> {
                self.last_ending_before(&at).map(|at| self.handle_at(at))
            }

            /// Returns the handle of the entry that [`nearest_after`](Self::nearest_after) returns.
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
            /// let heap = index.insert(Interval::new(5, 9), "heap");
            /// assert_eq!(index.nearest_after_handle(4), Some(heap));
            /// ```
            pub fn nearest_after_handle(&self, at: T) -> Option<Handle> {
                self.first_starting_after(&at).map(|at| self.handle_at(at))
            }

            /// Returns the `k` entries that end nearest before `at`, and the `k` that start nearest after
            /// it, each side nearest first.
            ///
            /// Entries that are equally near come in order, and all of them: where several tie for the
            /// last place a side has more than `k`. Entries that contain `at` are found by
            /// [`stab`](Self::stab).
            ///
            /// # Complexity
            ///
            /// `O(log n + k)` after `at`. Before it, for each distinct end that is returned, that of
            /// [`nearest_before`](Self::nearest_before) and of a [`stab`](Self::stab) there.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([")]
            ///     (Interval::new(1, 4), 'a'),
            ///     (Interval::new(2, 8), 'b'),
            ///     (Interval::new(3, 8), 'c'),
            ///     (Interval::new(15, 20), 'd'),
            /// ]);
            /// let (before, after) = index.nearest_k(10, 1);
            /// assert!(before.iter().map(|(_, name)| **name).eq(['b', 'c']));
            /// assert!(after.iter().map(|(_, name)| **name).eq(['d']));
            /// ```
            pub fn nearest_k(
                &self,
                at: T,
                k: usize,
            ) -> (Vec<($($by)? Interval<T>, &V)>, Vec<($($by)? Interval<T>, &V)>) {
                let after = self.range((Bound::Excluded(T::clone(&at)), Bound::Unbounded));
                self.nearest_k_of(at, k, |last| self.stab(last), after, |entry| entry.0.borrow())
            }

            /// Returns the handles of the entries that [`nearest_k`](Self::nearest_k) returns, in that
            /// order.
            ///
            /// # Complexity
            ///
            /// As for [`nearest_k`](Self::nearest_k).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let (a, b) = (index.insert(Interval::new(1, 4), 'a'), index.insert(Interval::new(8, 9), 'b'));
            /// assert_eq!(index.nearest_k_handles(6, 1), (vec![a], vec![b]));
            /// ```
            pub fn nearest_k_handles(&self, at: T, k: usize) -> (Vec<Handle>, Vec<Handle>) {
                let after = self.range((Bound::Excluded(T::clone(&at)), Bound::Unbounded));
                let stab = |last| self.stab(last).with_handles();
                let (before, after) =
                    self.nearest_k_of(at, k, stab, after.with_handles(), |entry| entry.1.borrow());
                let handles = |entries: Vec<(Handle, $($by)? Interval<T>, &V)>| {
                    entries.into_iter().map(|(handle, ..)| handle).collect()
                };
                (handles(before), handles(after))
            }

            /// The `k` nearest entries on each side, nearest first, ties in order: as `stab` and
            /// `starting_after` yield them.
            fn nearest_k_of<E, S: Iterator<Item = E>>(
                &self,
                at: T,
                k: usize,
                stab: impl Fn(T) -> S,
                starting_after: impl Iterator<Item = E>,
                interval: impl Fn(&E) -> &Interval<T>,
            ) -> (Vec<E>, Vec<E>) {
                let (mut before, mut end) = (Vec::new(), at);
                while before.len() < k
                    && let Some(entry) = self.last_ending_before(&end)
                {
                    end = T::clone(self.interval_at(entry).last());
                    let found = before.len();
                    before.extend(stab(T::clone(&end)).filter(|entry| *interval(entry).last() == end));
                    if before.len() == found {
                        break; // only an `Ord` that contradicts itself comes here
                    }
                }
                let mut after: Vec<E> = Vec::new();
                for entry in starting_after {
                    let is_tie =
                        after.last().is_some_and(|last| interval(last).start() == interval(&entry).start());
                    if after.len() >= k && !is_tie {
                        break;
                    }
                    after.push(entry);
                }
                (before, after)
            }

            /// Returns the handle of the entry that follows the one of `handle` in order, or `None` if
            /// there is none or that one was removed.
            ///
            /// # Complexity
            ///
            #[doc = concat!($step, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let b = index.insert(Interval::new(5, 9), 'b');
            /// let a = index.insert(Interval::new(1, 20), 'a');
            /// assert_eq!(index.next_handle(a), Some(b));
            /// assert_eq!(index.next_handle(b), None);
            /// ```
            pub fn next_handle(&self, handle: Handle) -> Option<Handle> {
                let next = self.following(self.locate(handle)?)?;
                Some(self.handle_at(next))
            }

            /// Returns the handle of the entry before the one of `handle` in order, or `None` if there is
            /// none or that one was removed.
            ///
            /// # Complexity
            ///
            #[doc = concat!($step, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let b = index.insert(Interval::new(5, 9), 'b');
            /// let a = index.insert(Interval::new(1, 20), 'a');
            /// assert_eq!(index.previous_handle(b), Some(a));
            /// assert_eq!(index.previous_handle(a), None);
            /// ```
            pub fn previous_handle(&self, handle: Handle) -> Option<Handle> {
                let previous = self.preceding(self.locate(handle)?)?;
                Some(self.handle_at(previous))
            }
        }

        impl<T: $($Read)?, V> $Index<T, V> {
            /// Returns the first entry, in order of `start`.
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
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);")]
            #[doc = concat!("assert_eq!(index.first(), Some((", $amp, "Interval::new(1, 2), &'a')));")]
            /// ```
            pub fn first(&self) -> Option<($($by)? Interval<T>, &V)> {
                self.leftmost().map(|at| self.pair(at))
            }

            /// Returns the last entry, in order of `start`. Another one may reach further; see
            #[doc = concat!("[`hull`](", $name, "::hull).")]
            ///
            /// # Complexity
            ///
            #[doc = concat!($step, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 20), 'a')]);")]
            #[doc = concat!("assert_eq!(index.last(), Some((", $amp, "Interval::new(5, 9), &'b')));")]
            /// ```
            pub fn last(&self) -> Option<($($by)? Interval<T>, &V)> {
                self.rightmost().map(|at| self.pair(at))
            }
        }

        impl<T, V> Clone for Range<'_, T, V> {
            fn clone(&self) -> Self {
                Self { walk: self.walk.clone() }
            }
        }

        impl<T: Clone, V> Clone for Within<'_, T, V> {
            fn clone(&self) -> Self {
                Self { walk: self.walk.clone() }
            }
        }
    };
}
pub(crate) use range;

//! Iterators that borrow values mutably. Intervals stay as they are: they are the order.

#![forbid(unsafe_code)]

macro_rules! iter_mut {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::fmt;
        use core::iter::FusedIterator;
        use core::ops::RangeBounds;

        use super::$Index;
        use super::cursor::{AllMut, MatchesMut};
        use $crate::arena::Handle;
        use $crate::index::WithHandles;
        use $crate::interval::{Interval, Query};

        /// Iterator over all entries with their values mutably borrowed; see
        #[doc = concat!("[`iter_mut`](", $name, "::iter_mut).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct IterMut<'a, T, V> {
            walk: AllMut<'a, T, V>,
        }

        #[doc = concat!("Iterator over all values, mutably borrowed; see [`values_mut`](", $name, "::values_mut).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct ValuesMut<'a, T, V> {
            iter: IterMut<'a, T, V>,
        }

        /// Iterator over the entries that overlap a query, with their values mutably borrowed; see
        #[doc = concat!("[`overlapping_mut`](", $name, "::overlapping_mut).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct OverlappingMut<'a, T, V> {
            walk: MatchesMut<'a, T, V>,
        }

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Iterates over the entries that overlap `query`, in order, with their values mutably
            /// borrowed; otherwise like [`overlapping`](Self::overlapping).
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
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(1, 20), 0), (Interval::new(5, 9), 0)]);")]
            /// index.overlapping_mut(10..).for_each(|(_, hits)| *hits += 1);
            /// assert!(index.values().eq(&[1, 0]));
            /// ```
            pub fn overlapping_mut(&mut self, query: impl RangeBounds<T>) -> OverlappingMut<'_, T, V> {
                let query = Query::new(query);
                OverlappingMut { walk: MatchesMut::new(self, query) }
            }
        }

        impl<T: $($Read)?, V> $Index<T, V> {
            /// Iterates over all entries, in order, with their values mutably borrowed; from both ends.
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
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(1, 20), 0), (Interval::new(5, 9), 0)]);")]
            /// index.iter_mut().for_each(|(interval, value)| *value = *interval.last());
            /// assert!(index.values().eq(&[20, 9]));
            /// ```
            pub fn iter_mut(&mut self) -> IterMut<'_, T, V> {
                IterMut { walk: AllMut::new(self) }
            }

            /// Iterates over all values, in order of their entries, mutably borrowed; from both ends.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(1, 20), 3), (Interval::new(5, 9), 4)]);")]
            /// index.values_mut().for_each(|value| *value *= 10);
            /// assert!(index.values().eq(&[30, 40]));
            /// ```
            pub fn values_mut(&mut self) -> ValuesMut<'_, T, V> {
                ValuesMut { iter: self.iter_mut() }
            }
        }

        impl<T: $($Read)?, V> IterMut<'_, T, V> {
            #[doc = concat!("Creates an iterator that yields `(Handle, ", $amp, "Interval, &mut V)`.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), 7);
            /// assert_eq!(index.iter_mut().with_handles().next().unwrap().0, heap);
            /// ```
            pub fn with_handles(self) -> WithHandles<Self> {
                WithHandles { iter: self }
            }
        }

        impl<T: $(Ord + $Read)?, V> OverlappingMut<'_, T, V> {
            #[doc = concat!("Creates an iterator that yields `(Handle, ", $amp, "Interval, &mut V)`.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), 7);
            /// assert_eq!(index.overlapping_mut(15..).with_handles().next().unwrap().0, heap);
            /// ```
            pub fn with_handles(self) -> WithHandles<Self> {
                WithHandles { iter: self }
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V> Iterator for OverlappingMut<'a, T, V> {
            type Item = ($($by_a)* Interval<T>, &'a mut V);

            fn next(&mut self) -> Option<Self::Item> {
                self.walk.next().map(|(_, interval, value)| (interval, value))
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V> Iterator for WithHandles<OverlappingMut<'a, T, V>> {
            type Item = (Handle, $($by_a)* Interval<T>, &'a mut V);

            fn next(&mut self) -> Option<Self::Item> {
                self.iter.walk.next()
            }
        }

        impl<T: Ord $(+ $Read)?, V> FusedIterator for OverlappingMut<'_, T, V> {}
        impl<T: Ord $(+ $Read)?, V> FusedIterator for WithHandles<OverlappingMut<'_, T, V>> {}

        impl<'a, T: $($Read)?, V> Iterator for IterMut<'a, T, V> {
            type Item = ($($by_a)* Interval<T>, &'a mut V);

            fn next(&mut self) -> Option<Self::Item> {
                self.walk.next().map(|(_, interval, value)| (interval, value))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.walk.len(), Some(self.walk.len()))
            }
        }

        impl<T: $($Read)?, V> DoubleEndedIterator for IterMut<'_, T, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.walk.next_back().map(|(_, interval, value)| (interval, value))
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for IterMut<'_, T, V> {}
        impl<T: $($Read)?, V> FusedIterator for IterMut<'_, T, V> {}

        impl<'a, T: $($Read)?, V> Iterator for WithHandles<IterMut<'a, T, V>> {
            type Item = (Handle, $($by_a)* Interval<T>, &'a mut V);

            fn next(&mut self) -> Option<Self::Item> {
                self.iter.walk.next()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.size_hint()
            }
        }

        impl<T: $($Read)?, V> DoubleEndedIterator for WithHandles<IterMut<'_, T, V>> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.walk.next_back()
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for WithHandles<IterMut<'_, T, V>> {}
        impl<T: $($Read)?, V> FusedIterator for WithHandles<IterMut<'_, T, V>> {}

        impl<'a, T: $($Read)?, V> Iterator for ValuesMut<'a, T, V> {
            type Item = &'a mut V;

            fn next(&mut self) -> Option<Self::Item> {
                self.iter.next().map(|(_, value)| value)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.size_hint()
            }
        }

        impl<T: $($Read)?, V> DoubleEndedIterator for ValuesMut<'_, T, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.next_back().map(|(_, value)| value)
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for ValuesMut<'_, T, V> {}
        impl<T: $($Read)?, V> FusedIterator for ValuesMut<'_, T, V> {}

        impl<'a, T: $($Read)?, V> IntoIterator for &'a mut $Index<T, V> {
            type Item = ($($by_a)* Interval<T>, &'a mut V);
            type IntoIter = IterMut<'a, T, V>;

            fn into_iter(self) -> Self::IntoIter {
                self.iter_mut()
            }
        }

        // Values that are mutably borrowed cannot be shown.

        impl<T, V> fmt::Debug for IterMut<'_, T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("IterMut").field("remaining", &self.walk.len()).finish_non_exhaustive()
            }
        }

        impl<T, V> fmt::Debug for ValuesMut<'_, T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("ValuesMut").field("remaining", &self.iter.walk.len()).finish_non_exhaustive()
            }
        }

        impl<T, V> fmt::Debug for OverlappingMut<'_, T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("OverlappingMut").finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use iter_mut;

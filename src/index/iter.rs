//! Iterators over entries, and over their intervals and values.

#![forbid(unsafe_code)]

macro_rules! iter {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use super::$Index;
        use super::cursor;
        use $crate::index::WithHandles;
        use $crate::interval::{Interval, Query};

        /// Iterator over the entries that overlap a query; see
        #[doc = concat!("[`overlapping`](", $name, "::overlapping).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Overlapping<'a, T, V> {
            walk: cursor::Matches<'a, T, V>,
        }

        #[doc = concat!("Iterator over all entries from both ends; see [`iter`](", $name, "::iter).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Iter<'a, T, V> {
            walk: cursor::Between<'a, T, V>,
        }

        #[doc = concat!("Iterator over all intervals from both ends; see [`intervals`](", $name, "::intervals).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Intervals<'a, T, V> {
            iter: Iter<'a, T, V>,
        }

        #[doc = concat!("Iterator over all values from both ends; see [`values`](", $name, "::values).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Values<'a, T, V> {
            iter: Iter<'a, T, V>,
        }

        impl<'a, T: Ord, V> Overlapping<'a, T, V> {
            #[inline]
            pub(super) fn new(index: &'a $Index<T, V>, query: Option<Query<T>>) -> Self {
                Self { walk: cursor::Matches::new(index, query) }
            }
        }

        impl<'a, T, V> Iter<'a, T, V> {
            pub(super) fn new(index: &'a $Index<T, V>) -> Self {
                Self { walk: cursor::Between::all(index) }
            }
        }

        impl<'a, T, V> Intervals<'a, T, V> {
            pub(super) fn new(index: &'a $Index<T, V>) -> Self {
                Self { iter: Iter::new(index) }
            }
        }

        impl<'a, T, V> Values<'a, T, V> {
            pub(super) fn new(index: &'a $Index<T, V>) -> Self {
                Self { iter: Iter::new(index) }
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for Iter<'_, T, V> {}
        impl<T: $($Read)?, V> ExactSizeIterator for WithHandles<Iter<'_, T, V>> {}

        impl<T: Clone, V> Clone for Overlapping<'_, T, V> {
            fn clone(&self) -> Self {
                Self { walk: self.walk.clone() }
            }
        }

        impl<T, V> Clone for Iter<'_, T, V> {
            fn clone(&self) -> Self {
                Self { walk: self.walk.clone() }
            }
        }

        impl<'a, T: $($Read)?, V> IntoIterator for &'a $Index<T, V> {
            type Item = ($($by_a)* Interval<T>, &'a V);
            type IntoIter = Iter<'a, T, V>;

            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }
    };
}
pub(crate) use iter;

/// Gives an iterator over entries its traits. The type has a field `walk`, which needs `$Bound` of
/// `T` to go on.
macro_rules! entries {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    } $Iter:ident $(, $Bound:ident)?) => {
        impl<T, V> $Iter<'_, T, V> {
            #[doc = concat!("Creates an iterator that yields `(Handle, ", $amp, "Interval, &V)`.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(index.stab(15).with_handles().next().unwrap().0, heap);
            /// assert_eq!(index.iter().with_handles().next().unwrap().0, heap);
            /// ```
            pub fn with_handles(self) -> $crate::index::WithHandles<Self> {
                $crate::index::WithHandles { iter: self }
            }
        }

        impl<'a, T: $($Read +)? $($Bound)?, V> Iterator for $Iter<'a, T, V> {
            type Item = ($($by_a)* $crate::Interval<T>, &'a V);

            #[inline(always)]
            fn next(&mut self) -> Option<Self::Item> {
                self.walk.next().map(|at| self.walk.pair(at))
            }

            #[inline(always)]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.walk.size_hint()
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, fold: F) -> B {
                self.walk.fold_pairs(init, fold)
            }

            /// Counts the rest without reading a value.
            fn count(self) -> usize {
                self.walk.count()
            }
        }

        impl<'a, T: $($Read +)? $($Bound)?, V> Iterator for $crate::index::WithHandles<$Iter<'a, T, V>> {
            type Item = ($crate::Handle, $($by_a)* $crate::Interval<T>, &'a V);

            #[inline(always)]
            fn next(&mut self) -> Option<Self::Item> {
                self.iter.walk.next().map(|at| self.iter.walk.triple(at))
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, fold: F) -> B {
                self.iter.walk.fold_triples(init, fold)
            }

            #[inline(always)]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.walk.size_hint()
            }
        }

        impl<T: $($Read +)? $($Bound)?, V> core::iter::FusedIterator for $Iter<'_, T, V> {}
        impl<T: $($Read +)? $($Bound)?, V> core::iter::FusedIterator
            for $crate::index::WithHandles<$Iter<'_, T, V>>
        {
        }

        impl<T: $Ends + core::fmt::Debug $(+ $Bound)?, V: core::fmt::Debug> core::fmt::Debug
            for $Iter<'_, T, V>
        {
            /// Lists the entries still to come.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_map().entries(self.clone()).finish()
            }
        }
    };
}
pub(crate) use entries;

/// Adds the other end to an iterator over entries.
macro_rules! entries_back {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    } $Iter:ident $(, $Bound:ident)?) => {
        impl<T: $($Read +)? $($Bound)?, V> DoubleEndedIterator for $Iter<'_, T, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.walk.next_back().map(|at| self.walk.pair(at))
            }
        }

        impl<T: $($Read +)? $($Bound)?, V> DoubleEndedIterator
            for $crate::index::WithHandles<$Iter<'_, T, V>>
        {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.walk.next_back().map(|at| self.iter.walk.triple(at))
            }
        }
    };
}
pub(crate) use entries_back;

/// Gives [`Intervals`](crate::btree::Intervals) and [`Values`](crate::btree::Values) their traits.
macro_rules! parts {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $($rest:tt)*
    } Intervals) => {
        $crate::index::iter::part! { [$($Read)?] Intervals, [$($by_a)* $crate::Interval<T>], |(interval, _)| interval }
    };
    ({ $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?], $($rest:tt)* } Values) => {
        $crate::index::iter::part! { [$($Read)?] Values, [&'a V], |(_, value)| value }
    };
}
pub(crate) use parts;

macro_rules! part {
    ([$($Read:ident)?] $Iter:ident, [$($part:tt)*], |$pair:pat_param| $of:expr) => {
        #[allow(single_use_lifetimes, reason = "one of the parts borrows")]
        impl<'a, T: $($Read)?, V> Iterator for $Iter<'a, T, V> {
            type Item = $($part)*;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.iter.next().map(|$pair| $of)
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut fold: F) -> B {
                self.iter.fold(init, |folded, $pair| fold(folded, $of))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.size_hint()
            }
        }

        impl<T: $($Read)?, V> DoubleEndedIterator for $Iter<'_, T, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.next_back().map(|$pair| $of)
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for $Iter<'_, T, V> {}
        impl<T: $($Read)?, V> core::iter::FusedIterator for $Iter<'_, T, V> {}

        impl<T, V> Clone for $Iter<'_, T, V> {
            fn clone(&self) -> Self {
                Self { iter: self.iter.clone() }
            }
        }

        #[allow(single_use_lifetimes, reason = "one of the parts borrows")]
        impl<'a, T: $($Read)?, V> core::fmt::Debug for $Iter<'a, T, V>
        where
            $($part)*: core::fmt::Debug,
        {
            /// Lists what is still to come.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}
pub(crate) use part;

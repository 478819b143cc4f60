//! The pairs of entries of one index that overlap.

#![forbid(unsafe_code)]

/// The pairs of entries that overlap, of entries in order of start.
#[derive(Clone)]
pub(crate) struct SelfPairs<I: Iterator> {
    /// From the entry of which the pairs are under way.
    rest: I,
    earlier: Option<I::Item>,
    /// From the entry that it is paired with next.
    later: I,
}

impl<I: Iterator + Clone> SelfPairs<I> {
    pub(crate) fn new(entries: I) -> Self {
        let mut later = entries.clone();
        Self { rest: entries, earlier: later.next(), later }
    }

    /// The same pairs with another reading of the same entries.
    pub(crate) fn read_by<J: Iterator + Clone>(self, read: impl Fn(I) -> J) -> SelfPairs<J> {
        let rest = read(self.rest);
        SelfPairs { earlier: rest.clone().next(), rest, later: read(self.later) }
    }

    /// The next pair, in order of its earlier entry. `meets` compares an entry with a later one.
    #[inline]
    pub(crate) fn next(
        &mut self,
        meets: impl Fn(&I::Item, &I::Item) -> bool,
    ) -> Option<(I::Item, I::Item)>
    where
        I::Item: Copy,
    {
        loop {
            let earlier = self.earlier?;
            // All that come after an entry that starts too late start too late.
            if let Some(later) = self.later.next().filter(|later| meets(&earlier, later)) {
                return Some((earlier, later));
            }
            self.rest.next();
            self.later = self.rest.clone();
            self.earlier = self.later.next();
        }
    }
}

macro_rules! pairs {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::fmt;
        use core::iter::FusedIterator;

        use super::$Index;
        use super::iter::Iter;
        use $crate::arena::Handle;
        use $crate::index::WithHandles;
        use $crate::index::pairs::SelfPairs;
        use $crate::interval::Interval;

        /// Iterator over the pairs of entries that overlap; see
        #[doc = concat!("[`overlapping_pairs`](", $name, "::overlapping_pairs).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct OverlappingPairs<'a, T: $($Read)?, V> {
            pairs: SelfPairs<Iter<'a, T, V>>,
        }

        /// Iterator over the pairs of entries that overlap, with their handles; see
        /// [`OverlappingPairs::with_handles`].
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct OverlappingPairsWithHandles<'a, T: $($Read)?, V> {
            pairs: SelfPairs<WithHandles<Iter<'a, T, V>>>,
        }

        impl<T: Ord $(+ $Read)?, V> $Index<T, V> {
            /// Iterates over every pair of entries that overlap, each pair once and the entry that comes
            /// first in order first. No entry is paired with itself.
            ///
            /// Pairs come in the order of the first entry, and of one first entry in that of the second.
            ///
            /// # Complexity
            ///
            /// `O(n + k)` for *n* entries and *k* pairs, and no memory.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let bookings = ", $name, "::from([")]
            ///     (Interval::new(9, 11), "Ann"),
            ///     (Interval::new(10, 12), "Bob"),
            ///     (Interval::new(14, 15), "Cid"),
            /// ]);
            /// let twice: Vec<_> = bookings.overlapping_pairs().map(|((_, a), (_, b))| (*a, *b)).collect();
            /// assert_eq!(twice, [("Ann", "Bob")]);
            /// ```
            #[doc(alias = "self_join")]
            pub fn overlapping_pairs(&self) -> OverlappingPairs<'_, T, V> {
                OverlappingPairs { pairs: SelfPairs::new(self.iter()) }
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V> OverlappingPairs<'a, T, V> {
            #[doc = concat!("Creates an iterator that yields the pairs still to come, of `(Handle, ", $amp, "Interval, &V)`.")]
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
            #[doc = concat!("let mut bookings = ", $name, "::new();")]
            /// let ann = bookings.insert(Interval::new(9, 11), "Ann");
            /// let bob = bookings.insert(Interval::new(10, 12), "Bob");
            /// let pairs = bookings.overlapping_pairs().with_handles();
            /// assert!(pairs.map(|((a, ..), (b, ..))| (a, b)).eq([(ann, bob)]));
            /// ```
            pub fn with_handles(self) -> OverlappingPairsWithHandles<'a, T, V> {
                OverlappingPairsWithHandles { pairs: self.pairs.read_by(Iter::with_handles) }
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V> Iterator for OverlappingPairs<'a, T, V> {
            type Item = (($($by_a)* Interval<T>, &'a V), ($($by_a)* Interval<T>, &'a V));

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.pairs.next(|(earlier, _), (later, _)| later.start() <= earlier.last())
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V> Iterator for OverlappingPairsWithHandles<'a, T, V> {
            type Item =
                ((Handle, $($by_a)* Interval<T>, &'a V), (Handle, $($by_a)* Interval<T>, &'a V));

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.pairs.next(|(_, earlier, _), (_, later, _)| later.start() <= earlier.last())
            }
        }

        impl<T: Ord $(+ $Read)?, V> FusedIterator for OverlappingPairs<'_, T, V> {}

        impl<T: Ord $(+ $Read)?, V> FusedIterator for OverlappingPairsWithHandles<'_, T, V> {}

        impl<T: $($Read)?, V> Clone for OverlappingPairs<'_, T, V> {
            fn clone(&self) -> Self {
                Self { pairs: self.pairs.clone() }
            }
        }

        impl<T: $($Read)?, V> Clone for OverlappingPairsWithHandles<'_, T, V> {
            fn clone(&self) -> Self {
                Self { pairs: self.pairs.clone() }
            }
        }

        impl<T: $Ends + Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for OverlappingPairs<'_, T, V> {
            /// Lists the pairs still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }

        impl<T: $Ends + Ord + fmt::Debug, V: fmt::Debug> fmt::Debug
            for OverlappingPairsWithHandles<'_, T, V>
        {
            /// Lists the pairs still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}
pub(crate) use pairs;

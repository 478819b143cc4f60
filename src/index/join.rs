//! All overlapping pairs of two indexes.

#![forbid(unsafe_code)]

macro_rules! join {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::fmt;
        use core::iter::FusedIterator;

        use super::$Index;
        use super::iter::Iter;
        use $crate::interval::{Interval, Pairs};

        #[doc = concat!("Iterator over the overlapping pairs of two trees; see [`join`](", $name, "::join).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Join<'a, T, V, W> {
            pairs: EntryPairs<'a, T, V, W>,
        }

        type EntryPairs<'a, T, V, W> =
            Pairs<Iter<'a, T, V>, Iter<'a, T, W>, Entry<'a, T, V>, Entry<'a, T, W>>;

        type Entry<'a, T, V> = ($($by_a)* Interval<T>, &'a V);

        impl<T: Ord $(+ $Read)?, V> $Index<T, V> {
            /// Iterates over every pair of an entry of `self` and an entry of `other` that overlap, each
            /// pair once.
            ///
            /// Pairs come in the order of the start of the later one; the order of pairs that share it is
            /// not specified. The iterator holds the entries that are open at that point: of each
            /// side at most four, or twice as many as ever contain one value. It ends with the side that
            /// ends first.
            ///
            /// # Complexity
            ///
            /// `O(n + m + k)` for *n* and *m* entries and *k* pairs.
            ///
            /// # Kernel counterpart
            ///
            /// The sweep for interval joins; each entry that has ended leaves its list once.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let readers = ", $name, "::from([(Interval::new(0, 5), 'r'), (Interval::new(8, 9), 's')]);")]
            #[doc = concat!("let writers = ", $name, "::from([(Interval::new(5, 8), 'w')]);")]
            /// let pairs: Vec<_> = readers.join(&writers).map(|((_, r), (_, w))| (*r, *w)).collect();
            /// assert_eq!(pairs, [('r', 'w'), ('s', 'w')]);
            /// ```
            pub fn join<'a, W>(&'a self, other: &'a $Index<T, W>) -> Join<'a, T, V, W> {
                Join { pairs: Pairs::new(self.iter(), other.iter()) }
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V, W> Iterator for Join<'a, T, V, W> {
            type Item = (Entry<'a, T, V>, Entry<'a, T, W>);

            fn next(&mut self) -> Option<Self::Item> {
                self.pairs.next()
            }
        }

        impl<T: Ord $(+ $Read)?, V, W> FusedIterator for Join<'_, T, V, W> {}

        impl<T: $($Read)?, V, W> fmt::Debug for Join<'_, T, V, W> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Join").field("open", &self.pairs.open()).finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use join;

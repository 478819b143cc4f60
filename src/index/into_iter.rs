//! Iterators that consume an index.

#![forbid(unsafe_code)]

macro_rules! into_iter {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::fmt;
        use core::iter::FusedIterator;

        use super::$Index;
        use super::cursor::Drain;
        use $crate::interval::Interval;

        /// Iterator over the entries of a consumed index, from both ends; see
        #[doc = concat!("[`into_iter`](", $name, "#impl-IntoIterator-for-", $name, "%3CT,+V%3E).")]
        pub struct IntoIter<T, V> {
            drain: Drain<T, V>,
        }

        /// Iterator over the values of a consumed index, from both ends; see
        #[doc = concat!("[`into_values`](", $name, "::into_values).")]
        pub struct IntoValues<T, V> {
            entries: IntoIter<T, V>,
        }

        impl<T: $($Read)?, V> $Index<T, V> {
            /// Iterates over the values, in order, consuming the index.
            ///
            /// # Complexity
            ///
            #[doc = concat!("`O(n)`", $into, ".")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let index = ", $name, "::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);")]
            /// assert!(index.into_values().eq(['a', 'b']));
            /// ```
            pub fn into_values(self) -> IntoValues<T, V> {
                IntoValues { entries: self.into_iter() }
            }
        }

        impl<T: $($Read)?, V> IntoIterator for $Index<T, V> {
            type Item = (Interval<T>, V);
            type IntoIter = IntoIter<T, V>;

            #[doc = concat!("Iterates over the entries, in order, consuming the index", $into, ".")]
            fn into_iter(self) -> Self::IntoIter {
                IntoIter { drain: Drain::new(self) }
            }
        }

        impl<T: $($Read)?, V> Iterator for IntoIter<T, V> {
            type Item = (Interval<T>, V);

            fn next(&mut self) -> Option<Self::Item> {
                self.drain.next()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.drain.len(), Some(self.drain.len()))
            }
        }

        impl<T: $($Read)?, V> DoubleEndedIterator for IntoIter<T, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.drain.next_back()
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for IntoIter<T, V> {}
        impl<T: $($Read)?, V> FusedIterator for IntoIter<T, V> {}

        impl<T: $($Read +)? fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<T, V> {
            /// Lists the entries still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.drain.rest()).finish()
            }
        }

        /// Drops the interval first: a result in its place is leaked if that panics.
        fn value_of<T, V>((interval, value): (Interval<T>, V)) -> V {
            drop(interval);
            value
        }

        impl<T: $($Read)?, V> Iterator for IntoValues<T, V> {
            type Item = V;

            fn next(&mut self) -> Option<V> {
                self.entries.next().map(value_of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.entries.size_hint()
            }
        }

        impl<T: $($Read)?, V> DoubleEndedIterator for IntoValues<T, V> {
            fn next_back(&mut self) -> Option<V> {
                self.entries.next_back().map(value_of)
            }
        }

        impl<T: $($Read)?, V> ExactSizeIterator for IntoValues<T, V> {}
        impl<T: $($Read)?, V> FusedIterator for IntoValues<T, V> {}

        impl<T: $($Read)?, V: fmt::Debug> fmt::Debug for IntoValues<T, V> {
            /// Lists the values still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.entries.drain.rest().map(|(_, value)| value)).finish()
            }
        }
    };
}
pub(crate) use into_iter;

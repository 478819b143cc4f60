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
        use $crate::arena::Handle;
        use $crate::index::WithHandles;
        use $crate::interval::{Interval, Pairs};

        #[doc = concat!("Iterator over the overlapping pairs of two trees; see [`join`](", $name, "::join).")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct Join<'a, T, V, W> {
            pairs: EntryPairs<'a, T, V, W>,
            indexes: (&'a $Index<T, V>, &'a $Index<T, W>),
            /// How many pairs have been yielded.
            yielded: usize,
        }

        #[doc = concat!("Iterator over the overlapping pairs of two trees, with their handles; see [`Join::with_handles`].")]
        #[must_use = "iterators are lazy and do nothing unless consumed"]
        pub struct JoinWithHandles<'a, T, V, W> {
            pairs: NamedPairs<'a, T, V, W>,
        }

        /// The entries of an index, each with its handle where its value was.
        struct Named<'a, T, V> {
            entries: WithHandles<Iter<'a, T, V>>,
        }

        impl<'a, T: $($Read)?, V> Iterator for Named<'a, T, V> {
            type Item = ($($by_a)* Interval<T>, (Handle, &'a V));

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.entries.next().map(|(handle, interval, value)| (interval, (handle, value)))
            }
        }

        type NamedPairs<'a, T, V, W> = Pairs<
            Named<'a, T, V>,
            Named<'a, T, W>,
            ($($by_a)* Interval<T>, (Handle, &'a V)),
            ($($by_a)* Interval<T>, (Handle, &'a W)),
        >;

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
                let pairs = Pairs::new(self.iter(), other.iter());
                Join { pairs, indexes: (self, other), yielded: 0 }
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V, W> Join<'a, T, V, W> {
            #[doc = concat!("Creates an iterator that yields pairs of `(Handle, ", $amp, "Interval, &V)`.")]
            ///
            /// # Complexity
            ///
            /// `O(1)`, if no pair was taken. Otherwise the join begins anew and passes over the pairs that
            /// were.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let (mut a, mut b) = (", $name, "::new(), ", $name, "::new());")]
            /// let left = a.insert(Interval::new(0, 5), 'l');
            /// let right = b.insert(Interval::new(5, 8), 'r');
            /// let pairs = a.join(&b).with_handles();
            /// assert!(pairs.map(|((l, ..), (r, ..))| (l, r)).eq([(left, right)]));
            /// ```
            pub fn with_handles(self) -> JoinWithHandles<'a, T, V, W> {
                let (left, right) = self.indexes;
                let (left, right) = (left.iter().with_handles(), right.iter().with_handles());
                let pairs = Pairs::new(Named { entries: left }, Named { entries: right });
                let mut named = JoinWithHandles { pairs };
                for _ in 0..self.yielded {
                    named.pairs.next();
                }
                named
            }
        }

        impl<'a, T: Ord $(+ $Read)?, V, W> Iterator for Join<'a, T, V, W> {
            type Item = (Entry<'a, T, V>, Entry<'a, T, W>);

            fn next(&mut self) -> Option<Self::Item> {
                let pair = self.pairs.next()?;
                self.yielded += 1;
                Some(pair)
            }
        }

        impl<T: Ord $(+ $Read)?, V, W> FusedIterator for Join<'_, T, V, W> {}

        impl<'a, T: Ord $(+ $Read)?, V, W> Iterator for JoinWithHandles<'a, T, V, W> {
            type Item =
                ((Handle, $($by_a)* Interval<T>, &'a V), (Handle, $($by_a)* Interval<T>, &'a W));

            fn next(&mut self) -> Option<Self::Item> {
                let ((l, (left, v)), (r, (right, w))) = self.pairs.next()?;
                Some(((left, l, v), (right, r, w)))
            }
        }

        impl<T: Ord $(+ $Read)?, V, W> FusedIterator for JoinWithHandles<'_, T, V, W> {}

        impl<T: $($Read)?, V, W> fmt::Debug for JoinWithHandles<'_, T, V, W> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("JoinWithHandles").field("open", &self.pairs.open()).finish_non_exhaustive()
            }
        }

        impl<T: $($Read)?, V, W> fmt::Debug for Join<'_, T, V, W> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Join").field("open", &self.pairs.open()).finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use join;

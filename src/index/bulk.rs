//! Building from many entries at once, and moving many.

#![forbid(unsafe_code)]

macro_rules! bulk {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::vec::Vec;

        use super::{$Index, NotSortedError};
        use $crate::interval::Interval;

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Builds an index from entries that come in order of `start`; equal starts keep their order.
            ///
            /// The index is as flat as can be, and lies in memory in the order of its entries, which makes
            /// ranges fast.
            ///
            /// # Errors
            ///
            /// [`NotSortedError`] at the first entry that starts before the one before it. It gives that
            /// entry back, and the index of all entries before it.
            ///
            /// # Panics
            ///
            /// Panics if there are more than 2^31 - 2 entries.
            ///
            /// # Complexity
            ///
            /// `O(n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let entries = [(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')];
            #[doc = concat!("let index = ", $name, "::try_from_sorted(entries).unwrap();")]
            /// assert_eq!(index.len(), 2);
            ///
            #[doc = concat!("let error = ", $name, "::try_from_sorted(entries.into_iter().rev()).unwrap_err();")]
            /// assert_eq!(error.interval(), &Interval::new(1, 20));
            /// assert_eq!(error.sorted().len(), 1);
            /// ```
            #[expect(clippy::result_large_err, reason = "the error gives all entries back")]
            pub fn try_from_sorted(
                entries: impl IntoIterator<Item = (Interval<T>, V)>,
            ) -> Result<Self, NotSortedError<T, V>> {
                Self::build_sorted(entries.into_iter())
            }

            /// Moves all entries of `other` into `self`, after the entries with the same `start`.
            ///
            /// `other` is left empty. Its handles find nothing in it any more, and in `self` nothing or an
            /// entry of `self`.
            ///
            /// # Panics
            ///
            /// Panics if the entries are more than 2^31 - 2 together, or if memory is exhausted. Whatever
            /// panics, `Ord` included, no entry is lost: each is in `self` or still in `other`.
            ///
            /// # Complexity
            ///
            /// `O(m log(n + m))`, *m* being the length of `other`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut a = ", $name, "::from([(Interval::new(5, 9), 'a')]);")]
            #[doc = concat!("let mut b = ", $name, "::from([(Interval::new(5, 6), 'b'), (Interval::new(1, 2), 'c')]);")]
            /// a.append(&mut b);
            /// assert!(a.values().eq(&['c', 'a', 'b']));
            /// assert!(b.is_empty());
            /// ```
            pub fn append(&mut self, other: &mut Self) {
                self.reserve_to_append(other.len());
                while self.move_first(other) {}
            }
        }

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Replaces each value by what `change` makes of it, in order, and keeps intervals and handles.
            ///
            /// If `change` panics, the index is dropped with all values that are left and all that were
            /// replaced; only the value in the hands of `change` is its own affair. To keep what was
            /// changed so far, change values in place by [`values_mut`](Self::values_mut).
            ///
            /// # Complexity
            ///
            /// `O(n + r)`, *r* being the places that removed entries left for new ones.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut names = ", $name, "::new();")]
            /// let heap = names.insert(Interval::new(10, 20), "heap");
            #[doc = concat!("let lengths: ", $name, "<i32, usize> = names.map_values(|_, name| name.len());")]
            /// assert_eq!(lengths[heap], 4);
            /// ```
            pub fn map_values<W>(
                self,
                change: impl FnMut($($by)? Interval<T>, V) -> W,
            ) -> $Index<T, W> {
                self.with_values(change)
            }
        }

        impl<T: Ord + $Ends, V> Extend<(Interval<T>, V)> for $Index<T, V> {
            fn extend<I: IntoIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
                for (interval, value) in entries {
                    self.insert(interval, value);
                }
            }
        }

        impl<'a, T: Ord + $Ends, V: Clone> Extend<($($by_a)* Interval<T>, &'a V)> for $Index<T, V> {
            fn extend<I: IntoIterator<Item = ($($by_a)* Interval<T>, &'a V)>>(&mut self, entries: I) {
                self.extend(entries.into_iter().map(|(interval, value)| (Self::owned(interval), value.clone())));
            }
        }

        /// Sorts the entries by `start`, keeping the order of equal starts, and builds the index in
        /// `O(n log n)`, or `O(n)` if they are sorted: the same order as inserting them one by one.
        /// No entry is lost, even if `Ord` contradicts itself.
        impl<T: Ord + $Ends, V> FromIterator<(Interval<T>, V)> for $Index<T, V> {
            fn from_iter<I: IntoIterator<Item = (Interval<T>, V)>>(entries: I) -> Self {
                let entries: Vec<_> = entries.into_iter().collect();
                let mut entries = $crate::index::sort::sort_by_start(entries).into_iter();
                match Self::try_from_sorted(entries.by_ref()) {
                    Ok(index) => index,
                    // Only an `Ord` that contradicts itself comes here.
                    Err(error) => {
                        let (entry, mut index) = error.into_parts();
                        index.extend(core::iter::once(entry).chain(entries));
                        index
                    }
                }
            }
        }

        impl<T: Ord + $Ends, V, const N: usize> From<[(Interval<T>, V); N]> for $Index<T, V> {
            fn from(entries: [(Interval<T>, V); N]) -> Self {
                entries.into_iter().collect()
            }
        }
    };
}
pub(crate) use bulk;

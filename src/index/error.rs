//! Why an index was not built.

#![forbid(unsafe_code)]

macro_rules! error {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::error::Error;
        use core::fmt;

        use super::$Index;
        use $crate::interval::Interval;

        #[doc = concat!("Where [`try_from_sorted`](crate::", $name, "::try_from_sorted) found its input not sorted.")]
        ///
        /// It gives back what had been read: the entry that is out of order, and an index of those
        /// before it. What was not read yet stays with the caller who passes the iterator by reference.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
        ///
        /// let mut entries = [3, 7, 5, 9].map(|at| (Interval::point(at), ())).into_iter();
        #[doc = concat!("let error = ", $name, "::try_from_sorted(&mut entries).unwrap_err();")]
        /// assert_eq!(error.to_string(), "not sorted: entry 2 starts before the one before it");
        ///
        /// let (entry, mut index) = error.into_parts();
        /// index.extend([entry]);
        /// index.extend(entries);
        /// assert_eq!(index.len(), 4);
        /// ```
        pub struct NotSortedError<T, V> {
            position: usize,
            entry: (Interval<T>, V),
            sorted: $Index<T, V>,
        }

        impl<T, V> NotSortedError<T, V> {
            pub(super) fn new(position: usize, entry: (Interval<T>, V), sorted: $Index<T, V>) -> Self {
                Self { position, entry, sorted }
            }

            /// Returns the position of the entry in the input, counted from zero.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let entries = [3, 7, 5, 9].map(|at| (Interval::point(at), at * 10));
            #[doc = concat!("let error = ", $name, "::try_from_sorted(entries).unwrap_err();")]
            /// assert_eq!(error.position(), 2);
            /// ```
            pub fn position(&self) -> usize {
                self.position
            }

            /// Returns the interval that starts before the one before it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let entries = [3, 7, 5, 9].map(|at| (Interval::point(at), at * 10));
            #[doc = concat!("let error = ", $name, "::try_from_sorted(entries).unwrap_err();")]
            /// assert_eq!(error.interval(), &Interval::point(5));
            /// ```
            pub fn interval(&self) -> &Interval<T> {
                &self.entry.0
            }

            /// Returns the value of that interval.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let entries = [3, 7, 5, 9].map(|at| (Interval::point(at), at * 10));
            #[doc = concat!("let error = ", $name, "::try_from_sorted(entries).unwrap_err();")]
            /// assert_eq!(error.value(), &50);
            /// ```
            pub fn value(&self) -> &V {
                &self.entry.1
            }

            /// Returns the index of all entries before it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let entries = [3, 7, 5, 9].map(|at| (Interval::point(at), at * 10));
            #[doc = concat!("let error = ", $name, "::try_from_sorted(entries).unwrap_err();")]
            /// assert!(error.sorted().values().eq(&[30, 70]));
            /// ```
            pub fn sorted(&self) -> &$Index<T, V> {
                &self.sorted
            }

            /// Returns the entry that is out of order, and the index of all entries before it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            /// let entries = [3, 7, 5, 9].map(|at| (Interval::point(at), at * 10));
            #[doc = concat!("let error = ", $name, "::try_from_sorted(entries).unwrap_err();")]
            /// let (entry, mut index) = error.into_parts();
            /// index.extend([entry]);
            /// assert!(index.values().eq(&[30, 50, 70]));
            /// ```
            pub fn into_parts(self) -> ((Interval<T>, V), $Index<T, V>) {
                (self.entry, self.sorted)
            }
        }

        impl<T: Clone, V: Clone> Clone for NotSortedError<T, V> {
            fn clone(&self) -> Self {
                Self {
                    position: self.position,
                    entry: self.entry.clone(),
                    sorted: self.sorted.clone(),
                }
            }
        }

        impl<T: $($Read +)? PartialEq, V: PartialEq> PartialEq for NotSortedError<T, V> {
            fn eq(&self, other: &Self) -> bool {
                (self.position, &self.entry, &self.sorted)
                    == (other.position, &other.entry, &other.sorted)
            }
        }

        impl<T: $($Read +)? Eq, V: Eq> Eq for NotSortedError<T, V> {}

        impl<T, V> fmt::Display for NotSortedError<T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "not sorted: entry {} starts before the one before it", self.position)
            }
        }

        impl<T, V> fmt::Debug for NotSortedError<T, V> {
            /// Shows the position; entries need not be `Debug`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("NotSortedError")
                    .field("position", &self.position)
                    .finish_non_exhaustive()
            }
        }

        impl<T, V> Error for NotSortedError<T, V> {}
    };
}
pub(crate) use error;

//! Why an index was not built.

#![forbid(unsafe_code)]

macro_rules! error {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        lent: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use core::fmt;

        use super::$Index;
        use $crate::interval::Interval;

        #[doc = concat!("Where [`try_from_sorted`](crate::", $name, "::try_from_sorted) found its input not sorted.")]
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
        ///
        /// let entries = [3, 7, 5].map(|at| (Interval::point(at), ()));
        #[doc = concat!("let error = ", $name, "::try_from_sorted(entries).unwrap_err();")]
        /// assert_eq!(error.to_string(), "not sorted: entry 2 starts before the one in front of it");
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct NotSortedError<T $(: $Read)?, V> {
            /// The place of the entry in the input, counted from zero.
            pub index: usize,
            /// The entry that starts before the one in front of it.
            pub entry: (Interval<T>, V),
            /// A tree of all entries in front of it.
            pub sorted: $Index<T, V>,
        }

        impl<T: $($Read)?, V> fmt::Display for NotSortedError<T, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "not sorted: entry {} starts before the one in front of it", self.index)
            }
        }

        impl<T: $($Read +)? fmt::Debug, V: fmt::Debug> core::error::Error for NotSortedError<T, V> {}
    };
}
pub(crate) use error;

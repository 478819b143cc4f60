//! What an index is made of, its capacity, and what a handle leads to.

#![forbid(unsafe_code)]

macro_rules! construct {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use super::$Index;
        use $crate::arena::Handle;
        use $crate::error::CapacityError;
        use $crate::interval::Interval;

        impl<T, V> $Index<T, V> {
            /// Creates an empty index, without allocating.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::", $name, ";")]
            ///
            #[doc = concat!("static EMPTY: ", $name, "<u64, &str> = ", $name, "::new();")]
            /// assert!(EMPTY.is_empty());
            /// ```
            pub const fn new() -> Self {
                Self::EMPTY
            }

            /// Returns the number of entries.
            ///
            /// # Complexity
            ///
            /// `O(1)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let index = stabtree::", $name, "::<u64>::new();")]
            /// assert_eq!(index.len(), 0);
            /// ```
            pub fn len(&self) -> usize {
                self.entry_count()
            }

            /// Returns `true` if the index holds no entry.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("assert!(stabtree::", $name, "::<u64>::new().is_empty());")]
            /// ```
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Creates an empty index with capacity for `capacity` entries.
            ///
            /// # Panics
            ///
            /// Panics if `capacity` exceeds what memory can hold.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let index = stabtree::", $name, "::<u64>::with_capacity(100);")]
            /// assert!(index.capacity() >= 100);
            /// ```
            #[track_caller]
            pub fn with_capacity(capacity: usize) -> Self {
                let mut index = Self::new();
                index.reserve(capacity);
                index
            }

            /// Allocates for at least `additional` more entries.
            ///
            /// # Panics
            ///
            /// Panics where [`try_reserve`](Self::try_reserve) gives an error.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let mut index = stabtree::", $name, "::<u64>::new();")]
            /// index.reserve(10);
            /// assert!(index.capacity() >= 10);
            /// ```
            #[track_caller]
            pub fn reserve(&mut self, additional: usize) {
                if let Err(error) = self.try_reserve(additional) {
                    panic!("{error}");
                }
            }

            /// Allocates for at least `additional` more entries.
            ///
            /// # Errors
            ///
            /// [`CapacityError`] if there cannot be so many entries, or memory is exhausted; the index is
            /// unchanged.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let mut index = stabtree::", $name, "::<u64>::new();")]
            /// assert!(index.try_reserve(100).is_ok());
            /// assert!(index.capacity() >= 100);
            /// assert!(index.try_reserve(usize::MAX).is_err());
            /// ```
            pub fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
                self.reserve_entries(additional)
            }

            /// Removes all entries; their handles stay stale. Keeps the allocated memory.
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
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let old = index.insert(Interval::new(1, 2), ());
            /// index.clear();
            /// index.insert(Interval::new(1, 2), ());
            /// assert!(!index.contains_handle(old));
            /// ```
            pub fn clear(&mut self) {
                self.remove_all();
            }

            /// Returns the value of an entry, or `None` if it was removed.
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
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(index.get(heap), Some(&"heap"));
            /// ```
            pub fn get(&self, handle: Handle) -> Option<&V> {
                self.locate(handle).map(|at| self.value(at))
            }

            /// Borrows the value of an entry mutably, or returns `None` if it was removed.
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
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let hits = index.insert(Interval::new(10, 20), 0);
            /// *index.get_mut(hits).unwrap() += 1;
            /// assert_eq!(index[hits], 1);
            /// ```
            pub fn get_mut(&mut self, handle: Handle) -> Option<&mut V> {
                self.locate(handle).map(|at| self.value_mut(at))
            }

            /// Returns `true` if the entry was not removed.
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
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert!(index.contains_handle(heap));
            /// ```
            pub fn contains_handle(&self, handle: Handle) -> bool {
                self.locate(handle).is_some()
            }
        }

        impl<T: $($Read)?, V> $Index<T, V> {
            /// Returns the interval and the value of an entry, or `None` if it was removed.
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
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            #[doc = concat!("assert_eq!(index.entry(heap), Some((", $amp, "Interval::new(10, 20), &\"heap\")));")]
            /// ```
            pub fn entry(&self, handle: Handle) -> Option<($($by)? Interval<T>, &V)> {
                self.locate(handle).map(|at| self.pair(at))
            }

            /// Returns the interval of an entry, or `None` if it was removed.
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
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            #[doc = concat!("assert_eq!(index.interval(heap), Some(", $amp, "Interval::new(10, 20)));")]
            /// ```
            pub fn interval(&self, handle: Handle) -> Option<$($by)? Interval<T>> {
                self.locate(handle).map(|at| self.interval_at(at))
            }
        }
    };
}
pub(crate) use construct;

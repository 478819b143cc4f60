//! Insertion and removal of entries.

#![forbid(unsafe_code)]

macro_rules! change {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use super::$Index;
        use $crate::arena::Handle;
        use $crate::error::{InsertAfterError, TryInsertError};
        use $crate::interval::{Interval, InvalidIntervalError};

        impl<T: Ord + $Ends, V> $Index<T, V> {
            /// Inserts an entry; equal intervals are kept side by side, nothing is overwritten.
            ///
            /// The entry goes after all entries with the same `start`.
            ///
            /// # Panics
            ///
            /// Panics if the index holds 2^31 - 2 entries; [`try_insert`](Self::try_insert) does not.
            ///
            /// # Complexity
            ///
            /// `O(log n)`, amortised over the growth of the storage.
            ///
            /// # Kernel counterpart
            ///
            /// `include/linux/interval_tree_generic.h`, insertion: the order of ties.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// index.insert(Interval::new(5, 9), "first");
            /// index.insert(Interval::new(5, 5), "second");
            /// assert!(index.values().eq(&["first", "second"]));
            /// ```
            #[track_caller]
            pub fn insert(&mut self, interval: Interval<T>, value: V) -> Handle {
                match self.insert_last(interval, value) {
                    Ok(handle) => handle,
                    Err((error, ..)) => panic!("{error}"),
                }
            }

            /// Inserts an entry like [`insert`](Self::insert), or gives interval and value back.
            ///
            /// # Errors
            ///
            /// [`TryInsertError`] gives interval and value back if the index holds 2^31 - 2 entries or
            /// memory is exhausted; the index is unchanged.
            ///
            /// # Complexity
            ///
            /// `O(log n)`, amortised over the growth of the storage.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let entry = index.try_insert(Interval::new(5, 9), "kept");
            /// assert!(entry.is_ok());
            /// ```
            pub fn try_insert(
                &mut self,
                interval: Interval<T>,
                value: V,
            ) -> Result<Handle, TryInsertError<T, V>> {
                self.insert_last(interval, value)
                    .map_err(|(error, interval, value)| TryInsertError::new(error, interval, value))
            }

            /// Inserts an entry immediately after another one that has the same `start`.
            ///
            /// [`insert`](Self::insert) would put it after *all* entries with that `start`.
            ///
            /// # Errors
            ///
            /// [`InsertAfterError`] gives interval and value back if `previous` was removed, if its start
            /// differs, or if the index cannot take more entries; the index is unchanged.
            ///
            /// # Complexity
            ///
            /// `O(log n)`, amortised over the growth of the storage.
            ///
            /// # Kernel counterpart
            ///
            /// `mm/interval_tree.c`, `vma_interval_tree_insert_after`. The kernel trusts its caller that
            /// the new `last` exceeds nothing above; here it is carried upward.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let parent = index.insert(Interval::new(5, 9), "parent");
            /// index.insert(Interval::new(5, 9), "other");
            /// index.insert_after(parent, Interval::new(5, 9), "child").unwrap();
            /// assert!(index.values().eq(&["parent", "child", "other"]));
            /// ```
            pub fn insert_after(
                &mut self,
                previous: Handle,
                interval: Interval<T>,
                value: V,
            ) -> Result<Handle, InsertAfterError<T, V>> {
                match self.place_after(previous, &interval) {
                    Ok(place) => Ok(self.insert_at(place, interval, value)),
                    Err(reason) => Err(InsertAfterError::new(reason, interval, value)),
                }
            }

            /// Changes the end of an entry and returns the former one; handle and place in the order stay.
            ///
            /// Nothing is searched, and unlike with [`set_interval`](Self::set_interval) the entry stays
            /// where it is among those with the same start. `None` means that the entry was removed.
            ///
            /// # Panics
            ///
            /// Panics if `last` lies before the start of the entry;
            /// [`try_set_last`](Self::try_set_last) does not.
            ///
            /// # Complexity
            ///
            /// `O(log n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(index.set_last(heap, 40), Some(20));
            /// assert!(index.overlaps(30..));
            /// ```
            #[track_caller]
            pub fn set_last(&mut self, handle: Handle, last: T) -> Option<T> {
                match self.try_set_last(handle, last) {
                    Ok(former) => former,
                    Err(_) => panic!("invalid interval: last lies before start"),
                }
            }

            /// Changes the end of an entry like [`set_last`](Self::set_last), or gives it back with the
            /// start that it lies before.
            ///
            /// # Errors
            ///
            /// [`InvalidIntervalError`] if `last` lies before the start of the entry, which is unchanged.
            ///
            /// # Complexity
            ///
            /// `O(log n)`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(index.try_set_last(heap, 9).unwrap_err().into_bounds(), (10, 9));
            /// assert_eq!(index.try_set_last(heap, 10), Ok(Some(20)));
            /// ```
            pub fn try_set_last(
                &mut self,
                handle: Handle,
                last: T,
            ) -> Result<Option<T>, InvalidIntervalError<T>> {
                let Some(at) = self.locate(handle) else { return Ok(None) };
                let interval = self.interval_at(at);
                if last < *interval.start() {
                    return Err(InvalidIntervalError::inverted(T::clone(interval.start()), last));
                }
                Ok(Some(self.change_last(at, last)))
            }

            /// Removes an entry, or returns `None` if it was removed before.
            ///
            /// # Complexity
            ///
            /// `O(log n)`: the handle leads to the entry, nothing is searched.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(index.remove(heap), Some((Interval::new(10, 20), "heap")));
            /// assert_eq!(index.remove(heap), None);
            /// ```
            pub fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, V)> {
                self.take_named(handle)
            }
        }
    };
}
pub(crate) use change;

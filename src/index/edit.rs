//! Edits of entries that may overlap: splitting one, cutting a range out of all, joining what touches.

#![forbid(unsafe_code)]

macro_rules! edit {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal,
        costs: { step: $step:literal, count: $count:literal, batch: $batch:literal, into: $into:literal }
    }) => {
        use alloc::vec::Vec;
        use core::ops::RangeBounds;

        use super::$Index;
        use $crate::arena::Handle;
        use $crate::error::CapacityError;
        use $crate::interval::{Discrete, Interval, Joined, Query};

        /// What a cut does to an entry.
        struct Planned<T, V> {
            handle: Handle,
            /// What is left before the range, and after it.
            left: [Option<Interval<T>>; 2],
            /// What is removed of an entry of which something is left.
            part: Option<(Interval<T>, V)>,
            /// The value of the second of two pieces.
            value: Option<V>,
        }

        impl<T: Discrete $(+ $Read)?, V> $Index<T, V> {
            /// Splits an entry before `at`: it ends before `at` and keeps its handle, and a new entry
            /// from `at` on has a clone of its value. Returns the handle of the new one.
            ///
            /// `None` means that there is nothing to split: `at` is the start of the entry or lies outside
            /// of it, the value before `at` is not known (see
            /// [`Interval::split_at`](crate::Interval::split_at)), or the entry was removed. The new entry
            /// goes after all entries that start at `at`: equal entries that are split in order leave
            /// equal pieces in order.
            ///
            /// # Panics
            ///
            /// Panics where [`try_split_at`](Self::try_split_at) returns an error. If `Clone` panics, the
            /// index is unchanged. If `Ord` panics, the new entry may be there while the former one still
            /// has its end.
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
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// let rest = index.split_at(heap, 15).unwrap();
            #[doc = concat!("assert_eq!(index.interval(heap), Some(", $amp, "Interval::new(10, 14)));")]
            #[doc = concat!("assert_eq!(index.entry(rest), Some((", $amp, "Interval::new(15, 20), &\"heap\")));")]
            /// assert_eq!(index.split_at(heap, 10), None);
            /// ```
            #[track_caller]
            pub fn split_at(&mut self, handle: Handle, at: T) -> Option<Handle>
            where
                V: Clone,
            {
                match self.try_split_at(handle, at) {
                    Ok(rest) => rest,
                    Err(error) => panic!("{error}"),
                }
            }

            /// Splits an entry like [`split_at`](Self::split_at), or says that there is no memory.
            ///
            /// # Errors
            ///
            /// [`CapacityError`] if the index holds 2^31 - 2 entries or memory is exhausted; the index is
            /// unchanged.
            ///
            /// # Complexity
            ///
            /// That of [`split_at`](Self::split_at).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::new();")]
            /// let heap = index.insert(Interval::new(10, 20), "heap");
            /// assert!(index.try_split_at(heap, 15)?.is_some());
            /// # Ok::<(), stabtree::CapacityError>(())
            /// ```
            pub fn try_split_at(
                &mut self,
                handle: Handle,
                at: T,
            ) -> Result<Option<Handle>, CapacityError>
            where
                V: Clone,
            {
                let Some((interval, value)) = self.entry(handle) else { return Ok(None) };
                let Some((first, second)) = interval.split_at(&at) else { return Ok(None) };
                let value = value.clone();
                self.own_entry(handle)?;
                let place = self.place_last(second.start())?;
                let rest = self.insert_at(place, second, value);
                let (_, last) = first.into_bounds();
                self.set_last(handle, last);
                Ok(Some(rest))
            }

            /// Removes all that lies in `range`: entries inside it are removed, entries across its ends are
            /// truncated, an entry that covers it and more is split in two. Returns what was removed, in
            /// the order of the entries: whole entries, and parts of those of which something is left,
            /// with their values cloned.
            ///
            /// What is left of an entry keeps its handle; of two pieces the first one does. Pieces that
            /// begin after the range go after all entries that start there, in the order of the entries
            /// that they are left of. Where no value before `range` is known, or none after it, a
            /// piece ends or begins at the end of `range` itself, as in
            /// [`Interval::difference`](crate::Interval::difference).
            ///
            /// # Panics
            ///
            /// Panics where [`try_cut`](Self::try_cut) returns an error. If `Clone` panics, the index is
            /// unchanged; if `Ord` panics, some of the entries may be cut and others not.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n)`, *k* being the number of entries that overlap `range`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(0, 9), 'a'), (Interval::new(4, 5), 'b')]);")]
            /// let removed = index.cut(3..=6);
            /// assert_eq!(removed, [(Interval::new(3, 6), 'a'), (Interval::new(4, 5), 'b')]);
            #[doc = concat!("assert!(index.iter().eq([(", $amp, "Interval::new(0, 2), &'a'), (", $amp, "Interval::new(7, 9), &'a')]));")]
            /// ```
            #[track_caller]
            pub fn cut(&mut self, range: impl RangeBounds<T>) -> Vec<(Interval<T>, V)>
            where
                V: Clone,
            {
                match self.try_cut(range) {
                    Ok(removed) => removed,
                    Err(error) => panic!("{error}"),
                }
            }

            /// Removes all that lies in `range` like [`cut`](Self::cut), or says that there is no memory.
            ///
            /// # Errors
            ///
            /// [`CapacityError`] if the index would hold more than 2^31 - 2 entries or memory is
            /// exhausted; the index is unchanged, unless a snapshot shares its nodes and memory ends while
            /// those are copied that take the pieces after `range`: then some entries are cut.
            ///
            /// # Complexity
            ///
            /// That of [`cut`](Self::cut).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::from([(Interval::new(0, 9), 'a')]);")]
            /// assert_eq!(index.try_cut(8..)?, [(Interval::new(8, 9), 'a')]);
            /// # Ok::<(), stabtree::CapacityError>(())
            /// ```
            pub fn try_cut(
                &mut self,
                range: impl RangeBounds<T>,
            ) -> Result<Vec<(Interval<T>, V)>, CapacityError>
            where
                V: Clone,
            {
                let mut removed = Vec::new();
                let Some(range) = Query::closed_within(range, || self.hull()) else {
                    return Ok(removed);
                };
                let planned = self.plan_cut(&range)?;
                removed.try_reserve_exact(planned.len())?;
                let pieces = |count: usize| {
                    let has_pieces = planned.iter().filter(|planned| {
                        planned.left[1].is_some() && planned.left.iter().flatten().count() == count
                    });
                    has_pieces.count()
                };
                self.reserve_changes(pieces(2), pieces(1))?;
                for Planned { handle, .. } in &planned {
                    self.own_entry(*handle)?;
                }
                for Planned { handle, left, part, value } in planned {
                    let [before, after] = left;
                    let was_cut = part.is_some();
                    removed.extend(part);
                    match (before, after, value) {
                        (Some(before), Some(after), Some(value)) => {
                            let place = self.place_last(after.start())?;
                            self.insert_at(place, after, value);
                            let (_, last) = before.into_bounds();
                            self.set_last(handle, last);
                        }
                        (Some(before), ..) => {
                            let (_, last) = before.into_bounds();
                            self.set_last(handle, last);
                        }
                        (None, Some(after), _) => {
                            self.set_interval(handle, after);
                        }
                        (None, None, _) if !was_cut => removed.extend(self.remove(handle)),
                        (None, None, _) => {}
                    }
                }
                Ok(removed)
            }

            /// What cutting `range` out does to each entry. All values are cloned here.
            fn plan_cut(&self, range: &Interval<T>) -> Result<Vec<Planned<T, V>>, CapacityError>
            where
                V: Clone,
            {
                let mut planned = Vec::new();
                for (handle, interval, value) in self.overlapping(range).with_handles() {
                    let left = interval.difference(range);
                    let part = interval.intersection(range);
                    let part = part.filter(|_| left.iter().any(Option::is_some));
                    let part = part.map(|part| (part, value.clone()));
                    let value = left.iter().all(Option::is_some).then(|| value.clone());
                    planned.try_reserve(1)?;
                    planned.push(Planned { handle, left, part, value });
                }
                Ok(planned)
            }

            /// Joins entries that overlap or touch and of whose values `same` returns `true`, among those
            /// that overlap or touch `range`, and returns how many entries fewer there are.
            ///
            /// Each entry in order is joined to the first one before it that it overlaps or touches and of
            /// which `same`, asked for the value of that one and its own, returns `true`. The former is
            /// extended over the latter and keeps its handle, its value and its place; the latter is
            /// removed.
            ///
            /// # Panics
            ///
            /// If `same` or `Ord` panics, the index is valid, with fewer of its entries joined.
            ///
            /// # Complexity
            ///
            /// `O((1 + k) log n + k d)`, *k* being the number of entries in question and *d* how many of
            /// those left contain or touch one value.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, "};")]
            ///
            #[doc = concat!("let mut index = ", $name, "::from([")]
            ///     (Interval::new(0, 4), "red"),
            ///     (Interval::new(0, 4), "blue"),
            ///     (Interval::new(5, 9), "red"),
            /// ]);
            /// assert_eq!(index.coalesce_by(.., |a, b| a == b), 1);
            #[doc = concat!("assert!(index.iter().eq([(", $amp, "Interval::new(0, 9), &\"red\"), (", $amp, "Interval::new(0, 4), &\"blue\")]));")]
            /// ```
            pub fn coalesce_by(
                &mut self,
                range: impl RangeBounds<T>,
                mut same: impl FnMut(&V, &V) -> bool,
            ) -> usize {
                let Some(range) = Query::closed_within(range, || self.hull()) else { return 0 };
                let (a, b) = range.into_bounds();
                let around = Interval::try_new(a.pred().unwrap_or(a), b.succ().unwrap_or(b));
                let Ok(around) = around else { return 0 };
                let candidates = self.overlapping(&around).with_handles();
                let candidates: Vec<Handle> = candidates.map(|(handle, ..)| handle).collect();
                let before = self.len();
                // What is left of those that the next ones may be joined to.
                let mut kept: Vec<Handle> = Vec::new();
                for handle in candidates {
                    let Some((interval, value)) = self.entry(handle) else { continue };
                    let reaches = |kept: &Handle| {
                        self.interval(*kept)
                            .is_some_and(|kept| Joined::Touching.joins(kept.last(), interval.start()))
                    };
                    kept.retain(reaches);
                    let is_same = |kept: &&Handle| self.get(**kept).is_some_and(|kept| same(kept, value));
                    let Some(former) = kept.iter().find(is_same).copied() else {
                        kept.push(handle);
                        continue;
                    };
                    let is_longer =
                        self.interval(former).is_some_and(|former| former.last() < interval.last());
                    let last = is_longer.then(|| T::clone(interval.last()));
                    if let Some(last) = last {
                        self.set_last(former, last);
                    }
                    // Its `Drop` finds the index complete.
                    drop(self.remove(handle));
                }
                before - self.len()
            }
        }
    };
}
pub(crate) use edit;

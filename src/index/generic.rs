//! One trait over both indexes, for code that is written once for either.

#![forbid(unsafe_code)]

use alloc::string::String;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::ops::{IndexMut, RangeBounds};

use crate::arena::Handle;
use crate::batch::BatchHits;
use crate::error::{CapacityError, InsertAfterError, TryInsertError};
use crate::interval::{Discrete, Interval, InvalidIntervalError, Span};

/// Keeps the traits of this module to the types of this crate, so that methods can be added to them.
pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "nobody else implements it")]
    pub trait Sealed {}
}

/// An interval and a value of an index `I`, as it gives them out.
type Entry<'a, I, T, V> = (<I as IntervalIndex<T, V>>::IntervalRef<'a>, &'a V);

/// What both indexes can do, for code that works with either.
///
/// [`IntervalBTree`](crate::IntervalBTree) and [`IntervalRbTree`](crate::IntervalRbTree) implement it, and no other type can. Methods
/// have the names, the results and the costs of the methods of the indexes themselves, which are
/// documented there and need no trait in scope. The indexes differ in how they give an interval out:
/// one by value, the other by reference. [`IntervalRef`](Self::IntervalRef) is either.
///
/// # Examples
///
/// ```
/// use std::borrow::Borrow;
///
/// use stabtree::{Interval, IntervalBTree, IntervalIndex, IntervalRbTree};
///
/// /// The longest interval that contains `at`.
/// fn longest<I: IntervalIndex<u64, V>, V>(index: &I, at: u64) -> Option<Interval<u64>> {
///     let hits = index.stab(at).map(|(interval, _)| *interval.borrow());
///     hits.max_by_key(|interval| interval.last() - interval.start())
/// }
///
/// let entries = [(Interval::new(1, 9), 'a'), (Interval::new(3, 20), 'b')];
/// assert_eq!(longest(&IntervalBTree::from(entries), 5), Some(Interval::new(3, 20)));
/// assert_eq!(longest(&IntervalRbTree::from(entries), 2), Some(Interval::new(1, 9)));
/// ```
pub trait IntervalIndex<T: Ord + Clone, V>:
    sealed::Sealed
    + Default
    + Extend<(Interval<T>, V)>
    + FromIterator<(Interval<T>, V)>
    + IndexMut<Handle, Output = V>
    + IntoIterator<Item = (Interval<T>, V), IntoIter: DoubleEndedIterator + ExactSizeIterator>
{
    /// How an interval is given out: `Interval<T>` or `&'a Interval<T>`.
    type IntervalRef<'a>: Borrow<Interval<T>>
    where
        Self: 'a,
        T: 'a,
        V: 'a;

    /// The iterator of [`iter`](Self::iter).
    type Iter<'a>: EntryIterator<
            'a,
            T,
            V,
            IntervalRef = Self::IntervalRef<'a>,
            WithHandles: DoubleEndedIterator,
        > + DoubleEndedIterator
        + ExactSizeIterator
    where
        Self: 'a,
        T: 'a,
        V: 'a;

    /// The iterator of [`overlapping`](Self::overlapping), [`stab`](Self::stab) and
    /// [`covering`](Self::covering).
    type Overlapping<'a>: EntryIterator<
            'a,
            T,
            V,
            IntervalRef = Self::IntervalRef<'a>,
            WithHandles: DoubleEndedIterator,
        > + DoubleEndedIterator
    where
        Self: 'a,
        T: 'a,
        V: 'a;

    /// The iterator of [`range`](Self::range).
    type Range<'a>: EntryIterator<
            'a,
            T,
            V,
            IntervalRef = Self::IntervalRef<'a>,
            WithHandles: DoubleEndedIterator,
        > + DoubleEndedIterator
    where
        Self: 'a,
        T: 'a,
        V: 'a;

    /// The iterator of [`within`](Self::within) and [`exact`](Self::exact).
    type Within<'a>: EntryIterator<
            'a,
            T,
            V,
            IntervalRef = Self::IntervalRef<'a>,
            WithHandles: DoubleEndedIterator,
        > + DoubleEndedIterator
    where
        Self: 'a,
        T: 'a,
        V: 'a;

    /// Creates an empty index; see [`new`](crate::IntervalBTree::new).
    fn new() -> Self {
        Self::default()
    }

    /// Returns the number of entries; see [`len`](crate::IntervalBTree::len).
    fn len(&self) -> usize;

    /// Returns `true` if there is no entry; see [`is_empty`](crate::IntervalBTree::is_empty).
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of entries that fit without allocating; see
    /// [`capacity`](crate::IntervalBTree::capacity).
    fn capacity(&self) -> usize;

    /// Allocates for more entries; see [`try_reserve`](crate::IntervalBTree::try_reserve).
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if there cannot be so many entries, or memory is exhausted.
    fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError>;

    /// Allocates for more entries; see [`reserve`](crate::IntervalBTree::reserve).
    fn reserve(&mut self, additional: usize);

    /// Gives spare capacity back; see [`shrink_to_fit`](crate::IntervalBTree::shrink_to_fit).
    fn shrink_to_fit(&mut self);

    /// Removes all entries; see [`clear`](crate::IntervalBTree::clear).
    fn clear(&mut self);

    /// Inserts an entry; see [`insert`](crate::IntervalBTree::insert).
    fn insert(&mut self, interval: Interval<T>, value: V) -> Handle;

    /// Inserts an entry or gives it back; see [`try_insert`](crate::IntervalBTree::try_insert).
    ///
    /// # Errors
    ///
    /// [`TryInsertError`] if the index cannot take more entries.
    fn try_insert(
        &mut self,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, TryInsertError<T, V>>;

    /// Inserts an entry immediately after another one with the same start; see
    /// [`insert_after`](crate::IntervalBTree::insert_after).
    ///
    /// # Errors
    ///
    /// [`InsertAfterError`] if there is no such entry, its start differs, or the index cannot take
    /// more entries.
    fn insert_after(
        &mut self,
        previous: Handle,
        interval: Interval<T>,
        value: V,
    ) -> Result<Handle, InsertAfterError<T, V>>;

    /// Removes an entry; see [`remove`](crate::IntervalBTree::remove).
    fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, V)>;

    /// Removes the first entry; see [`pop_first`](crate::IntervalBTree::pop_first).
    fn pop_first(&mut self) -> Option<(Interval<T>, V)>;

    /// Removes the last entry; see [`pop_last`](crate::IntervalBTree::pop_last).
    fn pop_last(&mut self) -> Option<(Interval<T>, V)>;

    /// Gives an entry another interval; see [`set_interval`](crate::IntervalBTree::set_interval).
    fn set_interval(&mut self, handle: Handle, interval: Interval<T>) -> Option<Interval<T>>;

    /// Changes the end of an entry; see [`set_last`](crate::IntervalBTree::set_last).
    fn set_last(&mut self, handle: Handle, last: T) -> Option<T>;

    /// Changes the end of an entry or gives it back; see
    /// [`try_set_last`](crate::IntervalBTree::try_set_last).
    ///
    /// # Errors
    ///
    /// [`InvalidIntervalError`] if `last` lies before the start of the entry.
    fn try_set_last(
        &mut self,
        handle: Handle,
        last: T,
    ) -> Result<Option<T>, InvalidIntervalError<T>>;

    /// Splits an entry before `at`; see [`split_at`](crate::IntervalBTree::split_at).
    fn split_at(&mut self, handle: Handle, at: T) -> Option<Handle>
    where
        T: Discrete,
        V: Clone;

    /// Splits an entry or says that there is no memory; see
    /// [`try_split_at`](crate::IntervalBTree::try_split_at).
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if the index cannot take more entries.
    fn try_split_at(&mut self, handle: Handle, at: T) -> Result<Option<Handle>, CapacityError>
    where
        T: Discrete,
        V: Clone;

    /// Removes all that lies in `range`; see [`cut`](crate::IntervalBTree::cut).
    fn cut(&mut self, range: impl RangeBounds<T>) -> Vec<(Interval<T>, V)>
    where
        T: Discrete,
        V: Clone;

    /// Removes all that lies in `range` or says that there is no memory; see
    /// [`try_cut`](crate::IntervalBTree::try_cut).
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if the index cannot take more entries.
    fn try_cut(
        &mut self,
        range: impl RangeBounds<T>,
    ) -> Result<Vec<(Interval<T>, V)>, CapacityError>
    where
        T: Discrete,
        V: Clone;

    /// Joins entries that overlap or touch; see
    /// [`coalesce_by`](crate::IntervalBTree::coalesce_by).
    fn coalesce_by(
        &mut self,
        range: impl RangeBounds<T>,
        same: impl FnMut(&V, &V) -> bool,
    ) -> usize
    where
        T: Discrete;

    /// Removes the entries that `keep` refuses; see [`retain`](crate::IntervalBTree::retain).
    fn retain(&mut self, keep: impl FnMut(&Interval<T>, &mut V) -> bool);

    /// Removes the entries that `choose` chooses among those that overlap `query`; see
    /// [`extract_if`](crate::IntervalBTree::extract_if).
    fn extract_if(
        &mut self,
        query: impl RangeBounds<T>,
        choose: impl FnMut(&Interval<T>, &mut V) -> bool,
    ) -> impl Iterator<Item = (Interval<T>, V)>;

    /// Moves all entries of `other` into `self`; see [`append`](crate::IntervalBTree::append).
    fn append(&mut self, other: &mut Self);

    /// Returns the value of an entry; see [`get`](crate::IntervalBTree::get).
    fn get(&self, handle: Handle) -> Option<&V>;

    /// Returns the value of an entry; see [`get_mut`](crate::IntervalBTree::get_mut).
    fn get_mut(&mut self, handle: Handle) -> Option<&mut V>;

    /// Returns the interval of an entry; see [`interval`](crate::IntervalBTree::interval).
    fn interval(&self, handle: Handle) -> Option<Self::IntervalRef<'_>>;

    /// Returns the interval and the value of an entry; see [`entry`](crate::IntervalBTree::entry).
    fn entry(&self, handle: Handle) -> Option<Entry<'_, Self, T, V>>;

    /// Returns `true` if the entry was not removed; see
    /// [`contains_handle`](crate::IntervalBTree::contains_handle).
    fn contains_handle(&self, handle: Handle) -> bool;

    /// Iterates over all entries; see [`iter`](crate::IntervalBTree::iter).
    fn iter(&self) -> Self::Iter<'_>;

    /// Iterates over all entries, with their values mutably borrowed; see
    /// [`iter_mut`](crate::IntervalBTree::iter_mut).
    fn iter_mut<'a>(
        &'a mut self,
    ) -> impl DoubleEndedIterator<Item = (Self::IntervalRef<'a>, &'a mut V)>
    where
        T: 'a,
        V: 'a;

    /// Iterates over the entries that overlap `query`; see
    /// [`overlapping`](crate::IntervalBTree::overlapping).
    fn overlapping(&self, query: impl RangeBounds<T>) -> Self::Overlapping<'_>;

    /// Iterates over the entries that overlap `query`, with their values mutably borrowed; see
    /// [`overlapping_mut`](crate::IntervalBTree::overlapping_mut).
    fn overlapping_mut<'a>(
        &'a mut self,
        query: impl RangeBounds<T>,
    ) -> impl Iterator<Item = (Self::IntervalRef<'a>, &'a mut V)>
    where
        T: 'a,
        V: 'a;

    /// Iterates over the entries that contain `at`; see [`stab`](crate::IntervalBTree::stab).
    fn stab(&self, at: T) -> Self::Overlapping<'_>;

    /// Returns the innermost entry that contains `at`; see
    /// [`innermost`](crate::IntervalBTree::innermost).
    fn innermost(&self, at: T) -> Option<Entry<'_, Self, T, V>>;

    /// Iterates over the entries that contain all of `interval`; see
    /// [`covering`](crate::IntervalBTree::covering).
    fn covering(&self, interval: &Interval<T>) -> Self::Overlapping<'_>;

    /// Iterates over the entries whose start lies in `starts`; see
    /// [`range`](crate::IntervalBTree::range).
    fn range(&self, starts: impl RangeBounds<T>) -> Self::Range<'_>;

    /// Iterates over the entries with both ends in `query`; see
    /// [`within`](crate::IntervalBTree::within).
    fn within(&self, query: impl RangeBounds<T>) -> Self::Within<'_>;

    /// Iterates over the entries with exactly this interval; see
    /// [`exact`](crate::IntervalBTree::exact).
    fn exact(&self, interval: &Interval<T>) -> Self::Within<'_>;

    /// Returns `true` if any entry overlaps `query`; see
    /// [`overlaps`](crate::IntervalBTree::overlaps).
    fn overlaps(&self, query: impl RangeBounds<T>) -> bool;

    /// Returns how many entries overlap `query`; see
    /// [`count_overlapping`](crate::IntervalBTree::count_overlapping).
    fn count_overlapping(&self, query: impl RangeBounds<T>) -> usize;

    /// Returns the first entry that overlaps `query`; see
    /// [`first_overlapping`](crate::IntervalBTree::first_overlapping).
    fn first_overlapping(&self, query: impl RangeBounds<T>) -> Option<Entry<'_, Self, T, V>>;

    /// Returns the handle of the first entry that overlaps `query`; see
    /// [`first_overlapping_handle`](crate::IntervalBTree::first_overlapping_handle).
    fn first_overlapping_handle(&self, query: impl RangeBounds<T>) -> Option<Handle>;

    /// Returns the handle of the first entry after `previous` that overlaps `query`; see
    /// [`next_overlapping_handle`](crate::IntervalBTree::next_overlapping_handle).
    fn next_overlapping_handle(
        &self,
        previous: Handle,
        query: impl RangeBounds<T>,
    ) -> Option<Handle>;

    /// Returns the first entry; see [`first`](crate::IntervalBTree::first).
    fn first(&self) -> Option<Entry<'_, Self, T, V>>;

    /// Returns the last entry; see [`last`](crate::IntervalBTree::last).
    fn last(&self) -> Option<Entry<'_, Self, T, V>>;

    /// Returns the smallest interval that covers all entries; see
    /// [`hull`](crate::IntervalBTree::hull).
    fn hull(&self) -> Option<Interval<T>>;

    /// Returns the entry with the greatest last below `at`; see
    /// [`nearest_before`](crate::IntervalBTree::nearest_before).
    fn nearest_before(&self, at: T) -> Option<Entry<'_, Self, T, V>>;

    /// Returns the first entry that starts after `at`; see
    /// [`nearest_after`](crate::IntervalBTree::nearest_after).
    fn nearest_after(&self, at: T) -> Option<Entry<'_, Self, T, V>>;

    /// Returns the handle of the entry with the greatest last below `at`; see
    /// [`nearest_before_handle`](crate::IntervalBTree::nearest_before_handle).
    fn nearest_before_handle(&self, at: T) -> Option<Handle>;

    /// Returns the handle of the first entry that starts after `at`; see
    /// [`nearest_after_handle`](crate::IntervalBTree::nearest_after_handle).
    fn nearest_after_handle(&self, at: T) -> Option<Handle>;

    /// Returns the `k` nearest entries on both sides; see
    /// [`nearest_k`](crate::IntervalBTree::nearest_k).
    fn nearest_k(&self, at: T, k: usize) -> [Vec<Entry<'_, Self, T, V>>; 2];

    /// Returns the handles of the `k` nearest entries on both sides; see
    /// [`nearest_k_handles`](crate::IntervalBTree::nearest_k_handles).
    fn nearest_k_handles(&self, at: T, k: usize) -> [Vec<Handle>; 2];

    /// Returns the handle of the entry that follows in order; see
    /// [`next_handle`](crate::IntervalBTree::next_handle).
    fn next_handle(&self, handle: Handle) -> Option<Handle>;

    /// Returns the handle of the entry before in order; see
    /// [`previous_handle`](crate::IntervalBTree::previous_handle).
    fn previous_handle(&self, handle: Handle) -> Option<Handle>;

    /// Iterates over the pairs of entries that overlap; see [`join`](crate::IntervalBTree::join).
    fn join<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (Entry<'a, Self, T, V>, Entry<'a, Self, T, V>)>
    where
        T: 'a,
        V: 'a;

    /// Iterates over the pairs of its own entries that overlap; see
    /// [`overlapping_pairs`](crate::IntervalBTree::overlapping_pairs).
    fn overlapping_pairs<'a>(
        &'a self,
    ) -> impl Iterator<Item = (Entry<'a, Self, T, V>, Entry<'a, Self, T, V>)>
    where
        T: 'a,
        V: 'a;

    /// Answers many queries; see [`overlapping_batch`](crate::IntervalBTree::overlapping_batch).
    fn overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> BatchHits;

    /// Answers many queries; see [`stab_batch`](crate::IntervalBTree::stab_batch).
    fn stab_batch(&self, points: &[T]) -> BatchHits;

    /// Answers many queries; see
    /// [`count_overlapping_batch`](crate::IntervalBTree::count_overlapping_batch).
    fn count_overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> Vec<usize>;

    /// Iterates over covered runs and gaps in turn; see [`spans`](crate::IntervalBTree::spans).
    fn spans(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = Span<T>>
    where
        T: Discrete;

    /// Iterates over the gaps between entries; see [`gaps`](crate::IntervalBTree::gaps).
    fn gaps(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = Interval<T>>
    where
        T: Discrete;

    /// Iterates over the runs that entries cover together; see
    /// [`merged`](crate::IntervalBTree::merged).
    fn merged(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = Interval<T>>
    where
        T: Discrete;

    /// Iterates over runs of equal depth; see [`depth`](crate::IntervalBTree::depth).
    fn depth(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = (Interval<T>, usize)>
    where
        T: Discrete;

    /// Checks all invariants; returns the number of entries, or the first violation in words.
    #[doc(hidden)]
    fn check(&self) -> Result<usize, String>;

    /// Which handles were given out, as three numbers.
    #[cfg(feature = "serde")]
    #[doc(hidden)]
    fn issued_handles(&self) -> [u32; 3];

    /// Creates an index of entries that are sorted by start, with their handles, after those that were
    /// given out; or says why there is no such index.
    #[cfg(feature = "serde")]
    #[doc(hidden)]
    fn with_issued_handles(
        issued: [u32; 3],
        entries: Vec<(Handle, Interval<T>, V)>,
    ) -> Result<Self, String>;
}

/// An iterator over entries of an index, which can give their handles as well.
///
/// The iterators of both indexes implement it, and no other type can.
pub trait EntryIterator<'a, T: 'a, V: 'a>:
    Iterator<Item = (Self::IntervalRef, &'a V)> + sealed::Sealed
{
    /// How an interval is given out: `Interval<T>` or `&'a Interval<T>`.
    type IntervalRef: Borrow<Interval<T>>;

    /// The iterator of [`with_handles`](Self::with_handles).
    type WithHandles: Iterator<Item = (Handle, Self::IntervalRef, &'a V)>;

    /// Creates an iterator that yields each entry's [`Handle`] too, before the rest.
    fn with_handles(self) -> Self::WithHandles;
}

/// Gives an index the trait.
macro_rules! generic {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?],
        interval: [$($by:tt)?] [$($by_a:tt)*] $amp:literal, $($costs:tt)*
    }) => {
        use alloc::string::{String, ToString};
        use alloc::vec::Vec;
        use core::borrow::Borrow;
        use core::ops::RangeBounds;

        use super::{$Index, Iter, Overlapping, Range, Within};
        use $crate::arena::Handle;
        #[cfg(feature = "serde")]
        use $crate::arena::Names;
        use $crate::batch::BatchHits;
        use $crate::error::{CapacityError, InsertAfterError, TryInsertError};
        use $crate::index::generic::{EntryIterator, IntervalIndex, sealed};
        use $crate::index::WithHandles;
        use $crate::interval::{Discrete, Interval, InvalidIntervalError, Span};

        impl<T, V> sealed::Sealed for $Index<T, V> {}

        impl<T: Ord + $Ends, V> IntervalIndex<T, V> for $Index<T, V> {
            type IntervalRef<'a>
                = $($by_a)* Interval<T>
            where
                Self: 'a,
                T: 'a,
                V: 'a;
            type Iter<'a>
                = Iter<'a, T, V>
            where
                Self: 'a,
                T: 'a,
                V: 'a;
            type Overlapping<'a>
                = Overlapping<'a, T, V>
            where
                Self: 'a,
                T: 'a,
                V: 'a;
            type Range<'a>
                = Range<'a, T, V>
            where
                Self: 'a,
                T: 'a,
                V: 'a;
            type Within<'a>
                = Within<'a, T, V>
            where
                Self: 'a,
                T: 'a,
                V: 'a;

            fn len(&self) -> usize {
                self.len()
            }

            fn capacity(&self) -> usize {
                self.capacity()
            }

            fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
                self.try_reserve(additional)
            }

            #[track_caller]
            fn reserve(&mut self, additional: usize) {
                self.reserve(additional);
            }

            fn shrink_to_fit(&mut self) {
                self.shrink_to_fit();
            }

            fn clear(&mut self) {
                self.clear();
            }

            #[track_caller]
            fn insert(&mut self, interval: Interval<T>, value: V) -> Handle {
                self.insert(interval, value)
            }

            fn try_insert(
                &mut self,
                interval: Interval<T>,
                value: V,
            ) -> Result<Handle, TryInsertError<T, V>> {
                self.try_insert(interval, value)
            }

            fn insert_after(
                &mut self,
                previous: Handle,
                interval: Interval<T>,
                value: V,
            ) -> Result<Handle, InsertAfterError<T, V>> {
                self.insert_after(previous, interval, value)
            }

            fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, V)> {
                self.remove(handle)
            }

            fn pop_first(&mut self) -> Option<(Interval<T>, V)> {
                self.pop_first()
            }

            fn pop_last(&mut self) -> Option<(Interval<T>, V)> {
                self.pop_last()
            }

            fn set_interval(&mut self, handle: Handle, to: Interval<T>) -> Option<Interval<T>> {
                self.set_interval(handle, to)
            }

            #[track_caller]
            fn set_last(&mut self, handle: Handle, last: T) -> Option<T> {
                self.set_last(handle, last)
            }

            fn try_set_last(
                &mut self,
                handle: Handle,
                last: T,
            ) -> Result<Option<T>, InvalidIntervalError<T>> {
                self.try_set_last(handle, last)
            }

            #[track_caller]
            fn split_at(&mut self, handle: Handle, at: T) -> Option<Handle>
            where
                T: Discrete,
                V: Clone,
            {
                self.split_at(handle, at)
            }

            fn try_split_at(
                &mut self,
                handle: Handle,
                at: T,
            ) -> Result<Option<Handle>, CapacityError>
            where
                T: Discrete,
                V: Clone,
            {
                self.try_split_at(handle, at)
            }

            #[track_caller]
            fn cut(&mut self, range: impl RangeBounds<T>) -> Vec<(Interval<T>, V)>
            where
                T: Discrete,
                V: Clone,
            {
                self.cut(range)
            }

            fn try_cut(
                &mut self,
                range: impl RangeBounds<T>,
            ) -> Result<Vec<(Interval<T>, V)>, CapacityError>
            where
                T: Discrete,
                V: Clone,
            {
                self.try_cut(range)
            }

            fn coalesce_by(
                &mut self,
                range: impl RangeBounds<T>,
                same: impl FnMut(&V, &V) -> bool,
            ) -> usize
            where
                T: Discrete,
            {
                self.coalesce_by(range, same)
            }

            fn retain(&mut self, mut keep: impl FnMut(&Interval<T>, &mut V) -> bool) {
                self.retain(|interval, value| keep(interval.borrow(), value));
            }

            fn extract_if(
                &mut self,
                query: impl RangeBounds<T>,
                mut choose: impl FnMut(&Interval<T>, &mut V) -> bool,
            ) -> impl Iterator<Item = (Interval<T>, V)> {
                self.extract_if(query, move |interval, value| choose(interval.borrow(), value))
            }

            fn append(&mut self, other: &mut Self) {
                self.append(other);
            }

            fn get(&self, handle: Handle) -> Option<&V> {
                self.get(handle)
            }

            fn get_mut(&mut self, handle: Handle) -> Option<&mut V> {
                self.get_mut(handle)
            }

            fn interval(&self, handle: Handle) -> Option<$($by)? Interval<T>> {
                self.interval(handle)
            }

            fn entry(&self, handle: Handle) -> Option<($($by)? Interval<T>, &V)> {
                self.entry(handle)
            }

            fn contains_handle(&self, handle: Handle) -> bool {
                self.contains_handle(handle)
            }

            fn iter(&self) -> Iter<'_, T, V> {
                self.iter()
            }

            fn iter_mut<'a>(
                &'a mut self,
            ) -> impl DoubleEndedIterator<Item = (Self::IntervalRef<'a>, &'a mut V)>
            where
                T: 'a,
                V: 'a,
            {
                self.iter_mut()
            }

            fn overlapping(&self, query: impl RangeBounds<T>) -> Overlapping<'_, T, V> {
                self.overlapping(query)
            }

            fn overlapping_mut<'a>(
                &'a mut self,
                query: impl RangeBounds<T>,
            ) -> impl Iterator<Item = (Self::IntervalRef<'a>, &'a mut V)>
            where
                T: 'a,
                V: 'a,
            {
                self.overlapping_mut(query)
            }

            fn stab(&self, at: T) -> Overlapping<'_, T, V> {
                self.stab(at)
            }

            fn innermost(&self, at: T) -> Option<($($by)? Interval<T>, &V)> {
                self.innermost(at)
            }

            fn covering(&self, interval: &Interval<T>) -> Overlapping<'_, T, V> {
                self.covering(interval)
            }

            fn range(&self, starts: impl RangeBounds<T>) -> Range<'_, T, V> {
                self.range(starts)
            }

            fn within(&self, query: impl RangeBounds<T>) -> Within<'_, T, V> {
                self.within(query)
            }

            fn exact(&self, interval: &Interval<T>) -> Within<'_, T, V> {
                self.exact(interval)
            }

            fn overlaps(&self, query: impl RangeBounds<T>) -> bool {
                self.overlaps(query)
            }

            fn count_overlapping(&self, query: impl RangeBounds<T>) -> usize {
                self.count_overlapping(query)
            }

            fn first_overlapping(
                &self,
                query: impl RangeBounds<T>,
            ) -> Option<($($by)? Interval<T>, &V)> {
                self.first_overlapping(query)
            }

            fn first_overlapping_handle(&self, query: impl RangeBounds<T>) -> Option<Handle> {
                self.first_overlapping_handle(query)
            }

            fn next_overlapping_handle(
                &self,
                previous: Handle,
                query: impl RangeBounds<T>,
            ) -> Option<Handle> {
                self.next_overlapping_handle(previous, query)
            }

            fn first(&self) -> Option<($($by)? Interval<T>, &V)> {
                self.first()
            }

            fn last(&self) -> Option<($($by)? Interval<T>, &V)> {
                self.last()
            }

            fn hull(&self) -> Option<Interval<T>> {
                self.hull()
            }

            fn nearest_before(&self, at: T) -> Option<($($by)? Interval<T>, &V)> {
                self.nearest_before(at)
            }

            fn nearest_after(&self, at: T) -> Option<($($by)? Interval<T>, &V)> {
                self.nearest_after(at)
            }

            fn nearest_before_handle(&self, at: T) -> Option<Handle> {
                self.nearest_before_handle(at)
            }

            fn nearest_after_handle(&self, at: T) -> Option<Handle> {
                self.nearest_after_handle(at)
            }

            fn nearest_k(&self, at: T, k: usize) -> [Vec<($($by)? Interval<T>, &V)>; 2] {
                self.nearest_k(at, k).into()
            }

            fn nearest_k_handles(&self, at: T, k: usize) -> [Vec<Handle>; 2] {
                self.nearest_k_handles(at, k).into()
            }

            fn next_handle(&self, handle: Handle) -> Option<Handle> {
                self.next_handle(handle)
            }

            fn previous_handle(&self, handle: Handle) -> Option<Handle> {
                self.previous_handle(handle)
            }

            fn join<'a>(
                &'a self,
                other: &'a Self,
            ) -> impl Iterator<
                Item = (($($by_a)* Interval<T>, &'a V), ($($by_a)* Interval<T>, &'a V)),
            >
            where
                T: 'a,
                V: 'a,
            {
                self.join(other)
            }

            fn overlapping_pairs<'a>(
                &'a self,
            ) -> impl Iterator<
                Item = (($($by_a)* Interval<T>, &'a V), ($($by_a)* Interval<T>, &'a V)),
            >
            where
                T: 'a,
                V: 'a,
            {
                self.overlapping_pairs()
            }

            fn overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> BatchHits {
                self.overlapping_batch(queries)
            }

            fn stab_batch(&self, points: &[T]) -> BatchHits {
                self.stab_batch(points)
            }

            fn count_overlapping_batch<Q: RangeBounds<T> + Clone>(
                &self,
                queries: &[Q],
            ) -> Vec<usize> {
                self.count_overlapping_batch(queries)
            }

            fn spans(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = Span<T>>
            where
                T: Discrete,
            {
                self.spans(query)
            }

            fn gaps(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = Interval<T>>
            where
                T: Discrete,
            {
                self.gaps(query)
            }

            fn merged(&self, query: impl RangeBounds<T>) -> impl Iterator<Item = Interval<T>>
            where
                T: Discrete,
            {
                self.merged(query)
            }

            fn depth(
                &self,
                query: impl RangeBounds<T>,
            ) -> impl Iterator<Item = (Interval<T>, usize)>
            where
                T: Discrete,
            {
                self.depth(query)
            }

            fn check(&self) -> Result<usize, String> {
                let summary = self.check().map_err(|violation| violation.to_string())?;
                Ok(summary.len)
            }

            #[cfg(feature = "serde")]
            fn issued_handles(&self) -> [u32; 3] {
                self.issued()
            }

            #[cfg(feature = "serde")]
            fn with_issued_handles(
                issued: [u32; 3],
                entries: Vec<(Handle, Interval<T>, V)>,
            ) -> Result<Self, String> {
                let handles = entries.iter().map(|(handle, ..)| *handle).collect();
                let names = Names::restored(issued, handles)?;
                let len = entries.len();
                let entries = entries.into_iter().map(|(_, interval, value)| (interval, value));
                Ok(Self::from_named(len, names, entries))
            }
        }

        $crate::index::generic::entry_iterator! { [$($by_a)* Interval<T>] $Ends, Iter }
        $crate::index::generic::entry_iterator! { [$($by_a)* Interval<T>] $Ends, Overlapping }
        $crate::index::generic::entry_iterator! { [$($by_a)* Interval<T>] $Ends, Range }
        $crate::index::generic::entry_iterator! { [$($by_a)* Interval<T>] $Ends, Within }
    };
}
pub(crate) use generic;

macro_rules! entry_iterator {
    ([$($interval:tt)*] $Ends:ident, $Iter:ident) => {
        impl<T, V> sealed::Sealed for $Iter<'_, T, V> {}

        impl<'a, T: Ord + $Ends, V> EntryIterator<'a, T, V> for $Iter<'a, T, V> {
            type IntervalRef = $($interval)*;
            type WithHandles = WithHandles<Self>;

            fn with_handles(self) -> WithHandles<Self> {
                self.with_handles()
            }
        }
    };
}
pub(crate) use entry_iterator;

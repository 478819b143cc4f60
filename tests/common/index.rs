//! Both indexes under one trait, for tests that ask the same of each.

use std::fmt::Debug;

use stabtree::Span;
use stabtree::{Discrete, Handle, Interval, IntervalBTree, IntervalRbTree};

use super::model::Query;

/// An entry as an index shows it.
pub type Found<T> = (Handle, Interval<T>, u32);

/// An index of intervals with ends of `T`; what it lends comes by value.
pub trait Index<T: Discrete + Copy + Debug>: Clone + Debug + Default {
    const NAME: &str;

    fn insert(&mut self, interval: Interval<T>, value: u32) -> Handle;
    /// `None` if there is no such entry, or it starts elsewhere.
    fn insert_after(&mut self, at: Handle, interval: Interval<T>, value: u32) -> Option<Handle>;
    fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, u32)>;
    fn set_interval(&mut self, handle: Handle, interval: Interval<T>) -> Option<Interval<T>>;
    /// The number of entries, or the law found broken.
    fn check(&self) -> Result<usize, String>;
    /// What decides how a search runs, beside the entries in order: for each node in preorder,
    /// whether it is red and which children it has; or how much each wide node holds.
    fn shape(&self) -> Vec<usize>;

    fn entry(&self, handle: Handle) -> Option<(Interval<T>, u32)>;
    fn hull(&self) -> Option<Interval<T>>;
    fn iter(&self) -> impl DoubleEndedIterator<Item = Found<T>>;
    fn range(&self, query: Query<T>) -> impl DoubleEndedIterator<Item = Found<T>>;
    fn within(&self, query: Query<T>) -> impl DoubleEndedIterator<Item = Found<T>>;
    fn exact(&self, interval: Interval<T>) -> impl DoubleEndedIterator<Item = Found<T>>;
    fn overlapping(&self, query: Query<T>) -> impl Iterator<Item = Found<T>>;
    fn covering(&self, to: Interval<T>) -> impl Iterator<Item = Found<T>>;
    fn stab(&self, at: T) -> impl Iterator<Item = Found<T>>;
    fn overlaps(&self, query: Query<T>) -> bool;
    fn count_overlapping(&self, query: Query<T>) -> usize;
    fn first_overlapping(&self, query: Query<T>) -> Option<(Interval<T>, u32)>;
    fn first_overlapping_handle(&self, query: Query<T>) -> Option<Handle>;
    fn next_overlapping_handle(&self, previous: Handle, query: Query<T>) -> Option<Handle>;
    /// The nearest entry before `at`, and the nearest after it.
    fn nearest(&self, at: T) -> [Option<(Interval<T>, u32)>; 2];
    fn spans(&self, query: Query<T>) -> impl Iterator<Item = Span<T>>;
    /// The spans that are left when `taken` were taken and the iterator advanced to `to`.
    fn spans_advanced(&self, query: Query<T>, taken: usize, to: T) -> Vec<Span<T>>;
    fn gaps(&self, query: Query<T>) -> impl Iterator<Item = Interval<T>>;
    fn merged(&self, query: Query<T>) -> impl Iterator<Item = Interval<T>>;
    fn depth(&self, query: Query<T>) -> impl Iterator<Item = (Interval<T>, usize)>;
    /// The values of each overlapping pair.
    fn join(&self, other: &Self) -> Vec<(u32, u32)>;
}

/// By value what comes by value or by reference.
macro_rules! index {
    ($index:ident, $own:expr, $shape:expr) => {
        impl<T: Discrete + Copy + Debug> Index<T> for $index<T, u32> {
            const NAME: &str = stringify!($index);

            fn insert(&mut self, interval: Interval<T>, value: u32) -> Handle {
                self.insert(interval, value)
            }

            fn insert_after(&mut self, at: Handle, to: Interval<T>, value: u32) -> Option<Handle> {
                self.insert_after(at, to, value).ok()
            }

            fn remove(&mut self, handle: Handle) -> Option<(Interval<T>, u32)> {
                self.remove(handle)
            }

            fn set_interval(&mut self, at: Handle, to: Interval<T>) -> Option<Interval<T>> {
                self.set_interval(at, to)
            }

            fn check(&self) -> Result<usize, String> {
                self.check().map(|summary| summary.len).map_err(|violation| violation.to_string())
            }

            fn shape(&self) -> Vec<usize> {
                $shape(self)
            }

            fn entry(&self, handle: Handle) -> Option<(Interval<T>, u32)> {
                let entry = self.entry(handle).map(|(interval, value)| ($own(interval), *value));
                let parts = self.interval(handle).map($own).zip(self.get(handle).copied());
                assert_eq!((entry, entry.is_some()), (parts, self.contains_handle(handle)));
                entry
            }

            fn hull(&self) -> Option<Interval<T>> {
                self.hull()
            }

            fn iter(&self) -> impl DoubleEndedIterator<Item = Found<T>> {
                self.iter().with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn range(&self, query: Query<T>) -> impl DoubleEndedIterator<Item = Found<T>> {
                self.range(query).with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn within(&self, query: Query<T>) -> impl DoubleEndedIterator<Item = Found<T>> {
                self.within(query).with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn exact(&self, to: Interval<T>) -> impl DoubleEndedIterator<Item = Found<T>> {
                self.exact(&to).with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn overlapping(&self, query: Query<T>) -> impl Iterator<Item = Found<T>> {
                self.overlapping(query).with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn covering(&self, to: Interval<T>) -> impl Iterator<Item = Found<T>> {
                self.covering(&to).with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn stab(&self, at: T) -> impl Iterator<Item = Found<T>> {
                self.stab(at).with_handles().map(|(h, i, v)| (h, $own(i), *v))
            }

            fn overlaps(&self, query: Query<T>) -> bool {
                self.overlaps(query)
            }

            fn count_overlapping(&self, query: Query<T>) -> usize {
                self.count_overlapping(query)
            }

            fn first_overlapping(&self, query: Query<T>) -> Option<(Interval<T>, u32)> {
                self.first_overlapping(query).map(|(i, v)| ($own(i), *v))
            }

            fn first_overlapping_handle(&self, query: Query<T>) -> Option<Handle> {
                self.first_overlapping_handle(query)
            }

            fn next_overlapping_handle(&self, previous: Handle, query: Query<T>) -> Option<Handle> {
                self.next_overlapping_handle(previous, query)
            }

            fn nearest(&self, at: T) -> [Option<(Interval<T>, u32)>; 2] {
                let own = |found: Option<_>| found.map(|(i, v): (_, &u32)| ($own(i), *v));
                let both = [own(self.nearest_before(at)), own(self.nearest_after(at))];
                assert_eq!(<[_; 2]>::from(self.nearest(at)).map(own), both);
                both
            }

            fn spans(&self, query: Query<T>) -> impl Iterator<Item = Span<T>> {
                self.spans(query)
            }

            fn spans_advanced(&self, query: Query<T>, taken: usize, to: T) -> Vec<Span<T>> {
                let mut spans = self.spans(query);
                spans.by_ref().take(taken).for_each(drop);
                spans.advance_to(to);
                spans.collect()
            }

            fn gaps(&self, query: Query<T>) -> impl Iterator<Item = Interval<T>> {
                self.gaps(query)
            }

            fn merged(&self, query: Query<T>) -> impl Iterator<Item = Interval<T>> {
                self.merged(query)
            }

            fn depth(&self, query: Query<T>) -> impl Iterator<Item = (Interval<T>, usize)> {
                self.depth(query)
            }

            fn join(&self, other: &Self) -> Vec<(u32, u32)> {
                self.join(other).map(|(a, b)| (*a.1, *b.1)).collect()
            }
        }
    };
}

index!(IntervalRbTree, |interval: &Interval<T>| *interval, |tree: &Self| tree
    .shape()
    .map(|node| [node.is_red, node.has_left, node.has_right])
    .map(|bits| bits.into_iter().fold(0, |sum, bit| sum << 1 | usize::from(bit)))
    .collect());
index!(IntervalBTree, |interval: Interval<T>| interval, Self::shape);

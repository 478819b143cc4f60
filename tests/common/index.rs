//! Both indexes under one trait: the crate's own, and what it leaves to each of them.

use std::fmt::Debug;
use std::hash::Hash;

use stabtree::{Discrete, Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree, Span};

use super::ends::End;
use super::model::Query;

/// A value that is mutably borrowed, and its entry.
pub type Borrowed<'a, T> = (Handle, Interval<T>, &'a mut u32);

/// An index of intervals with ends of `T`.
pub trait Index<T: End>: IntervalIndex<T, u32> + Clone + Debug + Ord + Hash {
    const NAME: &str;

    /// What decides how a search runs, beside the entries in order: for each node in preorder
    /// whether it is red and which children it has, or the length of each wide node.
    fn shape(&self) -> Vec<usize>;
    /// Whether the height is what the type promises for so many entries, and after a sorted build
    /// the least that is possible.
    fn has_good_height(&self, built: bool) -> bool;
    fn values(&self) -> Vec<u32>;
    fn into_values(self) -> Vec<u32>;
    fn intervals(&self) -> Vec<Interval<T>>;
    fn nearest(&self, at: T) -> [Option<(Interval<T>, u32)>; 2];
    /// The index, or the entry that starts too early, its position and the index of those before.
    fn from_sorted(entries: Vec<(Interval<T>, u32)>) -> Result<Self, Unsorted<Self, T>>;
    /// The same entries, with their handles, by way of the other index, if it takes such ends.
    fn converted(self) -> Self;
    /// Everything mutably borrowed at once, taken from both ends: from the back where `backward`.
    fn borrow_all(&mut self, backward: &mut dyn FnMut() -> bool) -> Vec<Borrowed<'_, T>>;
    fn borrow_overlapping(&mut self, query: Query<T>) -> Vec<Borrowed<'_, T>>;
    fn change_values_backward(&mut self, change: fn(&mut u32));
    fn compact(&mut self);
    /// The spans that are left when `taken` were taken and the iterator advanced to `to`.
    fn spans_advanced(&self, query: Query<T>, taken: usize, to: T) -> Vec<Span<T>>
    where
        T: Discrete;
}

/// The entry at the position starts too early; the index has those before it.
pub type Unsorted<I, T> = (usize, (Interval<T>, u32), I);

macro_rules! index {
    ($index:ident: $($bound:ident)?, $own:expr, $shape:expr, $good:expr, $converted:expr, $compact:expr) => {
        impl<T: End $(+ $bound)?> Index<T> for $index<T, u32> {
            const NAME: &str = stringify!($index);

            fn shape(&self) -> Vec<usize> {
                $shape(self)
            }

            fn has_good_height(&self, built: bool) -> bool {
                let summary = self.check().expect("all invariants hold");
                $good(summary.len, summary.height, built)
            }

            fn values(&self) -> Vec<u32> {
                assert!(self.values().rev().eq(self.iter().rev().map(|(_, value)| value)));
                self.values().copied().collect()
            }

            fn into_values(self) -> Vec<u32> {
                self.into_values().collect()
            }

            fn intervals(&self) -> Vec<Interval<T>> {
                self.intervals().map($own).collect()
            }

            fn nearest(&self, at: T) -> [Option<(Interval<T>, u32)>; 2] {
                let own = |found: Option<_>| found.map(|(i, v): (_, &u32)| ($own(i), *v));
                <[_; 2]>::from(self.nearest(at)).map(own)
            }

            fn from_sorted(entries: Vec<(Interval<T>, u32)>) -> Result<Self, Unsorted<Self, T>> {
                Self::try_from_sorted(entries).map_err(|error| {
                    let position = error.position();
                    let (entry, sorted) = error.into_parts();
                    (position, entry, sorted)
                })
            }

            fn converted(self) -> Self {
                $converted(self)
            }

            fn borrow_all(&mut self, backward: &mut dyn FnMut() -> bool) -> Vec<Borrowed<'_, T>> {
                let mut iter = self.iter_mut().with_handles();
                let (mut front, mut back) = (Vec::new(), Vec::new());
                loop {
                    let (len, is_back) = (iter.len(), backward());
                    let next = if is_back { iter.next_back() } else { iter.next() };
                    let Some((handle, interval, value)) = next else { break };
                    assert_eq!(iter.len() + 1, len, "length of iter_mut");
                    let borrowed = (handle, $own(interval), value);
                    if is_back { back.push(borrowed) } else { front.push(borrowed) }
                }
                assert!(iter.next().is_none() && iter.next_back().is_none(), "fused");
                front.extend(back.into_iter().rev());
                front
            }

            fn borrow_overlapping(&mut self, query: Query<T>) -> Vec<Borrowed<'_, T>> {
                let hits = self.overlapping_mut(query).with_handles();
                hits.map(|(handle, interval, value)| (handle, $own(interval), value)).collect()
            }

            fn change_values_backward(&mut self, change: fn(&mut u32)) {
                self.values_mut().rev().for_each(change);
            }

            fn compact(&mut self) {
                $compact(self);
            }

            fn spans_advanced(&self, query: Query<T>, taken: usize, to: T) -> Vec<Span<T>>
            where
                T: Discrete,
            {
                let mut spans = self.spans(query);
                spans.by_ref().take(taken).for_each(drop);
                spans.advance_to(to);
                spans.collect()
            }
        }
    };
}

index!(
    IntervalRbTree:,
    |interval: &Interval<T>| interval.clone(),
    |tree: &Self| tree
        .shape()
        .map(|node| [node.is_red, node.has_left, node.has_right])
        .map(|bits| bits.into_iter().fold(0, |sum, bit| sum << 1 | usize::from(bit)))
        .collect(),
    |len: usize, height: usize, built: bool| {
        let least = (len + 1).next_power_of_two().ilog2() as usize;
        height <= 2 * (len + 1).ilog2() as usize && (!built || height == least)
    },
    |tree: Self| tree,
    |tree: &mut Self| tree.shrink_to_fit()
);
index!(
    IntervalBTree: Copy,
    |interval: Interval<T>| interval,
    Self::shape,
    |len: usize, height: usize, _| height <= 1 + len.checked_ilog2().unwrap_or(0) as usize,
    |wide: Self| Self::from(IntervalRbTree::from(wide)),
    Self::compact
);

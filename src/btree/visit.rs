//! What a walk does with the entries that it comes to, a leaf at a time.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::ops::Range;

use super::node::Leaf;
use super::search::low;
use super::slab::Slab;
use crate::arena::Handle;
use crate::interval::{Interval, Query};

/// A fold over leaves, each with the set of its entries that are meant.
pub(super) trait Visit<'a, T, V, B> {
    fn visit(&mut self, folded: B, leaf: &'a Leaf<T, V>, entries: u32) -> B;
}

/// Folds intervals and values.
pub(super) struct Pairs<F>(pub(super) F);

impl<'a, T, V: 'a, B, F> Visit<'a, T, V, B> for Pairs<F>
where
    T: Copy,
    F: FnMut(B, (Interval<T>, &'a V)) -> B,
{
    /// A run of entries without a gap is a plain loop.
    #[inline(always)]
    fn visit(&mut self, mut folded: B, leaf: &'a Leaf<T, V>, entries: u32) -> B {
        let mut step = |folded, start: &T, last: &T, value| {
            (self.0)(folded, (Interval::from_former_bounds(*start, *last), value))
        };
        if let Some(run) = run(entries) {
            let ends = leaf.starts[run.clone()].iter().zip(&leaf.lasts[run.clone()]);
            for ((start, last), value) in ends.zip(&leaf.values[run]) {
                folded = step(folded, start, last, value);
            }
        } else {
            for pos in Places(entries) {
                folded = step(folded, &leaf.starts[pos], &leaf.lasts[pos], &leaf.values[pos]);
            }
        }
        folded
    }
}

/// Folds handles, intervals and values.
pub(super) struct Triples<'a, F> {
    pub(super) slab: &'a Slab,
    pub(super) fold: F,
}

impl<'a, T, V: 'a, B, F> Visit<'a, T, V, B> for Triples<'_, F>
where
    T: Copy,
    F: FnMut(B, (Handle, Interval<T>, &'a V)) -> B,
{
    #[inline(always)]
    fn visit(&mut self, folded: B, leaf: &'a Leaf<T, V>, entries: u32) -> B {
        Places(entries).fold(folded, |folded, pos| {
            let handle = self.slab.handle(leaf.slots[pos]);
            (self.fold)(folded, (handle, leaf.interval(pos), &leaf.values[pos]))
        })
    }
}

/// Counts.
pub(super) struct Counter;

impl<T, V> Visit<'_, T, V, usize> for Counter {
    #[inline(always)]
    fn visit(&mut self, count: usize, _: &Leaf<T, V>, entries: u32) -> usize {
        count + entries.count_ones() as usize
    }
}

/// Leaves out the entries whose last lies elsewhere.
pub(super) struct WithLast<'q, T, N> {
    pub(super) lasts: &'q Query<T>,
    pub(super) then: N,
}

impl<'a, T: Ord, V, B, N: Visit<'a, T, V, B>> Visit<'a, T, V, B> for WithLast<'_, T, N> {
    fn visit(&mut self, folded: B, leaf: &'a Leaf<T, V>, entries: u32) -> B {
        let kept = Places(entries).filter(|pos| self.lasts.holds(&leaf.lasts[*pos]));
        let kept = kept.fold(0, |kept, pos| kept | 1 << pos);
        self.then.visit(folded, leaf, kept)
    }
}

/// The places in a set, in order.
pub(super) struct Places(pub(super) u32);

impl Iterator for Places {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let first = self.0.trailing_zeros();
        self.0 &= self.0.checked_sub(1)?;
        Some(first as usize)
    }
}

/// The places in a set, if there are some and they follow each other without a gap.
#[inline(always)]
pub(super) fn run(set: u32) -> Option<Range<usize>> {
    let first = set.trailing_zeros() as usize;
    let end = (u32::BITS - set.leading_zeros()) as usize;
    (set != 0 && set == low(end) & !low(first)).then_some(first..end)
}

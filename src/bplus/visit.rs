//! What a walk does with the entries that it comes to, a leaf at a time.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use super::bits::{SetBits, contiguous};
use super::leaves::LeafRef;
use super::run::{At, Run};
use super::slab::Slab;
use crate::arena::Handle;
use crate::interval::{Interval, Query};

/// A fold over leaves, each with the set of its entries that are meant.
pub(crate) trait Visit<'a, T, V, B> {
    fn visit(&mut self, folded: B, leaf: LeafRef<'a, T, V>, entries: u64) -> B;

    /// Visits one entry.
    fn entry(&mut self, folded: B, at: At<'a, T, V>) -> B;
}

/// Folds intervals and values.
pub(crate) struct Pairs<F>(pub(crate) F);

impl<'a, T, V: 'a, B, F> Visit<'a, T, V, B> for Pairs<F>
where
    T: Copy,
    F: FnMut(B, (Interval<T>, &'a V)) -> B,
{
    /// A run of entries without a gap is a plain loop.
    #[inline(always)]
    fn visit(&mut self, mut folded: B, leaf: LeafRef<'a, T, V>, entries: u64) -> B {
        let mut step = |folded, start: &T, last: &T, value| {
            (self.0)(folded, (Interval::from_former_bounds(*start, *last), value))
        };
        if let Some(run) = contiguous(entries) {
            let ends = leaf.starts[run.clone()].iter().zip(&leaf.lasts[run.clone()]);
            for ((start, last), value) in ends.zip(&leaf.values[run]) {
                folded = step(folded, start, last, value);
            }
        } else {
            for pos in SetBits(entries) {
                folded = step(folded, &leaf.starts[pos], &leaf.lasts[pos], &leaf.values[pos]);
            }
        }
        folded
    }

    #[inline(always)]
    fn entry(&mut self, folded: B, at: At<'a, T, V>) -> B {
        (self.0)(folded, (at.interval(), at.value))
    }
}

/// Folds handles, intervals and values.
pub(crate) struct Triples<'a, F> {
    pub(crate) slab: &'a Slab,
    pub(crate) fold: F,
}

impl<'a, T, V: 'a, B, F> Visit<'a, T, V, B> for Triples<'_, F>
where
    T: Copy,
    F: FnMut(B, (Handle, Interval<T>, &'a V)) -> B,
{
    /// As that of [`Pairs`].
    #[inline(always)]
    fn visit(&mut self, mut folded: B, leaf: LeafRef<'a, T, V>, entries: u64) -> B {
        if let Some(run) = contiguous(entries) {
            let mut run = Run::new(leaf, run.start, run.end);
            while let Some(at) = run.next() {
                folded = self.entry(folded, at);
            }
        } else {
            for pos in SetBits(entries) {
                folded = self.entry(folded, leaf.at(pos));
            }
        }
        folded
    }

    #[inline(always)]
    fn entry(&mut self, folded: B, at: At<'a, T, V>) -> B {
        (self.fold)(folded, (self.slab.handle(*at.slot), at.interval(), at.value))
    }
}

/// Counts.
pub(crate) struct Counter;

impl<T, V> Visit<'_, T, V, usize> for Counter {
    #[inline(always)]
    fn visit(&mut self, count: usize, _: LeafRef<'_, T, V>, entries: u64) -> usize {
        count + entries.count_ones() as usize
    }

    #[inline(always)]
    fn entry(&mut self, count: usize, _: At<'_, T, V>) -> usize {
        count + 1
    }
}

/// Leaves out the entries whose last lies elsewhere.
pub(crate) struct WithLast<'q, T, N> {
    pub(crate) lasts: &'q Query<T>,
    pub(crate) then: N,
}

impl<'a, T: Ord, V, B, N: Visit<'a, T, V, B>> Visit<'a, T, V, B> for WithLast<'_, T, N> {
    fn visit(&mut self, folded: B, leaf: LeafRef<'a, T, V>, entries: u64) -> B {
        let kept = SetBits(entries).filter(|pos| self.lasts.holds(&leaf.lasts[*pos]));
        let kept = kept.fold(0, |kept, pos| kept | 1 << pos);
        self.then.visit(folded, leaf, kept)
    }

    fn entry(&mut self, folded: B, at: At<'a, T, V>) -> B {
        if self.lasts.holds(at.last) { self.then.entry(folded, at) } else { folded }
    }
}

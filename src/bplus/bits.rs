//! Sets of at most 64 items of a node, item *i* being bit *i*.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::ops::Range;

use super::simd::{Isa, WIDTH};
use crate::interval::compares_cheaply;

/// What is asked of each item of a node.
pub(crate) trait Condition<T> {
    fn holds(&self, item: &T) -> bool;
}

struct Function<F>(F);

impl<T, F: Fn(&T) -> bool> Condition<T> for Function<F> {
    #[inline(always)]
    fn holds(&self, item: &T) -> bool {
        self.0(item)
    }
}

/// The set of items that satisfy `holds`, item *i* being bit *i*.
#[inline(always)]
pub(crate) fn mask<I: Isa, T, const N: usize>(
    with: I,
    items: &[T; N],
    holds: impl Fn(&T) -> bool,
) -> u64 {
    mask_of(with, items, &Function(holds))
}

/// As [`mask`], of what is no closure: unoptimised builds call those.
#[inline(always)]
pub(crate) fn mask_of<I: Isa, T, const N: usize>(
    with: I,
    items: &[T; N],
    condition: &impl Condition<T>,
) -> u64 {
    const { assert!(N <= 64, "a set of items is the bits of a word") };
    if !I::IS_FAST {
        return mask_one_by_one(items, |item| condition.holds(item));
    }
    let mut set = 0;
    // Without iterators, which are calls upon calls in unoptimised builds.
    let mut first = 0;
    while first < N {
        let end = if N - first < WIDTH { N } else { first + WIDTH };
        let mut bytes = [0; WIDTH];
        let mut i = first;
        while i < end {
            bytes[i % WIDTH] = if condition.holds(&items[i]) { u8::MAX } else { 0 };
            i += 1;
        }
        set |= u64::from(with.bits(&bytes)) << first;
        first += WIDTH;
    }
    set
}

/// As [`mask`], small and once for each comparison: few processors of today come here.
#[cold]
#[inline(never)]
fn mask_one_by_one<T>(items: &[T], holds: impl Fn(&T) -> bool) -> u64 {
    // A number that the compiler knows would make it unroll the loop.
    let items = &items[..core::hint::black_box(items.len())];
    items.iter().rev().fold(0, |bits, item| bits << 1 | u64::from(holds(item)))
}

/// The set of the first `n` items.
#[inline(always)]
pub(crate) fn low_bits(n: usize) -> u64 {
    !u64::MAX.checked_shl(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// How many of the first `len` items satisfy `holds`, which must be false for good once it is
/// false.
#[inline(always)]
pub(crate) fn prefix<I: Isa, T, const N: usize>(
    with: I,
    items: &[T; N],
    len: usize,
    holds: impl Fn(&T) -> bool,
) -> usize {
    if const { !compares_cheaply::<T>() } {
        return items[..len].partition_point(holds);
    }
    (mask(with, items, holds) & low_bits(len)).trailing_ones() as usize
}

/// The places in a set, in order.
pub(crate) struct SetBits(pub(crate) u64);

impl Iterator for SetBits {
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
pub(crate) fn contiguous(set: u64) -> Option<Range<usize>> {
    let first = set.trailing_zeros() as usize;
    let end = (u64::BITS - set.leading_zeros()) as usize;
    (set != 0 && set == low_bits(end) & !low_bits(first)).then_some(first..end)
}

//! Comparison of all items of a node with one value.
//!
//! Compilers make vector instructions of the order of primitive integers, and of types that derive
//! theirs from one. They do not see that the order of an IP address is that of its bits, and make no
//! vectors of 128-bit integers, nor of a number with what goes with it. These types are recognised here,
//! and compared as 32-bit integers, as pairs of 64-bit halves, or of a [`Cut`] the numbers first.

#![expect(unsafe_code, reason = "128-bit integers seen as pairs of halves, and as bytes")]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::net::{Ipv4Addr, Ipv6Addr};
use core::{array, ptr, slice};

use super::bits::{Condition, SetBits, low_bits, mask, mask_of};
use super::simd::{Isa, WIDTH};
use crate::interval::{Cut, as_type, may_be};

/// One of the four comparisons of an order.
pub(crate) trait Relation: Copy {
    fn holds<X: PartialOrd>(self, item: &X, to: &X) -> bool;

    /// The same, but of nothing to what equals it.
    fn holds_strictly<X: PartialOrd>(self, item: &X, to: &X) -> bool;
}

macro_rules! relations {
    ($($Name:ident: $compare:tt $strict:tt),*) => {$(
        #[derive(Clone, Copy)]
        pub(crate) struct $Name;

        impl Relation for $Name {
            #[inline(always)]
            fn holds<X: PartialOrd>(self, item: &X, to: &X) -> bool {
                *item $compare *to
            }

            #[inline(always)]
            fn holds_strictly<X: PartialOrd>(self, item: &X, to: &X) -> bool {
                *item $strict *to
            }
        }
    )*};
}

relations!(AtMost: <= <, Below: < <, AtLeast: >= >, Above: > >);

/// The set of items, also after the length, that are in `relation` to `to`.
#[inline(always)]
pub(crate) fn related<I: Isa, T: PartialOrd, const N: usize>(
    with: I,
    relation: impl Relation,
    items: &[T; N],
    to: &T,
) -> u64 {
    macro_rules! by_halves {
        ($Type:ty, $greater:expr, $words:expr, $halves:expr) => {
            if const { may_be::<T, $Type>() }
                && let (Some(items), Some(to)) = (as_type::<_, [$Type; N]>(items), as_type(to))
            {
                let halves = $halves;
                let to = halves(to);
                if I::SPLITS_PAIRS
                    && let (groups, []) = bytes(items).as_chunks()
                {
                    // Without iterators, whose closures are not compiled for these instructions.
                    let (mut set, mut group) = (0, groups.len());
                    while group > 0 {
                        group -= 1;
                        let (pairs, words) = (&groups[group], $words);
                        let found = related_pairs(with, relation, pairs, &to, $greater, words);
                        set = set << WIDTH | found;
                    }
                    return set;
                }
                return mask(with, items, |item| {
                    let (item, to) = (halves(item), &to);
                    let is_equal = item.0 == to.0;
                    !is_equal & relation.holds(&item.0, &to.0)
                        | is_equal & relation.holds(&item.1, &to.1)
                });
            }
        };
    }
    if const { may_be::<T, Ipv4Addr>() }
        && let (Some(items), Some(to)) =
            (as_type::<_, [Ipv4Addr; N]>(items), as_type::<_, Ipv4Addr>(to))
    {
        let to = to.to_bits();
        return mask(with, items, |item| relation.holds(&item.to_bits(), &to));
    }
    by_halves!(u128, GREATER, |high, low| (high, low), words);
    by_halves!(i128, GREATER, |high: u64, low| (high.cast_signed(), low), |item: &i128| {
        let (high, low) = words_of_signed(item);
        (high.cast_signed(), low)
    });
    by_halves!(
        Ipv6Addr,
        0,
        |high, low| (u64::from_be(high), u64::from_be(low)),
        |item: &Ipv6Addr| {
            let octets = item.octets();
            let half = |at| u64::from_be_bytes(array::from_fn(|i: usize| octets[at + i]));
            (half(0), half(8))
        }
    );
    macro_rules! by_value {
        ($($Number:ty),*) => {$(
            if const { I::IS_FAST && may_be::<T, Cut<$Number>>() }
                && let (Some(items), Some(to)) =
                    (as_type::<_, [Cut<$Number>; N]>(items), as_type::<_, Cut<$Number>>(to))
            {
                let value = to.value();
                let others = mask(with, items, |item| relation.holds_strictly(item.value(), value));
                let equal = mask(with, items, |item| item.value() == value);
                let equal = SetBits(equal).filter(|pos| relation.holds(&items[*pos], to));
                return equal.fold(others, |set, pos| set | 1 << pos);
            }
        )*};
    }
    by_value!(u32, i32, u64, i64);
    mask_of(with, items, &RelatedTo { relation, to })
}

struct RelatedTo<'a, R, T> {
    relation: R,
    to: &'a T,
}

impl<R: Relation, T: PartialOrd> Condition<T> for RelatedTo<'_, R, T> {
    #[inline(always)]
    fn holds(&self, item: &T) -> bool {
        self.relation.holds(item, self.to)
    }
}

/// As [`related`], for pairs of words of which `greater` is the place of the greater one. `halves` makes of
/// both words what is compared.
///
/// The smaller words are compared only if some greater one equals that of the query: where ends lie far
/// apart, hardly ever. Among addresses of one network, and numbers that would fit into one word, all do,
/// and only the smaller ones decide.
#[inline(always)]
fn related_pairs<I: Isa, H: PartialOrd, L: PartialOrd>(
    with: I,
    relation: impl Relation,
    pairs: &[[u8; 16]; WIDTH],
    (high, low): &(H, L),
    greater: usize,
    halves: impl Fn(u64, u64) -> (H, L),
) -> u64 {
    let mut words = [0; WIDTH];
    with.words(pairs, greater, &mut words);
    let equal = mask(with, &words, |word| halves(*word, 0).0 == *high);
    let mut found = 0;
    if equal != low_bits(WIDTH) {
        found = mask(with, &words, |word| relation.holds_strictly(&halves(*word, 0).0, high));
    }
    if equal != 0 {
        let mut words = [0; WIDTH];
        with.words(pairs, 1 - greater, &mut words);
        found |= equal & mask(with, &words, |word| relation.holds(&halves(0, *word).1, low));
    }
    found
}

/// The place of the greater word of an integer of 128 bits.
const GREATER: usize = if cfg!(target_endian = "little") { 1 } else { 0 };

/// Integers of 128 bits, or addresses, as bytes.
#[inline(always)]
fn bytes<X: Copy>(items: &[X]) -> &[[u8; 16]] {
    const { assert!(size_of::<X>() == 16) };
    // SAFETY: the reference is to as many times 16 bytes, and bytes need no alignment. All are
    // initialised: the types that this is called for have 2^128 values each.
    unsafe { slice::from_raw_parts(items.as_ptr().cast(), items.len()) }
}

/// The words of an integer of 128 bits, the greater one first.
macro_rules! words {
    ($name:ident, $Integer:ty) => {
        #[inline(always)]
        fn $name(integer: &$Integer) -> (u64, u64) {
            const { assert!(align_of::<$Integer>() >= align_of::<[u64; 2]>()) };
            // SAFETY: the reference is to 16 bytes, aligned for two words, which may be any bytes.
            let [first, second] = unsafe { *ptr::from_ref(integer).cast::<[u64; 2]>() };
            if cfg!(target_endian = "little") { (second, first) } else { (first, second) }
        }
    };
}

words!(words, u128);
words!(words_of_signed, i128);

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::array;
    use core::fmt::Debug;
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::{Above, AtLeast, AtMost, Below, related};
    use crate::bplus::bits::mask;
    use crate::bplus::simd::{self, Isa, Operation};
    use crate::interval::Cut;

    struct Related<'a, T>(&'a [T; 64], &'a T);

    impl<T: Ord> Operation for Related<'_, T> {
        type Output = [(u64, u64); 4];

        fn run<I: Isa>(self, with: I) -> Self::Output {
            let Self(items, to) = self;
            [
                (related(with, AtMost, items, to), mask(with, items, |item| item.cmp(to).is_le())),
                (related(with, Below, items, to), mask(with, items, |item| item.cmp(to).is_lt())),
                (related(with, AtLeast, items, to), mask(with, items, |item| item.cmp(to).is_ge())),
                (related(with, Above, items, to), mask(with, items, |item| item.cmp(to).is_gt())),
            ]
        }
    }

    /// Compares each value with all others, by each instruction set.
    fn compare<T: Ord + Copy + Debug>(values: &[T]) {
        for items in values.chunks(64) {
            let items: [T; 64] = array::from_fn(|i| items[i % items.len()]);
            for to in values {
                for sets in simd::run_each(|| Related(&items, to)) {
                    for (found, expected) in sets {
                        assert_eq!(found, expected, "{items:?} and {to:?}");
                    }
                }
            }
        }
    }

    /// Values with small, middle and great words and bytes in all positions.
    fn words() -> Vec<u128> {
        let words = [0, 1, 0x80, 0x0100_0000, 1 << 63, (1 << 63) - 1, u64::MAX - 1, u64::MAX];
        let pair = |high| words.map(|low| u128::from(high) << 64 | u128::from(low));
        words.into_iter().flat_map(pair).collect()
    }

    #[test]
    fn addresses_and_wide_integers_compare_as_by_their_own_order() {
        let words = words();
        compare(&words);
        compare(&words.iter().map(|bits| bits.cast_signed()).collect::<Vec<_>>());
        compare(&words.iter().map(|bits| Ipv6Addr::from_bits(*bits)).collect::<Vec<_>>());
        let bytes = [0, 1, 0x7f, 0x80, 0xff];
        let pairs = bytes.iter().flat_map(|a| bytes.map(|b| [*a, b]));
        let v4 = |[a, b]: [u8; 2]| [[a, b, 0, 0], [0, a, b, 0], [0, 0, a, b], [a, 0, 0, b]];
        compare(&pairs.flat_map(v4).map(Ipv4Addr::from).collect::<Vec<_>>());
    }

    #[test]
    fn cuts_of_numbers_compare_as_by_their_own_order() {
        fn cuts<T: Copy>(values: &[T]) -> Vec<Cut<T>> {
            let sides = |value| [Cut::before(value), Cut::at(value), Cut::after(value)];
            values.iter().copied().flat_map(sides).collect()
        }
        compare(&cuts(&[0, 1, 2, u32::MAX - 1, u32::MAX]));
        compare(&cuts(&[i32::MIN, -1, 0, 1, i32::MAX]));
        compare(&cuts(&[0, 1, 1 << 32, 1 << 63, (1 << 63) - 1, u64::MAX]));
        compare(&cuts(&[i64::MIN, -1, 0, 1, 1 << 32, i64::MAX]));
        compare(&cuts(&["", "a", "b"]));
    }

    #[test]
    fn all_values_of_small_types_compare_as_by_their_own_order() {
        compare(&(0..=u8::MAX).collect::<Vec<_>>());
        compare(&(i8::MIN..=i8::MAX).collect::<Vec<_>>());
        compare(&(i8::MIN..=i8::MAX).filter_map(core::num::NonZero::new).collect::<Vec<_>>());
        compare(&[false, true]);
    }
}

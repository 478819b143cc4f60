//! The limits of the index, and what each instruction set finds.

#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use super::IntervalBTree;
use crate::bplus::bits::mask;
use crate::bplus::node::LEAF;
use crate::bplus::simd::{self, Isa, Operation};
use crate::rb::tests::test_index;

test_index!(IntervalBTree);

/// A leaf of ends near each other and near the ends of the type, and every query of those ends.
fn instructions_agree<T: Ord + Copy>(ends: &[T]) {
    struct Masks<'a, T>(&'a [T; LEAF], T);

    impl<T: Ord + Copy> Operation for Masks<'_, T> {
        type Output = [u64; 5];

        #[inline(always)]
        fn run<I: Isa>(self, with: I) -> [u64; 5] {
            let Self(items, end) = self;
            [
                mask(with, items, |item| *item < end),
                mask(with, items, |item| *item <= end),
                mask(with, items, |item| *item == end),
                mask(with, items, |item| *item >= end),
                mask(with, items, |item| *item > end),
            ]
        }
    }

    for turn in 0..ends.len() {
        let items: [T; LEAF] = core::array::from_fn(|i| ends[(i * 7 + turn) % ends.len()]);
        for end in ends {
            let bits = |holds: fn(&T, &T) -> bool| {
                (0..LEAF).filter(|i| holds(&items[*i], end)).fold(0, |bits, i| bits | 1 << i)
            };
            let expected = [bits(T::lt), bits(T::le), bits(T::eq), bits(T::ge), bits(T::gt)];
            for masks in simd::run_each(|| Masks(&items, *end)) {
                assert_eq!(masks, expected);
            }
        }
    }
}

#[test]
fn every_instruction_set_finds_the_same() {
    instructions_agree(&[0u64, 1, 2, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX]);
    instructions_agree(&[i64::MIN, -1, 0, 1, 1 << 32, i64::MAX]);
    instructions_agree(&[0u32, 1, (1 << 31) - 1, 1 << 31, u32::MAX]);
    instructions_agree(&[i32::MIN, -1, 0, 1, i32::MAX]);
    instructions_agree(&[0u16, 1, 1 << 15, u16::MAX]);
    instructions_agree(&[i8::MIN, -1, 0, 1, i8::MAX]);
    instructions_agree(&[0u128, 1, 1 << 64, u128::MAX]);
    instructions_agree(&[(0u8, 3i64), (0, -3), (7, 0), (7, i64::MIN)]);
    instructions_agree(&["", "a", "ab", "b"]);
}

/// Prints the choice, for who runs the tests as on another processor.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[test]
fn the_widest_instructions_of_the_processor_are_chosen() {
    struct Name;

    impl Operation for Name {
        type Output = &'static str;

        #[inline(always)]
        fn run<I: Isa>(self, _: I) -> &'static str {
            core::any::type_name::<I>().rsplit("::").next().expect("a name has an end")
        }
    }

    let has_avx2 = std::is_x86_feature_detected!("avx2");
    let has_avx512 = std::is_x86_feature_detected!("avx512bw") && !cfg!(debug_assertions);
    let expected = [(has_avx512, "Avx512"), (has_avx2, "Avx2"), (true, "Plain")];
    let widest = expected.into_iter().find_map(|(has, name)| has.then_some(name));
    assert_eq!(Some(simd::run(Name)), widest);
    eprintln!("instructions: {}", simd::run(Name));
}

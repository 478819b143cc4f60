//! Whether nothing lies between two values of a type that is only known to be ordered.
//!
//! A query is the set of its values, so `(Excluded(25), Excluded(26))` over integers is as empty as
//! `26..26`. Queries ask `Ord` of their ends and nothing more, so that any ordered type can be one;
//! whether it is [`Discrete`] is not theirs to ask. For the types of `core` that are, it is found
//! out here; of another type it is not known that anything is missing between two of its values.

#![forbid(unsafe_code)]

use core::net::{Ipv4Addr, Ipv6Addr};
use core::num::NonZero;

use super::Discrete;
use super::known::{as_type, may_be};

/// Returns `true` if it is known that no value lies between `lower` and `upper`, which is greater.
pub(super) fn are_adjacent<T: Ord>(lower: &T, upper: &T) -> bool {
    macro_rules! look_for {
        ($($known:ty)*) => {$(
            if const { may_be::<T, $known>() }
                && let (Some(lower), Some(upper)) = (as_type::<T, $known>(lower), as_type(upper))
            {
                return lower.succ().as_ref() == Some(upper);
            }
        )*};
    }
    look_for! {
        u64 u32 usize i64 i32 u8 u16 u128 i8 i16 i128 isize char Ipv4Addr Ipv6Addr bool
        NonZero<u8> NonZero<u16> NonZero<u32> NonZero<u64> NonZero<u128> NonZero<usize>
        NonZero<i8> NonZero<i16> NonZero<i32> NonZero<i64> NonZero<i128> NonZero<isize>
    }
    false
}

#[cfg(test)]
mod tests {
    use super::are_adjacent;
    use core::fmt::Debug;
    use core::net::{Ipv4Addr, Ipv6Addr};
    use core::num::NonZero;

    /// Three values without another between them.
    fn three<T: Ord + Debug>([a, b, c]: [T; 3]) {
        assert!(are_adjacent(&a, &b), "{a:?} and {b:?}");
        assert!(are_adjacent(&b, &c), "{b:?} and {c:?}");
        assert!(!are_adjacent(&a, &c), "{a:?} and {c:?}");
        assert!(!are_adjacent(&b, &a), "{b:?} and {a:?}");
        assert!(!are_adjacent(&c, &c), "{c:?} twice");
        // Of references it is not known.
        assert!(!are_adjacent(&&a, &&b), "{a:?} and {b:?}");
    }

    #[test]
    fn neighbours_of_known_types_are_found() {
        macro_rules! integers {
            ($($int:ty)*) => {$(
                three::<$int>([<$int>::MAX - 2, <$int>::MAX - 1, <$int>::MAX]);
                three::<$int>([<$int>::MIN, <$int>::MIN + 1, <$int>::MIN + 2]);
                let last = [<$int>::MAX - 2, <$int>::MAX - 1, <$int>::MAX];
                three(last.map(|at| NonZero::new(at).expect("not 0")));
            )*};
        }
        integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
        three([-2_i32, -1, 1].map(|at| NonZero::new(at).expect("not 0")));
        three(['\u{d7fe}', '\u{d7ff}', '\u{e000}']);
        three([0xff, 0x100, 0x101].map(Ipv4Addr::from_bits));
        three([0xffff, 0x10000, 0x10001].map(Ipv6Addr::from_bits));
        assert!(are_adjacent(&false, &true));
    }

    #[test]
    fn other_types_may_have_values_between_any_two() {
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        struct Page(u64);

        let text = [7, 8].map(|at: u8| at.to_string());
        assert!(!are_adjacent(&Page(7), &Page(8)));
        assert!(!are_adjacent(&(7, 7), &(7, 8)));
        assert!(!are_adjacent(&"7", &"8"));
        assert!(!are_adjacent(&text[0].as_str(), &text[1].as_str()), "a lifetime that ends here");
        assert!(!are_adjacent(&text[0], &text[1]));
    }
}

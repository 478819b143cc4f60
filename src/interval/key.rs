//! Ends as integers of the same order.

#![forbid(unsafe_code)]

use core::net::Ipv4Addr;

use super::known::{as_type, may_be};

/// An integer that compares with those of other values as the value does with them, if its type is an
/// integer of at most 64 bits, `char` or `Ipv4Addr`.
#[inline]
pub(crate) fn integer_key<T>(value: &T) -> Option<u64> {
    macro_rules! keys {
        ($($Type:ty: $key:expr),* $(,)?) => {$(
            if const { may_be::<T, $Type>() }
                && let Some(value) = as_type::<T, $Type>(value)
            {
                let key: fn($Type) -> u64 = $key;
                return Some(key(*value));
            }
        )*};
    }
    /// Negative numbers come first.
    const SIGN: u64 = 1 << 63;
    keys! {
        u8: u64::from, u16: u64::from, u32: u64::from, u64: |value| value,
        usize: |value| value as u64,
        i8: |value| i64::from(value).cast_unsigned() ^ SIGN,
        i16: |value| i64::from(value).cast_unsigned() ^ SIGN,
        i32: |value| i64::from(value).cast_unsigned() ^ SIGN,
        i64: |value| value.cast_unsigned() ^ SIGN,
        isize: |value| (value as i64).cast_unsigned() ^ SIGN,
        char: |value| u64::from(u32::from(value)),
        Ipv4Addr: |value| u64::from(value.to_bits()),
    }
    None
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::net::Ipv4Addr;

    use super::integer_key;

    fn compare<T: Ord>(values: &[T]) {
        for a in values {
            for b in values {
                let keys = (integer_key(a).unwrap(), integer_key(b).unwrap());
                assert_eq!(keys.0.cmp(&keys.1), a.cmp(b));
            }
        }
    }

    #[test]
    fn keys_are_in_the_order_of_the_values() {
        compare(&(0..=u8::MAX).collect::<Vec<_>>());
        compare(&(i8::MIN..=i8::MAX).collect::<Vec<_>>());
        compare(&[0, 1, u16::MAX / 2, u16::MAX]);
        compare(&[i16::MIN, -1, 0, 1, i16::MAX]);
        compare(&[0, 1, u32::MAX / 2, u32::MAX]);
        compare(&[i32::MIN, -1, 0, 1, i32::MAX]);
        compare(&[0, 1, u64::MAX / 2, u64::MAX]);
        compare(&[i64::MIN, -1, 0, 1, i64::MAX]);
        compare(&[0, 1, usize::MAX / 2, usize::MAX]);
        compare(&[isize::MIN, -1, 0, 1, isize::MAX]);
        compare(&['\0', 'a', 'ß', char::MAX]);
        compare(&[[0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0], [255; 4]].map(Ipv4Addr::from));
        assert_eq!(integer_key(&(1_u32, 2_u32)), None);
        assert_eq!(integer_key(&core::cmp::Reverse(1_u64)), None);
        assert_eq!(integer_key(&1_u128), None);
    }
}

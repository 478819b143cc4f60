//! Entries in the order of an index.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

use crate::interval::{Interval, integer_key};
use crate::pages::sort::sort_by_keys;

/// Sorts entries by `start`; those with equal starts keep their order.
pub(crate) fn sort_by_start<T: Ord, V>(entries: Vec<(Interval<T>, V)>) -> Vec<(Interval<T>, V)> {
    let has_keys = entries.first().is_some_and(|(first, _)| integer_key(first.start()).is_some());
    let sorted = if has_keys {
        sort_by_keys(entries, |(interval, _)| integer_key(interval.start()).unwrap_or(0))
    } else {
        Err(entries)
    };
    sorted.unwrap_or_else(|mut entries| {
        entries.sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
        entries
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use core::fmt::Debug;

    use super::sort_by_start;
    use crate::interval::Interval;

    /// Each of many entries begins where several others do.
    fn compare<T: Ord + Clone + Debug>(starts: impl Fn(u64) -> T) {
        for count in [0, 1, 255, 256, 1000] {
            let starts = (0..count).map(|i: u64| starts(i.wrapping_mul(0x9e37_79b9) % 100));
            let entries = starts.map(|start| Interval::point(start)).zip(0..);
            let entries: Vec<(_, u32)> = entries.collect();
            let mut expected = entries.clone();
            expected.sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
            assert_eq!(sort_by_start(entries), expected);
        }
    }

    #[test]
    fn entries_with_equal_starts_keep_their_order() {
        compare(|n| n);
        compare(|n| n << 40 | 1 << 63);
        compare(|n| u8::try_from(n).unwrap());
        compare(|n| i32::try_from(n).unwrap() - 50);
        compare(|n| i64::MIN + n.cast_signed());
        compare(|n| (n.cast_signed() - 50) << 56);
        compare(u128::from);
        compare(|n| n.to_string());
        compare(|n| String::from(if n < 50 { "a" } else { "b" }));
    }
}

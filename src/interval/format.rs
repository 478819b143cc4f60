//! Intervals as text: `[3, 9]`, each end by the flags that the interval is written with.

#![forbid(unsafe_code)]

use core::fmt;

use super::Interval;

/// Writes both ends by the same trait and the same flags.
macro_rules! format_by {
    ($($trait:ident)*) => {$(
        impl<T: fmt::$trait> fmt::$trait for Interval<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[")?;
                self.start().fmt(f)?;
                f.write_str(", ")?;
                self.last().fmt(f)?;
                f.write_str("]")
            }
        }
    )*};
}

format_by!(Debug Display LowerHex UpperHex Octal Binary);

#[cfg(test)]
mod tests {
    use super::super::Interval;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn flags_reach_both_ends() {
        let pages = Interval::new(0x1f_u64, 0xabc);
        assert_eq!(pages.to_string(), "[31, 2748]");
        assert_eq!(format!("{pages:?}"), "[31, 2748]");
        assert_eq!(format!("{pages:x?}"), "[1f, abc]");
        assert_eq!(format!("{pages:X?}"), "[1F, ABC]");
        assert_eq!(format!("{pages:#x?}"), "[0x1f, 0xabc]");
        assert_eq!(format!("{pages:x}"), "[1f, abc]");
        assert_eq!(format!("{pages:#x}"), "[0x1f, 0xabc]");
        assert_eq!(format!("{pages:#06X}"), "[0x001F, 0x0ABC]");
        assert_eq!(format!("{pages:o} {pages:#b}"), "[37, 5274] [0b11111, 0b101010111100]");
        assert_eq!(format!("{:.1}", Interval::new("ab", "cd")), "[a, c]");
        assert_eq!(format!("{pages:>5}|{pages:+?}"), "[   31,  2748]|[+31, +2748]");
    }
}

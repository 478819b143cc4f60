//! Set operations of maps and sets with each other and with the indexes; operators of sets.

use core::ops::{BitAnd, BitOr, BitXor, Not, Sub};

use super::RangeSet;
use crate::interval::Discrete;

mod map {
    use super::super::{Gaps, Intervals, RangeMap};

    crate::index::set_operations::operations! {
        [T: Discrete + Copy, V] RangeMap<T, V>, "RangeMap", "(", ", ())", Gaps<'_, T, V>,
        Intervals<'a, T, V>, |map| map.intervals()
    }
}

mod set {
    use super::super::{Gaps, RangeSet, Ranges};

    crate::index::set_operations::operations! {
        [T: Discrete + Copy] RangeSet<T>, "RangeSet", "", "", Gaps<'_, T, ()>,
        Ranges<'a, T>, |set| set.iter()
    }
}

macro_rules! operators {
    ($($Operator:ident, $method:ident, $symbol:literal, $of:ident, $result:literal;)*) => {$(
        impl<T: Discrete + Copy> $Operator<&RangeSet<T>> for &RangeSet<T> {
            type Output = RangeSet<T>;

            #[doc = concat!("Returns the set that [`", stringify!($of), "`](RangeSet::", stringify!($of), ") streams.")]
            ///
            /// # Complexity
            ///
            /// `O(n + m)`.
            ///
            /// # Examples
            ///
            /// ```
            /// use stabtree::RangeSet;
            ///
            /// let (a, b) = (RangeSet::from([0..5]), RangeSet::from([3..9]));
            #[doc = concat!("assert_eq!(&a ", $symbol, " &b, RangeSet::from([", $result, "]));")]
            /// ```
            fn $method(self, other: &RangeSet<T>) -> RangeSet<T> {
                self.$of(other).collect()
            }
        }
    )*};
}

operators! {
    BitOr, bitor, "|", union, "0..9";
    BitAnd, bitand, "&", intersection, "3..5";
    Sub, sub, "-", difference, "0..3";
    BitXor, bitxor, "^", symmetric_difference, "0..3, 5..9";
}

impl<T: Discrete + Copy> Not for &RangeSet<T> {
    type Output = RangeSet<T>;

    /// Returns the set of all other values, from [`MIN`](Discrete::MIN) to [`MAX`](Discrete::MAX).
    ///
    /// It is a compile error for a type that has not both; [`complement`](RangeSet::complement) takes a
    /// range.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeSet;
    ///
    /// let set = RangeSet::from([1u8..=254]);
    /// assert_eq!(!&set, RangeSet::from([0..=0, 255..=255]));
    /// ```
    fn not(self) -> RangeSet<T> {
        const { assert!(T::MIN.is_some() && T::MAX.is_some(), "ends without a least or greatest value") };
        self.complement(..).collect()
    }
}

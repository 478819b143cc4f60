//! Set operations on what two indexes, maps or sets cover, whichever they are.

#![forbid(unsafe_code)]

/// Gives an index set operations.
macro_rules! set_operations {
    ({
        $Index:ident, $name:literal, $Ends:ident, reads: [$($Read:ident)?], $($rest:tt)*
    }) => {
        use super::iter::Intervals;
        use super::spans::Gaps;
        use super::$Index;

        $crate::index::set_operations::operations! {
            [T: Discrete $(+ $Read)?, V] $Index<T, V>, $name, "(", ", ())", Gaps<'_, T, V>,
            Intervals<'a, T, V>, |index| index.intervals()
        }
    };
}
pub(crate) use set_operations;

/// Emits set operations for a type of which `$of` gives all intervals in order of start. In its
/// examples an entry is an interval between `$open` and `$close`.
macro_rules! operations {
    (
        [$T:ident: Discrete $(+ $Read:ident)? $(, $V:ident)?] $Type:ty, $name:literal, $open:literal,
        $close:literal, $Gaps:ty, $Covered:ty, |$covers:ident| $of:expr
    ) => {
        use core::ops::RangeBounds;

        use $crate::interval::{
            Coverage, Difference, Discrete, Intersection, SymmetricDifference, Union, sealed,
        };

        impl<$T $(, $V)?> sealed::Sealed for $Type {}

        impl<$T: Discrete $(+ $Read)? $(, $V)?> Coverage<$T> for $Type {
            type Covered<'a>
                = $Covered
            where
                Self: 'a;

            fn covered(&self) -> Self::Covered<'_> {
                let $covers = self;
                $of
            }
        }

        impl<$T: Discrete $(+ $Read)? $(, $V)?> $Type {
            /// Iterates over the maximal runs of values that are covered by `self`, by `other` or by both,
            /// in order.
            ///
            /// `other` may be any index, map or set, with other values, too. Intervals that touch make one
            /// run. Nothing is allocated.
            ///
            /// # Complexity
            ///
            /// `O(n + m)` to run to the end for *n* and *m* intervals.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, RangeSet, ", $name, " as Index};")]
            ///
            #[doc = concat!("let a = Index::from([", $open, "Interval::new(1, 4)", $close, ", ", $open, "Interval::new(8, 9)", $close, "]);")]
            /// let b = RangeSet::from([3..7, 12..13]);
            /// assert!(a.union(&b).eq([Interval::new(1, 6), Interval::new(8, 9), Interval::point(12)]));
            /// ```
            pub fn union<'a, C: Coverage<$T>>(
                &'a self,
                other: &'a C,
            ) -> Union<$T, <Self as Coverage<$T>>::Covered<'a>, C::Covered<'a>> {
                Union::new(self.covered(), other.covered())
            }

            /// Iterates over the maximal runs of values that are covered by both `self` and `other`, in
            /// order.
            ///
            /// `other` may be any index, map or set, with other values, too. Nothing is allocated.
            ///
            /// # Complexity
            ///
            /// `O(n + m)` to run to the end for *n* and *m* intervals; it ends with the side that ends
            /// first.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, RangeSet, ", $name, " as Index};")]
            ///
            #[doc = concat!("let a = Index::from([", $open, "Interval::new(1, 4)", $close, ", ", $open, "Interval::new(8, 9)", $close, "]);")]
            /// let b = RangeSet::from([3..9]);
            /// assert!(a.intersection(&b).eq([Interval::new(3, 4), Interval::point(8)]));
            /// ```
            pub fn intersection<'a, C: Coverage<$T>>(
                &'a self,
                other: &'a C,
            ) -> Intersection<$T, <Self as Coverage<$T>>::Covered<'a>, C::Covered<'a>> {
                Intersection::new(self.covered(), other.covered())
            }

            /// Iterates over the maximal runs of values that are covered by `self` and not by `other`, in
            /// order.
            ///
            /// `other` may be any index, map or set, with other values, too. Nothing is allocated. Where no
            /// value before an interval of `other` is known, or none after it, a run ends or begins at the
            /// end of that interval itself, as in [`Interval::difference`](crate::Interval::difference).
            ///
            /// # Complexity
            ///
            /// `O(n + m)` to run to the end for *n* and *m* intervals.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, RangeSet, ", $name, " as Index};")]
            ///
            #[doc = concat!("let a = Index::from([", $open, "Interval::new(1, 4)", $close, ", ", $open, "Interval::new(8, 9)", $close, "]);")]
            /// let b = RangeSet::from([3..9]);
            /// assert!(a.difference(&b).eq([Interval::new(1, 2), Interval::point(9)]));
            /// ```
            pub fn difference<'a, C: Coverage<$T>>(
                &'a self,
                other: &'a C,
            ) -> Difference<$T, <Self as Coverage<$T>>::Covered<'a>, C::Covered<'a>> {
                Difference::new(self.covered(), other.covered())
            }

            /// Iterates over the maximal runs of values that are covered by exactly one of `self` and
            /// `other`, in order.
            ///
            /// `other` may be any index, map or set, with other values, too. Nothing is allocated.
            ///
            /// # Complexity
            ///
            /// `O(n + m)` to run to the end for *n* and *m* intervals.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, RangeSet, ", $name, " as Index};")]
            ///
            #[doc = concat!("let a = Index::from([", $open, "Interval::new(1, 4)", $close, ", ", $open, "Interval::new(8, 9)", $close, "]);")]
            /// let b = RangeSet::from([3..8]);
            /// assert!(a.symmetric_difference(&b).eq([Interval::new(1, 2), Interval::new(5, 9)]));
            /// ```
            pub fn symmetric_difference<'a, C: Coverage<$T>>(
                &'a self,
                other: &'a C,
            ) -> SymmetricDifference<$T, <Self as Coverage<$T>>::Covered<'a>, C::Covered<'a>> {
                SymmetricDifference::new(self.covered(), other.covered())
            }

            /// Iterates over the maximal runs of values inside `range` that are not covered, in order; the
            /// same as [`gaps`](Self::gaps), by the name that it has among set operations.
            ///
            /// # Complexity
            ///
            /// That of [`gaps`](Self::gaps).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use stabtree::{Interval, ", $name, " as Index};")]
            ///
            #[doc = concat!("let a = Index::from([", $open, "Interval::new(1u8, 4)", $close, ", ", $open, "Interval::new(8, 254)", $close, "]);")]
            /// assert!(a.complement(..).eq([Interval::point(0), Interval::new(5, 7), Interval::point(255)]));
            /// ```
            pub fn complement(&self, range: impl RangeBounds<$T>) -> $Gaps {
                self.gaps(range)
            }
        }
    };
}
pub(crate) use operations;

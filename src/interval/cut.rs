//! Ends for values that cannot be stepped through: positions at, just before and just after one.

#![forbid(unsafe_code)]

use core::fmt;
use core::ops::{Bound, RangeBounds};

use super::{Discrete, EmptyRangeError, Interval};

/// A position in the order of `T`: at a value, just before it or just after it.
///
/// With it, intervals are half-open, open or closed, whatever the type: times, floats (in a wrapper
/// that orders them), strings by reference, dates of other crates. `Cut::before(t) < Cut::at(t) <
/// Cut::after(t)`; different values order as they do themselves.
///
/// [`Cut::range`] makes an interval of any range with two ends, and an `Interval<Cut<T>>` is a
/// range of `T` again, and [prints](Interval::display) as one:
///
/// | range | interval |
/// |---|---|
/// | `a..b` | `[at a, before b]` |
/// | `a..=b` | `[at a, at b]` |
/// | both ends excluded | `[after a, before b]` |
/// | an empty feature at `a`, which no range describes | `[before a, before a]` |
///
/// A range without an end makes no interval, since a text, say, can always be longer. Where something is
/// to reach beyond all values, as a lock on all keys from one on, wrap them in an enum with a greatest one:
/// `enum Key<'a> { Is(&'a str), End }`. Queries may be open.
///
/// As a query, `a..b` is `Cut::at(a)..Cut::at(b)`, which may be empty and finds nothing then.
///
/// So `9..10` and `10..11` [touch](Interval::touches) and do not overlap. An empty feature lies
/// before its value: what ends at `a` by `..a` overlaps it, what begins with `a` does not; a query
/// from [`Cut::before`] on finds it, too.
///
/// # Steps
///
/// `Cut` is [`Discrete`] as far as touching goes: `before(t)` is followed by `at(t)`, and that by
/// `after(t)`. What follows `after(t)`, and what precedes `before(t)`, is not known: in between there
/// may always be another value. Where an empty feature follows a gap, the gap ends with it,
/// `[at 3, before 5]`, and that is `3..5`.
///
/// # Examples
///
/// Free slots of a day, in hours that are not whole:
///
/// ```
/// use ordered_float::OrderedFloat;
/// use stabtree::{Cut, IntervalBTree};
///
/// let hour = OrderedFloat::<f64>;
/// let mut busy = IntervalBTree::new();
/// busy.insert(Cut::range(hour(9.0)..hour(10.0))?, "review");
/// busy.insert(Cut::range(hour(10.0)..hour(11.5))?, "interview");
/// busy.insert(Cut::range(hour(13.25)..=hour(14.0))?, "lunch");
///
/// assert_eq!(busy.stab(Cut::at(hour(10.0))).count(), 1, "one begins when the other has ended");
/// assert_eq!(busy.count_overlapping(Cut::at(hour(11.0))..Cut::at(hour(13.25))), 1);
/// let free: Vec<_> = busy.gaps(Cut::range(hour(9.0)..hour(17.0))?).collect();
/// assert_eq!(free, [
///     Cut::range(hour(11.5)..hour(13.25))?,
///     Interval::new(Cut::after(hour(14.0)), Cut::before(hour(17.0))),
/// ]);
/// # use stabtree::Interval;
/// # Ok::<(), stabtree::EmptyRangeError<OrderedFloat<f64>>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut<T> {
    value: T,
    side: Side,
}

/// Where a cut lies, seen from its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    Before,
    At,
    After,
}

impl<T> Cut<T> {
    pub(super) const fn new(value: T, side: Side) -> Self {
        Self { value, side }
    }

    /// Creates the position just before `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Cut;
    ///
    /// assert!(Cut::at(2) < Cut::before(3) && Cut::before(3) < Cut::at(3));
    /// ```
    pub const fn before(value: T) -> Self {
        Self::new(value, Side::Before)
    }

    /// Creates the position at `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Cut;
    ///
    /// assert!(Cut::at("a") < Cut::at("b"));
    /// ```
    pub const fn at(value: T) -> Self {
        Self::new(value, Side::At)
    }

    /// Creates the position just after `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Cut;
    ///
    /// assert!(Cut::at(3) < Cut::after(3) && Cut::after(3) < Cut::before(4));
    /// ```
    pub const fn after(value: T) -> Self {
        Self::new(value, Side::After)
    }

    /// Returns the value that the position is at, before or after.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::Cut::before(3).value(), &3);
    /// ```
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Returns `true` if the position is at its value, neither before nor after.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Cut;
    ///
    /// assert!(Cut::at(3).is_at() && !Cut::before(3).is_at());
    /// ```
    pub const fn is_at(&self) -> bool {
        matches!(self.side, Side::At)
    }
}

#[cfg(feature = "serde")]
impl<T> Cut<T> {
    pub(super) const fn side(&self) -> Side {
        self.side
    }
}

impl<T: Ord + Copy> Cut<T> {
    /// Creates the interval of the values in `range`, which has two ends, each included or not.
    ///
    /// # Errors
    ///
    /// [`EmptyRangeError`] if the range contains no value whatever lies between its ends (it is
    /// inverted, or excludes an end that is its only value), or is unbounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Cut, Interval};
    ///
    /// let morning = Cut::range("08:00".."12:00")?;
    /// assert_eq!(morning, Interval::new(Cut::at("08:00"), Cut::before("12:00")));
    /// assert!(morning.touches(&Cut::range("12:00"..="18:00")?));
    /// assert!(Cut::range("12:00".."08:00").is_err());
    /// assert!(Cut::range("12:00"..).is_err());
    /// # Ok::<(), stabtree::EmptyRangeError<&str>>(())
    /// ```
    pub fn range(range: impl RangeBounds<T>) -> Result<Interval<Self>, EmptyRangeError<T>> {
        let (start, end) = (range.start_bound().cloned(), range.end_bound().cloned());
        let first = match start {
            Bound::Included(start) => Some(Self::at(start)),
            Bound::Excluded(start) => Some(Self::after(start)),
            Bound::Unbounded => None,
        };
        let last = match end {
            Bound::Included(last) => Some(Self::at(last)),
            Bound::Excluded(end) => Some(Self::before(end)),
            Bound::Unbounded => None,
        };
        let ends = first.zip(last);
        let interval = ends.and_then(|(first, last)| Interval::try_new(first, last).ok());
        interval.ok_or(EmptyRangeError::new(start, end))
    }
}

impl<T: Ord + Clone> Discrete for Cut<T> {
    fn succ(&self) -> Option<Self> {
        let side = match self.side {
            Side::Before => Side::At,
            Side::At => Side::After,
            Side::After => return None,
        };
        Some(Self::new(self.value.clone(), side))
    }

    fn pred(&self) -> Option<Self> {
        let side = match self.side {
            Side::Before => return None,
            Side::At => Side::Before,
            Side::After => Side::At,
        };
        Some(Self::new(self.value.clone(), side))
    }
}

impl<T> Interval<Cut<T>> {
    /// Returns the range of values that the interval is made of: what [`Cut::range`] makes it of.
    ///
    /// The interval itself is such a range, too, so it can be handed to whatever takes one; this
    /// is for matching and printing. That of an empty feature contains nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Cut;
    /// use std::ops::Bound::{Excluded, Included};
    /// use std::ops::RangeBounds;
    ///
    /// let hours = Cut::range(9..17)?;
    /// assert_eq!(hours.range(), (Included(&9), Excluded(&17)));
    /// assert!(RangeBounds::contains(&hours, &16) && !RangeBounds::contains(&hours, &17));
    /// # Ok::<(), stabtree::EmptyRangeError<i32>>(())
    /// ```
    pub const fn range(&self) -> (Bound<&T>, Bound<&T>) {
        (lower_bound(self.start()), upper_bound(self.last()))
    }

    /// Returns an object that prints the interval as the range of values that it is: `[9, 17)` where
    /// the interval itself prints `[at 9, before 17]`.
    ///
    /// A bracket is an end that belongs to it, a parenthesis one that does not. The flags of the text
    /// are those of both values.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Cut;
    /// use std::ops::Bound::{Excluded, Included};
    ///
    /// assert_eq!(Cut::range("08:00".."09:30")?.display().to_string(), "[08:00, 09:30)");
    /// let margins = Cut::range((Excluded("a"), Included("f")))?;
    /// assert_eq!(format!("{:?}", margins.display()), r#"("a", "f"]"#);
    /// # Ok::<(), stabtree::EmptyRangeError<&str>>(())
    /// ```
    pub const fn display(&self) -> RangeDisplay<'_, T> {
        RangeDisplay { interval: self }
    }
}

/// An `Interval<Cut<T>>` that prints as the range of values that it is; see
/// [`display`](Interval::display).
#[derive(Clone, Copy)]
pub struct RangeDisplay<'a, T> {
    interval: &'a Interval<Cut<T>>,
}

const fn lower_bound<T>(cut: &Cut<T>) -> Bound<&T> {
    match cut.side {
        Side::Before | Side::At => Bound::Included(&cut.value),
        Side::After => Bound::Excluded(&cut.value),
    }
}

const fn upper_bound<T>(cut: &Cut<T>) -> Bound<&T> {
    match cut.side {
        Side::Before => Bound::Excluded(&cut.value),
        Side::At | Side::After => Bound::Included(&cut.value),
    }
}

impl<T> RangeBounds<T> for Interval<Cut<T>> {
    fn start_bound(&self) -> Bound<&T> {
        lower_bound(self.start())
    }

    fn end_bound(&self) -> Bound<&T> {
        upper_bound(self.last())
    }
}

impl<T> RangeBounds<T> for &Interval<Cut<T>> {
    fn start_bound(&self) -> Bound<&T> {
        lower_bound(self.start())
    }

    fn end_bound(&self) -> Bound<&T> {
        upper_bound(self.last())
    }
}

macro_rules! format_by {
    ($($trait:ident)*) => {$(
        impl<T: fmt::$trait> fmt::$trait for Cut<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self.side {
                    Side::Before => "before ",
                    Side::At => "at ",
                    Side::After => "after ",
                })?;
                self.value.fmt(f)
            }
        }

        impl<T: fmt::$trait> fmt::$trait for RangeDisplay<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (start, last) = (self.interval.start(), self.interval.last());
                f.write_str(if matches!(start.side, Side::After) { "(" } else { "[" })?;
                start.value.fmt(f)?;
                f.write_str(", ")?;
                last.value.fmt(f)?;
                f.write_str(if matches!(last.side, Side::Before) { ")" } else { "]" })
            }
        }
    )*};
}

format_by!(Debug Display LowerHex UpperHex Octal Binary);

#[cfg(test)]
mod tests {
    use super::{Cut, Interval};
    use crate::interval::Discrete;
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use core::ops::Bound::{Excluded, Included, Unbounded};
    use core::ops::RangeBounds;

    /// All positions of the values below `count`, in order.
    fn positions(count: u8) -> Vec<Cut<u8>> {
        (0..count).flat_map(|at| [Cut::before(at), Cut::at(at), Cut::after(at)]).collect()
    }

    #[test]
    fn positions_are_in_order_of_values_then_of_sides() {
        let all = positions(6);
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a:?} and {b:?}");
                assert_eq!(a == b, i == j, "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn steps_stay_with_one_value() {
        for at in 0..6 {
            let sides = [Cut::before(at), Cut::at(at), Cut::after(at)];
            assert_eq!(sides.map(|cut| cut.succ()), [Some(sides[1]), Some(sides[2]), None]);
            assert_eq!(sides.map(|cut| cut.pred()), [None, Some(sides[0]), Some(sides[1])]);
            assert_eq!(sides.map(|cut| *cut.value()), [at; 3]);
            assert_eq!(sides.map(|cut| cut.is_at()), [false, true, false]);
        }
        assert_eq!((Cut::<u8>::MIN, Cut::<u8>::MAX), (None, None));
    }

    /// Every range with ends below 5 becomes an interval that contains the same values and is that
    /// range, or is an error that gives it back.
    #[test]
    fn ranges_become_intervals_and_are_ranges_again() {
        let bounds = || (0..5_u8).flat_map(|at| [Included(at), Excluded(at)]).chain([Unbounded]);
        for range in bounds().flat_map(|start| bounds().map(move |end| (start, end))) {
            let is_unbounded = range.0 == Unbounded || range.1 == Unbounded;
            // Between two values there may always be another one, so there are ten of each here.
            let tenths = (range.0.map(|at| 10 * at), range.1.map(|at| 10 * at));
            match Cut::range(tenths) {
                Ok(interval) => {
                    assert!(!is_unbounded, "{range:?}");
                    assert!((0..=50).any(|at| tenths.contains(&at)), "{range:?}");
                    assert_eq!(interval.range(), (tenths.0.as_ref(), tenths.1.as_ref()));
                    let by_reference = &interval;
                    for at in 0..=50 {
                        let is_in = tenths.contains(&at);
                        assert_eq!(interval.contains(&Cut::at(at)), is_in, "{at} in {range:?}");
                        assert_eq!(RangeBounds::<u8>::contains(&interval, &at), is_in);
                        assert_eq!(RangeBounds::<u8>::contains(&by_reference, &at), is_in);
                    }
                }
                Err(error) => {
                    assert!(is_unbounded || !(0..=50).any(|at| tenths.contains(&at)), "{range:?}");
                    assert_eq!(error.range(), (tenths.0.as_ref(), tenths.1.as_ref()));
                    assert_eq!(error.into_range(), tenths);
                }
            }
        }
    }

    #[test]
    fn half_open_ranges_that_meet_touch_and_do_not_overlap() {
        let range = |range| Cut::range(range).expect("not empty");
        let (first, second) =
            (range((Included(9), Excluded(10))), range((Included(10), Included(11))));
        assert!(first.touches(&second) && second.touches(&first));
        assert!(!first.overlaps(&second));
        assert_eq!(first.union(&second), Some(range((Included(9), Included(11)))));
        let third = range((Excluded(11), Excluded(12)));
        assert!(second.touches(&third) && !second.overlaps(&third));
        assert!(!range((Included(9), Excluded(10))).touches(&range((Excluded(10), Excluded(12)))));
        assert!(range((Included(9), Included(10))).overlaps(&second));
    }

    #[test]
    fn pieces_of_intervals_read_as_ranges() {
        let whole = Cut::range(0..10).expect("not empty");
        let pieces = whole.difference(&Cut::range(3..=5).expect("not empty"));
        let ranges = pieces.map(|piece| piece.map(|piece| format!("{piece:?}")));
        assert_eq!(ranges[0].as_deref(), Some("[at 0, before 3]"));
        assert_eq!(ranges[1].as_deref(), Some("[after 5, before 10]"));
        let around = whole.difference(&Interval::point(Cut::before(4)));
        let ranges = around.map(|piece| piece.map(|piece| format!("{piece}")));
        assert_eq!(
            ranges[0].as_deref(),
            Some("[at 0, before 4]"),
            "it shares an end that is no value"
        );
        assert_eq!(ranges[1].as_deref(), Some("[at 4, before 10]"));
        let parts = whole.split_at(&Cut::at(7)).expect("inside");
        assert_eq!(parts.0, Cut::range(0..7).expect("not empty"));
        assert_eq!(parts.1, Cut::range(7..10).expect("not empty"));
        assert_eq!(whole.split_at(&Cut::before(7)), None, "what comes before it has no last");
    }

    #[test]
    fn ranges_print_which_ends_belong_to_them() {
        for (start, opening) in [(Included(1), '['), (Excluded(1), '(')] {
            for (last, closing) in [(Included(0x1f), ']'), (Excluded(0x1f), ')')] {
                let range = Cut::range((start, last)).expect("not empty");
                assert_eq!(range.display().to_string(), format!("{opening}1, 31{closing}"));
                assert_eq!(format!("{:?}", range.display()), format!("{opening}1, 31{closing}"));
                assert_eq!(
                    format!("{:#04x}", range.display()),
                    format!("{opening}0x01, 0x1f{closing}")
                );
            }
        }
        let empty = Interval::point(Cut::before(5));
        assert_eq!(empty.display().to_string(), "[5, 5)", "it contains nothing");
        assert_eq!(Interval::point(Cut::after(5)).display().to_string(), "(5, 5]");
    }

    #[test]
    fn errors_name_the_range() {
        let text = |range| Cut::<i32>::range(range).expect_err("no interval").to_string();

        assert_eq!(text((Included(5), Excluded(5))), "empty range: 5..5 contains no value");
        assert_eq!(text((Excluded(5), Included(5))), "empty range: 5<..=5 contains no value");
        assert_eq!(text((Included(5), Unbounded)), "unbounded range: 5.. has an open side");
        assert_eq!(text((Unbounded, Included(5))), "unbounded range: ..=5 has an open side");
        assert_eq!(text((Unbounded, Unbounded)), "unbounded range: .. has an open side");
        assert_eq!(format!("{:#x}", Cut::before(0x1000)), "before 0x1000");
    }
}

//! Types whose values can be stepped through, and those whose values can be counted.

#![forbid(unsafe_code)]

use core::net::{Ipv4Addr, Ipv6Addr};
use core::num::NonZero;

/// A type whose values can be stepped through one by one.
///
/// It lets half-open ranges become closed intervals, lets touching intervals (`[0, 4]` and
/// `[5, 9]`) be recognised as joined, and says where a gap begins and ends. All integers implement
/// it, `NonZero` integers, `char` (without the surrogates), `bool`, [`Ipv4Addr`] and [`Ipv6Addr`];
/// [`Cut`](crate::Cut) gives it to ends of any other type.
///
/// # Contract
///
/// - [`succ`](Self::succ) returns the least of the greater values, [`pred`](Self::pred) the
///   greatest of the lesser ones: if `a.succ()` is `Some(b)`, then `b > a`, no value lies between
///   them, and `b.pred()` is `Some(a)`.
/// - `None` says that there is no such value or that it is not known. Two intervals then do not
///   touch at that end; the gap between them ends at it, too, the only case in which a gap shares a
///   value with what is covered.
/// - [`MIN`](Self::MIN) and [`MAX`](Self::MAX) are the least and the greatest of all values, if
///   there are such.
///
/// Where an implementation breaks it, results are wrong; but every iterator ends, nothing panics,
/// and an index stays whole. A `succ` that does not return a greater value counts as `None`, as
/// does a `pred` that does not return a lesser one.
///
/// # Examples
///
/// ```
/// use stabtree::{Discrete, Interval, IntervalBTree};
///
/// assert_eq!(7u8.succ(), Some(8));
/// assert_eq!(u8::MAX.succ(), None);
/// assert_eq!('\u{d7ff}'.succ(), Some('\u{e000}'));
///
/// /// A day by its number.
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// struct Day(i64);
///
/// impl Discrete for Day {
///     fn succ(&self) -> Option<Self> {
///         self.0.checked_add(1).map(Day)
///     }
///
///     fn pred(&self) -> Option<Self> {
///         self.0.checked_sub(1).map(Day)
///     }
/// }
///
/// let mut stays = IntervalBTree::new();
/// stays.insert(Interval::new(Day(3), Day(5)), "Ada");
/// stays.insert(Interval::new(Day(9), Day(9)), "Grace");
/// // `Day` says nothing of MIN and MAX: what is unbounded ends with what is held.
/// assert!(stays.gaps(..).eq([Interval::new(Day(6), Day(8))]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no next value that `stabtree` knows of",
    note = "half-open ranges, gaps, runs and depth need ends that are `Discrete`",
    note = "wrap the ends in `stabtree::Cut`, which takes any order, or implement `Discrete` for a type of your own"
)]
pub trait Discrete: Ord + Clone {
    /// The least value, or `None` if there is none or it is not known: then a query that is
    /// unbounded on that side begins where the first interval held does.
    const MIN: Option<Self> = None;
    /// The greatest value, or `None` if there is none or it is not known: then a query that is
    /// unbounded on that side ends where what is held does.
    const MAX: Option<Self> = None;

    /// Returns the next greater value, or `None` if there is none or it is not known.
    #[must_use]
    fn succ(&self) -> Option<Self>;

    /// Returns the next smaller value, or `None` if there is none or it is not known.
    #[must_use]
    fn pred(&self) -> Option<Self>;

    /// Returns how many calls of [`succ`](Self::succ) lead from `self` up to `later`, or `None` if
    /// that is less than `self`, or if the type does not count ([`Countable`] types do).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Cut, Discrete};
    ///
    /// assert_eq!((-3i8).steps_to(&4), Some(7));
    /// assert_eq!(4i8.steps_to(&-3), None);
    /// assert_eq!(Cut::at(3).steps_to(&Cut::at(4)), None);
    /// ```
    #[must_use]
    fn steps_to(&self, later: &Self) -> Option<u128> {
        let _ = later;
        None
    }
}

/// A [`Discrete`] type whose values are numbered, so that many steps are taken at once.
///
/// Steps are a `u128`; every type implemented here has at most 2^128 values, so none has more steps
/// than that.
///
/// # Contract
///
/// `a.forward(n)` is what *n* calls of [`succ`](Discrete::succ) lead to, `a.backward(n)` what *n*
/// calls of [`pred`](Discrete::pred) do, and [`a.steps_to(&b)`](Discrete::steps_to) is the *n* for
/// which `a.forward(n)` is `Some(b)`: it is `None` only where `b < a`.
///
/// # Examples
///
/// ```
/// use stabtree::Countable;
/// use std::net::Ipv4Addr;
///
/// assert_eq!(200u8.forward(55), Some(255));
/// assert_eq!(200u8.forward(56), None);
/// assert_eq!(Ipv4Addr::new(10, 0, 1, 0).backward(1), Some(Ipv4Addr::new(10, 0, 0, 255)));
/// ```
pub trait Countable: Discrete {
    /// Returns the value that is `steps` greater, or `None` if there is none.
    #[must_use]
    fn forward(&self, steps: u128) -> Option<Self>;

    /// Returns the value that is `steps` smaller, or `None` if there is none.
    #[must_use]
    fn backward(&self, steps: u128) -> Option<Self>;

    /// Returns how far the value lies above a multiple of `divisor`: 0 where it is aligned to it.
    ///
    /// Integers, `NonZero` ones too, are taken by their value, addresses by their bits; other types
    /// by the steps from [`MIN`](Discrete::MIN), or as 0 if they have none.
    ///
    /// # Panics
    ///
    /// Panics if `divisor` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::Countable;
    ///
    /// assert_eq!(0x1234u64.remainder(0x1000), 0x234);
    /// assert_eq!((-1i32).remainder(8), 7, "-1 lies 7 above -8");
    /// ```
    #[must_use]
    fn remainder(&self, divisor: u128) -> u128 {
        Self::MIN.and_then(|min| min.steps_to(self)).unwrap_or_default() % divisor
    }
}

/// The value after `at`, if it is known; an answer that is not greater counts as none.
#[inline]
pub(crate) fn succ<T: Discrete>(at: &T) -> Option<T> {
    at.succ().filter(|next| next > at)
}

/// The value before `at`, if it is known; an answer that is not smaller counts as none.
#[inline]
pub(crate) fn pred<T: Discrete>(at: &T) -> Option<T> {
    at.pred().filter(|previous| previous < at)
}

/// Where something begins that follows `at`: at `at` itself if what follows it is not known.
///
/// It is only asked where a greater value is known to exist.
#[inline]
pub(crate) fn after<T: Discrete>(at: &T) -> T {
    succ(at).unwrap_or_else(|| at.clone())
}

/// Where something ends that `at` follows: at `at` itself if what precedes it is not known.
///
/// It is only asked where a smaller value is known to exist.
#[inline]
pub(crate) fn before<T: Discrete>(at: &T) -> T {
    pred(at).unwrap_or_else(|| at.clone())
}

/// Steps of an integer type; `$forward` and `$backward` take as many as its unsigned sibling holds.
macro_rules! discrete_integers {
    ($($int:ty)*, $forward:ident, $backward:ident) => {$(
        impl Discrete for $int {
            const MIN: Option<Self> = Some(<$int>::MIN);
            const MAX: Option<Self> = Some(<$int>::MAX);

            #[inline]
            fn succ(&self) -> Option<Self> {
                self.checked_add(1)
            }

            #[inline]
            fn pred(&self) -> Option<Self> {
                self.checked_sub(1)
            }

            #[inline]
            #[allow(clippy::cast_lossless, reason = "`usize` does not convert otherwise")]
            fn steps_to(&self, later: &Self) -> Option<u128> {
                (self <= later).then(|| later.abs_diff(*self) as u128)
            }
        }

        impl Countable for $int {
            #[inline]
            fn forward(&self, steps: u128) -> Option<Self> {
                self.$forward(steps.try_into().ok()?)
            }

            #[inline]
            fn backward(&self, steps: u128) -> Option<Self> {
                self.$backward(steps.try_into().ok()?)
            }

            #[inline]
            fn remainder(&self, divisor: u128) -> u128 {
                let zero = <$int>::default();
                match zero.steps_to(self) {
                    Some(above) => above % divisor,
                    None => (divisor - self.steps_to(&zero).unwrap_or_default() % divisor) % divisor,
                }
            }
        }

        /// Steps over 0, which is no value.
        impl Discrete for NonZero<$int> {
            const MIN: Option<Self> = Some(Self::MIN);
            const MAX: Option<Self> = Some(Self::MAX);

            #[inline]
            fn succ(&self) -> Option<Self> {
                let next = self.get().checked_add(1)?;
                Self::new(next).or_else(|| Self::new(next.checked_add(1)?))
            }

            #[inline]
            fn pred(&self) -> Option<Self> {
                let previous = self.get().checked_sub(1)?;
                Self::new(previous).or_else(|| Self::new(previous.checked_sub(1)?))
            }

            fn steps_to(&self, later: &Self) -> Option<u128> {
                let steps = self.get().steps_to(&later.get())?;
                Some(if are_around_zero(self.get(), later.get()) { steps - 1 } else { steps })
            }
        }

        impl Countable for NonZero<$int> {
            fn forward(&self, steps: u128) -> Option<Self> {
                let to = self.get().forward(steps)?;
                Self::new(if are_around_zero(self.get(), to) { to.succ()? } else { to })
            }

            fn backward(&self, steps: u128) -> Option<Self> {
                let to = self.get().backward(steps)?;
                Self::new(if are_around_zero(to, self.get()) { to.pred()? } else { to })
            }

            fn remainder(&self, divisor: u128) -> u128 {
                self.get().remainder(divisor)
            }
        }
    )*};
}

discrete_integers!(u8 u16 u32 u64 u128 usize, checked_add, checked_sub);
discrete_integers!(i8 i16 i32 i64 i128 isize, checked_add_unsigned, checked_sub_unsigned);

/// Returns `true` if 0 lies from `low` to `high`, of which at most one is 0.
fn are_around_zero<T: Ord + Copy + Default>(low: T, high: T) -> bool {
    low <= T::default() && T::default() <= high
}

/// Discrete by its place in the order of all its values, which is a number.
macro_rules! discrete_by_number {
    ($type:ty, from $least:expr, to $greatest:expr, $to_number:expr, $from_number:expr) => {
        impl Discrete for $type {
            const MIN: Option<Self> = Some($least);
            const MAX: Option<Self> = Some($greatest);

            #[inline]
            fn succ(&self) -> Option<Self> {
                $from_number($to_number(*self).succ()?)
            }

            #[inline]
            fn pred(&self) -> Option<Self> {
                $from_number($to_number(*self).pred()?)
            }

            #[inline]
            fn steps_to(&self, later: &Self) -> Option<u128> {
                $to_number(*self).steps_to(&$to_number(*later))
            }
        }

        impl Countable for $type {
            #[inline]
            fn forward(&self, steps: u128) -> Option<Self> {
                $from_number($to_number(*self).forward(steps)?)
            }

            #[inline]
            fn backward(&self, steps: u128) -> Option<Self> {
                $from_number($to_number(*self).backward(steps)?)
            }
        }
    };
}

discrete_by_number!(bool, from false, to true, u8::from, bool_of);
discrete_by_number!(char, from char::MIN, to char::MAX, number_of_char, char_of);
discrete_by_number!(
    Ipv4Addr,
    from Ipv4Addr::UNSPECIFIED,
    to Ipv4Addr::BROADCAST,
    Ipv4Addr::to_bits,
    |bits| Some(Ipv4Addr::from_bits(bits))
);
discrete_by_number!(
    Ipv6Addr,
    from Ipv6Addr::UNSPECIFIED,
    to Ipv6Addr::from_bits(u128::MAX),
    Ipv6Addr::to_bits,
    |bits| Some(Ipv6Addr::from_bits(bits))
);

const fn bool_of(number: u8) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// Where the surrogates, which are no `char`, begin, and how many there are.
const SURROGATES: (u32, u32) = (0xd800, 0x800);

const fn number_of_char(at: char) -> u32 {
    let code = at as u32;
    if code < SURROGATES.0 { code } else { code - SURROGATES.1 }
}

fn char_of(number: u32) -> Option<char> {
    let code = if number < SURROGATES.0 { Some(number) } else { number.checked_add(SURROGATES.1) };
    code.and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::{Countable, Discrete, Ipv4Addr, Ipv6Addr, NonZero};
    use alloc::vec::Vec;
    use core::fmt::Debug;

    /// Steps between values listed in order, all there are between the first and the last.
    fn steps<T: Countable + Debug>(values: &[T]) {
        for (i, a) in values.iter().enumerate() {
            assert_eq!(a.succ(), values.get(i + 1).cloned(), "after {a:?}");
            let previous = i.checked_sub(1).map(|i| values[i].clone());
            assert_eq!(a.pred(), previous, "before {a:?}");
        }
        let far = [u128::MAX, 1 << 64, 1 << 40];
        for (i, a) in values.iter().enumerate().step_by(values.len() / 16 + 1) {
            for (j, b) in values.iter().enumerate() {
                let count = j.checked_sub(i).map(|steps| steps as u128);
                assert_eq!(a.steps_to(b), count, "{a:?} to {b:?}");
                let (up, down) = (values.get(i + j).cloned(), i.checked_sub(j));
                assert_eq!(a.forward(j as u128), up, "{a:?} + {j}");
                assert_eq!(a.backward(j as u128), down.map(|at| values[at].clone()), "{a:?} - {j}");
            }
            assert!(far.iter().all(|steps| a.forward(*steps).is_none()), "{a:?}");
            assert!(far.iter().all(|steps| a.backward(*steps).is_none()), "{a:?}");
        }
        assert_eq!(T::MIN.as_ref(), values.first());
        assert_eq!(T::MAX.as_ref(), values.last());
    }

    #[test]
    fn steps_through_all_values_of_small_types() {
        steps(&[false, true]);
        steps(&(0..=u8::MAX).collect::<Vec<_>>());
        steps(&(i8::MIN..=i8::MAX).collect::<Vec<_>>());
        steps(&(0..=u8::MAX).filter_map(NonZero::new).collect::<Vec<_>>());
        steps(&(i8::MIN..=i8::MAX).filter_map(NonZero::new).collect::<Vec<_>>());
        if !cfg!(miri) {
            steps(&(i16::MIN..=i16::MAX).filter_map(NonZero::new).collect::<Vec<_>>());
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "a million values")]
    fn chars_step_over_the_surrogates() {
        let all: Vec<char> = ('\0'..=char::MAX).collect();
        assert!(all.windows(2).all(|pair| pair[0].succ() == Some(pair[1])));
        assert!(all.windows(2).all(|pair| pair[1].pred() == Some(pair[0])));
        assert!(all.iter().zip(0..).all(|(at, number)| '\0'.steps_to(at) == Some(number)));
        assert!(all.iter().zip(0..).all(|(at, number)| at.backward(number) == Some('\0')));
        assert!(all.iter().zip(0..).all(|(at, number)| '\0'.forward(number) == Some(*at)));
        assert_eq!((char::MAX.succ(), '\0'.pred()), (None, None));
        assert_eq!('a'.forward(all.len() as u128), None);
        assert_eq!('a'.forward(u128::from(u32::MAX)), None, "the code overflows nothing");
        assert_eq!(
            (<char as Discrete>::MIN, <char as Discrete>::MAX),
            (Some('\0'), Some(char::MAX))
        );
    }

    #[test]
    fn ends_of_wide_types() {
        /// From the least to the greatest value, and across the middle.
        macro_rules! ends {
            ($($type:ty: $steps:expr),*) => {$(
                let (Some(min), Some(max)) = (<$type as Discrete>::MIN, <$type as Discrete>::MAX)
                else { panic!("{} has both", stringify!($type)) };
                assert_eq!((min, max), (<$type>::MIN, <$type>::MAX));
                assert_eq!((min.pred(), max.succ()), (None, None));
                assert_eq!(min.steps_to(&max), Some($steps));
                assert_eq!((min.forward($steps), max.backward($steps)), (Some(max), Some(min)));
                let beyond = u128::checked_add($steps, 1);
                assert_eq!(beyond.and_then(|steps| min.forward(steps)), None);
                assert_eq!(beyond.and_then(|steps| max.backward(steps)), None);
                assert_eq!(min.succ().and_then(|next| next.pred()), Some(min));
                assert_eq!(max.pred().and_then(|previous| previous.succ()), Some(max));
            )*};
        }
        let all_of_32 = u128::from(u32::MAX);
        ends!(
            u16: 0xffff, i16: 0xffff, u32: all_of_32, i32: all_of_32, u64: u128::from(u64::MAX),
            i64: u128::from(u64::MAX), u128: u128::MAX, i128: u128::MAX, NonZero<u32>: all_of_32 - 1,
            NonZero<i64>: u128::from(u64::MAX) - 1, NonZero<u128>: u128::MAX - 1,
            NonZero<i128>: u128::MAX - 1, usize: usize::MAX as u128, isize: usize::MAX as u128
        );
        assert_eq!((-1_i64).steps_to(&i64::MAX), Some(1 << 63));
    }

    #[test]
    fn remainders_are_those_of_the_values() {
        for divisor in [1, 2, 3, 7, 8, 64, 128, 255, 256, 1 << 64, u128::MAX] {
            for at in i8::MIN..=i8::MAX {
                let wide = i128::from(at);
                let expected = match i128::try_from(divisor) {
                    Ok(divisor) => wide.rem_euclid(divisor).cast_unsigned(),
                    Err(_) if at < 0 => divisor - wide.unsigned_abs(),
                    Err(_) => wide.cast_unsigned(),
                };
                assert_eq!(at.remainder(divisor), expected, "{at} by {divisor}");
                assert_eq!(wide.remainder(divisor), expected, "{at} by {divisor}");
                assert!(NonZero::new(at).is_none_or(|at| at.remainder(divisor) == expected));
            }
            for at in 0..=u8::MAX {
                let expected = u128::from(at) % divisor;
                assert_eq!(at.remainder(divisor), expected, "{at} by {divisor}");
                assert!(NonZero::new(at).is_none_or(|at| at.remainder(divisor) == expected));
                assert_eq!(char::from(at).remainder(divisor), expected);
                assert_eq!(Ipv4Addr::from_bits(at.into()).remainder(divisor), expected);
            }
        }
        assert_eq!(i128::MIN.remainder(1 << 127), 0);
        assert_eq!(i128::MIN.remainder(u128::MAX), (1 << 127) - 1);
        assert_eq!(u128::MAX.remainder(u128::MAX), 0);
        assert_eq!(Ipv6Addr::from_bits(u128::MAX).remainder(1 << 64), (1 << 64) - 1);
    }

    #[test]
    fn addresses_step_as_their_bits_do() {
        let v4 = |bits| Ipv4Addr::from_bits(bits);
        assert_eq!(v4(0x0a00_00ff).succ(), Some(Ipv4Addr::new(10, 0, 1, 0)));
        assert_eq!(Ipv4Addr::new(10, 0, 1, 0).pred(), Some(v4(0x0a00_00ff)));
        assert_eq!((v4(u32::MAX).succ(), v4(0).pred()), (None, None));
        assert_eq!((Ipv4Addr::MIN, Ipv4Addr::MAX), (Some(v4(0)), Some(v4(u32::MAX))));
        assert_eq!(v4(0).steps_to(&v4(u32::MAX)), Some(u128::from(u32::MAX)));

        let v6 = |bits| Ipv6Addr::from_bits(bits);
        assert_eq!(v6(0xffff).succ(), Some(Ipv6Addr::new(0, 0, 0, 0, 0, 0, 1, 0)));
        assert_eq!((v6(u128::MAX).succ(), v6(0).pred()), (None, None));
        assert_eq!((Ipv6Addr::MIN, Ipv6Addr::MAX), (Some(v6(0)), Some(v6(u128::MAX))));
        assert_eq!(v6(0).forward(u128::MAX), Some(v6(u128::MAX)));
        assert_eq!(v6(9).forward(u128::MAX), None);
    }
}

/// A type whose values can be stepped through one by one.
///
/// The integers implement it. It lets half-open ranges become closed intervals and lets touching
/// intervals (`[0, 4]` and `[5, 9]`) be recognised as joined.
///
/// # Examples
///
/// ```
/// use stabtree::Discrete;
///
/// assert_eq!(7u8.succ(), Some(8));
/// assert_eq!(u8::MAX.succ(), None);
/// assert_eq!(<u8 as Discrete>::MIN.pred(), None);
/// ```
pub trait Discrete: Ord + Clone {
    /// The smallest value.
    const MIN: Self;
    /// The greatest value.
    const MAX: Self;

    /// Returns the next greater value, or `None` at [`MAX`](Self::MAX).
    #[must_use]
    fn succ(&self) -> Option<Self>;

    /// Returns the next smaller value, or `None` at [`MIN`](Self::MIN).
    #[must_use]
    fn pred(&self) -> Option<Self>;
}

macro_rules! discrete_integers {
    ($($int:ty)*) => {$(
        impl Discrete for $int {
            const MIN: Self = <$int>::MIN;
            const MAX: Self = <$int>::MAX;

            fn succ(&self) -> Option<Self> {
                self.checked_add(1)
            }

            fn pred(&self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )*};
}

discrete_integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

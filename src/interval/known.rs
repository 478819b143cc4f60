//! A value of a generic type seen as what it is, where that is a certain type.

#![expect(unsafe_code, reason = "sees a value as what it is, once its type is known")]
#![expect(clippy::inline_always, reason = "decided by the compiler, and nothing is left of it")]

use core::any::TypeId;
use core::marker::PhantomData;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::{mem, ptr};

/// The id of a type, lifetimes apart: all that it borrows counts as `'static`.
#[inline(always)]
fn type_id<T>() -> TypeId {
    trait Id {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }

    impl<T> Id for PhantomData<T> {
        #[inline(always)]
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }

    let of: &dyn Id = &PhantomData::<T>;
    // SAFETY: both are references to the same trait object; only the lifetime that its hidden type
    // is said to outlive differs. `id`, the one method there is, reads nothing of a `PhantomData`
    // that has nothing, and what it returns borrows nothing.
    unsafe { mem::transmute::<&dyn Id, &(dyn Id + 'static)>(of) }.id()
}

/// Returns `true` if `T` may be `U`, by the layout of both. In a `const` block it spares an unoptimised
/// build the code for all types that `T` is not.
pub(crate) const fn may_be<T, U>() -> bool {
    size_of::<T>() == size_of::<U>() && align_of::<T>() == align_of::<U>()
}

/// Returns `true` if `T`, by its layout, has no more fields to compare than a number and what goes with it,
/// as [`Cut`](super::Cut) has, or may be an IP address. To compare a whole node of these at once costs less
/// than to compare some of it one by one; for other types it is the reverse.
pub(crate) const fn compares_cheaply<T>() -> bool {
    size_of::<T>() <= 2 * align_of::<T>() || may_be::<T, Ipv4Addr>() || may_be::<T, Ipv6Addr>()
}

/// Returns the value as one of type `U`, if that is its type.
///
/// `U` has no lifetimes, so no other type has its id.
#[inline(always)]
pub(crate) fn as_type<T, U: Copy + 'static>(value: &T) -> Option<&U> {
    // The layouts are compared first, so that unoptimised code does not ask for most ids.
    let is_same = may_be::<T, U>() && type_id::<T>() == TypeId::of::<U>();
    // SAFETY: `T` is `U`, as its id says; the reference lives as long as that it is made of.
    is_same.then(|| unsafe { &*ptr::from_ref(value).cast::<U>() })
}

/// As [`as_type`], to be changed.
#[inline(always)]
fn as_type_mut<T, U: Copy + 'static>(value: &mut T) -> Option<&mut U> {
    as_type::<T, U>(value)?;
    // SAFETY: `T` is `U`, as was just found; the reference lives as long as that it is made of.
    Some(unsafe { &mut *ptr::from_mut(value).cast::<U>() })
}

/// Calls a macro with all integers of `core`.
macro_rules! for_integers {
    ($macro:ident) => {
        $macro! { u64 u32 usize i64 i32 u8 u16 u128 i8 i16 i128 isize }
    };
}

/// Returns `true` if `T` is an integer. Optimising compilers know it.
#[inline(always)]
pub(crate) fn is_integer<T>() -> bool {
    macro_rules! is_one_of {
        ($($Integer:ty)*) => {
            false $(|| const { may_be::<T, $Integer>() } && type_id::<T>() == TypeId::of::<$Integer>())*
        };
    }
    for_integers!(is_one_of)
}

/// Adds 1 or -1 to an integer, if it is one, and another one is greater or less.
#[inline(always)]
pub(crate) fn step_integer<T>(value: &mut T, by: i8) -> Option<()> {
    macro_rules! step {
        ($($Integer:ty)*) => {$(
            if const { may_be::<T, $Integer>() }
                && let Some(value) = as_type_mut::<T, $Integer>(value)
            {
                *value = if by > 0 { value.checked_add(1)? } else { value.checked_sub(1)? };
                return Some(());
            }
        )*};
    }
    for_integers!(step);
    None
}

#[cfg(test)]
mod tests {
    use super::{as_type, is_integer, step_integer};

    #[test]
    fn a_value_is_seen_as_its_own_type_only() {
        assert_eq!(as_type::<u32, u32>(&7), Some(&7));
        assert_eq!(as_type::<u32, i32>(&7), None);
        assert_eq!(as_type::<[u8; 4], u32>(&[7; 4]), None);
        assert_eq!(as_type::<[u16; 3], [u16; 3]>(&[7; 3]), Some(&[7; 3]));
        assert_eq!(as_type::<&u8, usize>(&&7), None);
    }

    #[test]
    fn integers_are_stepped() {
        let mut value = 254_u8;
        assert_eq!((step_integer(&mut value, 1), value), (Some(()), 255));
        assert_eq!((step_integer(&mut value, 1), value), (None, 255));
        let mut value = i128::MIN + 1;
        assert_eq!((step_integer(&mut value, -1), value), (Some(()), i128::MIN));
        assert_eq!((step_integer(&mut value, -1), value), (None, i128::MIN));
        assert_eq!(step_integer(&mut 'a', 1), None);
        assert!(is_integer::<usize>() && !is_integer::<char>() && !is_integer::<&u64>());
    }
}

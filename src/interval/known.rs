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

#[cfg(test)]
mod tests {
    use super::as_type;

    #[test]
    fn a_value_is_seen_as_its_own_type_only() {
        assert_eq!(as_type::<u32, u32>(&7), Some(&7));
        assert_eq!(as_type::<u32, i32>(&7), None);
        assert_eq!(as_type::<[u8; 4], u32>(&[7; 4]), None);
        assert_eq!(as_type::<[u16; 3], [u16; 3]>(&[7; 3]), Some(&[7; 3]));
        assert_eq!(as_type::<&u8, usize>(&&7), None);
    }
}

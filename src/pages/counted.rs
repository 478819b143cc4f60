//! A counted reference to an item, made where memory may be exhausted.
//!
//! It is `Arc` without weak references, whose construction says that memory is exhausted instead of
//! ending the program.

#![expect(unsafe_code, reason = "an item with several owners")]

use alloc::boxed::Box;
use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

struct Allocation<X> {
    /// Number of references. (C1) Each of them keeps the allocation alive.
    count: AtomicUsize,
    item: X,
}

pub(crate) struct Counted<X> {
    allocation: NonNull<Allocation<X>>,
    owns: PhantomData<Allocation<X>>,
}

// SAFETY: as for `Arc`: references may lie in several threads, and any of them may drop the item.
unsafe impl<X: Send + Sync> Send for Counted<X> {}
// SAFETY: the same; a shared reference can be cloned.
unsafe impl<X: Send + Sync> Sync for Counted<X> {}

impl<X> Counted<X> {
    /// The only reference to a new allocation.
    pub(crate) fn try_new(item: X) -> Result<Self, TryReserveError> {
        Self::try_new_with(move || item)
    }

    /// As [`try_new`](Self::try_new), of an item that is made once there is memory for it.
    pub(crate) fn try_new_with(item: impl FnOnce() -> X) -> Result<Self, TryReserveError> {
        let mut memory = Vec::<MaybeUninit<Allocation<X>>>::new();
        memory.try_reserve_exact(1)?;
        // SAFETY: the memory was just reserved, and what is not initialised is a `MaybeUninit`.
        unsafe { memory.set_len(1) };
        let allocation = Box::into_raw(memory.into_boxed_slice()).cast::<Allocation<X>>();
        let allocation = NonNull::new(allocation).expect("a box is not null");
        let item = Allocation { count: AtomicUsize::new(1), item: item() };
        // SAFETY: the allocation is that of the box, and borrowed by nobody.
        unsafe { allocation.write(item) };
        Ok(Self { allocation, owns: PhantomData })
    }

    #[inline]
    fn allocation(&self) -> &Allocation<X> {
        // SAFETY: this reference keeps it alive (C1).
        unsafe { self.allocation.as_ref() }
    }

    /// Whether there is no other reference.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        // What others did with the item before they dropped their references comes before what the
        // caller does with it.
        self.allocation().count.load(Ordering::Acquire) == 1
    }

    /// Whether both refer to the same item.
    #[cfg(target_has_atomic = "ptr")]
    #[inline]
    pub(crate) fn is_same(left: &Self, right: &Self) -> bool {
        left.allocation == right.allocation
    }

    /// Borrows the item mutably if there is no other reference to it.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut X> {
        if !self.is_unique() {
            return None;
        }
        // SAFETY: this is the only reference and borrowed exclusively, so no other can come to be.
        Some(unsafe { &mut self.allocation.as_mut().item })
    }
}

impl<X> Deref for Counted<X> {
    type Target = X;

    #[inline]
    fn deref(&self) -> &X {
        &self.allocation().item
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<X> Clone for Counted<X> {
    #[inline]
    fn clone(&self) -> Self {
        let count = &self.allocation().count;
        if count.fetch_add(1, Ordering::Relaxed) >= usize::MAX / 2 {
            count.fetch_sub(1, Ordering::Relaxed);
            panic!("too many snapshots");
        }
        Self { allocation: self.allocation, owns: PhantomData }
    }
}

impl<X> Drop for Counted<X> {
    #[inline]
    fn drop(&mut self) {
        #[cfg(target_has_atomic = "ptr")]
        if self.allocation().count.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        // All that others did with the item comes before it is dropped.
        let _ = self.allocation().count.load(Ordering::Acquire);
        let allocation = ptr::slice_from_raw_parts_mut(self.allocation.as_ptr(), 1);
        // SAFETY: it came from a box of a slice of one, and this was the last reference to it (C1).
        drop(unsafe { Box::from_raw(allocation) });
    }
}

#[cfg(test)]
mod tests {
    use alloc::rc::Rc;

    use super::Counted;

    #[test]
    fn an_item_lives_as_long_as_a_reference() {
        let item = Rc::new(());
        let mut first = Counted::try_new(Rc::clone(&item)).unwrap();
        assert!(first.is_unique() && first.get_mut().is_some());
        let second = first.clone();
        assert!(!first.is_unique() && first.get_mut().is_none());
        assert_eq!(Rc::strong_count(&second), 2);
        drop(first);
        assert!(second.is_unique());
        drop(second);
        assert_eq!(Rc::strong_count(&item), 1);
    }
}

//! A counted reference to an item, made where memory may be exhausted.
//!
//! It is `Arc` without weak references, whose construction says that memory is exhausted instead of
//! ending the program.

#![expect(unsafe_code, reason = "an item with several owners")]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

/// What lies before an item, whatever it is.
struct Head {
    /// Number of references. (C1) Each of them keeps the allocation alive.
    count: AtomicUsize,
    /// (C2) Drops the item that follows.
    drop_item: unsafe fn(NonNull<Head>),
    /// (C3) Words of memory of the vector that this allocation was.
    words: usize,
}

#[repr(C)]
struct Allocation<X> {
    head: Head,
    item: X,
}

/// A counted reference to an item of a type that only those know who made it: what counts, keeps and drops
/// such references is compiled once.
pub(crate) struct AnyCounted {
    head: NonNull<Head>,
}

#[repr(transparent)]
pub(crate) struct Counted<X> {
    /// (C4) To an [`Allocation`] of `X`.
    any: AnyCounted,
    owns: PhantomData<Allocation<X>>,
}

// SAFETY: as for `Arc`: references may lie in several threads, and any of them may drop the item.
unsafe impl<X: Send + Sync> Send for Counted<X> {}
// SAFETY: the same; a shared reference can be cloned.
unsafe impl<X: Send + Sync> Sync for Counted<X> {}

/// The memory of an item that is dropped, freed also if its destructor panics.
struct Memory(NonNull<Head>, usize);

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it was the memory of a vector of so many words (C3), none of which needs to be dropped.
        drop(unsafe { Vec::<usize>::from_raw_parts(self.0.as_ptr().cast(), 0, self.1) });
    }
}

/// Memory with one reference to what is to be written after the head.
#[inline(never)]
fn try_allocate(
    words: usize,
    drop_item: unsafe fn(NonNull<Head>),
) -> Result<NonNull<Head>, TryReserveError> {
    let mut memory = Vec::<usize>::new();
    memory.try_reserve_exact(words)?;
    let mut memory = ManuallyDrop::new(memory);
    let head = NonNull::new(memory.as_mut_ptr().cast::<Head>()).expect("a vector is not null");
    let words = memory.capacity();
    // SAFETY: the head is the first part of an allocation of as many words, aligned for words.
    unsafe { head.write(Head { count: AtomicUsize::new(1), drop_item, words }) };
    Ok(head)
}

/// Drops the item of an allocation.
///
/// # Safety
///
/// It is an allocation of `X`, and nobody comes to the item any more.
unsafe fn drop_item<X>(head: NonNull<Head>) {
    // SAFETY: as the caller promises.
    unsafe { ptr::drop_in_place(ptr::addr_of_mut!((*head.as_ptr().cast::<Allocation<X>>()).item)) };
}

impl AnyCounted {
    #[inline]
    fn count(&self) -> &AtomicUsize {
        // SAFETY: this reference keeps the allocation alive (C1), and of the head only the count is written.
        unsafe { &(*self.head.as_ptr()).count }
    }

    /// Whether there is no other reference.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        // What others did with the item before they dropped their references comes before what the
        // caller does with it.
        self.count().load(Ordering::Acquire) == 1
    }

    /// Whether both refer to the same item.
    #[cfg(target_has_atomic = "ptr")]
    #[inline]
    fn is_same(left: &Self, right: &Self) -> bool {
        left.head == right.head
    }

    /// The reference to an item of a known type.
    ///
    /// # Safety
    ///
    /// The item is an `X`.
    #[inline]
    pub(crate) unsafe fn of_mut<X>(&mut self) -> &mut Counted<X> {
        // SAFETY: as the caller promises (C4); a reference to an item of a known type is the same.
        unsafe { &mut *ptr::from_mut(self).cast() }
    }
}

#[cfg(target_has_atomic = "ptr")]
impl Clone for AnyCounted {
    fn clone(&self) -> Self {
        if self.count().fetch_add(1, Ordering::Relaxed) >= usize::MAX / 2 {
            self.count().fetch_sub(1, Ordering::Relaxed);
            panic!("too many snapshots");
        }
        Self { head: self.head }
    }
}

impl Drop for AnyCounted {
    fn drop(&mut self) {
        #[cfg(target_has_atomic = "ptr")]
        if self.count().fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        // All that others did with the item comes before it is dropped.
        let _ = self.count().load(Ordering::Acquire);
        // SAFETY: this was the last reference to the allocation (C1).
        let Head { drop_item, words, .. } = unsafe { &*self.head.as_ptr() };
        let _memory = Memory(self.head, *words);
        // SAFETY: the item is of the type that this function is for (C2), and nobody comes to it any more.
        unsafe { drop_item(self.head) };
    }
}

impl<X> Counted<X> {
    /// The only reference to a new allocation.
    pub(crate) fn try_new(item: X) -> Result<Self, TryReserveError> {
        Self::try_new_with(move || item)
    }

    /// As [`try_new`](Self::try_new), of an item that is made once there is memory for it.
    pub(crate) fn try_new_with(item: impl FnOnce() -> X) -> Result<Self, TryReserveError> {
        const { assert!(align_of::<Allocation<X>>() == align_of::<usize>(), "memory of words") };
        let words = size_of::<Allocation<X>>().div_ceil(size_of::<usize>());
        let head = try_allocate(words, drop_item::<X>)?;
        let allocation = head.cast::<Allocation<X>>();
        let item = item();
        // SAFETY: the allocation is as large as is asked, and borrowed by nobody.
        unsafe { ptr::addr_of_mut!((*allocation.as_ptr()).item).write(item) };
        Ok(Self { any: AnyCounted { head }, owns: PhantomData })
    }

    /// The same reference, by those who know the type of the item.
    pub(crate) fn into_any(self) -> AnyCounted {
        self.any
    }

    /// Whether there is no other reference.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        self.any.is_unique()
    }

    /// Whether both refer to the same item.
    #[cfg(target_has_atomic = "ptr")]
    #[inline]
    pub(crate) fn is_same(left: &Self, right: &Self) -> bool {
        AnyCounted::is_same(&left.any, &right.any)
    }

    /// Borrows the item mutably if there is no other reference to it.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut X> {
        if !self.is_unique() {
            return None;
        }
        // SAFETY: an allocation of `X` (C4). This is the only reference and borrowed exclusively, so no
        // other can come to be.
        Some(unsafe { &mut (*self.any.head.as_ptr().cast::<Allocation<X>>()).item })
    }
}

impl<X> Deref for Counted<X> {
    type Target = X;

    #[inline]
    fn deref(&self) -> &X {
        // SAFETY: an allocation of `X` (C4), which this reference keeps alive (C1).
        unsafe { &(*self.any.head.as_ptr().cast::<Allocation<X>>()).item }
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<X> Clone for Counted<X> {
    #[inline]
    fn clone(&self) -> Self {
        Self { any: self.any.clone(), owns: PhantomData }
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

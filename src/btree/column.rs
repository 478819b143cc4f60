//! The values of a leaf.
//!
//! They are of any type and their number changes, so part of the array holds none; everything
//! inside a leaf moves in loops of fixed length, which compilers turn into vector instructions,
//! and a loop over what is and is not there cannot be told in safe code.

#![expect(unsafe_code, reason = "an array filled from the front, with the proofs below")]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::fmt;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::ptr;

use super::node::LEAF;

/// Values that are larger move one after the other, and only those that must.
const SMALL: usize = 16;

/// At most [`LEAF`] values. (C1) The first `len` items are initialised, and `len <= LEAF`.
pub(super) struct Column<V> {
    items: [MaybeUninit<V>; LEAF],
    len: usize,
}

impl<V> Column<V> {
    pub(super) const fn new() -> Self {
        Self { items: [const { MaybeUninit::uninit() }; LEAF], len: 0 }
    }

    /// Puts a value behind the others.
    ///
    /// # Panics
    ///
    /// Panics if there is no room.
    #[inline(always)]
    pub(super) fn push(&mut self, value: V) {
        self.items[self.len].write(value);
        self.len += 1;
    }

    /// Puts a value at `pos`, and those from there on one further.
    ///
    /// # Panics
    ///
    /// Panics if there is no room, or `pos` lies behind the end.
    #[inline(always)]
    pub(super) fn insert(&mut self, pos: usize, value: V) {
        assert!(pos <= self.len && self.len < LEAF, "a place and room for it");
        let items = self.items.as_mut_ptr();
        if size_of::<V>() <= SMALL {
            for i in (1..LEAF).rev() {
                // SAFETY: both places lie inside the array, of which `i` is written and never read
                // again. What is moved need not be initialised; no value is left twice below the
                // new length but the one at `pos`, which is overwritten and not dropped.
                unsafe {
                    let (before, same) = (ptr::read(items.add(i - 1)), ptr::read(items.add(i)));
                    ptr::write(items.add(i), if i > pos { before } else { same });
                }
            }
        } else {
            // SAFETY: `pos <= len < LEAF`, so both ranges lie inside the array.
            unsafe { ptr::copy(items.add(pos), items.add(pos + 1), self.len - pos) };
        }
        self.items[pos].write(value);
        self.len += 1;
    }

    /// Takes the value at `pos` out, and puts those behind it one back.
    ///
    /// # Panics
    ///
    /// Panics if there is none.
    #[inline(always)]
    pub(super) fn remove(&mut self, pos: usize) -> V {
        assert!(pos < self.len, "a value to remove");
        // SAFETY: (C1); its place is overwritten, or lies behind the new length.
        let value = unsafe { self.items[pos].assume_init_read() };
        let items = self.items.as_mut_ptr();
        if size_of::<V>() <= SMALL {
            for i in 0..LEAF - 1 {
                // SAFETY: as in `insert`: both places lie inside the array, none is left twice.
                unsafe {
                    let (same, behind) = (ptr::read(items.add(i)), ptr::read(items.add(i + 1)));
                    ptr::write(items.add(i), if i >= pos { behind } else { same });
                }
            }
        } else {
            // SAFETY: `pos < len <= LEAF`, so both ranges lie inside the array.
            unsafe { ptr::copy(items.add(pos + 1), items.add(pos), self.len - pos - 1) };
        }
        self.len -= 1;
        value
    }

    /// Takes the last value out.
    pub(super) fn pop(&mut self) -> Option<V> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: (C1); it lies behind the new length.
        Some(unsafe { self.items[self.len].assume_init_read() })
    }

    /// Moves values between two neighbours until the left one holds `target`.
    ///
    /// # Panics
    ///
    /// Panics if there are not so many, or either has no room.
    pub(super) fn shift(left: &mut Self, right: &mut Self, target: usize) {
        let (l, r) = (left.len, right.len);
        let rest = (l + r).checked_sub(target).expect("as many values");
        assert!(target <= LEAF && rest <= LEAF, "room on both sides");
        let (from, to) = (left.items.as_mut_ptr(), right.items.as_mut_ptr());
        // SAFETY: the two are different arrays, both being borrowed for change. All places are
        // below `l`, `r`, `target` or `rest`, which are at most `LEAF`. Each value is moved once
        // and counted by one of the new lengths (C1).
        unsafe {
            if target < l {
                ptr::copy(to, to.add(l - target), r);
                ptr::copy_nonoverlapping(from.add(target), to, l - target);
            } else {
                ptr::copy_nonoverlapping(to, from.add(l), target - l);
                ptr::copy(to.add(target - l), to, rest);
            }
        }
        (left.len, right.len) = (target, rest);
    }
}

impl<V> Deref for Column<V> {
    type Target = [V];

    #[inline(always)]
    fn deref(&self) -> &[V] {
        // SAFETY: (C1); an array of `MaybeUninit<V>` is laid out as one of `V`.
        unsafe { core::slice::from_raw_parts(self.items.as_ptr().cast(), self.len) }
    }
}

impl<V> DerefMut for Column<V> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [V] {
        // SAFETY: as above; the column is borrowed for change.
        unsafe { core::slice::from_raw_parts_mut(self.items.as_mut_ptr().cast(), self.len) }
    }
}

impl<V> Drop for Column<V> {
    fn drop(&mut self) {
        // SAFETY: (C1), and nothing uses the values afterwards.
        unsafe { ptr::drop_in_place(&raw mut **self) };
    }
}

impl<V: Clone> Clone for Column<V> {
    fn clone(&self) -> Self {
        let mut copy = Self::new();
        let Self { items, len } = &mut copy;
        for (item, value) in items.iter_mut().zip(&**self) {
            item.write(value.clone());
            // Now, for the next `clone` may panic (C1).
            *len += 1;
        }
        copy
    }
}

impl<V: fmt::Debug> fmt::Debug for Column<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}

//! The lock of a tree that walks search. Knows nothing of what it guards.
//!
//! 1. Walks hold it for reading. Who changes what it guards holds it for writing, or has it to
//!    himself, which is the same and costs nothing.
//! 2. A panic inside a walk leaves it free: only writers poison a lock, and no writer calls a user's
//!    code while it has a tree open.
//! 3. A writer waits for the walks that are under way and for none that comes after it, as with the
//!    kernel's lock. The standard library's lock by itself promises no such thing: a walker that
//!    comes back at once got in first hundreds of times.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A value that walks read and few change.
#[derive(Debug, Default)]
pub(crate) struct WalkLock<T> {
    /// Passed by readers, kept by a writer that waits.
    gate: Mutex<()>,
    value: RwLock<T>,
}

impl<T> WalkLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { gate: Mutex::new(()), value: RwLock::new(value) }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        drop(self.pass());
        self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        let _gate = self.pass();
        self.value.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value without locking: nobody else can reach it.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Clone for WalkLock<T> {
    /// The same value under a lock of its own.
    fn clone(&self) -> Self {
        Self::new(self.read().clone())
    }
}

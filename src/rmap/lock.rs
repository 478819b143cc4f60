//! The lock of a tree that walks search. Knows nothing of what it guards.
//!
//! 1. Walks hold it for reading. Who changes what it guards holds it for writing, or has it to
//!    himself, which is the same and costs nothing.
//! 2. A panic inside a walk leaves it free: only writers poison a lock, and no writer calls a user's
//!    code while it has a tree open.
//! 3. A writer waits for the walks that are under way and for none that comes after it, as with the
//!    kernel's lock. The standard library's lock by itself promises no such thing: a walker that
//!    comes back at once got in first hundreds of times.

use std::sync::{PoisonError, TryLockError, TryLockResult};

use super::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A value that walks read and few change.
#[derive(Debug, Default)]
pub(crate) struct WalkLock<T> {
    /// A turnstile: readers pass through it, a writer that waits holds it. Readers do not exclude each
    /// other.
    turnstile: RwLock<()>,
    value: RwLock<T>,
}

impl<T> WalkLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { turnstile: RwLock::new(()), value: RwLock::new(value) }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        drop(self.turnstile.read().unwrap_or_else(PoisonError::into_inner));
        self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, unless a writer has it or waits for it.
    pub(crate) fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        drop(unless_busy(self.turnstile.try_read())?);
        unless_busy(self.value.try_read())
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        let _turnstile = self.turnstile.write().unwrap_or_else(PoisonError::into_inner);
        self.value.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value without locking: nobody else can reach it.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The guard, if there is one; a poisoned lock guards what is as good as before (invariant 2).
fn unless_busy<G>(tried: TryLockResult<G>) -> Option<G> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl<T: Clone> Clone for WalkLock<T> {
    /// The same value under a lock of its own.
    fn clone(&self) -> Self {
        Self::new(self.read().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::WalkLock;
    use std::sync::mpsc;
    use std::thread;

    /// Readers are in together, also those that do not wait; a writer that waits keeps later ones
    /// out, and gets in before them.
    #[test]
    fn a_waiting_writer_is_next() {
        let lock = WalkLock::new(vec!["made"]);
        let first = lock.read();
        let second = lock.try_read().expect("readers do not exclude each other");
        let (asked, asking) = mpsc::channel();
        thread::scope(|scope| {
            let lock = &lock;
            scope.spawn(move || {
                asked.send(()).expect("somebody listens");
                lock.write().push("written");
            });
            asking.recv().expect("the writer speaks");
            while lock.try_read().is_some() {
                thread::yield_now(); // until the writer waits
            }
            let late = scope.spawn(|| lock.read().clone());
            drop((first, second));
            assert_eq!(late.join().expect("no panic"), ["made", "written"]);
        });
    }
}

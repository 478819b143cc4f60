//! The lock that the model's locks are made of: the standard library's, or, in `tests/models`, one
//! whose every interleaving is run. Knows nothing else.

#[cfg(shuttle)]
pub(super) use shuttle::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
#[cfg(not(shuttle))]
pub(super) use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

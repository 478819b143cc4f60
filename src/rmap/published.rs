//! A state that one thread replaces and others read without waiting. Knows nothing of the state.
//!
//! A reader keeps to the state that it came to; whoever is the last to let go of it drops it.

#[cfg(not(shuttle))]
pub(crate) use self::swap::{Newest, Published};
#[cfg(shuttle)]
pub(crate) use self::turns::{Newest, Published};

#[cfg(not(shuttle))]
mod swap {
    use core::fmt;
    use std::sync::Arc;

    use arc_swap::{ArcSwap, Guard};

    /// The newest state.
    pub(crate) struct Published<S>(ArcSwap<S>);

    /// A state that is kept to.
    pub(crate) type Newest<S> = Guard<Arc<S>>;

    impl<S> Published<S> {
        pub(crate) fn new(state: S) -> Self {
            Self(ArcSwap::from_pointee(state))
        }

        pub(crate) fn publish(&self, state: S) {
            self.0.store(Arc::new(state));
        }

        pub(crate) fn newest(&self) -> Newest<S> {
            self.0.load()
        }
    }

    impl<S> fmt::Debug for Published<S> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Published").finish_non_exhaustive()
        }
    }
}

/// The same over shuttle's lock: a read or a replacement of the address is one step, and nobody waits
/// with the lock held.
#[cfg(shuttle)]
mod turns {
    use std::sync::Arc;

    use shuttle::sync::RwLock;

    #[derive(Debug)]
    pub(crate) struct Published<S>(RwLock<Arc<S>>);

    /// A state that is kept to.
    pub(crate) type Newest<S> = Arc<S>;

    impl<S> Published<S> {
        pub(crate) fn new(state: S) -> Self {
            Self(RwLock::new(Arc::new(state)))
        }

        pub(crate) fn publish(&self, state: S) {
            *self.0.write().expect("no panic with the lock held") = Arc::new(state);
        }

        pub(crate) fn newest(&self) -> Newest<S> {
            Arc::clone(&self.0.read().expect("no panic with the lock held"))
        }
    }
}

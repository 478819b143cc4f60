//! The one word that publisher and readers share: where the newest state is.

#[cfg(shuttle)]
pub(super) use self::model::{Cached, Slot};
#[cfg(not(shuttle))]
pub(super) use self::swap::{Cached, Slot};

#[cfg(not(shuttle))]
mod swap {
    use std::sync::Arc;

    use arc_swap::{ArcSwap, Cache};

    /// The newest state.
    pub(in super::super) struct Slot<S>(Arc<ArcSwap<S>>);

    /// A state, and the slot where a newer one may be.
    pub(in super::super) struct Cached<S>(Cache<Arc<ArcSwap<S>>, Arc<S>>);

    impl<S> Slot<S> {
        pub(in super::super) fn new(state: Arc<S>) -> Self {
            Self(Arc::new(ArcSwap::new(state)))
        }

        /// Replaces the newest state and returns the former one.
        pub(in super::super) fn swap(&self, state: Arc<S>) -> Arc<S> {
            self.0.swap(state)
        }

        pub(in super::super) fn cached(&self) -> Cached<S> {
            Cached(Cache::new(Arc::clone(&self.0)))
        }
    }

    impl<S> Cached<S> {
        /// The newest state. Reads one word if it is at hand.
        #[inline]
        pub(in super::super) fn newest(&mut self) -> &S {
            self.0.load()
        }
    }

    impl<S> Clone for Cached<S> {
        fn clone(&self) -> Self {
            Self(self.0.clone())
        }
    }
}

/// The same over locks of `shuttle`, in which threads take turns: a read of the address, and one of
/// the state.
#[cfg(shuttle)]
mod model {
    use std::sync::Arc;

    use shuttle::sync::RwLock;

    pub(in super::super) struct Slot<S>(Arc<RwLock<Arc<S>>>);

    pub(in super::super) struct Cached<S> {
        slot: Arc<RwLock<Arc<S>>>,
        state: Arc<S>,
    }

    impl<S> Slot<S> {
        pub(in super::super) fn new(state: Arc<S>) -> Self {
            Self(Arc::new(RwLock::new(state)))
        }

        pub(in super::super) fn swap(&self, state: Arc<S>) -> Arc<S> {
            std::mem::replace(&mut *self.0.write().expect("no panic with the lock held"), state)
        }

        pub(in super::super) fn cached(&self) -> Cached<S> {
            let state = Arc::clone(&self.0.read().expect("no panic with the lock held"));
            Cached { slot: Arc::clone(&self.0), state }
        }
    }

    impl<S> Cached<S> {
        pub(in super::super) fn newest(&mut self) -> &S {
            let is_newest = {
                let newest = self.slot.read().expect("no panic with the lock held");
                Arc::ptr_eq(&newest, &self.state)
            };
            if !is_newest {
                let newest = self.slot.read().expect("no panic with the lock held");
                let newest = Arc::clone(&newest);
                self.state = newest;
            }
            &self.state
        }
    }

    impl<S> Clone for Cached<S> {
        fn clone(&self) -> Self {
            Self { slot: Arc::clone(&self.slot), state: Arc::clone(&self.state) }
        }
    }
}

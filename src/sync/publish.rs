//! What can be published.

use crate::btree::{IntervalBTree, Snapshot};
use crate::range_map::{RangeMap, RangeMapSnapshot};

/// What can be published: [`IntervalBTree`] and [`RangeMap`].
///
/// Sealed: only types of this crate implement it.
pub trait Publish: sealed::Sealed {
    /// A state, which readers see.
    type State: Clone + Send + Sync;

    /// Returns the state as it is now.
    fn state(&mut self) -> Self::State;

    /// Makes `state` the state as it is now. Writes what differs, unless there is a clone of it.
    ///
    /// # Panics
    ///
    /// Panics if memory is exhausted or the destructor of a value panics; then `state` is empty.
    ///
    /// # Complexity
    ///
    /// As many steps as pages have changed since `state` was taken, and one for every 128 leaves.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, sync::Publish};
    ///
    /// let mut index = IntervalBTree::from([(Interval::new(1u64, 2), 'a')]);
    /// let mut state = index.state();
    /// index.insert(Interval::new(5, 6), 'b');
    /// index.state_again(&mut state);
    /// assert_eq!(state.len(), 2);
    /// ```
    fn state_again(&mut self, state: &mut Self::State);
}

mod sealed {
    use crate::btree::IntervalBTree;
    use crate::range_map::RangeMap;

    #[expect(unnameable_types, reason = "so that no other type implements it")]
    pub trait Sealed {}

    impl<T, V> Sealed for IntervalBTree<T, V> {}
    impl<T, V> Sealed for RangeMap<T, V> {}
}

impl<T: Copy + Send + Sync, V: Clone + Send + Sync> Publish for IntervalBTree<T, V> {
    type State = Snapshot<T, V>;

    fn state(&mut self) -> Snapshot<T, V> {
        self.snapshot()
    }

    fn state_again(&mut self, state: &mut Snapshot<T, V>) {
        self.snapshot_again(state);
    }
}

impl<T: Copy + Send + Sync, V: Clone + Send + Sync> Publish for RangeMap<T, V> {
    type State = RangeMapSnapshot<T, V>;

    fn state(&mut self) -> RangeMapSnapshot<T, V> {
        self.snapshot()
    }

    fn state_again(&mut self, state: &mut RangeMapSnapshot<T, V>) {
        self.snapshot_again(state);
    }
}

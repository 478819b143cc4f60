#![forbid(unsafe_code)]

use alloc::vec::Vec;

use super::{IntervalBTree, NotSortedError};
use crate::arena::NodeId;
use crate::bplus::node::LEAF;
use crate::error::CapacityError;
use crate::interval::Interval;
use crate::rb::IntervalRbTree;

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    /// Builds a tree from entries that come in order of `start`; equal starts keep their order.
    ///
    /// The nodes are full and lie in memory in the order of their entries, which makes ranges fast.
    ///
    /// # Errors
    ///
    /// [`NotSortedError`] at the first entry that starts before the one in front of it. It hands that
    /// entry back, and the tree of all entries before it.
    ///
    /// # Panics
    ///
    /// Panics if there are more than 2^31 - 2 entries.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let entries = [(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')];
    /// let tree = IntervalBTree::try_from_sorted(entries).unwrap();
    /// assert_eq!(tree.len(), 2);
    ///
    /// let error = IntervalBTree::try_from_sorted(entries.into_iter().rev()).unwrap_err();
    /// assert_eq!(error.entry, (Interval::new(1, 20), 'a'));
    /// assert_eq!(error.sorted.len(), 1);
    /// ```
    #[expect(clippy::result_large_err, reason = "the error hands all entries back")]
    pub fn try_from_sorted(
        entries: impl IntoIterator<Item = (Interval<T>, V)>,
    ) -> Result<Self, NotSortedError<T, V>> {
        let mut tree = Self::new();
        let mut entries = entries.into_iter();
        let mut misplaced = None;
        tree.reserve_sorted(entries.size_hint().0);
        let (mut len, mut previous) = (0, None);
        for (interval, value) in entries.by_ref() {
            let start = *interval.start();
            if previous.is_some_and(|previous| start < previous) {
                misplaced = Some((interval, value));
                break;
            }
            previous = Some(start);
            assert!(len < NodeId::MAX_SLOTS, "{}", CapacityError::TOO_MANY);
            tree.nodes.push_sorted(interval, value, NodeId::from_index(len));
            len += 1;
        }
        tree.slab.fill(len, LEAF);
        tree.nodes.link_sorted(&mut tree.slab);
        match misplaced {
            None => Ok(tree),
            Some(entry) => Err(NotSortedError { index: tree.len(), entry, sorted: tree }),
        }
    }

    /// Makes room for `additional` more entries in full nodes.
    #[track_caller]
    fn reserve_sorted(&mut self, additional: usize) {
        assert!(additional <= self.slab.ids_left(), "{}", CapacityError::TOO_MANY);
        if let Err(error) = self.slab.try_reserve(additional) {
            panic!("{}", CapacityError::from(error));
        }
        self.nodes.leaves.reserve(additional.div_ceil(LEAF));
    }

    /// Moves all entries of `other` into `self`, behind the entries with the same `start`.
    ///
    /// `other` is left empty. Its handles find nothing in it any more, and in `self` nothing or an
    /// entry of `self`.
    ///
    /// # Panics
    ///
    /// Panics if the entries are more than 2^31 - 2 together; none is lost then.
    ///
    /// # Complexity
    ///
    /// `O(m log(n + m))`, *m* being the length of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut a = IntervalBTree::from([(Interval::new(5, 9), 'a')]);
    /// let mut b = IntervalBTree::from([(Interval::new(5, 6), 'b'), (Interval::new(1, 2), 'c')]);
    /// a.append(&mut b);
    /// assert!(a.values().eq(&['c', 'a', 'b']));
    /// assert!(b.is_empty());
    /// ```
    pub fn append(&mut self, other: &mut Self) {
        assert!(other.len() <= self.slab.ids_left(), "{}", CapacityError::TOO_MANY);
        while let Some((interval, value)) = other.pop_first() {
            self.insert(interval, value);
        }
    }

    /// Moves all entries into full nodes that lie in memory in their order, as bulk building makes
    /// them, and gives spare capacity back. Handles stay valid.
    ///
    /// That is the best shape to search, and the worst to insert into: at first almost every
    /// insertion divides a leaf. While it runs, both shapes are in memory.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let first = tree.insert(Interval::new(5, 9), "first");
    /// tree.insert(Interval::new(1, 7), "second");
    /// tree.compact();
    /// assert_eq!(tree[first], "first");
    /// ```
    pub fn compact(&mut self) {
        let len = self.len();
        self.nodes.compact(&mut self.slab, len);
        self.slab.shrink_to_fit();
    }
}

impl<T: Ord + Copy, V> Extend<(Interval<T>, V)> for IntervalBTree<T, V> {
    fn extend<I: IntoIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
        for (interval, value) in entries {
            self.insert(interval, value);
        }
    }
}

impl<'a, T: Ord + Copy, V: Clone> Extend<(Interval<T>, &'a V)> for IntervalBTree<T, V> {
    fn extend<I: IntoIterator<Item = (Interval<T>, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(interval, value)| (interval, value.clone())));
    }
}

/// Sorts the entries by `start`, keeping the order of equal starts, and builds the tree in
/// `O(n log n)`, or `O(n)` if they are sorted: the same order as inserting them one by one.
impl<T: Ord + Copy, V> FromIterator<(Interval<T>, V)> for IntervalBTree<T, V> {
    fn from_iter<I: IntoIterator<Item = (Interval<T>, V)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|(a, _), (b, _)| a.start().cmp(b.start()));
        match Self::try_from_sorted(entries) {
            Ok(tree) => tree,
            // Only an `Ord` that contradicts itself comes here; what it put in order is kept.
            Err(error) => error.sorted,
        }
    }
}

impl<T: Ord + Copy, V, const N: usize> From<[(Interval<T>, V); N]> for IntervalBTree<T, V> {
    fn from(entries: [(Interval<T>, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// Keeps the order. Handles of the one find nothing in the other.
impl<T: Ord + Copy, V> From<IntervalRbTree<T, V>> for IntervalBTree<T, V> {
    fn from(tree: IntervalRbTree<T, V>) -> Self {
        tree.into_iter().collect()
    }
}

/// Keeps the order. Handles of the one find nothing in the other.
impl<T: Ord + Copy, V> From<IntervalBTree<T, V>> for IntervalRbTree<T, V> {
    fn from(tree: IntervalBTree<T, V>) -> Self {
        tree.into_iter().collect()
    }
}

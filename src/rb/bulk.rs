use alloc::vec::Vec;

use super::{IntervalRbTree, NotSortedError};
use crate::arena::NodeId;
use crate::interval::Interval;

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    /// Builds a tree from entries that come in order of `start`; equal starts keep their order.
    ///
    /// The tree is as flat as can be, and lies in memory in the order of its entries, which makes
    /// ranges fast.
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let entries = [(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')];
    /// let tree = IntervalRbTree::try_from_sorted(entries).unwrap();
    /// assert_eq!(tree.len(), 2);
    ///
    /// let error = IntervalRbTree::try_from_sorted(entries.into_iter().rev()).unwrap_err();
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
        tree.reserve(entries.size_hint().0);
        let mut room = tree.capacity();
        for (interval, value) in entries.by_ref() {
            let previous = tree.len().checked_sub(1).map(NodeId::from_index);
            if previous.is_some_and(|id| interval.start() < tree.nodes.interval(id).start()) {
                misplaced = Some((interval, value));
                break;
            }
            if room == 0 {
                tree.reserve(1);
                room = tree.capacity() - tree.len();
            }
            room -= 1;
            tree.nodes.push_sorted(interval);
            tree.entries.push(value);
        }
        tree.nodes.link_sorted();
        match misplaced {
            None => Ok(tree),
            Some(entry) => Err(NotSortedError { index: tree.len(), entry, sorted: tree }),
        }
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut a = IntervalRbTree::from([(Interval::new(5, 9), 'a')]);
    /// let mut b = IntervalRbTree::from([(Interval::new(5, 6), 'b'), (Interval::new(1, 2), 'c')]);
    /// a.append(&mut b);
    /// assert!(a.values().eq(&['c', 'a', 'b']));
    /// assert!(b.is_empty());
    /// ```
    pub fn append(&mut self, other: &mut Self) {
        self.reserve(other.len());
        while let Some((interval, value)) = other.pop_first() {
            self.insert(interval, value);
        }
    }
}

impl<T: Ord + Clone, V> Extend<(Interval<T>, V)> for IntervalRbTree<T, V> {
    fn extend<I: IntoIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
        for (interval, value) in entries {
            self.insert(interval, value);
        }
    }
}

impl<'a, T: Ord + Clone, V: Clone> Extend<(&'a Interval<T>, &'a V)> for IntervalRbTree<T, V> {
    fn extend<I: IntoIterator<Item = (&'a Interval<T>, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(interval, value)| (interval.clone(), value.clone())));
    }
}

/// Sorts the entries by `start`, keeping the order of equal starts, and builds the tree in
/// `O(n log n)`, or `O(n)` if they are sorted: the same order as inserting them one by one.
impl<T: Ord + Clone, V> FromIterator<(Interval<T>, V)> for IntervalRbTree<T, V> {
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

impl<T: Ord + Clone, V, const N: usize> From<[(Interval<T>, V); N]> for IntervalRbTree<T, V> {
    fn from(entries: [(Interval<T>, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

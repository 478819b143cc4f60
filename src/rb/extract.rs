//! Removing entries by a predicate.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::RangeBounds;

use super::IntervalRbTree;
use crate::arena::NodeId;
use crate::interval::{Interval, Query};

/// Iterator that takes out the entries a predicate chooses; see
/// [`extract_if`](IntervalRbTree::extract_if).
#[must_use = "iterators are lazy and do nothing unless consumed; `retain` removes at once"]
pub struct ExtractIf<'a, T, V, F> {
    tree: &'a mut IntervalRbTree<T, V>,
    query: Option<Query<T>>,
    next: Option<NodeId>,
    choose: F,
}

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    /// Keeps the entries for which `keep` is true and drops the others.
    ///
    /// `keep` sees the entries in order, once each. If it panics, the entries it refused before
    /// are gone and all others are still there.
    ///
    /// # Complexity
    ///
    /// `O(n)` to look at the entries, and `O(log n)` for each one removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree: IntervalRbTree<_, _> = (0..9).map(|i| (Interval::point(i), i)).collect();
    /// tree.retain(|_, value| *value % 2 == 0);
    /// assert!(tree.values().eq(&[0, 2, 4, 6, 8]));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&Interval<T>, &mut V) -> bool) {
        let mut next = self.nodes.leftmost();
        while let Some(id) = next {
            next = self.nodes.successor(id);
            if !keep(self.nodes.interval(id), self.entries.value_mut(id)) {
                drop(self.take_out(id));
            }
        }
    }

    /// Iterates over the entries that overlap `query` and takes out those for which `choose` is
    /// true, in order.
    ///
    /// Entries that the iterator has not come to when it is dropped, or leaked, stay.
    ///
    /// # Complexity
    ///
    /// `O(log n)` for each entry that overlaps `query`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree: IntervalRbTree<_, _> = (0..9).map(|i| (Interval::point(i), i)).collect();
    /// let odd: Vec<_> = tree.extract_if(2..8, |_, value| *value % 2 == 1).collect();
    /// assert_eq!(odd.len(), 3);
    /// assert!(tree.values().eq(&[0, 1, 2, 4, 6, 8]));
    /// ```
    pub fn extract_if<F: FnMut(&Interval<T>, &mut V) -> bool>(
        &mut self,
        query: impl RangeBounds<T>,
        choose: F,
    ) -> ExtractIf<'_, T, V, F> {
        let query = Query::new(query);
        let next = query.as_ref().and_then(|query| self.nodes.first_match(query));
        ExtractIf { tree: self, query, next, choose }
    }
}

impl<T, V, F> Iterator for ExtractIf<'_, T, V, F>
where
    T: Ord + Clone,
    F: FnMut(&Interval<T>, &mut V) -> bool,
{
    type Item = (Interval<T>, V);

    fn next(&mut self) -> Option<Self::Item> {
        let query = self.query.as_ref()?;
        while let Some(id) = self.next {
            self.next = self.tree.nodes.next_match(id, query);
            if (self.choose)(self.tree.nodes.interval(id), self.tree.entries.value_mut(id)) {
                return Some(self.tree.take_out(id));
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }
}

impl<T, V, F> FusedIterator for ExtractIf<'_, T, V, F>
where
    T: Ord + Clone,
    F: FnMut(&Interval<T>, &mut V) -> bool,
{
}

impl<T: fmt::Debug, V: fmt::Debug, F> fmt::Debug for ExtractIf<'_, T, V, F> {
    /// Shows the entries that are in the tree now.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("tree", &self.tree).finish_non_exhaustive()
    }
}

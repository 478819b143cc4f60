//! What the order of the entries answers: ends, ranges by start, exact intervals, neighbours.

use core::ops::RangeBounds;

use super::IntervalRbTree;
use super::iter::{iterate_entries, iterate_entries_back};
use crate::arena::NodeId;
use crate::interval::{Interval, Query};
use crate::rbtree::Between;

/// Iterator over the entries whose start lies in a range; see [`range`](IntervalRbTree::range).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Range<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    between: Between,
}

/// Iterator over the entries with both ends in given ranges; see [`within`](IntervalRbTree::within) and
/// [`equal`](IntervalRbTree::equal).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Within<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    /// Where `start` lies.
    between: Between,
    /// Where `last` must lie; `None` goes with an empty `between`.
    lasts: Option<Query<T>>,
}

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    /// Iterates over the entries whose **start** lies in `starts`, in order; from both ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + k)` to run to the end, *k* being the number of entries yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')]);
    /// assert_eq!(tree.range(2..).count(), 1);
    /// assert_eq!(tree.range(..=5).next_back(), Some((&Interval::new(5, 9), &'b')));
    /// ```
    pub fn range(&self, starts: impl RangeBounds<T>) -> Range<'_, T, V> {
        let between = Query::new(starts).map_or(Between::EMPTY, |q| self.nodes.between(&q));
        Range { tree: self, between }
    }

    /// Iterates over the entries that lie inside `query` with both ends, in order; from both
    /// ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + s)`, *s* being the number of entries that start in `query`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')]);
    /// assert!(tree.within(0..10).map(|(_, name)| *name).eq(['b']));
    /// ```
    pub fn within(&self, query: impl RangeBounds<T>) -> Within<'_, T, V> {
        let lasts = Query::new(query);
        let between = lasts.as_ref().map_or(Between::EMPTY, |starts| self.nodes.between(starts));
        Within { tree: self, between, lasts }
    }

    /// Iterates over the entries with exactly this interval, in order of insertion; from both
    /// ends.
    ///
    /// # Complexity
    ///
    /// `O(log n + s)`, *s* being the number of entries with the same start.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// tree.insert(Interval::new(5, 9), 'a');
    /// tree.insert(Interval::new(5, 7), 'b');
    /// tree.insert(Interval::new(5, 9), 'c');
    /// assert!(tree.equal(&Interval::new(5, 9)).map(|(_, name)| *name).eq(['a', 'c']));
    /// ```
    pub fn equal(&self, interval: &Interval<T>) -> Within<'_, T, V> {
        let between = self.nodes.between(&Query::stab(interval.start().clone()));
        let lasts = Some(Query::stab(interval.last().clone()));
        Within { tree: self, between, lasts }
    }

    /// Takes the first entry out, in order of `start`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);
    /// assert_eq!(tree.pop_first(), Some((Interval::new(1, 2), 'a')));
    /// ```
    pub fn pop_first(&mut self) -> Option<(Interval<T>, V)> {
        self.nodes.leftmost().map(|id| self.take_out(id))
    }

    /// Takes the last entry out, in order of `start`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);
    /// assert_eq!(tree.pop_last(), Some((Interval::new(5, 9), 'b')));
    /// ```
    pub fn pop_last(&mut self) -> Option<(Interval<T>, V)> {
        self.nodes.rightmost().map(|id| self.take_out(id))
    }

    /// Returns the entries nearest to `at` on both sides: what [`nearest_before`] and
    /// [`nearest_after`] return. Entries that contain `at` are found by [`stab`](Self::stab).
    ///
    /// # Complexity
    ///
    /// `O((1 + s) log n)`, *s* being the number of entries that contain `at`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(1, 4), 'a'), (Interval::new(8, 9), 'b')]);
    /// let (before, after) = tree.nearest(&6);
    /// assert_eq!((before.unwrap().1, after.unwrap().1), (&'a', &'b'));
    /// ```
    ///
    /// [`nearest_before`]: Self::nearest_before
    /// [`nearest_after`]: Self::nearest_after
    #[expect(clippy::type_complexity, reason = "two optional entries")]
    pub fn nearest(&self, at: &T) -> (Option<(&Interval<T>, &V)>, Option<(&Interval<T>, &V)>) {
        (self.nearest_before(at), self.nearest_after(at))
    }

    /// Returns the entry with the greatest `last` below `at`; of several the last in order.
    ///
    /// # Complexity
    ///
    /// `O((1 + s) log n)`, *s* being the number of entries that contain `at`: they hide what lies
    /// before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(1, 4), 'a'), (Interval::new(2, 3), 'b')]);
    /// assert_eq!(tree.nearest_before(&9), Some((&Interval::new(1, 4), &'a')));
    /// assert_eq!(tree.nearest_before(&4), Some((&Interval::new(2, 3), &'b')));
    /// ```
    pub fn nearest_before(&self, at: &T) -> Option<(&Interval<T>, &V)> {
        self.nodes.nearest_before(at).map(|id| self.pair(id))
    }

    /// Returns the first entry in order that starts after `at`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(1, 4), 'a'), (Interval::new(2, 3), 'b')]);
    /// assert_eq!(tree.nearest_after(&1), Some((&Interval::new(2, 3), &'b')));
    /// assert_eq!(tree.nearest_after(&2), None);
    /// ```
    pub fn nearest_after(&self, at: &T) -> Option<(&Interval<T>, &V)> {
        let (_, first_after) = self.nodes.split_point(|interval| interval.start() <= at);
        first_after.get().map(|id| self.pair(id))
    }
}

impl<T, V> IntervalRbTree<T, V> {
    /// Returns the first entry, in order of `start`.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 2), 'a')]);
    /// assert_eq!(tree.first(), Some((&Interval::new(1, 2), &'a')));
    /// ```
    pub fn first(&self) -> Option<(&Interval<T>, &V)> {
        self.nodes.leftmost().map(|id| self.pair(id))
    }

    /// Returns the last entry, in order of `start`. Another one may reach further; see
    /// [`hull`](IntervalRbTree::hull).
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(5, 9), 'b'), (Interval::new(1, 20), 'a')]);
    /// assert_eq!(tree.last(), Some((&Interval::new(5, 9), &'b')));
    /// ```
    pub fn last(&self) -> Option<(&Interval<T>, &V)> {
        self.nodes.rightmost().map(|id| self.pair(id))
    }
}

iterate_entries!(Range);
iterate_entries_back!(Range);
iterate_entries!(Within, Ord);
iterate_entries_back!(Within, Ord);

impl<T, V> Range<'_, T, V> {
    #[inline]
    fn next_id(&mut self) -> Option<NodeId> {
        self.between.next(&self.tree.nodes)
    }

    #[inline]
    fn next_id_back(&mut self) -> Option<NodeId> {
        self.between.next_back(&self.tree.nodes)
    }

    fn bounds(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }
}

impl<T: Ord, V> Within<'_, T, V> {
    fn next_id(&mut self) -> Option<NodeId> {
        let (tree, lasts) = (self.tree, self.lasts.as_ref()?);
        core::iter::from_fn(|| self.between.next(&tree.nodes))
            .find(|id| lasts.holds(tree.nodes.interval(*id).last()))
    }

    fn next_id_back(&mut self) -> Option<NodeId> {
        let (tree, lasts) = (self.tree, self.lasts.as_ref()?);
        core::iter::from_fn(|| self.between.next_back(&tree.nodes))
            .find(|id| lasts.holds(tree.nodes.interval(*id).last()))
    }
}

impl<T, V> Within<'_, T, V> {
    fn bounds(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }
}

impl<T, V> Clone for Range<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, between: self.between.clone() }
    }
}

impl<T: Clone, V> Clone for Within<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, between: self.between.clone(), lasts: self.lasts.clone() }
    }
}

use core::fmt;
use core::iter::FusedIterator;

use super::IntervalTree;
use crate::arena::{Handle, NodeId};
use crate::interval::{Interval, Query};
use crate::rbtree::{InOrder, Matches, NoTally};

/// Iterator over the entries that overlap a query; see
/// [`overlapping`](IntervalTree::overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Overlapping<'a, T, V> {
    tree: &'a IntervalTree<T, V>,
    matches: Matches<T>,
}

impl<'a, T: Ord, V> Overlapping<'a, T, V> {
    #[inline]
    pub(super) fn new(tree: &'a IntervalTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { tree, matches: Matches::new(&tree.nodes, query, &mut NoTally) }
    }
}

/// Iterator over all entries from both ends; see [`iter`](IntervalTree::iter).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Iter<'a, T, V> {
    pub(super) tree: &'a IntervalTree<T, V>,
    pub(super) walk: InOrder,
}

/// Iterator over all intervals; see [`intervals`](IntervalTree::intervals).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Intervals<'a, T, V> {
    pub(super) iter: Iter<'a, T, V>,
}

/// Iterator over all values; see [`values`](IntervalTree::values).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Values<'a, T, V> {
    pub(super) iter: Iter<'a, T, V>,
}

/// An iterator of this crate that yields each entry's [`Handle`] too, in front of the rest.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalTree};
///
/// let mut tree = IntervalTree::new();
/// let heap = tree.insert(Interval::new(10, 20), "heap");
/// let found = tree.stab(15).with_handles().next();
/// assert_eq!(found, Some((heap, &Interval::new(10, 20), &"heap")));
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct WithHandles<I> {
    iter: I,
}

impl<T: Ord, V> Overlapping<'_, T, V> {
    /// Makes the iterator yield `(Handle, &Interval, &V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let mut tree: IntervalTree<_> = (0..9).map(|i| (Interval::point(i), ())).collect();
    /// let found: Vec<_> = tree.overlapping(2..4).with_handles().map(|(h, ..)| h).collect();
    /// found.into_iter().for_each(|h| drop(tree.remove(h)));
    /// assert_eq!(tree.len(), 7);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }

    #[inline]
    fn next_id(&mut self) -> Option<NodeId> {
        self.matches.next(&self.tree.nodes, &mut NoTally)
    }
}

impl<'a, T: Ord, V> Iterator for Overlapping<'a, T, V> {
    type Item = (&'a Interval<T>, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.next_id().map(|id| self.tree.pair(id))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }

    /// Counts the rest without reading a value.
    fn count(mut self) -> usize {
        let mut count = 0;
        while self.next_id().is_some() {
            count += 1;
        }
        count
    }
}

impl<T: Ord, V> FusedIterator for Overlapping<'_, T, V> {}

impl<'a, T: Ord, V> Iterator for WithHandles<Overlapping<'a, T, V>> {
    type Item = (Handle, &'a Interval<T>, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.iter.next_id()?;
        let (interval, value) = self.iter.tree.pair(id);
        Some((self.iter.tree.entries.handle(id), interval, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.iter.size_hint()
    }
}

impl<T: Ord, V> FusedIterator for WithHandles<Overlapping<'_, T, V>> {}

impl<T: Clone, V> Clone for Overlapping<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, matches: self.matches.clone() }
    }
}

impl<T: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for Overlapping<'_, T, V>
where
    T: Clone,
{
    /// Lists the entries still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<T, V> Iter<'_, T, V> {
    /// Makes the iterator yield `(Handle, &Interval, &V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let mut tree = IntervalTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.iter().with_handles().next().unwrap().0, heap);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }
}

/// Gives an iterator over all entries its traits. `$of` makes an item of the tree and an id;
/// `$iter` leads from `$this` to the [`Iter`] inside.
macro_rules! iterate_all {
    ($type:ty, $item:ty, $this:ident => $iter:expr, $of:expr) => {
        impl<'a, T, V> Iterator for $type {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                let $this = self;
                let iter = &mut $iter;
                iter.walk.next(&iter.tree.nodes).map(|id| $of(iter.tree, id))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let $this = self;
                let remaining = $iter.walk.remaining();
                (remaining, Some(remaining))
            }
        }

        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T, V> DoubleEndedIterator for $type {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                let $this = self;
                let iter = &mut $iter;
                iter.walk.next_back(&iter.tree.nodes).map(|id| $of(iter.tree, id))
            }
        }

        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T, V> ExactSizeIterator for $type {}
        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T, V> FusedIterator for $type {}
    };
}

iterate_all!(Iter<'a, T, V>, (&'a Interval<T>, &'a V), this => *this, IntervalTree::pair);
iterate_all!(Intervals<'a, T, V>, &'a Interval<T>, this => this.iter, |tree: &'a IntervalTree<T, V>, id| {
    tree.nodes.interval(id)
});
iterate_all!(Values<'a, T, V>, &'a V, this => this.iter, |tree: &'a IntervalTree<T, V>, id| {
    tree.entries.value(id)
});
iterate_all!(
    WithHandles<Iter<'a, T, V>>,
    (Handle, &'a Interval<T>, &'a V),
    this => this.iter,
    |tree: &'a IntervalTree<T, V>, id| {
        (tree.entries.handle(id), tree.nodes.interval(id), tree.entries.value(id))
    }
);

impl<T, V> Clone for Iter<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, walk: self.walk.clone() }
    }
}

impl<T, V> Clone for Intervals<'_, T, V> {
    fn clone(&self) -> Self {
        Self { iter: self.iter.clone() }
    }
}

impl<T, V> Clone for Values<'_, T, V> {
    fn clone(&self) -> Self {
        Self { iter: self.iter.clone() }
    }
}

impl<T: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, T, V> {
    /// Lists the entries still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<T: fmt::Debug, V> fmt::Debug for Intervals<'_, T, V> {
    /// Lists the intervals still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T, V: fmt::Debug> fmt::Debug for Values<'_, T, V> {
    /// Lists the values still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T, V> IntoIterator for &'a IntervalTree<T, V> {
    type Item = (&'a Interval<T>, &'a V);
    type IntoIter = Iter<'a, T, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Ord + Clone, V> Extend<(Interval<T>, V)> for IntervalTree<T, V> {
    fn extend<I: IntoIterator<Item = (Interval<T>, V)>>(&mut self, entries: I) {
        for (interval, value) in entries {
            self.insert(interval, value);
        }
    }
}

impl<T: Ord + Clone, V> FromIterator<(Interval<T>, V)> for IntervalTree<T, V> {
    fn from_iter<I: IntoIterator<Item = (Interval<T>, V)>>(entries: I) -> Self {
        let mut tree = Self::new();
        tree.extend(entries);
        tree
    }
}

impl<T: Ord + Clone, V, const N: usize> From<[(Interval<T>, V); N]> for IntervalTree<T, V> {
    fn from(entries: [(Interval<T>, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

//! Iterators that lend values for changing. Intervals stay as they are: they are the order.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::RangeBounds;

use super::values_mut::ValuesMutBy;
use super::{IntervalRbTree, WithHandles};
use crate::arena::Handle;
use crate::interval::{Interval, Query};
use crate::rbtree::{Between, Matches, RbTree};

/// Iterator over all entries with their values lent for changing; see
/// [`iter_mut`](IntervalRbTree::iter_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct IterMut<'a, T, V> {
    lend: ValuesMutBy<'a, T, V, Between>,
    remaining: usize,
}

/// Iterator over all values, lent for changing; see [`values_mut`](IntervalRbTree::values_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct ValuesMut<'a, T, V> {
    iter: IterMut<'a, T, V>,
}

/// Iterator over the entries that overlap a query, with their values lent for changing; see
/// [`overlapping_mut`](IntervalRbTree::overlapping_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct OverlappingMut<'a, T, V> {
    lend: ValuesMutBy<'a, T, V, Matches<T>>,
}

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    /// Iterates over the entries that overlap `query`, in order, with their values lent for
    /// changing; otherwise like [`overlapping`](Self::overlapping).
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)` and at most `O(n)` to run to the end; `O(log n)` to the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::from([(Interval::new(1, 20), 0), (Interval::new(5, 9), 0)]);
    /// tree.overlapping_mut(10..).for_each(|(_, hits)| *hits += 1);
    /// assert!(tree.values().eq(&[1, 0]));
    /// ```
    pub fn overlapping_mut(&mut self, query: impl RangeBounds<T>) -> OverlappingMut<'_, T, V> {
        let query = Query::new(query);
        OverlappingMut { lend: ValuesMutBy::new(self, |_| Matches::new(query)) }
    }
}

impl<T, V> IntervalRbTree<T, V> {
    /// Iterates over all entries, in order, with their values lent for changing; from both ends.
    ///
    /// # Complexity
    ///
    /// `O(n)` to run to the end; a single step is `O(log n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::from([(Interval::new(1, 20), 0), (Interval::new(5, 9), 0)]);
    /// tree.iter_mut().for_each(|(interval, value)| *value = *interval.last());
    /// assert!(tree.values().eq(&[20, 9]));
    /// ```
    pub fn iter_mut(&mut self) -> IterMut<'_, T, V> {
        IterMut { remaining: self.len(), lend: ValuesMutBy::new(self, RbTree::all) }
    }

    /// Iterates over all values, in order of their entries, lent for changing; from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::from([(Interval::new(1, 20), 3), (Interval::new(5, 9), 4)]);
    /// tree.values_mut().for_each(|value| *value *= 10);
    /// assert!(tree.values().eq(&[30, 40]));
    /// ```
    pub fn values_mut(&mut self) -> ValuesMut<'_, T, V> {
        ValuesMut { iter: self.iter_mut() }
    }
}

impl<T, V> IterMut<'_, T, V> {
    /// Makes the iterator yield `(Handle, &Interval, &mut V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), 7);
    /// assert_eq!(tree.iter_mut().with_handles().next().unwrap().0, heap);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }
}

impl<T, V> OverlappingMut<'_, T, V> {
    /// Makes the iterator yield `(Handle, &Interval, &mut V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), 7);
    /// assert_eq!(tree.overlapping_mut(15..).with_handles().next().unwrap().0, heap);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }
}

impl<'a, T: Ord, V> Iterator for OverlappingMut<'a, T, V> {
    type Item = (&'a Interval<T>, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.lend.next().map(|(_, interval, value)| (interval, value))
    }
}

impl<'a, T: Ord, V> Iterator for WithHandles<OverlappingMut<'a, T, V>> {
    type Item = (Handle, &'a Interval<T>, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.iter.lend.next()
    }
}

impl<T: Ord, V> FusedIterator for OverlappingMut<'_, T, V> {}
impl<T: Ord, V> FusedIterator for WithHandles<OverlappingMut<'_, T, V>> {}

/// Gives an iterator over all entries its traits: `$iter` leads from `$this` to the [`IterMut`],
/// and an item is made of what it lends.
macro_rules! iterate_all_mut {
    ($type:ty, $item:ty, $this:ident => $iter:expr, |$lent:pat_param| $of:expr) => {
        impl<'a, T, V> Iterator for $type {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                let $this = self;
                let $lent = $iter.lend.next()?;
                $iter.remaining -= 1;
                Some($of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let $this = self;
                ($iter.remaining, Some($iter.remaining))
            }
        }

        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T, V> DoubleEndedIterator for $type {
            fn next_back(&mut self) -> Option<Self::Item> {
                let $this = self;
                let $lent = $iter.lend.next_back()?;
                $iter.remaining -= 1;
                Some($of)
            }
        }

        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T, V> ExactSizeIterator for $type {}
        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T, V> FusedIterator for $type {}
    };
}

iterate_all_mut!(
    IterMut<'a, T, V>, (&'a Interval<T>, &'a mut V), this => this,
    |(_, interval, value)| (interval, value)
);
iterate_all_mut!(
    WithHandles<IterMut<'a, T, V>>, (Handle, &'a Interval<T>, &'a mut V), this => this.iter,
    |lent| lent
);
iterate_all_mut!(ValuesMut<'a, T, V>, &'a mut V, this => this.iter, |(_, _, value)| value);

impl<'a, T, V> IntoIterator for &'a mut IntervalRbTree<T, V> {
    type Item = (&'a Interval<T>, &'a mut V);
    type IntoIter = IterMut<'a, T, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

// Values on loan cannot be shown.

impl<T, V> fmt::Debug for IterMut<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").field("remaining", &self.remaining).finish_non_exhaustive()
    }
}

impl<T, V> fmt::Debug for ValuesMut<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValuesMut").field("remaining", &self.iter.remaining).finish_non_exhaustive()
    }
}

impl<T, V> fmt::Debug for OverlappingMut<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverlappingMut").finish_non_exhaustive()
    }
}

//! Iterators that lend values for changing. Intervals stay as they are: they are the order.

#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;
use core::ops::RangeBounds;

use super::IntervalBTree;
use crate::arena::Handle;
use crate::bplus::leaves_mut::{LeafMut, LeavesMut};
use crate::bplus::slab::Slab;
use crate::bplus::walk::Matches;
use crate::interval::{Interval, Query};
use crate::rb::WithHandles;

/// Iterator over all entries with their values lent for changing; see
/// [`iter_mut`](IntervalBTree::iter_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct IterMut<'a, T, V> {
    lender: LeavesMut<'a, T, V>,
    slab: &'a Slab,
    /// The leaves to be lent next at both ends, and what is left of those lent last.
    next: [u32; 2],
    front: Option<LeafMut<'a, T, V>>,
    back: Option<LeafMut<'a, T, V>>,
    remaining: usize,
}

/// Iterator over all values, lent for changing; see [`values_mut`](IntervalBTree::values_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct ValuesMut<'a, T, V> {
    iter: IterMut<'a, T, V>,
}

/// Iterator over the entries that overlap a query, with their values lent for changing; see
/// [`overlapping_mut`](IntervalBTree::overlapping_mut).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct OverlappingMut<'a, T, V> {
    lender: LeavesMut<'a, T, V>,
    slab: &'a Slab,
    matches: Matches<T>,
    /// The leaf lent last, and the set of its hits that are left.
    loan: Option<(LeafMut<'a, T, V>, u32)>,
}

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
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
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::from([(Interval::new(1, 20), 0), (Interval::new(5, 9), 0)]);
    /// tree.overlapping_mut(10..).for_each(|(_, hits)| *hits += 1);
    /// assert!(tree.values().eq(&[1, 0]));
    /// ```
    pub fn overlapping_mut(&mut self, query: impl RangeBounds<T>) -> OverlappingMut<'_, T, V> {
        let query = Query::new(query);
        let lender = LeavesMut::new(&mut self.nodes);
        let matches = Matches::new(&lender, query);
        OverlappingMut { lender, slab: &self.slab, matches, loan: None }
    }
}

impl<T: Copy, V> IntervalBTree<T, V> {
    /// Iterates over all entries, in order, with their values lent for changing; from both ends.
    ///
    /// # Complexity
    ///
    /// `O(n)` to run to the end; a single step is `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::from([(Interval::new(1, 20), 0), (Interval::new(5, 9), 0)]);
    /// tree.iter_mut().for_each(|(interval, value)| *value = *interval.last());
    /// assert!(tree.values().eq(&[20, 9]));
    /// ```
    pub fn iter_mut(&mut self) -> IterMut<'_, T, V> {
        let (next, remaining) = ([self.nodes.first, self.nodes.last], self.len());
        let lender = LeavesMut::new(&mut self.nodes);
        IterMut { lender, slab: &self.slab, next, front: None, back: None, remaining }
    }

    /// Iterates over all values, in order of their entries, lent for changing; from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::from([(Interval::new(1, 20), 3), (Interval::new(5, 9), 4)]);
    /// tree.values_mut().for_each(|value| *value *= 10);
    /// assert!(tree.values().eq(&[30, 40]));
    /// ```
    pub fn values_mut(&mut self) -> ValuesMut<'_, T, V> {
        ValuesMut { iter: self.iter_mut() }
    }
}

impl<'a, T: Copy, V> IterMut<'a, T, V> {
    /// Makes the iterator yield `(Handle, Interval, &mut V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), 7);
    /// assert_eq!(tree.iter_mut().with_handles().next().unwrap().0, heap);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }

    fn lend(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        self.remaining = self.remaining.checked_sub(1)?;
        let (slot, interval, value) = loop {
            if let Some(entry) = self.front.as_mut().and_then(LeafMut::next) {
                break entry;
            }
            match &mut self.back {
                Some(back) if back.id == self.next[0] => break back.next()?,
                _ => {
                    let loan = self.lender.lend(self.next[0]);
                    self.next[0] = loan.next;
                    self.front = Some(loan);
                }
            }
        };
        Some((self.slab.handle(slot), interval, value))
    }

    fn lend_back(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        self.remaining = self.remaining.checked_sub(1)?;
        let (slot, interval, value) = loop {
            if let Some(entry) = self.back.as_mut().and_then(LeafMut::next_back) {
                break entry;
            }
            match &mut self.front {
                Some(front) if front.id == self.next[1] => break front.next_back()?,
                _ => {
                    let loan = self.lender.lend(self.next[1]);
                    self.next[1] = loan.prev;
                    self.back = Some(loan);
                }
            }
        };
        Some((self.slab.handle(slot), interval, value))
    }
}

impl<'a, T: Ord + Copy, V> OverlappingMut<'a, T, V> {
    /// Makes the iterator yield `(Handle, Interval, &mut V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), 7);
    /// assert_eq!(tree.overlapping_mut(15..).with_handles().next().unwrap().0, heap);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }

    fn lend(&mut self) -> Option<(Handle, Interval<T>, &'a mut V)> {
        loop {
            if let Some((loan, hits)) = &mut self.loan
                && *hits != 0
            {
                let pos = hits.trailing_zeros() as usize;
                *hits &= *hits - 1;
                let (slot, interval, value) = loan.take(pos)?;
                return Some((self.slab.handle(slot), interval, value));
            }
            let (leaf, hits) = self.matches.next_leaf(&self.lender)?;
            self.loan = Some((self.lender.lend(leaf), hits));
        }
    }
}

impl<'a, T: Ord + Copy, V> Iterator for OverlappingMut<'a, T, V> {
    type Item = (Interval<T>, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.lend().map(|(_, interval, value)| (interval, value))
    }
}

impl<'a, T: Ord + Copy, V> Iterator for WithHandles<OverlappingMut<'a, T, V>> {
    type Item = (Handle, Interval<T>, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.iter.lend()
    }
}

impl<T: Ord + Copy, V> FusedIterator for OverlappingMut<'_, T, V> {}
impl<T: Ord + Copy, V> FusedIterator for WithHandles<OverlappingMut<'_, T, V>> {}

/// Gives an iterator over all entries its traits: `$iter` leads from `$this` to the [`IterMut`],
/// and an item is made of what it lends.
macro_rules! iterate_all_mut {
    ($type:ty, $item:ty, $this:ident => $iter:expr, |$lent:pat_param| $of:expr) => {
        impl<'a, T: Copy, V> Iterator for $type {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                let $this = self;
                $iter.lend().map(|$lent| $of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let $this = self;
                ($iter.remaining, Some($iter.remaining))
            }
        }

        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T: Copy, V> DoubleEndedIterator for $type {
            fn next_back(&mut self) -> Option<Self::Item> {
                let $this = self;
                $iter.lend_back().map(|$lent| $of)
            }
        }

        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T: Copy, V> ExactSizeIterator for $type {}
        #[allow(single_use_lifetimes, reason = "the type comes from the macro's caller")]
        impl<'a, T: Copy, V> FusedIterator for $type {}
    };
}

iterate_all_mut!(
    IterMut<'a, T, V>, (Interval<T>, &'a mut V), this => this,
    |(_, interval, value)| (interval, value)
);
iterate_all_mut!(
    WithHandles<IterMut<'a, T, V>>, (Handle, Interval<T>, &'a mut V), this => this.iter,
    |lent| lent
);
iterate_all_mut!(ValuesMut<'a, T, V>, &'a mut V, this => this.iter, |(_, _, value)| value);

impl<'a, T: Copy, V> IntoIterator for &'a mut IntervalBTree<T, V> {
    type Item = (Interval<T>, &'a mut V);
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

//! Queries by borrowed ends: `&str` for an index over `String`.

#![forbid(unsafe_code)]

use core::borrow::Borrow;
use core::fmt;
use core::iter::FusedIterator;
use core::ops::RangeBounds;

use super::IntervalRbTree;
use crate::arena::{Handle, NodeId};
use crate::index::WithHandles;
use crate::interval::{BorrowedQuery, Interval};

/// Iterator over the entries that overlap a query by borrowed ends; see
/// [`overlapping_borrowed`](IntervalRbTree::overlapping_borrowed).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct OverlappingBorrowed<'a, 'q, T, V, Q: ?Sized> {
    tree: &'a IntervalRbTree<T, V>,
    /// `None` when nothing is to come.
    query: Option<BorrowedQuery<'q, Q>>,
    previous: Option<NodeId>,
}

impl<T: Ord, V> IntervalRbTree<T, V> {
    /// Iterates over the entries that overlap `query` like [`overlapping`](Self::overlapping), and
    /// clones no end.
    ///
    /// `T` may be asked by any form that it can be borrowed as and that orders as it does: an index
    /// over `String` by `&str`, one over `Vec<u8>` by `&[u8]`. Two excluded ends are taken as they
    /// are: that nothing lies between them is not known.
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)` to run to the end, *k* being the number of entries yielded; `O(log n)` to
    /// the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut names: IntervalRbTree<String, u32> = IntervalRbTree::new();
    /// names.insert(Interval::new("ant".into(), "bee".into()), 1);
    /// names.insert(Interval::new("cat".into(), "dog".into()), 2);
    /// assert!(names.overlapping_borrowed("b".."c").map(|(_, volume)| *volume).eq([1]));
    /// assert_eq!(names.overlapping_borrowed::<str>(..).count(), 2);
    /// ```
    pub fn overlapping_borrowed<'q, Q>(
        &self,
        query: impl RangeBounds<&'q Q>,
    ) -> OverlappingBorrowed<'_, 'q, T, V, Q>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized + 'q,
    {
        OverlappingBorrowed { tree: self, query: BorrowedQuery::new(&query), previous: None }
    }

    /// Iterates over the entries that contain `at` like [`stab`](Self::stab), and clones no end; see
    /// [`overlapping_borrowed`](Self::overlapping_borrowed).
    ///
    /// # Complexity
    ///
    /// `O((1 + k) log n)` to run to the end, *k* being the number of entries yielded; `O(log n)` to
    /// the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut names: IntervalRbTree<String, u32> = IntervalRbTree::new();
    /// let volume = names.insert(Interval::new("ant".into(), "bee".into()), 1);
    /// let found = names.stab_borrowed("auk").with_handles().next();
    /// assert_eq!(found.map(|(handle, ..)| handle), Some(volume));
    /// ```
    pub fn stab_borrowed<'q, Q>(&self, at: &'q Q) -> OverlappingBorrowed<'_, 'q, T, V, Q>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        OverlappingBorrowed { tree: self, query: Some(BorrowedQuery::stab(at)), previous: None }
    }
}

impl<T, V, Q: ?Sized> OverlappingBorrowed<'_, '_, T, V, Q> {
    /// Creates an iterator that yields `(Handle, &Interval, &V)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut names: IntervalRbTree<String, u32> = IntervalRbTree::new();
    /// let volume = names.insert(Interval::new("ant".into(), "bee".into()), 1);
    /// assert_eq!(names.stab_borrowed("auk").with_handles().next().unwrap().0, volume);
    /// ```
    pub fn with_handles(self) -> WithHandles<Self> {
        WithHandles { iter: self }
    }
}

impl<T: Ord + Borrow<Q>, V, Q: Ord + ?Sized> OverlappingBorrowed<'_, '_, T, V, Q> {
    fn next_id(&mut self) -> Option<NodeId> {
        let nodes = &self.tree.nodes;
        let query = self.query.as_ref()?;
        let next = match self.previous {
            None => nodes.first_match(query),
            Some(previous) => nodes.next_match(previous, query),
        };
        match next {
            Some(_) => self.previous = next,
            None => self.query = None,
        }
        next
    }
}

impl<'a, T: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Iterator for OverlappingBorrowed<'a, '_, T, V, Q> {
    type Item = (&'a Interval<T>, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_id().map(|id| self.tree.pair(id))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }
}

impl<'a, T: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Iterator
    for WithHandles<OverlappingBorrowed<'a, '_, T, V, Q>>
{
    type Item = (Handle, &'a Interval<T>, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.iter.next_id().map(|id| self.iter.tree.triple(id))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.iter.size_hint()
    }
}

impl<T: Ord + Borrow<Q>, V, Q: Ord + ?Sized> FusedIterator
    for OverlappingBorrowed<'_, '_, T, V, Q>
{
}

impl<T: Ord + Borrow<Q>, V, Q: Ord + ?Sized> FusedIterator
    for WithHandles<OverlappingBorrowed<'_, '_, T, V, Q>>
{
}

impl<T, V, Q: ?Sized> Clone for OverlappingBorrowed<'_, '_, T, V, Q> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, query: self.query.clone(), previous: self.previous }
    }
}

impl<T, V, Q> fmt::Debug for OverlappingBorrowed<'_, '_, T, V, Q>
where
    T: Ord + Borrow<Q> + fmt::Debug,
    V: fmt::Debug,
    Q: Ord + ?Sized,
{
    /// Lists the entries still to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

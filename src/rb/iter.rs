use core::fmt;
use core::iter::FusedIterator;

use super::IntervalRbTree;
use crate::arena::NodeId;
use crate::interval::{Interval, Query};
use crate::rbtree::{Between, Matches, NoTally};

/// Iterator over the entries that overlap a query; see
/// [`overlapping`](IntervalRbTree::overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Overlapping<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    matches: Matches<T>,
}

/// Iterator over all entries from both ends; see [`iter`](IntervalRbTree::iter).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Iter<'a, T, V> {
    tree: &'a IntervalRbTree<T, V>,
    between: Between,
    remaining: usize,
}

/// Iterator over all intervals from both ends; see [`intervals`](IntervalRbTree::intervals).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Intervals<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// Iterator over all values from both ends; see [`values`](IntervalRbTree::values).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Values<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// An iterator of this crate that yields each entry's [`Handle`](crate::Handle) too, in front of
/// the rest.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut tree = IntervalRbTree::new();
/// let heap = tree.insert(Interval::new(10, 20), "heap");
/// let found = tree.stab(15).with_handles().next();
/// assert_eq!(found, Some((heap, &Interval::new(10, 20), &"heap")));
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct WithHandles<I> {
    pub(crate) iter: I,
}

/// Gives an iterator over entries its traits. The type has a field `tree`, methods `next_id` and
/// `bounds` (the size hint), and needs `$bound` of `T` to go on.
macro_rules! iterate_entries {
    ($name:ident $(, $bound:ident)?) => {
        impl<T, V> $name<'_, T, V> {
            /// Makes the iterator yield `(Handle, &Interval, &V)`.
            ///
            /// # Examples
            ///
            /// ```
            /// use stabtree::{Interval, IntervalRbTree};
            ///
            /// let mut tree = IntervalRbTree::new();
            /// let heap = tree.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(tree.stab(15).with_handles().next().unwrap().0, heap);
            /// assert_eq!(tree.iter().with_handles().next().unwrap().0, heap);
            /// ```
            pub fn with_handles(self) -> $crate::rb::WithHandles<Self> {
                $crate::rb::WithHandles { iter: self }
            }
        }

        impl<'a, T $(: $bound)?, V> Iterator for $name<'a, T, V> {
            type Item = (&'a $crate::Interval<T>, &'a V);

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.next_id().map(|id| self.tree.pair(id))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.bounds()
            }

            /// Counts the rest without reading a value.
            fn count(mut self) -> usize {
                core::iter::from_fn(|| self.next_id()).count()
            }
        }

        impl<'a, T $(: $bound)?, V> Iterator for $crate::rb::WithHandles<$name<'a, T, V>> {
            type Item = ($crate::Handle, &'a $crate::Interval<T>, &'a V);

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.iter.next_id().map(|id| self.iter.tree.triple(id))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.bounds()
            }
        }

        impl<T $(: $bound)?, V> core::iter::FusedIterator for $name<'_, T, V> {}
        impl<T $(: $bound)?, V> core::iter::FusedIterator
            for $crate::rb::WithHandles<$name<'_, T, V>> {}

        impl<T: Clone + core::fmt::Debug $(+ $bound)?, V: core::fmt::Debug> core::fmt::Debug
            for $name<'_, T, V>
        {
            /// Lists the entries still to come.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_map().entries(self.clone()).finish()
            }
        }
    };
}

/// Adds the other end to an iterator over entries. The type has a method `next_id_back`.
macro_rules! iterate_entries_back {
    ($name:ident $(, $bound:ident)?) => {
        impl<T $(: $bound)?, V> DoubleEndedIterator for $name<'_, T, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.next_id_back().map(|id| self.tree.pair(id))
            }
        }

        impl<T $(: $bound)?, V> DoubleEndedIterator
            for $crate::rb::WithHandles<$name<'_, T, V>>
        {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.next_id_back().map(|id| self.iter.tree.triple(id))
            }
        }
    };
}

pub(super) use {iterate_entries, iterate_entries_back};

iterate_entries!(Overlapping, Ord);
iterate_entries!(Iter);
iterate_entries_back!(Iter);

impl<'a, T: Ord, V> Overlapping<'a, T, V> {
    #[inline]
    pub(super) fn new(tree: &'a IntervalRbTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { tree, matches: Matches::new(query) }
    }

    #[inline]
    pub(super) fn next_id(&mut self) -> Option<NodeId> {
        self.matches.next(&self.tree.nodes, &mut NoTally)
    }

    fn bounds(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }
}

impl<T: Clone, V> Clone for Overlapping<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, matches: self.matches.clone() }
    }
}

impl<'a, T, V> Iter<'a, T, V> {
    pub(super) fn new(tree: &'a IntervalRbTree<T, V>) -> Self {
        Self { tree, between: tree.nodes.all(), remaining: tree.len() }
    }

    #[inline]
    fn next_id(&mut self) -> Option<NodeId> {
        let id = self.between.next(&self.tree.nodes)?;
        self.remaining -= 1;
        Some(id)
    }

    #[inline]
    fn next_id_back(&mut self) -> Option<NodeId> {
        let id = self.between.next_back(&self.tree.nodes)?;
        self.remaining -= 1;
        Some(id)
    }

    fn bounds(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<T, V> ExactSizeIterator for Iter<'_, T, V> {}
impl<T, V> ExactSizeIterator for WithHandles<Iter<'_, T, V>> {}

impl<T, V> Clone for Iter<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, between: self.between.clone(), remaining: self.remaining }
    }
}

/// Gives an iterator over one part of each entry its traits.
macro_rules! iterate_parts {
    ($name:ident, $part:ty, |$pair:pat_param| $of:expr) => {
        impl<'a, T, V> $name<'a, T, V> {
            pub(super) fn new(tree: &'a IntervalRbTree<T, V>) -> Self {
                Self { iter: Iter::new(tree) }
            }
        }

        impl<'a, T, V> Iterator for $name<'a, T, V> {
            type Item = &'a $part;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.iter.next().map(|$pair| $of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.bounds()
            }
        }

        impl<T, V> DoubleEndedIterator for $name<'_, T, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.next_back().map(|$pair| $of)
            }
        }

        impl<T, V> ExactSizeIterator for $name<'_, T, V> {}
        impl<T, V> FusedIterator for $name<'_, T, V> {}

        impl<T, V> Clone for $name<'_, T, V> {
            fn clone(&self) -> Self {
                Self { iter: self.iter.clone() }
            }
        }

        impl<T, V> fmt::Debug for $name<'_, T, V>
        where
            $part: fmt::Debug,
        {
            /// Lists what is still to come.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}

iterate_parts!(Intervals, Interval<T>, |(interval, _)| interval);
iterate_parts!(Values, V, |(_, value)| value);

impl<'a, T, V> IntoIterator for &'a IntervalRbTree<T, V> {
    type Item = (&'a Interval<T>, &'a V);
    type IntoIter = Iter<'a, T, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

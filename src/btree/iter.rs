#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;

use super::IntervalBTree;
use crate::bplus::node::Position;
use crate::bplus::search::Between;
use crate::bplus::visit::Visit;
use crate::bplus::walk::Matches;
use crate::interval::{Interval, Query};
use crate::rb::WithHandles;

/// Iterator over the entries that overlap a query; see
/// [`overlapping`](IntervalBTree::overlapping).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Overlapping<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    matches: Matches<T>,
}

/// Iterator over all entries from both ends; see [`iter`](IntervalBTree::iter).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Iter<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    between: Between,
}

/// Iterator over all intervals from both ends; see [`intervals`](IntervalBTree::intervals).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Intervals<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// Iterator over all values from both ends; see [`values`](IntervalBTree::values).
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Values<'a, T, V> {
    iter: Iter<'a, T, V>,
}

/// Gives an iterator over entries its traits. The type has a field `tree`, methods `next_id`,
/// `visit` (what is left, a leaf at a time) and `bounds` (the size hint), and needs `$bound` of `T`
/// to go on.
macro_rules! iterate_entries {
    ($name:ident $(, $bound:ident)?) => {
        impl<T, V> $name<'_, T, V> {
            /// Makes the iterator yield `(Handle, Interval, &V)`.
            ///
            /// # Examples
            ///
            /// ```
            /// use stabtree::{Interval, IntervalBTree};
            ///
            /// let mut tree = IntervalBTree::new();
            /// let heap = tree.insert(Interval::new(10, 20), "heap");
            /// assert_eq!(tree.stab(15).with_handles().next().unwrap().0, heap);
            /// assert_eq!(tree.iter().with_handles().next().unwrap().0, heap);
            /// ```
            pub fn with_handles(self) -> $crate::rb::WithHandles<Self> {
                $crate::rb::WithHandles { iter: self }
            }
        }

        impl<'a, T: Copy $(+ $bound)?, V> Iterator for $name<'a, T, V> {
            type Item = ($crate::Interval<T>, &'a V);

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.next_id().map(|id| self.tree.pair(id))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.bounds()
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, fold: F) -> B {
                self.visit(init, $crate::bplus::visit::Pairs(fold))
            }

            /// Counts the rest without reading an entry.
            fn count(self) -> usize {
                self.visit(0, $crate::bplus::visit::Counter)
            }
        }

        impl<'a, T: Copy $(+ $bound)?, V> Iterator for $crate::rb::WithHandles<$name<'a, T, V>> {
            type Item = ($crate::Handle, $crate::Interval<T>, &'a V);

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.iter.next_id().map(|id| self.iter.tree.triple(id))
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, fold: F) -> B {
                let slab = &self.iter.tree.slab;
                self.iter.visit(init, $crate::bplus::visit::Triples { slab, fold })
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.bounds()
            }
        }

        impl<T: Copy $(+ $bound)?, V> core::iter::FusedIterator for $name<'_, T, V> {}
        impl<T: Copy $(+ $bound)?, V> core::iter::FusedIterator
            for $crate::rb::WithHandles<$name<'_, T, V>> {}

        impl<T: Copy + core::fmt::Debug $(+ $bound)?, V: core::fmt::Debug> core::fmt::Debug
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
        impl<T: Copy $(+ $bound)?, V> DoubleEndedIterator for $name<'_, T, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.next_id_back().map(|id| self.tree.pair(id))
            }
        }

        impl<T: Copy $(+ $bound)?, V> DoubleEndedIterator
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
    pub(super) fn new(tree: &'a IntervalBTree<T, V>, query: Option<Query<T>>) -> Self {
        Self { tree, matches: Matches::new(&tree.nodes, query) }
    }

    #[inline]
    pub(super) fn next_id(&mut self) -> Option<Position> {
        self.matches.next(&self.tree.nodes)
    }

    #[inline]
    pub(super) fn visit<B>(self, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        self.matches.fold(&self.tree.nodes, init, visit)
    }
}

impl<T, V> Overlapping<'_, T, V> {
    pub(super) fn bounds(&self) -> (usize, Option<usize>) {
        (0, Some(self.tree.len()))
    }
}

impl<T: Clone, V> Clone for Overlapping<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, matches: self.matches.clone() }
    }
}

impl<'a, T, V> Iter<'a, T, V> {
    pub(super) fn new(tree: &'a IntervalBTree<T, V>) -> Self {
        Self::over(tree, tree.nodes.all(tree.len()))
    }

    pub(super) fn over(tree: &'a IntervalBTree<T, V>, between: Between) -> Self {
        Self { tree, between }
    }

    #[inline]
    fn next_id(&mut self) -> Option<Position> {
        self.between.next(&self.tree.nodes)
    }

    #[inline]
    fn next_id_back(&mut self) -> Option<Position> {
        self.between.next_back(&self.tree.nodes)
    }

    #[inline]
    fn visit<B>(self, init: B, visit: impl Visit<'a, T, V, B>) -> B {
        self.between.fold(&self.tree.nodes, init, visit)
    }

    fn bounds(&self) -> (usize, Option<usize>) {
        (self.between.remaining, Some(self.between.remaining))
    }
}

impl<T: Copy, V> ExactSizeIterator for Iter<'_, T, V> {}
impl<T: Copy, V> ExactSizeIterator for WithHandles<Iter<'_, T, V>> {}

impl<T, V> Clone for Iter<'_, T, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree, between: self.between.clone() }
    }
}

/// Gives an iterator over one part of each entry its traits.
macro_rules! iterate_parts {
    ($name:ident, $part:ty, |$pair:pat_param| $of:expr) => {
        impl<'a, T, V> $name<'a, T, V> {
            pub(super) fn new(tree: &'a IntervalBTree<T, V>) -> Self {
                Self { iter: Iter::new(tree) }
            }
        }

        #[allow(single_use_lifetimes, reason = "one of the parts borrows")]
        impl<'a, T: Copy, V> Iterator for $name<'a, T, V> {
            type Item = $part;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.iter.next().map(|$pair| $of)
            }

            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut fold: F) -> B {
                self.iter.fold(init, |folded, $pair| fold(folded, $of))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.iter.bounds()
            }
        }

        impl<T: Copy, V> DoubleEndedIterator for $name<'_, T, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.iter.next_back().map(|$pair| $of)
            }
        }

        impl<T: Copy, V> ExactSizeIterator for $name<'_, T, V> {}
        impl<T: Copy, V> FusedIterator for $name<'_, T, V> {}

        impl<T, V> Clone for $name<'_, T, V> {
            fn clone(&self) -> Self {
                Self { iter: self.iter.clone() }
            }
        }

        #[allow(single_use_lifetimes, reason = "one of the parts borrows")]
        impl<'a, T: Copy, V> fmt::Debug for $name<'a, T, V>
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
iterate_parts!(Values, &'a V, |(_, value)| value);

impl<'a, T: Copy, V> IntoIterator for &'a IntervalBTree<T, V> {
    type Item = (Interval<T>, &'a V);
    type IntoIter = Iter<'a, T, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

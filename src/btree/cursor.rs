//! Queries that come in ascending order.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use core::fmt;
use core::ops::RangeBounds;

use super::IntervalBTree;
use super::iter::Overlapping;
use super::node::{Leaf, NIL, Nodes};
use super::search::prefix;
use super::simd::{self, Instructions, Job};
use super::walk::Matches;
use crate::interval::Query;

/// Leaves behind the last place that are looked at.
const STEPS: usize = 2;

/// Most queries that are asked of the tree before a place is looked for again.
const MOST_PAUSE: u32 = 256;

/// Asks one query after the other, each from the place of the one before; see
/// [`cursor`](IntervalBTree::cursor).
pub struct Cursor<'a, T, V> {
    tree: &'a IntervalBTree<T, V>,
    pub(super) place: Option<Place<T>>,
    /// Queries to be asked of the tree before a place is looked for, and how many it will be if
    /// that place is of no use: so queries that are far apart cost little more than without.
    pub(super) pause: u32,
    pub(super) next_pause: u32,
}

/// A leaf, and the greatest `last` of all leaves in front of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<T> {
    pub(super) leaf: u32,
    pub(super) passed: Option<T>,
}

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    /// Gives a cursor, which answers queries as [`overlapping`](Self::overlapping) does, and faster
    /// if they come in ascending order of their lower ends and lie close to each other.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree: IntervalBTree<_> = (0..1_000).map(|i| (Interval::point(i), ())).collect();
    /// let mut cursor = tree.cursor();
    /// for at in 0..1_000 {
    ///     assert_eq!(cursor.stab(at).count(), 1);
    /// }
    /// ```
    pub fn cursor(&self) -> Cursor<'_, T, V> {
        Cursor { tree: self, place: None, pause: 0, next_pause: 1 }
    }
}

impl<'a, T: Ord + Copy, V> Cursor<'a, T, V> {
    /// Iterates over the entries that overlap `query`, as
    /// [`IntervalBTree::overlapping`] does.
    ///
    /// # Complexity
    ///
    /// That of the query, `O((1 + k) log n)`; `O(1 + k)` if its lower end lies in the leaf of the
    /// query before or in one of the next two, and no entry of a leaf in front overlaps.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(0, 9), 'a'), (Interval::new(5, 20), 'b')]);
    /// let mut cursor = tree.cursor();
    /// assert!(cursor.overlapping(3..=6).map(|(_, value)| *value).eq(['a', 'b']));
    /// assert!(cursor.overlapping(12..).map(|(_, value)| *value).eq(['b']));
    /// ```
    pub fn overlapping(&mut self, query: impl RangeBounds<T>) -> Overlapping<'a, T, V> {
        self.find(Query::new(query))
    }

    /// Iterates over the entries that contain `at`, as [`IntervalBTree::stab`] does.
    ///
    /// # Complexity
    ///
    /// That of [`overlapping`](Self::overlapping).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let tree = IntervalBTree::from([(Interval::new(0, 9), ()), (Interval::new(5, 20), ())]);
    /// let mut cursor = tree.cursor();
    /// assert!([4, 7, 12, 30].map(|at| cursor.stab(at).count()) == [1, 2, 1, 0]);
    /// ```
    pub fn stab(&mut self, at: T) -> Overlapping<'a, T, V> {
        self.find(Some(Query::stab(at)))
    }

    fn find(&mut self, query: Option<Query<T>>) -> Overlapping<'a, T, V> {
        let (tree, nodes) = (self.tree, &self.tree.nodes);
        let Some(query) = query.filter(|_| nodes.root != NIL) else {
            return Overlapping::new(tree, None);
        };
        if let Some(place) = self.place.take() {
            self.place = simd::run(Step { nodes, query: &query, place });
            if self.place.is_some() {
                self.next_pause = 1;
            } else {
                self.pause = self.next_pause;
                self.next_pause = (2 * self.next_pause).min(MOST_PAUSE);
            }
        } else if self.pause > 0 {
            self.pause -= 1;
        } else {
            self.place = Some(simd::run(Seek { nodes, query: &query }));
        }
        match self.place {
            Some(Place { leaf, passed }) if !passed.is_some_and(|last| query.reaches(&last)) => {
                Overlapping::over(tree, Matches::along(nodes, query, leaf))
            }
            _ => Overlapping::new(tree, Some(query)),
        }
    }
}

/// Looks for the last leaf that begins in front of the query's lower end, or the first of all.
struct Seek<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    query: &'a Query<T>,
}

impl<T: Ord + Copy, V> Job for Seek<'_, T, V> {
    type Output = Place<T>;

    #[inline(always)]
    fn run<I: Instructions>(self, with: I) -> Place<T> {
        let Self { nodes, query } = self;
        let (mut id, mut passed) = (nodes.root, None);
        for _ in 0..nodes.height {
            let inner = nodes.inner(id);
            let in_front = prefix(with, &inner.starts, inner.len, |start| !query.reaches(start));
            let child = in_front.saturating_sub(1);
            passed = passed.max(greatest(&inner.lasts, child));
            id = inner.children[child];
        }
        Place { leaf: id, passed }
    }
}

/// Looks for the same some leaves behind a place.
struct Step<'a, T, V> {
    nodes: &'a Nodes<T, V>,
    query: &'a Query<T>,
    place: Place<T>,
}

impl<T: Ord + Copy, V> Job for Step<'_, T, V> {
    type Output = Option<Place<T>>;

    #[inline(always)]
    fn run<I: Instructions>(self, _: I) -> Option<Place<T>> {
        let Self { nodes, query, place: Place { leaf, mut passed } } = self;
        let begins_in_front = |leaf: &Leaf<T, V>| !query.reaches(&leaf.starts[0]);
        let mut at = (leaf, nodes.leaf(leaf));
        if !begins_in_front(at.1) && at.1.prev != NIL {
            return None;
        }
        for _ in 0..=STEPS {
            let (id, leaf) = at;
            if leaf.next == NIL {
                return Some(Place { leaf: id, passed });
            }
            let next = nodes.leaf(leaf.next);
            if !begins_in_front(next) {
                return Some(Place { leaf: id, passed });
            }
            passed = passed.max(greatest(&leaf.lasts, leaf.len()));
            at = (leaf.next, next);
        }
        None
    }
}

/// The greatest of the first `n` items; a loop of fixed length.
#[inline(always)]
fn greatest<T: Ord + Copy, const N: usize>(items: &[T; N], n: usize) -> Option<T> {
    let mut greatest = items[0];
    for (i, item) in items.iter().enumerate() {
        greatest = greatest.max(if i < n { *item } else { items[0] });
    }
    (n > 0).then_some(greatest)
}

impl<T: Copy, V> Clone for Cursor<'_, T, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T, V> fmt::Debug for Cursor<'_, T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

//! Many queries at once, answered in one flat result.
//!
//! The parallel twins give, bit for bit, what the serial ones give. This room knows the public
//! indexes and nothing of their nodes.

#![forbid(unsafe_code)]

mod btree;
#[cfg(feature = "rayon")]
mod parallel;

use alloc::vec::Vec;
use core::ops::RangeBounds;

use crate::arena::Handle;
use crate::interval::Query;
use crate::tree::IntervalTree;

/// The answers to a batch of queries, laid end to end.
///
/// `offsets.len()` is the number of queries plus one, and `hits[offsets[i]..offsets[i + 1]]` are
/// the entries that query *i* found, in the order of the single query.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalTree};
///
/// let mut tree = IntervalTree::new();
/// let a = tree.insert(Interval::new(0, 9), 'a');
/// let b = tree.insert(Interval::new(5, 20), 'b');
/// let found = tree.stab_batch(&[7, 30, 20]);
/// assert_eq!(found.offsets, [0, 2, 2, 3]);
/// assert_eq!(found.hits, [a, b, b]);
/// assert!(found.iter().eq([&[a, b][..], &[], &[b]]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BatchHits {
    /// Where the answer to each query begins in `hits`, and behind the last one its end.
    pub offsets: Vec<usize>,
    /// All answers, in the order of the queries.
    pub hits: Vec<Handle>,
}

impl BatchHits {
    fn with_queries(queries: usize) -> Self {
        let mut offsets = Vec::with_capacity(queries + 1);
        offsets.push(0);
        Self { offsets, hits: Vec::new() }
    }

    /// Ends the answer to the query at hand.
    fn end_answer(&mut self) {
        self.offsets.push(self.hits.len());
    }

    /// Returns the entries that query `index` found, or `None` if there was no such query.
    ///
    /// # Examples
    ///
    /// ```
    /// let tree = stabtree::IntervalTree::<u64>::new();
    /// assert_eq!(tree.stab_batch(&[7]).get(0), Some(&[][..]));
    /// ```
    pub fn get(&self, index: usize) -> Option<&[Handle]> {
        self.hits.get(*self.offsets.get(index)?..*self.offsets.get(index + 1)?)
    }

    /// Iterates over the answers in the order of the queries.
    ///
    /// # Examples
    ///
    /// ```
    /// let tree = stabtree::IntervalTree::<u64>::new();
    /// assert_eq!(tree.stab_batch(&[7, 8]).iter().count(), 2);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &[Handle]> {
        self.offsets.windows(2).map(|ends| &self.hits[ends[0]..ends[1]])
    }
}

/// Queries, each with its place among all, in the order of their lower ends: one finds the nodes it
/// needs in the caches, where the one before has left them. Those that hold no value are left out.
fn in_key_order<T: Ord>(queries: impl Iterator<Item = Option<Query<T>>>) -> Vec<(usize, Query<T>)> {
    let numbered = queries.enumerate().filter_map(|(at, query)| Some((at, query?)));
    let mut sorted: Vec<_> = numbered.collect();
    sorted.sort_unstable_by(|(_, a), (_, b)| a.cmp_lower(b));
    sorted
}

/// Answers in another order than that of the queries.
struct Shuffled {
    hits: Vec<Handle>,
    /// Of each answer the place of its query and where it ends in `hits`.
    ends: Vec<(usize, usize)>,
}

impl Shuffled {
    /// Lays the answers of all `parts` in the order of the queries; a query without one finds
    /// nothing.
    fn lay(parts: &[Self], queries: usize) -> BatchHits {
        let mut answers: Vec<&[Handle]> = alloc::vec![&[]; queries];
        let mut hits = 0;
        for part in parts {
            let mut from = 0;
            for (at, end) in &part.ends {
                answers[*at] = &part.hits[from..*end];
                from = *end;
            }
            hits += part.hits.len();
        }
        let mut found = BatchHits::with_queries(queries);
        found.hits.reserve_exact(hits);
        for answer in answers {
            found.hits.extend_from_slice(answer);
            found.end_answer();
        }
        found
    }
}

impl<T: Ord + Clone, V> IntervalTree<T, V> {
    fn answer(&self, queries: impl IntoIterator<Item = (usize, Query<T>)>) -> Shuffled {
        let mut found = Shuffled { hits: Vec::new(), ends: Vec::new() };
        for (at, query) in queries {
            found.hits.extend(self.matches(query).with_handles().map(|(handle, ..)| handle));
            found.ends.push((at, found.hits.len()));
        }
        found
    }

    /// Answers [`overlapping`](Self::overlapping) for many queries.
    ///
    /// # Complexity
    ///
    /// That of the single queries together, and `O(m log m)` to sort *m* queries.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let tree: IntervalTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.overlapping_batch(&[0..3, 5..6]).offsets, [0, 3, 4]);
    /// ```
    pub fn overlapping_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> BatchHits {
        let sorted = in_key_order(queries.iter().map(|query| Query::new(query.clone())));
        Shuffled::lay(&[self.answer(sorted)], queries.len())
    }

    /// Answers [`stab`](Self::stab) for many points.
    ///
    /// # Complexity
    ///
    /// That of the single queries together, and `O(m log m)` to sort *m* queries.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let tree: IntervalTree<_> = (0..10).map(|i| (Interval::new(i, i + 1), ())).collect();
    /// assert_eq!(tree.stab_batch(&[0, 5]).offsets, [0, 1, 3]);
    /// ```
    pub fn stab_batch(&self, points: &[T]) -> BatchHits {
        let sorted = in_key_order(points.iter().map(|at| Some(Query::stab(at.clone()))));
        Shuffled::lay(&[self.answer(sorted)], points.len())
    }

    /// Answers [`count_overlapping`](Self::count_overlapping) for many queries.
    ///
    /// # Complexity
    ///
    /// That of the single queries together, and `O(m log m)` to sort *m* queries.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalTree};
    ///
    /// let tree: IntervalTree<_> = (0..10).map(|i| (Interval::point(i), ())).collect();
    /// assert_eq!(tree.count_batch(&[0..3, 5..6]), [3, 1]);
    /// ```
    pub fn count_batch<Q: RangeBounds<T> + Clone>(&self, queries: &[Q]) -> Vec<usize> {
        let mut counts = alloc::vec![0; queries.len()];
        for (at, query) in in_key_order(queries.iter().map(|query| Query::new(query.clone()))) {
            counts[at] = self.matches(query).count();
        }
        counts
    }
}

//! Many queries at once, answered in one flat result.
//!
//! The parallel twins give, bit for bit, what the serial ones give. This room knows the public
//! indexes and nothing of their nodes.

#![forbid(unsafe_code)]

mod btree;
#[cfg(feature = "rayon")]
mod parallel;
mod tree;

use alloc::vec::Vec;

use crate::arena::Handle;

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

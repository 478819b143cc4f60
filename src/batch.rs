//! Many queries at once, answered in one flat result.
//!
//! The parallel twins give, bit for bit, what the serial ones give. This room knows the public
//! indexes and nothing of their nodes.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

#[cfg(feature = "rayon")]
use rayon::prelude::{ParallelIterator, ParallelSlice};

use crate::arena::Handle;

/// The answers to a batch of queries, laid end to end.
///
/// `offsets.len()` is the number of queries plus one, and `hits[offsets[i]..offsets[i + 1]]` are
/// the entries that query *i* found, in the order of the single query.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut tree = IntervalRbTree::new();
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
    pub(crate) fn with_queries(queries: usize) -> Self {
        let mut offsets = Vec::with_capacity(queries + 1);
        offsets.push(0);
        Self { offsets, hits: Vec::new() }
    }

    /// Ends the answer to the query at hand.
    pub(crate) fn end_answer(&mut self) {
        self.offsets.push(self.hits.len());
    }

    /// Returns the entries that query `index` found, or `None` if there was no such query.
    ///
    /// # Examples
    ///
    /// ```
    /// let tree = stabtree::IntervalRbTree::<u64>::new();
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
    /// let tree = stabtree::IntervalRbTree::<u64>::new();
    /// assert_eq!(tree.stab_batch(&[7, 8]).iter().count(), 2);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &[Handle]> {
        self.offsets.windows(2).map(|ends| &self.hits[ends[0]..ends[1]])
    }
}

/// How many queries one task answers: enough to make the task worth its start, and as many as will
/// still keep all threads at work, for the closer queries lie to each other the faster they are.
#[cfg(feature = "rayon")]
pub(crate) fn chunk_len(queries: usize) -> usize {
    queries.div_ceil(4 * rayon::current_num_threads()).max(256)
}

/// Answers the queries in chunks and lays the answers end to end.
#[cfg(feature = "rayon")]
pub(crate) fn by_chunks<Q: Sync>(
    queries: &[Q],
    answer: impl Fn(&[Q]) -> BatchHits + Sync,
) -> BatchHits {
    let chunks: Vec<BatchHits> =
        queries.par_chunks(chunk_len(queries.len())).map(&answer).collect();
    let mut found = BatchHits::with_queries(queries.len());
    found.hits.reserve(chunks.iter().map(|chunk| chunk.hits.len()).sum());
    for chunk in chunks {
        let before = found.hits.len();
        found.offsets.extend(chunk.offsets[1..].iter().map(|offset| before + offset));
        found.hits.extend(chunk.hits);
    }
    found
}

/// The same for counts.
#[cfg(feature = "rayon")]
pub(crate) fn count_by_chunks<Q: Sync>(
    queries: &[Q],
    count: impl Fn(&[Q]) -> Vec<usize> + Sync,
) -> Vec<usize> {
    queries.par_chunks(chunk_len(queries.len())).flat_map_iter(&count).collect()
}

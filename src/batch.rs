//! Many queries at once, answered in one flat result.
//!
//! The parallel variants give exactly what the serial ones give.

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::iter::FusedIterator;
use core::ops::Index;
use core::slice::Windows;

#[cfg(feature = "rayon")]
use rayon::prelude::{ParallelIterator, ParallelSlice};

use crate::arena::Handle;

/// The answers to a batch of queries, in the order of the queries.
///
/// Each answer is the handles of the entries that a query found, in the order of the single query.
/// All answers lie in one slice, [`handles`](Self::handles).
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalBTree};
///
/// let mut index = IntervalBTree::new();
/// let a = index.insert(Interval::new(0, 9), 'a');
/// let b = index.insert(Interval::new(5, 20), 'b');
/// let found = index.stab_batch(&[7, 30, 20]);
/// assert_eq!(found.len(), 3);
/// assert_eq!(found[0], [a, b]);
/// assert!(found.iter().eq([&[a, b][..], &[], &[b]]));
/// assert_eq!(found.handles(), [a, b, b]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BatchHits {
    /// Where each answer begins in `hits`, and at last where the last one ends.
    pub(crate) offsets: Vec<usize>,
    /// All answers, in the order of the queries.
    pub(crate) hits: Vec<Handle>,
}

/// Iterator over the answers to a batch of queries, from both ends; see [`BatchHits::iter`].
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Answers<'a> {
    offsets: Windows<'a, usize>,
    hits: &'a [Handle],
}

impl BatchHits {
    pub(crate) fn with_queries(queries: usize) -> Self {
        let mut offsets = Vec::with_capacity(queries + 1);
        offsets.push(0);
        Self { offsets, hits: Vec::new() }
    }

    /// Ends the answers to the queries before the one of that number.
    pub(crate) fn end_answers(&mut self, number: usize) {
        if number >= self.offsets.len() {
            self.offsets.resize(number + 1, self.hits.len());
        }
    }

    /// Ends the answer to the query at hand.
    pub(crate) fn end_answer(&mut self) {
        self.offsets.push(self.hits.len());
    }

    /// Returns the number of queries.
    ///
    /// # Examples
    ///
    /// ```
    /// let index = stabtree::IntervalBTree::<u64>::new();
    /// assert_eq!(index.stab_batch(&[7, 8]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns `true` if there was no query.
    ///
    /// # Examples
    ///
    /// ```
    /// let index = stabtree::IntervalBTree::<u64>::new();
    /// assert!(index.stab_batch(&[]).is_empty());
    /// assert!(!index.stab_batch(&[7]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what the query at position `index` found, or `None` if there was no such query.
    ///
    /// # Examples
    ///
    /// ```
    /// let index = stabtree::IntervalBTree::<u64>::new();
    /// assert_eq!(index.stab_batch(&[7]).get(0), Some(&[][..]));
    /// assert_eq!(index.stab_batch(&[7]).get(1), None);
    /// ```
    pub fn get(&self, index: usize) -> Option<&[Handle]> {
        self.hits.get(*self.offsets.get(index)?..*self.offsets.get(index.checked_add(1)?)?)
    }

    /// Iterates over the answers in the order of the queries; from both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// let index = stabtree::IntervalBTree::<u64>::new();
    /// assert_eq!(index.stab_batch(&[7, 8]).iter().count(), 2);
    /// ```
    pub fn iter(&self) -> Answers<'_> {
        Answers { offsets: self.offsets.windows(2), hits: &self.hits }
    }

    /// Returns all answers, one after another.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let index = IntervalBTree::from([(Interval::new(0, 9), 'a')]);
    /// assert_eq!(index.stab_batch(&[7, 8, 10]).handles().len(), 2);
    /// ```
    pub fn handles(&self) -> &[Handle] {
        &self.hits
    }

    /// Returns where the answers lie in [`handles`](Self::handles): one offset more than there are
    /// queries, and answer *i* is `handles()[offsets()[i]..offsets()[i + 1]]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let index = IntervalBTree::from([(Interval::new(0, 9), 'a')]);
    /// assert_eq!(index.stab_batch(&[7, 8, 10]).offsets(), [0, 1, 2, 2]);
    /// ```
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }
}

impl Index<usize> for BatchHits {
    type Output = [Handle];

    /// Returns what the query at position `index` found.
    ///
    /// # Panics
    ///
    /// Panics if there was no such query; [`get`](BatchHits::get) does not.
    fn index(&self, index: usize) -> &[Handle] {
        let queries = self.len();
        assert!(index < queries, "no query {index} in a batch of {queries}");
        &self.hits[self.offsets[index]..self.offsets[index + 1]]
    }
}

impl<'a> IntoIterator for &'a BatchHits {
    type Item = &'a [Handle];
    type IntoIter = Answers<'a>;

    fn into_iter(self) -> Answers<'a> {
        self.iter()
    }
}

impl<'a> Answers<'a> {
    fn answer(hits: &'a [Handle], ends: &[usize]) -> &'a [Handle] {
        &hits[ends[0]..ends[1]]
    }
}

impl<'a> Iterator for Answers<'a> {
    type Item = &'a [Handle];

    fn next(&mut self) -> Option<Self::Item> {
        self.offsets.next().map(|ends| Self::answer(self.hits, ends))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.offsets.size_hint()
    }
}

impl DoubleEndedIterator for Answers<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.offsets.next_back().map(|ends| Self::answer(self.hits, ends))
    }
}

impl ExactSizeIterator for Answers<'_> {}
impl FusedIterator for Answers<'_> {}

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

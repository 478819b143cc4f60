//! How many queries are answered at once: in the order of their lower ends.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

#[cfg(feature = "rayon")]
use rayon::prelude::{ParallelIterator, ParallelSlice};

use super::IntervalRbTree;
use super::iter::Overlapping;
use crate::arena::Handle;
use crate::batch::BatchHits;
#[cfg(feature = "rayon")]
use crate::batch::chunk_len;
use crate::interval::{Interval, Query};

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
        for part in parts {
            let mut from = 0;
            for (at, end) in &part.ends {
                answers[*at] = &part.hits[from..*end];
                from = *end;
            }
        }
        let mut found = BatchHits::with_queries(queries);
        found.hits.reserve_exact(parts.iter().map(|part| part.hits.len()).sum());
        for answer in answers {
            found.hits.extend_from_slice(answer);
            found.end_answer();
        }
        found
    }
}

impl<T: Ord + Clone, V> IntervalRbTree<T, V> {
    fn answer(&self, queries: impl IntoIterator<Item = (usize, Query<T>)>) -> Shuffled {
        let mut found = Shuffled { hits: Vec::new(), ends: Vec::new() };
        for (at, query) in queries {
            found.hits.extend(
                Overlapping::new(self, Some(query)).with_handles().map(|(handle, ..)| handle),
            );
            found.ends.push((at, found.hits.len()));
        }
        found
    }

    pub(super) fn answer_each<Q>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
    ) -> BatchHits {
        let sorted = in_key_order(queries.iter().map(query));
        Shuffled::lay(&[self.answer(sorted)], queries.len())
    }

    /// Calls `visit` for each entry that a query finds, with the number of the query.
    pub(super) fn visit_each<'a, Q>(
        &'a self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
        mut visit: impl FnMut(usize, &'a Interval<T>, &'a V),
    ) {
        for (at, query) in in_key_order(queries.iter().map(query)) {
            let found = Overlapping::new(self, Some(query));
            found.for_each(|(interval, value)| visit(at, interval, value));
        }
    }

    pub(super) fn count_each<Q>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
    ) -> Vec<usize> {
        let mut counts = alloc::vec![0; queries.len()];
        for (at, query) in in_key_order(queries.iter().map(query)) {
            counts[at] = self.count(&query);
        }
        counts
    }

    #[cfg(feature = "rayon")]
    pub(super) fn par_answer_each<Q: Sync>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>> + Sync,
    ) -> BatchHits
    where
        T: Sync,
        V: Sync,
    {
        let sorted = in_key_order(queries.iter().map(query));
        let chunks = sorted.par_chunks(chunk_len(sorted.len()));
        let parts: Vec<_> = chunks.map(|chunk| self.answer(chunk.iter().cloned())).collect();
        Shuffled::lay(&parts, queries.len())
    }
}

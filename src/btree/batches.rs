//! How many queries are answered at once: a group of them, level by level.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

use super::IntervalBTree;
use crate::arena::Handle;
use crate::batch::BatchHits;
#[cfg(feature = "rayon")]
use crate::batch::by_chunks;
use crate::bplus::batch::Group;
use crate::count_index::CountIndex;
use crate::interval::Query;

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    pub(super) fn answer_each<Q>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
    ) -> BatchHits {
        let mut found = BatchHits::with_queries(queries.len());
        self.find_together(queries.iter().map(query), |hits| {
            found.hits.extend(hits);
            found.end_answer();
        });
        found
    }

    pub(super) fn count_each<Q>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
    ) -> Vec<usize> {
        let mut counts = Vec::with_capacity(queries.len());
        let (mut touched, mut ranks) = (0, None);
        for (done, q) in queries.iter().enumerate() {
            counts.push(match (query(q), &ranks) {
                (None, _) => 0,
                (Some(query), Some(ranks)) => CountIndex::count_query(ranks, &query),
                (Some(query), None) => {
                    let (count, nodes) = self.nodes.count(&query);
                    touched += nodes;
                    // Sorting the ends takes the time of about two nodes for each entry; the
                    // queries to come are taken to be like those until now.
                    let to_come = touched * (queries.len() - done) / (done + 1);
                    if done % 64 == 63 && to_come > 2 * self.len() {
                        ranks = Some(self.count_ends());
                    }
                    count
                }
            });
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
        by_chunks(queries, |chunk| self.answer_each(chunk, &query))
    }

    /// Calls `answer` with what each query finds, in the order of the queries.
    fn find_together(
        &self,
        queries: impl Iterator<Item = Option<Query<T>>>,
        mut answer: impl FnMut(&mut dyn Iterator<Item = Handle>),
    ) {
        let mut queries = queries.fuse();
        let mut group = Group::new();
        while group.gather(queries.by_ref()) {
            group.find(&self.nodes);
            let mut hits = group.hits.iter();
            for count in &group.counts {
                answer(&mut hits.by_ref().take(*count).map(|id| self.slab.handle(*id)));
            }
        }
    }
}

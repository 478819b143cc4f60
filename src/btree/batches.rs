//! How many queries are answered at once: a group of them, level by level.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

use super::IntervalBTree;
use crate::arena::Handle;
use crate::batch::BatchHits;
#[cfg(feature = "rayon")]
use crate::batch::by_chunks;
use crate::bplus::batch::Group;
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
        queries.iter().map(|q| query(q).map_or(0, |query| self.count(&query))).collect()
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

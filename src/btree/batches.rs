//! How many queries are answered at once: a group of them, level by level.

#![forbid(unsafe_code)]

use alloc::vec::Vec;

use super::IntervalBTree;
use crate::batch::BatchHits;
#[cfg(feature = "rayon")]
use crate::batch::by_chunks;
use crate::bplus::batch::Group;
use crate::bplus::bits::SetBits;
use crate::bplus::leaves::LeafRef;
use crate::count_index::CountIndex;
use crate::interval::{Interval, Query};

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    pub(super) fn answer_each<Q>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
    ) -> BatchHits {
        let mut found = BatchHits::with_queries(queries.len());
        self.find_together(queries.iter().map(query), |number, leaf, hits| {
            found.end_answers(number);
            found.hits.extend(SetBits(hits).map(|pos| self.slab.handle(leaf.slots[pos])));
        });
        found.end_answers(queries.len());
        found
    }

    /// Calls `visit` for each entry that a query finds, with the number of the query.
    #[inline]
    pub(super) fn visit_each<'a, Q>(
        &'a self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
        mut visit: impl FnMut(usize, Interval<T>, &'a V),
    ) {
        self.find_together(queries.iter().map(query), |number, leaf, hits| {
            for pos in SetBits(hits) {
                visit(number, leaf.interval(pos), &leaf.values[pos]);
            }
        });
    }

    pub(super) fn count_each<Q>(
        &self,
        queries: &[Q],
        query: impl Fn(&Q) -> Option<Query<T>>,
    ) -> Vec<usize> {
        let mut counts = alloc::vec![0; queries.len()];
        let mut group = Group::new();
        let (mut done, mut touched) = (0, 0);
        while done < queries.len() {
            let count = group.gather(queries[done..].iter().map(&query));
            touched += group.count(&self.nodes, &mut counts[done..]);
            done += count;
            // Sorting the ends takes the time of about two nodes for each entry; the queries to come
            // are taken to be like those until now.
            let to_come = touched * (queries.len() - done) / done;
            if to_come > 2 * self.len() {
                let ranks = self.count_ends();
                for (count, q) in counts[done..].iter_mut().zip(&queries[done..]) {
                    *count = query(q).map_or(0, |query| CountIndex::count_query(&ranks, &query));
                }
                break;
            }
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

    /// Calls `answer` for each leaf with hits of a query, with the number of the query and the set of
    /// the hits: in the order of the queries, and for each query in the order of the tree.
    #[inline]
    fn find_together<'a>(
        &'a self,
        queries: impl Iterator<Item = Option<Query<T>>>,
        mut answer: impl FnMut(usize, LeafRef<'a, T, V>, u64),
    ) {
        let mut queries = queries.fuse();
        let (mut group, mut before) = (Group::new(), 0);
        loop {
            let count = group.gather(queries.by_ref());
            if count == 0 {
                break;
            }
            group.answer(&self.nodes, |number, leaf, hits| answer(before + number, leaf, hits));
            before += count;
        }
    }
}

use intervaltree::{Element, IntervalTree};

use super::{Contender, Hit};
use crate::workloads::{Entry, Query};

/// `intervaltree`: a sorted array with an implicit tree over it, half-open, built once.
pub(super) type IntervalTreeCrate = IntervalTree<u64, u32>;

#[inline]
fn hit(element: &Element<u64, u32>) -> Hit {
    (element.range.start, element.range.end - 1, element.value)
}

impl Contender for IntervalTreeCrate {
    type Handle = ();

    const IS_STATIC: bool = true;

    fn new() -> Self {
        Self::from_random(&[])
    }

    fn from_random(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| (entry.start..entry.last + 1, entry.value)).collect()
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        self.query(query.start..query.last + 1).map(hit)
    }

    fn stab(&self, at: u64) -> impl Iterator<Item = Hit> {
        self.query_point(at).map(hit)
    }

    fn any_stab(&self, at: u64) -> bool {
        self.query_point(at).next().is_some()
    }

    fn iter(&self) -> impl Iterator<Item = Hit> {
        self.iter_sorted().map(hit)
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

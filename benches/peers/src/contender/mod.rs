//! The indexes that are compared, each behind the same small face.
//!
//! A new one takes a file here with its `Contender`, and a line in `contenders!`.

mod augmented_rbtree;
mod bio;
mod bio_array;
mod btreemap;
mod coitrees;
mod interavl;
mod intervaltree;
mod iset;
mod packed;
mod rb_interval_map;
mod rust_lapper;
mod store_interval_tree;
mod superintervals;
mod tree;
mod wide;

use std::hint::black_box;

use crate::bench::Stage;
use crate::operation::Operation;
use crate::runner::{Run, Runner};
use crate::workloads::{Entry, Found, Query};

/// An index of closed intervals with values.
pub(crate) trait Contender: Sized {
    /// What a user keeps to remove an entry, beside its interval and value.
    type Handle: Copy;

    /// Whether it is built at once from all entries, and `from_random` does that.
    const IS_STATIC: bool = false;

    /// Whether two equal intervals can be held.
    const HOLDS_EQUALS: bool = true;

    /// Whether ends can have more than 31 bits.
    const WIDE_ENDS: bool = true;

    /// With how many entries it is measured at most: some searches read them all.
    const MOST: u32 = u32::MAX;

    /// Whether the operation is there, as far as it does not follow from `IS_STATIC`.
    fn offers(operation: Operation) -> bool {
        !operation.is_count()
    }

    fn new() -> Self;

    fn insert(&mut self, _: Entry) -> Self::Handle {
        unreachable!("a static index")
    }

    /// Removes this entry, and tells whether it was there.
    fn remove(&mut self, _: Entry, _: Self::Handle) -> bool {
        unreachable!("a static index")
    }

    /// The same where others have the same interval: exactly this one must go.
    fn remove_among_equals(&mut self, entry: Entry, handle: Self::Handle) -> bool {
        self.remove(entry, handle)
    }

    fn from_random(entries: &[Entry]) -> Self {
        let mut index = Self::new();
        for entry in entries {
            black_box(index.insert(*entry));
        }
        index
    }

    /// Builds from entries sorted by start, in the fastest way there is.
    fn from_sorted(entries: &[Entry]) -> Self {
        Self::from_random(entries)
    }

    fn overlapping(&self, query: Query) -> Found;

    /// A search for many queries, which may keep what it allocates.
    fn searcher(&self) -> impl FnMut(Query) -> Found {
        |query| self.overlapping(query)
    }

    fn stab(&self, at: u64) -> Found {
        self.overlapping(Query { start: at, last: at })
    }

    /// A search for many points, which may keep what it allocates.
    fn point_searcher(&self) -> impl FnMut(Query) -> Found {
        |point: Query| self.stab(point.start)
    }

    /// The same for points that come in ascending order.
    fn sorted_searcher(&self) -> impl FnMut(Query) -> Found {
        self.point_searcher()
    }

    /// Whether anything contains this point.
    fn any_stab(&self, _: u64) -> bool {
        unreachable!("not offered")
    }

    /// How many entries overlap the query, by a call that does not list them.
    fn count(&self, _: Query) -> usize {
        unreachable!("not offered")
    }

    /// Reads all entries in order of start.
    fn in_order(&self) -> Found {
        unreachable!("not offered")
    }

    fn copy(&self) -> Self {
        unreachable!("not offered")
    }

    fn shrink(&mut self) {}
}

/// Lists the contenders, in the order in which they take turns.
macro_rules! contenders {
    ($($name:literal => $type:ty,)*) => {
        /// The names of all.
        pub(crate) const NAMES: [&str; [$($name),*].len()] = [$($name),*];

        /// Sets a contender up, unless it cannot hold the entries.
        pub(crate) fn set_up(name: &'static str, stage: &Stage) -> Option<Box<dyn Run>> {
            match name {
                $($name => Runner::<$type>::set_up($name, stage),)*
                _ => None,
            }
        }

        /// Whether the contender is built at once.
        pub(crate) fn is_static(name: &str) -> bool {
            match name {
                $($name => <$type>::IS_STATIC,)*
                _ => false,
            }
        }
    };
}

contenders! {
    "tree" => tree::Tree,
    "btree" => wide::Wide,
    "btree-packed" => packed::Packed,
    "iset" => iset::Iset,
    "rb-interval-map" => rb_interval_map::RbIntervalMap,
    "bio" => bio::BioAvl,
    "interavl" => interavl::Interavl,
    "augmented-rbtree" => augmented_rbtree::AugmentedRbTree,
    "store-interval-tree" => store_interval_tree::StoreIntervalTree,
    "btreemap" => btreemap::BoundedScan,
    "superintervals" => superintervals::SuperIntervals,
    "coitrees" => coitrees::Coitrees,
    "rust-lapper" => rust_lapper::Stable,
    "rust-lapper-2b" => rust_lapper::Beta,
    "intervaltree" => intervaltree::IntervalTreeCrate,
    "bio-array" => bio_array::BioArray,
}

//! The indexes that are compared, each behind the same small face.
//!
//! A new one takes a file here with its `Contender`, and a line in `contenders!`. A static index
//! answers `offers` with `false` for the churn, and overrides `from_random`.

mod augmented_rbtree;
mod bio;
mod btreemap;
mod coitrees;
mod interavl;
mod iset;
mod rb_interval_map;
mod superintervals;
mod tree;
mod wide;

use std::hint::black_box;

use crate::bench::{Run, Runner, Stage};
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// An index of closed intervals with values.
pub(crate) trait Contender: Sized {
    /// What a user keeps to remove an entry, beside its interval and value.
    type Handle: Copy;

    /// Whether two equal intervals can be held.
    const HOLDS_EQUALS: bool = true;

    /// Whether the operation is there.
    fn offers(operation: Operation) -> bool {
        let _ = operation;
        true
    }

    fn new() -> Self;

    fn insert(&mut self, entry: Entry) -> Self::Handle;

    /// Removes this entry, and tells whether it was there.
    fn remove(&mut self, entry: Entry, handle: Self::Handle) -> bool;

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

    fn stab(&self, at: u64) -> Found {
        self.overlapping(Query { start: at, last: at })
    }

    /// Whether anything contains this point.
    fn any_stab(&self, at: u64) -> bool;

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
    };
}

contenders! {
    "tree" => tree::Tree,
    "btree" => wide::Wide,
    "iset" => iset::Iset,
    "rb-interval-map" => rb_interval_map::RbIntervalMap,
    "bio" => bio::BioAvl,
    "interavl" => interavl::Interavl,
    "augmented-rbtree" => augmented_rbtree::AugmentedRbTree,
    "btreemap" => btreemap::BoundedScan,
    "superintervals" => superintervals::SuperIntervals,
    "coitrees" => coitrees::Coitrees,
}

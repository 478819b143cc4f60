//! The indexes that are compared, each behind the same few methods.
//!
//! A new one takes a file here with its `Contender`, a line in `contenders!` and one in
//! `words::CONTENDERS`.

mod augmented_rbtree;
mod bio;
mod bio_array;
mod btreemap;
mod bulk;
mod coitrees;
mod counts;
mod interavl;
mod intervaltree;
mod iset;
mod ours;
mod rangemap;
mod rb_interval_map;
mod rust_lapper;
mod simd_intervaltree;
mod store_interval_tree;
mod superintervals;

use std::fmt::Debug;
use std::hint::black_box;
use std::iter;

use stabtree::{IntervalBTree, IntervalRbTree};

use self::bulk::Bulk;
use crate::operation::{Loop, Operation};
use crate::runner::{Run, Runner};
use crate::stage::Stage;
use crate::workloads::{Entry, Found, Query};

/// Both ends of an entry, inclusive, and its value.
pub(crate) type Hit = (u64, u64, u32);

/// Ends that an index may have.
pub(crate) trait End: Copy + Debug + Ord + Into<u64> {
    const BITS: u32;

    fn of(at: u64) -> Self;
}

impl End for u32 {
    const BITS: u32 = 32;

    #[inline]
    fn of(at: u64) -> Self {
        Self::try_from(at).expect("populations with larger ends leave it out")
    }
}

impl End for u64 {
    const BITS: u32 = 64;

    #[inline]
    fn of(at: u64) -> Self {
        at
    }
}

/// Ends of crates that have them signed.
#[inline]
pub(crate) fn signed(at: u64) -> i32 {
    i32::try_from(at).expect("populations with larger ends leave it out")
}

/// A value of some size that knows the number of its entry, if that fits in.
pub(crate) trait Value: Copy {
    fn of(number: u32) -> Self;

    fn number(&self) -> u32;
}

impl Value for u32 {
    #[inline]
    fn of(number: u32) -> Self {
        number
    }

    #[inline]
    fn number(&self) -> u32 {
        *self
    }
}

/// Bytes that begin with the number, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<const N: usize>([u8; N]);

impl<const N: usize> Value for Bytes<N> {
    #[inline]
    fn of(number: u32) -> Self {
        let mut bytes = [0; N];
        if let Some(first) = bytes.first_chunk_mut() {
            *first = number.to_le_bytes();
        }
        Self(bytes)
    }

    #[inline]
    fn number(&self) -> u32 {
        self.0.first_chunk().map_or(0, |first| u32::from_le_bytes(*first))
    }
}

#[inline]
fn add(found: &mut Found, (start, last, value): Hit) {
    found.add(start, last, value);
}

/// An index of closed intervals with values.
pub(crate) trait Contender: Sized {
    /// What a user keeps to remove an entry, beside its interval and value.
    type Handle: Copy;

    /// Whether it is built at once from all entries, and `from_random` does that.
    const IS_STATIC: bool = false;

    /// Whether two equal intervals can be held.
    const HOLDS_EQUALS: bool = true;

    /// Whether intervals that overlap can be held.
    const HOLDS_OVERLAPS: bool = true;

    /// Bits of the ends.
    const END_BITS: u32 = 64;

    /// With how many entries it is measured at most: some searches read them all.
    const MOST: u32 = u32::MAX;

    /// Whether the operation is there, as far as it does not follow from `IS_STATIC`.
    fn offers(operation: Operation) -> bool {
        is_common(operation)
    }

    fn new() -> Self;

    fn insert(&mut self, _: Entry) -> Self::Handle {
        unreachable!("a static index")
    }

    /// Removes this entry, and returns whether it was there.
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

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit>;

    fn stab(&self, at: u64) -> impl Iterator<Item = Hit> {
        self.overlapping(Query { start: at, last: at })
    }

    /// All hits by `for_each`, or a callback.
    fn fold(&self, _: Query, _: &mut Found) {
        unreachable!("not offered")
    }

    fn fold_stab(&self, at: u64, found: &mut Found) {
        self.fold(Query { start: at, last: at }, found);
    }

    /// Puts the values of all hits into the empty `values`.
    fn extend(&self, query: Query, values: &mut Vec<u32>) {
        values.extend(self.overlapping(query).map(|(.., value)| value));
    }

    /// The hits of points in ascending order, by what is made for them.
    fn stab_ascending(&self, _: &[Query], _: &mut Found) {
        unreachable!("not offered")
    }

    /// Whether anything contains this point.
    fn any_stab(&self, _: u64) -> bool {
        unreachable!("not offered")
    }

    /// How many entries overlap the query, by a call that does not list them.
    fn count(&self, _: Query) -> usize {
        unreachable!("not offered")
    }

    /// All entries in order of start.
    fn iter(&self) -> impl Iterator<Item = Hit> {
        iter::empty()
    }

    fn fold_iter(&self, _: &mut Found) {
        unreachable!("not offered")
    }

    fn copy(&self) -> Self {
        unreachable!("not offered")
    }

    /// Gives spare capacity back.
    fn shrink(&mut self) {}
}

/// What nearly all indexes can do: no counts, folds and cursors.
fn is_common(operation: Operation) -> bool {
    !is_fold(operation) && !matches!(operation, Operation::Count(_) | Operation::StabCursor)
}

fn is_fold(operation: Operation) -> bool {
    operation.reading() == Some(Loop::Fold)
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

        /// Bits of the contender's ends.
        pub(crate) fn end_bits(name: &str) -> u32 {
            match name {
                $($name => <$type>::END_BITS,)*
                _ => 64,
            }
        }
    };
}

contenders! {
    "btree" => IntervalBTree<u64, u32>,
    "btree-32" => IntervalBTree<u32, u32>,
    "btree-bulk" => Bulk<u64>,
    "btree-bulk-32" => Bulk<u32>,
    "count-index" => counts::Counts,
    "rbtree" => IntervalRbTree<u64, u32>,
    "iset" => iset::Iset<u32>,
    "rb-interval-map" => rb_interval_map::RbIntervalMap,
    "bio" => bio::BioAvl,
    "interavl" => interavl::Interavl,
    "augmented-rbtree" => augmented_rbtree::AugmentedRbTree,
    "store-interval-tree" => store_interval_tree::StoreIntervalTree,
    "simd-interval-set" => simd_intervaltree::Set,
    "btreemap" => btreemap::BoundedScan,
    "rangemap" => rangemap::Ranges,
    "superintervals" => superintervals::SuperIntervals,
    "coitrees" => coitrees::Coitrees,
    "rust-lapper" => rust_lapper::Stable,
    "rust-lapper-2b" => rust_lapper::Beta,
    "simd-intervaltree" => simd_intervaltree::Static,
    "intervaltree" => intervaltree::IntervalTreeCrate,
    "bio-array" => bio_array::BioArray,
}

/// Sets those up that are compared by the size of their values.
pub(crate) fn set_up_with_values<V: Value + 'static>(stage: &Stage) -> Vec<Box<dyn Run>> {
    let all = [
        Runner::<IntervalBTree<u64, V>>::set_up("btree", stage),
        Runner::<IntervalRbTree<u64, V>>::set_up("rbtree", stage),
        Runner::<iset::Iset<V>>::set_up("iset", stage),
        Runner::<btreemap::Disjoint<V>>::set_up("btreemap", stage),
    ];
    all.into_iter().flatten().collect()
}

//! Interval maps: store values under closed intervals `[start, last]`, and find every entry that overlaps
//! a range or contains a point.
//!
//! ```
//! use stabtree::{Interval, IntervalBTree};
//!
//! let mut jobs = IntervalBTree::new();
//! let standup = jobs.insert(Interval::new(9, 12), "standup"); // both ends belong to it
//! jobs.insert(Interval::new(11, 15), "review");
//!
//! assert!(jobs.stab(11).map(|(_, name)| *name).eq(["standup", "review"]));
//! assert_eq!(jobs.overlapping(13..).count(), 1);
//! assert_eq!(jobs.gaps(8..20).next(), Some(Interval::new(8, 8)));
//! assert_eq!(jobs.remove(standup), Some((Interval::new(9, 12), "standup")));
//! ```
//!
//! # Which type
//!
//! | you want | use |
//! |---|---|
//! | entries that may overlap and repeat, with ends that are `Copy` | [`IntervalBTree`] |
//! | the same with ends that are not `Copy`, such as `String` | [`IntervalRbTree`] |
//! | ranges that never overlap: a new one overwrites what it covers | [`RangeMap`], [`RangeSet`] |
//! | half-open ranges of times, floats, anything with an order | any of them over [`Cut`] |
//! | the Linux kernel's interval tree, node for node | [`IntervalRbTree`] |
//! | to write code over either index | [`IntervalIndex`] |
//! | the kernel's way from a merged page to everyone who maps it | `rmap`, behind a feature |
//!
//! `IntervalBTree` is the one to begin with, and the faster one where ends are numbers, addresses or `Cut`s
//! of numbers. Where an end has several fields to compare, as a date with a time, the other one may answer
//! a stab sooner. Both indexes have the same methods with the same answers in the same order; they differ in
//! how an interval is handed out, by value here and by reference there.
//!
//! | question | method |
//! |---|---|
//! | what overlaps a range, what contains a point | [`overlapping`](IntervalBTree::overlapping), [`stab`](IntervalBTree::stab) |
//! | is there any, how many | [`overlaps`](IntervalBTree::overlaps), [`count_overlapping`](IntervalBTree::count_overlapping) |
//! | what contains all of an interval, what lies inside | [`covering`](IntervalBTree::covering), [`within`](IntervalBTree::within) |
//! | exactly this interval, what starts in a range | [`exact`](IntervalBTree::exact), [`range`](IntervalBTree::range) |
//! | the nearest on either side, the nearest few | [`nearest_k`](IntervalBTree::nearest_k), [`nearest`](IntervalBTree::nearest) |
//! | what is free, what is covered, how deep | [`gaps`](IntervalBTree::gaps), [`merged`](IntervalBTree::merged), [`depth`](IntervalBTree::depth) |
//! | all pairs that overlap, of two indexes, of one | [`join`](IntervalBTree::join), [`overlapping_pairs`](IntervalBTree::overlapping_pairs) |
//! | many queries at once | [`stab_batch_for_each`](IntervalBTree::stab_batch_for_each); in one flat answer of handles: [`overlapping_batch`](IntervalBTree::overlapping_batch), with `rayon` in parallel |
//!
//! # Handles
//!
//! An entry keeps its [`Handle`] from insertion to removal, whatever happens to others: it leads to value
//! and interval in `O(1)`, and removes or moves the entry without a search. Handles can be saved as
//! numbers, and lead into a clone, into a compacted index and into the other index that one was converted
//! into as before.
//!
//! ```
//! use stabtree::{Interval, IntervalBTree};
//!
//! let mut jobs: IntervalBTree<u64, u32> = (0..100).map(|i| (Interval::new(i, i + 9), 0)).collect();
//! let late: Vec<_> = jobs.overlapping(95..).with_handles().map(|(job, ..)| job).collect();
//! for job in late {
//!     *jobs.get_mut(job).unwrap() += 1;
//!     jobs.set_interval(job, Interval::new(0, 9)); // the handle stays
//! }
//! assert_eq!(jobs.count_overlapping(95..), 0);
//! ```
//!
//! # A lock over ranges
//!
//! A range lock is an index of what is held: `overlaps` says whether to wait, and the handle gives a range
//! back in `O(log n)`.
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use std::sync::{Condvar, Mutex};
//!
//! use stabtree::{Handle, Interval, IntervalBTree};
//!
//! /// Ranges that are read by many or written by one.
//! #[derive(Default)]
//! struct RangeLock {
//!     /// What is held, and whether to write.
//!     held: Mutex<IntervalBTree<u64, bool>>,
//!     released: Condvar,
//! }
//!
//! struct Guard<'a> {
//!     lock: &'a RangeLock,
//!     range: Handle,
//! }
//!
//! impl RangeLock {
//!     fn lock(&self, range: Interval<u64>, writes: bool) -> Guard<'_> {
//!         let held = self.held.lock().unwrap();
//!         let mut held = self.released.wait_while(held, |held| {
//!             held.overlapping(&range).any(|(_, other_writes)| writes || *other_writes)
//!         });
//!         let range = held.as_mut().unwrap().insert(range, writes);
//!         Guard { lock: self, range }
//!     }
//! }
//!
//! impl Drop for Guard<'_> {
//!     fn drop(&mut self) {
//!         self.lock.held.lock().unwrap().remove(self.range);
//!         self.lock.released.notify_all();
//!     }
//! }
//!
//! let lock = RangeLock::default();
//! let (a, b) = (lock.lock(Interval::new(0, 9), false), lock.lock(Interval::new(5, 20), false));
//! std::thread::scope(|threads| {
//!     let writer = threads.spawn(|| drop(lock.lock(Interval::new(8, 8), true)));
//!     let other = lock.lock(Interval::new(30, 39), true); // nothing is in its way
//!     drop((a, b, other));
//!     writer.join().unwrap(); // waited for both
//! });
//! assert!(lock.held.into_inner().unwrap().is_empty());
//! # }
//! ```
//!
//! # Edges
//!
//! | | |
//! |---|---|
//! | ends | both belong to the interval; `[0, u64::MAX]` is ordinary |
//! | half-open ranges | `Interval::try_from(3..7)` and `Interval::half_open(3..7)` are `[3, 6]`; as queries ranges are taken as they are |
//! | `Interval::new(start, end - 1)` | wraps to the whole domain where `end` is zero, in release builds: use `half_open` |
//! | touching | `[0, 9]` and `[9, 20]` overlap; `[0, 8]` and `[9, 20]` do not, but make one run in [`merged`](IntervalBTree::merged) |
//! | times, floats, strings: ends with no next value | closed as they are; half-open, with gaps and depth, as [`Cut`] |
//! | unbounded query on a [`Discrete`] type without `MIN` or `MAX` | runs and gaps end there with what is held |
//! | empty or inverted interval | cannot be made: [`Interval::try_new`] gives the ends back, [`Interval::new`] panics; a position without extent is [`Cut::before`] its value |
//! | query that excludes two neighbours | `(Excluded(25), Excluded(26))` contains no integer and finds nothing, as `26..26` does. So it is for all types of `core` that are [`Discrete`]; for others the order alone decides: something may lie between, and what covers both ends is found. Runs ([`spans`](IntervalBTree::spans), gaps, depth) over it are empty for every `Discrete` type, and [`Interval::from_range`] says so before you ask |
//! | empty or inverted query | finds nothing, be it `5..5` or `9..=3` |
//! | equal starts | in order of insertion; equal intervals are kept side by side, nothing is overwritten |
//! | changed interval | goes after those with an equal start; the handle stays |
//! | stale handle | finds nothing, from then on; one of an unrelated index finds nothing or an entry of this one |
//! | overlap and [`nearest`](IntervalBTree::nearest) | what contains the point is neither before nor after it |
//! | too many entries | `try_insert` gives interval and value back |
//! | `Ord` that panics | the index stays valid, changed or not; one that contradicts itself gets wrong answers or a panic, nothing worse |
//!
//! # Complexity
//!
//! With *n* entries and *k* results:
//!
//! | operation | bound |
//! |---|---|
//! | insert, remove, change an interval | `O(log n)` |
//! | first result, any result, nearest after | `O(log n)` |
//! | all results | `O((1 + k) log n)`, at most `O(n)` |
//! | count | as all results; in `IntervalBTree` what starts inside the query is counted by subtrees |
//! | value or interval of a handle, hull, first, length | `O(1)` |
//! | build from sorted | `O(n)` |
//!
//! A method with another bound names it. Long intervals cost where they are many: a query that a thousand
//! entries reach into from the left visits them all, since they are its answers.
//!
//! # Coming from
//!
//! | | `iset` | `rust-lapper` | `coitrees`, `superintervals` | `rangemap` | bedtools | Guava, Boost.ICL | Linux |
//! |---|---|---|---|---|---|---|---|
//! | an interval | `start..end` | `start`, `stop` exclusive | `first`, `last` | `start..end`, disjoint | `start`, `end` exclusive | `Range`, `interval` of four kinds | `start`, `last` |
//! | [`insert`](IntervalBTree::insert) | `force_insert` | `insert`, linear | - | `RangeMap::insert` is [`RangeMap::insert_coalescing`] | - | `TreeRangeMap.put`, `interval_map::set` are [`RangeMap::insert`] | `anon_vma_interval_tree_insert` |
//! | [`insert_after`](IntervalBTree::insert_after) | - | - | - | - | - | - | `vma_interval_tree_insert_after` |
//! | [`remove`](IntervalBTree::remove) by handle | `remove` by key | - | - | `remove` is [`RangeMap::cut`] | `subtract` | `remove`, `erase` are [`RangeMap::cut`] | `anon_vma_interval_tree_remove` |
//! | [`overlapping`](IntervalBTree::overlapping) | `iter` | `find`, `seek` | `query`, `search_values` | `overlapping` | `intersect -wa -wb` | `subRangeMap`, `equal_range` | `anon_vma_interval_tree_foreach` |
//! | [`stab`](IntervalBTree::stab) | `overlap` | `find` | `query`, `search_stabbed` | `get` | - | `get`, `find` | `iter_first` with equal ends |
//! | [`overlaps`](IntervalBTree::overlaps) | `has_overlap` | - | `has_overlaps` | [`RangeMap::overlaps`] | `intersect -u` | `intersects` | `iter_first` |
//! | [`count_overlapping`](IntervalBTree::count_overlapping) | - | `count` | `query_count`, `count` | - | `intersect -c` | - | - |
//! | [`RangeMap::get_entry`], [`first`](RangeMap::first), [`last`](RangeMap::last) | - | - | - | `get_key_value`, `first_range_value`, `last_range_value` | - | `getEntry` | - |
//! | [`nearest`](IntervalBTree::nearest) | - | - | - | - | `closest` | - | - |
//! | [`gaps`](IntervalBTree::gaps) | - | - | `gaps` | `gaps` | `complement` | `complement` | `interval_tree_span_iter` |
//! | [`depth`](IntervalBTree::depth), [`merged`](IntervalBTree::merged) | - | `depth`, `merge_overlaps` | `coverage`, `merge` | - | `genomecov`, `merge` | `split_interval_map` | - |
//! | [`try_from_sorted`](IntervalBTree::try_from_sorted), `collect` | `from_sorted` | `Lapper::new` | `COITree::new`, `build` | `collect` | - | - | - |
//!
//! Beware of three things: `last` belongs to the interval, so `start..end` becomes
//! `Interval::half_open(start..end)` and not `Interval::new(start, end)`; entries are removed by
//! handle, so keep it, or find the entry by [`exact`](IntervalBTree::exact) with its handles; and
//! [`start`](Interval::start) and [`last`](Interval::last) are references, since not all ends are `Copy`:
//! [`into_bounds`](Interval::into_bounds) gives both by value.
//!
//! # Features
//!
//! * `std` (default): without it the crate is `no_std` and needs `alloc`.
//! * `rmap`: the model of KSM reverse mapping; uses `std`, `smallvec` and `arc-swap`.
//! * `rayon`: parallel iteration and building, and `par_*` forms of the batches.
//! * `sync`: readers that never wait for the thread that changes an index; uses `std` and `arc-swap`.
//! * `serde`: `Serialize` and `Deserialize`; what comes in is validated. `serde_with_handles` keeps handles.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

mod arena;
pub mod batch;
mod bplus;
pub mod btree;
mod count_index;
mod error;
mod index;
mod interval;
mod pages;
pub mod range_map;
pub mod rb;
mod rbtree;
#[cfg(feature = "rmap")]
pub mod rmap;
#[cfg(all(feature = "sync", target_has_atomic = "ptr"))]
pub mod sync;

pub use arena::Handle;
pub use batch::BatchHits;
pub use btree::IntervalBTree;
#[cfg(target_has_atomic = "ptr")]
pub use btree::Snapshot;
pub use count_index::CountIndex;
pub use error::{CapacityError, InsertAfterError, InsertAfterReason, TryInsertError};
pub use index::WithHandles;
pub use index::generic::{EntryIterator, IntervalIndex};
#[cfg(feature = "serde")]
pub use index::serde_with_handles;
pub use interval::{
    Countable, Coverage, Cut, Discrete, EmptyRangeError, Interval, InvalidIntervalError,
    RangeDisplay, Span,
};
#[cfg(target_has_atomic = "ptr")]
pub use range_map::RangeMapSnapshot;
pub use range_map::{GapSearch, Occupied, OverlapError, RangeMap, RangeSet};
pub use rb::IntervalRbTree;

/// Streams over what two sets of intervals cover: see [`Coverage`] for what such a set may be.
pub mod set_operations {
    pub use crate::interval::{Difference, Intersection, SymmetricDifference, Union};
}

#[cfg(doctest)]
mod compile_fail_tests;

#[cfg(all(doctest, feature = "rmap"))]
#[doc = include_str!("../README.md")]
struct Readme;

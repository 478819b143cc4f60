//! A dynamic interval index that is the Linux kernel's `anon_vma_interval_tree` to the shape, and
//! an executable model of KSM reverse mapping built on it.
//!
//! # What to use when
//!
//! | you want | use |
//! |---|---|
//! | any ends that are `Ord + Clone`; the kernel's shape | [`IntervalRbTree`] |
//! | ends that are `Copy`, and speed | [`IntervalBTree`], the same under the same names |
//! | what is covered, what is free, how deep | [`spans`](IntervalRbTree::spans), [`gaps`](IntervalRbTree::gaps), [`merged`](IntervalRbTree::merged), [`depth`](IntervalRbTree::depth) |
//! | all pairs of two indexes that overlap | [`join`](IntervalRbTree::join) |
//! | the answers to many queries in one flat result | [`batch`]; with the feature `rayon`, in parallel |
//! | to see how the kernel finds everyone who maps a merged page | `rmap` |
//!
//! Both indexes hold closed intervals `[start, last]`, each with a value. An entry keeps its
//! [`Handle`] from insertion to removal, whatever happens to the others.
//!
//! ```
//! use stabtree::{Interval, IntervalRbTree};
//!
//! let mut vmas = IntervalRbTree::new();
//! let heap = vmas.insert(Interval::new(0x1000u64, 0x4fff), "heap");
//! vmas.insert(Interval::new(0x4000, 0x8fff), "stack");
//! assert!(vmas.stab(0x4800).map(|(_, name)| *name).eq(["heap", "stack"]));
//! vmas.remove(heap);
//! assert!(!vmas.overlaps(..0x4000));
//! ```
//!
//! A query is any range of ends, or an interval; it finds what overlaps it. Its iterator owns it,
//! is lazy, allocates nothing, and gives handles on request:
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
//! assert_eq!(jobs.first_overlapping(0..=0), Some((Interval::new(0, 9), &0)));
//! ```
//!
//! Many queries at once:
//!
//! ```
//! use stabtree::IntervalRbTree;
//!
//! let mut tree = IntervalRbTree::new();
//! let page = tree.insert((10u32..20).try_into()?, "page");
//! let found = tree.stab_batch(&[5, 15]);
//! assert!(found.iter().eq([&[][..], &[page]]));
//! # Ok::<(), stabtree::EmptyRangeError<u32>>(())
//! ```
//!
//! # Edges
//!
//! | | |
//! |---|---|
//! | ends | both belong to the interval; `[0, u64::MAX]` is ordinary |
//! | half-open ranges | `Interval::try_from(3..7)` is `[3, 6]`; as queries they are taken as they are |
//! | times, floats, strings: ends with no next value | closed as they are; half-open, with gaps and depth, as [`Cut`] |
//! | unbounded query on a [`Discrete`] type without `MIN` or `MAX` | runs and gaps end there with what is held |
//! | touching | `[0, 9]` and `[9, 20]` overlap; `[0, 8]` and `[9, 20]` do not, but make one run in [`spans`](IntervalRbTree::spans) |
//! | empty or inverted interval | cannot be made: [`Interval::try_new`] gives the ends back, [`Interval::new`] panics; a position without extent is [`Cut::before`] its value |
//! | `Interval::new(start, end - 1)` | wraps where `end` is 0, in a release build; [`Interval::half_open`] does not |
//! | empty or inverted query | finds nothing, be it `5..5` or `9..=3` |
//! | query that excludes two neighbours | `(Excluded(25), Excluded(26))` contains no integer and finds nothing, as `26..26` does. So it is for all types of `core` that are [`Discrete`]; for others the order alone decides: something may lie between, and what covers both ends is found. Runs ([`spans`](IntervalRbTree::spans), gaps, depth) over it are empty for every `Discrete` type, and [`Interval::from_range`] says so before you ask |
//! | equal starts | in order of insertion; equal intervals live side by side, nothing is overwritten |
//! | changed interval | goes behind those with an equal start; the handle stays |
//! | stale handle | finds nothing, for ever; one of another index finds nothing or an entry of this one |
//! | overlap and [`nearest`](IntervalRbTree::nearest) | what contains the point is neither before nor after it |
//! | too many entries | `try_insert` gives interval and value back |
//! | `Ord` that panics | the index stays whole, changed or not; one that lies gets wrong answers or a panic, nothing worse |
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
//! | nearest before | `O((1 + s) log n)`, *s* entries containing the point |
//! | value or interval of a handle, hull, first, length | `O(1)` |
//! | build from sorted | `O(n)` |
//!
//! # Coming from
//!
//! | | `iset` | `rust-lapper` | `coitrees` | `intervaltree` | Linux |
//! |---|---|---|---|---|---|
//! | an interval | `start..end` | `start`, `stop` exclusive | `first`, `last` | `start..end` | `start`, `last` |
//! | [`insert`](IntervalRbTree::insert) | `force_insert`; `insert` overwrites | `insert`, linear | - | - | `anon_vma_interval_tree_insert` |
//! | [`insert_after`](IntervalRbTree::insert_after) | - | - | - | - | `vma_interval_tree_insert_after` |
//! | [`remove`](IntervalRbTree::remove) by handle | `remove`, `remove_where` by key | - | - | - | `anon_vma_interval_tree_remove` |
//! | [`set_interval`](IntervalRbTree::set_interval) | - | - | - | - | `anon_vma_interval_tree_pre_update_vma` and `post` |
//! | [`overlapping`](IntervalRbTree::overlapping) | `iter` | `find`, `seek` | `query` | `query` | `anon_vma_interval_tree_foreach` |
//! | [`first_overlapping_handle`](IntervalRbTree::first_overlapping_handle), [`next_overlapping_handle`](IntervalRbTree::next_overlapping_handle) | - | - | - | - | `iter_first`, `iter_next` |
//! | [`stab`](IntervalRbTree::stab) | `overlap` | `find` | `query` | `query_point` | `iter_first` with equal ends |
//! | [`overlaps`](IntervalRbTree::overlaps) | `has_overlap` | - | - | - | `iter_first` |
//! | [`count_overlapping`](IntervalRbTree::count_overlapping) | - | `count` | `query_count` | - | - |
//! | [`exact`](IntervalRbTree::exact) | `get`, `values_at` | - | - | - | - |
//! | [`gaps`](IntervalRbTree::gaps), [`spans`](IntervalRbTree::spans) | - | - | - | - | `interval_tree_span_iter` |
//! | [`depth`](IntervalRbTree::depth), [`merged`](IntervalRbTree::merged) | - | `depth`, `merge_overlaps` | `coverage` | - | - |
//! | [`try_from_sorted`](IntervalRbTree::try_from_sorted), `collect` | `from_sorted` | `Lapper::new` | `COITree::new` | `collect` | - |
//!
//! Beware of two things: `last` belongs to the interval, so `start..end` becomes
//! `Interval::try_from(start..end)` and not `Interval::new(start, end)`; and entries are removed by
//! handle, so keep it, or find the entry by [`exact`](IntervalRbTree::exact) with its handles.
//!
//! # Features
//!
//! * `std` (default): without it the crate is `no_std` and needs `alloc`.
//! * `rmap` (default): the model of KSM reverse mapping; uses `std` and `smallvec`.
//! * `rayon`: parallel iteration and building, and `par_*` twins of the batches.
//! * `serde`: `Serialize` and `Deserialize`; what comes in is validated.

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

pub use arena::Handle;
pub use batch::BatchHits;
pub use btree::IntervalBTree;
pub use count_index::CountIndex;
pub use error::{CapacityError, InsertAfterError, InsertAfterReason, TryInsertError};
pub use index::WithHandles;
pub use index::generic::{EntryIterator, IntervalIndex};
pub use interval::{
    Countable, Cut, Discrete, EmptyRangeError, Interval, InvalidIntervalError, Span,
};
pub use range_map::{GapSearch, Occupied, OverlapError, RangeMap, RangeSet};
pub use rb::IntervalRbTree;

#[cfg(all(doctest, feature = "rmap"))]
#[doc = include_str!("../README.md")]
struct Readme;

//! A dynamic interval index that is the Linux kernel's `anon_vma_interval_tree` to the shape, and
//! an executable model of KSM reverse mapping built on it.
//!
//! # What to use when
//!
//! * [`IntervalTree`] holds closed intervals `[start, last]` with values, and answers which of them
//!   overlap a range, contain a point, lie inside, lie nearest; entries have stable [`Handle`]s.
//! * [`IntervalBTree`] answers the same under the same names, in wide nodes that are faster to
//!   search; its ends are `Copy`.
//! * [`tree::Spans`] and its neighbours answer what is covered and what is free.
//! * [`batch`] answers many queries at once; with the feature `rayon`, in parallel.
//! * `rmap` models how the kernel finds everyone who maps a merged page, and judges each way of
//!   narrowing the search against the page tables.
//!
//! ```
//! use stabtree::{Interval, IntervalTree};
//!
//! let mut vmas = IntervalTree::new();
//! let heap = vmas.insert(Interval::new(0x1000u64, 0x4fff), "heap");
//! vmas.insert(Interval::new(0x4000, 0x8fff), "stack");
//! assert!(vmas.stab(0x4800).map(|(_, name)| *name).eq(["heap", "stack"]));
//! vmas.remove(heap);
//! assert!(!vmas.overlaps(..0x4000));
//! ```
//!
//! # Edges
//!
//! | | |
//! |---|---|
//! | ends | both belong to the interval; `[0, u64::MAX]` is ordinary |
//! | touching | `[0, 9]` and `[9, 20]` overlap; `[0, 8]` and `[9, 20]` do not, but make one run in [`spans`](IntervalTree::spans) |
//! | inverted interval | cannot be made: [`Interval::try_new`] hands the ends back, [`Interval::new`] panics |
//! | empty or inverted query | finds nothing |
//! | equal starts | in order of insertion; equal intervals live side by side |
//! | stale handle | finds nothing, for ever |
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
//! | nearest before | `O((1 + s) log n)`, *s* entries containing the point |
//! | value or interval of a handle, hull, first, length | `O(1)` |
//! | build from sorted | `O(n)` |
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
pub mod btree;
mod interval;
mod rbtree;
#[cfg(feature = "rmap")]
pub mod rmap;
pub mod tree;

pub use arena::Handle;
pub use btree::IntervalBTree;
pub use interval::{Discrete, EmptyRange, Interval, InvalidInterval};
pub use tree::IntervalTree;

#[cfg(all(doctest, feature = "rmap"))]
#[doc = include_str!("../README.md")]
struct Readme;

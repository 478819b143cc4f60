//! Intervals and both indexes over them.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod batch;
mod borrowed;
mod btree;
mod complexity;
mod count_index;
mod coverage;
mod edits;
mod ends;
mod exhaustive_sequences;
mod exhaustive_shapes;
mod forgotten_iterators;
mod generic;
mod golden_shapes;
mod handles;
mod inconsistent_ord;
mod interval;
mod kernel_shape;
mod kernel_traces;
mod large_values;
mod map_values;
mod model;
mod panics;
#[cfg(feature = "sync")]
mod published_history;
mod serde;
mod serde_with_handles;
mod snapshot_history;
mod snapshots;
mod trait_impls;

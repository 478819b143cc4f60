//! The reverse walk: from a frame to the page-table entries that may map it.
//!
//! Reads tables and changes none; what is done with a mapping is the visitor's business.
//!
//! 1. `visited == skipped_address + skipped_mm + skipped_by_control + hits`, in every loop and in
//!    the sum.
//! 2. Strategies differ in where they search, and whether in two passes or in one. The tests on what
//!    is found there, and their order, are the same for all passes of a name.
//! 3. The order is passes, then items newest first and residual items, then the tree's.
//! 4. The family's lock is held for one loop, that is for one item or residual item of one pass.

mod control;
mod reverse_map;
pub(crate) mod stats;
mod strategy;

pub use control::{Collect, Control, Mapping, SlowestLoop};
pub(crate) use reverse_map::{ReverseMap, Visit, Visitor};
pub use stats::{LoopStart, LoopStats, Pass, SearchedTree, WalkStats};
pub use strategy::{
    AddressPgoff, CompleteIndex, CountThenFull, FullRange, IndexAndComputedAddress, NarrowThenWide,
    ProcessContext, Progress, RemapBit, StableItem, StoredFilePgoff, StoredPgoff, Strategy,
    VmaPgoff,
};

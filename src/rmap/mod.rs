//! An executable model of KSM reverse mapping: processes, mappings, `anon_vma` trees, the scanner
//! that merges equal pages, and the walk from a page back to everyone who maps it.
//!
//! Change one thing, where the walk searches, and [`Machine::audit`] reports which page-table
//! entries it misses and what it cost. The behaviour is that of Linux 6.12, 7.2 or 7.3 ([`KernelVersion`]), as
//! each was recorded, written anew from its description.
//!
//! What is on the way back to a page's mappings is either `anon_vma`s or, as proposed for a later kernel,
//! contexts ([`ReverseMapKind`]).
//!
//! What it does not model: page contents (a [`Content`] is a number), large folios, NUMA, files that
//! change their length, races between calls, and time. It uses the indexes of this crate through
//! their public interface only.
//!
//! # Invariants
//!
//! 1. A call that returns an [`RmapError`], or that a panicking [`Strategy`] or [`Control`] ends, has
//!    changed nothing.
//! 2. After every call the tables agree with each other: `Machine::check`.
//! 3. Equal calls on equal machines give equal machines.
//! 4. The page tables are the truth; items, nodes and trees are what the kernel believes.
//!
//! # Entry points
//!
//! [`Machine`] is where a user enters; [`Strategy`] and [`Control`] are what a user writes;
//! the strategies of the mailing-list thread are there to compare with, from [`FullRange`] and
//! [`AddressPgoff`] to [`StoredPgoff`], which Linux 7.3 has, and beyond them [`CompleteIndex`].
//! [`KernelVersion::strategy`] is the kernel's own.
//! [`trace`] reads recordings of a kernel.

#![forbid(unsafe_code)]

mod anon;
mod check;
mod error;
mod kernel;
mod ksm;
mod lock;
mod machine;
mod memory;
mod model;
mod published;
mod slab;
mod sync;
#[cfg(test)]
mod tests;
pub mod trace;
mod units;
mod violation;
mod walk;

pub use anon::{
    ContextView, CowContextSettings, EarlyStop, FamilyView, MoveRecord, RemapEdit, ReverseMapKind,
    ReverseMapSize, SwapInOwner, UnknownReverseMapError,
};
pub use error::RmapError;
pub use kernel::{KernelChanges, KernelVersion, UnknownKernelError};
pub use ksm::{
    AnonVmaRef, Counters, ItemState, KsmSettings, NodeRef, Refresh, RmapItem, ScanReport, Schedule,
};
pub use machine::{
    Advice, Audit, Entry, FilePart, ItemView, Machine, MachineBuilder, Migration, NodeView,
    PageView, Reclaim, Referenced, Remap, ScanCursor, Sharing, StableTreeSlot,
};
pub use model::family::AnonVmaIndex;
pub use model::vma::{Prot, VmaView};
pub use units::{
    AnonVmaId, Content, ContextId, FileId, ItemId, MmId, PAGE_SHIFT, Pages, Pfn, Pgoff, Vaddr,
    VmaId,
};
pub use violation::MachineViolation;
pub use walk::{
    AddressPgoff, Collect, CompleteIndex, Control, CountThenFull, FullRange,
    IndexAndComputedAddress, LoopStart, LoopStats, Mapping, NarrowThenWide, Pass, ProcessContext,
    Progress, RemapBit, SearchedTree, SlowestLoop, StableItem, StoredFilePgoff, StoredPgoff,
    Strategy, VmaPgoff, WalkStats,
};

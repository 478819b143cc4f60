//! The scanner that merges equal pages, and what it remembers: items, stable nodes, content trees.
//!
//! Knows no strategy and no walk. Memory never notifies it: a write, an unmap or a move leaves
//! its items as they are, and they are stale until the scanner comes by.
//!
//! 1. A process's items form one list, ascending by address, each address once.
//! 2. An item is stable iff exactly one node lists it, and then it holds a reference on the
//!    `anon_vma` that it names.
//! 3. The unstable tree holds unstable items of the current round only; older ones are left over
//!    from a round that has ended and are in no tree.
//! 4. `shared` is the number of nodes with items, `sharing` the number of items beyond the first of
//!    each, `unshared` the number of unstable items.
//! 5. A node's frame names the node back, or the node is stale and goes at the next look.

mod content_map;
mod content_tree;
mod counters;
mod item;
mod merge;
mod residual_item;
mod scan;
mod settings;
mod stable;
mod stable_tree;
mod state;
mod unstable;

pub use counters::Counters;
pub use item::{AnonVmaRef, ItemState, NodeRef, RmapItem, Schedule};
pub use scan::ScanReport;
pub use settings::{KsmSettings, Refresh};

pub(crate) use stable_tree::Place;
#[cfg(test)]
pub(crate) use stable_tree::StableNode;
#[cfg(test)]
pub(crate) use state::Cursor;
pub(crate) use state::{Ksm, OtherOffsets};

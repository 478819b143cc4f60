//! The B+-tree: wide nodes, searched by vector instructions.
//!
//! Leaves hold entries in order, starts and lasts in arrays of their own; an inner node holds of each
//! child the first start, the greatest last and the number of entries. A handle leads to a row of the
//! slab, which knows the leaf of the entry.
//!
//! Invariants:
//! * (B1) Starts never decrease along the leaves; equal starts lie in order of insertion.
//! * (B2) Leaves hold 24 to 64 entries and inner nodes 12 to 32 children; a root leaf holds 1 entry
//!   at least and an inner root 2 children. All leaves have the same depth.
//! * (B3) An inner node knows each child's first start, greatest last and number of entries.
//! * (B4) Parent links lead to the parent; the leaves are linked in order, both ways.
//! * (B5) Each entry names one live row, and that row names the entry's leaf.
//! * (B6) Every node is in the tree or vacant.
//!
//! They hold also after a panic of the user's `Ord`, closure or `Drop`: what compares runs
//! before what moves.

pub(crate) mod batch;
pub(crate) mod bits;
mod build;
pub(crate) mod check;
mod compare;
pub(crate) mod entries;
pub(crate) mod gaps;
pub(crate) mod hits;
mod insert;
pub(crate) mod kind;
pub(crate) mod leaves;
pub(crate) mod leaves_mut;
pub(crate) mod node;
mod own;
pub(crate) mod path;
mod rebalance;
mod reclaim;
mod remove;
pub(crate) mod run;
pub(crate) mod search;
mod set_last;
mod shape;
pub(crate) mod simd;
pub(crate) mod slab;
pub(crate) mod visit;
pub(crate) mod walk;

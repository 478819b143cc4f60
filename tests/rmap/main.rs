//! The model of KSM reverse mapping.
#![cfg(feature = "rmap")]

mod bad_input;
#[path = "../common/bounds.rs"]
#[allow(dead_code, unreachable_pub, reason = "a test program uses a part of it")]
mod bounds;
mod catalogue;
/// The scenarios once more on a machine that keeps residual items: the same counts, and whatever
/// happens the complete index misses nothing.
#[path = "scenarios/mod.rs"]
mod complete;
/// The scenarios once more, with a machine beside each that keeps contexts instead of families and
/// residual items: it does the same, and misses no page of either sort.
#[path = "scenarios/mod.rs"]
mod contexts;
mod cow_context;
mod files;
mod find_holes;
mod found_holes;
mod holes;
mod kernels;
mod lock;
mod lockstep;
mod panics;
mod properties;
/// The scenarios once more on a machine whose walks read published states: the same counts.
#[path = "scenarios/mod.rs"]
mod published;
mod replay;
mod replay_kernel;
mod reproducer;
mod reproducers;
mod residual_items;
mod reverse_maps;
mod rmap_ops;
mod scenarios;
mod views;

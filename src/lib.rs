//! Interval indexes and the reverse map built on them.
#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

mod arena;
pub mod batch;
mod interval;
mod rbtree;
#[cfg(feature = "rmap")]
pub mod rmap;
pub mod tree;

pub use arena::Handle;
pub use interval::{Discrete, EmptyRange, Interval, InvalidInterval};
pub use tree::IntervalTree;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! What several test programs share. Each of them uses its own part.
#![allow(dead_code, unreachable_pub, reason = "a test program uses a part of it")]

pub mod bounds;
pub mod compare;
pub mod cover;
pub mod ends;
pub mod fault_ops;
pub mod faults;
pub mod generate;
pub mod index;
pub mod model;
pub mod ops;
pub mod probe;
pub mod reference_rb;
pub mod shape;
pub mod world;

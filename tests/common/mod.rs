//! What several test programs share. Each of them uses its own part.
#![allow(dead_code, unreachable_pub, reason = "a test program uses a part of it")]

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

/// Number of cases of a property: `full` when optimised, an eighth of that in a debug build, which
/// runs a tenth as fast, and a few under an interpreter.
pub const fn cases(full: u64) -> u64 {
    if cfg!(miri) {
        3
    } else if cfg!(debug_assertions) {
        full.div_ceil(8)
    } else {
        full
    }
}

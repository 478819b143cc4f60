//! `RangeMap` and `RangeSet` against a bitmap: every point of a small domain owns a value.

mod bitmap;
#[path = "../common/bounds.rs"]
#[allow(dead_code, unreachable_pub, reason = "a test program uses a part of it")]
mod bounds;
mod complexity;
mod continuous;
mod ends;
mod exhaustive;
mod faults;
mod gaps;
mod history;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod kernel;
mod levels;
mod model;
mod set_operations;
mod sets;
mod snapshots;

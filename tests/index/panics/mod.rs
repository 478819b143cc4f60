//! Panics of the user's code: its `Ord`, `Clone`, `Drop` and closures.

mod conversions;
mod every_call;
mod histories;
mod levels;
mod parallel;

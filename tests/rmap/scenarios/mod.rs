//! Scenarios of the reverse map by name, with the exact work of every walk.
#![allow(clippy::duplicate_mod, reason = "each runs on several kinds of machine")]

mod files;
mod forks;
mod moves;
mod pointer;
mod scan;
pub(crate) mod scenario;
mod shadowed;
mod swap;
mod walks;

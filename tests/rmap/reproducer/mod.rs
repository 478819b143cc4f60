//! From a history of the model to a C program that does the same to a running kernel.
//!
//! [`History`] is a list of operations in the words of recordings; [`Player`] does them to a machine;
//! [`emit`] prints them as C, with what the model expects of each kernel version; [`translate`] makes a
//! history of the random operations that the finder tries.
#![allow(dead_code, unused_imports, reason = "no user needs all of it")]

mod emit;
mod history;
mod player;
mod table;
mod translate;

pub(crate) use emit::emit;
pub(crate) use history::History;
pub(crate) use player::Player;
pub(crate) use table::{HISTORIES, table};
pub(crate) use translate::translate;

//! A map of disjoint ranges answers as a bitmap in which each point has an owner.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stabtree_fuzz::history::{Op, run};

fuzz_target!(|ops: Vec<Op>| run(&ops));

//! The user's code panics at any call of any operation, again and again: the index is legal after
//! each, and everything is dropped exactly once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stabtree_fuzz::fault_ops::{Step, run};

fuzz_target!(|steps: Vec<Step>| {
    run(&steps);
});

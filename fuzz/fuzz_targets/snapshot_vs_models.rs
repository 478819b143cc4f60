//! An index and a map answer as a list of entries, and each snapshot as the list of its moment, and each
//! reader as the list that was published last.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stabtree_fuzz::snapshot_history::Step;
use stabtree_fuzz::{published_history, snapshot_history};

fuzz_target!(|steps: Vec<Step>| {
    snapshot_history::run(&steps);
    published_history::run(&steps);
});

//! Random histories.

use quickcheck::quickcheck;

use crate::history::{self, Op};

quickcheck! {
    fn a_history_answers_as_the_bitmap(ops: Vec<Op>) -> bool {
        history::run(&ops);
        true
    }
}

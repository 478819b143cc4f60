//! Random histories.

use quickcheck::QuickCheck;

use crate::bounds::bound;
use crate::history::{self, Op};

#[test]
fn a_history_answers_as_the_bitmap() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives its arguments away")]
    fn property(ops: Vec<Op>) -> bool {
        history::run(&ops);
        true
    }
    let cases = if cfg!(miri) { 3 } else { bound(5, 100, 400) };
    QuickCheck::new().tests(cases).quickcheck(property as fn(Vec<Op>) -> bool);
}

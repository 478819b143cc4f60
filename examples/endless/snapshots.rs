//! An index and a map with snapshots, and the same published to readers, beside lists of entries.

use std::mem::discriminant;

use quickcheck::{Arbitrary, Gen};

use crate::snapshot_history::Step;
use crate::subject::{Coverage, Runner, Subject, runner};

pub(crate) fn subjects() -> Vec<Runner> {
    vec![runner::<Snapshots>(), runner::<Published>()]
}

/// Of an index and of a map.
const KINDS: u64 = 2;

fn steps(seed: u64) -> Vec<Step> {
    let len = if seed.is_multiple_of(8) { 300 } else { 60 };
    let mut g = Gen::from_size_and_seed(100, seed);
    (0..len).map(|_| Step::arbitrary(&mut g)).collect()
}

/// Counts what a history has done; its states lie in the history itself.
fn count(name: &str, steps: &[Step], coverage: &mut Coverage) {
    let count = KINDS * steps.len() as u64;
    coverage.operations += count;
    coverage.comparisons += count;
    for pair in steps.windows(2) {
        let [before, op] = [&pair[0], &pair[1]].map(|Step(op, ..)| discriminant(op));
        coverage.feature((name, before, op));
    }
}

fn test(module: &str, steps: &[Step]) -> String {
    format!(
        "#[test]\nfn a_history_with_snapshots() {{\n    use snapshot_history::{{Op::*, Step}};\n    \
         {module}::run(&{steps:#?});\n}}\n"
    )
}

/// Old snapshots answer as on the day they were taken.
struct Snapshots;

impl Subject for Snapshots {
    type Op = Step;

    fn name() -> String {
        "snapshots".to_owned()
    }

    fn history(seed: u64) -> Vec<Step> {
        steps(seed)
    }

    fn run(_: u64, ops: &[Step], coverage: &mut Coverage) {
        crate::snapshot_history::run(ops);
        count("snapshots", ops, coverage);
    }

    fn simpler(_: &Step) -> Vec<Step> {
        vec![]
    }

    fn as_test(_: u64, ops: &[Step]) -> String {
        test("snapshot_history", ops)
    }
}

/// Readers see what was published last.
struct Published;

impl Subject for Published {
    type Op = Step;

    fn name() -> String {
        "published".to_owned()
    }

    fn history(seed: u64) -> Vec<Step> {
        steps(seed)
    }

    fn run(_: u64, ops: &[Step], coverage: &mut Coverage) {
        crate::published_history::run(ops);
        count("published", ops, coverage);
    }

    fn simpler(_: &Step) -> Vec<Step> {
        vec![]
    }

    fn as_test(_: u64, ops: &[Step]) -> String {
        test("published_history", ops)
    }
}

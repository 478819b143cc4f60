//! The catalogue of scenarios, and that each has a test of its number: `s7_..`, or `s9b_..` for
//! a variant.

use std::fs;
use std::path::Path;

/// What each scenario is about, by its number from 1.
const SCENARIOS: [&str; 31] = [
    "two equal pages",
    "a page moved onto its neighbour before the merge",
    "a whole mapping moved",
    "two mappings exchanged",
    "two pages of one mapping exchanged",
    "a fork after the merge",
    "a split after the merge",
    "a part moved, its source kept",
    "a swap entry moved onto another item's address",
    "a whole mapping moved, its source kept",
    "a move before the first touch",
    "a move and back",
    "the middle of a mapping moved",
    "the child moves after the merge",
    "the parent moves after the merge",
    "a line of forks",
    "the child is scanned first",
    "the child moves before the merge",
    "a sharer writes",
    "a sharer unmaps",
    "what smart scan reads of a stable item",
    "a merge that cannot be completed",
    "unmergeable and mergeable again",
    "the limit of sharing",
    "20,000 mappings on one family",
    "ordinary and file pages shared by 256 processes",
    "a migration after a move",
    "an address used again",
    "a dead ancestor's family used again",
    "pages of zeros",
    "a mapping changed and not its trees",
];

/// Names of the tests in the files of the scenarios.
fn tests() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("src/rmap/tests.rs"), root.join("tests/rmap/holes.rs")];
    for entry in fs::read_dir(root.join("tests/rmap/scenarios")).expect("the scenarios") {
        files.push(entry.expect("a readable entry").path());
    }
    assert!(files.len() > 5, "{files:?}");
    let mut names = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).expect("readable text");
        let after = text.split("#[test]\nfn ").skip(1);
        names.extend(after.filter_map(|rest| rest.split('(').next()).map(str::to_owned));
    }
    names
}

/// The number of the scenario that a test is about.
fn scenario(test: &str) -> Option<usize> {
    let (number, _) = test.strip_prefix('s')?.split_once('_')?;
    let number = number.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(number);
    number.parse().ok()
}

#[test]
fn every_scenario_is_covered() {
    assert_eq!((scenario("s7_split"), scenario("s18b_moved")), (Some(7), Some(18)));
    assert_eq!((scenario("swapped_pages"), scenario("smart_scan")), (None, None));
    let mut covered: Vec<usize> = tests().iter().filter_map(|test| scenario(test)).collect();
    covered.sort_unstable();
    covered.dedup();
    let missing: Vec<_> =
        (1..).zip(SCENARIOS).filter(|(number, _)| !covered.contains(number)).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
    assert_eq!(covered.len(), SCENARIOS.len(), "numbers without a scenario: {covered:?}");
}

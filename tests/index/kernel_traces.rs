//! Replays recorded runs of the kernel's own interval tree: hits, order, shape and probes.
//!
//! The format of the recordings stands in the head of each file.

use crate::common::bounds::bound;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::common::shape::{fnv_of_shape, preorder};
use flate2::read::GzDecoder;
use stabtree::{Handle, Interval, IntervalRbTree};

/// What a replay compared; a trace that compares nothing proves nothing.
#[derive(Debug, Default)]
struct Compared {
    queries: usize,
    hits: usize,
    orders: usize,
    trees: usize,
    hashes: usize,
}

struct Replay {
    tree: IntervalRbTree<u64, u32>,
    handles: HashMap<u32, Handle>,
    query: Interval<u64>,
    compared: Compared,
}

impl Replay {
    fn line(&mut self, line: &str) {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let numbers = || rest.split(' ').filter(|word| !word.is_empty());
        let number = |at: usize| numbers().nth(at).expect("a number").parse::<u64>().expect("u64");
        let ids = || numbers().map(|id| id.parse::<u32>().expect("an id")).collect::<Vec<_>>();
        match kind {
            "I" => {
                let id = ids_first(rest);
                let handle = self.tree.insert(Interval::new(number(1), number(2)), id);
                self.handles.insert(id, handle);
            }
            "R" => {
                let id = ids_first(rest);
                let handle = self.handles.remove(&id).expect("an inserted id");
                assert_eq!(self.tree.remove(handle).expect("alive").1, id);
                assert_eq!(self.tree.remove(handle), None);
            }
            "Q" => self.query = Interval::new(number(0), number(1)),
            "H" => {
                let expected = ids();
                let found: Vec<u32> =
                    self.tree.overlapping(self.query).map(|(_, &id)| id).collect();
                assert_eq!(found, expected, "query {}", self.query);
                self.check_stepwise(&expected);
                self.compared.queries += 1;
                self.compared.hits += expected.len();
            }
            "V" => {
                let probes = u64::try_from(self.tree.probes(self.query)).expect("few");
                assert!(probes <= number(0), "{probes} probes for {}, at most {rest}", self.query);
            }
            "S" => {
                self.tree.check().expect("a legal tree");
            }
            "O" => {
                assert!(self.tree.values().copied().eq(ids()), "in-order ids");
                self.compared.orders += 1;
            }
            "T" => {
                let found = preorder(&self.tree, |node, id| {
                    format!("{id} {} {}", if node.is_red { 'R' } else { 'B' }, node.subtree_last)
                });
                assert_eq!(found, rest);
                self.compared.trees += 1;
            }
            "N" => assert_eq!(self.tree.len() as u64, number(0)),
            "X" => {
                assert_eq!(format!("{:016x}", fnv_of_shape(&self.tree)), rest);
                self.compared.hashes += 1;
            }
            "#" | "" => {}
            _ => panic!("unknown line {line:?}"),
        }
    }

    /// The kernel's own way of iterating finds the same.
    fn check_stepwise(&self, expected: &[u32]) {
        let mut at = self.tree.first_overlapping_handle(self.query);
        for id in expected {
            let handle = at.expect("one more hit");
            assert_eq!(self.tree[handle], *id);
            at = self.tree.next_overlapping_handle(handle, self.query);
        }
        assert_eq!(at, None);
    }
}

fn ids_first(rest: &str) -> u32 {
    rest.split(' ').next().and_then(|id| id.parse().ok()).expect("an id")
}

fn replay(name: &str) -> Compared {
    replay_lines(name, usize::MAX)
}

/// The first lines, as many as `most`.
fn replay_lines(name: &str, most: usize) -> Compared {
    // The package may be one below: `tests/no_std`.
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let path = folders.find_map(|folder| {
        let path = folder.join("tests/data/interval-traces").join(name);
        path.exists().then_some(path)
    });
    let file = std::fs::File::open(path.expect("a recorded trace")).expect("readable");
    let mut replay = Replay {
        tree: IntervalRbTree::new(),
        handles: HashMap::new(),
        query: Interval::point(0),
        compared: Compared::default(),
    };
    for line in BufReader::new(GzDecoder::new(file)).lines().take(most) {
        replay.line(&line.expect("readable text"));
    }
    replay.compared
}

#[test]
fn two_thousand_operations_over_8_points() {
    let compared = replay("trace_2k_u8.txt.gz");
    assert!(compared.queries > 300 && compared.hits > 1_000 && compared.trees > 20, "{compared:?}");
}

#[test]
fn two_thousand_operations_over_64_points() {
    let compared = replay("trace_2k_u64.txt.gz");
    assert!(compared.queries > 300 && compared.orders > 20, "{compared:?}");
}

#[test]
fn two_thousand_operations_over_1024_points() {
    let compared = replay("trace_2k_u1024.txt.gz");
    assert!(compared.queries > 300 && compared.trees > 20, "{compared:?}");
}

#[test]
fn two_thousand_operations_over_all_of_u64() {
    let compared = replay("trace_2k_full_u64.txt.gz");
    assert!(compared.queries > 300 && compared.hashes > 20, "{compared:?}");
}

#[test]
fn forty_thousand_operations_over_4096_points() {
    let part = bound(8, 1, 1);
    let compared = replay_lines("trace_40k_u4096.txt.gz", 53_218 / part);
    assert!(compared.queries > 3_000 / part, "{compared:?}");
    assert!(compared.hashes > 300 / part, "{compared:?}");
}

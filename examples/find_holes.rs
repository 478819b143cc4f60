//! Finds the holes of the reverse map that was merged, from nothing but random operations, and
//! prints each as a test.
//!
//! `cargo run --release --example find_holes`

#![expect(clippy::print_stdout, reason = "a report is what the program is for")]

use std::ops::Range;
use std::process::ExitCode;

use stabtree::rmap::KernelVersion;

mod command_line;
#[path = "../tests/rmap/find_holes.rs"]
mod find_holes;
#[path = "../tests/rmap/rmap_ops.rs"]
mod rmap_ops;

use command_line::CommandLine;
use find_holes::{Hole, as_test, histories, holes, missed_though_complete, shrink};

const HELP: &str = "\
Tries random histories of a machine until each kind of hole was found: an entry of a merged page
that the walk by the stored index misses for ever. Says after how many histories, and prints the
first of each kind, shrunk, as a test.

Usage: find_holes [OPTIONS]

Options:
      --seed N         The first seed [default: 0]
      --seeds N        How many seeds to try [default: 5]
      --histories N    How many histories of each to try at most [default: 100000]
      --complete       Look instead for an entry that the complete index misses, after any
                       operation, on a kernel that keeps residual items: there should be none
  -h, --help           Print help
  -V, --version        Print version
";

struct Arguments {
    seed: u64,
    seeds: u64,
    histories: usize,
    complete: bool,
}

impl Arguments {
    fn parse() -> Self {
        let mut line = CommandLine::new(HELP);
        let arguments = Self {
            seed: line.number("--seed", 0, 0..=u64::MAX),
            seeds: line.number("--seeds", 5, 0..=u64::MAX),
            histories: line.number("--histories", 100_000, 0..=usize::MAX),
            complete: line.flag("--complete"),
        };
        line.end();
        arguments
    }

    fn seeds(&self) -> Range<u64> {
        self.seed..self.seed.saturating_add(self.seeds)
    }
}

/// The kernel whose walk is looked at.
const KERNEL: KernelVersion = KernelVersion::V7_3;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.complete {
        find(&arguments);
        return ExitCode::SUCCESS;
    }
    for seed in arguments.seeds() {
        for ops in histories(seed).take(arguments.histories) {
            if let Err(missed) = missed_though_complete(&ops, KERNEL) {
                println!("seed {seed}: {missed}");
                return ExitCode::FAILURE;
            }
        }
        println!("seed {seed}: {} histories, nothing missed", arguments.histories);
    }
    ExitCode::SUCCESS
}

fn find(arguments: &Arguments) {
    let mut tests: Vec<(Hole, String)> = Vec::new();
    println!("histories tried until the first of its kind");
    println!("seed {}", Hole::ALL.map(|hole| format!("{:>14}", format!("{hole:?}"))).concat());
    for seed in arguments.seeds() {
        let mut first = [None; Hole::ALL.len()];
        for (tried, ops) in (1..=arguments.histories).zip(histories(seed)) {
            for hole in holes(&ops, KERNEL) {
                let first = &mut first[hole as usize];
                if first.is_some() {
                    continue;
                }
                *first = Some(tried);
                if !tests.iter().any(|&(known, _)| known == hole) {
                    tests.push((hole, as_test(&shrink(ops.clone(), hole, KERNEL), hole, KERNEL)));
                }
            }
            if first.iter().all(Option::is_some) {
                break;
            }
        }
        let first = first.map(|tried| tried.map_or("none".to_owned(), |tried| tried.to_string()));
        println!("{seed:>4} {}", first.map(|tried| format!("{tried:>14}")).concat());
    }
    tests.sort_unstable();
    for (_, test) in tests {
        print!("\n{test}");
    }
}

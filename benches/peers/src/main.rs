//! Compares stabtree with other interval indexes.
//!
//! ```text
//! cargo run --release                         # everything: several minutes
//! cargo run --release -- --quick              # a look, not a measurement
//! cargo run --release -- --n 20000 --workload vma --op stab,range10 --csv vma.csv
//! cargo run --release -- --read vma.csv       # the tables again
//! ```
//!
//! **Method.** Every contender holds the same entries, inserted in the same random order, u64 ends
//! and u32 values; crates with half-open intervals get `start..last + 1`. Each query reads start
//! and value of each hit. Before a query is timed, its answer is compared with one that is counted
//! and not searched, which in turn is compared with a scan; after the churn the contender is asked
//! again. Contenders take turns, A B C A B C, so that a slow spell of the machine hits all; each
//! turn starts with queries that are not timed, for the turn before has taken the caches. Time is
//! the thread's CPU time. Shown is the least of the rounds, ratios also of the medians.
//!
//! Memory is what the contender's live blocks take after the random insertions, spare capacity
//! given back where that is offered: `memory` as requested, `heap` with a common allocator's
//! headers and rounding (8 bytes a block, then up to a multiple of 16).

mod bench;
mod clock;
mod contender;
mod heap;
mod limits;
mod operation;
mod report;
#[path = "../../workloads.rs"]
mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::bench::{Settings, Stage};
use crate::operation::Operation;
use crate::report::Table;
use crate::workloads::Workload;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// Compares stabtree with other interval indexes.
#[derive(Debug, Parser)]
struct Options {
    /// Takes 3 short rounds at 20,000 entries: a look, not a measurement
    #[arg(long)]
    quick: bool,
    /// Numbers of entries [default: 20000,1000000]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(100..))]
    n: Vec<u32>,
    /// Populations [default: all]
    #[arg(long, value_delimiter = ',', value_parser = workload)]
    workload: Vec<Workload>,
    /// Operations [default: all]
    #[arg(long = "op", value_delimiter = ',', value_parser = operation)]
    operations: Vec<Operation>,
    /// Contenders [default: all]
    #[arg(long, value_delimiter = ',', value_parser = contender)]
    contenders: Vec<&'static str>,
    /// Rounds in which the contenders take turns [default: 7, quick: 3]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Writes all figures to this file
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Measures nothing, prints the tables of files that `--csv` wrote
    #[arg(long, value_delimiter = ',')]
    read: Vec<PathBuf>,
}

fn workload(name: &str) -> Result<Workload, String> {
    named(name, &Workload::ALL, Workload::name)
}

fn operation(name: &str) -> Result<Operation, String> {
    named(name, &Operation::ALL, Operation::name)
}

fn contender(name: &str) -> Result<&'static str, String> {
    named(name, &contender::NAMES, |contender| contender)
}

/// Finds what has this name, or lists the names there are.
fn named<T: Copy>(name: &str, all: &[T], of: impl Fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().copied().find(|item| of(*item) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(of).collect();
        format!("there are {}", names.join(", "))
    })
}

/// All of them if none was chosen.
fn or_all<T: Clone>(chosen: &[T], all: &[T]) -> Vec<T> {
    if chosen.is_empty() { all.to_vec() } else { chosen.to_vec() }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = if options.read.is_empty() {
        Ok(measure(&options))
    } else {
        report::read_csv(&options.read)
    };
    let outcome = outcome.and_then(|tables| {
        for table in &tables {
            println!("{table}");
        }
        println!("{}", limits::Verdicts(&tables));
        options.csv.as_ref().map_or(Ok(()), |path| report::write_csv(path, &tables))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Vec<Table> {
    let settings = Settings {
        rounds: options.rounds.unwrap_or(if options.quick { 3 } else { 7 }),
        budget: Duration::from_millis(if options.quick { 4 } else { 25 }),
        // Their own order matters, not the one they were asked for in.
        operations: Operation::ALL
            .into_iter()
            .filter(|one| options.operations.is_empty() || options.operations.contains(one))
            .collect(),
        contenders: or_all(&options.contenders, &contender::NAMES),
    };
    let sizes = or_all(&options.n, if options.quick { &[20_000] } else { &[20_000, 1_000_000] });
    let workloads = or_all(&options.workload, &Workload::ALL);

    let steps = sizes.len() * workloads.len() * settings.operations.len();
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
    let bar = ProgressBar::new(steps as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut tables = Vec::new();
    for n in sizes {
        for workload in &workloads {
            bar.set_message(workload.label(n as usize));
            tables.push(Stage::new(*workload, n).run(&settings, || bar.inc(1)));
        }
    }
    bar.finish_and_clear();
    tables
}

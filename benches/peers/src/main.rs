//! Compares stabtree with other interval indexes.
//!
//! ```text
//! cargo run --release -- --report             # all of it: figures, report.md, plots
//! cargo run --release -- --report --minutes 5 # a part of it; the same again goes on
//! cargo run --release -- --render             # report.md and plots, of the figures there are
//! cargo run --release -- --quick              # a look, not a measurement
//! cargo run --release -- --targets            # what is to be reached, and whether it is
//! cargo run --release -- --targets --n 20000 --only stab,churn
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
#[path = "../../families.rs"]
mod families;
mod figures;
mod heap;
mod layout;
mod limits;
mod machine;
mod operation;
mod plan;
mod plots;
mod race;
mod report;
mod runner;
mod targets;
mod walk;
mod words;
#[path = "../../workloads.rs"]
mod workloads;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::bench::{Settings, Stage};
use crate::figures::Table;
use crate::layout::Layout;
use crate::operation::Operation;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// Compares stabtree with other interval indexes.
#[expect(clippy::struct_excessive_bools, reason = "a switch of the command line each")]
#[derive(Debug, Parser)]
struct Options {
    /// Measures the whole plan, writes figures, report and plots
    #[arg(long)]
    report: bool,
    /// Writes report and plots of figures that were measured before
    #[arg(long, conflicts_with = "report")]
    render: bool,
    /// Begins no further part of the report after this time; the same command goes on
    #[arg(long, value_name = "MINUTES", requires = "report")]
    minutes: Option<u64>,
    /// Measures again what the folder of the report holds already
    #[arg(long, requires = "report")]
    fresh: bool,
    /// Folder of the report [default: that of this program's sources]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Prints what `IntervalBTree` is to reach, and whether it does; a debug build has a target too
    #[arg(long, conflicts_with_all = ["report", "render"])]
    targets: bool,
    /// Only targets whose lines contain one of these
    #[arg(long, value_delimiter = ',', requires = "targets")]
    only: Vec<String>,
    /// Most seconds for one target
    #[arg(long, default_value_t = 4, requires = "targets")]
    seconds: u64,
    /// Takes 3 short rounds at 20,000 entries: a look, not a measurement
    #[arg(long)]
    quick: bool,
    /// Numbers of entries [default: 20000,1000000]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(100..))]
    n: Vec<u32>,
    /// Populations [default: all]
    #[arg(long, value_delimiter = ',', value_parser = layout)]
    workload: Vec<Layout>,
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

fn layout(name: &str) -> Result<Layout, String> {
    named(name, &Layout::all(), Layout::name)
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
    if options.targets {
        targets::run(&targets::Options {
            sizes: or_all(&options.n, &[20_000, 1_000_000]),
            only: options.only,
            limit: Duration::from_secs(options.seconds),
        });
        return ExitCode::SUCCESS;
    }
    let outcome =
        if options.report || options.render { report(&options) } else { tables(&options) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(options: &Options) -> io::Result<()> {
    let here = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = options.out.clone().unwrap_or_else(here);
    if options.render {
        return plan::render(&folder);
    }
    if options.quick && options.out.is_none() {
        return Err(io::Error::other("a quick report is no measurement: name a folder with --out"));
    }
    if options.fresh {
        plan::clear(&folder)?;
    }
    plan::run(
        &folder,
        options.quick,
        options.minutes.map(|minutes| Duration::from_secs(60 * minutes)),
    )
}

fn tables(options: &Options) -> io::Result<()> {
    let tables =
        if options.read.is_empty() { measure(options) } else { figures::read_csv(&options.read)? };
    for table in &tables {
        println!("{table}");
    }
    println!("{}", limits::Verdicts(&tables));
    options.csv.as_ref().map_or(Ok(()), |path| figures::write_csv(path, &tables))
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
    let layouts = or_all(&options.workload, &Layout::all());

    let mut stages: Vec<(Layout, u32)> = Vec::new();
    for n in sizes {
        let more = layouts.iter().map(|layout| (*layout, layout.fixed_size().unwrap_or(n)));
        stages.extend(more.filter(|stage| !stages.contains(stage)).collect::<Vec<_>>());
    }
    let bar = progress_bar(stages.len() * settings.operations.len());
    let mut tables = Vec::new();
    for (layout, n) in stages {
        bar.set_message(layout.label(n));
        tables.push(Stage::new(layout, n).run(&settings, || bar.inc(1)));
    }
    bar.finish_and_clear();
    tables
}

fn progress_bar(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {elapsed} {msg}");
    ProgressBar::new(steps as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

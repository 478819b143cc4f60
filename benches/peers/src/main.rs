//! Compares stabtree with other interval indexes.
//!
//! ```text
//! cargo run --release -- --report             # all of it: figures.csv, report.md, plots, README
//! cargo run --release -- --report --reduced   # the same with less time and fewer populations
//! cargo run --release -- --report --minutes 5 # a part of it; the same again goes on
//! cargo run --release -- --render             # report.md and plots, of the figures there are
//! cargo run --release -- --quick              # a look, not a measurement
//! cargo run --release -- --n 20000 --workload vma --op stab_for,range10_for --csv vma.csv
//! cargo run --release --bin targets           # what is to be reached, and whether it is
//! ```
//!
//! `words.rs` says how it measures; the report begins with that.

mod bench;
mod contender;
mod figures;
mod heap;
mod layout;
mod machine;
mod maps;
mod operation;
mod pauses;
mod plan;
mod plots;
mod race;
mod report;
mod runner;
mod stage;
mod words;
#[path = "../../workloads.rs"]
mod workloads;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::bench::Settings;
use crate::layout::Layout;
use crate::operation::Operation;
use crate::plan::Scale;
use crate::stage::Stage;

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
    /// A report on fewer populations, with less time for each operation
    #[arg(long, requires = "report", conflicts_with = "quick")]
    reduced: bool,
    /// Takes no time for repeating anything: a look, not a measurement
    #[arg(long)]
    quick: bool,
    /// Numbers of entries [default: 20000,1000000]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(100..))]
    n: Vec<u32>,
    /// Populations [default: all of overlapping intervals]
    #[arg(long, value_delimiter = ',', value_parser = layout)]
    workload: Vec<Layout>,
    /// Operations [default: all]
    #[arg(long = "op", value_delimiter = ',', value_parser = operation)]
    operations: Vec<Operation>,
    /// Contenders [default: all]
    #[arg(long, value_delimiter = ',', value_parser = contender)]
    contenders: Vec<&'static str>,
    /// Writes all figures to this file
    #[arg(long)]
    csv: Option<PathBuf>,
}

fn layout(name: &str) -> Result<Layout, String> {
    let all: Vec<_> = Layout::all().into_iter().chain([Layout::Maps]).collect();
    named(name, &all, Layout::name)
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
    let scale = match (options.quick, options.reduced) {
        (true, _) => Scale::Quick,
        (_, true) => Scale::Reduced,
        _ => Scale::Full,
    };
    if options.quick && options.out.is_none() {
        return Err(io::Error::other("a quick report is no measurement: name a folder with --out"));
    }
    if options.fresh {
        plan::clear(&folder)?;
    }
    plan::run(&folder, scale, options.minutes.map(|minutes| Duration::from_secs(60 * minutes)))
}

fn tables(options: &Options) -> io::Result<()> {
    let scale = if options.quick { Scale::Quick } else { Scale::Full };
    let settings = Settings {
        limit: scale.limit(),
        operations: or_all(&options.operations, &Operation::ALL),
        contenders: or_all(&options.contenders, &contender::NAMES),
    };
    let sizes = or_all(&options.n, if options.quick { &[20_000] } else { &[20_000, 1_000_000] });
    let layouts = or_all(&options.workload, &Layout::all());
    let mut stages: Vec<(Layout, u32)> = Vec::new();
    for n in sizes {
        let more = layouts.iter().map(|layout| (*layout, layout.fixed_size().unwrap_or(n)));
        stages.extend(more.filter(|stage| !stages.contains(stage)).collect::<Vec<_>>());
    }
    let mut tables = Vec::new();
    for (layout, n) in stages {
        let table = match layout {
            Layout::Maps => maps::measure(n, settings.limit),
            _ => bench::run(&Stage::new(layout, n), &settings),
        };
        println!("{table}");
        tables.push(table);
    }
    options.csv.as_ref().map_or(Ok(()), |path| figures::write_csv(path, &tables))
}

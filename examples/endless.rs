//! Random histories of everything against models, for as long as one likes.
//!
//! `cargo run --release --all-features --example endless -- --seed 1 --minutes 60`

#![expect(clippy::print_stdout, reason = "a report is what the program is for")]

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/range_map/bitmap.rs"]
mod bitmap;
mod command_line;
#[path = "../tests/common/mod.rs"]
mod common;
#[path = "endless/cuts.rs"]
mod cuts;
#[path = "../tests/rmap/find_holes.rs"]
mod find_holes;
#[path = "endless/index.rs"]
mod index;
#[path = "../tests/rmap/lockstep.rs"]
mod lockstep;
#[path = "endless/machine.rs"]
mod machine;
#[path = "../tests/index/published_history.rs"]
mod published_history;
#[path = "endless/range_map.rs"]
mod range_map;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/range_map/history.rs"]
mod range_map_ops;
#[path = "../tests/rmap/rmap_ops.rs"]
mod rmap_ops;
#[path = "../tests/index/snapshot_history.rs"]
mod snapshot_history;
#[path = "endless/snapshots.rs"]
mod snapshots;
#[path = "endless/subject.rs"]
mod subject;

use command_line::CommandLine;
use subject::{Coverage, Difference, Runner, mixed, runner};

const HELP: &str = "\
Runs random histories of both indexes, RangeMap, RangeSet, Cut, snapshots, publishers with readers
and the model of reverse mapping against models too simple to be wrong. A line a minute says what was run and reached. At the first
difference it ends with status 1 and prints the shrunk history as a test.

A history is named by its subject, the seed and its number; the subjects take turns such that each
gets the same time.

Usage: endless [OPTIONS]

Options:
      --seed N          The seed [default: 1]
      --minutes M       How long [default: 1]
      --subject NAME    Only this subject
      --history N       Only this history of the subject: what a difference is replayed by
      --append FILE     Append a row to the table in FILE in the end (docs/simulator.md)
      --note TEXT       What the row says of the build [default: the crate's version]
      --list            Print the subjects
  -h, --help            Print help
  -V, --version         Print version
";

/// Every kind of history. What is new in the crate gets a line here.
fn subjects() -> Vec<Runner> {
    let mut subjects = index::subjects();
    subjects.extend(range_map::subjects());
    subjects.extend(snapshots::subjects());
    subjects.push(runner::<cuts::Cuts>());
    subjects.push(runner::<machine::History>());
    subjects.push(runner::<machine::Contexts>());
    subjects
}

struct Arguments {
    seed: u64,
    minutes: u64,
    subject: Option<String>,
    history: Option<u64>,
    append: Option<PathBuf>,
    note: String,
    lists: bool,
}

impl Arguments {
    fn parse() -> Self {
        let mut line = CommandLine::new(HELP);
        let arguments = Self {
            seed: line.number("--seed", 1, 0..=u64::MAX),
            minutes: line.number("--minutes", 1, 0..=1_000_000),
            subject: line.value("--subject", None, |name| Ok::<_, String>(Some(name.to_owned()))),
            history: line.value("--history", None, |number| number.parse().map(Some)),
            append: line.text("--append").map(PathBuf::from),
            note: line.value(
                "--note",
                concat!("version ", env!("CARGO_PKG_VERSION")).to_owned(),
                |text| Ok::<_, String>(text.to_owned()),
            ),
            lists: line.flag("--list"),
        };
        line.end();
        arguments
    }
}

/// A subject's share of the run.
struct Turn {
    runner: Runner,
    histories: u64,
    spent: Duration,
}

struct Run {
    arguments: Arguments,
    began: Instant,
    turns: Vec<Turn>,
    coverage: Coverage,
}

impl Run {
    /// Runs the next history of the subject that had the least time.
    fn next(&mut self) -> Result<(), (String, Difference)> {
        let turn = self.turns.iter_mut().min_by_key(|turn| turn.spent).expect("a subject");
        let number = self.arguments.history.unwrap_or(turn.histories);
        let began = Instant::now();
        let seed = mixed(self.arguments.seed, number);
        let outcome = (turn.runner.run)(seed, &mut self.coverage);
        turn.spent += began.elapsed();
        turn.histories += 1;
        outcome.map_err(|difference| {
            let name = &turn.runner.name;
            let replay =
                format!("--seed {} --subject {name} --history {number}", self.arguments.seed);
            (replay, difference)
        })
    }

    fn report(&self) -> String {
        let Coverage { operations, comparisons, states, features, .. } = &self.coverage;
        let histories: u64 = self.turns.iter().map(|turn| turn.histories).sum();
        let mut report = format!(
            "seed {}, {} s ({} s of CPU): {histories} histories, {operations} operations, \
             {comparisons} comparisons; {states} states, {} transitions;",
            self.arguments.seed,
            self.began.elapsed().as_secs(),
            cpu_seconds().map_or("?".to_owned(), |seconds| seconds.to_string()),
            features.len(),
        );
        for turn in &self.turns {
            write!(report, " {} 0..{}", turn.runner.name, turn.histories).expect("a string");
        }
        report
    }

    /// The run as a row of a table.
    fn row(&self, outcome: &str) -> String {
        let Coverage { operations, comparisons, states, features, .. } = &self.coverage;
        let histories: u64 = self.turns.iter().map(|turn| turn.histories).sum();
        let seconds = cpu_seconds().unwrap_or(self.began.elapsed().as_secs());
        format!(
            "| {} | {} | {:.1} | {histories} | {operations} | {comparisons} | {states} | {} | {outcome} |\n",
            self.arguments.seed,
            self.arguments.note,
            Duration::from_secs(seconds).as_secs_f64() / 60.0,
            features.len(),
        )
    }
}

/// Seconds that this program, which has one thread, was on a processor.
fn cpu_seconds() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: u64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1_000_000_000)
}

fn append(path: &PathBuf, row: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(row.as_bytes())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut runners = subjects();
    if arguments.lists {
        for Runner { name, .. } in &runners {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    }
    if let Some(name) = &arguments.subject {
        runners.retain(|runner| runner.name == *name);
    }
    if runners.is_empty() || (arguments.history.is_some() && runners.len() > 1) {
        eprintln!("endless: --subject is one of those that --list prints, and --history needs it");
        return ExitCode::from(2);
    }
    let once = arguments.history.is_some();
    let limit = Duration::from_secs(60 * arguments.minutes);
    let turn = |runner| Turn { runner, histories: 0, spent: Duration::ZERO };
    let turns = runners.into_iter().map(turn).collect();
    let mut run = Run { arguments, began: Instant::now(), turns, coverage: Coverage::default() };
    let mut reported = Instant::now();
    let outcome = loop {
        let outcome = run.next();
        if outcome.is_err() || once || run.began.elapsed() >= limit {
            break outcome;
        }
        if reported.elapsed() >= Duration::from_secs(60) {
            reported = Instant::now();
            println!("{}", run.report());
        }
    };
    println!("{}", run.report());
    let (status, outcome) = match outcome {
        Ok(()) => (ExitCode::SUCCESS, "no difference".to_owned()),
        Err((replay, Difference { what, test })) => {
            println!("DIFFERENCE: {what}\nreplayed by {replay}\n\n{test}");
            (ExitCode::FAILURE, format!("a difference: `{replay}`"))
        }
    };
    if let Some(path) = &run.arguments.append
        && let Err(error) = append(path, &run.row(&outcome))
    {
        eprintln!("endless: {}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    status
}

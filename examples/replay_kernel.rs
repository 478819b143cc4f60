//! Replays recordings of a real kernel on the model, and says where the two disagree.
//!
//! `cargo run --release --example replay_kernel -- FILE...`

#![expect(clippy::print_stdout, reason = "a report is what the program is for")]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use flate2::read::GzDecoder;
use stabtree::rmap::trace::Trace;

#[path = "../tests/rmap/replay/mod.rs"]
mod replay;

/// Replays recordings of a real kernel on the model and compares every line of every state and of
/// every reverse walk. Exits with 1 if any disagrees or cannot be read.
#[derive(Parser)]
#[command(after_help = replay::UNKNOWN)]
struct Arguments {
    /// Recordings: text, or text packed with gzip (.gz).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Disagreements to show of each file.
    #[arg(long, default_value_t = 1)]
    show: usize,
    /// Do the same to a kernel that keeps residual items instead, compare nothing, and say what the
    /// complete index misses.
    #[arg(long)]
    complete: bool,
}

fn read(path: &Path) -> Result<Trace, Box<dyn std::error::Error>> {
    let mut text = String::new();
    let mut file = File::open(path)?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        file.read_to_string(&mut text)?;
    }
    Ok(Trace::parse(&text)?)
}

/// Returns `true` if the file agrees.
fn run(path: &Path, show: usize, complete: bool) -> bool {
    let name = path.display();
    let trace = match read(path) {
        Ok(trace) => trace,
        Err(error) => {
            eprintln!("{name}: {error}");
            return false;
        }
    };
    if complete {
        return find_all(path, &trace);
    }
    let report = replay::replay(&trace);
    let (states, migrations, lines) = (report.states, report.migrations, report.lines);
    println!(
        "{name}: {} of {} states, {} of {} migrations, {} of {} lines agree; {} unknown",
        states.1, states.0, migrations.1, migrations.0, lines.1, lines.0, report.unknown
    );
    for disagreement in report.disagreements.iter().take(show) {
        println!("  line {}:", disagreement.line);
        println!("    kernel: {}", disagreement.kernel);
        println!("    model:  {}", disagreement.model);
    }
    report.agrees()
}

/// Returns `true` if the complete index misses nothing.
fn find_all(path: &Path, trace: &Trace) -> bool {
    let seen = replay::complete(trace);
    let (entries, stored_missed) = seen.entries;
    println!(
        "{}: {} states, {entries} entries, {} missed, {} migrations failed; the stored index misses \
         {stored_missed}, and where it is right takes {} visits for {}",
        path.display(),
        seen.states,
        seen.missed.len(),
        seen.stuck,
        seen.visits.1,
        seen.visits.0,
    );
    seen.missed.is_empty() && seen.stuck == 0
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut agrees = true;
    for path in &arguments.files {
        agrees &= run(path, arguments.show, arguments.complete);
    }
    if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

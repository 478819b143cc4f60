//! Replays recordings of a real kernel on the model, and says where the two disagree.
//!
//! `cargo run --release --example replay_kernel -- FILE...`

#![expect(clippy::print_stdout, reason = "a report is what the program is for")]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use flate2::read::GzDecoder;
use stabtree::rmap::ReverseMapKind;
use stabtree::rmap::trace::Trace;

mod command_line;
#[path = "../tests/rmap/replay/mod.rs"]
mod replay;

use command_line::CommandLine;
use replay::Kernel;

const HELP: &str = "\
Replays recordings of a real kernel on the model and compares every line of every state and of
every reverse walk. Exits with 1 if any disagrees or cannot be read.

Usage: replay_kernel [OPTIONS] <FILES>...

Arguments:
  <FILES>...       Recordings: text, or text packed with gzip (.gz)

Options:
      --show N     Disagreements to show of each file [default: 1]
      --reverse-map MAP  anon-vma, or cow-context: contexts in place of families, and then lines about
                   families and walks are not compared [default: anon-vma]
      --complete   Do the same to a kernel that keeps residual items instead, compare nothing, and
                   say what the complete index misses
  -h, --help       Print help
  -V, --version    Print version
";

/// Reads a recording; where it ends too early or is no text, says at which line.
fn read(path: &Path) -> Result<Trace, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?;
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let read = if packed {
        GzDecoder::new(file).read_to_end(&mut bytes)
    } else {
        file.read_to_end(&mut bytes)
    };
    let line = |bytes: &[u8]| bytes.split(|&byte| byte == b'\n').count();
    read.map_err(|error| format!("line {}: the file cannot be read on: {error}", line(&bytes)))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        format!("line {}: this is no text: {error}", line(&bytes[..error.valid_up_to()]))
    })?;
    Ok(Trace::parse(text)?)
}

/// Returns `true` if the file agrees.
fn run(path: &Path, show: usize, complete: bool, reverse_map: ReverseMapKind) -> bool {
    let name = path.display();
    let trace = match read(path) {
        Ok(trace) => trace,
        Err(error) => {
            eprintln!("{name}: {error}");
            return false;
        }
    };
    if complete {
        return find_all(path, &trace, reverse_map);
    }
    let kernel = Kernel { reverse_map, ..Kernel::of(&trace) };
    let report = replay::replay_as(&trace, kernel);
    let (states, migrations, lines) = (report.states, report.migrations, report.lines);
    println!(
        "{name}: {} of {} states, {} of {} migrations, {} of {} lines agree; {} unknown \
         (Linux {})",
        states.1,
        states.0,
        migrations.1,
        migrations.0,
        lines.1,
        lines.0,
        report.unknown,
        trace.kernel(),
    );
    for disagreement in report.disagreements.iter().take(show) {
        println!("  line {}:", disagreement.line);
        println!("    kernel: {}", disagreement.kernel);
        println!("    model:  {}", disagreement.model);
    }
    report.agrees()
}

/// Returns `true` if the complete index misses nothing.
fn find_all(path: &Path, trace: &Trace, reverse_map: ReverseMapKind) -> bool {
    let seen = replay::complete(trace, reverse_map);
    let (entries, stored_missed) = seen.entries;
    println!(
        "{}: {} states, {entries} entries, {} missed, {} of ordinary pages, {} migrations failed; the stored index misses \
         {stored_missed}, and where it is right takes {} visits for {}",
        path.display(),
        seen.states,
        seen.missed.len(),
        seen.ordinary.len(),
        seen.stuck,
        seen.visits.1,
        seen.visits.0,
    );
    seen.missed.is_empty() && seen.ordinary.is_empty() && seen.stuck == 0
}

fn main() -> ExitCode {
    let mut line = CommandLine::new(&format!("{HELP}\n{}\n", replay::UNKNOWN));
    let show = line.number("--show", 1, 0..=usize::MAX);
    let complete = line.flag("--complete");
    let reverse_map = line.value("--reverse-map", ReverseMapKind::AnonVma, str::parse);
    let mut agrees = true;
    for file in line.operands(1..=usize::MAX) {
        agrees &= run(Path::new(&file), show, complete, reverse_map);
    }
    if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

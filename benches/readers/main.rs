//! How fast many threads read what one thread keeps changing. `report.rs` says how it is measured.

#![allow(missing_docs, reason = "a program, not a library")]

mod contenders;
mod cpu_time;
mod heap;
mod histogram;
#[path = "../peers/src/machine.rs"]
mod machine;
mod measure;
#[allow(dead_code, reason = "the other package draws more")]
#[path = "../peers/src/plots.rs"]
mod plots;
mod report;
mod row;

#[path = "../../examples/command_line/mod.rs"]
mod command_line;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use command_line::CommandLine;
use contenders::{Cloned, Contender, Held, Locked, LockedMap, Published, Separate, Skip};
use measure::{Figures, Setting, measure};
use row::Row;

const HELP: &str = "\
Measures how fast threads read an index that one thread keeps changing.

Usage: cargo bench --bench readers -- [OPTIONS] [NAMES]...

Options:
      --n N,..         Entries [default: 20000; of a report, also 1000000]
      --readers N,..   Threads that read, beside the writer [default: 1; of a report, to all cores]
      --rate N,..      Writes a second; 0 is full speed [default: 0; of a report, also 100000 and 10000]
      --rounds N       Turns of each contender [default: 1; of a report, 5]
      --millis N       Length of a turn, once without and once with the writer [default: 1000]
      --csv FILE       Write the table as CSV, too
      --report         Measure everything; write report.md, figures.csv and plots, and the
                       chapter of the README
      --out FOLDER     Where the report goes, and not into the README
      --test           Run each for a moment only
  -h, --help           Print help
  -V, --version        Print version
";

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

type Measure = fn(Setting) -> Figures;

const CONTENDERS: [(&str, Measure); 7] = [
    (Published::NAME, measure::<Published>),
    (Held::NAME, measure::<Held>),
    (Locked::NAME, measure::<Locked>),
    (Cloned::NAME, measure::<Cloned>),
    (LockedMap::NAME, measure::<LockedMap>),
    (Skip::NAME, measure::<Skip>),
    (Separate::NAME, measure::<Separate>),
];

/// Numbers with commas between them.
fn list<N: FromStr<Err: Error + 'static> + PartialOrd>(
    range: &RangeInclusive<N>,
    text: &str,
) -> Result<Vec<N>, Box<dyn Error>> {
    let number = |text: &str| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        Ok(_) => Err(format!("{text} is out of range").into()),
        Err(error) => Err(error.into()),
    };
    text.split(',').map(number).collect()
}

/// Powers of two, what leaves the writer a core, and all cores.
fn up_to(cores: u32) -> Vec<u32> {
    let mut readers: Vec<_> =
        (0..32).map(|at| 1 << at).take_while(|&count| count < cores).collect();
    readers.extend([cores.saturating_sub(1).max(1), cores]);
    readers.sort_unstable();
    readers.dedup();
    readers
}

fn main() -> io::Result<()> {
    let mut line = CommandLine::new(HELP);
    line.flag("--bench"); // cargo's
    let (is_test, is_report) = (line.flag("--test"), line.flag("--report"));
    let cores = thread::available_parallelism()?.get().try_into().unwrap_or(u32::MAX);
    let (sizes, readers, rates) = if is_report {
        (vec![20_000, 1_000_000], up_to(cores), vec![0, 100_000, 10_000])
    } else {
        (vec![20_000], vec![1], vec![0])
    };
    let sizes = line.value("--n", sizes, |text| list(&(1..=10_000_000), text));
    let sizes = if is_test { vec![1000] } else { sizes };
    let readers = line.value("--readers", readers, |text| list(&(1..=1000), text));
    let rates = line.value("--rate", rates, |text| list(&(0..=1_000_000_000), text));
    let rounds = line.number("--rounds", if is_report { 5 } else { 1 }, 1..=1000);
    let length = line.number("--millis", 1000, 1..=3_600_000);
    let length = Duration::from_millis(if is_test { 5 } else { length });
    let (csv, out) = (line.text("--csv"), line.text("--out"));
    let names = line.operands(0..=7);
    let is_wanted = |name: &str| {
        names.is_empty() || names.iter().any(|wanted| name.contains(&*wanted.to_string_lossy()))
    };

    let mut stdout = io::stdout().lock();
    write!(stdout, "{}", row::COLUMNS)?;
    let mut rows = Vec::new();
    for &n in &sizes {
        for &readers in &readers {
            for &rate in &rates {
                let setting = Setting { n, readers, rate, length };
                let mut measured = [const { Vec::new() }; CONTENDERS.len()];
                for _ in 0..rounds {
                    for ((name, measure), measured) in CONTENDERS.iter().zip(&mut measured) {
                        if is_wanted(name) {
                            measured.push(measure(setting));
                        }
                    }
                }
                for ((name, _), measured) in CONTENDERS.iter().zip(&measured) {
                    if !measured.is_empty() {
                        let row = Row::of(name, setting, measured);
                        write!(stdout, "{}", row.csv())?;
                        rows.push(row);
                    }
                }
            }
        }
    }
    if let Some(path) = csv {
        fs::write(path, report::csv(&rows))?;
    }
    if is_report {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let readme = here.join("../README.md");
        let folder = out.as_ref().map_or_else(|| here.join("readers"), PathBuf::from);
        report::write(&folder, out.is_none().then_some(&readme), &rows, cores)?;
    }
    Ok(())
}

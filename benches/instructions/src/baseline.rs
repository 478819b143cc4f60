//! Counts that were agreed on, and how far new ones may be above them.

use std::fmt::Write as _;
use std::{fs, io};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.txt");

/// The text between the conditions and the counts.
const COUNTS: &str = "\n\n";

/// Most that a count may be above its baseline (%).
const GATE: u64 = 2;

/// Instructions of each benchmark.
#[derive(Debug)]
pub(crate) struct Counts {
    /// What must be the same for counts to be compared.
    pub(crate) conditions: String,
    pub(crate) counts: Vec<(String, u64)>,
}

impl Counts {
    fn parse(text: &str) -> Option<Self> {
        let (conditions, counts) = text.split_once(COUNTS)?;
        let parse = |line: &str| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.trim().parse().ok()?))
        };
        let counts = counts.lines().map(parse).collect::<Option<_>>()?;
        Some(Self { conditions: conditions.to_owned(), counts })
    }

    fn of(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|(other, _)| other == name).map(|(_, count)| *count)
    }
}

pub(crate) fn write(new: &Counts) -> io::Result<()> {
    let mut text = new.conditions.clone() + COUNTS;
    for (name, count) in &new.counts {
        writeln!(text, "{name:<24}{count:>12}").map_err(io::Error::other)?;
    }
    print!("{text}");
    fs::write(PATH, text)
}

/// Prints the counts beside the baseline.
///
/// # Errors
///
/// If counts are too far above it, or the benchmarks are not those of the baseline.
pub(crate) fn compare(new: &Counts) -> io::Result<()> {
    let old = Counts::parse(&fs::read_to_string(PATH)?)
        .ok_or_else(|| io::Error::other(format!("{PATH} is not understood")))?;
    let head = format!("{:<24}{:>12}{:>12}{:>8}", "benchmark", "baseline", "count", "ratio");
    println!("{head}");
    let (mut failures, mut unknown) = (Vec::new(), 0);
    for (name, count) in &new.counts {
        let Some(before) = old.of(name) else {
            println!("{name:<24}{:>12}{count:>12}", "none");
            unknown += 1;
            continue;
        };
        let ratio = (count * 1_000 + before / 2) / before;
        let ratio = format!("{}.{:03}", ratio / 1_000, ratio % 1_000);
        let line = format!("{name:<24}{before:>12}{count:>12}{ratio:>8}");
        println!("{line}");
        if count * 100 > before * (100 + GATE) {
            failures.push(line);
        }
    }
    if old.conditions != new.conditions {
        println!("NOT COMPARED: the baseline was counted with");
        println!("{}\nand this with\n{}", old.conditions, new.conditions);
        return Ok(());
    }
    if unknown > 0 || new.counts.len() < old.counts.len() {
        return Err(io::Error::other(
            "the baseline has other benchmarks: `--write` writes it anew",
        ));
    }
    if failures.is_empty() {
        return Ok(());
    }
    let failures = failures.join("\n");
    Err(io::Error::other(format!("more than {GATE} % above the baseline:\n{head}\n{failures}")))
}

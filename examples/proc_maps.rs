//! Tells what lies at an address of a process, and how far it is to the nearest free memory.
//!
//! `cargo run --example proc_maps -- --maps /proc/1234/maps 7ffd1a2b3c4d`

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use stabtree::{Interval, IntervalBTree};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Answers addresses from the list of a process's mappings.

For each address: the mapping or the hole it lies in, the hole before that and the hole after it.
Addresses are hexadecimal, with 0x or without; they come from the arguments, or one a line from
standard input.

Usage: proc_maps [OPTIONS] [ADDRESSES]...

Arguments:
  [ADDRESSES]...     Addresses to look up; none: read them from standard input

Options:
      --maps FILE    A file as Linux writes it; by default this program's own memory
                     [default: /proc/self/maps]
  -h, --help         Print help
  -V, --version      Print version
";

struct Options {
    maps: PathBuf,
    addresses: Vec<u64>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut line = CommandLine::new(HELP);
        let maps = line.text("--maps").unwrap_or_else(|| "/proc/self/maps".into());
        let addresses = line.operands(0..=usize::MAX);
        let address = |text: &OsString| command_line::parsed("[ADDRESSES]...", text, address);
        Self { maps: maps.into(), addresses: addresses.iter().map(address).collect() }
    }
}

/// The mappings and the holes between them. Every address is in exactly one of the two.
struct Memory {
    /// Permissions and name of each mapping.
    mappings: IntervalBTree<u64, String>,
    holes: IntervalBTree<u64>,
}

fn main() -> ExitCode {
    match run(&Options::from_arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("proc_maps: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let memory = read(&options.maps)?;
    let mut out = io::stdout().lock();
    for at in &options.addresses {
        memory.explain(*at, &mut out)?;
    }
    if options.addresses.is_empty() {
        for line in io::stdin().lines() {
            match address(line?.trim()) {
                Ok(at) => memory.explain(at, &mut out)?,
                Err(error) => eprintln!("proc_maps: {error}"),
            }
        }
    }
    Ok(())
}

fn address(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| format!("`{text}` is not a hexadecimal address"))
}

fn read(path: &Path) -> Result<Memory, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut mappings = IntervalBTree::new();
    for (line, number) in text.lines().zip(1..) {
        let (interval, what) = mapping(line)
            .ok_or_else(|| format!("{}:{number}: `{line}` is no mapping", path.display()))?;
        mappings.insert(interval, what);
    }
    let holes = mappings.gaps(..).map(|hole| (hole, ())).collect();
    Ok(Memory { mappings, holes })
}

/// Reads `start-end permissions offset device inode name`; the end is exclusive.
fn mapping(line: &str) -> Option<(Interval<u64>, String)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let interval = Interval::try_from(address(start).ok()?..address(end).ok()?).ok()?;
    let permissions = fields.next()?;
    let name: Vec<_> = fields.skip(3).collect();
    Some((interval, format!("{permissions} {}", name.join(" "))))
}

impl Memory {
    fn explain(&self, at: u64, out: &mut impl Write) -> io::Result<()> {
        for (mapping, what) in self.mappings.stab(at) {
            let inside = at - mapping.start();
            writeln!(out, "{at:#x}: {inside:#x} bytes into {} {what}", Extent(mapping))?;
        }
        for (hole, ()) in self.holes.stab(at) {
            writeln!(out, "{at:#x}: not mapped, in {}", Extent(hole))?;
        }
        let (before, after) = self.holes.nearest(at);
        for (side, hole) in [("before", before), ("after", after)] {
            match hole {
                Some((hole, ())) => writeln!(out, "  hole {side}: {}", Extent(hole))?,
                None => writeln!(out, "  hole {side}: none")?,
            }
        }
        Ok(())
    }
}

/// Shows both ends and the length in a unit that fits.
struct Extent(Interval<u64>);

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let (start, last) = (*self.0.start(), *self.0.last());
        let (mut length, mut unit) = (u128::from(last) - u128::from(start) + 1, 0);
        while length >= 10 * 1024 {
            length /= 1024;
            unit += 1;
        }
        write!(f, "[{start:#x}, {last:#x}] ({length} {})", UNITS[unit])
    }
}

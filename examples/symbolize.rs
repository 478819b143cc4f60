//! Names the function at an address, and the functions it was inlined into.
//!
//! `nm --print-size --defined-only program > symbols; cargo run --example symbolize -- symbols 401136`

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
Names the functions whose code an address lies in, the innermost first.

The symbols come as `nm --print-size` writes them: address, size, type and name, the numbers in
hexadecimal. Ranges may nest, as inlined functions do, overlap and be equal; lines without a
size are left out. An address that no range contains gets the nearest function before it.

Usage: symbolize <SYMBOLS> [ADDRESSES]...

Arguments:
  <SYMBOLS>         The file of symbols
  [ADDRESSES]...    Addresses to look up, hexadecimal; none: read them from standard input

Options:
  -h, --help        Print help
  -V, --version     Print version
";

struct Options {
    symbols: PathBuf,
    addresses: Vec<u64>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut addresses = CommandLine::new(HELP).operands(1..=usize::MAX);
        let symbols = addresses.remove(0).into();
        let address = |text: &OsString| command_line::parsed("[ADDRESSES]...", text, hexadecimal);
        Self { symbols, addresses: addresses.iter().map(address).collect() }
    }
}

type Symbols = IntervalBTree<u64, String>;

fn main() -> ExitCode {
    match run(&Options::from_arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("symbolize: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let symbols = read(&options.symbols)?;
    let mut out = io::stdout().lock();
    for at in &options.addresses {
        name(&symbols, *at, &mut out)?;
    }
    if options.addresses.is_empty() {
        for line in io::stdin().lines() {
            match hexadecimal(line?.trim()) {
                Ok(at) => name(&symbols, at, &mut out)?,
                Err(error) => eprintln!("symbolize: {error}"),
            }
        }
    }
    Ok(())
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| format!("`{text}` is not a hexadecimal number"))
}

fn read(path: &Path) -> Result<Symbols, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut symbols = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let [start, size, _type, name @ ..] = &*fields else { continue };
        if name.is_empty() {
            continue; // address, type and name: a symbol without a size
        }
        let wrong = |error| format!("{}:{number}: {error}", path.display());
        let start = hexadecimal(start).map_err(wrong)?;
        let size = hexadecimal(size).map_err(wrong)?;
        // An empty range, or one that runs out of the address space, holds no code.
        if let Some(last) = size.checked_sub(1).and_then(|more| start.checked_add(more)) {
            symbols.push((Interval::new(start, last), name.join(" ")));
        }
    }
    // Sorted input makes full nodes; where starts are equal the outer function comes first.
    symbols.sort_by_key(|(range, _)| (*range.start(), std::cmp::Reverse(*range.last())));
    Ok(Symbols::try_from_sorted(symbols).expect("sorted by start"))
}

fn name(symbols: &Symbols, at: u64, out: &mut impl Write) -> io::Result<()> {
    let mut around: Vec<_> = symbols.stab(at).collect();
    // Stable: of equal ranges the one that came first in the file stays first.
    around.sort_by_key(|(range, _)| range.last() - range.start());
    match &*around {
        [(range, innermost), outer @ ..] => {
            write!(out, "{at:#x}: {innermost}+{:#x}", at - range.start())?;
            for (_, function) in outer {
                write!(out, " in {function}")?;
            }
            writeln!(out)
        }
        [] => match symbols.nearest_before(at) {
            Some((range, function)) => {
                writeln!(out, "{at:#x}: {:#x} bytes after {function}", at - range.last())
            }
            None => writeln!(out, "{at:#x}: before all functions"),
        },
    }
}

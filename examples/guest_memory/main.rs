//! Runs a script of memory operations on the address space of a guest, and prints what comes of it.
//!
//! `cargo run --example guest_memory` runs a short script of its own.

#[path = "../command_line/mod.rs"]
mod command_line;
mod memory;

use std::io::{self, Write};
use std::process::ExitCode;

use command_line::CommandLine;
use memory::{Memory, Placement, Prot};
use stabtree::Interval;

const HELP: &str = "\
Runs a script of memory operations on the address space of a guest.

A line of the script is an operation; # begins a comment. RIGHTS are rwx, r-x, --- and so on.

  map ADDRESS LENGTH RIGHTS           Map, in the place of what lies there
  alloc LENGTH ALIGN RIGHTS up|down   Map at the lowest or the highest gap that fits
  unmap ADDRESS LENGTH                Unmap what lies there
  protect ADDRESS LENGTH RIGHTS       Change the rights of what is mapped
  fault ADDRESS                       Tell which mapping an access goes to
  maps                                List all mappings

Usage: guest_memory [SCRIPT]

Arguments:
  [SCRIPT]              The file of operations; by default a short script that is built in

Options:
  -h, --help            Print help
  -V, --version         Print version
";

const PAGE: u64 = 0x1000;

const SCRIPT: &str = "\
map 0x400000 0x4000 r-x
map 0x404000 0x2000 rw-
protect 0x405000 0x1000 r--     # splits a mapping
alloc 0x3000 0x10000 rw- up
alloc 0x8000 0x1000 rw- down
unmap 0x401000 0x1000           # cuts a hole
fault 0x405800
fault 0x401000
protect 0x405000 0x1000 rw-     # and they are one again
maps
";

fn main() -> ExitCode {
    let (name, script) = match CommandLine::new(HELP).operands(0..=1).pop() {
        None => ("script".to_owned(), SCRIPT.to_owned()),
        Some(file) => {
            let name = file.to_string_lossy().into_owned();
            match std::fs::read_to_string(&file) {
                Ok(script) => (name, script),
                Err(error) => {
                    eprintln!("guest_memory: {name}: {error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    };
    let mut memory = Memory::new(Interval::new(0x1_0000, 0x7fff_ffff_ffff));
    for (line, number) in script.lines().zip(1..) {
        let operation = line.split('#').next().unwrap_or_default();
        match run(&mut memory, operation) {
            Ok(answer) => {
                for line in answer {
                    writeln!(io::stdout(), "{line}").expect("somebody reads it");
                }
            }
            Err(error) => {
                eprintln!("guest_memory: {name}:{number}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Does what a line says, and returns what it has to tell.
fn run(memory: &mut Memory, line: &str) -> Result<Vec<String>, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let answer = match words[..] {
        [] => return Ok(Vec::new()),
        ["map", address, length, rights] => {
            let range = range(address, length)?;
            memory.map_fixed(range, prot(rights)?);
            format!("{line}: mapped {range:#x}")
        }
        ["alloc", length, align, rights, direction] => {
            let place = match direction {
                "up" => Placement::BottomUp,
                "down" => Placement::TopDown,
                other => return Err(format!("`{other}` is neither up nor down")),
            };
            let (length, align) = (pages(length)?, pages(align)?);
            let placed = memory.map(length, align, place, prot(rights)?);
            let placed = placed.ok_or_else(|| format!("no gap of {length:#x} bytes"))?;
            format!("{line}: mapped {placed:#x}")
        }
        ["unmap", address, length] => {
            let touched = memory.unmap(range(address, length)?);
            format!("{line}: {touched} mappings")
        }
        ["protect", address, length, rights] => {
            let changed = memory.protect(range(address, length)?, prot(rights)?);
            changed.map_err(|gap| format!("{gap:#x} is not mapped"))?;
            format!("{line}: done")
        }
        ["fault", address] => match memory.fault(number(address)?) {
            Some((range, rights)) => format!("{line}: in {range:#x} {}", shown(rights)),
            None => format!("{line}: segmentation fault"),
        },
        ["maps"] => {
            let lines = memory.mappings().map(|(range, rights)| {
                let (start, last) = range.into_bounds();
                format!("{start:012x}-{:012x} {}", last + 1, shown(rights))
            });
            return Ok(lines.collect());
        }
        _ => return Err(format!("`{}` is no operation", line.trim())),
    };
    Ok(vec![answer])
}

fn number(word: &str) -> Result<u64, String> {
    let digits = word.strip_prefix("0x");
    let number = digits.map_or_else(|| word.parse(), |hex| u64::from_str_radix(hex, 16));
    number.map_err(|error| format!("`{word}`: {error}"))
}

/// A number of bytes that is a number of pages.
fn pages(word: &str) -> Result<u64, String> {
    match number(word)? {
        0 => Err("a length of zero".to_owned()),
        bytes if bytes.is_multiple_of(PAGE) => Ok(bytes),
        _ => Err(format!("`{word}` is not a multiple of {PAGE:#x}")),
    }
}

fn range(address: &str, length: &str) -> Result<Interval<u64>, String> {
    let (start, length) = (number(address)?, pages(length)?);
    if !start.is_multiple_of(PAGE) {
        return Err(format!("`{address}` is not the start of a page"));
    }
    let last = start.checked_add(length - 1);
    last.map(|last| Interval::new(start, last)).ok_or_else(|| "past the end of memory".to_owned())
}

fn prot(word: &str) -> Result<Prot, String> {
    match word.as_bytes() {
        [r @ (b'r' | b'-'), w @ (b'w' | b'-'), x @ (b'x' | b'-')] => {
            Ok(Prot { read: *r == b'r', write: *w == b'w', exec: *x == b'x' })
        }
        _ => Err(format!("`{word}` are no rights; rw- for example")),
    }
}

fn shown(prot: Prot) -> String {
    let right = |has, letter| if has { letter } else { '-' };
    [right(prot.read, 'r'), right(prot.write, 'w'), right(prot.exec, 'x')].iter().collect()
}

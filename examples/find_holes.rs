//! Finds the holes of the reverse map of a kernel, from nothing but random operations, and prints each
//! as a test or as a C program for that kernel.
//!
//! `cargo run --release --example find_holes -- --kernel 7.3`

#![expect(clippy::print_stdout, reason = "a report is what the program is for")]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use stabtree::rmap::{CowContextSettings, KernelVersion, ReverseMapKind};

mod command_line;
#[path = "../tests/rmap/find_holes.rs"]
mod find_holes;
#[path = "../tests/rmap/reproducer/mod.rs"]
mod reproducer;
#[path = "../tests/rmap/rmap_ops.rs"]
mod rmap_ops;

use command_line::CommandLine;
use find_holes::{
    Hole, Target, WalkBy, as_target_test, as_test, histories, holes, holes_of,
    missed_though_complete, shrink, shrink_while,
};
use reproducer::{History, emit, table, translate};
use rmap_ops::Op;

const HELP: &str = "\
Tries random histories of a machine until each kind of hole was found: an entry of a merged page
that the kernel's own reverse walk misses for ever. Says after how many histories, and prints the
first of each kind, shrunk, as a test.

With --emit-c it prints the first hole, or the first of the kind that --hole names, as a C program
that does the same to a running kernel: exit status 0 if the hole is there, 1 if it is not, 2 if it
could not be set up. A history of one's own is read from a FILE: an operation a line, in the words
of recordings (docs/reproducers).

Usage: find_holes [OPTIONS] [FILE]

Options:
      --kernel VERSION  6.12, 7.2 or 7.3 [default: 7.3]
      --reverse-map MAP anon-vma, or cow-context: then the holes of contexts are looked for, ordinary
                        pages included, which are Ordinary where they are missed [default: anon-vma]
      --as-posted       Contexts as they were posted, without repairs
      --candidate N     How merged pages are walked on contexts: 1 from the item's process, 2 from the
                        context that the item recorded, 3 also from places kept without an item
                        [default: 2]
      --seed N          The first seed [default: 0]
      --seeds N         How many seeds to try [default: 5]
      --histories N     How many histories of each to try at most [default: 100000]
      --hole KIND       Only this kind: StaleIndex, StaleFamily, Relative, MovedRelative, Forgotten
      --emit-c          Print a C program
      --emit-ops        Print the history that the C program would be of
      --table           Print what each way to walk misses on each kernel, in the histories of
                        docs/reproducers
      --complete        Look instead for an entry that the complete index misses, after any
                        operation, on a kernel that keeps residual items: there should be none
  -h, --help            Print help
  -V, --version         Print version
";

/// What to print of the holes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Tests,
    C,
    Ops,
}

struct Arguments {
    kernel: KernelVersion,
    /// Contexts, if their holes are looked for.
    contexts: Option<Target>,
    seed: u64,
    seeds: u64,
    histories: usize,
    kinds: Vec<Hole>,
    output: Output,
    table: bool,
    complete: bool,
    file: Option<PathBuf>,
}

impl Arguments {
    fn parse() -> Self {
        let mut line = CommandLine::new(HELP);
        let kind = |name: &str| {
            let kind = Hole::ALL.into_iter().find(|hole| format!("{hole:?}") == name);
            kind.map(|kind| vec![kind]).ok_or(format!("one of {:?}", Hole::ALL))
        };
        let mut arguments = Self {
            kernel: line.value("--kernel", KernelVersion::V7_3, str::parse),
            contexts: None,
            seed: line.number("--seed", 0, 0..=u64::MAX),
            seeds: line.number("--seeds", 5, 0..=u64::MAX),
            histories: line.number("--histories", 100_000, 0..=usize::MAX),
            kinds: line.value("--hole", Hole::ALL.to_vec(), kind),
            output: Output::Tests,
            table: line.flag("--table"),
            complete: line.flag("--complete"),
            file: None,
        };
        let reverse_map = line.value("--reverse-map", ReverseMapKind::AnonVma, str::parse);
        let posted = line.flag("--as-posted");
        let walk = match line.number("--candidate", 2, 1..=3) {
            1 => WalkBy::Process,
            2 => WalkBy::Recorded,
            _ => WalkBy::Residual,
        };
        if reverse_map == ReverseMapKind::CowContext {
            let settings = CowContextSettings::repaired();
            let settings = if posted { CowContextSettings::as_posted() } else { settings };
            let target = Target::contexts(settings, walk);
            arguments.contexts = Some(Target { kernel: arguments.kernel, ..target });
        }
        if line.flag("--emit-c") {
            arguments.output = Output::C;
        }
        if line.flag("--emit-ops") {
            arguments.output = Output::Ops;
        }
        arguments.file = line.operands(0..=1).pop().map(PathBuf::from);
        arguments
    }

    fn seeds(&self) -> Range<u64> {
        self.seed..self.seed.saturating_add(self.seeds)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if let Some(target) = arguments.contexts {
        find_in(target, &arguments);
        Ok(())
    } else if arguments.table {
        print!("{}", table());
        Ok(())
    } else if arguments.complete {
        prove_complete(&arguments)
    } else if let Some(file) = &arguments.file {
        print_file(file, &arguments)
    } else if arguments.output != Output::Tests {
        print_first(&arguments)
    } else {
        find(&arguments);
        Ok(())
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("find_holes: {error}");
            ExitCode::FAILURE
        }
    }
}

fn prove_complete(arguments: &Arguments) -> Result<(), String> {
    for seed in arguments.seeds() {
        for ops in histories(seed).take(arguments.histories) {
            missed_though_complete(&ops, arguments.kernel)
                .map_err(|missed| format!("seed {seed}: {missed}"))?;
        }
        println!("seed {seed}: {} histories, nothing missed", arguments.histories);
    }
    Ok(())
}

/// Prints the history of a file.
fn print_file(path: &Path, arguments: &Arguments) -> Result<(), String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let history = History::parse(&text).map_err(|error| format!("{name}: {error}"))?;
    let title = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("hole");
    print_history(title, &history, arguments).map_err(|error| format!("{name}: {error}"))
}

fn print_history(title: &str, history: &History, arguments: &Arguments) -> Result<(), String> {
    let program = emit(title, history, arguments.kernel)?;
    match arguments.output {
        Output::Ops => print!("{history}"),
        Output::C | Output::Tests => print!("{program}"),
    }
    Ok(())
}

/// Prints the first hole of the wanted kinds whose history is a program's, too.
fn print_first(arguments: &Arguments) -> Result<(), String> {
    for seed in arguments.seeds() {
        for (number, ops) in (1..=arguments.histories).zip(histories(seed)) {
            let found = holes(&ops, arguments.kernel);
            let Some(&hole) = arguments.kinds.iter().find(|kind| found.contains(kind)) else {
                continue;
            };
            let title = format!("{}-{seed}-{number}", hole.name());
            match print_history(&title, &as_history(ops, hole, arguments), arguments) {
                Err(error) => eprintln!("find_holes: {title}: {error}"),
                Ok(()) => return Ok(()),
            }
        }
    }
    Err("no hole found; more seeds or histories may have one".to_owned())
}

fn as_history(ops: Vec<Op>, hole: Hole, arguments: &Arguments) -> History {
    let ops = shrink(ops, hole, arguments.kernel);
    let mut history = translate(&ops, arguments.kernel);
    history.about = vec![format!("Found in random histories and shrunk; the kind is {hole:?}.")];
    history
}

/// Prints the first hole of each kind that contexts have.
fn find_in(target: Target, arguments: &Arguments) {
    let mut found: Vec<Hole> = Vec::new();
    let (mut tried, mut at_least) = (0, 0);
    for seed in arguments.seeds() {
        for ops in histories(seed).take(arguments.histories) {
            tried += 1;
            at_least += ops.len();
            for hole in holes_of(&ops, target) {
                if found.contains(&hole) {
                    continue;
                }
                found.push(hole);
                println!("{hole:?} after {tried} histories, seed {seed}:\n");
                let ops = shrink_while(ops.clone(), |ops| holes_of(ops, target).contains(&hole));
                println!("{}", as_target_test(&ops, hole, target));
            }
        }
        println!("seed {seed} done: {tried} histories, {at_least} operations, holes {found:?}");
    }
}

fn find(arguments: &Arguments) {
    let mut tests: Vec<(Hole, String)> = Vec::new();
    let kinds = &arguments.kinds;
    println!("Linux {}: histories tried until the first of its kind", arguments.kernel);
    let names: Vec<_> = kinds.iter().map(|hole| format!("{:>14}", format!("{hole:?}"))).collect();
    println!("seed {}", names.concat());
    for seed in arguments.seeds() {
        let mut first = vec![None; kinds.len()];
        for (tried, ops) in (1..=arguments.histories).zip(histories(seed)) {
            let found = holes(&ops, arguments.kernel);
            for (first, &hole) in first.iter_mut().zip(kinds) {
                if first.is_some() || !found.contains(&hole) {
                    continue;
                }
                *first = Some(tried);
                if !tests.iter().any(|&(known, _)| known == hole) {
                    let ops = shrink(ops.clone(), hole, arguments.kernel);
                    tests.push((hole, as_test(&ops, hole, arguments.kernel)));
                }
            }
            if first.iter().all(Option::is_some) {
                break;
            }
        }
        print!("{seed:>4} ");
        for tried in first {
            print!("{:>14}", tried.map_or("none".to_owned(), |tried| tried.to_string()));
        }
        println!();
    }
    tests.sort_unstable();
    for (_, test) in tests {
        print!("\n{test}");
    }
}

//! Counts the instructions of stabtree's operations, and compares the counts with a baseline.
//!
//! ```text
//! cargo run --release                # counts all, and compares them with baseline.txt
//! cargo run --release -- --write     # counts all, and writes baseline.txt
//! cargo run --release -- --list      # the names of the benchmarks
//! ```
//!
//! **Method.** Each benchmark runs in a process of its own under valgrind's callgrind, which counts
//! what is executed inside [`measured`] and nothing else: no clock, no sampling, so a count is the
//! same on an idle machine and on a busy one. More than 2 % above the baseline is a failure. Another
//! compiler, or another valgrind, gives other counts; then they are shown and not compared.
//!
//! Valgrind 3.19 has no AVX-512, so `IntervalBTree` runs its code for AVX2.

mod baseline;
mod callgrind;
#[path = "../../families.rs"]
mod families;
#[path = "../../../tests/rmap/find_holes.rs"]
mod find_holes;
mod operations;
mod reverse_map;
#[path = "../../../tests/rmap/rmap_ops.rs"]
mod rmap_ops;
#[path = "../../workloads.rs"]
#[expect(dead_code, reason = "one population is enough here")]
mod workloads;

use std::hint::black_box;
use std::process::ExitCode;
use std::{env, io};

use crate::baseline::Counts;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments {
        [] => count().and_then(|counts| baseline::compare(&counts)),
        ["--write"] => count().and_then(|counts| baseline::write(&counts)),
        ["--list"] => {
            all().for_each(|(name, _)| println!("{name}"));
            Ok(())
        }
        // What valgrind runs.
        ["--run", name] => run(name),
        ["--vectors"] => {
            println!("{}", callgrind::vectors());
            Ok(())
        }
        _ => Err(io::Error::other("usage: instructions [--write | --list | --run NAME]")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The benchmarks by name.
fn all() -> impl Iterator<Item = (&'static str, fn())> {
    operations::all().chain(reverse_map::all())
}

fn count() -> io::Result<Counts> {
    let of = |(name, _)| callgrind::count(name).map(|instructions| (name.into(), instructions));
    let counts = all().map(of).collect::<Result<_, _>>()?;
    Ok(Counts { conditions: callgrind::conditions()?, counts })
}

fn run(name: &str) -> io::Result<()> {
    let (_, operation) = all()
        .find(|(other, _)| *other == name)
        .ok_or_else(|| io::Error::other(format!("there is no {name}")))?;
    operation();
    Ok(())
}

/// Does the work whose instructions are counted; callgrind knows it by its name.
#[inline(never)]
fn measured<R>(work: impl FnOnce() -> R) -> R {
    black_box(work())
}

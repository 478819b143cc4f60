//! Merge, mremap, wait until all is merged again, migrate: the reproducer of the mailing-list thread
//! that asks for migration instead of swap.
//!
//! `cargo run --release --example rmap_migrate_after_mremap`

use std::collections::BTreeSet;
use std::io::{self, Write};

use stabtree::rmap::{
    AddressPgoff, Advice, CompleteIndex, Content, CountThenFull, FullRange,
    IndexAndComputedAddress, Machine, MmId, NarrowThenWide, Pages, Prot, Remap, RemapBit,
    RmapError, StoredPgoff, Strategy, Vaddr, VmaPgoff,
};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Merges equal pages, moves them by mremap, scans, and migrates each page by every strategy of the
thread.

mremap un-merges what it moves, and leaves the memory mergeable: the scanner merges the pages
again where they are now. Only then does a walk of a merged page have to find a place that has
moved. With --scans 0 or 1 the moved pages are still ordinary ones, AddressPgoff migrates them
all, and nothing was tested; the first line of the output tells how many are merged.

Columns: frames that were migrated and that stayed where they were, entries that the walks
missed, tries (two walks each) and visits of all walks.

Usage: rmap_migrate_after_mremap [OPTIONS]

Options:
      --pages N    Equal pages [default: 32]
      --moved N    How many of them are moved, from the first on [default: 16]
      --scans N    Full scans between the move and the migration [default: 2]
      --forks N    Children that are forked before the migration [default: 0]
  -h, --help       Print help
  -V, --version    Print version
";

struct Options {
    pages: u64,
    moved: u64,
    scans: u64,
    forks: u64,
}

impl Options {
    fn from_arguments() -> Self {
        let mut line = CommandLine::new(HELP);
        let options = Self {
            pages: line.number("--pages", 32, 2..=100_000),
            moved: line.number("--moved", 16, 0..=u64::MAX),
            scans: line.number("--scans", 2, 0..=u64::MAX),
            forks: line.number("--forks", 0, 0..=1_000),
        };
        line.end();
        options
    }
}

/// First pages of the region and of the place to which it is moved.
const BASE: Vaddr = Vaddr::of_page(0x10_0000);
const MOVED: Vaddr = Vaddr::of_page(0x40_0000);

fn build(options: &Options) -> Result<(Machine, MmId), RmapError> {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let (pages, moved) = (Pages(options.pages), Pages(options.moved.min(options.pages)));
    machine.mmap(p, BASE, pages, Prot::ReadWrite)?;
    machine.madvise(p, BASE, pages, Advice::Mergeable)?;
    for i in 0..options.pages {
        machine.write(p, BASE + Pages(i), Content(0x77))?;
    }
    machine.ksm_scan();
    machine.ksm_scan();
    if moved > Pages(0) {
        machine.mremap(p, BASE, moved, moved, Remap::Fixed(MOVED))?;
    }
    for _ in 0..options.scans {
        machine.ksm_scan();
    }
    for _ in 0..options.forks {
        machine.fork(p)?;
    }
    Ok((machine, p))
}

/// What became of all pages of the region (frames, entries, tries, mappings).
#[derive(Default)]
struct Outcome {
    migrated: u64,
    stayed: u64,
    missed: u64,
    tries: u64,
    visits: u64,
}

/// Migrates every frame of the process once.
fn migrate(machine: &mut Machine, p: MmId, by: &dyn Strategy) -> Result<Outcome, RmapError> {
    let mut outcome = Outcome::default();
    let places: Vec<Vaddr> = machine.used_pages(p)?.map(|(at, _)| at).collect();
    let mut done = BTreeSet::new();
    for at in places {
        let pfn = machine.pfn_at(p, at)?;
        if done.contains(&pfn) {
            continue;
        }
        let migration = machine.migrate(pfn, by)?;
        outcome.missed += u64::from(migration.mappers) - migration.unmap.mapped;
        let tries = u64::from(migration.tries);
        outcome.tries += tries;
        outcome.visits += tries * (migration.unmap.visited + migration.restore.visited);
        done.insert(migration.moved_to.unwrap_or(pfn));
        match migration.moved_to {
            Some(_) => outcome.migrated += 1,
            None => outcome.stayed += 1,
        }
    }
    Ok(outcome)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::from_arguments();
    let (machine, p) = build(&options)?;
    let places: Vec<Vaddr> = machine.used_pages(p)?.map(|(at, _)| at).collect();
    let merged = |&&at: &&Vaddr| machine.pfn_at(p, at).is_ok_and(|pfn| machine.is_merged(pfn));
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} of {} pages are merged, {} of the {} that were moved",
        places.iter().filter(merged).count(),
        places.len(),
        places.iter().filter(|&&at| MOVED <= at).filter(merged).count(),
        options.moved.min(options.pages)
    )?;
    writeln!(
        out,
        "{:<24} {:>8} {:>6} {:>6} {:>6} {:>9}",
        "strategy", "migrated", "stayed", "missed", "tries", "visits"
    )?;
    let strategies: [&dyn Strategy; 9] = [
        &FullRange,
        &AddressPgoff,
        &CountThenFull,
        &NarrowThenWide,
        &RemapBit,
        &VmaPgoff,
        &StoredPgoff,
        &IndexAndComputedAddress,
        &CompleteIndex,
    ];
    for strategy in strategies {
        let Outcome { migrated, stayed, missed, tries, visits } =
            migrate(&mut machine.clone(), p, strategy)?;
        writeln!(
            out,
            "{:<24} {migrated:>8} {stayed:>6} {missed:>6} {tries:>6} {visits:>9}",
            strategy.name()
        )?;
    }
    Ok(())
}

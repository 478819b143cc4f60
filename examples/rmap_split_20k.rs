//! The benchmark of the mailing-list thread: 20,000 equal pages, every second one made read-only,
//! so that 20,000 mappings hang on one `anon_vma`; then one merged page is migrated.
//!
//! `cargo run --release --example rmap_split_20k`

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use stabtree::rmap::{
    AddressPgoff, Advice, Collect, CompleteIndex, Content, Control, CountThenFull, FullRange,
    IndexAndComputedAddress, LoopStart, LoopStats, Machine, Mapping, MmId, NarrowThenWide, Pages,
    Prot, RemapBit, RmapError, StoredPgoff, Strategy, Vaddr, VmaPgoff,
};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Migrates one page of a family of many mappings, by every strategy of the thread.

For each strategy the two walks of the migration: try_to_migrate, which stops when no entry is
left, and remove_migration_ptes, which never stops. Visits are exact and the same on every
machine; Hold_max_ms is the longest time between taking and releasing the anon_vma's lock.

Usage: rmap_split_20k [OPTIONS]

Options:
      --pages N    Pages, and so mappings [default: 20000]
  -h, --help       Print help
  -V, --version    Print version
";

/// First page of the region.
const BASE: u64 = 0x10_0000;

/// One region of `pages` equal pages, merged, each in a mapping of its own.
fn build(pages: u64) -> Result<(Machine, MmId), RmapError> {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let at = Vaddr::of_page(BASE);
    machine.mmap(p, at, Pages(pages), Prot::ReadWrite)?;
    for i in 0..pages {
        machine.write(p, at + Pages(i), Content(7))?;
    }
    machine.madvise(p, at, Pages(pages), Advice::Mergeable)?;
    for i in (0..pages).step_by(2) {
        machine.mprotect(p, at + Pages(i), Pages(1), Prot::Read)?;
    }
    machine.ksm_scan();
    machine.ksm_scan();
    Ok((machine, p))
}

/// Notes the longest hold of a lock around what another control does.
struct Holds<C> {
    inner: C,
    taken: Instant,
    longest: Duration,
}

impl<C: Control> Control for Holds<C> {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        self.inner.rmap_one(mapping)
    }

    fn done(&mut self) -> bool {
        self.inner.done()
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        self.taken = Instant::now();
    }

    fn lock_released(&mut self, _stats: &LoopStats) {
        self.longest = self.longest.max(self.taken.elapsed());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut line = CommandLine::new(HELP);
    let pages = line.number("--pages", 20_000, 2..=4_000_000);
    line.end();
    let begun = Instant::now();
    let (mut machine, p) = build(pages)?;
    let second = Vaddr::of_page(BASE + 1);
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
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:<24} {:>15} {:>21} {:>11} {:>7}",
        "strategy", "try_to_migrate", "remove_migration_ptes", "Hold_max_ms", "moved"
    )?;
    for strategy in strategies {
        let pfn = machine.pfn_at(p, second)?;
        let inner = Collect::all();
        let mut holds = Holds { inner, taken: Instant::now(), longest: Duration::ZERO };
        machine.walk(pfn, strategy, &mut holds)?;
        let migration = machine.migrate(pfn, strategy)?;
        writeln!(
            out,
            "{:<24} {:>15} {:>21} {:>11.4} {:>7}",
            strategy.name(),
            migration.unmap.visited,
            migration.restore.visited,
            holds.longest.as_secs_f64() * 1e3,
            if migration.moved_to.is_some() { "yes" } else { "no" },
        )?;
    }
    writeln!(out, "{pages} mappings; {:.2} s in all", begun.elapsed().as_secs_f64())?;
    Ok(())
}

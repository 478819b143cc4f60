//! A strategy of one's own, judged by the oracle.
//!
//! `cargo run --example own_strategy`

use std::io::{self, Write};

use stabtree::Interval;
use stabtree::rmap::{
    Advice, Content, FullRange, Machine, MmId, Pages, Pgoff, Prot, Remap, RmapError, StableItem,
    StoredPgoff, Strategy, Vaddr,
};

mod command_line;

use command_line::CommandLine;

/// The offsets around the address: right where nothing moved, and nearly right where it moved
/// little. Is that enough?
struct AroundTheAddress {
    reach: u64,
}

impl Strategy for AroundTheAddress {
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        let middle = item.address().page_number();
        Interval::new(Pgoff(middle.saturating_sub(self.reach)), Pgoff(middle + self.reach))
    }
}

const HELP: &str = "\
Walks a merged page in four situations with a strategy written in this file, and compares what it
finds with the page tables and with the two strategies that the kernel had.

Usage: own_strategy [OPTIONS]

Options:
      --reach N    How far the strategy looks to each side of the address (pages) [default: 1]
  -h, --help       Print help
  -V, --version    Print version
";

const AT: Vaddr = Vaddr::of_page(100);

/// Eight equal pages of one process, and what happens to them before they are merged.
fn situation(
    change: fn(&mut Machine, MmId) -> Result<(), RmapError>,
) -> Result<Machine, RmapError> {
    let mut machine = Machine::new();
    let p = machine.spawn();
    machine.mmap(p, AT, Pages(8), Prot::ReadWrite)?;
    machine.madvise(p, AT, Pages(8), Advice::Mergeable)?;
    for i in 0..8 {
        machine.write(p, AT + Pages(i), Content(7))?;
    }
    change(&mut machine, p)?;
    machine.ksm_scan();
    machine.ksm_scan();
    Ok(machine)
}

fn shift(machine: &mut Machine, p: MmId, from: u64, pages: u64, to: u64) -> Result<(), RmapError> {
    let (from, to, pages) = (AT + Pages(from), AT + Pages(to), Pages(pages));
    machine.mremap(p, from, pages, pages, Remap::Fixed(to)).map(|_| ())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut line = CommandLine::new(HELP);
    let mine = AroundTheAddress { reach: line.number("--reach", 1, 0..=1_000_000_000) };
    line.end();
    let situations = [
        ("nothing moved", situation(|_, _| Ok(()))?),
        ("moved by one page", situation(|machine, p| shift(machine, p, 7, 1, 8))?),
        ("moved far away", situation(|machine, p| shift(machine, p, 4, 4, 4_000))?),
        ("forked before", situation(|machine, p| machine.fork(p).map(|_| ()))?),
    ];
    let mut out = io::stdout().lock();
    for (what, machine) in situations {
        writeln!(out, "{what}")?;
        let page = machine.merged_pages().next().ok_or("no page is merged")?;
        let strategies: [&dyn Strategy; 3] = [&FullRange, &StoredPgoff, &mine];
        for strategy in strategies {
            let audit = machine.audit(page, strategy)?;
            writeln!(
                out,
                "  {:<17} {:>4} visits, {:>2} entries found, {} missed",
                strategy.name(),
                audit.stats.visited,
                audit.found.len(),
                audit.missed.len()
            )?;
        }
    }
    Ok(())
}

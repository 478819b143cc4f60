//! How long walkers hold a family's lock, and how long writers wait for it.
//!
//! A family of 20,000 single-page mappings. Walkers walk merged pages and hold the lock, a real
//! `RwLock`, for reading over each search, as the model's lock hooks say. Writers do under the same
//! lock what a split does to the family's tree: one interval changes and one is added; afterwards
//! they take it away again. Dimensions: strategy.
//!
//! `cargo bench --bench lock_hold`; `-- --test` runs each strategy for a moment only.

#![allow(missing_docs, reason = "a program, not a library")]

use std::hint::black_box;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{RwLock, RwLockReadGuard};
use std::thread;
use std::time::{Duration, Instant};

use stabtree::rmap::{
    AddressPgoff, Advice, Content, Control, FullRange, IndexAndComputedAddress, LoopStart,
    LoopStats, Machine, Mapping, Pages, Pfn, Pgoff, Prot, RemapBit, RmapError, StoredPgoff,
    Strategy, Vaddr,
};
use stabtree::{Interval, IntervalTree};

const VMAS: u64 = 20_000;
const BASE: u64 = 0x10_0000;

/// The family's tree, as far as a split changes it.
type Family = RwLock<IntervalTree<u64, u64>>;

fn build() -> Result<(Machine, Pfn), RmapError> {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let at = Vaddr::of_page(BASE);
    machine.mmap(p, at, Pages(VMAS), Prot::ReadWrite)?;
    for i in 0..VMAS {
        machine.write(p, at + Pages(i), Content(7))?;
    }
    machine.madvise(p, at, Pages(VMAS), Advice::Mergeable)?;
    for i in (0..VMAS).step_by(2) {
        machine.mprotect(p, at + Pages(i), Pages(1), Prot::Read)?;
    }
    machine.ksm_scan();
    machine.ksm_scan();
    let pfn = machine.pfn_at(p, at + Pages(1))?;
    Ok((machine, pfn))
}

/// Holds the lock as long as a kernel would.
struct Holder<'a> {
    family: &'a Family,
    held: Option<(RwLockReadGuard<'a, IntervalTree<u64, u64>>, Instant)>,
    holds: Vec<Duration>,
    visits: u64,
}

impl Control for Holder<'_> {
    fn visit(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        black_box(mapping);
        ControlFlow::Continue(())
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        let guard = self.family.read().expect("no holder panics");
        self.held = Some((guard, Instant::now()));
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        self.visits = self.visits.max(stats.visited);
        if let Some((guard, since)) = self.held.take() {
            self.holds.push(since.elapsed());
            drop(guard);
        }
    }
}

fn walk(
    machine: &Machine,
    pfn: Pfn,
    strategy: &dyn Strategy,
    family: &Family,
    stop: &AtomicBool,
) -> (Vec<Duration>, u64) {
    let mut holder = Holder { family, held: None, holds: Vec::new(), visits: 0 };
    while !stop.load(Ordering::Relaxed) {
        machine.walk(pfn, strategy, &mut holder).expect("the page stays merged");
    }
    (holder.holds, holder.visits)
}

/// Splits a mapping of two pages and joins it again; returns how long it waited for the lock.
fn split(family: &Family, at: u64, stop: &AtomicBool) -> Vec<Duration> {
    let mut waits = Vec::new();
    let whole = Interval::new(at, at + 1);
    let handle = family.write().expect("no holder panics").insert(whole, at);
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let mut tree = family.write().expect("no holder panics");
        waits.push(asked.elapsed());
        tree.set_interval(handle, Interval::point(at));
        let upper = tree.insert(Interval::point(at + 1), at);
        drop(tree);
        let mut tree = family.write().expect("no holder panics");
        tree.remove(upper);
        tree.set_interval(handle, whole);
        drop(tree);
        thread::sleep(Duration::from_micros(50)); // a process does something between two splits
    }
    waits
}

fn micros(sorted: &[Duration], hundredths: usize) -> f64 {
    let at = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let test = std::env::args().any(|argument| argument == "--test");
    let time = Duration::from_millis(if test { 20 } else { 700 });
    let half = thread::available_parallelism().map_or(1, |all| (all.get() / 2).max(1));
    let (machine, pfn) = build()?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:<24} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}   (microseconds)",
        "lock_hold",
        "hold_p50",
        "hold_p99",
        "hold_max",
        "wait_p50",
        "wait_p99",
        "wait_max",
        "holds"
    )?;
    let strategies: [&(dyn Strategy + Sync); 5] =
        [&FullRange, &RemapBit, &AddressPgoff, &StoredPgoff, &IndexAndComputedAddress];
    for strategy in strategies {
        let pages = (0..VMAS).map(|i| (Interval::point(Pgoff(BASE + i).0), i));
        let family = RwLock::new(pages.collect::<IntervalTree<_, _>>());
        let stop = AtomicBool::new(false);
        let (mut holds, mut waits, mut visits) = (Vec::new(), Vec::new(), 0);
        thread::scope(|scope| {
            let (machine, family, stop) = (&machine, &family, &stop);
            let walkers: Vec<_> = (0..half)
                .map(|_| scope.spawn(move || walk(machine, pfn, strategy, family, stop)))
                .collect();
            let writers: Vec<_> = (0..half as u64)
                .map(|i| scope.spawn(move || split(family, BASE + 100 * i, stop)))
                .collect();
            thread::sleep(time);
            stop.store(true, Ordering::Relaxed);
            for walker in walkers {
                let (its, most) = walker.join().expect("walkers do not panic");
                holds.extend(its);
                visits = visits.max(most);
            }
            for writer in writers {
                waits.extend(writer.join().expect("writers do not panic"));
            }
        });
        holds.sort_unstable();
        waits.sort_unstable();
        writeln!(
            out,
            "{:<24} {:>7} {:>10.3} {:>10.3} {:>10.3} {:>10.3} {:>10.3} {:>10.3}",
            strategy.name(),
            visits,
            micros(&holds, 50),
            micros(&holds, 99),
            micros(&holds, 100),
            micros(&waits, 50),
            micros(&waits, 99),
            micros(&waits, 100)
        )?;
    }
    Ok(())
}

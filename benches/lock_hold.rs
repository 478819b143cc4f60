//! How long walkers hold a family's lock, and how long writers wait for it.
//!
//! A family of 20,000 single-page mappings, one page merged 256 times. Walkers walk that page to the
//! end, over and over: 512 searches, each with the lock of the family's root held for reading, or of
//! a published state without a lock. Writers remove mappings of the family from its tree and insert
//! them again, with the lock held for writing, as a split does. Dimensions: strategy, walkers,
//! writers, indexes of the family (`--index`). Strategies and indexes take turns. At the end stands
//! side by side what each index means for those who wait for the lock, and what walk and writer pay.
//!
//! A hold is measured by two clocks. The wall's also runs while another thread or machine has the
//! processor, so its maximum grows with the number of holds: a narrow strategy has more of them in
//! the same time, and more of them are interrupted. The `max` of a clock is therefore the longest
//! hold of one walk, which is what the thread's table calls `Time_ms`, the median over all walks; its
//! `worst` is the longest of all. The thread's own clock stands still while the thread is switched
//! away, but not while the processor serves an interrupt; a reading of it costs what the row
//! `(nothing)` says, and is part of each figure in its columns. Both clocks need as many idle
//! processors as there are walkers and writers.

#![allow(missing_docs, reason = "a program, not a library")]

use std::ffi::OsString;
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use stabtree::rmap::{
    AddressPgoff, Advice, AnonVmaIndex, CompleteIndex, Content, Control, FullRange, KsmSettings,
    LoopStart, LoopStats, Machine, Mapping, MmId, Pages, Pfn, Prot, RemapBit, RmapError,
    StoredPgoff, Strategy, Vaddr,
};

#[path = "../examples/command_line/mod.rs"]
mod command_line;
#[path = "readers/cpu_time.rs"]
mod cpu_time;

use command_line::CommandLine;
use cpu_time::cpu_time;

const VMAS: u64 = 20_000;
const BASE: u64 = 0x10_0000;
/// Holds of one walk: 256 items in two passes. `CompleteIndex` has one pass, and two walks count as
/// one.
const WALK: usize = 512;

const HELP: &str = "\
Measures how long walkers hold the lock of a family of 20,000 mappings, how long writers wait for
it, and what a walk takes.

Usage: cargo bench --bench lock_hold -- [OPTIONS] [NAMES]...

Options:
      --walkers N      Threads that walk. With more threads than processors the wall's clock
                       measures the scheduler [default: 1]
      --index INDEX,.. What families keep their mappings in: red-black, as the kernel; wide, a
                       B+-tree; published, one whose states walks read without the lock: a hold is
                       then the time of a search, and no lock is held
                       [default: red-black,wide,published]
      --writers N      Threads that change the tree [default: 1]
      --rounds N       Turns of each strategy [default: 5]
      --millis N       Length of a turn (milliseconds) [default: 500]
      --test           Run each strategy for a moment only
  -h, --help           Print help
  -V, --version        Print version
";

struct Options {
    walkers: u32,
    indexes: Vec<Index>,
    writers: u32,
    rounds: u32,
    millis: u64,
    test: bool,
    /// Names of benchmarks, and options of the other ones.
    others: Vec<OsString>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut line = CommandLine::new(HELP);
        let index = |name: &str| {
            let found = Index::ALL.into_iter().find(|index| index.name == name);
            found.ok_or("it is none of red-black, wide, published")
        };
        let indexes = |names: &str| names.split(',').map(index).collect();
        Self {
            walkers: line.number("--walkers", 1, 0..=u32::MAX),
            indexes: line.value("--index", Index::ALL.to_vec(), indexes),
            writers: line.number("--writers", 1, 0..=u32::MAX),
            rounds: line.number("--rounds", 5, 0..=u32::MAX),
            millis: line.number("--millis", 500, 0..=u64::MAX),
            test: line.flag("--test"),
            others: line.rest(),
        }
    }

    /// False if other benchmarks are named and not this one.
    fn is_wanted(&self) -> bool {
        let names = self.others.iter().filter_map(|name| name.to_str());
        let mut names = names.filter(|name| !name.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|name| "lock_hold".contains(name))
    }
}

/// What a family keeps its mappings in.
#[derive(Clone, Copy)]
struct Index {
    name: &'static str,
    kind: AnonVmaIndex,
    /// Whether a walk holds the family's lock while it searches.
    is_locked: bool,
}

impl Index {
    const ALL: [Self; 3] = [
        Self { name: "red-black", kind: AnonVmaIndex::RedBlack, is_locked: true },
        Self { name: "wide", kind: AnonVmaIndex::BTree, is_locked: true },
        Self { name: "published", kind: AnonVmaIndex::PublishedBTree, is_locked: false },
    ];
}

fn build(index: AnonVmaIndex) -> Result<(Machine, MmId, Pfn), RmapError> {
    let mut machine = Machine::with_anon_vma_index(KsmSettings::default(), index);
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
    Ok((machine, p, pfn))
}

/// One hold by both clocks; the wall's interval lies inside the other.
#[derive(Clone, Copy)]
struct Hold {
    wall: Duration,
    cpu: Duration,
}

/// Takes the time between the two hooks of the lock.
struct Holder {
    since: (Duration, Instant),
    holds: Vec<Hold>,
    /// What each walk took as a whole, by the thread's clock.
    walks: Vec<Duration>,
    most_visits: u64,
}

impl Holder {
    fn new() -> Self {
        let since = (Duration::ZERO, Instant::now());
        Self { since, holds: Vec::new(), walks: Vec::new(), most_visits: 0 }
    }

    fn taken(&mut self) {
        self.since = (cpu_time(), Instant::now());
    }

    fn released(&mut self) {
        let wall = self.since.1.elapsed();
        let cpu = cpu_time().saturating_sub(self.since.0);
        self.holds.push(Hold { wall, cpu });
    }
}

impl Control for Holder {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        black_box(mapping);
        ControlFlow::Continue(())
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        self.taken();
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        self.released();
        self.most_visits = self.most_visits.max(stats.visited);
    }
}

/// How long the lock was waited for, and how long the whole change took, each time.
#[derive(Default)]
struct Writes {
    waits: Vec<Duration>,
    changes: Vec<Duration>,
}

/// Removes a mapping from its tree and inserts it again, over and over.
fn write(machine: &Machine, mm: MmId, at: Vaddr, stop: &AtomicBool) -> Writes {
    let mut writes = Writes::default();
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let locked = || writes.waits.push(began.elapsed());
        machine.relink(mm, at, locked).expect("the page stays mapped");
        writes.changes.push(began.elapsed());
        thread::sleep(Duration::from_micros(50)); // a process does something between two splits
    }
    writes
}

/// All that was measured of one strategy on one index.
#[derive(Default)]
struct Measured {
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
    /// The longest of each walk, by both clocks.
    wall_longest: Vec<Duration>,
    cpu_longest: Vec<Duration>,
    waits: Vec<Duration>,
    changes: Vec<Duration>,
    walks: Vec<Duration>,
    most_visits: u64,
}

impl Measured {
    fn add(&mut self, holder: &Holder) {
        self.wall.extend(holder.holds.iter().map(|hold| hold.wall));
        self.cpu.extend(holder.holds.iter().map(|hold| hold.cpu));
        for walk in holder.holds.chunks_exact(WALK) {
            self.wall_longest.extend(walk.iter().map(|hold| hold.wall).max());
            self.cpu_longest.extend(walk.iter().map(|hold| hold.cpu).max());
        }
        self.walks.extend(&holder.walks);
        self.most_visits = self.most_visits.max(holder.most_visits);
    }

    fn sort(&mut self) {
        let Self { wall, cpu, wall_longest, cpu_longest, waits, changes, walks, .. } = self;
        for all in [wall, cpu, wall_longest, cpu_longest, waits, changes, walks] {
            all.sort_unstable();
        }
    }

    /// The figures of a row (microseconds).
    fn figures(&self) -> [f64; 10] {
        let (wall, cpu, waits) = (&self.wall, &self.cpu, &self.waits);
        [
            at(wall, 50),
            at(wall, 99),
            at(&self.wall_longest, 50),
            at(wall, 100),
            at(cpu, 50),
            at(&self.cpu_longest, 50),
            at(cpu, 100),
            at(waits, 50),
            at(waits, 99),
            at(waits, 100),
        ]
    }
}

/// The value below which `hundredths` of the sorted times lie (microseconds).
fn at(sorted: &[Duration], hundredths: usize) -> f64 {
    let at = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

fn turn(
    (machine, p, pfn): (&Machine, MmId, Pfn),
    strategy: &(dyn Strategy + Sync),
    options: &Options,
    measured: &mut Measured,
) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = &stop;
        let walk = || {
            let mut holder = Holder::new();
            while !stop.load(Ordering::Relaxed) {
                let began = cpu_time();
                machine.walk(pfn, strategy, &mut holder).expect("the page stays merged");
                holder.walks.push(cpu_time().saturating_sub(began));
            }
            holder
        };
        let walkers: Vec<_> = (0..options.walkers).map(|_| scope.spawn(walk)).collect();
        let places = (0..u64::from(options.writers)).map(|i| Vaddr::of_page(BASE + 100 * i));
        let writers: Vec<_> =
            places.map(|at| scope.spawn(move || write(machine, p, at, stop))).collect();
        let millis = if options.test { 20 } else { options.millis };
        thread::sleep(Duration::from_millis(millis));
        stop.store(true, Ordering::Relaxed);
        for walker in walkers {
            measured.add(&walker.join().expect("walkers do not panic"));
        }
        for writer in writers {
            let Writes { waits, changes } = writer.join().expect("writers do not panic");
            measured.waits.extend(waits);
            measured.changes.extend(changes);
        }
    });
}

const STRATEGIES: [&(dyn Strategy + Sync); 5] =
    [&FullRange, &RemapBit, &AddressPgoff, &StoredPgoff, &CompleteIndex];

/// What was measured on one index, strategy by strategy.
struct OfIndex {
    index: Index,
    machine: (Machine, MmId, Pfn),
    measured: [Measured; STRATEGIES.len()],
}

impl OfIndex {
    fn new(index: Index) -> Result<Self, RmapError> {
        Ok(Self { index, machine: build(index.kind)?, measured: Default::default() })
    }

    /// Every hold, by both clocks.
    fn print_holds(&self, nothing: &Measured, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{:<24} {:>7} {:>8} | {:>9} {:>9} {:>9} {:>10} | {:>9} {:>9} {:>10} | {:>9} {:>9} {:>9}",
            format!("{}: hold, wait (us)", self.index.name),
            "visits",
            "holds",
            "wall_p50",
            "wall_p99",
            "wall_max",
            "wall_worst",
            "cpu_p50",
            "cpu_max",
            "cpu_worst",
            "wait_p50",
            "wait_p99",
            "wait_max"
        )?;
        let names = STRATEGIES.iter().map(|strategy| strategy.name()).chain(["(nothing)"]);
        for (name, measured) in names.zip(self.measured.iter().chain([nothing])) {
            let [p50, p99, max, worst, cpu, cpu_max, cpu_worst, wait, wait99, wait_max] =
                measured.figures();
            writeln!(
                out,
                "{name:<24} {:>7} {:>8} | {p50:>9.3} {p99:>9.3} {max:>9.3} {worst:>10.3} | \
                 {cpu:>9.3} {cpu_max:>9.3} {cpu_worst:>10.3} | {wait:>9.3} {wait99:>9.3} \
                 {wait_max:>9.3}",
                measured.most_visits,
                measured.wall.len(),
            )?;
        }
        let [full, _, _, stored, _] = self.measured.each_ref().map(Measured::figures);
        let (clock, over) = (nothing.figures(), |figure: usize| full[figure] / stored[figure]);
        writeln!(
            out,
            "FullRange over StoredPgoff: wall_p50 {:.0}, wall_max {:.0}, cpu_p50 less the clock \
             {:.0}, wait_p50 {:.0}, wait_p99 {:.0}\n",
            over(0),
            over(2),
            (full[4] - clock[4]) / (stored[4] - clock[4]),
            over(7),
            over(8)
        )
    }
}

/// What the indexes mean for others and for the walk itself, a Markdown table (us). The longest hold is
/// that of one walk, median over the walks, and none where a walk holds no lock. A walk is measured by
/// the thread's clock.
fn print_side_by_side(indexes: &[OfIndex], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| us | index | longest hold | by the thread's clock | writer waits, p50 | p99 | max \
         | change, p50 | search, p50 | walk, p50 |\n|---|---|---|---|---|---|---|---|---|---|"
    )?;
    for (number, strategy) in STRATEGIES.iter().enumerate() {
        for OfIndex { index, measured, .. } in indexes {
            let measured = &measured[number];
            let longest = |holds| format!("{:.1}", at(holds, 50));
            let [wall, cpu] = [&measured.wall_longest, &measured.cpu_longest]
                .map(|holds| if index.is_locked { longest(holds) } else { "none".to_owned() });
            writeln!(
                out,
                "| {} | {} | {wall} | {cpu} | {:.2} | {:.1} | {:.0} | {:.1} | {:.3} | {:.0} |",
                strategy.name(),
                index.name,
                at(&measured.waits, 50),
                at(&measured.waits, 99),
                at(&measured.waits, 100),
                at(&measured.changes, 50),
                at(&measured.wall, 50),
                at(&measured.walks, 50),
            )?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::from_arguments();
    if !options.is_wanted() {
        return Ok(());
    }
    let rounds = if options.test { 1 } else { options.rounds };
    let indexes = options.indexes.iter().copied().map(OfIndex::new);
    let mut indexes = indexes.collect::<Result<Vec<_>, _>>()?;
    let mut nothing = Measured::default();
    for _ in 0..rounds {
        for (number, strategy) in STRATEGIES.into_iter().enumerate() {
            for OfIndex { machine: (machine, p, pfn), measured, .. } in &mut indexes {
                turn((machine, *p, *pfn), strategy, &options, &mut measured[number]);
            }
        }
        let mut holder = Holder::new();
        for _ in 0..8 * WALK {
            holder.taken();
            holder.released();
        }
        nothing.add(&holder);
    }

    nothing.sort();
    indexes.iter_mut().flat_map(|of| &mut of.measured).for_each(Measured::sort);
    let mut out = io::stdout().lock();
    for index in &indexes {
        index.print_holds(&nothing, &mut out)?;
    }
    print_side_by_side(&indexes, &mut out)?;
    Ok(())
}

//! Prints the mailing-list thread's table: the slowest loop of a KSM reverse walk, before and after
//! the walk learned where to look, and what each way of narrowing misses once memory has moved.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use stabtree::rmap::{
    AddressPgoff, Advice, Content, Control, FullRange, KernelVersion, LoopStart, LoopStats,
    Machine, Mapping, MmId, Pages, Pfn, Prot, Remap, ReverseMapKind, RmapError, StoredPgoff,
    Strategy, Vaddr,
};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Walks merged pages back to their mappings with three strategies, and prints for each the loop
that visited most.

The first family is one process whose memory was split into single-page mappings that all hang
on one anon_vma; equal pages of it are merged in pairs. The second is a page shared by a parent,
its forked children and an unrelated process. Then part of the first family's memory is moved
by mremap and merged again, a second such parent is moved before it forks, and the walks are
done once more.

Columns: Time_ms is how long the loop's lock was held (median), Nr_iteration_total how many
mappings the loop visited, Skip_addr_out_of_range and Skip_mm_mismatch how many of those the two
tests turned away; PTEs_found and PTEs_missed compare the whole walk with the page tables.

Usage: rmap_walk_ksm [OPTIONS]

Options:
      --kernel VERSION   The kernel to follow, 6.12, 7.2 or 7.3; its own walk stands first
                         [default: 6.12]
      --reverse-map MAP  anon-vma, or cow-context: contexts in place of anon_vmas; a loop is then the
                         search of one process [default: anon-vma]
      --vmas N           Single-page mappings on one anon_vma [default: 22169]
      --forks N          Children that the parent of the second family forks after the merge
                         [default: 2]
      --moved PERCENT    How much of the first family's memory is moved before the second table
                         [default: 10]
      --csv              Print comma-separated rows only; everything else goes to standard error
  -h, --help             Print help
  -V, --version          Print version
";

struct Options {
    kernel: KernelVersion,
    reverse_map: ReverseMapKind,
    vmas: u64,
    forks: u64,
    moved: u64,
    csv: bool,
}

impl Options {
    fn from_arguments() -> Self {
        let mut line = CommandLine::new(HELP);
        let options = Self {
            kernel: line.value("--kernel", KernelVersion::default(), str::parse),
            reverse_map: line.value("--reverse-map", ReverseMapKind::AnonVma, str::parse),
            vmas: line.number("--vmas", 22_169, 2..=4_000_000),
            forks: line.number("--forks", 2, 0..=10_000),
            moved: line.number("--moved", 10, 0..=100),
            csv: line.flag("--csv"),
        };
        line.end();
        options
    }
}

/// First page of the first family, of its moved pages, and of the second families.
const BASE: u64 = 0x10_0000;
const MOVED: u64 = 0x4000_0000;
const FAMILY: u64 = 0x6000_0000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::from_arguments();
    match run(&options) {
        Err(error) if is_broken_pipe(&*error) => Ok(()), // the reader has seen enough
        result => result,
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let mut world = World::new(options);
    world.first_family(options.vmas)?;
    let pair = world.family(FAMILY, None)?;
    world.merge();
    world.fork(pair.parent, options.forks)?;
    let built = world.elapsed();

    let mut report = Report::new(options.csv)?;
    let middle = (options.vmas / 2) & !1; // the first page of the middle pair
    let page = world.machine.pfn_at(world.first, Vaddr::of_page(BASE + middle))?;
    let owner = match options.reverse_map {
        ReverseMapKind::CowContext => "context",
        _ => "anon_vma",
    };
    report.heading(&format!(
        "{} mappings on one {owner}; a page with {} forks. Nothing has moved.",
        options.vmas, options.forks
    ))?;
    report.rows("settled", &world.machine, page, world.machine.pfn_at(pair.parent, pair.at)?)?;

    let cost = ratio(&world.machine, page)?;
    let whole = [sweep(&world.machine, &AddressPgoff)?, sweep(&world.machine, &StoredPgoff)?];

    let moved = world.move_part(options.vmas, options.moved, middle)?;
    let pair = world.family(FAMILY + 16, Some(FAMILY + 24))?;
    world.merge();
    world.fork(pair.parent, options.forks)?;
    world.progress.clear();
    let at = if moved == 0 { BASE + middle } else { MOVED };
    let page = world.machine.pfn_at(world.first, Vaddr::of_page(at))?;
    report.heading(&format!(
        "{moved} pages of the first family and the parent's page moved by mremap, and merged again."
    ))?;
    report.rows("moved", &world.machine, page, world.machine.pfn_at(pair.parent, pair.at)?)?;
    let whole_moved = [sweep(&world.machine, &AddressPgoff)?, sweep(&world.machine, &StoredPgoff)?];

    report.summary(&[
        format!(
            "walk of one page of the first family, median: FullRange {:.1} us, StoredPgoff {:.3} us, ratio {:.0}",
            cost.full * 1e6,
            cost.stored * 1e6,
            cost.full / cost.stored
        ),
        format!("all merged pages, before: AddressPgoff {}, StoredPgoff {}", whole[0], whole[1]),
        format!(
            "all merged pages, moved:  AddressPgoff {}, StoredPgoff {}",
            whole_moved[0], whole_moved[1]
        ),
        format!(
            "built and merged with {} page operations in {:.3} s: {:.0} a second",
            built.operations,
            built.time.as_secs_f64(),
            built.rate()
        ),
    ])?;
    Ok(())
}

/// The machine while it is built, and how much work that was.
struct World {
    machine: Machine,
    first: MmId,
    content: u64,
    operations: u64,
    began: Instant,
    progress: Progress,
}

/// A line on standard error that says how far the work is, where that is a terminal.
struct Progress {
    expected: u64,
    shown: Option<u64>,
}

impl Progress {
    fn show(&mut self, operations: u64) {
        let percent = (operations * 100 / self.expected).min(99);
        if self.shown != Some(percent) && io::stderr().is_terminal() {
            self.shown = Some(percent);
            eprint!("\rbuilding the machine: {percent} %");
        }
    }

    /// Removes the line.
    fn clear(&mut self) {
        if self.shown.take().is_some() {
            eprint!("\r{:40}\r", "");
        }
    }
}

/// A family of the second kind: where the parent has the shared page.
struct Family {
    parent: MmId,
    at: Vaddr,
}

struct Built {
    operations: u64,
    time: Duration,
}

impl Built {
    #[expect(clippy::cast_precision_loss, reason = "a rate to be printed without decimals")]
    fn rate(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64()
    }
}

impl World {
    fn new(options: &Options) -> Self {
        let builder = Machine::builder().kernel(options.kernel);
        let mut machine = builder.reverse_map(options.reverse_map).build();
        let first = machine.spawn();
        // Written, protected, and scanned twice, for both tables: an estimate.
        let progress = Progress { expected: options.vmas * 6, shown: None };
        Self { machine, first, content: 1, operations: 0, began: Instant::now(), progress }
    }

    /// Counts page operations; shows how far they are when they have taken a second.
    fn count(&mut self, operations: u64) {
        self.operations += operations;
        if self.operations / 4096 != (self.operations - operations) / 4096
            && self.began.elapsed() > Duration::from_secs(1)
        {
            self.progress.show(self.operations);
        }
    }

    fn elapsed(&self) -> Built {
        Built { operations: self.operations, time: self.began.elapsed() }
    }

    /// One mapping, written page by page, pairs of neighbours equal, then split by protecting every
    /// second page.
    fn first_family(&mut self, vmas: u64) -> Result<(), RmapError> {
        let (machine, p) = (&mut self.machine, self.first);
        machine.mmap(p, Vaddr::of_page(BASE), Pages(vmas), Prot::ReadWrite)?;
        machine.madvise(p, Vaddr::of_page(BASE), Pages(vmas), Advice::Mergeable)?;
        for i in 0..vmas {
            let content = Content(self.content + i / 2);
            self.machine.write(p, Vaddr::of_page(BASE + i), content)?;
            self.count(1);
        }
        self.content += vmas / 2 + 1;
        for i in (1..vmas).step_by(2) {
            self.machine.mprotect(p, Vaddr::of_page(BASE + i), Pages(1), Prot::Read)?;
            self.count(1);
        }
        Ok(())
    }

    /// A page of a process equal to a page of another; the process's is moved first if asked.
    fn family(&mut self, at: u64, moved_to: Option<u64>) -> Result<Family, RmapError> {
        let (stranger, parent) = (self.machine.spawn(), self.machine.spawn());
        let content = Content(self.content);
        self.content += 1;
        for mm in [stranger, parent] {
            self.machine.mmap(mm, Vaddr::of_page(at), Pages(1), Prot::ReadWrite)?;
            self.machine.madvise(mm, Vaddr::of_page(at), Pages(1), Advice::Mergeable)?;
            self.machine.write(mm, Vaddr::of_page(at), content)?;
        }
        self.count(2);
        let at = match moved_to {
            None => Vaddr::of_page(at),
            Some(to) => {
                let how = Remap::Fixed(Vaddr::of_page(to));
                self.machine.mremap(parent, Vaddr::of_page(at), Pages(1), Pages(1), how)?
            }
        };
        Ok(Family { parent, at })
    }

    fn fork(&mut self, parent: MmId, forks: u64) -> Result<(), RmapError> {
        for _ in 0..forks {
            self.machine.fork(parent)?;
            self.count(1);
        }
        Ok(())
    }

    /// Moves a part of the first family, the walked pair's first page foremost.
    fn move_part(&mut self, vmas: u64, percent: u64, first: u64) -> Result<u64, RmapError> {
        let count = vmas * percent / 100;
        for i in 0..count {
            // Spread evenly, beginning at the page that was walked.
            let page = (first + i * vmas / count) % vmas;
            let how = Remap::Fixed(Vaddr::of_page(MOVED + i));
            self.machine.mremap(
                self.first,
                Vaddr::of_page(BASE + page),
                Pages(1),
                Pages(1),
                how,
            )?;
            self.count(1);
        }
        Ok(count)
    }

    /// Scans until a scan merges nothing more.
    fn merge(&mut self) {
        let mut before = None;
        loop {
            let report = self.machine.ksm_scan();
            self.count(report.scanned);
            let sharing = self.machine.counters().pages_sharing;
            // The first scan only learns the checksums.
            if before == Some(sharing) && sharing > 0 {
                return;
            }
            before = Some(sharing);
        }
    }
}

/// What one walk did, loop by loop, with the time of each.
#[derive(Default)]
struct Timed {
    taken: Option<Instant>,
    loops: Vec<(LoopStats, Duration)>,
}

impl Control for Timed {
    fn rmap_one(&mut self, _mapping: &Mapping) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        self.taken = Some(Instant::now());
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        let time = self.taken.map_or(Duration::ZERO, |taken| taken.elapsed());
        self.loops.push((*stats, time));
    }
}

/// Does nothing with what is found: the cost is the walk's own.
struct Ignore;

impl Control for Ignore {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        std::hint::black_box(mapping);
        ControlFlow::Continue(())
    }
}

fn median<T: PartialOrd + Copy>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("times compare"));
    values[values.len() / 2]
}

/// The loop that visited most, and how long it held the lock.
fn slowest(
    machine: &Machine,
    pfn: Pfn,
    strategy: &dyn Strategy,
) -> Result<Option<(LoopStats, Duration)>, RmapError> {
    const REPEATS: usize = 15;
    let mut slowest: Option<LoopStats> = None;
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        let mut walk = Timed::default();
        machine.walk(pfn, strategy, &mut walk)?;
        // The first of equals, in every repeat the same one.
        let Some((stats, time)) =
            walk.loops.iter().rev().max_by_key(|(stats, _)| stats.visited).copied()
        else {
            return Ok(None);
        };
        slowest = Some(stats);
        times.push(time);
    }
    Ok(slowest.map(|stats| (stats, median(&mut times))))
}

/// Seconds for a whole walk of one page.
struct Cost {
    full: f64,
    stored: f64,
}

/// Both strategies in turn, so that a change of the machine's mood hits both.
fn ratio(machine: &Machine, pfn: Pfn) -> Result<Cost, RmapError> {
    const ROUNDS: usize = 101;
    const STORED_WALKS: u32 = 200;
    let (mut full, mut stored) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        machine.walk(pfn, &FullRange, &mut Ignore)?;
        full.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        for _ in 0..STORED_WALKS {
            machine.walk(pfn, &StoredPgoff, &mut Ignore)?;
        }
        stored.push(began.elapsed().as_secs_f64() / f64::from(STORED_WALKS));
    }
    Ok(Cost { full: median(&mut full), stored: median(&mut stored) })
}

/// Walks all merged pages and says how many of their entries were found.
fn sweep<S: Strategy>(machine: &Machine, strategy: &S) -> Result<String, RmapError> {
    let (mut all, mut found) = (0, 0);
    for pfn in machine.merged_pages() {
        let mapcount = machine.mapcount(pfn)?;
        let mut entries = stabtree::rmap::Collect::all();
        machine.walk(pfn, strategy, &mut entries)?;
        all += u64::from(mapcount);
        found += entries.mapped().len() as u64;
    }
    Ok(format!("finds {found} of {all} PTEs"))
}

/// The table.
struct Report {
    out: io::StdoutLock<'static>,
    csv: bool,
}

const COLUMNS: [&str; 6] = [
    "Time_ms",
    "Nr_iteration_total",
    "Skip_addr_out_of_range",
    "Skip_mm_mismatch",
    "PTEs_found",
    "PTEs_missed",
];

impl Report {
    fn new(csv: bool) -> io::Result<Self> {
        let mut out = io::stdout().lock();
        if csv {
            writeln!(out, "state,family,strategy,{}", COLUMNS.join(","))?;
        }
        Ok(Self { out, csv })
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        if self.csv {
            return Ok(());
        }
        writeln!(self.out, "{text}")?;
        let [time, total, addr, mm, found, missed] = COLUMNS;
        writeln!(
            self.out,
            "  {:<8} {:<13} {time:>10} {total} {addr} {mm} {found} {missed}",
            "family", "strategy"
        )
    }

    /// A row per strategy for a page of each family.
    fn rows(
        &mut self,
        state: &str,
        machine: &Machine,
        first: Pfn,
        second: Pfn,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let mut strategies: [&dyn Strategy; 3] = [&FullRange, &AddressPgoff, &StoredPgoff];
        // The kernel's own first, the others in their order.
        let own = machine.kernel().strategy().name();
        strategies.sort_by_key(|strategy| strategy.name() != own);
        for (family, pfn) in [("mappings", first), ("forks", second)] {
            for strategy in strategies {
                let audit = machine.audit(pfn, strategy)?;
                let Some((one, time)) = slowest(machine, pfn, strategy)? else { continue };
                let (name, missed) = (strategy.name(), audit.missed.len());
                let ms = time.as_secs_f64() * 1e3;
                let (visited, addr, mm) = (one.visited, one.skipped_address, one.skipped_mm);
                let found = audit.found.len();
                if self.csv {
                    writeln!(
                        self.out,
                        "{state},{family},{name},{ms:.6},{visited},{addr},{mm},{found},{missed}"
                    )?;
                    continue;
                }
                let [_, w_total, w_addr, w_mm, w_found, w_missed] = COLUMNS.map(str::len);
                write!(
                    self.out,
                    "  {family:<8} {name:<13} {ms:>10.6} {visited:>w_total$} {addr:>w_addr$} \
                     {mm:>w_mm$} {found:>w_found$} {missed:>w_missed$}"
                )?;
                writeln!(self.out, "{}", if missed > 0 { "  MISSED" } else { "" })?;
            }
        }
        if !self.csv {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn summary(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            if self.csv {
                writeln!(io::stderr(), "{line}")?;
            } else {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }
}

//! The whole comparison, in parts that are written down one by one, so that it can be stopped and
//! gone on with.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::time::{Duration, Instant};

use stabtree::{Interval, IntervalBTree, IntervalRbTree};

use crate::bench::{self, Settings};
use crate::contender::{self, Bytes};
use crate::figures::{self, Figure, Table};
use crate::layout::Layout;
use crate::operation::{Loop, Operation};
use crate::pauses::Insertions;
use crate::report::Results;
use crate::stage::Stage;
use crate::workloads::{Entry, Workload};
use crate::{machine, maps, report};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Full,
    Reduced,
    Quick,
}

/// Something that is measured at once.
#[derive(Clone, Copy, Debug)]
enum Part {
    Index(Layout, u32, &'static [Operation]),
    /// Values of so many bytes.
    Values(usize, u32),
    /// Single insertions up to so many.
    Insertions(u32),
    Maps(u32),
}

const VMA: Layout = Layout::Made(Workload::Vma);

const fn core(workload: Workload, n: u32) -> Part {
    Part::Index(Layout::Made(workload), n, &Operation::CORE)
}

/// All parts, the most telling first.
const PARTS: &[(Scale, Part)] = &[
    (Scale::Reduced, Part::Index(VMA, 20_000, &Operation::ALL)),
    (Scale::Reduced, Part::Index(VMA, 1_000_000, &Operation::ALL)),
    (Scale::Reduced, Part::Insertions(5_000_000)),
    (Scale::Reduced, Part::Maps(29_000)),
    (Scale::Reduced, Part::Maps(289_000)),
    (Scale::Reduced, Part::Values(0, 20_000)),
    (Scale::Reduced, Part::Values(64, 20_000)),
    (Scale::Reduced, Part::Values(1_024, 20_000)),
    (Scale::Reduced, Part::Index(Layout::Real, 0, &Operation::CORE)),
    (Scale::Reduced, core(Workload::Mixed, 20_000)),
    (Scale::Reduced, core(Workload::Fork, 20_000)),
    (Scale::Reduced, core(Workload::Giant, 20_000)),
    (Scale::Reduced, core(Workload::Nested, 20_000)),
    (Scale::Reduced, core(Workload::Power, 20_000)),
    (Scale::Reduced, Part::Index(Layout::Equal, 20_000, &Operation::CORE)),
    (Scale::Reduced, core(Workload::Vma, 1_000)),
    (Scale::Reduced, core(Workload::Vma, 200_000)),
    (Scale::Full, core(Workload::Clustered, 200_000)),
    (Scale::Full, core(Workload::Nested, 1_000_000)),
    (Scale::Full, core(Workload::Mixed, 1_000_000)),
    (Scale::Full, core(Workload::Giant, 1_000_000)),
    (Scale::Full, core(Workload::Power, 1_000_000)),
    (Scale::Quick, Part::Index(VMA, 2_000, &Operation::ALL)),
    (Scale::Quick, Part::Index(Layout::Real, 0, &Operation::CORE)),
    (Scale::Quick, core(Workload::Nested, 2_000)),
    (Scale::Quick, Part::Index(Layout::Equal, 2_000, &Operation::CORE)),
    (Scale::Quick, Part::Insertions(10_000)),
    (Scale::Quick, Part::Maps(2_000)),
    (Scale::Quick, Part::Values(0, 2_000)),
    (Scale::Quick, Part::Values(1_024, 2_000)),
];

/// What is measured of values of different sizes.
const OF_VALUES: [Operation; 8] = [
    Operation::Stab(Loop::For),
    Operation::Range(100, Loop::For),
    Operation::Iter(Loop::For),
    Operation::Insert,
    Operation::BuildSorted,
    Operation::Memory,
    Operation::MemoryPeak,
    Operation::Churn,
];

impl Scale {
    /// Time for one operation.
    pub(crate) fn limit(self) -> Duration {
        Duration::from_millis(match self {
            Self::Full => 2_000,
            Self::Reduced => 500,
            Self::Quick => 10,
        })
    }

    fn takes(self, part: Self) -> bool {
        self == part || (self, part) == (Self::Full, Self::Reduced)
    }
}

impl Part {
    /// What its table is about.
    fn key(self) -> (Layout, u32, usize) {
        match self {
            Self::Index(layout, n, _) => (layout, layout.fixed_size().unwrap_or(n), 4),
            Self::Values(bytes, n) => (VMA, n, bytes),
            Self::Insertions(n) => (VMA, n, 4),
            Self::Maps(n) => (Layout::Maps, n, 4),
        }
    }

    fn measure(self, limit: Duration) -> Table {
        let (layout, n, bytes) = self.key();
        match self {
            Self::Index(_, _, operations) => {
                let (operations, contenders) = (operations.to_vec(), contender::NAMES.to_vec());
                let settings = Settings { limit, operations, contenders };
                bench::run(&Stage::new(layout, n), &settings)
            }
            Self::Values(..) => {
                let operations = OF_VALUES.to_vec();
                let settings = Settings { limit, operations, contenders: Vec::new() };
                let mut table = Table::with_values(layout, n, bytes);
                let stage = if bytes == 0 {
                    Stage::without_values(layout, n)
                } else {
                    Stage::new(layout, n)
                };
                let mut runners = match bytes {
                    0 => contender::set_up_with_values::<Bytes<0>>(&stage),
                    64 => contender::set_up_with_values::<Bytes<64>>(&stage),
                    _ => contender::set_up_with_values::<Bytes<1_024>>(&stage),
                };
                bench::run_all(&stage, &settings, &mut runners, &mut table);
                table
            }
            Self::Insertions(_) => insertions(n),
            Self::Maps(_) => maps::measure(n, limit),
        }
    }
}

/// The longest insertions while indexes grow, three times each.
fn insertions(n: u32) -> Table {
    let entries = VMA.population(n).entries;
    let interval = |entry: &Entry| Interval::new(entry.start, entry.last);
    let mut all =
        ["btree", "rbtree", "btreemap"].map(|name| (name, Insertions::new(entries.len())));
    for _ in 0..3 {
        let [(_, btree), (_, rbtree), (_, btreemap)] = &mut all;
        let mut index = IntervalBTree::new();
        btree.grow(&entries, |entry| _ = index.insert(interval(entry), entry.value));
        let mut index = IntervalRbTree::new();
        rbtree.grow(&entries, |entry| _ = index.insert(interval(entry), entry.value));
        let mut index = std::collections::BTreeMap::new();
        btreemap.grow(&entries, |entry| _ = index.insert((entry.start, entry.value), entry.last));
    }
    let mut table = Table::new(VMA, n);
    for (name, insertions) in all {
        let (longest, high) = insertions.longest();
        table.add(Figure::of_size(Operation::InsertLongest, name, longest));
        table.add(Figure::of_size(Operation::InsertHigh, name, high));
    }
    table
}

/// Measures what `folder` does not hold yet, as long as there is time, and writes the report there.
pub(crate) fn run(folder: &Path, scale: Scale, time: Option<Duration>) -> Result<()> {
    let start = Instant::now();
    fs::create_dir_all(folder)?;
    check_machine(folder)?;
    let figures_file = folder.join("figures.csv");
    let mut tables = figures::read_csv(&figures_file)?;
    let parts = PARTS.iter().filter(|(of, _)| scale.takes(*of)).map(|(_, part)| *part);
    let is_missing = |part: &Part| tables.iter().all(|table| table.part() != part.key());
    let mut left: Vec<_> = parts.filter(is_missing).collect();
    while !left.is_empty() && time.is_none_or(|time| start.elapsed() < time) {
        let part = left.remove(0);
        let table = part.measure(scale.limit());
        eprintln!("{:>5} s: {}", start.elapsed().as_secs(), table.label());
        tables.push(table);
        figures::write_csv(&figures_file, &tables)?;
    }
    if !left.is_empty() {
        println!("{} parts are left for the next run", left.len());
    }
    render(folder)
}

/// Writes the report on what was measured.
pub(crate) fn render(folder: &Path) -> Result<()> {
    let tables = figures::read_csv(&folder.join("figures.csv"))?;
    let machine = fs::read_to_string(folder.join("machine.txt"))?;
    let native = figures::read_csv(&folder.join("native.csv"))?;
    let results = Results { machine, tables, native };
    report::write(folder, &results)?;
    if folder == Path::new(env!("CARGO_MANIFEST_DIR")) {
        report::update_readme(&folder.join("../.."), &results.tables)?;
    }
    let report = folder.join("report.md");
    println!("{}: {} tables", report.display(), results.tables.len());
    Ok(())
}

/// Figures of different machines or programs must not be mixed.
fn check_machine(folder: &Path) -> Result<()> {
    let (file, here) = (folder.join("machine.txt"), machine::describe()?);
    match fs::read_to_string(&file) {
        Ok(there) if there == here => Ok(()),
        Ok(_) => Err(Error::other(format!(
            "{}: the figures there are of another machine or program; \
             remove them with --fresh, or choose another folder with --out",
            folder.display()
        ))),
        Err(_) => fs::write(file, here),
    }
}

/// Removes the figures of a former run.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    for name in ["figures.csv", "native.csv", "machine.txt"] {
        let file = folder.join(name);
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

//! How fast many threads read what one thread keeps changing.
//!
//! Entries are disjoint, so that a map by start answers the same question: which entry contains a point.
//! A write removes an entry and inserts it again with another value; what is published is published
//! after each write. The writer goes at full speed, at a fixed rate, or not at all, which is the
//! undisturbed rate of readers. One read of 16 is timed, and the clock is part of its time.

#![allow(missing_docs, reason = "a program, not a library")]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_skiplist::SkipMap;
use stabtree::sync::{Publisher, Reader};
use stabtree::{Interval, IntervalBTree};

#[path = "../examples/command_line/mod.rs"]
mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
Measures how fast threads read an index that one thread keeps changing.

Usage: cargo bench --bench readers -- [OPTIONS] [NAMES]...

Options:
      --n N            Entries [default: 20000]
      --readers N      Threads that read, beside the writer [default: 1]
      --rate N         Writes a second; 0 is full speed [default: 0]
      --millis N       Length of a run (milliseconds) [default: 1000]
      --csv FILE       Write the table as CSV, too
      --test           Run each for a moment only
  -h, --help           Print help
  -V, --version        Print version
";

/// Distance between two starts, of which the first half is covered.
const STEP: u64 = 16;

type Index = IntervalBTree<u64, u64>;

fn entry(number: u64) -> Interval<u64> {
    Interval::new(number * STEP, number * STEP + STEP / 2 - 1)
}

/// Something that is read by many threads while one changes it.
trait Contender: Sized {
    const NAME: &str;
    type Reader: Send;

    fn new(n: u64) -> Self;

    fn reader(&self) -> Self::Reader;

    /// The value of the entry that contains the point.
    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64>;

    /// Removes an entry and inserts it again; returns how long it took to publish that.
    fn write(&mut self, number: u64, value: u64) -> Duration;
}

fn replace(index: &mut Index, number: u64, value: u64) {
    let handle = index.stab(number * STEP).with_handles().next().map(|(handle, ..)| handle);
    index.remove(handle.expect("an entry"));
    index.insert(entry(number), value);
}

struct Locked(Arc<RwLock<Index>>);

impl Contender for Locked {
    const NAME: &str = "RwLock<IntervalBTree>";
    type Reader = Arc<RwLock<Index>>;

    fn new(n: u64) -> Self {
        Self(Arc::new(RwLock::new((0..n).map(|number| (entry(number), 0)).collect())))
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.0)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let index = reader.read().unwrap_or_else(PoisonError::into_inner);
        index.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Duration {
        replace(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), number, value);
        Duration::ZERO
    }
}

struct Cloned {
    index: Index,
    newest: Arc<RwLock<Arc<Index>>>,
}

impl Contender for Cloned {
    const NAME: &str = "published clones";
    type Reader = Arc<RwLock<Arc<Index>>>;

    fn new(n: u64) -> Self {
        let index: Index = (0..n).map(|number| (entry(number), 0)).collect();
        let newest = Arc::new(RwLock::new(Arc::new(index.clone())));
        Self { index, newest }
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.newest)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let index = Arc::clone(&reader.read().unwrap_or_else(PoisonError::into_inner));
        index.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Duration {
        replace(&mut self.index, number, value);
        let began = Instant::now();
        let clone = Arc::new(self.index.clone());
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        let former = std::mem::replace(&mut *newest, clone);
        drop(newest);
        drop(former);
        began.elapsed()
    }
}

struct Published(Publisher<Index>);

impl Contender for Published {
    const NAME: &str = "sync";
    type Reader = Reader<Index>;

    fn new(n: u64) -> Self {
        Self(Publisher::new((0..n).map(|number| (entry(number), 0)).collect()))
    }

    fn reader(&self) -> Self::Reader {
        self.0.reader()
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        reader.stab(at).next().map(|(_, value)| *value)
    }

    fn write(&mut self, number: u64, value: u64) -> Duration {
        self.0.update(|index| replace(index, number, value));
        let began = Instant::now();
        self.0.publish();
        began.elapsed()
    }
}

struct LockedMap(Arc<RwLock<BTreeMap<u64, (u64, u64)>>>);

impl Contender for LockedMap {
    const NAME: &str = "RwLock<BTreeMap>";
    type Reader = Arc<RwLock<BTreeMap<u64, (u64, u64)>>>;

    fn new(n: u64) -> Self {
        let entries = (0..n).map(entry).map(|entry| (*entry.start(), (*entry.last(), 0)));
        Self(Arc::new(RwLock::new(entries.collect())))
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.0)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let map = reader.read().unwrap_or_else(PoisonError::into_inner);
        let (_, (last, value)) = map.range(..=at).next_back()?;
        (at <= *last).then_some(*value)
    }

    fn write(&mut self, number: u64, value: u64) -> Duration {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (start, last) = entry(number).into_bounds();
        map.remove(&start);
        map.insert(start, (last, value));
        Duration::ZERO
    }
}

struct Skip(Arc<SkipMap<u64, (u64, u64)>>);

impl Contender for Skip {
    const NAME: &str = "crossbeam-skiplist";
    type Reader = Arc<SkipMap<u64, (u64, u64)>>;

    fn new(n: u64) -> Self {
        let entries = (0..n).map(entry).map(|entry| (*entry.start(), (*entry.last(), 0)));
        Self(Arc::new(entries.collect()))
    }

    fn reader(&self) -> Self::Reader {
        Arc::clone(&self.0)
    }

    fn read(reader: &mut Self::Reader, at: u64) -> Option<u64> {
        let found = reader.upper_bound(Bound::Included(&at))?;
        let (last, value) = *found.value();
        (at <= last).then_some(value)
    }

    fn write(&mut self, number: u64, value: u64) -> Duration {
        let (start, last) = entry(number).into_bounds();
        self.0.remove(&start);
        self.0.insert(start, (last, value));
        Duration::ZERO
    }
}

/// What one run is like.
#[derive(Clone, Copy)]
struct Setting {
    n: u64,
    readers: u32,
    /// Writes a second, 0 for full speed; `None` for none.
    rate: Option<u32>,
    length: Duration,
}

struct Figures {
    /// Reads a second of each reader.
    reads: Vec<f64>,
    /// Times of single reads in order (ns).
    times: Vec<u64>,
    writes: f64,
    publishing: Duration,
}

impl Figures {
    fn all_reads(&self) -> f64 {
        self.reads.iter().sum()
    }

    fn quantile(&self, per_mille: usize) -> u64 {
        let at = (self.times.len() * per_mille / 1000).min(self.times.len().saturating_sub(1));
        self.times.get(at).copied().unwrap_or(0)
    }
}

/// Random numbers, the same for each seed.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 11
}

fn read_all<C: Contender>(
    mut reader: C::Reader,
    seed: u64,
    n: u64,
    is_done: &AtomicBool,
) -> (f64, Vec<u64>) {
    let (mut state, mut reads, mut times) = (seed, 0_u32, Vec::new());
    let began = Instant::now();
    while !is_done.load(Relaxed) {
        for i in 0..256 {
            let at = next(&mut state) % (n * STEP);
            if i % 16 == 0 {
                let began = Instant::now();
                black_box(C::read(&mut reader, at));
                times.push(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
            } else {
                black_box(C::read(&mut reader, at));
            }
        }
        reads = reads.saturating_add(256);
    }
    (f64::from(reads) / began.elapsed().as_secs_f64(), times)
}

fn run<C: Contender>(setting: Setting) -> Figures {
    let Setting { n, readers, rate, length } = setting;
    let mut contender = C::new(n);
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (1..=readers)
            .map(|seed| {
                let (reader, is_done) = (contender.reader(), &is_done);
                let seed = u64::from(seed) * 0x9E37_79B9_7F4A_7C15;
                scope.spawn(move || read_all::<C>(reader, seed, n, is_done))
            })
            .collect();
        let (mut state, mut writes, mut publishing) = (77, 0_u32, Duration::ZERO);
        let began = Instant::now();
        while began.elapsed() < length {
            let due = rate.map(|rate| match rate {
                0 => 0.0,
                rate => f64::from(writes + 1) / f64::from(rate),
            });
            match due {
                Some(due) if began.elapsed().as_secs_f64() >= due => {
                    publishing += contender.write(next(&mut state) % n, u64::from(writes));
                    writes += 1;
                }
                _ => thread::sleep(Duration::from_micros(50)),
            }
        }
        let elapsed = began.elapsed().as_secs_f64();
        is_done.store(true, Relaxed);
        let read = readers.into_iter().map(|reader| reader.join().expect("a reader"));
        let (reads, times): (Vec<_>, Vec<_>) = read.unzip();
        let mut times = times.concat();
        times.sort_unstable();
        let publishing = publishing / writes.max(1);
        Figures { reads, times, writes: f64::from(writes) / elapsed, publishing }
    })
}

/// A line of the table: the run with a writer, and the share of the undisturbed rate that is left.
fn line<C: Contender>(setting: Setting) -> String {
    let alone = run::<C>(Setting { rate: None, ..setting });
    let beside = run::<C>(setting);
    let least = beside.reads.iter().copied().fold(f64::INFINITY, f64::min);
    format!(
        "{},{},{},{:.0},{:.0},{:.3},{},{},{},{},{},{:.0},{}\n",
        C::NAME,
        setting.n,
        setting.readers,
        beside.all_reads(),
        least,
        beside.all_reads() / alone.all_reads(),
        beside.quantile(500),
        beside.quantile(990),
        beside.quantile(999),
        beside.quantile(1000),
        alone.quantile(999),
        beside.writes,
        beside.publishing.as_nanos(),
    )
}

const COLUMNS: &str = "name,entries,readers,reads_per_s,reads_per_s_of_slowest,of_undisturbed,p50_ns,\
                       p99_ns,p999_ns,max_ns,undisturbed_p999_ns,writes_per_s,publish_ns\n";

type Row = (&'static str, fn(Setting) -> String);

const CONTENDERS: [Row; 5] = [
    (Published::NAME, line::<Published>),
    (Locked::NAME, line::<Locked>),
    (Cloned::NAME, line::<Cloned>),
    (LockedMap::NAME, line::<LockedMap>),
    (Skip::NAME, line::<Skip>),
];

fn main() -> io::Result<()> {
    let mut line = CommandLine::new(HELP);
    line.flag("--bench"); // cargo's
    let is_test = line.flag("--test");
    let n = line.number("--n", 20_000, 1..=10_000_000);
    let setting = Setting {
        n: if is_test { 1000 } else { n },
        readers: line.number("--readers", 1, 1..=1000),
        rate: Some(line.number("--rate", 0, 0..=1_000_000_000)),
        length: Duration::from_millis(line.number("--millis", 1000, 1..=3_600_000)),
    };
    let setting =
        if is_test { Setting { length: Duration::from_millis(5), ..setting } } else { setting };
    let csv = line.text("--csv");
    let names = line.operands(0..=5);
    let mut out = io::stdout().lock();
    let mut table = COLUMNS.to_owned();
    write!(out, "{COLUMNS}")?;
    for (name, measure) in CONTENDERS {
        if names.is_empty() || names.iter().any(|wanted| name.contains(&*wanted.to_string_lossy()))
        {
            let row = measure(setting);
            write!(out, "{row}")?;
            table.push_str(&row);
        }
    }
    if let Some(path) = csv {
        fs::write(path, table)?;
    }
    Ok(())
}

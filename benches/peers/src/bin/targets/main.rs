//! The speed and the memory that `IntervalBTree` is meant to reach, and whether it does: one run,
//! a line for each target.
//!
//! ```text
//! cargo run --release --bin targets
//! cargo run --release --bin targets -- --n 20000 --only "stab;range of 1,000"
//! cargo run --bin targets                     # the one target of debug builds
//! ```
//!
//! Ends are of 32 bits unless a line says otherwise; `inserted` is the index as random insertions
//! leave it, `compacted` the same after `compact`. Queries are read in `for` loops, both ends and
//! the value of each hit, unless the line names another loop.

mod contenders;
#[path = "../../heap.rs"]
#[expect(dead_code, reason = "what is requested is enough here")]
mod heap;
#[path = "../../layout.rs"]
#[expect(dead_code, reason = "a few populations are enough here")]
mod layout;
#[path = "../../pauses.rs"]
mod pauses;
#[path = "../../race.rs"]
#[expect(dead_code, reason = "the least is enough here")]
mod race;
#[path = "../../stage.rs"]
#[expect(dead_code, reason = "a few questions are enough here")]
mod stage;
#[path = "../../../../workloads.rs"]
#[expect(dead_code, reason = "nothing is held that must stay")]
mod workloads;

use std::collections::HashSet;
use std::fmt::Debug;
use std::hint::black_box;
use std::iter::repeat_with;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU64;
use std::ops::Range;
use std::time::Duration;

use clap::Parser;
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

use self::contenders::{
    Building, Churning, Dynamic, End, Growing, Map, Super, add, count, counted, each, fold, grown,
    hit, map_hit, pair, range, signed, super_hit, walk,
};
use crate::layout::Layout;
use crate::pauses::Insertions;
use crate::race::{Named, Racer, Turns, race};
use crate::stage::{LARGE, Stage};
use crate::workloads::{Entry, Found, Population, Query, Rng, SEED, Workload, ratio};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

type Wide<E> = IntervalBTree<E, u32>;

const VMA: Layout = Layout::Made(Workload::Vma);

/// Populations that are asked besides `vma`.
const OTHERS: [Workload; 4] = [Workload::Mixed, Workload::Fork, Workload::Power, Workload::Giant];

/// How an index came to be.
const FORMS: [&str; 2] = ["inserted", "compacted"];

/// Pairs of a removal and an insertion in one turn.
const PAIRS: usize = 2_048;

/// Prints what `IntervalBTree` is to reach, and whether it does.
#[derive(Debug, Parser)]
struct Options {
    /// Numbers of entries
    #[arg(long, value_delimiter = ',', default_values_t = [20_000, 1_000_000])]
    n: Vec<u32>,
    /// Only targets whose lines contain one of these, divided by semicolons [default: all]
    #[arg(long, value_delimiter = ';')]
    only: Vec<String>,
    /// Most seconds for one target
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

fn main() {
    let options = Options::parse();
    let limit = Duration::from_secs(options.seconds);
    let mut report = Report { only: &options.only, judged: 0, missed: 0 };
    if cfg!(debug_assertions) {
        Report::head("20,000 vma, debug build");
        Bench::new(VMA, 20_000, limit).debug_stab(&mut report);
    } else {
        for n in &options.n {
            of_size(*n, limit, &mut report);
        }
        insertions(&mut report, 5_000_000);
    }
    println!("\n{} targets, {} missed", report.judged, report.missed);
}

fn of_size(n: u32, limit: Duration, report: &mut Report<'_>) {
    Report::head(&VMA.label(n));
    let bench = Bench::new(VMA, n, limit);
    let is_large = n >= LARGE;
    let by_size = |small: f64, large: f64| if is_large { large } else { small };
    let (stab, ten) = (Asked::Points, Asked::Hits(10));
    bench.loops::<u32>(report, "stab", stab, [by_size(0.70, 1.0), by_size(0.60, 0.75)]);
    bench.loops::<u32>(report, "range of 10", ten, [by_size(0.95, 1.0), by_size(0.85, 0.75)]);
    bench.loops::<u32>(report, "range of 100", Asked::Hits(100), [1.5, 1.0]);
    let limits = [by_size(2.5, 3.0), 1.5];
    bench.loops::<u32>(report, "range of 1,000", Asked::Hits(1_000), limits);
    if !is_large {
        bench.fold(report, [1.5, 1.0]);
    }
    bench.iterate(report, [by_size(1.0, 0.25), by_size(0.5, 0.1)]);
    bench.grow(report, by_size(0.85, 0.9));
    bench.churn(report, by_size(0.85, 0.9));
    bench.build(report, [1.0, 1.2]);
    let limits = [by_size(0.9, 1.2); 2];
    bench.loops::<u64>(report, "stab, 64-bit ends", stab, limits);
    bench.loops::<u64>(report, "range of 10, 64-bit ends", ten, limits);
    memory(report, &bench.stage.population.entries);
    if is_large {
        bench.count_many(report, 60_000);
    } else {
        bench.collect(report, 1.2);
        bench.handles(report, 1.5);
        bench.gaps(report, 2.0);
        bench.types(report, 1.5);
    }
    bench.batch(report);
    for workload in OTHERS {
        let questions = [("stab", stab), ("range of 10", ten)];
        let questions =
            questions.map(|(name, asked)| (format!("{name}, {}", workload.name()), asked));
        if questions.iter().any(|(line, _)| report.wants(line)) {
            let bench = Bench::new(Layout::Made(workload), n, limit);
            for (line, asked) in questions {
                bench.loops::<u32>(report, &line, asked, [1.1, 0.95]);
            }
        }
    }
}

/// Prints lines, and counts how many targets are missed.
struct Report<'a> {
    only: &'a [String],
    judged: u32,
    missed: u32,
}

impl Report<'_> {
    fn head(label: &str) {
        println!("\n{label}");
        println!("{:<34}{:>10}{:>12}  {:<26}{:>7}{:>7}", "", "ours", "other", "", "ratio", "limit");
    }

    fn wants(&self, line: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| line.contains(&**part))
    }

    /// A line that compares two figures by their ratio.
    fn ratio(&mut self, line: &str, ours: f64, other: f64, whose: &str, limit: Option<f64>) {
        let ratio = ours / other;
        print!("{line:<34}{ours:>10.2}{other:>12.2}  {whose:<26}{ratio:>7.2}");
        self.judge(ratio, limit);
    }

    /// A line with one figure.
    fn absolute(&mut self, line: &str, ours: f64, unit: &str, limit: Option<f64>) {
        print!("{line:<34}{ours:>10.2}{:>12}  {unit:<26}{:>7}", "", "");
        self.judge(ours, limit);
    }

    fn judge(&mut self, figure: f64, limit: Option<f64>) {
        let Some(limit) = limit else {
            println!("{:>7}", "-");
            return;
        };
        let is_met = figure <= limit;
        self.judged += 1;
        self.missed += u32::from(!is_met);
        println!("{limit:>7}  {}", if is_met { "met" } else { "MISSED" });
    }
}

#[derive(Clone, Copy, Debug)]
enum Asked {
    Points,
    /// Ranges that so many entries overlap.
    Hits(u32),
}

/// A population, and the indexes that hold it.
struct Bench {
    stage: Stage,
    limit: Duration,
}

impl Bench {
    fn new(layout: Layout, n: u32, limit: Duration) -> Self {
        Self { stage: Stage::new(layout, n), limit }
    }

    fn entries(&self) -> &[Entry] {
        &self.stage.population.entries
    }

    fn grown<E: End>(&self) -> Wide<E> {
        grown(self.entries())
    }

    fn peer(&self) -> Super {
        build_super(self.entries())
    }

    /// `None` if a point finds more than is asked for.
    fn queries(&self, asked: Asked) -> Option<Vec<Query>> {
        match asked {
            Asked::Points => Some(self.stage.all_points()),
            Asked::Hits(hits) => self.stage.all_ranges(hits),
        }
    }

    /// A race of queries, with its times (ns).
    fn ask(&self, asked: Asked, queries: &[Query], racers: &mut [Named<'_, Query>]) -> Vec<f64> {
        let hits = if let Asked::Hits(hits) = asked { hits } else { 0 };
        let expected = |query: &Query| self.stage.expected(*query);
        times(race(queries, Some(&expected), self.stage.turns(hits, self.limit), racers))
    }

    /// The same where hits are counted only.
    fn count(&self, turns: Turns, queries: &[Query], racers: &mut [Named<'_, Query>]) -> Vec<f64> {
        let expected = |query: &Query| counted(self.stage.expected(*query).hits);
        times(race(queries, Some(&expected), turns, racers))
    }

    /// A race of changes, or of whole walks.
    fn work<I>(&self, chunk: usize, items: &[I], racers: &mut [Named<'_, I>]) -> Vec<f64> {
        let turns = Turns { chunk, warm_up: 0, can_be_cut: false, limit: 2 * self.limit };
        times(race(items, None, turns, racers))
    }

    /// Stabs, or ranges, in `for` loops, beside those over `superintervals`.
    fn loops<E: End>(&self, report: &mut Report<'_>, line: &str, asked: Asked, limits: [f64; 2]) {
        if !report.wants(line) {
            return;
        }
        let Some(queries) = self.queries(asked) else { return };
        let (inserted, peer) = (self.grown::<E>(), self.peer());
        let compacted = compacted(&inserted);
        let search = |index| match asked {
            Asked::Points => stabs::<E>(index),
            Asked::Hits(_) => each(|query| index.overlapping(range::<E>(query)).map(hit)),
        };
        let mut racers: Vec<Named<'_, Query>> = vec![
            ("inserted", search(&inserted)),
            ("compacted", search(&compacted)),
            ("superintervals, iterator", super_each(&peer)),
            ("superintervals, into a Vec", super_items(&peer)),
        ];
        let times = self.ask(asked, &queries, &mut racers);
        let (whose, other) = least(&racers[2..], &times[2..]);
        for (form, (time, limit)) in FORMS.iter().zip(times.iter().zip(limits)) {
            report.ratio(&format!("{line}, {form}"), *time, other, whose, Some(limit));
        }
    }

    fn fold(&self, report: &mut Report<'_>, limits: [f64; 2]) {
        const LINE: &str = "range of 1,000 by for_each";
        if !report.wants(LINE) {
            return;
        }
        let asked = Asked::Hits(1_000);
        let queries = self.queries(asked).expect("a point has fewer");
        let (inserted, peer) = (self.grown::<u32>(), self.peer());
        let compacted = compacted(&inserted);
        let mut racers: Vec<Named<'_, Query>> = vec![
            ("inserted", fold(|query| inserted.overlapping(range::<u32>(query)).map(hit))),
            ("compacted", fold(|query| compacted.overlapping(range::<u32>(query)).map(hit))),
            ("superintervals, iterator", super_each(&peer)),
            ("superintervals, into a Vec", super_items(&peer)),
        ];
        let times = self.ask(asked, &queries, &mut racers);
        let (whose, other) = least(&racers[2..], &times[2..]);
        for (form, (time, limit)) in FORMS.iter().zip(times.iter().zip(limits)) {
            report.ratio(&format!("{LINE}, {form}"), *time, other, whose, Some(limit));
        }
    }

    fn iterate(&self, report: &mut Report<'_>, limits: [f64; 2]) {
        const LINE: &str = "whole iteration";
        if !report.wants(LINE) {
            return;
        }
        let inserted = self.grown::<u32>();
        let compacted = compacted(&inserted);
        let map: Map<u32> = grown(self.entries());
        let mut racers: Vec<Named<'_, Entry>> = vec![
            ("inserted", walk(|| inserted.iter().map(hit))),
            ("compacted", walk(|| compacted.iter().map(hit))),
            ("BTreeMap", walk(|| map.iter().map(map_hit))),
        ];
        let times = self.work(self.entries().len(), self.entries(), &mut racers);
        for (form, (time, limit)) in FORMS.iter().zip(times.iter().zip(limits)) {
            report.ratio(&format!("{LINE}, {form}"), *time, times[2], "BTreeMap", Some(limit));
        }
    }

    fn grow(&self, report: &mut Report<'_>, limit: f64) {
        const LINE: &str = "insert random";
        if !report.wants(LINE) {
            return;
        }
        let mut racers: Vec<Named<'_, Entry>> = vec![
            ("32 bits", Box::new(Growing::<Wide<u32>>::new())),
            ("64 bits", Box::new(Growing::<Wide<u64>>::new())),
            ("red-black, 64 bits", Box::new(Growing::<IntervalRbTree<u64, u32>>::new())),
            ("BTreeMap", Box::new(Growing::<Map<u32>>::new())),
            ("BTreeMap, 64 bits", Box::new(Growing::<Map<u64>>::new())),
        ];
        let times = self.work(20_000, self.entries(), &mut racers);
        changes(report, LINE, &times, limit);
    }

    fn churn(&self, report: &mut Report<'_>, limit: f64) {
        const LINE: &str = "churn";
        if !report.wants(LINE) {
            return;
        }
        let slots = self.slots();
        let (entries, spare) = (self.entries(), &*self.stage.population.spare);
        let mut racers: Vec<Named<'_, usize>> = vec![
            ("32 bits", Box::new(Churning::<Wide<u32>>::new(entries, spare))),
            ("64 bits", Box::new(Churning::<Wide<u64>>::new(entries, spare))),
            (
                "red-black, 64 bits",
                Box::new(Churning::<IntervalRbTree<u64, u32>>::new(entries, spare)),
            ),
            ("BTreeMap", Box::new(Churning::<Map<u32>>::new(entries, spare))),
            ("BTreeMap, 64 bits", Box::new(Churning::<Map<u64>>::new(entries, spare))),
        ];
        let times = self.work(PAIRS, &slots, &mut racers);
        changes(report, LINE, &times, limit);
    }

    /// Turns of different slots each.
    fn slots(&self) -> Vec<usize> {
        let mut rng = Rng::new(SEED ^ 2);
        let turn = || {
            let mut slots = HashSet::new();
            while slots.len() < PAIRS {
                slots.insert(rng.index(self.entries().len()));
            }
            let mut slots: Vec<_> = slots.into_iter().collect();
            // A set has no order that is the same every time.
            slots.sort_unstable();
            rng.shuffle(&mut slots);
            slots
        };
        repeat_with(turn).take(16).flatten().collect()
    }

    fn build(&self, report: &mut Report<'_>, [sorted_limit, shuffled_limit]: [f64; 2]) {
        for (line, entries, limit, is_sorted) in [
            ("build sorted", &self.stage.sorted, sorted_limit, true),
            ("bulk from shuffled", &self.stage.population.entries, shuffled_limit, false),
        ] {
            if !report.wants(line) {
                continue;
            }
            let mut racers: Vec<Named<'_, Entry>> = vec![
                ("ours", if is_sorted { building(from_sorted) } else { building(from_shuffled) }),
                ("superintervals", building(build_super)),
                ("intervaltree", building(build_interval_tree)),
                ("rust-lapper", building(build_lapper)),
            ];
            if is_sorted {
                racers.push(("iset", building(build_iset)));
                racers.push(("BTreeMap", building(build_map)));
            }
            let times = self.work(entries.len(), entries, &mut racers);
            let (whose, other) = least(&racers[1..], &times[1..]);
            report.ratio(line, times[0], other, whose, Some(limit));
        }
    }

    /// Values of 1,000 hits in a `Vec`, a new one and the same again.
    fn collect(&self, report: &mut Report<'_>, limit: f64) {
        const LINE: &str = "values of 1,000";
        if !report.wants(LINE) {
            return;
        }
        let asked = Asked::Hits(1_000);
        let queries = self.queries(asked).expect("a point has fewer");
        let (inserted, peer) = (self.grown::<u32>(), self.peer());
        let compacted = compacted(&inserted);
        let mut racers: Vec<Named<'_, Query>> = vec![
            ("collect, inserted", collect(&inserted)),
            ("collect, compacted", collect(&compacted)),
            ("extend, inserted", extend(&inserted)),
            ("extend, compacted", extend(&compacted)),
            ("search_values", search_values(&peer)),
        ];
        let times = self.count(self.stage.turns(1_000, self.limit), &queries, &mut racers);
        let (whose, other) = (racers[4].0, times[4]);
        for ((form, _), time) in racers[..4].iter().zip(&times) {
            report.ratio(&format!("{LINE}: {form}"), *time, other, whose, Some(limit));
        }
    }

    fn handles(&self, report: &mut Report<'_>, limit: f64) {
        const LINE: &str = "range of 1,000 with_handles";
        if !report.wants(LINE) {
            return;
        }
        let asked = Asked::Hits(1_000);
        let queries = self.queries(asked).expect("a point has fewer");
        let index = self.grown::<u32>();
        let with_handles = |query| {
            index.overlapping(range::<u32>(query)).with_handles().map(
                |(handle, interval, value)| {
                    black_box(handle);
                    hit((interval, value))
                },
            )
        };
        let mut racers: Vec<Named<'_, Query>> = vec![
            ("with", each(with_handles)),
            ("without", each(|query| index.overlapping(range::<u32>(query)).map(hit))),
        ];
        let times = self.ask(asked, &queries, &mut racers);
        report.ratio(LINE, times[0], times[1], "without", Some(limit));
    }

    fn gaps(&self, report: &mut Report<'_>, limit: f64) {
        const LINE: &str = "gaps, for each entry passed";
        if !report.wants(LINE) {
            return;
        }
        let inserted = self.grown::<u32>();
        let compacted = compacted(&inserted);
        let gaps = |index: &'_ Wide<u32>| {
            let mut read = Found::default();
            for gap in index.gaps(..) {
                read.add((*gap.start()).into(), (*gap.last()).into(), 0);
            }
            read
        };
        let mut racers: Vec<Named<'_, Entry>> = vec![
            ("inserted", Box::new(|_: &[Entry]| gaps(&inserted))),
            ("compacted", Box::new(|_: &[Entry]| gaps(&compacted))),
        ];
        let times = self.work(self.entries().len(), self.entries(), &mut racers);
        for (form, time) in FORMS.iter().zip(times) {
            report.absolute(&format!("{LINE}, {form}"), time, "ns", Some(limit));
        }
    }

    /// Many stabs in one call, and their hits read, beside the loop that does the same.
    fn batch(&self, report: &mut Report<'_>) {
        const LINE: &str = "batch of stabs";
        if !report.wants(LINE) {
            return;
        }
        let queries = self.queries(Asked::Points).expect("a point has few");
        let index = self.grown::<u32>();
        let points_of = |queries: &[Query]| -> Vec<u32> {
            queries.iter().map(|query| u32::of(query.start)).collect()
        };
        let batch = |queries: &[Query]| {
            let mut read = Found::default();
            index.stab_batch_for_each(&points_of(queries), |_, interval, value| {
                add(&mut read, hit((interval, value)));
            });
            read
        };
        let by_handles = |queries: &[Query]| {
            let mut read = Found::default();
            for hits in &index.stab_batch(&points_of(queries)) {
                for handle in hits {
                    let interval = index.interval(*handle).expect("it was found");
                    add(&mut read, hit((interval, &index[*handle])));
                }
            }
            read
        };
        let mut racers: Vec<Named<'_, Query>> = vec![
            ("batch", Box::new(batch)),
            ("by handles", Box::new(by_handles)),
            ("loop", stabs(&index)),
        ];
        let times = self.ask(Asked::Points, &queries, &mut racers);
        let whose = "the loop it replaces";
        report.ratio(LINE, times[0], times[2], whose, Some(1.0));
        report.ratio(&format!("{LINE}, by handles"), times[1], times[2], whose, None);
    }

    /// Counts of many hits: of a few queries at once, and of so many that it pays to sort the ends.
    fn count_many(&self, report: &mut Report<'_>, hits: u32) {
        let line = format!("count of {hits}");
        if !report.wants(&line) {
            return;
        }
        let few = self.queries(Asked::Hits(hits)).expect("a point has fewer");
        let many = self.stage.ranges(1 << 19, hits).expect("a point has fewer");
        let index = self.grown::<u32>();
        let counts = index.count_index();
        let by_index = |query: &Query| counts.count(range::<u32>(*query)) as u64;
        let one_by_one = |query: &Query| index.count_overlapping(range::<u32>(*query)) as u64;
        let batch = |queries: &[Query]| {
            let ranges: Vec<_> = queries.iter().map(|query| range::<u32>(*query)).collect();
            index.count_overlapping_batch(&ranges).into_iter().map(|count| count as u64).sum()
        };
        let times = |queries: &[Query]| {
            let mut racers: Vec<Named<'_, Query>> = vec![
                ("one by one", count(|queries| queries.iter().map(one_by_one).sum())),
                ("batch", count(batch)),
                ("CountIndex", count(|queries| queries.iter().map(by_index).sum())),
            ];
            let turns =
                Turns { chunk: queries.len(), warm_up: 0, can_be_cut: false, limit: self.limit };
            self.count(turns, queries, &mut racers)
        };
        for (queries, limit, most) in [(&few, None, Some(150.0)), (&many, Some(2.0), None)] {
            let [single, batch, by_index] = *times(queries) else { unreachable!("three racers") };
            let line = format!("{line}, {}", queries.len());
            report.ratio(&format!("{line}: one by one"), single, by_index, "CountIndex", None);
            report.ratio(&format!("{line}: batch"), batch, by_index, "CountIndex", limit);
            report.absolute(&format!("{line}: CountIndex"), by_index, "ns", most);
        }
    }

    /// Ends of other types beside integers of their size.
    fn types(&self, report: &mut Report<'_>, limit: f64) {
        const LINE: &str = "stab, ends";
        if !report.wants(LINE) {
            return;
        }
        let queries = self.queries(Asked::Points).expect("a point has few");
        let v4 = |at: u64| Ipv4Addr::from_bits(u32::of(at));
        let v6 = |at: u64| Ipv6Addr::from_bits(at.into());
        let non_zero = |at: u64| NonZeroU64::new(at + 1).expect("it is above zero");
        let narrow = self.of_type(u32::of);
        let addresses = self.of_type(v4);
        let wide = self.of_type(u64::of);
        let non_zeros = self.of_type(non_zero);
        let double = self.of_type(u128::from);
        let long_addresses = self.of_type(v6);
        let mut racers: Vec<Named<'_, Query>> = vec![
            ("u32", stabs_of(&narrow, u32::of)),
            ("Ipv4Addr", stabs_of(&addresses, v4)),
            ("u64", stabs_of(&wide, u64::of)),
            ("NonZeroU64", stabs_of(&non_zeros, non_zero)),
            ("u128", stabs_of(&double, u128::from)),
            ("Ipv6Addr", stabs_of(&long_addresses, v6)),
        ];
        let times = self.count(self.stage.turns(0, self.limit), &queries, &mut racers);
        for (at, beside) in [(1, 0), (3, 2), (4, 2), (5, 4)] {
            let line = format!("{LINE} of {}", racers[at].0);
            report.ratio(&line, times[at], times[beside], racers[beside].0, Some(limit));
        }
    }

    fn of_type<T: Ord + Copy + Debug>(&self, end: impl Fn(u64) -> T) -> IntervalBTree<T, u32> {
        let mut index = IntervalBTree::new();
        for entry in self.entries() {
            index.insert(Interval::new(end(entry.start), end(entry.last)), entry.value);
        }
        index
    }

    fn debug_stab(&self, report: &mut Report<'_>) {
        let queries = self.queries(Asked::Points).expect("a point has few");
        let queries = &queries[..1 << 12];
        let index = self.grown::<u32>();
        let map: Map<u32> = grown(self.entries());
        let longest = self.entries().iter().map(|entry| entry.last - entry.start).max();
        let longest = longest.expect("there are entries");
        let scan = |query: Query| {
            let from = (u32::of(query.start.saturating_sub(longest)), 0);
            let started = map.range(from..=(u32::of(query.last), u32::MAX)).map(map_hit);
            started.filter(move |(_, last, _)| *last >= query.start)
        };
        let mut racers: Vec<Named<'_, Query>> =
            vec![("stab", stabs(&index)), ("BTreeMap", each(scan))];
        let times = self.ask(Asked::Points, queries, &mut racers);
        report.ratio("stab", times[0], times[1], racers[1].0, Some(3.0));
    }
}

/// Bytes requested for each entry as insertions leave them, nothing trimmed.
fn memory(report: &mut Report<'_>, entries: &[Entry]) {
    fn of<E: End>(report: &mut Report<'_>, line: &str, entries: &[Entry], limit: f64) {
        if report.wants(line) {
            let before = heap::live().requested;
            let index: Wide<E> = grown(entries);
            let bytes = heap::live().requested - before;
            drop(index);
            report.absolute(line, ratio(bytes as u64, entries.len()), "B/entry", Some(limit));
        }
    }
    of::<u64>(report, "memory, untrimmed, 64-bit ends", entries, 46.0);
    of::<u32>(report, "memory, untrimmed, 32-bit ends", entries, 38.0);
}

/// Lines of what changes: the target is for the index with ends of 32 bits.
fn changes(report: &mut Report<'_>, line: &str, times: &[f64], limit: f64) {
    let [narrow, wide, red_black, map, wide_map] = *times else { unreachable!("five racers") };
    report.ratio(line, narrow, map, "BTreeMap", Some(limit));
    report.ratio(&format!("{line}, 64-bit ends"), wide, wide_map, "BTreeMap", None);
    report.ratio(&format!("{line}, red-black, 64 bits"), red_black, wide_map, "BTreeMap", None);
}

fn compacted<E: End>(index: &Wide<E>) -> Wide<E> {
    let mut compacted = index.clone();
    compacted.compact();
    compacted
}

fn stabs<'a, E: End>(index: &'a Wide<E>) -> Box<dyn Racer<Query> + 'a> {
    each(|query| index.stab(E::of(query.start)).map(hit))
}

/// Stabs that read intervals and values, of any type of ends.
fn stabs_of<'a, T: Ord + Copy>(
    index: &'a IntervalBTree<T, u32>,
    end: impl Fn(u64) -> T + 'a,
) -> Box<dyn Racer<Query> + 'a> {
    Box::new(move |queries: &[Query]| {
        let mut hits = 0;
        for query in queries {
            for hit in index.stab(end(query.start)) {
                black_box(hit);
                hits += 1;
            }
        }
        counted(hits)
    })
}

fn super_each(peer: &Super) -> Box<dyn Racer<Query> + '_> {
    each(|query| {
        peer.search_items_iter(signed(query.start), signed(query.last)).map(|item| super_hit(&item))
    })
}

fn super_items(peer: &Super) -> Box<dyn Racer<Query> + '_> {
    let mut items = Vec::new();
    Box::new(move |queries: &[Query]| {
        let mut read = Found::default();
        for query in queries {
            items.clear();
            peer.search_items(signed(query.start), signed(query.last), &mut items);
            for item in &items {
                add(&mut read, super_hit(item));
            }
        }
        read
    })
}

fn collect(index: &Wide<u32>) -> Box<dyn Racer<Query> + '_> {
    Box::new(move |queries: &[Query]| {
        let mut hits = 0;
        for query in queries {
            let values: Vec<u32> =
                index.overlapping(range::<u32>(*query)).map(|(_, value)| *value).collect();
            hits += black_box(values).len() as u64;
        }
        counted(hits)
    })
}

fn extend(index: &Wide<u32>) -> Box<dyn Racer<Query> + '_> {
    let mut values = Vec::new();
    Box::new(move |queries: &[Query]| {
        let mut hits = 0;
        for query in queries {
            values.clear();
            values.extend(index.overlapping(range::<u32>(*query)).map(|(_, value)| *value));
            hits += black_box(&values).len() as u64;
        }
        counted(hits)
    })
}

fn search_values(peer: &Super) -> Box<dyn Racer<Query> + '_> {
    let mut values = Vec::new();
    Box::new(move |queries: &[Query]| {
        let mut hits = 0;
        for query in queries {
            values.clear();
            peer.search_values(signed(query.start), signed(query.last), &mut values);
            hits += black_box(&values).len() as u64;
        }
        counted(hits)
    })
}

fn building<'a, B: 'a>(build: impl FnMut(&[Entry]) -> B + 'a) -> Box<dyn Racer<Entry> + 'a> {
    Box::new(Building::new(build))
}

fn from_sorted(entries: &[Entry]) -> Wide<u32> {
    Wide::try_from_sorted(entries.iter().map(pair)).expect("they are sorted")
}

fn from_shuffled(entries: &[Entry]) -> Wide<u32> {
    entries.iter().map(pair).collect()
}

fn build_super(entries: &[Entry]) -> Super {
    let mut map = Super::new();
    map.reserve(entries.len());
    for entry in entries {
        map.add(signed(entry.start), signed(entry.last), entry.value);
    }
    map.build();
    map
}

fn half_open(entry: &Entry) -> Range<u32> {
    u32::of(entry.start)..u32::of(entry.last + 1)
}

fn build_interval_tree(entries: &[Entry]) -> intervaltree::IntervalTree<u32, u32> {
    entries.iter().map(|entry| (half_open(entry), entry.value)).collect()
}

fn build_lapper(entries: &[Entry]) -> rust_lapper::Lapper<u32, u32> {
    let intervals = entries.iter().map(|entry| {
        let Range { start, end: stop } = half_open(entry);
        rust_lapper::Interval { start, stop, val: entry.value }
    });
    rust_lapper::Lapper::new(intervals.collect())
}

fn build_iset(entries: &[Entry]) -> iset::IntervalMap<u32, u32> {
    iset::IntervalMap::from_sorted(entries.iter().map(|entry| (half_open(entry), entry.value)))
}

fn build_map(entries: &[Entry]) -> Map<u32> {
    let pairs =
        entries.iter().map(|entry| ((u32::of(entry.start), entry.value), u32::of(entry.last)));
    pairs.collect()
}

fn times(times: Vec<race::Time>) -> Vec<f64> {
    times.into_iter().map(|time| time.least).collect()
}

/// The longest insertions while indexes grow, three times each.
fn insertions(report: &mut Report<'_>, n: u32) {
    const LINE: &str = "longest insertion";
    if !report.wants(LINE) {
        return;
    }
    Report::head("growing to 5 million, 64-bit ends");
    let Population { entries, .. } = VMA.population(n);
    let mut ours = Insertions::new(entries.len());
    let mut theirs = Insertions::new(entries.len());
    for _ in 0..3 {
        let (mut index, mut map) = (Wide::<u64>::new(), <Map<u64> as Dynamic>::new());
        ours.grow(&entries, |entry| _ = Dynamic::insert(&mut index, entry));
        theirs.grow(&entries, |entry| _ = Dynamic::insert(&mut map, entry));
    }
    let ((longest, high), (their_longest, their_high)) = (ours.longest(), theirs.longest());
    report.ratio(&format!("{LINE} (us)"), longest, their_longest, "BTreeMap", Some(20.0));
    report.absolute(LINE, longest, "us", Some(1_000.0));
    report.ratio("99.99th percentile (us)", high, their_high, "BTreeMap", None);
}

/// Who took least time, and how long.
fn least<I>(racers: &[Named<'_, I>], times: &[f64]) -> (&'static str, f64) {
    let best = racers.iter().zip(times).min_by(|a, b| a.1.total_cmp(b.1));
    best.map(|((name, _), time)| (*name, *time)).expect("somebody took part")
}

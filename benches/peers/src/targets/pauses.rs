//! How long a single insertion takes while an index grows.

use cpu_time::ThreadTime;

use super::Report;
use super::contenders::{Dynamic, Map};
use crate::workloads::{Entry, Population};

/// Times that every index grows: the least of an insertion's times leaves out what interrupts it.
const TIMES: usize = 3;

pub(super) const LINE: &str = "longest insertion";

/// Compares the longest insertions.
pub(super) fn compare(n: u32, report: &mut Report<'_>) {
    let Population { entries, .. } = super::VMA.population(n);
    let (mut ours, mut theirs) = (vec![u32::MAX; entries.len()], vec![u32::MAX; entries.len()]);
    for _ in 0..TIMES {
        grow::<super::Wide<u64>>(&entries, &mut ours);
        grow::<Map<u64>>(&entries, &mut theirs);
    }
    let [ours, theirs] = [ours, theirs].map(Pauses::of);
    report.ratio(&format!("{LINE} (us)"), ours.longest, theirs.longest, "BTreeMap", Some(20.0));
    report.absolute(LINE, ours.longest, "us", Some(1_000.0));
    report.ratio("99.99th percentile (us)", ours.high, theirs.high, "BTreeMap", None);
}

/// Takes the time of each insertion (ns), if it is less than what is known of it.
fn grow<D: Dynamic>(entries: &[Entry], least: &mut [u32]) {
    let mut index = D::new();
    let start = ThreadTime::now();
    let mut before = 0;
    for (entry, least) in entries.iter().zip(least) {
        index.insert(entry);
        let after = start.elapsed().as_nanos();
        let time = u32::try_from(after - before).unwrap_or(u32::MAX);
        *least = time.min(*least);
        before = after;
    }
}

/// Times (us).
struct Pauses {
    longest: f64,
    /// One in ten thousand takes longer.
    high: f64,
}

impl Pauses {
    fn of(mut times: Vec<u32>) -> Self {
        times.sort_unstable();
        let micros = |place: usize| f64::from(times[place]) / 1e3;
        let last = times.len() - 1;
        Self { longest: micros(last), high: micros(last - last / 10_000) }
    }
}

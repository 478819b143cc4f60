//! What is said of one contender in one setting.

use crate::histogram::Histogram;
use crate::measure::{Figures, Setting};

/// Rates are medians over the rounds; times are of all rounds together.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) setting: Setting,
    pub(crate) reads: f64,
    slowest: f64,
    pub(crate) of_undisturbed: f64,
    /// The same with both rates by the readers' own clocks.
    of_undisturbed_cpu: f64,
    pub(crate) read: Histogram,
    pub(crate) undisturbed_read: Histogram,
    pub(crate) writes: f64,
    pub(crate) write: Histogram,
    pub(crate) publication: Histogram,
    /// Bytes an entry.
    pub(crate) at_rest: f64,
    pub(crate) at_peak: f64,
}

pub(crate) const COLUMNS: &str = "name,entries,readers,rate,reads_per_s,reads_per_s_of_slowest,\
     of_undisturbed,of_undisturbed_cpu,p50_ns,p99_ns,p999_ns,max_ns,undisturbed_p999_ns,writes_per_s,\
     write_p50_ns,write_p99_ns,write_max_ns,publish_p50_ns,publish_p99_ns,publish_max_ns,\
     bytes_per_entry_at_rest,bytes_per_entry_at_peak\n";

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Row {
    /// Of one round at least.
    pub(crate) fn of(name: &'static str, setting: Setting, rounds: &[Figures]) -> Self {
        let rate = |of: fn(&Figures) -> f64| median(rounds.iter().map(of).collect());
        let times = |of: fn(&Figures) -> &Histogram| {
            let mut all = Histogram::new();
            rounds.iter().map(of).for_each(|times| all.merge(times));
            all
        };
        #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
        let per_entry = |of: fn(&Figures) -> usize| {
            let most = rounds.iter().map(of).max().expect("a round");
            most as f64 / setting.n as f64
        };
        Self {
            name,
            setting,
            reads: rate(|one| one.beside.total()),
            slowest: rate(|one| one.beside.slowest()),
            of_undisturbed: rate(|one| one.beside.total() / one.alone.total()),
            of_undisturbed_cpu: rate(|one| one.beside.total_of_cpu() / one.alone.total_of_cpu()),
            read: times(|one| &one.beside.times),
            undisturbed_read: times(|one| &one.alone.times),
            writes: rate(|one| one.writes_per_second),
            write: times(|one| &one.writes),
            publication: times(|one| &one.publications),
            at_rest: per_entry(|one| one.at_rest),
            at_peak: per_entry(|one| one.at_peak),
        }
    }

    pub(crate) fn csv(&self) -> String {
        let Self { name, setting, reads, slowest, of_undisturbed, of_undisturbed_cpu, .. } = self;
        let times =
            |of: &Histogram| format!("{},{},{}", of.quantile(500), of.quantile(990), of.longest());
        format!(
            "{name},{},{},{},{reads:.0},{slowest:.0},{of_undisturbed:.3},{of_undisturbed_cpu:.3},\
             {},{},{},{},{},{:.0},{},{},{:.1},{:.1}\n",
            setting.n,
            setting.readers,
            setting.rate,
            self.read.quantile(500),
            self.read.quantile(990),
            self.read.quantile(999),
            self.read.longest(),
            self.undisturbed_read.quantile(999),
            self.writes,
            times(&self.write),
            times(&self.publication),
            self.at_rest,
            self.at_peak,
        )
    }
}

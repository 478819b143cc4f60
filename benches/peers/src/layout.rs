//! What the contenders hold and are asked: the populations of all benchmarks, and two more.

use crate::workloads::{Answers, Entry, Population, Query, Rng, SEED, Workload, label};

/// First page and the page after the last of every mapping of some processes.
const MAPPINGS: &str = include_str!("../data/vma-layouts.txt");

/// Pages that a process may use.
const USER_SPACE: u64 = 1 << 35;

/// Pages of the one range that all entries of `equal` have.
const EQUAL: u64 = 16;

/// A population and how it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Made(Workload),
    /// The mappings of real processes, one process after the other.
    Real,
    /// The same range over and over.
    Equal,
    /// An address space, for maps from disjoint ranges only.
    Maps,
}

impl Layout {
    /// All that indexes of intervals are asked about.
    pub(crate) fn all() -> Vec<Self> {
        Workload::ALL.map(Self::Made).into_iter().chain([Self::Real, Self::Equal]).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Made(workload) => workload.name(),
            Self::Real => "real",
            Self::Equal => "equal",
            Self::Maps => "maps",
        }
    }

    pub(crate) fn label(self, n: u32) -> String {
        label(self.name(), n as usize)
    }

    /// The number of entries if it is not for the user to choose.
    pub(crate) fn fixed_size(self) -> Option<u32> {
        let all = u32::try_from(mappings().count()).expect("a few thousand");
        (self == Self::Real).then_some(all - all / 8)
    }

    pub(crate) fn has_equals(self) -> bool {
        matches!(self, Self::Made(Workload::Fork) | Self::Equal)
    }

    pub(crate) fn has_overlaps(self) -> bool {
        !matches!(self, Self::Made(Workload::Vma) | Self::Real)
    }

    pub(crate) fn has_wide_ends(self) -> bool {
        self == Self::Real
    }

    pub(crate) fn population(self, n: u32) -> Population {
        let n = n as usize;
        match self {
            Self::Made(workload) => workload.population(n),
            Self::Maps => Workload::Vma.population(n),
            Self::Equal => {
                let entry = |value| Entry { start: 0, last: EQUAL - 1, value };
                let mut entries: Vec<_> = (0..).map(entry).take(n + n / 8).collect();
                let spare = entries.split_off(n);
                Population { entries, spare, lasting: None, span: EQUAL, reach: EQUAL }
            }
            Self::Real => {
                let mut entries: Vec<_> = mappings().collect();
                Rng::new(SEED).shuffle(&mut entries);
                let spare = entries.split_off(n);
                let span = entries.iter().map(|entry| entry.last + 1).max().unwrap_or(0);
                Population { entries, spare, lasting: None, span, reach: span }
            }
        }
    }

    /// Points, in random order; of real mappings any page of any mapping.
    pub(crate) fn points(
        self,
        population: &Population,
        sorted: &[Entry],
        count: usize,
    ) -> Vec<Query> {
        if self != Self::Real {
            return population.stabs(count);
        }
        let mut rng = Rng::new(SEED ^ 1);
        let mut point = || {
            let entry = sorted[rng.index(sorted.len())];
            let at = entry.start + rng.below(entry.last - entry.start + 1);
            Query { start: at, last: at }
        };
        (0..count).map(|_| point()).collect()
    }

    /// Ranges that so many entries overlap on average; `None` if already a point has more, or
    /// there are not so many.
    pub(crate) fn ranges(
        self,
        population: &Population,
        sorted: &[Entry],
        answers: &Answers,
        count: usize,
        hits: u32,
    ) -> Option<Vec<Query>> {
        if self != Self::Real {
            return population.ranges(answers, count, hits);
        }
        let more = hits as usize - 1;
        let places = sorted.len().checked_sub(more).filter(|places| *places > 0)?;
        let mut rng = Rng::new(SEED ^ 1);
        let mut range = || {
            let first = rng.index(places);
            Query { start: sorted[first].start, last: sorted[first + more].last }
        };
        Some((0..count).map(|_| range()).collect())
    }
}

/// The mappings of all processes, each process in an address space of its own.
fn mappings() -> impl Iterator<Item = Entry> {
    let mut processes = 0;
    let pairs = MAPPINGS.lines().filter_map(move |line| {
        processes += u64::from(line.starts_with('#'));
        let (start, end) = line.split_once(' ')?;
        let place = |page: &str| Some(processes * USER_SPACE + page.parse::<u64>().ok()?);
        Some((place(start)?, place(end)?))
    });
    pairs.zip(0..).map(|((start, end), value)| Entry { start, last: end - 1, value })
}

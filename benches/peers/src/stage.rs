//! A population of one size, and what is asked of it.

use std::time::Duration;

use crate::layout::Layout;
use crate::race::Turns;
use crate::workloads::{Answers, Entry, Found, Population, Query};

/// With so many entries and more, queries find memory cold.
pub(crate) const LARGE: u32 = 150_000;

pub(crate) struct Stage {
    pub(crate) layout: Layout,
    pub(crate) n: u32,
    pub(crate) population: Population,
    pub(crate) sorted: Vec<Entry>,
    answers: Answers,
}

impl Stage {
    pub(crate) fn new(layout: Layout, n: u32) -> Self {
        Self::of(layout, n, layout.population(n))
    }

    /// The same with values too small to tell entries apart.
    pub(crate) fn without_values(layout: Layout, n: u32) -> Self {
        let mut population = layout.population(n);
        let Population { entries, spare, .. } = &mut population;
        entries.iter_mut().chain(spare).for_each(|entry| entry.value = 0);
        Self::of(layout, n, population)
    }

    fn of(layout: Layout, n: u32, population: Population) -> Self {
        let sorted = population.sorted();
        let answers = Answers::new(&population.entries);
        let stage = Self { layout, n, population, sorted, answers };
        stage.check_answers();
        stage
    }

    /// Compares the counted answers with scans of all entries.
    fn check_answers(&self) {
        let scans = if self.is_large() { 20 } else { 200 };
        let long = self.ranges(scans, 1_000);
        for query in self.points(scans).into_iter().chain(long.into_iter().flatten()) {
            let mut found = Found::default();
            for entry in &self.sorted {
                if entry.start <= query.last && query.start <= entry.last {
                    found.add(entry.start, entry.last, entry.value);
                }
            }
            assert_eq!(self.expected(query), found, "{query:?}");
        }
    }

    pub(crate) fn is_large(&self) -> bool {
        self.n >= LARGE
    }

    /// What a query must find.
    pub(crate) fn expected(&self, query: Query) -> Found {
        self.answers.of(query)
    }

    /// Points, so many that at large sizes what they read is long displaced when they come again.
    pub(crate) fn all_points(&self) -> Vec<Query> {
        self.points(self.queries(1))
    }

    /// Ranges that so many entries overlap on average, all different; `None` if already a point has
    /// more.
    pub(crate) fn all_ranges(&self, hits: u32) -> Option<Vec<Query>> {
        if hits > self.n / 2 {
            return None;
        }
        self.ranges(self.queries(hits as usize).max(16), hits)
    }

    /// How many queries there are of so many hits.
    fn queries(&self, hits: usize) -> usize {
        if self.is_large() { (1 << 20) / hits.max(4) } else { (1 << 19) / hits.max(8) }
    }

    pub(crate) fn points(&self, count: usize) -> Vec<Query> {
        self.layout.points(&self.population, &self.sorted, count)
    }

    pub(crate) fn ranges(&self, count: usize, hits: u32) -> Option<Vec<Query>> {
        self.layout.ranges(&self.population, &self.sorted, &self.answers, count, hits)
    }

    /// Turns of queries. Where an index fits into the caches, it is to be found there, though
    /// the others were there in between; where it does not, memory is to be cold, and the warm-up
    /// is for code and the uppermost nodes.
    pub(crate) fn turns(&self, hits: u32, limit: Duration) -> Turns {
        let is_look = limit < Duration::from_millis(100);
        let stabs = if is_look || self.is_large() { 1 << 11 } else { 1 << 14 };
        let chunk = (stabs / (1 + hits as usize / 16)).max(4);
        let warm_up = if self.is_large() { chunk / 16 } else { chunk };
        Turns { chunk, warm_up, can_be_cut: true, limit }
    }

    /// The entry of this number among those that follow in time, each as far after the one before
    /// it as they were apart.
    pub(crate) fn later(&self, number: usize) -> Entry {
        let (lap, at) = (1 + number / self.sorted.len(), number % self.sorted.len());
        let shift = self.population.span * lap as u64;
        let Entry { start, last, value } = self.sorted[at];
        Entry { start: start + shift, last: last + shift, value }
    }
}

use std::time::Duration;

use crate::contender;
use crate::figures::{Figure, Table};
use crate::layout::Layout;
use crate::operation::Operation;
use crate::runner::Run;
use crate::workloads::{Answers, Entry, Found, Population, Query, ratio};

/// Queries of one kind; a turn takes as many as its time allows.
const QUERIES: usize = 1 << 16;

/// The same where a query finds half of all entries.
const LONG_QUERIES: usize = 1 << 8;

/// What is measured, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) rounds: u16,
    /// Time of one contender's turn in one operation.
    pub(crate) budget: Duration,
    pub(crate) operations: Vec<Operation>,
    pub(crate) contenders: Vec<&'static str>,
}

/// A population of one size, and the queries to put to it.
pub(crate) struct Stage {
    pub(crate) layout: Layout,
    pub(crate) n: u32,
    pub(crate) population: Population,
    pub(crate) sorted: Vec<Entry>,
    answers: Answers,
}

/// A query and what it must find.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) expected: Found,
}

impl Stage {
    pub(crate) fn new(layout: Layout, n: u32) -> Self {
        let population = layout.population(n);
        let sorted = population.sorted();
        let answers = Answers::new(&population.entries);
        let stage = Self { layout, n, population, sorted, answers };
        stage.check_answers();
        stage
    }

    /// Compares the counted answers with scans of all entries.
    fn check_answers(&self) {
        let scans = if self.n > 100_000 { 20 } else { 200 };
        let long = self.ranges(scans, 1000);
        for query in self.points(scans).into_iter().chain(long.into_iter().flatten()) {
            let mut found = Found::default();
            for entry in &self.sorted {
                if entry.start <= query.last && query.start <= entry.last {
                    found.add(entry.start, entry.value);
                }
            }
            assert_eq!(self.answers.of(query), found, "{query:?}");
        }
    }

    pub(crate) fn points(&self, count: usize) -> Vec<Query> {
        self.layout.points(&self.population, &self.sorted, count)
    }

    pub(crate) fn ranges(&self, count: usize, hits: u32) -> Option<Vec<Query>> {
        self.layout.ranges(&self.population, &self.sorted, &self.answers, count, hits)
    }

    /// The queries of an operation; `None` if it asks for fewer hits than a point has.
    fn queries(&self, operation: Operation) -> Option<Vec<Asked>> {
        let queries = match operation {
            Operation::Stab | Operation::StabAged | Operation::AnyStab => self.points(QUERIES),
            Operation::StabSorted => {
                let mut points = self.points(QUERIES);
                points.sort_unstable_by_key(|point| point.start);
                points
            }
            Operation::StabRight => {
                let reach = (self.population.span / 100).clamp(1, self.population.reach);
                Population { reach, ..self.population.clone() }.stabs(QUERIES)
            }
            Operation::AnyMiss => {
                let behind = self.population.span + 1;
                let points = (behind..).take(QUERIES);
                points.map(|at| Query { start: at, last: at }).collect()
            }
            Operation::Range(hits) | Operation::Count(hits) => self.ranges(QUERIES, hits)?,
            Operation::CountHalf => self.ranges(LONG_QUERIES, self.n / 2)?,
            _ => Vec::new(),
        };
        let ask = |query| Asked { query, expected: self.answers.of(query) };
        Some(queries.into_iter().map(ask).collect())
    }

    /// Lets the contenders take turns in every operation.
    pub(crate) fn run(&self, settings: &Settings, step: impl Fn()) -> Table {
        let names = settings.contenders.iter();
        let mut runners: Vec<_> = names.filter_map(|name| contender::set_up(name, self)).collect();
        let mut table = Table::new(self.layout, self.n);
        for operation in &settings.operations {
            if let Some(queries) = self.queries(*operation) {
                self.run_one(*operation, &queries, settings, &mut runners, &mut table);
            }
            step();
        }
        for runner in &runners {
            runner.check_all();
        }
        table
    }

    fn run_one(
        &self,
        operation: Operation,
        asked: &[Asked],
        settings: &Settings,
        runners: &mut [Box<dyn Run>],
        table: &mut Table,
    ) {
        let total = asked.iter().map(|one| one.expected.hits).sum();
        let hits = (!asked.is_empty()).then(|| ratio(total, asked.len()));
        let mut taking_part: Vec<_> = runners.iter_mut().filter(|r| r.offers(operation)).collect();
        if operation != Operation::StabAged {
            for runner in &taking_part {
                runner.check(operation, asked);
            }
        }
        let mut queries: Vec<_> = asked.iter().map(|one| one.query).collect();
        let mut rounds = vec![Vec::new(); taking_part.len()];
        for _ in 0..settings.rounds {
            for (runner, rounds) in taking_part.iter_mut().zip(&mut rounds) {
                rounds.push(runner.turn(operation, self, &queries, settings.budget));
            }
            // The next round asks in another order, or what there was no time for before.
            let part = queries.len() / usize::from(settings.rounds);
            queries.rotate_left(part);
        }
        for (runner, rounds) in taking_part.iter().zip(rounds) {
            table.add(Figure::new(operation, runner.name(), hits, rounds));
        }
    }
}

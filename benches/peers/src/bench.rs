use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::clock;
use crate::contender::{self, Contender};
use crate::heap;
use crate::operation::Operation;
use crate::report::{Figure, Table};
use crate::workloads::{Answers, Entry, Found, Population, Query, Rng, SEED, Workload, ratio};

/// Queries of one kind; a turn takes as many as its time allows.
const QUERIES: usize = 1 << 16;

/// Pairs of a removal and an insertion that are timed together.
const PAIRS: usize = 512;

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
    workload: Workload,
    n: u32,
    population: Population,
    sorted: Vec<Entry>,
    answers: Answers,
}

impl Stage {
    pub(crate) fn new(workload: Workload, n: u32) -> Self {
        let population = workload.population(n as usize);
        let sorted = population.sorted();
        let answers = Answers::new(&population.entries);
        let stage = Self { workload, n, population, sorted, answers };
        stage.check_answers();
        stage
    }

    /// Compares the counted answers with scans of all entries.
    fn check_answers(&self) {
        let scans = if self.n > 100_000 { 20 } else { 200 };
        let long = self.population.ranges(&self.answers, scans, 1000);
        for query in self.population.stabs(scans).into_iter().chain(long.into_iter().flatten()) {
            let mut found = Found::default();
            for entry in &self.sorted {
                if entry.start <= query.last && query.start <= entry.last {
                    found.add(entry.start, entry.value);
                }
            }
            assert_eq!(self.answers.of(query), found, "{query:?}");
        }
    }

    /// The queries of an operation; `None` if it asks for fewer hits than a point has.
    fn queries(&self, operation: Operation) -> Option<Vec<Query>> {
        match operation {
            Operation::Stab | Operation::AnyStab => Some(self.population.stabs(QUERIES)),
            Operation::Range(hits) => self.population.ranges(&self.answers, QUERIES, hits),
            _ => Some(Vec::new()),
        }
    }

    /// Lets the contenders take turns in every operation.
    pub(crate) fn run(&self, settings: &Settings, step: impl Fn()) -> Table {
        let names = settings.contenders.iter();
        let mut runners: Vec<_> = names.filter_map(|name| contender::set_up(name, self)).collect();
        let mut table = Table::new(self.workload, self.n);
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
        queries: &[Query],
        settings: &Settings,
        runners: &mut [Box<dyn Run>],
        table: &mut Table,
    ) {
        let hits = (!queries.is_empty()).then(|| self.answers.mean_hits(queries));
        let mut taking_part: Vec<_> = runners.iter_mut().filter(|r| r.offers(operation)).collect();
        for runner in &taking_part {
            runner.check(self, queries);
        }
        let mut rounds = vec![Vec::new(); taking_part.len()];
        for round in 0..settings.rounds {
            // Each round asks the queries in another order, or those it had no time for before.
            let mut queries = queries.to_vec();
            let first = queries.len() / usize::from(settings.rounds) * usize::from(round);
            queries.rotate_left(first);
            for (runner, rounds) in taking_part.iter_mut().zip(&mut rounds) {
                rounds.push(runner.turn(operation, self, &queries, settings.budget));
            }
        }
        for (runner, rounds) in taking_part.iter().zip(rounds) {
            table.add(Figure::new(operation, runner.name(), hits, rounds));
        }
    }
}

/// A contender that takes its turns.
pub(crate) trait Run {
    fn name(&self) -> &'static str;

    fn offers(&self, operation: Operation) -> bool;

    /// Panics unless the queries are answered as they should be.
    fn check(&self, stage: &Stage, queries: &[Query]);

    /// Panics unless the index holds what it should, as far as it can be asked.
    fn check_all(&self);

    /// The time (ns) or size (bytes) of one element.
    fn turn(
        &mut self,
        operation: Operation,
        stage: &Stage,
        queries: &[Query],
        budget: Duration,
    ) -> f64;
}

/// A contender, filled by insertions in random order.
pub(crate) struct Runner<C: Contender> {
    name: &'static str,
    index: C,
    live: Vec<(Entry, C::Handle)>,
    spare: Vec<Entry>,
    lasting: Option<usize>,
    has_equals: bool,
    rng: Rng,
    /// Bytes of an entry.
    memory: f64,
    heap: f64,
}

impl<C: Contender + 'static> Runner<C> {
    pub(crate) fn set_up(name: &'static str, stage: &Stage) -> Option<Box<dyn Run>> {
        let has_equals = stage.workload == Workload::Fork;
        if has_equals && !C::HOLDS_EQUALS {
            return None;
        }
        let Population { entries, spare, lasting, .. } = &stage.population;
        let mut live = Vec::with_capacity(entries.len());
        let before = heap::live();
        let mut index = if C::offers(Operation::Churn) {
            let mut index = C::new();
            live.extend(entries.iter().map(|entry| (*entry, index.insert(*entry))));
            index
        } else {
            C::from_random(entries)
        };
        index.shrink();
        let after = heap::live();
        let per_entry = |before: usize, after: usize| ratio((after - before) as u64, entries.len());
        Some(Box::new(Self {
            name,
            index,
            live,
            spare: spare.clone(),
            lasting: *lasting,
            has_equals,
            rng: Rng::new(SEED ^ 2),
            memory: per_entry(before.requested, after.requested),
            heap: per_entry(before.rounded, after.rounded),
        }))
    }

    /// Replaces random entries until the budget is spent; the choice, and the bookkeeping of who
    /// lives, stay outside of the time.
    fn churn(&mut self, budget: Duration) -> f64 {
        let start = Instant::now();
        let (mut spent, mut pairs) = (Duration::ZERO, 0);
        let mut made = Vec::with_capacity(PAIRS);
        while pairs == 0 || start.elapsed() < budget {
            let victims = self.victims();
            let removed: Vec<_> = victims.iter().map(|at| self.live[*at]).collect();
            let inserted = self.take_spare(victims.len());
            made.clear();
            let pass = ThreadTime::now();
            for ((entry, handle), new) in removed.iter().zip(&inserted) {
                let was_there = if self.has_equals {
                    self.index.remove_among_equals(*entry, *handle)
                } else {
                    self.index.remove(*entry, *handle)
                };
                assert!(was_there, "{} lost {entry:?}", self.name);
                made.push(self.index.insert(*new));
            }
            spent += pass.elapsed();
            pairs += victims.len() as u64;
            for ((at, entry), handle) in victims.into_iter().zip(inserted).zip(&made) {
                self.live[at] = (entry, *handle);
            }
            self.spare.extend(removed.into_iter().map(|(entry, _)| entry));
        }
        clock::nanos(spent) / ratio(pairs, 1)
    }

    /// Takes random entries.
    fn take_spare(&mut self, count: usize) -> Vec<Entry> {
        let kept = self.spare.len() - count;
        for end in (kept..self.spare.len()).rev() {
            let at = self.rng.index(end + 1);
            self.spare.swap(at, end);
        }
        self.spare.split_off(kept)
    }

    /// Different places in `live`.
    fn victims(&mut self) -> Vec<usize> {
        let wanted = PAIRS.min(self.spare.len()).min(self.live.len() / 2);
        let mut victims = Vec::with_capacity(wanted);
        while victims.len() < wanted {
            let at = self.rng.index(self.live.len());
            if Some(at) != self.lasting && !victims.contains(&at) {
                victims.push(at);
            }
        }
        victims
    }
}

impl<C: Contender + 'static> Run for Runner<C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn offers(&self, operation: Operation) -> bool {
        C::offers(operation)
    }

    fn check(&self, stage: &Stage, queries: &[Query]) {
        // Some contenders take a very long time.
        let start = Instant::now();
        for query in queries {
            let expected = stage.answers.of(*query);
            let found = self.index.overlapping(*query);
            assert_eq!(found, expected, "{} answers {query:?} wrong", self.name);
            if query.start == query.last {
                let at = query.start;
                assert_eq!(self.index.stab(at), expected, "{} stabs {at} wrong", self.name);
                let any = self.index.any_stab(at);
                assert_eq!(any, expected.hits > 0, "{} answers any at {at} wrong", self.name);
            }
            if start.elapsed() > Duration::from_millis(500) {
                break;
            }
        }
    }

    fn check_all(&self) {
        if C::offers(Operation::Iter) && C::offers(Operation::Churn) {
            let mut expected = Found::default();
            self.live.iter().for_each(|(entry, _)| expected.add(entry.start, entry.value));
            assert_eq!(self.index.in_order(), expected, "{} holds other entries", self.name);
        }
    }

    fn turn(
        &mut self,
        operation: Operation,
        stage: &Stage,
        queries: &[Query],
        budget: Duration,
    ) -> f64 {
        let (index, n) = (&self.index, stage.n as usize);
        match operation {
            Operation::Stab => clock::each(budget, queries, |query| {
                black_box(index.stab(query.start));
            }),
            Operation::AnyStab => clock::each(budget, queries, |query| {
                black_box(index.any_stab(query.start));
            }),
            Operation::Range(_) => clock::each(budget, queries, |query| {
                black_box(index.overlapping(query));
            }),
            Operation::Insert => {
                clock::passes(budget, n, || C::from_random(&stage.population.entries))
            }
            Operation::BuildSorted => clock::passes(budget, n, || C::from_sorted(&stage.sorted)),
            Operation::Iter => clock::passes(budget, n, || index.in_order()),
            Operation::Clone => clock::passes(budget, n, || index.copy()),
            Operation::Memory => self.memory,
            Operation::Heap => self.heap,
            Operation::Churn => self.churn(budget),
        }
    }
}

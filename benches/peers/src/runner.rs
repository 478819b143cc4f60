use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::bench::{Asked, Stage};
use crate::clock;
use crate::contender::Contender;
use crate::heap;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Population, Query, Rng, SEED, ratio};

/// Pairs of a removal and an insertion that are timed together.
const PAIRS: usize = 512;

/// Time that the answers of one contender to one kind of query are checked for: some searches take
/// very long.
const CHECKING: Duration = Duration::from_millis(300);

/// Time after which an index counts as aged, however few of its entries were replaced.
const AGEING: Duration = Duration::from_secs(2);

/// A contender that takes its turns.
pub(crate) trait Run {
    fn name(&self) -> &'static str;

    fn offers(&self, operation: Operation) -> bool;

    /// Panics unless the queries are answered as they should be.
    fn check(&self, operation: Operation, asked: &[Asked]);

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
    is_aged: bool,
    rng: Rng,
    /// Bytes of an entry.
    memory: f64,
    heap: f64,
}

impl<C: Contender + 'static> Runner<C> {
    /// Fills a contender, if it can hold the entries.
    pub(crate) fn set_up(name: &'static str, stage: &Stage) -> Option<Box<dyn Run>> {
        let has_equals = stage.layout.has_equals();
        if has_equals && !C::HOLDS_EQUALS
            || stage.layout.has_wide_ends() && !C::WIDE_ENDS
            || stage.n > C::MOST
        {
            return None;
        }
        let Population { entries, spare, lasting, .. } = &stage.population;
        let mut live = Vec::with_capacity(entries.len());
        let before = heap::live();
        let mut index = if C::IS_STATIC {
            C::from_random(entries)
        } else {
            let mut index = C::new();
            live.extend(entries.iter().map(|entry| (*entry, index.insert(*entry))));
            index
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
            is_aged: false,
            rng: Rng::new(SEED ^ 2),
            memory: per_entry(before.requested, after.requested),
            heap: per_entry(before.rounded, after.rounded),
        }))
    }

    /// Replaces random entries until the budget is spent, and tells the time of one replacement.
    fn churn(&mut self, budget: Duration) -> f64 {
        let start = Instant::now();
        let (mut spent, mut pairs) = (Duration::ZERO, 0);
        while pairs == 0 || start.elapsed() < budget {
            let (time, more) = self.replace_some();
            spent += time;
            pairs += more;
        }
        clock::nanos(spent) / ratio(pairs, 1)
    }

    /// Replaces as many entries as there are.
    fn age(&mut self) {
        let start = Instant::now();
        let mut pairs = 0;
        while pairs < self.live.len() as u64 && start.elapsed() < AGEING {
            pairs += self.replace_some().1;
        }
        self.is_aged = true;
    }

    /// Replaces some random entries; the choice, and the bookkeeping of who lives, stay outside of
    /// the time.
    fn replace_some(&mut self) -> (Duration, u64) {
        let victims = self.victims();
        let removed: Vec<_> = victims.iter().map(|at| self.live[*at]).collect();
        let inserted = self.take_spare(victims.len());
        let mut made = Vec::with_capacity(victims.len());
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
        let spent = pass.elapsed();
        let pairs = victims.len() as u64;
        for ((at, entry), handle) in victims.into_iter().zip(inserted).zip(made) {
            self.live[at] = (entry, handle);
        }
        self.spare.extend(removed.into_iter().map(|(entry, _)| entry));
        (spent, pairs)
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
        C::offers(operation) && !(C::IS_STATIC && operation.is_change())
    }

    fn check(&self, operation: Operation, asked: &[Asked]) {
        let (mut search, mut stab) = (self.index.searcher(), self.index.point_searcher());
        let mut stab_sorted = self.index.sorted_searcher();
        let start = Instant::now();
        for Asked { query, expected } in asked {
            let name = self.name;
            if operation.is_count() {
                let count = self.index.count(*query) as u64;
                assert_eq!(count, expected.hits, "{name} counts {query:?} wrong");
            } else {
                assert_eq!(search(*query), *expected, "{name} answers {query:?} wrong");
            }
            if query.start == query.last {
                assert_eq!(stab(*query), *expected, "{name} stabs {query:?} wrong");
            }
            if operation == Operation::StabSorted {
                assert_eq!(stab_sorted(*query), *expected, "{name} stabs {query:?} wrong");
            }
            if matches!(operation, Operation::AnyStab | Operation::AnyMiss) {
                let any = self.index.any_stab(query.start);
                assert_eq!(any, expected.hits > 0, "{name} answers any at {query:?} wrong");
            }
            if start.elapsed() > CHECKING {
                break;
            }
        }
    }

    fn check_all(&self) {
        if C::offers(Operation::Iter) && !C::IS_STATIC {
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
        if operation == Operation::StabAged && !self.is_aged {
            self.age();
        }
        let (index, n) = (&self.index, stage.n as usize);
        match operation {
            Operation::Stab | Operation::StabRight | Operation::StabAged => {
                clock::each(budget, queries, index.point_searcher())
            }
            Operation::StabSorted => clock::each(budget, queries, index.sorted_searcher()),
            Operation::AnyStab | Operation::AnyMiss => {
                clock::each(budget, queries, |query| index.any_stab(query.start))
            }
            Operation::Range(_) => clock::each(budget, queries, index.searcher()),
            Operation::Count(_) | Operation::CountHalf => {
                clock::each(budget, queries, |query| index.count(query))
            }
            Operation::Insert => {
                clock::passes(budget, n, || C::from_random(&stage.population.entries))
            }
            Operation::InsertSorted => clock::passes(budget, n, || C::from_random(&stage.sorted)),
            Operation::BuildSorted => clock::passes(budget, n, || C::from_sorted(&stage.sorted)),
            Operation::Iter => clock::passes(budget, n, || index.in_order()),
            Operation::Clone => clock::passes(budget, n, || index.copy()),
            Operation::Drop => clock::drops(budget, n, || C::from_sorted(&stage.sorted)),
            Operation::Memory => self.memory,
            Operation::Heap => self.heap,
            Operation::Churn => self.churn(budget),
        }
    }
}

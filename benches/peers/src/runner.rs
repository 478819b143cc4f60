use std::collections::VecDeque;
use std::hint::black_box;

use cpu_time::ThreadTime;

use crate::contender::Contender;
use crate::heap;
use crate::operation::{Loop, Operation};
use crate::stage::Stage;
use crate::workloads::{Entry, Found, Population, Query, Rng, SEED, ratio};

/// Changes that are timed together.
const CHANGES: usize = 1_024;

/// A contender that takes its turns.
pub(crate) trait Run {
    fn name(&self) -> &'static str;

    fn offers(&self, operation: Operation) -> bool;

    /// Answers queries.
    fn ask(&mut self, operation: Operation, queries: &[Query]) -> Found;

    /// The time (ns) of one element of a whole pass, or a size (bytes).
    fn pass(&mut self, operation: Operation, stage: &Stage) -> f64;

    /// Panics unless the index holds what it should, as far as it can be asked.
    fn check(&self);
}

/// A contender, filled by insertions in random order.
pub(crate) struct Runner<C: Contender> {
    name: &'static str,
    filled: Filled<C>,
    lasting: Option<usize>,
    has_equals: bool,
    is_aged: bool,
    window: Option<Window<C>>,
    values: Vec<u32>,
    memory: Memory,
}

/// An index and what it holds.
struct Filled<C: Contender> {
    index: C,
    live: Vec<(Entry, C::Handle)>,
    /// What can go in.
    spare: Vec<Entry>,
    rng: Rng,
}

/// An index that holds the entries of the last while, the oldest first.
struct Window<C: Contender> {
    index: C,
    live: VecDeque<(Entry, C::Handle)>,
    /// The number of the entry that goes in next.
    next: usize,
}

/// Bytes of an entry.
struct Memory {
    requested: f64,
    peak: f64,
    heap: f64,
    trimmed: f64,
    emptied: f64,
}

impl<C: Contender> Filled<C> {
    fn new(population: &Population) -> Self {
        let Population { entries, spare, .. } = population;
        let mut live = Vec::with_capacity(entries.len());
        // What is removed comes back here.
        let mut spares = Vec::with_capacity(entries.len() + spare.len());
        spares.extend(spare);
        let index = if C::IS_STATIC {
            C::from_random(entries)
        } else {
            let mut index = C::new();
            live.extend(entries.iter().map(|entry| (*entry, index.insert(*entry))));
            index
        };
        Self { index, live, spare: spares, rng: Rng::new(SEED ^ 2) }
    }

    /// Removes random entries and inserts others, so many removals for each insertion; the choice
    /// and the bookkeeping stay outside of the time. The result is the time (ns) and the number of
    /// changes.
    fn change(&mut self, removals: usize, kept: Option<usize>, has_equals: bool) -> (f64, usize) {
        let groups = (CHANGES / removals).min(self.spare.len()).min(self.live.len() / 2 / removals);
        let victims = self.victims(groups * removals, kept);
        let leaving: Vec<_> = victims.iter().map(|at| self.live[*at]).collect();
        let coming = self.take_spare(groups);
        let mut made = Vec::with_capacity(groups);
        let start = ThreadTime::now();
        for (group, new) in leaving.chunks(removals).zip(&coming) {
            for (entry, handle) in group {
                let was_there = if has_equals {
                    self.index.remove_among_equals(*entry, *handle)
                } else {
                    self.index.remove(*entry, *handle)
                };
                assert!(was_there, "{entry:?} was lost");
            }
            made.push(self.index.insert(*new));
        }
        let time = nanos(start);
        let mut new = coming.into_iter().zip(made);
        // From the highest place down, so that those to be looked at stay where they are.
        let mut places = victims;
        places.sort_unstable_by(|a, b| b.cmp(a));
        for at in places {
            match new.next() {
                Some(new) => self.live[at] = new,
                None => _ = self.live.swap_remove(at),
            }
        }
        self.spare.extend(leaving.into_iter().map(|(entry, _)| entry));
        (time, groups * (removals + 1))
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
    fn victims(&mut self, count: usize, kept: Option<usize>) -> Vec<usize> {
        let mut is_chosen = vec![false; self.live.len()];
        let mut victims = Vec::with_capacity(count);
        while victims.len() < count {
            let at = self.rng.index(self.live.len());
            if Some(at) != kept && !is_chosen[at] {
                is_chosen[at] = true;
                victims.push(at);
            }
        }
        victims
    }
}

impl<C: Contender + 'static> Runner<C> {
    /// Fills a contender, if it can hold the entries.
    pub(crate) fn set_up(name: &'static str, stage: &Stage) -> Option<Box<dyn Run>> {
        let layout = stage.layout;
        if layout.has_equals() && !C::HOLDS_EQUALS
            || layout.has_overlaps() && !C::HOLDS_OVERLAPS
            || layout.has_wide_ends() && C::END_BITS < 64
            || stage.n > C::MOST
        {
            return None;
        }
        let bytes = |bytes: usize| ratio(bytes as u64, stage.population.entries.len());
        let bookkeeping = bookkeeping::<C>(&stage.population);
        let before = heap::live();
        heap::forget_peak();
        let filled = Filled::<C>::new(&stage.population);
        let (full, peak) = (heap::live(), heap::peak());
        let requested = full.requested - before.requested - bookkeeping;
        let (peak, heap) = (peak - before.requested - bookkeeping, full.rounded - before.rounded);
        // The index stays as it is; a copy is trimmed, where it can be had.
        let trimmed = if C::offers(Operation::Clone) {
            let before = heap::live().requested;
            let mut copy = filled.index.copy();
            copy.shrink();
            heap::live().requested - before
        } else {
            requested
        };
        let memory = Memory {
            requested: bytes(requested),
            peak: bytes(peak),
            heap: bytes(heap - bookkeeping),
            trimmed: bytes(trimmed),
            emptied: f64::NAN,
        };
        Some(Box::new(Self {
            name,
            filled,
            lasting: stage.population.lasting,
            has_equals: layout.has_equals(),
            is_aged: false,
            window: None,
            values: Vec::new(),
            memory,
        }))
    }

    /// Removes most of what a new index holds.
    fn empty(&mut self, population: &Population) -> f64 {
        let bookkeeping = bookkeeping::<C>(population);
        let before = heap::live().requested;
        let mut filled = Filled::<C>::new(population);
        let (mut time, mut changes) = (0.0, 0);
        while filled.live.len() > population.entries.len() / 10 {
            // The lasting entry is one of many here.
            let (more, count) = filled.change(3, None, self.has_equals);
            time += more;
            changes += count;
        }
        let left = heap::live().requested - before - bookkeeping;
        self.memory.emptied = ratio(left as u64, filled.live.len());
        time / ratio(changes as u64, 1)
    }

    /// Lets a window of all entries move to the right.
    fn expire(&mut self, stage: &Stage) -> f64 {
        let Window { index, live, next } = self.window.get_or_insert_with(|| {
            let mut index = C::new();
            let live = stage.sorted.iter().map(|entry| (*entry, index.insert(*entry))).collect();
            Window { index, live, next: 0 }
        });
        let coming: Vec<_> = (*next..*next + CHANGES).map(|number| stage.later(number)).collect();
        *next += CHANGES;
        let leaving: Vec<_> = live.drain(..CHANGES.min(live.len())).collect();
        let mut made = Vec::with_capacity(CHANGES);
        let start = ThreadTime::now();
        for (new, (old, handle)) in coming.iter().zip(&leaving) {
            made.push(index.insert(*new));
            assert!(index.remove(*old, *handle), "{old:?} was lost");
        }
        let time = nanos(start);
        let pairs = made.len();
        live.extend(coming.into_iter().zip(made));
        time / ratio(pairs as u64, 1)
    }

    fn age(&mut self) {
        let mut changes = 0;
        while changes < 2 * self.filled.live.len() {
            changes += self.filled.change(1, self.lasting, self.has_equals).1;
        }
        self.is_aged = true;
    }
}

/// Bytes that the bookkeeping of a filled index takes: they are no part of the index.
fn bookkeeping<C: Contender>(population: &Population) -> usize {
    let (n, spare) = (population.entries.len(), population.spare.len());
    n * size_of::<(Entry, C::Handle)>() + (n + spare) * size_of::<Entry>()
}

impl<C: Contender + 'static> Run for Runner<C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn offers(&self, operation: Operation) -> bool {
        C::offers(operation) && !(C::IS_STATIC && operation.is_change())
    }

    fn ask(&mut self, operation: Operation, queries: &[Query]) -> Found {
        let index = &self.filled.index;
        let counted = |hits| Found { hits, sum: 0 };
        match operation {
            Operation::Stab(Loop::Fold) => fold_stabs(index, queries),
            Operation::Range(_, Loop::Fold) => fold_ranges(index, queries),
            Operation::StabCursor => stab_ascending(index, queries),
            Operation::Range(_, Loop::For) => read_ranges(index, queries),
            Operation::Range(_, Loop::Collect) => counted(collect(index, queries)),
            Operation::Range(_, Loop::Extend) => counted(extend(index, queries, &mut self.values)),
            Operation::AnyStab | Operation::AnyMiss => {
                let any = queries.iter().filter(|query| index.any_stab(query.start));
                counted(any.count() as u64)
            }
            Operation::Count(_) => {
                counted(queries.iter().map(|query| index.count(*query) as u64).sum())
            }
            _ => read_stabs(index, queries),
        }
    }

    fn pass(&mut self, operation: Operation, stage: &Stage) -> f64 {
        let n = stage.population.entries.len();
        let of_entry = |time: f64| time / ratio(n as u64, 1);
        let index = &self.filled.index;
        match operation {
            Operation::Insert => of_entry(timed(|| C::from_random(&stage.population.entries))),
            Operation::InsertSorted => of_entry(timed(|| C::from_random(&stage.sorted))),
            Operation::BuildSorted => of_entry(timed(|| C::from_sorted(&stage.sorted))),
            Operation::Iter(reading) => {
                let walk = if reading == Loop::Fold { fold_all } else { all };
                if !stage.is_large() {
                    // Others were in the caches.
                    black_box(walk(index));
                }
                of_entry(timed(|| walk(index)))
            }
            Operation::Clone => of_entry(timed(|| index.copy())),
            Operation::Drop => {
                let built = black_box(C::from_sorted(&stage.sorted));
                of_entry(timed(|| drop(built)))
            }
            Operation::Memory => self.memory.requested,
            Operation::MemoryPeak => self.memory.peak,
            Operation::MemoryHeap => self.memory.heap,
            Operation::MemoryTrimmed => self.memory.trimmed,
            Operation::MemoryEmptied => self.memory.emptied,
            Operation::Churn => {
                let (time, changes) = self.filled.change(1, self.lasting, self.has_equals);
                2.0 * time / ratio(changes as u64, 1)
            }
            Operation::Emptying => self.empty(&stage.population),
            Operation::Expire => self.expire(stage),
            Operation::StabAged => {
                if !self.is_aged {
                    self.age();
                }
                0.0
            }
            _ => unreachable!("{operation:?} is asked, and no pass"),
        }
    }

    fn check(&self) {
        let mut expected = Found::default();
        for (Entry { start, last, value }, _) in &self.filled.live {
            expected.add(*start, *last, *value);
        }
        if C::offers(Operation::Iter(Loop::For)) && !C::IS_STATIC {
            assert_eq!(all(&self.filled.index), expected, "{} holds other entries", self.name);
        }
    }
}

fn read_stabs<C: Contender>(index: &C, queries: &[Query]) -> Found {
    let mut found = Found::default();
    for query in queries {
        for (start, last, value) in index.stab(query.start) {
            found.add(start, last, value);
        }
    }
    found
}

fn read_ranges<C: Contender>(index: &C, queries: &[Query]) -> Found {
    let mut found = Found::default();
    for query in queries {
        for (start, last, value) in index.overlapping(*query) {
            found.add(start, last, value);
        }
    }
    found
}

fn fold_stabs<C: Contender>(index: &C, queries: &[Query]) -> Found {
    let mut found = Found::default();
    for query in queries {
        index.fold_stab(query.start, &mut found);
    }
    found
}

fn fold_ranges<C: Contender>(index: &C, queries: &[Query]) -> Found {
    let mut found = Found::default();
    for query in queries {
        index.fold(*query, &mut found);
    }
    found
}

fn stab_ascending<C: Contender>(index: &C, queries: &[Query]) -> Found {
    let mut found = Found::default();
    index.stab_ascending(queries, &mut found);
    found
}

fn collect<C: Contender>(index: &C, queries: &[Query]) -> u64 {
    let mut hits = 0;
    for query in queries {
        let values: Vec<u32> = index.overlapping(*query).map(|(.., value)| value).collect();
        hits += black_box(values).len() as u64;
    }
    hits
}

fn extend<C: Contender>(index: &C, queries: &[Query], values: &mut Vec<u32>) -> u64 {
    let mut hits = 0;
    for query in queries {
        values.clear();
        index.extend(*query, values);
        hits += black_box(&*values).len() as u64;
    }
    hits
}

fn fold_all<C: Contender>(index: &C) -> Found {
    let mut found = Found::default();
    index.fold_iter(&mut found);
    found
}

/// Reads all entries in a `for` loop.
fn all<C: Contender>(index: &C) -> Found {
    let mut found = Found::default();
    for (start, last, value) in index.iter() {
        found.add(start, last, value);
    }
    found
}

/// Time (ns) of what is done; what it makes is dropped outside of it.
fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = ThreadTime::now();
    let made = black_box(work());
    let time = nanos(start);
    drop(made);
    time
}

fn nanos(start: ThreadTime) -> f64 {
    start.elapsed().as_secs_f64() * 1e9
}

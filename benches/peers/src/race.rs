//! Contenders that take turns so short that what disturbs the machine hits all of them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::clock::nanos;
use crate::workloads::ratio;

/// A race goes on until the times of all have improved by less than this in `SETTLED` passes.
const IMPROVEMENT: f64 = 0.005;
const SETTLED: usize = 4;

/// What was read of the hits, whatever their order: every end and every value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) hits: u64,
    sum: u64,
}

impl Read {
    /// Hits that were counted, and not read.
    pub(crate) fn of_hits(hits: u64) -> Self {
        Self { hits, sum: 0 }
    }

    #[inline]
    pub(crate) fn add(&mut self, (start, last, value): (u64, u64, u32)) {
        self.hits += 1;
        self.sum = self.sum.wrapping_add(start ^ last.rotate_left(32)).wrapping_add(value.into());
    }
}

/// One that takes turns in a race over `items`.
pub(crate) trait Racer<I> {
    /// Gets ready for the chunk of this number, outside of the time.
    fn prepare(&mut self, _number: usize, _items: &[I]) {}

    /// What is timed.
    fn go(&mut self, items: &[I]) -> Read;
}

impl<I, F: FnMut(&[I]) -> Read> Racer<I> for F {
    fn go(&mut self, items: &[I]) -> Read {
        self(items)
    }
}

/// A racer with its name.
pub(crate) type Named<'a, I> = (&'static str, Box<dyn Racer<I> + 'a>);

/// How the turns are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    /// Items of a turn.
    pub(crate) chunk: usize,
    /// Items before them that are not timed: they bring back what the turns of others displaced.
    pub(crate) warm_up: usize,
    /// Time after which no further pass begins.
    pub(crate) limit: Duration,
}

/// Lets the racers go through all items, chunk by chunk in turn, again and again until their times
/// settle. The result is each one's CPU time of an item (ns): the least of every chunk, summed up.
///
/// # Panics
///
/// If two racers read something else.
pub(crate) fn race<I>(items: &[I], turns: Turns, racers: &mut [Named<'_, I>]) -> Vec<f64> {
    let chunks = items.len().div_ceil(turns.chunk);
    let mut least = vec![vec![f64::INFINITY; chunks]; racers.len()];
    let mut totals: Vec<Vec<f64>> = Vec::new();
    let start = Instant::now();
    loop {
        for (number, chunk) in items.chunks(turns.chunk).enumerate() {
            let before = (if number == 0 { chunks } else { number } - 1) * turns.chunk;
            let before = &items[before..items.len().min(before + turns.chunk)];
            let warm_up = &before[before.len().saturating_sub(turns.warm_up)..];
            let mut read = None;
            for turn in 0..racers.len() {
                // Whoever goes first finds the items themselves cold.
                let at = (turn + totals.len()) % racers.len();
                let (name, racer) = &mut racers[at];
                racer.prepare(number, chunk);
                if !warm_up.is_empty() {
                    black_box(racer.go(warm_up));
                }
                let time = ThreadTime::now();
                let found = black_box(racer.go(chunk));
                let time = nanos(time.elapsed());
                let expected = *read.get_or_insert(found);
                assert_eq!(found, expected, "{name} reads something else than another one");
                least[at][number] = least[at][number].min(time);
            }
        }
        totals.push(least.iter().map(|chunks| chunks.iter().sum()).collect());
        if start.elapsed() > turns.limit || has_settled(&totals) {
            let total = totals.pop().expect("there was a pass");
            return total.into_iter().map(|time| time / ratio(items.len() as u64, 1)).collect();
        }
    }
}

fn has_settled(totals: &[Vec<f64>]) -> bool {
    let Some(before) = totals.len().checked_sub(SETTLED + 1) else { return false };
    let (before, now) = (&totals[before], &totals[totals.len() - 1]);
    before.iter().zip(now).all(|(before, now)| now / before > 1.0 - IMPROVEMENT)
}

//! Contenders that take turns so short that what disturbs the machine hits all of them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::workloads::{Found, ratio};

/// A race goes on until the times of all have improved by less than this in `SETTLED` passes.
const IMPROVEMENT: f64 = 0.005;
const SETTLED: usize = 4;

/// Passes that there are at least, whatever the limit.
const PASSES: u32 = 2;

/// A turn takes no longer than this (ns), if it can be cut.
const LONGEST_TURN: f64 = 3e6;

/// One that takes turns in a race over `items`.
pub(crate) trait Racer<I> {
    /// Gets ready for the chunk of this number, outside of the time.
    fn prepare(&mut self, _number: usize, _items: &[I]) {}

    /// What is timed.
    fn go(&mut self, items: &[I]) -> Found;
}

impl<I, F: FnMut(&[I]) -> Found> Racer<I> for F {
    fn go(&mut self, items: &[I]) -> Found {
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
    /// Whether a slow racer may do a part of each chunk, and all of them a part of the chunks.
    pub(crate) can_be_cut: bool,
    /// Time after which no further pass begins.
    pub(crate) limit: Duration,
}

/// CPU time of an item (ns).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    /// The least of every chunk, summed up.
    pub(crate) least: f64,
    /// That of the median pass.
    pub(crate) median: f64,
    pub(crate) passes: usize,
}

/// Lets the racers go through all items, chunk by chunk in turn, again and again until their times
/// settle, and compares what they find with the truth (`expected` of each item), or with each other.
///
/// # Panics
///
/// If one finds something else.
pub(crate) fn race<I>(
    items: &[I],
    expected: Option<&dyn Fn(&I) -> Found>,
    turns: Turns,
    racers: &mut [Named<'_, I>],
) -> Vec<Time> {
    let parts: Vec<_> =
        racers.iter_mut().map(|(_, racer)| part(items, turns, &mut **racer)).collect();
    let mut chunks: Vec<_> = items.chunks(turns.chunk).collect();
    let mut least = vec![vec![f64::INFINITY; chunks.len()]; racers.len()];
    let mut passes = vec![Vec::new(); racers.len()];
    let mut totals: Vec<Vec<f64>> = Vec::new();
    let start = Instant::now();
    while totals.len() < PASSES as usize || start.elapsed() < turns.limit {
        let mut sums = vec![0.0; racers.len()];
        let mut number = 0;
        while number < chunks.len() {
            let warm_up = chunks[if number == 0 { chunks.len() } else { number } - 1];
            let mut common = None;
            for turn in 0..racers.len() {
                // Whoever goes first finds the items themselves cold.
                let at = (turn + totals.len()) % racers.len();
                let (name, racer) = &mut racers[at];
                let chunk = &chunks[number][..parts[at].min(chunks[number].len())];
                racer.prepare(number, chunk);
                let warm_up = &warm_up[..turns.warm_up.min(warm_up.len()).min(parts[at])];
                if !warm_up.is_empty() {
                    black_box(racer.go(warm_up));
                }
                let time = ThreadTime::now();
                let found = black_box(racer.go(chunk));
                let time = time.elapsed().as_secs_f64() * 1e9;
                sums[at] += time;
                least[at][number] = least[at][number].min(time);
                if totals.is_empty() {
                    let expected = match expected {
                        Some(of) => together(chunk.iter().map(of)),
                        // A slow one does less, which nobody can be compared with.
                        None if chunk.len() < chunks[number].len() => found,
                        None => *common.get_or_insert(found),
                    };
                    assert_eq!(found, expected, "{name} finds something else");
                }
            }
            number += 1;
            // There must be time for some passes.
            let is_late = start.elapsed() > turns.limit / (2 * PASSES);
            if totals.is_empty() && turns.can_be_cut && is_late {
                chunks.truncate(number);
            }
        }
        for (passes, sum) in passes.iter_mut().zip(sums) {
            passes.push(sum);
        }
        totals.push(least.iter().map(|chunks| chunks.iter().take(number).sum()).collect());
        if has_settled(&totals) {
            break;
        }
    }
    let total = totals.pop().expect("there was a pass");
    let times = total.into_iter().zip(passes).zip(parts).map(|((least, mut passes), part)| {
        let done: usize = chunks.iter().map(|chunk| part.min(chunk.len())).sum();
        passes.sort_by(f64::total_cmp);
        let of_item = |time: f64| time / ratio(done as u64, 1);
        let median = of_item(passes[passes.len() / 2]);
        Time { least: of_item(least), median, passes: passes.len() }
    });
    times.collect()
}

fn together(all: impl Iterator<Item = Found>) -> Found {
    all.fold(Found::default(), |sum, found| Found {
        hits: sum.hits + found.hits,
        sum: sum.sum.wrapping_add(found.sum),
    })
}

/// How many items of each chunk the racer does.
fn part<I>(items: &[I], turns: Turns, racer: &mut (dyn Racer<I> + '_)) -> usize {
    if !turns.can_be_cut {
        return turns.chunk;
    }
    let some = &items[..items.len().min(4)];
    racer.go(some);
    let time = ThreadTime::now();
    racer.go(some);
    let time = time.elapsed().as_secs_f64() * 1e9 / ratio(some.len() as u64, 1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
    let fitting = (LONGEST_TURN / time) as usize;
    fitting.clamp(4, turns.chunk)
}

fn has_settled(totals: &[Vec<f64>]) -> bool {
    let Some(before) = totals.len().checked_sub(SETTLED + 1) else { return false };
    let (before, now) = (&totals[before], &totals[totals.len() - 1]);
    before.iter().zip(now).all(|(before, now)| now / before > 1.0 - IMPROVEMENT)
}

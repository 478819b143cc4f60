//! Readers and a writer at work.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::contenders::{Contender, STEP};
use crate::cpu_time::cpu_time;
use crate::heap;
use crate::histogram::Histogram;

/// What a run is like.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) n: u64,
    pub(crate) readers: u32,
    /// Writes a second, 0 for full speed.
    pub(crate) rate: u32,
    pub(crate) length: Duration,
}

/// What a contender did, first without a writer and then beside one.
pub(crate) struct Figures {
    pub(crate) alone: Reads,
    pub(crate) beside: Reads,
    pub(crate) writes_per_second: f64,
    pub(crate) writes: Histogram,
    /// Of what publishes its changes apart.
    pub(crate) publications: Histogram,
    /// Bytes requested and not given back: before the writer began, and the most beside it.
    pub(crate) at_rest: usize,
    pub(crate) at_peak: usize,
}

pub(crate) struct Reads {
    /// Of each reader.
    pub(crate) per_second: Vec<f64>,
    /// The same by the readers' own clocks, which stand still while a thread waits or others have the
    /// processor.
    pub(crate) per_second_of_cpu: Vec<f64>,
    pub(crate) times: Histogram,
}

impl Reads {
    pub(crate) fn total(&self) -> f64 {
        self.per_second.iter().sum()
    }

    pub(crate) fn total_of_cpu(&self) -> f64 {
        self.per_second_of_cpu.iter().sum()
    }

    pub(crate) fn slowest(&self) -> f64 {
        self.per_second.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// Random numbers, the same for each seed.
pub(crate) fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 11
}

struct ReaderFigures {
    per_second: f64,
    per_second_of_cpu: f64,
    times: Histogram,
}

fn read_all<C: Contender>(
    mut reader: C::Reader,
    seed: u64,
    n: u64,
    (start, is_done): (&Barrier, &AtomicBool),
) -> ReaderFigures {
    let (mut state, mut reads, mut times) = (seed, 0_u32, Histogram::new());
    start.wait();
    let (began, cpu_began) = (Instant::now(), cpu_time());
    while !is_done.load(Relaxed) {
        for i in 0..256 {
            let at = random(&mut state) % (n * STEP);
            if i % 16 == 0 {
                let began = Instant::now();
                black_box(C::read(&mut reader, at));
                times.add(began.elapsed());
            } else {
                black_box(C::read(&mut reader, at));
            }
        }
        reads = reads.saturating_add(256);
    }
    let (elapsed, cpu) = (began.elapsed(), cpu_time().saturating_sub(cpu_began));
    ReaderFigures {
        per_second: f64::from(reads) / elapsed.as_secs_f64(),
        per_second_of_cpu: f64::from(reads) / cpu.as_secs_f64(),
        times,
    }
}

/// Lets readers read while `write` runs in this thread.
fn beside<C: Contender>(contender: &mut C, setting: Setting, write: impl FnOnce(&mut C)) -> Reads {
    let is_done = AtomicBool::new(false);
    let start = Barrier::new(setting.readers as usize + 1);
    thread::scope(|scope| {
        let (is_done, start) = (&is_done, &start);
        let readers: Vec<_> = (1..=setting.readers)
            .map(|seed| {
                let reader = contender.reader();
                let seed = u64::from(seed) * 0x9E37_79B9_7F4A_7C15;
                scope.spawn(move || read_all::<C>(reader, seed, setting.n, (start, is_done)))
            })
            .collect();
        start.wait();
        heap::forget_peak();
        write(contender);
        is_done.store(true, Relaxed);
        let mut reads =
            Reads { per_second: vec![], per_second_of_cpu: vec![], times: Histogram::new() };
        for reader in readers {
            let reader = reader.join().expect("readers do not panic");
            reads.per_second.push(reader.per_second);
            reads.per_second_of_cpu.push(reader.per_second_of_cpu);
            reads.times.merge(&reader.times);
        }
        reads
    })
}

/// Measures a contender without a writer and beside one.
pub(crate) fn measure<C: Contender>(setting: Setting) -> Figures {
    let before = heap::live();
    let mut contender = C::new(setting.n);
    let at_rest = heap::live() - before;
    let alone = beside(&mut contender, setting, |_| thread::sleep(setting.length));

    let (mut times, mut publications) = (Histogram::new(), Histogram::new());
    let (mut writes_per_second, mut others, mut at_peak) = (0.0, 0, 0);
    let beside = beside(&mut contender, setting, |contender| {
        // Histograms and what threads need; the writer has not begun.
        others = heap::live().saturating_sub(at_rest + before);
        let (mut state, mut writes) = (77, 0_u32);
        let began = Instant::now();
        while began.elapsed() < setting.length {
            let due = f64::from(writes + 1) / f64::from(setting.rate);
            if setting.rate > 0 && began.elapsed().as_secs_f64() < due {
                thread::sleep(Duration::from_micros(50));
                continue;
            }
            let (number, began) = (random(&mut state) % setting.n, Instant::now());
            let published = contender.write(number, u64::from(writes));
            times.add(began.elapsed());
            if let Some(took) = published {
                publications.add(took);
            }
            writes += 1;
        }
        writes_per_second = f64::from(writes) / began.elapsed().as_secs_f64();
        at_peak = heap::peak() - before;
    });
    let at_peak = at_peak.saturating_sub(others);
    Figures { alone, beside, writes_per_second, writes: times, publications, at_rest, at_peak }
}

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::workloads::ratio;

/// Adds up the CPU time of passes until `budget` of wall time is spent; the result is the time
/// (ns) of one of the `count` elements of a pass. What a pass makes is dropped outside of the time.
pub(crate) fn passes<T>(budget: Duration, count: usize, mut pass: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    let (mut spent, mut times) = (Duration::ZERO, 0);
    while times == 0 || start.elapsed() < budget {
        let pass_start = ThreadTime::now();
        let made = black_box(pass());
        spent += pass_start.elapsed();
        times += 1;
        drop(made);
    }
    nanos(spent) / ratio(times, 1) / ratio(count as u64, 1)
}

/// Adds up the CPU time of dropping what `build` makes outside of the time; the result is the time
/// (ns) of one of its `count` elements.
pub(crate) fn drops<T>(budget: Duration, count: usize, build: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    let (mut spent, mut times) = (Duration::ZERO, 0);
    while times == 0 || start.elapsed() < budget {
        let made = black_box(build());
        let drop_start = ThreadTime::now();
        drop(made);
        spent += drop_start.elapsed();
        times += 1;
    }
    nanos(spent) / ratio(times, 1) / ratio(count as u64, 1)
}

/// Takes the CPU time of a pass over `items`, as far as it comes within `budget` of wall time; the
/// result is the time (ns) of one item. An eighth of the items goes before, to warm the caches.
pub(crate) fn each<T: Copy, R>(
    budget: Duration,
    items: &[T],
    mut answer: impl FnMut(T) -> R,
) -> f64 {
    let mut step = |item| {
        black_box(answer(item));
    };
    run(budget / 8, &items[items.len() - items.len() / 8..], &mut step);
    let start = ThreadTime::now();
    let done = run(budget, items, &mut step);
    nanos(start.elapsed()) / ratio(done as u64, 1)
}

/// Steps through the items until the budget is spent, and tells how many it did.
fn run<T: Copy>(budget: Duration, items: &[T], step: &mut impl FnMut(T)) -> usize {
    let start = Instant::now();
    let mut done = 0;
    while done < items.len() && (done == 0 || start.elapsed() < budget) {
        // The clock is looked at ever less often, but soon where one step alone takes long.
        let until = items.len().min(done + done.clamp(1, 64));
        for item in &items[done..until] {
            step(*item);
        }
        done = until;
    }
    done
}

pub(crate) fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

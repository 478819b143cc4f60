//! Times in classes.

use std::time::Duration;

/// A class a nanosecond below this, and half as many classes for each doubling above.
const EXACT: u64 = 1 << BITS;
const BITS: u32 = 10;
const CLASSES: usize = (1 << BITS) + ((u64::BITS - BITS) << (BITS - 1)) as usize;

/// How many times fell into each class; all memory is allocated at first.
pub(crate) struct Histogram {
    classes: Vec<u32>,
    count: u64,
    longest: u64,
}

/// The class of a time (ns): exact below [`EXACT`], above to one part in 512.
fn class(time: u64) -> usize {
    let doublings = (u64::BITS - time.leading_zeros()).saturating_sub(BITS);
    let class = u64::from(doublings) * (EXACT / 2) + (time >> doublings);
    usize::try_from(class).expect("below the number of classes")
}

/// The least time of a class (ns).
fn least(class: usize) -> u64 {
    let class = class as u64;
    let doublings = (class / (EXACT / 2)).saturating_sub(1);
    (class - doublings * (EXACT / 2)) << doublings
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { classes: vec![0; CLASSES], count: 0, longest: 0 }
    }

    pub(crate) fn add(&mut self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let class = class(time);
        debug_assert!(least(class) <= time && time - least(class) <= time / 512, "its class");
        self.classes[class] += 1;
        self.count += 1;
        self.longest = self.longest.max(time);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (sum, more) in self.classes.iter_mut().zip(&other.classes) {
            *sum += more;
        }
        self.count += other.count;
        self.longest = self.longest.max(other.longest);
    }

    /// The longest time (ns), 0 if there is none.
    pub(crate) fn longest(&self) -> u64 {
        self.longest
    }

    /// The time that so many of a thousand do not exceed (ns), 0 if there is none.
    pub(crate) fn quantile(&self, per_mille: u64) -> u64 {
        let mut left = (self.count * per_mille).div_ceil(1000);
        for (class, count) in self.classes.iter().enumerate() {
            left = left.saturating_sub(u64::from(*count));
            if left == 0 && self.count > 0 {
                return least(class);
            }
        }
        0
    }
}

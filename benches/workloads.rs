//! The populations and queries that every benchmark uses, of any size and always the same.
//!
//! Ends are page numbers, inclusive; a population of *n* entries spans about 16 *n* pages.
//!
//! | name | entries |
//! |---|---|
//! | `vma` | disjoint mappings of 1 to 27 pages, one place in nine free: 0.9 hits a stab |
//! | `fork` | the same, each range held 20 times by as many processes: 18 hits a stab |
//! | `mixed` | `vma`, one entry in a hundred being 5,000 pages long: 4 hits a stab |
//! | `giant` | `vma` and one entry that covers everything: 2 hits a stab |
//! | `clustered` | groups of a hundred close together, lengths from 1 to 511, short ones often |
//! | `power` | one entry every 16 pages, of 8 pages and more, half as many of twice the length |
//! | `nested` | each inside the one before; asked near the right edge: 5 hits a stab |

use std::cmp::Ordering;

/// Seed of everything random here.
pub(crate) const SEED: u64 = u64::from_le_bytes(*b"stabtree");

/// Length (pages) of the long entries of `mixed`: a quarter of 20,000.
const LONG: u64 = 5_000;

/// Where `nested` is asked (pages from the right edge).
const EDGE: u64 = 9;

/// Processes that hold the same range in `fork`.
const SHARERS: usize = 20;

/// An interval, ends inclusive, and the value stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) start: u64,
    pub(crate) last: u64,
    pub(crate) value: u32,
}

/// What is asked, ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) start: u64,
    pub(crate) last: u64,
}

/// A kind of population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    Vma,
    Fork,
    Mixed,
    Giant,
    Clustered,
    Power,
    Nested,
}

impl Workload {
    pub(crate) const ALL: [Self; 7] = [
        Self::Vma,
        Self::Fork,
        Self::Mixed,
        Self::Giant,
        Self::Clustered,
        Self::Power,
        Self::Nested,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vma => "vma",
            Self::Fork => "fork",
            Self::Mixed => "mixed",
            Self::Giant => "giant",
            Self::Clustered => "clustered",
            Self::Power => "power",
            Self::Nested => "nested",
        }
    }

    /// Makes `n` entries in random order, and an eighth as many to replace some of them.
    pub(crate) fn population(self, n: usize) -> Population {
        let mut rng = Rng::new(SEED);
        let total = n + n / 8 + 1;
        let mut entries = match self {
            Self::Clustered => clustered(total, &mut rng),
            Self::Power => power(total, &mut rng),
            Self::Nested => nested(total),
            Self::Vma | Self::Fork | Self::Mixed | Self::Giant => self.mappings(total, &mut rng),
        };
        let span = entries.iter().map(|entry| entry.last + 1).max().unwrap_or(0);
        rng.shuffle(&mut entries);
        entries.truncate(total);
        for (entry, value) in entries.iter_mut().zip(0..) {
            entry.value = value;
        }
        let spare = entries.split_off(n);
        let lasting = (self == Self::Giant && n > 0).then(|| rng.index(n));
        if let Some(at) = lasting {
            entries[at] = Entry { start: 0, last: span, ..entries[at] };
        }
        let reach = if self == Self::Nested { EDGE.min(span) } else { span };
        Population { entries, spare, lasting, span, reach }
    }

    /// Mappings side by side, as a process has them.
    fn mappings(self, total: usize, rng: &mut Rng) -> Vec<Entry> {
        let sharers = if self == Self::Fork { SHARERS } else { 1 };
        let mut entries = Vec::with_capacity(total + SHARERS);
        let mut free = 1;
        while entries.len() < total {
            let start = free;
            let length = 1 + rng.below(27);
            free += length;
            let is_long = self == Self::Mixed && rng.below(100) == 0;
            let last = start + if is_long { LONG } else { length } - 1;
            entries.extend((0..sharers).map(|_| Entry { start, last, value: 0 }));
        }
        entries
    }
}

/// Starts close together in groups; a length is two to the power of four small dice.
fn clustered(total: usize, rng: &mut Rng) -> Vec<Entry> {
    let mut start = 0;
    let entries = (0..total).map(|number| {
        start += if number % 100 == 0 { 1 + rng.below(2_400) } else { 1 + rng.below(4) };
        let bits: u64 = (0..4).map(|_| rng.below(3)).sum();
        let length = (1 << bits) + rng.below(1 << bits);
        Entry { start, last: start + length - 1, value: 0 }
    });
    entries.collect()
}

/// Lengths without a typical size: half of them reach twice as far, a quarter four times as far.
fn power(total: usize, rng: &mut Rng) -> Vec<Entry> {
    let longest = 8 * total as u64;
    let entries = (0..total as u64).map(|place| {
        let start = place * 16 + rng.below(16);
        let length = (8 << 32) / (1 + rng.below(1 << 32));
        Entry { start, last: start + length.min(longest) - 1, value: 0 }
    });
    entries.collect()
}

fn nested(total: usize) -> Vec<Entry> {
    let outermost = 2 * total as u64;
    let entries = (0..total as u64).map(|depth| Entry {
        start: depth,
        last: outermost - depth - 1,
        value: 0,
    });
    entries.collect()
}

/// The benchmarks' parameter: `vma_20k`, `mixed_1m`.
pub(crate) fn label(name: &str, n: usize) -> String {
    match n {
        _ if n > 0 && n.is_multiple_of(1_000_000) => format!("{name}_{}m", n / 1_000_000),
        _ if n > 0 && n.is_multiple_of(1_000) => format!("{name}_{}k", n / 1_000),
        _ => format!("{name}_{n}"),
    }
}

/// The entries of a workload.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    /// In the random order in which they are inserted.
    pub(crate) entries: Vec<Entry>,
    /// Entries to take the place of removed ones.
    pub(crate) spare: Vec<Entry>,
    /// The entry that makes the workload what it is, and is never removed.
    pub(crate) lasting: Option<usize>,
    /// Queries lie in `0..span`.
    pub(crate) span: u64,
    /// Queries end no further than this from the end of the span.
    pub(crate) reach: u64,
}

impl Population {
    /// The entries in order of start.
    pub(crate) fn sorted(&self) -> Vec<Entry> {
        let mut sorted = self.entries.clone();
        sorted.sort_by_key(|entry| entry.start);
        sorted
    }

    /// Points where the population is asked, in random order.
    pub(crate) fn stabs(&self, count: usize) -> Vec<Query> {
        self.windows(count, 0)
    }

    /// Ranges of one width, about `hits` entries in each on average; `None` if already a point has
    /// more.
    pub(crate) fn ranges(&self, answers: &Answers, count: usize, hits: u32) -> Option<Vec<Query>> {
        let sample = count.clamp(1, 4_000);
        let mean = |width| answers.mean_hits(&self.windows(sample, width));
        let wanted = f64::from(hits);
        if mean(0) > wanted {
            return None;
        }
        let (mut low, mut high) = (0, self.span - self.span / 8);
        while high - low > 1 {
            let width = low.midpoint(high);
            *if mean(width) < wanted { &mut low } else { &mut high } = width;
        }
        Some(self.windows(count, high))
    }

    fn windows(&self, count: usize, width: u64) -> Vec<Query> {
        let mut rng = Rng::new(SEED ^ 1);
        let ends = self.reach.min(self.span - width);
        let window = |last| Query { start: last - width, last };
        (0..count).map(|_| window(self.span - 1 - rng.below(ends))).collect()
    }
}

/// What a query finds, whatever the order of the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) hits: u64,
    /// Wrapping sum of what both ends and the value make.
    pub(crate) sum: u64,
}

impl Found {
    #[inline]
    pub(crate) fn add(&mut self, start: u64, last: u64, value: u32) {
        self.hits += 1;
        self.sum = self.sum.wrapping_add(start ^ last.rotate_left(32)).wrapping_add(value.into());
    }
}

/// The true answers, by counting: the entries that start in time less those that end too early.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    by_start: Vec<(u64, Found)>,
    by_last: Vec<(u64, Found)>,
}

impl Answers {
    pub(crate) fn new(entries: &[Entry]) -> Self {
        Self {
            by_start: Self::running_sums(entries, |entry| entry.start),
            by_last: Self::running_sums(entries, |entry| entry.last),
        }
    }

    pub(crate) fn of(&self, query: Query) -> Found {
        let started = Self::sum_below(&self.by_start, query.last + 1);
        let ended = Self::sum_below(&self.by_last, query.start);
        Found { hits: started.hits - ended.hits, sum: started.sum.wrapping_sub(ended.sum) }
    }

    pub(crate) fn mean_hits(&self, queries: &[Query]) -> f64 {
        let hits: u64 = queries.iter().map(|query| self.of(*query).hits).sum();
        ratio(hits, queries.len())
    }

    /// Keys in order, with what all entries up to each one add up to.
    fn running_sums(entries: &[Entry], key: impl Fn(&Entry) -> u64) -> Vec<(u64, Found)> {
        let mut sums: Vec<_> = entries.iter().map(|entry| (key(entry), *entry)).collect();
        sums.sort_by_key(|(key, _)| *key);
        let mut found = Found::default();
        let sums = sums.into_iter().map(|(key, entry)| {
            found.add(entry.start, entry.last, entry.value);
            (key, found)
        });
        sums.collect()
    }

    fn sum_below(sums: &[(u64, Found)], key: u64) -> Found {
        let below = sums.partition_point(|(at, _)| at.cmp(&key) == Ordering::Less);
        below.checked_sub(1).map_or(Found::default(), |last| sums[last].1)
    }
}

/// `total / count` for numbers small enough to be exact, as all counts here are.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^52")]
pub(crate) fn ratio(total: u64, count: usize) -> f64 {
    total as f64 / count as f64
}

/// `SplitMix64`, so that the populations do not depend on the version of a crate.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..limit`; the limit is far below 2^64, so the bias is, too.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("less than a usize")
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.index(i + 1));
        }
    }
}

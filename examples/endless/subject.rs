//! What a kind of history has to offer, how one is run, and how one that fails is shrunk.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A kind of history: something of the crate beside its model.
pub(crate) trait Subject {
    type Op: Clone + Debug + PartialEq;

    fn name() -> String;
    /// The history of a seed.
    fn history(seed: u64) -> Vec<Self::Op>;
    /// Performs the operations on both and compares; panics at the first difference. What else is to be
    /// chosen, such as settings, is the seed's.
    fn run(seed: u64, ops: &[Self::Op], coverage: &mut Coverage);
    /// Simpler operations of the same kind, the simplest first.
    fn simpler(op: &Self::Op) -> Vec<Self::Op>;
    /// The history as a test, ready to be pasted into a file of the tests.
    fn as_test(seed: u64, ops: &[Self::Op]) -> String;
}

/// What was done and reached.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// Changes that were performed on both.
    pub(crate) operations: u64,
    /// How often all answers, or all of one kind, were compared.
    pub(crate) comparisons: u64,
    /// Distinct states, counted by a hash: collisions make it less than there were.
    pub(crate) states: u64,
    seen: Box<[u64]>,
    /// Hashes of an operation, the one before it, and a coarse view of the state between.
    pub(crate) features: HashSet<u64>,
}

/// Bits of the table of states.
const TABLE: usize = 1 << 28;

impl Default for Coverage {
    fn default() -> Self {
        let seen = vec![0; TABLE / 64].into();
        Self { operations: 0, comparisons: 0, states: 0, seen, features: HashSet::new() }
    }
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

impl Coverage {
    pub(crate) fn feature(&mut self, feature: impl Hash) {
        self.features.insert(hash(feature));
    }

    pub(crate) fn state(&mut self, state: impl Hash) {
        let bit = usize::try_from(hash(state) % TABLE as u64).expect("below a usize");
        let word = &mut self.seen[bit / 64];
        self.states += u64::from(*word >> (bit % 64) & 1 == 0);
        *word |= 1 << (bit % 64);
    }
}

/// How often a length doubles from one: a coarse view of a size.
pub(crate) fn magnitude(len: usize) -> u32 {
    usize::BITS - len.leading_zeros()
}

/// Where something and its model differ.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) what: String,
    pub(crate) test: String,
}

/// A subject whose operations nobody needs to know.
pub(crate) struct Runner {
    pub(crate) name: String,
    pub(crate) run: fn(u64, &mut Coverage) -> Result<(), Difference>,
}

pub(crate) fn runner<S: Subject>() -> Runner {
    Runner { name: S::name(), run: run::<S> }
}

/// The `number`-th seed after `seed` (splitmix64).
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    let x = seed.rotate_left(32).wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn run<S: Subject>(seed: u64, coverage: &mut Coverage) -> Result<(), Difference> {
    let ops = S::history(seed);
    let Err(what) = outcome(|| S::run(seed, &ops, coverage)) else { return Ok(()) };
    let ops = shrunk::<S>(seed, ops);
    // The shrunk one may fail elsewhere.
    let what = outcome(|| S::run(seed, &ops, &mut Coverage::default())).err().unwrap_or(what);
    Err(Difference { what, test: S::as_test(seed, &ops) })
}

thread_local! {
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a panic of `f` says, without printing it.
fn outcome(f: impl FnOnce()) -> Result<(), String> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|info| MESSAGE.set(info.to_string())));
    let outcome = catch_unwind(AssertUnwindSafe(f));
    panic::set_hook(hook);
    outcome.map_err(|_| MESSAGE.take())
}

/// How long a history is shrunk at most.
const PATIENCE: Duration = Duration::from_secs(300);

/// The shortest history that fails and can be reached by leaving out operations and putting simpler ones
/// in their place.
fn shrunk<S: Subject>(seed: u64, mut ops: Vec<S::Op>) -> Vec<S::Op> {
    let began = Instant::now();
    let mut coverage = Coverage::default();
    let mut fails = |ops: &[S::Op]| {
        began.elapsed() < PATIENCE && outcome(|| S::run(seed, ops, &mut coverage)).is_err()
    };
    loop {
        let before = ops.clone();
        let mut chunk = ops.len().next_power_of_two();
        while chunk > 0 {
            let mut at = 0;
            while at < ops.len() {
                let mut fewer = ops.clone();
                fewer.drain(at..ops.len().min(at + chunk));
                if fails(&fewer) { ops = fewer } else { at += chunk }
            }
            chunk /= 2;
        }
        for at in 0..ops.len() {
            while let Some(simpler) = S::simpler(&ops[at]).into_iter().find(|op| {
                let mut other = ops.clone();
                other[at] = op.clone();
                fails(&other)
            }) {
                ops[at] = simpler;
            }
        }
        if ops == before {
            return ops;
        }
    }
}

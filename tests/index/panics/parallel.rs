//! A user's `Ord`, `Clone`, `Drop` or closure panics in the middle of a parallel call: the panic comes
//! out once, the index is legal and as it was, and every value is dropped exactly once.
#![cfg(feature = "rayon")]

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rayon::prelude::{
    FromParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelExtend,
    ParallelIterator,
};
use stabtree::{Interval, IntervalBTree, IntervalRbTree};

use crate::common::bounds::bound;

const ENTRIES: u16 = 700;

/// Calls of the user's code until one panics; the tests here run one after the other.
static LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);

fn user_code() {
    if LEFT.fetch_sub(1, SeqCst) == 0 {
        // Not `panic!`: the messages would say nothing.
        resume_unwind(Box::new("the fuse"));
    }
}

/// An end whose comparison is the user's code.
#[derive(Clone, Copy, Debug)]
struct Key(u16);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        user_code();
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

/// The count of its owners shows how many values live; to clone one and to drop it is the user's code.
#[derive(Debug)]
struct Value(Arc<()>);

impl Clone for Value {
    fn clone(&self) -> Self {
        user_code();
        Self(self.0.clone())
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        user_code();
    }
}

fn entries(value: &Value) -> Vec<(Interval<Key>, Value)> {
    let nth = |i: u16| {
        let start = i * 37 % 500;
        let interval = Interval::try_new(Key(start), Key(start + i % 60)).expect("in order");
        (interval, value.clone())
    };
    (0..ENTRIES).map(nth).collect()
}

/// Runs `action` with a panic at the first call of the user's code, and ever later ones until there
/// is none; returns how many panics there were.
fn panics<R>(mut action: impl FnMut() -> R) -> usize {
    let mut panics = 0;
    for step in 0.. {
        // Every call at first, then ever fewer: there are some ten thousand.
        let n = step + step * step * step / bound(20, 50, 50);
        LEFT.store(n, SeqCst);
        let result = catch_unwind(AssertUnwindSafe(&mut action));
        LEFT.store(usize::MAX, SeqCst);
        match result {
            Ok(_) => break,
            Err(payload) => {
                assert_eq!(payload.downcast_ref(), Some(&"the fuse"), "a panic of our own");
                panics += 1;
            }
        }
    }
    panics
}

macro_rules! every_parallel_call {
    ($index:ident) => {{
        let value = Value(Arc::new(()));
        let index: $index<_, _> = entries(&value).into_iter().collect();
        let query = || Interval::try_new(Key(100), Key(300)).expect("in order");
        let queries: Vec<_> = (0..600).map(|_| query()).collect();
        let points = [Key(3); 600];
        let of_closures = [
            panics(|| index.par_iter().for_each(|_| user_code())),
            panics(|| index.par_overlapping(query()).map(|_| user_code()).count()),
            panics(|| index.clone().into_par_iter().for_each(|_| user_code())),
            panics(|| {
                let all = entries(&value).into_par_iter();
                $index::from_par_iter(all.inspect(|_| user_code())).len()
            }),
        ];
        let of_comparisons = [
            panics(|| index.par_overlapping_batch(&queries[..300])),
            panics(|| index.par_count_overlapping_batch(&queries)),
            panics(|| index.par_stab_batch(&points)),
        ];
        assert!(of_closures.into_iter().chain(of_comparisons).all(|panics| panics > 20));
        let mut extended = index.clone();
        let of_extend = panics(|| {
            let before = extended.len();
            let all = entries(&value).into_par_iter().inspect(|_| user_code());
            let result = catch_unwind(AssertUnwindSafe(|| extended.par_extend(all)));
            LEFT.store(usize::MAX, SeqCst);
            let summary = extended.check().expect("all invariants hold");
            assert!((before..=before + usize::from(ENTRIES)).contains(&summary.len));
            extended = index.clone();
            result.unwrap_or_else(|payload| resume_unwind(payload));
        });
        assert!(of_extend > 20);
        assert_eq!(index.check().expect("all invariants hold").len, usize::from(ENTRIES));
        assert_eq!(index.par_iter().count(), usize::from(ENTRIES));
        drop(extended);
        assert_eq!(Arc::strong_count(&value.0), usize::from(ENTRIES) + 1, "dropped once each");
        drop(index);
        assert_eq!(Arc::strong_count(&value.0), 1);
        of_closures.into_iter().chain(of_comparisons).sum::<usize>() + of_extend
    }};
}

#[test]
fn panics_of_parallel_calls_do_no_harm() {
    let panics = [every_parallel_call!(IntervalRbTree), every_parallel_call!(IntervalBTree)];
    eprintln!("{panics:?} panics of parallel calls");
}

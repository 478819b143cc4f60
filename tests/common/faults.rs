//! Drives an operation on either index with a panic at every n-th call of the user's code.

use super::bounds::bound;
use std::borrow::Borrow;
use std::fmt::Debug;

use stabtree::{EntryIterator, Handle, Interval, IntervalIndex};

use super::probe::{Call, Key, Probe, living, panics_at};

/// What can be seen of an entry without the user's code: start, last and value.
pub type Seen = (i32, i32, i32);

/// An end whose user's code may panic.
pub trait ProbedEnd: Ord + Clone + Debug {
    fn at(&self) -> i32;
    fn new(at: i32) -> Self;

    fn interval(start: i32, last: i32) -> Interval<Self> {
        Interval::try_new(Self::new(start), Self::new(last)).expect("in order")
    }
}

macro_rules! probed_end {
    ($end:ident) => {
        impl ProbedEnd for $end {
            fn at(&self) -> i32 {
                self.at
            }

            fn new(at: i32) -> Self {
                Self::new(at)
            }
        }
    };
}

probed_end!(Probe);
probed_end!(Key);

/// An index whose user's code may panic.
pub trait Subject<T: ProbedEnd>: IntervalIndex<T, Probe> {
    /// An index of these entries, and their handles.
    fn of(entries: impl IntoIterator<Item = Seen>) -> (Self, Vec<Handle>) {
        let mut index = Self::new();
        let insert =
            |(start, last, value)| index.insert(T::interval(start, last), Probe::new(value));
        let handles = entries.into_iter().map(insert).collect();
        (index, handles)
    }

    fn look(&self) -> Vec<Seen> {
        let seen = |interval: &Interval<T>| (interval.start().at(), interval.last().at());
        let all = self.iter().map(|(interval, value)| (seen(interval.borrow()), value.at));
        all.map(|((start, last), value)| (start, last, value)).collect()
    }

    fn take_out(&mut self, handle: Handle) {
        self.remove(handle).expect("alive");
    }

    /// The index is legal, its handles agree with it, and it can be used on.
    fn is_sound(&mut self, handles: &[Handle], context: &str) {
        let len = self.check().unwrap_or_else(|violation| panic!("{context}: {violation}"));
        assert_eq!((len, self.iter().len()), (self.len(), self.len()), "{context}");
        let all: Vec<_> = self.iter().with_handles().map(|(handle, ..)| handle).collect();
        for handle in handles {
            assert_eq!(self.contains_handle(*handle), all.contains(handle), "{context}");
            let both = (self.get(*handle).is_some(), self.interval(*handle).is_some());
            assert_eq!(both.0, both.1, "{context}");
        }
        let new = [0, 9, 40].map(|at| self.insert(T::interval(at, at + 5), Probe::new(at)));
        for handle in all.iter().step_by(2) {
            self.remove(*handle).expect("alive");
        }
        self.check().unwrap_or_else(|violation| panic!("{context}, used on: {violation}"));
        assert!(new.iter().all(|handle| self.contains_handle(*handle)), "{context}");
    }
}

impl<T: ProbedEnd, I: IntervalIndex<T, Probe>> Subject<T> for I {}

/// The states in which an operation that panicked may leave the index.
#[derive(Clone, Copy)]
pub enum Allowed {
    /// As it was, or as if nothing had happened.
    Strong,
    /// As it was, with some of the new entries and without some of the former ones.
    Between,
    /// Empty, once it has begun.
    Empty,
    /// As `Strong`, and a panic of `Drop` may leak an end that was being computed: so it does
    /// in `Ord::min` and `Option::unwrap_or`, too.
    StrongWithLeaks,
}

impl Allowed {
    fn holds(self, before: &[Seen], after: &[Seen], found: &[Seen]) -> bool {
        let is_strong = found == before || found == after;
        match self {
            Self::Strong | Self::StrongWithLeaks => is_strong,
            Self::Between => {
                let known = |seen: &Seen| before.contains(seen) || after.contains(seen);
                let common = before.iter().filter(|seen| after.contains(seen));
                found.iter().all(known) && common.clone().all(|seen| found.contains(seen))
            }
            Self::Empty => found.is_empty(),
        }
    }
}

/// Which calls panic: all of them, in a debug build every fifth, fewer in a sample.
pub const EVERY: usize = bound(23, 5, 1);

/// Runs `action` with a panic at every n-th call of every kind, on a fresh index each time;
/// returns how many such calls there are.
pub fn drive<T: ProbedEnd, S: Subject<T>>(
    name: &str,
    allowed: Allowed,
    build: impl Fn() -> (S, Vec<Handle>),
    action: impl Fn(&mut S, &[Handle]),
) -> usize {
    assert_eq!(living(), 0, "{name}: nothing lives at first");
    let (mut index, handles) = build();
    let before = index.look();
    action(&mut index, &handles);
    let after = index.look();
    drop(index);
    assert_eq!(living(), 0, "{name}: without a panic");

    let mut panics = 0;
    for call in Call::ALL {
        for n in (1..).step_by(EVERY) {
            let context = format!("{name}, a panic at {call:?} {n}");
            let alive = living();
            let (mut index, handles) = build();
            let has_fired = panics_at(call, n, || action(&mut index, &handles));
            let found = index.look();
            if has_fired {
                let is_allowed = allowed.holds(&before, &after, &found);
                assert!(is_allowed, "{context}:\n{before:?} became\n{found:?}, not\n{after:?}");
            } else {
                assert_eq!(found, after, "{context}");
            }
            index.is_sound(&handles, &context);
            drop(index);
            let may_leak = matches!(allowed, Allowed::StrongWithLeaks) && call == Call::Drop;
            assert!(living() == alive || may_leak, "{context}: leaked");
            if !has_fired {
                break;
            }
            panics += EVERY;
        }
    }
    panics
}

/// As [`drive`], where the index itself is given up or not touched.
pub fn drive_on_the_side<T: ProbedEnd, S: Subject<T>>(
    name: &str,
    build: impl Fn() -> (S, Vec<Handle>),
    action: impl Fn(S, Vec<Handle>),
) -> usize {
    let mut panics = 0;
    for call in Call::ALL {
        for n in (1..).step_by(EVERY) {
            let (index, handles) = build();
            let has_fired = panics_at(call, n, || action(index, handles));
            assert_eq!(living(), 0, "{name}, a panic at {call:?} {n}: leaked");
            if !has_fired {
                break;
            }
            panics += EVERY;
        }
    }
    panics
}

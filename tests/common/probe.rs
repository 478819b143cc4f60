//! A user type whose code panics on schedule, and which counts its own births and deaths.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use stabtree::Discrete;

/// Code of the user's that a tree calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Call {
    Compare,
    Clone,
    Drop,
    /// A closure or an iterator that the user handed in.
    Closure,
}

impl Call {
    pub const ALL: [Self; 4] = [Self::Compare, Self::Clone, Self::Drop, Self::Closure];
}

thread_local! {
    /// The kind of call that will panic, and how many calls of that kind are left until then.
    static FUSE: Cell<Option<(Call, usize)>> = const { Cell::new(None) };
    /// The numbers of all that live, and the next number.
    static CENSUS: RefCell<(BTreeSet<u64>, u64)> = const { RefCell::new((BTreeSet::new(), 0)) };
}

/// To be called wherever the user's code runs.
pub fn user_code(call: Call) {
    let Some((armed, left)) = FUSE.get() else { return };
    // A second panic while the first one unwinds would end the process.
    if armed != call || std::thread::panicking() {
        return;
    }
    if left > 1 {
        FUSE.set(Some((armed, left - 1)));
    } else {
        FUSE.set(None);
        // Not `panic!`: thousands of messages would say nothing.
        resume_unwind(Box::new("the fuse"));
    }
}

/// Lets the `n`-th `call` of `action` panic; returns `true` if there was one.
pub fn panics_at(call: Call, n: usize, action: impl FnOnce()) -> bool {
    FUSE.set(Some((call, n)));
    let result = catch_unwind(AssertUnwindSafe(action));
    let has_fired = FUSE.take().is_none();
    match result {
        Err(payload) if payload.downcast_ref() != Some(&"the fuse") => resume_unwind(payload),
        result => assert_eq!(result.is_err(), has_fired, "a panic was swallowed"),
    }
    has_fired
}

/// Number of [`Probe`]s of this thread that live.
pub fn living() -> usize {
    CENSUS.with_borrow(|(alive, _)| alive.len())
}

/// An end or a value. It compares by `at` alone.
#[derive(Debug)]
pub struct Probe {
    pub at: i32,
    number: u64,
}

impl Probe {
    pub fn new(at: i32) -> Self {
        let number = CENSUS.with_borrow_mut(|(alive, next)| {
            *next += 1;
            alive.insert(*next);
            *next
        });
        Self { at, number }
    }

    /// One that is outside the census.
    const fn constant(at: i32) -> Self {
        Self { at, number: 0 }
    }
}

/// An end that may be copied, and panics when compared.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub at: i32,
}

impl Key {
    pub const fn new(at: i32) -> Self {
        Self { at }
    }

    const fn constant(at: i32) -> Self {
        Self { at }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if self.number == 0 {
            return;
        }
        let was_alive = CENSUS.with_borrow_mut(|(alive, _)| alive.remove(&self.number));
        if !was_alive {
            // A panic could be taken for the fuse's.
            eprintln!("{self:?} was dropped twice");
            std::process::abort();
        }
        user_code(Call::Drop);
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        user_code(Call::Clone);
        Self::new(self.at)
    }
}

/// Comparing by `at`, and stepping from value to value, is the user's code.
macro_rules! user_end {
    ($end:ident) => {
        impl Discrete for $end {
            const MIN: Option<Self> = Some(Self::constant(i32::MIN));
            const MAX: Option<Self> = Some(Self::constant(i32::MAX));

            fn succ(&self) -> Option<Self> {
                user_code(Call::Clone);
                self.at.checked_add(1).map(Self::new)
            }

            fn pred(&self) -> Option<Self> {
                user_code(Call::Clone);
                self.at.checked_sub(1).map(Self::new)
            }
        }

        impl Ord for $end {
            fn cmp(&self, other: &Self) -> Ordering {
                user_code(Call::Compare);
                self.at.cmp(&other.at)
            }
        }

        impl PartialOrd for $end {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $end {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }

        impl Eq for $end {}
    };
}

user_end!(Probe);
user_end!(Key);

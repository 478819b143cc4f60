//! Operations on either index in which the user's code may panic, shared by a quickcheck test and a
//! fuzz target. Whatever happened, the index is legal, and nothing is dropped twice or leaked.

use stabtree::{Handle, Interval, IntervalBTree, IntervalRbTree};

use super::probe::{Call, Key, Probe, living, panics_at, user_code};

/// An operation; two numbers stand for the interval between them, others are taken modulo what
/// there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert(u8, u8),
    InsertAfter(u8, u8),
    Remove(u8),
    SetInterval(u8, u8, u8),
    Replace(u8),
    PopFirst,
    PopLast,
    Retain(u8),
    Extract(u8, u8, u8),
    Extend(Vec<(u8, u8)>),
    Append(Vec<(u8, u8)>),
    Rebuild(u8),
    Clear,
    Clone,
    Query(u8, u8),
}

/// An operation, and the call in it that panics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub struct Step {
    pub op: Op,
    pub fault: Option<(Call, u8)>,
}

macro_rules! world {
    ($world:ident, $index:ident, $end:ident) => {
        /// An index, and every handle that was handed out.
        struct $world {
            index: $index<$end, Probe>,
            issued: Vec<Handle>,
        }

        impl $world {
            fn interval(a: u8, b: u8) -> Interval<$end> {
                let [start, last] = [a.min(b), a.max(b)].map(|end| $end::new(i32::from(end)));
                Interval::try_new(start, last).expect("in order")
            }

            fn entry((a, b): (u8, u8)) -> (Interval<$end>, Probe) {
                (Self::interval(a, b), Probe::new(i32::from(a)))
            }

            fn run(steps: &[Step]) -> usize {
                let mut world = Self { index: $index::new(), issued: Vec::new() };
                let mut panics = 0;
                for Step { op, fault } in steps {
                    match *fault {
                        None => world.apply(op),
                        Some((call, n)) => {
                            let has_fired = panics_at(call, usize::from(n) + 1, || world.apply(op));
                            panics += usize::from(has_fired);
                        }
                    }
                    world.is_sound();
                }
                drop(world);
                assert_eq!(living(), 0, "everything was dropped");
                panics
            }

            fn is_sound(&self) {
                let summary = self.index.check().expect("all invariants hold");
                let all: Vec<_> = self.index.iter().with_handles().map(|(h, ..)| h).collect();
                assert_eq!((summary.len, self.index.len()), (all.len(), all.len()));
                for handle in &self.issued {
                    assert_eq!(self.index.contains_handle(*handle), all.contains(handle));
                    assert_eq!(self.index.get(*handle).is_some(), all.contains(handle));
                }
            }

            fn some(&self, which: u8) -> Option<Handle> {
                let at = usize::from(which).checked_rem(self.issued.len())?;
                Some(self.issued[at])
            }

            fn apply(&mut self, op: &Op) {
                let Self { index, issued } = self;
                match op {
                    Op::Insert(a, b) => {
                        let (interval, value) = Self::entry((*a, *b));
                        issued.push(index.insert(interval, value));
                    }
                    Op::Extend(pairs) => index.extend(pairs.iter().map(|pair| {
                        user_code(Call::Closure);
                        Self::entry(*pair)
                    })),
                    Op::Append(pairs) => {
                        let mut other: $index<_, _> =
                            pairs.iter().copied().map(Self::entry).collect();
                        index.append(&mut other);
                        assert!(other.is_empty());
                    }
                    Op::Rebuild(turn) => {
                        // The index that is left gives the same handles again, whatever panics.
                        issued.clear();
                        let mut entries: Vec<_> = std::mem::take(index).into_iter().collect();
                        let turn = usize::from(*turn).checked_rem(entries.len()).unwrap_or(0);
                        entries.rotate_left(turn);
                        *index = entries.into_iter().collect();
                    }
                    Op::Clear => index.clear(),
                    Op::Clone => *index = index.clone(),
                    Op::PopFirst => drop(index.pop_first()),
                    Op::PopLast => drop(index.pop_last()),
                    Op::Retain(divisor) => index.retain(|_, value| {
                        user_code(Call::Closure);
                        value.at % (i32::from(*divisor % 4) + 2) > 0
                    }),
                    Op::Extract(a, b, divisor) => {
                        let query = Self::interval(*a, *b);
                        index
                            .extract_if(query, |_, value| {
                                user_code(Call::Closure);
                                value.at % (i32::from(*divisor % 4) + 1) == 0
                            })
                            .for_each(drop);
                    }
                    Op::Query(a, b) => self.ask(*a, *b),
                    _ => self.apply_to_one(op),
                }
            }

            /// The operations on an entry that is named by its handle.
            fn apply_to_one(&mut self, op: &Op) {
                let (Op::InsertAfter(which, _)
                | Op::Remove(which)
                | Op::SetInterval(which, ..)
                | Op::Replace(which)) = op
                else {
                    unreachable!("has no handle")
                };
                let Some(handle) = self.some(*which) else { return };
                match op {
                    Op::InsertAfter(_, last) => {
                        let start = self.index.interval(handle).map(|at| at.start().at);
                        let start = start.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
                        let (interval, value) = Self::entry((start, (*last).max(start)));
                        let new = self.index.insert_after(handle, interval, value);
                        self.issued.extend(new.ok());
                    }
                    Op::SetInterval(_, a, b) => {
                        let _ = self.index.set_interval(handle, Self::interval(*a, *b));
                    }
                    Op::Replace(_) => {
                        if let Some(value) = self.index.get_mut(handle) {
                            *value = Probe::new(7);
                        }
                    }
                    _ => drop(self.index.remove(handle)),
                }
            }

            fn ask(&self, a: u8, b: u8) {
                let (index, query) = (&self.index, || Self::interval(a, b));
                let count = index.overlapping(query()).count();
                assert_eq!(index.count_overlapping(query()), count);
                assert_eq!(index.overlaps(query()), count > 0);
                assert!(index.within(query()).rev().count() <= count);
                assert!(index.covering(&query()).count() <= count);
                assert!(index.range(query()).count() <= count);
                assert!(index.exact(&query()).count() <= count);
                let _ = index.nearest(query().into_bounds().0);
                assert!(index.join(index).count() >= index.len());
            }
        }
    };
}

world!(World, IntervalRbTree, Probe);
world!(WideWorld, IntervalBTree, Key);

/// Runs all steps on both; returns how many panics there were.
pub fn run(steps: &[Step]) -> usize {
    World::run(steps) + WideWorld::run(steps)
}

//! Operations on an index and on its model, shared by the quickcheck tests and the fuzz targets.

use std::fmt::{self, Debug};
use std::ops::Bound;

use super::ends::{POINTS, Point};

/// Which entry an operation is about. The number is taken modulo the number of candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Who {
    /// The n-th entry in order.
    Live(u8),
    /// The n-th entry in order of birth, be it alive or not.
    Ever(u8),
}

/// A way to build an index of the entries of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum How {
    FromSorted,
    Collect,
    /// Given in the wrong order from the second half on.
    CollectRotated,
    /// By a build that refuses the rest, which is inserted then.
    FromUnsorted,
}

/// A change of the index. Two points stand for the interval between them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert(Point, Point),
    TryInsert(Point, Point),
    InsertAfter(Who, Point, Point),
    /// `insert_after` with the start of the entry it goes after.
    InsertTie(Who, Point),
    Remove(Who),
    SetInterval(Who, Point, Point),
    SetLast(Who, Point),
    /// So many insertions by a pattern.
    Fill(Pattern, u8),
    /// So many removals at one place, or from there towards the front.
    Drain(u16, u8, bool),
    GetMut(Who),
    PopFirst,
    PopLast,
    IterMut,
    OverlappingMut(Point, Point),
    /// Keeps the values that the number does not divide.
    Retain(u8),
    /// Removes the values that the number divides, at most so many.
    ExtractIf(Point, Point, u8, u8),
    Extend(Vec<(Point, Point)>),
    Append(Vec<(Point, Point)>),
    /// Removes all entries, in order, and builds a new index; all handles are new.
    Rebuild(How),
    Clear,
    /// Goes on with a clone; the handles are those of the original.
    Clone,
    /// Goes on with what a conversion there and back gives; all handles are new.
    Convert,
    Reserve(u8),
    ShrinkToFit,
    Compact,
}

/// How the intervals of many entries lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Pattern {
    AllEqual,
    EqualStarts,
    Nested,
    Comb,
    Giant,
    Ascending,
    Descending,
    Scattered,
}

impl Pattern {
    pub const ALL: [Self; 8] = [
        Self::AllEqual,
        Self::EqualStarts,
        Self::Nested,
        Self::Comb,
        Self::Giant,
        Self::Ascending,
        Self::Descending,
        Self::Scattered,
    ];

    /// The interval of the `i`-th entry.
    pub const fn interval(self, i: u8) -> (Point, Point) {
        let (half, at) = (POINTS / 2, i % POINTS);
        let (start, last) = match self {
            Self::AllEqual => (7, 9),
            Self::EqualStarts => (9, 9 + i % (POINTS - 9)),
            Self::Nested => (i % half, POINTS - 1 - i % half),
            Self::Comb => (at, if i.is_multiple_of(16) { POINTS - 1 } else { at }),
            Self::Giant if i.is_multiple_of(64) => return (Point::Min, Point::Max),
            Self::Giant => (at, if at < POINTS - 3 { at + 3 } else { at }),
            Self::Ascending => (at, if at < POINTS - 1 { at + 1 } else { at }),
            Self::Descending => (POINTS - 1 - at, POINTS - 1 - at / 2),
            Self::Scattered => (i.wrapping_mul(97) % POINTS, i.wrapping_mul(41) % POINTS),
        };
        (Point::At(start), Point::At(last))
    }
}

/// An operation, and the query that is put to index and model after it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub struct Step(pub Op, pub Bound<Point>, pub Bound<Point>);

impl Debug for Step {
    /// Prints the step as Rust.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Step(Op::{:?}, {:?}, {:?})", self.0, self.1, self.2)
    }
}

/// What an operation did, for a model of another kind.
#[derive(Clone, Debug)]
pub enum Effect<T> {
    Inserted {
        id: usize,
        start: T,
        last: T,
    },
    InsertedAfter {
        previous: usize,
        id: usize,
        start: T,
        last: T,
    },
    Removed {
        id: usize,
    },
    Moved {
        id: usize,
        start: T,
        last: T,
    },
    /// The entry ends elsewhere, and stays where it is in the order.
    Stretched {
        id: usize,
        last: T,
    },
    Cleared,
    /// The tree was built anew, in whatever shape; the other model can only adopt it.
    Rebuilt,
}

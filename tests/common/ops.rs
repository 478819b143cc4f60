//! Operations on a tree and on its model, shared by the quickcheck tests and the fuzz targets.

use std::fmt::{self, Debug};
use std::ops::Bound;

use super::ends::Point;

/// Which entry an operation is about. The number is taken modulo the number of candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Who {
    /// The n-th entry in order.
    Live(u8),
    /// The n-th entry in order of birth, be it alive or not.
    Ever(u8),
}

/// A way to build a tree of the entries of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum How {
    FromSorted,
    Collect,
    /// Given in the wrong order from the second half on.
    CollectRotated,
    /// By a tree that refuses the rest, which is inserted then.
    FromUnsorted,
}

/// A change of the tree. Two points stand for the interval between them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Insert(Point, Point),
    TryInsert(Point, Point),
    InsertAfter(Who, Point, Point),
    /// `insert_after` with the start of the entry it goes behind.
    InsertTwin(Who, Point),
    Remove(Who),
    SetInterval(Who, Point, Point),
    GetMut(Who),
    PopFirst,
    PopLast,
    IterMut,
    OverlappingMut(Point, Point),
    /// Keeps the values that the number does not divide.
    Retain(u8),
    /// Takes out the values that the number divides, at most so many.
    ExtractIf(Point, Point, u8, u8),
    Extend(Vec<(Point, Point)>),
    Append(Vec<(Point, Point)>),
    /// Takes all entries out, in order, and builds a new tree; all handles are new.
    Rebuild(How),
    Clear,
    /// Goes on with a clone of the tree; the handles are those of the original.
    CloneTree,
    Reserve(u8),
    ShrinkToFit,
}

/// An operation, and the query that is put to tree and model after it.
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
    Cleared,
    /// The tree was built anew, in whatever shape; the other model can only adopt it.
    Rebuilt,
}

//! Closed intervals, and the two conditions every search is made of.
//!
//! An [`Interval`] holds both its ends: `[start, last]`, never empty, so `[0, u64::MAX]` is an
//! ordinary value and no code here computes `last + 1`. A query is any [`RangeBounds`]; it is
//! turned once into the crate's own `Query`, which answers the two halves of the overlap test:
//!
//! * *Starts*: the entry starts at or before the query's upper end;
//! * *Reaches*: the entry's `last` is at or after the query's lower end.
//!
//! Overlap is *Starts* and *Reaches*; every prune in the crate is one of them.
//!
//! `coverage`, `join` and `set` pass once over intervals in order: runs and depth, the pairs of two sets,
//! their union, intersection and differences.
//!
//! Nothing here knows an index.

mod adjacent;
mod algebra;
mod bounds;
mod closed;
mod conditions;
mod convert;
mod coverage;
#[cfg(test)]
mod coverage_tests;
mod cut;
mod discrete;
mod error;
mod format;
mod join;
mod key;
mod known;
#[cfg(feature = "serde")]
mod serde;
mod set;

pub(crate) use bounds::Query;
pub use closed::Interval;
pub(crate) use conditions::{BorrowedQuery, Conditions};
pub use coverage::Span;
pub(crate) use coverage::{GapSweep, Joined, Sweep};
pub use cut::{Cut, RangeDisplay};
pub use discrete::{Countable, Discrete};
pub use error::{EmptyRangeError, InvalidIntervalError};
pub(crate) use join::Pairs;
pub(crate) use key::integer_key;
pub(crate) use known::{as_type, compares_cheaply, may_be};
pub(crate) use set::sealed;
pub use set::{Coverage, Difference, Intersection, SymmetricDifference, Union};

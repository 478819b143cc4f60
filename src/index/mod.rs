//! The one source of the public API of [`IntervalBTree`](crate::IntervalBTree) and
//! [`IntervalRbTree`](crate::IntervalRbTree).
//!
//! Each file is a subject and holds a macro that emits that part of the API for one index:
//! documented methods, iterators with their traits. [`interval_index`] calls them all, once for each
//! index, in a module of its own for each subject. A file of an index itself holds what only its
//! engine knows; the macros call that by names that both indexes share:
//!
//! * `cursor`: `Matches`, `Between`, `Within`, `MatchesMut`, `AllMut`, `Drain`, `Part`, walks over
//!   entries that the public iterators wrap;
//! * `engine`: positions of entries and what is at them (`locate`, `pair`, `triple`, ..), and the
//!   steps of a change (`place_last`, `place_after`, `insert_at`, `take_out`, ..).
//!
//! A specification names what differs: the index, what it asks of ends, what reading an interval
//! asks of them (`reads`), how an interval is given out (`interval`: by reference or by value), and
//! costs, as the documentation says them.

#![forbid(unsafe_code)]

pub(crate) mod batch;
pub(crate) mod bulk;
pub(crate) mod change;
pub(crate) mod construct;
pub(crate) mod edit;
pub(crate) mod error;
pub(crate) mod extract;
pub(crate) mod generic;
pub(crate) mod into_iter;
pub(crate) mod iter;
pub(crate) mod iter_mut;
pub(crate) mod join;
pub(crate) mod overlap;
pub(crate) mod pairs;
pub(crate) mod range;
#[cfg(feature = "rayon")]
pub(crate) mod rayon;
#[cfg(feature = "serde")]
pub(crate) mod serde;
#[cfg(feature = "serde")]
pub mod serde_with_handles;
pub(crate) mod set_operations;
pub(crate) mod sort;
pub(crate) mod spans;
pub(crate) mod traits;

/// An iterator of this crate that yields each entry's [`Handle`](crate::Handle) too, before
/// the rest.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut index = IntervalRbTree::new();
/// let heap = index.insert(Interval::new(10, 20), "heap");
/// let found = index.stab(15).with_handles().next();
/// assert_eq!(found, Some((heap, &Interval::new(10, 20), &"heap")));
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct WithHandles<I> {
    pub(crate) iter: I,
}

/// Emits the API of an index; see the documentation of this module.
macro_rules! interval_index {
    ($spec:tt) => {
        mod batch {
            $crate::index::batch::batch! { $spec }
        }
        mod bulk {
            $crate::index::bulk::bulk! { $spec }
        }
        mod change {
            $crate::index::change::change! { $spec }
        }
        mod construct {
            $crate::index::construct::construct! { $spec }
        }
        mod edit {
            $crate::index::edit::edit! { $spec }
        }
        mod error {
            $crate::index::error::error! { $spec }
        }
        mod extract {
            $crate::index::extract::extract! { $spec }
        }
        mod generic {
            $crate::index::generic::generic! { $spec }
        }
        mod into_iter {
            $crate::index::into_iter::into_iter! { $spec }
        }
        mod iter {
            $crate::index::iter::iter! { $spec }
            $crate::index::iter::entries! { $spec Overlapping, Ord }
            $crate::index::iter::entries_back! { $spec Overlapping, Ord }
            $crate::index::iter::entries! { $spec Iter }
            $crate::index::iter::entries_back! { $spec Iter }
            $crate::index::iter::parts! { $spec Intervals }
            $crate::index::iter::parts! { $spec Values }
        }
        mod iter_mut {
            $crate::index::iter_mut::iter_mut! { $spec }
        }
        mod join {
            $crate::index::join::join! { $spec }
        }
        mod overlap {
            $crate::index::overlap::overlap! { $spec }
        }
        mod pairs {
            $crate::index::pairs::pairs! { $spec }
        }
        mod range {
            $crate::index::range::range! { $spec }
            $crate::index::iter::entries! { $spec Range }
            $crate::index::iter::entries_back! { $spec Range }
            $crate::index::iter::entries! { $spec Within, Ord }
            $crate::index::iter::entries_back! { $spec Within, Ord }
        }
        #[cfg(feature = "rayon")]
        mod rayon {
            $crate::index::rayon::rayon! { $spec }
        }
        #[cfg(feature = "serde")]
        mod serde {
            $crate::index::serde::serde! { $spec }
        }
        mod set_operations {
            $crate::index::set_operations::set_operations! { $spec }
        }
        mod spans {
            $crate::index::spans::spans! { $spec }
            $crate::index::spans::runs! { $spec Spans { tree, sweep } }
            $crate::index::spans::runs! { $spec Gaps { tree, sweep, searches } }
            $crate::index::spans::runs! { $spec Merged { tree, sweep, joined } }
            $crate::index::spans::runs! { $spec Depth { sweep, open } }
            $crate::index::spans::runs! { $spec DepthAtLeast { sweep, open, least } }
        }
        mod traits {
            $crate::index::traits::traits! { $spec }
        }
    };
}
pub(crate) use interval_index;

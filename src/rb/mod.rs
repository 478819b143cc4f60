//! [`IntervalRbTree`]: the index over the red-black tree.
//!
//! This module joins the tree of intervals (`rbtree`) with the values and handles (`arena`), and
//! keeps the two in step: a node lives in one exactly as long as its value lives in the other.
//! It does not know links or colours. The API is emitted by `index`.

mod batches;
mod borrowed;
mod cursor;
mod dot;
mod engine;
#[cfg(test)]
pub(crate) mod tests;
mod values_mut;
mod walk;

use crate::arena::{Entries, Handle};
use crate::index::interval_index;
use crate::rbtree::RbTree;

interval_index! {{
    IntervalRbTree, "IntervalRbTree", Clone, reads: [],
    interval: [&] [&'a] "&",
    costs: {
        step: "`O(log n)`",
        count: "`O((1 + k) log n)` and at most `O(n)`, *k* being the result: the entries are walked over.",
        batch: ", and `O(m log m)` to sort *m* queries",
        into: "; 4 bytes an entry are allocated for the order"
    }
}}

#[cfg(feature = "rayon")]
pub use self::rayon::ParOverlapping;
#[doc(hidden)]
pub use crate::rbtree::{Summary, Violation};
pub use borrowed::OverlappingBorrowed;
pub use error::NotSortedError;
pub use extract::ExtractIf;
pub use into_iter::{IntoIter, IntoValues};
pub use iter::{Intervals, Iter, Overlapping, Values};
pub use iter_mut::{IterMut, OverlappingMut, ValuesMut};
pub use join::{Join, JoinWithHandles};
pub use pairs::{OverlappingPairs, OverlappingPairsWithHandles};
pub use range::{Range, Within};
pub use spans::{Depth, DepthAtLeast, DepthFold, Gaps, Merged, MergedBy, Spans, WithMembers};

/// A dynamic index of closed intervals `[start, last]`, each with a value and a stable handle.
///
/// It is an augmented red-black tree, the kernel's `anon_vma_interval_tree` to the shape: entries
/// lie in order of `start`, equal starts in order of insertion, and equal intervals may be held
/// any number of times. Every query yields its entries in that order. `V` defaults to `()`, which
/// makes a set.
///
/// Ends may be any `T: Ord + Clone`: integers, strings, times, tuples. Floats need a wrapper that
/// orders them.
///
/// # Complexity
///
/// With *n* entries and *k* results: insertion, removal and the first result of a query are
/// `O(log n)`; a whole query is `O((1 + k) log n)` and at most `O(n)`. An entry takes 44 bytes
/// with 8-byte ends and a 4-byte value.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut vmas = IntervalRbTree::new();
/// let heap = vmas.insert(Interval::new(0u64, 9), "heap");
/// vmas.insert(Interval::new(9, 20), "stack");
///
/// let hits: Vec<_> = vmas.stab(9).map(|(_, name)| *name).collect();
/// assert_eq!(hits, ["heap", "stack"]);
///
/// vmas.remove(heap);
/// assert!(!vmas.overlaps(0..9));
/// ```
///
/// Queries own their ends. An index over `String` is asked by `&str`, without a clone, by
/// [`stab_borrowed`](Self::stab_borrowed) and [`overlapping_borrowed`](Self::overlapping_borrowed):
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut volumes: IntervalRbTree<String, u32> = IntervalRbTree::new();
/// volumes.insert(Interval::new("A".into(), "Bib".into()), 1);
/// assert!(volumes.stab_borrowed("Alpha").map(|(_, volume)| *volume).eq([1]));
/// ```
///
/// Floats, wrapped:
///
/// ```
/// use ordered_float::NotNan;
/// use stabtree::{Interval, IntervalRbTree};
///
/// let at = |x: f64| NotNan::new(x).expect("a number");
/// let mut notes = IntervalRbTree::new();
/// notes.insert(Interval::new(at(0.5), at(1.5)), "crescendo");
/// assert_eq!(notes.stab(at(1.25)).count(), 1);
/// ```
///
/// # Kernel counterpart
///
/// Cormen et al., *Introduction to Algorithms*, 3rd ed., section 14.3; the kernel's
/// `include/linux/interval_tree_generic.h` for the order of ties and of rotations.
pub struct IntervalRbTree<T, V = ()> {
    nodes: RbTree<T>,
    entries: Entries<V>,
}

/// One node of the tree as [`IntervalRbTree::shape`] shows it to conformance tests.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeShape<'a, T> {
    /// The entry.
    pub handle: Handle,
    /// Whether the node is red; otherwise it is black.
    pub is_red: bool,
    /// The greatest `last` of the entry and all below it.
    pub subtree_last: &'a T,
    /// Whether there is a left child; it then comes next.
    pub has_left: bool,
    /// Whether there is a right child.
    pub has_right: bool,
}

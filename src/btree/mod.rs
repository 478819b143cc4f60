//! [`IntervalBTree`]: the index in wide nodes.
//!
//! The public type over the B+-tree of `bplus`, and its iterators.

mod batches;
mod cursor;
mod engine;
#[cfg(test)]
mod node_tests;
#[cfg(target_has_atomic = "ptr")]
mod snapshot;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk_tests;

use crate::bplus::node::Nodes;
use crate::bplus::slab::Slab;
use crate::index::interval_index;

interval_index! {{
    IntervalBTree, "IntervalBTree", Copy, reads: [Copy],
    interval: [] [] "",
    costs: {
        step: "`O(1)`",
        count: "`O((1 + s) log n)` and at most `O(n)`, *s* being the number of results that start before\n`query`: what starts in it is counted by whole subtrees.",
        batch: "",
        into: ""
    }
}}

#[cfg(feature = "rayon")]
pub use self::rayon::ParOverlapping;
#[doc(hidden)]
pub use crate::bplus::check::{Summary, Violation};
pub use error::NotSortedError;
pub use extract::ExtractIf;
pub use into_iter::{IntoIter, IntoValues};
pub use iter::{Intervals, Iter, Overlapping, Values};
pub use iter_mut::{IterMut, OverlappingMut, ValuesMut};
pub use join::{Join, JoinWithHandles};
pub use pairs::{OverlappingPairs, OverlappingPairsWithHandles};
pub use range::{Range, Within};
#[cfg(target_has_atomic = "ptr")]
pub use snapshot::Snapshot;
pub use spans::{Depth, DepthAtLeast, DepthFold, Gaps, Merged, MergedBy, Spans, WithMembers};

/// A dynamic index of closed intervals `[start, last]` in wide nodes, each with a value and a stable
/// handle.
///
/// It answers as [`IntervalRbTree`](crate::IntervalRbTree) does, in the same order and under the same
/// names. Ends must be `Copy`: they are kept apart from each other, so intervals come by value.
/// Choose it for speed; choose the other for ends that are not `Copy`, or for the kernel's shape.
///
/// # Ends of your own types
///
/// A query compares all entries of a node with its ends by `<`, `<=`, `>` and `>=`. Of integers the
/// compiler makes vector instructions of that, and so it does of a newtype of one that derives its
/// order. `Ipv4Addr`, `Ipv6Addr`, `u128` and `i128` are compared as their bits. A type of yours that
/// is ordered as its bits are, but is not an integer itself, is as fast if it compares these bits in
/// the four methods of `PartialOrd`, consistent with `Ord`:
///
/// ```
/// use std::cmp::Ordering;
/// use std::net::Ipv4Addr;
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// struct Host(Ipv4Addr);
///
/// impl Ord for Host {
///     fn cmp(&self, other: &Self) -> Ordering {
///         self.0.to_bits().cmp(&other.0.to_bits())
///     }
/// }
///
/// impl PartialOrd for Host {
///     fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
///         Some(self.cmp(other))
///     }
///     fn lt(&self, other: &Self) -> bool {
///         self.0.to_bits() < other.0.to_bits()
///     }
///     fn le(&self, other: &Self) -> bool {
///         self.0.to_bits() <= other.0.to_bits()
///     }
///     fn gt(&self, other: &Self) -> bool {
///         self.0.to_bits() > other.0.to_bits()
///     }
///     fn ge(&self, other: &Self) -> bool {
///         self.0.to_bits() >= other.0.to_bits()
///     }
/// }
///
/// # use stabtree::{Interval, IntervalBTree};
/// let host = |bits| Host(Ipv4Addr::from_bits(bits));
/// let blocked = IntervalBTree::from([(Interval::new(host(1), host(9)), "lab")]);
/// assert!(blocked.overlaps(host(9)..));
/// assert!(!blocked.overlaps(host(10)..));
/// ```
///
/// # Complexity
///
/// With *n* entries and *k* results: insertion, removal and the first result of a query are
/// `O(log n)`; a whole query is `O((1 + k) log n)` and at most `O(n)`.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalBTree};
///
/// let mut vmas = IntervalBTree::new();
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
/// Any number of threads may ask an index that none of them changes. To change it meanwhile, give them
/// [snapshots](Self::snapshot), which stay as they are (`stabtree::sync` publishes them without a lock;
/// the example `share_snapshot` does so at work):
///
/// ```
/// use stabtree::{Interval, IntervalBTree};
///
/// let mut leases = IntervalBTree::from([(Interval::new(0u64, 9), "first")]);
/// let before = leases.snapshot();
/// std::thread::scope(|threads| {
///     threads.spawn(move || assert_eq!(before.stab(7).count(), 1));
///     leases.insert(Interval::new(5, 20), "second");
/// });
/// assert_eq!(leases.stab(7).count(), 2);
/// ```
///
/// # Kernel counterpart
///
/// Bayer and `McCreight`, *Organization and Maintenance of Large Ordered Indexes*, Acta Informatica
/// 1, 1972; the greatest last of a subtree is that of Cormen et al., *Introduction to Algorithms*,
/// 3rd ed., section 14.3.
#[doc(alias = "IntervalTree")]
#[doc(alias = "IntervalMap")]
#[doc(alias = "interval_tree")]
pub struct IntervalBTree<T, V = ()> {
    nodes: Nodes<T, V>,
    slab: Slab,
}

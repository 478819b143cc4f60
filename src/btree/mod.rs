//! [`IntervalBTree`]: the index in wide nodes.
//!
//! The public type over the B+-tree of `bplus`, and its iterators.

mod batch;
mod bulk;
mod change;
mod error;
mod extract;
mod into_iter;
mod iter;
mod iter_mut;
mod join;
#[cfg(test)]
mod node_tests;
mod overlap;
mod range;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod spans;
#[cfg(test)]
mod tests;
mod traits;
#[cfg(test)]
mod walk_tests;

use alloc::vec::Vec;

use crate::arena::{Handle, NodeId};
use crate::bplus::check;
use crate::bplus::node::{LEAF_MIN, Nodes, Position};
use crate::bplus::slab::Slab;
use crate::error::CapacityError;
use crate::interval::Interval;

#[cfg(feature = "rayon")]
pub use self::rayon::ParOverlapping;
pub use crate::bplus::check::{Summary, Violation};
pub use error::NotSortedError;
pub use extract::ExtractIf;
pub use into_iter::{IntoIter, IntoValues};
pub use iter::{Intervals, Iter, Overlapping, Values};
pub use iter_mut::{IterMut, OverlappingMut, ValuesMut};
pub use join::Join;
pub use range::{Range, Within};
pub use spans::{Depth, Gaps, Merged, Spans};

/// A dynamic index of closed intervals `[start, last]` in wide nodes, each with a value and a stable
/// handle.
///
/// It answers as [`IntervalRbTree`](crate::IntervalRbTree) does, in the same order and under the same
/// names. Ends must be `Copy`: they are kept apart from each other, so intervals come by value.
/// Choose it for speed; choose the other for ends that are not `Copy`, or for the kernel's shape.
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
/// Any number of threads may ask an index that none of them changes. To change it meanwhile, publish
/// clones; what a reader holds stays as it was (the example `share_snapshot` does so at work):
///
/// ```
/// use std::sync::{Arc, RwLock};
///
/// use stabtree::{Interval, IntervalBTree};
///
/// let mut leases = IntervalBTree::from([(Interval::new(0u64, 9), "first")]);
/// let newest = RwLock::new(Arc::new(leases.clone()));
///
/// // A reader holds the lock only to copy the pointer,
/// let snapshot = Arc::clone(&newest.read().unwrap());
/// // the writer only to swap it.
/// let second = leases.insert(Interval::new(5, 20), "second");
/// *newest.write().unwrap() = Arc::new(leases.clone());
///
/// assert_eq!(snapshot.stab(7).count(), 1);
/// assert_eq!(newest.read().unwrap()[second], "second"); // handles lead into clones, too
/// ```
///
/// # Kernel counterpart
///
/// Bayer and `McCreight`, *Organization and Maintenance of Large Ordered Indexes*, Acta Informatica
/// 1, 1972; the greatest last of a subtree is that of Cormen et al., *Introduction to Algorithms*,
/// 3rd ed., section 14.3.
#[derive(Clone)]
pub struct IntervalBTree<T, V = ()> {
    nodes: Nodes<T, V>,
    slab: Slab,
}

impl<T, V> IntervalBTree<T, V> {
    /// Makes an empty tree, without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::IntervalBTree;
    ///
    /// static EMPTY: IntervalBTree<u64, &str> = IntervalBTree::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { nodes: Nodes::new(), slab: Slab::new() }
    }

    /// Returns the number of entries.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let tree = stabtree::IntervalBTree::<u64>::new();
    /// assert_eq!(tree.len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Tells whether the tree holds no entry.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::IntervalBTree::<u64>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes an empty tree with room for `capacity` entries.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` exceeds what memory can hold.
    ///
    /// # Examples
    ///
    /// ```
    /// let tree = stabtree::IntervalBTree::<u64>::with_capacity(100);
    /// assert!(tree.capacity() >= 100);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        let mut tree = Self::new();
        tree.reserve(capacity);
        tree
    }

    /// Returns the number of entries that fit into the leaves at hand, however full they are.
    ///
    /// The few nodes above the leaves are not counted; [`reserve`](Self::reserve) makes room for
    /// them too, so that what was reserved for fits without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::IntervalBTree::<u64>::new().capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        self.slab.capacity().min(self.nodes.leaves.capacity() * LEAF_MIN)
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// # Panics
    ///
    /// Panics where [`try_reserve`](Self::try_reserve) gives an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tree = stabtree::IntervalBTree::<u64>::new();
    /// tree.reserve(10);
    /// assert!(tree.capacity() >= 10);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if let Err(error) = self.try_reserve(additional) {
            panic!("{error}");
        }
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if there cannot be so many entries, or memory is exhausted; the tree is
    /// unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tree = stabtree::IntervalBTree::<u64>::new();
    /// assert!(tree.try_reserve(100).is_ok());
    /// assert!(tree.capacity() >= 100);
    /// assert!(tree.try_reserve(usize::MAX).is_err());
    /// ```
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
        if additional > self.slab.ids_left() {
            return Err(CapacityError::TOO_MANY);
        }
        if additional == 0 {
            return Ok(());
        }
        self.slab.try_reserve(additional)?;
        Ok(self.nodes.try_reserve(self.len() + additional)?)
    }

    /// Gives spare capacity back to the allocator.
    ///
    /// What removed entries leave behind is kept; [`compact`](Self::compact) closes the gaps in nodes.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tree = stabtree::IntervalBTree::<u64>::with_capacity(100);
    /// tree.shrink_to_fit();
    /// assert_eq!(tree.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.nodes.leaves.shrink_to_fit();
        self.nodes.inners.shrink_to_fit();
        self.slab.shrink_to_fit();
    }

    /// Removes all entries; their handles stay stale for ever. Keeps the allocated memory.
    ///
    /// # Complexity
    ///
    /// `O(n)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let old = tree.insert(Interval::new(1, 2), ());
    /// tree.clear();
    /// tree.insert(Interval::new(1, 2), ());
    /// assert!(!tree.contains(old));
    /// ```
    pub fn clear(&mut self) {
        self.slab.clear();
        self.nodes.clear();
    }

    /// Returns the value of an entry, or `None` if it is gone.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.get(heap), Some(&"heap"));
    /// ```
    pub fn get(&self, handle: Handle) -> Option<&V> {
        let at = self.locate(self.slab.resolve(handle)?);
        Some(&self.nodes.leaf(at.leaf).values[at.pos])
    }

    /// Returns the value of an entry for changing it, or `None` if it is gone.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let hits = tree.insert(Interval::new(10, 20), 0);
    /// *tree.get_mut(hits).unwrap() += 1;
    /// assert_eq!(tree[hits], 1);
    /// ```
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut V> {
        let at = self.locate(self.slab.resolve(handle)?);
        Some(self.value_mut(at))
    }

    /// Tells whether the entry is still there.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert!(tree.contains(heap));
    /// ```
    pub fn contains(&self, handle: Handle) -> bool {
        self.slab.resolve(handle).is_some()
    }

    /// The place of the entry with the row `slot`.
    #[inline]
    fn locate(&self, slot: NodeId) -> Position {
        self.nodes.position(self.slab.leaf(slot), slot)
    }

    #[inline]
    fn slot_at(&self, at: Position) -> NodeId {
        self.nodes.leaf(at.leaf).slots[at.pos]
    }

    #[inline]
    fn handle_at(&self, at: Position) -> Handle {
        self.slab.handle(self.slot_at(at))
    }

    #[inline]
    fn value_mut(&mut self, at: Position) -> &mut V {
        &mut self.nodes.leaf_mut(at.leaf).values[at.pos]
    }
}

impl<T: Copy, V> IntervalBTree<T, V> {
    /// Returns the interval of an entry, or `None` if it is gone.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree};
    ///
    /// let mut tree = IntervalBTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.interval(heap), Some(Interval::new(10, 20)));
    /// ```
    pub fn interval(&self, handle: Handle) -> Option<Interval<T>> {
        self.slab.resolve(handle).map(|slot| self.interval_at(self.locate(slot)))
    }

    #[inline]
    fn interval_at(&self, at: Position) -> Interval<T> {
        self.nodes.leaf(at.leaf).interval(at.pos)
    }

    #[inline]
    fn pair(&self, at: Position) -> (Interval<T>, &V) {
        (self.interval_at(at), &self.nodes.leaf(at.leaf).values[at.pos])
    }

    #[inline]
    fn triple(&self, at: Position) -> (Handle, Interval<T>, &V) {
        let (interval, value) = self.pair(at);
        (self.handle_at(at), interval, value)
    }
}

impl<T: Ord + Copy, V> IntervalBTree<T, V> {
    /// Proves all laws of the tree, or names the first one found broken.
    ///
    /// # Errors
    ///
    /// The [`Violation`], which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<Summary, Violation> {
        check::check(&self.nodes, &self.slab)
    }

    /// How many entries or children each node holds, level by level from the root, for tests that
    /// tell shapes apart.
    #[doc(hidden)]
    pub fn shape(&self) -> Vec<usize> {
        check::shape(&self.nodes)
    }
}

//! [`IntervalRbTree`]: the public face of the red-black tree.
//!
//! This room joins the tree of intervals (`rbtree`) with the values and handles (`arena`), and
//! keeps the two in step: a node lives in one exactly as long as its value lives in the other.
//! It does not know links or colours.

mod batch;
mod bulk;
mod change;
mod dot;
mod error;
mod extract;
mod into_iter;
mod iter;
mod iter_mut;
mod join;
mod overlap;
mod range;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod spans;
#[cfg(test)]
pub(crate) mod tests;
mod traits;
mod values_mut;

use crate::arena::{Entries, Handle, NodeId};
use crate::error::CapacityError;
use crate::interval::Interval;
use crate::rbtree::{RbTree, Shape};

#[cfg(feature = "rayon")]
pub use self::rayon::ParOverlapping;
pub use crate::rbtree::{Summary, Violation};
pub use error::NotSortedError;
pub use extract::ExtractIf;
pub use into_iter::{IntoIter, IntoValues};
pub use iter::{Intervals, Iter, Overlapping, Values, WithHandles};
pub use iter_mut::{IterMut, OverlappingMut, ValuesMut};
pub use join::Join;
pub use range::{Range, Within};
pub use spans::{Depth, Gaps, Merged, Spans};

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
#[derive(Clone)]
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

impl<T, V> IntervalRbTree<T, V> {
    /// Makes an empty tree, without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::IntervalRbTree;
    ///
    /// static EMPTY: IntervalRbTree<u64, &str> = IntervalRbTree::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { nodes: RbTree::new(), entries: Entries::new() }
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
    /// let tree = stabtree::IntervalRbTree::<u64>::new();
    /// assert_eq!(tree.len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Tells whether the tree holds no entry.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(stabtree::IntervalRbTree::<u64>::new().is_empty());
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
    /// let tree = stabtree::IntervalRbTree::<u64>::with_capacity(100);
    /// assert!(tree.capacity() >= 100);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        let mut tree = Self::new();
        tree.reserve(capacity);
        tree
    }

    /// Returns the number of entries that fit without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(stabtree::IntervalRbTree::<u64>::new().capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        self.nodes.capacity().min(self.entries.capacity())
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
    /// let mut tree = stabtree::IntervalRbTree::<u64>::new();
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
    /// let mut tree = stabtree::IntervalRbTree::<u64>::new();
    /// assert!(tree.try_reserve(100).is_ok());
    /// assert!(tree.capacity() >= 100);
    /// assert!(tree.try_reserve(usize::MAX).is_err());
    /// ```
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), CapacityError> {
        if additional > self.nodes.ids_left() {
            return Err(CapacityError::TOO_MANY);
        }
        let slots = self.nodes.slots_missing(additional);
        if slots != 0 {
            self.entries.try_reserve(slots)?;
            self.nodes.try_reserve(additional)?;
        }
        Ok(())
    }

    /// Gives spare capacity back to the allocator.
    ///
    /// The slots of removed entries are kept for entries to come: entries do not move, and a slot
    /// remembers which handles it has given out.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tree = stabtree::IntervalRbTree::<u64>::with_capacity(100);
    /// tree.shrink_to_fit();
    /// assert_eq!(tree.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit();
        self.entries.shrink_to_fit();
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let old = tree.insert(Interval::new(1, 2), ());
    /// tree.clear();
    /// tree.insert(Interval::new(1, 2), ());
    /// assert!(!tree.contains(old));
    /// ```
    pub fn clear(&mut self) {
        /// Vacates the rest of the slots also when a value's `Drop` panics.
        struct Rest<'a, T, V> {
            tree: &'a mut IntervalRbTree<T, V>,
            next: usize,
        }

        impl<T, V> Rest<'_, T, V> {
            fn vacate(&mut self) {
                while self.next != self.tree.nodes.slot_count() {
                    let id = self.tree.nodes.id_at(self.next);
                    self.next += 1;
                    if let Some(id) = id {
                        let retire = self.tree.entries.is_last_life(id);
                        let value = self.tree.entries.take(id);
                        let interval = self.tree.nodes.vacate(id, retire);
                        drop((interval, value));
                    }
                }
            }
        }

        impl<T, V> Drop for Rest<'_, T, V> {
            fn drop(&mut self) {
                self.vacate();
            }
        }

        self.nodes.forget_links();
        Rest { tree: self, next: 0 }.vacate();
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.get(heap), Some(&"heap"));
    /// ```
    pub fn get(&self, handle: Handle) -> Option<&V> {
        self.entries.resolve(handle).map(|id| self.entries.value(id))
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let hits = tree.insert(Interval::new(10, 20), 0);
    /// *tree.get_mut(hits).unwrap() += 1;
    /// assert_eq!(tree[hits], 1);
    /// ```
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut V> {
        self.entries.resolve(handle).map(|id| self.entries.value_mut(id))
    }

    /// Returns the interval of an entry, or `None` if it is gone.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert_eq!(tree.interval(heap), Some(&Interval::new(10, 20)));
    /// ```
    pub fn interval(&self, handle: Handle) -> Option<&Interval<T>> {
        self.entries.resolve(handle).map(|id| self.nodes.interval(id))
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
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let mut tree = IntervalRbTree::new();
    /// let heap = tree.insert(Interval::new(10, 20), "heap");
    /// assert!(tree.contains(heap));
    /// ```
    pub fn contains(&self, handle: Handle) -> bool {
        self.entries.resolve(handle).is_some()
    }

    /// Walks over the nodes in preorder, for tests that compare shapes.
    #[doc(hidden)]
    pub fn shape(&self) -> impl Iterator<Item = NodeShape<'_, T>> {
        let mut shape = Shape::new(&self.nodes);
        core::iter::from_fn(move || shape.next(&self.nodes)).map(|node| NodeShape {
            handle: self.entries.handle(node.id),
            is_red: node.is_red,
            subtree_last: node.subtree_last,
            has_left: node.has_left,
            has_right: node.has_right,
        })
    }

    #[inline]
    fn pair(&self, id: NodeId) -> (&Interval<T>, &V) {
        (self.nodes.interval(id), self.entries.value(id))
    }

    #[inline]
    fn triple(&self, id: NodeId) -> (Handle, &Interval<T>, &V) {
        (self.entries.handle(id), self.nodes.interval(id), self.entries.value(id))
    }
}

impl<T: Ord, V> IntervalRbTree<T, V> {
    /// Proves all laws of the tree, or names the first one found broken.
    ///
    /// # Errors
    ///
    /// The [`Violation`], which no sequence of calls should be able to bring about.
    #[doc(hidden)]
    pub fn check(&self) -> Result<Summary, Violation> {
        let summary = self.nodes.check()?;
        for slot in 0..self.nodes.slot_count() {
            if self.nodes.id_at(slot).is_some() != self.entries.is_live_at(slot) {
                return Err(Violation::Value { slot });
            }
        }
        Ok(summary)
    }
}

use core::fmt;

use crate::btree::IntervalBTree;
use crate::error::CapacityError;
use crate::interval::Interval;

/// Why [`RangeMap::try_insert`](crate::RangeMap::try_insert) refused, with the value: an entry is in the
/// way, or memory is exhausted.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, RangeMap};
///
/// let mut map = RangeMap::from([(3..=6, "taken")]);
/// let refused = map.try_insert(5..9, "new").unwrap_err();
/// assert_eq!(refused.interval(), Interval::new(3, 6));
/// assert_eq!(refused.to_string(), "[3, 6] is in the way");
/// assert_eq!(refused.into_value(), "new");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupied<T, V> {
    interval: Interval<T>,
    value: V,
    capacity: Option<CapacityError>,
}

impl<T, V> Occupied<T, V> {
    pub(super) fn by(interval: Interval<T>, value: V) -> Self {
        Self { interval, value, capacity: None }
    }

    pub(super) fn no_room(interval: Interval<T>, value: V, error: CapacityError) -> Self {
        Self { interval, value, capacity: Some(error) }
    }

    /// Returns the interval of the first entry in the way; where memory was exhausted, the interval that
    /// was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, RangeMap};
    ///
    /// let mut map = RangeMap::from([(3..=6, "taken")]);
    /// let refused = map.try_insert(5..9, "new").unwrap_err();
    /// assert_eq!(refused.interval(), Interval::new(3, 6));
    /// ```
    pub fn interval(&self) -> Interval<T>
    where
        T: Copy,
    {
        self.interval
    }

    /// Returns the value that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut map = RangeMap::from([(3..=6, "taken")]);
    /// let refused = map.try_insert(5..9, "new").unwrap_err();
    /// assert_eq!(refused.value(), &"new");
    /// ```
    pub fn value(&self) -> &V {
        &self.value
    }

    /// Gives the value back that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut map = RangeMap::from([(3..=6, "taken")]);
    /// let refused = map.try_insert(5..9, "new").unwrap_err();
    /// map.insert(7..9, refused.into_value());
    /// assert_eq!(map.get(8), Some(&"new"));
    /// ```
    pub fn into_value(self) -> V {
        self.value
    }

    /// Returns the reason if memory was exhausted; `None` if an entry is in the way.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::RangeMap;
    ///
    /// let mut map = RangeMap::from([(3..=6, "taken")]);
    /// let refused = map.try_insert(5..9, "new").unwrap_err();
    /// assert_eq!(refused.capacity_error(), None); // an entry is in the way
    /// ```
    pub fn capacity_error(&self) -> Option<&CapacityError> {
        self.capacity.as_ref()
    }
}

impl<T: fmt::Debug, V> fmt::Display for Occupied<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.capacity {
            None => write!(f, "{:?} is in the way", self.interval),
            Some(error) => error.fmt(f),
        }
    }
}

impl<T: fmt::Debug, V: fmt::Debug> core::error::Error for Occupied<T, V> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.capacity.as_ref().map(|error| error as _)
    }
}

/// Why an [`IntervalBTree`] is no [`RangeMap`](crate::RangeMap): two of its entries overlap. Holds the
/// index, unchanged.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalBTree, RangeMap};
///
/// let index = IntervalBTree::from([(Interval::new(1, 5), 'a'), (Interval::new(4, 9), 'b')]);
/// let error = RangeMap::try_from(index).unwrap_err();
/// assert_eq!(error.intervals(), [Interval::new(1, 5), Interval::new(4, 9)]);
/// assert_eq!(error.to_string(), "[1, 5] and [4, 9] overlap");
/// assert_eq!(error.into_index().len(), 2);
/// ```
#[derive(Clone)]
pub struct OverlapError<T, V> {
    pub(super) intervals: [Interval<T>; 2],
    pub(super) index: IntervalBTree<T, V>,
}

impl<T, V> OverlapError<T, V> {
    /// Returns the first two neighbours that overlap.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, RangeMap};
    ///
    /// let ends = [(1, 5), (4, 9), (8, 9)].map(|(start, last)| Interval::new(start, last));
    /// let index: IntervalBTree<_, _> = ends.into_iter().zip(0..).collect();
    /// assert_eq!(RangeMap::try_from(index).unwrap_err().intervals(), ends[..2]);
    /// ```
    pub fn intervals(&self) -> [Interval<T>; 2]
    where
        T: Copy,
    {
        self.intervals
    }

    /// Gives the index back.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalBTree, RangeMap};
    ///
    /// let index = IntervalBTree::from([(Interval::new(1, 5), 'a'), (Interval::new(4, 9), 'b')]);
    /// let error = RangeMap::try_from(index.clone()).unwrap_err();
    /// assert_eq!(error.into_index(), index);
    /// ```
    pub fn into_index(self) -> IntervalBTree<T, V> {
        self.index
    }
}

impl<T: fmt::Debug, V> fmt::Debug for OverlapError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverlapError").field("intervals", &self.intervals).finish_non_exhaustive()
    }
}

impl<T: fmt::Debug, V> fmt::Display for OverlapError<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.intervals;
        write!(f, "{first:?} and {second:?} overlap")
    }
}

impl<T: fmt::Debug, V> core::error::Error for OverlapError<T, V> {}

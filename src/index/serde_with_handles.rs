//! Serde for an index and its handles: the entries come back under the handles that they had.
//!
//! For use as `#[serde(with = "stabtree::serde_with_handles")]` on a field, or by calling the two
//! functions. [`Handle`] itself is serialized as its number, [`Handle::to_bits`].
//!
//! An index alone is a sequence of pairs, and gets new handles when it is read. In this form it is a
//! pair: three numbers that say which handles were given out, and a sequence of (handle, interval,
//! value) in order. So a handle that was saved beside it names the same entry after a round trip, one of
//! a removed entry finds nothing, and none is given out a second time. Either index reads what the other
//! has written.
//!
//! # Examples
//!
//! ```
//! use stabtree::{Handle, Interval, IntervalBTree};
//!
//! let mut index = IntervalBTree::new();
//! let heap: Handle = index.insert(Interval::new(10, 20), "heap".to_string());
//! let stack = index.insert(Interval::new(30, 40), "stack".to_string());
//! index.remove(heap);
//!
//! let mut text = Vec::new();
//! let mut serializer = serde_json::Serializer::new(&mut text);
//! stabtree::serde_with_handles::serialize(&index, &mut serializer)?;
//!
//! let mut deserializer = serde_json::Deserializer::from_slice(&text);
//! let index: IntervalBTree<i32, String> =
//!     stabtree::serde_with_handles::deserialize(&mut deserializer)?;
//! assert_eq!(index[stack], "stack");
//! assert_eq!(index.get(heap), None);
//! # Ok::<(), serde_json::Error>(())
//! ```

#![forbid(unsafe_code)]

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::marker::PhantomData;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::generic::{EntryIterator, IntervalIndex};
use crate::arena::Handle;
use crate::interval::Interval;

/// Serializes an index with its handles.
///
/// # Errors
///
/// The errors of the serializer.
///
/// # Complexity
///
/// `O(n)`.
///
/// # Examples
///
/// See the [module](self).
pub fn serialize<I, T, V, S>(index: &I, serializer: S) -> Result<S::Ok, S::Error>
where
    I: IntervalIndex<T, V>,
    T: Ord + Clone + Serialize,
    V: Serialize,
    S: Serializer,
{
    (index.issued_handles(), Entries { index, entries: PhantomData }).serialize(serializer)
}

/// Deserializes an index, whose entries are named by the handles that they had.
///
/// Accepts entries in any order.
///
/// # Errors
///
/// The errors of the deserializer; an interval whose `last` lies before its `start`; a number that no
/// handle has; a handle that comes twice, or was not given out by what the three numbers say; numbers
/// after which no handles are left.
///
/// # Complexity
///
/// `O(n log n)`. Like after [`compact`](crate::IntervalRbTree::compact) 12 bytes an entry remember the
/// handles, unless the index was built from sorted entries and had not changed since.
///
/// # Examples
///
/// See the [module](self).
pub fn deserialize<'de, I, T, V, D>(deserializer: D) -> Result<I, D::Error>
where
    I: IntervalIndex<T, V>,
    T: Ord + Clone + Deserialize<'de>,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    type Form<T, V> = ([u32; 3], Vec<(Handle, Interval<T>, V)>);
    let (issued, mut entries) = Form::<T, V>::deserialize(deserializer)?;
    entries.sort_by(|(_, a, _), (_, b, _)| a.start().cmp(b.start()));
    I::with_issued_handles(issued, entries).map_err(D::Error::custom)
}

/// The entries of an index, each after its handle.
struct Entries<'a, I, T, V> {
    index: &'a I,
    entries: PhantomData<(T, V)>,
}

impl<I: IntervalIndex<T, V>, T: Ord + Clone + Serialize, V: Serialize> Serialize
    for Entries<'_, I, T, V>
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.index.iter().with_handles();
        serializer.collect_seq(entries.map(|(handle, interval, value)| {
            let interval = Ends { interval, of: PhantomData };
            (handle, interval, value)
        }))
    }
}

/// An interval, or a reference to one.
struct Ends<B, T> {
    interval: B,
    of: PhantomData<T>,
}

impl<B: Borrow<Interval<T>>, T: Serialize> Serialize for Ends<B, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.interval.borrow().serialize(serializer)
    }
}

/// The number of the handle, as [`Handle::to_bits`] gives it.
impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.to_bits())
    }
}

/// Rejects a number that no handle has.
impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = u64::deserialize(deserializer)?;
        Self::from_bits(bits)
            .ok_or_else(|| D::Error::custom(format_args!("no handle has the number {bits}")))
    }
}

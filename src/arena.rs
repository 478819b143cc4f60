//! Slots that keep their place, and names for them that outlive them.
//!
//! [`Slots`] stores records under a [`NodeId`] that never changes while the record lives; a
//! [`Link`] is an optional `NodeId`. [`Entries`] stores values beside them and hands out
//! [`Handle`]s: a handle carries the generation of its slot, which changes whenever the slot is
//! vacated. This room knows no interval and no order.
//!
//! Laws:
//! * (A1) A `NodeId` names the same record from `insert` to `remove`.
//! * (A2) No two lives of a slot share a generation, so a stale handle finds nothing. A slot
//!   whose generations are used up is retired, never reused.
//! * (A3) At most 2^31 - 2 slots exist, so a `Link` takes 31 bits and leaves one to its neighbour.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::num::NonZeroU32;

/// The greatest number of a slot (A3): the next one is [`Link::NIL`].
const MAX_ID: u32 = (1 << 31) - 2;

/// Name of a slot. Never leaves this crate; users hold a [`Handle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(NonZeroU32);

impl NodeId {
    /// Greatest number of slots (A3): ids run from 1, and the next one is [`Link::NIL`].
    /// Unit tests meet the limit sooner.
    pub(crate) const MAX_SLOTS: usize = if cfg!(test) { 1 << 12 } else { MAX_ID as usize };

    /// The id of the slot at `index`, which must be below [`MAX_SLOTS`](Self::MAX_SLOTS).
    #[inline]
    pub(crate) fn from_index(index: usize) -> Self {
        debug_assert!(index < Self::MAX_SLOTS, "slots are counted before they are made");
        #[expect(clippy::cast_possible_truncation, reason = "there are less than 2^31 slots")]
        Self(NonZeroU32::MIN.saturating_add(index as u32))
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        (self.0.get() - 1) as usize
    }
}

/// An optional [`NodeId`] in 31 of 32 bits. Its spare value, zero, lets a vacant [`Slot`] take no
/// room beside the record it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link(NonZeroU32);

impl Link {
    pub(crate) const NIL: Self = Self(NonZeroU32::new((1 << 31) - 1).expect("not zero"));

    #[inline]
    pub(crate) fn get(self) -> Option<NodeId> {
        if self == Self::NIL { None } else { Some(NodeId(self.0)) }
    }

    #[inline]
    pub(crate) fn is_nil(self) -> bool {
        self == Self::NIL
    }

    /// The index of the slot, or for `NIL` one that no slot has (A3).
    #[inline]
    pub(crate) fn index(self) -> usize {
        (self.0.get() - 1) as usize
    }

    /// The link with `flag` in the bit that it leaves (A3).
    #[inline]
    pub(crate) fn with_flag(self, flag: bool) -> FlaggedLink {
        FlaggedLink(self.0.get() | u32::from(flag) << 31)
    }
}

/// A [`Link`] and one bit in four bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlaggedLink(u32);

impl FlaggedLink {
    #[inline]
    pub(crate) fn link(self) -> Link {
        Link(NonZeroU32::new(self.0 & !(1 << 31)).expect("made of a link, which is not zero"))
    }

    #[inline]
    pub(crate) fn flag(self) -> bool {
        self.0 >> 31 == 1
    }
}

impl From<NodeId> for Link {
    #[inline]
    fn from(id: NodeId) -> Self {
        Self(id.0)
    }
}

impl From<Option<NodeId>> for Link {
    #[inline]
    fn from(id: Option<NodeId>) -> Self {
        id.map_or(Self::NIL, Self::from)
    }
}

/// Stable name of an entry of an [`IntervalRbTree`](crate::IntervalRbTree) or an
/// [`IntervalBTree`](crate::IntervalBTree), 8 bytes wide.
///
/// A handle stays valid until its entry is removed, whatever happens to other entries. It is
/// generational: after the removal it finds nothing, even when its place is used again. Handed to
/// another index, it finds nothing or that index's own entry. A clone of an index accepts the
/// handles of the original.
///
/// Handles compare and hash, so they can be keys of a map; their order has no meaning.
/// [`to_bits`](Self::to_bits) makes a number of one, to be saved or passed through a foreign
/// interface.
///
/// # Examples
///
/// ```
/// use stabtree::{Interval, IntervalRbTree};
///
/// let mut tree = IntervalRbTree::new();
/// let heap = tree.insert(Interval::new(10, 20), "heap");
/// tree.remove(heap);
/// let stack = tree.insert(Interval::new(10, 20), "stack");
/// assert_eq!(tree.get(heap), None);
/// assert_eq!(tree.get(stack), Some(&"stack"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    slot: NonZeroU32,
    generation: NonZeroU32,
}

impl Handle {
    #[inline]
    pub(crate) fn new(id: NodeId, generation: NonZeroU32) -> Self {
        Self { slot: id.0, generation }
    }

    #[inline]
    pub(crate) fn id(self) -> NodeId {
        NodeId(self.slot)
    }

    #[inline]
    pub(crate) fn generation(self) -> NonZeroU32 {
        self.generation
    }

    /// Returns the handle as a number; different handles have different numbers, none of them 0.
    ///
    /// [`from_bits`](Self::from_bits) is the way back. What the bits mean may change with the
    /// version of this crate.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Handle, Interval, IntervalBTree};
    ///
    /// let mut index = IntervalBTree::new();
    /// let heap = index.insert(Interval::new(10, 20), "heap");
    /// let saved: u64 = heap.to_bits();
    /// assert_eq!(Handle::from_bits(saved), Some(heap));
    /// ```
    pub const fn to_bits(self) -> u64 {
        (self.generation.get() as u64) << 32 | self.slot.get() as u64
    }

    /// Returns the handle that [`to_bits`](Self::to_bits) gave the number for, or `None` if no
    /// handle has that number.
    ///
    /// A handle made of a number that was invented is as harmless as one of another index: it finds
    /// nothing, or an entry of the index that it is used with.
    ///
    /// # Complexity
    ///
    /// `O(1)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Handle, IntervalBTree};
    ///
    /// assert_eq!(Handle::from_bits(0), None);
    /// assert_eq!(Handle::from_bits(u64::MAX), None);
    ///
    /// let index = IntervalBTree::<u64, &str>::new();
    /// let invented = Handle::from_bits(1 << 32 | 7).unwrap();
    /// assert_eq!(index.get(invented), None);
    /// ```
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the number")]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match (NonZeroU32::new(bits as u32), NonZeroU32::new((bits >> 32) as u32)) {
            (Some(slot), Some(generation)) if slot.get() <= MAX_ID => {
                Some(Self { slot, generation })
            }
            _ => None,
        }
    }
}

/// A slot of [`Slots`]; the vacant ones form a list.
#[derive(Clone, Debug)]
enum Slot<N> {
    Live(N),
    Vacant { next: Link },
}

/// Records under stable ids, vacant places reused last-out first-in.
#[derive(Clone, Debug)]
pub(crate) struct Slots<N> {
    all: Vec<Slot<N>>,
    vacant: Link,
    len: usize,
    retired: usize,
}

impl<N> Slots<N> {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new(), vacant: Link::NIL, len: 0, retired: 0 }
    }

    /// Number of live records.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Number of slots, live, vacant and retired.
    pub(crate) fn slot_count(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.all.capacity()
    }

    /// Slots that `additional` more records need beyond the vacant ones.
    #[inline]
    pub(crate) fn slots_missing(&self, additional: usize) -> usize {
        additional.saturating_sub(self.all.len() - self.len - self.retired)
    }

    /// Returns `true` if a removed record has left its slot.
    #[inline]
    pub(crate) fn has_vacant(&self) -> bool {
        !self.vacant.is_nil()
    }

    /// Makes room for `additional` more records.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.all.try_reserve(self.slots_missing(additional))
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.all.shrink_to_fit();
    }

    /// Number of records that can still be named (A3); retired slots count as taken.
    #[inline]
    pub(crate) fn ids_left(&self) -> usize {
        NodeId::MAX_SLOTS - self.len - self.retired
    }

    /// Stores `record` behind all others; there must be no vacant slot, and an id left.
    #[inline]
    pub(crate) fn push(&mut self, record: N) -> NodeId {
        let id = NodeId::from_index(self.all.len());
        self.all.push(Slot::Live(record));
        self.len += 1;
        id
    }

    /// Takes the slot vacated last off the list.
    #[inline]
    fn pop_vacant(&mut self) -> Option<NodeId> {
        let id = self.vacant.get()?;
        match self.all[id.index()] {
            Slot::Vacant { next } => self.vacant = next,
            Slot::Live(_) => unreachable!("the vacant list holds vacant slots only"),
        }
        Some(id)
    }

    /// Stores `record`; an id must be left.
    #[inline]
    pub(crate) fn insert(&mut self, record: N) -> NodeId {
        let Some(id) = self.pop_vacant() else { return self.push(record) };
        self.all[id.index()] = Slot::Live(record);
        self.len += 1;
        id
    }

    /// Takes the slot vacated last out of use for ever (A2).
    pub(crate) fn retire_last_vacated(&mut self) {
        self.retired += usize::from(self.pop_vacant().is_some());
    }

    /// Takes the record out; its slot is reused unless `retire` is set (A2).
    #[inline]
    pub(crate) fn remove(&mut self, id: NodeId, retire: bool) -> N {
        let next = if retire { Link::NIL } else { self.vacant };
        let slot = core::mem::replace(&mut self.all[id.index()], Slot::Vacant { next });
        let Slot::Live(record) = slot else { unreachable!("only live nodes are removed") };
        if retire {
            self.retired += 1;
        } else {
            self.vacant = id.into();
        }
        self.len -= 1;
        record
    }

    /// The record that `link` leads to. One comparison tells both `NIL` and a link out of bounds.
    #[inline]
    pub(crate) fn follow(&self, link: Link) -> Option<&N> {
        match self.all.get(link.index()) {
            Some(Slot::Live(record)) => Some(record),
            _ => None,
        }
    }

    /// Two different live records at once.
    #[inline]
    pub(crate) fn pair_mut(&mut self, a: Link, b: Link) -> [&mut N; 2] {
        let pair = self.all.get_disjoint_mut([a.index(), b.index()]);
        pair.expect("two different ids (A1)").map(|slot| match slot {
            Slot::Live(record) => record,
            Slot::Vacant { .. } => unreachable!("a NodeId names a live record (A1)"),
        })
    }

    /// The id of the slot at `index`, if a record lives there.
    pub(crate) fn id_at(&self, index: usize) -> Option<NodeId> {
        let is_live = matches!(self.all.get(index), Some(Slot::Live(_)));
        is_live.then(|| NodeId::from_index(index))
    }
}

impl<N, I: Into<Link>> core::ops::Index<I> for Slots<N> {
    type Output = N;

    #[inline]
    fn index(&self, id: I) -> &N {
        match self.all.get(id.into().index()) {
            Some(Slot::Live(record)) => record,
            _ => not_live(),
        }
    }
}

impl<N, I: Into<Link>> core::ops::IndexMut<I> for Slots<N> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut N {
        match self.all.get_mut(id.into().index()) {
            Some(Slot::Live(record)) => record,
            _ => not_live(),
        }
    }
}

#[cold]
#[inline(never)]
fn not_live() -> ! {
    unreachable!("a NodeId names a live record (A1)")
}

/// A number or two for every slot, by link.
#[derive(Clone, Debug)]
pub(crate) struct Column<X> {
    all: Vec<X>,
}

impl<X> Column<X> {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new() }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.all.capacity()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.all.try_reserve(additional)
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.all.shrink_to_fit();
    }

    #[inline]
    pub(crate) fn push(&mut self, x: X) {
        self.all.push(x);
    }

    /// What belongs to the slot that `link` leads to.
    #[inline]
    pub(crate) fn get(&self, link: Link) -> Option<&X> {
        self.all.get(link.index())
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, link: Link) -> Option<&mut X> {
        self.all.get_mut(link.index())
    }
}

impl<X: Clone> Column<X> {
    pub(crate) fn resize(&mut self, len: usize, x: X) {
        self.all.resize(len, x);
    }
}

impl<X, I: Into<Link>> core::ops::Index<I> for Column<X> {
    type Output = X;

    #[inline]
    fn index(&self, id: I) -> &X {
        match self.get(id.into()) {
            Some(x) => x,
            None => not_live(),
        }
    }
}

impl<X, I: Into<Link>> core::ops::IndexMut<I> for Column<X> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut X {
        match self.get_mut(id.into()) {
            Some(x) => x,
            None => not_live(),
        }
    }
}

/// The generation of a new slot. Unit tests begin close to the end of the generations.
pub(crate) const FIRST_GENERATION: NonZeroU32 =
    if cfg!(test) { NonZeroU32::new(u32::MAX - 2).expect("not zero") } else { NonZeroU32::MIN };

/// A value and the generation of its slot; a vacant one remembers the generation to give next.
#[derive(Clone, Debug)]
pub(crate) enum Entry<V> {
    Live { generation: NonZeroU32, value: V },
    Vacant { next_generation: Option<NonZeroU32> },
}

/// Values by [`Handle`], in step with the [`Slots`] that give the ids.
#[derive(Clone, Debug)]
pub(crate) struct Entries<V> {
    entries: Vec<Entry<V>>,
}

impl<V> Entry<V> {
    /// The handle of this entry, which belongs to the live node `id`.
    #[inline]
    pub(crate) fn handle(&self, id: NodeId) -> Handle {
        match self {
            Self::Live { generation, .. } => Handle { slot: id.0, generation: *generation },
            Self::Vacant { .. } => unreachable!("a NodeId names a live record (A1)"),
        }
    }

    #[inline]
    pub(crate) fn value(&self) -> &V {
        match self {
            Self::Live { value, .. } => value,
            Self::Vacant { .. } => unreachable!("a NodeId names a live record (A1)"),
        }
    }

    #[inline]
    pub(crate) fn value_mut(&mut self) -> &mut V {
        match self {
            Self::Live { value, .. } => value,
            Self::Vacant { .. } => unreachable!("a NodeId names a live record (A1)"),
        }
    }
}

impl<V> Entries<V> {
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Makes room for the values of `additional` new slots.
    #[inline]
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.entries.try_reserve(additional)
    }

    pub(crate) fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
    }

    /// Stores the value of the node `id`, which has none.
    #[inline]
    pub(crate) fn put(&mut self, id: NodeId, value: V) -> Handle {
        let at = id.index();
        let generation = match self.entries.get(at) {
            None => FIRST_GENERATION,
            Some(Entry::Vacant { next_generation }) => {
                next_generation.expect("a retired slot is never given again (A2)")
            }
            Some(Entry::Live { .. }) => unreachable!("the slot of a new node is vacant"),
        };
        let entry = Entry::Live { generation, value };
        if at == self.entries.len() {
            self.entries.push(entry);
        } else {
            self.entries[at] = entry;
        }
        Handle { slot: id.0, generation }
    }

    /// Stores the value of the node behind all others.
    #[inline]
    pub(crate) fn push(&mut self, value: V) {
        self.entries.push(Entry::Live { generation: FIRST_GENERATION, value });
    }

    /// Takes the value of the node `id` out.
    #[inline]
    pub(crate) fn take(&mut self, id: NodeId) -> V {
        let entry = &mut self.entries[id.index()];
        let next_generation = match entry {
            Entry::Live { generation, .. } => generation.checked_add(1),
            Entry::Vacant { .. } => unreachable!("a NodeId names a live record (A1)"),
        };
        match core::mem::replace(entry, Entry::Vacant { next_generation }) {
            Entry::Live { value, .. } => value,
            Entry::Vacant { .. } => unreachable!("checked above"),
        }
    }

    /// Tells whether the slot of `id` must be retired when it is vacated next (A2).
    #[inline]
    pub(crate) fn is_last_life(&self, id: NodeId) -> bool {
        self.handle(id).generation == NonZeroU32::MAX
    }

    /// Tells whether the slot at `index` holds a value.
    pub(crate) fn is_live_at(&self, index: usize) -> bool {
        matches!(self.entries.get(index), Some(Entry::Live { .. }))
    }

    /// The node that `handle` names, if it still lives.
    #[inline]
    pub(crate) fn resolve(&self, handle: Handle) -> Option<NodeId> {
        let id = NodeId(handle.slot);
        match self.entries.get(id.index()) {
            Some(Entry::Live { generation, .. }) if *generation == handle.generation => Some(id),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn handle(&self, id: NodeId) -> Handle {
        self.entries[id.index()].handle(id)
    }

    #[inline]
    pub(crate) fn value(&self, id: NodeId) -> &V {
        self.entries[id.index()].value()
    }

    #[inline]
    pub(crate) fn value_mut(&mut self, id: NodeId) -> &mut V {
        self.entries[id.index()].value_mut()
    }

    /// All entries by slot.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Entry<V>] {
        &mut self.entries
    }
}

const _: () = {
    assert!(cfg!(test) || NodeId::MAX_SLOTS + 1 == Link::NIL.0.get() as usize, "all ids are used");
    assert!(size_of::<Handle>() == 8 && size_of::<Option<Handle>>() == 8);
    assert!(size_of::<Link>() == 4 && size_of::<Option<Link>>() == 4);
    assert!(size_of::<Entry<u32>>() == 8, "a value's entry is its generation and itself");
};

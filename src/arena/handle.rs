//! Handles, and which slots they name.

use alloc::boxed::Box;
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use core::num::NonZeroU32;

use super::{MAX_ID, NodeId};

/// Which life of a slot it is that a handle names.
pub(crate) type Generation = NonZeroU32;

/// Stable name of an entry of an [`IntervalRbTree`](crate::IntervalRbTree) or an
/// [`IntervalBTree`](crate::IntervalBTree), 8 bytes wide.
///
/// A handle stays valid until its entry is removed, whatever happens to other entries, and also when
/// the index is compacted, cloned or converted into the other kind of index. It is generational: after
/// the removal it finds nothing, even when its slot is used again.
///
/// A handle belongs to its index, to clones of that, and to what it is converted into. Used with
/// another index it finds nothing or an entry of that one. An index that is created anew gives the same
/// handles again, and so does the empty one that [`core::mem::take`] leaves: to remove all entries and
/// keep old handles stale, use `clear`.
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
    generation: Generation,
}

impl Handle {
    /// The handle of no entry.
    pub(crate) const OF_NONE: Self =
        Self { slot: NonZeroU32::new(MAX_ID).expect("not zero"), generation: NonZeroU32::MAX };

    #[inline]
    pub(crate) fn generation(self) -> Generation {
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

/// The generation of a new slot, unless its handles were given out already. Unit tests begin close to
/// the end of the generations.
const FIRST_GENERATION: Generation =
    if cfg!(test) { NonZeroU32::new(u32::MAX - 2).expect("not zero") } else { NonZeroU32::MIN };

/// Handles go on with greater generations up to this one, then with greater slots.
const MOST_GENERATIONS: u32 = if cfg!(test) { u32::MAX } else { 1 << 31 };

/// Handles go on with greater slots so far.
const MOST_OFFSET: usize = NodeId::MAX_SLOTS / 2;

/// Which handles name which slots.
///
/// The handle of an entry is made of the number of its slot and of a generation, until entries move
/// to other slots: then new handles begin above all that were given out, and the entries that
/// moved keep theirs in a table.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// What the number of a slot in a new handle has more than the slot's id.
    offset: u32,
    /// The greatest number of a slot in the handles given out before the last move.
    greatest: u32,
    /// The generation of a new slot.
    first: Generation,
    /// The greatest generation that a slot has, or offers next.
    highest: Generation,
    /// The first generation, if it is that of all slots and each handle has the number of its slot.
    plain: Option<Generation>,
    moved: Option<Box<Moved>>,
}

/// The handles of entries that have moved: of those that live in the slots from the first on, and have
/// lived there since.
#[derive(Clone, Debug)]
struct Moved {
    handles: Box<[Handle]>,
    /// The indices of the handles in ascending order; nothing if that is their order anyway.
    ascending: Box<[u32]>,
}

impl Names {
    pub(crate) const fn new() -> Self {
        Self {
            offset: 0,
            greatest: 0,
            first: FIRST_GENERATION,
            highest: FIRST_GENERATION,
            plain: Some(FIRST_GENERATION),
            moved: None,
        }
    }

    /// Names of no entries: what a snapshot has.
    #[cfg(target_has_atomic = "ptr")]
    pub(crate) fn of_none() -> Self {
        Self { plain: None, ..Self::new() }
    }

    /// The generation of a new slot.
    #[inline]
    pub(crate) fn first_generation(&self) -> Generation {
        self.first
    }

    /// Number of slots that can have handles of their own.
    #[inline]
    pub(crate) fn most_slots(&self) -> usize {
        NodeId::MAX_SLOTS - self.offset as usize
    }

    /// The generation after `generation` in a slot that was vacated, if there is one (A2).
    #[inline]
    pub(crate) fn next_generation(&mut self, generation: Generation) -> Option<Generation> {
        let next = generation.checked_add(1)?;
        self.plain = None;
        self.highest = self.highest.max(next);
        Some(next)
    }

    /// The handle of the entry in the slot `id`.
    #[inline]
    pub(crate) fn handle(&self, id: NodeId, generation: Generation) -> Handle {
        if let Some(moved) = &self.moved
            && generation == self.first
            && let Some(handle) = moved.handles.get(id.index())
        {
            return *handle;
        }
        self.own_handle(id, generation)
    }

    /// The same without the generation of the slot, if it goes without: until an entry is removed.
    #[inline]
    pub(crate) fn plain_handle(&self, id: NodeId) -> Option<Handle> {
        self.plain.map(|generation| Handle { slot: id.0, generation })
    }

    /// The same, if no entry has moved.
    #[inline]
    pub(crate) fn handle_unless_moved(&self, id: NodeId, generation: Generation) -> Option<Handle> {
        self.moved.is_none().then(|| self.own_handle(id, generation))
    }

    #[inline]
    fn own_handle(&self, id: NodeId, generation: Generation) -> Handle {
        Handle { slot: id.0.saturating_add(self.offset), generation }
    }

    /// The slot that `handle` names, if an entry lives there that has this generation and has not
    /// moved there.
    #[inline]
    pub(crate) fn slot(&self, handle: Handle) -> Option<NodeId> {
        NonZeroU32::new(handle.slot.get().wrapping_sub(self.offset)).map(NodeId)
    }

    /// The slot to which the entry of `handle` has moved, if an entry still lives there that has the
    /// first generation.
    #[inline]
    pub(crate) fn slot_moved_to(&self, handle: Handle) -> Option<NodeId> {
        self.moved.as_ref()?.find(handle).map(NodeId::from_index)
    }

    /// The names of the entries of `handles`, which will lie in the slots from the first on and have
    /// the first generation there; so many slots were in use. `None` if handles are used up.
    pub(crate) fn in_order(&self, slots: usize, handles: Vec<Handle>) -> Option<Self> {
        let lies = |(at, handle): (usize, &Handle)| {
            self.handle(NodeId::from_index(at), self.first) == *handle
        };
        if slots == handles.len() && handles.iter().enumerate().all(lies) {
            return Some(self.clone());
        }
        self.after_move(slots, handles)
    }

    /// The names of the entries of `handles`, which move to the slots from the first on and have the
    /// first generation there; so many slots were in use. `None` if handles are used up.
    pub(crate) fn after_move(&self, slots: usize, handles: Vec<Handle>) -> Option<Self> {
        let greatest = self.greatest_slot(slots);
        let (offset, first) = if self.highest.get() < MOST_GENERATIONS {
            (self.offset, self.highest.saturating_add(1))
        } else if greatest as usize <= MOST_OFFSET {
            (greatest, FIRST_GENERATION)
        } else {
            return None;
        };
        let moved = if handles.is_empty() { None } else { Some(Box::new(Moved::new(handles))) };
        let plain = (offset == 0 && moved.is_none()).then_some(first);
        Some(Self { offset, greatest, first, highest: first, plain, moved })
    }

    /// Which handles were given out, if so many slots are in use: by the offset, the greatest slot and
    /// the highest generation.
    #[cfg(feature = "serde")]
    pub(crate) fn issued(&self, slots: usize) -> [u32; 3] {
        [self.offset, self.greatest_slot(slots), self.highest.get()]
    }

    /// The names of the entries of `handles`, which will lie in the slots from the first on and have the
    /// first generation there, after so many handles were [`issued`](Self::issued). Otherwise what
    /// is wrong with them.
    #[cfg(feature = "serde")]
    pub(crate) fn restored(issued: [u32; 3], handles: Vec<Handle>) -> Result<Self, String> {
        let [offset, greatest, highest] = issued;
        let Some(highest) = Generation::new(highest) else {
            return Err("a generation of handles is not 0".into());
        };
        if offset as usize > MOST_OFFSET || offset > greatest || greatest > MAX_ID {
            return Err(format!("handles of slots above {offset} and up to {greatest} cannot be"));
        }
        let is_issued = |handle: &&Handle| {
            let slot = handle.slot.get();
            slot <= offset || slot <= greatest && handle.generation <= highest
        };
        if let Some(handle) = handles.iter().find(|handle| !is_issued(handle)) {
            return Err(format!("the handle {} was not given out", handle.to_bits()));
        }
        let mut sorted = handles.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("the handle {} comes twice", pair[0].to_bits()));
        }
        let plain = (offset == 0).then_some(highest);
        let before = Self { offset, greatest, first: highest, highest, plain, moved: None };
        let names = before.in_order((greatest - offset) as usize, handles);
        let names = names.filter(|names| names.most_slots() >= sorted.len());
        names.ok_or_else(|| "no handles are left for what is inserted".into())
    }

    /// The greatest number of a slot in any handle given out, if so many slots are in use.
    fn greatest_slot(&self, slots: usize) -> u32 {
        let slots = u32::try_from(slots).expect("slots are counted against MAX_SLOTS");
        self.greatest.max(self.offset + slots)
    }
}

impl Moved {
    fn new(handles: Vec<Handle>) -> Self {
        let mut ascending = Vec::new();
        if !handles.is_sorted() {
            ascending.extend((0..).take(handles.len()));
            ascending.sort_unstable_by_key(|at: &u32| handles[*at as usize]);
        }
        Self { handles: handles.into(), ascending: ascending.into() }
    }

    /// The index of `handle`.
    fn find(&self, handle: Handle) -> Option<usize> {
        if self.ascending.is_empty() {
            return self.handles.binary_search(&handle).ok();
        }
        let of = |at: &u32| self.handles[*at as usize];
        // If all slots were in use, the handle lies where its slot does.
        let guess = handle.slot.get().wrapping_sub(of(&self.ascending[0]).slot.get()) as usize;
        if let Some(at) = self.ascending.get(guess)
            && of(at) == handle
        {
            return Some(*at as usize);
        }
        let place = self.ascending.binary_search_by_key(&handle, of).ok()?;
        Some(self.ascending[place] as usize)
    }
}

const _: () = assert!(size_of::<Handle>() == 8 && size_of::<Option<Handle>>() == 8);

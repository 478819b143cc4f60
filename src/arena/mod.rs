//! Slots that keep their place, and names for them that outlive them.
//!
//! [`Slots`] stores records under a [`NodeId`] that never changes while the record lives; a
//! [`Link`] is an optional `NodeId`, and a [`Column`] holds a number or two for every slot.
//! [`Entries`] stores values beside them and gives out [`Handle`]s: a handle carries the generation
//! of its slot, which changes whenever the slot is vacated. [`Names`] knows which handles name which
//! slots, also after the entries have moved to other slots. This module knows no interval and no
//! order.
//!
//! Invariants:
//! * (A1) A `NodeId` names the same record from `insert` to `remove`.
//! * (A2) No handle is given out twice, so a stale handle finds nothing. A slot whose generations are
//!   used up is retired, never reused.
//! * (A3) At most 2^31 - 2 slots exist, so a `Link` takes 31 bits and leaves one to its neighbour.
//! * (A4) Slot 0 does not exist, so an id is its own index; its place in an array is a placeholder.

#![forbid(unsafe_code)]

mod entries;
mod handle;
mod slots;

use core::num::NonZeroU32;

pub(crate) use entries::{Entries, Entry};
pub use handle::Handle;
pub(crate) use handle::{Generation, Names};
pub(crate) use slots::{Column, Slots};

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
        Self::from_place(index + 1)
    }

    /// The id of the slot that lies there in an array with a placeholder (A4).
    #[inline]
    fn from_place(place: usize) -> Self {
        debug_assert!((1..=Self::MAX_SLOTS).contains(&place), "slots are counted beforehand");
        #[expect(clippy::cast_possible_truncation, reason = "there are less than 2^31 slots")]
        Self(NonZeroU32::new(place as u32).unwrap_or(NonZeroU32::MIN))
    }

    /// Which slot it is, counted from 0.
    #[inline]
    pub(crate) fn index(self) -> usize {
        (self.0.get() - 1) as usize
    }

    /// Where it lies in an array with a placeholder (A4).
    #[inline]
    fn place(self) -> usize {
        self.0.get() as usize
    }
}

/// An optional [`NodeId`] in 31 of 32 bits. Its unused value, zero, lets a vacant slot take no more
/// bytes than a record.
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

    /// Where the slot lies in an array with a placeholder (A4); for `NIL` beyond all of them (A3).
    #[inline]
    fn place(self) -> usize {
        self.0.get() as usize
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

#[cold]
#[inline(never)]
fn not_live() -> ! {
    unreachable!("a NodeId names a live record (A1)")
}

const _: () = {
    assert!(cfg!(test) || NodeId::MAX_SLOTS + 1 == Link::NIL.0.get() as usize, "all ids are used");
    assert!(size_of::<Link>() == 4 && size_of::<Option<Link>>() == 4);
};

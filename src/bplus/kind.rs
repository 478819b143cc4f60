//! What a tree keeps beside intervals and values: rows of handles, or the gaps between disjoint entries.

#![forbid(unsafe_code)]

use core::fmt;

use super::slab::Slab;
use crate::arena::NodeId;
use crate::interval::Discrete;

/// One of the two uses of the tree.
pub(crate) trait Kind {
    /// What a leaf keeps of each entry.
    type Slot: Copy + fmt::Debug + PartialEq;
    /// What an inner node keeps of each child.
    type Gap: Copy + fmt::Debug + PartialOrd;
    /// What knows where entries lie.
    type Rows: Rows<Self::Slot>;
    /// How full a leaf may be, in eighths, for a full neighbour to share with it. More take less memory,
    /// and insertions more time: with 7 instead of 6 a map whose leaves held 32 entries took 30.1 bytes an
    /// entry instead of 31.0, and 3 % more instructions.
    const SHARED_EIGHTHS: usize;
}

/// Where it is written down which leaf holds an entry.
pub(crate) trait Rows<S> {
    /// These entries lie in `leaf` now.
    fn set_leaves(&mut self, slots: &[S], leaf: u32);

    /// The entry was removed.
    fn remove(&mut self, slot: S);
}

/// Entries that may overlap, each with a row that its handle leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handled;

/// Disjoint entries without handles; an inner node knows the greatest gap below each child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disjoint;

/// No rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoRows;

impl Kind for Handled {
    type Slot = NodeId;
    type Gap = ();
    type Rows = Slab;
    const SHARED_EIGHTHS: usize = 6;
}

impl Kind for Disjoint {
    type Slot = ();
    /// How many steps lead from the end of an entry to the start of the next one.
    type Gap = u128;
    type Rows = NoRows;
    const SHARED_EIGHTHS: usize = 7;
}

impl Rows<NodeId> for Slab {
    #[inline(never)]
    fn set_leaves(&mut self, slots: &[NodeId], leaf: u32) {
        for slot in slots {
            self.set_leaf(*slot, leaf);
        }
    }

    fn remove(&mut self, slot: NodeId) {
        Self::remove(self, slot);
    }
}

impl Rows<()> for NoRows {
    #[inline]
    fn set_leaves(&mut self, _: &[()], _: u32) {}

    fn remove(&mut self, (): ()) {}
}

/// Rows whose leaves are set later.
pub(crate) struct SetLater;

impl<S> Rows<S> for SetLater {
    #[inline]
    fn set_leaves(&mut self, _: &[S], _: u32) {}

    fn remove(&mut self, _: S) {}
}

/// Measures gaps.
pub(crate) trait Measure<T>: Kind {
    /// Whether there is anything to keep.
    const MEASURES: bool;
    /// No gap.
    const NONE: Self::Gap;

    /// From the end of an entry to the start of the next one.
    fn between(last: &T, start: &T) -> Self::Gap;

    fn greater(a: Self::Gap, b: Self::Gap) -> Self::Gap;

    /// The greatest of the distances from `lasts` to the starts that follow them.
    #[inline]
    fn greatest(lasts: &[T], starts: &[T]) -> Self::Gap {
        let ends = lasts.iter().zip(starts);
        ends.fold(Self::NONE, |gap, (last, start)| Self::greater(gap, Self::between(last, start)))
    }
}

impl<T> Measure<T> for Handled {
    const MEASURES: bool = false;
    const NONE: () = ();

    fn between(_: &T, _: &T) {}

    fn greater((): (), (): ()) {}
}

impl<T: Discrete> Measure<T> for Disjoint {
    const MEASURES: bool = true;
    const NONE: u128 = 0;

    /// Zero where steps are not counted: such ends have no gaps of a length.
    #[inline]
    fn between(last: &T, start: &T) -> u128 {
        last.steps_to(start).unwrap_or(0)
    }

    #[inline]
    fn greater(a: u128, b: u128) -> u128 {
        a.max(b)
    }
}

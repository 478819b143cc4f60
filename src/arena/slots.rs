//! Records in slots, and columns beside them.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use super::{Link, NodeId, not_live};

/// A slot of [`Slots`]; the vacant ones form a list.
#[derive(Clone, Debug)]
enum Slot<N> {
    Live(N),
    Vacant { next: Link },
}

/// Records under stable ids; vacant slots are reused last-out first-in.
#[derive(Clone, Debug)]
pub(crate) struct Slots<N> {
    /// The slots, after a placeholder (A4).
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
        self.all.len().saturating_sub(1)
    }

    pub(crate) fn capacity(&self) -> usize {
        self.all.capacity().saturating_sub(1)
    }

    /// Slots that `additional` more records need beyond the vacant ones.
    pub(crate) fn slots_missing(&self, additional: usize) -> usize {
        additional.saturating_sub(self.slot_count() - self.len - self.retired)
    }

    /// Number of slots that are taken: by records, or retired for ever.
    pub(crate) fn taken(&self) -> usize {
        self.len + self.retired
    }

    /// Returns `true` if a removed record has left its slot to the next.
    #[inline]
    pub(crate) fn has_vacant(&self) -> bool {
        !self.vacant.is_nil()
    }

    /// Reserves memory for `additional` more records.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let slots = self.slots_missing(additional);
        try_reserve(&mut self.all, slots, || Slot::Vacant { next: Link::NIL })
    }

    /// Reserves memory for `slots` slots in an arena that has none, and no more.
    pub(crate) fn reserve_exact(&mut self, slots: usize) {
        reserve_exact(&mut self.all, slots, || Slot::Vacant { next: Link::NIL });
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        shrink_to_fit(&mut self.all);
    }

    /// Stores `record` after all others; memory must be reserved, and no slot vacant.
    #[inline]
    pub(crate) fn push(&mut self, record: N) -> NodeId {
        debug_assert!(self.vacant.is_nil(), "a vacant slot is taken first");
        let id = NodeId::from_place(self.all.len());
        self.all.push(Slot::Live(record));
        self.len += 1;
        id
    }

    /// Takes the slot vacated last off the list.
    #[inline]
    fn pop_vacant(&mut self) -> Option<NodeId> {
        let id = self.vacant.get()?;
        match self.all.get(id.place()) {
            Some(Slot::Vacant { next }) => self.vacant = *next,
            _ => unreachable!("the vacant list holds vacant slots only"),
        }
        Some(id)
    }

    /// Stores `record`; an id must be left, and memory.
    #[inline]
    pub(crate) fn insert(&mut self, record: N) -> NodeId {
        let Some(id) = self.pop_vacant() else { return self.push(record) };
        self.all[id.place()] = Slot::Live(record);
        self.len += 1;
        id
    }

    /// Retires the slot vacated last: it is never used again (A2).
    #[cold]
    pub(crate) fn retire_last_vacated(&mut self) {
        self.retired += usize::from(self.pop_vacant().is_some());
    }

    /// Removes a record; its slot is the next to be reused.
    #[inline]
    pub(crate) fn remove(&mut self, id: NodeId) -> N {
        let slot = match self.all.get_mut(id.place()) {
            Some(slot) => core::mem::replace(slot, Slot::Vacant { next: self.vacant }),
            None => not_live(),
        };
        let Slot::Live(record) = slot else { not_live() };
        self.vacant = id.into();
        self.len -= 1;
        record
    }

    /// The record that `link` leads to. One comparison finds both `NIL` and a link out of bounds.
    #[inline]
    pub(crate) fn follow(&self, link: Link) -> Option<&N> {
        match self.all.get(link.place()) {
            Some(Slot::Live(record)) => Some(record),
            _ => None,
        }
    }

    /// Two different live records at once.
    #[inline]
    pub(crate) fn pair_mut(&mut self, a: Link, b: Link) -> [&mut N; 2] {
        match self.all.get_disjoint_mut([a.place(), b.place()]) {
            Ok([Slot::Live(a), Slot::Live(b)]) => [a, b],
            _ => not_live(),
        }
    }

    /// The id of the slot at `index`, if a record lives there.
    pub(crate) fn id_at(&self, index: usize) -> Option<NodeId> {
        let is_live = matches!(self.all.get(index + 1), Some(Slot::Live(_)));
        is_live.then(|| NodeId::from_index(index))
    }
}

impl<N, I: Into<Link>> Index<I> for Slots<N> {
    type Output = N;

    #[inline]
    fn index(&self, id: I) -> &N {
        match self.all.get(id.into().place()) {
            Some(Slot::Live(record)) => record,
            _ => not_live(),
        }
    }
}

impl<N, I: Into<Link>> IndexMut<I> for Slots<N> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut N {
        match self.all.get_mut(id.into().place()) {
            Some(Slot::Live(record)) => record,
            _ => not_live(),
        }
    }
}

/// A number or two for every slot.
#[derive(Clone, Debug)]
pub(crate) struct Column<X> {
    /// By slot, after a placeholder (A4).
    all: Vec<X>,
}

impl<X: Clone> Column<X> {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new() }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.all.capacity().saturating_sub(1)
    }

    /// Reserves memory for so many slots in all; `placeholder` is what no slot has.
    pub(crate) fn try_reserve(
        &mut self,
        slots: usize,
        placeholder: X,
    ) -> Result<(), TryReserveError> {
        let missing = slots.saturating_sub(self.all.len().saturating_sub(1));
        try_reserve(&mut self.all, missing, || placeholder)
    }

    /// Reserves memory for `slots` slots in a column that has none, and no more.
    pub(crate) fn reserve_exact(&mut self, slots: usize, placeholder: X) {
        reserve_exact(&mut self.all, slots, || placeholder);
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        shrink_to_fit(&mut self.all);
    }

    /// Sets what belongs to the slot `id`, which is an old one or the next.
    #[inline]
    pub(crate) fn set(&mut self, id: NodeId, x: X) {
        if let Some(place) = self.all.get_mut(id.place()) {
            *place = x;
        } else {
            debug_assert_eq!(self.all.len(), id.place(), "the next slot");
            self.all.push(x);
        }
    }

    /// What belongs to the slot that `link` leads to.
    #[inline]
    pub(crate) fn get(&self, link: Link) -> Option<&X> {
        self.all.get(link.place())
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, link: Link) -> Option<&mut X> {
        self.all.get_mut(link.place())
    }

    /// Grows it to the length that so many slots need.
    pub(crate) fn resize(&mut self, slots: usize, x: X) {
        if slots > 0 {
            self.all.resize(slots + 1, x);
        }
    }
}

impl<X: Clone, I: Into<Link>> Index<I> for Column<X> {
    type Output = X;

    #[inline]
    fn index(&self, id: I) -> &X {
        match self.get(id.into()) {
            Some(x) => x,
            None => not_live(),
        }
    }
}

impl<X: Clone, I: Into<Link>> IndexMut<I> for Column<X> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut X {
        match self.get_mut(id.into()) {
            Some(x) => x,
            None => not_live(),
        }
    }
}

/// Reserves memory for so many slots more, after a placeholder.
pub(super) fn try_reserve<X>(
    all: &mut Vec<X>,
    slots: usize,
    placeholder: impl FnOnce() -> X,
) -> Result<(), TryReserveError> {
    if slots == 0 {
        return Ok(());
    }
    if !all.is_empty() {
        return all.try_reserve(slots);
    }
    all.try_reserve(slots.saturating_add(1))?;
    all.push(placeholder());
    Ok(())
}

/// Reserves memory for so many slots, after a placeholder, and no more.
pub(super) fn reserve_exact<X>(all: &mut Vec<X>, slots: usize, placeholder: impl FnOnce() -> X) {
    if slots > 0 {
        all.reserve_exact(slots + 1);
        all.push(placeholder());
    }
}

/// Gives up memory that no slot takes.
pub(super) fn shrink_to_fit<X>(all: &mut Vec<X>) {
    if all.len() == 1 {
        *all = Vec::new();
    }
    all.shrink_to_fit();
}

//! Slots by small typed index. Knows nothing of what it stores.
//!
//! 1. An [`Ix`] is valid from `insert` to `remove`; using a dead one is a fault of the model and
//!    panics. Tables of the model refer to each other by `Ix`: four bytes, no check of generation.
//! 2. A [`RawId`] adds the slot's generation and is what leaves the module: a stale one finds nothing.
//! 3. A slot whose generation is used up is never handed out again.

use core::fmt;
use core::marker::PhantomData;
use core::num::NonZeroU32;
use core::ops::{Index, IndexMut};

/// Slot of a table whose slots are named by `K`; `Option<Ix<K>>` is four bytes too.
pub(crate) struct Ix<K>(NonZeroU32, PhantomData<fn() -> K>);

impl<K> Ix<K> {
    /// The slot number `slot`.
    ///
    /// # Panics
    ///
    /// At `u32::MAX` slots: 2^32 pages would be 16 TiB, and the slab's `Vec` of them more than the
    /// machine that runs the model has.
    fn new(slot: usize) -> Self {
        let number = u32::try_from(slot + 1).ok().and_then(NonZeroU32::new);
        Self(number.expect("a slab holds fewer than 2^32 entries"), PhantomData)
    }

    /// The slot as a number from zero.
    pub(crate) fn slot(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl<K> Clone for Ix<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Ix<K> {}
impl<K> PartialEq for Ix<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Ix<K> {}
impl<K> PartialOrd for Ix<K> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Ix<K> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> fmt::Debug for Ix<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.slot())
    }
}

/// Slot and generation: the inside of the public ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RawId {
    slot: u32,
    generation: u32,
}

impl fmt::Display for RawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

#[derive(Clone, Debug)]
enum Slot<T, K> {
    Full(T),
    Free(Option<Ix<K>>),
}

/// A growing table with a free list, see the invariants above. What names its slots is a type of its
/// own where rows of one table name those of another: then neither has to know the other's rows.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T, K = T> {
    slots: Vec<Slot<T, K>>,
    generations: Vec<u32>,
    free: Option<Ix<K>>,
    len: usize,
}

impl<T, K> Slab<T, K> {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new(), generations: Vec::new(), free: None, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn insert(&mut self, value: T) -> Ix<K> {
        self.len += 1;
        if let Some(at) = self.free {
            let slot = &mut self.slots[at.slot()];
            let Slot::Free(next) = *slot else { unreachable!("the free list names free slots") };
            self.free = next;
            *slot = Slot::Full(value);
            return at;
        }
        let at = Ix::new(self.slots.len());
        self.slots.push(Slot::Full(value));
        self.generations.push(0);
        at
    }

    pub(crate) fn remove(&mut self, at: Ix<K>) -> T {
        let generation = &mut self.generations[at.slot()];
        let retired = *generation == u32::MAX; // invariant 3
        *generation = generation.saturating_add(1);
        let next = if retired { None } else { self.free };
        let slot = core::mem::replace(&mut self.slots[at.slot()], Slot::Free(next));
        let Slot::Full(value) = slot else { panic!("slot {at:?} is free already") };
        if !retired {
            self.free = Some(at);
        }
        self.len -= 1;
        value
    }

    pub(crate) fn get(&self, at: Ix<K>) -> Option<&T> {
        match self.slots.get(at.slot()) {
            Some(Slot::Full(value)) => Some(value),
            _ => None,
        }
    }

    /// The live entry in slot number `slot`, if there is one.
    pub(crate) fn at(&self, slot: u64) -> Option<Ix<K>> {
        let slot = usize::try_from(slot).ok()?;
        matches!(self.slots.get(slot), Some(Slot::Full(_))).then(|| Ix::new(slot))
    }

    pub(crate) fn id(&self, at: Ix<K>) -> RawId {
        RawId { slot: at.0.get() - 1, generation: self.generations[at.slot()] }
    }

    pub(crate) fn find(&self, id: RawId) -> Option<Ix<K>> {
        let at = self.at(u64::from(id.slot))?;
        (self.generations[at.slot()] == id.generation).then_some(at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ix<K>, &T)> {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| match entry {
            Slot::Full(value) => Some((Ix::new(slot), value)),
            Slot::Free(_) => None,
        })
    }
}

impl<T, K> Index<Ix<K>> for Slab<T, K> {
    type Output = T;
    fn index(&self, at: Ix<K>) -> &T {
        match &self.slots[at.slot()] {
            Slot::Full(value) => value,
            Slot::Free(_) => panic!("slot {at:?} is free"),
        }
    }
}

impl<T, K> IndexMut<Ix<K>> for Slab<T, K> {
    fn index_mut(&mut self, at: Ix<K>) -> &mut T {
        match &mut self.slots[at.slot()] {
            Slot::Full(value) => value,
            Slot::Free(_) => panic!("slot {at:?} is free"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slab;

    #[test]
    fn a_slot_comes_back_and_its_old_id_does_not() {
        let mut slab = <Slab<_>>::new();
        let a = slab.insert('a');
        let old = slab.id(a);
        assert_eq!(slab.find(old), Some(a));
        assert_eq!(slab.remove(a), 'a');
        assert_eq!(slab.find(old), None);
        let b = slab.insert('b');
        assert_eq!(b.slot(), a.slot());
        assert_eq!(slab.find(old), None);
        assert_eq!(slab.find(slab.id(b)), Some(b));
        assert_eq!((slab.len(), slab[b]), (1, 'b'));
    }

    #[test]
    fn indices_are_ordered_by_slot() {
        let mut slab = <Slab<_>>::new();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert!(a < b);
    }

    /// A slab with a free slot, and its index.
    fn with_a_free_slot() -> (Slab<char>, super::Ix<char>) {
        let mut slab = <Slab<_>>::new();
        let free = slab.insert('a');
        slab.remove(free);
        (slab, free)
    }

    #[test]
    #[should_panic(expected = "slot #0 is free")]
    fn a_free_slot_is_not_read() {
        let (slab, free) = with_a_free_slot();
        assert_eq!(slab.get(free), None);
        let _ = slab[free];
    }

    #[test]
    #[should_panic(expected = "slot #0 is free")]
    fn a_free_slot_is_not_written() {
        let (mut slab, free) = with_a_free_slot();
        slab[free] = 'b';
    }

    #[test]
    #[should_panic(expected = "slot #0 is free already")]
    fn a_free_slot_is_not_freed_again() {
        let (mut slab, free) = with_a_free_slot();
        slab.remove(free);
    }

    #[test]
    fn a_used_up_generation_retires_its_slot() {
        let mut slab = <Slab<_>>::new();
        let a = slab.insert(1);
        slab.generations[a.slot()] = u32::MAX;
        slab.remove(a);
        let b = slab.insert(2);
        assert_ne!(a.slot(), b.slot());
        assert_eq!(slab.iter().map(|(_, v)| *v).collect::<Vec<_>>(), [2]);
    }
}

//! Values, and the handles that lead to them.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use super::slots::{reserve_exact, shrink_to_fit, try_reserve};
use super::{Generation, Handle, Names, NodeId, not_live};

/// A value and the generation of its slot; a vacant slot knows the generation to give next.
#[derive(Clone, Debug)]
pub(crate) enum Entry<V> {
    Live { generation: Generation, value: V },
    Vacant { next_generation: Option<Generation> },
}

/// Values by [`Handle`], in step with the [`Slots`](super::Slots) that give the ids.
#[derive(Clone, Debug)]
pub(crate) struct Entries<V> {
    /// By slot, after a placeholder (A4).
    all: Vec<Entry<V>>,
    names: Names,
}

impl<V> Entry<V> {
    /// The generation and the value of an entry that belongs to a live node.
    #[inline]
    pub(crate) fn live_mut(&mut self) -> (Generation, &mut V) {
        match self {
            Self::Live { generation, value } => (*generation, value),
            Self::Vacant { .. } => not_live(),
        }
    }
}

impl<V> Entries<V> {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new(), names: Names::new() }
    }

    /// Entries without a slot yet, which will have these names.
    pub(crate) fn with_names(capacity: usize, names: Names) -> Self {
        let mut all = Vec::new();
        reserve_exact(&mut all, capacity, || Entry::Vacant { next_generation: None });
        Self { all, names }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Replaces the values of the nodes `ids`, which are all live ones, by what `change` makes of them.
    pub(crate) fn map<W>(
        mut self,
        ids: impl Iterator<Item = NodeId>,
        mut change: impl FnMut(NodeId, V) -> W,
    ) -> Entries<W> {
        let vacant = self.all.iter().map(|entry| match entry {
            Entry::Live { .. } => Entry::Vacant { next_generation: None },
            Entry::Vacant { next_generation } => {
                Entry::Vacant { next_generation: *next_generation }
            }
        });
        let mut all: Vec<_> = vacant.collect();
        for id in ids {
            let Some(entry) = self.all.get_mut(id.place()) else { not_live() };
            match core::mem::replace(entry, Entry::Vacant { next_generation: None }) {
                Entry::Live { generation, value } => {
                    all[id.place()] = Entry::Live { generation, value: change(id, value) };
                }
                Entry::Vacant { .. } => not_live(),
            }
        }
        Entries { all, names: self.names }
    }

    /// The generation of each slot: that of its entry, or the next one to be given, and whether an
    /// entry lives there.
    pub(crate) fn generations(&self) -> impl Iterator<Item = (Option<Generation>, bool)> {
        self.all.iter().skip(1).map(|entry| match entry {
            Entry::Live { generation, .. } => (Some(*generation), true),
            Entry::Vacant { next_generation } => (*next_generation, false),
        })
    }

    /// Reserves memory for the values of `additional` new slots.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        try_reserve(&mut self.all, additional, || Entry::Vacant { next_generation: None })
    }

    pub(crate) fn capacity(&self) -> usize {
        self.all.capacity().saturating_sub(1)
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        shrink_to_fit(&mut self.all);
    }

    /// Stores the value of the node `id`, which has none.
    #[inline]
    pub(crate) fn put(&mut self, id: NodeId, value: V) -> Handle {
        let generation = if let Some(entry) = self.all.get_mut(id.place()) {
            let Entry::Vacant { next_generation: Some(generation) } = *entry else {
                unreachable!("the slot of a new node is vacant, and not retired (A2)")
            };
            *entry = Entry::Live { generation, value };
            generation
        } else {
            self.push(value);
            self.names.first_generation()
        };
        self.names.handle(id, generation)
    }

    /// Stores the value of a node in the next slot.
    #[inline]
    pub(crate) fn push(&mut self, value: V) {
        let generation = self.names.first_generation();
        self.all.push(Entry::Live { generation, value });
    }

    /// Removes the value of the node `id`; the other result is `true` if the slot must be retired
    /// (A2).
    #[inline]
    pub(crate) fn take(&mut self, id: NodeId) -> (V, bool) {
        let Some(entry) = self.all.get_mut(id.place()) else { not_live() };
        match core::mem::replace(entry, Entry::Vacant { next_generation: None }) {
            Entry::Live { generation, value } => {
                let next_generation = self.names.next_generation(generation);
                *entry = Entry::Vacant { next_generation };
                (value, next_generation.is_none())
            }
            Entry::Vacant { .. } => not_live(),
        }
    }

    /// Returns `true` if the slot at `index` holds a value.
    pub(crate) fn is_live_at(&self, index: usize) -> bool {
        matches!(self.all.get(index + 1), Some(Entry::Live { .. }))
    }

    /// The node that `handle` names, if it still lives.
    #[inline]
    pub(crate) fn resolve(&self, handle: Handle) -> Option<NodeId> {
        if let Some(id) = self.names.slot(handle)
            && self.generation(id) == Some(handle.generation())
        {
            return Some(id);
        }
        let id = self.names.slot_moved_to(handle)?;
        (self.generation(id) == Some(self.names.first_generation())).then_some(id)
    }

    /// The generation of a live entry.
    #[inline]
    fn generation(&self, id: NodeId) -> Option<Generation> {
        match self.all.get(id.place()) {
            Some(Entry::Live { generation, .. }) => Some(*generation),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn handle(&self, id: NodeId) -> Handle {
        match self.generation(id) {
            Some(generation) => self.names.handle(id, generation),
            None => not_live(),
        }
    }

    #[inline]
    pub(crate) fn value(&self, id: NodeId) -> &V {
        match self.all.get(id.place()) {
            Some(Entry::Live { value, .. }) => value,
            _ => not_live(),
        }
    }

    #[inline]
    pub(crate) fn value_mut(&mut self, id: NodeId) -> &mut V {
        match self.all.get_mut(id.place()) {
            Some(Entry::Live { value, .. }) => value,
            _ => not_live(),
        }
    }

    /// All entries by slot, those of live nodes by their index, and the names of them.
    pub(crate) fn parts_mut(&mut self) -> (&mut [Entry<V>], &Names) {
        (self.all.get_mut(1..).unwrap_or_default(), &self.names)
    }
}

const _: () = assert!(size_of::<Entry<u32>>() == 8, "a value's entry is its generation and itself");

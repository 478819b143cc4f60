//! Values by handle. A cell knows the leaf that holds its entry, and nothing else of the order.

#![forbid(unsafe_code)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::arena::{FIRST_GENERATION, Handle, Link, NodeId};

/// The place of one value; the vacant ones form a list.
#[derive(Clone, Debug)]
enum Cell<V> {
    Live { generation: NonZeroU32, leaf: u32, value: V },
    Vacant { next_generation: Option<NonZeroU32>, next: Link },
}

/// Values under stable ids, vacant places reused last-out first-in; a place whose generations are
/// used up is never used again.
#[derive(Clone, Debug)]
pub(super) struct Slab<V> {
    cells: Vec<Cell<V>>,
    vacant: Link,
    len: usize,
    retired: usize,
}

impl<V> Slab<V> {
    pub(super) const fn new() -> Self {
        Self { cells: Vec::new(), vacant: Link::NIL, len: 0, retired: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.cells.capacity()
    }

    /// Number of cells, live, vacant and retired.
    pub(super) fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// Number of values that can still be named.
    #[inline]
    pub(super) fn ids_left(&self) -> usize {
        NodeId::MAX_SLOTS - self.len - self.retired
    }

    /// Makes room for `additional` more values.
    #[inline]
    pub(super) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let vacant = self.cells.len() - self.len - self.retired;
        match additional.checked_sub(vacant) {
            None | Some(0) => Ok(()),
            Some(missing) => self.cells.try_reserve(missing),
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.cells.shrink_to_fit();
    }

    /// Stores a value whose entry lies in `leaf`; an id must be left.
    #[inline]
    pub(super) fn insert(&mut self, leaf: u32, value: V) -> Handle {
        let Some(id) = self.vacant.get() else {
            let id = NodeId::from_index(self.cells.len());
            self.cells.push(Cell::Live { generation: FIRST_GENERATION, leaf, value });
            self.len += 1;
            return Handle::new(id, FIRST_GENERATION);
        };
        let cell = &mut self.cells[id.index()];
        let Cell::Vacant { next_generation: Some(generation), next } = *cell else {
            unreachable!("the vacant list holds cells with another life to give")
        };
        *cell = Cell::Live { generation, leaf, value };
        self.vacant = next;
        self.len += 1;
        Handle::new(id, generation)
    }

    /// Takes a value out; its handle finds nothing from now on.
    pub(super) fn remove(&mut self, id: NodeId) -> V {
        let cell = &mut self.cells[id.index()];
        let next_generation = match cell {
            Cell::Live { generation, .. } => generation.checked_add(1),
            Cell::Vacant { .. } => unreachable!("only live values are removed"),
        };
        let next = self.vacant;
        match next_generation {
            Some(_) => self.vacant = id.into(),
            None => self.retired += 1,
        }
        self.len -= 1;
        match core::mem::replace(cell, Cell::Vacant { next_generation, next }) {
            Cell::Live { value, .. } => value,
            Cell::Vacant { .. } => unreachable!("checked above"),
        }
    }

    /// Removes all values, the rest of them also when the `Drop` of one panics.
    pub(super) fn clear(&mut self) {
        struct Rest<'a, V> {
            slab: &'a mut Slab<V>,
            next: usize,
        }

        impl<V> Rest<'_, V> {
            fn vacate(&mut self) {
                while self.next < self.slab.cells.len() {
                    let id = self.slab.id_at(self.next);
                    self.next += 1;
                    if let Some(id) = id {
                        drop(self.slab.remove(id));
                    }
                }
            }
        }

        impl<V> Drop for Rest<'_, V> {
            fn drop(&mut self) {
                self.vacate();
            }
        }

        Rest { slab: self, next: 0 }.vacate();
    }

    /// The id of the cell at `index`, if a value lives there.
    pub(super) fn id_at(&self, index: usize) -> Option<NodeId> {
        matches!(self.cells.get(index), Some(Cell::Live { .. })).then(|| NodeId::from_index(index))
    }

    /// The value that `handle` names, if it still lives.
    #[inline]
    pub(super) fn resolve(&self, handle: Handle) -> Option<NodeId> {
        match self.cells.get(handle.id().index()) {
            Some(Cell::Live { generation, .. }) if *generation == handle.generation() => {
                Some(handle.id())
            }
            _ => None,
        }
    }

    #[inline]
    pub(super) fn handle(&self, id: NodeId) -> Handle {
        match &self.cells[id.index()] {
            Cell::Live { generation, .. } => Handle::new(id, *generation),
            Cell::Vacant { .. } => unreachable!("a leaf names live values (B5)"),
        }
    }

    #[inline]
    pub(super) fn leaf(&self, id: NodeId) -> u32 {
        match &self.cells[id.index()] {
            Cell::Live { leaf, .. } => *leaf,
            Cell::Vacant { .. } => unreachable!("a leaf names live values (B5)"),
        }
    }

    #[inline]
    pub(super) fn set_leaf(&mut self, id: NodeId, to: u32) {
        match &mut self.cells[id.index()] {
            Cell::Live { leaf, .. } => *leaf = to,
            Cell::Vacant { .. } => unreachable!("a leaf names live values (B5)"),
        }
    }

    #[inline]
    pub(super) fn value(&self, id: NodeId) -> &V {
        match &self.cells[id.index()] {
            Cell::Live { value, .. } => value,
            Cell::Vacant { .. } => unreachable!("a leaf names live values (B5)"),
        }
    }

    #[inline]
    pub(super) fn value_mut(&mut self, id: NodeId) -> &mut V {
        match &mut self.cells[id.index()] {
            Cell::Live { value, .. } => value,
            Cell::Vacant { .. } => unreachable!("a leaf names live values (B5)"),
        }
    }
}

const _: () = assert!(size_of::<Cell<u32>>() == 12, "a value, its generation and its leaf");

//! What a handle leads to: the leaf that holds its entry, and nothing else of the order.

#![forbid(unsafe_code)]
#![expect(clippy::inline_always, reason = "a step of a loop, of which the rest is out of line")]

use alloc::collections::TryReserveError;

use alloc::vec::Vec;

use crate::arena::{Entries, Generation, Handle, Names, NodeId};
use crate::error::CapacityError;
use crate::pages::Pages;
#[cfg(feature = "sync")]
use crate::pages::rewrite::put;

/// The row of one entry; the vacant ones form a list.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Of the entry, or of the next one to live here; `None` when they are used up.
    generation: Option<Generation>,
    /// The leaf of the entry; or, with [`VACANT`], the index of the next vacant row.
    place: u32,
}

/// The bit that marks a vacant row; there are fewer than 2^31 leaves and rows.
const VACANT: u32 = 1 << 31;

/// The index after the last vacant row.
const END: u32 = VACANT - 1;

/// Rows under stable ids, vacant ones reused last-out first-in; one whose generations are used up
/// is never used again.
#[derive(Clone, Debug)]
pub(crate) struct Slab {
    rows: Pages<Row>,
    vacant: u32,
    len: usize,
    retired: usize,
    names: Names,
}

impl Slab {
    pub(crate) const fn new() -> Self {
        Self { rows: Pages::new(), vacant: END, len: 0, retired: 0, names: Names::new() }
    }

    /// Rows with the ids and the handles of the slots of `entries`; the leaves of live ones must be set.
    pub(crate) fn with_names_of<V>(entries: &Entries<V>) -> Result<Self, CapacityError> {
        let mut slab = Self { names: entries.names().clone(), ..Self::new() };
        slab.rows.try_reserve(entries.generations().count())?;
        for (index, (generation, is_live)) in (0..).zip(entries.generations()) {
            let place = if is_live { 0 } else { VACANT | slab.vacant };
            slab.rows.push(Row { generation, place });
            slab.len += usize::from(is_live);
            match generation {
                None => slab.retired += 1,
                Some(_) if !is_live => slab.vacant = index,
                Some(_) => {}
            }
        }
        Ok(slab)
    }

    /// No rows for so many entries: what a snapshot has. All its handles are the one that names none.
    #[cfg(target_has_atomic = "ptr")]
    pub(crate) fn without_rows(len: usize) -> Self {
        Self { len, names: Names::of_none(), ..Self::new() }
    }

    /// Makes rows that are [`without`](Self::without_rows) those of so many entries.
    #[cfg(feature = "sync")]
    pub(crate) fn set_len_without_rows(&mut self, len: usize) {
        debug_assert!(self.rows.len() == 0, "rows of a snapshot");
        put(&mut self.len, len);
    }

    pub(crate) fn has_no_rows(&self) -> bool {
        self.rows.len() < self.len
    }

    /// Rows of the entries of `handles` alone, in this order; their leaves must be set. `None` if
    /// handles are used up.
    pub(crate) fn in_order(&self, handles: Vec<Handle>) -> Option<Self> {
        let mut slab = Self::new();
        slab.rows.try_reserve(handles.len()).ok()?;
        let len = handles.len();
        slab.names = self.names_in_order(handles)?;
        slab.fill(len, usize::MAX);
        Some(slab)
    }

    /// Which handles were given out.
    #[cfg(feature = "serde")]
    pub(crate) fn issued(&self) -> [u32; 3] {
        self.names.issued(self.rows.len())
    }

    /// Rows without an entry yet, which will have these names.
    #[cfg(feature = "serde")]
    pub(crate) fn with_names(names: Names) -> Self {
        Self { names, ..Self::new() }
    }

    /// The names of the entries of `handles` in as many slots, in this order. `None` if handles are
    /// used up.
    pub(crate) fn names_in_order(&self, handles: Vec<Handle>) -> Option<Names> {
        self.names.in_order(self.rows.len(), handles)
    }

    /// Returns `true` if so many rows are vacant that less memory is needed to remember how entries
    /// moved out of there.
    pub(crate) fn has_many_vacant_rows(&self) -> bool {
        self.rows.len() - self.len > self.len / 2
    }

    /// Number of entries.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn capacity(&self) -> usize {
        self.rows.capacity()
    }

    /// Number of rows, live, vacant and retired.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// Number of entries that can still be named.
    #[inline]
    pub(crate) fn ids_left(&self) -> usize {
        self.names.most_slots().saturating_sub(self.len + self.retired)
    }

    /// Reserves memory for `additional` more entries.
    #[inline]
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let vacant = self.rows.len() - self.len - self.retired;
        match additional.checked_sub(vacant) {
            None | Some(0) => Ok(()),
            Some(missing) => self.rows.try_reserve(missing),
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.rows.shrink_to_fit();
    }

    /// Names an entry that lies in `leaf`; an id must be left.
    #[inline]
    pub(crate) fn insert(&mut self, leaf: u32) -> NodeId {
        self.len += 1;
        if self.vacant == END {
            let id = NodeId::from_index(self.rows.len());
            let generation = Some(self.names.first_generation());
            self.rows.push(Row { generation, place: leaf });
            return id;
        }
        let id = NodeId::from_index(self.vacant as usize);
        let row = &mut self.rows[id.index()];
        self.vacant = row.place & !VACANT;
        row.place = leaf;
        id
    }

    /// Names `len` entries that lie in leaves of `each`, in a slab that names none.
    pub(crate) fn fill(&mut self, len: usize, each: usize) {
        debug_assert!(self.rows.len() == 0, "a new slab");
        for place in 0.. {
            let count = each.min(len - self.rows.len());
            if count == 0 {
                break;
            }
            let row = Row { generation: Some(self.names.first_generation()), place };
            self.rows.push_times(row, count);
        }
        self.len = len;
    }

    /// Removes the row of an entry; its handle finds nothing from now on.
    pub(crate) fn remove(&mut self, id: NodeId) {
        let row = &mut self.rows[id.index()];
        debug_assert!(row.place & VACANT == 0, "only live entries are removed");
        row.generation = row.generation.and_then(|last| self.names.next_generation(last));
        row.place = VACANT | self.vacant;
        if row.generation.is_some() {
            self.vacant = u32::try_from(id.index()).expect("ids are to_u32");
        } else {
            self.retired += 1;
        }
        self.len -= 1;
    }

    /// The id of the row at `index`, if an entry lives there.
    pub(crate) fn id_at(&self, index: usize) -> Option<NodeId> {
        let row = self.rows.get(index)?;
        (row.place & VACANT == 0).then(|| NodeId::from_index(index))
    }

    /// The entry that `handle` names, if it still lives.
    #[inline]
    pub(crate) fn resolve(&self, handle: Handle) -> Option<NodeId> {
        let has = |id: &NodeId, generation| {
            let row = self.rows.get(id.index());
            row.is_some_and(|row| row.place & VACANT == 0 && row.generation == Some(generation))
        };
        let id = self.names.slot(handle).filter(|id| has(id, handle.generation()));
        id.or_else(|| {
            let moved = self.names.slot_moved_to(handle)?;
            has(&moved, self.names.first_generation()).then_some(moved)
        })
    }

    #[inline(always)]
    pub(crate) fn handle(&self, id: NodeId) -> Handle {
        if let Some(handle) = self.names.plain_handle(id) {
            debug_assert_eq!(handle, self.other_handle(id), "the row says the same");
            return handle;
        }
        if let Some(Row { generation: Some(generation), .. }) = self.rows.get(id.index())
            && let Some(handle) = self.names.handle_unless_moved(id, *generation)
        {
            return handle;
        }
        self.other_handle(id)
    }

    /// Out of line, so that a loop over entries has registers enough.
    #[cold]
    #[inline(never)]
    fn other_handle(&self, id: NodeId) -> Handle {
        let Some(row) = self.rows.get(id.index()) else { return Handle::OF_NONE };
        self.names.handle(id, row.generation.expect("a leaf names live entries (B5)"))
    }

    /// The leaf of a live entry.
    #[inline]
    pub(crate) fn leaf(&self, id: NodeId) -> u32 {
        self.rows[id.index()].place
    }

    #[inline]
    pub(crate) fn set_leaf(&mut self, id: NodeId, leaf: u32) {
        self.rows[id.index()].place = leaf;
    }
}

const _: () = assert!(size_of::<Row>() == 8, "a generation and a leaf");

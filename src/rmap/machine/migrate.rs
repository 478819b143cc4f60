//! Migration: the content of a frame goes to another frame, and all entries with it.

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::machine::walk::Take;
use crate::rmap::memory::{PteAt, PteSet};
use crate::rmap::model::ix::FrameIx;
use crate::rmap::model::page::{Frame, Frames, Owner, Pte};
use crate::rmap::units::Pfn;
use crate::rmap::walk::{Strategy, WalkStats};

/// What became of a frame that was to be migrated (entries).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Migration {
    /// The walk that takes the entries off the frame. It ends as soon as none is left. Every try
    /// begins with it, and finds the same.
    pub unmap: WalkStats,
    /// The walk that puts the entries back, with which every try ends. It never ends early.
    pub restore: WalkStats,
    /// How often both walks were made: once if all entries were found, [`Migration::TRIES`] times if
    /// not.
    pub tries: u32,
    /// Entries of the frame before.
    pub mappers: u32,
    /// The new frame, if all entries moved there; `None` if the frame stayed where it was.
    pub moved_to: Option<Pfn>,
}

impl Migration {
    /// Tries to take all entries off before the frame is left where it is.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/migrate.c`, `NR_MAX_MIGRATE_PAGES_RETRY`.
    pub const TRIES: u32 = 10;
}

impl Machine {
    /// Moves the content of a frame to another frame: takes all entries off, and puts them back
    /// pointing to the new one. If the frame is pinned they are put back pointing to the old. So they
    /// are if an entry is missed, and then both walks are made again, up to [`Migration::TRIES`]
    /// times. Nothing happens in between here, so each try ends as the first.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Kernel counterpart
    ///
    /// `mm/migrate.c`, `migrate_pages`: `try_to_migrate` and `remove_migration_ptes`;
    /// `mm/ksm.c`, `folio_migrate_ksm`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, FullRange, Machine, Pages, Prot, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(1), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(1))?;
    /// let old = machine.pfn_at(p, at)?;
    /// let migration = machine.migrate(old, &FullRange)?;
    /// assert_eq!(migration.moved_to, Some(machine.pfn_at(p, at)?));
    /// assert_ne!(migration.moved_to, Some(old));
    /// # Ok(())
    /// # }
    /// ```
    pub fn migrate<S: Strategy + ?Sized>(
        &mut self,
        pfn: Pfn,
        strategy: &S,
    ) -> Result<Migration, RmapError> {
        let old = self.frame(pfn)?;
        let mappers = self.memory.frames[old].mapcount;
        let mut migration = Migration { mappers, ..Migration::default() };
        for _ in 0..Migration::TRIES {
            if self.try_to_move(old, strategy, &mut migration) {
                break;
            }
        }
        Ok(migration)
    }

    /// Makes both walks; true if the first found all entries.
    fn try_to_move<S: Strategy + ?Sized>(
        &mut self,
        old: FrameIx,
        strategy: &S,
        migration: &mut Migration,
    ) -> bool {
        migration.tries += 1;
        let (unmap, taken, left) = self.entries(old, strategy);
        let is_it = |entry: PteAt| taken.contains(&entry);
        let mut back = Take { is_it, found: PteSet::new(), left: u32::MAX };
        let restore = self.reverse_map().walk(old, strategy, &mut back);
        (migration.unmap, migration.restore) = (unmap, restore);
        debug_assert_eq!(back.found, taken, "the same walk finds the same entries");
        if left == 0 && self.memory.frames[old].pins == 0 {
            let new = self.move_frame(old);
            self.memory.set_all(&taken, Pte::Page(new));
            migration.moved_to = Some(Frames::pfn(new));
        }
        left == 0
    }

    /// Lets a new frame take over from `old` in all but the page tables.
    fn move_frame(&mut self, old: FrameIx) -> FrameIx {
        let memory = &mut self.memory;
        // The old one keeps its slot until then: the new one has another number.
        let new = memory.frames.insert(memory.frames[old].clone());
        let Frame { owner, swap_cache, .. } = memory.frames.remove(old);
        match owner {
            Owner::Ksm { node } => self.ksm.nodes[node].frame = new,
            Owner::File { file, index } => memory.files[file].cache(index, new),
            Owner::Anon { .. } => {}
        }
        if let Some(slot) = swap_cache {
            memory.swap[slot].cached = Some(new);
        }
        new
    }
}

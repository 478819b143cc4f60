//! The truth about who maps a frame: the page tables themselves.

use std::collections::BTreeMap;

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::model::ix::FrameIx;
use crate::rmap::model::page::{Frames, Pte};
use crate::rmap::units::{MmId, Pfn, Vaddr};
use crate::rmap::walk::{Collect, Strategy, WalkStats};

/// A page-table entry: process and address (bytes).
pub type Entry = (MmId, Vaddr);

/// What a walk found, held against the page tables.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Audit {
    /// The walk, which was never stopped.
    pub stats: WalkStats,
    /// Entries that map the frame and were found, sorted.
    pub found: Vec<Entry>,
    /// Entries that map the frame and were missed, sorted.
    pub missed: Vec<Entry>,
}

impl Audit {
    /// Returns `true` if nothing was missed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// assert!(machine.audit(machine.pfn_at(p, at)?, &FullRange)?.is_complete());
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn is_complete(&self) -> bool {
        self.missed.is_empty()
    }
}

impl Machine {
    /// All page-table entries that map the frame, sorted by process and address. The truth, which
    /// no kernel could afford.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Complexity
    ///
    /// Linear in the used page-table entries of all processes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let entries = machine.mapped_ptes(machine.pfn_at(p, at)?)?;
    /// assert_eq!(entries, [(p, at), (p, at + Pages(1))]);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn mapped_ptes(&self, pfn: Pfn) -> Result<Vec<Entry>, RmapError> {
        let frame = self.memory.frames.by_pfn(pfn).ok_or(RmapError::FreeFrame { pfn })?;
        let mut entries = Vec::new();
        for (at, mm) in self.memory.mms.iter() {
            let id = MmId(self.memory.mms.id(at));
            let used = mm.table.used(Vaddr(0), Vaddr::TOP);
            let mapping = used.filter(|&(_, entry)| entry == Pte::Page(frame));
            entries.extend(mapping.map(|(address, _)| (id, address)));
        }
        entries.sort_unstable();
        Ok(entries)
    }

    /// Walks with `strategy` to the end and says which entries it missed.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Examples
    ///
    /// A page moved before it was merged: the index derived from the address misses it.
    ///
    /// ```
    /// use stabtree::rmap::{
    ///     AddressPgoff, Advice, Content, Machine, Pages, Prot, Remap, StoredPgoff, Vaddr,
    /// };
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(3), Prot::ReadWrite)?;
    /// machine.madvise(p, at, Pages(3), Advice::Mergeable)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.write(p, at + Pages(1), Content(7))?;
    /// let moved = at + Pages(2);
    /// machine.mremap(p, at + Pages(1), Pages(1), Pages(1), Remap::Fixed(moved))?;
    /// machine.ksm_scan();
    /// machine.ksm_scan();
    /// let pfn = machine.pfn_at(p, at)?;
    /// assert_eq!(machine.audit(pfn, &AddressPgoff)?.missed, [(p, moved)]);
    /// assert!(machine.audit(pfn, &StoredPgoff)?.is_complete());
    /// # Ok(())
    /// # }
    /// ```
    pub fn audit<S: Strategy + ?Sized>(&self, pfn: Pfn, strategy: &S) -> Result<Audit, RmapError> {
        let truth = self.mapped_ptes(pfn)?;
        let mut control = Collect::all();
        let stats = self.walk(pfn, strategy, &mut control)?;
        let found = control.mapped().to_vec();
        let missed =
            truth.into_iter().filter(|entry| found.binary_search(entry).is_err()).collect();
        Ok(Audit { stats, found, missed })
    }

    /// The entries of all anonymous pages, ordinary and merged, that a walk with `strategy` to the end
    /// misses: what [`audit`](Self::audit) says of each, but the page tables are read once. In order of
    /// frames, and of processes and addresses for each.
    ///
    /// # Complexity
    ///
    /// Linear in the used page-table entries, and a walk for each page.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, FullRange, Machine, Pages, Prot, ReverseMapKind, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// for kind in [ReverseMapKind::AnonVma, ReverseMapKind::CowContext] {
    ///     let mut machine = Machine::with_reverse_map(kind);
    ///     let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    ///     machine.mmap(p, at, Pages(1), Prot::ReadWrite)?;
    ///     machine.write(p, at, Content(1))?;
    ///     assert_eq!(machine.missed(&FullRange), []);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn missed<S: Strategy + ?Sized>(&self, strategy: &S) -> Vec<(Pfn, Entry)> {
        let mut entries = BTreeMap::<FrameIx, Vec<Entry>>::new();
        for (at, mm) in self.memory.mms.iter() {
            let id = MmId(self.memory.mms.id(at));
            for (address, entry) in mm.table.used(Vaddr(0), Vaddr::TOP) {
                if let Pte::Page(frame) = entry
                    && !self.memory.frames[frame].is_file()
                {
                    entries.entry(frame).or_default().push((id, address));
                }
            }
        }
        let mut missed = Vec::new();
        for (frame, mut truth) in entries {
            let pfn = Frames::pfn(frame);
            let mut control = Collect::all();
            self.look(frame, strategy, &mut control);
            truth.sort_unstable();
            let found = control.mapped();
            truth.retain(|entry| found.binary_search(entry).is_err());
            missed.extend(truth.into_iter().map(|entry| (pfn, entry)));
        }
        missed
    }

    /// The entries that a walk misses for ever, as far as `scans` full scans are for ever: missed
    /// now, and after each of the scans. What is merely missed now is in [`audit`](Self::audit).
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Complexity
    ///
    /// A copy of the machine, `scans` full scans, and as many times [`audit`](Self::audit) and one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// # machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// # machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// # machine.write(p, at, Content(7))?;
    /// # machine.write(p, at + Pages(1), Content(7))?;
    /// # machine.ksm_scan();
    /// machine.ksm_scan(); // merges the two pages at `at`
    /// let missed = machine.permanently_missed(machine.pfn_at(p, at)?, &FullRange, 3)?;
    /// assert_eq!(missed, []);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn permanently_missed<S: Strategy + ?Sized>(
        &self,
        pfn: Pfn,
        strategy: &S,
        scans: u64,
    ) -> Result<Vec<Entry>, RmapError> {
        let mut missed = self.audit(pfn, strategy)?.missed;
        let mut later = self.clone();
        for _ in 0..scans {
            later.ksm_scan();
            // A frame that has been freed meanwhile is missed by nobody.
            let still = later.audit(pfn, strategy).map(|audit| audit.missed);
            let still = still.unwrap_or_default();
            missed.retain(|entry| still.binary_search(entry).is_ok());
        }
        Ok(missed)
    }
}

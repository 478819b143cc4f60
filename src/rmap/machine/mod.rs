//! The machine: processes, their memory, the scanner, and the calls on them.
//!
//! 1. A call that returns an error, or in which a user's code panics, has changed nothing.
//! 2. After every call the invariants of all modules hold, and between them the cross-table invariants that
//!    [`Machine::check`] tests.
//! 3. No call depends on a clock, an address of the host or a random number: equal calls give equal
//!    machines.

mod audit;
mod builder;
mod fault;
mod file;
mod inspect;
mod map;
mod migrate;
mod process;
mod reclaim;
mod relink;
mod remap;
mod walk;

pub use audit::{Audit, Entry};
pub use builder::MachineBuilder;
pub use file::{FilePart, Sharing};
pub use inspect::{ItemView, NodeView, PageView, ScanCursor, StableTreeSlot};
pub use migrate::Migration;
pub use reclaim::Reclaim;
pub use remap::Remap;
pub use walk::Referenced;

use crate::rmap::error::RmapError;
use crate::rmap::kernel::{KernelChanges, KernelVersion};
use crate::rmap::ksm::{Counters, Ksm, KsmSettings, ScanReport};
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::MmIx;
use crate::rmap::units::{MmId, Pages, Vaddr};

/// A whole machine of the model: everything a reverse walk of KSM can depend on.
///
/// # Examples
///
/// Two equal pages of one process become one frame in the second scan.
///
/// ```
/// use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
///
/// # fn main() -> Result<(), stabtree::rmap::RmapError> {
/// let mut machine = Machine::new();
/// let p = machine.spawn();
/// let at = Vaddr::of_page(100);
/// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
/// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
/// machine.write(p, at, Content(7))?;
/// machine.write(p, at + Pages(1), Content(7))?;
/// assert_ne!(machine.pfn_at(p, at)?, machine.pfn_at(p, at + Pages(1))?);
/// machine.ksm_scan(); // learns the checksums
/// machine.ksm_scan(); // merges
/// assert_eq!(machine.pfn_at(p, at)?, machine.pfn_at(p, at + Pages(1))?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) kernel: KernelVersion,
    pub(crate) memory: Memory,
    pub(crate) ksm: Ksm,
}

/// Advice on a range of memory (`madvise`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Advice {
    /// The scanner may merge its pages. Shared memory is passed over without an error.
    Mergeable,
    /// Un-merge what is merged there and leave the pages alone from now on. Pages that are swapped
    /// out are not touched, as in the kernel.
    Unmergeable,
    /// Give the pages back; they read as zeros afterwards.
    DontNeed,
}

impl Machine {
    /// The kernel that the machine follows.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Machine};
    ///
    /// assert_eq!(Machine::with_kernel(KernelVersion::V7_3).kernel(), KernelVersion::V7_3);
    /// ```
    pub fn kernel(&self) -> KernelVersion {
        self.kernel
    }

    /// What the machine does otherwise than Linux 6.12: what changed up to its kernel, unless it was
    /// built with [`MachineBuilder::changes`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Machine};
    ///
    /// let machine = Machine::with_kernel(KernelVersion::V7_3);
    /// assert_eq!(machine.changes(), KernelVersion::V7_3.changes());
    /// ```
    pub fn changes(&self) -> KernelChanges {
        self.memory.changes
    }

    /// Changes the scanner's settings. What was done under the old ones stays: nodes that are too
    /// full by now, zero pages that would not be placed any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KsmSettings, Machine};
    ///
    /// let mut machine = Machine::new();
    /// machine.set_settings(KsmSettings::default().with_max_page_sharing(1));
    /// assert_eq!(machine.settings().max_page_sharing, 2); // a merged page has two sharers
    /// ```
    pub fn set_settings(&mut self, settings: KsmSettings) {
        let max_page_sharing = settings.max_page_sharing.max(2);
        self.ksm.settings = KsmSettings { max_page_sharing, ..settings };
    }

    /// The scanner's settings.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KsmSettings, Machine};
    ///
    /// assert_eq!(Machine::new().settings(), KsmSettings::default());
    /// ```
    pub fn settings(&self) -> KsmSettings {
        self.ksm.settings
    }

    /// The scanner's counters.
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
    /// let counters = machine.counters();
    /// assert_eq!((counters.pages_shared, counters.pages_sharing), (1, 1));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn counters(&self) -> Counters {
        self.ksm.counters(self.memory.zero_pages)
    }

    /// Runs the scanner to the end of one scan of all mergeable memory, or of the scan that was
    /// begun by [`ksm_step`](Self::ksm_step).
    ///
    /// # Complexity
    ///
    /// Linear in the mergeable pages that are present, for a machine at rest; a page that is not
    /// merged adds a search of the content trees.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// machine.write(p, at + Pages(1), Content(7))?;
    /// machine.ksm_scan(); // learns the checksums
    /// assert!(!machine.is_merged(machine.pfn_at(p, at)?));
    /// machine.ksm_scan();
    /// assert!(machine.is_merged(machine.pfn_at(p, at)?));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn ksm_scan(&mut self) -> ScanReport {
        self.ksm.scan(u64::MAX, &mut self.memory)
    }

    /// Lets the scanner look at the next `pages` pages, then stops it where it is. It stops at the
    /// end of a scan too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice, ScanCursor};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// machine.write(p, at + Pages(1), Content(8))?;
    /// machine.ksm_step(Pages(1));
    /// let next = ScanCursor::At { mm: p, address: at + Pages(1) };
    /// assert_eq!(machine.scan_cursor(), next);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn ksm_step(&mut self, pages: Pages) -> ScanReport {
        self.ksm.scan(pages.0, &mut self.memory)
    }

    /// Lets every stable item whose page is still mapped where it was merged learn its index anew,
    /// from the mapping that is there now. Returns how many had another one.
    ///
    /// These are the items that a scan leaves as they are; a page that reached their address as a
    /// swap entry may lie there at another index. The item's family is *not* refreshed.
    ///
    /// # Complexity
    ///
    /// Linear in the items, with a search of the mappings for each.
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
    /// assert_eq!(machine.refresh_indices(), 0); // nothing was moved since
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn refresh_indices(&mut self) -> u64 {
        self.ksm.refresh_indices(&mut self.memory)
    }

    // ---- ids and ranges are tested here, and trusted from here on --------------------------

    fn living(&self, mm: MmId) -> Result<MmIx, RmapError> {
        let at = self.memory.mms.find(mm.0).filter(|&at| !self.memory.mms[at].exited);
        at.ok_or(RmapError::NoSuchProcess { mm })
    }

    fn page_address(at: Vaddr) -> Result<Vaddr, RmapError> {
        if at.is_aligned() { Ok(at) } else { Err(RmapError::Unaligned { at }) }
    }

    /// The end of a legal range.
    fn range(at: Vaddr, pages: Pages) -> Result<Vaddr, RmapError> {
        Self::page_address(at)?;
        if pages.0 == 0 {
            return Err(RmapError::EmptyRangeError { at });
        }
        let end = at.page_number().checked_add(pages.0);
        match end.filter(|&end| end <= Vaddr::TOP.page_number()) {
            Some(end) => Ok(Vaddr::of_page(end)),
            None => Err(RmapError::PastTop { at, pages }),
        }
    }

    /// The end of a legal range without holes.
    fn mapped_range(&self, mm: MmIx, at: Vaddr, pages: Pages) -> Result<Vaddr, RmapError> {
        let end = Self::range(at, pages)?;
        match self.memory.first_hole(mm, at, end) {
            Some(at) => Err(RmapError::NotMapped { at }),
            None => Ok(end),
        }
    }
}

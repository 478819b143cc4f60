//! One scanned page of one process.
//!
//! 1. What an item knows depends on its state, and the state is an enum: an index cannot be read
//!    as a checksum, nor an age as an index.
//! 2. An item takes at most 40 bytes; the kernel's takes 64.

use crate::rmap::model::ix::{AnonVmaIx, ItemIx, MmIx, NodeIx};
use crate::rmap::units::{Content, Pgoff, Vaddr};

/// What smart scan and the volatility test remember of a page that is not merged.
///
/// Six bytes and no alignment: an item that keeps it beside the index still takes 40.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Schedule {
    checksum: [u8; 4],
    age: u8,
    remaining_skips: u8,
}

impl Schedule {
    /// Checksum at the last processed visit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.write(p, at + Pages(1), Content(7))?;
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// machine.ksm_scan();
    /// let schedules = machine.items(p)?.filter_map(|(_, item)| item.schedule());
    /// let checksums: Vec<_> = schedules.map(|schedule| schedule.checksum()).collect();
    /// assert_eq!(checksums[0], checksums[1]); // as the contents are
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn checksum(&self) -> u32 {
        u32::from_ne_bytes(self.checksum)
    }

    /// Visits at which the page was not a merged one, at most 255.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(1), Advice::Mergeable)?;
    /// machine.ksm_scan();
    /// let (_, item) = machine.items(p)?.next().expect("one page was looked at");
    /// assert_eq!(item.schedule().map(|schedule| schedule.age()), Some(1));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn age(&self) -> u8 {
        self.age
    }

    /// Visits still to skip.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(1), Advice::Mergeable)?;
    /// machine.ksm_scan();
    /// let (_, item) = machine.items(p)?.next().expect("one page was looked at");
    /// assert_eq!(item.schedule().map(|schedule| schedule.remaining_skips()), Some(0));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn remaining_skips(&self) -> u8 {
        self.remaining_skips
    }

    pub(crate) fn set_checksum(&mut self, checksum: u32) {
        self.checksum = checksum.to_ne_bytes();
    }

    /// Counts one visit to a page that is not merged; true if it is to be skipped.
    pub(crate) fn skips(&mut self) -> bool {
        let age = self.age;
        self.age = age.saturating_add(1);
        if age < 3 {
            return false;
        }
        if self.remaining_skips == 0 {
            self.remaining_skips = match age {
                0..=3 => 1,
                4..=5 => 2,
                6..=8 => 4,
                _ => 8,
            };
            return false;
        }
        self.remaining_skips -= 1;
        true
    }
}

impl core::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Schedule")
            .field("checksum", &self.checksum())
            .field("age", &self.age)
            .field("remaining_skips", &self.remaining_skips)
            .finish()
    }
}

/// State of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ItemState {
    /// In no tree: new, changing, or just removed from one.
    Fresh {
        /// When to look again, and at what.
        schedule: Schedule,
    },
    /// In the unstable tree, or left over from it.
    Unstable {
        /// When to look again, and at what.
        schedule: Schedule,
        /// Low byte of the round in which the item was put there.
        round: u8,
        /// Its key there: the content of the page at that time.
        key: Content,
    },
    /// On the list of a stable node.
    Stable {
        /// Linear index of the page in its mapping at the time of the merge (pages). In the
        /// kernel it lies where the schedule was.
        pgoff: Pgoff,
        /// The family of that mapping; the item holds a reference on it.
        anon_vma: AnonVmaRef,
        /// The node.
        node: NodeRef,
        /// The schedule as it was before, where the settings say that it has a place beside the
        /// index (the kernel before the change).
        kept: Option<Schedule>,
    },
}

/// An `anon_vma` as an item names it: four bytes; [`Machine::items_of`](crate::rmap::Machine::items_of)
/// gives its full name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnonVmaRef(pub(crate) AnonVmaIx);

/// A stable node as an item names it: equal names are one node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeRef(pub(crate) NodeIx);

/// The scanner's record of one page of one process (`ksm_rmap_item`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RmapItem {
    pub(crate) address: Vaddr,
    pub(crate) mm: MmIx,
    /// Next item of the process.
    pub(crate) next: Option<ItemIx>,
    pub(crate) state: ItemState,
}

const _: () = assert!(size_of::<RmapItem>() <= 40, "an item takes at most 40 bytes");

impl RmapItem {
    /// Address of the page (bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(1), Advice::Mergeable)?;
    /// machine.ksm_scan();
    /// let (_, item) = machine.items(p)?.next().expect("one page was looked at");
    /// assert_eq!(item.address(), at);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn address(&self) -> Vaddr {
        self.address
    }

    /// State of the item, and what it knows in it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice, ItemState};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(1), Advice::Mergeable)?;
    /// machine.ksm_scan();
    /// let (_, item) = machine.items(p)?.next().expect("one page was looked at");
    /// assert!(matches!(item.state(), ItemState::Fresh { .. }));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn state(&self) -> ItemState {
        self.state
    }

    /// The schedule, where the item has one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, Advice};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.madvise(p, at, Pages(1), Advice::Mergeable)?;
    /// machine.ksm_scan();
    /// let (_, item) = machine.items(p)?.next().expect("one page was looked at");
    /// assert!(item.schedule().is_some()); // a page that is not merged has one
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn schedule(&self) -> Option<Schedule> {
        match self.state {
            ItemState::Fresh { schedule } | ItemState::Unstable { schedule, .. } => Some(schedule),
            ItemState::Stable { kept, .. } => kept,
        }
    }

    pub(crate) fn schedule_mut(&mut self) -> Option<&mut Schedule> {
        match &mut self.state {
            ItemState::Fresh { schedule } | ItemState::Unstable { schedule, .. } => Some(schedule),
            ItemState::Stable { kept, .. } => kept.as_mut(),
        }
    }

    /// Where a walk from this item searches: its index and its family.
    pub(crate) fn place(&self) -> Option<(Pgoff, AnonVmaIx)> {
        match self.state {
            ItemState::Stable { pgoff, anon_vma, .. } => Some((pgoff, anon_vma.0)),
            _ => None,
        }
    }

    /// The node on whose list the item is.
    pub(crate) fn node(&self) -> Option<NodeIx> {
        match self.state {
            ItemState::Stable { node, .. } => Some(node.0),
            _ => None,
        }
    }
}

/// A place without an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ResidualItem {
    pub(crate) pgoff: Pgoff,
    pub(crate) anon_vma: AnonVmaIx,
}

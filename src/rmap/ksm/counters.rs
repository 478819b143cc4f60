//! The scanner's counters.

use crate::rmap::units::PAGE_SHIFT;

/// What the kernel shows under `/sys/kernel/mm/ksm`. The counters describe items, not page-table
/// entries: stale items keep them high.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Stable nodes that have items (nodes).
    pub pages_shared: u64,
    /// Items beyond the first of each node (items).
    pub pages_sharing: u64,
    /// Items in state unstable (items).
    pub pages_unshared: u64,
    /// Items in none of these states (items).
    pub pages_volatile: u64,
    /// Visits that smart scan skipped.
    pub pages_skipped: u64,
    /// Pages processed, skips excluded.
    pub pages_scanned: u64,
    /// Scans that reached the end of the list of processes.
    pub full_scans: u64,
    /// Places of the stable tree that hold more than one node (places).
    pub stable_node_chains: u64,
    /// Nodes in such places (nodes).
    pub stable_node_dups: u64,
    /// Page-table entries that the scanner turned to the shared page of zeros, and their copies
    /// made by forks (entries).
    pub zero_pages: u64,
}

impl Counters {
    /// What merging saves (bytes): a page for each item beyond the first of a node and for each
    /// zero page, less 64 bytes, the kernel's, for each item.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/ksm.c`, `general_profit_show`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Advice, Content, Machine, Pages, Prot, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.madvise(p, at, Pages(2), Advice::Mergeable)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.write(p, at + Pages(1), Content(7))?;
    /// machine.ksm_scan();
    /// assert_eq!(machine.counters().general_profit(), -2 * 64);
    /// machine.ksm_scan();
    /// assert_eq!(machine.counters().general_profit(), 4096 - 2 * 64);
    /// # Ok(())
    /// # }
    /// ```
    pub fn general_profit(&self) -> i64 {
        const PAGE: u64 = 1 << PAGE_SHIFT;
        const ITEM: u64 = 64;
        let items =
            self.pages_shared + self.pages_sharing + self.pages_unshared + self.pages_volatile;
        let saved = (self.pages_sharing + self.zero_pages) * PAGE;
        saved.cast_signed() - (items * ITEM).cast_signed()
    }
}

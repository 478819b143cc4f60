//! Everything that the scanner remembers.

use std::collections::BTreeMap;

use crate::rmap::ksm::counters::Counters;
use crate::rmap::ksm::item::{ResidualItem, RmapItem};
use crate::rmap::ksm::settings::KsmSettings;
use crate::rmap::ksm::stable_tree::{StableNode, StableTree};
use crate::rmap::ksm::unstable::UnstableTree;
use crate::rmap::model::ix::{ItemIx, ItemKey, MmIx, NodeIx, NodeKey};
use crate::rmap::slab::Slab;
use crate::rmap::units::{Pgoff, Vaddr};

/// Where the scanner stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cursor {
    /// Position in the order of processes; `None` between two scans.
    pub(crate) process: Option<usize>,
    /// Next address to look at.
    pub(crate) address: Vaddr,
    /// Last item met in this process; `None` before the first.
    pub(crate) after: Option<ItemIx>,
}

/// What could be stored instead of a page's index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct OtherOffsets {
    /// The anonymous page offset of the mapping's first page.
    pub(crate) vma_pgoff: Pgoff,
    /// The page's index by the file's offset.
    pub(crate) file_pgoff: Pgoff,
}

/// Everything the scanner owns.
#[derive(Clone, Debug)]
pub(crate) struct Ksm {
    pub(crate) items: Slab<RmapItem, ItemKey>,
    pub(crate) nodes: Slab<StableNode, NodeKey>,
    /// Of nodes that have some.
    pub(crate) residual_items: BTreeMap<NodeIx, Vec<ResidualItem>>,
    /// Of the mapping in which each item was merged last, by the item's slot. No part of the item:
    /// only the strategies that would store it instead of the index ask.
    pub(crate) other_offsets: Vec<OtherOffsets>,
    pub(crate) stable: StableTree,
    pub(crate) unstable: UnstableTree,
    /// Processes in scan order.
    pub(crate) order: Vec<MmIx>,
    pub(crate) cursor: Cursor,
    /// Number of full scans; its low byte marks unstable items (`seqnr`).
    pub(crate) round: u64,
    pub(crate) shared: u64,
    pub(crate) sharing: u64,
    pub(crate) unshared: u64,
    pub(crate) skipped: u64,
    pub(crate) scanned: u64,
    pub(crate) settings: KsmSettings,
}

impl Ksm {
    pub(crate) fn new() -> Self {
        Self {
            items: Slab::new(),
            nodes: Slab::new(),
            residual_items: BTreeMap::new(),
            other_offsets: Vec::new(),
            stable: StableTree::default(),
            unstable: UnstableTree::default(),
            order: Vec::new(),
            cursor: Cursor::default(),
            round: 0,
            shared: 0,
            sharing: 0,
            unshared: 0,
            skipped: 0,
            scanned: 0,
            settings: KsmSettings::default(),
        }
    }

    pub(crate) fn counters(&self, zero_pages: u64) -> Counters {
        let items = self.items.len() as u64;
        let (chains, dups) = self.stable.chains();
        Counters {
            pages_shared: self.shared,
            pages_sharing: self.sharing,
            pages_unshared: self.unshared,
            // All counts are of disjoint sets of items.
            pages_volatile: items - self.shared - self.sharing - self.unshared,
            pages_skipped: self.skipped,
            pages_scanned: self.scanned,
            full_scans: self.round,
            stable_node_chains: chains,
            stable_node_dups: dups,
            zero_pages,
        }
    }
}

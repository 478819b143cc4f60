//! Making two equal pages one.
//!
//! 1. A merge is made through the item's address: the mapping there must be mergeable, touched, and
//!    map the very page.
//! 2. The item learns the `anon_vma` and the linear index of that mapping at that moment. No later
//!    event refreshes them, unless the settings make the scanner do it ([`Refresh`]).
//! 3. Nothing is half merged at return: an item is on a list, or holds nothing.

use crate::rmap::ksm::item::{AnonVmaRef, ItemState, NodeRef, ResidualItem, RmapItem, Schedule};
use crate::rmap::ksm::settings::Refresh;
use crate::rmap::ksm::state::{Ksm, OtherOffsets};
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{FrameIx, ItemIx, NodeIx, VmaIx};
use crate::rmap::model::page::{Frame, Owner, Pte};
use crate::rmap::model::vma::Vma;
use crate::rmap::units::Vaddr;

/// A merge that is done but for the list: what the item will hold (the kernel's item in limbo).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limbo {
    item: ItemIx,
    vma: VmaIx,
}

impl OtherOffsets {
    fn of(vma: &Vma, at: Vaddr) -> Self {
        Self { vma_pgoff: vma.anon_pgoff, file_pgoff: vma.linear_page_index(at) }
    }
}

impl Ksm {
    /// The mapping through which the item's page may be merged.
    pub(crate) fn mergeable_vma(&self, at: ItemIx, memory: &Memory) -> Option<VmaIx> {
        let item = &self.items[at];
        let vma = memory.find(item.mm, item.address)?;
        let fit = memory.vmas[vma].flags.mergeable && memory.vmas[vma].anon_vma.is_some();
        fit.then_some(vma)
    }

    /// The page now mapped at the item's address, if the scanner may touch it there.
    pub(crate) fn page_at(&self, at: ItemIx, memory: &Memory) -> Option<FrameIx> {
        self.mergeable_vma(at, memory)?;
        let item = &self.items[at];
        match memory.pte(item.mm, item.address) {
            Pte::Page(frame) if !memory.frames[frame].is_file() => Some(frame),
            _ => None,
        }
    }

    /// Returns `true` if the page may be write-protected: nobody holds it but its page-table entries and the
    /// swap cache.
    fn can_protect(frame: &Frame) -> bool {
        frame.pins == 0
    }

    /// Merges the item's page into `target`, which is equal, or, without one, makes it ready to be a
    /// merged page (`try_to_merge_with_ksm_page`). On success the item is off its old tree.
    fn merge_into(
        &mut self,
        item: ItemIx,
        page: FrameIx,
        target: Option<FrameIx>,
        memory: &mut Memory,
    ) -> Option<Limbo> {
        let vma = self.mergeable_vma(item, memory).expect("its page was met in one");
        if target != Some(page) {
            let frame = &memory.frames[page];
            if frame.is_ksm() || !Self::can_protect(frame) {
                return None;
            }
            if let Some(target) = target {
                debug_assert_eq!(frame.content, memory.frames[target].content);
                let RmapItem { mm, address, .. } = self.items[item];
                memory.frames[target].mapcount += 1;
                let before = memory.mms[mm].table.set(address, Pte::Page(target));
                debug_assert_eq!(before, Pte::Page(page), "the scanner has just met it");
                memory.unmap_frame(page);
            }
        }
        self.leave_tree(item, memory);
        Some(Limbo { item, vma })
    }

    /// Puts a merged item on its node's list (`stable_tree_append`).
    fn append(&mut self, limbo: Limbo, node: NodeIx, memory: &mut Memory) {
        let vma = &memory.vmas[limbo.vma];
        let anon_vma = memory.anon.owner(vma).expect("a mergeable mapping is touched");
        let item = &mut self.items[limbo.item];
        let pgoff = vma.linear_anon_page_index(item.address);
        let kept = item.schedule().filter(|_| !self.settings.index_in_union);
        item.state =
            ItemState::Stable { pgoff, anon_vma: AnonVmaRef(anon_vma), node: NodeRef(node), kept };
        let slot = limbo.item.slot();
        if self.other_offsets.len() <= slot {
            self.other_offsets.resize(slot + 1, OtherOffsets::default());
        }
        self.other_offsets[slot] = OtherOffsets::of(vma, item.address);
        memory.anon.get(anon_vma);
        let items = &mut self.nodes[node].items;
        items.push(limbo.item);
        if items.len() == 1 {
            self.shared += 1;
        } else {
            self.sharing += 1;
        }
        self.tidy_residual_items(node, memory);
    }

    /// Merges the item's page with the merged page of `node`.
    pub(crate) fn merge_with_node(
        &mut self,
        item: ItemIx,
        page: FrameIx,
        node: NodeIx,
        memory: &mut Memory,
    ) {
        let target = self.nodes[node].frame;
        if let Some(limbo) = self.merge_into(item, page, Some(target), memory) {
            self.append(limbo, node, memory);
        }
    }

    /// Maps the shared page of zeros in place of the item's page, which holds zeros. The item stays
    /// as it is, in no tree, until the scanner finds no page of its own there. Returns false if the
    /// page may not be touched, and then it is treated like any other.
    pub(crate) fn merge_with_zero(
        &mut self,
        item: ItemIx,
        page: FrameIx,
        memory: &mut Memory,
    ) -> bool {
        if !Self::can_protect(&memory.frames[page]) {
            return false;
        }
        let RmapItem { mm, address, .. } = self.items[item];
        let before = memory.mms[mm].table.set(address, Pte::MergedZero);
        debug_assert_eq!(before, Pte::Page(page), "the scanner has just met it");
        memory.zero_pages += 1;
        memory.unmap_frame(page);
        true
    }

    /// Makes the page of `item` a merged page and lets the page of `other`, which is equal, go into
    /// it. If the second step fails, what was begun is un-merged.
    pub(crate) fn merge_pair(
        &mut self,
        item: ItemIx,
        page: FrameIx,
        other: ItemIx,
        other_page: FrameIx,
        memory: &mut Memory,
    ) {
        let Some(first) = self.merge_into(item, page, None, memory) else { return };
        // The page is a merged one from here on, though no node knows it.
        let Some(second) = self.merge_into(other, other_page, Some(page), memory) else {
            self.break_cow(first, page, memory);
            return;
        };
        let Owner::Anon { anon_vma, index } = memory.frames[page].owner else {
            unreachable!("no node has the page yet")
        };
        let node = self.new_node(page, memory);
        self.append(second, node, memory);
        self.append(first, node, memory);
        // Others may map the page too: up to now its own place led to them.
        self.leave_residual_item(node, ResidualItem { pgoff: index, anon_vma }, memory);
    }

    /// Gives the item's page back its privacy after a merge that could not be completed. The item
    /// was never on a list; it stays fresh, and nothing of the index is left in it.
    fn break_cow(&mut self, limbo: Limbo, page: FrameIx, memory: &mut Memory) {
        let item = &mut self.items[limbo.item];
        let content = memory.frames[page].content;
        memory.replace_by_copy(limbo.vma, item.address, content);
        memory.cow += 1;
        if self.settings.index_in_union {
            item.state = ItemState::Fresh { schedule: Schedule::default() };
        }
    }

    /// Takes an item off whatever tree it is in; it is fresh afterwards
    /// (`remove_rmap_item_from_tree`).
    pub(crate) fn leave_tree(&mut self, at: ItemIx, memory: &mut Memory) {
        match self.items[at].state {
            ItemState::Fresh { .. } => {}
            // Looking at the node's page finds out that it is stale, and then all its items go.
            ItemState::Stable { node, .. } if self.page_of(node.0, memory).is_none() => {
                self.drop_node(node.0, memory);
            }
            ItemState::Stable { .. } => self.leave_stable(at, memory),
            ItemState::Unstable { schedule, round, key } => {
                if round == self.round_mark() {
                    self.unstable.remove(key, at);
                }
                self.unshared -= 1;
                self.items[at].state = ItemState::Fresh { schedule };
            }
        }
    }

    /// Lets a stable item whose page is mapped at its address learn anew where it is. Returns true
    /// if it learnt something.
    pub(crate) fn refresh(&mut self, at: ItemIx, refresh: Refresh, memory: &mut Memory) -> bool {
        if refresh == Refresh::Nothing {
            return false;
        }
        let vma = self.mergeable_vma(at, memory).expect("its page was met in one");
        let vma = &memory.vmas[vma];
        let item = &mut self.items[at];
        let index = vma.linear_anon_page_index(item.address);
        let own = memory.anon.owner(vma).expect("a mergeable mapping is touched");
        self.other_offsets[at.slot()] = OtherOffsets::of(vma, item.address);
        let ItemState::Stable { pgoff, anon_vma, node, .. } = &mut item.state else {
            unreachable!("only a stable item is refreshed")
        };
        let (before, node) = (ResidualItem { pgoff: *pgoff, anon_vma: anon_vma.0 }, node.0);
        let family = if refresh == Refresh::Index { before.anon_vma } else { own };
        if before == (ResidualItem { pgoff: index, anon_vma: family }) {
            return false;
        }
        (*pgoff, anon_vma.0) = (index, family);
        memory.anon.get(family);
        self.leave_residual_item(node, before, memory);
        self.tidy_residual_items(node, memory);
        memory.anon.put(before.anon_vma);
        true
    }

    /// Refreshes the index of every item that a scan would leave as it is; returns how many had
    /// another one.
    pub(crate) fn refresh_indices(&mut self, memory: &mut Memory) -> u64 {
        let all: Vec<_> = self.items.iter().map(|(at, _)| at).collect();
        let mut changed = 0;
        for at in all {
            let page = self.items[at].node().and_then(|node| self.page_of(node, memory));
            let Some(page) = page else { continue };
            if self.page_at(at, memory) == Some(page) {
                changed += u64::from(self.refresh(at, Refresh::Index, memory));
            }
        }
        changed
    }

    /// The node of a merged frame.
    pub(crate) fn node_of(frame: &Frame) -> Option<NodeIx> {
        match frame.owner {
            Owner::Ksm { node } => Some(node),
            Owner::Anon { .. } | Owner::File { .. } => None,
        }
    }
}

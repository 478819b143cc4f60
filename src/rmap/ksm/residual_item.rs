//! Places that a merged page needs though no item has them.
//!
//! A *place* is a family and an index. It leads to an entry if the entry's mapping is in the
//! family's tree and holds the index at the entry's address: what an ordinary page keeps once, a
//! merged page needs for each of its sharers. Its places are those of its items and its residual items.
//!
//! 1. Under [`KsmSettings::keep_residual_items`](super::KsmSettings::keep_residual_items) every entry of a
//!    merged page has a place of the page's node that leads to it. Fork, `mremap`, split and merge
//!    of mappings keep index and trees, and so this invariant; what could break it, looks here first: an
//!    item that gives up its place, the upgrade of a page that others map, a swap-in.
//! 2. A residual item was the only place of some entry when it was made, when the node got its last item,
//!    and at the end of the last scan.
//! 3. A residual item holds a reference on its family, as a stable item does.

use crate::rmap::ksm::item::ResidualItem;
use crate::rmap::ksm::state::Ksm;
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{NodeIx, VmaIx};
use crate::rmap::model::page::Pte;
use crate::rmap::units::Pgoff;

impl Ksm {
    /// The node's residual items, oldest first.
    fn residual_items_of(&self, node: NodeIx) -> &[ResidualItem] {
        self.residual_items.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Returns `true` if a place of the node leads to the page with this index in the mapping.
    pub(crate) fn leads_to(&self, node: NodeIx, vma: VmaIx, index: Pgoff, memory: &Memory) -> bool {
        let items = self.nodes[node].items.iter().filter_map(|&item| self.items[item].place());
        let items = items.map(|(pgoff, anon_vma)| ResidualItem { pgoff, anon_vma });
        let mut places = items.chain(self.residual_items_of(node).iter().copied());
        places.any(|place| {
            place.pgoff == index && memory.anon.leads_to(place.anon_vma, &memory.vmas[vma])
        })
    }

    /// Returns `true` if `place`, which is none of the node's, leads to an entry of its page to which none of
    /// the node's places does.
    fn needs(&self, node: NodeIx, place: ResidualItem, memory: &Memory) -> bool {
        let Some(frame) = self.page_of(node, memory) else { return false };
        memory.anon.any(place.anon_vma, place.pgoff, memory.tables(), |at| {
            let vma = &memory.vmas[at];
            let address = vma.address_of(place.pgoff).expect("the mapping covers the index");
            memory.pte(vma.mm, address) == Pte::Page(frame)
                && !self.leads_to(node, at, place.pgoff, memory)
        })
    }

    /// Keeps a place that an item is about to give up, or never had, if the node needs it.
    pub(super) fn leave_residual_item(
        &mut self,
        node: NodeIx,
        place: ResidualItem,
        memory: &mut Memory,
    ) {
        if self.settings.keep_residual_items && self.needs(node, place, memory) {
            memory.anon.get(place.anon_vma);
            self.residual_items.entry(node).or_default().push(place);
        }
    }

    /// Drops the residual items of a node that goes.
    pub(super) fn drop_residual_items(&mut self, node: NodeIx, memory: &mut Memory) {
        for residual_item in self.residual_items.remove(&node).into_iter().flatten() {
            memory.anon.put(residual_item.anon_vma);
        }
    }

    /// Drops the residual items of all nodes that do not need them any more.
    pub(super) fn tidy_all_residual_items(&mut self, memory: &mut Memory) {
        let nodes: Vec<_> = self.residual_items.keys().copied().collect();
        for node in nodes {
            self.tidy_residual_items(node, memory);
        }
    }

    /// Drops the residual items that the node does not need any more: the entries are gone, or have got
    /// items meanwhile.
    pub(super) fn tidy_residual_items(&mut self, node: NodeIx, memory: &mut Memory) {
        // Each is judged by what is left without it, so that of two alike one stays.
        for _ in 0..self.residual_items_of(node).len() {
            let rest = self.residual_items.get_mut(&node).expect("it has residual items");
            let residual_item = rest.remove(0);
            if self.needs(node, residual_item, memory) {
                self.residual_items.entry(node).or_default().push(residual_item);
            } else {
                memory.anon.put(residual_item.anon_vma);
            }
        }
        if self.residual_items_of(node).is_empty() {
            self.residual_items.remove(&node);
        }
    }
}

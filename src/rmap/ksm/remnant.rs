//! Places that a merged page needs though no item has them.
//!
//! A *place* is a family and an index. It leads to an entry if the entry's mapping is in the
//! family's tree and holds the index at the entry's address: what an ordinary page keeps once, a
//! merged page needs for each of its sharers. Its places are those of its items and its remnants.
//!
//! 1. Under [`KsmSettings::keep_remnants`](super::KsmSettings::keep_remnants) every entry of a
//!    merged page has a place of the page's node that leads to it. Fork, `mremap`, split and merge
//!    of mappings keep index and trees, and so this law; what could break it, looks here first: an
//!    item that gives up its place, the upgrade of a page that others map, a swap-in.
//! 2. A remnant was the only place of some entry when it was made, when the node got its last item,
//!    and at the end of the last scan.
//! 3. A remnant holds a reference on its family, as a stable item does.

use super::{Ksm, StableNode};
use crate::Interval;
use crate::rmap::anon_vma::AnonVma;
use crate::rmap::memory::Memory;
use crate::rmap::page::Pte;
use crate::rmap::slab::Ix;
use crate::rmap::units::Pgoff;
use crate::rmap::vma::Vma;

/// A place without an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Remnant {
    pub(crate) pgoff: Pgoff,
    pub(crate) anon_vma: Ix<AnonVma>,
}

impl Remnant {
    fn leads_to(self, vma: &Vma, index: Pgoff) -> bool {
        self.pgoff == index && vma.links.iter().any(|link| link.anon_vma == self.anon_vma)
    }
}

impl Ksm {
    /// The node's remnants, oldest first.
    fn remnants_of(&self, node: Ix<StableNode>) -> &[Remnant] {
        self.remnants.get(&node).map_or(&[], Vec::as_slice)
    }

    /// True if a place of the node leads to the page with this index in the mapping.
    pub(crate) fn leads_to(&self, node: Ix<StableNode>, vma: &Vma, index: Pgoff) -> bool {
        let items = self.nodes[node].items.iter().filter_map(|&item| self.items[item].place());
        let items = items.map(|(pgoff, anon_vma)| Remnant { pgoff, anon_vma });
        let mut places = items.chain(self.remnants_of(node).iter().copied());
        places.any(|place| place.leads_to(vma, index))
    }

    /// True if `place`, which is none of the node's, leads to an entry of its page to which none of
    /// the node's places does.
    fn needs(&self, node: Ix<StableNode>, place: Remnant, memory: &Memory) -> bool {
        let Some(frame) = self.page_of(node, memory) else { return false };
        let family = memory.anon_vmas.family(place.anon_vma).read();
        family[memory.anon_vmas[place.anon_vma].tree].overlapping(Interval::point(place.pgoff)).any(
            |vma| {
                let vma = &memory.vmas[vma];
                let at = vma.address_of(place.pgoff).expect("the mapping covers the index");
                memory.pte(vma.mm, at) == Pte::Page(frame) && !self.leads_to(node, vma, place.pgoff)
            },
        )
    }

    /// Keeps a place that an item is about to give up, or never had, if the node needs it.
    pub(super) fn leave_remnant(
        &mut self,
        node: Ix<StableNode>,
        place: Remnant,
        memory: &mut Memory,
    ) {
        if self.settings.keep_remnants && self.needs(node, place, memory) {
            memory.get_anon_vma(place.anon_vma);
            self.remnants.entry(node).or_default().push(place);
        }
    }

    /// Drops the remnants of a node that goes.
    pub(super) fn drop_remnants(&mut self, node: Ix<StableNode>, memory: &mut Memory) {
        for remnant in self.remnants.remove(&node).into_iter().flatten() {
            memory.put_anon_vma(remnant.anon_vma);
        }
    }

    /// Drops the remnants of all nodes that do not need them any more.
    pub(super) fn tidy_all_remnants(&mut self, memory: &mut Memory) {
        let nodes: Vec<_> = self.remnants.keys().copied().collect();
        for node in nodes {
            self.tidy_remnants(node, memory);
        }
    }

    /// Drops the remnants that the node does not need any more: the entries are gone, or have got
    /// items meanwhile.
    pub(super) fn tidy_remnants(&mut self, node: Ix<StableNode>, memory: &mut Memory) {
        // Each is judged by what is left without it, so that of two alike one stays.
        for _ in 0..self.remnants_of(node).len() {
            let rest = self.remnants.get_mut(&node).expect("it has remnants");
            let remnant = rest.remove(0);
            if self.needs(node, remnant, memory) {
                self.remnants.entry(node).or_default().push(remnant);
            } else {
                memory.put_anon_vma(remnant.anon_vma);
            }
        }
        if self.remnants_of(node).is_empty() {
            self.remnants.remove(&node);
        }
    }
}

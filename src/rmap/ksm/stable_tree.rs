//! Merged pages by content: nodes and their places. Knows no item.

use crate::rmap::ksm::content_tree::{ContentTree, Entry};
use crate::rmap::model::ix::{FrameIx, ItemIx, NodeIx};
use crate::rmap::slab::Ix;
use crate::rmap::units::Content;

/// One merged page.
#[derive(Clone, Debug)]
pub(crate) struct StableNode {
    /// Where the page was last; the node is stale when that frame no longer names it.
    pub(crate) frame: FrameIx,
    /// Content, and so the place in the tree. A merged page never changes.
    pub(crate) content: Content,
    /// Items, oldest first.
    pub(crate) items: Vec<ItemIx>,
}

/// A place in the stable tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Single(NodeIx),
    /// First of the list first.
    Chain(Vec<NodeIx>),
}

impl Place {
    pub(crate) fn is_chain(&self) -> bool {
        matches!(self, Self::Chain(_))
    }

    pub(crate) fn nodes(&self) -> &[NodeIx] {
        match self {
            Self::Single(node) => core::slice::from_ref(node),
            Self::Chain(dups) => dups,
        }
    }
}

/// The stable tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct StableTree {
    pub(crate) places: ContentTree<Place>,
    chains: u64,
    dups: u64,
}

pub(crate) type PlaceAt = Ix<Entry<Place>>;

impl StableTree {
    /// Numbers of chains and of nodes in chains.
    pub(crate) fn chains(&self) -> (u64, u64) {
        (self.chains, self.dups)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Content, &Place)> {
        self.places.iter()
    }

    pub(crate) fn is_in_shape(&self) -> bool {
        self.places.holds()
    }

    #[cfg(test)]
    pub(crate) fn redden_root(&mut self) {
        self.places.redden_root();
    }

    fn uncount(&mut self, place: &Place) {
        if let Place::Chain(dups) = place {
            (self.chains, self.dups) = (self.chains - 1, self.dups - dups.len() as u64);
        }
    }

    pub(crate) fn set(&mut self, at: PlaceAt, place: Place) {
        if let Place::Chain(dups) = &place {
            (self.chains, self.dups) = (self.chains + 1, self.dups + dups.len() as u64);
        }
        let before = core::mem::replace(self.places.value_mut(at), place);
        self.uncount(&before);
    }

    pub(crate) fn erase(&mut self, at: PlaceAt) {
        let before = self.places.remove(at);
        self.uncount(&before);
    }

    /// Puts a node that has no place yet at its content: alone, or at the head of a chain.
    pub(crate) fn add(&mut self, content: Content, node: NodeIx) {
        let Some(at) = self.places.find(content) else {
            self.places.insert(content, Place::Single(node));
            return;
        };
        let mut dups = vec![node];
        dups.extend_from_slice(self.places.value(at).nodes());
        self.set(at, Place::Chain(dups));
    }

    pub(crate) fn forget(&mut self, content: Content, node: NodeIx) {
        let at = self.places.find(content).expect("a node has a place");
        match self.places.value(at) {
            Place::Single(_) => self.erase(at),
            Place::Chain(dups) => {
                let left = dups.iter().copied().filter(|&dup| dup != node).collect();
                self.set(at, Place::Chain(left)); // even if none is left (invariant 3)
            }
        }
    }
}

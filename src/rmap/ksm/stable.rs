//! Merged pages by content, and the items of each.
//!
//! 1. One place per content: a single node, or a chain of nodes (`dups`) once the first is full.
//! 2. A node's items are in walk order from the back: the newest is walked first.
//! 3. A chain becomes a single place at a look-up that finds one node left, and goes at a look-up that
//!    finds none. Until then it may be empty.

use super::content_tree::{ContentTree, Entry};
use super::{ItemState, Ksm, ResidualItem, RmapItem, Schedule};
use crate::rmap::memory::Memory;
use crate::rmap::page::{Frame, Owner};
use crate::rmap::slab::Ix;
use crate::rmap::units::Content;

/// One merged page.
#[derive(Clone, Debug)]
pub(crate) struct StableNode {
    /// Where the page was last; the node is stale when that frame no longer names it.
    pub(crate) frame: Ix<Frame>,
    /// Content, and so the place in the tree. A merged page never changes.
    pub(crate) content: Content,
    /// Items, oldest first.
    pub(crate) items: Vec<Ix<RmapItem>>,
}

/// A place in the stable tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Single(Ix<StableNode>),
    /// First of the list first.
    Chain(Vec<Ix<StableNode>>),
}

impl Place {
    pub(crate) fn is_chain(&self) -> bool {
        matches!(self, Self::Chain(_))
    }

    pub(crate) fn nodes(&self) -> &[Ix<StableNode>] {
        match self {
            Self::Single(node) => core::slice::from_ref(node),
            Self::Chain(dups) => dups,
        }
    }
}

/// The stable tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct StableTree {
    places: ContentTree<Place>,
    chains: u64,
    dups: u64,
}

type PlaceAt = Ix<Entry<Place>>;

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

    fn set(&mut self, at: PlaceAt, place: Place) {
        if let Place::Chain(dups) = &place {
            (self.chains, self.dups) = (self.chains + 1, self.dups + dups.len() as u64);
        }
        let before = core::mem::replace(self.places.value_mut(at), place);
        self.uncount(&before);
    }

    fn erase(&mut self, at: PlaceAt) {
        let before = self.places.remove(at);
        self.uncount(&before);
    }

    /// Puts a node that has no place yet at its content: alone, or at the head of a chain.
    fn add(&mut self, content: Content, node: Ix<StableNode>) {
        let Some(at) = self.places.find(content) else {
            self.places.insert(content, Place::Single(node));
            return;
        };
        let mut dups = vec![node];
        dups.extend_from_slice(self.places.value(at).nodes());
        self.set(at, Place::Chain(dups));
    }

    fn forget(&mut self, content: Content, node: Ix<StableNode>) {
        let at = self.places.find(content).expect("a node has a place");
        match self.places.value(at) {
            Place::Single(_) => self.erase(at),
            Place::Chain(dups) => {
                let left = dups.iter().copied().filter(|&dup| dup != node).collect();
                self.set(at, Place::Chain(left)); // even if none is left (law 3)
            }
        }
    }
}

/// What a look at a place on the way found.
enum Passed {
    /// The place or its page has gone: the search begins anew.
    Gone,
    /// The place stands; the node is one of its that takes another sharer, if there is one.
    Stands(Option<Ix<StableNode>>),
}

impl Ksm {
    /// The node's page, if it is still the node's (`get_ksm_folio`).
    pub(crate) fn page_of(&self, node: Ix<StableNode>, memory: &Memory) -> Option<Ix<Frame>> {
        let frame = self.nodes[node].frame;
        let live = memory.frames.get(frame)?;
        (live.owner == Owner::Ksm { node }).then_some(frame)
    }

    /// True if the node takes `more` items.
    fn accepts(&self, node: Ix<StableNode>, more: usize) -> bool {
        let limit = usize::try_from(self.settings.max_page_sharing).unwrap_or(usize::MAX);
        self.nodes[node].items.len() + more <= limit
    }

    /// Finds a merged page with this content that takes one more sharer.
    ///
    /// Every place that the search passes is looked at, not only the one it is for: nodes whose
    /// page has gone are dropped, chains are pruned, reordered and collapsed. Where there are none of
    /// either the place is looked up at once. In a chain the fullest
    /// node that accepts is taken if chains are being pruned, otherwise the first.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/ksm.c`, `stable_tree_search` and `__stable_node_chain` (6.12).
    pub(crate) fn find_stable(
        &mut self,
        content: Content,
        memory: &mut Memory,
    ) -> Option<Ix<StableNode>> {
        self.descend(content, self.settings.prune_chains, memory)
    }

    fn descend(
        &mut self,
        content: Content,
        prune: bool,
        memory: &mut Memory,
    ) -> Option<Ix<StableNode>> {
        // Where no page has gone and no chain waits for its turn, passing a place does nothing.
        let nothing_to_tidy =
            self.nodes.len() == memory.frames.merged() && self.stable.chains() == (0, 0);
        let places = &self.stable.places;
        let mut next = if nothing_to_tidy { places.find(content) } else { places.root() };
        while let Some(at) = next {
            next = match self.pass(at, prune, memory) {
                Passed::Gone => self.stable.places.root(),
                Passed::Stands(found) => match self.stable.places.side(at, content) {
                    None => return found,
                    Some(side) => self.stable.places.child(at, side),
                },
            };
        }
        None
    }

    fn pass(&mut self, at: PlaceAt, prune: bool, memory: &mut Memory) -> Passed {
        let dups = match self.stable.places.value(at) {
            &Place::Single(node) => {
                if self.page_of(node, memory).is_none() {
                    self.drop_node(node, memory);
                    return Passed::Gone;
                }
                return Passed::Stands(self.accepts(node, 1).then_some(node));
            }
            Place::Chain(dups) => dups.clone(),
        };
        let mut found: Option<Ix<StableNode>> = None;
        for dup in dups {
            if self.page_of(dup, memory).is_none() {
                self.drop_node(dup, memory);
                continue;
            }
            let fuller =
                found.is_none_or(|f| self.nodes[dup].items.len() > self.nodes[f].items.len());
            if self.accepts(dup, 1) && fuller {
                found = Some(dup);
                if !prune {
                    break;
                }
            }
        }
        let left = self.stable.places.value(at).nodes();
        match (found, left) {
            (None, []) => {
                self.stable.erase(at);
                return Passed::Gone;
            }
            (Some(_), &[last]) => self.stable.set(at, Place::Single(last)),
            (Some(found), _) if left[0] != found && self.accepts(found, 2) => {
                let mut dups = vec![found];
                dups.extend(left.iter().copied().filter(|&dup| dup != found));
                self.stable.set(at, Place::Chain(dups));
            }
            _ => {}
        }
        Passed::Stands(found)
    }

    /// Makes `frame` the page of a new node.
    pub(crate) fn new_node(&mut self, frame: Ix<Frame>, memory: &mut Memory) -> Ix<StableNode> {
        let content = memory.frames[frame].content;
        // The place is searched for once more, and this search prunes nothing.
        self.descend(content, false, memory);
        let node = self.nodes.insert(StableNode { frame, content, items: Vec::new() });
        memory.frames.merge(frame, node);
        self.stable.add(content, node);
        node
    }

    /// Removes a node and makes all its items fresh (`remove_node_from_stable_tree`).
    pub(crate) fn drop_node(&mut self, node: Ix<StableNode>, memory: &mut Memory) {
        while let Some(&item) = self.nodes[node].items.last() {
            self.leave_stable(item, memory);
        }
        self.drop_residual_items(node, memory);
        self.stable.forget(self.nodes[node].content, node);
        self.nodes.remove(node);
    }

    /// Takes a stable item off its node's list; it is fresh afterwards. With the union its schedule
    /// starts anew, as the index that lay in its place is cleared.
    pub(crate) fn leave_stable(&mut self, at: Ix<RmapItem>, memory: &mut Memory) {
        let ItemState::Stable { pgoff, anon_vma, node, kept } = self.items[at].state else {
            unreachable!("only a stable item leaves a node")
        };
        let items = &mut self.nodes[node.0].items;
        let place = items.iter().rposition(|&item| item == at).expect("a node lists its items");
        items.remove(place);
        if items.is_empty() {
            self.shared -= 1;
        } else {
            self.sharing -= 1;
        }
        self.leave_residual_item(node.0, ResidualItem { pgoff, anon_vma: anon_vma.0 }, memory);
        memory.put_anon_vma(anon_vma.0);
        self.items[at].state = ItemState::Fresh { schedule: kept.unwrap_or(Schedule::default()) };
    }
}

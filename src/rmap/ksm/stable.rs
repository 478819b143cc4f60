//! Merged pages by content, and the items of each.
//!
//! 1. One place per content: a single node, or a chain of nodes (`dups`) once the first is full.
//! 2. A node's items are in walk order from the back: the newest is walked first.
//! 3. A chain becomes a single place at a look-up that finds one node left, and goes at a look-up that
//!    finds none. Until then it may be empty.

use crate::rmap::ksm::item::{ItemState, ResidualItem, Schedule};
use crate::rmap::ksm::stable_tree::{Place, PlaceAt, StableNode};
use crate::rmap::ksm::state::Ksm;
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{FrameIx, ItemIx, NodeIx};
use crate::rmap::model::page::Owner;
use crate::rmap::units::Content;

/// What a look at a place on the way found.
enum Passed {
    /// The place or its page has gone: the search begins anew.
    Gone,
    /// The place stands; the node is one of its that takes another sharer, if there is one.
    Stands(Option<NodeIx>),
}

impl Ksm {
    /// The node's page, if it is still the node's (`get_ksm_folio`).
    pub(crate) fn page_of(&self, node: NodeIx, memory: &Memory) -> Option<FrameIx> {
        let frame = self.nodes[node].frame;
        let live = memory.frames.get(frame)?;
        (live.owner == Owner::Ksm { node }).then_some(frame)
    }

    /// Returns `true` if the node takes `more` items. One that has none takes none: its page may
    /// still be mapped, by a fork.
    fn accepts(&self, node: NodeIx, more: usize) -> bool {
        let limit = usize::try_from(self.settings.max_page_sharing).unwrap_or(usize::MAX);
        let items = self.nodes[node].items.len();
        items > 0 && items + more <= limit
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
    /// `mm/ksm.c`, `stable_tree_search` and `__stable_node_chain`.
    pub(crate) fn find_stable(&mut self, content: Content, memory: &mut Memory) -> Option<NodeIx> {
        let found = self.descend(content, self.settings.prune_chains, memory);
        debug_assert!(
            found.is_none_or(|node| self.nodes[node].content == content && self.accepts(node, 1)),
            "a node of this content that takes another sharer"
        );
        found
    }

    fn descend(&mut self, content: Content, prune: bool, memory: &mut Memory) -> Option<NodeIx> {
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
        let mut found: Option<NodeIx> = None;
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
            (_, &[last]) => self.stable.set(at, Place::Single(last)),
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
    pub(crate) fn new_node(&mut self, frame: FrameIx, memory: &mut Memory) -> NodeIx {
        let content = memory.frames[frame].content;
        // The place is searched for once more, and this search prunes nothing.
        self.descend(content, false, memory);
        let node = self.nodes.insert(StableNode { frame, content, items: Vec::new() });
        memory.frames.merge(frame, node);
        self.stable.add(content, node);
        debug_assert_eq!(self.page_of(node, memory), Some(frame), "node and page name each other");
        node
    }

    /// Removes a node and makes all its items fresh (`remove_node_from_stable_tree`).
    pub(crate) fn drop_node(&mut self, node: NodeIx, memory: &mut Memory) {
        while let Some(&item) = self.nodes[node].items.last() {
            self.leave_stable(item, memory);
        }
        self.drop_residual_items(node, memory);
        debug_assert!(self.nodes[node].items.is_empty(), "its items left it");
        self.stable.forget(self.nodes[node].content, node);
        self.nodes.remove(node);
    }

    /// Takes a stable item off its node's list; it is fresh afterwards. With the union its schedule
    /// starts anew, as the index that lay in its place is cleared.
    pub(crate) fn leave_stable(&mut self, at: ItemIx, memory: &mut Memory) {
        let ItemState::Stable { pgoff, anon_vma, node, kept } = self.items[at].state else {
            unreachable!("only a stable item leaves a node")
        };
        let items = &mut self.nodes[node.0].items;
        debug_assert_eq!(items.iter().filter(|&&item| item == at).count(), 1, "it is listed once");
        let place = items.iter().rposition(|&item| item == at).expect("a node lists its items");
        items.remove(place);
        if items.is_empty() {
            self.shared -= 1;
        } else {
            self.sharing -= 1;
        }
        self.leave_residual_item(node.0, ResidualItem { pgoff, anon_vma: anon_vma.0 }, memory);
        memory.anon.put(anon_vma.0);
        self.items[at].state = ItemState::Fresh { schedule: kept.unwrap_or(Schedule::default()) };
    }
}

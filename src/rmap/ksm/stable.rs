//! Merged pages by content, and the items of each.
//!
//! 1. One place per content: a single node, or a chain of nodes (`dups`) once the first is full.
//! 2. A node's items are in walk order from the back: the newest is walked first.
//! 3. A chain becomes a single place at a look-up that finds one node left, and goes at a look-up that
//!    finds none. Until then it may be empty.

use std::collections::BTreeMap;

use super::{ItemState, Ksm, RmapItem, Schedule};
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
    places: BTreeMap<Content, Place>,
    chains: u64,
    dups: u64,
}

impl StableTree {
    /// Numbers of chains and of nodes in chains.
    pub(crate) fn chains(&self) -> (u64, u64) {
        (self.chains, self.dups)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Content, &Place)> {
        self.places.iter().map(|(&content, place)| (content, place))
    }

    fn set(&mut self, content: Content, place: Option<Place>) {
        let count = |place: Option<&Place>| match place {
            Some(Place::Chain(dups)) => (1, dups.len() as u64),
            _ => (0, 0),
        };
        let after = count(place.as_ref());
        let before = match place {
            Some(place) => self.places.insert(content, place),
            None => self.places.remove(&content),
        };
        let before = count(before.as_ref());
        self.chains = self.chains + after.0 - before.0;
        self.dups = self.dups + after.1 - before.1;
    }

    /// Puts a node that has no place yet at its content: alone, or at the head of a chain.
    fn add(&mut self, content: Content, node: Ix<StableNode>) {
        let place = match self.places.get(&content) {
            None => Place::Single(node),
            Some(place) => {
                let mut dups = vec![node];
                dups.extend_from_slice(place.nodes());
                Place::Chain(dups)
            }
        };
        self.set(content, Some(place));
    }

    fn forget(&mut self, content: Content, node: Ix<StableNode>) {
        let place = match self.places.get(&content) {
            Some(Place::Chain(dups)) => {
                let left = dups.iter().copied().filter(|&dup| dup != node).collect();
                Some(Place::Chain(left)) // even if none is left (law 3)
            }
            _ => None,
        };
        self.set(content, place);
    }
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
    /// Nodes whose page has gone are dropped as they are met. In a chain the fullest node that
    /// accepts is taken if the chain is being pruned, otherwise the first.
    pub(crate) fn find_stable(
        &mut self,
        content: Content,
        memory: &mut Memory,
    ) -> Option<Ix<StableNode>> {
        let place = self.stable.places.get(&content)?;
        if let Place::Single(node) = *place {
            if self.page_of(node, memory).is_none() {
                self.drop_node(node, memory);
                return None;
            }
            return self.accepts(node, 1).then_some(node);
        }
        let prune = self.settings.prune_chains;
        let dups = place.nodes().to_vec();
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
        let place = self.stable.places.get(&content)?;
        match (place.nodes(), found) {
            (&[], _) => self.stable.set(content, None),
            (&[last], _) => self.stable.set(content, Some(Place::Single(last))),
            (nodes, Some(found)) if nodes[0] != found && self.accepts(found, 2) => {
                let mut dups = vec![found];
                dups.extend(nodes.iter().copied().filter(|&dup| dup != found));
                self.stable.set(content, Some(Place::Chain(dups)));
            }
            _ => {}
        }
        found
    }

    /// Makes `frame` the page of a new node.
    pub(crate) fn new_node(&mut self, frame: Ix<Frame>, memory: &mut Memory) -> Ix<StableNode> {
        let content = memory.frames[frame].content;
        let node = self.nodes.insert(StableNode { frame, content, items: Vec::new() });
        memory.frames[frame].owner = Owner::Ksm { node };
        self.stable.add(content, node);
        node
    }

    /// Removes a node and makes all its items fresh (`remove_node_from_stable_tree`).
    pub(crate) fn drop_node(&mut self, node: Ix<StableNode>, memory: &mut Memory) {
        while let Some(&item) = self.nodes[node].items.last() {
            self.leave_stable(item, memory);
        }
        self.stable.forget(self.nodes[node].content, node);
        self.nodes.remove(node);
    }

    /// Takes a stable item off its node's list; it is fresh afterwards. With the union its schedule
    /// starts anew, as the index that lay in its place is cleared.
    pub(crate) fn leave_stable(&mut self, at: Ix<RmapItem>, memory: &mut Memory) {
        let ItemState::Stable { anon_vma, node, kept, .. } = self.items[at].state else { return };
        let items = &mut self.nodes[node.0].items;
        let place = items.iter().rposition(|&item| item == at).expect("a node lists its items");
        items.remove(place);
        if items.is_empty() {
            self.shared -= 1;
        } else {
            self.sharing -= 1;
        }
        memory.put_anon_vma(anon_vma.0);
        self.items[at].state = ItemState::Fresh { schedule: kept.unwrap_or(Schedule::default()) };
    }
}

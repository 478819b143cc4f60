//! The recording's names for the model's things, within one state.

use std::collections::BTreeMap;

use stabtree::rmap::{AnonVmaId, NodeRef, Pfn};

/// Written where the model's thing has no name that fits.
pub(crate) const UNNAMED: u64 = u64::MAX;

/// Names of one kind of thing: one to one.
#[derive(Debug)]
pub(crate) struct Bijection<K> {
    names: BTreeMap<K, u64>,
    things: BTreeMap<u64, K>,
}

impl<K> Default for Bijection<K> {
    fn default() -> Self {
        Self { names: BTreeMap::new(), things: BTreeMap::new() }
    }
}

impl<K: Ord + Copy> Bijection<K> {
    /// The name of `thing`; if it has none yet, `recorded`, unless that is another's.
    pub(crate) fn name(&mut self, thing: K, recorded: Option<u64>) -> u64 {
        if let Some(&name) = self.names.get(&thing) {
            return name;
        }
        let Some(free) = recorded.filter(|name| !self.things.contains_key(name)) else {
            return UNNAMED;
        };
        self.names.insert(thing, free);
        self.things.insert(free, thing);
        free
    }

    pub(crate) fn known(&self, thing: K) -> Option<u64> {
        self.names.get(&thing).copied()
    }

    pub(crate) fn thing(&self, name: u64) -> Option<K> {
        self.things.get(&name).copied()
    }

    pub(crate) fn things(&self) -> impl Iterator<Item = (u64, K)> {
        self.things.iter().map(|(&name, &thing)| (name, thing))
    }

    /// The thing goes on under another identity.
    pub(crate) fn becomes(&mut self, old: K, new: K) {
        if let Some(name) = self.names.remove(&old) {
            self.names.insert(new, name);
            self.things.insert(name, new);
        }
    }
}

/// All names of a state.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) pages: Bijection<Pfn>,
    pub(crate) families: Bijection<AnonVmaId>,
    pub(crate) slots: Bijection<u64>,
    /// Classes of nodes whose page has gone: the number may be a living page's too.
    pub(crate) gone: BTreeMap<NodeRef, Option<u64>>,
}

impl Names {
    /// The class of a node: its page's, or for one whose page has gone the first that is recorded.
    pub(crate) fn class(
        &mut self,
        node: NodeRef,
        pfn: Option<Pfn>,
        recorded: Option<u64>,
    ) -> Option<u64> {
        match pfn {
            Some(pfn) => Some(self.pages.name(pfn, recorded)),
            None => *self.gone.entry(node).or_insert(recorded),
        }
    }
}

//! Pages seen in this round that may still change, by content.
//!
//! 1. An item is here iff it is unstable and of this round; its key is the content it had when it
//!    was put here.
//! 2. The page may have changed since. The key then finds it no more: whoever finds an item here
//!    compares the pages. (The kernel orders by what the pages hold *now*, and may lose whole
//!    branches by a change. Within one round without writes the two agree.)

use crate::rmap::ksm::content_map::ContentMap;
use crate::rmap::model::ix::ItemIx;
use crate::rmap::units::Content;

/// The unstable tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnstableTree {
    by_content: ContentMap<ItemIx>,
}

impl UnstableTree {
    pub(crate) fn clear(&mut self) {
        self.by_content.clear();
    }

    pub(crate) fn find(&self, key: Content) -> Option<ItemIx> {
        self.by_content.get(&key).copied()
    }

    /// Puts `item` under `key` and returns whom it pushes out.
    pub(crate) fn insert(&mut self, key: Content, item: ItemIx) -> Option<ItemIx> {
        self.by_content.insert(key, item)
    }

    pub(crate) fn remove(&mut self, key: Content, item: ItemIx) {
        let removed = self.by_content.remove(&key);
        debug_assert_eq!(removed, Some(item), "an unstable item is under its own key");
    }
}

//! Swap slots: what a swapped-out page-table entry points at.
//!
//! 1. `entries` is the number of page-table entries that name the slot.
//! 2. `cached` is the frame that still holds the slot's content, if there is one; that frame names
//!    the slot back.
//! 3. A slot lives while an entry names it or a frame caches it.

use crate::rmap::model::ix::{FrameIx, SlotIx, SlotKey};
use crate::rmap::model::page::Frames;
use crate::rmap::slab::Slab;
use crate::rmap::units::Content;

/// One swap slot.
#[derive(Clone, Debug)]
pub(crate) struct SwapSlot {
    pub(crate) content: Content,
    pub(crate) entries: u32,
    /// Whether its one entry was a process's own page, and is still the only one.
    pub(crate) exclusive: bool,
    pub(crate) cached: Option<FrameIx>,
}

/// All swap slots.
pub(crate) type SwapSlots = Slab<SwapSlot, SlotKey>;

impl SwapSlots {
    /// Drops one entry's name for the slot. With the last the slot goes, unless a mapped frame
    /// caches it.
    pub(crate) fn forget(&mut self, at: SlotIx, frames: &mut Frames) {
        let slot = &mut self[at];
        slot.entries -= 1;
        if slot.entries > 0 {
            return;
        }
        match slot.cached {
            None => drop(self.remove(at)),
            Some(frame) if frames[frame].mapcount == 0 => self.uncache(at, frames),
            Some(_) => {}
        }
    }

    /// Takes the frame out of the swap cache; the slot stays for the entries that name it.
    pub(crate) fn uncache(&mut self, at: SlotIx, frames: &mut Frames) {
        let frame = self[at].cached.take().expect("the slot has a frame in the cache");
        frames[frame].swap_cache = None;
        frames.settle(frame);
        if self[at].entries == 0 {
            self.remove(at);
        }
    }
}

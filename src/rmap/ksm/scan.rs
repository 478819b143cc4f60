//! The daemon: which page is next, whether to look at it, and what to do with it.
//!
//! 1. Processes in list order, mappings and pages ascending. A process that becomes mergeable
//!    enters just before the cursor and is scanned last; one that exits is moved after it.
//! 2. A page is looked at if its mapping is mergeable and touched, and an anonymous page is present.
//! 3. Items between the last item met and the next are of pages that have gone; they are freed
//!    when the next is fetched, or at the end of the process.
//! 4. A scan ends when the cursor is back at the head of the list.

use crate::rmap::ksm::item::{ItemState, RmapItem, Schedule};
use crate::rmap::ksm::state::{Cursor, Ksm};
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{FrameIx, ItemIx, MmIx};
use crate::rmap::model::mm::MmSlot;
use crate::rmap::model::page::{Frame, Pte};
use crate::rmap::units::{Content, Pages, Vaddr};

/// What a scan did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ScanReport {
    /// Pages processed (pages).
    pub scanned: u64,
    /// Pages that smart scan skipped (pages).
    pub skipped: u64,
    /// Whether the scan reached the end of the list of processes.
    pub finished: bool,
}

impl Ksm {
    /// The low byte of the round, which unstable items carry.
    pub(crate) fn round_mark(&self) -> u8 {
        self.round.to_le_bytes()[0]
    }

    /// Enters a process into the scan order, just before the cursor.
    pub(crate) fn enter(&mut self, mm: MmIx, memory: &mut Memory) {
        if memory.mms[mm].slot.is_some() {
            return;
        }
        memory.mms[mm].slot = Some(MmSlot::default());
        match &mut self.cursor.process {
            None => self.order.push(mm),
            Some(at) => {
                self.order.insert(*at, mm);
                *at += 1;
            }
        }
    }

    /// The process has exited. Its record goes at once if it has no items, and otherwise when the
    /// scanner, before which it is moved, has freed them.
    pub(crate) fn leave(&mut self, mm: MmIx, memory: &mut Memory) {
        let Some(slot) = memory.mms[mm].slot else {
            memory.mms.remove(mm);
            return;
        };
        let at = self.order.iter().position(|&m| m == mm).expect("a slot is in the order");
        if self.cursor.process == Some(at) {
            return;
        }
        self.order.remove(at);
        if let Some(cursor) = self.cursor.process.as_mut().filter(|cursor| **cursor > at) {
            *cursor -= 1;
        }
        if slot.head.is_none() {
            memory.mms.remove(mm);
        } else {
            self.order.insert(self.cursor.process.map_or(0, |cursor| cursor + 1), mm);
        }
    }

    /// Looks at up to `pages` pages, or to the end of the scan.
    pub(crate) fn scan(&mut self, pages: u64, memory: &mut Memory) -> ScanReport {
        let (scanned, skipped) = (self.scanned, self.skipped);
        let mut finished = false;
        for _ in 0..pages {
            let Some((item, page)) = self.next_item(memory) else {
                finished = true;
                break;
            };
            self.scanned += 1;
            self.consider(item, page, memory);
        }
        ScanReport { scanned: self.scanned - scanned, skipped: self.skipped - skipped, finished }
    }

    /// Goes on to the next page to process (`scan_get_next_rmap_item`); `None` at the end of a scan.
    fn next_item(&mut self, memory: &mut Memory) -> Option<(ItemIx, FrameIx)> {
        if self.order.is_empty() {
            self.cursor = Cursor::default();
            return None;
        }
        if self.cursor.process.is_none() {
            self.unstable.clear();
            self.cursor = Cursor { process: Some(0), ..Cursor::default() };
        }
        while let Some(&mm) = self.cursor.process.and_then(|at| self.order.get(at)) {
            if let Some(found) = self.next_in_process(mm, memory) {
                return Some(found);
            }
            self.leave_process(mm, memory);
        }
        self.cursor = Cursor::default();
        self.round += 1;
        self.tidy_all_residual_items(memory);
        None
    }

    fn next_in_process(&mut self, mm: MmIx, memory: &mut Memory) -> Option<(ItemIx, FrameIx)> {
        let mut at = memory.first_above(mm, self.cursor.address);
        while let Some(vma) = at {
            let vma = &memory.vmas[vma];
            at = vma.next;
            if !vma.flags.mergeable {
                continue;
            }
            self.cursor.address = self.cursor.address.max(vma.start);
            if vma.anon_vma.is_none() {
                self.cursor.address = vma.end;
                continue;
            }
            let end = vma.end;
            while let Some((address, entry)) =
                memory.mms[mm].table.next_used(self.cursor.address, end)
            {
                self.cursor.address = address + Pages(1);
                let Pte::Page(frame) = entry else { continue };
                if memory.frames[frame].is_file() {
                    continue;
                }
                let item = self.item_for(mm, address, memory);
                if !self.skips(item, &memory.frames[frame]) {
                    return Some((item, frame));
                }
                self.leave_tree(item, memory);
            }
            self.cursor.address = end;
        }
        None
    }

    /// Ends the scan of one process: frees the items after the cursor, and the process's record if
    /// it has nothing mergeable any more.
    fn leave_process(&mut self, mm: MmIx, memory: &mut Memory) {
        if memory.mms[mm].exited {
            (self.cursor.address, self.cursor.after) = (Vaddr::default(), None);
        }
        while let Some(item) = self.after_cursor(mm, memory) {
            self.free_after_cursor(mm, item, memory);
        }
        let at = self.cursor.process.expect("the cursor is in a process");
        let nothing_mergeable = self.cursor.address == Vaddr::default();
        self.cursor = Cursor { process: Some(at), ..Cursor::default() };
        if nothing_mergeable {
            self.order.remove(at);
            memory.mms[mm].slot = None;
            if memory.mms[mm].exited {
                memory.mms.remove(mm);
            }
        } else {
            self.cursor.process = Some(at + 1);
        }
    }

    /// The item that follows the last one met.
    fn after_cursor(&self, mm: MmIx, memory: &Memory) -> Option<ItemIx> {
        match self.cursor.after {
            Some(item) => self.items[item].next,
            None => memory.mms[mm].slot.expect("a scanned process has a slot").head,
        }
    }

    fn link_after_cursor(&mut self, mm: MmIx, next: Option<ItemIx>, memory: &mut Memory) {
        match self.cursor.after {
            Some(item) => self.items[item].next = next,
            None => memory.mms[mm].slot = Some(MmSlot { head: next }),
        }
    }

    fn free_after_cursor(&mut self, mm: MmIx, item: ItemIx, memory: &mut Memory) {
        self.leave_tree(item, memory);
        let gone = self.items.remove(item);
        self.link_after_cursor(mm, gone.next, memory);
    }

    /// The item of a page, met or made; the items before it are freed (invariant 3).
    fn item_for(&mut self, mm: MmIx, address: Vaddr, memory: &mut Memory) -> ItemIx {
        let found = loop {
            match self.after_cursor(mm, memory) {
                Some(item) if self.items[item].address < address => {
                    self.free_after_cursor(mm, item, memory);
                }
                Some(item) if self.items[item].address == address => break item,
                next => {
                    let state = ItemState::Fresh { schedule: Schedule::default() };
                    let item = self.items.insert(RmapItem { address, mm, next, state });
                    self.link_after_cursor(mm, Some(item), memory);
                    break item;
                }
            }
        };
        self.cursor.after = Some(found);
        found
    }

    /// Smart scan: true if the page is not to be looked at this time.
    ///
    /// The kernel reads age and remaining skips even of an item that is still stable though its
    /// page is no longer merged. Where the index lies in their place they cannot be read here: such
    /// an item has no schedule and is processed.
    fn skips(&mut self, item: ItemIx, page: &Frame) -> bool {
        if !self.settings.smart_scan || page.is_ksm() {
            return false;
        }
        let Some(schedule) = self.items[item].schedule_mut() else { return false };
        let skips = schedule.skips();
        self.skipped += u64::from(skips);
        skips
    }

    /// Looks at one page: leaves it, merges it, or remembers it (`cmp_and_merge_page`).
    fn consider(&mut self, item: ItemIx, page: FrameIx, memory: &mut Memory) {
        if let Some(node) = Self::node_of(&memory.frames[page]) {
            if self.items[item].node() == Some(node) {
                self.refresh(item, self.settings.refresh, memory);
                return;
            }
            // A merged page without an item: copied by a fork, or mapped back from the swap cache.
            // Forks may pass the limit of sharers.
            self.leave_tree(item, memory);
            self.merge_with_node(item, page, node, memory);
            return;
        }
        self.leave_tree(item, memory);
        let content = memory.frames[page].content;
        let checksum = content.checksum();
        let schedule = self.items[item].schedule_mut().expect("an item off the trees has one");
        if schedule.checksum() != checksum {
            schedule.set_checksum(checksum);
            return;
        }
        if self.settings.use_zero_pages
            && content == Content::ZERO
            && self.merge_with_zero(item, page, memory)
        {
            return;
        }
        if let Some(node) = self.find_stable(content, memory) {
            self.merge_with_node(item, page, node, memory);
            return;
        }
        self.consider_unstable(item, page, memory);
    }

    fn consider_unstable(&mut self, item: ItemIx, page: FrameIx, memory: &mut Memory) {
        let content = memory.frames[page].content;
        if let Some(other) = self.unstable.find(content) {
            match self.page_at(other, memory) {
                // The same page, shared by a fork: it is not merged with itself, and waits.
                Some(other_page) if other_page == page => return,
                Some(other_page) if memory.frames[other_page].content == content => {
                    self.merge_pair(item, page, other, other_page, memory);
                    return;
                }
                // The page under this key has gone or changed since.
                _ => self.leave_tree(other, memory),
            }
        }
        let pushed_out = self.unstable.insert(content, item);
        debug_assert!(pushed_out.is_none(), "the key was free");
        let schedule = self.items[item].schedule().expect("an item off the trees has a schedule");
        let round = self.round_mark();
        self.items[item].state = ItemState::Unstable { schedule, round, key: content };
        self.unshared += 1;
    }
}

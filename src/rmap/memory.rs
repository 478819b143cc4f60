//! All processes' mappings and the frames below them: split, merge, map, unmap, copy.
//!
//! Knows no scanner. Keeps the laws of `vma`, `mm`, `anon_vma`, `page` and `swap` at every return.

use super::anon_vma::{AnonVma, AnonVmas};
use super::family::AnonVmaIndex;
use super::file::{File, Files};
use super::kernel::KernelChanges;
use super::mm::Mm;
use super::page::{Frame, Frames, Owner, Pte};
use super::slab::{Ix, Slab};
use super::swap::SwapSlots;
use super::units::{Content, MmId, Pgoff, Vaddr};
use super::vma::{VmFlags, Vma};

/// The tables.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) mms: Slab<Mm>,
    pub(crate) vmas: Slab<Vma>,
    /// What the kernel that is followed does otherwise than Linux 6.12.
    pub(crate) changes: KernelChanges,
    pub(crate) anon_vmas: AnonVmas,
    /// What a new `anon_vma` keeps its mappings in.
    pub(crate) family_index: AnonVmaIndex,
    pub(crate) files: Files,
    pub(crate) frames: Frames,
    pub(crate) swap: SwapSlots,
    /// Copies made of merged pages, by a write or to un-merge.
    pub(crate) cow: u64,
    /// Entries that the scanner turned to the page of zeros.
    pub(crate) zero_pages: u64,
    /// Copies made because a cached merged page could not be mapped as it is.
    pub(crate) swap_in_copies: u64,
}

impl Memory {
    pub(crate) fn new(changes: KernelChanges, family_index: AnonVmaIndex) -> Self {
        Self {
            mms: Slab::new(),
            vmas: Slab::new(),
            changes,
            anon_vmas: Slab::new(),
            family_index,
            files: Slab::new(),
            frames: Frames::new(),
            swap: Slab::new(),
            cow: 0,
            zero_pages: 0,
            swap_in_copies: 0,
        }
    }

    // ---- finding -------------------------------------------------------------------------------

    /// The mapping that holds `at`.
    pub(crate) fn find(&self, mm: Ix<Mm>, at: Vaddr) -> Option<Ix<Vma>> {
        let vma = self.mms[mm].at_or_below(at)?;
        (at < self.vmas[vma].end).then_some(vma)
    }

    /// The first mapping that ends above `at`.
    pub(crate) fn first_above(&self, mm: Ix<Mm>, at: Vaddr) -> Option<Ix<Vma>> {
        match self.mms[mm].at_or_below(at) {
            Some(vma) if at < self.vmas[vma].end => Some(vma),
            Some(vma) => self.vmas[vma].next,
            None => self.mms[mm].first(),
        }
    }

    /// The mappings that reach into `start..end`, ascending.
    pub(crate) fn within(&self, mm: Ix<Mm>, start: Vaddr, end: Vaddr) -> Vec<Ix<Vma>> {
        let mut found = Vec::new();
        let mut at = self.first_above(mm, start);
        while let Some(vma) = at.filter(|&vma| self.vmas[vma].start < end) {
            found.push(vma);
            at = self.vmas[vma].next;
        }
        found
    }

    /// The first address of `start..end` that no mapping holds.
    pub(crate) fn first_hole(&self, mm: Ix<Mm>, start: Vaddr, end: Vaddr) -> Option<Vaddr> {
        let mut reached = start;
        let mut at = self.first_above(mm, start);
        while reached < end {
            match at {
                Some(vma) if self.vmas[vma].start <= reached => {
                    reached = self.vmas[vma].end;
                    at = self.vmas[vma].next;
                }
                _ => return Some(reached),
            }
        }
        None
    }

    pub(crate) fn pte(&self, mm: Ix<Mm>, at: Vaddr) -> Pte {
        self.mms[mm].table.get(at)
    }

    // ---- the list of mappings ------------------------------------------------------------------

    /// Enters a mapping into its process; its links are the caller's business.
    pub(crate) fn enter(&mut self, mut vma: Vma) -> Ix<Vma> {
        let (mm, start) = (vma.mm, vma.start);
        vma.prev = self.mms[mm].at_or_below(start);
        vma.next = match vma.prev {
            Some(prev) => self.vmas[prev].next,
            None => self.mms[mm].first(),
        };
        let (prev, next) = (vma.prev, vma.next);
        let at = self.vmas.insert(vma);
        self.mms[mm].by_start.insert(start, at);
        if let Some(prev) = prev {
            self.vmas[prev].next = Some(at);
        }
        if let Some(next) = next {
            self.vmas[next].prev = Some(at);
        }
        at
    }

    /// Unlinks the mapping from all trees and forgets it. Its page-table entries are gone already
    /// or belong to a mapping that has grown over it.
    pub(crate) fn drop_vma(&mut self, at: Ix<Vma>) {
        self.unlink(at);
        self.unlink_file(at);
        let vma = self.vmas.remove(at);
        // A mapping that grew downwards over this one may stand under the same start by now.
        let by_start = &mut self.mms[vma.mm].by_start;
        if by_start.get(&vma.start) == Some(&at) {
            by_start.remove(&vma.start);
        }
        if let Some(prev) = vma.prev {
            self.vmas[prev].next = vma.next;
        }
        if let Some(next) = vma.next {
            self.vmas[next].prev = vma.prev;
        }
    }

    /// Moves the bounds, in the list of mappings and in all trees.
    pub(crate) fn set_bounds(&mut self, at: Ix<Vma>, start: Vaddr, end: Vaddr, pgoff: Pgoff) {
        let vma = &mut self.vmas[at];
        let (mm, before) = (vma.mm, vma.start);
        (vma.start, vma.end, vma.pgoff) = (start, end, pgoff);
        if before != start {
            let by_start = &mut self.mms[mm].by_start;
            let own = by_start.remove(&before);
            debug_assert_eq!(own, Some(at), "no other mapping has grown over its start");
            by_start.insert(start, at);
        }
        self.refresh_file(at);
        self.refresh_links(at);
    }

    // ---- split and merge -----------------------------------------------------------------------

    /// Splits the mapping at `addr`. The new mapping is the lower part or the upper one.
    pub(crate) fn split(&mut self, at: Ix<Vma>, addr: Vaddr, new_below: bool) -> Ix<Vma> {
        let whole = self.vmas[at].clone();
        debug_assert!(whole.contains(addr), "a split leaves an upper part");
        debug_assert_ne!(addr, whole.start, "a split leaves a lower part");
        let middle = whole.linear_page_index(addr);
        let mut new = whole.clone();
        new.links.clear();
        new.file = None;
        if new_below {
            // The old mapping gives up the start first: the list knows mappings by their start.
            new.end = addr;
            self.set_bounds(at, addr, whole.end, middle);
        } else {
            (new.start, new.pgoff) = (addr, middle);
            self.set_bounds(at, whole.start, addr, whole.pgoff);
        }
        let new = self.enter(new);
        if let Some(file) = whole.file() {
            self.link_file(new, file, None);
        }
        self.clone_links(new, at);
        new
    }

    /// Makes `dst` a member of the family of `src` if it has none (`dup_anon_vma`).
    fn adopt(&mut self, dst: Ix<Vma>, src: Ix<Vma>) {
        if self.vmas[dst].anon_vma.is_none() && self.vmas[src].anon_vma.is_some() {
            self.vmas[dst].anon_vma = self.vmas[src].anon_vma;
            self.clone_links(dst, src);
        }
    }

    /// True if something with `anon_vma` may join `neighbour`: both in one family, or one untouched
    /// and the neighbour in exactly one tree, so that a fork's child neither adopts nor lends.
    ///
    /// As Linux 6.12 tests it: an untouched neighbour is in no tree and does not take a touched
    /// mapping; later kernels allow it.
    fn families_join(&self, anon_vma: Option<Ix<AnonVma>>, neighbour: Ix<Vma>) -> bool {
        let other = &self.vmas[neighbour];
        let one_untouched = anon_vma.is_none() || other.anon_vma.is_none();
        (one_untouched && other.links.len() == 1) || anon_vma == other.anon_vma
    }

    fn joins_left(&self, part: &Part, prev: Ix<Vma>) -> bool {
        let other = &self.vmas[prev];
        other.end == part.start
            && other.flags == part.flags
            && other.file() == part.file
            && other.linear_page_index(part.start) == part.pgoff
            && self.families_join(part.anon_vma, prev)
    }

    fn joins_right(&self, part: &Part, next: Ix<Vma>) -> bool {
        let other = &self.vmas[next];
        other.start == part.end
            && other.flags == part.flags
            && other.file() == part.file
            && part.pgoff + (part.end - part.start) == other.pgoff
            && self.families_join(part.anon_vma, next)
    }

    /// Which neighbours `part` may become one with. Each being compatible with `part` does not make
    /// them compatible with each other; the left one wins.
    fn joins(&self, part: &Part, prev: Option<Ix<Vma>>, next: Option<Ix<Vma>>) -> (bool, bool) {
        let left = prev.filter(|&prev| self.joins_left(part, prev));
        let right = next.filter(|&next| self.joins_right(part, next)).filter(|&next| {
            left.is_none_or(|left| {
                let (a, b) = (self.vmas[left].anon_vma, self.vmas[next].anon_vma);
                a.is_none() || b.is_none() || a == b
            })
        });
        (left.is_some(), right.is_some())
    }

    /// Lets a neighbour grow over `part`, which nothing maps yet. None if no neighbour may.
    pub(crate) fn merge_new(&mut self, mm: Ix<Mm>, part: &Part) -> Option<Ix<Vma>> {
        let prev = self.mms[mm].at_or_below(part.start);
        let next = match prev {
            Some(prev) => self.vmas[prev].next,
            None => self.mms[mm].first(),
        };
        match (self.joins(part, prev, next), prev, next) {
            ((true, true), Some(prev), Some(next)) => {
                self.adopt(prev, next);
                let (start, end) = (self.vmas[prev].start, self.vmas[next].end);
                self.set_bounds(prev, start, end, self.vmas[prev].pgoff);
                self.drop_vma(next);
                Some(prev)
            }
            ((true, _), Some(prev), _) => {
                self.set_bounds(prev, self.vmas[prev].start, part.end, self.vmas[prev].pgoff);
                Some(prev)
            }
            ((_, true), _, Some(next)) => {
                self.set_bounds(next, part.start, self.vmas[next].end, part.pgoff);
                Some(next)
            }
            _ => None,
        }
    }

    /// Maps `part` and returns the mapping that holds it, a neighbour's or a new one. A new one is
    /// linked like `family`, whose copy it is.
    pub(crate) fn map_part(&mut self, mm: Ix<Mm>, part: &Part, family: Option<Ix<Vma>>) -> Ix<Vma> {
        if let Some(vma) = self.merge_new(mm, part) {
            return vma;
        }
        let vma = self.enter(Vma {
            start: part.start,
            end: part.end,
            pgoff: part.pgoff,
            mm,
            mm_id: MmId(self.mms.id(mm)),
            anon_vma: part.anon_vma,
            prev: None,
            next: None,
            flags: part.flags,
            links: smallvec::SmallVec::new(),
            file: None,
        });
        if let Some(file) = part.file {
            self.link_file(vma, file, None);
        }
        if let Some(family) = family {
            self.clone_links(vma, family);
        }
        vma
    }

    /// Gives `start..end`, which lies in the mapping `at`, new flags: by merging with neighbours
    /// that have them, or by splitting off what keeps the old ones.
    pub(crate) fn modify(&mut self, at: Ix<Vma>, start: Vaddr, end: Vaddr, flags: VmFlags) {
        let vma = &self.vmas[at];
        if vma.flags == flags {
            return;
        }
        let (low, high) = (vma.start == start, vma.end == end);
        let pgoff = vma.linear_page_index(start);
        let part = Part { start, end, pgoff, flags, anon_vma: vma.anon_vma, file: vma.file() };
        let (prev, next) = (vma.prev.filter(|_| low), vma.next.filter(|_| high));
        match (self.joins(&part, prev, next), prev, next) {
            ((true, true), Some(prev), Some(next)) => {
                let donor = if self.vmas[next].anon_vma.is_some() { next } else { at };
                self.adopt(prev, donor);
                let (start, end) = (self.vmas[prev].start, self.vmas[next].end);
                self.set_bounds(prev, start, end, self.vmas[prev].pgoff);
                self.drop_vma(at);
                self.drop_vma(next);
            }
            ((true, _), Some(prev), _) => {
                self.adopt(prev, at);
                if high {
                    self.drop_vma_after_growth(prev, at, end);
                } else {
                    let (old_end, pgoff) =
                        (self.vmas[at].end, self.vmas[at].linear_page_index(end));
                    self.set_bounds(prev, self.vmas[prev].start, end, self.vmas[prev].pgoff);
                    self.set_bounds(at, end, old_end, pgoff);
                }
            }
            ((_, true), _, Some(next)) => {
                self.adopt(next, at);
                let next_end = self.vmas[next].end;
                if low {
                    self.set_bounds(next, start, next_end, pgoff);
                    self.drop_vma(at);
                } else {
                    let (old_start, old_pgoff) = (self.vmas[at].start, self.vmas[at].pgoff);
                    self.set_bounds(at, old_start, start, old_pgoff);
                    self.set_bounds(next, start, next_end, pgoff);
                }
            }
            _ => {
                if !low {
                    self.split(at, start, true);
                }
                if !high {
                    self.split(at, end, false);
                }
                self.vmas[at].flags = flags;
            }
        }
    }

    fn drop_vma_after_growth(&mut self, keeper: Ix<Vma>, gone: Ix<Vma>, end: Vaddr) {
        self.set_bounds(keeper, self.vmas[keeper].start, end, self.vmas[keeper].pgoff);
        self.drop_vma(gone);
    }

    // ---- unmapping -----------------------------------------------------------------------------

    /// Empties one page-table entry.
    pub(crate) fn zap(&mut self, entry: Pte) {
        match entry {
            Pte::None | Pte::Zero => {}
            Pte::MergedZero => self.zero_pages -= 1,
            Pte::Page(frame) => self.unmap_frame(frame),
            Pte::Swap(slot) => self.swap.forget(slot, &mut self.frames),
        }
    }

    /// Takes one mapping of the frame away. With the last, it leaves the swap cache if no entry
    /// can bring it back from there.
    pub(crate) fn unmap_frame(&mut self, at: Ix<Frame>) {
        let frame = &mut self.frames[at];
        frame.mapcount -= 1;
        if let (0, Some(slot)) = (frame.mapcount, frame.swap_cache) {
            if self.swap[slot].entries == 0 {
                self.swap.uncache(slot, &mut self.frames);
            }
            return;
        }
        self.frames.settle(at);
    }

    /// Empties the page-table entries of `start..end`; the mappings stay.
    pub(crate) fn zap_range(&mut self, mm: Ix<Mm>, start: Vaddr, end: Vaddr) {
        for (_, entry) in self.mms[mm].table.take(start, end) {
            self.zap(entry);
        }
    }

    /// Unmaps `start..end`, splitting the mappings that reach over its ends.
    pub(crate) fn unmap(&mut self, mm: Ix<Mm>, start: Vaddr, end: Vaddr) {
        let Some(first) = self.first_above(mm, start) else { return };
        if self.vmas[first].start < start {
            self.split(first, start, true);
        }
        let inside = self.within(mm, start, end);
        if let Some(&last) = inside.last()
            && self.vmas[last].end > end
        {
            self.split(last, end, false);
        }
        self.zap_range(mm, start, end);
        for vma in inside {
            self.drop_vma(vma);
        }
    }

    // ---- pages ---------------------------------------------------------------------------------

    /// A new ordinary page for `at` in a mapping that has its `anon_vma`.
    pub(crate) fn new_page(&mut self, vma: Ix<Vma>, at: Vaddr, content: Content) -> Ix<Frame> {
        let anon_vma = self.prepare_anon_vma(vma);
        let index = self.vmas[vma].linear_page_index(at);
        self.frames.take(content, Owner::Anon { anon_vma, index })
    }

    /// Replaces what is mapped at `at` by a private page with `content`.
    pub(crate) fn replace_by_copy(&mut self, vma: Ix<Vma>, at: Vaddr, content: Content) {
        let frame = self.new_page(vma, at, content);
        let mm = self.vmas[vma].mm;
        let before = self.mms[mm].table.set(at, Pte::Page(frame));
        self.zap(before);
    }
}

/// A range of addresses about to be mapped, with what decides whom it may merge with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) start: Vaddr,
    pub(crate) end: Vaddr,
    pub(crate) pgoff: Pgoff,
    pub(crate) flags: VmFlags,
    pub(crate) anon_vma: Option<Ix<AnonVma>>,
    pub(crate) file: Option<Ix<File>>,
}

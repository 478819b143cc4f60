//! Frames, page-table entries and page tables. Knows no mapping and no scanner.
//!
//! 1. A frame's `mapcount` is the number of entries that map it.
//! 2. A frame lives while it is mapped, pinned or in the swap cache; [`Frames::settle`] frees it
//!    when the last of these ends. A file's page lives until it is reclaimed.
//! 3. What a frame is *for* is its [`Owner`]; for a merged frame it names the stable node, and a
//!    node whose frame no longer names it back is stale. No frame is held for a node.
//! 4. `merged` counts the merged frames. Each names a node of its own: that many nodes are not stale.

use core::ops::{Index, IndexMut};

use crate::rmap::model::ix::{AnonVmaIx, FileIx, FrameIx, FrameKey, NodeIx, SlotIx};
use crate::rmap::slab::Slab;
use crate::rmap::units::{Content, Pages, Pfn, Pgoff, Vaddr};

/// What the kernel keeps in a folio's `mapping` and `index`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// Ordinary anonymous page: the `anon_vma` it was last owned through and its linear index.
    Anon { anon_vma: AnonVmaIx, index: Pgoff },
    /// Merged page.
    Ksm { node: NodeIx },
    /// Page of a file in memory, and its index in it.
    File { file: FileIx, index: Pgoff },
}

/// One physical page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) content: Content,
    pub(crate) owner: Owner,
    /// Entries that map the frame.
    pub(crate) mapcount: u32,
    /// References that keep it from being freed or merged, as a pipe or a device holds them.
    pub(crate) pins: u32,
    /// Whether it is known to be one process's own (`PageAnonExclusive`), which writes it without a
    /// fault where it may write.
    pub(crate) exclusive: bool,
    /// Its slot, while it is in the swap cache.
    pub(crate) swap_cache: Option<SlotIx>,
}

impl Frame {
    pub(crate) fn is_ksm(&self) -> bool {
        matches!(self.owner, Owner::Ksm { .. })
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self.owner, Owner::File { .. })
    }
}

/// All frames; a [`Pfn`] is a slot of this table.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    all: Slab<Frame, FrameKey>,
    merged: usize,
}

impl Frames {
    pub(crate) const fn new() -> Self {
        Self { all: Slab::new(), merged: 0 }
    }

    /// Number of merged pages (invariant 4).
    pub(crate) fn merged(&self) -> usize {
        self.merged
    }

    /// The frame's public number.
    pub(crate) fn pfn(at: FrameIx) -> Pfn {
        Pfn(at.slot() as u64)
    }

    /// The live frame with this number.
    pub(crate) fn by_pfn(&self, pfn: Pfn) -> Option<FrameIx> {
        self.all.at(pfn.0)
    }

    pub(crate) fn get(&self, at: FrameIx) -> Option<&Frame> {
        self.all.get(at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FrameIx, &Frame)> {
        self.all.iter()
    }

    /// A new frame, mapped once by its taker.
    pub(crate) fn take(&mut self, content: Content, owner: Owner) -> FrameIx {
        let exclusive = matches!(owner, Owner::Anon { .. });
        self.insert(Frame { content, owner, mapcount: 1, pins: 0, exclusive, swap_cache: None })
    }

    pub(crate) fn insert(&mut self, frame: Frame) -> FrameIx {
        self.merged += usize::from(frame.is_ksm());
        self.all.insert(frame)
    }

    pub(crate) fn remove(&mut self, at: FrameIx) -> Frame {
        let frame = self.all.remove(at);
        self.merged -= usize::from(frame.is_ksm());
        frame
    }

    /// Makes an ordinary page the merged page of a node.
    pub(crate) fn merge(&mut self, at: FrameIx, node: NodeIx) {
        (self.all[at].owner, self.all[at].exclusive) = (Owner::Ksm { node }, false);
        self.merged += 1;
    }

    /// Frees the frame if nothing keeps it (invariant 2).
    pub(crate) fn settle(&mut self, at: FrameIx) {
        let frame = &self[at];
        let kept = frame.pins > 0 || frame.swap_cache.is_some() || frame.is_file();
        if frame.mapcount == 0 && !kept {
            self.remove(at);
        }
    }
}

impl Index<FrameIx> for Frames {
    type Output = Frame;
    fn index(&self, at: FrameIx) -> &Frame {
        &self.all[at]
    }
}

impl IndexMut<FrameIx> for Frames {
    fn index_mut(&mut self, at: FrameIx) -> &mut Frame {
        &mut self.all[at]
    }
}

/// A page-table entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pte {
    /// Never touched, or given back.
    None,
    /// The shared page of zeros, which is nobody's frame.
    Zero,
    /// The same, put there by the scanner in place of a page of zeros.
    MergedZero,
    /// A present page.
    Page(FrameIx),
    /// Swapped out.
    Swap(SlotIx),
}

const LEAF_SHIFT: u32 = 9;
const LEAF_LEN: usize = 1 << LEAF_SHIFT;

#[derive(Clone, Debug)]
struct Leaf {
    entries: [Pte; LEAF_LEN],
    used: u32,
}

/// The entries of one process: leaves of 512, in a directory sorted by position.
///
/// A split or a merge of mappings moves nothing here.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageTable {
    directory: Vec<(u64, Box<Leaf>)>,
}

fn split(page: u64) -> (u64, usize) {
    let offset = page & (LEAF_LEN as u64 - 1);
    (page >> LEAF_SHIFT, usize::try_from(offset).expect("below 512"))
}

impl PageTable {
    fn leaf(&self, number: u64) -> Result<usize, usize> {
        // Memory without gaps from its first leaf on is found at once.
        let first = self.directory.first().map_or(0, |(first, _)| *first);
        let guess = usize::try_from(number.wrapping_sub(first)).unwrap_or(usize::MAX);
        match self.directory.get(guess) {
            Some((found, _)) if *found == number => Ok(guess),
            _ => self.directory.binary_search_by_key(&number, |(n, _)| *n),
        }
    }

    pub(crate) fn get(&self, at: Vaddr) -> Pte {
        let (number, offset) = split(at.page_number());
        self.leaf(number).map_or(Pte::None, |i| self.directory[i].1.entries[offset])
    }

    /// Sets the entry and returns the one before.
    pub(crate) fn set(&mut self, at: Vaddr, entry: Pte) -> Pte {
        let (number, offset) = split(at.page_number());
        let i = match self.leaf(number) {
            Ok(i) => i,
            Err(i) => {
                let leaf = Box::new(Leaf { entries: [Pte::None; LEAF_LEN], used: 0 });
                self.directory.insert(i, (number, leaf));
                i
            }
        };
        let leaf = &mut self.directory[i].1;
        let before = core::mem::replace(&mut leaf.entries[offset], entry);
        leaf.used = leaf.used + u32::from(entry != Pte::None) - u32::from(before != Pte::None);
        if leaf.used == 0 {
            self.directory.remove(i);
        }
        before
    }

    /// The first entry in `start..end` that is not empty.
    pub(crate) fn next_used(&self, start: Vaddr, end: Vaddr) -> Option<(Vaddr, Pte)> {
        let (mut page, end) = (start.page_number(), end.page_number());
        let (number, _) = split(page);
        let mut i = match self.leaf(number) {
            Ok(i) | Err(i) => i,
        };
        while let Some((number, leaf)) = self.directory.get(i) {
            page = page.max(number << LEAF_SHIFT);
            let stop = end.min((number + 1) << LEAF_SHIFT);
            while page < stop {
                let entry = leaf.entries[split(page).1];
                if entry != Pte::None {
                    return Some((Vaddr::of_page(page), entry));
                }
                page += 1;
            }
            if page >= end {
                return None;
            }
            i += 1;
        }
        None
    }

    /// All entries of `start..end` that are not empty, in order.
    pub(crate) fn used(&self, start: Vaddr, end: Vaddr) -> impl Iterator<Item = (Vaddr, Pte)> {
        let mut at = start;
        core::iter::from_fn(move || {
            let (found, entry) = self.next_used(at, end)?;
            at = found + Pages(1);
            Some((found, entry))
        })
    }

    /// Empties `start..end` and returns what was there.
    pub(crate) fn take(&mut self, start: Vaddr, end: Vaddr) -> Vec<(Vaddr, Pte)> {
        let taken: Vec<_> = self.used(start, end).collect();
        for &(at, _) in &taken {
            self.set(at, Pte::None);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Frames, Owner, PageTable, Pte};
    use crate::rmap::model::ix::AnonVmaIx;
    use crate::rmap::slab::Slab;
    use crate::rmap::units::{Pgoff, Vaddr};

    fn an_anon_vma() -> AnonVmaIx {
        Slab::new().insert(())
    }

    #[test]
    fn entries_are_found_in_order_across_leaves() {
        let mut frames = Frames::new();
        let anon_vma = an_anon_vma();
        let owner = Owner::Anon { anon_vma, index: Pgoff(0) };
        let mut table = PageTable::default();
        let pages = [0, 511, 512, 1536, 2048, 1_000_000];
        for page in pages {
            let frame = frames.take(Content(page), owner);
            assert_eq!(table.set(Vaddr::of_page(page), Pte::Page(frame)), Pte::None);
        }
        let top = Vaddr::TOP;
        let seen: Vec<u64> = table.used(Vaddr(0), top).map(|(at, _)| at.page_number()).collect();
        assert_eq!(seen, pages);
        for page in [1024, 1536, 1537, 2048, 1_000_000, 2_000_000] {
            let is_there = table.get(Vaddr::of_page(page)) != Pte::None;
            assert_eq!(is_there, pages.contains(&page), "page {page}");
        }
        assert_eq!(table.set(Vaddr::of_page(1024), Pte::None), Pte::None);
        assert!(table.next_used(Vaddr::of_page(2049), Vaddr::of_page(1_000_000)).is_none());
        assert_eq!(table.take(Vaddr(0), top).len(), pages.len());
        assert!(table.directory.is_empty());
    }

    #[test]
    fn a_pinned_frame_outlives_its_last_mapping() {
        let mut frames = Frames::new();
        let anon_vma = an_anon_vma();
        let at = frames.take(Content(1), Owner::Anon { anon_vma, index: Pgoff(0) });
        (frames[at].pins, frames[at].mapcount) = (1, 0);
        frames.settle(at);
        assert_eq!(frames.iter().count(), 1);
        frames[at].pins = 0;
        frames.settle(at);
        assert_eq!(frames.iter().count(), 0);
    }
}

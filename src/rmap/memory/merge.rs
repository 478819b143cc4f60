//! Splitting mappings, and letting neighbours become one.
//!
//! Who gives pages up does so before another takes them: at no time do two mappings of a process hold
//! one address.

use crate::rmap::anon::Copied;
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{FileIx, MmIx, VmaIx};
use crate::rmap::model::vma::{VmFlags, Vma};
use crate::rmap::units::{MmId, Pgoff, Vaddr};

/// A range of addresses about to be mapped, with what decides whom it may merge with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) start: Vaddr,
    pub(crate) end: Vaddr,
    pub(crate) pgoff: Pgoff,
    pub(crate) anon_pgoff: Pgoff,
    pub(crate) flags: VmFlags,
    pub(crate) file: Option<FileIx>,
}

impl Memory {
    /// Splits the mapping at `addr`. The new mapping is the lower part or the upper one.
    pub(crate) fn split(&mut self, at: VmaIx, addr: Vaddr, new_below: bool) -> VmaIx {
        let whole = self.vmas[at].clone();
        debug_assert!(whole.contains(addr), "a split leaves an upper part");
        debug_assert_ne!(addr, whole.start, "a split leaves a lower part");
        let mut new = whole.clone();
        new.links.clear();
        new.file = None;
        if new_below {
            // The old mapping gives up the start first: the list knows mappings by their start.
            new.end = addr;
            self.set_bounds(at, addr, whole.end);
        } else {
            (new.pgoff, new.anon_pgoff) =
                (whole.linear_page_index(addr), whole.linear_anon_page_index(addr));
            new.start = addr;
            self.set_bounds(at, whole.start, addr);
        }
        let new = self.enter(new);
        if let Some(file) = whole.file() {
            self.link_file(new, file, None);
        }
        self.clone_links(new, at, Copied::Part);
        new
    }

    /// Makes `dst` a member of the family of `src` if it has none (`dup_anon_vma`).
    fn adopt(&mut self, dst: VmaIx, src: VmaIx) {
        if self.vmas[dst].anon_vma.is_none() && self.vmas[src].anon_vma.is_some() {
            self.vmas[dst].anon_vma = self.vmas[src].anon_vma;
            self.clone_links(dst, src, Copied::Part);
        }
    }

    /// Returns `true` if a part of `source`, or for none something untouched, may join `neighbour`:
    /// both in one family, or one untouched and the other in exactly one tree, so that a fork's child
    /// neither takes over nor gives.
    ///
    /// In Linux 6.12 an untouched neighbour, which is in no tree, does not take over either.
    fn families_join(&self, source: Option<VmaIx>, neighbour: VmaIx) -> bool {
        let source = source.map(|source| &self.vmas[source]);
        let (own, other) = (source.and_then(|vma| vma.anon_vma), &self.vmas[neighbour]);
        match (source.filter(|_| own.is_some()), other.anon_vma) {
            (None, Some(_)) => self.anon.is_single(other),
            (Some(source), None) => {
                self.changes.untouched_takes_over && self.anon.is_single(source)
            }
            (_, family) => own == family,
        }
    }

    fn joins_left(&self, part: &Part, source: Option<VmaIx>, prev: VmaIx) -> bool {
        let other = &self.vmas[prev];
        other.end == part.start
            && other.flags == part.flags
            && other.file() == part.file
            && other.linear_page_index(part.start) == part.pgoff
            && other.linear_anon_page_index(part.start) == part.anon_pgoff
            && self.families_join(source, prev)
    }

    fn joins_right(&self, part: &Part, source: Option<VmaIx>, next: VmaIx) -> bool {
        let other = &self.vmas[next];
        let pages = part.end - part.start;
        other.start == part.end
            && other.flags == part.flags
            && other.file() == part.file
            && part.pgoff + pages == other.pgoff
            && part.anon_pgoff + pages == other.anon_pgoff
            && self.families_join(source, next)
    }

    /// Which neighbours `part` may become one with. Each being compatible with `part` does not make
    /// them compatible with each other; the left one wins.
    fn joins(
        &self,
        part: &Part,
        source: Option<VmaIx>,
        prev: Option<VmaIx>,
        next: Option<VmaIx>,
    ) -> (bool, bool) {
        let left = prev.filter(|&prev| self.joins_left(part, source, prev));
        let right = next.filter(|&next| self.joins_right(part, source, next)).filter(|&next| {
            left.is_none_or(|left| {
                let (a, b) = (self.vmas[left].anon_vma, self.vmas[next].anon_vma);
                a.is_none() || b.is_none() || a == b
            })
        });
        (left.is_some(), right.is_some())
    }

    /// Lets a neighbour other than `except` grow over `part`, which nothing maps yet and which is a
    /// copy of a part of `source`. None if no neighbour may.
    pub(crate) fn merge_new(
        &mut self,
        mm: MmIx,
        part: &Part,
        source: Option<VmaIx>,
        except: Option<VmaIx>,
    ) -> Option<VmaIx> {
        let prev = self.mms[mm].at_or_below(part.start);
        let next = match prev {
            Some(prev) => self.vmas[prev].next,
            None => self.mms[mm].first(),
        };
        let (prev, next) = (prev.filter(|_| prev != except), next.filter(|_| next != except));
        match (self.joins(part, source, prev, next), prev, next) {
            ((true, true), Some(prev), Some(next)) => {
                self.adopt(prev, next);
                self.adopt_any(prev, source);
                let (start, end) = (self.vmas[prev].start, self.vmas[next].end);
                self.drop_vma(next);
                self.set_bounds(prev, start, end);
                Some(prev)
            }
            ((true, _), Some(prev), _) => {
                self.adopt_any(prev, source);
                self.set_bounds(prev, self.vmas[prev].start, part.end);
                Some(prev)
            }
            ((_, true), _, Some(next)) => {
                self.adopt_any(next, source);
                self.set_bounds(next, part.start, self.vmas[next].end);
                Some(next)
            }
            _ => None,
        }
    }

    fn adopt_any(&mut self, dst: VmaIx, src: Option<VmaIx>) {
        if let Some(src) = src {
            self.adopt(dst, src);
        }
    }

    /// Maps `part` and returns the mapping that holds it, a neighbour's or a new one. A new one is
    /// linked like `source`, of a part of which it is a copy; neither becomes one with `except`.
    pub(crate) fn map_part(
        &mut self,
        mm: MmIx,
        part: &Part,
        source: Option<VmaIx>,
        except: Option<VmaIx>,
    ) -> VmaIx {
        if let Some(vma) = self.merge_new(mm, part, source, except) {
            return vma;
        }
        let vma = self.enter(Vma {
            start: part.start,
            end: part.end,
            pgoff: part.pgoff,
            anon_pgoff: part.anon_pgoff,
            mm,
            mm_id: MmId(self.mms.id(mm)),
            anon_vma: source.and_then(|source| self.vmas[source].anon_vma),
            prev: None,
            next: None,
            flags: part.flags,
            links: smallvec::SmallVec::new(),
            file: None,
        });
        if let Some(file) = part.file {
            self.link_file(vma, file, None);
        }
        if let Some(source) = source {
            self.clone_links(vma, source, Copied::Moved);
        }
        vma
    }

    /// Gives `start..end`, which lies in the mapping `at`, new flags: by merging with neighbours
    /// that have them, or by splitting off what keeps the old ones.
    pub(crate) fn modify(&mut self, at: VmaIx, start: Vaddr, end: Vaddr, flags: VmFlags) {
        let vma = &self.vmas[at];
        if vma.flags == flags {
            return;
        }
        let (low, high) = (vma.start == start, vma.end == end);
        let part = Part {
            start,
            end,
            pgoff: vma.linear_page_index(start),
            anon_pgoff: vma.linear_anon_page_index(start),
            flags,
            file: vma.file(),
        };
        let (prev, next) = (vma.prev.filter(|_| low), vma.next.filter(|_| high));
        match (self.joins(&part, Some(at), prev, next), prev, next) {
            ((true, true), Some(prev), Some(next)) => {
                let donor = if self.vmas[next].anon_vma.is_some() { next } else { at };
                self.adopt(prev, donor);
                let (start, end) = (self.vmas[prev].start, self.vmas[next].end);
                self.drop_vma(at);
                self.drop_vma(next);
                self.set_bounds(prev, start, end);
            }
            ((true, _), Some(prev), _) => {
                self.adopt(prev, at);
                if high {
                    self.drop_vma(at);
                } else {
                    let old_end = self.vmas[at].end;
                    self.set_bounds(at, end, old_end);
                }
                self.set_bounds(prev, self.vmas[prev].start, end);
            }
            ((_, true), _, Some(next)) => {
                self.adopt(next, at);
                let next_end = self.vmas[next].end;
                if low {
                    self.drop_vma(at);
                } else {
                    let old_start = self.vmas[at].start;
                    self.set_bounds(at, old_start, start);
                }
                self.set_bounds(next, start, next_end);
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
}

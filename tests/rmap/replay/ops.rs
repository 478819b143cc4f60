//! Operations: what was done to the kernel, done to the model.

use stabtree::rmap::trace::{Line, MappedPage, Numbered, Op, PageKind, PageLine};
use stabtree::rmap::{
    AddressPgoff, Advice, CompleteIndex, Content, FilePart, FullRange, Machine, MmId, PageView,
    Pages, Pfn, Pgoff, Prot, Remap, RmapError, Sharing, StoredPgoff, Strategy, Vaddr,
};

use super::{Replay, at};

const EFAULT: i64 = -14;
const EINVAL: i64 = -22;
const ENOMEM: i64 = -12;

/// What the kernel would have returned.
fn code(result: Result<(), RmapError>) -> i64 {
    match result {
        Ok(()) => 0,
        Err(RmapError::NotMapped { .. } | RmapError::CannotGrow { .. }) => ENOMEM,
        Err(RmapError::CrossesMapping { .. } | RmapError::ReadOnly { .. }) => EFAULT,
        Err(_) => EINVAL,
    }
}

fn mapped_frame(machine: &Machine, mm: MmId, at: Vaddr) -> Option<Pfn> {
    machine.pfn_at(mm, at).ok()
}

fn prot(writable: bool) -> Prot {
    if writable { Prot::ReadWrite } else { Prot::Read }
}

impl Replay<'_> {
    /// The strategy that the recorded kernel used, or is supposed to use.
    pub(crate) fn strategy(&self) -> &'static dyn Strategy {
        if self.completeness.is_some() {
            return &CompleteIndex;
        }
        match self.narrow {
            0 => &FullRange,
            1 => &AddressPgoff,
            _ => &StoredPgoff,
        }
    }

    /// Does the operation at line `i`. Returns its result, if the model can know it.
    pub(crate) fn operate(&mut self, op: &Op, i: usize) -> Option<i64> {
        if !matches!(op, Op::Scan { .. } | Op::Step { .. }) {
            self.pending_scans = self.autoscan;
        }
        match *op {
            Op::Scan { times } => {
                for _ in 0..times {
                    self.machine.ksm_scan();
                }
                return None;
            }
            Op::Step { pages } => {
                self.machine.ksm_step(Pages(pages));
                return None;
            }
            Op::Reclaim { .. } | Op::PageOut { .. } => {
                self.reclaim(None, i);
                return None;
            }
            Op::Refresh => return i64::try_from(self.machine.refresh_indices()).ok(),
            Op::Migrate { .. } => return None,
            _ => {}
        }
        let process = op.process().expect("all others are on a process");
        let mm = *self.processes.get(&process)?;
        self.on_process(op, process, mm, i)
    }

    fn on_process(&mut self, op: &Op, process: u64, mm: MmId, i: usize) -> Option<i64> {
        let machine = &mut self.machine;
        Some(match *op {
            Op::Mmap { start, pages, writable, .. } => {
                code(machine.mmap(mm, at(start)?, Pages(pages), prot(writable)))
            }
            Op::MmapFile { start, pages, offset, .. } => {
                let part =
                    FilePart { file: self.file, offset: Pgoff(offset), sharing: Sharing::Private };
                code(machine.mmap_file(mm, at(start)?, Pages(pages), Prot::ReadWrite, part))
            }
            Op::Munmap { start, pages, .. } => code(machine.munmap(mm, at(start)?, Pages(pages))),
            Op::Mprotect { start, pages, writable, .. } => self.protect(mm, start, pages, writable),
            Op::Alternate { start, pages, .. } => {
                let odd = (1..pages).step_by(2);
                odd.map(|page| self.protect(mm, start + page, 1, false)).min().unwrap_or(0)
            }
            Op::Mergeable { start, pages, .. } => self.advise(mm, start, pages, Advice::Mergeable),
            Op::Unmergeable { start, pages, .. } => {
                self.advise(mm, start, pages, Advice::Unmergeable)
            }
            Op::DontNeed { start, pages, .. } => self.advise(mm, start, pages, Advice::DontNeed),
            Op::Write { start, pages, .. } | Op::Unique { start, pages, .. } => {
                let order = self.order;
                let mut write = |i| {
                    let content = op.content(i).map_or(Content::ZERO, |of| order.content(of));
                    let at = at(start + i);
                    at.is_some_and(|at| machine.write(mm, at, content).is_ok())
                };
                i64::try_from((0..pages).filter(|&i| write(i)).count()).ok()?
            }
            Op::Read { start, pages, .. } => {
                let mut read = |i| at(start + i).is_some_and(|at| machine.read(mm, at).is_ok());
                i64::try_from((0..pages).filter(|&i| read(i)).count()).ok()?
            }
            Op::Mremap { start, pages, to, dont_unmap: true, .. } => {
                self.remap(mm, start, (pages, pages), Remap::DontUnmap(at(to)?))?
            }
            Op::Mremap { start, pages, to, .. } => {
                self.remap(mm, start, (pages, pages), Remap::Fixed(at(to)?))?
            }
            Op::MoveSize { start, pages, new, to, .. } => {
                self.remap(mm, start, (pages, new), Remap::Fixed(at(to)?))?
            }
            Op::Resize { start, pages, new, .. } => {
                self.remap(mm, start, (pages, new), Remap::InPlace)?
            }
            Op::Fork { child, .. } if self.processes.contains_key(&child) => return None,
            Op::Fork { child, .. } => {
                let forked = machine.fork(mm).ok()?;
                self.processes.insert(child, forked);
                self.numbers.insert(forked, Some(child));
                0
            }
            Op::Exit { .. } => {
                self.processes.remove(&process);
                code(machine.exit(mm))
            }
            Op::SwapOut { start, .. } => {
                self.reclaim(Some((mm, at(start)?)), i);
                return None;
            }
            Op::Pin { start, pages, .. } => {
                for page in start..start + pages {
                    let pfn = machine.pfn_at(mm, at(page)?).ok()?;
                    machine.pin(pfn).ok()?;
                    self.pinned.push((process, page, pfn));
                }
                return None;
            }
            Op::Unpin { start, pages, .. } => {
                for page in start..start + pages {
                    let pin = self.pinned.iter().position(|p| (p.0, p.1) == (process, page))?;
                    let (_, _, pfn) = self.pinned.remove(pin);
                    machine.unpin(pfn).ok()?;
                }
                return None;
            }
            _ => return None,
        })
    }

    /// The kernel changes what lies before the first hole, and then fails.
    fn protect(&mut self, mm: MmId, start: u64, pages: u64, writable: bool) -> i64 {
        let mapped = self.parts(mm, start, pages);
        if let Some(&(first, whole)) = mapped.first().filter(|part| part.0 == start) {
            let at = at(first).expect("a mapped page has an address");
            code(self.machine.mprotect(mm, at, Pages(whole), prot(writable)));
        }
        if mapped == [(start, pages)] { 0 } else { ENOMEM }
    }

    /// The kernel advises every mapped part, and then fails if there was a hole.
    fn advise(&mut self, mm: MmId, start: u64, pages: u64, advice: Advice) -> i64 {
        let mapped = self.parts(mm, start, pages);
        for &(first, whole) in &mapped {
            let at = at(first).expect("a mapped page has an address");
            code(self.machine.madvise(mm, at, Pages(whole), advice));
        }
        if mapped == [(start, pages)] { 0 } else { ENOMEM }
    }

    /// The mapped parts of a range: first page and length.
    fn parts(&self, mm: MmId, start: u64, pages: u64) -> Vec<(u64, u64)> {
        let mut parts: Vec<(u64, u64)> = Vec::new();
        let Ok(vmas) = self.machine.vmas(mm) else { return parts };
        for vma in vmas {
            let (from, to) = (super::page_of(vma.start()), super::page_of(vma.end()));
            let (from, to) = (from.max(start), to.min(start.saturating_add(pages)));
            if from < to {
                match parts.last_mut() {
                    Some((first, whole)) if *first + *whole == from => *whole += to - from,
                    _ => parts.push((from, to - from)),
                }
            }
        }
        parts
    }

    /// Linux 6.12 unmaps the destination, and what a shrinking move leaves, before it finds out that
    /// the source leaves its mapping.
    fn remap(&mut self, mm: MmId, start: u64, (old, new): (u64, u64), how: Remap) -> Option<i64> {
        let from = at(start)?;
        let result = self.machine.mremap(mm, from, Pages(old), Pages(new), how);
        if let (Err(RmapError::CrossesMapping { .. }), Remap::Fixed(to) | Remap::DontUnmap(to)) =
            (&result, how)
            && !self.machine.changes().range_moves
        {
            self.machine.munmap(mm, to, Pages(new)).ok()?;
            if new < old {
                self.machine.munmap(mm, from + Pages(new), Pages(old - new)).ok()?;
            }
        }
        // To move what is not mapped is a fault; to advise it is not.
        Some(match result {
            Err(RmapError::NotMapped { .. }) => EFAULT,
            result => code(result.map(|_| ())),
        })
    }

    /// Swaps out a page, and those that the next state shows as swapped out, or as tried in vain.
    fn reclaim(&mut self, asked: Option<(MmId, Vaddr)>, i: usize) {
        let mut chosen = Vec::from_iter(asked);
        let next = self.next_state(i, |line| !matches!(line, Line::Op { .. }));
        for line in pages(next) {
            let PageLine { process, page, mapped, .. } = *line;
            let Some((&mm, at)) = self.processes.get(&process).zip(at(page)) else { continue };
            let tried = match mapped {
                MappedPage::Swapped(_) => true,
                MappedPage::Page { cached, .. } => cached && !self.is_cached(mm, at),
                _ => false,
            };
            if tried {
                chosen.push((mm, at));
            }
        }
        for (mm, at) in chosen {
            if let Ok(pfn) = self.machine.pfn_at(mm, at) {
                self.swap_out(pfn, i);
            }
        }
    }

    fn swap_out(&mut self, pfn: Pfn, i: usize) {
        let merged = self.machine.is_merged(pfn);
        let content = self.content_of(pfn);
        // A merged page that is seen again before the next scan has not left the swap cache.
        let quiet =
            self.next_state(i, |line| !matches!(line, Line::Op { op: Op::Scan { .. }, .. }));
        let survives = merged
            && (pages(quiet).any(|line| match line.mapped {
                MappedPage::Page { content: seen, kind: PageKind::Merged, .. } => {
                    Some(self.order.content(seen)) == content
                }
                _ => false,
            }) || self.is_said_to_be_cached(pfn, quiet));
        // An extra reference stands for the write that is still under way.
        let held = survives && self.machine.pin(pfn).is_ok();
        // The frame was found a moment ago.
        let _ = self.machine.unmap(pfn, self.strategy());
        if held {
            let _ = self.machine.unpin(pfn);
        }
    }

    /// Whether the state's line about the folio of the page's node says so. The node is known by its
    /// newest item.
    fn is_said_to_be_cached(&self, pfn: Pfn, state: &[Numbered]) -> bool {
        let items = self.machine.items_of(pfn).unwrap_or_default();
        let Some(newest) = items.first().map(|item| self.item_place(item)) else { return false };
        let class = state.iter().find_map(|numbered| match &numbered.line {
            Line::Node { class, items } if items.first() == Some(&newest) => Some(*class),
            _ => None,
        });
        state.iter().any(|numbered| match &numbered.line {
            Line::Folio { class: of, live: Some((_, _, cached)) } => *cached && Some(*of) == class,
            _ => false,
        })
    }

    fn is_cached(&self, mm: MmId, at: Vaddr) -> bool {
        mapped_frame(&self.machine, mm, at).is_some_and(|pfn| self.machine.is_swap_cached(pfn))
    }

    fn content_of(&self, pfn: Pfn) -> Option<Content> {
        let (mm, at) = *self.machine.mapped_ptes(pfn).ok()?.first()?;
        match self.machine.page_at(mm, at).ok()? {
            PageView::Present { content, .. } => Some(content),
            _ => None,
        }
    }

    /// The lines of the next state after line `i`, if nothing between is against it.
    fn next_state(&self, i: usize, quiet: impl Fn(&Line) -> bool) -> &[Numbered] {
        let rest = &self.lines[i + 1..];
        let Some(state) = rest.iter().position(|n| matches!(n.line, Line::State { .. })) else {
            return &[];
        };
        if !rest[..state].iter().all(|numbered| quiet(&numbered.line)) {
            return &[];
        }
        let lines = &rest[state + 1..];
        let end = lines.iter().take_while(|n| super::is_state_line(&n.line)).count();
        &lines[..end]
    }
}

/// The pages of a state.
fn pages(state: &[Numbered]) -> impl Iterator<Item = &PageLine> {
    state.iter().filter_map(|numbered| match &numbered.line {
        Line::Page(line) => Some(line),
        _ => None,
    })
}

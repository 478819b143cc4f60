//! Does a history to a machine.

use std::collections::BTreeMap;

use stabtree::rmap::trace::Op;
use stabtree::rmap::{
    Advice, Content, Entry, KernelVersion, KsmSettings, Machine, MmId, Pages, Pfn, Prot, Remap,
    Strategy, Vaddr,
};

use super::history::{History, Step};

/// Page numbers and processes of a history are below these.
pub(crate) const MAX_PAGES: u64 = 4096;
pub(crate) const MAX_PROCESSES: u64 = 64;
/// Scans after which what is still missed counts as missed for ever: as many as a program waits for.
pub(crate) const SCANS: u64 = 27;

/// A machine that follows a kernel, and the names that a history uses.
#[derive(Clone)]
pub(crate) struct Player {
    pub(crate) machine: Machine,
    /// Where its walks search.
    strategy: &'static dyn Strategy,
    /// Living processes by their numbers.
    pub(crate) processes: BTreeMap<u64, MmId>,
    /// What is pinned: process and page by which it was, the frame, and the number of the pin.
    pins: Vec<(u64, u64, Pfn, usize)>,
    /// Most pins at a time.
    pub(crate) most_pins: usize,
}

/// What an operation did that it does not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Did {
    /// Nothing else.
    Plain,
    /// Pinned or unpinned one page after the other, under numbers from this one on.
    Pin(usize),
    /// Swapped out a page that a pin keeps in the swap cache, or not.
    SwapOut { kept: bool },
}

/// A merged page at the end of a history: its entries, by process and page, and whether each is missed
/// for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Expected {
    pub(crate) entries: Vec<((u64, u64), bool)>,
}

impl Player {
    /// A kernel as a program sets it up: its own walk, without smart scan, and process 0.
    pub(crate) fn new(kernel: KernelVersion) -> Self {
        Self::with(kernel, KsmSettings::of(kernel), kernel.strategy())
    }

    /// A kernel with another scanner or another walk than its own.
    pub(crate) fn with(
        kernel: KernelVersion,
        settings: KsmSettings,
        strategy: &'static dyn Strategy,
    ) -> Self {
        let settings = settings.with_smart_scan(false);
        let mut machine = Machine::builder().kernel(kernel).settings(settings).build();
        // Its memory is before all others' in the scanner's list.
        let keeper = machine.spawn();
        let first = Vaddr::of_page(0);
        machine
            .mmap(keeper, first, Pages(2), Prot::ReadWrite)
            .and_then(|()| machine.madvise(keeper, first, Pages(2), Advice::Mergeable))
            .expect("the keeper's mapping is legal");
        let processes = BTreeMap::from([(0, machine.spawn())]);
        Self { machine, strategy, processes, pins: Vec::new(), most_pins: 0 }
    }

    /// Does a whole history.
    ///
    /// # Errors
    ///
    /// The first operation that is refused, and why.
    pub(crate) fn play(mut self, history: &History) -> Result<Self, String> {
        for &step in &history.steps {
            self.step(step).map_err(|error| format!("{step}: {error}"))?;
        }
        Ok(self)
    }

    /// Does one operation. A refused one changes nothing, unless it is on several pages: those before
    /// the refused one are done.
    pub(crate) fn step(&mut self, step: Step) -> Result<Did, String> {
        let op = match step {
            Step::Spawn(process) => {
                self.vacant(process)?;
                let mm = self.machine.spawn();
                self.processes.insert(process, mm);
                return Ok(Did::Plain);
            }
            Step::Do(op) => op,
        };
        match op {
            Op::Scan { times } if times <= 1000 => {
                for _ in 0..times {
                    self.machine.ksm_scan();
                }
                Ok(Did::Plain)
            }
            Op::Scan { .. } => Err("more than 1000 scans".to_owned()),
            Op::Step { pages } => {
                self.machine.ksm_step(Pages(pages));
                Ok(Did::Plain)
            }
            Op::Unpin { process, start, pages } => self.unpin(process, start, pages),
            Op::Reclaim { .. } | Op::PageOut { .. } | Op::Refresh => {
                Err("what it does is not determined; use swapout".to_owned())
            }
            _ => {
                let process = op.process().ok_or("an operation that no history has")?;
                let mm = *self.processes.get(&process).ok_or("no such process")?;
                self.on_process(op, process, mm)
            }
        }
    }

    fn on_process(&mut self, op: Op, process: u64, mm: MmId) -> Result<Did, String> {
        let machine = &mut self.machine;
        let result = match op {
            Op::Mmap { start, pages, writable, .. } => {
                machine.mmap(mm, at(start, pages)?, Pages(pages), prot(writable))
            }
            Op::Munmap { start, pages, .. } => machine.munmap(mm, at(start, pages)?, Pages(pages)),
            Op::Mprotect { start, pages, writable, .. } => {
                machine.mprotect(mm, at(start, pages)?, Pages(pages), prot(writable))
            }
            Op::Alternate { start, pages, .. } => {
                let mut odd = (1..pages).step_by(2);
                odd.try_for_each(|page| {
                    let at = Vaddr::of_page(start + page);
                    machine.mprotect(mm, at, Pages(1), Prot::Read)
                })
            }
            Op::Mergeable { start, pages, .. } => {
                machine.madvise(mm, at(start, pages)?, Pages(pages), Advice::Mergeable)
            }
            Op::Unmergeable { start, pages, .. } => {
                machine.madvise(mm, at(start, pages)?, Pages(pages), Advice::Unmergeable)
            }
            Op::DontNeed { start, pages, .. } => {
                machine.madvise(mm, at(start, pages)?, Pages(pages), Advice::DontNeed)
            }
            Op::Mremap { start, pages, to, dont_unmap, .. } => {
                let to = at(to, pages)?;
                let how = if dont_unmap { Remap::DontUnmap(to) } else { Remap::Fixed(to) };
                let (from, pages) = (at(start, pages)?, Pages(pages));
                machine.mremap(mm, from, pages, pages, how).map(drop)
            }
            Op::MoveSize { start, pages, new, to, .. } => {
                let (from, how) = (at(start, pages)?, Remap::Fixed(at(to, new)?));
                machine.mremap(mm, from, Pages(pages), Pages(new), how).map(drop)
            }
            Op::Resize { start, pages, new, .. } => {
                let from = at(start, pages.max(new))?;
                machine.mremap(mm, from, Pages(pages), Pages(new), Remap::InPlace).map(drop)
            }
            Op::Write { start, pages, byte, .. } => {
                at(start, pages)?;
                let mut all = start..start + pages;
                all.try_for_each(|page| {
                    machine.write(mm, Vaddr::of_page(page), Content(byte & 255))
                })
            }
            Op::Unique { start, pages, first, .. } => {
                at(start, pages)?;
                let mut all = (start..start + pages).zip(first + 256..);
                all.try_for_each(|(page, content)| {
                    machine.write(mm, Vaddr::of_page(page), Content(content))
                })
            }
            Op::Read { start, pages, .. } => {
                at(start, pages)?;
                let mut all = start..start + pages;
                all.try_for_each(|page| machine.read(mm, Vaddr::of_page(page)).map(drop))
            }
            Op::Fork { child, .. } => {
                self.vacant(child)?;
                let forked = self.machine.fork(mm);
                forked.map(|mm| {
                    self.processes.insert(child, mm);
                })
            }
            Op::Exit { .. } => {
                self.processes.remove(&process);
                machine.exit(mm)
            }
            Op::Migrate { start, .. } => {
                let pfn = self.frame(mm, start)?;
                self.machine.migrate(pfn, self.strategy).map(drop)
            }
            Op::SwapOut { start, .. } => return self.swap_out(mm, start),
            Op::Pin { start, pages, .. } => return self.pin(process, mm, start, pages),
            _ => return Err("an operation that no history has".to_owned()),
        };
        result.map(|()| Did::Plain).map_err(|error| error.to_string())
    }

    fn vacant(&self, process: u64) -> Result<(), String> {
        if process >= MAX_PROCESSES {
            return Err(format!("processes have numbers below {MAX_PROCESSES}"));
        }
        if self.processes.contains_key(&process) {
            return Err("there is such a process".to_owned());
        }
        Ok(())
    }

    fn frame(&self, mm: MmId, page: u64) -> Result<Pfn, String> {
        self.machine.pfn_at(mm, at(page, 1)?).map_err(|error| error.to_string())
    }

    fn swap_out(&mut self, mm: MmId, page: u64) -> Result<Did, String> {
        let pfn = self.frame(mm, page)?;
        let audit = self.machine.audit(pfn, self.strategy).map_err(|error| error.to_string())?;
        if audit.missed.contains(&(mm, Vaddr::of_page(page))) {
            return Err("reclaim misses this entry".to_owned());
        }
        self.machine.unmap(pfn, self.strategy).map_err(|error| error.to_string())?;
        Ok(Did::SwapOut { kept: self.pins.iter().any(|pin| pin.2 == pfn) || !audit.is_complete() })
    }

    fn pin(&mut self, process: u64, mm: MmId, start: u64, pages: u64) -> Result<Did, String> {
        at(start, pages)?;
        if pages != 1 || self.pins.iter().any(|pin| (pin.0, pin.1) == (process, start)) {
            return Err("one page at a time is pinned, and once".to_owned());
        }
        let pfn = self.frame(mm, start)?;
        self.machine.pin(pfn).map_err(|error| error.to_string())?;
        let free = |number: &usize| self.pins.iter().all(|pin| pin.3 != *number);
        let number = (0..=self.pins.len()).find(free).expect("one of them is free");
        self.pins.push((process, start, pfn, number));
        self.most_pins = self.most_pins.max(self.pins.len());
        Ok(Did::Pin(number))
    }

    fn unpin(&mut self, process: u64, start: u64, pages: u64) -> Result<Did, String> {
        let pinned = self.pins.iter().position(|pin| (pin.0, pin.1) == (process, start));
        let pinned = pinned.filter(|_| pages == 1).ok_or("no such page is pinned")?;
        let (_, _, pfn, number) = self.pins.remove(pinned);
        self.machine.unpin(pfn).map_err(|error| error.to_string())?;
        Ok(Did::Pin(number))
    }

    /// The merged page with most entries that are missed for ever.
    pub(crate) fn worst(&self) -> Option<Expected> {
        let all = self.machine.merged_pages().map(|pfn| self.expected(pfn));
        let missed = |page: &Expected| page.entries.iter().filter(|entry| entry.1).count();
        // The first of equals.
        let worst = all.collect::<Vec<_>>().into_iter().rev().max_by_key(missed)?;
        (missed(&worst) > 0).then_some(worst)
    }

    /// The page at an address, if it is a merged one.
    pub(crate) fn at(&self, (process, page): (u64, u64)) -> Option<Expected> {
        let mm = *self.processes.get(&process)?;
        let pfn = self.frame(mm, page).ok()?;
        self.machine.merged_pages().any(|merged| merged == pfn).then(|| self.expected(pfn))
    }

    /// Full scans after which nothing is missed any more: `None` if something is after [`SCANS`].
    pub(crate) fn scans_to_heal(mut self) -> Option<u64> {
        let mut healed = 0;
        for scan in 0..=SCANS {
            if scan > 0 {
                self.machine.ksm_scan();
            }
            let complete =
                |pfn| self.machine.audit(pfn, self.strategy).expect("a live frame").is_complete();
            if !self.machine.merged_pages().all(complete) {
                healed = scan + 1;
            }
        }
        (healed <= SCANS).then_some(healed)
    }

    fn expected(&self, pfn: Pfn) -> Expected {
        let number = |mm| {
            let living = self.processes.iter().find(|&(_, &living)| living == mm);
            *living.expect("an entry is a living process's").0
        };
        let machine = &self.machine;
        let missed = machine.permanently_missed(pfn, self.strategy, SCANS).expect("a live frame");
        let entries = machine.mapped_ptes(pfn).expect("a live frame");
        let named =
            |&(mm, at): &Entry| ((number(mm), at.page_number()), missed.contains(&(mm, at)));
        let mut entries: Vec<_> = entries.iter().map(named).collect();
        entries.sort_unstable();
        Expected { entries }
    }
}

fn prot(writable: bool) -> Prot {
    if writable { Prot::ReadWrite } else { Prot::Read }
}

/// The address of a page, if the range that begins there ends in time.
fn at(page: u64, pages: u64) -> Result<Vaddr, String> {
    match page.checked_add(pages) {
        Some(end) if end <= MAX_PAGES => Ok(Vaddr::of_page(page)),
        _ => Err(format!("pages have numbers below {MAX_PAGES}")),
    }
}

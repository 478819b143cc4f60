//! Operations on a small machine, for property tests and fuzzing: few processes, few pages, few
//! contents, so that they collide.
#![allow(dead_code, unreachable_pub, reason = "no user needs all of it")]

use stabtree::rmap::{
    AddressPgoff, Advice, Audit, Collect, CompleteIndex, Content, FullRange,
    IndexAndComputedAddress, ItemState, LoopStats, Machine, MmId, NarrowThenWide, Pages, Pfn, Prot,
    Remap, RemapBit, RmapError, StoredPgoff, Strategy, Vaddr,
};

/// Pages of each process that operations touch.
const ARENA: u64 = 12;
pub(crate) const PROCESSES: usize = 4;
/// The page of zeros is one of them.
pub(crate) const CONTENTS: u64 = 4;

/// One operation. Every field is taken modulo what the world holds, so that any bytes are legal. A page
/// swapped out slowly, while it is being written, stays in the swap cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Op {
    Spawn,
    Map { p: u8, at: u8, pages: u8 },
    Unmap { p: u8, at: u8, pages: u8 },
    Protect { p: u8, at: u8, pages: u8, write: bool },
    Advise { p: u8, at: u8, pages: u8, mergeable: bool },
    DontNeed { p: u8, at: u8, pages: u8 },
    Move { p: u8, at: u8, pages: u8, to: u8, new_pages: u8 },
    MoveAndKeep { p: u8, at: u8, pages: u8, to: u8 },
    Resize { p: u8, at: u8, pages: u8, new_pages: u8 },
    Fork { p: u8 },
    Exit { p: u8 },
    Write { p: u8, at: u8, pages: u8, content: u8 },
    Read { p: u8, at: u8, pages: u8 },
    SwapOut { p: u8, at: u8 },
    SwapOutSlowly { p: u8, at: u8 },
    Pin { p: u8, at: u8 },
    Unpin { which: u8 },
    Migrate { p: u8, at: u8 },
    Scan,
    Step { pages: u8 },
}

impl Op {
    /// An operation out of random bytes, addresses by way of `place`. Writes and scans make merged pages,
    /// without which the rest has nothing to break.
    pub fn random(byte: &mut impl FnMut() -> u8, place: impl Fn(u8) -> u8) -> Self {
        let (p, at, pages) = (byte(), place(byte()), byte());
        let (to, new_pages, flag) = (place(byte()), byte(), byte().is_multiple_of(2));
        match byte() % 48 {
            0 => Self::Spawn,
            1..=6 => Self::Map { p, at, pages },
            7 => Self::Unmap { p, at, pages },
            8 => Self::Protect { p, at, pages, write: flag },
            9..=10 => Self::Advise { p, at, pages, mergeable: flag },
            11 => Self::DontNeed { p, at, pages },
            12..=16 => Self::Move { p, at, pages, to, new_pages: pages },
            17 => Self::Move { p, at, pages, to, new_pages },
            18 => Self::MoveAndKeep { p, at, pages, to },
            19 => Self::Resize { p, at, pages, new_pages },
            20..=21 => Self::Fork { p },
            22 => Self::Exit { p },
            23..=31 => Self::Write { p, at, pages, content: to },
            32..=35 => Self::Read { p, at, pages },
            36 => Self::SwapOut { p, at },
            37..=39 => Self::SwapOutSlowly { p, at },
            40 => Self::Pin { p, at },
            41 => Self::Unpin { which: p },
            42 => Self::Migrate { p, at },
            43..=46 => Self::Scan,
            _ => Self::Step { pages },
        }
    }

    /// The numbers in it, to be made smaller.
    pub fn numbers(&mut self) -> Vec<&mut u8> {
        match self {
            Self::Spawn | Self::Scan => vec![],
            Self::Fork { p: one }
            | Self::Exit { p: one }
            | Self::Unpin { which: one }
            | Self::Step { pages: one } => vec![one],
            Self::SwapOut { p, at }
            | Self::SwapOutSlowly { p, at }
            | Self::Pin { p, at }
            | Self::Migrate { p, at } => vec![p, at],
            Self::Map { p, at, pages }
            | Self::Unmap { p, at, pages }
            | Self::Protect { p, at, pages, .. }
            | Self::Advise { p, at, pages, .. }
            | Self::DontNeed { p, at, pages }
            | Self::Read { p, at, pages } => vec![p, at, pages],
            Self::MoveAndKeep { p, at, pages, to: more }
            | Self::Resize { p, at, pages, new_pages: more }
            | Self::Write { p, at, pages, content: more } => vec![p, at, pages, more],
            Self::Move { p, at, pages, to, new_pages } => vec![p, at, pages, to, new_pages],
        }
    }

    /// Returns `true` if the operation belongs to a world in which nothing is missed for ever: no swap, and
    /// all memory mergeable.
    pub fn is_tame(self) -> bool {
        !matches!(
            self,
            Self::SwapOut { .. }
                | Self::SwapOutSlowly { .. }
                | Self::Pin { .. }
                | Self::Unpin { .. }
                | Self::Advise { mergeable: false, .. }
        )
    }
}

impl Op {
    /// Returns `true` if it leaves all memory mergeable.
    pub fn keeps_mergeable(self) -> bool {
        !matches!(self, Self::Advise { mergeable: false, .. })
    }
}

pub(crate) fn page(at: u8) -> Vaddr {
    Vaddr::of_page(u64::from(at) % ARENA)
}

pub(crate) fn some(pages: u8) -> Pages {
    Pages(1 + u64::from(pages) % 4)
}

/// What a walk did for residual items.
pub(crate) fn residual(walked: &Collect) -> impl Iterator<Item = &LoopStats> {
    walked.loops().iter().filter(|one| one.start.item.is_none())
}

/// A machine and the names of what operations may choose from.
#[derive(Clone, Debug)]
pub struct World {
    pub machine: Machine,
    processes: Vec<MmId>,
    pinned: Vec<Pfn>,
    /// Whether pages are unmapped and migrated by the complete index, and not by the kernel's walk.
    complete: bool,
}

impl World {
    pub fn new(machine: Machine) -> Self {
        let mut world =
            Self { machine, processes: Vec::new(), pinned: Vec::new(), complete: false };
        world.processes.push(world.machine.spawn());
        world
    }

    /// A world whose machine misses no page where it keeps residual items: all walks are by the complete
    /// index.
    pub fn complete(machine: Machine) -> Self {
        Self { complete: true, ..Self::new(machine) }
    }

    fn strategy(&self) -> &'static dyn Strategy {
        if self.complete { &CompleteIndex } else { self.machine.kernel().strategy() }
    }

    fn process(&self, p: u8) -> Option<MmId> {
        self.processes.get(usize::from(p).checked_rem(self.processes.len())?).copied()
    }

    /// All that is observable of the world as text. The handles kept in links are left out: the clone
    /// of a tree that few entries are left of reuses no vacant slot, so later handles are others.
    pub fn state(&self) -> String {
        let text = format!("{self:?}");
        let mut parts = text.split("Handle {");
        let mut state = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            state.push_str("Handle");
            state.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
        }
        state
    }

    /// Applies one operation. A refused one is fine, and its error is returned.
    pub fn apply(&mut self, op: Op) -> Result<(), RmapError> {
        match op {
            Op::Spawn => {
                if self.processes.len() < PROCESSES {
                    self.processes.push(self.machine.spawn());
                }
            }
            Op::Scan => {
                self.machine.ksm_scan();
            }
            Op::Step { pages } => {
                self.machine.ksm_step(some(pages));
            }
            Op::Unpin { which } => {
                if let Some(at) = usize::from(which).checked_rem(self.pinned.len()) {
                    // A migration does not move a pinned frame: the number is still its.
                    self.machine.unpin(self.pinned.swap_remove(at))?;
                }
            }
            Op::Fork { p } => {
                if let Some(mm) = self.process(p).filter(|_| self.processes.len() < PROCESSES) {
                    self.processes.push(self.machine.fork(mm)?);
                }
            }
            Op::Exit { p } => {
                if let Some(mm) = self.process(p) {
                    self.machine.exit(mm)?;
                    self.processes.retain(|&other| other != mm);
                }
            }
            Op::Pin { p, at } => {
                if let Some(mm) = self.process(p) {
                    let pfn = self.machine.pfn_at(mm, page(at))?;
                    self.machine.pin(pfn)?;
                    self.pinned.push(pfn);
                }
            }
            _ => self.apply_to_memory(op)?,
        }
        Ok(())
    }

    fn apply_to_memory(&mut self, op: Op) -> Result<(), RmapError> {
        let (Op::Map { p, at, .. }
        | Op::Unmap { p, at, .. }
        | Op::Protect { p, at, .. }
        | Op::Advise { p, at, .. }
        | Op::DontNeed { p, at, .. }
        | Op::Move { p, at, .. }
        | Op::MoveAndKeep { p, at, .. }
        | Op::Resize { p, at, .. }
        | Op::Write { p, at, .. }
        | Op::Read { p, at, .. }
        | Op::SwapOut { p, at, .. }
        | Op::SwapOutSlowly { p, at, .. }
        | Op::Migrate { p, at, .. }) = op
        else {
            return Ok(()); // the rest is not about memory
        };
        let Some(mm) = self.process(p) else { return Ok(()) };
        let strategy = self.strategy();
        let (machine, at) = (&mut self.machine, page(at));
        match op {
            Op::Map { pages, .. } => {
                machine.mmap(mm, at, some(pages), Prot::ReadWrite)?;
                machine.madvise(mm, at, some(pages), Advice::Mergeable)?;
            }
            Op::Unmap { pages, .. } => machine.munmap(mm, at, some(pages))?,
            Op::Protect { pages, write, .. } => {
                let prot = if write { Prot::ReadWrite } else { Prot::Read };
                machine.mprotect(mm, at, some(pages), prot)?;
            }
            Op::Advise { pages, mergeable, .. } => {
                let advice = if mergeable { Advice::Mergeable } else { Advice::Unmergeable };
                machine.madvise(mm, at, some(pages), advice)?;
            }
            Op::DontNeed { pages, .. } => machine.madvise(mm, at, some(pages), Advice::DontNeed)?,
            Op::Move { pages, to, new_pages, .. } => {
                machine.mremap(mm, at, some(pages), some(new_pages), Remap::Fixed(page(to)))?;
            }
            Op::MoveAndKeep { pages, to, .. } => {
                machine.mremap(mm, at, some(pages), some(pages), Remap::DontUnmap(page(to)))?;
            }
            Op::Resize { pages, new_pages, .. } => {
                machine.mremap(mm, at, some(pages), some(new_pages), Remap::InPlace)?;
            }
            Op::Write { pages, content, .. } => {
                let content = Content(u64::from(content) % CONTENTS);
                for i in 0..some(pages).0 {
                    machine.write(mm, at + Pages(i), content)?;
                }
            }
            Op::Read { pages, .. } => {
                for i in 0..some(pages).0 {
                    machine.read(mm, at + Pages(i))?;
                }
            }
            Op::SwapOut { .. } => {
                machine.swap_out(mm, at, strategy)?;
            }
            Op::SwapOutSlowly { .. } => {
                let pfn = machine.pfn_at(mm, at)?;
                machine.pin(pfn)?;
                machine.unmap(pfn, strategy)?;
                machine.unpin(pfn)?;
            }
            Op::Migrate { .. } => {
                let pfn = machine.pfn_at(mm, at)?;
                machine.migrate(pfn, strategy)?;
            }
            _ => unreachable!("has no address"),
        }
        Ok(())
    }

    /// Every merged page, by every strategy, held against the page tables: what a walk finds is what
    /// the items and the mappings predict. The error names the first difference.
    pub fn compare_with_prediction(&self) -> Result<(), String> {
        type Index = fn(u64, u64) -> Option<u64>;
        let strategies: [(&dyn Strategy, Index); 5] = [
            (&FullRange, |_, _| None),
            (&AddressPgoff, |address, _| Some(address)),
            (&StoredPgoff, |_, index| Some(index)),
            (&RemapBit, |address, index| (address == index).then_some(index)),
            (&NarrowThenWide, |_, _| None),
        ];
        for pfn in self.machine.merged_pages() {
            for (strategy, index) in strategies {
                let predicted = self.predict(pfn, index);
                let mut control = Collect::all();
                self.machine
                    .walk(pfn, strategy, &mut control)
                    .map_err(|error| error.to_string())?;
                if control.mapped() != predicted {
                    let found = control.mapped();
                    let name = strategy.name();
                    return Err(format!("{name}, frame {pfn}: {found:?}, predicted {predicted:?}"));
                }
            }
            self.compare_computed(pfn)?;
        }
        Ok(())
    }

    /// The computed address finds all that the stored index finds, but for what that finds by accident:
    /// where an item's address and its index are both in the mapping, and not at the same page.
    fn compare_computed(&self, pfn: Pfn) -> Result<(), String> {
        let machine = &self.machine;
        let computed = self.audit(pfn, &IndexAndComputedAddress)?.missed;
        if !machine.settings().keep_residual_items
            && self.audit(pfn, &CompleteIndex)?.missed != computed
        {
            return Err(format!("frame {pfn}: one pass and two find different entries"));
        }
        let stored = self.audit(pfn, &StoredPgoff)?.missed;
        let items = machine.items_of(pfn).expect("a merged page is a live frame");
        let by_accident = |&(mm, at): &(MmId, Vaddr)| {
            let index = machine.vma_at(mm, at).map(|vma| vma.linear_anon_page_index(at));
            let families = machine.families_at(mm, at).expect("an entry lies in a mapping");
            !items.iter().any(|view| match view.item.state() {
                ItemState::Stable { pgoff, .. } => {
                    view.item.address() == at
                        && families.contains(&view.anon_vma)
                        && index == Ok(pgoff)
                }
                _ => false,
            })
        };
        match computed.iter().find(|entry| !stored.contains(entry) && !by_accident(entry)) {
            Some(entry) => Err(format!("frame {pfn}: the computed address misses {entry:?}")),
            None => Ok(()),
        }
    }

    fn audit(&self, pfn: Pfn, strategy: &dyn Strategy) -> Result<Audit, String> {
        self.machine.audit(pfn, strategy).map_err(|error| error.to_string())
    }

    fn walk(
        &self,
        pfn: Pfn,
        strategy: &dyn Strategy,
        mut control: Collect,
    ) -> Result<Collect, String> {
        self.machine.walk(pfn, strategy, &mut control).map_err(|error| error.to_string())?;
        Ok(control)
    }

    /// On a machine that keeps residual items: nothing is missed; and a walk to the end visits half as much
    /// as one by the stored index, and what its residual items lead to.
    pub fn compare_complete(&self) -> Result<(), String> {
        for pfn in self.machine.merged_pages() {
            let (complete, stored) =
                (self.audit(pfn, &CompleteIndex)?, self.audit(pfn, &StoredPgoff)?);
            if !complete.is_complete() {
                return Err(format!(
                    "frame {pfn}: the complete index misses {:?}",
                    complete.missed
                ));
            }
            let walked = self.walk(pfn, &CompleteIndex, Collect::all())?;
            let by_residual_items: u64 = residual(&walked).map(|one| one.visited).sum();
            if 2 * (complete.stats.visited - by_residual_items) != stored.stats.visited {
                return Err(format!("frame {pfn}: {complete:?}, {stored:?}"));
            }
        }
        Ok(())
    }

    /// On a machine that keeps residual items, after a scan in which nothing else happened: there is a
    /// residual item at most for each entry to which no item leads; and where the stored index is right
    /// by the places of the items, the complete one visits no more, in a walk to the end and in one that
    /// stops when it has all.
    ///
    /// Where the stored index is right by accident (as in `compare_computed`), the entry has a residual
    /// item, which may lead to other mappings besides: the complete index may visit more there.
    pub fn compare_visits(&self) -> Result<(), String> {
        for pfn in self.machine.merged_pages() {
            let without_items = self.audit(pfn, &IndexAndComputedAddress)?.missed.len();
            let walked = self.walk(pfn, &CompleteIndex, Collect::all())?;
            let residual_items = residual(&walked).count();
            if residual_items > without_items {
                return Err(format!(
                    "frame {pfn}: {residual_items} residual items for {without_items} entries"
                ));
            }
            let stored = self.audit(pfn, &StoredPgoff)?;
            if !stored.is_complete() || without_items > 0 {
                continue;
            }
            for control in [Collect::all(), Collect::until(stored.found.len())] {
                let visited = |strategy: &dyn Strategy| -> Result<u64, String> {
                    let walked = self.walk(pfn, strategy, control.clone())?;
                    Ok(walked.loops().iter().map(|one| one.visited).sum())
                };
                let (complete, stored) = (visited(&CompleteIndex)?, visited(&StoredPgoff)?);
                if complete > stored {
                    return Err(format!("frame {pfn}: {complete} visits against {stored}"));
                }
            }
        }
        Ok(())
    }

    /// The rule that held in every recording: an entry is reached iff some item of the page has its
    /// page number and a family of the mapping that holds it now, and the index that is asked for
    /// lies in that mapping.
    fn predict(&self, pfn: Pfn, index: fn(u64, u64) -> Option<u64>) -> Vec<(MmId, Vaddr)> {
        let machine = &self.machine;
        let items = machine.items_of(pfn).expect("a merged page is a live frame");
        let truth = machine.mapped_ptes(pfn).expect("a merged page is a live frame");
        let reached = |&(mm, at): &(MmId, Vaddr)| {
            let vma = machine.vma_at(mm, at).expect("an entry lies in a mapping");
            let families = machine.families_at(mm, at).expect("an entry lies in a mapping");
            items.iter().any(|view| {
                let stored = match view.item.state() {
                    ItemState::Stable { pgoff, .. } => pgoff.0,
                    _ => return false,
                };
                let asked = index(view.item.address().page_number(), stored);
                view.item.address() == at
                    && families.contains(&view.anon_vma)
                    && asked.is_none_or(|asked| {
                        let first = vma.anon_pgoff().0;
                        (first..first + (vma.end() - vma.start()).0).contains(&asked)
                    })
            })
        };
        truth.into_iter().filter(reached).collect()
    }

    /// The entries that a strategy misses, over all merged pages.
    pub fn missed(&self, strategy: &dyn Strategy) -> Vec<(MmId, Vaddr)> {
        let audit = |pfn| self.machine.audit(pfn, strategy).expect("a merged page is a live frame");
        self.machine.merged_pages().flat_map(|pfn| audit(pfn).missed).collect()
    }
}

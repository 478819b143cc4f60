//! Migrations: both walks, loop by loop, mapping by mapping.

use core::ops::ControlFlow;
use std::cell::RefCell;

use stabtree::Interval;
use stabtree::rmap::trace::{
    Line, LoopLine, MigrationLine, PagePlace, SearchRange, VisitedVma, WalkForm, WalkLine,
};
use stabtree::rmap::{
    Collect, Control, LoopStart, LoopStats, Mapping, Pass, Pfn, Pgoff, SearchedTree, StableItem,
    Strategy, Vaddr, VmaId, VmaView, WalkStats,
};

use super::{BASE, Replay, names::UNNAMED, offset_of, page_of};

/// A strategy that notes every mapping it is asked about, which is every mapping visited.
struct Noting<'a> {
    strategy: &'a dyn Strategy,
    seen: RefCell<Vec<(VmaId, VisitedVma)>>,
    numbers: &'a dyn Fn(&VmaView<'_>) -> u64,
}

impl Strategy for Noting<'_> {
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        self.strategy.window(item)
    }

    fn address(&self, item: &StableItem, vma: &VmaView<'_>) -> Option<Vaddr> {
        let visited = line!(VisitedVma {
            process: (self.numbers)(vma),
            start: page_of(vma.start()),
            end: page_of(vma.end()),
            offset: offset_of(vma.anon_pgoff()),
            called: false,
        });
        self.seen.borrow_mut().push((vma.id(), visited));
        self.strategy.address(item, vma)
    }
}

/// Each loop with the mappings it visited.
type Loops = Vec<(LoopStats, Vec<VisitedVma>)>;

/// A control that collects, and ends each loop's list of mappings where the loop ends.
struct Ending<'a> {
    inner: Collect,
    strategy: &'a Noting<'a>,
    loops: Loops,
}

impl Control for Ending<'_> {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        if let Some((_, visited)) = self.strategy.seen.borrow_mut().last_mut() {
            visited.called = true;
        }
        self.inner.rmap_one(mapping)
    }

    fn done(&mut self) -> bool {
        self.inner.done()
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        self.strategy.seen.borrow_mut().clear();
    }

    fn lock_released(&mut self, stats: &LoopStats) {
        let seen = self.strategy.seen.take().into_iter().map(|(_, visited)| visited).collect();
        self.loops.push((*stats, seen));
    }
}

/// The item of a loop that has none.
fn nobody() -> PagePlace {
    line!(PagePlace { exited: false, process: UNNAMED, page: UNNAMED })
}

impl Replay<'_> {
    /// Compares the attempt at line `i` and the walks that follow it, up to `end`.
    pub(crate) fn compare_attempt(&mut self, attempt: &MigrationLine, i: usize, end: usize) {
        self.report.migrations.0 += 1;
        let before = self.report.disagreements.len();
        let number = self.lines[i].number;
        let recorded = &self.lines[i..end];
        match self.attempt(attempt, i, end) {
            None => {
                self.report.compare(number, Some(&recorded[0].line), None);
            }
            Some(model) => {
                for (k, line) in model.iter().enumerate() {
                    let kernel = recorded.get(k);
                    let number = kernel.map_or(number, |numbered| numbered.number);
                    self.report.compare(number, kernel.map(|n| &n.line), Some(line));
                }
                for numbered in recorded.iter().skip(model.len()) {
                    self.report.compare(numbered.number, Some(&numbered.line), None);
                }
            }
        }
        self.report.migrations.1 += u64::from(self.report.disagreements.len() == before);
    }

    /// Does what was recorded, and compares nothing.
    pub(crate) fn attempt_unseen(&mut self, attempt: &MigrationLine) {
        let Some(pfn) = self.attempted(attempt) else { return };
        let migration = self.machine.migrate(pfn, self.strategy()).expect("a live frame");
        if let Some(new) = migration.moved_to {
            self.names.pages.becomes(pfn, new);
        }
    }

    /// What the model has to say about it, in the order of the recording.
    fn attempt(&mut self, attempt: &MigrationLine, i: usize, end: usize) -> Option<Vec<Line>> {
        let mm = *self.processes.get(&attempt.from.process)?;
        let pfn = self.machine.pfn_at(mm, super::at(attempt.from.page)?).ok()?;
        let class = self.names.pages.known(pfn)?;
        let mappers = self.machine.mapcount(pfn).ok()?;
        let (unmap, unmap_loops) = self.walk(pfn, Collect::until(mappers as usize))?;
        let (restore, restore_loops) = self.walk(pfn, Collect::all())?;
        let items = self.machine.items_of(pfn).ok()?.len() as u64;

        let migration = self.machine.migrate(pfn, self.strategy()).ok()?;
        assert_eq!(migration.unmap.visited, unmap.visited, "a walk that looks and one that acts");
        let moved = migration.moved_to.map_or(0, |_| u64::from(mappers));
        if let Some(new) = migration.moved_to {
            self.names.pages.becomes(pfn, new);
        }
        let ok = migration.moved_to.is_some();
        let mut lines = vec![Line::Migration(line!(MigrationLine {
            class,
            from: attempt.from,
            ok,
            mappers: mappers.into(),
            moved,
            merged_after: true,
            walks: attempt.walks.map(|_| 2 * u64::from(migration.tries)),
        }))];
        let reached = unmap.hits > 0;
        let shows_loops = self.lines[i..end].iter().any(|n| matches!(n.line, Line::Loop(_)));
        let walks =
            [(WalkForm::Unmap, unmap, unmap_loops), (WalkForm::Restore, restore, restore_loops)];
        let mut at = i + 1;
        for (form, stats, loops) in walks {
            let form = if reached { form } else { WalkForm::Unknown };
            lines.push(Line::Walk(line!(WalkLine {
                class,
                form,
                items,
                loops: stats.loops,
                iterations: stats.visited,
                calls: stats.hits,
            })));
            at += 1;
            for (k, (stats, visited)) in loops.into_iter().enumerate() {
                if !shows_loops {
                    break;
                }
                let recorded = match self.lines.get(at).map(|n| &n.line) {
                    Some(Line::Loop(recorded)) => Some(recorded),
                    _ => None,
                };
                lines.push(Line::Loop(self.one_loop(k as u64, items, &stats, visited, recorded)));
                at += 1;
            }
        }
        Some(lines)
    }

    fn walk(&self, pfn: Pfn, collect: Collect) -> Option<(WalkStats, Loops)> {
        let numbers =
            |vma: &VmaView<'_>| self.numbers.get(&vma.mm()).copied().flatten().unwrap_or(UNNAMED);
        let seen = RefCell::new(Vec::new());
        let strategy = Noting { strategy: self.strategy(), seen, numbers: &numbers };
        let mut control = Ending { inner: collect, strategy: &strategy, loops: Vec::new() };
        let stats = self.machine.walk(pfn, &strategy, &mut control).ok()?;
        Some((stats, control.loops))
    }

    fn one_loop(
        &self,
        k: u64,
        items: u64,
        stats: &LoopStats,
        mut visited: Vec<VisitedVma>,
        recorded: Option<&LoopLine>,
    ) -> LoopLine {
        let item = stats.start.item.and_then(|id| Some((id, self.machine.item(id)?)));
        let (address, mm) = item.map_or((Vaddr(0), None), |(id, item)| {
            let owners = self.numbers.keys().copied();
            let mut owners = owners.filter(|&mm| {
                self.machine.items(mm).is_ok_and(|mut all| all.any(|(at, _)| at == id))
            });
            (item.address(), owners.next())
        });
        let cut = recorded.is_some_and(|loop_| loop_.cut && loop_.visited.len() < visited.len());
        if let Some(recorded) = recorded.filter(|_| cut) {
            visited.truncate(recorded.visited.len());
        }
        let anon_vma = match stats.start.tree {
            SearchedTree::AnonVma(id) => self.names.families.known(id),
            _ => None,
        };
        line!(LoopLine {
            pass: u64::from(stats.start.pass == Pass::Forks),
            position: k % items.max(1),
            item: mm.map_or_else(nobody, |mm| self.place(mm, address)),
            anon_vma: anon_vma.unwrap_or(UNNAMED),
            range: range(stats.start.window, address, recorded.map(|loop_| loop_.range)),
            visits: stats.visited,
            visited,
            cut,
        })
    }
}

/// The window in the words of the recording: it knows the address and the stored index by name.
fn range(window: Interval<Pgoff>, address: Vaddr, recorded: Option<SearchRange>) -> SearchRange {
    if window == Pgoff::everything() {
        return SearchRange::All;
    }
    let relative = |pgoff: &Pgoff| i64::try_from(pgoff.0).unwrap_or(i64::MAX) - BASE.cast_signed();
    match recorded {
        Some(SearchRange::Address) if window == Interval::point(address.as_pgoff()) => {
            SearchRange::Address
        }
        Some(SearchRange::Stored) if window.start() == window.last() => SearchRange::Stored,
        _ => SearchRange::Narrow(relative(window.start()), relative(window.last())),
    }
}

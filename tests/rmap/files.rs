//! Random histories of shared, private and anonymous memory against a model too simple to be wrong:
//! what each process must read where, and that the walk of every page finds all of its entries.
#![allow(clippy::needless_pass_by_value, reason = "quickcheck hands its inputs over")]

use std::collections::{BTreeMap, BTreeSet};

use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult};
use stabtree::rmap::{
    Advice, CompleteIndex, Content, FileId, FilePart, FullRange, KernelVersion, KsmSettings,
    Machine, MmId, PageView, Pages, Pgoff, Prot, Remap, RmapError, Sharing, Vaddr,
};

const PAGES: u64 = 20;
const PROCESSES: usize = 4;
/// Lengths of the files (pages).
const FILES: [u64; 2] = [7, 3];

/// One operation; its numbers are reduced to what there is.
#[derive(Clone, Copy, Debug)]
struct Op {
    kind: Kind,
    p: u8,
    at: u8,
    pages: u8,
    /// Where to, how many, which file, or what to write.
    to: u8,
    /// First page of the file.
    from: u8,
    /// Shared, kept, switched on.
    flag: bool,
    /// Writable.
    write: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    MapFile,
    MapAnonymous,
    Unmap,
    Protect,
    Move,
    Resize,
    Write,
    Read,
    DontNeed,
    Advise,
    Scan,
    Reclaim,
    Migrate,
    Fork,
    Exit,
    Spawn,
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        let kind = match u8::arbitrary(g) % 32 {
            0..=3 => Kind::MapFile,
            4..=5 => Kind::MapAnonymous,
            6 => Kind::Unmap,
            7 => Kind::Protect,
            8..=10 => Kind::Move,
            11 => Kind::Resize,
            12..=15 => Kind::Write,
            16..=17 => Kind::Read,
            18 => Kind::DontNeed,
            19..=22 => Kind::Advise,
            23..=25 => Kind::Scan,
            26..=27 => Kind::Reclaim,
            28 => Kind::Migrate,
            29 => Kind::Fork,
            30 => Kind::Exit,
            _ => Kind::Spawn,
        };
        Self {
            kind,
            p: u8::arbitrary(g),
            at: u8::arbitrary(g),
            pages: u8::arbitrary(g),
            to: u8::arbitrary(g),
            from: u8::arbitrary(g),
            flag: bool::arbitrary(g),
            write: !u8::arbitrary(g).is_multiple_of(4),
        }
    }
}

/// A mapped page as its process sees it.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The file's page that it maps, by the file's number.
    behind: Option<(usize, u64)>,
    shared: bool,
    writable: bool,
    /// What was written to it alone.
    own: Option<u64>,
}

struct World {
    machine: Machine,
    ids: Vec<FileId>,
    files: Vec<Vec<u64>>,
    processes: BTreeMap<MmId, BTreeMap<u64, Cell>>,
}

fn at(page: u64) -> Vaddr {
    Vaddr::of_page(100 + page)
}

impl World {
    fn new(mut machine: Machine) -> Self {
        let files: Vec<Vec<u64>> = FILES.map(|pages| (1..=pages).collect()).to_vec();
        let contents = |file: &Vec<u64>| file.iter().copied().map(Content).collect::<Vec<_>>();
        let ids = files.iter().map(|file| machine.create_file(&contents(file))).collect();
        let processes = [(machine.spawn(), BTreeMap::new())].into();
        Self { machine, ids, files, processes }
    }

    fn process(&self, p: u8) -> Option<MmId> {
        self.processes.keys().copied().cycle().nth(p.into()).filter(|_| !self.processes.is_empty())
    }

    /// What must be read there, and why it cannot be.
    fn expected(&self, mm: MmId, page: u64) -> Result<u64, RmapError> {
        let cell = self.processes[&mm].get(&page).ok_or(RmapError::NotMapped { at: at(page) })?;
        match (cell.own, cell.behind) {
            (Some(own), _) => Ok(own),
            (None, None) => Ok(0),
            (None, Some((file, index))) => {
                let content = self.files[file].get(usize::try_from(index).expect("small"));
                content.copied().ok_or(RmapError::PastFile { at: at(page) })
            }
        }
    }

    /// Applies the operation to both; an error if they disagree about whether it is allowed.
    fn apply(&mut self, op: Op) -> Result<(), String> {
        if let Kind::Scan = op.kind {
            // Two scans merge what is equal and at rest: the first learns the checksums.
            self.machine.ksm_scan();
            self.machine.ksm_scan();
        }
        let Some(mm) = self.process(op.p) else {
            self.processes.insert(self.machine.spawn(), BTreeMap::new());
            return Ok(());
        };
        let (start, pages) = (u64::from(op.at) % PAGES, 1 + u64::from(op.pages) % 6);
        let to = u64::from(op.to);
        match op.kind {
            Kind::MapFile => self.map_file(mm, start, pages, op)?,
            Kind::MapAnonymous => {
                self.machine.mmap(mm, at(start), Pages(pages), Prot::ReadWrite).map_err(message)?;
                let cell = Cell { behind: None, shared: false, writable: true, own: None };
                self.cells(mm).extend((start..start + pages).map(|page| (page, cell)));
            }
            Kind::Unmap => {
                self.machine.munmap(mm, at(start), Pages(pages)).map_err(message)?;
                self.cells(mm).retain(|&page, _| page < start || start + pages <= page);
            }
            Kind::Protect => {
                let prot = if op.write { Prot::ReadWrite } else { Prot::Read };
                let done = self.machine.mprotect(mm, at(start), Pages(pages), prot).is_ok();
                self.change(mm, start, pages, done, |cell| cell.writable = op.write);
            }
            Kind::DontNeed => {
                let advice = Advice::DontNeed;
                let done = self.machine.madvise(mm, at(start), Pages(pages), advice).is_ok();
                self.change(mm, start, pages, done, |cell| cell.own = None);
            }
            Kind::Move => self.shift(mm, start, pages, to % PAGES, op.flag && op.write),
            Kind::Resize => self.resize(mm, start, pages, 1 + to % 6),
            Kind::Write => {
                for page in start..start + pages {
                    self.write(mm, page, 1_000 + to % 3)?;
                }
            }
            Kind::Read => self.read(mm, start)?,
            Kind::Fork if self.processes.len() < PROCESSES => {
                let child = self.machine.fork(mm).map_err(message)?;
                self.processes.insert(child, self.processes[&mm].clone());
            }
            Kind::Exit => {
                self.machine.exit(mm).map_err(message)?;
                self.processes.remove(&mm);
            }
            Kind::Spawn if self.processes.len() < PROCESSES => {
                self.processes.insert(self.machine.spawn(), BTreeMap::new());
            }
            // What follows changes no content; a refusal is one more legal history.
            Kind::Advise => {
                let advice = if op.write { Advice::Mergeable } else { Advice::Unmergeable };
                let _refused = self.machine.madvise(mm, at(start), Pages(pages), advice);
            }
            Kind::Reclaim => {
                let _refused = self.machine.swap_out(mm, at(start), &FullRange);
            }
            Kind::Migrate => {
                if let Ok(pfn) = self.machine.pfn_at(mm, at(start)) {
                    self.machine.migrate(pfn, &FullRange).map_err(message)?;
                }
            }
            Kind::Scan | Kind::Fork | Kind::Spawn => {}
        }
        if matches!(op.kind, Kind::MapFile | Kind::MapAnonymous) && op.write {
            let advised = self.machine.madvise(mm, at(start), Pages(pages), Advice::Mergeable);
            advised.map_err(message)?;
        }
        Ok(())
    }

    fn map_file(&mut self, mm: MmId, start: u64, pages: u64, op: Op) -> Result<(), String> {
        let (file, from) = (usize::from(op.to) % FILES.len(), u64::from(op.from) % 9);
        let sharing = if op.flag { Sharing::Shared } else { Sharing::Private };
        let part = FilePart { file: self.ids[file], offset: Pgoff(from), sharing };
        let prot = if op.write { Prot::ReadWrite } else { Prot::Read };
        self.machine.mmap_file(mm, at(start), Pages(pages), prot, part).map_err(message)?;
        for i in 0..pages {
            let behind = Some((file, from + i));
            let cell = Cell { behind, shared: op.flag, writable: op.write, own: None };
            self.cells(mm).insert(start + i, cell);
        }
        Ok(())
    }

    fn change(&mut self, mm: MmId, start: u64, pages: u64, done: bool, how: impl Fn(&mut Cell)) {
        if done {
            self.cells(mm).range_mut(start..start + pages).for_each(|(_, cell)| how(cell));
        }
    }

    fn shift(&mut self, mm: MmId, from: u64, pages: u64, to: u64, keep: bool) {
        let how = if keep { Remap::DontUnmap(at(to)) } else { Remap::Fixed(at(to)) };
        if self.machine.mremap(mm, at(from), Pages(pages), Pages(pages), how).is_err() {
            return;
        }
        for page in 0..pages {
            // What lies in the gaps of the destination stays.
            let Some(&cell) = self.cells(mm).get(&(from + page)) else { continue };
            self.cells(mm).insert(to + page, cell);
            if keep {
                self.cells(mm).insert(from + page, Cell { own: None, ..cell });
            } else {
                self.cells(mm).remove(&(from + page));
            }
        }
    }

    fn resize(&mut self, mm: MmId, start: u64, old: u64, new: u64) {
        if self.machine.mremap(mm, at(start), Pages(old), Pages(new), Remap::InPlace).is_err() {
            return;
        }
        for page in start + new..start + old {
            self.cells(mm).remove(&page);
        }
        for page in start + old..start + new {
            let before = self.cells(mm)[&(page - 1)];
            let behind = before.behind.map(|(file, index)| (file, index + 1));
            self.cells(mm).insert(page, Cell { behind, own: None, ..before });
        }
    }

    fn write(&mut self, mm: MmId, page: u64, content: u64) -> Result<(), String> {
        let cell = self.processes[&mm].get(&page).copied();
        let mut expected = self.expected(mm, page).map(|_| ());
        if expected.is_ok() && cell.is_some_and(|cell| !cell.writable) {
            expected = Err(RmapError::ReadOnly { at: at(page) });
        }
        let done = self.machine.write(mm, at(page), Content(content));
        if done != expected {
            return Err(format!("write: {done:?}, expected {expected:?}"));
        }
        match cell.filter(|_| done.is_ok()) {
            Some(Cell { shared: true, behind: Some((file, index)), .. }) => {
                self.files[file][usize::try_from(index).expect("small")] = content;
            }
            Some(cell) => {
                self.cells(mm).insert(page, Cell { own: Some(content), ..cell });
            }
            None => {}
        }
        Ok(())
    }

    fn read(&mut self, mm: MmId, page: u64) -> Result<(), String> {
        let (read, expected) = (self.machine.read(mm, at(page)), self.expected(mm, page));
        if read == expected.map(Content) {
            return Ok(());
        }
        Err(format!("{mm} reads {read:?} at {page}, expected {expected:?}"))
    }

    fn cells(&mut self, mm: MmId) -> &mut BTreeMap<u64, Cell> {
        self.processes.get_mut(&mm).expect("alive")
    }

    /// Both agree about every page of every process, and every walk finds what the page tables say,
    /// that of a merged page at least where the scanner keeps residual items.
    fn compare(&self) -> Result<(), String> {
        let mut frames = BTreeSet::new();
        let mut copy = self.machine.clone();
        for &mm in self.processes.keys() {
            for page in 0..PAGES + 6 {
                if let Ok(PageView::Present { pfn, merged, .. }) =
                    self.machine.page_at(mm, at(page))
                {
                    frames.insert((pfn, merged));
                }
                let (read, expected) = (copy.read(mm, at(page)), self.expected(mm, page));
                if read != expected.map(Content) {
                    return Err(format!("{mm} reads {read:?} at {page}, expected {expected:?}"));
                }
            }
        }
        copy.check().map_err(|violation| format!("after reading all: {violation}"))?;
        for (pfn, merged) in frames {
            if merged && !self.machine.settings().keep_residual_items {
                continue; // may be missed
            }
            let audit = self.machine.audit(pfn, &CompleteIndex).map_err(message)?;
            if !audit.is_complete() || audit.stats.passes != 1 {
                return Err(format!("frame {pfn}: {audit:?}"));
            }
        }
        self.machine.check().map_err(|violation| violation.to_string())
    }
}

fn message(error: RmapError) -> String {
    error.to_string()
}

#[test]
fn prop_files_are_read_as_written_and_walked_in_full() {
    fn property(ops: Vec<Op>) -> TestResult {
        let complete = KsmSettings::complete();
        let machines = [
            (KernelVersion::V6_12, KsmSettings::default()),
            (KernelVersion::V6_12, complete),
            (KernelVersion::V7_2, complete),
            (KernelVersion::V7_3, KsmSettings::default()),
            (KernelVersion::V7_3, complete),
        ];
        for (kernel, settings) in machines {
            let mut world =
                World::new(Machine::builder().kernel(kernel).settings(settings).build());
            for (step, &op) in ops.iter().enumerate() {
                if let Err(error) = world.apply(op).and_then(|()| world.compare()) {
                    return TestResult::error(format!("after {step}, {op:?}: {error}"));
                }
            }
        }
        TestResult::passed()
    }
    let cases = crate::bounds::cases(200);
    let property = property as fn(Vec<Op>) -> TestResult;
    QuickCheck::new().rng(Gen::new(120)).tests(cases).quickcheck(property);
}

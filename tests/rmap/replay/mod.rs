//! Does to the model what was done to a kernel, and compares what is seen.
//!
//! Both sides are lines of a recording: for every recorded line the model writes its own, in the
//! recording's names for physical pages and `anon_vma`s, and the two must be equal. A name is taken
//! over from the recording where the thing is met first, and must fit everywhere else.

/// A line of a recording out of its fields. The types may get more fields, so that none can be written
/// out as a struct.
macro_rules! line {
    ($type:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {{
        let mut line = $type::default();
        $(line.$field = line!(@ $field $($value)?);)*
        line
    }};
    (@ $field:ident) => { $field };
    (@ $field:ident $value:expr) => { $value };
}

mod complete;
mod names;
mod ops;
mod state;
mod walks;

use std::collections::BTreeMap;
use std::mem::discriminant;

use stabtree::rmap::trace::{Line, Numbered, Outcome, StateKind, Trace};
use stabtree::rmap::{
    Advice, Content, FileId, KernelChanges, KsmSettings, Machine, MmId, Pages, Pfn, Pgoff, Prot,
    ReverseMapKind, Vaddr, trace,
};

use complete::Completeness;
pub(crate) use complete::complete;
use names::Names;

/// What a recording does not show and a model cannot know.
pub(crate) const UNKNOWN: &str = "\
What the model cannot know, and takes from the recording or leaves alone:
- Which pages reclaim chooses, and after how many requests: the pages that are swap entries in the
  next state are swapped out, and those that it shows mapped but newly in the swap cache are tried. That all entries of such a page go, and which are missed, is compared.
- Whether a page without an extra reference outlives reclaim in the swap cache (s9t, s9u, v11 to v16): it
  does if the next state, before any scan, still shows it as a merged page or its node's folio as cached.
  Where it shows only later, or in the count of copies at swap-in alone, the two go apart: v11, v12, v13,
  v14, v16 of Linux 7.3 and v15 of 6.12.
- Where the kernel stops in the unstable tree: it compares with what the pages hold now, and after a write
  in the middle of a scan may pass an equal page by. The model finds a page by the content that it had when
  it was put there. Only p2 shows it, where pages are written while the scanner stands among them.
- Physical page numbers and addresses of anon_vmas: classes and ids agree up to renaming. The class of
  a node whose page has gone is the number of a frame that may be in use again: it only has to be the
  same for all items of the node.
- The bytes of contents that are only numbered (u1, u2, ..), and so on which side of other contents a
  search passes them: up to 8 orders are tried, and the first under which all agrees is taken.
- Freed memory: the counters of an anon_vma that has been freed, which the recorder still read through
  a child's parent pointer. Such lines are counted as unknown.
- What lies at and above the page that `H span` names: the recorder wrote no V, P and I lines of it.
- References that no page-table entry, swap cache or pin explains: F lines' refs may be higher by one
  per process that reads pages at the time (page vectors of the processor). Lower ones disagree.
- Where full_scans and skipped begin: at the first C line.";

/// How a recording and the model compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// States, and those without a disagreement.
    pub(crate) states: (u64, u64),
    /// Migrations, likewise.
    pub(crate) migrations: (u64, u64),
    /// Lines of states and walks and results of operations, likewise.
    pub(crate) lines: (u64, u64),
    /// Lines about what the model cannot know.
    pub(crate) unknown: u64,
    /// The first disagreements.
    pub(crate) disagreements: Vec<Disagreement>,
}

/// One line on which the two sides differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disagreement {
    /// Number of the recorded line, or of the line after which one is missing.
    pub(crate) line: usize,
    /// What the kernel showed.
    pub(crate) kernel: String,
    /// What the model shows.
    pub(crate) model: String,
}

impl Report {
    /// Returns `true` if nothing disagrees.
    pub(crate) fn agrees(&self) -> bool {
        self.disagreements.is_empty()
    }

    fn compare(&mut self, line: usize, kernel: Option<&Line>, model: Option<&Line>) -> bool {
        self.lines.0 += 1;
        if kernel == model {
            self.lines.1 += 1;
            return true;
        }
        if self.disagreements.len() < 1000 {
            let text = |line: Option<&Line>| line.map_or("nothing".to_owned(), Line::to_string);
            let (kernel, model) = (text(kernel), text(model));
            self.disagreements.push(Disagreement { line, kernel, model });
        }
        false
    }
}

/// The model, in the recording's terms.
pub(crate) struct Replay<'a> {
    lines: &'a [Numbered],
    machine: Machine,
    order: ContentOrder,
    /// Living processes by their numbers.
    processes: BTreeMap<u64, MmId>,
    /// All that ever lived; `None` is the keeper.
    numbers: BTreeMap<MmId, Option<u64>>,
    pinned: Vec<(u64, u64, Pfn)>,
    names: Names,
    autoscan: u64,
    pending_scans: u64,
    narrow: u64,
    /// Mappings, pages and items from this page on are not recorded.
    span: u64,
    /// Whether the index is put where the recording says.
    keeps_union: bool,
    /// What is mapped where a file is.
    file: FileId,
    /// Kinds of lines that the recording has at all.
    kinds: Vec<std::mem::Discriminant<Line>>,
    cursor_lines: bool,
    /// Whether it says which pages are in the swap cache; the first set of recordings does not.
    tells_cache: bool,
    /// What to take from `full_scans`, skipped, cow and swap-in copies.
    base: Option<[u64; 4]>,
    report: Report,
    /// Where the machine keeps residual items, what is seen of it; then nothing is compared.
    completeness: Option<Completeness>,
}

/// Page number 0 of all recordings.
const BASE: u64 = 0x2000_0000;

fn at(page: u64) -> Option<Vaddr> {
    let page = page.checked_add(BASE)?;
    (page <= Vaddr::TOP.page_number()).then(|| Vaddr::of_page(page))
}

fn page_of(at: Vaddr) -> u64 {
    at.page_number().wrapping_sub(BASE)
}

/// Relative to the base; far below it where the offset is a file's.
fn offset_of(pgoff: Pgoff) -> i64 {
    pgoff.0.wrapping_sub(BASE).cast_signed()
}

/// An order of the contents that a recording only numbers.
#[derive(Clone, Copy, Debug)]
struct ContentOrder(u64);

impl ContentOrder {
    /// A recorded content as the model's: pages are compared byte by byte, and two different ones
    /// mostly differ in the first.
    fn content(self, of: trace::PageContent) -> Content {
        match of {
            trace::PageContent::Byte(byte) => Content(byte << UNIQUE_BITS),
            trace::PageContent::Unique(number) => {
                let number = number % ((1 << UNIQUE_BITS) - 1);
                Content((self.first_byte(number) << UNIQUE_BITS) + 1 + number)
            }
            _ => unreachable!("a recorded content is one of the two"),
        }
    }

    /// One of many ways to scatter the unknown contents between the known ones (splitmix64).
    fn first_byte(self, number: u64) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        let x = number.wrapping_add(self.0 + 1).wrapping_mul(step);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) & 0xff
    }
}

const UNIQUE_BITS: u32 = 40;

fn recorded_content(of: Content) -> trace::PageContent {
    match of.0 & ((1 << UNIQUE_BITS) - 1) {
        0 => trace::PageContent::Byte(of.0 >> UNIQUE_BITS),
        number => trace::PageContent::Unique(number - 1),
    }
}

/// What of the recorded kernel the model follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    /// What it does otherwise than Linux 6.12.
    pub(crate) changes: KernelChanges,
    /// Whether the index lies in the union where the recording says so.
    pub(crate) index_in_union: bool,
    /// The reverse map of anonymous pages. The recorded kernels have families: of others, the lines that
    /// are about families and walks are taken as said.
    pub(crate) reverse_map: ReverseMapKind,
}

impl Kernel {
    /// The recorded one.
    pub(crate) fn of(trace: &Trace) -> Self {
        let changes = trace.kernel().changes();
        Self { changes, index_in_union: true, reverse_map: ReverseMapKind::AnonVma }
    }
}

/// Pages of the file that recordings map parts of.
const FILE_PAGES: usize = 64;

/// How many orders of unknown contents are tried.
const ORDERS: u64 = 8;

/// Replays a recording; if it disagrees, once more under other orders of the contents that are
/// only numbered. Reports on the first order under which all agrees, or on the first of all.
#[allow(dead_code, reason = "the example replays on a kernel of its choice")]
pub(crate) fn replay(trace: &Trace) -> Report {
    replay_as(trace, Kernel::of(trace))
}

/// Replays a recording on a kernel that is not the recorded one in all.
pub(crate) fn replay_as(trace: &Trace, kernel: Kernel) -> Report {
    let first = replay_in_order(trace, kernel, ContentOrder(0));
    if first.agrees() {
        return first;
    }
    let others = (1..ORDERS).map(|order| replay_in_order(trace, kernel, ContentOrder(order)));
    others.into_iter().find(Report::agrees).unwrap_or(first)
}

fn replay_in_order(trace: &Trace, kernel: Kernel, order: ContentOrder) -> Report {
    let mut replay = Replay::new(trace, kernel, order);
    replay.run();
    replay.report
}

impl<'a> Replay<'a> {
    fn new(trace: &'a Trace, kernel: Kernel, order: ContentOrder) -> Self {
        let mut kinds = Vec::new();
        for line in trace.lines() {
            let kind = discriminant(&line.line);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let tells_cache = trace.lines().iter().any(|numbered| match &numbered.line {
            Line::Counters(counters) => counters.more.is_some(),
            _ => false,
        });
        // Where the index lies the recording says, if it lies in the union.
        let settings = KsmSettings::default().with_index_in_union(false).with_smart_scan(false);
        let builder = Machine::builder().kernel(trace.kernel()).changes(kernel.changes);
        let mut machine = builder.settings(settings).reverse_map(kernel.reverse_map).build();
        let file = machine.create_file(&[Content::ZERO; FILE_PAGES]);
        let keeper = machine.spawn();
        let first = at(0).expect("the base is an address");
        let kept = machine.mmap(keeper, first, Pages(1), Prot::ReadWrite);
        kept.and_then(|()| machine.madvise(keeper, first, Pages(1), Advice::Mergeable))
            .expect("the keeper's mapping is legal");
        let process = machine.spawn();
        Self {
            lines: trace.lines(),
            machine,
            order,
            processes: BTreeMap::from([(0, process)]),
            numbers: BTreeMap::from([(keeper, None), (process, Some(0))]),
            pinned: Vec::new(),
            names: Names::default(),
            autoscan: 0,
            pending_scans: 0,
            narrow: 0,
            span: u64::MAX,
            keeps_union: kernel.index_in_union,
            file,
            kinds,
            cursor_lines: false,
            tells_cache,
            base: None,
            report: Report::default(),
            completeness: None,
        }
    }

    fn run(&mut self) {
        let mut i = 0;
        while i < self.lines.len() {
            i = self.step(i);
        }
    }

    /// Handles the line or the group of lines that begins at `i`; returns where the next begins.
    fn step(&mut self, i: usize) -> usize {
        let Numbered { number, line, .. } = &self.lines[i];
        if !matches!(line, Line::State { state: StateKind::Pre, .. }) {
            self.settle();
        }
        match line {
            Line::Setting { name, value } => self.set(name, *value),
            Line::Op { op, outcome, .. } => {
                if !matches!(outcome, Some(Outcome::Dead | Outcome::Busy)) {
                    let came = self.operate(op, i);
                    self.report_outcome(*number, line, came);
                }
            }
            Line::State { .. } => {
                let end = self.group_end(i + 1, is_state_line);
                if let Some(completeness) = &mut self.completeness {
                    completeness.assert_consistent(&self.machine, *number);
                    return end;
                }
                self.names = Names::default();
                self.compare_state(i, end);
                return end;
            }
            Line::Migration(attempt) => {
                let end =
                    self.group_end(i + 1, |line| matches!(line, Line::Walk(_) | Line::Loop(_)));
                match self.completeness {
                    Some(_) => self.attempt_complete(attempt),
                    None if !self.has_families() => self.attempt_unseen(attempt),
                    None => self.compare_attempt(attempt, i, end),
                }
                return end;
            }
            Line::Note(_) | Line::End { .. } => {}
            other => {
                self.report.compare(*number, Some(other), None); // a line outside of a state
            }
        }
        i + 1
    }

    /// Returns `true` if the lines about families and walks are compared.
    fn has_families(&self) -> bool {
        self.machine.reverse_map_kind() == ReverseMapKind::AnonVma
    }

    fn group_end(&self, from: usize, belongs: impl Fn(&Line) -> bool) -> usize {
        let rest = &self.lines[from..];
        from + rest.iter().take_while(|numbered| belongs(&numbered.line)).count()
    }

    /// The scans that follow each operation.
    fn settle(&mut self) {
        for _ in 0..std::mem::take(&mut self.pending_scans) {
            self.machine.ksm_scan();
        }
    }

    fn set(&mut self, name: &str, value: u64) {
        let mut settings = self.machine.settings();
        match name {
            "autoscan" => self.autoscan = value.min(1_000),
            "narrow" => self.narrow = value,
            "span" => self.span = value,
            "index_in_union" => settings.index_in_union = self.keeps_union && value == 1,
            "cursor" => self.cursor_lines = value == 1,
            "smart_scan" => settings.smart_scan = value == 1,
            "use_zero_pages" => settings.use_zero_pages = value == 1,
            // The recordings know two: at each look-up, and never.
            "stable_node_chains_prune_millisecs" => settings.prune_chains = value == 0,
            "max_page_sharing" => {
                settings.max_page_sharing = u32::try_from(value).unwrap_or(u32::MAX);
            }
            // What the recorder does, not what the kernel does.
            _ => {}
        }
        self.machine.set_settings(settings);
    }

    fn report_outcome(&mut self, number: usize, recorded: &Line, came: Option<i64>) {
        let (Line::Op { index, op, outcome: Some(_) }, Some(came)) = (recorded, came) else {
            return;
        };
        let outcome = Some(Outcome::Code(came));
        let model = Line::Op { index: *index, op: *op, outcome };
        self.report.compare(number, Some(recorded), Some(&model));
    }
}

fn is_state_line(line: &Line) -> bool {
    matches!(
        line,
        Line::Counters(_)
            | Line::Vma(_)
            | Line::Page(_)
            | Line::ScanOrder(_)
            | Line::Item(_)
            | Line::Node { .. }
            | Line::AnonVma(_)
            | Line::TreePlace { .. }
            | Line::Cursor(_)
            | Line::Folio { .. }
            | Line::Process { .. }
    )
}

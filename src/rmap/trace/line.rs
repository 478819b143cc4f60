//! What was seen: settings, states, walks.

use super::op::{Op, Outcome, PageContent};

/// Number that a recording gives to a physical page within one state; `None` (-1) if the recorder
/// had none.
pub type ClassNumber = Option<u64>;

/// One line of a recording.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Line {
    /// `# ...`
    Note(String),
    /// `H name value`
    Setting {
        /// Name.
        name: String,
        /// Value; all are numbers.
        value: u64,
    },
    /// `H end ops=N`
    End {
        /// Operations in the recording.
        ops: u64,
    },
    /// `O index operation = result`
    Op {
        /// Number of the operation.
        index: u64,
        /// The operation.
        op: Op,
        /// Its result, where the recorder waited for one.
        outcome: Option<Outcome>,
    },
    /// `S index kind`: what follows is the state then.
    State {
        /// Number of the operation.
        index: u64,
        /// Why it was taken.
        state: StateKind,
    },
    /// `C ...`
    Counters(CountersLine),
    /// `V ...`
    Vma(VmaLine),
    /// `P ...`
    Page(PageLine),
    /// `L ...`: the scan order as it is written: `K`, numbers, `xN` for those that have exited.
    ScanOrder(Vec<String>),
    /// `I ...`
    Item(ItemLine),
    /// `N class items`
    Node {
        /// The node's page.
        class: ClassNumber,
        /// Its items, newest first.
        items: Vec<PagePlace>,
    },
    /// `A ...`
    AnonVma(AnonVmaLine),
    /// `T single|chain class=items ...`
    TreePlace {
        /// Whether the place is a chain.
        chain: bool,
        /// Each node's page and its number of items.
        nodes: Vec<(ClassNumber, u64)>,
    },
    /// `X ...`
    Cursor(CursorLine),
    /// `F class ksm= mapcount= refs= sc=`
    Folio {
        /// The node's page.
        class: ClassNumber,
        /// Entries, references and whether it is in the swap cache; `None` if the page is no
        /// longer the node's.
        live: Option<(u64, u64, bool)>,
    },
    /// `M p name=value ...`: items, zero pages, merged pages, profit (bytes).
    Process {
        /// As in `L`.
        process: String,
        /// The four values.
        values: [i64; 4],
    },
    /// `G ...`
    Migration(MigrationLine),
    /// `W ...`
    Walk(WalkLine),
    /// `w ...`
    Loop(LoopLine),
}

/// Why a state was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the recorder's own words")]
#[non_exhaustive]
pub enum StateKind {
    Pre,
    Settled,
    Scan,
    Step,
    Dump,
}

/// `C`: the scanner's counters, under the kernel's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the counters' own names")]
#[non_exhaustive]
pub struct CountersLine {
    pub shared: u64,
    pub sharing: u64,
    pub unshared: u64,
    pub volatile: u64,
    pub full_scans: u64,
    pub skipped: u64,
    pub chains: u64,
    pub dups: u64,
    /// Zero pages, copies of merged pages, and copies at swap-in; not in all recordings.
    pub more: Option<(u64, u64, u64)>,
}

/// `V`: one mapping.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct VmaLine {
    /// Process.
    pub process: u64,
    /// First page.
    pub start: u64,
    /// First page after it.
    pub end: u64,
    /// Whether it may be written.
    pub writable: bool,
    /// Whether the scanner may merge its pages.
    pub mergeable: bool,
    /// Offset of its first page, by which anonymous pages are indexed there (pages, relative).
    pub offset: i64,
    /// Its own `anon_vma`, and all that it is linked to; not in all recordings.
    pub families: Option<(Option<u64>, Vec<u64>)>,
    /// Its offset in the file that it maps, where that is another one (pages).
    pub file_offset: Option<u64>,
}

/// `P`: what is mapped at one page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct PageLine {
    /// Process.
    pub process: u64,
    /// Page.
    pub page: u64,
    /// What is there.
    pub mapped: MappedPage,
}

/// What is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum MappedPage {
    /// The shared page of zeros.
    #[default]
    Zero,
    /// A swap entry, with the number of its slot where the recording has one.
    Swapped(Option<u64>),
    /// A page.
    Page {
        /// What it holds.
        content: PageContent,
        /// A merged page; otherwise the index stored in it (pages).
        kind: PageKind,
        /// Its number.
        class: u64,
        /// Entries that map it.
        mapcount: u64,
        /// Whether it is in the swap cache. Always false where the recording does not say.
        cached: bool,
    },
}

/// What a page is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum PageKind {
    /// A merged one.
    #[default]
    Merged,
    /// An ordinary one, with its index (pages).
    Ordinary(i64),
}

/// `process:page`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub struct PagePlace {
    /// Whether the process has exited.
    pub exited: bool,
    /// Process.
    pub process: u64,
    /// Page.
    pub page: u64,
}

/// `I`: one item of the scanner.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ItemLine {
    /// Process, as in `L`.
    pub process: String,
    /// Page.
    pub page: u64,
    /// `S` stable, `U` unstable, `-` neither.
    pub state: char,
    /// The `anon_vma` that a stable item holds.
    pub anon_vma: Option<u64>,
    /// Page of its node.
    pub class: ClassNumber,
    /// Smart scan's age.
    pub age: u64,
    /// Smart scan's remaining skips.
    pub skip: u64,
    /// The remembered index (pages), where the recording has one.
    pub index: Option<Option<i64>>,
}

/// `A`: one `anon_vma`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields' own names; ids are those of the state")]
#[non_exhaustive]
pub struct AnonVmaLine {
    pub id: u64,
    pub root: Option<u64>,
    pub parent: Option<u64>,
    pub children: i64,
    pub active: i64,
}

/// `X`: where the scanner stands.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CursorLine {
    /// Between two scans.
    Head,
    /// In a process (as in `L`), with the next page to look at.
    In(String, u64),
}

/// `G`: an attempt to migrate a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct MigrationLine {
    /// The page.
    pub class: u64,
    /// The mapping through which it was asked for.
    pub from: PagePlace,
    /// Whether it succeeded.
    pub ok: bool,
    /// Entries before.
    pub mappers: u64,
    /// Entries of the new page afterwards.
    pub moved: u64,
    /// Whether it is a merged page afterwards.
    pub merged_after: bool,
    /// Walks of the attempt, where the recording says.
    pub walks: Option<u64>,
}

/// What a walk was for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum WalkForm {
    /// `M`: unmapping.
    Unmap,
    /// `R`: putting the entries back.
    Restore,
    /// `?`: no mapping was reached, so the recorder could not know.
    #[default]
    Unknown,
}

/// `W`: one walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct WalkLine {
    /// The page.
    pub class: u64,
    /// What it was for.
    pub form: WalkForm,
    /// Items of the node.
    pub items: u64,
    /// Searches.
    pub loops: u64,
    /// Mappings visited.
    pub iterations: u64,
    /// Mappings handed to the per-mapping function.
    pub calls: u64,
}

/// Where a loop searched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum SearchRange {
    /// Everywhere.
    #[default]
    All,
    /// At the item's address.
    Address,
    /// At the stored index.
    Stored,
    /// In this range (pages, closed).
    Narrow(i64, i64),
}

/// `w`: one search of a walk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct LoopLine {
    /// Pass: 0 own process, 1 others.
    pub pass: u64,
    /// Position of the item on the node's list.
    pub position: u64,
    /// The item.
    pub item: PagePlace,
    /// The `anon_vma` searched.
    pub anon_vma: u64,
    /// Where.
    pub range: SearchRange,
    /// Mappings visited.
    pub visits: u64,
    /// They, in order.
    pub visited: Vec<VisitedVma>,
    /// Whether the list was cut.
    pub cut: bool,
}

/// `p:start-end@offset`, with `!` if the per-mapping function was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields of a mapping, as in `VmaLine`")]
#[non_exhaustive]
pub struct VisitedVma {
    pub process: u64,
    pub start: u64,
    pub end: u64,
    pub offset: i64,
    pub called: bool,
}

//! Which reverse map anonymous pages have, and how contexts do what is not settled.

use core::fmt;
use core::str::FromStr;

/// The reverse map of anonymous pages that a machine keeps, chosen when it is built.
///
/// System calls, scanner and walks are the same for both; what a strategy finds need not be.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::{CompleteIndex, Content, Machine, Pages, Prot, ReverseMapKind, Vaddr};
///
/// # fn main() -> Result<(), stabtree::rmap::RmapError> {
/// let mut machine = Machine::builder().reverse_map(ReverseMapKind::CowContext).build();
/// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
/// machine.mmap(p, at, Pages(1), Prot::ReadWrite)?;
/// machine.write(p, at, Content(1))?;
/// let child = machine.fork(p)?;
/// let audit = machine.audit(machine.pfn_at(p, at)?, &CompleteIndex)?;
/// assert!(audit.is_complete());
/// assert_eq!(audit.found, [(p, at), (child, at)]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum ReverseMapKind {
    /// A tree of mappings for each `anon_vma`, as in every kernel since 2.6.7.
    #[default]
    AnonVma,
    /// A context for each process and in it a table of what was moved: the proposed rework, as posted
    /// and as we understand it. A page belongs to a context, and is looked for in its process and in
    /// all that were forked from it, at each address at which they may hold its index.
    ///
    /// Merged pages are no part of the proposal. Here a stable item names the context of its process,
    /// and three ways to walk from it can be compared:
    ///
    /// 1. [`ProcessContext`](crate::rmap::ProcessContext): from the context that the item's process has
    ///    now. Keeps no context alive, and leads nowhere once the process has exited.
    /// 2. [`CompleteIndex`](crate::rmap::CompleteIndex) or
    ///    [`IndexAndComputedAddress`](crate::rmap::IndexAndComputedAddress): from the context that the
    ///    item recorded and holds a reference on. Misses who maps the page without an item of its own
    ///    or of an ancestor.
    /// 3. [`CompleteIndex`](crate::rmap::CompleteIndex) under
    ///    [`KsmSettings::complete`](crate::rmap::KsmSettings::complete), which keeps places that no
    ///    item has.
    ///
    /// [`StoredPgoff`](crate::rmap::StoredPgoff) and all others can be used too: a window is searched
    /// at offset zero and at each offset recorded in it.
    CowContext,
}

impl ReverseMapKind {
    /// Both, the kernel's first.
    pub const ALL: &'static [Self] = &[Self::AnonVma, Self::CowContext];
}

impl fmt::Display for ReverseMapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AnonVma => "anon-vma",
            Self::CowContext => "cow-context",
        })
    }
}

impl FromStr for ReverseMapKind {
    type Err = UnknownReverseMapError;

    /// Reads a kind as it is displayed: `anon-vma` or `cow-context`.
    ///
    /// # Errors
    ///
    /// [`UnknownReverseMapError`] if there is no such kind.
    fn from_str(text: &str) -> Result<Self, UnknownReverseMapError> {
        let found = Self::ALL.iter().copied().find(|kind| kind.to_string() == text);
        found.ok_or_else(|| UnknownReverseMapError { name: text.to_owned() })
    }
}

/// The error of reading a reverse map that the model does not have.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::ReverseMapKind;
///
/// assert_eq!("cow-context".parse(), Ok(ReverseMapKind::CowContext));
/// let unknown = "anonmm".parse::<ReverseMapKind>().unwrap_err();
/// assert_eq!(unknown.name(), "anonmm");
/// assert_eq!(unknown.to_string(), "no reverse map \"anonmm\" is modelled, only anon-vma, cow-context");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownReverseMapError {
    name: String,
}

impl UnknownReverseMapError {
    /// What was given.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::ReverseMapKind;
    ///
    /// let error = "list".parse::<ReverseMapKind>().unwrap_err();
    /// assert_eq!(error.name(), "list");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UnknownReverseMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no reverse map {:?} is modelled, only anon-vma, cow-context", self.name)
    }
}

impl core::error::Error for UnknownReverseMapError {}

/// How contexts do what the proposal leaves open, or does in a way that misses pages.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::{CowContextSettings, Machine, RemapEdit, ReverseMapKind};
///
/// let settings = CowContextSettings::repaired().with_remap_edit(RemapEdit::WholeEntry);
/// let builder = Machine::builder().reverse_map(ReverseMapKind::CowContext);
/// let machine = builder.cow_context(settings).build();
/// assert_eq!(machine.reverse_map_kind(), ReverseMapKind::CowContext);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct CowContextSettings {
    /// What removing or replacing an offset acts on.
    pub remap_edit: RemapEdit,
    /// When the walk of a page with one entry stops.
    pub early_stop: EarlyStop,
    /// What a move does to the record of where the pages came from.
    pub move_record: MoveRecord,
    /// What a page that is swapped in while others may have its swap entry belongs to.
    pub swap_in_owner: SwapInOwner,
}

impl CowContextSettings {
    /// As posted, as we understand it: misses pages (`docs/cow-context.md`).
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CowContextSettings, RemapEdit};
    ///
    /// assert_eq!(CowContextSettings::as_posted().remap_edit, RemapEdit::WholeEntry);
    /// ```
    pub const fn as_posted() -> Self {
        Self {
            remap_edit: RemapEdit::WholeEntry,
            early_stop: EarlyStop::AfterOffsetZero,
            move_record: MoveRecord::Replace,
            swap_in_owner: SwapInOwner::Root,
        }
    }

    /// With all repairs: misses no ordinary page.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::CowContextSettings;
    ///
    /// assert_eq!(CowContextSettings::repaired(), CowContextSettings::default());
    /// ```
    pub const fn repaired() -> Self {
        Self {
            remap_edit: RemapEdit::Exact,
            early_stop: EarlyStop::WhenFound,
            move_record: MoveRecord::Keep,
            swap_in_owner: SwapInOwner::Root,
        }
    }

    /// These settings with [`remap_edit`](Self::remap_edit) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CowContextSettings, RemapEdit};
    ///
    /// let settings = CowContextSettings::as_posted().with_remap_edit(RemapEdit::Exact);
    /// assert_eq!(settings.remap_edit, RemapEdit::Exact);
    /// ```
    #[must_use]
    pub const fn with_remap_edit(mut self, value: RemapEdit) -> Self {
        self.remap_edit = value;
        self
    }

    /// These settings with [`early_stop`](Self::early_stop) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CowContextSettings, EarlyStop};
    ///
    /// let settings = CowContextSettings::as_posted().with_early_stop(EarlyStop::WhenFound);
    /// assert_eq!(settings.early_stop, EarlyStop::WhenFound);
    /// ```
    #[must_use]
    pub const fn with_early_stop(mut self, value: EarlyStop) -> Self {
        self.early_stop = value;
        self
    }

    /// These settings with [`move_record`](Self::move_record) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CowContextSettings, MoveRecord};
    ///
    /// let settings = CowContextSettings::as_posted().with_move_record(MoveRecord::Keep);
    /// assert_eq!(settings.move_record, MoveRecord::Keep);
    /// ```
    #[must_use]
    pub const fn with_move_record(mut self, value: MoveRecord) -> Self {
        self.move_record = value;
        self
    }

    /// These settings with [`swap_in_owner`](Self::swap_in_owner) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CowContextSettings, SwapInOwner};
    ///
    /// let settings = CowContextSettings::as_posted().with_swap_in_owner(SwapInOwner::Faulting);
    /// assert_eq!(settings.swap_in_owner, SwapInOwner::Faulting);
    /// ```
    #[must_use]
    pub const fn with_swap_in_owner(mut self, value: SwapInOwner) -> Self {
        self.swap_in_owner = value;
        self
    }
}

impl Default for CowContextSettings {
    /// [`CowContextSettings::repaired`].
    fn default() -> Self {
        Self::repaired()
    }
}

/// What removing an offset from a remap table, or replacing it there, acts on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum RemapEdit {
    /// Each entry that overlaps the range, as a whole: as posted. Two mappings that share an entry lose
    /// it together.
    WholeEntry,
    /// The part asked for; an entry that reaches beyond it is cut.
    Exact,
}

/// When the walk of an ordinary page with one entry stops.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EarlyStop {
    /// After offset zero of the first living process, if there still is one entry: as posted. It need
    /// not have been found.
    AfterOffsetZero,
    /// As soon as the entry was found.
    WhenFound,
}

/// What a move does to the record of the offset that the pages had.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum MoveRecord {
    /// It is replaced by the new one, or removed if that is zero: as posted. A source that stays mapped
    /// is not recorded any more.
    Replace,
    /// It stays as long as its mapping does.
    Keep,
}

/// What a page belongs to that is swapped in while others may have its swap entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SwapInOwner {
    /// The oldest ancestor of the process that swaps it in: leads to all relatives.
    Root,
    /// The process that swaps it in. A relative that is no descendant gets a copy of its own.
    Faulting,
}

/// What the reverse map of anonymous pages takes ([`Machine::reverse_map_size`](crate::rmap::Machine::reverse_map_size)).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ReverseMapSize {
    /// `anon_vma`s, or contexts.
    pub owners: usize,
    /// Links of mappings into trees of `anon_vma`s (`anon_vma_chain`), or entries of remap tables.
    pub links: usize,
    /// Bytes in a kernel: 88 for an `anon_vma` and 64 for a link, as in Linux 7.3; 88 for a context, by
    /// its parts, and for a table that is not empty as many nodes of 256 bytes as 16 ranges a node
    /// need, an entry and the gap after it being two. That is the least that such a table takes.
    pub bytes: u64,
}

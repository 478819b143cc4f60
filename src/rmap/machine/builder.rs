//! A machine out of its settings.

use crate::rmap::anon::{AnonMap, CowContextSettings, ReverseMapKind};
use crate::rmap::kernel::{KernelChanges, KernelVersion};
use crate::rmap::ksm::{Ksm, KsmSettings};
use crate::rmap::machine::Machine;
use crate::rmap::memory::Memory;
use crate::rmap::model::family::AnonVmaIndex;

/// What a new [`Machine`] is: the kernel that it follows, the scanner's settings, the index of its
/// `anon_vma`s.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::{AnonVmaIndex, KernelVersion, Machine};
///
/// let kernel = KernelVersion::V7_3;
/// let machine = Machine::builder().kernel(kernel).anon_vma_index(AnonVmaIndex::BTree).build();
/// assert_eq!(machine.kernel(), kernel);
/// assert!(machine.settings().index_in_union);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder builds nothing until it is asked to"]
pub struct MachineBuilder {
    kernel: KernelVersion,
    changes: Option<KernelChanges>,
    settings: Option<KsmSettings>,
    index: AnonVmaIndex,
    reverse_map: ReverseMapKind,
    cow_context: CowContextSettings,
}

impl MachineBuilder {
    /// Follows this kernel; unless it is called, [`KernelVersion::default`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Machine};
    ///
    /// let machine = Machine::builder().kernel(KernelVersion::V7_2).build();
    /// assert_eq!(machine.kernel(), KernelVersion::V7_2);
    /// ```
    pub const fn kernel(mut self, kernel: KernelVersion) -> Self {
        self.kernel = kernel;
        self
    }

    /// Changes one by one what the kernel does, for comparison; unless it is called,
    /// [`KernelVersion::changes`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Machine};
    ///
    /// // Linux 6.12, but a move takes a range of mappings along.
    /// let mut changes = KernelVersion::V6_12.changes();
    /// changes.range_moves = true;
    /// let machine = Machine::builder().kernel(KernelVersion::V6_12).changes(changes).build();
    /// assert!(machine.changes().range_moves);
    /// ```
    pub const fn changes(mut self, changes: KernelChanges) -> Self {
        self.changes = Some(changes);
        self
    }

    /// Sets the scanner; unless it is called, [`KsmSettings::of`] the kernel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KsmSettings, Machine};
    ///
    /// let machine = Machine::builder().settings(KsmSettings::complete()).build();
    /// assert!(machine.settings().keep_residual_items);
    /// ```
    pub const fn settings(mut self, settings: KsmSettings) -> Self {
        self.settings = Some(settings);
        self
    }

    /// Keeps the mappings of each `anon_vma` in this index, which walks lock or read a snapshot of;
    /// unless it is called, the kernel's.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{AnonVmaIndex, Machine};
    ///
    /// let machine = Machine::builder().anon_vma_index(AnonVmaIndex::BTree).build();
    /// assert_eq!(machine.processes().count(), 0);
    /// ```
    pub const fn anon_vma_index(mut self, index: AnonVmaIndex) -> Self {
        self.index = index;
        self
    }

    /// Keeps this reverse map of anonymous pages; unless it is called, the kernel's.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Machine, ReverseMapKind};
    ///
    /// let machine = Machine::builder().reverse_map(ReverseMapKind::CowContext).build();
    /// assert_eq!(machine.reverse_map_kind(), ReverseMapKind::CowContext);
    /// ```
    pub const fn reverse_map(mut self, kind: ReverseMapKind) -> Self {
        self.reverse_map = kind;
        self
    }

    /// Sets how contexts do what is not settled, where they are kept; unless it is called,
    /// [`CowContextSettings::repaired`].
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CowContextSettings, Machine, ReverseMapKind};
    ///
    /// let builder = Machine::builder().reverse_map(ReverseMapKind::CowContext);
    /// let machine = builder.cow_context(CowContextSettings::repaired()).build();
    /// assert_eq!(machine.reverse_map_kind(), ReverseMapKind::CowContext);
    /// ```
    pub const fn cow_context(mut self, settings: CowContextSettings) -> Self {
        self.cow_context = settings;
        self
    }

    /// Creates the machine, without processes.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Machine};
    ///
    /// let machine = Machine::builder().build();
    /// assert_eq!(machine.kernel(), KernelVersion::default());
    /// ```
    pub fn build(self) -> Machine {
        let changes = self.changes.unwrap_or(self.kernel.changes());
        let anon = match self.reverse_map {
            ReverseMapKind::AnonVma => AnonMap::anon_vma(self.index, changes.reversed_links),
            ReverseMapKind::CowContext => AnonMap::cow_context(self.cow_context),
        };
        let memory = Memory::new(changes, anon);
        let mut machine = Machine { kernel: self.kernel, memory, ksm: Ksm::new() };
        machine.set_settings(self.settings.unwrap_or(KsmSettings::of(self.kernel)));
        machine
    }
}

impl Machine {
    /// A machine without processes, with the kernel's default settings.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut machine = stabtree::rmap::Machine::new();
    /// let p = machine.spawn();
    /// assert!(machine.processes().eq([p]));
    /// ```
    pub fn new() -> Self {
        Self::with_settings(KsmSettings::default())
    }

    /// A machine without processes whose scanner has these settings.
    ///
    /// A [`KsmSettings::max_page_sharing`] below 2 is taken for 2: a merged page has two sharers.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KsmSettings, Machine};
    ///
    /// let machine = Machine::with_settings(KsmSettings::default().with_use_zero_pages(true));
    /// assert!(machine.settings().use_zero_pages);
    /// ```
    pub fn with_settings(settings: KsmSettings) -> Self {
        Self::builder().settings(settings).build()
    }

    /// A machine without processes that follows a kernel, with the scanner as it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, Machine};
    ///
    /// let machine = Machine::with_kernel(KernelVersion::V6_12);
    /// assert!(!machine.settings().index_in_union); // only 7.3 stores the index
    /// ```
    pub fn with_kernel(kernel: KernelVersion) -> Self {
        Self::builder().kernel(kernel).build()
    }

    /// A machine of one's own: which kernel it follows, how its scanner is set, and what its
    /// `anon_vma`s keep their mappings in.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, KsmSettings, Machine};
    ///
    /// let builder = Machine::builder().kernel(KernelVersion::V7_2);
    /// let machine = builder.settings(KsmSettings::complete()).build();
    /// assert_eq!(machine.kernel(), KernelVersion::V7_2);
    /// ```
    pub fn builder() -> MachineBuilder {
        MachineBuilder::default()
    }

    /// A machine without processes that follows the default kernel, but keeps this reverse map.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Machine, ReverseMapKind};
    ///
    /// let machine = Machine::with_reverse_map(ReverseMapKind::CowContext);
    /// assert_eq!(machine.reverse_map_kind(), ReverseMapKind::CowContext);
    /// ```
    pub fn with_reverse_map(kind: ReverseMapKind) -> Self {
        Self::builder().reverse_map(kind).build()
    }

    /// A machine as of [`with_settings`](Self::with_settings) that keeps the mappings of each
    /// `anon_vma` in `index`. Everything it does is the same, but for its speed: to try what the
    /// kernel would gain or lose by another index.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{AnonVmaIndex, KsmSettings, Machine};
    ///
    /// let machine = Machine::with_anon_vma_index(KsmSettings::default(), AnonVmaIndex::BTree);
    /// assert_eq!(machine.settings(), KsmSettings::default());
    /// ```
    pub fn with_anon_vma_index(settings: KsmSettings, index: AnonVmaIndex) -> Self {
        Self::builder().settings(settings).anon_vma_index(index).build()
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

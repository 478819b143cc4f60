//! The scanner's settings.

use crate::rmap::kernel::KernelVersion;

/// Knobs of the scanner, under the kernel's names where it has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a file of its own in the kernel, 0 or 1"
)]
#[non_exhaustive]
pub struct KsmSettings {
    /// Most items on one stable node, forks excepted; at least 2. The kernel's default is 256.
    pub max_page_sharing: u32,
    /// Look less often at pages that never merged. On by default.
    pub smart_scan: bool,
    /// Drop dead nodes of a chain at each look-up; otherwise only as they are met.
    pub prune_chains: bool,
    /// Give pages of zeros back and map the shared page of zeros in their place. Off by default.
    pub use_zero_pages: bool,
    /// What the scanner learns anew about a merged page that it finds where its item says it is.
    pub refresh: Refresh,
    /// Whether an item loses its checksum and schedule when it becomes stable, because the page
    /// offset lies in their place: on in the kernel that stores the index, and the default. Off is
    /// the kernel before, which keeps them beside.
    pub index_in_union: bool,
    /// Never let a merged page be mapped where no index and family of its node lead: keep those that
    /// an item gives up as *residual items* for as long as an entry needs them, keep those of a page that
    /// becomes a merged one while others map it, and copy at swap-in where none leads. With it
    /// [`CompleteIndex`](crate::rmap::CompleteIndex) misses nothing, whatever else is set; with
    /// [`Refresh::IndexAndFamily`] there are few residual items. Off by default, as in every kernel; to be
    /// set before anything is merged.
    pub keep_residual_items: bool,
}

/// What the scanner refreshes in a stable item whose page is still the node's (`ksmd`'s early exit).
///
/// The page need not be there for the reason for which it was merged: as a swap entry it may have
/// been moved there from elsewhere, and then index and family are those of a mapping that has gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[non_exhaustive]
pub enum Refresh {
    /// Nothing: every kernel so far.
    #[default]
    Nothing,
    /// The index. Heals what [`StoredPgoff`](crate::rmap::StoredPgoff) misses and the full range
    /// finds.
    Index,
    /// The index and the family. Heals also what even the full range misses, because the mapping
    /// is in another family.
    IndexAndFamily,
}

impl Default for KsmSettings {
    fn default() -> Self {
        Self {
            max_page_sharing: 256,
            smart_scan: true,
            prune_chains: true,
            use_zero_pages: false,
            refresh: Refresh::Nothing,
            index_in_union: true,
            keep_residual_items: false,
        }
    }
}

/// Declares the consuming setter of each field.
macro_rules! setters {
    ($($with:ident, $field:ident: $type:ident = $example:literal;)*) => {
        $(
            #[doc = concat!("These settings with [`", stringify!($field), "`](Self::", stringify!($field), ") set to `value`.")]
            ///
            /// # Examples
            ///
            /// ```
            /// use stabtree::rmap::KsmSettings;
            /// # #[allow(unused_imports)]
            /// # use stabtree::rmap::Refresh;
            ///
            #[doc = concat!("let settings = KsmSettings::default().", stringify!($with), "(", $example, ");")]
            #[doc = concat!("assert_eq!(settings.", stringify!($field), ", ", $example, ");")]
            /// ```
            #[must_use]
            pub const fn $with(mut self, value: $type) -> Self {
                self.$field = value;
                self
            }
        )*
    };
}

impl KsmSettings {
    setters! {
        with_max_page_sharing, max_page_sharing: u32 = "8";
        with_smart_scan, smart_scan: bool = "false";
        with_prune_chains, prune_chains: bool = "false";
        with_use_zero_pages, use_zero_pages: bool = "true";
        with_refresh, refresh: Refresh = "Refresh::Index";
        with_index_in_union, index_in_union: bool = "false";
        with_keep_residual_items, keep_residual_items: bool = "true";
    }

    /// The default settings as a kernel has them: the index lies in the union where it is stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelVersion, KsmSettings};
    ///
    /// assert!(!KsmSettings::of(KernelVersion::V7_2).index_in_union);
    /// ```
    pub fn of(kernel: KernelVersion) -> Self {
        Self::default().with_index_in_union(kernel >= KernelVersion::V7_3)
    }

    /// The default settings, and a scanner that does all that
    /// [`CompleteIndex`](crate::rmap::CompleteIndex) needs.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{CompleteIndex, KsmSettings, Machine};
    ///
    /// let machine = Machine::with_settings(KsmSettings::complete());
    /// assert_eq!(machine.missed(&CompleteIndex), []);
    /// ```
    pub fn complete() -> Self {
        Self { refresh: Refresh::IndexAndFamily, keep_residual_items: true, ..Self::default() }
    }
}

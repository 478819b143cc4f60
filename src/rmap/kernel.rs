//! The kernel versions that the model follows, and what changed between them. Knows no table.

use core::fmt;
use core::str::FromStr;

/// A kernel whose behaviour a machine follows, as it was recorded.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::{KernelVersion, Machine};
///
/// let machine = Machine::with_kernel(KernelVersion::V7_3);
/// assert_eq!(machine.kernel(), KernelVersion::V7_3);
/// assert_eq!("7.3".parse(), Ok(KernelVersion::V7_3));
/// assert_eq!(KernelVersion::V7_3.to_string(), "7.3");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub enum KernelVersion {
    /// Linux 6.12: the reverse walk of a merged page searches everything.
    #[default]
    V6_12,
    /// Linux 7.2, the last one whose walk searches everything.
    V7_2,
    /// Linux 7.3, whose walk searches at the stored index.
    V7_3,
}

impl KernelVersion {
    /// All of them, the oldest first.
    pub const ALL: &'static [Self] = &[Self::V6_12, Self::V7_2, Self::V7_3];

    /// Number of the version as recordings write it: 100 times the first part and the second.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelVersion;
    ///
    /// assert_eq!(KernelVersion::V7_3.number(), 703);
    /// ```
    pub const fn number(self) -> u64 {
        match self {
            Self::V6_12 => 612,
            Self::V7_2 => 702,
            Self::V7_3 => 703,
        }
    }

    /// The version with this [`number`](Self::number), or `None` if the model follows no such kernel.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelVersion;
    ///
    /// assert_eq!(KernelVersion::from_number(612), Some(KernelVersion::V6_12));
    /// assert_eq!(KernelVersion::from_number(611), None);
    /// ```
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|version| version.number() == number)
    }

    /// What this kernel does otherwise than Linux 6.12.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{KernelChanges, KernelVersion};
    ///
    /// assert_eq!(KernelVersion::V6_12.changes(), KernelChanges::default()); // what is compared with
    /// assert!(KernelVersion::V7_3.changes().anon_pgoff);
    /// ```
    pub const fn changes(self) -> KernelChanges {
        let since_7_2 = !matches!(self, Self::V6_12);
        let since_7_3 = matches!(self, Self::V7_3);
        KernelChanges {
            reversed_links: since_7_2,
            range_moves: since_7_2,
            untouched_takes_over: since_7_2,
            anon_pgoff: since_7_3,
        }
    }
}

impl fmt::Display for KernelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.number() / 100, self.number() % 100)
    }
}

impl FromStr for KernelVersion {
    type Err = UnknownKernelError;

    /// Reads a version as it is displayed, such as `7.3`.
    ///
    /// # Errors
    ///
    /// [`UnknownKernelError`] if the model follows no kernel of that name.
    fn from_str(text: &str) -> Result<Self, UnknownKernelError> {
        let found = Self::ALL.iter().copied().find(|version| version.to_string() == text);
        found.ok_or_else(|| UnknownKernelError { name: text.to_owned() })
    }
}

/// What changed in the kernel's memory management since Linux 6.12, each change by itself.
///
/// A machine takes them from its [`KernelVersion`]; to set one by itself shows what depends on it.
/// That the index lies in a union with checksum and schedule is
/// [`KsmSettings::index_in_union`](crate::rmap::KsmSettings::index_in_union).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each change is there or not, by itself")]
#[non_exhaustive]
pub struct KernelChanges {
    /// Each copy of a mapping's list of `anon_vma`s is the other way round, which also decides which
    /// dead one a fork takes over.
    pub reversed_links: bool,
    /// A move of equal length to a fixed place takes all mappings of its range along, with the gaps
    /// between them.
    pub range_moves: bool,
    /// An untouched mapping takes over a touched neighbour, unless that is a fork's child.
    pub untouched_takes_over: bool,
    /// Anonymous pages, those of private file mappings included, are indexed by a second offset of
    /// each mapping, the anonymous page offset: its address in pages while it is untouched.
    pub anon_pgoff: bool,
}

impl KernelChanges {
    /// These changes with [`reversed_links`](Self::reversed_links) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelChanges;
    ///
    /// let changes = KernelChanges::default().with_reversed_links(true);
    /// assert!(changes.reversed_links);
    /// ```
    #[must_use]
    pub const fn with_reversed_links(mut self, value: bool) -> Self {
        self.reversed_links = value;
        self
    }

    /// These changes with [`range_moves`](Self::range_moves) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelChanges;
    ///
    /// let changes = KernelChanges::default().with_range_moves(true);
    /// assert!(changes.range_moves);
    /// ```
    #[must_use]
    pub const fn with_range_moves(mut self, value: bool) -> Self {
        self.range_moves = value;
        self
    }

    /// These changes with [`untouched_takes_over`](Self::untouched_takes_over) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelChanges;
    ///
    /// let changes = KernelChanges::default().with_untouched_takes_over(true);
    /// assert!(changes.untouched_takes_over);
    /// ```
    #[must_use]
    pub const fn with_untouched_takes_over(mut self, value: bool) -> Self {
        self.untouched_takes_over = value;
        self
    }

    /// These changes with [`anon_pgoff`](Self::anon_pgoff) set to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelChanges;
    ///
    /// let changes = KernelChanges::default().with_anon_pgoff(true);
    /// assert!(changes.anon_pgoff);
    /// ```
    #[must_use]
    pub const fn with_anon_pgoff(mut self, value: bool) -> Self {
        self.anon_pgoff = value;
        self
    }
}

/// The error of reading a kernel version that the model does not follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownKernelError {
    name: String,
}

impl UnknownKernelError {
    /// What was given.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::KernelVersion;
    ///
    /// let error = "2.6".parse::<KernelVersion>().unwrap_err();
    /// assert_eq!(error.name(), "2.6");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UnknownKernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no kernel {:?} is modelled, only ", self.name)?;
        for (i, version) in KernelVersion::ALL.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{version}")?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownKernelError {}

#[cfg(test)]
mod tests {
    use super::KernelVersion;

    #[test]
    fn a_version_is_read_as_it_is_written() {
        for &version in KernelVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
            assert_eq!(KernelVersion::from_number(version.number()), Some(version));
        }
        let unknown = "7.4".parse::<KernelVersion>().unwrap_err();
        assert_eq!(unknown.name(), "7.4");
        assert_eq!(unknown.to_string(), "no kernel \"7.4\" is modelled, only 6.12, 7.2, 7.3");
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// All entries that contain a point.
    Stab,
    /// Whether any entry contains a point.
    AnyStab,
    /// All entries that overlap a range, so many on average.
    Range(u32),
    /// Building by insertions in random order; of a static index, from shuffled entries.
    Insert,
    /// Removing a random entry, by handle or else by key, and inserting a new one.
    Churn,
    /// Building from entries sorted by start.
    BuildSorted,
    /// Walking over all entries in order.
    Iter,
    Clone,
    /// Bytes requested from the allocator.
    Memory,
    /// Bytes requested, rounded as a common allocator rounds them.
    Heap,
}

impl Operation {
    /// All of them in the order in which they run: the churn comes last, for it changes the entries.
    pub(crate) const ALL: [Self; 13] = [
        Self::Stab,
        Self::AnyStab,
        Self::Range(1),
        Self::Range(10),
        Self::Range(100),
        Self::Range(1000),
        Self::Insert,
        Self::BuildSorted,
        Self::Iter,
        Self::Clone,
        Self::Memory,
        Self::Heap,
        Self::Churn,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stab => "stab",
            Self::AnyStab => "any_stab",
            Self::Range(1) => "range1",
            Self::Range(10) => "range10",
            Self::Range(100) => "range100",
            Self::Range(_) => "range1000",
            Self::Insert => "insert",
            Self::Churn => "churn",
            Self::BuildSorted => "build_sorted",
            Self::Iter => "iter",
            Self::Clone => "clone",
            Self::Memory => "memory",
            Self::Heap => "heap",
        }
    }

    /// What one figure counts.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Stab | Self::AnyStab | Self::Range(_) => "ns/query",
            Self::Churn => "ns/pair",
            Self::Memory | Self::Heap => "B/entry",
            Self::Insert | Self::BuildSorted | Self::Iter | Self::Clone => "ns/entry",
        }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// All entries that contain a point.
    Stab,
    /// The same for points in ascending order, as fast as the index can.
    StabSorted,
    /// The same for points in the last hundredth of the span.
    StabRight,
    /// Whether any entry contains a point.
    AnyStab,
    /// Whether any entry contains a point that lies behind all of them.
    AnyMiss,
    /// All entries that overlap a range, so many on average.
    Range(u32),
    /// How many entries overlap a range, where there is a call for it; so many on average.
    Count(u32),
    /// How many entries overlap a range that half of them do.
    CountHalf,
    /// Building by insertions in random order; of a static index, from shuffled entries.
    Insert,
    /// Building by insertions in order of start.
    InsertSorted,
    /// Building from entries sorted by start, in the fastest way.
    BuildSorted,
    /// Walking over all entries in order.
    Iter,
    Clone,
    Drop,
    /// Bytes requested from the allocator.
    Memory,
    /// Bytes requested, rounded as a common allocator rounds them.
    Heap,
    /// Removing a random entry, by handle or else by key, and inserting a new one.
    Churn,
    /// `Stab` after as many such pairs as there are entries, at least.
    StabAged,
}

impl Operation {
    /// All of them in the order in which they run: the churn comes late, for it changes the entries.
    pub(crate) const ALL: [Self; 22] = [
        Self::Stab,
        Self::StabSorted,
        Self::StabRight,
        Self::AnyStab,
        Self::AnyMiss,
        Self::Range(1),
        Self::Range(10),
        Self::Range(100),
        Self::Range(1000),
        Self::Count(10),
        Self::Count(1000),
        Self::CountHalf,
        Self::Insert,
        Self::InsertSorted,
        Self::BuildSorted,
        Self::Iter,
        Self::Clone,
        Self::Drop,
        Self::Memory,
        Self::Heap,
        Self::Churn,
        Self::StabAged,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stab => "stab",
            Self::StabSorted => "stab_sorted",
            Self::StabRight => "stab_right",
            Self::AnyStab => "any_stab",
            Self::AnyMiss => "any_miss",
            Self::Range(1) => "range1",
            Self::Range(10) => "range10",
            Self::Range(100) => "range100",
            Self::Range(_) => "range1000",
            Self::Count(10) => "count10",
            Self::Count(_) => "count1000",
            Self::CountHalf => "count_half",
            Self::Insert => "insert",
            Self::InsertSorted => "insert_sorted",
            Self::BuildSorted => "build_sorted",
            Self::Iter => "iter",
            Self::Clone => "clone",
            Self::Drop => "drop",
            Self::Memory => "memory",
            Self::Heap => "heap",
            Self::Churn => "churn",
            Self::StabAged => "stab_aged",
        }
    }

    /// What one figure counts.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Stab
            | Self::StabSorted
            | Self::StabRight
            | Self::StabAged
            | Self::AnyStab
            | Self::AnyMiss
            | Self::Range(_)
            | Self::Count(_)
            | Self::CountHalf => "ns/query",
            Self::Churn => "ns/pair",
            Self::Memory | Self::Heap => "B/entry",
            Self::Insert
            | Self::InsertSorted
            | Self::BuildSorted
            | Self::Iter
            | Self::Clone
            | Self::Drop => "ns/entry",
        }
    }

    /// Whether it counts, which few indexes do without listing.
    pub(crate) fn is_count(self) -> bool {
        matches!(self, Self::Count(_) | Self::CountHalf)
    }

    /// Whether it changes an index that was built.
    pub(crate) fn is_change(self) -> bool {
        matches!(self, Self::InsertSorted | Self::Churn | Self::StabAged)
    }
}

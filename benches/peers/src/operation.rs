/// How the hits of a query are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loop {
    /// A `for` loop that reads both ends and the value of each hit.
    For,
    /// The same reading in `for_each` or a callback, where the index has code of its own for it.
    Fold,
    /// The values into a `Vec` that each query makes.
    Collect,
    /// The values into a `Vec` that is cleared and used again.
    Extend,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// All entries that contain a point.
    Stab(Loop),
    /// The same for points in ascending order, by plain calls.
    StabSorted,
    /// The same by what an index has for ascending points.
    StabCursor,
    /// Points in the last hundredth of the span.
    StabRight,
    /// Whether any entry contains a point.
    AnyStab,
    /// Whether any entry contains a point that lies after all of them.
    AnyMiss,
    /// All entries that overlap a range, so many on average.
    Range(u32, Loop),
    /// How many entries overlap a range, where there is a call for it; so many on average.
    Count(u32),
    /// Walking over all entries in order.
    Iter(Loop),
    /// Building by insertions in random order; of a static index, from shuffled entries.
    Insert,
    /// Building by insertions in order of start.
    InsertSorted,
    /// Building from entries sorted by start, in the fastest way.
    BuildSorted,
    /// The longest single insertion while growing.
    InsertLongest,
    /// What one in ten thousand insertions exceeds while growing.
    InsertHigh,
    Clone,
    Drop,
    /// Bytes requested from the allocator after random insertions, nothing trimmed.
    Memory,
    /// The most that was requested at once while growing.
    MemoryPeak,
    /// The same as `Memory` with an allocator's headers and rounding.
    MemoryHeap,
    /// After the index was trimmed, where that is offered.
    MemoryTrimmed,
    /// For each entry left when nine in ten were removed in random order, nothing trimmed.
    MemoryEmptied,
    /// Removing a random entry, by handle or else by key, and inserting a new one.
    Churn,
    /// Three random removals for each insertion, until a tenth is left.
    Emptying,
    /// Inserting at the right end and removing the oldest entry.
    Expire,
    /// `Stab` after as many replacements as there are entries.
    StabAged,
    Map(MapOperation),
}

/// What is measured of maps from disjoint ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapOperation {
    /// The range at a point, and its value.
    Get,
    /// Inserting a range over whatever is there.
    Insert,
    /// Cutting a range out, and inserting it again with another value.
    CutInsert,
    /// The lowest gap of a length.
    FirstFit,
    /// The highest gap of a length.
    TopDown,
    Iter,
    Gaps,
    /// Building from sorted ranges.
    Build,
    /// Bytes requested after that, nothing trimmed.
    Memory,
}

impl Operation {
    /// All of them in the order in which they run: those that change the index come late.
    pub(crate) const ALL: [Self; 49] = [
        Self::Stab(Loop::For),
        Self::Stab(Loop::Fold),
        Self::StabSorted,
        Self::StabCursor,
        Self::StabRight,
        Self::AnyStab,
        Self::AnyMiss,
        Self::Range(1, Loop::For),
        Self::Range(10, Loop::For),
        Self::Range(10, Loop::Fold),
        Self::Range(100, Loop::For),
        Self::Range(100, Loop::Fold),
        Self::Range(100, Loop::Collect),
        Self::Range(100, Loop::Extend),
        Self::Range(1_000, Loop::For),
        Self::Range(1_000, Loop::Fold),
        Self::Range(1_000, Loop::Collect),
        Self::Range(1_000, Loop::Extend),
        Self::Count(1),
        Self::Count(10),
        Self::Count(1_000),
        Self::Count(60_000),
        Self::Iter(Loop::For),
        Self::Iter(Loop::Fold),
        Self::Insert,
        Self::InsertSorted,
        Self::BuildSorted,
        Self::InsertLongest,
        Self::InsertHigh,
        Self::Clone,
        Self::Drop,
        Self::Memory,
        Self::MemoryPeak,
        Self::MemoryHeap,
        Self::MemoryTrimmed,
        Self::Churn,
        Self::StabAged,
        Self::Emptying,
        // What the emptying left.
        Self::MemoryEmptied,
        Self::Expire,
        Self::Map(MapOperation::Get),
        Self::Map(MapOperation::Insert),
        Self::Map(MapOperation::CutInsert),
        Self::Map(MapOperation::FirstFit),
        Self::Map(MapOperation::TopDown),
        Self::Map(MapOperation::Iter),
        Self::Map(MapOperation::Gaps),
        Self::Map(MapOperation::Build),
        Self::Map(MapOperation::Memory),
    ];

    /// What tells most of an index, for populations of which not all is measured.
    pub(crate) const CORE: [Self; 12] = [
        Self::Stab(Loop::For),
        Self::AnyStab,
        Self::Range(10, Loop::For),
        Self::Range(100, Loop::For),
        Self::Range(1_000, Loop::For),
        Self::Range(1_000, Loop::Fold),
        Self::Count(1_000),
        Self::Iter(Loop::For),
        Self::Insert,
        Self::BuildSorted,
        Self::Memory,
        Self::Churn,
    ];

    /// Its name, with the loop where it depends on one.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stab(Loop::Fold) => "stab_fold",
            Self::Stab(_) => "stab_for",
            Self::StabSorted => "stab_sorted_for",
            Self::StabCursor => "stab_sorted_cursor",
            Self::StabRight => "stab_right_for",
            Self::AnyStab => "any_stab",
            Self::AnyMiss => "any_miss",
            Self::Range(1, _) => "range1_for",
            Self::Range(10, Loop::Fold) => "range10_fold",
            Self::Range(10, _) => "range10_for",
            Self::Range(100, Loop::For) => "range100_for",
            Self::Range(100, Loop::Fold) => "range100_fold",
            Self::Range(100, Loop::Collect) => "range100_collect",
            Self::Range(100, Loop::Extend) => "range100_extend",
            Self::Range(_, Loop::For) => "range1000_for",
            Self::Range(_, Loop::Fold) => "range1000_fold",
            Self::Range(_, Loop::Collect) => "range1000_collect",
            Self::Range(_, Loop::Extend) => "range1000_extend",
            Self::Count(1) => "count1",
            Self::Count(10) => "count10",
            Self::Count(1_000) => "count1000",
            Self::Count(_) => "count60000",
            Self::Iter(Loop::Fold) => "iter_fold",
            Self::Iter(_) => "iter_for",
            Self::Insert => "insert",
            Self::InsertSorted => "insert_sorted",
            Self::BuildSorted => "build_sorted",
            Self::InsertLongest => "insert_longest",
            Self::InsertHigh => "insert_p9999",
            Self::Clone => "clone",
            Self::Drop => "drop",
            Self::Memory => "memory",
            Self::MemoryPeak => "memory_peak",
            Self::MemoryHeap => "memory_heap",
            Self::MemoryTrimmed => "memory_trimmed",
            Self::MemoryEmptied => "memory_emptied",
            Self::Churn => "churn",
            Self::Emptying => "emptying",
            Self::Expire => "expire",
            Self::StabAged => "stab_aged_for",
            Self::Map(map) => map.name(),
        }
    }

    /// What one figure counts.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Churn | Self::Expire | Self::Map(MapOperation::CutInsert) => "ns/pair",
            Self::Emptying => "ns/change",
            Self::InsertLongest | Self::InsertHigh => "us",
            Self::Memory
            | Self::MemoryPeak
            | Self::MemoryHeap
            | Self::MemoryTrimmed
            | Self::MemoryEmptied
            | Self::Map(MapOperation::Memory) => "B/entry",
            Self::Insert
            | Self::InsertSorted
            | Self::BuildSorted
            | Self::Iter(_)
            | Self::Clone
            | Self::Drop
            | Self::Map(MapOperation::Iter | MapOperation::Gaps | MapOperation::Build) => {
                "ns/entry"
            }
            _ => "ns/call",
        }
    }

    /// How hits are read, if the operation asks for some.
    pub(crate) fn reading(self) -> Option<Loop> {
        match self {
            Self::Stab(reading) | Self::Range(_, reading) | Self::Iter(reading) => Some(reading),
            Self::StabSorted | Self::StabRight | Self::StabAged => Some(Loop::For),
            _ => None,
        }
    }

    /// Whether it is measured of an index that holds a population; the others have their own ways.
    pub(crate) fn is_of_index(self) -> bool {
        !matches!(self, Self::InsertLongest | Self::InsertHigh | Self::Map(_))
    }

    /// Whether it changes an index that was built.
    pub(crate) fn is_change(self) -> bool {
        matches!(
            self,
            Self::InsertSorted
                | Self::MemoryEmptied
                | Self::Churn
                | Self::Emptying
                | Self::Expire
                | Self::StabAged
        )
    }
}

impl MapOperation {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "map_get",
            Self::Insert => "map_insert",
            Self::CutInsert => "map_cut_insert",
            Self::FirstFit => "map_first_fit",
            Self::TopDown => "map_top_down",
            Self::Iter => "map_iter",
            Self::Gaps => "map_gaps",
            Self::Build => "map_build_sorted",
            Self::Memory => "map_memory",
        }
    }
}

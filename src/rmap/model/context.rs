//! Contexts, and where the mappings of their processes lie that were moved. Knows no mapping.
//!
//! 1. A process has one context from its start to its end. A context is the child of that of the
//!    process from which it was forked.
//! 2. `refcount` is one for the process, one for each child and one for each stable item and residual
//!    item. At zero the context is freed, and its parent loses one.
//! 3. The entries of a remap table that have one offset neither overlap nor touch each other, and none
//!    has the offset zero.

use crate::Interval;
use crate::IntervalBTree;
use crate::btree;
use crate::rmap::lock::WalkLock;
use crate::rmap::model::ix::{AnonVmaIx, MmIx};
use crate::rmap::units::Pgoff;

/// Address of a page minus its index (pages).
pub(crate) type Offset = i64;

/// What anonymous pages of a process and of its descendants belong to.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// None: it has exited.
    pub(crate) mm: Option<MmIx>,
    pub(crate) parent: Option<AnonVmaIx>,
    /// Oldest first.
    pub(crate) children: Vec<AnonVmaIx>,
    pub(crate) refcount: u32,
    /// Under a lock of the context's own.
    pub(crate) remaps: WalkLock<RemapTable>,
}

impl Context {
    /// That of a process that is just starting.
    pub(crate) fn new(mm: MmIx, parent: Option<AnonVmaIx>) -> Self {
        let remaps = WalkLock::default();
        Self { mm: Some(mm), parent, children: Vec::new(), refcount: 1, remaps }
    }
}

/// The offsets at which a process may hold an index, but for zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct RemapTable {
    entries: IntervalBTree<Pgoff, Offset>,
}

impl RemapTable {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries that overlap the window, by index.
    pub(crate) fn overlapping(
        &self,
        window: Interval<Pgoff>,
    ) -> impl Iterator<Item = (Interval<Pgoff>, Offset)> {
        self.entries.overlapping(window).map(|(interval, &offset)| (interval, offset))
    }

    /// All entries, sorted.
    pub(crate) fn sorted(&self) -> Vec<(Pgoff, Pgoff, Offset)> {
        let entries = self.overlapping(Pgoff::everything());
        let mut all: Vec<_> = entries
            .map(|(interval, offset)| (*interval.start(), *interval.last(), offset))
            .collect();
        all.sort_unstable();
        all
    }

    /// Removes the whole entries with this offset that overlap the window.
    fn take(&mut self, window: Interval<Pgoff>, offset: Offset) -> Vec<Interval<Pgoff>> {
        let found = self.entries.overlapping(window).with_handles();
        let found: Vec<_> = found
            .filter(|&(_, _, &other)| other == offset)
            .map(|(handle, interval, _)| (handle, interval))
            .collect();
        for &(handle, _) in &found {
            self.entries.remove(handle);
        }
        found.into_iter().map(|(_, interval)| interval).collect()
    }

    /// Records the offset over a range; entries of it that touch the range become one with it.
    pub(crate) fn add(&mut self, range: Interval<Pgoff>, offset: Offset) {
        debug_assert_ne!(offset, 0, "offset zero is tried everywhere");
        let touching = Interval::new(
            Pgoff(range.start().0.saturating_sub(1)),
            Pgoff(range.last().0.saturating_add(1)),
        );
        let (mut start, mut last) = (*range.start(), *range.last());
        for entry in self.take(touching, offset) {
            (start, last) = (start.min(*entry.start()), last.max(*entry.last()));
        }
        self.entries.insert(Interval::new(start, last), offset);
    }

    /// Removes the offset over a range, or where `whole` from all entries that overlap it. Returns what
    /// it was removed from.
    pub(crate) fn remove(
        &mut self,
        range: Interval<Pgoff>,
        offset: Offset,
        whole: bool,
    ) -> Vec<Interval<Pgoff>> {
        let mut removed = self.take(range, offset);
        if !whole {
            for entry in &mut removed {
                let asked = entry.intersection(&range).expect("it overlaps");
                if entry.start() < asked.start() {
                    let last = Pgoff(asked.start().0 - 1);
                    self.entries.insert(Interval::new(*entry.start(), last), offset);
                }
                if asked.last() < entry.last() {
                    let start = Pgoff(asked.last().0 + 1);
                    self.entries.insert(Interval::new(start, *entry.last()), offset);
                }
                *entry = asked;
            }
        }
        removed
    }

    pub(crate) fn check(&self) -> Result<(), btree::Violation> {
        self.entries.check().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::{Offset, RemapTable};
    use crate::Interval;
    use crate::rmap::units::Pgoff;
    use quickcheck::QuickCheck;
    use std::collections::BTreeSet;

    /// The same as a set of pages, each with its offsets.
    #[derive(Default)]
    struct Naive(BTreeSet<(u64, Offset)>);

    fn range(at: u8, pages: u8) -> Interval<Pgoff> {
        let start = u64::from(at % 24);
        Interval::new(Pgoff(start), Pgoff(start + u64::from(pages % 6)))
    }

    fn pages(range: Interval<Pgoff>) -> std::ops::RangeInclusive<u64> {
        range.start().0..=range.last().0
    }

    /// The entries that the pages make, each as long as can be.
    fn entries(naive: &Naive) -> Vec<(Pgoff, Pgoff, Offset)> {
        let mut entries = Vec::new();
        let is_in = |page: u64, offset| naive.0.contains(&(page, offset));
        for &(page, offset) in &naive.0 {
            if page == 0 || !is_in(page - 1, offset) {
                let mut last = page;
                while is_in(last + 1, offset) {
                    last += 1;
                }
                entries.push((Pgoff(page), Pgoff(last), offset));
            }
        }
        entries.sort_unstable();
        entries
    }

    #[test]
    fn prop_an_exact_table_is_a_set_of_pages() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck hands its inputs over")]
        fn property(ops: Vec<(bool, u8, u8, u8)>) -> bool {
            let (mut table, mut naive) = (RemapTable::default(), Naive::default());
            ops.iter().all(|&(add, at, length, offset)| {
                let (range, offset) = (range(at, length), 1 + Offset::from(offset % 3));
                let each = pages(range).map(|page| (page, offset));
                if add {
                    table.add(range, offset);
                    naive.0.extend(each);
                } else {
                    let removed: u64 = table
                        .remove(range, offset, false)
                        .into_iter()
                        .map(|part| pages(part).count() as u64)
                        .sum();
                    let there = each.filter(|page| naive.0.remove(page)).count() as u64;
                    if removed != there {
                        return false;
                    }
                }
                table.check().is_ok() && table.sorted() == entries(&naive)
            })
        }
        QuickCheck::new().tests(300).quickcheck(property as fn(Vec<(bool, u8, u8, u8)>) -> bool);
    }

    #[test]
    fn a_whole_entry_goes_with_any_of_its_pages() {
        let mut table = RemapTable::default();
        table.add(range(0, 3), 7);
        table.add(range(4, 1), 7);
        table.add(range(2, 1), 9);
        assert_eq!(table.sorted(), [(Pgoff(0), Pgoff(5), 7), (Pgoff(2), Pgoff(3), 9)]);
        assert_eq!(table.remove(range(5, 0), 7, true), [range(0, 5)]);
        assert_eq!(table.sorted(), [(Pgoff(2), Pgoff(3), 9)]);
    }
}

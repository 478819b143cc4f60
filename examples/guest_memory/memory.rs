//! The address space of a guest: what a kernel or a hypervisor keeps per process or machine.

use stabtree::{GapSearch, Interval, RangeMap};

/// Access rights of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prot {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) exec: bool,
}

/// Where a mapping may be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    BottomUp,
    TopDown,
}

#[derive(Debug)]
pub(crate) struct Memory {
    mappings: RangeMap<u64, Prot>,
    /// What the guest may map.
    space: Interval<u64>,
}

impl Memory {
    pub(crate) fn new(space: Interval<u64>) -> Self {
        Self { mappings: RangeMap::new(), space }
    }

    /// Maps a range, in the place of what lies there; neighbours with the same rights become one.
    pub(crate) fn map_fixed(&mut self, range: Interval<u64>, prot: Prot) {
        self.mappings.insert_coalescing(range, prot);
    }

    /// Maps `len` bytes where nothing is mapped, and returns the place.
    pub(crate) fn map(
        &mut self,
        len: u64,
        align: u64,
        place: Placement,
        prot: Prot,
    ) -> Option<Interval<u64>> {
        let search = GapSearch::new(len.into()).align(align.into()).within(self.space);
        let place = self.mappings.find_gap(match place {
            Placement::BottomUp => search.lowest(),
            Placement::TopDown => search.highest(),
        })?;
        self.map_fixed(place, prot);
        Some(place)
    }

    /// Unmaps whatever lies in a range, and says how many mappings it touched.
    pub(crate) fn unmap(&mut self, range: Interval<u64>) -> usize {
        self.mappings.cut(range).count()
    }

    /// Changes the rights of a range, or names the first part of it that is not mapped.
    pub(crate) fn protect(
        &mut self,
        range: Interval<u64>,
        prot: Prot,
    ) -> Result<(), Interval<u64>> {
        if let Some(gap) = self.mappings.gaps(range).next() {
            return Err(gap);
        }
        self.mappings.update(range, |_, rights| *rights = prot);
        self.mappings.coalesce(range);
        Ok(())
    }

    /// The mapping that an access at `address` goes to.
    pub(crate) fn fault(&self, address: u64) -> Option<(Interval<u64>, Prot)> {
        self.mappings.get_entry(address).map(|(range, prot)| (range, *prot))
    }

    pub(crate) fn mappings(&self) -> impl Iterator<Item = (Interval<u64>, Prot)> {
        self.mappings.iter().map(|(range, prot)| (range, *prot))
    }
}

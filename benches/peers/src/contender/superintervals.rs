use superintervals::{Interval, IntervalMap};

use super::Contender;
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// A static map of 32-bit ends, built once.
pub(super) struct SuperIntervals {
    map: IntervalMap<u32>,
}

fn narrow(at: u64) -> i32 {
    i32::try_from(at).expect("all populations fit into 31 bits")
}

impl Contender for SuperIntervals {
    type Handle = ();

    const IS_STATIC: bool = true;
    const WIDE_ENDS: bool = false;

    fn offers(operation: Operation) -> bool {
        operation != Operation::Iter
    }

    fn new() -> Self {
        Self { map: IntervalMap::new() }
    }

    fn from_random(entries: &[Entry]) -> Self {
        let mut map = IntervalMap::new();
        map.reserve(entries.len());
        for entry in entries {
            map.add(narrow(entry.start), narrow(entry.last), entry.value);
        }
        map.build();
        Self { map }
    }

    fn overlapping(&self, query: Query) -> Found {
        let mut found = Found::default();
        for Interval { start, data, .. } in
            self.map.search_items_iter(narrow(query.start), narrow(query.last))
        {
            found.add(u64::from(start.unsigned_abs()), data);
        }
        found
    }

    fn count(&self, query: Query) -> usize {
        self.map.count(narrow(query.start), narrow(query.last))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.map.has_overlaps(narrow(at), narrow(at))
    }

    fn copy(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

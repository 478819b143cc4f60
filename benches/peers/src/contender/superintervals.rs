use superintervals::{Interval, IntervalMap};

use super::{Contender, Hit, is_common, signed};
use crate::operation::{Loop, Operation};
use crate::workloads::{Entry, Query};

/// A static map of 32-bit ends, built once.
pub(super) struct SuperIntervals {
    map: IntervalMap<u32>,
}

impl Contender for SuperIntervals {
    type Handle = ();

    const IS_STATIC: bool = true;
    const END_BITS: u32 = 32;

    fn offers(operation: Operation) -> bool {
        (is_common(operation) || matches!(operation, Operation::Count(_)))
            && operation != Operation::Iter(Loop::For)
    }

    fn new() -> Self {
        Self { map: IntervalMap::new() }
    }

    fn from_random(entries: &[Entry]) -> Self {
        let mut map = IntervalMap::new();
        map.reserve(entries.len());
        for entry in entries {
            map.add(signed(entry.start), signed(entry.last), entry.value);
        }
        map.build();
        Self { map }
    }

    fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
        let hits = self.map.search_items_iter(signed(query.start), signed(query.last));
        hits.map(|Interval { start, end, data }| {
            (start.unsigned_abs().into(), end.unsigned_abs().into(), data)
        })
    }

    fn extend(&self, query: Query, values: &mut Vec<u32>) {
        self.map.search_values(signed(query.start), signed(query.last), values);
    }

    fn count(&self, query: Query) -> usize {
        self.map.count(signed(query.start), signed(query.last))
    }

    fn any_stab(&self, at: u64) -> bool {
        self.map.has_overlaps(signed(at), signed(at))
    }

    fn copy(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

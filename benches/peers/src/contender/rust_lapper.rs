use super::{Contender, Hit, add, is_fold};
use crate::operation::Operation;
use crate::workloads::{Entry, Found, Query};

/// The stable `rust-lapper` and the beta of its next version have the same methods: sorted arrays,
/// half-open. Insertion moves all that comes after, so they are taken as built once.
macro_rules! lapper {
    ($name:ident, $version:ident) => {
        pub(super) type $name = $version::Lapper<u64, u32>;

        impl Contender for $name {
            type Handle = ();

            const IS_STATIC: bool = true;

            fn offers(operation: Operation) -> bool {
                !is_fold(operation)
            }

            fn new() -> Self {
                Self::from_random(&[])
            }

            fn from_random(entries: &[Entry]) -> Self {
                let intervals = entries.iter().map(|entry| $version::Interval {
                    start: entry.start,
                    stop: entry.last + 1,
                    val: entry.value,
                });
                Self::new(intervals.collect())
            }

            fn overlapping(&self, query: Query) -> impl Iterator<Item = Hit> {
                let hits = self.find(query.start, query.last + 1);
                hits.map(|interval| (interval.start, interval.stop - 1, interval.val))
            }

            fn stab_ascending(&self, points: &[Query], found: &mut Found) {
                let mut cursor = 0;
                for point in points {
                    for interval in self.seek(point.start, point.last + 1, &mut cursor) {
                        add(found, (interval.start, interval.stop - 1, interval.val));
                    }
                }
            }

            fn any_stab(&self, at: u64) -> bool {
                self.find(at, at + 1).next().is_some()
            }

            fn count(&self, query: Query) -> usize {
                self.count(query.start, query.last + 1)
            }

            fn iter(&self) -> impl Iterator<Item = Hit> {
                let hits = self.iter();
                hits.map(|interval| (interval.start, interval.stop - 1, interval.val))
            }

            fn copy(&self) -> Self {
                self.clone()
            }
        }
    };
}

lapper!(Stable, rust_lapper);
lapper!(Beta, rust_lapper_beta);

use super::Contender;
use crate::workloads::{Entry, Found, Query};

/// The stable `rust-lapper` and the beta of its next version have the same face: sorted arrays,
/// half-open. Insertion moves all that lies behind, so they are taken as built once.
macro_rules! lapper {
    ($name:ident, $version:ident) => {
        pub(super) type $name = $version::Lapper<u64, u32>;

        impl Contender for $name {
            type Handle = ();

            const IS_STATIC: bool = true;

            fn offers(_: crate::operation::Operation) -> bool {
                true
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

            fn overlapping(&self, query: Query) -> Found {
                let mut found = Found::default();
                for interval in self.find(query.start, query.last + 1) {
                    found.add(interval.start, interval.val);
                }
                found
            }

            fn sorted_searcher(&self) -> impl FnMut(Query) -> Found {
                let mut cursor = 0;
                move |point| {
                    let mut found = Found::default();
                    for interval in self.seek(point.start, point.last + 1, &mut cursor) {
                        found.add(interval.start, interval.val);
                    }
                    found
                }
            }

            fn any_stab(&self, at: u64) -> bool {
                self.find(at, at + 1).next().is_some()
            }

            fn count(&self, query: Query) -> usize {
                self.count(query.start, query.last + 1)
            }

            fn in_order(&self) -> Found {
                let mut found = Found::default();
                for interval in self.iter() {
                    found.add(interval.start, interval.val);
                }
                found
            }

            fn copy(&self) -> Self {
                self.clone()
            }
        }
    };
}

lapper!(Stable, rust_lapper);
lapper!(Beta, rust_lapper_beta);

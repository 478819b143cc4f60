//! How long a single insertion takes while an index grows.

use cpu_time::ThreadTime;

use crate::workloads::Entry;

/// The least that each insertion took in some growths, which are alike: what interrupts one of
/// them hardly does so twice at the same place.
pub(crate) struct Insertions(Vec<u32>);

impl Insertions {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![u32::MAX; count])
    }

    /// Takes the CPU time (ns) of each insertion into an index that begins empty.
    pub(crate) fn grow(&mut self, entries: &[Entry], mut insert: impl FnMut(&Entry)) {
        let start = ThreadTime::now();
        let mut before = 0;
        for (entry, least) in entries.iter().zip(&mut self.0) {
            insert(entry);
            let after = start.elapsed().as_nanos();
            let time = u32::try_from(after - before).unwrap_or(u32::MAX);
            *least = time.min(*least);
            before = after;
        }
    }

    /// The longest, and what one in ten thousand exceeds (us).
    pub(crate) fn longest(mut self) -> (f64, f64) {
        self.0.sort_unstable();
        let last = self.0.len() - 1;
        let micros = |place: usize| f64::from(self.0[place]) / 1e3;
        (micros(last), micros(last - last / 10_000))
    }
}

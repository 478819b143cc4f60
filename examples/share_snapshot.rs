//! Lets many threads read an index that one thread keeps changing.
//!
//! `cargo run --release --example share_snapshot`

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use stabtree::{Interval, IntervalBTree};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
One writer publishes snapshots of an index; readers query the newest without waiting for it.

The writer gives groups of neighbouring leases to new owners in an index of its own, then clones
the index and publishes the clone. A reader takes the published Arc and asks it as long as it
likes: what it holds never changes. Every reader checks that it never sees half a group moved.

Usage: share_snapshot [OPTIONS]

Options:
      --groups N       Groups of 100 leases [default: 200]
      --snapshots N    Snapshots to publish, one after each group that was moved [default: 200]
      --readers N      Threads that read [default: 2]
  -h, --help           Print help
  -V, --version        Print version
";

struct Options {
    groups: u64,
    snapshots: u64,
    readers: u16,
}

impl Options {
    fn from_arguments() -> Self {
        let mut line = CommandLine::new(HELP);
        let options = Self {
            groups: line.number("--groups", 200, 1..=100_000),
            snapshots: line.number("--snapshots", 200, 0..=u64::MAX),
            readers: line.number("--readers", 2, 1..=1000),
        };
        line.end();
        options
    }
}

/// Leases of a group, and addresses of a lease.
const GROUP: u64 = 100;
const LEASE: u64 = 16;

/// Ranges of addresses with their owners.
type Leases = IntervalBTree<u64, u64>;

/// The newest snapshot. The lock is held for as long as it takes to copy or to swap a pointer.
struct Published(RwLock<Arc<Leases>>);

impl Published {
    fn newest(&self) -> Arc<Leases> {
        // A pointer is whole, whoever panicked while holding the lock.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, leases: Leases) {
        let next = Arc::new(leases);
        let previous = {
            let mut newest = self.0.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *newest, next)
        };
        drop(previous); // outside of the lock: whoever drops it last frees the whole index
    }
}

/// All addresses of a group.
fn group(number: u64) -> Interval<u64> {
    let start = number * GROUP * LEASE;
    Interval::new(start, start + GROUP * LEASE - 1)
}

fn main() -> io::Result<()> {
    let options = Options::from_arguments();
    let lease = |number| Interval::new(number * LEASE, number * LEASE + LEASE - 1);
    let leases: Leases = (0..options.groups * GROUP).map(|number| (lease(number), 0)).collect();
    let published = Published(RwLock::new(Arc::new(leases.clone())));
    let is_done = AtomicBool::new(false);

    let (cloning, reads) = thread::scope(|scope| {
        let readers: Vec<_> =
            (0..options.readers).map(|_| scope.spawn(|| read(&published, &is_done))).collect();
        let cloning = write(leases, &published, &options);
        is_done.store(true, Relaxed);
        let reads = readers.into_iter().map(|reader| reader.join().expect("a reader's check"));
        (cloning, reads.sum::<u64>())
    });
    writeln!(
        io::stdout().lock(),
        "{} readers found {reads} groups whole in {} snapshots of {} leases; \
         cloning one took {:.1} us on average",
        options.readers,
        options.snapshots,
        options.groups * GROUP,
        cloning.as_secs_f64() * 1e6,
    )
}

/// Moves group after group, and returns how long it took to clone the index, on average.
fn write(mut leases: Leases, published: &Published, options: &Options) -> Duration {
    let mut cloning = Duration::ZERO;
    for owner in 1..=options.snapshots {
        let moving = leases.overlapping(group(owner % options.groups)).with_handles();
        let moving: Vec<_> = moving.map(|(handle, ..)| handle).collect();
        for handle in moving {
            let (interval, _) = leases.remove(handle).expect("found just now");
            leases.insert(interval, owner);
        }
        let began = Instant::now();
        let snapshot = leases.clone();
        cloning += began.elapsed();
        published.publish(snapshot);
    }
    cloning / u32::try_from(options.snapshots.max(1)).unwrap_or(u32::MAX)
}

/// Looks at all groups of the newest snapshot until the writer is done, at least once.
fn read(published: &Published, is_done: &AtomicBool) -> u64 {
    let mut found = 0;
    loop {
        let was_last = is_done.load(Relaxed);
        let leases = published.newest();
        let groups = leases.len() as u64 / GROUP;
        for number in 0..groups {
            let owners = leases.overlapping(group(number)).map(|(_, owner)| *owner);
            let owners: Vec<_> = owners.collect();
            assert_eq!(owners.len() as u64, GROUP, "a lease is missing");
            assert!(owners.iter().all(|owner| *owner == owners[0]), "half a group has moved");
            found += 1;
        }
        if was_last {
            return found;
        }
    }
}

//! Lets many threads read an index that one thread keeps changing, without waiting for it.
//!
//! `cargo run --release --example share_snapshot`

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use stabtree::sync::{Publisher, Reader};
use stabtree::{Interval, IntervalBTree};

mod command_line;

use command_line::CommandLine;

const HELP: &str = "\
One writer changes an index and publishes its states; readers query the newest without waiting.

The writer gives groups of neighbouring leases to new owners and publishes after each group. A reader
asks the state that was published last, and holds no lock. Every reader checks that it never sees half a
group moved, nor an older state after a newer one. Snapshots from the start and from the middle are
kept, and checked at the end: they are as they were.

Usage: share_snapshot [OPTIONS]

Options:
      --groups N       Groups of 100 leases [default: 200]
      --snapshots N    States to publish, one after each group that was moved [default: 200]
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

/// All addresses of a group.
fn group(number: u64) -> Interval<u64> {
    let start = number * GROUP * LEASE;
    Interval::new(start, start + GROUP * LEASE - 1)
}

fn main() -> io::Result<()> {
    let options = Options::from_arguments();
    let lease = |number| Interval::new(number * LEASE, number * LEASE + LEASE - 1);
    let leases: Leases = (0..options.groups * GROUP).map(|number| (lease(number), 0)).collect();
    let mut leases = Publisher::new(leases);
    let is_done = AtomicBool::new(false);

    let (publishing, reads) = thread::scope(|scope| {
        let read = |reader| scope.spawn(|| read(reader, &is_done));
        let readers: Vec<_> = (0..options.readers).map(|_| read(leases.reader())).collect();
        let publishing = write(&mut leases, &options);
        is_done.store(true, Relaxed);
        let reads = readers.into_iter().map(|reader| reader.join().expect("a reader's check"));
        (publishing, reads.sum::<u64>())
    });
    writeln!(
        io::stdout().lock(),
        "{} readers found {reads} groups whole in {} states of {} leases; \
         publishing one took {:.1} us on average",
        options.readers,
        options.snapshots,
        options.groups * GROUP,
        publishing.as_secs_f64() * 1e6,
    )
}

/// Moves group after group, and returns how long it took to publish a state, on average.
fn write(leases: &mut Publisher<Leases>, options: &Options) -> Duration {
    let mut publishing = Duration::ZERO;
    let mut reader = leases.reader();
    let first = reader.snapshot();
    let mut middle = None;
    for owner in 1..=options.snapshots {
        leases.update(|leases| {
            let moving = leases.overlapping(group(owner % options.groups)).with_handles();
            let moving: Vec<_> = moving.map(|(handle, ..)| handle).collect();
            for handle in moving {
                let (interval, _) = leases.remove(handle).expect("found just now");
                leases.insert(interval, owner);
            }
        });
        let began = Instant::now();
        leases.publish();
        publishing += began.elapsed();
        if owner == options.snapshots / 2 {
            middle = Some((owner, reader.snapshot()));
        }
    }
    assert!(first.values().all(|owner| *owner == 0), "a snapshot stays as it was");
    if let Some((owner, middle)) = middle {
        assert_eq!(middle.values().max(), Some(&owner), "a snapshot stays as it was");
    }
    publishing / u32::try_from(options.snapshots.max(1)).unwrap_or(u32::MAX)
}

/// Looks at all groups of the newest state until the writer is done, at least once.
fn read(mut reader: Reader<Leases>, is_done: &AtomicBool) -> u64 {
    let (mut found, mut newest) = (0, 0);
    loop {
        let was_last = is_done.load(Relaxed);
        // One state, as long as it is borrowed.
        let leases = reader.newest();
        let owner = *leases.values().max().expect("leases");
        assert!(owner >= newest, "an older state after a newer one");
        newest = owner;
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

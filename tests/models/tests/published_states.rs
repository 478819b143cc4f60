//! What readers see of published states, in every interleaving of a publisher and readers.
//!
//! The slot that they share is a lock of shuttle here, read in two steps as the real one is; so this
//! goes through the order of what publisher and readers do with it, and with the pages that index and
//! states share. It does not look into `arc-swap`.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use shuttle::scheduler::DfsScheduler;
use shuttle::thread::{scope, yield_now};
use shuttle::{Config, Runner};
use stabtree::sync::{Publisher, Reader};
use stabtree::{Interval, IntervalBTree};

/// Runs the scenario in every interleaving and prints how many there are.
fn every_interleaving(name: &str, scenario: impl Fn() + Send + Sync + 'static) {
    let runs = Runner::new(DfsScheduler::new(None, false), Config::new()).run(scenario);
    println!("{name}: {runs} interleavings");
    assert!(runs > 1, "the threads never met");
}

type Index = IntervalBTree<u64, u64>;

/// An index whose two entries hold the number of the state: a mixture would show both old and new.
fn publisher() -> Publisher<Index> {
    Publisher::new(IntervalBTree::from([(Interval::new(0, 9), 0), (Interval::new(5, 20), 0)]))
}

/// Makes the next state, in two changes between which others may run, and publishes it.
fn publish(publisher: &mut Publisher<Index>, state: u64) {
    for at in [0, 20] {
        publisher
            .update(|index| index.overlapping_mut(at..=at).for_each(|(_, value)| *value = state));
        yield_now();
    }
    publisher.publish();
}

/// The number of the state that is seen, which must be one state.
fn seen(reader: &mut Reader<Index>) -> u64 {
    let values: Vec<_> = reader.stab(7).map(|(_, value)| *value).collect();
    assert!(matches!(values[..], [first, second] if first == second), "a mixture: {values:?}");
    values[0]
}

/// The history of two readers of one publisher is that of one register: what is seen was published by
/// then, is no older than what was published before the query began, and never goes back.
#[test]
fn reads_are_linearizable() {
    every_interleaving("reads_are_linearizable", || {
        let mut publisher = publisher();
        let readers = [publisher.reader(), publisher.reader()];
        // The state whose publication has begun, and the one whose publication has ended.
        let (begun, ended) = (&AtomicU64::new(0), &AtomicU64::new(0));
        // What any reader has seen whose query has ended.
        let known = &AtomicU64::new(0);
        scope(|scope| {
            for mut reader in readers {
                scope.spawn(move || {
                    let least = ended.load(SeqCst).max(known.load(SeqCst));
                    let state = seen(&mut reader);
                    assert!(state >= least, "older than what was known when the query began");
                    assert!(state <= begun.load(SeqCst), "newer than what was published");
                    known.fetch_max(state, SeqCst);
                });
            }
            publisher.update(|index| index.iter_mut().for_each(|(_, value)| *value = 1));
            begun.store(1, SeqCst);
            publisher.publish();
            ended.store(1, SeqCst);
        });
    });
}

/// A reader's states never go back over several publications, and a snapshot stays what it is.
#[test]
fn states_never_go_back() {
    every_interleaving("states_never_go_back", || {
        let mut publisher = publisher();
        let mut reader = publisher.reader();
        scope(|scope| {
            scope.spawn(move || {
                let first = reader.snapshot();
                let before = first.iter().map(|(_, value)| *value).max();
                let mut last = 0;
                for _ in 0..2 {
                    let state = seen(&mut reader);
                    assert!(state >= last, "an older state");
                    last = state;
                }
                assert_eq!(first.iter().map(|(_, value)| *value).max(), before);
            });
            (1..=2).for_each(|state| publish(&mut publisher, state));
        });
        assert_eq!(seen(&mut publisher.reader()), 2);
    });
}

/// What is not published is not seen, also when the publisher is dropped while readers go on.
#[test]
fn readers_outlive_the_publisher() {
    every_interleaving("readers_outlive_the_publisher", || {
        let mut publisher = publisher();
        let mut reader = publisher.reader();
        scope(|scope| {
            scope.spawn(move || {
                let state = seen(&mut reader);
                assert!(state <= 1);
                assert!(seen(&mut reader.clone()) >= state);
            });
            publish(&mut publisher, 1);
            publisher.update(|index| index.clear());
            drop(publisher);
        });
    });
}

//! The lock of a family, in every interleaving of a few threads that walk and relink: each test
//! runs its scenario once for every order in which the threads can come to the locks.
//!
//! The threads communicate through atomics of the standard library, which are no points at which
//! another thread takes over: those are the locks, and `yield_now`.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};

use shuttle::scheduler::{DfsScheduler, RandomScheduler};
use shuttle::sync::mpsc;
use shuttle::thread::{scope, yield_now};
use shuttle::{Config, Runner};
use stabtree::rmap::{
    AnonVmaIndex, Collect, Content, Control, FilePart, FullRange, Machine, Mapping, MmId, Pages,
    Pfn, Pgoff, Prot, Sharing, Vaddr,
};

const AT: Vaddr = Vaddr::of_page(100);

/// Where a scenario has too many interleavings, as many as this are tried.
const RANDOM_RUNS: usize = 5_000;
const SEED: u64 = u64::from_be_bytes(*b"stabtree");

/// Runs the scenario in every interleaving and prints how many there are.
fn every_interleaving(name: &str, scenario: impl Fn() + Send + Sync + 'static) {
    let runs = Runner::new(DfsScheduler::new(None, false), Config::new()).run(scenario);
    println!("{name}: {runs} interleavings");
    assert!(runs > 1, "the threads never met");
}

/// A page that a process and its child share: a family of two trees, both mappings in the first.
fn shared_by_a_fork() -> (Machine, MmId, Pfn) {
    shared_by_a_fork_in(AnonVmaIndex::RedBlack)
}

fn shared_by_a_fork_in(index: AnonVmaIndex) -> (Machine, MmId, Pfn) {
    let mut machine = Machine::builder().anon_vma_index(index).build();
    let p = machine.spawn();
    machine.mmap(p, AT, Pages(1), Prot::ReadWrite).expect("legal");
    machine.write(p, AT, Content(1)).expect("mapped");
    machine.fork(p).expect("alive");
    let pfn = machine.pfn_at(p, AT).expect("present");
    (machine, p, pfn)
}

fn visits(machine: &Machine, pfn: Pfn) -> Vec<Mapping> {
    let mut all = Collect::all();
    machine.walk(pfn, &FullRange, &mut all).expect("present");
    all.visits().to_vec()
}

/// Does something at each visit, with the lock held.
struct AtVisit<F: FnMut()>(F);

impl<F: FnMut()> Control for AtVisit<F> {
    fn rmap_one(&mut self, _mapping: &Mapping) -> ControlFlow<()> {
        (self.0)();
        ControlFlow::Break(())
    }
}

fn walk(machine: &Machine, pfn: Pfn, at_visit: impl FnMut()) {
    machine.walk(pfn, &FullRange, &mut AtVisit(at_visit)).expect("present");
}

/// Who is in: walkers together, a writer alone.
#[derive(Default)]
struct Inside {
    walkers: AtomicU32,
    writers: AtomicU32,
}

impl Inside {
    fn look(&self) -> u32 {
        self.walkers.fetch_add(1, SeqCst);
        yield_now();
        assert_eq!(self.writers.load(SeqCst), 0, "a writer is in during a walk");
        self.walkers.fetch_sub(1, SeqCst)
    }

    fn change(&self) {
        self.writers.fetch_add(1, SeqCst);
        yield_now();
        assert_eq!(self.walkers.load(SeqCst), 0, "a walk is under way beside a writer");
        assert_eq!(self.writers.fetch_sub(1, SeqCst), 1, "two writers are in");
    }
}

#[test]
fn walkers_are_in_together() {
    static TOGETHER: AtomicBool = AtomicBool::new(false);
    every_interleaving("two walkers", || {
        let (machine, _, pfn) = shared_by_a_fork();
        let inside = Inside::default();
        let look = || TOGETHER.fetch_or(inside.look() > 1, SeqCst);
        scope(|scope| {
            scope.spawn(|| walk(&machine, pfn, || _ = look()));
            walk(&machine, pfn, || _ = look());
        });
    });
    assert!(TOGETHER.load(SeqCst), "walkers kept each other out");
}

#[test]
fn a_writer_and_a_walker_keep_each_other_out() {
    every_interleaving("a walker and a writer", || {
        let (machine, p, pfn) = shared_by_a_fork();
        let inside = Inside::default();
        scope(|scope| {
            scope.spawn(|| machine.relink(p, AT, || inside.change()).expect("mapped"));
            walk(&machine, pfn, || _ = inside.look());
        });
    });
}

#[test]
fn writers_keep_each_other_out() {
    every_interleaving("two writers", || {
        let (machine, p, _) = shared_by_a_fork();
        let inside = Inside::default();
        let write = || machine.relink(p, AT, || inside.change()).expect("mapped");
        scope(|scope| {
            scope.spawn(write);
            write();
        });
    });
}

/// A walk beside a writer that removes and inserts the same sees what it sees alone.
fn walk_beside_a_writer((machine, p, pfn): (Machine, MmId, Pfn)) {
    let alone = visits(&machine, pfn);
    assert_eq!(alone.len(), 2);
    scope(|scope| {
        scope.spawn(|| machine.relink(p, AT, || {}).expect("mapped"));
        assert_eq!(visits(&machine, pfn), alone);
    });
    machine.check().expect("all invariants");
}

/// No walk misses what a writer removes and inserts again, nor meets it out of order.
#[test]
fn walks_beside_a_writer_see_what_they_see_alone() {
    every_interleaving("the visits of a walk beside a writer", || {
        walk_beside_a_writer(shared_by_a_fork());
    });
}

/// Where states are published, a walk beside a writer sees one state, and waits for no writer that stays.
#[test]
fn walks_of_published_states_see_what_they_see_alone() {
    every_interleaving("the visits of a walk of published states beside a writer", || {
        walk_beside_a_writer(shared_by_a_fork_in(AnonVmaIndex::PublishedBTree));
    });
    every_interleaving("a writer that stays until a walk of a published state has ended", || {
        let (machine, p, pfn) = shared_by_a_fork_in(AnonVmaIndex::PublishedBTree);
        let alone = visits(&machine, pfn);
        let (returned, has_returned) = mpsc::channel();
        scope(|scope| {
            let (machine, alone) = (&machine, &alone);
            scope.spawn(move || {
                assert_eq!(visits(machine, pfn), *alone);
                returned.send(()).expect("the writer listens");
            });
            let stay = || has_returned.recv().expect("the walk returns");
            machine.relink(p, AT, stay).expect("mapped");
        });
    });
}

/// Who finds the lock busy while others walk has found a writer that waits, and does not get in
/// before it by coming back.
#[test]
fn a_waiting_writer_is_next() {
    static WAITED: AtomicU64 = AtomicU64::new(0);
    every_interleaving("a walker that comes back, and a writer that waits", || {
        let (machine, p, pfn) = shared_by_a_fork();
        let (walking, written) = (AtomicBool::new(true), AtomicBool::new(false));
        let come_back = || {
            let found = machine.referenced(pfn, &FullRange).expect("present");
            if found.walk.contended && walking.load(SeqCst) {
                WAITED.fetch_add(1, SeqCst);
                walk(&machine, pfn, || assert!(written.load(SeqCst), "a writer was overtaken"));
            }
        };
        scope(|scope| {
            walk(&machine, pfn, || {
                scope.spawn(|| machine.relink(p, AT, || written.store(true, SeqCst)));
                scope.spawn(come_back);
                yield_now();
                walking.store(false, SeqCst);
            });
        });
    });
    let waited = WAITED.load(SeqCst);
    println!("a writer waited for a walk in {waited} of them");
    assert!(waited > 0, "a writer lets walkers in while it waits");
}

/// A control that gives way returns though the writer stays in until it has.
#[test]
fn who_gives_way_does_not_wait() {
    static GAVE_WAY: AtomicBool = AtomicBool::new(false);
    every_interleaving("a writer that stays, and a walk that gives way", || {
        let (machine, p, pfn) = shared_by_a_fork();
        let (returned, has_returned) = mpsc::channel();
        scope(|scope| {
            let machine = &machine;
            scope.spawn(move || {
                let found = machine.referenced(pfn, &FullRange).expect("present");
                GAVE_WAY.fetch_or(found.walk.contended, SeqCst);
                assert_eq!(found.mappings, if found.walk.contended { 0 } else { 2 });
                returned.send(()).expect("the writer listens");
            });
            let stay = || has_returned.recv().expect("the walk returns");
            machine.relink(p, AT, stay).expect("mapped");
        });
    });
    assert!(GAVE_WAY.load(SeqCst), "the lock was never busy");
}

/// A page of a file that a process has mapped to be written by itself, and its own page after that
/// one, in a mapping each: both mappings lie in two trees, under a lock each.
fn partly_written_file() -> (Machine, MmId, [Pfn; 2]) {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let file = machine.create_file(&[Content(1), Content(2)]);
    let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Private };
    machine.mmap_file(p, AT, Pages(2), Prot::ReadWrite, part).expect("legal");
    machine.read(p, AT).expect("mapped");
    machine.write(p, AT + Pages(1), Content(3)).expect("mapped");
    machine.mprotect(p, AT + Pages(1), Pages(1), Prot::Read).expect("mapped");
    let pages = [AT, AT + Pages(1)].map(|at| machine.pfn_at(p, at).expect("present"));
    (machine, p, pages)
}

/// Writers take the lock of the file, then that of the family: they and the walks under either come
/// to an end.
#[test]
fn two_locks_leave_nobody_waiting() {
    every_interleaving("two writers with two locks each", || {
        let (machine, p, _) = partly_written_file();
        let inside = Inside::default();
        let write = |at| assert_eq!(machine.relink(p, at, || inside.change()), Ok(2));
        scope(|scope| {
            scope.spawn(|| write(AT));
            write(AT + Pages(1));
        });
    });
    let threads = || {
        let (machine, p, pages) = partly_written_file();
        let alone = pages.map(|pfn| visits(&machine, pfn));
        let write = |at| assert_eq!(machine.relink(p, at, || {}), Ok(2));
        scope(|scope| {
            scope.spawn(|| write(AT));
            scope.spawn(|| write(AT + Pages(1)));
            for (pfn, alone) in pages.into_iter().zip(&alone) {
                let machine = &machine;
                scope.spawn(move || assert_eq!(visits(machine, pfn), *alone));
            }
        });
        machine.check().expect("all invariants");
    };
    let random = RandomScheduler::new_from_seed(SEED, RANDOM_RUNS);
    let runs = Runner::new(random, Config::new()).run(threads);
    println!("two writers and two walkers with two locks: {runs} random interleavings");
}

/// A writer that panics with the lock held leaves it to the next, walker or writer, and all as it
/// was.
#[test]
fn a_panic_with_the_lock_held_is_nobody_elses() {
    every_interleaving("a writer that panics, and a walk", || {
        let (machine, p, pfn) = shared_by_a_fork();
        let alone = visits(&machine, pfn);
        scope(|scope| {
            scope.spawn(|| {
                // Without the panic's message, which each run would print.
                let write = || machine.relink(p, AT, || resume_unwind(Box::new(())));
                assert!(catch_unwind(AssertUnwindSafe(write)).is_err());
            });
            assert_eq!(visits(&machine, pfn), alone);
        });
        assert_eq!(machine.relink(p, AT, || {}), Ok(1));
        assert_eq!(visits(&machine, pfn), alone);
    });
}

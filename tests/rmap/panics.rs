//! A user's code that panics inside the model: the controls and strategies of a walk, at every call of
//! theirs, with a lock held or not. The machine is whole afterwards, the lock is free, and nobody else
//! has noticed.
#![allow(clippy::unwrap_used, reason = "the calls that set the scene are legal")]

use std::cell::Cell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use stabtree::Interval;
use stabtree::rmap::{
    AnonVmaIndex, Content, Control, FilePart, FullRange, KsmSettings, LoopStart, LoopStats,
    Machine, Mapping, MmId, Pages, Pass, Pfn, Pgoff, Progress, Prot, Sharing, StableItem,
    StoredPgoff, Strategy, Vaddr, VmaView,
};

const AT: Vaddr = Vaddr::of_page(100);
const OWN: Vaddr = Vaddr::of_page(102);
const FILE: Vaddr = Vaddr::of_page(200);

/// A process and its child: two merged pages from `AT` on, an ordinary one at `OWN`, and a file's at
/// `FILE`, each mapped by both. The frames in this order.
fn family(index: AnonVmaIndex) -> (Machine, MmId, [Pfn; 3]) {
    let mut machine = Machine::with_anon_vma_index(KsmSettings::default(), index);
    let p = machine.spawn();
    machine.mmap(p, AT, Pages(3), Prot::ReadWrite).unwrap();
    machine.madvise(p, AT, Pages(2), stabtree::rmap::Advice::Mergeable).unwrap();
    for (page, content) in [(0, 1), (1, 1), (2, 2)] {
        machine.write(p, AT + Pages(page), Content(content)).unwrap();
    }
    let file = machine.create_file(&[Content(3)]);
    let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
    machine.mmap_file(p, FILE, Pages(1), Prot::ReadWrite, part).unwrap();
    machine.ksm_scan();
    machine.ksm_scan();
    let child = machine.fork(p).unwrap();
    machine.read(p, FILE).unwrap();
    machine.read(child, FILE).unwrap();
    machine.check().unwrap();
    let frames = [AT, OWN, FILE].map(|at| machine.pfn_at(p, at).unwrap());
    (machine, p, frames)
}

/// Counts the calls of a user's code, and panics at one of them. Without a message: there are many.
struct Calls {
    made: Cell<u32>,
    panics_at: u32,
}

impl Calls {
    fn call(&self) {
        self.made.set(self.made.get() + 1);
        if self.made.get() == self.panics_at {
            resume_unwind(Box::new("a user's panic"));
        }
    }
}

impl Control for &Calls {
    fn rmap_one(&mut self, _mapping: &Mapping) -> ControlFlow<()> {
        self.call();
        ControlFlow::Continue(())
    }

    fn done(&mut self) -> bool {
        self.call();
        false
    }

    fn invalid_vma(&mut self, _vma: &VmaView<'_>) -> bool {
        self.call();
        false
    }

    fn try_lock(&self) -> bool {
        self.call();
        true
    }

    fn lock_taken(&mut self, _start: &LoopStart) {
        self.call();
    }

    fn lock_released(&mut self, _stats: &LoopStats) {
        self.call();
    }
}

impl Strategy for Calls {
    fn window(&self, item: &StableItem) -> Interval<Pgoff> {
        self.call();
        FullRange.window(item)
    }

    fn address(&self, item: &StableItem, vma: &VmaView<'_>) -> Option<Vaddr> {
        self.call();
        FullRange.address(item, vma)
    }

    fn passes(&self) -> &'static [Pass] {
        self.call();
        FullRange.passes()
    }

    fn wider(&self, _progress: &Progress) -> Option<&dyn Strategy> {
        self.call();
        None
    }
}

/// Lets the user's code panic at its first call, its second, and so on until none is left; returns how
/// many there were.
fn at_every_call<M>(
    machine: &mut M,
    run: impl Fn(&mut M, &Calls),
    afterwards: impl Fn(&mut M, u32),
) -> u32 {
    for panics_at in 1.. {
        let calls = Calls { made: Cell::new(0), panics_at };
        if catch_unwind(AssertUnwindSafe(|| run(machine, &calls))).is_ok() {
            assert_eq!(calls.made.get(), panics_at - 1, "no panic is swallowed");
            return panics_at - 1;
        }
        afterwards(machine, panics_at);
    }
    unreachable!("a walk ends")
}

/// Every call of a control and of a strategy in a walk of each kind of page, in either index.
#[test]
fn a_panic_at_any_call_of_a_walk_leaves_all_as_it_was() {
    for index in [AnonVmaIndex::RedBlack, AnonVmaIndex::BTree] {
        let (mut machine, p, frames) = family(index);
        let tables = format!("{machine:?}");
        for (pfn, fewest) in frames.into_iter().zip([30, 8, 8]) {
            let alone = machine.audit(pfn, &FullRange).unwrap();
            assert!(alone.is_complete());
            let walk = |machine: &mut Machine, calls: &Calls| {
                machine.walk(pfn, calls, &mut &*calls).unwrap();
            };
            let calls = at_every_call(&mut machine, walk, |machine, at| {
                assert_eq!(machine.audit(pfn, &FullRange).unwrap(), alone, "call {at}");
                let referenced = machine.referenced(pfn, &FullRange).unwrap();
                assert!(!referenced.walk.contended, "call {at} left the lock taken");
                for page in [AT, OWN, FILE] {
                    assert!(machine.relink(p, page, || {}).unwrap() > 0);
                }
                machine.check().unwrap();
            });
            assert!(calls >= fewest, "{calls} calls");
        }
        assert_eq!(format!("{machine:?}"), tables);
        change(&mut machine, p);
    }
}

/// Calls that change the trees of the family of `p`, and unmap all it has.
fn change(machine: &mut Machine, p: MmId) {
    machine.mprotect(p, OWN, Pages(1), Prot::Read).unwrap();
    let child = machine.fork(p).unwrap();
    machine.munmap(child, AT, Pages(1)).unwrap();
    machine.exit(p).unwrap();
    machine.check().unwrap();
}

/// The users of the walk ask a strategy: it panics before anything is changed.
#[test]
fn a_strategy_that_panics_changes_nothing() {
    let (machine, _, [merged, own, file]) = family(AnonVmaIndex::RedBlack);
    let tables = format!("{machine:?}");
    let mut calls = 0;
    for pfn in [merged, own, file] {
        let uses: [fn(&mut Machine, Pfn, &Calls); 5] = [
            |machine, pfn, calls| _ = machine.audit(pfn, calls).unwrap(),
            |machine, pfn, calls| _ = machine.unmap(pfn, calls).unwrap(),
            |machine, pfn, calls| _ = machine.migrate(pfn, calls).unwrap(),
            |machine, pfn, calls| _ = machine.referenced(pfn, calls).unwrap(),
            |machine, pfn, calls| _ = machine.permanently_missed(pfn, calls, 1).unwrap(),
        ];
        for use_it in uses {
            let run = |machine: &mut Machine, calls: &Calls| use_it(machine, pfn, calls);
            let mut copy = machine.clone();
            calls += at_every_call(&mut copy, run, |machine, at| {
                machine.check().unwrap();
                assert_eq!(format!("{machine:?}"), tables, "call {at}");
            });
            copy.check().unwrap();
        }
    }
    assert!(calls > 60, "{calls} calls");
}

/// A writer that panics with the lock taken poisons it; nobody minds, also not who gives way.
#[test]
fn a_poisoned_lock_is_as_good_as_before() {
    let (mut machine, p, frames) = family(AnonVmaIndex::RedBlack);
    let alone = frames.map(|pfn| machine.audit(pfn, &FullRange).unwrap());
    for page in [AT, OWN, FILE] {
        let write = || machine.relink(p, page, || resume_unwind(Box::new("a writer's panic")));
        assert!(catch_unwind(AssertUnwindSafe(write)).is_err());
    }
    let copy = machine.clone();
    for (pfn, alone) in frames.into_iter().zip(&alone) {
        for machine in [&machine, &copy] {
            assert_eq!(machine.audit(pfn, &FullRange).unwrap(), *alone);
            let referenced = machine.referenced(pfn, &FullRange).unwrap();
            assert_eq!(referenced.mappings, machine.mapcount(pfn).unwrap());
            assert!(!referenced.walk.contended);
        }
    }
    change(&mut machine, p);
}

/// Controls and writers that panic, once or more, in threads of their own, beside walks that must see
/// what they see alone and writers that must get in.
#[test]
fn panics_beside_walks_and_writers_disturb_nobody() {
    let (machine, p, [merged, ..]) = family(AnonVmaIndex::RedBlack);
    let alone = machine.audit(merged, &FullRange).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (machine, stop) = (&machine, &stop);
        let panicking_walks = scope.spawn(move || {
            let mut panics = 0_u64;
            loop {
                for panics_at in 1..20 {
                    let calls = &Calls { made: Cell::new(0), panics_at };
                    let walk = || machine.walk(merged, calls, &mut &*calls);
                    panics += u64::from(catch_unwind(AssertUnwindSafe(walk)).is_err());
                }
                if stop.load(Ordering::Relaxed) {
                    return panics;
                }
            }
        });
        let panicking_writes = scope.spawn(move || {
            let mut panics = 0_u64;
            loop {
                let write =
                    || machine.relink(p, AT, || resume_unwind(Box::new("a writer's panic")));
                panics += u64::from(catch_unwind(AssertUnwindSafe(write)).is_err());
                if stop.load(Ordering::Relaxed) {
                    return panics;
                }
            }
        });
        for _ in 0..200 {
            assert_eq!(machine.audit(merged, &FullRange).unwrap(), alone);
            assert!(machine.audit(merged, &StoredPgoff).unwrap().is_complete());
            assert_eq!(machine.relink(p, AT, || {}), Ok(1));
        }
        stop.store(true, Ordering::Relaxed);
        assert!(panicking_walks.join().unwrap() > 0 && panicking_writes.join().unwrap() > 0);
    });
    machine.check().unwrap();
}

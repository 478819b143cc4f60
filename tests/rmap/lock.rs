//! The lock of a family: walks hold it for reading, and one family's walk does not stand in another's
//! way.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use stabtree::rmap::{
    AnonVmaIndex, Collect, Content, Control, FilePart, FullRange, KsmSettings, Machine, Mapping,
    MmId, Pages, Pfn, Pgoff, Prot, Sharing, StoredPgoff,
};

use crate::scenarios::scenario::{SAME, Scenario, page};

/// A merged page of a family of `pages` single-page mappings.
fn split(pages: u64) -> (Scenario, MmId, Pfn) {
    split_in(AnonVmaIndex::default(), pages)
}

fn split_in(index: AnonVmaIndex, pages: u64) -> (Scenario, MmId, Pfn) {
    let machine = Machine::with_anon_vma_index(KsmSettings::default(), index);
    let mut scenario = Scenario { machine: machine.into() };
    let p = scenario.spawn();
    scenario.map(p, 100, pages);
    scenario.write(p, 100, pages, SAME);
    for number in (100..100 + pages).step_by(2) {
        scenario.machine.mprotect(p, page(number), Pages(1), Prot::Read).expect("mapped");
    }
    scenario.scan(2);
    let pfn = scenario.pfn(p, 101);
    (scenario, p, pfn)
}

fn is_shared_between_threads<T: Send + Sync>(_: &T) {}

/// Does something at the first visit.
struct AtFirst<F: FnMut()>(Option<F>);

impl<F: FnMut()> Control for AtFirst<F> {
    fn rmap_one(&mut self, _mapping: &Mapping) -> ControlFlow<()> {
        if let Some(mut act) = self.0.take() {
            act();
        }
        ControlFlow::Continue(())
    }
}

/// Does something at each visit.
struct AtEach<F: FnMut(&Mapping)>(F);

impl<F: FnMut(&Mapping)> Control for AtEach<F> {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        (self.0)(mapping);
        ControlFlow::Continue(())
    }
}

/// Walkers and writers on one family: every walk sees every mapping, as if it were alone.
#[test]
fn walks_beside_writers_miss_nothing() {
    walks_beside_writers(AnonVmaIndex::RedBlack);
    walks_beside_writers(AnonVmaIndex::PublishedBTree);
}

fn walks_beside_writers(index: AnonVmaIndex) {
    let (scenario, p, pfn) = split_in(index, 64);
    let machine = &scenario.machine;
    is_shared_between_threads(machine);
    let alone = machine.audit(pfn, &FullRange).expect("merged");
    assert!(alone.is_complete());
    let stop = AtomicBool::new(false);
    let relinked = AtomicU64::new(0);
    thread::scope(|scope| {
        for writer in 0..2 {
            let (stop, relinked) = (&stop, &relinked);
            scope.spawn(move || {
                loop {
                    let at = page(100 + relinked.fetch_add(1, Ordering::Relaxed) * 7 % 64);
                    assert_eq!(machine.relink(p, at, || {}), Ok(1), "writer {writer}");
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let walkers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let full = machine.audit(pfn, &FullRange).expect("merged");
                        assert_eq!(full, alone);
                        assert!(machine.audit(pfn, &StoredPgoff).expect("merged").is_complete());
                    }
                })
            })
            .collect();
        let results: Vec<_> = walkers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        stop.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    });
    assert!(relinked.into_inner() >= 2);
    machine.check().expect("all invariants");
}

/// The equals of a relinked mapping stay before and after it as they were.
#[test]
fn relinking_changes_nothing() {
    for &index in AnonVmaIndex::ALL {
        relinks(Machine::with_anon_vma_index(KsmSettings::default(), index));
    }
}

fn relinks(machine: Machine) {
    let mut scenario = Scenario { machine: machine.into() };
    let p = scenario.spawn_with(100, 1);
    let children: Vec<MmId> = (0..4).map(|_| scenario.fork(p)).collect();
    let order = |scenario: &Scenario| {
        let mut all = Collect::all();
        scenario.machine.walk(scenario.pfn(p, 100), &FullRange, &mut all).expect("present");
        all.visits().to_vec()
    };
    let (before, tables) = (order(&scenario), format!("{:?}", scenario.machine));
    assert_eq!(before.len(), 5);
    for &mm in [p].iter().chain(&children) {
        let trees = scenario.machine.relink(mm, page(100), || {}).expect("mapped");
        assert_eq!(trees, if mm == p { 1 } else { 2 });
        assert_eq!(order(&scenario), before);
        scenario.machine.check().expect("all invariants");
    }
    assert_eq!(format!("{:?}", scenario.machine), tables);
}

/// Memory that nobody has touched is in no tree, and has no lock to take.
#[test]
fn untouched_memory_has_no_lock() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 1);
    assert_eq!(scenario.machine.relink(p, page(100), || panic!("a lock was taken")), Ok(0));
}

/// While a walk searches a tree no writer of its family gets in, also one that is about to change
/// another tree of the family; afterwards it does.
#[test]
fn a_writer_waits_for_the_walk_of_a_relative() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 1);
    let c = scenario.fork(p);
    // The child's own page: its tree holds the child's mapping only, under the parent's lock.
    scenario.write(c, 100, 1, SAME + 1);
    let machine = &scenario.machine;
    let is_in = AtomicBool::new(false);
    let (asked, asking) = mpsc::channel();
    thread::scope(|scope| {
        let (is_in, asked) = (&is_in, &asked);
        let mut control = AtFirst(Some(|| {
            let asked = asked.clone();
            scope.spawn(move || {
                asked.send(()).expect("the walk listens");
                machine.relink(p, page(100), || is_in.store(true, Ordering::SeqCst))
            });
            asking.recv().expect("the writer speaks");
            for _ in 0..1_000 {
                thread::yield_now();
                assert!(!is_in.load(Ordering::SeqCst), "a writer is in during a walk");
            }
        }));
        machine.walk(scenario.pfn(c, 100), &FullRange, &mut control).expect("present");
    });
    assert!(is_in.into_inner(), "the writer got in after the walk");
}

/// Where states are published a writer gets in during a walk, of the same thread even, and the walk goes
/// on with the state that it came to.
#[test]
fn a_walk_of_a_published_state_keeps_no_writer_out() {
    let (scenario, p, pfn) = split_in(AnonVmaIndex::PublishedBTree, 64);
    let machine = &scenario.machine;
    let visits = |act: &mut dyn FnMut()| {
        let mut visits = Vec::new();
        let mut control = AtEach(|mapping: &Mapping| {
            visits.push(*mapping);
            act();
        });
        machine.walk(pfn, &FullRange, &mut control).expect("merged");
        visits
    };
    let alone = visits(&mut || {});
    let mut relinked = 0;
    let beside = visits(&mut || {
        relinked += machine.relink(p, page(100 + relinked as u64 % 64), || {}).expect("mapped");
    });
    assert_eq!((beside.len(), relinked), (alone.len(), alone.len()));
    assert_eq!(beside, alone);
    machine.check().expect("all invariants");
}

/// A walk that gives way at a busy lock finds none where states are published, and sees what it sees
/// alone.
#[test]
fn no_lock_is_busy_where_states_are_published() {
    let (scenario, p, pfn) = split_in(AnonVmaIndex::PublishedBTree, 8);
    let referenced = || scenario.machine.referenced(pfn, &FullRange).expect("merged");
    let mut beside = None;
    let relinked = scenario.machine.relink(p, page(100), || beside = Some(referenced()));
    assert_eq!(relinked, Ok(1));
    let beside = beside.expect("asked with the lock taken");
    assert!(!beside.walk.contended);
    assert_eq!((beside.mappings, beside.walk), (referenced().mappings, referenced().walk));
}

/// A user of the walk that does not wait for a busy lock, as the one that counts references: it sees
/// nothing and says so, also where only the second of its items' families is busy.
#[test]
fn who_gives_way_does_not_wait() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    let q = scenario.spawn();
    for (mm, number) in [(p, 100), (q, 200)] {
        scenario.map(mm, number, 1);
        scenario.write(mm, number, 1, SAME);
    }
    scenario.scan(2);
    let pfn = scenario.pfn(p, 100);
    let referenced = || scenario.machine.referenced(pfn, &FullRange).expect("merged");
    assert_eq!((referenced().mappings, referenced().walk.contended), (2, false));
    assert_eq!(scenario.items(p, 100), [(q, 200), (p, 100)]);
    for (mm, number, before) in [(q, 200, 0), (p, 100, 1)] {
        let mut busy = None;
        let relinked = scenario.machine.relink(mm, page(number), || busy = Some(referenced()));
        assert_eq!(relinked, Ok(1));
        let busy = busy.expect("asked with the lock taken");
        assert_eq!((busy.mappings, busy.walk.contended), (before, true));
        assert_eq!(busy.walk.loops, u64::from(before));
    }
    assert_eq!(referenced().mappings, 2);

    // The same of a file's page, and of an ordinary one.
    let mut machine = scenario.machine;
    let file = machine.create_file(&[Content(1)]);
    let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
    machine.mmap_file(p, page(300), Pages(1), Prot::Read, part).expect("a legal range");
    machine.read(p, page(300)).expect("mapped");
    machine.mmap(p, page(400), Pages(1), Prot::ReadWrite).expect("a legal range");
    machine.write(p, page(400), Content(1)).expect("mapped");
    for number in [300, 400] {
        let pfn = machine.pfn_at(p, page(number)).expect("present");
        let mut busy = None;
        let ask = || busy = Some(machine.referenced(pfn, &FullRange).expect("present"));
        assert_eq!(machine.relink(p, page(number), ask), Ok(1));
        let busy = busy.expect("asked with the lock taken");
        assert_eq!((busy.mappings, busy.walk.contended, busy.walk.loops), (0, true, 0));
    }
}

/// Another family, and the same family of a copy of the machine, have locks of their own.
#[test]
fn a_walk_stands_in_no_other_familys_way() {
    let (scenario, p, pfn) = split(8);
    let copy = scenario.machine.clone();
    let mut other = scenario.machine.clone();
    let q = other.spawn();
    other.mmap(q, page(100), Pages(1), Prot::ReadWrite).expect("a legal range");
    other.write(q, page(100), Content(5)).expect("mapped");
    let mut entered = 0;
    let mut control = AtFirst(Some(|| {
        entered += copy.relink(p, page(101), || {}).expect("mapped");
        entered += other.relink(q, page(100), || {}).expect("mapped");
    }));
    other.walk(pfn, &FullRange, &mut control).expect("merged");
    assert_eq!(entered, 2);
}

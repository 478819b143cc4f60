//! Memory that runs out at the k-th request, for every k, and the calls that must not ask for any.
#![expect(unsafe_code, reason = "an allocator is an unsafe trait")]

#[path = "common/bounds.rs"]
#[allow(dead_code, unreachable_pub, reason = "a test program uses a part of it")]
mod bounds;

use std::alloc::{GlobalAlloc, Layout, System};
use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::TryReserveError;
use std::error::Error;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bounds::bound;
#[cfg(feature = "sync")]
use stabtree::sync::Publisher;
use stabtree::{EntryIterator, Handle, Interval, IntervalBTree, IntervalIndex, IntervalRbTree};

/// The system's allocator, which refuses what this thread asks for as `LEFT` says.
struct Scarce;

thread_local! {
    /// Requests that will still be granted, if there is a limit.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    /// Whether only one request will be refused then.
    static ONCE: Cell<bool> = const { Cell::new(false) };
    /// Requests so far.
    static ASKED: Cell<usize> = const { Cell::new(0) };
    /// Bytes that this thread was given, less those that it gave back.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn hold(more: usize, less: usize) {
    HELD.set(HELD.get() + more.cast_signed() - less.cast_signed());
}

fn is_granted() -> bool {
    ASKED.set(ASKED.get() + 1);
    match LEFT.get() {
        None => true,
        Some(0) => {
            LEFT.set(if ONCE.get() { None } else { Some(0) });
            false
        }
        Some(left) => {
            LEFT.set(Some(left - 1));
            true
        }
    }
}

// SAFETY: every call is handed to `System` as it is, or answered with null, as one may.
unsafe impl GlobalAlloc for Scarce {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !is_granted() {
            return std::ptr::null_mut();
        }
        hold(layout.size(), 0);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(0, layout.size());
        // SAFETY: the pointer came from `System`, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_granted() {
            return std::ptr::null_mut();
        }
        hold(size, layout.size());
        // SAFETY: as for `dealloc`; the caller promises a legal size.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Scarce = Scarce;

/// Runs `action` with so many requests granted and all later ones refused.
fn with_requests<R>(granted: usize, action: impl FnOnce() -> R) -> R {
    LEFT.set(Some(granted));
    let result = action();
    LEFT.set(None);
    result
}

/// What `action` panics with when its first request is refused; the panic asks for memory itself.
fn panic_without_memory<R>(action: impl FnOnce() -> R) -> String {
    ONCE.set(true);
    let result = with_requests(0, || catch_unwind(AssertUnwindSafe(action)));
    ONCE.set(false);
    match result.err().expect("a panic").downcast::<String>() {
        Ok(text) => *text,
        Err(other) => (*other.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// Number of requests that `action` makes.
fn requests<R>(action: impl FnOnce() -> R) -> (usize, R) {
    let before = ASKED.get();
    let result = action();
    (ASKED.get() - before, result)
}

/// Number of bytes that the result of `action` holds.
fn held<R>(action: impl FnOnce() -> R) -> (isize, R) {
    let before = HELD.get();
    let result = action();
    (HELD.get() - before, result)
}

type Entry = (Interval<u64>, u64);

/// Either index, with what the trait of both leaves to each.
trait Index: IntervalIndex<u64, u64> + Clone {
    const NAME: &str;

    /// `len` entries with some long ones, and `vacant` slots.
    fn of(len: u64, vacant: u64) -> (Self, Vec<Handle>) {
        let mut index = Self::new();
        let entries = (0..len + vacant).map(nth);
        let mut handles: Vec<_> =
            entries.map(|(interval, value)| index.insert(interval, value)).collect();
        for _ in 0..vacant {
            index.remove(handles.swap_remove(handles.len() / 2)).expect("alive");
        }
        index.shrink_to_fit();
        (index, handles)
    }

    fn list(&self) -> Vec<Entry> {
        self.iter().map(|(interval, value)| (*interval.borrow(), *value)).collect()
    }

    fn start_of(&self, handle: Handle) -> u64 {
        *self.interval(handle).expect("alive").borrow().start()
    }

    /// Asks every question about the range that needs no memory; returns the number of answers.
    fn ask(&self, query: (Bound<u64>, Bound<u64>)) -> usize {
        let mut next = self.first_overlapping_handle(query);
        let mut answers = 0;
        while let Some(handle) = next {
            answers += 1;
            next = self.next_overlapping_handle(handle, query);
        }
        answers
            + self.first().map_or(0, |(first, _)| self.exact(first.borrow()).rev().count())
            + self.overlapping(query).with_handles().count()
            + self.count_overlapping(query)
            + usize::from(self.overlaps(query))
            + usize::from(self.first_overlapping(query).is_some())
            + self.stab(500).count()
            + self.range(query).rev().count()
            + self.within(query).count()
            + self.covering(&Interval::new(400, 600)).count()
            + self.iter().rev().count()
            + usize::from(self.nearest_before(500).is_some())
            + usize::from(self.nearest_after(500).is_some())
            + usize::from(self.hull().is_some())
            + usize::from(self.last().is_some())
            + self.spans(query).count()
            + self.gaps(query).count()
            + self.merged(query).count()
            + self.ask_more(query)
    }

    fn ask_more(&self, query: (Bound<u64>, Bound<u64>)) -> usize;

    /// Borrows all values mutably, and those of the range.
    fn borrow_mutably(&mut self, query: (Bound<u64>, Bound<u64>)) -> usize;
}

fn nth(i: u64) -> Entry {
    let start = i * 37 % 101 * 10;
    (Interval::new(start, if i.is_multiple_of(5) { 2_000 - start } else { start + i % 7 }), i)
}

macro_rules! index {
    ($($index:ident)*) => {$(
        impl Index for $index<u64, u64> {
            const NAME: &str = stringify!($index);

            fn ask_more(&self, query: (Bound<u64>, Bound<u64>)) -> usize {
                self.overlapping(query).clone().count()
                    + self.intervals().count()
                    + self.values().count()
                    + usize::from(self == self)
            }

            fn borrow_mutably(&mut self, query: (Bound<u64>, Bound<u64>)) -> usize {
                self.iter_mut().count()
                    + self.values_mut().rev().count()
                    + self.overlapping_mut(query).with_handles().count()
            }
        }
    )*};
}

index!(IntervalRbTree IntervalBTree);

/// Lengths about those at which nodes are split and arrays grow, with vacant slots or without.
fn sizes() -> impl Iterator<Item = (u64, u64)> {
    let every = bound(23, 3, 1);
    (0..70)
        .step_by(every)
        .chain(bound(513, 510, 510)..bound(514, 516, 516))
        .flat_map(|len| [(len, 0), (len, 1), (len, 3)])
}

/// Runs `action` on copies of an index with no request granted, one, two, until it succeeds. After a
/// refusal the index is as it was, and a later try with memory succeeds.
fn fails_at_every_request<I: Index, R>(
    index: &I,
    action: impl Fn(&mut I) -> Result<R, ()>,
) -> usize {
    let before = index.list();
    for granted in 0.. {
        let mut copy = index.clone();
        let result = with_requests(granted, || action(&mut copy));
        let context = format!("{}, {} entries, {granted} granted", I::NAME, before.len());
        assert_eq!(copy.check(), Ok(copy.list().len()), "{context}");
        if result.is_ok() {
            return granted;
        }
        assert_eq!(copy.list(), before, "{context}");
        action(&mut copy).unwrap_or_else(|()| panic!("{context}: refused with memory"));
        copy.check().unwrap_or_else(|error| panic!("{context}: {error}"));
    }
    unreachable!("some number is enough")
}

fn every_call_that_can_refuse<I: Index>() {
    let mut refusals = 0;
    for (len, vacant) in sizes() {
        let (index, handles) = I::of(len, vacant);
        for start in [0, 333, 5_000] {
            let new = Interval::new(start, start + 9_000);
            refusals += fails_at_every_request(&index, |index| {
                index.try_insert(new, 7).map_err(|error| {
                    let reason = error.source().and_then(Error::source).expect("the allocation");
                    assert!(reason.is::<TryReserveError>(), "{reason}");
                    assert_eq!(error.into_parts(), (new, 7));
                })
            });
        }
        for &handle in handles.iter().step_by(bound(47, 11, 11)) {
            let start = index.start_of(handle);
            let new = Interval::new(start, start + 9_000);
            refusals += fails_at_every_request(&index, |index| {
                index
                    .insert_after(handle, new, 7)
                    .map_err(|error| assert_eq!(error.into_parts(), (new, 7)))
            });
            refusals += fails_at_every_request(&index, |index| {
                index.try_split_at(handle, start + 1).map_err(|_| ())
            });
        }
        for (start, last) in [(0, 1_000), (333, 340), (1_900, 5_000)] {
            let range = Interval::new(start, last);
            refusals += fails_at_every_request(&index, |index| {
                let count = index.count_overlapping(range);
                let removed = index.try_cut(range).map_err(|_| ())?;
                assert_eq!(removed.len(), count);
                Ok(())
            });
        }
        for additional in [1, 2, 10, 1_000] {
            refusals += fails_at_every_request(&index, |index| {
                let capacity = index.capacity();
                let is_reserved = index.try_reserve(additional).is_ok();
                assert!(index.capacity() >= capacity, "a refusal gives nothing back");
                if is_reserved { Ok(()) } else { Err(()) }
            });
        }
    }
    eprintln!("{}: {refusals} refused requests", I::NAME);
    assert!(refusals > bound(300, 1_000, 1_000), "{refusals}");
}

#[test]
fn a_tree_without_memory_refuses_and_is_as_it_was() {
    every_call_that_can_refuse::<IntervalRbTree<u64, u64>>();
}

#[test]
fn a_wide_tree_without_memory_refuses_and_is_as_it_was() {
    every_call_that_can_refuse::<IntervalBTree<u64, u64>>();
}

#[test]
fn a_change_of_interval_without_memory_is_refused_and_loses_nothing() {
    let mut refusals = 0;
    for (len, vacant) in sizes().chain([(1_024, 0), (1_056, 1)]) {
        let (mut index, handles) = IntervalBTree::of(len, vacant);
        // All leaves are full, so nearly every change splits one.
        index.compact();
        for &handle in handles.iter().step_by(bound(101, 41, 5)) {
            for start in [0, 333, 5_000] {
                let new = Interval::new(start, start + 9_000);
                refusals += fails_at_every_request(&index, |index| {
                    let former = *index.interval(handle).expect("alive").start();
                    let changed = index.try_set_interval(handle, new).map_err(|_| ())?;
                    assert_eq!(changed.map(|former| *former.start()), Some(former));
                    Ok(())
                });
            }
        }
    }
    eprintln!("{refusals} refused changes");
    assert!(refusals > 100, "{refusals}");
}

const REFUSED: &str =
    "capacity exceeded: memory allocation failed because the memory allocator returned an error";

fn every_call_that_cannot_refuse<I: Index>() {
    // The only leaf is full, and so are all arrays.
    let (mut index, _) = I::of(64, 0);
    let before = index.list();
    assert_eq!(panic_without_memory(|| index.insert(Interval::point(3), 7)), REFUSED);
    assert_eq!(panic_without_memory(|| index.reserve(1)), REFUSED);
    assert_eq!((index.check(), index.list()), (Ok(64), before));
}

#[test]
fn a_tree_without_memory_panics_where_it_cannot_refuse() {
    every_call_that_cannot_refuse::<IntervalRbTree<u64, u64>>();
}

#[test]
fn a_wide_tree_without_memory_panics_where_it_cannot_refuse() {
    every_call_that_cannot_refuse::<IntervalBTree<u64, u64>>();

    let full = || (0..128).map(|i| (Interval::point(i), i));
    let build = || IntervalBTree::try_from_sorted(full()).expect("in order");
    assert_eq!(panic_without_memory(build), REFUSED);

    let mut tree = build();
    tree.shrink_to_fit();
    let last = tree.first_overlapping_handle(127..).expect("an entry");
    assert_eq!(panic_without_memory(|| tree.set_interval(last, Interval::point(5))), REFUSED);
    assert_eq!(tree.check().map(|summary| summary.len), Ok(128));
    assert!(tree.iter().map(|(interval, value)| (interval, *value)).eq(full()));
}

/// Who is short of memory can remove entries, and `before` that do what asks for none either; also
/// in a copy.
fn removals_ask_for_nothing<I: Index>(before: impl Fn(&mut I, Handle)) {
    for (len, vacant) in sizes() {
        let (original, handles) = I::of(len, vacant);
        for mut index in [original.clone(), original] {
            let (asked, ()) = requests(|| {
                for handle in &handles {
                    before(&mut index, *handle);
                }
                let removed = handles.iter().filter_map(|handle| index.remove(*handle));
                assert_eq!(removed.count(), handles.len());
            });
            assert_eq!((asked, index.check()), (0, Ok(0)), "{} of {len}", I::NAME);
        }
    }
}

#[test]
fn removals_from_a_tree_ask_for_no_memory() {
    removals_ask_for_nothing::<IntervalRbTree<u64, u64>>(|tree, handle| {
        let start = tree.start_of(handle);
        assert!(tree.set_interval(handle, Interval::new(start / 3, 3_000 - start)).is_some());
    });
}

#[test]
fn removals_from_a_wide_tree_ask_for_no_memory() {
    removals_ask_for_nothing::<IntervalBTree<u64, u64>>(|_, _| ());
}

/// Nor where nobody knew at the start how many entries would come.
#[test]
fn removals_from_what_was_built_of_an_unknown_number_ask_for_no_memory() {
    let entries = (0..1_000).map(nth).filter(|(_, value)| value % 3 < 2).collect::<Vec<_>>();
    let mut sorted = entries.clone();
    sorted.sort_by_key(|(interval, _)| *interval.start());
    let mut tree =
        IntervalRbTree::try_from_sorted(sorted.into_iter().filter(|_| true)).expect("sorted");
    let handles: Vec<_> = tree.iter().with_handles().map(|(at, ..)| at).collect();
    let (asked, ()) = requests(|| {
        for handle in handles {
            assert!(tree.remove(handle).is_some());
        }
    });
    assert_eq!((asked, IntervalIndex::check(&tree)), (0, Ok(0)));
}

/// With capacity reserved, insertions ask for nothing more.
fn reserved_capacity_is_enough<I: Index>() {
    for (len, vacant) in sizes() {
        let (mut index, _) = I::of(len, vacant);
        assert!(index.try_reserve(200).is_ok());
        let (asked, ()) = requests(|| {
            for (interval, value) in (0..200).map(|i| nth(i * 3 + 1)) {
                index.insert(interval, value);
            }
        });
        assert_eq!(asked, 0, "{} of {len}", I::NAME);
        assert_eq!(index.check(), Ok(index.list().len()));
    }
}

#[test]
fn a_tree_s_reserved_capacity_is_enough() {
    reserved_capacity_is_enough::<IntervalRbTree<u64, u64>>();
}

/// Nor do insertions up to the capacity that a tree has from growing.
#[test]
fn an_insertion_below_the_capacity_asks_for_no_memory() {
    let mut tree = IntervalRbTree::new();
    for i in 0..5_000 {
        let fits = tree.len() < tree.capacity();
        let (asked, _) = requests(|| tree.insert(Interval::point(i), ()));
        assert_eq!(asked == 0, fits, "{asked} requests for entry {i}");
    }
}

/// Nor does an insertion into the slot of a removed entry.
#[test]
fn an_insertion_into_a_vacant_slot_asks_for_no_memory() {
    for (len, vacant) in sizes().filter(|(_, vacant)| *vacant > 0) {
        let (mut tree, handles) = IntervalRbTree::<u64, u64>::of(len + vacant, 0);
        let added = handles.iter().zip(0..).filter(|(_, at)| *at >= len);
        added.for_each(|(handle, _)| _ = tree.remove(*handle));
        let (asked, _) = requests(|| tree.insert(Interval::new(3, 400), 7));
        assert_eq!(asked, 0, "{vacant} vacant slots beside {len} entries");
    }
}

#[test]
fn an_insertion_into_a_leaf_that_is_not_full_asks_for_no_memory() {
    let mut tree: IntervalBTree<u64, u64> = (0..64).map(|i| (Interval::point(i), i)).collect();
    let first = tree.first_overlapping_handle(..).expect("an entry");
    let (interval, value) = tree.remove(first).expect("alive");
    tree.shrink_to_fit();
    let (asked, _) = requests(|| tree.insert(interval, value));
    assert_eq!(asked, 0);
}

/// Where a leaf is split and the node above is not full, only leaves and slots are asked for.
#[test]
#[cfg_attr(stabtree_small_nodes, ignore = "all nodes above are full")]
fn splitting_a_leaf_asks_for_no_inner_node() {
    let full = (0..128).map(|i| (Interval::point(i), i));
    let mut tree = IntervalBTree::try_from_sorted(full).expect("in order");
    tree.shrink_to_fit();
    let (asked, _) = requests(|| tree.insert(Interval::point(7), 7));
    assert_eq!(asked, 3, "slots, leaves, and their values");
    assert_eq!(tree.check().map(|summary| summary.leaves), Ok(3));
}

/// Capacity for as many entries again takes as many bytes again.
#[test]
fn no_more_is_reserved_than_was_asked_for() {
    let (before, (mut tree, _)) = held(|| IntervalRbTree::<u64, u64>::of(1_000, 0));
    let before = before - 1_000 * size_of::<Handle>().cast_signed();
    let (more, is_reserved) = held(|| tree.try_reserve(1_000).is_ok());
    assert!(is_reserved && more < before + 200, "{before} bytes, and {more} more");
}

/// What is in order is built without moving nodes: memory for all is asked for at once, and no more.
#[test]
#[cfg_attr(stabtree_small_nodes, ignore = "half of their nodes are inner ones, whose list grows")]
fn a_sorted_build_asks_for_its_memory_once() {
    for len in [1, 64, 65, 1_000, 6_400_usize] {
        let entries = (0..len).map(|i| (Interval::point(i), i));
        let (bytes, (asked, tree)) =
            held(|| requests(|| IntervalBTree::try_from_sorted(entries).expect("in order")));
        // Leaves come in pages of 256 entries, with a count, and with their values beside them.
        let pages = len.div_ceil(256);
        assert!(asked <= 20 + 4 * pages, "{asked} requests for {len} entries");
        let (least, _copy) = held(|| tree.clone());
        assert!(bytes <= least + 3 * 1_024, "{bytes} bytes for {len}, and a copy {least}");
    }
}

/// What was reserved and not used is given back: a copy, which is never larger than it must be, holds
/// as much.
fn shrinking_gives_all_spare_capacity_back<I: Index>() {
    for (len, vacant) in sizes() {
        let (bytes, index) = held(|| {
            let (mut index, _) = I::of(len, vacant);
            assert!(index.try_reserve(1_000).is_ok());
            index.shrink_to_fit();
            index
        });
        let (least, _copy) = held(|| index.clone());
        assert_eq!(bytes, least, "{} of {len}", I::NAME);
    }
}

#[test]
fn a_shrunk_tree_holds_no_spare_capacity() {
    shrinking_gives_all_spare_capacity_back::<IntervalRbTree<u64, u64>>();
}

#[test]
fn a_shrunk_wide_tree_holds_no_spare_capacity() {
    shrinking_gives_all_spare_capacity_back::<IntervalBTree<u64, u64>>();
}

/// Also where each insertion splits a full leaf.
#[test]
fn a_wide_tree_s_reserved_capacity_is_enough() {
    reserved_capacity_is_enough::<IntervalBTree<u64, u64>>();
    let full = (0..6_400).map(|i| (Interval::point(i * 10), i));
    let mut tree = IntervalBTree::try_from_sorted(full).expect("in order");
    tree.reserve(200);
    assert!(tree.capacity() >= 6_600);
    let (asked, ()) = requests(|| {
        for i in 0..200 {
            tree.insert(Interval::point(i * 320 + 5), i);
        }
    });
    assert_eq!(asked, 0, "every insertion split a full leaf");
}

fn queries_ask_for_nothing<I: Index>() {
    let bounds = || [Unbounded, Included(0), Excluded(400), Included(650), Included(5_000)];
    let mut answers = 0;
    for (len, vacant) in sizes() {
        let (mut index, _) = I::of(len, vacant);
        for query in bounds().into_iter().flat_map(|a| bounds().map(|b| (a, b))) {
            let (asked, found) = requests(|| index.ask(query) + index.borrow_mutably(query));
            assert_eq!(asked, 0, "{} of {len}: {query:?}", I::NAME);
            answers += found;
        }
    }
    eprintln!("{}: {answers} answers without memory", I::NAME);
    assert!(answers > 100_000, "{answers}");
}

#[test]
fn queries_of_a_tree_ask_for_no_memory() {
    queries_ask_for_nothing::<IntervalRbTree<u64, u64>>();
}

#[test]
fn queries_of_a_wide_tree_ask_for_no_memory() {
    queries_ask_for_nothing::<IntervalBTree<u64, u64>>();
}

/// A peak, then a hundred entries: what is left takes memory for these, and is named as before.
fn removed_entries_take_no_memory<I: Index>() {
    let peak = bound(30_000, 100_000, 1_000_000);
    let (bytes, (mut index, handles)) = held(|| {
        let mut index = I::new();
        let handles: Vec<_> = (0..peak).map(|i| index.insert(nth(i).0, i)).collect();
        (index, handles)
    });
    assert!(bytes > 20 * isize::try_from(peak).expect("few"), "{}: {bytes} at the peak", I::NAME);
    let kept = |i: u64| i.is_multiple_of(peak / 100);
    (0..).zip(&handles).filter(|(i, _)| !kept(*i)).for_each(|(_, at)| _ = index.remove(*at));
    let check = |index: &I| {
        assert_eq!(index.check(), Ok(100));
        for (i, handle) in (0..).zip(&handles) {
            assert_eq!(index.get(*handle).copied(), kept(i).then_some(i), "{}: {i}", I::NAME);
        }
    };
    let (bytes, clone) = held(|| index.clone());
    assert!(bytes < 20_000, "{}: the clone holds {bytes}", I::NAME);
    check(&clone);
    drop(clone);
    let (bytes, mut index) = held(|| {
        index.shrink_to_fit();
        index.clone()
    });
    assert!(bytes < -20 * isize::try_from(peak).expect("few"), "{}: {bytes} given back", I::NAME);
    check(&index);
    let again = index.insert(nth(7).0, 7);
    assert!(!handles.contains(&again), "{}: a handle is given once", I::NAME);
}

#[test]
fn entries_removed_from_a_tree_take_no_memory() {
    removed_entries_take_no_memory::<IntervalRbTree<u64, u64>>();
}

#[test]
#[cfg_attr(stabtree_small_nodes, ignore = "a few entries take many nodes")]
fn entries_removed_from_a_wide_tree_take_no_memory() {
    removed_entries_take_no_memory::<IntervalBTree<u64, u64>>();
}

/// What changes after a snapshot is copied; where there is no memory for that, the change is refused, and
/// neither the index nor the snapshot has changed.
#[test]
fn a_shared_index_without_memory_refuses_and_is_as_it_was() {
    type Change = fn(&mut IntervalBTree<u64, u64>, &[Handle]) -> Result<(), ()>;
    const CHANGES: [Change; 5] = [
        |index, handles| {
            let last = *index.interval(handles[5]).expect("alive").last();
            index.try_split_at(handles[5], last).map(drop).map_err(drop)
        },
        |index, _| index.try_insert(Interval::new(333, 9_000), 7).map(drop).map_err(drop),
        |index, handles| {
            let interval = index.interval(handles[5]).expect("alive");
            index.insert_after(handles[5], interval, 7).map(drop).map_err(drop)
        },
        |index, handles| {
            index.try_set_interval(handles[5], Interval::new(0, 7)).map(drop).map_err(drop)
        },
        |index, _| index.try_reserve(300).map_err(drop),
    ];
    let mut refusals = 0;
    for (len, vacant) in [(64, 0), (65, 7), (704, 1)] {
        for is_compact in [false, true] {
            for change in CHANGES {
                for granted in 0.. {
                    let (mut index, handles) = IntervalBTree::of(len, vacant);
                    if is_compact {
                        index.compact();
                    }
                    let snapshot = index.snapshot();
                    let before = index.list();
                    let outcome = with_requests(granted, || change(&mut index, &handles));
                    index.check().expect("a valid index");
                    assert_eq!(snapshot.list(), before);
                    if outcome.is_ok() {
                        break;
                    }
                    assert_eq!(index.list(), before);
                    refusals += 1;
                    change(&mut index, &handles).expect("there is memory now");
                    index.check().expect("a valid index");
                    assert_eq!(snapshot.list(), before);
                }
            }
        }
    }
    eprintln!("{refusals} refused changes of shared nodes");
    assert!(refusals > 50, "{refusals}");
}

/// A removal cannot refuse: it panics, and the entry stays.
#[test]
fn a_removal_from_a_shared_index_without_memory_panics_and_changes_nothing() {
    let (mut index, handles) = IntervalBTree::of(1_000, 0);
    let snapshot = index.snapshot();
    let before = index.list();
    panic_without_memory(|| index.remove(handles[3]));
    index.check().expect("a valid index");
    assert!(index.list() == before && snapshot.list() == before);
    assert!(index.remove(handles[3]).is_some());
}

/// A snapshot is small, and dropping it gives back what it took and what was copied since.
#[test]
#[cfg_attr(stabtree_small_nodes, ignore = "there are many nodes on many levels")]
fn a_snapshot_takes_little_and_gives_all_back() {
    let (mut index, handles) = IntervalBTree::of(20_000, 0);
    let (whole, _copy) = held(|| index.clone());
    let (taken, snapshot) = held(|| index.snapshot());
    assert!(taken < whole / 100, "{taken} of {whole} bytes");
    let (copied, removed) = held(|| index.remove(handles[7]));
    assert!((1..80_000).contains(&copied), "{copied} bytes for one change");
    // Its leaf can take it again, and is not split.
    let (interval, value) = removed.expect("an entry");
    let (again, ()) = held(|| _ = index.insert(interval, value));
    assert!(again <= copied, "{again} bytes for the next one");
    let (given_back, ()) = held(|| drop(snapshot));
    assert!(given_back < -taken, "{given_back} bytes");
}

/// A state that no reader holds any more is published again, in the memory that it has.
#[cfg(feature = "sync")]
#[test]
fn a_publication_again_takes_no_memory() {
    let mut publisher = Publisher::new(IntervalBTree::of(20_000, 0).0);
    let mut reader = publisher.reader();
    for _ in 0..3 {
        publisher.publish();
        assert_eq!(reader.newest().len(), 20_000);
    }
    let (bytes, ()) = held(|| with_requests(0, || publisher.publish()));
    assert_eq!((bytes, reader.newest().len()), (0, 20_000));
    // What a reader holds is left to it.
    let kept = reader.snapshot();
    publisher.update(IntervalBTree::clear);
    for _ in 0..3 {
        publisher.publish();
        assert!(reader.newest().is_empty());
    }
    assert_eq!(kept.iter().count(), 20_000);
}

/// Of what is published, former versions are kept: of all inner nodes, and of a mebibyte of leaves.
#[cfg(feature = "sync")]
#[test]
#[cfg_attr(stabtree_small_nodes, ignore = "there are many nodes on many levels")]
fn what_is_kept_for_publications_is_bounded() {
    let (index, handles) = IntervalBTree::of(100_000, 0);
    let (whole, _copy) = held(|| index.clone());
    let mut publisher = Publisher::new(index).publish_every(1);
    let mut change = |seed: usize, changes: usize| {
        for i in 0..changes {
            let handle = handles[(seed + i * 7_919) % handles.len()];
            publisher.update(|index| index[handle] += 1);
        }
    };
    let (kept, ()) = held(|| change(0, 3_000));
    assert!((1 << 20..(1 << 20) + whole / 10).contains(&kept), "{kept} bytes of {whole}");
    let (more, ()) = held(|| change(5, 3_000));
    assert!(more < 1 << 16, "{more} bytes more");
    // A page that is changed again and again needs none but what refers to groups of them.
    publisher.update(|index| index[handles[5]] += 1);
    publisher.update(|index| index[handles[5]] += 1);
    with_requests(2, || publisher.update(|index| index[handles[5]] += 1));
}

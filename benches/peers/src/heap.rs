#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator, counting what is live. The program has one thread that allocates in
/// what it measures, so plain loads and stores do, and cost next to nothing.
#[derive(Debug)]
pub(crate) struct Counting;

static REQUESTED: AtomicUsize = AtomicUsize::new(0);
static ROUNDED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Live bytes of the whole program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) requested: usize,
    pub(crate) rounded: usize,
}

pub(crate) fn live() -> Live {
    Live { requested: REQUESTED.load(Relaxed), rounded: ROUNDED.load(Relaxed) }
}

/// The most that was requested at once since `forget_peak` (bytes).
pub(crate) fn peak() -> usize {
    PEAK.load(Relaxed)
}

pub(crate) fn forget_peak() {
    PEAK.store(REQUESTED.load(Relaxed), Relaxed);
}

/// What a block takes with an eight-byte header, in steps of 16 from 32.
fn rounded(size: usize) -> usize {
    (size + 8).next_multiple_of(16).max(32)
}

fn count(old: usize, new: usize) {
    let change = |total: &AtomicUsize, old, new| {
        total.store(total.load(Relaxed).wrapping_add(new).wrapping_sub(old), Relaxed);
    };
    change(&REQUESTED, old, new);
    let blocks = |size| if size == 0 { 0 } else { rounded(size) };
    change(&ROUNDED, blocks(old), blocks(new));
    let live = REQUESTED.load(Relaxed);
    if live > PEAK.load(Relaxed) {
        PEAK.store(live, Relaxed);
    }
}

// SAFETY: every call is passed on to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks may be there at once.
        count(0, size);
        count(layout.size(), 0);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}

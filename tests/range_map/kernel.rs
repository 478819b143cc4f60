//! The example's address space against the one of this very process.

use std::ffi::c_void;
use std::fs;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use stabtree::Interval;

#[path = "../../examples/guest_memory/memory.rs"]
mod memory;

use memory::{Memory, Placement, Prot};

/// Far from where anything else is mapped.
const BASE: u64 = 0x1000_0000_0000;
const PAGE: u64 = 0x1_0000;
const PAGES: u64 = 64;

fn rights(number: u64) -> Prot {
    Prot { read: number & 1 != 0, write: number & 2 != 0, exec: false }
}

fn pointer(address: u64) -> *mut c_void {
    std::ptr::with_exposed_provenance_mut(usize::try_from(address).expect("64 bits"))
}

/// The mappings of this process in the range that the test uses.
fn kernel_mappings() -> Vec<(Interval<u64>, Prot)> {
    let maps = fs::read_to_string("/proc/self/maps").expect("Linux has it");
    let parsed = maps.lines().map(|line| {
        let (range, rest) = line.split_once(' ').expect("a range and rights");
        let (start, end) = range.split_once('-').expect("two ends");
        let hex = |digits| u64::from_str_radix(digits, 16).expect("an address");
        let prot = Prot {
            read: rest.starts_with('r'),
            write: rest[1..].starts_with('w'),
            exec: rest[2..].starts_with('x'),
        };
        (Interval::new(hex(start), hex(end) - 1), prot)
    });
    let inside = Interval::new(BASE, BASE + PAGES * PAGE - 1);
    parsed.filter(|(range, _)| inside.covers(range)).collect()
}

#[expect(unsafe_code, reason = "maps memory that nobody refers to")]
#[test]
fn an_address_space_is_that_of_the_kernel() {
    let mut memory = Memory::new(Interval::new(BASE, BASE + PAGES * PAGE - 1));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for step in 0..3_000 {
        let first = random(PAGES);
        let count = 1 + random((PAGES - first).min(12));
        let (start, len) = (BASE + first * PAGE, count * PAGE);
        let range = Interval::new(start, start + len - 1);
        let (at, bytes) = (pointer(start), usize::try_from(len).expect("small"));
        let number = random(4);
        let prot = rights(number);
        let flag = |set, flag| if set { flag } else { ProtFlags::empty() };
        let flags = flag(prot.read, ProtFlags::READ) | flag(prot.write, ProtFlags::WRITE);
        let fixed = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // Without a reservation no flag of a mapping depends on what it was before.
        let free = MapFlags::PRIVATE | MapFlags::FIXED_NOREPLACE | MapFlags::NORESERVE;
        // SAFETY: nothing of this process lies in the range but what this test has mapped there, and
        // nothing refers to it.
        unsafe {
            match random(5) {
                0 | 1 => {
                    mmap_anonymous(at, bytes, flags, fixed).expect("there is a gap");
                    memory.map_fixed(range, prot);
                }
                2 => {
                    munmap(at, bytes).expect("a range of pages");
                    memory.unmap(range);
                }
                3 => {
                    let flag = |set, flag| if set { flag } else { MprotectFlags::empty() };
                    let flags = flag(prot.read, MprotectFlags::READ)
                        | flag(prot.write, MprotectFlags::WRITE);
                    // The kernel changes what lies before a gap, and says so; this one changes nothing.
                    if memory.protect(range, prot).is_ok() {
                        mprotect(at, bytes, flags).expect("all of it is mapped");
                    }
                }
                _ => {
                    let place = if number < 2 { Placement::BottomUp } else { Placement::TopDown };
                    if let Some(placed) = memory.map(len, PAGE << random(3), place, prot) {
                        let at = pointer(*placed.start());
                        mmap_anonymous(at, bytes, flags, free).expect("nothing is mapped there");
                    }
                }
            }
        }
        assert_eq!(memory.mappings().collect::<Vec<_>>(), kernel_mappings(), "step {step}");
        let address = BASE + random(PAGES * PAGE);
        let found = kernel_mappings().into_iter().find(|(range, _)| range.contains(&address));
        assert_eq!(memory.fault(address), found);
    }
    let bytes = usize::try_from(PAGES * PAGE).expect("small");
    // SAFETY: as above.
    unsafe { munmap(pointer(BASE), bytes).expect("a range of pages") };
}

//! Families of mappings that benchmarks walk, in machines of their own.

use std::hint::black_box;
use std::ops::ControlFlow;

use stabtree::rmap::{Advice, Content, Control, Machine, Mapping, MmId, Pages, Pfn, Prot, Vaddr};

const BASE: u64 = 0x10_0000;

/// Does nothing with what is found: the cost is the walk's own.
pub(crate) struct Ignore;

impl Control for Ignore {
    fn rmap_one(&mut self, mapping: &Mapping) -> ControlFlow<()> {
        black_box(mapping);
        ControlFlow::Continue(())
    }
}

pub(crate) fn page(number: u64) -> Vaddr {
    Vaddr::of_page(BASE + number)
}

/// Maps mergeable memory whose pages hold what `content` says.
pub(crate) fn populate(machine: &mut Machine, mm: MmId, pages: u64, content: impl Fn(u64) -> u64) {
    let start = page(0);
    machine.mmap(mm, start, Pages(pages), Prot::ReadWrite).expect("the range is legal");
    machine.madvise(mm, start, Pages(pages), Advice::Mergeable).expect("the range is mapped");
    for i in 0..pages {
        machine.write(mm, page(i), Content(1 + content(i))).expect("the page is mapped");
    }
}

pub(crate) fn merge(machine: &mut Machine) {
    machine.ksm_scan();
    machine.ksm_scan();
}

/// Gives an empty machine one process whose memory is `vmas` mappings of one page, all on one
/// `anon_vma`, merged in pairs. Returns the page in the middle.
pub(crate) fn split(machine: &mut Machine, vmas: u64) -> Pfn {
    let p = machine.spawn();
    populate(machine, p, vmas, |i| i / 2);
    for i in (1..vmas).step_by(2) {
        machine.mprotect(p, page(i), Pages(1), Prot::Read).expect("the page is mapped");
    }
    merge(machine);
    machine.pfn_at(p, page((vmas / 2) & !1)).expect("the page is present")
}

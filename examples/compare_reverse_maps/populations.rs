//! Machines on which the two reverse maps are compared: the same calls on either.
#![allow(dead_code, reason = "no user needs all of it")]
#![allow(unreachable_pub, reason = "a benchmark includes this file, too")]

use stabtree::rmap::{
    Advice, Content, KernelVersion, Machine, MmId, Pages, Pfn, Prot, Remap, ReverseMapKind,
    RmapError, Vaddr,
};

/// A machine, and what is measured on it.
#[derive(Clone, Debug)]
pub struct Population {
    pub name: &'static str,
    pub machine: Machine,
    /// The page that is walked.
    pub pfn: Pfn,
    /// The process that is forked.
    pub process: MmId,
    /// Bytes of the reverse map before its mappings were moved, and how many were.
    pub moved: Option<(u64, u64)>,
}

const BASE: u64 = 0x10_0000;
const MOVED: u64 = 0x4000_0000;

fn page(number: u64) -> Vaddr {
    Vaddr::of_page(number)
}

fn machine(kind: ReverseMapKind) -> Machine {
    Machine::builder().kernel(KernelVersion::V7_3).reverse_map(kind).build()
}

fn shift(machine: &mut Machine, mm: MmId, from: u64, to: u64) -> Result<(), RmapError> {
    machine.mremap(mm, page(from), Pages(1), Pages(1), Remap::Fixed(page(to))).map(drop)
}

/// Scans until all that is equal is merged.
fn merge(machine: &mut Machine) {
    machine.ksm_scan();
    machine.ksm_scan();
}

/// One process with a mapping for each of `n` pages, merged: each with its neighbour, or all.
pub fn split(kind: ReverseMapKind, n: u64, pairs: bool) -> Result<Population, RmapError> {
    let mut machine = machine(kind);
    let p = machine.spawn();
    machine.mmap(p, page(BASE), Pages(n), Prot::ReadWrite)?;
    machine.madvise(p, page(BASE), Pages(n), Advice::Mergeable)?;
    for i in 0..n {
        machine.write(p, page(BASE + i), Content(1 + if pairs { i / 2 } else { 0 }))?;
    }
    for i in (1..n).step_by(2) {
        machine.mprotect(p, page(BASE + i), Pages(1), Prot::Read)?;
    }
    merge(&mut machine);
    let pfn = machine.pfn_at(p, page(BASE + ((n / 2) & !1)))?;
    let name = if pairs { "split, merged in pairs" } else { "split, all equal" };
    Ok(Population { name, machine, pfn, process: p, moved: None })
}

/// A page that a process shares with a stranger by merging, and with `forks` children.
pub fn forked(kind: ReverseMapKind, forks: u64) -> Result<Population, RmapError> {
    let mut machine = machine(kind);
    let (stranger, parent) = (machine.spawn(), machine.spawn());
    for mm in [stranger, parent] {
        machine.mmap(mm, page(BASE), Pages(1), Prot::ReadWrite)?;
        machine.madvise(mm, page(BASE), Pages(1), Advice::Mergeable)?;
        machine.write(mm, page(BASE), Content(7))?;
    }
    merge(&mut machine);
    for _ in 0..forks {
        machine.fork(parent)?;
    }
    let pfn = machine.pfn_at(parent, page(BASE))?;
    Ok(Population { name: "merged, then forked", machine, pfn, process: parent, moved: None })
}

/// A tree of `n` processes, each but the first forked from one half its number, with `mappings` mappings
/// of one page each. The page is one that all share.
pub fn fork_tree(kind: ReverseMapKind, n: usize, mappings: u64) -> Result<Population, RmapError> {
    let mut machine = machine(kind);
    let first = machine.spawn();
    for i in 0..mappings {
        let at = page(BASE + 2 * i); // with a hole after each
        machine.mmap(first, at, Pages(1), Prot::ReadWrite)?;
        machine.write(first, at, Content(1 + i))?;
    }
    let mut processes = vec![first];
    for i in 1..n {
        processes.push(machine.fork(processes[i / 2])?);
    }
    let pfn = machine.pfn_at(first, page(BASE))?;
    let process = processes[n - 1];
    Ok(Population { name: "fork tree, shared by all", machine, pfn, process, moved: None })
}

/// The same tree; the page is the first process's own since all others have written theirs.
pub fn fork_tree_own(
    kind: ReverseMapKind,
    n: usize,
    mappings: u64,
) -> Result<Population, RmapError> {
    let mut population = fork_tree(kind, n, mappings)?;
    let machine = &mut population.machine;
    let processes: Vec<_> = machine.processes().collect();
    for &mm in &processes[1..] {
        machine.write(mm, page(BASE), Content(2))?;
    }
    Ok(Population { name: "fork tree, one has it left", ..population })
}

/// One process whose `n` pages were written and then moved one by one, to places that do not touch.
pub fn moved(kind: ReverseMapKind, n: u64) -> Result<Population, RmapError> {
    let mut machine = machine(kind);
    let p = machine.spawn();
    machine.mmap(p, page(BASE), Pages(n), Prot::ReadWrite)?;
    for i in 0..n {
        machine.write(p, page(BASE + i), Content(1 + i))?;
    }
    let before = machine.reverse_map_size().bytes;
    for i in 0..n {
        shift(&mut machine, p, BASE + i, MOVED + 3 * i)?;
    }
    let pfn = machine.pfn_at(p, page(MOVED + 3 * (n / 2)))?;
    Ok(Population { name: "moved one by one", machine, pfn, process: p, moved: Some((before, n)) })
}

/// One process that wrote `n` pages at one address, each moved away before the next: all have the same
/// index.
pub fn one_index(kind: ReverseMapKind, n: u64) -> Result<Population, RmapError> {
    let mut machine = machine(kind);
    let p = machine.spawn();
    let before = machine.reverse_map_size().bytes;
    for i in 0..n {
        machine.mmap(p, page(BASE), Pages(1), Prot::ReadWrite)?;
        machine.write(p, page(BASE), Content(1 + i))?;
        shift(&mut machine, p, BASE, MOVED + 2 * i)?;
    }
    let pfn = machine.pfn_at(p, page(MOVED + 2 * (n / 2)))?;
    let name = "moved away from one address";
    Ok(Population { name, machine, pfn, process: p, moved: Some((before, n)) })
}

//! The same operations on a machine of each reverse map, and what has to agree between the two.
//!
//! Mappings and contents always agree. So do results, page tables frame by frame, and counters, until a
//! page in the swap cache is mapped by one and copied by the other: which one does depends on where the
//! page's owner leads, and a copy is merged, swapped out and counted apart from its original.
#![allow(dead_code, reason = "no user needs all of it")]

use stabtree::rmap::{
    Content, Counters, Machine, MmId, PageView, Pgoff, ReverseMapKind, RmapError, Vaddr,
};

use crate::rmap_ops::{Op, World};

/// A machine of each kind, both to be set so that the complete index, by which they walk, misses no page.
#[derive(Clone, Debug)]
pub(crate) struct Lockstep {
    pub(crate) families: World,
    pub(crate) contexts: World,
    /// Whether one has copied a page at swap-in that the other has not.
    pub(crate) parted: bool,
}

#[derive(PartialEq, Debug)]
struct Process {
    mm: MmId,
    /// Start, end and both offsets.
    vmas: Vec<(Vaddr, Vaddr, Pgoff, Pgoff)>,
    /// What is read in each page that is or was used.
    contents: Vec<(Vaddr, Content)>,
}

/// What processes see.
fn processes(machine: &Machine) -> Vec<Process> {
    // Reading swaps in.
    let mut readable = machine.clone();
    let process = |mm| {
        let vmas = machine.vmas(mm).expect("it lives");
        let vmas = vmas.map(|vma| (vma.start(), vma.end(), vma.pgoff(), vma.anon_pgoff()));
        let pages = machine.used_pages(mm).expect("it lives");
        let contents = pages.map(|(at, _)| (at, readable.read(mm, at).expect("it is mapped")));
        Process { mm, vmas: vmas.collect(), contents: contents.collect() }
    };
    machine.processes().map(process).collect()
}

/// What the kernel sees.
fn tables(machine: &Machine) -> (Vec<Vec<(Vaddr, PageView)>>, Counters) {
    let pages = |mm| machine.used_pages(mm).expect("it lives").collect();
    (machine.processes().map(pages).collect(), machine.counters())
}

/// Fails with both if they differ.
fn same<T: PartialEq + std::fmt::Debug>([one, other]: [T; 2]) -> Result<(), String> {
    if one == other { Ok(()) } else { Err(format!("families {one:?}\ncontexts {other:?}")) }
}

impl Lockstep {
    pub(crate) fn new(machine: impl Fn(ReverseMapKind) -> Machine) -> Self {
        let [families, contexts] = [ReverseMapKind::AnonVma, ReverseMapKind::CowContext]
            .map(|kind| World::complete(machine(kind)));
        Self { families, contexts, parted: false }
    }

    fn machines(&self) -> [&Machine; 2] {
        [&self.families.machine, &self.contexts.machine]
    }

    /// Applies one operation to both. Returns what came of it with families, and what must agree and
    /// does not.
    pub(crate) fn apply(&mut self, op: Op) -> Result<Result<(), RmapError>, String> {
        let results = [self.families.apply(op), self.contexts.apply(op)];
        same(self.machines().map(processes))?;
        let [of_families, of_contexts] = self.machines().map(Machine::swap_in_copies);
        self.parted |= of_families != of_contexts;
        if !self.parted {
            same(results)?;
            same(self.machines().map(tables))?;
        }
        let [result, _] = results;
        Ok(result)
    }
}

//! What only a fault of the model itself could do to a machine, and that its laws tell.

use super::machine::Machine;
use super::units::{Content, MmId, Pages, Pgoff, Vaddr};
use super::vma::Prot;
use super::{Advice, FilePart, MachineViolation, Sharing, VmaId};

const AT: Vaddr = Vaddr::of_page(100);

/// Gives the mapping at `AT` another offset without taking it out of its trees before.
fn displace(machine: &mut Machine, mm: MmId) -> VmaId {
    let name = machine.vma_at(mm, AT).expect("mapped").id();
    let vma = machine.memory.vmas.find(name.0).expect("mapped");
    machine.memory.vmas[vma].pgoff = Pgoff(500);
    name
}

/// S31: the verifier compares each entry of a tree with the mapping it is for.
#[test]
fn s31_a_mapping_changed_in_its_tree_is_told() {
    let mut machine = Machine::new();
    let p = machine.spawn();
    machine.mmap(p, AT, Pages(4), Prot::ReadWrite).expect("legal");
    machine.write(p, AT, Content(1)).expect("mapped");
    let index = machine.clone();
    machine.madvise(p, AT, Pages(4), Advice::DontNeed).expect("mapped");
    machine.check().expect("all laws");

    let vma = displace(&mut machine, p);
    assert_eq!(machine.check(), Err(MachineViolation::Links { vma }));
    // Taken out and put back it is as if that had been done before and after.
    let at = machine.memory.vmas.find(vma.0).expect("mapped");
    machine.memory.refresh_links(at);
    assert_eq!(machine.check(), Ok(()));

    // A page that is there tells it too: it lies at another index than it was made for.
    let mut machine = index;
    displace(&mut machine, p);
    assert_eq!(machine.check(), Err(MachineViolation::Index { mm: p, at: AT }));
}

#[test]
fn s31_a_mapping_changed_in_its_files_tree_is_told() {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let file = machine.create_file(&[Content(1); 4]);
    let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
    machine.mmap_file(p, AT, Pages(4), Prot::Read, part).expect("legal");
    let vma = displace(&mut machine, p);
    assert_eq!(machine.check(), Err(MachineViolation::File { vma }));
    let at = machine.memory.vmas.find(vma.0).expect("mapped");
    machine.memory.refresh_file(at);
    assert_eq!(machine.check(), Ok(()));
}

//! The one change of trees that may run beside walks.

use crate::Handle;
use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::memory::Memory;
use crate::rmap::model::file::MappingTree;
use crate::rmap::units::{MmId, Vaddr};

impl Machine {
    /// Removes the mapping at `at` from all trees of its family and of its file and inserts it again
    /// where it was, with their locks held for writing. Returns in how many trees it is: none for
    /// anonymous memory that was never touched, and then no lock is taken.
    ///
    /// It is what every split, merge and move does to the trees, and what makes it wait for walks
    /// and walks for it. Those calls have the machine to themselves; this one leaves it as it was
    /// and shares it, so that threads can be made to contend.
    ///
    /// `lock_taken` is called once the locks are held, before anything else.
    ///
    /// From inside a walk of the same family or file it never returns: the walk holds the lock. Where
    /// families publish states it returns, and the walk goes on with the state that it reads; a file's
    /// walk always holds the file's lock.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    ///
    /// # Complexity
    ///
    /// `O((1 + e) log n)` for each tree of *n* mappings, *e* of them at the same offset.
    ///
    /// # Kernel counterpart
    ///
    /// `mm/vma.c`, `vma_prepare` and `vma_complete`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(1), Prot::ReadWrite)?;
    /// assert_eq!(machine.relink(p, at, || {})?, 0);
    /// machine.write(p, at, Content(7))?;
    /// let mut was_held = false;
    /// assert_eq!(machine.relink(p, at, || was_held = true)?, 1);
    /// assert!(was_held);
    /// # Ok(())
    /// # }
    /// ```
    pub fn relink(
        &self,
        mm: MmId,
        at: Vaddr,
        lock_taken: impl FnOnce(),
    ) -> Result<usize, RmapError> {
        let vma = self.vma_at(mm, at)?.vma;
        let Memory { anon, files, .. } = &self.memory;
        // The file's lock first, as the kernel orders the two.
        let mut mappings = vma.file().map(|file| files[file].mappings.write());
        let in_file = usize::from(mappings.is_some());
        let families = anon.relink(vma, |held| {
            if held || mappings.is_some() {
                lock_taken();
            }
            if let (Some(mappings), Some(link)) = (&mut mappings, vma.file) {
                put_back_in_file(mappings, link.handle);
            }
        });
        Ok(families + in_file)
    }
}

/// Removes a mapping from its file's tree and inserts it again, after its equals. So it is done to
/// each of them in turn: their order is then as it was.
fn put_back_in_file(tree: &mut MappingTree, entry: Handle) {
    let start = *tree.interval(entry).expect("a link's handle is live").start();
    let equals = tree.range(start..=start).with_handles();
    let equals: Vec<Handle> = equals.map(|(handle, ..)| handle).collect();
    for handle in equals {
        let interval = *tree.interval(handle).expect("an entry of the tree");
        tree.set_interval(handle, interval);
    }
}

#[cfg(test)]
mod tests {
    use super::{Machine, MmId, Vaddr};
    use crate::rmap::model::family::AvcTree;
    use crate::rmap::model::ix::VmaIx;
    use crate::rmap::model::vma::Prot;
    use crate::rmap::units::{Content, Pages, Pgoff};
    use crate::rmap::{FilePart, Sharing};

    const AT: Vaddr = Vaddr::of_page(100);

    /// The mappings at the roots of the trees of the file and of the family.
    fn roots(machine: &Machine, mm: MmId) -> [VmaIx; 2] {
        let vma = machine.vma_at(mm, AT).expect("mapped").vma;
        let file = vma.file().expect("it maps a file");
        let mappings = machine.memory.files[file].mappings.read();
        let of_file = mappings.shape().next().and_then(|node| mappings.get(node.handle));

        let own = vma.anon_vma.expect("touched");
        let trees = machine.memory.anon.families().family(own).read();
        let AvcTree::RedBlack(family) = &trees[machine.memory.anon.families()[own].tree] else {
            panic!("the kernel's tree is asked for")
        };
        let of_family = family.shape().next().and_then(|node| family.get(node.handle));
        [*of_file.expect("not empty"), of_family.expect("not empty").vma]
    }

    /// A root that is removed and inserted again is a root no more: nothing else shows that it was done.
    #[test]
    fn a_mapping_is_removed_from_both_trees_and_inserted_again() {
        let mut machine = Machine::new();
        let p = machine.spawn();
        let file = machine.create_file(&[Content(1); 7]);
        let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Private };
        machine.mmap_file(p, AT, Pages(7), Prot::ReadWrite, part).expect("legal");
        machine.write(p, AT, Content(2)).expect("mapped");
        for page in [1, 3, 5] {
            machine.mprotect(p, AT + Pages(page), Pages(1), Prot::Read).expect("mapped");
        }
        for tree in [0, 1] {
            let before = roots(&machine, p)[tree];
            let at = machine.memory.vmas[before].start;
            assert_eq!(machine.relink(p, at, || {}), Ok(2));
            assert_ne!(roots(&machine, p)[tree], before);
            machine.check().expect("all invariants");
        }
    }
}

//! The one change of trees that may run beside walks.

use super::Machine;
use crate::Handle;
use crate::rmap::error::RmapError;
use crate::rmap::family::AvcTree;
use crate::rmap::file::MappingTree;
use crate::rmap::memory::Memory;
use crate::rmap::units::{MmId, Vaddr};

impl Machine {
    /// Takes the mapping at `at` out of all trees of its family and of its file and puts it back
    /// where it was, with their locks held for writing. Returns in how many trees it is: none for
    /// anonymous memory that was never touched, and then no lock is taken.
    ///
    /// It is what every split, merge and move does to the trees, and what makes it wait for walks
    /// and walks for it. Those calls have the machine to themselves; this one leaves it as it was
    /// and shares it, so that threads can be made to contend.
    ///
    /// `lock_taken` is called once the locks are held, before anything else.
    ///
    /// From inside a walk of the same family or file it never returns: the walk holds the lock.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`].
    ///
    /// # Complexity
    ///
    /// `O((1 + e) log n)` for each tree of *n* mappings, *e* of them at the same offset.
    ///
    /// # Source
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
        let Memory { anon_vmas, files, .. } = &self.memory;
        // The file's lock first, as the kernel orders the two.
        let mut mappings = vma.file().map(|file| files[file].mappings.write());
        let mut family = vma.anon_vma.map(|own| anon_vmas.family(own).write());
        if mappings.is_some() || family.is_some() {
            lock_taken();
        }
        if let (Some(mappings), Some(link)) = (&mut mappings, vma.file) {
            put_back_in_file(mappings, link.handle);
        }
        if let Some(trees) = &mut family {
            for link in &vma.links {
                put_back(&mut trees[anon_vmas[link.anon_vma].tree], link.handle);
            }
        }
        Ok(vma.links.len() + usize::from(mappings.is_some()))
    }
}

/// Takes an entry out of a family's tree and puts it back. It comes to lie behind its equals, and
/// then those that were behind it follow.
fn put_back(tree: &mut AvcTree, entry: Handle) {
    for handle in tree.equals_from(entry) {
        let interval = tree.interval(handle).expect("an entry of the tree");
        tree.set_interval(handle, interval);
    }
}

/// The same in the tree of a file.
fn put_back_in_file(tree: &mut MappingTree, entry: Handle) {
    let start = *tree.interval(entry).expect("a link's handle is live").start();
    let equals = tree.range(start..=start).with_handles().map(|(handle, ..)| handle);
    let from_here_on: Vec<Handle> = equals.skip_while(|&handle| handle != entry).collect();
    for handle in from_here_on {
        let interval = *tree.interval(handle).expect("an entry of the tree");
        tree.set_interval(handle, interval);
    }
}

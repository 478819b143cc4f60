//! Processes: spawn, fork, exit.

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::model::ix::{MmIx, VmaIx};
use crate::rmap::model::mm::Mm;
use crate::rmap::model::page::Pte;
use crate::rmap::units::{MmId, Vaddr};

impl Machine {
    /// Starts a process with nothing mapped.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut machine = stabtree::rmap::Machine::new();
    /// let (p, q) = (machine.spawn(), machine.spawn());
    /// assert!(machine.processes().eq([p, q]));
    /// ```
    pub fn spawn(&mut self) -> MmId {
        self.spawn_from(None).1
    }

    fn spawn_from(&mut self, parent: Option<MmIx>) -> (MmIx, MmId) {
        let at = self.memory.mms.insert(Mm::default());
        self.memory.anon.spawned(at, parent);
        (at, MmId(self.memory.mms.id(at)))
    }

    /// Forks a process: the child has copies of all mappings and shares all pages.
    ///
    /// Merged pages stay merged, and the child's entries for them are known to the reverse map only
    /// through the parent's items until the scanner has come to the child. If the parent is
    /// mergeable the child enters the scan order just before the cursor.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`] if `parent` is not alive.
    ///
    /// # Complexity
    ///
    /// `O(v log v + p)` for *v* mappings and *p* present pages, times the trees each mapping is in.
    ///
    /// # Kernel counterpart
    ///
    /// `kernel/fork.c`, `dup_mmap`; `mm/rmap.c`, `anon_vma_fork`.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    ///
    /// # fn main() -> Result<(), stabtree::rmap::RmapError> {
    /// let mut machine = Machine::new();
    /// let (parent, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(parent, at, Pages(1), Prot::ReadWrite)?;
    /// machine.write(parent, at, Content(1))?;
    /// let child = machine.fork(parent)?;
    /// assert_eq!(machine.pfn_at(child, at)?, machine.pfn_at(parent, at)?);
    /// machine.write(child, at, Content(2))?;
    /// assert_eq!(machine.read(parent, at)?, Content(1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn fork(&mut self, parent: MmId) -> Result<MmId, RmapError> {
        let parent = self.living(parent)?;
        let (at, child) = self.spawn_from(Some(parent));
        let mut next = self.memory.mms[parent].first();
        while let Some(vma) = next {
            self.fork_vma(vma, at, child);
            next = self.memory.vmas[vma].next;
        }
        if self.memory.mms[parent].slot.is_some() {
            self.ksm.enter(at, &mut self.memory);
        }
        self.memory.anon.publish();
        Ok(child)
    }

    fn fork_vma(&mut self, vma: VmaIx, child: MmIx, child_id: MmId) {
        let memory = &mut self.memory;
        let mut copy = memory.vmas[vma].clone();
        let (parent, start, end) = (copy.mm, copy.start, copy.end);
        (copy.mm, copy.mm_id, copy.anon_vma) = (child, child_id, None);
        copy.links.clear();
        let original = copy.file.take();
        let copy = memory.enter(copy);
        if let Some(original) = original {
            memory.link_file(copy, original.file, Some(original.handle));
        }
        if memory.vmas[vma].anon_vma.is_none() {
            return; // it has no pages of its own, and faults bring back the others
        }
        memory.anon.fork(copy, vma, &mut memory.vmas);
        let entries: Vec<_> = memory.mms[parent].table.used(start, end).collect();
        for (at, entry) in entries {
            match entry {
                Pte::None | Pte::Zero => {}
                Pte::MergedZero => memory.zero_pages += 1,
                Pte::Page(frame) => {
                    memory.frames[frame].mapcount += 1;
                    memory.frames[frame].exclusive = false;
                }
                Pte::Swap(slot) => {
                    memory.swap[slot].entries += 1;
                    memory.swap[slot].exclusive = false;
                }
            }
            memory.mms[child].table.set(at, entry);
        }
    }

    /// Ends a process: everything it had mapped is unmapped.
    ///
    /// Its items stay, and are walked, until the scanner has passed.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`] if `mm` is not alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let child = machine.fork(p)?;
    /// assert_eq!(machine.mapcount(machine.pfn_at(p, at)?)?, 2);
    /// machine.exit(child)?;
    /// assert_eq!(machine.mapcount(machine.pfn_at(p, at)?)?, 1);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn exit(&mut self, mm: MmId) -> Result<(), RmapError> {
        let at = self.living(mm)?;
        self.memory.unmap(at, Vaddr(0), Vaddr::TOP);
        self.memory.anon.exited(at);
        self.memory.mms[at].exited = true;
        self.ksm.leave(at, &mut self.memory);
        self.memory.anon.publish();
        Ok(())
    }
}

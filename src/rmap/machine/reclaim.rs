//! Reclaim: unmapping frames, and what holds them.

use crate::rmap::error::RmapError;
use crate::rmap::machine::Machine;
use crate::rmap::model::page::{Owner, Pte};
use crate::rmap::model::swap::SwapSlot;
use crate::rmap::units::{MmId, Pfn, Vaddr};
use crate::rmap::walk::{Strategy, WalkStats};

/// What became of a frame that was to be unmapped (entries).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Reclaim {
    /// The walk.
    pub walk: WalkStats,
    /// Entries that are swap entries now, or empty where the page is a file's.
    pub unmapped: u32,
    /// Entries that the walk missed: the frame is still mapped there, and cannot be freed.
    pub left: u32,
    /// Whether the frame is free now.
    pub freed: bool,
}

impl Machine {
    /// Replaces the frame's entries by swap entries, as reclaim does; a frame without
    /// entries and pins is freed. A pinned one stays in the swap cache. A file's page leaves no
    /// entries and is written back.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Kernel counterpart
    ///
    /// `mm/rmap.c`, `try_to_unmap`; `mm/vmscan.c`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let reclaim = machine.unmap(machine.pfn_at(p, at)?, &FullRange)?;
    /// assert_eq!((reclaim.unmapped, reclaim.freed), (1, true));
    /// assert_eq!(machine.read(p, at)?, Content(7)); // brought back from swap
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn unmap<S: Strategy + ?Sized>(
        &mut self,
        pfn: Pfn,
        strategy: &S,
    ) -> Result<Reclaim, RmapError> {
        let frame = self.frame(pfn)?;
        let (walk, entries, left) = self.entries(frame, strategy);
        let memory = &mut self.memory;
        let unmapped = memory.frames[frame].mapcount - left;
        let freed = left == 0 && memory.frames[frame].pins == 0;
        memory.frames[frame].mapcount = left;
        if let Owner::File { file, index } = memory.frames[frame].owner {
            memory.set_all(&entries, Pte::None);
            if freed {
                memory.files[file].evict(index, &mut memory.frames);
            }
            return Ok(Reclaim { walk, unmapped, left, freed });
        }
        let slot = memory.frames[frame].swap_cache.unwrap_or_else(|| {
            let content = memory.frames[frame].content;
            let slot = memory.swap.insert(SwapSlot {
                content,
                entries: 0,
                exclusive: false,
                cached: Some(frame),
            });
            memory.frames[frame].swap_cache = Some(slot);
            slot
        });
        memory.set_all(&entries, Pte::Swap(slot));
        memory.swap[slot].entries += unmapped;
        memory.swap[slot].exclusive = memory.frames[frame].exclusive && unmapped == 1;
        // A frame that could not be freed stays in the swap cache, even if the walk found nothing.
        if freed {
            memory.swap.uncache(slot, &mut memory.frames);
        }
        Ok(Reclaim { walk, unmapped, left, freed })
    }

    /// Swaps out the page at an address: [`unmap`](Self::unmap) of its frame.
    ///
    /// # Errors
    ///
    /// [`RmapError::NoSuchProcess`], [`RmapError::NotMapped`]; [`RmapError::NotPresent`] if no page
    /// is there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FullRange, PageView};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// machine.swap_out(p, at, &FullRange)?;
    /// assert_eq!(machine.page_at(p, at)?, PageView::Swapped);
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn swap_out<S: Strategy + ?Sized>(
        &mut self,
        mm: MmId,
        at: Vaddr,
        strategy: &S,
    ) -> Result<Reclaim, RmapError> {
        let pfn = self.pfn_at(mm, at)?;
        self.unmap(pfn, strategy)
    }

    /// Holds one more reference on the frame, as a pipe or a device does: it can be unmapped, but
    /// neither merged, migrated nor freed, and stays in the swap cache.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, FullRange};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let pfn = machine.pfn_at(p, at)?;
    /// machine.pin(pfn)?;
    /// let reclaim = machine.unmap(pfn, &FullRange)?;
    /// assert_eq!((reclaim.unmapped, reclaim.freed), (1, false));
    /// assert!(machine.is_swap_cached(pfn));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn pin(&mut self, pfn: Pfn) -> Result<(), RmapError> {
        let frame = self.frame(pfn)?;
        self.memory.frames[frame].pins += 1;
        Ok(())
    }

    /// Drops one such reference. A frame that nothing else keeps is freed; one in the swap cache
    /// stays there until it is unmapped again.
    ///
    /// # Errors
    ///
    /// [`RmapError::FreeFrame`], [`RmapError::NotPinned`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use stabtree::rmap::{Content, Machine, Pages, Prot, Vaddr, RmapError};
    /// # let mut machine = Machine::new();
    /// # let (p, at) = (machine.spawn(), Vaddr::of_page(100));
    /// machine.mmap(p, at, Pages(2), Prot::ReadWrite)?;
    /// machine.write(p, at, Content(7))?;
    /// let pfn = machine.pfn_at(p, at)?;
    /// machine.pin(pfn)?;
    /// machine.unpin(pfn)?;
    /// assert_eq!(machine.unpin(pfn), Err(RmapError::NotPinned { pfn }));
    /// # Ok::<(), stabtree::rmap::RmapError>(())
    /// ```
    pub fn unpin(&mut self, pfn: Pfn) -> Result<(), RmapError> {
        let frame = self.frame(pfn)?;
        let pins = &mut self.memory.frames[frame].pins;
        *pins = pins.checked_sub(1).ok_or(RmapError::NotPinned { pfn })?;
        self.memory.frames.settle(frame);
        Ok(())
    }
}

//! The cross-table invariants as code: which one does not hold, and where.
//!
//! Walks all tables; linear in the size of the machine but for the searches in the lists of
//! mappings.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::rmap::ksm::{ItemState, Place};
use crate::rmap::machine::Machine;
use crate::rmap::model::ix::MmIx;
use crate::rmap::model::page::{Frames, Owner, Pte};
use crate::rmap::units::{FileId, ItemId, MmId, Pfn, Vaddr, VmaId};
use crate::rmap::violation::MachineViolation as Broken;

type Checked = Result<(), Broken>;

fn ensure(holds: bool, broken: Broken) -> Checked {
    if holds { Ok(()) } else { Err(broken) }
}

/// What the page tables say about frames and slots.
#[derive(Default)]
struct Counted {
    frames: BTreeMap<usize, u32>,
    slots: BTreeMap<usize, u32>,
    zero_pages: u64,
}

impl Machine {
    /// Tests every cross-table invariant.
    ///
    /// # Errors
    ///
    /// The first invariant found broken.
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), Broken> {
        let mut counted = Counted::default();
        for (mm, _) in self.memory.mms.iter() {
            self.check_mappings(mm)?;
            self.check_entries(mm, &mut counted)?;
        }
        ensure(counted.zero_pages == self.memory.zero_pages, Broken::Counters)?;
        self.check_links()?;
        self.check_files()?;
        self.check_frames(&counted)?;
        self.check_swap(&counted)?;
        self.check_items()?;
        self.check_nodes()?;
        self.check_order()
    }

    fn mm_id(&self, mm: MmIx) -> MmId {
        MmId(self.memory.mms.id(mm))
    }

    fn check_mappings(&self, mm: MmIx) -> Checked {
        let (memory, id) = (&self.memory, self.mm_id(mm));
        let (mut prev, mut end) = (None, Vaddr(0));
        for (&start, &at) in &memory.mms[mm].by_start {
            let broken = Broken::Mappings { mm: id, at: start };
            let vma = memory.vmas.get(at).ok_or(broken)?;
            let own = vma.start == start && vma.mm == mm && vma.mm_id == id;
            let shape = end <= start && start < vma.end && vma.end <= Vaddr::TOP;
            let aligned = start.is_aligned() && vma.end.is_aligned();
            let linked = vma.prev == prev
                && prev.map_or(Some(at) == memory.mms[mm].first(), |p| {
                    memory.vmas[p].next == Some(at)
                });
            ensure(own && shape && aligned && linked, broken)?;
            (prev, end) = (Some(at), vma.end);
        }
        let last = prev.is_none_or(|prev| memory.vmas[prev].next.is_none());
        ensure(last, Broken::Mappings { mm: id, at: end })?;
        let exited = memory.mms[mm].exited;
        ensure(!exited || prev.is_none(), Broken::Mappings { mm: id, at: Vaddr(0) })
    }

    fn check_entries(&self, mm: MmIx, counted: &mut Counted) -> Checked {
        let (memory, id) = (&self.memory, self.mm_id(mm));
        for (at, entry) in memory.mms[mm].table.used(Vaddr(0), Vaddr::TOP) {
            let vma = memory.find(mm, at).ok_or(Broken::EntryOutsideMapping { mm: id, at })?;
            match entry {
                Pte::None | Pte::Zero => {}
                Pte::MergedZero => counted.zero_pages += 1,
                Pte::Swap(slot) => *counted.slots.entry(slot.slot()).or_default() += 1,
                Pte::Page(frame) => {
                    *counted.frames.entry(frame.slot()).or_default() += 1;
                    let vma = &memory.vmas[vma];
                    let placed = match memory.frames[frame].owner {
                        Owner::Ksm { .. } => vma.anon_vma.is_some(),
                        Owner::File { file, index } => {
                            vma.file() == Some(file) && index == vma.linear_page_index(at)
                        }
                        Owner::Anon { anon_vma, index } => {
                            index == vma.linear_anon_page_index(at)
                                && memory.anon.leads_to(anon_vma, vma)
                        }
                    };
                    let own = !vma.flags.shared || memory.frames[frame].is_file();
                    ensure(placed && own, Broken::Index { mm: id, at })?;
                }
            }
        }
        Ok(())
    }

    fn check_links(&self) -> Checked {
        let memory = &self.memory;
        for (at, vma) in memory.vmas.iter() {
            let home = memory.mms.get(vma.mm).and_then(|mm| mm.by_start.get(&vma.start));
            ensure(home == Some(&at), Broken::Links { vma: VmaId(memory.vmas.id(at)) })?;
        }
        let mut held = BTreeMap::new();
        for (_, item) in self.ksm.items.iter() {
            if let Some((_, owner)) = item.place() {
                *held.entry(owner.slot()).or_insert(0) += 1;
            }
        }
        for residual_item in self.ksm.residual_items.values().flatten() {
            *held.entry(residual_item.anon_vma.slot()).or_insert(0) += 1;
        }
        memory.anon.check(memory.tables(), |slot| held.get(&slot).copied().unwrap_or(0))
    }

    fn check_frames(&self, counted: &Counted) -> Checked {
        for (at, frame) in self.memory.frames.iter() {
            let pfn = Frames::pfn(at);
            let mapped = counted.frames.get(&at.slot()).copied().unwrap_or(0);
            ensure(frame.mapcount == mapped, Broken::Mapcount { pfn })?;
            let cached = match frame.owner {
                Owner::File { file, index } => {
                    let file = self.memory.files.get(file);
                    file.and_then(|file| file.cached().get(&index)) == Some(&at)
                }
                _ => frame.swap_cache.is_some(),
            };
            let kept = mapped > 0 || frame.pins > 0 || cached;
            ensure(kept && (cached || !frame.is_file()), Broken::UnownedFrame { pfn })?;
            if let Owner::Ksm { node } = frame.owner {
                let node = self.ksm.nodes.get(node).ok_or(Broken::Node { pfn })?;
                let same = node.frame == at && node.content == frame.content;
                ensure(same, Broken::Node { pfn })?;
            }
        }
        let merged = self.memory.frames.iter().filter(|(_, frame)| frame.is_ksm()).count();
        ensure(merged == self.memory.frames.merged(), Broken::Counters)?;
        let known = counted
            .frames
            .keys()
            .all(|&slot| self.memory.frames.by_pfn(Pfn(slot as u64)).is_some());
        ensure(known, Broken::Mapcount { pfn: Pfn(0) })
    }

    fn check_files(&self) -> Checked {
        let memory = &self.memory;
        let mut mapped = BTreeMap::<usize, usize>::new();
        for (at, vma) in memory.vmas.iter() {
            let broken = Broken::File { vma: VmaId(memory.vmas.id(at)) };
            ensure(vma.file.is_some() || !vma.flags.shared, broken)?;
            let Some(link) = vma.file else { continue };
            *mapped.entry(link.file.slot()).or_default() += 1;
            let mappings = memory.files.get(link.file).ok_or(broken)?.mappings.read();
            let entry = mappings.interval(link.handle).zip(mappings.get(link.handle));
            ensure(entry == Some((&vma.pgoff_interval(), &at)), broken)?;
        }
        for (at, file) in memory.files.iter() {
            let id = FileId(memory.files.id(at));
            let mappings = file.mappings.read();
            mappings.check().map_err(|violation| Broken::FileTree { file: id, violation })?;
            let linked = mapped.get(&at.slot()).copied().unwrap_or(0);
            let known = file.cached().iter().all(|(&index, &frame)| {
                let owner = memory.frames.get(frame).map(|frame| frame.owner);
                owner == Some(Owner::File { file: at, index }) && file.has(index)
            });
            ensure(mappings.len() == linked && known, Broken::Cache { file: id })?;
        }
        Ok(())
    }

    fn check_swap(&self, counted: &Counted) -> Checked {
        for (at, slot) in self.memory.swap.iter() {
            let entries = counted.slots.get(&at.slot()).copied().unwrap_or(0);
            ensure(slot.entries == entries, Broken::SwapSlot)?;
            ensure(entries > 0 || slot.cached.is_some(), Broken::SwapSlot)?;
            if let Some(frame) = slot.cached {
                let frame = self.memory.frames.get(frame).ok_or(Broken::SwapSlot)?;
                let same = frame.swap_cache == Some(at) && frame.content == slot.content;
                ensure(same, Broken::SwapSlot)?;
            }
        }
        let known = counted.slots.keys().all(|&slot| self.memory.swap.at(slot as u64).is_some());
        ensure(known, Broken::SwapSlot)?;
        let cached = self.memory.frames.iter().filter(|(_, frame)| frame.swap_cache.is_some());
        let slots = self.memory.swap.iter().filter(|(_, slot)| slot.cached.is_some());
        ensure(cached.count() == slots.count(), Broken::SwapSlot)
    }

    fn check_items(&self) -> Checked {
        let mut listed = BTreeSet::new();
        let mut unstable = 0;
        for (mm, record) in self.memory.mms.iter() {
            let broken = Broken::ItemList { mm: self.mm_id(mm) };
            let mut at = record.slot.and_then(|slot| slot.head);
            let mut below = None;
            while let Some(this) = at {
                let item = self.ksm.items.get(this).ok_or(broken)?;
                ensure(item.mm == mm && below < Some(item.address), broken)?;
                below = Some(item.address);
                listed.insert(this);
                let item_id = ItemId(self.ksm.items.id(this));
                match item.state {
                    ItemState::Fresh { .. } => {}
                    ItemState::Stable { node, .. } => {
                        let node = self.ksm.nodes.get(node.0);
                        let once = node.is_some_and(|node| {
                            node.items.iter().filter(|&&item| item == this).count() == 1
                        });
                        ensure(once, Broken::StableItem { item: item_id })?;
                    }
                    ItemState::Unstable { round, key, .. } => {
                        unstable += 1;
                        let here = self.ksm.unstable.find(key) == Some(this);
                        let now = self.ksm.cursor.process.is_some() || !here;
                        let expected = round == self.ksm.round_mark();
                        // Between two scans the tree of the last round still stands.
                        ensure(!now || here == expected, Broken::UnstableItem { item: item_id })?;
                    }
                }
                at = item.next;
            }
        }
        if let Some((lost, _)) = self.ksm.items.iter().find(|(at, _)| !listed.contains(at)) {
            return Err(Broken::LostItem { item: ItemId(self.ksm.items.id(lost)) });
        }
        ensure(unstable == self.ksm.unshared, Broken::Counters)
    }

    fn check_nodes(&self) -> Checked {
        let (mut shared, mut items) = (0, 0);
        for (_, node) in self.ksm.nodes.iter() {
            shared += u64::from(!node.items.is_empty());
            items += node.items.len() as u64;
        }
        ensure(shared == self.ksm.shared && items - shared == self.ksm.sharing, Broken::Counters)?;
        for (&node, residual_items) in &self.ksm.residual_items {
            let kept = self.ksm.nodes.get(node).is_some() && !residual_items.is_empty();
            ensure(kept, Broken::ResidualItems)?;
        }
        let (mut placed, mut chains, mut dups) = (0, 0, 0);
        for (content, place) in self.ksm.stable.iter() {
            for &node in place.nodes() {
                let node = self.ksm.nodes.get(node).ok_or(Broken::StableTree)?;
                ensure(node.content == content, Broken::StableTree)?;
            }
            placed += place.nodes().len();
            if let Place::Chain(nodes) = place {
                chains += 1;
                dups += nodes.len() as u64;
            }
        }
        let whole = placed == self.ksm.nodes.len() && self.ksm.stable.is_in_shape();
        ensure(whole, Broken::StableTree)?;
        ensure(self.ksm.stable.chains() == (chains, dups), Broken::StableTree)
    }

    fn check_order(&self) -> Checked {
        let ksm = &self.ksm;
        let with_slot = self.memory.mms.iter().filter(|(_, mm)| mm.slot.is_some()).count();
        let mut order = ksm.order.clone();
        order.sort_unstable();
        order.dedup();
        let all = order.len() == ksm.order.len() && order.len() == with_slot;
        let slots =
            order.iter().all(|&mm| self.memory.mms.get(mm).is_some_and(|m| m.slot.is_some()));
        let cursor = ksm.cursor.process.is_none_or(|at| at < ksm.order.len());
        ensure(all && slots && cursor, Broken::ScanOrder)
    }
}

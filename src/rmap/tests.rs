//! Damage that only a fault of the model itself could do to a machine, each found by `check`.

use super::ksm::{Cursor, ItemState, RmapItem, Schedule, StableNode};
use super::machine::Machine;
use super::model::anon_vma::AnonVma;
use super::model::family::{AnonVmaIndex, Avc};
use super::model::ix::{ItemIx, MmIx, VmaIx};
use super::model::page::{Frame, Frames, Owner, Pte};
use super::model::swap::SwapSlot;
use super::model::vma::{Prot, Vma};
use super::units::{AnonVmaId, Content, FileId, ItemId, MmId, Pages, Pfn, Pgoff, Vaddr};
use super::{
    Advice, FilePart, FullRange, MachineViolation as Broken, ReverseMapKind, Sharing, VmaId,
};

const AT: Vaddr = Vaddr::of_page(100);

/// Gives the mapping at `AT` another offset without taking it out of its trees before.
fn displace(machine: &mut Machine, mm: MmId) -> VmaId {
    let name = machine.vma_at(mm, AT).expect("mapped").id();
    let vma = machine.memory.vmas.find(name.0).expect("mapped");
    let vma = &mut machine.memory.vmas[vma];
    (vma.pgoff, vma.anon_pgoff) = (Pgoff(500), Pgoff(500));
    name
}

/// S31: the verifier compares each entry of a tree with the mapping it is for.
#[test]
fn s31_a_mapping_changed_in_its_tree_is_found() {
    let mut machine = Machine::new();
    let p = machine.spawn();
    machine.mmap(p, AT, Pages(4), Prot::ReadWrite).expect("legal");
    machine.write(p, AT, Content(1)).expect("mapped");
    let index = machine.clone();
    machine.madvise(p, AT, Pages(4), Advice::DontNeed).expect("mapped");
    machine.check().expect("all invariants");

    let vma = displace(&mut machine, p);
    assert_eq!(machine.check(), Err(Broken::Links { vma }));
    // Removed and inserted again it is as if that had been done before and after.
    let at = machine.memory.vmas.find(vma.0).expect("mapped");
    let covered = machine.memory.vmas[at].anon_pgoff_interval();
    machine.memory.anon.moved_bounds(at, covered, &machine.memory.vmas);
    assert_eq!(machine.check(), Ok(()));

    // A page that is present shows it too: it lies at another index than it was made for.
    let mut machine = index;
    displace(&mut machine, p);
    assert_eq!(machine.check(), Err(Broken::Index { mm: p, at: AT }));
}

/// S31 on contexts: the verifier compares the table of each with the mappings of its process.
#[test]
fn s31_a_mapping_changed_without_its_context_is_found() {
    let mut machine = Machine::with_reverse_map(ReverseMapKind::CowContext);
    let p = machine.spawn();
    machine.mmap(p, AT, Pages(4), Prot::ReadWrite).expect("legal");
    machine.write(p, AT, Content(1)).expect("mapped");
    machine.madvise(p, AT, Pages(4), Advice::DontNeed).expect("mapped");
    machine.check().expect("all invariants");
    let context = machine.context(p).expect("it lives").expect("contexts are kept").id;
    displace(&mut machine, p);
    assert_eq!(machine.check(), Err(Broken::Remaps { context }));
}

#[test]
fn s31_a_mapping_changed_in_its_files_tree_is_found() {
    let mut machine = Machine::new();
    let p = machine.spawn();
    let file = machine.create_file(&[Content(1); 4]);
    let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
    machine.mmap_file(p, AT, Pages(4), Prot::Read, part).expect("legal");
    let vma = displace(&mut machine, p);
    assert_eq!(machine.check(), Err(Broken::File { vma }));
    let at = machine.memory.vmas.find(vma.0).expect("mapped");
    machine.memory.refresh_file(at);
    assert_eq!(machine.check(), Ok(()));
}

/// A machine with something of everything. `p` has two merged pages from `AT` on, a page of its own
/// after them, and after that one that is swapped out; two pages of a file at `FILE`, the first in
/// memory. `q` has nothing.
struct Scene {
    machine: Machine,
    p: MmId,
    q: MmId,
    file: FileId,
}

const OWN: Vaddr = Vaddr::of_page(102);
const SWAPPED: Vaddr = Vaddr::of_page(103);
const FILE: Vaddr = Vaddr::of_page(200);
/// Nothing is mapped there.
const ALONE: Vaddr = Vaddr::of_page(300);

impl Scene {
    fn new() -> Self {
        let mut machine = Machine::new();
        let (p, q) = (machine.spawn(), machine.spawn());
        machine.mmap(p, AT, Pages(4), Prot::ReadWrite).expect("legal");
        machine.madvise(p, AT, Pages(4), Advice::Mergeable).expect("mapped");
        for (page, content) in (0..).zip([1, 1, 2, 3]) {
            machine.write(p, AT + Pages(page), Content(content)).expect("mapped");
        }
        machine.ksm_scan();
        machine.ksm_scan();
        let pfn = machine.pfn_at(p, SWAPPED).expect("present");
        machine.pin(pfn).expect("in use"); // so that it stays in the swap cache
        machine.unmap(pfn, &FullRange).expect("in use");
        let file = machine.create_file(&[Content(1), Content(2)]);
        let part = FilePart { file, offset: Pgoff(0), sharing: Sharing::Shared };
        machine.mmap_file(p, FILE, Pages(2), Prot::Read, part).expect("legal");
        machine.read(p, FILE).expect("mapped");
        machine.check().expect("all invariants");
        Self { machine, p, q, file }
    }

    fn mm(&self, mm: MmId) -> MmIx {
        self.machine.memory.mms.find(mm.0).expect("alive")
    }

    fn vma(&mut self, at: Vaddr) -> (VmaIx, &mut Vma) {
        let memory = &mut self.machine.memory;
        let vma = memory.find(memory.mms.find(self.p.0).expect("alive"), at).expect("mapped");
        (vma, &mut memory.vmas[vma])
    }

    fn frame(&mut self, at: Vaddr) -> (Pfn, &mut Frame) {
        let pfn = self.machine.pfn_at(self.p, at).expect("present");
        let frames = &mut self.machine.memory.frames;
        let frame = frames.by_pfn(pfn).expect("in use");
        (pfn, &mut frames[frame])
    }

    /// The first item of `p`.
    fn item(&mut self) -> (ItemIx, &mut RmapItem) {
        let at = self.machine.ksm.items.at(0).expect("scanned");
        (at, &mut self.machine.ksm.items[at])
    }

    /// The violation names the first item that waits for a page like its own.
    fn unstable_item(&self) -> Broken {
        let items = &self.machine.ksm.items;
        let (at, _) = items.iter().find(|(_, item)| item.address == OWN).expect("scanned");
        Broken::UnstableItem { item: ItemId(items.id(at)) }
    }

    fn mappings(&self) -> Broken {
        Broken::Mappings { mm: self.p, at: AT }
    }
}

/// Breaks one invariant of a machine and returns the violation that `check` must find.
type Break = fn(&mut Scene) -> Broken;

/// Breaks each invariant in a machine of its own, and compares what `check` finds.
fn found(breaks: &[(&str, Break)]) {
    for (violation, break_it) in breaks {
        let mut scene = Scene::new();
        let expected = break_it(&mut scene);
        assert_eq!(scene.machine.check(), Err(expected), "{violation}");
        assert!(expected.to_string().starts_with("an invariant of the machine does not hold: "));
    }
}

#[test]
fn broken_invariants_of_mappings_are_found() {
    found(&[
        ("listed under another start", |scene| {
            scene.vma(AT).1.start = OWN;
            scene.mappings()
        }),
        ("of another process", |scene| {
            scene.vma(AT).1.mm = scene.mm(scene.q);
            scene.mappings()
        }),
        ("of another process by name", |scene| {
            scene.vma(AT).1.mm_id = scene.q;
            scene.mappings()
        }),
        ("empty", |scene| {
            scene.vma(AT).1.end = AT;
            scene.mappings()
        }),
        ("overlapping the next", |scene| {
            scene.vma(AT).1.end = FILE + Pages(1);
            Broken::Mappings { mm: scene.p, at: FILE }
        }),
        ("past the top", |scene| {
            scene.vma(FILE).1.end = Vaddr::TOP + Pages(1);
            Broken::Mappings { mm: scene.p, at: FILE }
        }),
        ("not aligned", |scene| {
            let (vma, mm) = (scene.vma(AT).0, scene.mm(scene.p));
            let odd = Vaddr(AT.0 + 1);
            scene.vma(AT).1.start = odd;
            let by_start = &mut scene.machine.memory.mms[mm].by_start;
            by_start.remove(&AT);
            by_start.insert(odd, vma);
            Broken::Mappings { mm: scene.p, at: odd }
        }),
        ("without its neighbour", |scene| {
            scene.vma(FILE).1.prev = None;
            Broken::Mappings { mm: scene.p, at: FILE }
        }),
        ("with a neighbour too many", |scene| {
            scene.vma(FILE).1.next = Some(scene.vma(AT).0);
            Broken::Mappings { mm: scene.p, at: FILE + Pages(2) }
        }),
        ("of the dead", |scene| {
            let mm = scene.mm(scene.p);
            scene.machine.memory.mms[mm].exited = true;
            Broken::Mappings { mm: scene.p, at: Vaddr(0) }
        }),
        ("in its family twice", |scene| {
            let (at, vma) = scene.vma(AT);
            let (interval, link) = (vma.anon_pgoff_interval(), vma.links[0]);
            let anon_vmas = scene.machine.memory.anon.families();
            let tree = anon_vmas[link.anon_vma].tree;
            anon_vmas.family(link.anon_vma).write()[tree].insert(interval, Avc { vma: at });
            Broken::StrayEntry { anon_vma: AnonVmaId(anon_vmas.id(link.anon_vma)) }
        }),
        ("in the family of another", |scene| {
            let (file, (_, vma)) = (scene.vma(FILE).0, scene.vma(AT));
            let (interval, link) = (vma.anon_pgoff_interval(), vma.links[0]);
            let anon_vmas = scene.machine.memory.anon.families();
            let tree = anon_vmas[link.anon_vma].tree;
            anon_vmas.family(link.anon_vma).write()[tree].insert(interval, Avc { vma: file });
            Broken::StrayEntry { anon_vma: AnonVmaId(anon_vmas.id(link.anon_vma)) }
        }),
        ("in a family that is not its own", |scene| {
            scene.machine.mmap(scene.p, ALONE, Pages(1), Prot::ReadWrite).expect("legal");
            scene.machine.write(scene.p, ALONE, Content(4)).expect("mapped");
            let (at, vma) = scene.vma(AT);
            let (interval, own) = (vma.anon_pgoff_interval(), vma.anon_vma);
            let other = scene.vma(ALONE).1.anon_vma.expect("touched");
            assert_ne!(own, Some(other));
            let anon_vmas = scene.machine.memory.anon.families();
            anon_vmas.family(other).write()[anon_vmas[other].tree]
                .insert(interval, Avc { vma: at });
            Broken::StrayEntry { anon_vma: AnonVmaId(anon_vmas.id(other)) }
        }),
    ]);
}

/// The family of the mapping at `AT`.
fn own_family(scene: &mut Scene) -> (AnonVmaId, &mut AnonVma) {
    let own = scene.vma(AT).1.anon_vma.expect("touched");
    let anon_vmas = scene.machine.memory.anon.families_mut();
    (AnonVmaId(anon_vmas.id(own)), &mut anon_vmas[own])
}

#[test]
fn broken_invariants_of_families_are_found() {
    found(&[
        ("with a mapping of its own too many", |scene| {
            let (anon_vma, own) = own_family(scene);
            own.active += 1;
            Broken::Active { anon_vma }
        }),
        ("with a child too many", |scene| {
            let (anon_vma, own) = own_family(scene);
            own.children += 1;
            Broken::Children { anon_vma }
        }),
        ("with a reference too many", |scene| {
            let (anon_vma, own) = own_family(scene);
            own.refcount += 1;
            Broken::Refcount { anon_vma }
        }),
        ("that nobody refers to", |scene| {
            let orphan =
                AnonVma { children: 0, refcount: 0, ..AnonVma::root(AnonVmaIndex::RedBlack) };
            let anon_vmas = scene.machine.memory.anon.families_mut();
            let orphan = anon_vmas.insert(orphan);
            Broken::Refcount { anon_vma: AnonVmaId(anon_vmas.id(orphan)) }
        }),
    ]);
}

#[test]
fn broken_invariants_of_pages_are_found() {
    found(&[
        ("outside of all mappings", |scene| {
            let (mm, at) = (scene.mm(scene.p), AT + Pages(50));
            scene.machine.memory.mms[mm].table.set(at, Pte::Zero);
            Broken::EntryOutsideMapping { mm: scene.p, at }
        }),
        ("of another file", |scene| {
            let other = scene.machine.create_file(&[Content(1)]);
            let file = scene.machine.memory.files.find(other.0).expect("made");
            scene.frame(FILE).1.owner = Owner::File { file, index: Pgoff(0) };
            Broken::Index { mm: scene.p, at: FILE }
        }),
        ("counted wrong", |scene| {
            let (pfn, frame) = scene.frame(OWN);
            frame.mapcount += 1;
            Broken::Mapcount { pfn }
        }),
        ("kept by nothing", |scene| {
            let mut frame = scene.frame(OWN).1.clone();
            frame.mapcount = 0;
            let at = scene.machine.memory.frames.insert(frame);
            Broken::UnownedFrame { pfn: Frames::pfn(at) }
        }),
        ("merged into another's node", |scene| {
            let (own, (pfn, merged)) = (scene.frame(OWN).0, scene.frame(AT));
            let Owner::Ksm { node } = merged.owner else { panic!("it is merged") };
            let own = scene.machine.memory.frames.by_pfn(own).expect("in use");
            scene.machine.ksm.nodes[node].frame = own;
            Broken::Node { pfn }
        }),
        ("zero pages not counted", |scene| {
            scene.machine.memory.zero_pages += 1;
            Broken::Counters
        }),
        ("cached in a file that it is not of", |scene| {
            let own = scene.frame(OWN).0;
            let memory = &mut scene.machine.memory;
            let own = memory.frames.by_pfn(own).expect("in use");
            let file = memory.files.find(scene.file.0).expect("made");
            memory.files[file].cache(Pgoff(1), own);
            Broken::Cache { file: scene.file }
        }),
        ("a file mapped once more than by mappings", |scene| {
            let (at, vma) = scene.vma(FILE);
            let interval = vma.pgoff_interval();
            let files = &mut scene.machine.memory.files;
            let file = files.find(scene.file.0).expect("made");
            files[file].mappings.get_mut().insert(interval, at);
            Broken::Cache { file: scene.file }
        }),
        ("shared without a file", |scene| {
            let (at, vma) = scene.vma(FILE);
            vma.file = None;
            let frame = scene.machine.memory.mms.find(scene.p.0).expect("alive");
            scene.machine.memory.mms[frame].table.set(FILE, Pte::None);
            Broken::File { vma: VmaId(scene.machine.memory.vmas.id(at)) }
        }),
        ("in a swap slot that has another page", |scene| {
            let own = scene.frame(OWN).0;
            let memory = &mut scene.machine.memory;
            let own = memory.frames.by_pfn(own).expect("in use");
            let slot = memory.swap.at(0).expect("in use");
            memory.swap[slot].cached = Some(own);
            Broken::SwapSlot
        }),
        ("in a swap slot with other entries", |scene| {
            let swap = &mut scene.machine.memory.swap;
            let slot = swap.at(0).expect("in use");
            swap[slot].entries += 1;
            Broken::SwapSlot
        }),
        ("in a swap slot with another content", |scene| {
            let swap = &mut scene.machine.memory.swap;
            let slot = swap.at(0).expect("in use");
            swap[slot].content = Content(9);
            Broken::SwapSlot
        }),
        ("a swap slot kept by nothing", |scene| {
            let swap = &mut scene.machine.memory.swap;
            swap.insert(SwapSlot {
                content: Content(3),
                entries: 0,
                exclusive: false,
                cached: None,
            });
            Broken::SwapSlot
        }),
    ]);
}

#[test]
fn broken_invariants_of_the_scanner_are_found() {
    found(&[
        ("an item of another process", |scene| {
            scene.item().1.mm = scene.mm(scene.q);
            Broken::ItemList { mm: scene.p }
        }),
        ("an item on no list", |scene| {
            let state = ItemState::Fresh { schedule: Schedule::default() };
            let mm = scene.mm(scene.p);
            let items = &mut scene.machine.ksm.items;
            let lost = items.insert(RmapItem { address: OWN, mm, next: None, state });
            Broken::LostItem { item: ItemId(items.id(lost)) }
        }),
        ("a stable item off its node's list", |scene| {
            let (at, item) = scene.item();
            let node = item.node().expect("merged");
            scene.machine.ksm.nodes[node].items.retain(|&item| item != at);
            Broken::StableItem { item: ItemId(scene.machine.ksm.items.id(at)) }
        }),
        ("two items of one page", |scene| {
            let item = scene.item().1;
            let (address, next) = (item.address, item.next.expect("the second page's"));
            scene.machine.ksm.items[next].address = address;
            Broken::ItemList { mm: scene.p }
        }),
        ("an item of this round that is not in the tree", |scene| {
            let ksm = &mut scene.machine.ksm;
            ksm.unstable.clear();
            ksm.round -= 1; // theirs
            scene.unstable_item()
        }),
        ("an item of the last round in the tree of this one", |scene| {
            scene.machine.ksm.cursor.process = Some(0);
            scene.unstable_item()
        }),
        ("merged items counted wrong", |scene| {
            scene.machine.ksm.shared += 1;
            Broken::Counters
        }),
        ("unstable items counted wrong", |scene| {
            scene.machine.ksm.unshared += 1;
            Broken::Counters
        }),
        ("residual items of a node that has gone", |scene| {
            let node = scene.item().1.node().expect("merged");
            let ksm = &mut scene.machine.ksm;
            let gone = ksm.nodes.insert(ksm.nodes[node].clone());
            ksm.nodes.remove(gone);
            ksm.residual_items.insert(gone, Vec::new());
            Broken::ResidualItems
        }),
        ("no residual items where there are said to be some", |scene| {
            let node = scene.item().1.node().expect("merged");
            scene.machine.ksm.residual_items.insert(node, Vec::new());
            Broken::ResidualItems
        }),
        ("a node without a place", |scene| {
            let node = scene.item().1.node().expect("merged");
            let nodes = &mut scene.machine.ksm.nodes;
            nodes.insert(StableNode { items: Vec::new(), ..nodes[node].clone() });
            Broken::StableTree
        }),
        ("stable nodes out of shape", |scene| {
            scene.machine.ksm.stable.redden_root();
            Broken::StableTree
        }),
        ("a process twice in the order", |scene| {
            scene.machine.ksm.order.push(scene.mm(scene.p));
            Broken::ScanOrder
        }),
        ("a process in the order that is not scanned", |scene| {
            scene.machine.ksm.order = vec![scene.mm(scene.q)];
            Broken::ScanOrder
        }),
        ("the cursor after the last process", |scene| {
            let ksm = &mut scene.machine.ksm;
            ksm.cursor = Cursor { process: Some(1), ..Cursor::default() };
            ksm.round -= 1; // the round of the items in the unstable tree is under way again
            Broken::ScanOrder
        }),
    ]);
}

//! The proposal to keep a pointer to the mapping in the item, instead of its family and the page's
//! index: "from `rmap_item->orig_vma` we can directly obtain both".
//!
//! Nothing keeps a mapping alive for an item, and no item is notified when it goes. The ids of the
//! model have generations: one whose mapping has gone finds nothing, where the pointer would find
//! freed memory, or another mapping in its place.

use std::collections::BTreeMap;

use stabtree::rmap::{Collect, MmId, Pages, Prot, StoredPgoff, VmaId, VmaView};

use super::scenario::{SAME, Scenario, page};

/// The pointers as they were set when the items became stable, by process and page.
struct OrigVmas(BTreeMap<(MmId, u64), VmaId>);

impl OrigVmas {
    /// Sets the pointers of all items of the page at `number`, which has just been merged.
    fn of(scenario: &Scenario, mm: MmId, number: u64) -> Self {
        let items = scenario.items(mm, number).into_iter();
        let vma = |(mm, at)| scenario.machine.vma_at(mm, page(at)).expect("mapped").id();
        Self(items.map(|item| (item, vma(item))).collect())
    }

    /// What the pointer of an item points to now; `None` is a use after free.
    fn follow<'a>(&self, scenario: &'a Scenario, mm: MmId, number: u64) -> Option<VmaView<'a>> {
        scenario.machine.vma(self.0[&(mm, number)])
    }
}

/// The slot of a mapping without its generation: what an address of memory is.
fn place(vma: VmaId) -> String {
    let name = vma.to_string();
    let (slot, _generation) = name.split_once('.').expect("slot and generation");
    slot.to_owned()
}

/// P's page 100 and Q's page 200, merged.
fn pair(scenario: &mut Scenario) -> (MmId, MmId) {
    let (p, q) = (scenario.spawn_with(100, 1), scenario.spawn_with(200, 1));
    scenario.scan(2);
    (p, q)
}

/// Items whose loops a walk of the page at `number` makes.
fn walked(scenario: &Scenario, mm: MmId, number: u64) -> usize {
    let mut all = Collect::all();
    scenario.machine.walk(scenario.pfn(mm, number), &StoredPgoff, &mut all).expect("merged");
    all.loops().len() / 2 // two passes
}

/// Unmapped, the item stays on its node's list until the scanner comes by, and every walk of the
/// page uses it meanwhile.
#[test]
fn orig_vma_is_used_after_munmap_freed_it() {
    let mut scenario = Scenario::new();
    let (p, q) = pair(&mut scenario);
    let kept = OrigVmas::of(&scenario, q, 200);
    assert!(kept.follow(&scenario, p, 100).is_some());
    scenario.machine.munmap(p, page(100), Pages(1)).expect("legal");
    assert_eq!(scenario.items(q, 200), [(q, 200), (p, 100)], "still on the list");
    assert_eq!(walked(&scenario, q, 200), 2, "and walked");
    assert!(kept.follow(&scenario, p, 100).is_none());
    // The family that the item really holds is kept for it.
    let items = scenario.machine.items_of(scenario.pfn(q, 200)).expect("merged");
    assert!(items.iter().all(|item| scenario.machine.family(item.anon_vma).is_some()));
    assert_eq!(scenario.missed(q, 200, &StoredPgoff), []);
}

/// The freed memory is soon another mapping, here of another process: a pointer would not even fault.
#[test]
fn orig_vma_points_to_a_stranger() {
    let mut scenario = Scenario::new();
    let (p, q) = pair(&mut scenario);
    let kept = OrigVmas::of(&scenario, q, 200);
    scenario.machine.munmap(p, page(100), Pages(1)).expect("legal");
    scenario.map(q, 900, 1);
    let stranger = scenario.machine.vma_at(q, page(900)).expect("mapped").id();
    let old = kept.0[&(p, 100)];
    assert_eq!(place(old), place(stranger), "the same memory");
    assert_ne!(old, stranger, "the generations differ");
    assert!(kept.follow(&scenario, p, 100).is_none());
}

/// The item need not even be stale: merged with its neighbour, the mapping goes, and the page stays
/// where it was, mapped and merged.
#[test]
fn orig_vma_is_freed_by_a_merge_under_a_living_page() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn_with(100, 2);
    scenario.machine.mprotect(p, page(101), Pages(1), Prot::Read).expect("mapped");
    scenario.scan(2);
    let kept = OrigVmas::of(&scenario, p, 100);
    assert_eq!(scenario.layout(p).len(), 2);
    scenario.machine.mprotect(p, page(101), Pages(1), Prot::ReadWrite).expect("mapped");
    assert_eq!(scenario.layout(p), [(100, 2, 100)]);
    assert!(kept.follow(&scenario, p, 101).is_none());
    let both = [(p, 100), (p, 101)];
    assert_eq!(
        scenario.observe(p, 100, &StoredPgoff).found,
        both,
        "the stored index finds the page"
    );
}

/// After a split the pointer is good and the mapping wrong: it does not hold the page any more.
#[test]
fn orig_vma_is_the_wrong_half_of_a_split() {
    let mut scenario = Scenario::new();
    let p = scenario.spawn();
    scenario.map(p, 100, 10);
    scenario.write(p, 105, 2, SAME);
    scenario.scan(2);
    let kept = OrigVmas::of(&scenario, p, 105);
    scenario.machine.mprotect(p, page(100), Pages(4), Prot::Read).expect("mapped");
    let pointed = kept.follow(&scenario, p, 105).expect("alive");
    assert!(!pointed.contains(page(105)), "the item's address is not in it");
    assert_eq!(scenario.missed(p, 105, &StoredPgoff), []);
}

/// Moved, the pages are un-merged and the items stale; the mapping they point to has gone.
#[test]
fn orig_vma_is_used_after_mremap_freed_it() {
    let mut scenario = Scenario::new();
    let (p, q) = pair(&mut scenario);
    let kept = OrigVmas::of(&scenario, q, 200);
    scenario.shift(p, 100, 1, 700);
    assert_eq!(scenario.items(q, 200).len(), 2);
    assert_eq!(walked(&scenario, q, 200), 2);
    assert!(kept.follow(&scenario, p, 100).is_none());
}

//! Linking mappings into their families, and how long an `anon_vma` lives.

use core::ops::ControlFlow;
use std::collections::BTreeMap;

use crate::Handle;
use crate::Interval;
use crate::rmap::anon::settings::ReverseMapSize;
use crate::rmap::anon::{Copied, FamilyView, Loops, OwnerId, Tables, Vmas, Wanted, ensure};
use crate::rmap::model::anon_vma::{AnonVma, AnonVmas, Lineage};
use crate::rmap::model::family::{AnonVmaIndex, Avc, AvcTree, Family};
use crate::rmap::model::ix::{AnonVmaIx, MmIx, VmaIx};
use crate::rmap::model::vma::{Link, Vma};
use crate::rmap::slab::Slab;
use crate::rmap::units::{AnonVmaId, Pgoff, VmaId};
use crate::rmap::violation::MachineViolation as Broken;
use crate::rmap::walk::stats::SearchedTree;

/// All families. An owner is an `anon_vma`, and leads to the mappings in its tree.
#[derive(Clone, Debug)]
pub(crate) struct Families {
    pub(crate) anon_vmas: AnonVmas,
    /// What a new `anon_vma` keeps its mappings in.
    index: AnonVmaIndex,
    reversed_links: bool,
    /// Whose trees were changed and are to be published; some may have been freed since.
    changed: Vec<AnonVmaIx>,
}

impl Families {
    pub(crate) const fn new(index: AnonVmaIndex, reversed_links: bool) -> Self {
        Self { anon_vmas: Slab::new(), index, reversed_links, changed: Vec::new() }
    }

    /// Changes the tree of `at`; walks see it once it is [published](Self::publish).
    fn change_tree<R>(&mut self, at: AnonVmaIx, change: impl FnOnce(&mut AvcTree) -> R) -> R {
        if self.index == AnonVmaIndex::PublishedBTree {
            self.changed.push(at);
        }
        self.anon_vmas.change_tree(at, change)
    }

    /// Publishes each tree that was changed, once.
    pub(super) fn publish(&mut self) {
        for at in self.changed.drain(..) {
            if let Some(AnonVma { tree, .. }) = self.anon_vmas.get(at) {
                let tree = *tree;
                self.anon_vmas.family_mut(at).publish_changed(tree);
            }
        }
    }

    #[expect(clippy::unused_self, reason = "a family is of mappings, not of processes")]
    pub(super) fn spawned(&mut self, _mm: MmIx, _parent: Option<MmIx>) {}

    #[expect(clippy::unused_self, reason = "a family is of mappings, not of processes")]
    pub(super) fn exited(&mut self, _mm: MmIx) {}

    fn link(&mut self, vma: VmaIx, anon_vma: AnonVmaIx, vmas: &mut Vmas) {
        let interval = vmas[vma].anon_pgoff_interval();
        let handle = self.change_tree(anon_vma, |tree| tree.insert(interval, Avc { vma }));
        vmas[vma].links.push(Link { anon_vma, handle });
    }

    /// The neighbour must have a single link, or a fork's child would give away its parent's family.
    #[expect(clippy::unused_self, reason = "the mapping's links show it")]
    pub(super) fn is_single(&self, vma: &Vma) -> bool {
        vma.links.len() == 1
    }

    /// (`prepare`.)
    pub(super) fn touch(&mut self, at: VmaIx, reused: Option<AnonVmaIx>, vmas: &mut Vmas) {
        let anon_vma = reused.unwrap_or_else(|| self.anon_vmas.insert(AnonVma::root(self.index)));
        vmas[at].anon_vma = Some(anon_vma);
        self.link(at, anon_vma, vmas);
        self.anon_vmas[anon_vma].active += 1;
    }

    /// Links `dst` into all trees of `src`, in its order or the other way round. `dst.anon_vma`
    /// counts `dst` as active; a `dst` without one takes a dead ancestor for its own, the first
    /// that it comes to, if there is one to reuse.
    pub(super) fn copy(&mut self, dst: VmaIx, src: VmaIx, _why: Copied, vmas: &mut Vmas) {
        let mut links = vmas[src].links.clone();
        if self.reversed_links {
            links.reverse();
        }
        for link in &links {
            self.link(dst, link.anon_vma, vmas);
            let anon_vma = &self.anon_vmas[link.anon_vma];
            if vmas[dst].anon_vma.is_none() && anon_vma.children < 2 && anon_vma.active == 0 {
                vmas[dst].anon_vma = Some(link.anon_vma);
            }
        }
        if let Some(own) = vmas[dst].anon_vma {
            self.anon_vmas[own].active += 1;
        }
    }

    /// Links the child's copy of a mapping: into the parent's trees, and into one of its own.
    pub(super) fn fork(&mut self, child: VmaIx, parent: VmaIx, vmas: &mut Vmas) {
        let Some(parent_own) = vmas[parent].anon_vma else { return };
        vmas[child].anon_vma = None;
        self.copy(child, parent, Copied::Part, vmas);
        if vmas[child].anon_vma.is_some() {
            return; // a dead ancestor's was taken over
        }
        let root = self.anon_vmas.root_of(parent_own);
        let parent_id = self.anon_vmas.id(parent_own);
        let lineage = Lineage::Descendant { root, parent: parent_own, parent_id };
        let tree = self.anon_vmas.family_mut(root).insert(self.index);
        let own = AnonVma { lineage, tree, children: 0, active: 1, refcount: 1 };
        let own = self.anon_vmas.insert(own);
        self.get(root);
        vmas[child].anon_vma = Some(own);
        self.link(child, own, vmas);
        self.anon_vmas[parent_own].children += 1;
    }

    pub(super) fn unlink(&mut self, at: VmaIx, vmas: &mut Vmas) {
        let interval = vmas[at].anon_pgoff_interval();
        let links = core::mem::take(&mut vmas[at].links);
        // Emptied families are let go after the rest, so that a parent still stands while its
        // child's count is taken from it.
        let mut emptied: smallvec::SmallVec<[AnonVmaIx; 4]> = smallvec::SmallVec::new();
        for link in links.iter().rev() {
            let (removed, is_empty) =
                self.change_tree(link.anon_vma, |tree| (tree.remove(link.handle), tree.is_empty()));
            debug_assert_eq!(removed, Some((interval, Avc { vma: at })));
            if is_empty {
                let parent = self.anon_vmas[link.anon_vma].parent().unwrap_or(link.anon_vma);
                self.anon_vmas[parent].children -= 1;
                emptied.push(link.anon_vma);
            }
        }
        if let Some(own) = vmas[at].anon_vma.take() {
            self.anon_vmas[own].active -= 1;
        }
        for anon_vma in emptied {
            self.put(anon_vma);
        }
    }

    /// Puts the mapping at its current interval in all its trees, after its equals.
    ///
    /// The kernel takes all entries out before it changes the bounds and puts them back after; the
    /// order that results is the same.
    pub(super) fn moved_bounds(&mut self, at: VmaIx, _before: Interval<Pgoff>, vmas: &Vmas) {
        let interval = vmas[at].anon_pgoff_interval();
        for &Link { anon_vma, handle } in &vmas[at].links {
            let before = self.change_tree(anon_vma, |tree| tree.set_interval(handle, interval));
            debug_assert!(before.is_some(), "a link's handle is live");
        }
    }

    pub(super) fn relink(&self, vma: &Vma, once_held: impl FnOnce(bool)) -> usize {
        let family = vma.anon_vma.map(|own| self.anon_vmas.family(own));
        let mut trees = family.map(Family::write);
        once_held(trees.is_some());
        if let (Some(family), Some(trees)) = (family, &mut trees) {
            for link in &vma.links {
                let at = self.anon_vmas[link.anon_vma].tree;
                put_back(&mut trees[at], link.handle);
                family.publish(at, &mut trees[at]);
            }
        }
        vma.links.len()
    }

    #[expect(clippy::unused_self, reason = "the mapping shows it")]
    pub(super) fn owner(&self, vma: &Vma) -> Option<AnonVmaIx> {
        vma.anon_vma
    }

    /// The root leads to all of the family.
    pub(super) fn common_owner(&self, vma: &Vma) -> Option<AnonVmaIx> {
        vma.anon_vma.map(|own| self.anon_vmas.root_of(own))
    }

    #[expect(clippy::unused_self, reason = "the mapping's links show it")]
    pub(super) fn leads_to(&self, owner: AnonVmaIx, vma: &Vma) -> bool {
        vma.links.iter().any(|link| link.anon_vma == owner)
    }

    #[expect(clippy::unused_self, reason = "the mapping's links show it")]
    pub(super) fn leading_to(&self, vma: &Vma) -> Vec<AnonVmaIx> {
        vma.links.iter().rev().map(|link| link.anon_vma).collect()
    }

    pub(super) fn get(&mut self, at: AnonVmaIx) {
        self.anon_vmas[at].refcount += 1;
    }

    /// Drops a reference; with the last the `anon_vma`, and its hold on the root.
    pub(super) fn put(&mut self, at: AnonVmaIx) {
        let anon_vma = &mut self.anon_vmas[at];
        anon_vma.refcount -= 1;
        if anon_vma.refcount > 0 {
            return;
        }
        let gone = self.anon_vmas.remove(at);
        if let Lineage::Descendant { root, .. } = gone.lineage {
            self.anon_vmas.family_mut(root).remove(gone.tree);
            self.put(root); // a root has no root: one level deep
        }
    }

    /// One loop: the owner's tree, under its root's lock, or its newest state.
    pub(super) fn search<L: Loops>(
        &self,
        wanted: Wanted,
        _tables: Tables<'_>,
        loops: &mut L,
    ) -> ControlFlow<()> {
        let Wanted { owner, window, .. } = wanted;
        let (family, tree) = (self.anon_vmas.family(owner), self.anon_vmas[owner].tree);
        let searched = SearchedTree::AnonVma(AnonVmaId(self.anon_vmas.id(owner)));
        if let Some(state) = family.newest(tree) {
            loops.begin(searched);
            loops.searches();
            let mut found = state.overlapping(window);
            let flow = found.try_for_each(|(_, avc)| loops.mapping(avc.vma).1);
            drop(state);
            loops.end();
            return flow;
        }
        let trees = loops.lock(family.lock())?;
        loops.begin(searched);
        loops.searches();
        let flow = trees[tree].visit_overlapping(window, |at| loops.mapping(at).1);
        drop(trees);
        loops.end();
        flow
    }

    pub(super) fn id(&self, owner: AnonVmaIx) -> OwnerId {
        self.anon_vmas.id(owner)
    }

    pub(super) fn family(&self, id: AnonVmaId) -> Option<FamilyView> {
        let anon_vmas = &self.anon_vmas;
        let at = anon_vmas.find(id.0)?;
        let anon_vma = &anon_vmas[at];
        let own = anon_vmas.id(at);
        let parent = match anon_vma.lineage {
            Lineage::Root(_) => Some(own),
            Lineage::Descendant { parent_id, .. } => anon_vmas.find(parent_id).map(|_| parent_id),
        };
        Some(FamilyView {
            root: AnonVmaId(anon_vmas.id(anon_vmas.root_of(at))),
            parent: parent.map(AnonVmaId),
            children: anon_vma.children,
            active: anon_vma.active,
            refcount: anon_vma.refcount,
            entries: anon_vmas.tree_len(at),
        })
    }

    pub(super) fn size(&self, vmas: &Vmas) -> ReverseMapSize {
        const ANON_VMA: u64 = 88;
        const CHAIN: u64 = 64;
        let owners = self.anon_vmas.len();
        let links = vmas.iter().map(|(_, vma)| vma.links.len()).sum();
        ReverseMapSize { owners, links, bytes: ANON_VMA * owners as u64 + CHAIN * links as u64 }
    }

    pub(super) fn check(
        &self,
        tables: Tables<'_>,
        held: impl Fn(usize) -> u32,
    ) -> Result<(), Broken> {
        self.check_links(tables.vmas)?;
        self.check_families(tables.vmas, held)
    }

    fn anon_id(&self, at: AnonVmaIx) -> AnonVmaId {
        AnonVmaId(self.anon_vmas.id(at))
    }

    fn check_links(&self, vmas: &Vmas) -> Result<(), Broken> {
        let mut linked = BTreeMap::<usize, usize>::new();
        for (at, vma) in vmas.iter() {
            let broken = Broken::Links { vma: VmaId(vmas.id(at)) };
            let own = vma.links.iter().filter(|link| Some(link.anon_vma) == vma.anon_vma).count();
            ensure(own == usize::from(!vma.links.is_empty()), broken)?;
            ensure(vma.anon_vma.is_none() == vma.links.is_empty(), broken)?;
            for link in &vma.links {
                let tree = self.anon_vmas.get(link.anon_vma).ok_or(broken)?.tree;
                let family = self.anon_vmas.family(link.anon_vma).read();
                let tree = family.get(tree).ok_or(broken)?;
                let entry = tree.interval(link.handle).zip(tree.get(link.handle));
                ensure(entry == Some((vma.anon_pgoff_interval(), &Avc { vma: at })), broken)?;
                *linked.entry(link.anon_vma.slot()).or_default() += 1;
            }
        }
        // Every link has an entry of its own, so an entry too many is nobody's.
        for (at, _) in self.anon_vmas.iter() {
            let links = linked.get(&at.slot()).copied().unwrap_or(0);
            let anon_vma = self.anon_id(at);
            ensure(self.anon_vmas.tree_len(at) == links, Broken::StrayEntry { anon_vma })?;
        }
        Ok(())
    }

    fn check_families(&self, vmas: &Vmas, held: impl Fn(usize) -> u32) -> Result<(), Broken> {
        let mut active = BTreeMap::<usize, u32>::new();
        for vma in vmas.iter().filter_map(|(_, vma)| vma.anon_vma) {
            *active.entry(vma.slot()).or_default() += 1;
        }
        let (mut children, mut refs) = (BTreeMap::new(), BTreeMap::new());
        let mut members = BTreeMap::<usize, usize>::new();
        for (at, anon) in self.anon_vmas.iter() {
            *members.entry(self.anon_vmas.root_of(at).slot()).or_default() += 1;
            if self.anon_vmas.tree_len(at) > 0 {
                *children.entry(anon.parent().unwrap_or(at).slot()).or_insert(0) += 1;
                *refs.entry(at.slot()).or_insert(0) += 1;
            }
            if let Lineage::Descendant { root, .. } = anon.lineage {
                *refs.entry(root.slot()).or_insert(0) += 1;
            }
        }
        for (at, anon) in self.anon_vmas.iter() {
            let anon_vma = self.anon_id(at);
            let of_root = self.anon_vmas.family(at);
            let family = of_root.read();
            let tree = family.get(anon.tree).ok_or(Broken::Family { anon_vma })?;
            ensure(!of_root.is_stale(anon.tree), Broken::Family { anon_vma })?;
            if let (Some(state), AvcTree::BTree(tree)) = (of_root.newest(anon.tree), tree) {
                ensure(state.iter().eq(tree.iter()), Broken::Family { anon_vma })?;
            }
            match tree {
                AvcTree::RedBlack(tree) => {
                    tree.check()
                        .map(drop)
                        .map_err(|violation| Broken::Tree { anon_vma, violation })?;
                }
                AvcTree::BTree(tree) => {
                    tree.check()
                        .map(drop)
                        .map_err(|violation| Broken::BTree { anon_vma, violation })?;
                }
            }
            let root = self.anon_vmas.root_of(at).slot();
            ensure(family.len() == members[&root], Broken::Family { anon_vma })?;
            let count = |map: &BTreeMap<usize, u32>| map.get(&at.slot()).copied().unwrap_or(0);
            ensure(anon.active == count(&active), Broken::Active { anon_vma })?;
            ensure(anon.children == count(&children), Broken::Children { anon_vma })?;
            let reasons = count(&refs) + held(at.slot());
            ensure(anon.refcount == reasons, Broken::Refcount { anon_vma })?;
            ensure(anon.refcount > 0, Broken::Refcount { anon_vma })?;
        }
        Ok(())
    }
}

/// Takes an entry out of a family's tree and puts it back, after its equals. So it is done to each of
/// them in turn: their order is then as it was.
fn put_back(tree: &mut AvcTree, entry: Handle) {
    for handle in tree.equals(entry) {
        let interval = tree.interval(handle).expect("an entry of the tree");
        tree.set_interval(handle, interval);
    }
}

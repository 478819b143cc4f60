//! Linking mappings into their families, and how long an `anon_vma` lives.

use crate::rmap::memory::Memory;
use crate::rmap::model::anon_vma::{AnonVma, Lineage};
use crate::rmap::model::family::{Avc, AvcTree};
use crate::rmap::model::ix::{AnonVmaIx, VmaIx};
use crate::rmap::model::vma::{Link, VmFlags, Vma};

impl Memory {
    fn link(&mut self, vma: VmaIx, anon_vma: AnonVmaIx) {
        let interval = self.vmas[vma].anon_pgoff_interval();
        let handle = self.anon_vmas.tree_mut(anon_vma).insert(interval, Avc { vma });
        self.vmas[vma].links.push(Link { anon_vma, handle });
    }

    /// Takes one more reference, as a stable item does.
    pub(crate) fn get_anon_vma(&mut self, at: AnonVmaIx) {
        self.anon_vmas[at].refcount += 1;
    }

    /// Drops a reference; with the last the `anon_vma`, and its hold on the root.
    pub(crate) fn put_anon_vma(&mut self, at: AnonVmaIx) {
        let anon_vma = &mut self.anon_vmas[at];
        anon_vma.refcount -= 1;
        if anon_vma.refcount > 0 {
            return;
        }
        let gone = self.anon_vmas.remove(at);
        if let Lineage::Descendant { root, .. } = gone.lineage {
            self.anon_vmas.family_mut(root).remove(gone.tree);
            self.put_anon_vma(root); // a root has no root: one level deep
        }
    }

    /// Gives an untouched mapping its `anon_vma`, a neighbour's if one may be shared (`prepare`).
    pub(crate) fn prepare_anon_vma(&mut self, at: VmaIx) -> AnonVmaIx {
        if let Some(anon_vma) = self.vmas[at].anon_vma {
            return anon_vma;
        }
        let reusable = self.reusable_anon_vma(at);
        let anon_vma =
            reusable.unwrap_or_else(|| self.anon_vmas.insert(AnonVma::root(self.family_index)));
        self.vmas[at].anon_vma = Some(anon_vma);
        self.link(at, anon_vma);
        self.anon_vmas[anon_vma].active += 1;
        anon_vma
    }

    /// The `anon_vma` of a neighbour with which `at` could have been one mapping, the next first.
    ///
    /// Access rights do not matter here: they may become equal again. The neighbour must have a
    /// single link, or a fork's child would give away its parent's family.
    fn reusable_anon_vma(&self, at: VmaIx) -> Option<AnonVmaIx> {
        let alike = |low: &Vma, high: &Vma| {
            low.end == high.start
                && low.flags == VmFlags { prot: low.flags.prot, ..high.flags }
                && low.file() == high.file()
                && high.pgoff == low.linear_page_index(high.start)
                && high.anon_pgoff == low.linear_anon_page_index(high.start)
        };
        let vma = &self.vmas[at];
        let next = vma.next.map(|at| &self.vmas[at]).filter(|next| alike(vma, next));
        let prev = vma.prev.map(|at| &self.vmas[at]).filter(|prev| alike(prev, vma));
        let lender = next.into_iter().chain(prev).find(|other| other.links.len() == 1)?;
        lender.anon_vma
    }

    /// Links `dst` into all trees of `src`, in its order or the other way round. `dst.anon_vma`
    /// counts `dst` as active; a `dst` without one takes a dead ancestor for its own, the first
    /// that it comes to, if there is one to reuse.
    pub(crate) fn clone_links(&mut self, dst: VmaIx, src: VmaIx) {
        if self.vmas[src].anon_vma.is_none() {
            return;
        }
        let mut links = self.vmas[src].links.clone();
        if self.changes.reversed_links {
            links.reverse();
        }
        for link in &links {
            self.link(dst, link.anon_vma);
            let anon_vma = &self.anon_vmas[link.anon_vma];
            if self.vmas[dst].anon_vma.is_none() && anon_vma.children < 2 && anon_vma.active == 0 {
                self.vmas[dst].anon_vma = Some(link.anon_vma);
            }
        }
        if let Some(own) = self.vmas[dst].anon_vma {
            self.anon_vmas[own].active += 1;
        }
    }

    /// Links the child's copy of a mapping: into the parent's trees, and into one of its own.
    pub(crate) fn fork_links(&mut self, child: VmaIx, parent: VmaIx) {
        let Some(parent_own) = self.vmas[parent].anon_vma else { return };
        self.vmas[child].anon_vma = None;
        self.clone_links(child, parent);
        if self.vmas[child].anon_vma.is_some() {
            return; // a dead ancestor's was taken over
        }
        let root = self.anon_vmas.root_of(parent_own);
        let parent_id = self.anon_vmas.id(parent_own);
        let lineage = Lineage::Descendant { root, parent: parent_own, parent_id };
        let tree = self.anon_vmas.family_mut(root).insert(AvcTree::new(self.family_index));
        let own = AnonVma { lineage, tree, children: 0, active: 1, refcount: 1 };
        let own = self.anon_vmas.insert(own);
        self.get_anon_vma(root);
        self.vmas[child].anon_vma = Some(own);
        self.link(child, own);
        self.anon_vmas[parent_own].children += 1;
    }

    /// Takes the mapping out of all its trees; it is untouched afterwards.
    pub(crate) fn unlink(&mut self, at: VmaIx) {
        let interval = self.vmas[at].anon_pgoff_interval();
        let links = core::mem::take(&mut self.vmas[at].links);
        // Emptied families are let go after the rest, so that a parent still stands while its
        // child's count is taken from it.
        let mut emptied: smallvec::SmallVec<[AnonVmaIx; 4]> = smallvec::SmallVec::new();
        for link in links.iter().rev() {
            let tree = self.anon_vmas.tree_mut(link.anon_vma);
            let removed = tree.remove(link.handle);
            debug_assert_eq!(removed, Some((interval, Avc { vma: at })));
            if tree.is_empty() {
                let parent = self.anon_vmas[link.anon_vma].parent().unwrap_or(link.anon_vma);
                self.anon_vmas[parent].children -= 1;
                emptied.push(link.anon_vma);
            }
        }
        if let Some(own) = self.vmas[at].anon_vma.take() {
            self.anon_vmas[own].active -= 1;
        }
        for anon_vma in emptied {
            self.put_anon_vma(anon_vma);
        }
    }

    /// Puts the mapping at its current interval in all its trees, after its equals.
    ///
    /// The kernel takes all entries out before it changes the bounds and puts them back after; the
    /// order that results is the same.
    pub(crate) fn refresh_links(&mut self, at: VmaIx) {
        let interval = self.vmas[at].anon_pgoff_interval();
        for i in 0..self.vmas[at].links.len() {
            let Link { anon_vma, handle } = self.vmas[at].links[i];
            let before = self.anon_vmas.tree_mut(anon_vma).set_interval(handle, interval);
            debug_assert!(before.is_some(), "a link's handle is live");
        }
    }
}

//! The families: which trees a mapping is in, and how long an `anon_vma` lives.
//!
//! 1. Every link of a mapping is one [`Avc`] in one tree, at the mapping's current interval.
//! 2. `active` is the number of mappings whose own `anon_vma` it is.
//! 3. `children` is the number of `anon_vma`s with entries whose parent it is; a root with entries
//!    counts itself.
//! 4. `refcount` is one while the tree has entries, one for each stable item and residual item, and in a
//!    root one for each living descendant. At zero it is freed.
//! 5. A parent is never in the tree of its child, unless the child took over a dead ancestor's.

use super::family::{AnonVmaIndex, Avc, AvcTree, Family};
use super::memory::Memory;
use super::slab::{Ix, Slab};
use super::vma::{Link, VmFlags, Vma};

/// One `anon_vma`: a tree of mappings, and why it lives.
#[derive(Clone, Debug)]
pub(crate) struct AnonVma {
    pub(crate) lineage: Lineage,
    /// Its tree, behind the root's lock.
    pub(crate) tree: Ix<AvcTree>,
    pub(crate) children: u32,
    pub(crate) active: u32,
    pub(crate) refcount: u32,
}

/// Where an `anon_vma` stands in its family.
#[derive(Clone, Debug)]
pub(crate) enum Lineage {
    /// Made for an untouched mapping.
    Root(Family),
    /// Made by a fork of a mapping of `parent`.
    Descendant { root: Ix<AnonVma>, parent: Ix<AnonVma> },
}

impl AnonVma {
    /// A root without entries, held by its maker.
    pub(crate) fn root(index: AnonVmaIndex) -> Self {
        let (family, tree) = Family::founded(index);
        // A root counts itself: dead and with one child, it is not taken for reuse.
        Self { lineage: Lineage::Root(family), tree, children: 1, active: 0, refcount: 1 }
    }

    /// `None`: this is the root.
    pub(crate) fn parent(&self) -> Option<Ix<Self>> {
        match self.lineage {
            Lineage::Root(_) => None,
            Lineage::Descendant { parent, .. } => Some(parent),
        }
    }
}

/// All of them.
pub(crate) type AnonVmas = Slab<AnonVma>;

impl AnonVmas {
    /// Root of the family of `at`.
    pub(crate) fn root_of(&self, at: Ix<AnonVma>) -> Ix<AnonVma> {
        match self[at].lineage {
            Lineage::Root(_) => at,
            Lineage::Descendant { root, .. } => root,
        }
    }

    /// The family of `at`: its trees and their lock.
    pub(crate) fn family(&self, at: Ix<AnonVma>) -> &Family {
        match &self[self.root_of(at)].lineage {
            Lineage::Root(family) => family,
            Lineage::Descendant { .. } => unreachable!("a root is no descendant"),
        }
    }

    fn family_mut(&mut self, at: Ix<AnonVma>) -> &mut Slab<AvcTree> {
        let root = self.root_of(at);
        match &mut self[root].lineage {
            Lineage::Root(family) => family.get_mut(),
            Lineage::Descendant { .. } => unreachable!("a root is no descendant"),
        }
    }

    fn tree_mut(&mut self, at: Ix<AnonVma>) -> &mut AvcTree {
        let tree = self[at].tree;
        &mut self.family_mut(at)[tree]
    }

    /// Entries of the tree (mappings).
    pub(crate) fn tree_len(&self, at: Ix<AnonVma>) -> usize {
        self.family(at).read()[self[at].tree].len()
    }
}

impl Memory {
    fn link(&mut self, vma: Ix<Vma>, anon_vma: Ix<AnonVma>) {
        let interval = self.vmas[vma].pgoff_interval();
        let handle = self.anon_vmas.tree_mut(anon_vma).insert(interval, Vma::avc(vma));
        self.vmas[vma].links.push(Link { anon_vma, handle });
    }

    /// Takes one more reference, as a stable item does.
    pub(crate) fn get_anon_vma(&mut self, at: Ix<AnonVma>) {
        self.anon_vmas[at].refcount += 1;
    }

    /// Drops a reference; with the last the `anon_vma`, and its hold on the root.
    pub(crate) fn put_anon_vma(&mut self, at: Ix<AnonVma>) {
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
    pub(crate) fn prepare_anon_vma(&mut self, at: Ix<Vma>) -> Ix<AnonVma> {
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
    /// single link, or a fork's child would lend its parent's family.
    fn reusable_anon_vma(&self, at: Ix<Vma>) -> Option<Ix<AnonVma>> {
        let alike = |low: &Vma, high: &Vma| {
            low.end == high.start
                && low.flags == VmFlags { prot: low.flags.prot, ..high.flags }
                && low.file() == high.file()
                && high.pgoff == low.linear_page_index(high.start)
        };
        let vma = &self.vmas[at];
        let next = vma.next.map(|at| &self.vmas[at]).filter(|next| alike(vma, next));
        let prev = vma.prev.map(|at| &self.vmas[at]).filter(|prev| alike(prev, vma));
        let lender = next.into_iter().chain(prev).find(|other| other.links.len() == 1)?;
        lender.anon_vma
    }

    /// Links `dst` into all trees of `src`, oldest first. `dst.anon_vma` counts `dst` as active;
    /// a `dst` without one takes a dead ancestor for its own, if there is one to reuse.
    pub(crate) fn clone_links(&mut self, dst: Ix<Vma>, src: Ix<Vma>) {
        if self.vmas[src].anon_vma.is_none() {
            return;
        }
        let links = self.vmas[src].links.clone();
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
    pub(crate) fn fork_links(&mut self, child: Ix<Vma>, parent: Ix<Vma>) {
        let Some(parent_own) = self.vmas[parent].anon_vma else { return };
        self.vmas[child].anon_vma = None;
        self.clone_links(child, parent);
        if self.vmas[child].anon_vma.is_some() {
            return; // a dead ancestor's was taken over
        }
        let root = self.anon_vmas.root_of(parent_own);
        let lineage = Lineage::Descendant { root, parent: parent_own };
        let tree = self.anon_vmas.family_mut(root).insert(AvcTree::new(self.family_index));
        let own = AnonVma { lineage, tree, children: 0, active: 1, refcount: 1 };
        let own = self.anon_vmas.insert(own);
        self.get_anon_vma(root);
        self.vmas[child].anon_vma = Some(own);
        self.link(child, own);
        self.anon_vmas[parent_own].children += 1;
    }

    /// Takes the mapping out of all its trees; it is untouched afterwards.
    pub(crate) fn unlink(&mut self, at: Ix<Vma>) {
        let interval = self.vmas[at].pgoff_interval();
        let links = core::mem::take(&mut self.vmas[at].links);
        // Emptied families are let go after the rest, so that a parent still stands while its
        // child's count is taken from it.
        let mut emptied: smallvec::SmallVec<[Ix<AnonVma>; 4]> = smallvec::SmallVec::new();
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

    /// Puts the mapping at its current interval in all its trees, behind its equals.
    ///
    /// The kernel takes all entries out before it changes the bounds and puts them back after; the
    /// order that results is the same.
    pub(crate) fn refresh_links(&mut self, at: Ix<Vma>) {
        let interval = self.vmas[at].pgoff_interval();
        for i in 0..self.vmas[at].links.len() {
            let Link { anon_vma, handle } = self.vmas[at].links[i];
            let before = self.anon_vmas.tree_mut(anon_vma).set_interval(handle, interval);
            debug_assert!(before.is_some(), "a link's handle is live");
        }
    }
}

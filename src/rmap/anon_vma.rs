//! The families: which trees a mapping is in, and how long an `anon_vma` lives.
//!
//! 1. Every link of a mapping is one [`Avc`] in one tree, at the mapping's current interval.
//! 2. `active` is the number of mappings whose own `anon_vma` it is.
//! 3. `children` is the number of `anon_vma`s with entries whose parent it is; a root with entries
//!    counts itself.
//! 4. `refcount` is one while the tree has entries, one for each stable item, and in a root one for
//!    each living descendant. At zero it is freed.
//! 5. A parent is never in the tree of its child, unless the child took over a dead ancestor's.

use super::memory::Memory;
use super::slab::Ix;
use super::units::Pgoff;
use super::vma::{Link, Vma};
use crate::IntervalTree;

/// The tree's half of an `anon_vma_chain`: which mapping lies there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Avc {
    pub(crate) vma: Ix<Vma>,
}

/// One family of mappings (`anon_vma`).
#[derive(Clone, Debug)]
pub(crate) struct AnonVma {
    pub(crate) tree: IntervalTree<Pgoff, Avc>,
    /// `None`: this is the root.
    pub(crate) root: Option<Ix<AnonVma>>,
    /// `None`: this is the root.
    pub(crate) parent: Option<Ix<AnonVma>>,
    pub(crate) children: u32,
    pub(crate) active: u32,
    pub(crate) refcount: u32,
}

impl AnonVma {
    /// A root without entries, held by its maker.
    pub(crate) fn childless() -> Self {
        Self {
            tree: IntervalTree::new(),
            root: None,
            parent: None,
            children: 0,
            active: 0,
            refcount: 1,
        }
    }
}

impl Memory {
    /// Root of the family of `at`.
    pub(crate) fn root_of(&self, at: Ix<AnonVma>) -> Ix<AnonVma> {
        self.anon_vmas[at].root.unwrap_or(at)
    }

    fn link(&mut self, vma: Ix<Vma>, anon_vma: Ix<AnonVma>) {
        let interval = self.vmas[vma].pgoff_interval();
        let handle = self.anon_vmas[anon_vma].tree.insert(interval, Vma::avc(vma));
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
        if anon_vma.refcount == 0
            && let Some(root) = self.anon_vmas.remove(at).root
        {
            self.put_anon_vma(root); // a root has no root: one level deep
        }
    }

    /// Gives an untouched mapping its `anon_vma`, a neighbour's if one may be shared (`prepare`).
    pub(crate) fn prepare_anon_vma(&mut self, at: Ix<Vma>) -> Ix<AnonVma> {
        if let Some(anon_vma) = self.vmas[at].anon_vma {
            return anon_vma;
        }
        let anon_vma = self.reusable_anon_vma(at).unwrap_or_else(|| {
            let mut fresh = AnonVma::childless();
            fresh.children = 1; // its own: a dead root with one child is not taken for reuse
            self.anon_vmas.insert(fresh)
        });
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
        let vma = &self.vmas[at];
        let lends = |neighbour: Ix<Vma>| {
            let other = &self.vmas[neighbour];
            let (low, high) = if other.start < vma.start { (other, vma) } else { (vma, other) };
            let alike = low.end == high.start
                && low.flags.mergeable == high.flags.mergeable
                && high.pgoff == low.linear_page_index(high.start);
            if alike && other.links.len() == 1 { other.anon_vma } else { None }
        };
        vma.next.and_then(lends).or_else(|| vma.prev.and_then(lends))
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
        let root = self.root_of(parent_own);
        let mut own = AnonVma::childless();
        (own.root, own.parent, own.active) = (Some(root), Some(parent_own), 1);
        let own = self.anon_vmas.insert(own);
        self.get_anon_vma(root);
        self.vmas[child].anon_vma = Some(own);
        self.link(child, own);
        self.anon_vmas[parent_own].children += 1;
    }

    /// Takes the mapping out of all its trees; it is untouched afterwards.
    pub(crate) fn unlink(&mut self, at: Ix<Vma>) {
        let links = core::mem::take(&mut self.vmas[at].links);
        // Emptied families are let go after the rest, so that a parent still stands while its
        // child's count is taken from it.
        let mut emptied: smallvec::SmallVec<[Ix<AnonVma>; 4]> = smallvec::SmallVec::new();
        for link in links.iter().rev() {
            let anon_vma = &mut self.anon_vmas[link.anon_vma];
            let removed = anon_vma.tree.remove(link.handle);
            debug_assert_eq!(removed.map(|(_, avc)| avc.vma), Some(at));
            if anon_vma.tree.is_empty() {
                let parent = anon_vma.parent.unwrap_or(link.anon_vma);
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
        for link in &self.vmas[at].links {
            let before = self.anon_vmas[link.anon_vma].tree.set_interval(link.handle, interval);
            debug_assert!(before.is_some(), "a link's handle is live");
        }
    }
}

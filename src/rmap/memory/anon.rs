//! Mappings and the reverse map of their anonymous pages: how a change of one updates the other.

use crate::rmap::anon::{Copied, Tables};
use crate::rmap::memory::Memory;
use crate::rmap::model::ix::{AnonVmaIx, VmaIx};
use crate::rmap::model::vma::{VmFlags, Vma};

impl Memory {
    /// The tables that a search of the reverse map reads.
    pub(crate) fn tables(&self) -> Tables<'_> {
        Tables { mms: &self.mms, vmas: &self.vmas }
    }

    /// Gives an untouched mapping its `anon_vma`, a neighbour's if one may be shared (`prepare`).
    /// Returns what the mapping's own new pages belong to.
    pub(crate) fn prepare_anon_vma(&mut self, at: VmaIx) -> AnonVmaIx {
        if self.vmas[at].anon_vma.is_none() {
            let reused = self.reusable_anon_vma(at);
            self.anon.touch(at, reused, &mut self.vmas);
        }
        self.anon.owner(&self.vmas[at]).expect("it is touched")
    }

    /// The `anon_vma` of a neighbour with which `at` could have been one mapping, the next first.
    ///
    /// Access rights do not matter here: they may become equal again.
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
        let mut neighbours = next.into_iter().chain(prev);
        let touched = |other: &&Vma| other.anon_vma.is_some() && self.anon.is_single(other);
        neighbours.find(touched)?.anon_vma
    }

    /// Links `dst` like `src`, which may be untouched.
    pub(crate) fn clone_links(&mut self, dst: VmaIx, src: VmaIx, why: Copied) {
        if self.vmas[src].anon_vma.is_some() {
            self.anon.copy(dst, src, why, &mut self.vmas);
        }
    }

    /// Takes the mapping out of the reverse map; it is untouched afterwards.
    pub(crate) fn unlink(&mut self, at: VmaIx) {
        self.anon.unlink(at, &mut self.vmas);
    }
}

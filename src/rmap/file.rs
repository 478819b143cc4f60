//! Files: what they hold, which of their pages are in memory, and who maps them.
//!
//! 1. `cached` holds a frame for each page in memory; the frame names the file and the index back,
//!    and lives until it is reclaimed, mapped or not.
//! 2. Every mapping of the file is one entry of `mappings`, at the mapping's current interval.
//! 3. A page in memory is newer than `stored`. A file neither grows nor shrinks, and never goes.

use std::collections::BTreeMap;

use super::lock::WalkLock;
use super::memory::Memory;
use super::page::{Frame, Frames, Owner, Pte};
use super::slab::{Ix, Slab};
use super::units::{Content, FileId, Pgoff, Vaddr};
use super::vma::Vma;
use crate::{Handle, IntervalRbTree};

/// The mappings of a file by their offsets (`i_mmap`).
pub(crate) type MappingTree = IntervalRbTree<Pgoff, Ix<Vma>>;

/// One file (`address_space`).
#[derive(Clone, Debug)]
pub(crate) struct File {
    stored: Vec<Content>,
    cached: BTreeMap<Pgoff, Ix<Frame>>,
    /// Under a lock of the file's own (`i_mmap_rwsem`).
    pub(crate) mappings: WalkLock<MappingTree>,
}

/// Link of a mapping into its file's tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileLink {
    pub(crate) file: Ix<File>,
    /// The same as a name.
    pub(crate) id: FileId,
    pub(crate) handle: Handle,
}

impl File {
    pub(crate) fn holding(contents: &[Content]) -> Self {
        let mappings = WalkLock::default();
        Self { stored: contents.to_vec(), cached: BTreeMap::new(), mappings }
    }

    /// True if the file has a page with this index.
    pub(crate) fn has(&self, index: Pgoff) -> bool {
        index.0 < self.stored.len() as u64
    }

    /// The pages in memory, ascending.
    pub(crate) fn cached(&self) -> &BTreeMap<Pgoff, Ix<Frame>> {
        &self.cached
    }

    /// Lets another frame take over the page from the one in memory.
    pub(crate) fn cache(&mut self, index: Pgoff, frame: Ix<Frame>) {
        self.cached.insert(index, frame);
    }

    fn stored(&mut self, index: Pgoff) -> &mut Content {
        let at = usize::try_from(index.0).expect("the file has the page");
        &mut self.stored[at]
    }

    /// The page's frame, read into memory if it is not there. Unmapped by this.
    fn load(&mut self, own: Ix<Self>, index: Pgoff, frames: &mut Frames) -> Ix<Frame> {
        if let Some(&frame) = self.cached.get(&index) {
            return frame;
        }
        let content = *self.stored(index);
        let owner = Owner::File { file: own, index };
        let frame = frames.insert(Frame { content, owner, mapcount: 0, pins: 0, swap_cache: None });
        self.cached.insert(index, frame);
        frame
    }

    /// Writes a page in memory back and frees its frame, which nothing maps or holds.
    pub(crate) fn evict(&mut self, index: Pgoff, frames: &mut Frames) {
        let frame = self.cached.remove(&index).expect("the page is in memory");
        *self.stored(index) = frames.remove(frame).content;
    }
}

impl Memory {
    /// Links a mapping that has just been entered into its file's tree, behind `twin`, the mapping
    /// that it is a fork's copy of, or behind all at its offset.
    pub(crate) fn link_file(&mut self, vma: Ix<Vma>, file: Ix<File>, twin: Option<Handle>) {
        let interval = self.vmas[vma].pgoff_interval();
        let tree = self.files[file].mappings.get_mut();
        let handle = match twin {
            None => tree.insert(interval, vma),
            Some(twin) => {
                let linked = tree.insert_after(twin, interval, vma);
                linked.expect("a twin is linked and starts at the same offset")
            }
        };
        let id = FileId(self.files.id(file));
        self.vmas[vma].file = Some(FileLink { file, id, handle });
    }

    /// Puts the mapping at its current interval in its file's tree, behind its equals.
    pub(crate) fn refresh_file(&mut self, vma: Ix<Vma>) {
        let interval = self.vmas[vma].pgoff_interval();
        if let Some(FileLink { file, handle, .. }) = self.vmas[vma].file {
            let before = self.files[file].mappings.get_mut().set_interval(handle, interval);
            debug_assert!(before.is_some(), "a link's handle is live");
        }
    }

    /// Takes the mapping out of its file's tree.
    pub(crate) fn unlink_file(&mut self, vma: Ix<Vma>) {
        if let Some(FileLink { file, handle, .. }) = self.vmas[vma].file.take() {
            let removed = self.files[file].mappings.get_mut().remove(handle);
            debug_assert_eq!(removed.map(|(_, at)| at), Some(vma));
        }
    }

    /// Maps the file's own page at `at`, where nothing is mapped.
    pub(crate) fn map_file_page(&mut self, vma: Ix<Vma>, file: Ix<File>, at: Vaddr) -> Ix<Frame> {
        let (mm, index) = (self.vmas[vma].mm, self.vmas[vma].linear_page_index(at));
        let frame = self.files[file].load(file, index, &mut self.frames);
        self.frames[frame].mapcount += 1;
        let before = self.mms[mm].table.set(at, Pte::Page(frame));
        debug_assert_eq!(before, Pte::None, "nothing was mapped");
        frame
    }
}

/// All files.
pub(crate) type Files = Slab<File>;

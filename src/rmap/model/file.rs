//! Files: what they hold, which of their pages are in memory, and who maps them.
//!
//! 1. `cached` holds a frame for each page in memory; the frame names the file and the index back,
//!    and lives until it is reclaimed, mapped or not.
//! 2. Every mapping of the file is one entry of `mappings`, at the mapping's current interval.
//! 3. A page in memory is newer than `stored`. A file neither grows nor shrinks, and never goes.

use std::collections::BTreeMap;

use crate::Handle;
use crate::IntervalRbTree;
use crate::rmap::lock::WalkLock;
use crate::rmap::model::ix::{FileIx, FileKey, FrameIx, VmaIx};
use crate::rmap::model::page::{Frame, Frames, Owner};
use crate::rmap::slab::Slab;
use crate::rmap::units::{Content, FileId, Pgoff};

/// The mappings of a file by their offsets (`i_mmap`).
pub(crate) type MappingTree = IntervalRbTree<Pgoff, VmaIx>;

/// One file (`address_space`).
#[derive(Clone, Debug)]
pub(crate) struct File {
    stored: Vec<Content>,
    cached: BTreeMap<Pgoff, FrameIx>,
    /// Under a lock of the file's own (`i_mmap_rwsem`).
    pub(crate) mappings: WalkLock<MappingTree>,
}

/// Link of a mapping into its file's tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileLink {
    pub(crate) file: FileIx,
    /// The same as a name.
    pub(crate) id: FileId,
    pub(crate) handle: Handle,
}

impl File {
    pub(crate) fn holding(contents: &[Content]) -> Self {
        let mappings = WalkLock::default();
        Self { stored: contents.to_vec(), cached: BTreeMap::new(), mappings }
    }

    /// Returns `true` if the file has a page with this index.
    pub(crate) fn has(&self, index: Pgoff) -> bool {
        index.0 < self.stored.len() as u64
    }

    /// The pages in memory, ascending.
    pub(crate) fn cached(&self) -> &BTreeMap<Pgoff, FrameIx> {
        &self.cached
    }

    /// Lets another frame take over the page from the one in memory.
    pub(crate) fn cache(&mut self, index: Pgoff, frame: FrameIx) {
        self.cached.insert(index, frame);
    }

    fn stored(&mut self, index: Pgoff) -> &mut Content {
        let at = usize::try_from(index.0).expect("the file has the page");
        &mut self.stored[at]
    }

    /// The page's frame, read into memory if it is not there. Unmapped by this.
    pub(crate) fn load(&mut self, own: FileIx, index: Pgoff, frames: &mut Frames) -> FrameIx {
        if let Some(&frame) = self.cached.get(&index) {
            return frame;
        }
        let content = *self.stored(index);
        let owner = Owner::File { file: own, index };
        let frame = frames.insert(Frame {
            content,
            owner,
            mapcount: 0,
            pins: 0,
            exclusive: false,
            swap_cache: None,
        });
        self.cached.insert(index, frame);
        frame
    }

    /// Writes a page in memory back and frees its frame, which nothing maps or holds.
    pub(crate) fn evict(&mut self, index: Pgoff, frames: &mut Frames) {
        let frame = self.cached.remove(&index).expect("the page is in memory");
        *self.stored(index) = frames.remove(frame).content;
    }
}

/// All files.
pub(crate) type Files = Slab<File, FileKey>;

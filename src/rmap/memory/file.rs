//! Linking mappings into their file, and mapping its pages.

use crate::Handle;
use crate::rmap::memory::Memory;
use crate::rmap::model::file::FileLink;
use crate::rmap::model::ix::{FileIx, FrameIx, VmaIx};
use crate::rmap::model::page::Pte;
use crate::rmap::units::{FileId, Vaddr};

impl Memory {
    /// Links a mapping that has just been entered into its file's tree, after `original`, the mapping
    /// that it is a fork's copy of, or after all at its offset.
    pub(crate) fn link_file(&mut self, vma: VmaIx, file: FileIx, original: Option<Handle>) {
        let interval = self.vmas[vma].pgoff_interval();
        let tree = self.files[file].mappings.get_mut();
        let handle = match original {
            None => tree.insert(interval, vma),
            Some(original) => {
                let linked = tree.insert_after(original, interval, vma);
                linked.expect("an original is linked and starts at the same offset")
            }
        };
        let id = FileId(self.files.id(file));
        self.vmas[vma].file = Some(FileLink { file, id, handle });
    }

    /// Puts the mapping at its current interval in its file's tree, after its equals.
    pub(crate) fn refresh_file(&mut self, vma: VmaIx) {
        let interval = self.vmas[vma].pgoff_interval();
        if let Some(FileLink { file, handle, .. }) = self.vmas[vma].file {
            let before = self.files[file].mappings.get_mut().set_interval(handle, interval);
            debug_assert!(before.is_some(), "a link's handle is live");
        }
    }

    /// Takes the mapping out of its file's tree.
    pub(crate) fn unlink_file(&mut self, vma: VmaIx) {
        if let Some(FileLink { file, handle, .. }) = self.vmas[vma].file.take() {
            let removed = self.files[file].mappings.get_mut().remove(handle);
            debug_assert_eq!(removed.map(|(_, at)| at), Some(vma));
        }
    }

    /// Maps the file's own page at `at`, where nothing is mapped.
    pub(crate) fn map_file_page(&mut self, vma: VmaIx, file: FileIx, at: Vaddr) -> FrameIx {
        let (mm, index) = (self.vmas[vma].mm, self.vmas[vma].linear_page_index(at));
        let frame = self.files[file].load(file, index, &mut self.frames);
        self.frames[frame].mapcount += 1;
        let before = self.mms[mm].table.set(at, Pte::Page(frame));
        debug_assert_eq!(before, Pte::None, "nothing was mapped");
        frame
    }
}

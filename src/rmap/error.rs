//! What can be wrong with a call, each naming the address or id at fault.

use core::fmt;

use crate::rmap::units::{FileId, MmId, Pages, Pfn, Pgoff, Vaddr};

/// A refused call. The machine is as it was before the call.
///
/// # Examples
///
/// ```
/// use stabtree::rmap::{Content, Machine, RmapError, Vaddr};
///
/// let mut machine = Machine::new();
/// let p = machine.spawn();
/// let hole = Vaddr::of_page(7);
/// assert_eq!(machine.write(p, hole, Content(1)), Err(RmapError::NotMapped { at: hole }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RmapError {
    /// No living process has this id (`ESRCH`).
    NoSuchProcess {
        /// The id given.
        mm: MmId,
    },
    /// The address is not the first byte of a page (`EINVAL`).
    Unaligned {
        /// The address given (bytes).
        at: Vaddr,
    },
    /// The length is zero (`EINVAL`).
    EmptyRangeError {
        /// Start of the range given (bytes).
        at: Vaddr,
    },
    /// The range passes [`Vaddr::TOP`] (`ENOMEM`).
    PastTop {
        /// Start of the range given (bytes).
        at: Vaddr,
        /// Its length (pages).
        pages: Pages,
    },
    /// No mapping holds this address, the first hole of the range (`ENOMEM` or `EFAULT`).
    NotMapped {
        /// The first unmapped address (bytes).
        at: Vaddr,
    },
    /// The machine has no such file.
    NoSuchFile {
        /// The id given.
        file: FileId,
    },
    /// The offsets of the mapping pass what a file can have, 2^52 pages (`EOVERFLOW`).
    PastOffsets {
        /// Offset of the first page (pages).
        offset: Pgoff,
        /// Length (pages).
        pages: Pages,
    },
    /// The mapping's file ends below this address (`SIGBUS`).
    PastFile {
        /// The address given (bytes).
        at: Vaddr,
    },
    /// The mapping does not allow writing (`EFAULT`).
    ReadOnly {
        /// The address given (bytes).
        at: Vaddr,
    },
    /// The range to move does not lie in one mapping (`EFAULT`).
    CrossesMapping {
        /// First address past the mapping in which the range begins (bytes).
        at: Vaddr,
    },
    /// Source and destination of a move share pages (`EINVAL`).
    Overlap {
        /// Start of the source (bytes).
        from: Vaddr,
        /// Start of the destination (bytes).
        to: Vaddr,
    },
    /// The mapping cannot grow in place: its end is not the end of the range given, or something
    /// lies after it (`ENOMEM`).
    CannotGrow {
        /// Where the mapping would have had to go on (bytes).
        at: Vaddr,
    },
    /// A move that keeps its source cannot change the length (`EINVAL`).
    DontUnmapResizes {
        /// Length given for the source (pages).
        old: Pages,
        /// Length given for the destination (pages).
        new: Pages,
    },
    /// No page is present at this address, where the call needs one.
    NotPresent {
        /// The address given (bytes).
        at: Vaddr,
    },
    /// The frame has no pin to drop.
    NotPinned {
        /// The frame given.
        pfn: Pfn,
    },
    /// The frame is free or does not exist.
    FreeFrame {
        /// The frame given.
        pfn: Pfn,
    },
}

impl fmt::Display for RmapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoSuchProcess { mm } => write!(f, "no living process has the id {mm}"),
            Self::Unaligned { at } => write!(f, "address {at} is not the start of a page"),
            Self::EmptyRangeError { at } => write!(f, "the range at {at} is empty"),
            Self::PastTop { at, pages } => {
                write!(f, "{} pages at {at} pass the end of the address space", pages.0)
            }
            Self::NotMapped { at } => write!(f, "nothing is mapped at {at}"),
            Self::NoSuchFile { file } => write!(f, "no file has the id {file}"),
            Self::PastOffsets { offset, pages } => {
                write!(f, "{} pages from page {offset} pass the end of any file", pages.0)
            }
            Self::PastFile { at } => write!(f, "the file mapped at {at} ends below it"),
            Self::ReadOnly { at } => write!(f, "the mapping at {at} cannot be written"),
            Self::CrossesMapping { at } => {
                write!(f, "the range to move leaves its mapping at {at}")
            }
            Self::Overlap { from, to } => {
                write!(f, "the source at {from} overlaps the destination at {to}")
            }
            Self::CannotGrow { at } => write!(f, "the mapping cannot grow in place at {at}"),
            Self::DontUnmapResizes { old, new } => write!(
                f,
                "a move that keeps its source cannot change the length from {} to {} pages",
                old.0, new.0
            ),
            Self::NotPresent { at } => write!(f, "no page is present at {at}"),
            Self::NotPinned { pfn } => write!(f, "frame {pfn} is not pinned"),
            Self::FreeFrame { pfn } => write!(f, "frame {pfn} is free"),
        }
    }
}

impl core::error::Error for RmapError {}

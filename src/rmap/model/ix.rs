//! What the rows of one table are called in another. Knows no row: so the tables can name each other
//! without any of them knowing what another holds.

use crate::rmap::slab::Ix;

/// Declares the names of a table's slots.
macro_rules! keys {
    ($($(#[$doc:meta])* $ix:ident, $key:ident;)*) => {
        $(
            #[doc = "What names the slots of a table; of no value."]
            #[derive(Clone, Copy, Debug)]
            pub(crate) enum $key {}

            $(#[$doc])*
            pub(crate) type $ix = Ix<$key>;
        )*
    };
}

keys! {
    /// Slot of a mapping.
    VmaIx, VmaKey;
    /// Slot of an address space.
    MmIx, MmKey;
    /// Slot of an `anon_vma`.
    AnonVmaIx, AnonVmaKey;
    /// Slot of a tree of a family.
    TreeIx, TreeKey;
    /// Slot of a file.
    FileIx, FileKey;
    /// Slot of a frame.
    FrameIx, FrameKey;
    /// Slot of a swap slot.
    SlotIx, SlotKey;
    /// Slot of a scanner's item.
    ItemIx, ItemKey;
    /// Slot of a stable node.
    NodeIx, NodeKey;
}

//! The rows of all tables, and what each keeps of itself. Knows no call and no machine.

pub(crate) mod anon_vma;
pub(crate) mod context;
pub(crate) mod family;
pub(crate) mod file;
pub(crate) mod ix;
pub(crate) mod mm;
pub(crate) mod page;
pub(crate) mod swap;
pub(crate) mod vma;

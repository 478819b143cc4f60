//! A table by content. Knows no page and no node.
//!
//! 1. It is asked and never gone through: its order is no behaviour.
//! 2. The hash has no random seed: equal calls on equal machines give equal machines.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::rmap::units::Content;

/// A value for each of some contents.
pub(crate) type ContentMap<V> = HashMap<Content, V, BuildHasherDefault<ContentHasher>>;

/// Mixes the one number that a content is.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct ContentHasher(u64);

impl Hasher for ContentHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = Content(number).mixed();
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("a content is one number")
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentHasher, Hasher};
    use crate::rmap::units::Content;
    use std::collections::BTreeSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    #[test]
    fn different_contents_have_different_hashes() {
        let table = BuildHasherDefault::<ContentHasher>::default();
        let hashes: BTreeSet<u64> = (0..1_000).map(|n| table.hash_one(Content(n))).collect();
        assert_eq!(hashes.len(), 1_000);
    }

    #[test]
    #[should_panic(expected = "a content is one number")]
    fn nothing_else_is_hashed() {
        ContentHasher::default().write(&[1]);
    }
}

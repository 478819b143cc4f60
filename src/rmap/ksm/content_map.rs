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

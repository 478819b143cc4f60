//! Searches compiled for the vector instructions of the machine at hand.
//!
//! There is one source of each search, in `search`; here it is compiled once more with wider vectors,
//! and chosen at run time. Without `std`, or on another architecture, the plain one always runs.

#![cfg_attr(
    all(feature = "std", target_arch = "x86_64"),
    expect(unsafe_code, reason = "calls what was compiled for the processor, once that is asked")
)]

use super::node::{At, Leaf, Nodes};
use super::search::{Ancestors, Matches};
use crate::arena::NodeId;

/// Gives a function of this room a twin for each instruction set: `$name` chooses one of them.
macro_rules! for_each_instruction_set {
    ($(#[$doc:meta])* fn $name:ident<T: $bound:ident>($($arg:ident: $type:ty),*) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[inline]
        pub(super) fn $name<T: $bound>($($arg: $type),*) -> $result {
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,bmi1,bmi2")]
                fn wide<T: $bound>($($arg: $type),*) -> $result $body

                #[target_feature(enable = "avx2,bmi1,bmi2")]
                fn middle<T: $bound>($($arg: $type),*) -> $result $body

                if has_avx512() {
                    // SAFETY: the processor has all that `wide` was compiled for.
                    return unsafe { wide($($arg),*) };
                }
                if has_avx2() {
                    // SAFETY: the processor has all that `middle` was compiled for.
                    return unsafe { middle($($arg),*) };
                }
            }
            $body
        }
    };
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
fn has_avx512() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512vl")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && has_avx2()
}

for_each_instruction_set! {
    /// Goes on to the next leaf with a hit.
    fn advance<T: Ord>(walk: &mut Matches<T>, nodes: &Nodes<T>) -> bool {
        walk.advance(nodes)
    }
}

for_each_instruction_set! {
    /// The place for an insertion; there must be an entry.
    fn descend<T: Ord>(nodes: &Nodes<T>, start: &T) -> (At, Ancestors) {
        nodes.descend(start)
    }
}

for_each_instruction_set! {
    /// Puts an entry into a leaf that is not full.
    fn insert<T: Copy>(leaf: &mut Leaf<T>, pos: usize, start: T, last: T, slot: NodeId) -> () {
        leaf.insert(pos, start, last, slot);
    }
}

for_each_instruction_set! {
    /// Takes an entry out of a leaf.
    fn remove<T: Copy>(leaf: &mut Leaf<T>, pos: usize) -> () {
        leaf.remove(pos);
    }
}

for_each_instruction_set! {
    /// The places of a leaf, also behind its length, that name `slot`.
    fn find<T: Copy>(leaf: &Leaf<T>, slot: NodeId) -> u32 {
        leaf.find(slot)
    }
}

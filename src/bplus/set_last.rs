//! Another `last` for an entry, which the order does not depend on.

#![forbid(unsafe_code)]

use super::node::{MAX_HEIGHT, Nodes, Position};
use super::rebalance::greatest_other;
use super::search::Ancestors;
use crate::pages::OrPanic;

impl<T: Ord + Copy, V> Nodes<T, V> {
    /// Gives an entry a `last` that is not before its start, and returns the former one.
    pub(crate) fn set_last(&mut self, at: Position, last: T) -> T {
        let Ancestors { steps } = self.ancestors(at.leaf);
        let steps = &steps[..self.height];
        let former = self.lasts(0, at.leaf)[at.pos];
        let mut changed = [None; MAX_HEIGHT];
        // What a node reaches without the entry, and with it.
        let mut greatest = last;
        let (mut level, mut id, mut pos) = (0, at.leaf, at.pos);
        for (change, (above, at)) in changed.iter_mut().zip(steps) {
            let known = self.inner(*above).lasts[*at as usize];
            if former < known && greatest <= known {
                break;
            }
            greatest =
                greatest_other(self.lasts(level, id), pos, Some(greatest)).unwrap_or(greatest);
            if greatest == known {
                break;
            }
            *change = Some(greatest);
            (level, id, pos) = (level + 1, *above, *at as usize);
        }
        self.own_path(at.leaf).or_panic();
        // From here on nothing is compared.
        for ((above, at), change) in steps.iter().zip(changed) {
            if let Some(greatest) = change {
                self.inner_mut(*above).lasts[*at as usize] = greatest;
            }
        }
        self.leaf_mut(at.leaf).lasts[at.pos] = last;
        former
    }
}

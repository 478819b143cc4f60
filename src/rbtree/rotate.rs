use core::mem;

use super::{RbTree, Side};
use crate::arena::Link;

impl<T> RbTree<T> {
    /// Lets `riser`, the child of `sinker` on `side`, rise above it.
    ///
    /// ```text
    ///      sinker                riser
    ///      /    \                /   \
    ///     a    riser    ->   sinker   c        (side = Right)
    ///          /   \          /  \
    ///         b     c        a    b
    /// ```
    ///
    /// The two exchange their colours. The riser takes the sinker's `subtree_last`, and the sinker
    /// takes `last`, which the plan computed from its own `last`, *a* and *b*.
    pub(super) fn rotate(&mut self, sinker: Link, riser: Link, side: Side, last: T) {
        debug_assert_eq!(self.parent(riser), sinker, "links lead down and up");
        let [low, high] = self.nodes.pair_mut(sinker, riser);
        debug_assert_eq!(low.child[side as usize], riser, "links lead down and up");
        let inner = mem::replace(&mut high.child[side.other() as usize], sinker);
        low.child[side as usize] = inner;
        mem::swap(&mut high.subtree_last, &mut low.subtree_last);
        let displaced = mem::replace(&mut low.subtree_last, last);
        if let Some(up) = self.up.get_mut(inner) {
            debug_assert_eq!(up.link(), riser, "links lead down and up");
            *up = sinker.with_flag(up.flag());
        }
        let above = self.up[sinker];
        let colour = mem::replace(&mut self.up[riser], above).flag();
        self.up[sinker] = riser.with_flag(colour);
        self.replace_child(above.link(), sinker, riser);
        self.displace(displaced);
    }
}

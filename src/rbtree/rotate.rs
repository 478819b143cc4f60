use core::mem;

use super::{RbTree, Side};
use crate::arena::NodeId;

impl<T> RbTree<T> {
    /// Lets the child of `sinker` on `side` rise above it.
    ///
    /// ```text
    ///      sinker                riser
    ///      /    \                /   \
    ///     a    riser    ->   sinker   c        (side = Right)
    ///          /   \          /  \
    ///         b     c        a    b
    /// ```
    ///
    /// The riser takes the sinker's `subtree_last`, and the sinker takes `value`, which the plan
    /// computed from its own `last`, *a* and *b*; the displaced value is left in `value`.
    pub(super) fn rotate(&mut self, sinker: NodeId, side: Side, value: &mut T) {
        let riser = self.child(sinker, side).get().expect("a rotation lifts an existing child");
        let inner = self.child(riser, side.other());
        let top = self.parent(sinker);

        self.set_child(sinker, side, inner);
        if let Some(inner) = inner.get() {
            self.set_parent(inner, sinker.into());
        }
        self.replace_child(top, sinker, riser.into());
        self.set_parent(riser, top);
        self.set_child(riser, side.other(), sinker.into());
        self.set_parent(sinker, riser.into());

        mem::swap(value, &mut self.nodes[sinker].subtree_last);
        mem::swap(value, &mut self.nodes[riser].subtree_last);
    }
}

use super::{Node, RbTree};
use crate::arena::{Link, NodeId};
use crate::interval::Interval;

impl<T: Ord + Clone> RbTree<T> {
    /// Stores a node after all others without linking it; [`link_sorted`](Self::link_sorted)
    /// must follow. The tree must have no vacant slot and an id left, and memory be reserved.
    #[inline]
    pub(crate) fn push_sorted(&mut self, interval: Interval<T>) {
        let subtree_last = interval.last().clone();
        self.nodes.push(Node { interval, subtree_last, child: [Link::NIL; 2] });
    }

    /// Links the nodes of a tree in which all slots are live and in order.
    ///
    /// The result is as flat as can be: every level full but the lowest, whose nodes are red.
    pub(crate) fn link_sorted(&mut self) {
        let count = self.len();
        self.ready = 0;
        self.up.resize(count, Link::NIL.with_flag(false));
        self.root = self.link_run(0, count, (count + 1).ilog2(), Link::NIL);
        self.leftmost = self.id_at(0).into();
    }

    /// Links `count` nodes from slot `first` under `parent`; recurses once a level. Below
    /// `black_levels` levels nodes are red.
    fn link_run(&mut self, first: usize, count: usize, black_levels: u32, parent: Link) -> Link {
        if count == 0 {
            return Link::NIL;
        }
        let below = count / 2;
        let id = NodeId::from_index(first + below);
        self.up[id] = parent.with_flag(black_levels == 0);
        if count > 1 {
            let levels = black_levels.saturating_sub(1);
            let left = self.link_run(first, below, levels, id.into());
            let right = self.link_run(first + below + 1, count - below - 1, levels, id.into());
            self.nodes[id].child = [left, right];
            let greatest = self.greatest(id.into(), left, right);
            self.nodes[id].subtree_last = greatest;
        }
        id.into()
    }
}

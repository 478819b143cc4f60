use core::hint::select_unpredictable;
use core::mem;
use core::ops::Bound::{Excluded, Included};

use super::RbTree;
use super::Side::{self, Left, Right};
use super::path::{Path, Tally};
use crate::arena::{Link, NodeId};
use crate::interval::{Conditions, Query};

/// The state of a search for the nodes that overlap a query, in order.
///
/// One path, the *spine*, goes down towards the end of the query. Where it turns right, the node
/// and all to its left Start, so only *Reaches* is left to ask there: below its left child first,
/// then of the node itself; then the spine goes on. From the first match on that starts inside the
/// query all nodes Reach, and the search is a walk in order up to the first that does not Start.
/// The search reads no node that the kernel's does not read, and no parent link.
#[derive(Clone, Debug)]
pub(crate) struct Matches<T> {
    query: Option<Query<T>>,
    phase: Phase,
    /// A subtree that comes first of what is left.
    subtree: Link,
    /// Nodes that Start, each to be asked before its right subtree.
    pending: Path,
    /// The node at which the spine turned right, to be asked after what hangs to its left.
    turn: Link,
    /// Where the spine goes on.
    spine: Link,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    /// What is left of the subtree and of the pending nodes Starts and may Reach.
    Seeking,
    /// All that is left Reaches, and may Start.
    Walking,
}

impl<T: Ord> Matches<T> {
    #[inline]
    pub(crate) fn new(query: Option<Query<T>>) -> Self {
        Self {
            query,
            phase: Phase::New,
            subtree: Link::NIL,
            pending: Path::new(),
            turn: Link::NIL,
            spine: Link::NIL,
        }
    }

    /// What is searched for; `None` when nothing is to come.
    #[inline]
    pub(crate) fn query(&self) -> Option<&Query<T>> {
        self.query.as_ref()
    }

    /// Ends the search.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.query = None;
    }

    /// The next match in order.
    #[inline]
    pub(crate) fn next(&mut self, tree: &RbTree<T>, tally: &mut impl Tally) -> Option<NodeId> {
        // Invariant: what is left to search is the subtree, then the pending nodes and their
        // right subtrees, topmost last, then the turn, then the spine. A node leaves this state
        // before `Ord` is called for it: if that panics, the search may go on with less, and
        // never with the same node again.
        let found = match self.phase {
            Phase::Walking => self.walk(tree, tally),
            Phase::Seeking => self.seek(tree, tally),
            Phase::New => {
                self.phase = Phase::Seeking;
                self.spine = tree.candidates(self.query.as_ref()?, tally);
                self.seek(tree, tally)
            }
        };
        if found.is_none() {
            self.query = None;
        }
        found
    }

    /// The next node of an in-order walk, if it Starts.
    #[inline]
    fn walk(&mut self, tree: &RbTree<T>, tally: &mut impl Tally) -> Option<NodeId> {
        let query = self.query.as_ref()?;
        let id = if let Some(subtree) = self.subtree.get() {
            tally.probe();
            self.pending.descend(tree, subtree, tally)
        } else if let Some(id) = self.pending.pop() {
            tally.probe();
            id
        } else if let Some(id) = mem::replace(&mut self.turn, Link::NIL).get() {
            // It Starts, and its right child is the spine.
            return Some(id);
        } else {
            let spine = mem::replace(&mut self.spine, Link::NIL).get()?;
            self.pending.descend(tree, spine, tally)
        };
        let node = &tree.nodes[id];
        self.subtree = node.child[Right as usize];
        query.starts(node.interval.start()).then_some(id)
    }

    /// The next node that Reaches.
    #[inline]
    fn seek(&mut self, tree: &RbTree<T>, tally: &mut impl Tally) -> Option<NodeId> {
        let query = self.query.as_ref()?;
        loop {
            let mut at = Link::NIL;
            while let Some(node) = tree.nodes.follow(self.subtree) {
                let id = mem::replace(&mut self.subtree, Link::NIL);
                tally.probe();
                if !query.reaches(&node.subtree_last) {
                    break;
                }
                let left = node.child[Left as usize];
                if left.is_nil() {
                    at = id;
                    break;
                }
                self.pending.push(id);
                self.subtree = left;
            }
            if at.is_nil() {
                at = self.pending.pop().into();
                if !at.is_nil() {
                    tally.probe();
                }
            }
            let id = if !at.is_nil() {
                self.subtree = tree.child(at, Right);
                at
            } else if !self.turn.is_nil() {
                mem::replace(&mut self.turn, Link::NIL)
            } else {
                let (turn, left, spine) = tree.next_turn(self.spine, query, tally)?;
                (self.turn, self.spine) = (turn, spine);
                if !left.is_nil() {
                    self.pending.push(left);
                    self.subtree = tree.child(left, Left);
                }
                continue;
            };
            let interval = &tree.nodes[id].interval;
            if query.reaches(interval.last()) {
                if query.reaches(interval.start()) {
                    self.phase = Phase::Walking;
                }
                return id.get();
            }
        }
    }
}

impl<T: Ord> RbTree<T> {
    /// The root if some node may overlap `query`; two comparisons find most misses.
    #[inline]
    pub(super) fn candidates(&self, query: &impl Conditions<T>, tally: &mut impl Tally) -> Link {
        let (Some(root), Some(leftmost)) = (self.root.get(), self.leftmost.get()) else {
            return Link::NIL;
        };
        tally.probe();
        let node = &self.nodes[root];
        if !query.reaches(&node.subtree_last) {
            return Link::NIL;
        }
        // If the root Starts, so does the leftmost node.
        if !query.starts(node.interval.start()) {
            tally.probe();
            if !query.starts(self.nodes[leftmost].interval.start()) {
                return Link::NIL;
            }
        }
        self.root
    }

    /// The child of `id` on `side`, if it is there and Reaches.
    #[inline]
    pub(super) fn reaching_child(
        &self,
        id: NodeId,
        side: Side,
        query: &impl Conditions<T>,
        tally: &mut impl Tally,
    ) -> Link {
        let child = self.child(id, side);
        let Some(id) = child.get() else { return Link::NIL };
        tally.probe();
        if query.reaches(&self.nodes[id].subtree_last) { child } else { Link::NIL }
    }

    /// Follows the spine from `spine`, which Reaches, to the next turn that holds a match: a node
    /// that Starts, and that Reaches itself or by its left child. Returns the turn, the left child
    /// if it Reaches, and where the spine goes on.
    #[inline]
    fn next_turn(
        &self,
        spine: Link,
        query: &Query<T>,
        tally: &mut impl Tally,
    ) -> Option<(Link, Link, Link)> {
        // What kind the bounds are of is asked once, not at every level.
        match (query.lower(), query.upper()) {
            (Included(lower), Included(upper)) => {
                self.next_turn_by(spine, |start| start <= upper, |last| lower <= last, tally)
            }
            (Included(lower), Excluded(upper)) => {
                self.next_turn_by(spine, |start| start < upper, |last| lower <= last, tally)
            }
            _ => self.next_turn_by(spine, |at| query.starts(at), |at| query.reaches(at), tally),
        }
    }

    /// [`next_turn`](Self::next_turn) of the query that asks so.
    ///
    /// Which way the spine goes is as good as random, so the next node is chosen without guessing.
    #[inline]
    fn next_turn_by(
        &self,
        mut at: Link,
        starts: impl Fn(&T) -> bool,
        reaches: impl Fn(&T) -> bool,
        tally: &mut impl Tally,
    ) -> Option<(Link, Link, Link)> {
        /// The sets of answers below with which the spine goes on.
        const GOES_ON: u8 = 1 << 0b001 | 1 << 0b010 | 1 << 0b110;
        let reaching = |link: Link, tally: &mut _| {
            self.nodes.follow(link).is_some_and(|node| {
                Tally::probe(tally);
                reaches(&node.subtree_last)
            })
        };
        while let Some(node) = self.nodes.follow(at) {
            let [left, right] = node.child;
            let is_started = starts(node.interval.start());
            let left_reaches = reaching(left, tally);
            let is_reached = reaches(node.interval.last());
            // The spine goes on from a node that Starts, if neither it nor its left child Reaches,
            // and from one that does not, if its left child does. One branch that is mostly taken,
            // where the conditions by themselves are as good as random.
            let answers =
                u8::from(is_started) | u8::from(left_reaches) << 1 | u8::from(is_reached) << 2;
            if GOES_ON >> answers & 1 == 0 {
                if !is_started {
                    return None;
                }
                let subtree = if left_reaches { left } else { Link::NIL };
                let spine = if reaching(right, tally) { right } else { Link::NIL };
                return Some((at, subtree, spine));
            }
            if is_started && !right.is_nil() {
                tally.probe();
            }
            // If the node Starts but does not Reach, nor does its left child, the right one must.
            // The choice must not wait for the left child to be read.
            at = select_unpredictable(is_started, right, left);
        }
        None
    }
}

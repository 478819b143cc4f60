//! A red-black tree by content whose search path can be walked step by step.
//!
//! Knows no page and no node. An ordered map would hold the same, but the scanner does something to
//! every place that a search *passes*, so that which places lie on the way is behaviour. The shape
//! is that of the kernel's tree: linked where the descent ends, repaired as `lib/rbtree.c` does.
//!
//! 1. In order, the contents ascend strictly.
//! 2. `places` leads to the same contents.
//! 3. The root is black, no red node has a red child, and all ways down hold equally many black
//!    nodes.

use super::content_map::ContentMap;
use crate::rmap::slab::{Ix, Slab};
use crate::rmap::units::Content;

/// A side of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Left = 0,
    Right = 1,
}

use Side::{Left, Right};

impl Side {
    fn other(self) -> Self {
        if self == Left { Right } else { Left }
    }
}

#[derive(Clone, Debug)]
struct Node<V> {
    content: Content,
    value: V,
    red: bool,
    parent: Option<At<V>>,
    child: [Option<At<V>>; 2],
}

/// A position in the tree.
type At<V> = Ix<Entry<V>>;

/// What a position names; nobody outside looks into it.
#[derive(Clone, Debug)]
pub(crate) struct Entry<V>(Node<V>);

/// The tree.
#[derive(Clone, Debug)]
pub(crate) struct ContentTree<V> {
    nodes: Slab<Entry<V>>,
    root: Option<At<V>>,
    /// Every place by its content.
    places: ContentMap<At<V>>,
}

impl<V> Default for ContentTree<V> {
    fn default() -> Self {
        Self { nodes: Slab::new(), root: None, places: ContentMap::default() }
    }
}

impl<V> ContentTree<V> {
    pub(crate) fn root(&self) -> Option<At<V>> {
        self.root
    }

    pub(crate) fn child(&self, at: At<V>, side: Side) -> Option<At<V>> {
        self.node(at).child[side as usize]
    }

    pub(crate) fn content(&self, at: At<V>) -> Content {
        self.node(at).content
    }

    pub(crate) fn value(&self, at: At<V>) -> &V {
        &self.node(at).value
    }

    pub(crate) fn value_mut(&mut self, at: At<V>) -> &mut V {
        &mut self.node_mut(at).value
    }

    /// The side of `at` on which `content` lies; `None` if it is there.
    pub(crate) fn side(&self, at: At<V>, content: Content) -> Option<Side> {
        match content.cmp(&self.content(at)) {
            core::cmp::Ordering::Less => Some(Left),
            core::cmp::Ordering::Equal => None,
            core::cmp::Ordering::Greater => Some(Right),
        }
    }

    /// The place of this content, without a search: no place is passed.
    pub(crate) fn find(&self, content: Content) -> Option<At<V>> {
        self.places.get(&content).copied()
    }

    /// In order of content.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Content, &V)> {
        let first = self.root.map(|root| self.end_of(root, Left));
        core::iter::successors(first, |&at| self.successor(at))
            .map(|at| (self.content(at), self.value(at)))
    }

    fn end_of(&self, mut at: At<V>, side: Side) -> At<V> {
        while let Some(next) = self.child(at, side) {
            at = next;
        }
        at
    }

    fn successor(&self, at: At<V>) -> Option<At<V>> {
        if let Some(right) = self.child(at, Right) {
            return Some(self.end_of(right, Left));
        }
        let mut at = at;
        loop {
            let parent = self.node(at).parent?;
            if self.child(parent, Left) == Some(at) {
                return Some(parent);
            }
            at = parent;
        }
    }

    fn node(&self, at: At<V>) -> &Node<V> {
        &self.nodes[at].0
    }

    fn node_mut(&mut self, at: At<V>) -> &mut Node<V> {
        &mut self.nodes[at].0
    }

    fn is_red(&self, at: Option<At<V>>) -> bool {
        at.is_some_and(|at| self.node(at).red)
    }

    fn side_of(&self, parent: At<V>, at: At<V>) -> Side {
        if self.child(parent, Left) == Some(at) { Left } else { Right }
    }

    /// Puts `new` where `old` hangs below `parent`.
    fn hang(&mut self, parent: Option<At<V>>, old: At<V>, new: Option<At<V>>) {
        match parent {
            None => self.root = new,
            Some(parent) => {
                let side = self.side_of(parent, old);
                self.node_mut(parent).child[side as usize] = new;
            }
        }
        if let Some(new) = new {
            self.node_mut(new).parent = parent;
        }
    }

    /// Lets the child of `at` on the side other than `side` rise above it; `at` sinks to `side`.
    fn rotate(&mut self, at: At<V>, side: Side) {
        let riser = self.child(at, side.other()).expect("the side that rises is there");
        let parent = self.node(at).parent;
        let moved = self.child(riser, side);
        self.hang(parent, at, Some(riser));
        self.node_mut(riser).child[side as usize] = Some(at);
        let sinker = self.node_mut(at);
        sinker.parent = Some(riser);
        sinker.child[side.other() as usize] = moved;
        if let Some(moved) = moved {
            self.node_mut(moved).parent = Some(at);
        }
    }

    /// Enters a content that is not there yet.
    pub(crate) fn insert(&mut self, content: Content, value: V) {
        let (mut parent, mut place) = (None, self.root);
        let mut side = Left;
        while let Some(at) = place {
            side = self.side(at, content).expect("the content is not there yet");
            (parent, place) = (Some(at), self.child(at, side));
        }
        let node = Node { content, value, red: true, parent, child: [None, None] };
        let at = self.nodes.insert(Entry(node));
        self.places.insert(content, at);
        match parent {
            None => self.root = Some(at),
            Some(parent) => self.node_mut(parent).child[side as usize] = Some(at),
        }
        self.repair_insert(at);
    }

    /// `at` is red; the only fault may be that its parent is red too.
    fn repair_insert(&mut self, mut at: At<V>) {
        loop {
            let Some(parent) = self.node(at).parent else {
                self.node_mut(at).red = false;
                return;
            };
            if !self.node(parent).red {
                return;
            }
            let grand = self.node(parent).parent.expect("a red node has a parent");
            let side = self.side_of(grand, parent);
            let uncle = self.child(grand, side.other());
            if let Some(uncle) = uncle.filter(|&uncle| self.node(uncle).red) {
                self.node_mut(parent).red = false;
                self.node_mut(uncle).red = false;
                self.node_mut(grand).red = true;
                at = grand;
                continue;
            }
            let mut top = parent;
            if self.child(parent, side.other()) == Some(at) {
                self.rotate(parent, side); // the inner child becomes the outer one
                top = at;
            }
            self.node_mut(top).red = false;
            self.node_mut(grand).red = true;
            self.rotate(grand, side.other());
            return;
        }
    }

    /// Removes a place and returns its value.
    pub(crate) fn remove(&mut self, at: At<V>) -> V {
        let parent = self.node(at).parent;
        // Where a black node is short afterwards, and on which side.
        let short = match (self.child(at, Left), self.child(at, Right)) {
            (None, None) => {
                let side = parent.map(|parent| self.side_of(parent, at));
                self.hang(parent, at, None);
                let black = !self.node(at).red;
                parent.zip(side).filter(|_| black)
            }
            (Some(only), None) | (None, Some(only)) => {
                self.hang(parent, at, Some(only));
                self.node_mut(only).red = self.node(at).red; // an only child is red
                None
            }
            (Some(left), Some(right)) => self.replace_by_successor(at, left, right),
        };
        if let Some((parent, side)) = short {
            self.repair_remove(parent, side);
        }
        let Node { content, value, .. } = self.nodes.remove(at).0;
        self.places.remove(&content);
        value
    }

    fn replace_by_successor(
        &mut self,
        at: At<V>,
        left: At<V>,
        right: At<V>,
    ) -> Option<(At<V>, Side)> {
        let next = self.end_of(right, Left);
        let (orphan, was_black) = (self.child(next, Right), !self.node(next).red);
        let short = if next == right {
            (next, Right)
        } else {
            let from = self.node(next).parent.expect("it lies below the right child");
            self.hang(Some(from), next, orphan);
            self.node_mut(next).child[Right as usize] = Some(right);
            self.node_mut(right).parent = Some(next);
            (from, Left)
        };
        self.hang(self.node(at).parent, at, Some(next));
        self.node_mut(next).child[Left as usize] = Some(left);
        self.node_mut(left).parent = Some(next);
        self.node_mut(next).red = self.node(at).red;
        match orphan {
            Some(orphan) => {
                self.node_mut(orphan).red = false;
                None
            }
            None => was_black.then_some(short),
        }
    }

    /// The ways down from `parent` on `side` hold one black node less than the others.
    fn repair_remove(&mut self, mut parent: At<V>, mut side: Side) {
        loop {
            let far = side.other();
            let mut sibling = self.child(parent, far).expect("the longer side is not empty");
            if self.node(sibling).red {
                self.node_mut(sibling).red = false;
                self.node_mut(parent).red = true;
                self.rotate(parent, side);
                sibling = self.child(parent, far).expect("a red sibling has black children");
            }
            if !self.is_red(self.child(sibling, far)) {
                let Some(near) = self.child(sibling, side).filter(|&n| self.node(n).red) else {
                    self.node_mut(sibling).red = true;
                    if self.node(parent).red {
                        self.node_mut(parent).red = false;
                        return;
                    }
                    let Some(above) = self.node(parent).parent else { return };
                    (side, parent) = (self.side_of(above, parent), above);
                    continue;
                };
                self.node_mut(near).red = false;
                self.node_mut(sibling).red = true;
                self.rotate(sibling, far);
                sibling = near;
            }
            self.node_mut(sibling).red = self.node(parent).red;
            self.node_mut(parent).red = false;
            let outer = self.child(sibling, far).expect("the far nephew is red");
            self.node_mut(outer).red = false;
            self.rotate(parent, side);
            return;
        }
    }

    /// Tests the invariants.
    pub(crate) fn holds(&self) -> bool {
        let rooted = self.root.is_none_or(|root| self.node(root).parent.is_none());
        let known = self.places.iter().all(|(&content, &at)| self.content(at) == content);
        if !rooted || !known || self.places.len() != self.nodes.len() {
            return false;
        }
        // Each place is known by its content, so no two contents are equal.
        let ascends = self.iter().is_sorted_by_key(|(content, _)| content);
        ascends && !self.is_red(self.root) && self.blacks(self.root).is_some()
    }

    /// Breaks an invariant.
    #[cfg(test)]
    pub(crate) fn redden_root(&mut self) {
        let root = self.root.expect("it is not empty");
        self.node_mut(root).red = true;
    }

    /// Number of black nodes on each way down, if it is one number.
    fn blacks(&self, at: Option<At<V>>) -> Option<u32> {
        let Some(at) = at else { return Some(0) };
        let [left, right] = self.node(at).child;
        let linked = [left, right].into_iter().flatten().all(|c| self.node(c).parent == Some(at));
        let legal = !self.node(at).red || !(self.is_red(left) || self.is_red(right));
        let (l, r) = (self.blacks(left)?, self.blacks(right)?);
        (linked && legal && l == r).then_some(l + u32::from(!self.node(at).red))
    }
}

#[cfg(test)]
mod tests {
    use super::{At, ContentTree, Left, Right};
    use crate::rmap::units::Content;

    fn shape(tree: &ContentTree<()>, at: Option<At<()>>) -> String {
        let Some(at) = at else { return ".".into() };
        let colour = if tree.node(at).red { 'r' } else { 'b' };
        let (left, right) = (tree.child(at, Left), tree.child(at, Right));
        let own = format!("{colour}{}", tree.content(at).0);
        if left.is_none() && right.is_none() {
            return own;
        }
        format!("{own}({} {})", shape(tree, left), shape(tree, right))
    }

    fn after(tree: &mut ContentTree<()>, gone: u64) -> String {
        tree.remove(tree.find(Content(gone)).expect("it is there"));
        assert!(tree.holds());
        shape(tree, tree.root())
    }

    /// The shapes that the kernel's tree has after the same calls.
    #[test]
    fn the_shape_is_the_kernels() {
        let mut tree = ContentTree::default();
        for content in 1..=10 {
            tree.insert(Content(content), ());
            assert!(tree.holds());
        }
        assert_eq!(shape(&tree, tree.root()), "b4(b2(b1 b3) b6(b5 r8(b7 b9(. r10))))");
        assert_eq!(after(&mut tree, 4), "b5(b2(b1 b3) b8(b6(. r7) b9(. r10)))");
        assert_eq!(after(&mut tree, 8), "b5(b2(b1 b3) b9(b6(. r7) b10))");
        assert_eq!(after(&mut tree, 1), "b5(b2(. r3) r9(b6(. r7) b10))");

        let mut tree = ContentTree::default();
        for content in [8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15] {
            tree.insert(Content(content), ());
        }
        let shapes = [8, 1, 3, 2].map(|gone| after(&mut tree, gone));
        assert_eq!(shapes[3], "b9(r6(b4(. r5) b7) r12(b10(. r11) b14(r13 r15)))");
    }

    /// A tree of five with one thing changed.
    fn damaged(damage: impl FnOnce(&mut ContentTree<()>, [At<()>; 5])) -> ContentTree<()> {
        let mut tree = ContentTree::default();
        for content in 1..=5 {
            tree.insert(Content(content), ());
        }
        assert_eq!(shape(&tree, tree.root()), "b2(b1 b4(r3 r5))");
        let places = [1, 2, 3, 4, 5].map(|content| tree.find(Content(content)).expect("inserted"));
        damage(&mut tree, places);
        tree
    }

    #[test]
    fn each_broken_invariant_is_found() {
        assert!(damaged(|_, _| {}).holds());
        let broken = [
            damaged(|tree, [.., five]| tree.node_mut(five).content = Content(9)),
            damaged(|tree, _| _ = tree.places.remove(&Content(5))),
            damaged(|tree, [one, ..]| {
                tree.node_mut(one).content = Content(9);
                tree.places.remove(&Content(1));
                tree.places.insert(Content(9), one);
            }),
            damaged(|tree, [one, two, ..]| tree.node_mut(two).parent = Some(one)),
            damaged(|tree, [.., three, _, five]| tree.node_mut(three).parent = Some(five)),
            damaged(|tree, [_, two, ..]| tree.node_mut(two).red = true),
            damaged(|tree, [.., four, _]| tree.node_mut(four).red = true),
            damaged(|tree, [.., five]| tree.node_mut(five).red = false),
            damaged(|tree, [one, _, three, four, _]| {
                tree.remove(three);
                (tree.node_mut(one).red, tree.node_mut(four).red) = (true, true);
                assert_eq!(shape(tree, tree.root()), "b2(r1 r4(. r5))");
            }),
        ];
        for (violation, tree) in broken.iter().enumerate() {
            assert!(!tree.holds(), "damage {violation}");
        }
    }

    #[test]
    fn all_orders_of_removal_keep_the_invariants() {
        let mut seed = 1_u64;
        for round in 0..50 {
            let (mut tree, mut left) = (ContentTree::default(), Vec::new());
            for _ in 0..60 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round * 2 + 1);
                let content = Content((seed >> 33) % 40);
                match left.binary_search(&content) {
                    Ok(place) => {
                        left.remove(place);
                        tree.remove(tree.find(content).expect("it is there"));
                    }
                    Err(place) => {
                        left.insert(place, content);
                        tree.insert(content, ());
                    }
                }
                assert!(tree.holds());
                assert!(tree.iter().map(|(content, ())| content).eq(left.iter().copied()));
            }
        }
    }
}

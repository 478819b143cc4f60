//! A textbook red-black tree that shares nothing with the crate's: boxes, no parent links, every
//! node reached by its path from the root, `subtree_last` recomputed whenever it is asked for.
//!
//! The cases follow the kernel's: ties go right, the successor replaces an erased node with two
//! children, and the far nephew is looked at before the near one.

use std::ops::Bound;

use stabtree::IntervalRbTree;

use super::ends::End;
use super::model::{Query, may_hold_values};
use super::ops::{Effect, Op};
use super::world::World;

/// A step down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Left,
    Right,
}

use Turn::{Left, Right};

impl Turn {
    const fn other(self) -> Self {
        match self {
            Left => Right,
            Right => Left,
        }
    }
}

type Tree<T> = Option<Box<Node<T>>>;

#[derive(Clone, Debug)]
struct Node<T> {
    is_red: bool,
    id: usize,
    start: T,
    last: T,
    left: Tree<T>,
    right: Tree<T>,
}

impl<T> Node<T> {
    const fn child(&mut self, turn: Turn) -> &mut Tree<T> {
        match turn {
            Left => &mut self.left,
            Right => &mut self.right,
        }
    }
}

/// One node in preorder: what the crate's `shape` yields, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<T> {
    pub id: usize,
    pub is_red: bool,
    pub subtree_last: T,
    pub has_left: bool,
    pub has_right: bool,
}

/// The reference tree.
#[derive(Clone, Debug)]
pub struct Reference<T> {
    root: Tree<T>,
}

fn join(path: &[Turn], more: &[Turn]) -> Vec<Turn> {
    [path, more].concat()
}

impl<T: Ord + Clone + 'static> Reference<T> {
    pub const fn new() -> Self {
        Self { root: None }
    }

    /// Performs the operation in the world and follows what it did there.
    pub fn follow_world(&mut self, op: &Op, world: &mut World<IntervalRbTree<T, u32>, T>)
    where
        T: End,
    {
        let effects = world.apply(op);
        if let [Effect::Rebuilt] = effects[..] {
            let entries = &world.model.entries;
            let interval = |id: usize| (entries[id].start.clone(), entries[id].last.clone());
            *self = Self::adopt(&world.shape(), interval);
        } else {
            self.follow(&effects);
        }
    }

    /// Does what was done to another tree.
    pub fn follow(&mut self, effects: &[Effect<T>]) {
        for effect in effects {
            match effect.clone() {
                Effect::Inserted { id, start, last } => self.insert(id, start, last),
                Effect::InsertedAfter { previous, id, start, last } => {
                    self.insert_after(previous, id, start, last);
                }
                Effect::Removed { id } => self.erase(id),
                Effect::Moved { id, start, last } => {
                    self.erase(id);
                    self.insert(id, start, last);
                }
                Effect::Stretched { id, last } => {
                    let path = self.path_to(id);
                    self.node(&path).last = last;
                }
                Effect::Cleared => self.root = None,
                Effect::Rebuilt => panic!("the caller adopts a tree that was built anew"),
            }
        }
    }

    /// Takes over a tree as it is shown, with the interval of each id.
    pub fn adopt(shown: &[Shown<T>], interval: impl Fn(usize) -> (T, T)) -> Self {
        fn adopt<'a, T: 'a>(
            shown: &mut impl Iterator<Item = &'a Shown<T>>,
            interval: &impl Fn(usize) -> (T, T),
        ) -> Node<T> {
            let node = shown.next().expect("as many nodes as the shape announces");
            let (id, is_red) = (node.id, node.is_red);
            let (start, last) = interval(id);
            let mut child = |is_there: bool| is_there.then(|| Box::new(adopt(shown, interval)));
            let left = child(node.has_left);
            let right = child(node.has_right);
            Node { is_red, id, start, last, left, right }
        }

        let mut nodes = shown.iter();
        Self { root: (!shown.is_empty()).then(|| Box::new(adopt(&mut nodes, &interval))) }
    }

    /// All nodes in preorder.
    pub fn show(&self) -> Vec<Shown<T>> {
        fn show<T: Ord + Clone>(tree: Option<&Node<T>>, all: &mut Vec<Shown<T>>) -> Option<T> {
            let node = tree?;
            let at = all.len();
            all.push(Shown {
                id: node.id,
                is_red: node.is_red,
                subtree_last: node.last.clone(),
                has_left: node.left.is_some(),
                has_right: node.right.is_some(),
            });
            let below = [show(node.left.as_deref(), all), show(node.right.as_deref(), all)];
            let greatest = below.into_iter().flatten().chain([node.last.clone()]).max()?;
            all[at].subtree_last = greatest.clone();
            Some(greatest)
        }

        let mut all = Vec::new();
        show(self.root.as_deref(), &mut all);
        all
    }

    /// Runs the kernel's search for `query` to its end: the ids in order, and how many nodes it
    /// inspects on the way, counted as in the recorded traces.
    pub fn kernel_search(&mut self, query: &Query<T>) -> (Vec<usize>, usize) {
        let mut search = KernelSearch { tree: self, query, probes: 0 };
        let mut found = Vec::new();
        let mut at = search.first();
        while let Some(path) = at {
            found.push(search.tree.node(&path).id);
            at = search.next(path);
        }
        (found, search.probes)
    }

    fn greatest_last(&mut self, path: &[Turn]) -> Option<T> {
        let own = self.at(path).as_ref()?.last.clone();
        let below = [Left, Right].map(|turn| self.greatest_last(&join(path, &[turn])));
        below.into_iter().flatten().chain([own]).max()
    }

    fn at(&mut self, path: &[Turn]) -> &mut Tree<T> {
        let mut tree = &mut self.root;
        for &turn in path {
            tree = tree.as_mut().expect("a path through nodes").child(turn);
        }
        tree
    }

    fn node(&mut self, path: &[Turn]) -> &mut Node<T> {
        self.at(path).as_mut().expect("a path to a node")
    }

    fn is_red(&mut self, path: &[Turn]) -> bool {
        self.at(path).as_ref().is_some_and(|node| node.is_red)
    }

    fn has(&mut self, path: &[Turn]) -> bool {
        self.at(path).is_some()
    }

    fn path_to(&self, id: usize) -> Vec<Turn> {
        fn search<T>(tree: Option<&Node<T>>, id: usize, path: &mut Vec<Turn>) -> bool {
            let Some(node) = tree else { return false };
            if node.id == id {
                return true;
            }
            for (turn, child) in [(Left, &node.left), (Right, &node.right)] {
                path.push(turn);
                if search(child.as_deref(), id, path) {
                    return true;
                }
                path.pop();
            }
            false
        }

        let mut path = Vec::new();
        assert!(search(self.root.as_deref(), id, &mut path), "no node {id}");
        path
    }

    /// The path from `path` as far as one can go to `turn`.
    fn furthest(&mut self, mut path: Vec<Turn>, turn: Turn) -> Vec<Turn> {
        while self.has(&join(&path, &[turn])) {
            path.push(turn);
        }
        path
    }

    /// The child on `turn` of the node at `path` takes that place; the node goes down to the
    /// other side.
    fn lift(&mut self, path: &[Turn], turn: Turn) {
        let place = self.at(path);
        let mut sinker = place.take().expect("a node to sink");
        let mut riser = sinker.child(turn).take().expect("a child to lift");
        *sinker.child(turn) = riser.child(turn.other()).take();
        *riser.child(turn.other()) = Some(sinker);
        *place = Some(riser);
    }

    fn insert(&mut self, id: usize, start: T, last: T) {
        let mut path = vec![];
        while let Some(node) = self.at(&path) {
            path.push(if start < node.start { Left } else { Right });
        }
        self.link(path, id, start, last);
    }

    fn insert_after(&mut self, previous: usize, id: usize, start: T, last: T) {
        let mut path = join(&self.path_to(previous), &[Right]);
        if self.has(&path) {
            path = self.furthest(path, Left);
            path.push(Left);
        }
        self.link(path, id, start, last);
    }

    fn link(&mut self, path: Vec<Turn>, id: usize, start: T, last: T) {
        *self.at(&path) =
            Some(Box::new(Node { is_red: true, id, start, last, left: None, right: None }));
        self.repair_red(path);
    }

    /// The node at `n` is red; its parent may be, too.
    fn repair_red(&mut self, mut n: Vec<Turn>) {
        loop {
            let Some((&n_turn, p)) = n.split_last() else {
                self.node(&n).is_red = false;
                return;
            };
            if !self.is_red(p) {
                return;
            }
            let (&p_turn, g) = p.split_last().expect("the root is black");
            let uncle = join(g, &[p_turn.other()]);
            if self.is_red(&uncle) {
                self.node(p).is_red = false;
                self.node(&uncle).is_red = false;
                self.node(g).is_red = true;
                n = g.to_vec();
                continue;
            }
            if n_turn != p_turn {
                self.lift(p, n_turn);
            }
            self.lift(g, p_turn);
            self.node(g).is_red = false;
            self.node(&uncle).is_red = true;
            return;
        }
    }

    fn erase(&mut self, id: usize) {
        let mut path = self.path_to(id);
        if self.has(&join(&path, &[Left])) && self.has(&join(&path, &[Right])) {
            // The successor's entry takes the place, the colour stays with the place.
            let successor = self.furthest(join(&path, &[Right]), Left);
            let node = self.node(&successor);
            let (id, start, last) = (node.id, node.start.clone(), node.last.clone());
            let node = self.node(&path);
            (node.id, node.start, node.last) = (id, start, last);
            path = successor;
        }
        let mut node = self.at(&path).take().expect("the node to erase");
        let mut orphan = node.left.take().or(node.right.take());
        match &mut orphan {
            Some(orphan) => orphan.is_red = node.is_red,
            None if !node.is_red => self.repair_short(path.clone()),
            None => {}
        }
        // `repair_short` may have moved the empty place, which then stays empty.
        if orphan.is_some() {
            *self.at(&path) = orphan;
        }
    }

    /// The paths through `n` have one black node too few.
    fn repair_short(&mut self, mut n: Vec<Turn>) {
        while let Some(turn) = n.pop() {
            let mut p = n.clone();
            let mut sibling = join(&p, &[turn.other()]);
            if self.is_red(&sibling) {
                self.lift(&p, turn.other());
                self.node(&p).is_red = false;
                p.push(turn);
                self.node(&p).is_red = true;
                sibling = join(&p, &[turn.other()]);
            }
            let (near, far) = (join(&sibling, &[turn]), join(&sibling, &[turn.other()]));
            if !self.is_red(&far) && !self.is_red(&near) {
                self.node(&sibling).is_red = true;
                if self.is_red(&p) {
                    self.node(&p).is_red = false;
                    return;
                }
                n = p;
                continue;
            }
            if !self.is_red(&far) {
                self.lift(&sibling, turn);
            }
            let p_is_red = self.is_red(&p);
            self.lift(&p, turn.other());
            self.node(&p).is_red = p_is_red;
            self.node(&join(&p, &[turn])).is_red = false;
            self.node(&join(&p, &[turn.other()])).is_red = false;
            return;
        }
    }
}

/// A search as the kernel does it, with a count of the nodes inspected.
struct KernelSearch<'a, T> {
    tree: &'a mut Reference<T>,
    query: &'a Query<T>,
    probes: usize,
}

impl<T: Ord + Clone + 'static> KernelSearch<'_, T> {
    fn starts(&mut self, path: &[Turn]) -> bool {
        let start = &self.tree.node(path).start;
        may_hold_values(Bound::Included(start), self.query.1.as_ref())
    }

    fn reaches(&self, last: &T) -> bool {
        may_hold_values(self.query.0.as_ref(), Bound::Included(last))
    }

    /// Inspects the node at `path`, if there is one; returns `true` if its subtree Reaches.
    fn subtree_reaches(&mut self, path: &[Turn]) -> bool {
        let Some(last) = self.tree.greatest_last(path) else { return false };
        self.probes += 1;
        self.reaches(&last)
    }

    fn is_match(&mut self, path: &[Turn]) -> bool {
        let last = self.tree.node(path).last.clone();
        self.reaches(&last)
    }

    fn first(&mut self) -> Option<Vec<Turn>> {
        if !may_hold_values(self.query.0.as_ref(), self.query.1.as_ref())
            || !self.subtree_reaches(&[])
        {
            return None;
        }
        self.probes += 1;
        let leftmost = self.tree.furthest(vec![], Left);
        if self.starts(&leftmost) { self.below(vec![]) } else { None }
    }

    fn below(&mut self, mut at: Vec<Turn>) -> Option<Vec<Turn>> {
        loop {
            let left = join(&at, &[Left]);
            if self.subtree_reaches(&left) {
                at = left;
                continue;
            }
            if !self.starts(&at) {
                return None;
            }
            if self.is_match(&at) {
                return Some(at);
            }
            at.push(Right);
            self.probes += 1;
        }
    }

    fn next(&mut self, mut at: Vec<Turn>) -> Option<Vec<Turn>> {
        loop {
            let right = join(&at, &[Right]);
            if self.subtree_reaches(&right) {
                return self.below(right);
            }
            loop {
                let turn = at.pop()?;
                self.probes += 1;
                if turn == Left {
                    break;
                }
            }
            if !self.starts(&at) {
                return None;
            }
            if self.is_match(&at) {
                return Some(at);
            }
        }
    }
}

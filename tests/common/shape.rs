//! The shape of a tree as text and as the hash of the recorded traces.

use std::fmt::Display;

use stabtree::IntervalRbTree;
use stabtree::rb::NodeShape;

/// Writes the tree as `colour value ^ subtree_last (left right)`: `b2^9(r1^1 .)`, `.` being a
/// missing child of a node that has another, and of nothing.
pub fn golden<T: Display, V: Display>(tree: &IntervalRbTree<T, V>) -> String {
    fn write<'a, T: Display + 'a, V: Display>(
        tree: &IntervalRbTree<T, V>,
        nodes: &mut impl Iterator<Item = NodeShape<'a, T>>,
    ) -> String {
        let node = nodes.next().expect("as many nodes as the shape announces");
        let colour = if node.is_red { 'r' } else { 'b' };
        let text = format!("{colour}{}^{}", tree[node.handle], node.subtree_last);
        if !node.has_left && !node.has_right {
            return text;
        }
        let mut child = |is_there| if is_there { write(tree, nodes) } else { ".".into() };
        let (left, right) = (child(node.has_left), child(node.has_right));
        format!("{text}({left} {right})")
    }

    if tree.is_empty() {
        return ".".into();
    }
    let mut nodes = tree.shape();
    let text = write(tree, &mut nodes);
    assert!(nodes.next().is_none(), "no more nodes than the shape announces");
    text
}

/// Writes the tree as `(node left right)`, `.` being a missing child.
pub fn preorder<V>(
    tree: &IntervalRbTree<u64, V>,
    mut write: impl FnMut(NodeShape<'_, u64>, &V) -> String,
) -> String {
    let mut text = String::new();
    // What is still to be written: the next node, or a word.
    let mut todo = vec![None];
    let mut nodes = tree.shape();
    if tree.is_empty() {
        return ".".into();
    }
    while let Some(next) = todo.pop() {
        if let Some(word) = next {
            text.push_str(word);
            continue;
        }
        let node = nodes.next().expect("as many nodes as the shape announces");
        text.push('(');
        text.push_str(&write(node, &tree[node.handle]));
        todo.push(Some(")"));
        todo.push(if node.has_right { None } else { Some(".") });
        todo.push(Some(" "));
        todo.push(if node.has_left { None } else { Some(".") });
        todo.push(Some(" "));
    }
    assert!(nodes.next().is_none(), "no more nodes than the shape announces");
    text
}

/// FNV-1a, 64 bit, over 15 bytes a node in preorder.
pub fn fnv_of_shape(tree: &IntervalRbTree<u64, u32>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for node in tree.shape() {
        let flags = [u8::from(node.has_left), u8::from(node.has_right)];
        let bytes = tree[node.handle].to_le_bytes().into_iter();
        for byte in bytes
            .chain([u8::from(!node.is_red)])
            .chain(node.subtree_last.to_le_bytes())
            .chain(flags)
        {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    hash
}

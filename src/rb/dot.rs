use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Debug, Write};

use super::IntervalRbTree;
use crate::rbtree::Shape;

impl<T: Debug, V: Debug> IntervalRbTree<T, V> {
    /// Draws the tree in the language of Graphviz: `dot -Tsvg` makes a picture of it.
    ///
    /// A box holds the interval, the value and the greatest `last` below; red boxes are red nodes.
    ///
    /// # Complexity
    ///
    /// `O(n)`; the text is about 100 bytes an entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use stabtree::{Interval, IntervalRbTree};
    ///
    /// let tree = IntervalRbTree::from([(Interval::new(1, 20), 'a'), (Interval::new(5, 9), 'b')]);
    /// assert!(tree.to_dot().starts_with("digraph intervals {"));
    /// ```
    pub fn to_dot(&self) -> String {
        let mut dot =
            String::from("digraph intervals {\n  node [shape=box, fontname=monospace];\n");
        // Nodes that still miss children, innermost last: the number, and how many are to come.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut shape = Shape::new(&self.nodes);
        for number in 0.. {
            let Some(node) = shape.next(&self.nodes) else { break };
            let colour = if node.is_red { "red" } else { "black" };
            let (interval, value) = self.pair(node.id);
            let text = format!("{interval:?} {value:?}\n≤ {:?}", node.subtree_last);
            // Writing to a String does not fail.
            let _ = writeln!(dot, "  n{number} [label={text:?}, color={colour}];");
            if let Some((parent, missing)) = open.last_mut() {
                let _ = writeln!(dot, "  n{parent} -> n{number};");
                *missing -= 1;
                if *missing == 0 {
                    open.pop();
                }
            }
            let children = usize::from(node.has_left) + usize::from(node.has_right);
            if children > 0 {
                open.push((number, children));
            }
        }
        dot.push_str("}\n");
        dot
    }
}

//! Where walks go, what they have fetched, and what they know of a leaf without a look at its entries.
//! All of it knows how much a node holds.

#![cfg(not(stabtree_small_nodes))]

use alloc::vec::Vec;
use core::cell::RefCell;
use core::iter;

use super::IntervalBTree;
use super::node_tests::{sorted, sound};
use crate::bplus::bits::contiguous;
use crate::bplus::hits::Hits;
#[cfg(feature = "rayon")]
use crate::bplus::node::LEAF;
use crate::bplus::path::Path;
use crate::bplus::run::At;
use crate::bplus::simd::{Isa, WIDTH};
use crate::bplus::visit::Counter;
#[cfg(feature = "rayon")]
use crate::bplus::walk::Matches;
use crate::bplus::walk::Walk;
use crate::interval::{Interval, Query};

/// What a walk has fetched.
#[derive(Clone, Copy)]
struct Fetched<'a>(&'a RefCell<Vec<usize>>);

impl Isa for Fetched<'_> {
    fn bits(self, bytes: &[u8; WIDTH]) -> u32 {
        (0..WIDTH).filter(|i| bytes[*i] != 0).fold(0, |bits, i| bits | 1 << i)
    }

    fn prefetch(self, address: *const u8, bytes: usize) {
        self.0.borrow_mut().extend((bytes > 0).then(|| address.addr()));
    }
}

#[test]
fn a_way_leads_through_the_children_that_were_put_off_and_has_the_next_leaf_fetched() {
    let tree = sound();
    let fetched = RefCell::new(Vec::new());
    let mut path = Path::EMPTY;
    path.put_off(2, tree.nodes.root, 0b10);
    path.put_off(1, 0, 0b10_1110);
    path.whole = 0b00_0110;
    let way: Vec<_> = iter::from_fn(|| path.resume(Fetched(&fetched), &tree.nodes)).collect();
    assert_eq!(
        way,
        [(0, 1, true), (0, 2, true), (0, 3, false), (0, 5, false), (1, 1, false)],
        "the lower level first"
    );
    let leaf = |id: u32| core::ptr::from_ref(tree.nodes.leaf(id).leaf).addr();
    assert_eq!(
        fetched.into_inner().into_iter().step_by(2).collect::<Vec<_>>(),
        [leaf(3), leaf(5)],
        "while one is read, the one after the next"
    );
}

/// Two leaves ahead: while the first is read, the next two are on their way.
#[test]
fn a_walk_has_two_leaves_fetched_ahead() {
    let tree = sound();
    let fetched = |from, to| {
        let (query, fetched) = (Query::new(from..=to).unwrap(), RefCell::new(Vec::new()));
        let mut walk = Walk::from(tree.nodes.root);
        let mut read = Vec::new();
        while walk.advance(Fetched(&fetched), &tree.nodes, &query).is_some() {
            let leaf = |at: &usize| {
                (0..35).position(|id| core::ptr::from_ref(tree.nodes.leaf(id).leaf).addr() == *at)
            };
            // Of a leaf its ends, and another address for the number of its entries.
            read.push(fetched.take().iter().step_by(2).map(leaf).collect::<Vec<_>>());
        }
        read
    };
    let leaves = |ids: &[usize]| ids.iter().copied().map(Some).collect::<Vec<_>>();
    assert_eq!(fetched(5, 5), [leaves(&[])]);
    assert_eq!(fetched(620, 650), [leaves(&[1]), leaves(&[])]);
    let four = [leaves(&[1, 2]), leaves(&[3]), leaves(&[]), leaves(&[])];
    assert_eq!(fetched(620, 2_000), four);
}

/// Leaf *i* begins at 640 *i*, and its last entry is `[640 i + 630, 640 i + 635]`.
#[test]
fn a_leaf_is_whole_that_begins_in_the_query_as_the_next_one_does() {
    let tree = sound();
    let whole = |from, to| {
        let query = Query::new(from..=to).unwrap();
        let with = Fetched(&RefCell::new(Vec::new()));
        tree.nodes.inners[0].whole(with, &query, tree.nodes.inners[0].hits(with, &query))
    };
    assert_eq!(whole(640, 1_920), 0b0110);
    assert_eq!(whole(641, 1_920), 0b0100);
    assert_eq!(whole(640, 1_919), 0b0010);
    assert_eq!(whole(0, 639), 0);
    assert_eq!(whole(0, 640), 0b0001);
}

#[test]
fn a_run_is_a_set_of_places_without_a_gap() {
    for first in 0..64 {
        for end in first + 1..=64 {
            let set = (first..end).fold(0, |set, place| set | 1 << place);
            assert_eq!(contiguous(set), Some(first..end));
            if end - first > 2 {
                assert_eq!(contiguous(set & !(1 << (first + 1))), None);
            }
        }
    }
    assert_eq!(contiguous(0), None);
}

#[test]
fn a_walk_counts_the_nodes_that_it_reads() {
    let tree = sound();
    assert_eq!(tree.probes(0..=5), 3, "the root, an inner node, a leaf");
    assert_eq!(tree.probes(6..=9), 3);
    assert_eq!(tree.probes(620..=650), 4, "two leaves");
    assert_eq!(tree.probes(..), 3 + 35);
    assert_eq!(tree.probes(30_000..), 1);
    assert_eq!(sorted(0).probes(..), 0);
}

/// Every part of a walk that has been split until nothing can be split off.
#[cfg(feature = "rayon")]
fn parts(tree: &IntervalBTree<u32, ()>, mut walk: Matches<u32>) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    let mut later = Vec::new();
    loop {
        while let Some(rear) = walk.split(&tree.nodes) {
            later.push(rear);
        }
        let mut leaves = Vec::new();
        while let Some(at) = walk.next(&tree.nodes) {
            leaves.push(at.leaf as usize * 100 + at.pos);
        }
        parts.push(leaves);
        let Some(rear) = later.pop() else { return parts };
        walk = rear;
    }
}

#[cfg(feature = "rayon")]
#[test]
fn a_walk_is_split_down_to_single_leaves() {
    let tree = sound();
    let matches = || Matches::new(&tree.nodes, Query::new(..));
    let leaf = |id: usize| {
        (0..tree.nodes.leaf(u32::try_from(id).unwrap()).len()).map(move |pos| id * 100 + pos)
    };
    let all: Vec<Vec<_>> = (0..35).map(|id| leaf(id).collect()).collect();
    assert_eq!(parts(&tree, matches()), all);

    for taken in [1, 63, 64, 65, 1_000, 2_203] {
        let mut walk = matches();
        let begun: Vec<_> = iter::from_fn(|| walk.next(&tree.nodes)).take(taken).collect();
        assert_eq!(begun.len(), taken);
        let left = all.iter().flatten().skip(taken).copied().collect::<Vec<_>>();
        let parts = parts(&tree, walk);
        assert_eq!(parts.concat(), left);
        assert!(parts[1..].iter().all(|part| !part.is_empty() && part.len() <= LEAF));
        assert_eq!(parts.len(), 35 - taken / LEAF, "what is left of a leaf, and those after it");
    }
}

/// Of the children that are left, the front half is kept.
#[cfg(feature = "rayon")]
#[test]
fn a_walk_is_split_in_halves() {
    let tree = sound();
    let mut walk = Matches::new(&tree.nodes, Query::new(0..640 * 8));
    let mut sizes = Vec::new();
    while let Some(mut rear) = walk.split(&tree.nodes) {
        sizes.push(iter::from_fn(|| rear.next(&tree.nodes)).count() / LEAF);
    }
    assert_eq!(sizes, [4, 2, 1]);
}

/// Entries `[i, i + length]` with lengths that make both ends enter the same nodes.
fn nested(len: usize) -> IntervalBTree<usize> {
    let length = |i: usize| if i.is_multiple_of(37) { len / 3 } else { i * 7 % 11 };
    (0..len).map(|i| (Interval::new(i, i + length(i)), ())).collect()
}

#[test]
fn walks_from_both_ends_find_each_entry_once_and_in_order() {
    for tree in [0, 1, 70, 2_200, 4_000].map(nested) {
        let len = tree.len();
        let queries = [(0, len), (len / 2, len / 2), (len / 3, len / 2), (len, 3 * len), (5, 40)];
        for (from, to) in queries {
            let hits = || Hits::new(&tree.nodes, Query::new(from..=to));
            let mut forward = hits();
            let starts = |at: At<'_, usize, ()>| *at.start;
            let all: Vec<_> = iter::from_fn(|| forward.next(&tree.nodes).map(starts)).collect();
            let naive = tree.iter().map(|(interval, ())| interval);
            let naive = naive.filter(|i| *i.start() <= to && *i.last() >= from);
            assert!(naive.map(|interval| *interval.start()).eq(all.iter().copied()));
            for turns in [
                &[true][..],
                &[false],
                &[true, false],
                &[false, false, true],
                &[true, true, true, false, true, false],
            ] {
                let mut hits = hits();
                let mut left = &all[..];
                for from_front in turns.iter().cycle() {
                    let copy = hits.clone();
                    assert!(copy.fewest(&tree.nodes) <= left.len());
                    if left.len() % 100 == 50 {
                        assert_eq!(copy.fold(&tree.nodes, 0, Counter), left.len());
                    }
                    if *from_front {
                        let first = left.split_off_first().copied();
                        assert_eq!(hits.next(&tree.nodes).map(starts), first);
                    } else {
                        let last = left.split_off_last().copied();
                        assert_eq!(hits.next_back(&tree.nodes).map(starts), last);
                    }
                    if left.is_empty() {
                        break;
                    }
                }
                for _ in 0..2 {
                    assert!(hits.next_back(&tree.nodes).is_none());
                    assert!(hits.next(&tree.nodes).is_none());
                }
            }
        }
    }
}

/// However far one end has come, and whatever it has found ahead, the other one stops where it is.
#[test]
fn a_walk_turns_round_after_any_number_of_entries() {
    for tree in [70, 1_300].map(nested) {
        let len = tree.len();
        let starts = |at: At<'_, usize, ()>| *at.start;
        for (from, to) in [(0, len), (len / 2, len / 2), (len / 3, len / 2)] {
            let hits = || Hits::new(&tree.nodes, Query::new(from..=to));
            let mut forward = hits();
            let all: Vec<_> = iter::from_fn(|| forward.next(&tree.nodes).map(starts)).collect();
            for taken in 0..=all.len() {
                let (mut front, mut back) = (hits(), hits());
                let (left, right) = (&all[..taken], &all[all.len() - taken..]);
                assert!(left.iter().all(|at| front.next(&tree.nodes).map(starts) == Some(*at)));
                assert!(
                    right
                        .iter()
                        .rev()
                        .all(|at| back.next_back(&tree.nodes).map(starts) == Some(*at))
                );
                let copy = front.clone();
                let rest = iter::from_fn(|| front.next_back(&tree.nodes).map(starts));
                assert!(rest.eq(all[taken..].iter().rev().copied()), "{taken} from the front");
                let rest = iter::from_fn(|| back.next(&tree.nodes).map(starts));
                assert!(rest.eq(all[..all.len() - taken].iter().copied()), "{taken} from the back");
                assert_eq!(copy.fold(&tree.nodes, 0, Counter), all.len() - taken);
            }
        }
    }
}

/// Of entries that do not overlap all that is to come is known once the first was found.
#[test]
fn a_walk_knows_how_many_disjoint_entries_are_to_come() {
    let tree: IntervalBTree<usize> =
        (0..4_000).map(|i| (Interval::new(3 * i, 3 * i + 1), ())).collect();
    for (from, to) in [(0, 0), (5, 90), (7, 2_000), (100, 5_000), (0, 70_000), (11_000, 11_500)] {
        let mut hits = Hits::new(&tree.nodes, Query::new(from..=to));
        assert_eq!(hits.fewest(&tree.nodes), 0, "nothing was looked for");
        let mut left = tree.count_overlapping(from..=to);
        while hits.next(&tree.nodes).is_some() {
            left -= 1;
            assert_eq!(hits.fewest(&tree.nodes), left, "{from} to {to}");
        }
        assert_eq!(left, 0);
    }
}

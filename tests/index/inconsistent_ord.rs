//! An `Ord` that contradicts itself: answers may be wrong, but every call ends, no value is borrowed
//! or dropped twice, and links and colours stay legal.

use crate::common::bounds::bound;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use stabtree::batch::BatchHits;
use stabtree::btree::Violation as WideViolation;
use stabtree::rb::Violation as TreeViolation;
use stabtree::{Discrete, Handle, Interval, IntervalBTree, IntervalRbTree};

#[derive(Clone, Copy, Debug)]
enum Lie {
    Less,
    Equal,
    Greater,
    /// `0 < 1 < 2 < 0`.
    Cyclic,
    /// The truth and its opposite in turn.
    Flips,
    /// By lot.
    Random,
}

const LIES: [Lie; 6] = [Lie::Less, Lie::Equal, Lie::Greater, Lie::Cyclic, Lie::Flips, Lie::Random];

thread_local! {
    static LIE: Cell<Lie> = const { Cell::new(Lie::Less) };
    static STATE: Cell<u64> = const { Cell::new(1) };
    /// Comparisons that the call at hand may still make.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Marsaglia's xorshift: the tests must not depend on a seed from outside.
fn random() -> u64 {
    let mut state = STATE.get();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    STATE.set(state);
    state
}

#[derive(Clone, Copy, Debug)]
struct Liar(u8);

impl Ord for Liar {
    fn cmp(&self, other: &Self) -> Ordering {
        LEFT.set(LEFT.get().checked_sub(1).expect("a call that ends"));
        match LIE.get() {
            Lie::Less => Ordering::Less,
            Lie::Equal => Ordering::Equal,
            Lie::Cyclic if self.0 % 3 == other.0 % 3 => Ordering::Equal,
            Lie::Cyclic if (self.0 + 1) % 3 == other.0 % 3 => Ordering::Less,
            Lie::Greater | Lie::Cyclic => Ordering::Greater,
            Lie::Flips if random().is_multiple_of(2) => self.0.cmp(&other.0),
            Lie::Flips => other.0.cmp(&self.0),
            Lie::Random => (random() % 3).cmp(&1),
        }
    }
}

impl PartialOrd for Liar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Liar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Liar {}

impl Discrete for Liar {
    const MIN: Option<Self> = Some(Self(0));
    const MAX: Option<Self> = Some(Self(u8::MAX));

    fn succ(&self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    fn pred(&self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

/// Each value holds the counter, so the count of its owners shows how many values live.
type Value = Rc<()>;

/// Lets the calls that follow make so many comparisons: plenty for some hundred entries.
fn allow_comparisons() {
    LEFT.set(2_000_000);
}

/// An interval by whatever order the liar admits to.
fn interval() -> Interval<Liar> {
    loop {
        allow_comparisons();
        let bytes = random().to_le_bytes();
        let ends = (Liar(bytes[0] % 64), Liar(bytes[1] % 64));
        match LIE.get() {
            // No interval of two ends is ever in order.
            Lie::Less => return Interval::point(ends.0),
            _ => {
                if let Ok(interval) = Interval::try_new(ends.0, ends.1) {
                    return interval;
                }
            }
        }
    }
}

/// The most hits of a query of a batch. Some batches are sorted, which may end in a panic of the sort.
fn most_hits(batch: impl FnOnce() -> BatchHits) -> usize {
    let answers = catch_unwind(AssertUnwindSafe(batch));
    answers.map_or(0, |answers| answers.iter().map(<[_]>::len).max().expect("queries"))
}

/// All of it for one index. Its nodes are counted in a second way, and the invariants that follow
/// `Ord`, of order and reach, may be broken.
macro_rules! lies {
    ($module:ident, $index:ident, $reached:expr, $broken:pat) => {
        mod $module {
            use super::*;

            type Tree = $index<Liar, Value>;

            /// Order and reach follow `Ord` and may be broken; nothing else may.
            fn is_harmless(tree: &Tree, values: usize) {
                allow_comparisons();
                match tree.check() {
                    Ok(_) | Err($broken) => {}
                    Err(violation) => panic!("{violation}"),
                }
                let handles: HashSet<_> =
                    tree.iter().with_handles().map(|(handle, ..)| handle).collect();
                assert_eq!((handles.len(), tree.len()), (values, values));
                assert_eq!($reached(tree), values);
                assert!(handles.into_iter().all(|handle| tree.contains_handle(handle)));
            }

            /// Every change there is, a few times each.
            fn change(tree: &mut Tree, value: &Value, issued: &mut Vec<Handle>) {
                let some = |issued: &[Handle]| {
                    let index = usize::try_from(random() % issued.len() as u64).expect("an index");
                    issued[index]
                };
                for _ in 0..40 {
                    issued.push(tree.insert(interval(), value.clone()));
                    if let Ok(handle) = tree.insert_after(some(issued), interval(), value.clone()) {
                        issued.push(handle);
                    }
                    tree.set_interval(some(issued), interval());
                    if random().is_multiple_of(2) {
                        tree.remove(some(issued));
                    }
                }
                tree.pop_first();
                tree.pop_last();
                let mut other = Tree::new();
                other.extend((0..5).map(|_| (interval(), value.clone())));
                tree.append(&mut other);
                allow_comparisons();
                tree.retain(|_, _| !random().is_multiple_of(8));
                drop(
                    tree.extract_if(interval(), |_, _| random().is_multiple_of(2))
                        .collect::<Vec<_>>(),
                );
            }

            /// Every question there is.
            fn ask(tree: &mut Tree, issued: &[Handle]) {
                let most = tree.len();
                for _ in 0..20 {
                    let (a, b) = (interval(), interval());
                    assert!(tree.overlapping(a).count() <= most);
                    assert!(tree.covering(&a).count() <= most);
                    assert!(tree.range(a).count() <= most && tree.range(b).rev().count() <= most);
                    assert!(tree.within(a).count() <= most && tree.within(b).rev().count() <= most);
                    assert!(tree.exact(&a).count() <= most);
                    assert!(tree.stab(*a.start()).count() <= most);
                    assert!(
                        tree.count_overlapping_batch(&[a, b]).iter().all(|count| *count <= most)
                    );
                    let points: Vec<_> = (0..64).map(Liar).collect();
                    assert!(most_hits(|| tree.overlapping_batch(&[a, b])) <= most);
                    assert!(most_hits(|| tree.stab_batch(&points)) <= most);
                    let mut visited = 0;
                    let visit = |_: usize, _: _, _: _| visited += 1;
                    let _ = catch_unwind(AssertUnwindSafe(|| {
                        tree.overlapping_batch_for_each(&[a], visit);
                    }));
                    assert!(visited <= most);
                    allow_comparisons();
                    let _ =
                        (tree.overlaps(a), tree.first_overlapping(b), tree.hull(), tree.probes(a));
                    let _ = (tree.nearest(*a.last()), tree.first(), tree.last());
                    let mut at = tree.first_overlapping_handle(a);
                    for _ in 0..=most {
                        at = at.and_then(|handle| tree.next_overlapping_handle(handle, b));
                    }
                    assert_eq!(at, None, "next_overlapping_handle goes forward only");
                }
                let _ = (tree.next_overlapping_handle(issued[0], ..), tree.join(tree).count());
                // Runs are made of what `<` and `succ` say; each uses up an entry.
                let (q, runs) = (interval(), 2 * most + 2);
                for taken in [0, 1] {
                    assert!(tree.spans(q).take(runs).count() < runs);
                    assert!(tree.spans(q).skip(taken).fold(0, |count, _| count + 1) < runs);
                    assert!(tree.gaps(q).take(runs).count() < runs);
                    assert!(tree.gaps(q).skip(taken).fold(0, |count, _| count + 1) < runs);
                    assert!(tree.gaps(q).rev().take(runs + 1).count() <= runs);
                    assert!(tree.merged(q).take(runs).count() < runs);
                    assert!(tree.merged(q).skip(taken).fold(0, |count, _| count + 1) < runs);
                    assert!(tree.merged_overlapping(q).take(runs).count() < runs);
                    assert!(tree.depth(q).take(runs).count() < runs);
                    assert!(tree.depth_at_least(q, 2).take(runs).count() < runs);
                    assert!(tree.depth_fold(q, 0, |sum, _| sum + 1).take(runs).count() < runs);
                }

                for _ in 0..20 {
                    let query = interval();
                    let borrowed: Vec<_> = tree.overlapping_mut(query).with_handles().collect();
                    let handles: HashSet<_> = borrowed.iter().map(|(handle, ..)| *handle).collect();
                    assert_eq!(handles.len(), borrowed.len(), "a value was borrowed twice");
                }
                let borrowed: Vec<_> = tree.iter_mut().with_handles().collect();
                let handles: HashSet<_> = borrowed.iter().map(|(handle, ..)| *handle).collect();
                assert_eq!((handles.len(), borrowed.len()), (most, most));
            }

            fn lie(lie: Lie, seed: u64) {
                LIE.set(lie);
                STATE.set(seed);
                let value = Value::new(());
                let (mut tree, mut issued) = (Tree::new(), Vec::new());
                for _ in 0..4 {
                    change(&mut tree, &value, &mut issued);
                    is_harmless(&tree, Rc::strong_count(&value) - 1);
                    ask(&mut tree, &issued);
                }

                // Sorting by such an order may end in a panic of the sort; nothing may be left over then.
                // If it does not, no entry is lost.
                let entries = || (0..100).map(|_| (interval(), value.clone())).collect::<Vec<_>>();
                let before = Rc::strong_count(&value);
                let entries = entries();
                let collected =
                    catch_unwind(AssertUnwindSafe(|| entries.into_iter().collect::<Tree>()));
                if let Ok(tree) = collected {
                    is_harmless(&tree, 100);
                }
                assert_eq!(Rc::strong_count(&value), before);

                let clone = tree.clone();
                assert_eq!(clone.into_iter().count(), tree.len());
                tree.clear();
                is_harmless(&tree, 0);
                assert_eq!(Rc::strong_count(&value), 1);
            }

            #[test]
            fn every_lie_ends_without_harm() {
                for liar in LIES {
                    for seed in 1..bound(3, 5, 20) {
                        lie(liar, 0x9e37_79b9_7f4a_7c15 ^ seed);
                    }
                }
            }
        }
    };
}

lies!(
    tree,
    IntervalRbTree,
    |tree: &Tree| tree.shape().count(),
    TreeViolation::Order { .. } | TreeViolation::SubtreeLast { .. }
);
lies!(
    wide,
    IntervalBTree,
    |wide: &Tree| wide.iter().rev().count(),
    WideViolation::Order { .. } | WideViolation::Interval { .. } | WideViolation::Child { .. }
);

/// What the wide index has besides.
#[test]
fn compacting_ends_without_harm() {
    for lie in LIES {
        LIE.set(lie);
        STATE.set(0x9e37_79b9_7f4a_7c15);
        let mut tree: IntervalBTree<_, _> = IntervalBTree::new();
        let handles: Vec<_> = (0..600).map(|i| tree.insert(interval(), i)).collect();
        for is_packed in [false, true] {
            for _ in 0..300 {
                let query = interval();
                assert!(tree.overlapping(query).count() <= tree.len());
                assert!(tree.stab(*query.last()).count() <= tree.len());
            }
            allow_comparisons();
            if !is_packed {
                tree.compact();
            }
            assert!(handles.iter().zip(0..).all(|(handle, i)| tree.get(*handle) == Some(&i)));
        }
    }
}

//! A user's `Ord`, `Clone`, `Drop` or closure panics at its n-th call, for every n: the tree is
//! legal afterwards, and everything is dropped exactly once.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::probe::{Call, Probe, living, panics_at, user_code};
use stabtree::{Handle, Interval, IntervalTree};

type Tree = IntervalTree<Probe, Probe>;

/// What can be told of an entry without the user's code: start, last and value.
type Seen = (i32, i32, i32);

fn interval(start: i32, last: i32) -> Interval<Probe> {
    Interval::try_new(Probe::new(start), Probe::new(last)).expect("in order")
}

fn entry((start, last, value): Seen) -> (Interval<Probe>, Probe) {
    (interval(start, last), Probe::new(value))
}

/// Sixteen entries with ties, long ones and short ones, and four vacant slots.
fn build() -> (Tree, Vec<Handle>) {
    let mut tree = Tree::new();
    let mut handles: Vec<_> = (0..20)
        .map(|i| {
            let start = i * 7 % 20 / 2 * 2;
            let last = if i % 6 == 0 { 40 - i } else { start + i % 3 };
            tree.insert(interval(start, last), Probe::new(i))
        })
        .collect();
    for at in [17, 11, 3, 0] {
        tree.remove(handles.remove(at)).expect("alive");
    }
    (tree, handles)
}

fn see((interval, value): (&Interval<Probe>, &Probe)) -> Seen {
    (interval.start().at, interval.last().at, value.at)
}

fn look(tree: &Tree) -> Vec<Seen> {
    tree.iter().map(see).collect()
}

/// The tree is legal, its handles agree with it, and it can be used on.
fn is_sound(tree: &mut Tree, handles: &[Handle], context: &str) {
    let summary = tree.check().unwrap_or_else(|violation| panic!("{context}: {violation}"));
    assert_eq!((summary.len, tree.iter().len()), (tree.len(), tree.len()), "{context}");
    let all: Vec<_> = tree.iter().with_handles().map(|(handle, ..)| handle).collect();
    for handle in handles {
        assert_eq!(tree.contains(*handle), all.contains(handle), "{context}");
        assert_eq!(tree.get(*handle).is_some(), tree.interval(*handle).is_some(), "{context}");
    }
    let new = [0, 9, 40].map(|at| tree.insert(interval(at, at + 5), Probe::new(at)));
    for handle in all.iter().step_by(2) {
        tree.remove(*handle).expect("alive");
    }
    tree.check().unwrap_or_else(|violation| panic!("{context}, used on: {violation}"));
    assert!(new.iter().all(|handle| tree.contains(*handle)), "{context}");
}

/// The states in which an operation that panicked may leave the tree.
#[derive(Clone, Copy)]
enum Allowed {
    /// As it was, or as if nothing had happened.
    Strong,
    /// As `Strong`, or one of the former entries is missing.
    MayLoseOne,
    /// As it was, with some of the new entries and without some of the former ones.
    Between,
    /// Empty, once it has begun.
    Empty,
}

impl Allowed {
    fn holds(self, before: &[Seen], after: &[Seen], found: &[Seen]) -> bool {
        let is_strong = found == before || found == after;
        match self {
            Self::Strong => is_strong,
            Self::MayLoseOne => {
                let lost = before.iter().filter(|seen| !found.contains(seen)).count();
                is_strong || (lost == 1 && found.len() + 1 == before.len())
            }
            Self::Between => {
                let known = |seen: &Seen| before.contains(seen) || after.contains(seen);
                let common = before.iter().filter(|seen| after.contains(seen));
                found.iter().all(known) && common.clone().all(|seen| found.contains(seen))
            }
            Self::Empty => found.is_empty(),
        }
    }
}

/// Runs `action` with a panic at every n-th call of every kind, on a fresh tree each time;
/// returns how many panics there were.
fn drive(name: &str, allowed: Allowed, action: impl Fn(&mut Tree, &[Handle])) -> usize {
    assert_eq!(living(), 0, "{name}: nothing lives at first");
    let (mut tree, handles) = build();
    let before = look(&tree);
    action(&mut tree, &handles);
    let after = look(&tree);
    drop(tree);
    assert_eq!(living(), 0, "{name}: without a panic");

    let mut panics = 0;
    for call in Call::ALL {
        for n in 1.. {
            let context = format!("{name}, a panic at {call:?} {n}");
            let (mut tree, handles) = build();
            let has_fired = panics_at(call, n, || action(&mut tree, &handles));
            let found = look(&tree);
            if has_fired {
                let is_allowed = allowed.holds(&before, &after, &found);
                assert!(is_allowed, "{context}:\n{before:?} became\n{found:?}, not\n{after:?}");
            } else {
                assert_eq!(found, after, "{context}");
            }
            is_sound(&mut tree, &handles, &context);
            drop(tree);
            assert_eq!(living(), 0, "{context}: leaked");
            if !has_fired {
                break;
            }
            panics += 1;
        }
    }
    panics
}

/// As [`drive`], where the tree itself is given up or not touched.
fn drive_on_the_side(name: &str, action: impl Fn(Tree, Vec<Handle>)) -> usize {
    let mut panics = 0;
    for call in Call::ALL {
        for n in 1.. {
            let (tree, handles) = build();
            let has_fired = panics_at(call, n, || action(tree, handles));
            assert_eq!(living(), 0, "{name}, a panic at {call:?} {n}: leaked");
            if !has_fired {
                break;
            }
            panics += 1;
        }
    }
    panics
}

#[test]
fn insert() {
    let panics: usize = (-1..22)
        .flat_map(|start| [start, 50].map(|last| (start, last)))
        .map(|(start, last)| {
            drive("insert", Allowed::Strong, |tree, _| {
                tree.insert(interval(start, last), Probe::new(100));
            })
        })
        .sum();
    assert!(panics > 300, "{panics} panics");
}

#[test]
fn insert_into_an_empty_tree() {
    drive_on_the_side("insert into nothing", |_, _| {
        let mut tree = Tree::new();
        let result = catch_unwind(AssertUnwindSafe(|| {
            tree.insert(interval(1, 2), Probe::new(3));
        }));
        tree.check().expect("a legal tree");
        result.unwrap_or_else(|payload| std::panic::resume_unwind(payload));
    });
}

#[test]
fn insert_after() {
    let panics: usize = (0..16)
        .flat_map(|at| [0, 50].map(|longer| (at, longer)))
        .map(|(at, longer)| {
            drive("insert_after", Allowed::Strong, |tree, handles| {
                let start = tree.interval(handles[at]).expect("alive").start().at;
                let interval = interval(start, start + longer);
                tree.insert_after(handles[at], interval, Probe::new(100)).expect("equal start");
            })
        })
        .sum();
    assert!(panics > 200, "{panics} panics");
}

#[test]
fn refused_insert_after() {
    drive("insert_after with another start", Allowed::Strong, |tree, handles| {
        tree.insert_after(handles[5], interval(-5, 50), Probe::new(100)).expect_err("start");
    });
}

#[test]
fn remove() {
    let panics: usize = (0..16)
        .map(|at| {
            drive("remove", Allowed::Strong, |tree, handles| {
                tree.remove(handles[at]).expect("alive");
            })
        })
        .sum();
    assert!(panics > 150, "{panics} panics");
}

#[test]
fn remove_all_one_after_the_other() {
    drive("remove all", Allowed::Between, |tree, handles| {
        for handle in handles {
            tree.remove(*handle).expect("alive");
        }
    });
}

#[test]
fn set_interval() {
    let panics: usize = (0..16)
        .flat_map(|at| [(3, 3), (0, 60), (19, 19)].map(|ends| (at, ends)))
        .map(|(at, (start, last))| {
            drive("set_interval", Allowed::MayLoseOne, |tree, handles| {
                tree.set_interval(handles[at], interval(start, last)).expect("alive");
            })
        })
        .sum();
    assert!(panics > 500, "{panics} panics");
}

#[test]
fn get_mut_and_replace() {
    drive("get_mut", Allowed::Strong, |tree, handles| {
        *tree.get_mut(handles[3]).expect("alive") = Probe::new(100);
    });
}

#[test]
fn clear() {
    drive("clear", Allowed::Empty, |tree, _| tree.clear());
}

#[test]
fn extend() {
    let panics = drive("extend", Allowed::Between, |tree, _| {
        tree.extend((0..6).map(|i| {
            user_code(Call::Closure);
            entry((i * 4, i * 5 + 1, 100 + i))
        }));
    });
    assert!(panics > 50, "{panics} panics");
}

#[test]
fn queries() {
    let panics = drive("queries", Allowed::Strong, |tree, handles| {
        let query = || interval(4, 12);
        assert!(tree.overlapping(query()).count() > 3);
        assert!(tree.overlapping(query()).clone().with_handles().count() > 3);
        assert!(tree.stab(Probe::new(8)).next().is_some());
        assert!(tree.overlaps(query()));
        assert!(tree.first_overlapping(query()).is_some());
        let first = tree.first_overlap(query()).expect("a hit");
        assert!(tree.next_overlap(first, query()).is_some());
        assert!(tree.hull().is_some());
        assert!(tree.contains(handles[0]));
    });
    assert!(panics > 100, "{panics} panics");
}

#[test]
fn clone_of_a_tree() {
    let panics = drive("clone", Allowed::Strong, |tree, handles| {
        let clone = tree.clone();
        assert!(clone.contains(handles[1]));
    });
    assert!(panics > 100, "{panics} panics");
    drive("clone_from", Allowed::Strong, |tree, _| {
        let (mut other, handles) = build();
        other.remove(handles[2]).expect("alive");
        other.clone_from(tree);
    });
}

#[test]
fn drop_of_a_tree() {
    let panics = drive_on_the_side("drop", |tree, _| drop(tree));
    assert!(panics >= 16 * 4, "{panics} panics");
}

#[test]
fn collect() {
    let panics = drive_on_the_side("collect", |_, _| {
        let entries = (0..9).map(|i| {
            user_code(Call::Closure);
            entry((i * 5 % 9, 20 - i, i))
        });
        assert_eq!(entries.collect::<Tree>().len(), 9);
    });
    assert!(panics > 50, "{panics} panics");
}

/// Two `&mut` to one value would be unsound, whoever catches the panic.
#[test]
fn overlapping_mut_lends_no_value_twice_after_a_panic() {
    for n in 1.. {
        let (mut tree, _) = build();
        let mut has_fired = false;
        let has_begun = !panics_at(Call::Compare, n, || {
            let mut lent = Vec::new();
            let mut iter = tree.overlapping_mut(interval(2, 30)).with_handles();
            loop {
                match catch_unwind(AssertUnwindSafe(|| iter.next())) {
                    Ok(Some((handle, _, value))) => lent.push((handle, value)),
                    Ok(None) => break,
                    Err(_) => has_fired = true,
                }
            }
            let mut handles: Vec<_> = lent.iter().map(|(handle, _)| *handle).collect();
            handles.sort_unstable();
            handles.dedup();
            assert_eq!(handles.len(), lent.len(), "a value was lent twice, panic at {n}");
            for (_, value) in lent {
                value.at += 1_000;
            }
            if has_fired {
                std::panic::resume_unwind(Box::new("the fuse"));
            }
        });
        tree.check().expect("a legal tree");
        if has_begun {
            break;
        }
    }
}

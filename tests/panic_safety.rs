//! A user's `Ord`, `Clone`, `Drop` or closure panics at its n-th call, for every n: the tree is
//! legal afterwards, and everything is dropped exactly once.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use common::faults::{self, Allowed, Seen, Subject};
use common::probe::{Call, Probe, living, panics_at, user_code};
use stabtree::{Handle, Interval, IntervalTree};

type Tree = IntervalTree<Probe, Probe>;

fn interval(start: i32, last: i32) -> Interval<Probe> {
    Interval::try_new(Probe::new(start), Probe::new(last)).expect("in order")
}

fn entry((start, last, value): Seen) -> (Interval<Probe>, Probe) {
    (interval(start, last), Probe::new(value))
}

/// Sixteen entries with ties, long ones and short ones, and four vacant slots.
fn build() -> (Tree, Vec<Handle>) {
    let (mut tree, mut handles) = Tree::of((0..20).map(|i| {
        let start = i * 7 % 20 / 2 * 2;
        (start, if i % 6 == 0 { 40 - i } else { start + i % 3 }, i)
    }));
    for at in [17, 11, 3, 0] {
        tree.take_out(handles.remove(at));
    }
    (tree, handles)
}

fn drive(name: &str, allowed: Allowed, action: impl Fn(&mut Tree, &[Handle])) -> usize {
    faults::drive(name, allowed, build, action)
}

fn drive_on_the_side(name: &str, action: impl Fn(Tree, Vec<Handle>)) -> usize {
    faults::drive_on_the_side(name, build, action)
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
        result.unwrap_or_else(|payload| resume_unwind(payload));
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
fn try_insert_and_pop() {
    drive("try_insert", Allowed::Strong, |tree, _| {
        assert!(tree.try_insert(interval(5, 50), Probe::new(100)).is_ok());
    });
    drive("pop_first", Allowed::Strong, |tree, _| assert!(tree.pop_first().is_some()));
    drive("pop_last", Allowed::Strong, |tree, _| assert!(tree.pop_last().is_some()));
    drive("pop all", Allowed::Between, |tree, _| while tree.pop_last().is_some() {});
}

#[test]
fn append() {
    let panics = drive("append", Allowed::Between, |tree, _| {
        let mut other: Tree = (0..6).map(|i| entry((i * 4, i * 5 + 1, 100 + i))).collect();
        let result = catch_unwind(AssertUnwindSafe(|| tree.append(&mut other)));
        other.check().expect("a legal tree is left behind");
        result.unwrap_or_else(|payload| resume_unwind(payload));
        assert!(other.is_empty());
    });
    assert!(panics > 100, "{panics} panics");
}

#[test]
fn retain() {
    let panics = drive("retain", Allowed::Between, |tree, _| {
        tree.retain(|interval, value| {
            user_code(Call::Closure);
            interval.start().at + value.at % 3 > 7
        });
    });
    assert!(panics > 50, "{panics} panics");
}

#[test]
fn extract_if() {
    let panics = drive("extract_if", Allowed::Between, |tree, _| {
        let choose = |_: &Interval<Probe>, value: &mut Probe| {
            user_code(Call::Closure);
            value.at % 3 > 0
        };
        assert!(tree.extract_if(interval(4, 12), choose).count() > 3);
    });
    assert!(panics > 50, "{panics} panics");
}

/// Whoever catches the panic may ask the iterator again: nothing comes twice or is lost.
#[test]
fn extract_if_goes_on_after_a_panic() {
    for call in Call::ALL {
        for n in 1.. {
            let (mut tree, handles) = build();
            let before = tree.look();
            let mut taken = Vec::new();
            let has_fired = panics_at(call, n, || {
                let choose = |_: &Interval<Probe>, value: &mut Probe| {
                    user_code(Call::Closure);
                    value.at % 3 > 0
                };
                let mut iter = tree.extract_if(interval(4, 12), choose);
                let mut panic = None;
                loop {
                    match catch_unwind(AssertUnwindSafe(|| iter.next())) {
                        Ok(Some(entry)) => taken.push(entry),
                        Ok(None) => break,
                        Err(payload) => panic = Some(payload),
                    }
                }
                if let Some(payload) = panic {
                    resume_unwind(payload);
                }
            });
            let mut all = tree.look();
            let see = |(i, value): &(Interval<Probe>, Probe)| (i.start().at, i.last().at, value.at);
            all.extend(taken.iter().map(see));
            all.sort_unstable();
            let mut expected = before;
            expected.sort_unstable();
            // An entry whose removal panicked in Drop is taken, and dropped on the way.
            let missing = expected.iter().filter(|seen| !all.contains(seen)).count();
            assert!(missing <= usize::from(call == Call::Drop), "{call:?} {n}");
            assert_eq!(all.len() + missing, expected.len(), "{call:?} {n}");
            drop(taken);
            tree.is_sound(&handles, &format!("extract_if, {call:?} {n}"));
            drop(tree);
            assert_eq!(living(), 0, "{call:?} {n}: leaked");
            if !has_fired {
                break;
            }
        }
    }
}

#[test]
fn queries_of_overlaps() {
    let panics = drive("queries", Allowed::Strong, |tree, handles| {
        let query = || interval(4, 12);
        assert!(tree.overlapping(query()).count() > 3);
        assert!(tree.overlapping(query()).clone().with_handles().count() > 3);
        assert!(tree.overlapping_mut(query()).count() > 3);
        assert!(tree.stab(Probe::new(8)).next().is_some());
        assert!(tree.overlaps(query()));
        assert!(tree.first_overlapping(query()).is_some());
        let first = tree.first_overlap(query()).expect("a hit");
        assert!(tree.next_overlap(first, query()).is_some());
        assert!(tree.hull().is_some());
        assert!(tree.contains(handles[0]));
        assert_eq!(tree.count_batch(&[query(), query()]).len(), 2);
        assert_eq!(tree.overlapping_batch(&[query()]).iter().count(), 1);
        assert_eq!(tree.stab_batch(&[Probe::new(8)]).iter().count(), 1);
    });
    assert!(panics > 100, "{panics} panics");
}

#[test]
fn queries_of_order() {
    let panics = drive("order", Allowed::Strong, |tree, _| {
        let query = || interval(4, 12);
        assert!(tree.range(query()).rev().count() > 3);
        assert!(tree.within(query()).count() > 2);
        assert!(tree.within(query()).clone().rev().count() > 2);
        assert!(tree.covering(interval(8, 9)).count() > 1);
        let one = Interval::try_new(Probe::new(4), Probe::new(6)).expect("in order");
        assert_eq!(tree.equal(&one).count(), tree.equal(&one).rev().count());
        assert!(tree.nearest(&Probe::new(9)).0.is_some());
        assert!(tree.nearest_after(&Probe::new(2)).is_some());
        assert!(*tree == *tree && Tree::cmp(tree, tree).is_eq());
        assert!(tree.join(tree).count() > 16);
    });
    assert!(panics > 200, "{panics} panics");
}

#[test]
fn queries_of_coverage() {
    let panics = drive("coverage", Allowed::StrongWithLeaks, |tree, _| {
        let query = || interval(2, 60);
        assert!(tree.spans(query()).count() > 1);
        assert!(tree.gaps(query()).count() > 0);
        assert!(tree.merged(..).count() > 0);
        assert!(tree.depth(query()).clone().count() > 5);
        let mut spans = tree.spans(..);
        spans.advance_to(Probe::new(10));
        assert!(spans.next().is_some());
    });
    assert!(panics > 200, "{panics} panics");
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
                resume_unwind(Box::new("the fuse"));
            }
        });
        tree.check().expect("a legal tree");
        if has_begun {
            break;
        }
    }
}

#[test]
fn try_from_sorted() {
    let panics = drive_on_the_side("try_from_sorted", |_, _| {
        let entries = |n: i32| {
            (0..n).map(|i| {
                user_code(Call::Closure);
                entry((i / 2, 20 - i, i))
            })
        };
        assert_eq!(Tree::try_from_sorted(entries(9)).expect("sorted").len(), 9);
        let error = Tree::try_from_sorted(entries(5).chain(entries(2))).expect_err("unsorted");
        assert_eq!(error.sorted.len(), 5);
    });
    assert!(panics > 100, "{panics} panics");
    drive_on_the_side("from an array", |_, _| {
        let tree = Tree::from([3, 1, 2].map(|at| entry((at, at, at))));
        assert_eq!(tree.len(), 3);
    });
}

#[test]
fn into_iter() {
    let panics = drive_on_the_side("into_iter", |tree, _| {
        let mut iter = tree.into_iter();
        assert!(iter.next().is_some() && iter.next_back().is_some());
    });
    assert!(panics > 16, "{panics} panics");
    drive_on_the_side("into_values", |tree, _| assert_eq!(tree.into_values().count(), 16));
}

mod forgotten {
    use std::mem::ManuallyDrop;

    use super::*;

    /// A tree whose entries and queries own nothing, so that forgetting is no leak of theirs.
    fn plain() -> IntervalTree<i32, i32> {
        (0..20).map(|i| (Interval::new(i / 2, i * 2), i)).collect()
    }

    /// Takes `taken` items, forgets the iterator, and finds the tree usable.
    macro_rules! forget {
        ($tree:ident, $iter:expr, loses nothing) => {
            forget!($tree, $iter, |_: usize| 20)
        };
        ($tree:ident, $iter:expr, $left:expr) => {
            for taken in 0..20_usize {
                let mut $tree = plain();
                let mut iter = $iter;
                for _ in 0..taken {
                    std::hint::black_box(iter.next());
                }
                let _ = ManuallyDrop::new(iter);
                assert_eq!($tree.check().expect("a legal tree").len, $left(taken));
                let handle = $tree.insert(Interval::new(3, 99), 7);
                assert_eq!($tree.remove(handle), Some((Interval::new(3, 99), 7)));
            }
        };
    }

    #[test]
    fn borrowing_iterators_lose_nothing() {
        forget!(tree, tree.iter(), loses nothing);
        forget!(tree, tree.iter().with_handles(), loses nothing);
        forget!(tree, tree.intervals(), loses nothing);
        forget!(tree, tree.values(), loses nothing);
        forget!(tree, tree.overlapping(3..9), loses nothing);
        forget!(tree, tree.stab(7), loses nothing);
        forget!(tree, tree.range(2..), loses nothing);
        forget!(tree, tree.within(2..30), loses nothing);
        forget!(tree, tree.equal(&Interval::new(2, 8)), loses nothing);
        forget!(tree, tree.covering(7..=9), loses nothing);
        forget!(tree, tree.spans(..), loses nothing);
        forget!(tree, tree.gaps(..), loses nothing);
        forget!(tree, tree.merged(..), loses nothing);
        forget!(tree, tree.depth(..), loses nothing);
        forget!(tree, tree.join(&tree), loses nothing);
    }

    #[test]
    fn lending_iterators_lose_nothing() {
        forget!(tree, tree.iter_mut(), loses nothing);
        forget!(tree, tree.iter_mut().with_handles(), loses nothing);
        forget!(tree, tree.values_mut(), loses nothing);
        forget!(tree, tree.overlapping_mut(3..9), loses nothing);
        forget!(tree, tree.overlapping_mut(..).with_handles(), loses nothing);
    }

    #[test]
    fn extract_if_loses_what_it_had_taken() {
        forget!(tree, tree.extract_if(.., |_, _| true), |taken| 20 - taken);
        forget!(tree, tree.extract_if(.., |_, _| false), loses nothing);
    }

    #[test]
    fn into_iter_loses_the_tree_and_nothing_else() {
        for taken in 0..20_usize {
            let mut iter = plain().into_iter();
            assert_eq!(iter.by_ref().take(taken).count(), taken);
            std::mem::forget(iter);
            std::mem::forget(plain().into_values());
        }
    }
}
